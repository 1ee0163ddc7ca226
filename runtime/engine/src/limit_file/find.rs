//! Whether a script and its limits file say each limit exactly once.

use pogo_hal::{Code, Diagnostic, nearest};
use pogo_sandbox::{Argument, Call};

use crate::product::Product;

/// What is wrong with `call`, which is one of `measure` or `check`, as far as its text shows.
pub(crate) fn mistake(call: &Call, product: &Product) -> Option<Diagnostic> {
    let Some(Argument::Text(name)) = call.arguments.first() else { return None };
    let (filed, inline) = (product.limit(name), call.arguments.len() > 2);
    match (filed, call.name.as_str()) {
        (Some(filed), _) if inline => Some(twice(&call.name, name, &filed.place.to_string())),
        (Some(filed), "measure") if filed.limit.dimension().is_none() => Some(
            Diagnostic::new(format!("measure: `{name}` has a limit on texts and choices"))
                .coded(Code::ArgumentKind)
                .with_hint(format!("judge it with `check`; its limit is in {}", filed.place)),
        ),
        (Some(filed), "check") if filed.limit.edges() != (None, None) => Some(
            Diagnostic::new(format!("check: `{name}` has a limit on numbers"))
                .coded(Code::ArgumentKind)
                .with_hint(format!("judge it with `measure`; its limit is in {}", filed.place)),
        ),
        (None, "measure") if !inline => Some(nowhere(name, product)),
        _ => None,
    }
}

/// A limit here and in the file.
pub(crate) fn twice(verb: &str, name: &str, there: &str) -> Diagnostic {
    Diagnostic::new(format!("{verb}: `{name}` has a limit here and in {there}"))
        .coded(Code::LimitTwice)
        .with_hint("leave one of them out, so that nobody has to know which one counts")
}

/// A limit neither here nor in the file.
pub(crate) fn nowhere(name: &str, product: &Product) -> Diagnostic {
    let it = Diagnostic::new(format!("measure: `{name}` has no limit"));
    let known = product.limits.iter().flat_map(|it| &it.measurements).map(|it| it.name.as_str());
    let hint = match (nearest(name, known), &product.limits) {
        (Some(known), _) => format!("did you mean `{known}`, which has one in the limits file?"),
        (None, Some(file)) => {
            format!("give one here, or `[measurements.{name}]` in {}", file.path.display())
        }
        (None, None) => {
            "give one, as in `measure(name, value, 1.V..=2.V)`, or keep it with `record`".to_owned()
        }
    };
    it.coded(Code::NoLimit).with_hint(hint)
}
