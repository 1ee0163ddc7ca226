//! Whether what somebody said is an answer.

use pogo_sandbox::rhai::Dynamic;

use super::{Question, Said, Wants};

/// The most bytes of an answer. A terminal gives no longer line.
const LONGEST: usize = 4 << 10;

/// An answer that fits.
#[derive(Debug)]
pub(super) struct Answer {
    /// As the record keeps it.
    pub(super) text: String,
    /// As the script gets it.
    pub(super) value: Dynamic,
}

impl Question {
    /// What `said` means, or why it is no answer. Somebody who is `typing` may be brief: a number
    /// chooses, and an option's case does not matter.
    pub(super) fn understand(&self, said: &Said, typing: bool) -> Result<Answer, String> {
        let text = said.text.trim();
        if text.len() > LONGEST {
            return Err(format!("{} bytes are too much for an answer", text.len()));
        }
        if text.is_empty() {
            return Err("nothing was said".into());
        }
        match &self.wants {
            Wants::Text => Ok(Answer::text(text)),
            Wants::YesOrNo => {
                let is = |words: [&str; 2]| words.iter().any(|it| text.eq_ignore_ascii_case(it));
                match (is(["yes", "y"]), is(["no", "n"])) {
                    (true, _) => Ok(Answer { text: "yes".into(), value: true.into() }),
                    (_, true) => Ok(Answer { text: "no".into(), value: false.into() }),
                    _ => Err(format!("`{text}` is neither yes nor no")),
                }
            }
            Wants::OneOf(options) => chosen(options, text, typing)
                .map(|option| Answer::text(option))
                .ok_or_else(|| format!("`{text}` is none of {}", options.join(", "))),
            Wants::Matching(pattern) if pattern.describes(text) => Ok(Answer::text(text)),
            Wants::Matching(pattern) => {
                Err(format!("`{text}` does not match `{}`", pattern.as_str()))
            }
        }
    }
}

impl Answer {
    fn text(text: &str) -> Self {
        Self { text: text.into(), value: text.into() }
    }
}

fn chosen<'a>(options: &'a [String], text: &str, typing: bool) -> Option<&'a String> {
    let exactly = options.iter().find(|it| *it == text);
    if exactly.is_some() || !typing {
        return exactly;
    }
    let mut alike = options.iter().filter(|it| it.to_lowercase() == text.to_lowercase());
    match (alike.next(), alike.next()) {
        (Some(option), None) => return Some(option),
        (Some(_), Some(_)) => return None,
        (None, _) => {}
    }
    // A number is a place in the list, unless options are numbers themselves.
    let number: usize = text.parse().ok()?;
    let are_numbers = options.iter().any(|it| it.parse::<f64>().is_ok());
    if are_numbers { None } else { options.get(number.checked_sub(1)?) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pogo_record::Pattern;

    use super::*;

    fn understood(wants: Wants, said: &str, typing: bool) -> Result<String, String> {
        let (text, within) = ("Well?".to_owned(), Duration::ZERO);
        let question = Question { verb: "ask", text, wants, image: None, within, refused: None };
        let said = Said { text: said.into(), place: None };
        question.understand(&said, typing).map(|answer| answer.text)
    }

    #[test]
    fn yes_and_no_are_two_words_and_their_letters_and_nothing_else() {
        for (said, answer) in [("yes", "yes"), (" Y\r", "yes"), ("NO", "no"), ("n", "no")] {
            assert_eq!(understood(Wants::YesOrNo, said, true).as_deref(), Ok(answer));
        }
        for said in ["", "maybe", "1", "yes no", "true"] {
            assert!(understood(Wants::YesOrNo, said, true).is_err(), "{said}");
        }
    }

    #[test]
    fn a_choice_is_the_options_own_text_whatever_was_typed() {
        let options = |all: &[&str]| Wants::OneOf(all.iter().map(ToString::to_string).collect());
        let colours = || options(&["red", "Green"]);
        assert_eq!(understood(colours(), "green", true).as_deref(), Ok("Green"));
        assert_eq!(understood(colours(), "2", true).as_deref(), Ok("Green"));
        for said in ["0", "3", "gre", "blue", "-1"] {
            assert!(understood(colours(), said, true).is_err(), "{said}");
        }
        let said = understood(colours(), "blue", true);
        assert_eq!(said.unwrap_err(), "`blue` is none of red, Green");
        let numbers = || options(&["3", "1.8"]);
        assert_eq!(understood(numbers(), "3", true).as_deref(), Ok("3"));
        assert!(understood(numbers(), "1", true).is_err(), "1 is not the first option");
        assert!(understood(options(&["a", "A"]), "a", true).is_ok_and(|it| it == "a"));
    }

    #[test]
    fn what_was_written_beforehand_is_an_option_letter_by_letter() {
        let options = || Wants::OneOf(vec!["red".into(), "green".into()]);
        assert_eq!(understood(options(), "red", false).as_deref(), Ok("red"));
        assert!(understood(options(), "1", false).is_err());
        assert!(understood(options(), "Red", false).is_err());
    }

    #[test]
    fn a_scan_fits_as_a_whole_or_not_at_all() {
        let pattern = || Wants::Matching(Pattern::new(r"SN\d{4}").unwrap());
        assert_eq!(understood(pattern(), "SN0001\r\n", true).as_deref(), Ok("SN0001"));
        let said = understood(pattern(), "SN00012", true);
        assert_eq!(said.unwrap_err(), r"`SN00012` does not match `SN\d{4}`");
        assert!(understood(Wants::Text, &"x".repeat(LONGEST + 1), true).is_err());
    }
}
