//! Labels of devices, read from the command line.

use serde_json::json;

use crate::{Ended, Folder, Program, golden};

/// `pogo udi` of one label, which is one argument whatever stands in it.
fn udi(label: &str, more: &[&str]) -> Ended {
    let folder = Folder::new();
    Ended::of(Program::command(folder.root(), "udi").arg(label).args(more))
}

/// The transcript of all of `labels`, one behind the other.
fn transcript(labels: &[&str]) -> String {
    let one = |label: &&str| {
        let shown = label.replace('\u{1d}', "\\x1d");
        golden::transcript(&format!("udi $'{shown}'"), &udi(label, &[]))
    };
    labels.iter().map(one).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_label_is_shown_as_a_table_of_what_it_says() {
    let labels = [
        "]d20109506000134352112611221728120010LOT42\u{1d}21SN0001",
        "(01)09506000134352(10)LOT42(240)11-A",
        "+A99912345/$$52001510X3/16D20111212/S77DEFG457",
        "=/A9999XYZ100T0476=,000025",
    ];
    golden::compare("udi/shown.txt", &transcript(&labels));
}

#[test]
fn a_label_that_is_wrong_is_refused_with_a_caret_under_what_is_wrong() {
    let labels = [
        "0109506000134353112611221728120010LOT42\u{1d}21SN0001",
        "0109506000134352112613221728120010LOT42\u{1d}21SN0001",
        "0109506000134352112602301728120010LOT42\u{1d}21SN0001",
        "010950600013435210LOT42\u{1d}21SN0001-0001-0001-0001",
        "10LOT42",
        "010950600013435221SN 1",
        "+A123BJC5D6E71H",
        "SN0001",
        "",
    ];
    golden::compare("udi/refused.txt", &transcript(&labels));
}

#[test]
fn a_program_reads_what_a_label_says_or_what_is_wrong_with_it() {
    let label = "0109506000134352112611221728120010LOT42\u{1d}21SN0001\u{1d}24011-A";
    let ended = udi(label, &["--json"]);
    assert_eq!((ended.code, &*ended.stderr), (0, ""), "{ended:?}");
    assert_eq!(
        ended.json(),
        json!({
            "scanned": label, "agency": "GS1", "device_identifier": "09506000134352",
            "lot": "LOT42", "serial": "SN0001", "produced": "2026-11-22", "expires": "2028-12",
            "further": [{ "identifier": "240", "text": "11-A" }],
        })
    );
    let ended = udi("0109506000134353", &["--json"]);
    assert_eq!((ended.code, &*ended.stderr), (2, ""), "{ended:?}");
    let wrong = &ended.json()["diagnostics"][0];
    assert_eq!(
        (&wrong["line"], &wrong["column"], &wrong["width"]),
        (&json!(1), &json!(16), &json!(1))
    );
}

#[test]
fn no_label_and_two_of_them_make_no_sense() {
    let folder = Folder::new();
    for line in ["udi", "udi 01 02", "udi --jason 01"] {
        assert_eq!(Program::run(folder.root(), line).code, 64, "{line}");
    }
}
