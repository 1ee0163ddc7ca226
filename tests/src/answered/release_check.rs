//! `pogo release-check`.

use super::*;

/// R-H6: run the simulator with a real serial number.
#[test]
fn a_simulated_pass_says_simulate_and_releases_nothing() {
    let folder = product();
    assert_eq!(simulate(&folder, "SN0001", 3).code, 0);
    let list = run(&folder, "list --store store --json").json();
    let run = &list["runs"][0];
    assert_eq!((&run["mode"], &run["verdict"]), (&"simulate".into(), &"pass".into()));
    compare(&folder, "release_check", "release-check SN0001", 2);
    let json = ask(&folder, "release-check SN0001 --json", 2).json();
    assert_eq!(json["complete"], false);
    let html = ask(&folder, "release-check SN0001 --html", 2).stdout;
    assert!(html.contains("NOT COMPLETE") && html.contains("no evidence about any"), "{html}");
}

#[test]
fn a_unit_that_nobody_knows_is_not_complete_either() {
    let folder = product();
    let text = ask(&folder, "release-check SN0009", 2).stdout;
    assert!(text.contains("any run of this unit: none is recorded"), "{text}");
    assert!(text.ends_with("\nNOT COMPLETE\n"), "{text}");
}
