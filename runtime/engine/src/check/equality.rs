//! Equality: quantities are never equal, they are near.

use pogo_hal::{Code, Diagnostic};
use pogo_sandbox::Argument;
use pogo_sandbox::outline::Node;
use pogo_sandbox::reference::Kind;

use super::known::Meaning;
use super::looked::Looked;

pub(super) fn look(looked: &Looked, meaning: &Meaning, found: &mut Vec<Diagnostic>) {
    let is_quantity =
        |it: &Argument| matches!(meaning.kind(it), Some(Kind::Quantity(_) | Kind::AnyQuantity));
    looked.each(|node| {
        let Node::Call(call, _) = node else { return };
        let compares = matches!(call.name.as_str(), "==" | "!=");
        if compares && !call.method && call.arguments.iter().any(is_quantity) {
            let message = format!("quantities are never equal, so `{}` is refused", call.name);
            let hint = "say how near is near enough: `measure` with `within(nominal, tolerance)`, \
                        or compare with `<`";
            let mistake = Diagnostic::new(message).coded(Code::Equality).with_hint(hint);
            found.push(mistake.at(call.place.clone()));
        }
    });
}
