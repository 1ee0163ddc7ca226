//! `pogo lsp`: a language server for scripts, over stdin and stdout.
//!
//! What is wrong comes from the check that `pogo check` makes, over the texts that the editor has
//! open; names, signatures and explanations come from the table that functions are registered from.
//! Nothing on a bench is opened.
//!
//! Source: Language Server Protocol 3.17.

mod completion;
mod cursor;
mod definition;
mod documents;
mod findings;
mod functions;
mod hover;
mod lexer;
mod position;
mod project;
mod script;
mod server;
mod signature;
mod uri;
mod wire;

pub use server::serve;
