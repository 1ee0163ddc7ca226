//! What can stand where somebody types: for completion and for help.

use pogo_hal::UNITS;
use pogo_runtime::{CAPABILITIES, Section, sections, words};

/// Everything that can be typed on a bench.
#[derive(Clone, Debug)]
pub struct Words {
    /// The roles, each with what it can do; the unit under test is one.
    roles: Vec<(String, &'static str)>,
}

/// What the shell itself understands.
pub const OWN: [&str; 3] = ["help", "exit", "quit"];

impl Words {
    /// On a bench with these roles.
    pub fn of(roles: Vec<(String, &'static str)>) -> Self {
        Self { roles }
    }

    /// What can stand at the end of `line`: where its last word begins, and the words.
    pub fn completions(&self, line: &str) -> (usize, Vec<String>) {
        let is_word = |it: char| it.is_alphanumeric() || it == '_';
        let begin = line.char_indices().rev().take_while(|(_, it)| is_word(*it)).last();
        let begin = begin.map_or(line.len(), |(at, _)| at);
        let (before, word) = line.split_at(begin);
        let fit = |name: &str| name.starts_with(word);
        let Some(before) = before.strip_suffix('.') else {
            let roles = self.roles.iter().map(|(role, _)| role.as_str());
            let all = roles.chain(words().map(|it| it.name)).chain(OWN);
            let mut found: Vec<_> = all.filter(|it| fit(it)).map(str::to_owned).collect();
            found.sort();
            return (begin, found);
        };
        let on = before.rsplit(|it: char| !is_word(it)).next().unwrap_or_default();
        let mut found: Vec<String> = match self.roles.iter().find(|(role, _)| role == on) {
            Some((_, capability)) => {
                let own = CAPABILITIES.iter().find(|it| it.name == *capability);
                let verbs = own.into_iter().flat_map(|it| it.verbs);
                verbs.map(|it| it.entry.name.to_owned()).collect()
            }
            None if on.ends_with(|it: char| it.is_ascii_digit()) => {
                UNITS.iter().map(|it| it.name.to_owned()).collect()
            }
            None => {
                let of_values = |it: &Section| ["quantities", "lists"].contains(&it.title);
                let entries = sections().into_iter().filter(of_values).flat_map(|it| it.entries);
                entries.map(|it| it.name.to_owned()).collect()
            }
        };
        found.retain(|it| fit(it));
        found.sort();
        found.dedup();
        (begin, found)
    }

    /// The roles, each with what it can do.
    pub fn known(&self) -> Vec<(String, &'static str)> {
        self.roles.clone()
    }

    /// The roles and what each is, a line for each.
    pub fn roles(&self) -> String {
        let line = |(role, is): &(String, &str)| format!("  {role:<12}{is}\n");
        self.roles.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_verbs_units_and_words_are_completed_where_they_can_stand() {
        let words =
            Words::of(vec![("psu".to_owned(), "power supply"), ("dmm".to_owned(), "multimeter")]);
        let found = |line: &str| words.completions(line).1;
        assert_eq!(found("ps"), ["psu"]);
        assert_eq!(found("psu.set_v"), ["set_voltage"]);
        assert_eq!(found("measure(\"a\", dmm.dc_v"), ["dc_voltage"]);
        assert_eq!(found("psu.set_voltage(3.3.mV"), ["mV"]);
        assert!(found("psu.set_voltage(3.").contains(&"V".to_owned()));
        assert!(found("me").contains(&"measure".to_owned()));
        assert!(found("readings.std").contains(&"stddev".to_owned()));
        assert_eq!(words.completions("psu.of"), (4, vec!["off".to_owned()]));
        assert!(found("nothing.like_this").is_empty());
    }
}
