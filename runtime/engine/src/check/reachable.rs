//! Never measured: what stands in a script and is never come to. A run that passes otherwise ends
//! as an ERROR for it.

use std::collections::BTreeSet;

use pogo_hal::{Code, Diagnostic, Place};
use pogo_sandbox::Argument;
use pogo_sandbox::outline::{Node, each};

use super::Declared;
use super::looked::Looked;
use super::measured::Measuring;

/// `declared` is what the script names, `measuring` what it comes to.
pub(super) fn look(
    looked: &Looked,
    declared: &[Declared],
    measuring: &Measuring,
    found: &mut Vec<Diagnostic>,
) {
    let reached: BTreeSet<(&str, usize, usize)> =
        measuring.all.iter().map(|it| (&*it.at.file, it.at.line, it.at.column)).collect();
    let by_name = named_functions(looked);
    let in_named = |place: &Place| {
        let functions = looked.outline.functions.iter();
        let mut inside = functions.filter(|it| by_name.contains(it.name.as_str()));
        inside.any(|it| {
            let mut found = false;
            each(&it.body, &mut |node| {
                found |= matches!(node, Node::Call(call, _) if call.place == *place);
            });
            found
        })
    };
    for Declared { name, place, .. } in declared {
        let is_reached = reached.contains(&(&*place.file, place.line, place.column));
        // Another place may measure it.
        let elsewhere = measuring.all.iter().any(|it| it.name == *name);
        if is_reached || elsewhere || in_named(place) {
            continue;
        }
        let message = format!("`{name}` is never measured: nothing comes here");
        let hint = "is the function called, and does nothing return before it?";
        let mistake = Diagnostic::new(message).coded(Code::NeverMeasured).with_hint(hint);
        found.push(mistake.at(place.clone()));
    }
}

/// The functions that `Fn("name")` or a variable names: they may be called by it.
fn named_functions(looked: &Looked) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    looked.each(|node| match node {
        Node::Uses(it) => _ = names.insert(it.name.as_str()),
        Node::Call(call, _) if call.name == "Fn" => {
            if let [Argument::Text(name)] = call.arguments.as_slice() {
                names.insert(name);
            }
        }
        _ => {}
    });
    names
}
