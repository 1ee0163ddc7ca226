//! What was last said of the safe state of a dead run's roles.

use std::collections::HashSet;

use serde::Deserialize;
use uuid::Uuid;

use crate::body::Safe;
use crate::entry::{Entry, Pending};

/// What was said of each role after the last setpoint or output of it, in the order of saying.
/// `committed` comes first; of what was `left` in the spool, some may have been committed too.
pub(super) fn of(committed: &[Entry], left: &[Pending]) -> Vec<Safe> {
    let known: HashSet<Uuid> = committed.iter().map(|it| it.id).collect();
    let left = left.iter().filter(|it| !known.contains(&it.id));
    let left: Vec<Entry> =
        left.filter_map(|it| serde_json::from_slice(&it.bytes(0)).ok()).collect();
    let mut said: Vec<Safe> = Vec::new();
    for entry in committed.iter().chain(&left) {
        let body = entry.body.get();
        match entry.kind.as_str() {
            "setpoint" | "output" => {
                if let Ok(Used { role }) = serde_json::from_str(body) {
                    said.retain(|it| it.role != role);
                }
            }
            "safe" => {
                if let Ok(safe) = serde_json::from_str::<Safe>(body) {
                    said.retain(|it| it.role != safe.role);
                    said.push(safe);
                }
            }
            _ => {}
        }
    }
    said
}

/// As much of a setpoint as matters here.
#[derive(Deserialize)]
struct Used {
    role: String,
}
