//! What an error of Rhai's means to the person who wrote the script.

use std::sync::{Arc, Mutex, PoisonError};

use pogo_hal::{Diagnostic, Place, Secret, nearest};
use rhai::{Dynamic, Engine, EvalAltResult, Position};

use crate::error::{BenchError, Cause, Complaint, End, ScriptError};
use crate::quantity::unit_hint;
use crate::roles::Roles;
use crate::source::Sources;
use crate::{parse_error, survey};

/// What it takes to explain an error.
pub(crate) struct Explainer<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) sources: &'a Sources,
    pub(crate) roles: &'a Roles,
    /// The file in which the run began.
    pub(crate) main: &'a str,
}

/// Explains errors of a sandbox's script while it goes on.
#[derive(Clone)]
pub struct Explain {
    pub(crate) sources: Arc<Sources>,
    pub(crate) roles: Arc<Roles>,
    pub(crate) main: Arc<Mutex<String>>,
}

impl Explain {
    /// What `error` means, which came to a native function that `engine` called.
    #[expect(clippy::boxed_local, reason = "Rhai's errors come boxed")]
    pub fn explain(&self, engine: &Engine, error: Box<EvalAltResult>) -> ScriptError {
        let main = self.main.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (sources, roles) = (&*self.sources, &*self.roles);
        Explainer { engine, sources, roles, main: &main }.explain(*error)
    }
}

impl Explainer<'_> {
    pub(crate) fn explain(&self, mut error: EvalAltResult) -> ScriptError {
        let mut file = self.main.to_owned();
        let mut calls = Vec::new();
        let inner = loop {
            error = match error {
                EvalAltResult::ErrorInFunctionCall(name, source, inner, position) => {
                    let what = if name.starts_with("anon$") { "a closure".into() } else { name };
                    self.note(&mut calls, &file, what, position);
                    if !source.is_empty() {
                        file = source;
                    }
                    *inner
                }
                EvalAltResult::ErrorInModule(module, inner, position) => {
                    let what = format!("import of {module}");
                    self.note(&mut calls, &file, what, position);
                    file = module;
                    *inner
                }
                other => break other,
            };
        };
        let position = inner.position();
        let place = self.sources.place(&file, position).or_else(|| calls.last().map(last_place));
        calls.reverse();
        let (mut diagnostic, cause) = self.words(inner, place.clone(), &file);
        diagnostic.place = diagnostic.place.or(place);
        diagnostic.calls = calls;
        ScriptError { diagnostic: diagnostic.into(), cause }
    }

    fn note(&self, calls: &mut Vec<(String, Place)>, file: &str, what: String, position: Position) {
        // What the host calls by itself is called from no file.
        if file.is_empty() {
            return;
        }
        // A native function that calls a closure leaves one place for two calls.
        if let Some(place) = self.sources.place(file, position) {
            calls.push((what, place));
        }
    }

    fn words(&self, error: EvalAltResult, place: Option<Place>, file: &str) -> (Diagnostic, Cause) {
        use EvalAltResult::*;
        let script = |message: String, hint: Option<String>| {
            (Diagnostic { hint, ..Diagnostic::new(message) }, Cause::Script)
        };
        let limit =
            |message: &str, hint: &str| (Diagnostic::new(message).with_hint(hint), Cause::Limit);
        match error {
            ErrorRuntime(value, _) => thrown(value),
            ErrorTerminated(token, _) => self.ended(token),
            ErrorParsing(kind, _) => {
                let source = self.sources.get(file);
                let text = source.as_ref().map_or("", |it| &it.text);
                (parse_error::explain(&kind, place, text, &self.roles.names()), Cause::Script)
            }
            ErrorTooManyOperations(_) => limit(
                "the script used all its operations",
                "does a loop end? waiting costs none: `wait(1.s)`",
            ),
            ErrorStackOverflow(_) => {
                limit("functions call each other too deeply", "does the recursion end?")
            }
            ErrorTooManyVariables(_) => {
                limit("the script has too many variables at one time", "put them into a map")
            }
            ErrorTooManyModules(_) => limit("the script imports too many modules", "import once"),
            ErrorDataTooLarge(what, _) => limit(
                &format!("a value is too large: {}", what.to_lowercase()),
                "keep results, not everything that led to them",
            ),
            ErrorFunctionNotFound(signature, _) => self.unknown_function(&signature),
            ErrorVariableNotFound(name, _) => {
                let names = self.roles.names();
                let hint = nearest(&name, names.iter().map(String::as_str));
                let hint = hint.map_or_else(
                    || {
                        "a function sees its parameters and the roles, and no other variables"
                            .into()
                    },
                    |it| format!("did you mean `{it}`?"),
                );
                script(format!("nothing is called `{name}` here"), Some(hint))
            }
            ErrorPropertyNotFound(name, _) => {
                script(format!("there is no property `{name}`"), None)
            }
            ErrorIndexNotFound(index, _) => script(format!("there is no element `{index}`"), None),
            ErrorModuleNotFound(path, _) => {
                script(format!("import of `{path}` finds no such file"), None)
            }
            ErrorMismatchDataType(wanted, found, _) | ErrorMismatchOutputType(wanted, found, _) => {
                let found =
                    if found.is_empty() { "something else".to_owned() } else { named(&found) };
                script(format!("{} is needed here, not {found}", named(&wanted)), None)
            }
            ErrorAssignmentToConstant(name, _) => script(
                format!("`{name}` is constant and cannot be changed"),
                Some("roles and `const` keep their value".into()),
            ),
            ErrorFor(_) => script(
                "this cannot be gone through in a loop".into(),
                Some(
                    "`for` takes an array, a range such as `0..10`, or the characters of a text"
                        .into(),
                ),
            ),
            ErrorUnboundThis(_) => script("`this` means nothing here".into(), None),
            ErrorDotExpr(what, _) => match unknown_property(&what) {
                Some((name, "i64" | "f64")) => {
                    let hint = unit_hint("5", name);
                    script(format!("`{name}` is not a unit"), Some(hint))
                }
                Some((name, of)) => script(format!("{} has no `{name}`", named(of)), None),
                None => script(lowered(&what), None),
            },
            ErrorIndexingType(what, _) => {
                script(format!("this has no such property: {what}"), None)
            }
            ErrorDataRace(..) => script(
                "a closure uses the very value that it is called on".into(),
                Some("give it a copy: `let copy = x;`".into()),
            ),
            ErrorArithmetic(what, _) => script(lowered(&what), None),
            LoopBreak(..) => script("`break` or `continue` outside a loop".into(), None),
            other => {
                let mut other = other;
                other.clear_position();
                script(lowered(&other.to_string()), None)
            }
        }
    }

    fn ended(&self, token: Dynamic) -> (Diagnostic, Cause) {
        match token.try_cast::<End>() {
            Some(End::Left(leave)) => {
                (Diagnostic::new("the script was left before its end"), Cause::Left(leave))
            }
            Some(End::Stopped(reason)) => {
                (Diagnostic::new(format!("stopped: {reason}")), Cause::Stopped(reason))
            }
            Some(End::Limit { message, hint }) => {
                (Diagnostic { hint, ..Diagnostic::new(message) }, Cause::Limit)
            }
            Some(End::Secret { name, by, file, position }) => {
                let (mut diagnostic, cause) = given_away(&by, name);
                // The script may have been ended a little later than where it went wrong.
                diagnostic.place =
                    self.sources.place(file.as_deref().unwrap_or(self.main), position);
                (diagnostic, cause)
            }
            None => (Diagnostic::new("stopped"), Cause::Stopped("unknown".into())),
        }
    }

    /// `signature` is as Rhai writes it: `set_volage (psu, quantity)`.
    fn unknown_function(&self, signature: &str) -> (Diagnostic, Cause) {
        let (name, arguments) = signature.split_once(" (").unwrap_or((signature, ""));
        let arguments: Vec<String> = arguments
            .trim_end_matches(')')
            .split(", ")
            .filter(|it| !it.is_empty())
            .map(named)
            .collect();
        let given = match arguments.len() {
            0 => "nothing".to_owned(),
            _ => arguments.join(", "),
        };
        let word = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if !word {
            let message = format!("`{name}` means nothing between {}", arguments.join(" and "));
            return (Diagnostic::new(message), Cause::Script);
        }
        let name = name.rsplit("::").next().unwrap_or(name);
        let known = survey::functions(self.engine, |_| true);
        let diagnostic = if known.contains_key(name) {
            let mut it = Diagnostic::new(format!("`{name}` does not take {given}"));
            it.hint = arguments.iter().any(|it| it == "a secret").then(|| ONLY_SENT.to_owned());
            it
        } else {
            let mut it = Diagnostic::new(format!("there is no function `{name}`"));
            let near = nearest(name, known.keys().map(String::as_str));
            it.hint = near.map(|it| format!("did you mean `{it}`?"));
            it
        };
        (diagnostic, Cause::Script)
    }
}

/// Property and type in Rhai's words for a property that a type does not have.
fn unknown_property(message: &str) -> Option<(&str, &str)> {
    let (name, rest) = message.strip_prefix("Unknown property '")?.split_once('\'')?;
    let (_, of) = rest.split_once("for type '")?;
    Some((name, of.trim_end_matches('\'')))
}

fn last_place((_, place): &(String, Place)) -> Place {
    place.clone()
}

fn thrown(value: Dynamic) -> (Diagnostic, Cause) {
    if let Some(BenchError(error)) = value.read_lock::<BenchError>().map(|it| it.clone()) {
        let hint = error.hint().map(str::to_owned);
        return (Diagnostic { hint, ..Diagnostic::new(error.message()) }, Cause::Bench(error));
    }
    if let Some(it) = value.read_lock::<Complaint>().map(|it| it.clone()) {
        return (Diagnostic { hint: it.hint, ..Diagnostic::new(it.message) }, Cause::Script);
    }
    if let Some(secret) = value.read_lock::<Secret>() {
        return given_away("throw", secret.name().to_owned());
    }
    let message = match value.is_unit() {
        true => "the script threw an error".to_owned(),
        false => value.to_string(),
    };
    (Diagnostic::new(message), Cause::Script)
}

/// `by` would have given the secret called `name` away.
fn given_away(by: &str, name: String) -> (Diagnostic, Cause) {
    let diagnostic = Diagnostic::new(match by {
        // Of which the script may say nothing: a text with a value in it asks for one.
        "to_string" => format!("a text made of it would give the secret `{name}` away"),
        _ => format!("`{by}` would give the secret `{name}` away"),
    });
    let diagnostic = diagnostic.with_hint(ONLY_SENT);
    (diagnostic, Cause::Secret(name))
}

/// What a secret is good for.
const ONLY_SENT: &str = "a secret can be sent to a device; it is not shown, compared or recorded";

/// A type as people call it.
fn named(name: &str) -> String {
    let name = name.trim_start_matches("&mut ").trim();
    match name {
        "i64" => "an integer",
        "f64" => "a number",
        "string" | "ImmutableString" | "&str | ImmutableString | String" => "a text",
        "bool" => "true or false",
        "array" => "an array",
        "map" => "a map",
        "()" => "nothing (`()`)",
        "Fn" => "a function",
        "char" => "a character",
        other => return format!("a {other}"),
    }
    .to_owned()
}

fn lowered(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |c| c.to_lowercase().chain(characters).collect())
}
