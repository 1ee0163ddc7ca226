//! What scripts can call, with everything that is to be known of it: name, arguments, result,
//! errors, an example.
//!
//! Whoever registers a function writes an [`Entry`] for it, and registers it under the entry's
//! name. The checker, the documentation, editor definitions and the language server read nothing
//! else.

mod argument;
mod entry;
mod kind;

pub use argument::{Argument, argument};
pub use entry::{Entry, Failure, Form};
pub use kind::Kind;
