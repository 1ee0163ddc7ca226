//! The Rhai engine made safe: a script can compute, and do nothing else that its host did not hand
//! it.
//!
//! A [`Sandbox`] compiles and runs scripts under [`Limits`], keeps their imports inside one folder,
//! knows quantities (`3.3.V`) and keeps secrets, and turns whatever goes wrong into a [`ScriptError`] with a place, a
//! hint and the calls that led there. [`survey`] says what a script would call without running it.
//!
//! Deliberately absent: verbs, roles and time. The host registers its verbs on
//! [`Sandbox::engine_mut`], passes roles as constants of the scope, and owns every wait.
//!
//! A script may nest values deeply before it is noticed: run it on a thread with a stack of
//! [`STACK`] bytes.

mod error;
mod explain;
mod imports;
mod kept;
mod natives;
mod nesting;
mod parse_error;
mod quantity;
pub mod reference;
mod registers;
mod roles;
mod sandbox;
mod settings;
mod source;
mod survey;
mod watch;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod behaviour;
#[cfg(test)]
mod secrets;

pub use error::{
    BenchError, Cause, Complaint, Leave, ScriptError, bench_error, gave_a_secret_away, leave, left,
    script_error, stop,
};
pub use explain::Explain;
pub use kept::Kept;
pub use natives::{ERROR, give_away};
pub use quantity::{LIST_METHODS as LIST, METHODS as QUANTITY};
pub use registers::register_value;
pub use rhai;
pub use sandbox::{STACK, Sandbox, warm_up};
pub use settings::{Interruption, Limits, Printed, Settings};
pub use survey::{Argument, Call, Ends, Import, Property, Survey, Variable, outline, survey};
