//! Which measurement takes which limit from where.

use std::sync::Arc;

use pogo_hal::{Code, Diagnostic, Place};
use pogo_record::LimitSource;
use pogo_sandbox::{Argument, Call, Survey};

use crate::product::Product;

/// A measurement or check of a script, and the limit that it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What scripts and statistics call it; `None` if its name has to be computed.
    pub name: Option<String>,
    /// `measure` or `check`.
    pub verb: &'static str,
    /// Where it is judged.
    pub place: Place,
    /// The limit as people read it: as it is written in the script, if it stands there. `None` if
    /// that has to be computed.
    pub limit: Option<String>,
    /// Where the limit stands; `None` if its name has to be computed.
    pub from: Option<Place>,
    /// Which document it is taken from; `None` if it stands in the script.
    pub source: Option<LimitSource>,
}

/// What the scripts whose calls are in `survey` judge. Their files are among `texts`.
pub(crate) fn taken(
    survey: &Survey,
    product: &Product,
    texts: &[(String, Arc<str>)],
) -> Vec<Taken> {
    let calls = survey.calls.iter().filter(|it| !it.method && it.module.is_none());
    let mut all: Vec<_> = calls.filter_map(|call| of_call(call, product, texts)).collect();
    all.sort_by_key(|it| (it.place.line, it.place.column));
    all
}

fn of_call(call: &Call, product: &Product, texts: &[(String, Arc<str>)]) -> Option<Taken> {
    let verb = ["measure", "check"].into_iter().find(|verb| *verb == call.name)?;
    let name = match call.arguments.first()? {
        Argument::Text(name) => Some(name.clone()),
        _ => None,
    };
    let place = call.place.clone();
    let text = texts.iter().find(|(file, _)| **file == *place.file).map(|(_, text)| text);
    let inline = match call.arguments.len() {
        3 => Some(text.and_then(|text| argument_of(text, &place, 2))),
        _ if verb == "check" => Some(Some("true".to_owned())),
        _ => None,
    };
    let filed = name.as_deref().and_then(|name| product.limit(name));
    let (limit, from, source) = match (filed, inline) {
        (Some(filed), _) => {
            (Some(filed.limit.to_string()), Some(filed.place.clone()), Some(filed.source.clone()))
        }
        (None, Some(limit)) => (limit, Some(place.clone()), None),
        (None, None) => (None, None, None),
    };
    Some(Taken { name, verb, place, limit, from, source })
}

/// The limits of the file that no script of a whole product takes, as `taken` has it: a measurement
/// that was taken out of a script must not go unnoticed.
pub(crate) fn unclaimed(product: &Product, taken: &[Taken]) -> Vec<Diagnostic> {
    let computed = taken.iter().any(|it| it.name.is_none());
    if !product.is_whole() || computed {
        return Vec::new();
    }
    let names: Vec<_> = taken.iter().filter_map(|it| it.name.as_deref()).collect();
    let filed = limits_of(product).filter(|(name, _)| !names.contains(name));
    let each = |(name, place): (&str, &Place)| {
        Diagnostic::new(format!("`{name}` has a limit, and no script of the product measures it"))
            .coded(Code::UnusedLimit)
            .at(place.clone())
            .with_hint("measure it, or take its limit out")
    };
    filed.map(each).collect()
}

/// Every measurement that the limits file has a limit for, in the variant that is run.
pub(crate) fn limits_of(product: &Product) -> impl Iterator<Item = (&str, &Place)> {
    let variant = product.variant.as_deref();
    let all = product.limits.iter().flat_map(|it| &it.measurements);
    all.filter(move |it| it.of(variant).is_some()).map(|it| (it.name.as_str(), &it.place))
}

/// The text of an argument of the call whose name stands at `place` of `text`.
fn argument_of(text: &str, place: &Place, index: usize) -> Option<String> {
    let mut lines = text.split_inclusive('\n');
    let before: usize = lines.by_ref().take(place.line.checked_sub(1)?).map(str::len).sum();
    let column = text[before..].char_indices().nth(place.column.checked_sub(1)?)?.0;
    let rest = &text[before + column..];
    let open = rest.find('(')?;
    let (mut depth, mut at, mut argument) = (0_u32, 0, String::new());
    let mut quote: Option<char> = None;
    let mut letters = rest[open..].chars();
    while let Some(letter) = letters.next() {
        if let Some(end) = quote {
            argument.push(letter);
            match letter {
                '\\' if end != '`' => argument.extend(letters.next()),
                _ if letter == end => quote = None,
                _ => {}
            }
            continue;
        }
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.checked_sub(1)?,
            '"' | '\'' | '`' => quote = Some(letter),
            _ => {}
        }
        let is_end = depth == 0;
        if is_end || (depth == 1 && letter == ',') {
            if at == index {
                let words = argument.split_whitespace().collect::<Vec<_>>();
                return Some(words.join(" "));
            }
            if is_end {
                return None;
            }
            at += 1;
            argument.clear();
        } else if depth > 1 || letter != '(' {
            argument.push(letter);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_found_in_its_call_whatever_stands_in_the_others() {
        let text = "\n  measure(\"a,)\", f(1, [2]),\n      1.V ..= max(2, 3).V);";
        let place = Place { file: "x".into(), line: 2, column: 3, width: 7 };
        assert_eq!(argument_of(text, &place, 0).as_deref(), Some("\"a,)\""));
        assert_eq!(argument_of(text, &place, 1).as_deref(), Some("f(1, [2])"));
        assert_eq!(argument_of(text, &place, 2).as_deref(), Some("1.V ..= max(2, 3).V"));
        assert_eq!(argument_of(text, &place, 3), None);
        assert_eq!(argument_of("é measure(1", &Place { column: 3, ..place }, 0), None);
    }
}
