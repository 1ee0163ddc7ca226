//! Everything that scripts can use, in the order in which it is explained.
//!
//! A view of the tables that functions are registered from; nothing is written down twice.

use pogo_sandbox::reference::Entry;
use pogo_sandbox::{ERROR, LIST, QUANTITY};

use crate::bind::CAPABILITIES;
use crate::language::CHAPTERS;

/// Entries that belong together.
#[derive(Clone, Debug)]
pub struct Section {
    /// What they are about: `judging`, `power supply`.
    pub title: &'static str,
    /// What their users could get wrong, in whole sentences.
    pub about: &'static str,
    /// What they are called on; `None` if they stand alone.
    pub on: Option<Receiver>,
    /// The entries.
    pub entries: Vec<&'static Entry>,
}

/// What something is called on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// How it is called in examples: `psu`.
    pub name: &'static str,
    /// What its type is called: `PowerSupply`.
    pub type_name: &'static str,
}

/// Every section: the language, quantities, errors, then what roles can do.
pub fn sections() -> Vec<Section> {
    let chapters = CHAPTERS.iter().map(|it| Section {
        title: it.title,
        about: it.about,
        on: None,
        entries: it.words.iter().map(|word| &word.entry).collect(),
    });
    let quantities = Section {
        title: "quantities",
        about: "A number and its unit make a quantity: `3.3.V`, `-40.degC`, `5.percent`. Quantities \
                are added, subtracted and compared with their own kind, multiplied and divided \
                where that means something, and never equal: `within` says how near is near enough.",
        on: Some(Receiver { name: "quantity", type_name: "quantity" }),
        entries: QUANTITY.iter().collect(),
    };
    let lists = Section {
        title: "lists",
        about: "Rhai's own functions of arrays (`map`, `filter`, `len`, `push`, …), and these:",
        on: Some(Receiver { name: "list", type_name: "Array" }),
        entries: LIST.iter().collect(),
    };
    let errors = Section {
        title: "errors",
        about: "What `catch (error)` sees. An error of the bench is recorded before the script \
                sees it. That a run was stopped cannot be caught.",
        on: Some(Receiver { name: "error", type_name: "error" }),
        entries: ERROR.iter().collect(),
    };
    let capabilities = CAPABILITIES.iter().map(|it| Section {
        title: it.name,
        about: it.about,
        on: Some(Receiver { name: it.role, type_name: it.type_name }),
        entries: it.verbs.iter().map(|verb| &verb.entry).collect(),
    });
    chapters.chain([quantities, lists, errors]).chain(capabilities).collect()
}

impl Section {
    /// Whether it says what a role of a fixture can do.
    pub fn is_of_roles(&self) -> bool {
        CAPABILITIES.iter().any(|it| it.name == self.title)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pogo_hal::{RegisterMap, Secret, Secrets, toml_file};

    use super::*;
    use crate::product::{Product, Script};
    use crate::{KnownRole, check};

    /// Every entry with where it stands.
    fn entries() -> Vec<(&'static str, &'static Entry)> {
        let each = |it: Section| it.entries.into_iter().map(move |entry| (it.title, entry));
        sections().into_iter().flat_map(each).collect()
    }

    #[test]
    fn everything_that_scripts_can_use_is_explained_in_full() {
        for (title, entry) in entries() {
            let said = format!("{title}: {}", entry.name);
            assert!(entry.about.starts_with(|c: char| !c.is_uppercase()), "{said}");
            assert!(!entry.about.is_empty() && !entry.about.ends_with('.'), "{said}");
            assert!(entry.example.contains(entry.name), "{said}: no example that uses it");
            for argument in entry.takes {
                let is_said = !argument.about.is_empty() || !argument.kind.keys().is_empty();
                assert!(is_said, "{said}: `{}` is not explained", argument.name);
            }
            let optional: Vec<_> = entry.takes.iter().map(|it| it.optional).collect();
            assert!(optional.is_sorted(), "{said}: what may be left out stands last");
        }
    }

    /// The role of the examples that speaks Modbus.
    fn chamber() -> KnownRole {
        const MAP: &str = "[temperature]\nkind = 'input'\naddress = 0\ntype = 'i16'\n\
            unit = 'degC'\n[setpoint]\nkind = 'holding'\naddress = 0\ntype = 'i16'\n\
            unit = 'degC'\naccess = 'read-write'\n";
        let map = RegisterMap::read(toml_file::read("map.toml", MAP).unwrap()).unwrap();
        KnownRole { registers: Arc::new(map), ..KnownRole::new("chamber", "modbus device") }
    }

    #[test]
    fn every_example_is_a_script_that_check_finds_nothing_wrong_in() {
        let secret = Secret::new("wifi_key", b"correct horse".to_vec()).unwrap();
        let secrets = Arc::new(Secrets::new(vec![secret]).unwrap());
        let roles =
            CAPABILITIES.iter().filter(|it| !it.is_of_the_unit() && it.name != "modbus device");
        let roles: Vec<_> = roles.map(|it| KnownRole::new(it.role, it.name)).collect();
        let roles = [&roles[..], &[chamber()]].concat();
        for (title, entry) in entries() {
            let script = Script { path: "example.rhai".into(), text: entry.example.to_owned() };
            let found = check(&Product::of_one_script(script), &roles, secrets.clone()).err();
            assert_eq!(found, None, "{title}: {}", entry.example);
        }
    }
}
