//! A store of a million entries, and what asking it something takes.

mod answers;
mod store;
mod units;
mod verify;

use crate::table::Table;

pub fn bench(table: &mut Table) {
    let store = store::ready();
    verify::bench(&store, table);
    answers::bench(&store, table);
}
