//! Measured twice: a run judges every name once.

use pogo_hal::{Code, Diagnostic};

use super::measured::Measuring;

pub(super) fn look(measuring: &Measuring, found: &mut Vec<Diagnostic>) {
    for (at, it) in measuring.all.iter().enumerate() {
        if it.in_loop {
            let message = format!("`{}` is measured in a loop, under one name", it.name);
            let hint = format!("give every round a name of its own, as in `{}_${{n}}`", it.name);
            let hint = hint.replace("as in `", "as in \u{60}\"").replace("}`", "}\"`");
            let mistake = Diagnostic::new(message).coded(Code::InLoop).with_hint(hint);
            push(mistake.at(it.at.clone()), found);
        }
        let earlier = measuring.all[..at]
            .iter()
            .find(|other| other.name == it.name && other.happens_with(it));
        if let Some(earlier) = earlier {
            let message = format!("`{}` is measured twice in one run", it.name);
            let hint =
                format!("it was measured at {}; give every value a name of its own", earlier.at);
            let mistake = Diagnostic::new(message).coded(Code::Twice).with_hint(hint);
            push(mistake.at(it.place.clone()), found);
        }
    }
}

/// One place is complained of once, however often a function comes there.
fn push(mistake: Diagnostic, found: &mut Vec<Diagnostic>) {
    if !found.iter().any(|it| it.place == mistake.place && it.code == mistake.code) {
        found.push(mistake);
    }
}
