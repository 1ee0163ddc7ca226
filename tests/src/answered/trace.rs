//! `pogo trace`.

use super::*;

const HASH: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

///
#[test]
fn a_part_a_lot_and_a_firmware_lead_to_units_and_a_unit_to_them() {
    let folder = told_who_they_are();
    compare(&folder, "trace_of_a_unit", "trace --serial SN0002", 0);
    compare(&folder, "trace_of_a_lot", "trace --lot C-77", 0);
    compare(&folder, "trace_of_a_firmware", "trace --firmware 1.2.3", 0);
    let found = |line: &str| {
        let json = ask(&folder, &format!("trace {line} --json"), 0).json();
        let mode = &json["modes"][0];
        (mode["mode"].clone(), mode["found"][0]["serial"].clone(), mode["found"][0]["runs"].clone())
    };
    let unit = ("simulate".into(), "SN0002".into(), 2.into());
    for line in ["--component RM-000123", "--lot L42", &format!("--firmware {HASH}")] {
        assert_eq!(found(line), unit, "{line}");
    }
}

#[test]
fn a_trace_prints_with_its_mode_on_every_page() {
    let folder = told_who_they_are();
    for line in ["trace --lot C-77 --html", "trace --serial SN0002 --html"] {
        let html = ask(&folder, line, 0).stdout;
        let (head, body) = html.split_once("</thead>").unwrap();
        assert!(head.contains("NO EVIDENCE") && head.contains("simulate"), "{html}");
        assert!(body.contains("RM-000123") && body.contains("scanned"), "{html}");
    }
}

///
#[test]
fn what_nobody_recorded_is_not_found_and_letter_case_counts() {
    let folder = told_who_they_are();
    for (line, hint) in [
        ("trace --serial sn0002", "letter case counts: there are runs of `SN0002`"),
        ("trace --lot c-77", "letter case counts"),
        ("trace --component rm-000123", "letter case counts"),
        ("trace --firmware 1.2", "letter case counts"),
        ("trace --firmware 1.2.3 --at 2020-01-01", "letter case counts"),
    ] {
        let ended = ask(&folder, line, 64);
        assert!(ended.stdout.is_empty() && ended.stderr.contains(hint), "{line}: {ended:?}");
    }
    for line in ["trace", "trace --lot L42 --serial SN0002", "trace SN0002"] {
        assert_eq!(run(&folder, line).code, 64, "{line}");
    }
}
