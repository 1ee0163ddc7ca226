//! What becomes of a run in which something is tried again, left out, expected, unset or swallowed.

use crate::bench::{SIMULATED, folder};
use crate::{Ended, Program, exported, golden};

/// A script, and what becomes of its run.
struct Case {
    name: &'static str,
    script: &'static str,
    flags: &'static str,
    /// The exit code.
    code: i32,
    /// What the last line begins with.
    last: &'static str,
    /// How many failures, errors and what was left out a JUnit report has; not looked at where it is
    /// refused.
    junit: [u32; 3],
    /// Rows of the transcript, blanks between their words aside.
    rows: &'static [&'static str],
}

const PASSES: Case =
    Case { name: "", script: "", flags: "", code: 0, last: "PASS", junit: [0, 0, 0], rows: &[] };
const FAILS: Case = Case { code: 1, last: "FAIL", junit: [1, 0, 0], ..PASSES };
const ERRS: Case = Case { code: 3, last: "ERROR", junit: [0, 1, 0], ..PASSES };

const CASES: &[Case] = &[
    Case {
        name: "retried_and_passed",
        script: "let n = 0; step(\"s\", || retry(3, || { n += 1; measure(\"a\", n, 2..=9); }));",
        last: "PASS 1 measurement, 1 passed on a later attempt",
        rows: &[
            "> attempt 1 of 3 FAIL 0.00 s",
            "> a 1 2 .. 9 FAIL",
            "attempt 2 of 3 0.00 s",
            "passed on attempt 2 of 3",
        ],
        ..PASSES
    },
    Case {
        name: "retried_and_passed_at_once",
        script: "retry(3, || measure(\"a\", 5, 2..=9));",
        last: "PASS 1 measurement, 0.00 s",
        rows: &["attempt 1 of 3 0.00 s"],
        ..PASSES
    },
    Case {
        name: "retried_and_failed",
        script: "step(\"s\", || retry(2, || measure(\"a\", 1, 2..=9)));",
        last: "FAIL 1 of 1 measurement failed",
        rows: &["> s FAIL 0.00 s", "> attempt 1 of 2 FAIL 0.00 s", "> attempt 2 of 2 FAIL 0.00 s"],
        ..FAILS
    },
    Case {
        name: "retried_after_an_error_that_is_not_forgiven",
        script: "let n = 0; retry(3, || { n += 1; if n < 2 { dmm.set_range(\"dc_voltage\", [1e6.V][0]); } \
                 measure(\"a\", n, 1..=9); });",
        rows: &["> attempt 1 of 3 ERROR 0.00 s", "a NOT REACHED"],
        junit: [0, 1, 1],
        ..ERRS
    },
    Case {
        name: "retried_after_an_error_that_is_forgiven",
        script: "let n = 0; retry(3, || { n += 1; if n < 2 { dmm.set_range(\"dc_voltage\", [1e6.V][0]); } \
                 measure(\"a\", n, 1..=9); }, #{ errors: [\"refused\"] });",
        last: "PASS 1 measurement, 1 passed on a later attempt",
        rows: &["> attempt 1 of 3 ERROR 0.00 s", "attempt 2 of 3 0.00 s"],
        ..PASSES
    },
    Case {
        name: "retried_after_a_swallowed_error_that_is_not_forgiven",
        script: "let n = 0; retry(3, || { n += 1; if n < 2 { try { dmm.set_range(\"dc_voltage\", [1e6.V][0]); } \
                 catch {} } measure(\"a\", n, 2..=9); }, #{ errors: [\"timeout\"] });",
        rows: &["> attempt 1 of 3 ERROR 0.00 s"],
        junit: [1, 1, 0],
        ..ERRS
    },
    Case {
        name: "an_exception_of_the_script_in_an_attempt",
        script: "let n = 0; retry(3, || { n += 1; if n < 2 { throw \"no\"; } measure(\"a\", n, 1..=9); });",
        rows: &["> attempt 1 of 3 ERROR 0.00 s", "a NOT REACHED"],
        junit: [0, 1, 1],
        ..ERRS
    },
    Case {
        name: "an_attempt_inside_an_attempt",
        script: "let n = 0; retry(2, || { retry(2, || { n += 1; measure(\"a\", n, 3..=3); }); \
                 measure(\"b\", n, 3..=3); });",
        rows: &["passed on attempt 2 of 2", "b 3 3 .. 3 pass"],
        ..PASSES
    },
    Case {
        name: "unset_in_the_last_attempt",
        script: "let n = 0; retry(2, || { n += 1; if n == 1 { measure(\"a\", 1, 2..=9); } \
                 measure(\"b\", n, 2..=9); });",
        last: "ERROR a declared measurement was never set",
        ..ERRS
    },
    Case {
        name: "skipped",
        script: "measure(\"a\", 1, 0..=2); step(\"radio\", || { skip(\"no radio\"); \
                 measure(\"b\", 1, 0..=2); });",
        last: "PASS 1 measurement, 1 step skipped",
        rows: &["radio SKIPPED", "no radio", "b SKIPPED"],
        junit: [0, 0, 2],
        ..PASSES
    },
    Case {
        name: "skipped_after_a_failure",
        script: "step(\"radio\", || { measure(\"b\", 5, 0..=2); skip(\"no radio\"); });",
        last: "FAIL 1 of 1 measurement failed",
        rows: &["> radio FAIL 0.00 s"],
        ..FAILS
    },
    Case {
        name: "skipped_and_nothing_else",
        script: "step(\"radio\", || { skip(\"no radio\"); measure(\"b\", 1, 0..=2); });",
        last: "ERROR nothing was judged",
        rows: &["radio SKIPPED"],
        junit: [0, 1, 2],
        ..ERRS
    },
    Case {
        name: "skipped_inside_an_attempt",
        script: "measure(\"a\", 1, 0..=2); step(\"radio\", || { retry(2, || skip(\"no radio\")); });",
        rows: &["radio SKIPPED", "attempt 1 of 2 SKIPPED"],
        junit: [0, 0, 1],
        ..PASSES
    },
    Case {
        name: "skipped_outside_any_step",
        script: "measure(\"a\", 1, 0..=2); skip(\"no radio\");",
        ..ERRS
    },
    Case {
        name: "a_skip_that_the_script_tries_to_catch",
        script: "measure(\"a\", 1, 0..=2); step(\"radio\", || { try { skip(\"no radio\"); } catch {} \
                 measure(\"b\", 9, 0..=2); });",
        rows: &["radio SKIPPED", "b SKIPPED"],
        junit: [0, 0, 2],
        ..PASSES
    },
    Case {
        name: "ended_early_after_a_failure",
        script: "fn all() { measure(\"a\", 5, 0..=2); if [true][0] { return; } \
                 measure(\"b\", 1, 0..=2); } all();",
        rows: &["> a 5 0 .. 2 FAIL", "b NOT REACHED"],
        junit: [1, 0, 1],
        ..FAILS
    },
    Case {
        name: "stopped_at_the_first_failure",
        script: "step(\"one\", || measure(\"a\", 5, 0..=2)); step(\"two\", || measure(\"b\", 1, 0..=2));",
        flags: "--stop-at-first-failure",
        rows: &["> one FAIL 0.00 s", "two NOT REACHED", "b NOT REACHED"],
        junit: [1, 0, 2],
        ..FAILS
    },
    Case {
        name: "an_attempt_that_fails_is_no_failure_to_stop_at",
        script: "let n = 0; retry(2, || { n += 1; step(\"one\", || measure(\"a\", n, 2..=2)); }); \
                 measure(\"b\", 1, 0..=2);",
        flags: "--stop-at-first-failure",
        rows: &["b 1 0 .. 2 pass"],
        ..PASSES
    },
    Case {
        name: "gone_on_after_an_error",
        script: "step(\"one\", || { dmm.set_range(\"dc_voltage\", [1e6.V][0]); measure(\"a\", 1, 0..=2); }); \
                 step(\"two\", || measure(\"b\", 1, 0..=2));",
        flags: "--keep-going",
        rows: &["> one ERROR 0.00 s", "b 1 0 .. 2 pass", "a NOT REACHED"],
        junit: [0, 1, 1],
        ..ERRS
    },
    Case {
        name: "only_one_step",
        script: "step(\"one\", || measure(\"a\", 1, 0..=2)); step(\"two\", || measure(\"b\", 1, 0..=2));",
        flags: "--step two",
        last: "PASS 1 measurement, 1 step skipped",
        rows: &["one SKIPPED", "left out by `--step`", "a SKIPPED", "b 1 0 .. 2 pass"],
        junit: [0, 0, 2],
        ..PASSES
    },
    Case {
        name: "from_a_step_on",
        script: "step(\"one\", || measure(\"a\", 1, 0..=2)); step(\"two\", || measure(\"b\", 1, 0..=2)); \
                 step(\"three\", || measure(\"c\", 1, 0..=2));",
        flags: "--from two",
        last: "PASS 2 measurements, 1 step skipped",
        rows: &["one SKIPPED", "left out by `--from two`", "c 1 0 .. 2 pass"],
        junit: [0, 0, 2],
        ..PASSES
    },
    Case {
        name: "a_step_that_there_is_not",
        script: "step(\"one\", || measure(\"a\", 1, 0..=2));",
        flags: "--step oen",
        code: 2,
        last: "",
        ..PASSES
    },
    Case {
        name: "unset",
        script: "measure(\"a\", 1, 0..=2); if [false][0] { measure(\"b\", 1, 0..=2); }",
        last: "ERROR a declared measurement was never set",
        ..ERRS
    },
    Case {
        name: "measured_twice",
        script: "fn m(v) { measure(\"a\", v, 0..=2); } for v in [1, 2] { m(v); }",
        rows: &["a 1 0 .. 2 pass"],
        ..ERRS
    },
    Case {
        name: "measured_twice_in_one_attempt",
        script: "let names = [\"a\", \"a\"]; retry(2, || for name in names { measure(name, 1, 0..=2); });",
        ..ERRS
    },
    Case {
        name: "swallowed",
        script: "try { dmm.set_range(\"dc_voltage\", [1e6.V][0]); } catch {} measure(\"a\", 1, 0..=2);",
        rows: &["a 1 0 .. 2 pass"],
        ..ERRS
    },
    Case {
        name: "expected",
        script: "let e = expect_error(\"refused\", || dmm.set_range(\"dc_voltage\", [1e6.V][0])); \
                 check(\"kind\", e.kind, \"refused\");",
        rows: &["kind refused \"refused\" pass"],
        ..PASSES
    },
    Case {
        name: "expected_inside_a_step_of_its_own",
        script: "expect_error(\"refused\", || step(\"s\", || dmm.set_range(\"dc_voltage\", [1e6.V][0]))); \
                 measure(\"a\", 1, 0..=2);",
        rows: &["s 0.00 s"],
        ..PASSES
    },
    Case {
        name: "expected_and_another_one_came",
        script: "expect_error(\"timeout\", || dmm.set_range(\"dc_voltage\", [1e6.V][0])); \
                 measure(\"a\", 1, 0..=2);",
        junit: [0, 1, 1],
        ..ERRS
    },
    Case {
        name: "expected_and_none_came",
        script: "try { expect_error(\"refused\", || 1); } catch {} measure(\"a\", 1, 0..=2);",
        last: "ERROR the script is wrong",
        ..ERRS
    },
    Case {
        name: "silence_expected_and_the_unit_answered",
        script: "expect_error(\"no-answer\", || 1); measure(\"a\", 1, 0..=2);",
        last: "FAIL the unit answered where it has to be silent",
        ..FAILS
    },
    Case {
        name: "expected_and_then_one_more_that_was_not",
        script: "expect_error(\"refused\", || dmm.set_range(\"dc_voltage\", [1e6.V][0])); \
                 try { dmm.set_range(\"dc_voltage\", [1e6.V][0]); } catch {} measure(\"a\", 1, 0..=2);",
        ..ERRS
    },
    Case {
        name: "a_list_that_passes",
        script: "measure(\"rails\", [1.8.V, 1.81.V], 1.7.V..=1.9.V);",
        last: "PASS 2 measurements",
        rows: &["rails 2 values 1.7 .. 1.9 V pass"],
        ..PASSES
    },
    Case {
        name: "a_list_of_which_one_fails",
        script: "measure(\"rails\", [1.8.V, 2.V], [1.7.V..=1.9.V, 1.7.V..=1.9.V]);",
        last: "FAIL 1 of 2 measurements failed",
        rows: &["> rails 1 of 2 1.7 .. 1.9 V FAIL", "> rails_2 2 V 1.7 .. 1.9 V FAIL"],
        ..FAILS
    },
    Case {
        name: "an_empty_list",
        script: "let none = []; measure(\"rails\", none, 1.7.V..=1.9.V);",
        junit: [0, 1, 1],
        ..ERRS
    },
    Case {
        name: "a_curve_outside_its_band",
        script: "measure(\"charge\", [[0.s, 0.V], [0.5.s, 2.V], [1.s, 3.V]], \
                 band([[0.s, 0.V..=0.2.V], [1.s, 2.9.V..=3.1.V]]));",
        rows: &["> charge 1 of 3 each its own FAIL", "> charge_2 2 V 1.45 .. 1.65 V FAIL"],
        ..FAILS
    },
    Case {
        name: "a_curve_that_the_band_does_not_reach",
        script: "measure(\"charge\", [[2.s, 0.V]], band([[0.s, 0.V..=0.2.V], [1.s, 2.9.V..=3.1.V]]));",
        junit: [0, 1, 1],
        ..ERRS
    },
];

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn reported(text: &str) -> [u32; 3] {
    let suite = &exported::junit(text)[0];
    ["failures", "errors", "skipped"].map(|it| suite[it].as_str().unwrap().parse().unwrap())
}

fn ran(case: &Case) -> (Ended, [u32; 3]) {
    let line = format!("{SIMULATED} --junit report.xml {}", case.flags);
    let folder = folder(case.script);
    let ended = Program::run(folder.root(), &line);
    if case.code == 2 {
        return (ended, case.junit);
    }
    // What it came to follows from what is recorded.
    let verified = Program::run(folder.root(), "verify --store store --rejudge");
    assert_eq!(verified.code, 0, "{}: {verified:?}", case.name);
    let report = std::fs::read_to_string(folder.path("report.xml")).unwrap();
    (ended, reported(&report))
}

#[test]
fn what_a_run_comes_to_and_what_people_read_of_it() {
    let mut wrong = Vec::new();
    for case in CASES {
        let (ended, junit) = ran(case);
        let last = words(ended.stdout.lines().last().unwrap_or_default());
        let rows: Vec<_> = ended.stdout.lines().map(words).collect();
        let missing: Vec<_> =
            case.rows.iter().filter(|row| !rows.iter().any(|it| it == *row)).collect();
        if ended.code != case.code
            || !last.starts_with(case.last)
            || !missing.is_empty()
            || junit != case.junit
        {
            let (name, shown) = (case.name, golden::transcript("", &ended));
            let code = ended.code;
            wrong.push(format!(
                "{name}: exit {code}, junit {junit:?}, missing {missing:?}\n{shown}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
}
