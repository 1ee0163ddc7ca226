//! Names of what is judged and kept: can statistics be kept by them?

use pogo_hal::{Code, Diagnostic};
use pogo_sandbox::Argument;
use pogo_sandbox::reference::Kind;

use super::known::Meaning;
use super::looked::Looked;
use crate::bind::device;
use crate::language::is_name;

pub(super) fn look(looked: &Looked, meaning: &Meaning, found: &mut Vec<Diagnostic>) {
    for call in &looked.survey.calls {
        let Some(entry) = meaning.entry(call) else { continue };
        // What is said of the unit under test is looked at where it is read.
        if meaning.role_of(call).is_some_and(|it| it.capability == device::CAPABILITY) {
            continue;
        }
        for (wanted, given) in entry.takes.iter().zip(&call.arguments) {
            let Argument::Text(name) = given else { continue };
            if wanted.kind != Kind::Name || is_name(name) {
                continue;
            }
            let message = format!("{}: `{name}` cannot be a name", entry.name);
            let hint = "write names as `rail_1v8`: lower-case letters, digits and `_`";
            let mistake = Diagnostic::new(message).coded(Code::BadName).with_hint(hint);
            found.push(mistake.at(call.place.clone()));
        }
    }
}
