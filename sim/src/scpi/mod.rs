//! SCPI as the standard has it: one implementation under every simulated instrument.
//!
//! Sources: IEEE 488.2-1992 (syntax, common commands, status), SCPI-99 (headers, errors). What a
//! model's commands mean is the instrument's; what is the same in all of them is here.

mod argument;
mod bound;
mod built_in;
mod common;
mod error;
mod face;
mod message;
mod register;
mod requests;
mod status;
mod tree;

pub(crate) use argument::is_form_of;
pub(crate) use bound::{Extreme, Level, Limits};
pub(crate) use error::Code;
pub(crate) use face::{Face, Order, Outcome, Running, Step, Thing};
pub(crate) use requests::Requests;
pub(crate) use tree::{At, Tree};
