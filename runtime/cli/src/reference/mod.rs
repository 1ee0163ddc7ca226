//! What scripts can use, as people, programs and editors read it.
//!
//! Each file writes [`pogo_runtime::sections`] in one form; what is said there is said nowhere else.

mod definitions;
mod document;
mod markdown;
mod spelling;
mod text;

pub use self::definitions::definitions;
pub use self::document::document;
pub use self::markdown::{explained, markdown};
pub use self::spelling::{argument, result};
pub use self::text::{entry, listing, section};
