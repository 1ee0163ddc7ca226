//! What scripts can use, as definitions that editors for Rhai read.
//!
//! Written from the tables and not by Rhai itself, which misprints what gives a result or an error,
//! and knows nothing of units.

use std::fmt::Write;

use pogo_hal::UNITS;
use pogo_runtime::Section;
use pogo_sandbox::reference::{Argument, Entry, Form};

use super::spelling::{argument, result};

/// The definitions of `sections`, and of `roles`, each with the name of its type.
pub fn definitions(sections: &[Section], roles: &[(String, &'static str)]) -> String {
    let mut text = "module static;\n".to_owned();
    for (role, type_name) in roles {
        let _ = write!(text, "\nconst {role}: {type_name};\n");
    }
    for unit in UNITS {
        let about = unit.dimension.with_article();
        let _ = write!(
            text,
            "\n/// {about} in {}\nfn get {}(number: int | float) -> quantity;\n",
            unit.symbol, unit.name
        );
    }
    for section in sections {
        for entry in &section.entries {
            for count in entry.arities() {
                text += &definition(section, entry, &entry.takes[..count]);
            }
        }
    }
    text
}

fn definition(section: &Section, it: &Entry, takes: &[Argument]) -> String {
    let mut text = format!("\n/// {}\n", it.about);
    for one in takes {
        let _ = writeln!(text, "/// - `{}`: {}", one.name, argument(one));
        for key in one.kind.keys() {
            let _ = writeln!(text, "///   - `{}`: {}", key.name, argument(key));
        }
    }
    if let Some(result) = result(it) {
        let _ = writeln!(text, "/// - {result}");
    }
    for error in it.errors {
        let _ = writeln!(text, "/// - error `{}`: {}", error.name(), error.when);
    }
    let receiver = section.on.map(|it| format!("{}: {}", it.name.replace(' ', "_"), it.type_name));
    let own = takes.iter().map(|it| format!("{}: {}", it.name, it.kind.rhai_type()));
    let list: Vec<_> = receiver.into_iter().chain(own).collect();
    let get = match it.form {
        Form::Call => "",
        Form::Property => "get ",
    };
    let gives = it.gives.rhai_type();
    let _ = writeln!(text, "fn {get}{}({}) -> {gives};", it.name, list.join(", "));
    text
}
