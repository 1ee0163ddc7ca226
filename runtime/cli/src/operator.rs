//! The person at the terminal: questions on stderr, answers from stdin.
//!
//! A line is an answer to the question that stands there when it is typed, and to nothing else:
//! what was typed before is thrown away, and a question that is withdrawn takes no line any more.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pogo_hal::{Error, Result};
use pogo_record::Via;
use pogo_runtime::{Answering, Prompter, Question, Said, Wants};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read};
use rustix::process::getpgrp;
use rustix::termios::{QueueSelector, tcflush, tcgetpgrp};
use tokio::sync::oneshot;

use crate::duration;
use crate::paint::Paint;
use crate::terminal::{err, hidden};

/// How long nobody looks whether a question was withdrawn.
const SLICE: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

/// How long a terminal that has gone is not spoken of: its end is a stop, which is on its way.
const HANG_UP: Duration = Duration::from_millis(500);

/// How much of a line is read; an answer is shorter.
const LONGEST: usize = 5_000;

/// Whoever sits at the terminal that stdin is.
#[derive(Default)]
pub struct Operator {
    /// Held while a question stands there.
    terminal: Arc<Mutex<()>>,
}

impl Operator {
    /// Whoever sits there; `None` if stdin is no terminal.
    pub fn there() -> Option<Self> {
        io::stdin().is_terminal().then(Self::default)
    }
}

impl Prompter for Operator {
    fn via(&self) -> Via {
        Via::Terminal
    }

    fn put(&self, question: &Question) -> Answering {
        let (mut said, is_said) = oneshot::channel();
        let (terminal, question) = (self.terminal.clone(), question.clone());
        // Reading a terminal cannot be called off, so nothing that has to end does it.
        let reader = std::thread::Builder::new().name("operator".into()).spawn(move || {
            let _here = terminal.lock().unwrap_or_else(PoisonError::into_inner);
            let stdin = io::stdin();
            if let Some(answer) = converse(stdin.as_fd(), &question, &mut said) {
                let _ = said.send(answer);
            }
        });
        Box::pin(async move {
            let no_thread = |cause: io::Error| Error::unreachable(format!("no thread: {cause}"));
            reader.map_err(no_thread)?;
            is_said.await.unwrap_or_else(|_| Err(Error::unreachable("nobody reads the terminal")))
        })
    }
}

/// Asks, and gives the next line; `None` if the question was withdrawn.
fn converse(
    terminal: BorrowedFd<'_>,
    question: &Question,
    said: &mut oneshot::Sender<Result<Said>>,
) -> Option<Result<Said>> {
    if said.is_closed() {
        return None;
    }
    if is_elsewhere(terminal) {
        let error = Error::unreachable("nobody is there to answer: the run is in the background");
        return Some(Err(error.with_hint("bring it to the foreground, or write `--answers FILE`")));
    }
    // Without this, Enter pressed twice would be an answer to a question that nobody has read.
    let _ = tcflush(terminal, QueueSelector::IFlush);
    show(question);
    let mut line = Vec::new();
    loop {
        let state = wait(terminal, SLICE);
        if said.is_closed() {
            return None;
        }
        match state {
            State::Silent => continue,
            // Reading would stop the whole process, with everything on the bench as it is.
            _ if is_elsewhere(terminal) => {
                pause(SLICE);
                continue;
            }
            State::Readable => {}
        }
        let mut bytes = [0; 1024];
        match read(terminal, &mut bytes) {
            Ok(0) => return ended(said),
            Ok(length) => {
                let bytes = &bytes[..length];
                let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
                let room = LONGEST - line.len();
                let more = &bytes[..end.unwrap_or(length)];
                line.extend_from_slice(&more[..more.len().min(room)]);
                if end.is_some() {
                    let text = String::from_utf8_lossy(&line).into_owned();
                    return Some(Ok(Said { text, place: None }));
                }
            }
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => return ended(said),
        }
    }
}

/// Nothing will ever be typed any more: somebody has said so, or the terminal has gone.
fn ended(said: &oneshot::Sender<Result<Said>>) -> Option<Result<Said>> {
    let mut left = HANG_UP;
    let slice = Duration::from_millis(20);
    // A closed terminal is a stop, whose reason the run has to get.
    while is_gone(io::stdin().as_fd()) && !left.is_zero() && !said.is_closed() {
        pause(SLICE);
        left = left.saturating_sub(slice);
    }
    Some(Err(Error::unreachable("nobody answers: the input has ended")))
}

enum State {
    Silent,
    Readable,
}

fn wait(terminal: BorrowedFd<'_>, patience: Timespec) -> State {
    let mut events = [PollFd::from_borrowed_fd(terminal, PollFlags::IN)];
    match poll(&mut events, Some(&patience)) {
        Ok(1..) => State::Readable,
        _ => State::Silent,
    }
}

fn is_gone(terminal: BorrowedFd<'_>) -> bool {
    let mut events = [PollFd::from_borrowed_fd(terminal, PollFlags::IN)];
    let polled = poll(&mut events, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    polled.is_ok() && events[0].revents().contains(PollFlags::HUP)
}

/// Whether the terminal's input is for other processes than this one. One that this process is not
/// under the control of is everybody's.
fn is_elsewhere(terminal: BorrowedFd<'_>) -> bool {
    tcgetpgrp(terminal).is_ok_and(|foreground| foreground != getpgrp())
}

fn pause(time: Timespec) {
    let _ = poll(&mut [], Some(&time));
}

/// Puts `question` where the person looks: on stderr, and on the terminal too if stderr leads
/// elsewhere.
fn show(question: &Question) {
    let stderr = io::stderr();
    err(&lines(question, Paint::of(&stderr)));
    if !stderr.is_terminal()
        && let Ok(mut terminal) = File::options().write(true).open("/dev/tty")
    {
        let _ = terminal.write_all(hidden(&lines(question, Paint::Plain)).as_bytes());
    }
}

/// The question, what to look at, and what can be answered; what is typed begins the next line.
fn lines(question: &Question, paint: Paint) -> String {
    let mut text = String::new();
    match &question.refused {
        Some(why) => text += &format!("  {}\n", paint.error(format!("not taken: {}", plain(why)))),
        None => {
            let mut words = question.text.lines().map(plain);
            text += &format!("\n? {}\n", paint.bold(words.next().unwrap_or_default()));
            text.extend(words.map(|line| format!("  {}\n", paint.bold(line))));
            if let Some((_, path)) = &question.image {
                text += &format!("  image: {}\n", plain(&shown(path)));
            }
        }
    }
    let what = match &question.wants {
        Wants::Text => "write the answer".to_owned(),
        Wants::YesOrNo => "yes or no".into(),
        Wants::OneOf(options) => {
            let width = options.len().to_string().len();
            for (at, option) in options.iter().enumerate() {
                text += &format!("  {:>width$}  {}\n", at + 1, plain(option));
            }
            "write one of these, or its number".into()
        }
        Wants::Matching(pattern) => format!("scan or write it: `{}`", plain(pattern.as_str())),
    };
    let left = duration::wall(question.within);
    text += &format!("  {}\n", paint.dim(format!("{what}, then Enter; within {left}")));
    text
}

/// From the root on, so that it can be opened from anywhere.
fn shown(path: &Path) -> String {
    path.canonicalize().as_deref().unwrap_or(path).display().to_string()
}

/// Questions come from scripts: no control sequences.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(wants: Wants, refused: Option<&str>) -> Question {
        let (text, within) = ("Is the LED\u{1b}[2J\ngreen?".into(), Duration::from_secs(600));
        let refused = refused.map(str::to_owned);
        Question { verb: "confirm", text, wants, image: None, within, refused }
    }

    #[test]
    fn a_question_says_what_can_be_answered_and_sends_no_control_sequences() {
        assert_eq!(
            lines(&question(Wants::YesOrNo, None), Paint::Plain),
            "\n? Is the LED [2J\n  green?\n  yes or no, then Enter; within 10 min 00 s\n"
        );
        let colours = Wants::OneOf(vec!["red".into(), "green".into()]);
        assert!(lines(&question(colours, None), Paint::Plain).contains("  1  red\n  2  green\n"));
    }

    #[test]
    fn a_question_that_is_asked_again_says_why() {
        let again = question(Wants::YesOrNo, Some("`maybe` is neither yes nor no"));
        assert_eq!(
            lines(&again, Paint::Plain),
            "  not taken: `maybe` is neither yes nor no\n  \
             yes or no, then Enter; within 10 min 00 s\n"
        );
    }
}
