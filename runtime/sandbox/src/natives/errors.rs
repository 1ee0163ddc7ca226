//! Errors as a script sees them in `catch (error)`.

use rhai::{Dynamic, FuncRegistration, Module};

use crate::{BenchError, Complaint};

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
