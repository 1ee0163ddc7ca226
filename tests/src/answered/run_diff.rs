//! `pogo run-diff`.

use super::*;

/// Two stations with the same product, each with a store of its own: `store` and `there`.
fn two_stations(seeds: [u64; 2], between: impl FnOnce(Folder) -> Folder) -> Folder {
    let folder = product();
    simulate(&folder, "SN0001", seeds[0]);
    let folder = between(folder).with("station.toml", "[station]\nname = \"ST-U\"\n");
    let line = format!("run . --sim --dut SN0001 --seed {} --store there", seeds[1]);
    assert!(matches!(run(&folder, &line).code, 0 | 1));
    folder
}

const LINE: &str = "run-diff latest latest --other-store there";

/// R-P.0, R-P.2b.
#[test]
fn two_stations_with_one_seed_and_the_same_files_have_no_difference() {
    let folder = two_stations([3, 3], |folder| folder);
    let text = ask(&folder, LINE, 0).stdout;
    assert!(text.ends_with("\nNO DIFFERENCE\n"), "{text}");
    let json = ask(&folder, &format!("{LINE} --json"), 0).json();
    assert_eq!(
        (&json["inputs"], &json["results"]),
        (&serde_json::json!([]), &serde_json::json!([]))
    );
}

/// R-P.0: change one input, and its hash is the difference.
#[test]
fn a_file_that_was_changed_is_the_difference_by_its_hash() {
    let changed = |folder: Folder| folder.appended("supply.rhai", "// Nothing else.\n");
    let folder = two_stations([3, 3], changed);
    let json = ask(&folder, &format!("{LINE} --json"), 1).json();
    let inputs: Vec<_> = json["inputs"].as_array().unwrap().iter().map(|it| &it["what"]).collect();
    assert_eq!(inputs, ["file supply.rhai"]);
    assert_ne!(json["inputs"][0]["a"], json["inputs"][0]["b"]);
    assert_eq!(json["results"], serde_json::json!([]));
}

#[test]
fn values_that_moved_say_how_far() {
    let folder = two_stations([3, 2], |folder| folder);
    compare(&folder, "run_diff", LINE, 1);
    let html = ask(&folder, &format!("{LINE} --html"), 1).stdout;
    assert!(html.contains("NO EVIDENCE") && html.contains("of the limit&#39;s width"), "{html}");
}

#[test]
fn a_run_that_is_not_there_is_a_mistake() {
    let folder = two_stations([3, 3], |folder| folder);
    for line in ["run-diff latest beef", "run-diff latest", "run-diff latest latest --html --json"]
    {
        assert_eq!(run(&folder, &format!("{line} --store store")).code, 64, "{line}");
    }
}
