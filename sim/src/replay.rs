//! A bench that answers as another one did: from the messages of a run.
//!
//! Time passes as it did there. What is said has to be what was said then, to the same instrument
//! and after the same messages to the others; the first that is not ends the likeness, and nobody
//! answers any more.

mod line;
mod stream;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use pogo_hal::{
    Deadline, Dial, Error, Line, LineSettings, Resource, Result, Secrets, Session, Stream,
};

use self::line::ReplayLine;
use crate::World;
use crate::floor::Floor;

/// A message of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Nanoseconds since its bench was opened.
    pub at_ns: u64,
    /// The instrument.
    pub resource: Resource,
    /// Whether it went there; otherwise it came from there.
    pub sent: bool,
    /// The message without its terminator and without secrets.
    pub bytes: Vec<u8>,
}

/// Where what is said is first another than what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// What is said, and to which instrument; `None` if nothing more is said.
    pub said: Option<(Resource, Vec<u8>)>,
    /// What was said instead; `None` if nothing more was.
    pub recorded: Option<Recorded>,
}

/// See the module's own words. Dialling a resource of the run opens a session that answers from it.
#[derive(Debug)]
pub struct Replay {
    world: World,
    secrets: Arc<Secrets>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    tapes: HashMap<Resource, Tape>,
    departure: Option<Departure>,
}

/// The messages to and from one instrument.
#[derive(Debug, Default)]
struct Tape {
    messages: Vec<Recorded>,
    at: usize,
}

impl Tape {
    fn next(&self) -> Option<&Recorded> {
        self.messages.get(self.at)
    }

    fn next_sent(&self) -> Option<&Recorded> {
        self.messages[self.at.min(self.messages.len())..].iter().find(|it| it.sent)
    }
}

impl Replay {
    /// A bench that answers from `messages`, in the order of the run. Call it inside a tokio runtime,
    /// whose clock has to be paused. What is said is compared without `secrets`.
    pub fn build(messages: Vec<Recorded>, secrets: Arc<Secrets>) -> Arc<Self> {
        let mut state = State::default();
        for message in messages {
            state.tapes.entry(message.resource.clone()).or_default().messages.push(message);
        }
        Arc::new(Self { world: World::new(Floor::new()), secrets, state: Mutex::new(state) })
    }

    /// The time of the run.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Where it first departs from the run; `None` if nowhere, so far. At the end, `whole` asks for
    /// what was said then and is not said now, too.
    pub fn departure(&self, whole: bool) -> Option<Departure> {
        let state = self.lock();
        let left = || {
            let left = state.tapes.values().filter_map(Tape::next_sent);
            let recorded = left.min_by_key(|it| it.at_ns)?.clone();
            Some(Departure { said: None, recorded: Some(recorded) })
        };
        state.departure.clone().or_else(|| whole.then(left).flatten())
    }

    /// When the next message to `resource` was said, which has to be this one.
    fn expected(&self, resource: &Resource, message: &[u8]) -> Result<u64> {
        let message = self.secrets.hide_bytes(message);
        let mut state = self.lock();
        state.goes_on()?;
        let next = state.tapes.get(resource).and_then(Tape::next).cloned();
        match next {
            Some(it) if it.sent && it.bytes == *message => Ok(it.at_ns),
            // An answer that is not waited for: what was said after it is what is meant.
            _ => {
                let recorded = state.tapes.get(resource).and_then(Tape::next_sent).cloned();
                let said = Some((resource.clone(), message.into_owned()));
                Err(state.depart(Departure { said, recorded }))
            }
        }
    }

    /// Goes on behind the message to `resource` that was just said. What was said to others before
    /// it has to be said by now.
    fn said(&self, resource: &Resource) -> Result<()> {
        let mut state = self.lock();
        state.goes_on()?;
        let Some(said) = state.tapes.get_mut(resource).and_then(|tape| {
            tape.at += 1;
            tape.messages.get(tape.at - 1).cloned()
        }) else {
            return Ok(());
        };
        let others = state.tapes.values().filter_map(Tape::next_sent);
        let earlier = others.filter(|it| it.at_ns < said.at_ns).min_by_key(|it| it.at_ns).cloned();
        match earlier {
            None => Ok(()),
            recorded => {
                let said = Some((said.resource, said.bytes));
                Err(state.depart(Departure { said, recorded }))
            }
        }
    }

    /// When the answer that comes next from `resource` came; `None` if there was none.
    fn answers_at(&self, resource: &Resource) -> Result<Option<u64>> {
        let state = self.lock();
        state.goes_on()?;
        let next = state.tapes.get(resource).and_then(Tape::next);
        Ok(next.filter(|it| !it.sent).map(|it| it.at_ns))
    }

    fn take_answer(&self, resource: &Resource, response: &mut Vec<u8>) {
        let mut state = self.lock();
        let Some(tape) = state.tapes.get_mut(resource) else { return };
        if let Some(answer) = tape.messages.get(tape.at) {
            response.clear();
            response.extend_from_slice(&answer.bytes);
            tape.at += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn goes_on(&self) -> Result<()> {
        match self.departure {
            None => Ok(()),
            Some(_) => Err(Error::unreachable("nobody answers behind the end of the recording")),
        }
    }

    fn depart(&mut self, departure: Departure) -> Error {
        let error = departure.error();
        self.departure.get_or_insert(departure);
        error
    }
}

impl Departure {
    fn error(&self) -> Error {
        let said = match &self.said {
            Some((resource, bytes)) => format!("`{}` to {resource}", shown(bytes)),
            None => "nothing".to_owned(),
        };
        let hint = match &self.recorded {
            Some(it) => format!(
                "in the recording `{}` goes to {} next, {:.3} s after the bench was opened",
                shown(&it.bytes),
                it.resource,
                it.at_ns as f64 / 1e9
            ),
            None => "the recording ends here".to_owned(),
        };
        Error::unsupported(format!("here the script departs from the recording: it says {said}"))
            .with_hint(hint)
    }
}

/// A message as people read it.
pub fn shown(bytes: &[u8]) -> String {
    let mut shown = String::new();
    for letter in String::from_utf8_lossy(bytes).chars() {
        match letter.is_control() {
            true => shown.extend(letter.escape_default()),
            false => shown.push(letter),
        }
    }
    shown
}

/// See [`Replay`].
struct ReplaySession {
    replay: Arc<Replay>,
    resource: Resource,
}

impl ReplaySession {
    fn absent(&self, what: &str) -> Error {
        Error::unsupported(format!("a recording has no {what}"))
    }
}

/// Opens sessions of a recording.
#[derive(Clone, Debug)]
pub struct Replayed(pub Arc<Replay>);

#[async_trait]
impl Dial for Replayed {
    async fn dial(&self, resource: &Resource, _deadline: Deadline) -> Result<Box<dyn Session>> {
        if !self.0.lock().tapes.contains_key(resource) {
            return Err(Error::unreachable(format!("the recording has nothing of {resource}"))
                .with_hint("the run may not have reached it; is it the same fixture?"));
        }
        Ok(Box::new(ReplaySession { replay: self.0.clone(), resource: resource.clone() }))
    }

    async fn dial_modbus(
        &self,
        resource: &Resource,
        _line: &LineSettings,
        _deadline: Deadline,
    ) -> Result<Box<dyn Stream>> {
        // A unit may not have been asked anything.
        Ok(stream::connect(self.0.clone(), resource))
    }

    async fn line(
        &self,
        resource: &Resource,
        _settings: &LineSettings,
        _deadline: Deadline,
    ) -> Result<Box<dyn Line>> {
        // A console may have stayed silent throughout.
        Ok(Box::new(ReplayLine::new(self.0.clone(), resource)))
    }
}

#[async_trait]
impl Session for ReplaySession {
    async fn write(&mut self, message: &[u8], _deadline: Deadline) -> Result<()> {
        let at_ns = self.replay.expected(&self.resource, message)?;
        self.replay.world.sleep_until(at_ns).await;
        self.replay.said(&self.resource)
    }

    async fn read(&mut self, response: &mut Vec<u8>, deadline: Deadline) -> Result<()> {
        let silent = || Error::timeout(format!("no answer from {}, as recorded", self.resource));
        let arrives = async {
            match self.replay.answers_at(&self.resource)? {
                Some(at_ns) => self.replay.world.sleep_until(at_ns).await,
                None => std::future::pending().await,
            }
            Ok(())
        };
        deadline.bound(arrives).await.ok_or_else(silent)??;
        self.replay.take_answer(&self.resource, response);
        Ok(())
    }

    async fn status_byte(&mut self, _deadline: Deadline) -> Result<u8> {
        Err(self.absent("serial poll"))
    }

    async fn device_clear(&mut self, _deadline: Deadline) -> Result<()> {
        Err(self.absent("device clear"))
    }

    async fn trigger(&mut self, _deadline: Deadline) -> Result<()> {
        Err(self.absent("trigger"))
    }

    async fn recover(&mut self, _deadline: Deadline) -> Result<()> {
        self.replay.lock().goes_on()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pogo_hal::ErrorKind;

    use super::*;

    fn resource(host: &str) -> Resource {
        format!("TCPIP::{host}::5025::SOCKET").parse().unwrap()
    }

    fn message(at_ms: u64, host: &str, sent: bool, text: &str) -> Recorded {
        let (resource, bytes) = (resource(host), text.as_bytes().to_vec());
        Recorded { at_ns: at_ms * 1_000_000 + 250, resource, sent, bytes }
    }

    fn recording() -> Arc<Replay> {
        let messages = vec![
            message(1, "psu", true, "VOLT 3.3"),
            message(2, "dmm", true, "READ?"),
            message(40, "dmm", false, "+3.3E+00"),
            message(41, "psu", true, "MEAS?"),
            message(2041, "psu", true, "OUTP OFF"),
        ];
        Replay::build(messages, Arc::default())
    }

    async fn session(replay: &Arc<Replay>, host: &str) -> Box<dyn Session> {
        let deadline = Deadline::after(Duration::from_secs(1));
        Replayed(replay.clone()).dial(&resource(host), deadline).await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_said_is_answered_as_it_was_and_when_it_was() {
        let replay = recording();
        let (mut psu, mut dmm) = (session(&replay, "psu").await, session(&replay, "dmm").await);
        let deadline = || Deadline::after(Duration::from_secs(1));
        psu.write(b"VOLT 3.3", deadline()).await.unwrap();
        dmm.write(b"READ?", deadline()).await.unwrap();
        let mut answer = Vec::new();
        dmm.read(&mut answer, deadline()).await.unwrap();
        assert_eq!((&*answer, replay.world().now_ns()), (&b"+3.3E+00"[..], 40_000_250));
        // What stayed without an answer does so again.
        psu.write(b"MEAS?", deadline()).await.unwrap();
        let silent = psu.read(&mut answer, deadline()).await.unwrap_err();
        assert_eq!(silent.kind(), ErrorKind::Timeout);
        assert_eq!(replay.departure(false), None);
        let left = replay.departure(true).unwrap();
        assert_eq!(left.recorded.unwrap().bytes, b"OUTP OFF");
        psu.write(b"OUTP OFF", deadline()).await.unwrap();
        assert_eq!(replay.departure(true), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_other_message_is_a_departure_and_so_is_another_order() {
        let deadline = || Deadline::after(Duration::from_secs(1));
        for (host, said, instead) in [
            ("psu", "VOLT 5", "VOLT 3.3"),
            // Right for this instrument, and too early.
            ("dmm", "READ?", "VOLT 3.3"),
            ("dmm", "READ", "READ?"),
        ] {
            let replay = recording();
            let mut it = session(&replay, host).await;
            let error = it.write(said.as_bytes(), deadline()).await.unwrap_err();
            assert!(error.message().contains(said), "{error}");
            let departure = replay.departure(false).unwrap();
            assert_eq!(departure.said.unwrap().1, said.as_bytes());
            assert_eq!(departure.recorded.unwrap().bytes, instead.as_bytes());
            // It stays the first one, and nobody answers any more.
            let mut other = session(&replay, "psu").await;
            let error = other.write(b"*IDN?", deadline()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unreachable);
            assert_eq!(replay.departure(true).unwrap().said.unwrap().1, said.as_bytes());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_not_in_the_recording_is_not_there() {
        let deadline = Deadline::after(Duration::from_secs(1));
        let found = Replayed(recording()).dial(&resource("load"), deadline).await;
        assert_eq!(found.err().unwrap().kind(), ErrorKind::Unreachable);
    }
}
