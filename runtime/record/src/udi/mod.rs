//! Unique device identifiers: what the label of a device says, read from one scan.
//!
//! [`parse`] takes the text that a scanner sent, or that somebody typed, and gives back its parts
//! or says what is wrong with it, at which character. A label is refused as a whole: of one that is
//! wrong in one place nothing can be believed. Letter case is kept everywhere, because a serial
//! number in other letters is another serial number. Nothing here opens a file or asks a clock.
//!
//! Sources: GS1 General Specifications, 3 and 7.8, and the GS1 Barcode Syntax Dictionary; ANSI/HIBC
//! 2.6, the HIBC Supplier Labeling Standard, 2 and appendices B and E; ICCBBA ST-011. `docs/udi.md`
//! says what of them is read.

mod compare;
mod date;
mod error;
mod gs1;
mod hibc;
mod label;
mod parsed;

pub use compare::{Comparison, Unit};
pub use date::LabelDate;
pub use error::UdiError;
pub use label::parse;
pub use parsed::{Agency, Element, Parsed};

#[cfg(test)]
mod tests;
