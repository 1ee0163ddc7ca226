//! Runs a script against a bench: bindings, bridge, steps, and the order of a run.
//!
//! [`check`] finds what is wrong with a product's scripts without opening anything; [`run()`] opens
//! the bench through an [`Opener`], runs the scripts on a thread of their own, leaves every role in
//! its safe state and the record complete, and says how it [`Ended`].
//!
//! Deliberately absent: this crate names no instrument, opens no connection itself, and knows
//! neither the simulator nor the terminal. The program hands those in.

#[cfg(test)]
mod alone;
mod bench;
mod bind;
mod bridge;
mod check;
mod clock;
mod closing;
mod console;
mod deadlines;
mod fixture;
mod flow;
mod given;
mod guard;
mod interlock;
mod language;
mod ledger;
mod limit_file;
mod limits;
mod phase;
mod product;
mod progress;
mod prompt;
mod reference;
mod rescue;
mod run;
mod safe;
mod secrets;
mod site;
mod stop;
mod supervisor;
mod traced;
mod typed;
mod unit;
mod veil;

pub use bench::{Opened, Opener};
pub use bind::{CAPABILITIES, Capability, Verb, verbs_of};
pub use check::{Checked, Explanation, KnownRole, Sort, check, explanation};
pub use clock::{Clock, RealTime};
pub use deadlines::Deadlines;
pub use fixture::{Fixture, Limits, Role};
pub use flow::Flow;
pub use guard::{Guard, Will, serve as stand_guard};
pub use interlock::Interlock;
pub use language::{CHAPTERS, Chapter, Word, words};
pub use limit_file::{FiledLimit, LimitFile, Measurement, Taken};
pub use product::{Product, Script};
pub use progress::{Progress, Unwatched, Watch};
pub use prompt::{Answering, Nobody, Prompter, Question, Said, Wants};
pub use reference::{Receiver, Section, sections};
pub use rescue::{Heir, Rescue, Safety};
pub use run::{Ended, Job, Means, Tapped, run};
pub use safe::make_safe;
pub use stop::Stop;
pub use supervisor::{Asked, Heard, Hearing, Supervisor};
pub use typed::{Typed, Typing};
pub use unit::{Identity, Required, Unit};
