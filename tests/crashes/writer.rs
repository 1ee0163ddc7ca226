//! The process that is killed.

use std::io::{Write, stdout};
use std::path::Path;

use pogo_record::{Reason, Store};

use crate::story::{Said, Story};

/// Writes to `store` until somebody ends it, and says what has returned.
pub fn write(store: &Path, seed: u64) {
    let (store, story) = (Store::open(store).expect("a store"), Story::of(seed));
    for run in 0.. {
        let log = store.start_run(story.header(run)).expect("a run");
        say(&format!("started {}", log.id()));
        let length = story.length(run);
        for number in 0..length {
            match story.said(run, number) {
                Said::Entry(body) => log.append(number, &body).expect("the store takes it"),
                Said::File(bytes) => {
                    let file = log.attach(number, None, "wire.txt", "text/plain", &bytes);
                    drop(file.expect("the store takes it"));
                }
            }
            say("kept");
            if story.waits(run, number) {
                log.barrier().expect("it is durable");
            }
        }
        log.end(length, &Reason::Passed.into()).expect("the run's end");
        say("ended");
    }
}

/// Whoever reads this may rely on it: it is written when what it says has returned.
fn say(line: &str) {
    let mut out = stdout().lock();
    // Without anybody who reads, there is nobody to write for.
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}
