//! Closures that a script hands over to be called later.

use rhai::{Dynamic, EvalAltResult, FnPtr, NativeCallContext};

use crate::{Sandbox, ScriptError};

#[expect(deprecated, reason = "Rhai marks what it may change; the version is pinned")]
type Context = rhai::NativeCallContextStore;

/// A closure with the place that it was handed over from. A closure's body stands in the file that
/// made it, which need not be the script: without its place, one that was made inside an imported
/// module could not be found again.
#[derive(Clone)]
pub struct Kept {
    function: FnPtr,
    context: Context,
}

impl Kept {
    /// `function`, as the verb called in `context` was given it.
    #[expect(deprecated, reason = "Rhai marks what it may change; the version is pinned")]
    pub fn new(context: &NativeCallContext, function: FnPtr) -> Self {
        Self { function, context: context.store_data() }
    }
}

impl Sandbox {
    /// Calls a closure that a script handed over, without arguments.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::run`].
    #[expect(deprecated, reason = "Rhai marks what it may change; the version is pinned")]
    pub fn call_kept(&self, kept: &Kept) -> Result<Dynamic, ScriptError> {
        // What stands in the script itself has no source of its own.
        let own = kept.context.source.clone().filter(|it| !it.is_empty());
        let main = own.map_or_else(|| self.main().clone(), |it| it.to_string());
        self.guarded(&main, || {
            let context = kept.context.create_context(&self.engine);
            match kept.function.call_within_context::<Dynamic>(&context, ()) {
                Err(error) => match *error {
                    EvalAltResult::Exit(value, _) => Ok(value),
                    error => Err(error.into()),
                },
                value => value,
            }
        })
    }
}
