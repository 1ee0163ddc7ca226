//! Closures that a script hands over to be called later.

use rhai::{Dynamic, EvalAltResult, FnPtr, NativeCallContext};

use crate::sandbox::Own;
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
    /// The file that it was handed over in.
    file: String,
}

impl Kept {
    /// `function`, as the verb called in `context` was given it.
    #[expect(deprecated, reason = "Rhai marks what it may change; the version is pinned")]
    pub fn new(context: &NativeCallContext, function: FnPtr) -> Self {
        let source = context.source().filter(|it| !it.is_empty()).map(str::to_owned);
        // What stands in the script itself has no source of its own.
        let own = || Own::of(context).map(|it| it.main());
        let file = source.or_else(own).unwrap_or_default();
        Self { function, context: context.store_data(), file }
    }
}

impl Sandbox {
    /// Calls a closure that a script handed over, without arguments.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::run`].
    pub fn call_kept(&self, kept: &Kept) -> Result<Dynamic, ScriptError> {
        self.call_kept_with(kept, Vec::new())
    }

    /// Calls a closure that a script handed over, with these arguments.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::run`]; and the closure takes another number of arguments.
    #[expect(deprecated, reason = "Rhai marks what it may change; the version is pinned")]
    pub fn call_kept_with(
        &self,
        kept: &Kept,
        arguments: Vec<Dynamic>,
    ) -> Result<Dynamic, ScriptError> {
        self.guarded(&kept.file, || {
            let context = kept.context.create_context(&self.engine);
            match kept.function.call_within_context::<Dynamic>(&context, arguments) {
                Err(error) => match *error {
                    EvalAltResult::Exit(value, _) => Ok(value),
                    error => Err(error.into()),
                },
                value => value,
            }
        })
    }
}
