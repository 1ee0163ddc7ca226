//! Answers and runs as documents: one HTML file each, with everything in it, that prints on A4.
//!
//! A document is a pure function of what is stored: no date of its making, nothing that is fetched,
//! no script. Every text in it is escaped on its way in ([`Html`]), because names and readings come
//! from scripts and instruments. What it is about and which mode that has stands on top of every
//! page, on paper too ([`Sheet`]).

mod chart;
mod difference;
mod history;
mod markup;
mod page;
mod release;
mod run;
mod table;
mod trace;
mod yields;

pub use chart::{Point, bar, curve, gauge, histogram};
pub use difference::difference;
pub use history::{history, lot_history};
pub use markup::Html;
pub use page::{Sheet, document};
pub use release::release_check;
pub use run::run;
pub use table::{facts, table};
pub use trace::{trace, unit_trace};
pub use yields::yields;
