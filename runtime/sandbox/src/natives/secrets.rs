//! Secrets in scripts: they can be passed on, kept in lists and maps, and handed to a verb that
//! sends them. Whatever would show one, or say something about its content, ends the script.
//!
//! Rhai makes a text of a value in many places, interpolation among them, and drops the errors of
//! the functions that it asks for one. So it is not left to an error: the script is ended, as a
//! stop ends it, and no `try` holds that.

use pogo_hal::Secret;
use rhai::{Dynamic, EvalAltResult, FuncRegistration, Module, NativeCallContext};

use crate::error::{End, terminated};
use crate::sandbox::Own;

type Result<T> = std::result::Result<T, Box<EvalAltResult>>;

pub(super) fn register(module: &mut Module) {
    let call = |name: &str| FuncRegistration::new(name).in_global_namespace();
    for name in ["print", "debug", "to_string"] {
        call(name).with_purity(true).set_into_module(module, shown);
    }
    // What stands for it inside a list or map that is shown.
    call("to_debug").with_purity(true).set_into_module(module, |it: &mut Secret| it.to_string());
    for name in ["==", "!=", "<", "<=", ">", ">="] {
        call(name).set_into_module(module, |context: NativeCallContext, a: Secret, _: Secret| {
            compared(&context, &a)
        });
        call(name).set_into_module(module, |context: NativeCallContext, a: Secret, _: Dynamic| {
            compared(&context, &a)
        });
        call(name).set_into_module(module, |context: NativeCallContext, _: Dynamic, b: Secret| {
            compared(&context, &b)
        });
    }
}

fn shown(context: NativeCallContext, secret: &mut Secret) -> Result<String> {
    Err(give_away(&context, context.fn_name(), secret))
}

fn compared(context: &NativeCallContext, secret: &Secret) -> Result<bool> {
    Err(give_away(context, context.fn_name(), secret))
}

/// Ends the script that `context` is in: `by` would have given `secret` away. No script can catch
/// that, and nothing that swallows the error lets it go on.
pub fn give_away(context: &NativeCallContext, by: &str, secret: &Secret) -> Box<EvalAltResult> {
    let end = End::Secret {
        name: secret.name().to_owned(),
        by: by.to_owned(),
        file: context.call_source().map(str::to_owned),
        position: context.call_position(),
    };
    terminated(match Own::of(context) {
        Some(own) => own.watch.end(end),
        None => end,
    })
}
