//! What a conversation makes of what a unit says, over a console that says what the test tells it.

use std::collections::VecDeque;

use async_trait::async_trait;
use pogo_hal::{Identity, Instrument, Manners, SafeState, Secret};

use super::*;

/// A unit that says things at certain moments, and answers lines that it is told.
struct Unit {
    identity: Identity,
    echo: bool,
    /// What is said on its own, milliseconds after the beginning.
    says: Mutex<VecDeque<(u64, Vec<u8>)>>,
    /// What comes in answer to each line, so many milliseconds later.
    answers: Vec<(&'static str, u64, &'static str)>,
    begun: Instant,
    dropped: Mutex<u64>,
    gone: Mutex<bool>,
    /// It says this again and again without a pause.
    endless: &'static str,
}

impl Unit {
    fn new(says: &[(u64, &str)]) -> Self {
        Self {
            identity: Identity::parse("a,b,SIM1,c").unwrap(),
            echo: false,
            says: Mutex::new(says.iter().map(|it| (it.0, it.1.as_bytes().to_vec())).collect()),
            answers: Vec::new(),
            begun: Instant::now(),
            dropped: Mutex::new(0),
            gone: Mutex::new(false),
            endless: "",
        }
    }

    fn next(&self) -> Option<Instant> {
        let at = self.says.lock().unwrap().front()?.0;
        Some(self.begun + Duration::from_millis(at))
    }
}

#[async_trait]
impl Instrument for Unit {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    async fn make_safe(&self) -> Result<SafeState> {
        Ok(SafeState::Passive)
    }
}

#[async_trait]
impl Console for Unit {
    fn manners(&self) -> Manners {
        Manners { echo: self.echo, patience: Duration::from_secs(1) }
    }

    async fn send_line(&self, text: &[u8], _deadline: Deadline) -> Result<()> {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap();
        let text = String::from_utf8(text.to_vec()).unwrap();
        let mut says = self.says.lock().unwrap();
        for (line, after, answer) in &self.answers {
            if *line == text {
                says.push_back((now + after, answer.as_bytes().to_vec()));
            }
        }
        Ok(())
    }

    async fn hear(&self, deadline: Deadline) -> Result<Heard> {
        loop {
            let heard = self.heard()?;
            if !heard.is_empty() {
                return Ok(heard);
            }
            let next = self.next().unwrap_or(deadline.instant() + Duration::from_secs(1));
            if next > deadline.instant() {
                tokio::time::sleep_until(deadline.instant()).await;
                return Err(Error::new(ErrorKind::NoAnswer, "the unit says nothing"));
            }
            tokio::time::sleep_until(next).await;
        }
    }

    fn heard(&self) -> Result<Heard> {
        if *self.gone.lock().unwrap() {
            return Err(Error::unreachable("the adapter is gone"));
        }
        let (mut pieces, now) = (Vec::new(), Instant::now());
        if !self.endless.is_empty() {
            pieces.push((now, self.endless.into()));
        }
        let mut says = self.says.lock().unwrap();
        while let Some((at, _)) = says.front()
            && self.begun + Duration::from_millis(*at) <= now
        {
            let (at, bytes) = says.pop_front().unwrap();
            pieces.push((self.begun + Duration::from_millis(at), bytes));
        }
        Ok(Heard { pieces, dropped: std::mem::take(&mut *self.dropped.lock().unwrap()) })
    }
}

fn with(unit: Unit) -> Conversation {
    let clock = Arc::new(crate::clock::RealTime::start());
    Conversation::new(Arc::new(unit), Arc::default(), Instant::now(), clock)
}

const SOON: Duration = Duration::from_secs(1);

fn regex(text: &str) -> Regex {
    pattern(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_the_next_whole_line_and_nothing_that_was_said_before() {
    let mut unit = Unit::new(&[(0, "\x1b[1mbooting\r\nready\r\n> ")]);
    unit.answers = vec![("version", 3, "1.4"), ("version", 5, ".2\r\n> ")];
    let conversation = with(unit);
    assert_eq!(conversation.query(b"version", SOON).await.unwrap(), "1.4.2");
}

#[tokio::test(start_paused = true)]
async fn an_echo_is_no_answer_even_behind_a_prompt() {
    let mut unit = Unit::new(&[(0, "ready\n")]);
    unit.echo = true;
    unit.answers = vec![("temp", 0, "> temp\r\n"), ("temp", 1, "\r\n23.5\r\n")];
    assert_eq!(with(unit).query(b"temp", SOON).await.unwrap(), "23.5");
    let mut unit = Unit::new(&[]);
    unit.answers = vec![("ping", 1, "ping\r\n")];
    assert_eq!(with(unit).query(b"ping", SOON).await.unwrap(), "ping", "it has no echo");
}

#[tokio::test(start_paused = true)]
async fn a_silent_unit_is_noticed_at_the_deadline_and_what_it_said_instead_is_told() {
    let mut unit = Unit::new(&[]);
    unit.answers = vec![("version", 10, "panic at 0x08")];
    let conversation = with(unit);
    let begun = Instant::now();
    let error = conversation.query(b"version", SOON).await.unwrap_err();
    assert_eq!((error.kind(), begun.elapsed()), (ErrorKind::NoAnswer, SOON));
    assert_eq!(error.message(), "no answer to `version` within 1 s; the unit said `panic at 0x08`");
    let error = conversation.query(b"nothing", SOON).await.unwrap_err();
    assert!(error.message().ends_with("and the unit said nothing else"), "{error}");
    let conversation = with(Unit::new(&[(1, "\u{fffd}\u{fffd}a\u{fffd}b\u{fffd}")]));
    let error = conversation.query(b"version", SOON).await.unwrap_err();
    assert!(error.message().ends_with("what came instead is no text"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_pattern_is_found_wherever_the_wire_cuts_it_and_not_before_it_is_whole() {
    let says = [(10, "temp="), (20, "2"), (30, "3.5"), (31, "\r\n"), (500, "hum=4")];
    let conversation = with(Unit::new(&says));
    let found = conversation.expect(&regex("temp=([0-9.]+)"), SOON).await.unwrap();
    assert_eq!(found.groups, [Some("23.5".to_owned())], "not 2 or 23");
    let begun = Instant::now();
    let found = conversation.expect(&regex("hum=([0-9.]+)"), SOON).await.unwrap();
    assert_eq!(found.text, "hum=4", "nothing more came");
    assert!(begun.elapsed() < Duration::from_millis(600), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_prompt_without_an_end_of_line_is_found() {
    let conversation = with(Unit::new(&[(5, "TH-100\r\nlogin: ")]));
    let found = conversation.expect(&regex("login: $"), SOON).await.unwrap();
    assert_eq!(found.text, "login: ");
    assert!(conversation.lines().await.unwrap().is_empty(), "what stood before it is read, too");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_come_is_no_answer_and_says_what_came() {
    let conversation = with(Unit::new(&[(5, "FAULT 7\n")]));
    let error = conversation.expect(&regex("^ready$"), SOON).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoAnswer);
    assert_eq!(error.message(), "`^ready$` did not come within 1 s; the unit said `FAULT 7`");
    let found = conversation.expect(&regex("FAULT [0-9]"), SOON).await.unwrap();
    assert_eq!(found.text, "FAULT 7", "what was not found can still be looked at");
}

// In real time: the clock stands still while there is something to do.
#[tokio::test]
async fn a_unit_that_never_pauses_cannot_hold_a_call_beyond_its_deadline() {
    let within = Duration::from_millis(20);
    let conversation = with(Unit { endless: "\n", ..Unit::new(&[]) });
    let error = conversation.query(b"version", within).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoAnswer);
    let conversation = with(Unit { endless: "12345", ..Unit::new(&[]) });
    let error = conversation.expect(&regex("^ready$"), within).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoAnswer);
    let found = conversation.expect(&regex("1[0-9]+"), within).await.unwrap();
    assert!(found.text.len() > 5, "as much as came in time");
}

#[tokio::test(start_paused = true)]
async fn an_adapter_that_is_gone_is_no_silence() {
    let unit = Unit::new(&[]);
    *unit.gone.lock().unwrap() = true;
    let conversation = with(unit);
    let error = conversation.query(b"version", SOON).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    let error = conversation.expect(&regex("x"), SOON).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
}

#[tokio::test(start_paused = true)]
async fn a_flood_leaves_its_end_and_what_is_gone_is_counted() {
    let line = "flood ".repeat(20) + "\n";
    let says: Vec<_> = (0..5000).map(|at| (at, line.as_str())).collect();
    let unit = Unit::new(&says);
    *unit.dropped.lock().unwrap() = 7;
    let conversation = with(unit);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let lines = conversation.lines().await.unwrap();
    let held: usize = lines.iter().map(|it| it.len() + 1).sum();
    assert!(held <= UNREAD && held > UNREAD - 2 * line.len(), "{held}");
    assert!(lines.iter().skip(1).all(|it| *it == line.trim_end_matches('\n')));
    let lost = conversation.take_lost() as usize;
    assert!(lost >= 5000 * line.len() + 7 - UNREAD && conversation.take_lost() == 0, "{lost}");
    let transcript = conversation.transcript().unwrap();
    assert!(transcript.contains("… 7 bytes came too fast and were lost"), "{}", &transcript[..90]);
}

#[tokio::test(start_paused = true)]
async fn a_transcript_has_both_sides_in_order_and_no_secret() {
    let mut unit = Unit::new(&[(0, "login: ")]);
    unit.echo = true;
    unit.answers = vec![("open sesame", 1, "open ses"), ("open sesame", 2, "ame\r\nwelcome\r\n")];
    let secret = Secret::new("code", b"open sesame".to_vec()).unwrap();
    let secrets = Arc::new(Secrets::new(vec![secret]).unwrap());
    let clock = Arc::new(crate::clock::RealTime::start());
    let conversation = Conversation::new(Arc::new(unit), secrets, Instant::now(), clock);
    assert_eq!(conversation.query(b"open sesame", SOON).await.unwrap(), "welcome");
    let expected = "    0.000000 < login: \n    0.000000 > [secret code]\n    \
                    0.001000 < [secret code]\n    0.002000 < welcome\n";
    assert_eq!(conversation.transcript().unwrap(), expected);
}
