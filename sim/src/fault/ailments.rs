//! What is wrong with a wire, and how far that has come.

use super::{Does, nanoseconds};

/// What becomes of a message that reaches an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is carried out in its turn.
    Heard,
    /// It arrives so many nanoseconds later.
    Delayed(u64),
    /// Nobody hears it.
    Lost,
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// It goes out.
    AtOnce,
    /// It goes out so many nanoseconds later.
    Late(u64),
}

/// What is wrong with the wire of one instrument, and how far it has come.
#[derive(Debug, Default)]
pub(crate) struct Ailments {
    faults: Vec<Does>,
    heard: u64,
    answered: u64,
    slow: Option<u64>,
}

impl Ailments {
    /// Adds one.
    pub(crate) fn add(&mut self, does: Does) {
        self.faults.push(does);
    }

    /// Whether connections are refused.
    pub(crate) fn refuses(&self) -> bool {
        self.faults.iter().any(|it| matches!(it, Does::Refuse))
    }

    /// Whether anything is wrong at all.
    pub(crate) fn is_any(&self) -> bool {
        !self.faults.is_empty()
    }

    /// Whether nothing is heard or said any more.
    pub(crate) fn is_silent(&self) -> bool {
        // What the last message that was heard is answered still comes.
        let silent = |it: &Does| matches!(it, Does::FallSilent { after } if *after == 0 || self.heard > *after);
        self.faults.iter().any(silent)
    }

    /// A message has come by `connection`.
    pub(crate) fn hears(&mut self, connection: u64) -> Fate {
        let before = self.heard;
        self.heard += 1;
        let mut fate = Fate::Heard;
        for does in &self.faults {
            match does {
                Does::FallSilent { after } if before >= *after => return Fate::Lost,
                Does::HoldBack { by, after }
                    if before >= *after && *self.slow.get_or_insert(connection) == connection =>
                {
                    fate = Fate::Delayed(nanoseconds(*by));
                }
                _ => {}
            }
        }
        fate
    }

    /// `answer` is ready, to `message`: what goes out instead of it, and when.
    pub(crate) fn answers(&mut self, message: &[u8], answer: &mut String) -> Answered {
        let before = self.answered;
        self.answered += 1;
        let mut answered = Answered::AtOnce;
        for does in &self.faults {
            match does {
                Does::AnswerLate { by, after, times } => {
                    let late = before.checked_sub(*after);
                    if late.is_some_and(|late| times.is_none_or(|times| late < times)) {
                        answered = Answered::Late(nanoseconds(*by));
                    }
                }
                Does::Garble { after } if before >= *after => {
                    let rest = answer.chars().skip(1).collect::<String>();
                    *answer = format!("?{rest}");
                }
                Does::Truncate { after } if before >= *after => {
                    let half = answer.chars().count().div_ceil(2);
                    *answer = answer.chars().take(half).collect();
                }
                Does::IdentifyAs { identity }
                    if message.trim_ascii().eq_ignore_ascii_case(b"*IDN?") =>
                {
                    answer.clone_from(identity);
                }
                _ => {}
            }
        }
        answered
    }
}
