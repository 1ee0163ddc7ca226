//! Shadowing: is a role's name given to something else?
//!
//! A parameter may have a role's name: a function reads whichever meter it is handed. A variable of
//! that name hides the role from everything below it.

use pogo_hal::{Code, Diagnostic};
use pogo_sandbox::outline::{By, Node};

use super::known::Known;
use super::looked::Looked;

pub(super) fn look(looked: &Looked, known: &Known, found: &mut Vec<Diagnostic>) {
    looked.each(|node| {
        let Node::Declares(it) = node else { return };
        if known.role(&it.name).is_none() || it.by == By::Import {
            return;
        }
        let message = format!("the variable `{0}` hides the role `{0}`", it.name);
        let hint = format!("choose another name, such as `{}_`", it.name);
        let mistake = Diagnostic::new(message).coded(Code::HidesRole).with_hint(hint);
        found.push(mistake.at(it.place.clone()));
    });
}
