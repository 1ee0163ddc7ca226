//! Errors as a script sees them in `catch (error)`.

use rhai::{Dynamic, FuncRegistration, Module};

use crate::reference::{Entry, Kind};
use crate::{BenchError, Complaint};

/// What a caught error can be asked.
pub const PROPERTIES: &[Entry] = &[
    Entry::property(
        "kind",
        Kind::Text,
        "what a script may do about it: \"timeout\", \"refused\", …",
    )
    .example("try { psu.on(); } catch (error) { note(error.kind); }"),
    Entry::property("message", Kind::Text, "what went wrong")
        .example("try { psu.on(); } catch (error) { note(error.message); }"),
    Entry::property("hint", Kind::Anything, "what to do about it, as text; `()` if nobody knows")
        .example("try { psu.on(); } catch (error) { note(`${error.hint}`); }"),
];

pub(super) fn register(module: &mut Module) {
    let get = |name: &str| FuncRegistration::new_getter(name).with_purity(true);
    get("kind").set_into_module(module, |it: &mut BenchError| it.0.kind().name());
    get("kind").set_into_module(module, |_: &mut Complaint| "script");
    get("message").set_into_module(module, |it: &mut BenchError| it.0.message().to_owned());
    get("message").set_into_module(module, |it: &mut Complaint| it.message.clone());
    get("hint").set_into_module(module, |it: &mut BenchError| text_or_unit(it.0.hint()));
    get("hint").set_into_module(module, |it: &mut Complaint| text_or_unit(it.hint.as_deref()));
    for name in ["to_string", "to_debug", "print", "debug"] {
        let call = || FuncRegistration::new(name).in_global_namespace().with_purity(true);
        call().set_into_module(module, |it: &mut BenchError| it.0.message().to_owned());
        call().set_into_module(module, |it: &mut Complaint| it.message.clone());
    }
}

fn text_or_unit(text: Option<&str>) -> Dynamic {
    text.map_or(Dynamic::UNIT, |text| text.to_owned().into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rhai::Engine;

    use super::*;

    #[test]
    fn the_table_of_properties_is_what_is_registered() {
        let (mut module, mut engine) = (Module::new(), Engine::new_raw());
        register(&mut module);
        engine.register_global_module(module.into());
        let functions = crate::survey::functions(&engine, |name| name.starts_with("get$"));
        let registered: BTreeSet<_> =
            functions.keys().map(|name| name.trim_start_matches("get$")).collect();
        assert_eq!(registered, PROPERTIES.iter().map(|it| it.name).collect());
    }
}
