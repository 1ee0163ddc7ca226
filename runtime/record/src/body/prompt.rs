//! A person was asked something.

use serde::{Deserialize, Serialize};

use super::not_recorded;

/// The body of `prompt`: one question, and one answer to it or none. A question that is asked again
/// because the answer does not fit is another entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// The step's number; `None` outside any step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// The verb as a script says it: `confirm`, `scan`.
    pub verb: String,
    /// What was asked.
    pub question: String,
    /// What could be chosen from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// What the answer had to look like, as a regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The image that was shown with it, as the script names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// When it was asked, in nanoseconds of the run's clock; the entry says when it was answered.
    pub asked_ns: u64,
    /// Who was asked: the operator of the run.
    #[serde(with = "not_recorded")]
    pub operator: Option<String>,
    /// How.
    pub via: Via,
    /// What came of it.
    pub outcome: PromptOutcome,
}

/// How a person answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// At the terminal that the run was started from.
    Terminal,
    /// Beforehand, in a file.
    AnswersFile,
    /// Not at all: nobody was there.
    Nobody,
}

impl Via {
    /// As people read it: `answers file`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::AnswersFile => "answers file",
            Self::Nobody => "nobody",
        }
    }
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum PromptOutcome {
    /// The script has this answer.
    Answered {
        /// The text, the option, `yes` or `no`.
        answer: String,
    },
    /// What was said is no answer to it.
    Refused {
        /// What was said.
        answer: String,
        /// Why it is none.
        why: String,
    },
    /// Nothing was said.
    Unanswered {
        /// Why.
        why: String,
    },
}
