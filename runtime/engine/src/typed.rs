//! A run whose script is typed line by line: the same bench, bindings, record and safe state as any
//! other.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use pogo_hal::{Diagnostic, Quantity, Result};
use pogo_sandbox::rhai::{AST, Array, Dynamic, ImmutableString, Scope};
use pogo_sandbox::{Cause, Sandbox};

use crate::run::uncaught;
use crate::site::Site;

/// What is typed, a piece of script at a time.
pub trait Typing: Send + Sync {
    /// Asks for the next piece, and returns at once. What follows needs no runtime, is woken from
    /// whatever thread, and holds what is typed next; `None` if nothing will be.
    fn next(&self) -> Typed;

    /// What the last piece came to; `()` is nothing to show.
    fn gave(&self, value: &str);
}

/// What will be typed.
pub type Typed = Pin<Box<dyn Future<Output = Result<Option<String>>> + Send>>;

/// What scripts are called that nobody has written to a file.
const FILE: &str = "typed";

/// How long nobody needs to type anything: the run has a deadline of its own.
const PATIENCE: Duration = Duration::from_secs(366 * 86_400);

/// Carries out whatever is typed, until nothing is any more; gives whether all of it went well.
pub(crate) fn carry_out(
    site: &Arc<Site>,
    sandbox: &Sandbox,
    typing: &dyn Typing,
    mut scope: Scope<'static>,
) -> bool {
    let mut functions = AST::empty();
    let mut well = true;
    loop {
        let text = match site.wait_for_person(PATIENCE, typing.next()) {
            Ok(Some(Some(text))) => text,
            Ok(None | Some(None)) => return well,
            Err(error) => {
                site.ledger().raise(site.why_stopped());
                let diagnostic = Diagnostic::new(error.message().to_owned());
                site.ledger().trouble(&diagnostic, None, site.now_ns());
                return false;
            }
        };
        site.ledger().typed(&text, site.now_ns());
        // A variable that was given before is known, and so is a function.
        let outcome = match sandbox.compile(FILE, &text, &scope) {
            Ok(ast) => {
                let whole = functions.merge(&ast);
                functions = whole.clone_functions_only();
                sandbox.run(&mut scope, &whole)
            }
            Err(diagnostic) => {
                let diagnostic = diagnostic.into();
                Err(pogo_sandbox::ScriptError { diagnostic, cause: Cause::Script })
            }
        };
        match outcome {
            Ok(value) if value.is_unit() => {}
            Ok(value) => typing.gave(&site.secrets.hide(&shown(&value))),
            Err(error) => {
                uncaught(site, &error);
                well = false;
                if matches!(error.cause, Cause::Stopped(_)) {
                    return false;
                }
            }
        }
    }
}

/// How many items of a list are shown.
const MOST_ITEMS: usize = 100;

/// A value as whoever typed reads it.
fn shown(value: &Dynamic) -> String {
    if let Some(quantity) = value.read_lock::<Quantity>() {
        return quantity.to_string();
    }
    if let Some(items) = value.read_lock::<Array>() {
        let shown: Vec<_> = items.iter().take(MOST_ITEMS).map(shown).collect();
        let more = items.len().saturating_sub(MOST_ITEMS);
        let more = if more > 0 { format!(", … {more} more") } else { String::new() };
        return format!("[{}{more}]", shown.join(", "));
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return format!("{:?}", text.as_str());
    }
    value.to_string()
}
