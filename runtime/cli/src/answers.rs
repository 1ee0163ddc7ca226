//! Answers that were written beforehand, for CI: `pogo run --answers FILE`.
//!
//! A TOML file whose keys are the questions, letter by letter. One answer counts every time its
//! question is asked; a list of answers counts once each, in order.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::ready;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pogo_hal::{Diagnostic, Error, Place, Result, nearest, toml_file};
use pogo_record::Via;
use pogo_runtime::{Answering, Prompter, Question, Said};
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};

/// The answers of a file.
#[derive(Debug)]
pub struct Answers {
    file: String,
    by_question: Mutex<BTreeMap<String, Answer>>,
}

/// Where answers come from that were given in another run.
const GIVEN: &str = "the recorded run";

#[derive(Debug)]
struct Answer {
    place: Place,
    asked: bool,
    given: Given,
}

/// As it stands in the file.
#[derive(Debug, PartialEq)]
enum Given {
    Always(String),
    InOrder(VecDeque<String>),
}

impl Answers {
    /// Reads the file at `path`.
    ///
    /// # Errors
    ///
    /// It cannot be read, is not TOML, or holds what is no answer; with line and column.
    pub fn read(path: &Path) -> Result<Self, Diagnostic> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|cause| Diagnostic::new(format!("cannot read `{file}`: {cause}")))?;
        Self::parse(file, &text)
    }

    fn parse(file: String, text: &str) -> Result<Self, Diagnostic> {
        let mut section = toml_file::read(&file, text)?;
        let questions: Vec<String> = section.keys().into_iter().map(str::to_owned).collect();
        let mut by_question = BTreeMap::new();
        for question in questions {
            let place = section.place_of(&question);
            let Some(given) = section.take(&question)? else { continue };
            by_question.insert(question, Answer { place, asked: false, given });
        }
        Ok(Self { file, by_question: Mutex::new(by_question) })
    }

    /// Those that were given in another run, question by question in their order.
    pub fn given(answers: impl Iterator<Item = (String, String)>) -> Self {
        let mut by_question = BTreeMap::new();
        let place = Place { file: GIVEN.into(), line: 1, column: 1, width: 1 };
        for (question, text) in answers {
            let given = Given::InOrder(VecDeque::new());
            let answer = by_question.entry(question).or_insert_with(|| Answer {
                place: place.clone(),
                asked: false,
                given,
            });
            if let Given::InOrder(texts) = &mut answer.given {
                texts.push_back(text);
            }
        }
        Self { file: GIVEN.into(), by_question: Mutex::new(by_question) }
    }

    /// What was never asked for, in the order of the file: a question that no script has asked, or
    /// has asked less often than it is answered. That is worth a word and no more: what is asked may
    /// depend on what is measured, and one file may serve several scripts.
    pub fn unused(&self) -> Vec<Diagnostic> {
        let mut unused: Vec<_> = self.lock().iter().filter_map(unused).collect();
        unused.sort_by_key(|it| it.place.as_ref().map(|it| (it.line, it.column)));
        unused
    }

    fn next(&self, question: &str) -> Result<Said> {
        let mut answers = self.lock();
        let file = &self.file;
        let Some(answer) = answers.get_mut(question) else {
            let error = Error::unreachable(format!("`{file}` has no answer to `{question}`"));
            let near = nearest(question, answers.keys().map(String::as_str));
            return Err(match near {
                Some(it) => error.with_hint(format!("it has one to `{it}`")),
                None => error.with_hint("its keys are the questions, letter by letter"),
            });
        };
        answer.asked = true;
        let place = &answer.place;
        let text = match &mut answer.given {
            Given::Always(text) => Some(text.clone()),
            Given::InOrder(texts) => texts.pop_front(),
        };
        let text = text.ok_or_else(|| {
            let message = format!("{place}: `{question}` is asked more often than it is answered");
            Error::unreachable(message)
                .with_hint("add an answer to its list; one that stands alone counts every time")
        })?;
        Ok(Said { text, place: Some(place.clone()) })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Answer>> {
        self.by_question.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unused((question, answer): (&String, &Answer)) -> Option<Diagnostic> {
    let left = match &answer.given {
        _ if !answer.asked => format!("`{question}` was not asked"),
        Given::InOrder(left) if !left.is_empty() => {
            format!("`{question}` was asked less often than it is answered")
        }
        _ => return None,
    };
    Some(Diagnostic::new(left).at(answer.place.clone()))
}

impl Prompter for Answers {
    fn via(&self) -> Via {
        Via::AnswersFile
    }

    fn put(&self, question: &Question) -> Answering {
        Box::pin(ready(self.next(&question.text)))
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reads)
    }
}

/// Reads an answer, or a list of them. Numbers are none: 1.10 would become 1.1.
struct Reads;

impl<'de> Visitor<'de> for Reads {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true, false, a text in quotes, or a list of them")
    }

    fn visit_bool<E>(self, it: bool) -> Result<Given, E> {
        Ok(Given::Always(if it { "yes" } else { "no" }.into()))
    }

    fn visit_str<E>(self, it: &str) -> Result<Given, E> {
        Ok(Given::Always(it.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Given, A::Error> {
        let mut texts = VecDeque::new();
        while let Some(item) = items.next_element()? {
            match item {
                Given::Always(text) => texts.push_back(text),
                Given::InOrder(_) => {
                    return Err(serde::de::Error::custom("a list in a list is no answer"));
                }
            }
        }
        Ok(Given::InOrder(texts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# What the operator would say.
\"Is the LED green?\" = true
\"Scan the label\" = [\"SN0001\", \"SN0002\"]
\"Who?\" = \"Anna\"
";

    fn answers(text: &str) -> Result<Answers, Diagnostic> {
        Answers::parse("answers.toml".into(), text)
    }

    fn complaint(diagnostic: &Diagnostic) -> String {
        let place = diagnostic.place.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{place}: {diagnostic}")
    }

    #[test]
    fn one_answer_counts_every_time_and_a_list_once_each() {
        let answers = answers(FILE).unwrap();
        let said = |question: &str| answers.next(question).map(|said| said.text);
        for _ in 0..3 {
            assert_eq!(said("Is the LED green?").unwrap(), "yes");
        }
        assert_eq!(said("Scan the label").unwrap(), "SN0001");
        let left: Vec<_> = answers.unused().iter().map(complaint).collect();
        assert_eq!(
            left,
            [
                "answers.toml:3:20: `Scan the label` was asked less often than it is answered",
                "answers.toml:4:10: `Who?` was not asked",
            ]
        );
        assert_eq!(said("Scan the label").unwrap(), "SN0002");
        let error = said("Scan the label").unwrap_err();
        let message = "answers.toml:3:20: `Scan the label` is asked more often than it is answered";
        assert_eq!(error.message(), message);
    }

    #[test]
    fn a_question_without_an_answer_names_the_nearest_that_has_one() {
        let answers = answers(FILE).unwrap();
        let error = answers.next("Is the LED greem?").unwrap_err();
        assert_eq!(error.message(), "`answers.toml` has no answer to `Is the LED greem?`");
        assert_eq!(error.hint(), Some("it has one to `Is the LED green?`"));
        assert!(
            answers.next("Anything?").unwrap_err().hint().unwrap().contains("letter by letter")
        );
    }

    #[test]
    fn what_is_no_answer_points_at_its_line() {
        for (text, said) in [
            ("\n\"How many?\" = 4", "answers.toml:2:15: `How many?`: invalid type: integer `4`, "),
            ("\"a\" = [[\"b\"]]", "answers.toml:1:7: `a`: a list in a list is no answer"),
            ("\"a\" = yes", "answers.toml:1:7: "),
            ("Is it? = true", "answers.toml:1:4: "),
        ] {
            let error = complaint(&answers(text).unwrap_err());
            assert!(error.starts_with(said), "{text}: {error}");
        }
    }
}
