//! What Pogo promises, checked across its crates and by outside peers.
//!
//! The tests are one binary; whoever looks for a promise reads the list of their names. They run
//! the program as people do ([`Program`]), talk to a bench that it serves ([`Served`]), or drive
//! the shipping drivers over simulated wires. `benches` holds speed against floors measured in the
//! same run, `peers` holds scripts for clients that nobody here wrote. `kills` is the program
//! behind `tests/kill` (what is left of a run that something ends), `faulty` the one behind
//! `tests/faults` (what is left of one whose disk or clock goes wrong), `crashes` the one behind
//! `tests/crash` (what is left of a record whose writer is killed), `fuzzers` the one behind
//! `tests/fuzz` (what instruments make of messages that nobody would send), and `soaks` the one behind
//! `tests/soak` (what is left over of thousands).

mod chance;
pub mod disk;
pub mod editor;
mod folder;
pub mod fuzz;
mod outputs;
mod program;
pub mod real_time;
mod served;
mod sql;
mod tap;
mod terminal;

#[cfg(test)]
mod agreed;
#[cfg(test)]
mod answered;
#[cfg(test)]
mod arrows;
#[cfg(test)]
mod attacked;
#[cfg(test)]
mod begun;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod bombs;
#[cfg(test)]
mod bundled;
#[cfg(test)]
mod cared_for;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod consoles;
#[cfg(test)]
mod deadlines;
#[cfg(test)]
mod descriptors;
#[cfg(test)]
mod escaping;
#[cfg(test)]
mod exported;
#[cfg(test)]
mod faces;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod frozen;
#[cfg(test)]
mod fuzzed;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod hanging;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod interlocked;
#[cfg(test)]
mod judged;
#[cfg(test)]
mod labelled;
#[cfg(test)]
mod language_server;
#[cfg(test)]
mod late;
#[cfg(test)]
mod limited;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod modbus;
#[cfg(test)]
mod obeyed;
#[cfg(test)]
mod orphans;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod over_lan;
#[cfg(test)]
mod panicking;
#[cfg(test)]
mod paused;
#[cfg(test)]
mod prompted;
#[cfg(test)]
mod pruned;
#[cfg(test)]
mod read_only;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod removed;
#[cfg(test)]
mod replayed;
#[cfg(test)]
mod rig;
#[cfg(test)]
mod same_seed;
#[cfg(test)]
mod sampled;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod secret;
#[cfg(test)]
mod senseless;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod stopped;
#[cfg(test)]
mod strict;
#[cfg(test)]
mod told_to_stop;
#[cfg(test)]
mod transcripts;
#[cfg(test)]
mod tutorial;
#[cfg(test)]
mod typed;
#[cfg(test)]
mod under_systemd;
#[cfg(test)]
mod verified;
#[cfg(test)]
mod verifier;

pub use chance::Chance;
pub use editor::Editor;
pub use folder::Folder;
pub use outputs::Outputs;
pub use program::{Ended, Program, workspace};
pub use served::{Client, Served};
pub use sql::writes_as_pogo;
pub use tap::Tap;
pub use terminal::{Terminal, in_session};
