//! What is there and not used: roles of the fixture, imports.

use std::collections::BTreeSet;

use pogo_hal::{Code, Diagnostic};
use pogo_sandbox::outline::{By, Node};

use super::known::KnownRole;
use super::looked::Looked;

/// The imports of a script that it does not use.
pub(super) fn imports(looked: &Looked, found: &mut Vec<Diagnostic>) {
    let used: BTreeSet<&str> = looked
        .survey
        .calls
        .iter()
        .filter_map(|call| call.module.as_deref()?.split("::").next())
        .chain(looked.survey.variables.iter().filter_map(|it| it.module.as_deref()))
        .collect();
    looked.each(|node| {
        let Node::Declares(it) = node else { return };
        if it.by == By::Import && !used.contains(it.name.as_str()) {
            let message = format!("the import `{}` is not used", it.name);
            let hint =
                format!("call something of it, as in `{}::function()`, or leave it out", it.name);
            let mistake = Diagnostic::new(message).coded(Code::UnusedImport).with_hint(hint);
            found.push(mistake.at(it.place.clone()));
        }
    });
}

/// The roles that nothing among `all` names.
pub(super) fn roles(all: &[Looked], roles: &[KnownRole], found: &mut Vec<Diagnostic>) {
    let named = |role: &&KnownRole| {
        let uses = |it: &Looked| it.survey.variables.iter().any(|it| it.name == role.name);
        all.iter().any(uses)
    };
    for role in roles.iter().filter(|role| role.place.is_some() && !named(role)) {
        let message = format!("no script uses the role `{}`", role.name);
        let hint = "leave it out of the fixture, or use it";
        let mut mistake = Diagnostic::new(message).coded(Code::UnusedRole).with_hint(hint);
        mistake.place.clone_from(&role.place);
        found.push(mistake);
    }
}
