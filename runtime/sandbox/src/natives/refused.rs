//! What Rhai offers and a bench must not: sleeping and the computer's clock.
//!
//! A native `sleep` cannot be stopped and panics on large numbers; the real clock knows nothing of
//! simulated time.

use rhai::{Dynamic, EvalAltResult, FuncRegistration, Module};

use crate::script_error;

type Result = std::result::Result<Dynamic, Box<EvalAltResult>>;

pub(super) fn register(module: &mut Module) {
    let call = |name: &str| FuncRegistration::new(name).in_global_namespace();
    call("sleep").set_into_module(module, |_: i64| sleep());
    call("sleep").set_into_module(module, |_: f64| sleep());
    call("sleep").set_into_module(module, |_: Dynamic| sleep());
    call("timestamp").set_into_module(module, timestamp);
    let metadata = || -> Result {
        Err(script_error("there is no `get_fn_metadata_list` in a script", None::<String>))
    };
    call("get_fn_metadata_list").set_into_module(module, metadata);
    call("get_fn_metadata_list").set_into_module(module, move |_: &str| metadata());
    call("get_fn_metadata_list").set_into_module(module, move |_: &str, _: i64| metadata());
}

fn sleep() -> Result {
    let hint = "write `wait(200.ms)`: it can be stopped, and simulated time passes in it";
    Err(script_error("there is no `sleep` in a script", hint.to_owned()))
}

fn timestamp() -> Result {
    let hint = "the time of the run, which simulated time moves, is the runtime's: every reading \
                and step is stamped with it";
    Err(script_error("there is no `timestamp` in a script", hint.to_owned()))
}
