//! `pogo stop`: a run of another process, over TCP.

use nix::sys::signal::Signal;

use crate::stopped::{LINE, Running, WAITS};
use crate::{Folder, Program};

/// The runs of the store, newest first, by their ids.
fn ids(folder: &Folder) -> Vec<String> {
    let list = Program::run(folder.root(), "list --store store --json").json();
    let runs = list["runs"].as_array().unwrap();
    runs.iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_run_that_is_told_to_stop_by_its_id_is_over_and_safe_when_the_command_returns() {
    let running = Running::of(LINE, WAITS);
    let line = format!("stop {} --store store", ids(&running.folder)[0]);
    let stopped = Program::run(running.folder.root(), &line);
    assert_eq!((stopped.code, &*stopped.stderr), (0, ""), "{stopped:?}");
    let said = "(SN0001 on FX-T): ABORTED, somebody stopped it · psu, dmm, other safe\n";
    assert!(stopped.stdout.ends_with(said), "{stopped:?}");
    let (ended, is_on, folder, _served) = running.end();
    assert_eq!((ended.code, is_on), (130, false), "{ended:?}");
    let again = Program::run(folder.root(), &format!("{line} --json"));
    assert_eq!((again.code, &again.json()["had_ended"]), (0, &true.into()), "{again:?}");
    assert_eq!(again.json()["roles"][0]["safe"], true, "{again:?}");
}

#[test]
fn without_a_name_the_only_run_that_is_going_on_is_stopped() {
    let running = Running::of(LINE, WAITS);
    let stopped = Program::run(running.folder.root(), "stop --now --store store");
    assert_eq!(stopped.code, 0, "{stopped:?}");
    let (ended, is_on, folder, _served) = running.end();
    assert_eq!((ended.code, is_on), (130, false), "{ended:?}");
    let again = Program::run(folder.root(), "stop --store store");
    assert_eq!(again.code, 64, "{again:?}");
    assert!(again.stderr.contains("no run in `store` is going on"), "{again:?}");
}

#[test]
fn with_two_runs_going_on_and_no_name_neither_is_stopped_and_both_are_named() {
    let running = Running::of(LINE, WAITS);
    // The second one only waits, in real time and on a bench of its own.
    let folder = running.folder.root();
    std::fs::write(folder.join("waits.rhai"), "//! Waits.\n\nwait(600.s);\n").unwrap();
    let line = LINE.replace("script.rhai", "waits.rhai") + " --sim psu,dmm,other";
    let mut second = Program::command(folder, &line).spawn().unwrap();
    while ids(&running.folder).len() < 2 {
        assert!(second.try_wait().unwrap().is_none(), "the second run ended early");
    }
    let refused = Program::run(folder, "stop --store store");
    assert_eq!(refused.code, 64, "{refused:?}");
    assert!(refused.stderr.contains("2 runs are going on"), "{refused:?}");
    let both = ids(&running.folder);
    assert!(both.iter().all(|id| refused.stderr.contains(id)), "{refused:?}");
    for id in &both {
        let stopped = Program::run(folder, &format!("stop {id} --store store"));
        assert!(stopped.stdout.contains("ABORTED, somebody stopped it"), "{stopped:?}");
    }
    assert_eq!(second.wait().unwrap().code(), Some(130));
    assert_eq!(running.end().0.code, 130);
}

#[test]
fn a_run_whose_process_is_gone_is_not_stopped_and_what_to_do_is_said() {
    let running = Running::of(LINE, WAITS);
    running.signal(Signal::SIGKILL);
    let (_, _, folder, _served) = running.end();
    let stopped = Program::run(folder.root(), "stop latest --store store");
    assert_eq!((stopped.code, &*stopped.stdout), (3, ""), "{stopped:?}");
    assert!(stopped.stderr.contains("(SN0001 on FX-T) never ended: its process "), "{stopped:?}");
    let hint = format!("`pogo safe --fixture {}`", folder.path("out.toml").display());
    assert!(stopped.stderr.contains(&hint), "{stopped:?}");
}
