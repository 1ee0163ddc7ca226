//! What scripts ask people: `ask`, `confirm`, `choose`, `scan`.
//!
//! The engine knows what was asked and what fits as an answer; whoever is asked, and how, is a
//! [`Prompter`] that the program hands in. A question that nobody answers is an ERROR, never a
//! default.

mod answer;
mod question;
mod verbs;
mod waiting;

use std::future::{Future, ready};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use pogo_hal::{Error, Place, Result};
use pogo_record::Via;

pub(crate) use self::question::mistake;
pub use self::question::{Question, Wants};
pub(crate) use self::verbs::{PEOPLE, pause};

/// Whoever puts questions to a person, one at a time.
pub trait Prompter: Send + Sync {
    /// How the person answers.
    fn via(&self) -> Via;

    /// Puts `question`, and returns at once. What follows needs no runtime, is woken from whatever
    /// thread, and holds what is said next, whatever that is; dropped before, the question is
    /// withdrawn, and what is said later is no answer to anything.
    ///
    /// It fails if nobody is there to answer, or can be any more.
    fn put(&self, question: &Question) -> Answering;
}

/// What will be said to a question.
pub type Answering = Pin<Box<dyn Future<Output = Result<Said>> + Send>>;

/// What somebody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The words.
    pub text: String,
    /// Where they stand, if they were written beforehand.
    pub place: Option<Place>,
}

/// Nobody is there: every question fails at once.
#[derive(Debug)]
pub struct Nobody;

impl Prompter for Nobody {
    fn via(&self) -> Via {
        Via::Nobody
    }

    fn put(&self, _: &Question) -> Answering {
        let error = Error::unreachable("nobody is there to answer: stdin is no terminal");
        Box::pin(ready(Err(error.with_hint("run it in a terminal, or write `--answers FILE`"))))
    }
}

/// What a run knows of the people around it.
pub(crate) struct People {
    pub(crate) prompter: Arc<dyn Prompter>,
    /// Who started the run.
    pub(crate) operator: Option<String>,
    /// The product's folder, which images are in.
    pub(crate) folder: PathBuf,
}
