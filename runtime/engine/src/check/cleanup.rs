//! Clean-up: is what is switched on switched off again?
//!
//! At its end a run switches everything off by itself. Until then, what a failed step has left on
//! stays on.

use std::collections::BTreeSet;

use pogo_hal::{Code, Diagnostic, Place};
use pogo_sandbox::outline::{Node, each};

use super::known::Meaning;
use super::looked::Looked;
use crate::bind::verbs_of;

pub(super) fn look(looked: &Looked, meaning: &Meaning, found: &mut Vec<Diagnostic>) {
    let mut off: BTreeSet<&str> = BTreeSet::new();
    looked.each(|node| {
        if let Node::Call(call, _) = node
            && call.name == "off"
        {
            off.extend(call.receiver.as_deref());
        }
    });
    for sequence in looked.outline.sequences() {
        let mut on: Vec<(&str, &Place)> = Vec::new();
        each(sequence, &mut |node| {
            let Node::Call(call, _) = node else { return };
            let Some(name) =
                call.receiver.as_deref().filter(|_| call.name == "on" && call.arguments.is_empty())
            else {
                return;
            };
            let has_off = match meaning.role_of(call) {
                Some(role) => verbs_of(role.capability).any(|verb| verb.name == "off"),
                // A parameter or a variable: whatever it is, it is no role of its own.
                None => false,
            };
            if has_off && !off.contains(name) && !on.iter().any(|(it, _)| *it == name) {
                on.push((name, &call.place));
            }
        });
        for (name, place) in on {
            let message = format!("`{name}` is switched on and never off");
            let hint = format!("write `cleanup(|| {name}.off());` behind it");
            let mistake = Diagnostic::new(message).coded(Code::NeverOff).with_hint(hint);
            found.push(mistake.at(place.clone()));
        }
    }
}
