//! `pogo yield`.

use super::*;

/// A store in which some units failed, one of them three times.
fn store() -> Folder {
    let folder = product();
    let runs =
        [("SN0001", 3), ("SN0002", 2), ("SN0003", 7), ("SN0002", 5), ("SN0002", 4), ("SN0004", 1)];
    for (serial, seed) in runs {
        simulate(&folder, serial, seed);
    }
    folder
}

#[test]
fn the_yield_says_what_passed_what_failed_and_how_it_was_worked_out() {
    let folder = store();
    compare(&folder, "yield", "yield", 0);
    let json = ask(&folder, "yield --json", 0).json();
    let plan = &json["modes"][0]["plans"][0];
    assert_eq!((&json["modes"][0]["mode"], &plan["plan"]), (&"simulate".into(), &"TH-100".into()));
    assert_eq!((&plan["first_pass"]["n"], &plan["last"]["n"]), (&4.into(), &4.into()));
    assert_eq!(json["modes"][0]["counts"], false);
}

#[test]
fn a_yield_that_is_no_evidence_says_so_on_every_page() {
    let folder = store();
    let html = ask(&folder, "yield --html", 0).stdout;
    assert!(html.starts_with("<!DOCTYPE html>"), "{html}");
    let heads = html.matches("<thead><tr><th class=\"banner").count();
    assert_eq!(heads, 2, "one sheet for the mode, one for the method");
    assert_eq!(html.matches("NO EVIDENCE").count(), 1);
}

#[test]
fn a_scope_without_runs_is_an_answer_and_a_wrong_one_is_a_mistake() {
    let folder = store();
    for line in ["yield --mode production", "yield --until 2020-01-01", "yield --plan nothing"] {
        let text = ask(&folder, line, 0).stdout;
        assert!(text.starts_with("no run is in the scope\n"), "{line}: {text}");
    }
    for line in ["yield --mode real", "yield --since today", "yield --json --html"] {
        let ended = Program::run(folder.root(), line);
        assert_eq!((ended.code, &*ended.stdout), (64, ""), "{line}: {ended:?}");
    }
}
