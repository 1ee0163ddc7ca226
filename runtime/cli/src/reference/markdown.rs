//! What scripts can use, as `docs/script.md`.

use std::fmt::Write;

use pogo_hal::{Dimension, UNITS};
use pogo_runtime::Section;
use pogo_sandbox::reference::Entry;

use super::spelling::{argument, call, result};

const HEAD: &str = "\
# What scripts can call

Written by `pogo verbs --markdown` from the tables that the functions are registered from, and
compared with them in CI. `pogo verbs WORD` says the same in a terminal.

A script is [Rhai](https://rhai.rs/book): `let`, `if`, `for`, functions, closures, `try`, maps and
arrays are Rhai's own. Roles of the fixture are constants of the script, of its functions and of its
modules; `device` is the unit under test. Every verb of a role can also end in `unreachable`,
`timeout`, `garbled` or `stopped`; what else goes wrong with it stands beside it.
";

/// The whole document.
pub fn markdown(sections: &[Section]) -> String {
    let mut text = HEAD.to_owned();
    for section in sections {
        let _ = write!(text, "\n## {}\n\n{}\n", headline(section), wrapped(section.about));
        if section.title == "quantities" {
            text += &units();
        }
        for it in &section.entries {
            text += &entry(section, it);
        }
    }
    text
}

fn headline(section: &Section) -> String {
    let mut letters = section.title.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

fn units() -> String {
    let mut text = "\n| measures | units |\n|---|---|\n".to_owned();
    for dimension in Dimension::ALL.into_iter().filter(|it| *it != Dimension::Number) {
        let names: Vec<_> = UNITS.iter().filter(|it| it.dimension == dimension).collect();
        let names: Vec<_> = names.iter().map(|it| format!("`{}`", it.name)).collect();
        let _ = writeln!(text, "| {} | {} |", dimension.with_article(), names.join(" "));
    }
    text
}

fn entry(section: &Section, it: &Entry) -> String {
    format!("\n### `{}`\n\n{}", call(section, it), body(it))
}

/// What is to be known of an entry, for editors; called on `role`, if it is a role's.
pub fn explained(section: &Section, it: &Entry, role: Option<&str>) -> String {
    let call = match role {
        Some(role) => format!("{role}.{}", it.usage()),
        None => call(section, it),
    };
    format!("```rhai\n{call}\n```\n\n{}", body(it))
}

fn body(it: &Entry) -> String {
    let result = result(it).map(|it| format!(" · {it}")).unwrap_or_default();
    let about = format!("{}{result}", it.about);
    let mut text = format!("{}\n", wrapped(&about));
    let mut list = String::new();
    for one in it.takes {
        list += &item(&format!("`{}`: {}", one.name, argument(one)), 0);
        for key in one.kind.keys() {
            list += &item(&format!("`{}`: {}", key.name, argument(key)), 2);
        }
    }
    for error in it.errors {
        list += &item(&format!("error `{}`: {}", error.name(), error.when), 0);
    }
    if !list.is_empty() {
        let _ = write!(text, "\n{list}");
    }
    let _ = write!(text, "\n```rhai\n{}\n```\n", it.example);
    text
}

fn item(text: &str, indent: usize) -> String {
    format!("{:indent$}- {text}\n", "")
}

/// A paragraph in lines of at most a hundred letters.
fn wrapped(text: &str) -> String {
    crate::layout::fold(text, 100).join("\n")
}
