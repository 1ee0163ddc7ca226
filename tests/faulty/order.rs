//! Whether a run's start is on the disk before its supply hears anything of the script, as the
//! kernel sees it.

use std::collections::HashSet;
use std::fs;
use std::process::{Command, Stdio};

use crate::bench::Bench;
use crate::job::{DONE, Job};

const TRACE: &str = "trace";

/// Why it cannot be seen here, if it cannot.
pub fn missing() -> Option<String> {
    // It may be there and not be allowed to.
    let traced = Command::new("strace")
        .args(["-f", "-o", "/dev/null", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match traced {
        Ok(status) if status.success() => None,
        Ok(status) => Some(format!("`strace` ends with {status}")),
        Err(cause) => Some(format!("`strace` cannot be started: {cause}")),
    }
}

/// A traced run; what is wrong with the order of its calls. On a new store if `is_new`.
pub fn take(bench: &Bench, is_new: bool) -> Vec<String> {
    if is_new {
        bench.empty_disk();
    }
    let trace = bench.folder.path(TRACE);
    let ended = bench.run(
        Job::Passes,
        |command| {
            let mut strace = Command::new("strace");
            strace.args(["-f", "-y", "-s", "16384", "-e"]);
            strace.arg("trace=fsync,fdatasync,pwrite64,sendto,write").arg("-o").arg(&trace);
            strace.arg(command.get_program()).args(command.get_args());
            strace.current_dir(bench.folder.root()).stdin(Stdio::null());
            *command = strace;
        },
        |_| {},
    );
    let mut complaints = Vec::new();
    if ended.code() != Some(0) {
        complaints.push(format!("exit {:?}: {}", ended.code(), ended.last_words()));
    }
    // Bytes of pages that are no text.
    let text = fs::read(&trace).map(|it| String::from_utf8_lossy(&it).into_owned());
    complaints.extend(broken_order(&text.unwrap_or_default()));
    complaints
}

/// What is wrong with the order of the calls in `trace`.
fn broken_order(trace: &str) -> Option<String> {
    let (mut is_written, mut is_durable) = (false, false);
    // Threads that are inside an fsync which covers the start.
    let mut syncing = HashSet::new();
    for line in trace.lines() {
        let (thread, call) = line.split_once(char::is_whitespace).unwrap_or(("", line));
        let call = call.trim_start();
        let is_sync = call.starts_with("fsync(") || call.starts_with("fdatasync(");
        let succeeded = call.ends_with(" = 0");
        if call.starts_with("pwrite64(") && call.contains("record.db-wal>") {
            is_written |= call.contains("run.started");
        } else if is_sync && call.contains("record.db-wal>") && is_written {
            is_durable |= succeeded;
            if call.contains("<unfinished") {
                syncing.insert(thread);
            }
        } else if call.contains("sync resumed>") && syncing.remove(thread) {
            is_durable |= succeeded;
        } else if call.starts_with("sendto(") || call.starts_with("write(") {
            let said = |(message, _): &(&str, &str)| call.contains(&format!("\"{message}"));
            if DONE.iter().any(said) {
                let late = || format!("said before the start was on the disk: {call}");
                return (!is_durable).then(late);
            }
        }
    }
    Some("the trace shows nothing that was said to the supply".into())
}
