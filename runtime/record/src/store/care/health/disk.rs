//! The disk that a store is on.

use std::path::Path;

use super::fact::{Fact, State};
use crate::size::size;
use crate::store::permission;
use crate::store::space::{self, Free, RESERVE, RESERVED_FILES};

/// Whether the next run could write here.
pub(super) fn permission(store: &Path) -> Fact {
    match permission::look(store) {
        Ok(()) => Fact::fine("access", "may be written"),
        Err(failure) => Fact::fine("access", failure.message())
            .but(State::Attention, "a run with this store is refused; it can still be read"),
    }
}

/// Whether there is room for the next run.
pub(super) fn room(store: &Path) -> Fact {
    let there = space::existing(store);
    let Some(Free { bytes, files }) = there.as_deref().and_then(space::free) else {
        return Fact::fine("room", "the file system does not say");
    };
    let mut is = format!("{} free", size(bytes));
    if let Some(files) = files {
        is += &format!(", and room for {files} files");
    }
    let fact = Fact::fine("room", is).number("free_bytes", bytes).number("reserve_bytes", RESERVE);
    if bytes >= RESERVE && files.is_none_or(|files| files >= RESERVED_FILES) {
        return fact;
    }
    let needs = format!(
        "a run is refused with less than {} and {RESERVED_FILES} files: free some",
        size(RESERVE)
    );
    fact.but(State::Attention, needs)
}
