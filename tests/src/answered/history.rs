//! `pogo history`.

use std::time::{Duration, Instant};

use super::*;
use crate::orphans;

/// R-H11, R-3.10, R-6.4: everything for one serial number, in seconds, and it prints.
#[test]
#[expect(clippy::disallowed_methods, reason = "it says how long somebody waits")]
fn everything_about_a_unit_is_one_document_in_seconds() {
    let folder = told_who_they_are();
    compare(&folder, "history", "history SN0002", 0);
    let asked = Instant::now();
    let html = run(&folder, "history SN0002 --html --store store").stdout;
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"), "{html}");
    for said in ["rail_1v8", "RM-000123", "C-77", "application", "anna", "SIM34461A", "<svg"] {
        assert!(html.contains(said), "{said}: {html}");
    }
    let json = ask(&folder, "history SN0002 --json", 0).json();
    let measurement = &json["attempts"][0]["run"]["measurements"][2];
    for key in ["raw", "value", "unit", "limits", "rule", "verdict"] {
        assert!(!measurement[key].is_null(), "{key}: {measurement}");
    }
    assert_eq!(measurement["raw"][0]["asset"], "SIM34461A");
}

#[test]
fn every_sheet_of_a_history_that_is_no_evidence_says_so_in_its_repeated_head() {
    let html = ask(&told_who_they_are(), "history SN0002 --html", 0).stdout;
    let heads: Vec<_> = html.split("<table class=\"sheet\"><thead>").skip(1).collect();
    // The overview, the five answers of production and of simulation, two attempts.
    assert_eq!(heads.len(), 5, "{html}");
    let warned =
        heads.iter().map(|it| it.split_once("</thead>").unwrap().0.contains("NO EVIDENCE"));
    assert_eq!(warned.collect::<Vec<_>>(), [true, false, true, true, true]);
}

/// R-H4: the power is pulled during a test.
#[test]
fn a_run_that_was_killed_is_an_interrupted_attempt_before_and_after_it_was_closed() {
    let (folder, _served) = orphans::killed();
    let ask = || {
        let ended = Program::run(folder.root(), "history SN0001 --store store");
        assert_eq!(ended.code, 0, "{ended:?}");
        // However its lines are folded.
        ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let before = ask();
    assert!(before.contains(" engineering does not count INTERRUPTED "), "{before}");
    assert!(before.contains("the next run on this station closes its record"), "{before}");
    let next = Program::run(folder.root(), crate::stopped::LINE);
    assert!(next.stderr.contains("never ended"), "{next:?}");
    let after = ask();
    assert!(after.contains(" 2 attempts: "), "{after}");
    assert!(after.contains(" engineering does not count INTERRUPTED "), "{after}");
    assert!(after.contains("the process ended before the run did"), "{after}");
}

/// R-H5, the side of the history.
#[test]
fn ten_retests_until_a_pass_are_ten_attempts() {
    let folder = product();
    for seed in [1, 2, 5, 11, 12, 1, 2, 5, 11, 3] {
        simulate(&folder, "SN0001", seed);
    }
    let text = ask(&folder, "history SN0001", 0).stdout;
    assert!(text.contains("\n10 attempts: "), "{text}");
    let rows: Vec<_> = text.lines().filter(|line| line.contains("does not count  ")).collect();
    let passed: Vec<_> = rows.iter().map(|row| row.ends_with("PASS")).collect();
    assert_eq!(passed, [[false; 9].as_slice(), &[true]].concat());
    assert!(text.contains("\nattempt 10 of 10 · TH-100 · simulate\n"), "{text}");
}

///
#[test]
fn a_lot_says_how_many_were_tested_and_passed_and_case_counts() {
    let folder = told_who_they_are();
    compare(&folder, "history_of_a_lot", "history --lot L42", 0);
    for (line, hint) in [
        ("history sn0002", "letter case counts: there are runs of `SN0002`"),
        ("history SN0009", "name another store"),
        ("history --lot l42", "letter case counts"),
    ] {
        let ended = ask(&folder, line, 64);
        assert!(ended.stdout.is_empty() && ended.stderr.contains(hint), "{line}: {ended:?}");
    }
    for line in ["history", "history SN0001 --lot L42"] {
        assert_eq!(run(&folder, line).code, 64, "{line}");
    }
}
