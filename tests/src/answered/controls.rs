//! `pogo explain-controls`.

use super::*;

const SHOWS: &str = "what shows what, and what does not\n";

/// R-H14, and the rows of and the others that say where they are listed.
#[test]
fn what_no_record_can_show_and_what_is_left_to_others_is_said() {
    let folder = product();
    let text = ask(&folder, "explain-controls", 0).stdout;
    let wide = text.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None, "wider than a terminal");
    let (_, shows) = text.split_once(SHOWS).unwrap();
    golden::compare("answered/controls.txt", &format!("{SHOWS}{shows}"));
    let json = ask(&folder, "explain-controls --json", 0).json();
    let ids = json["not_covered"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap());
    let out = [
        "R-0.1", "R-0.12", "R-5.1", "R-5.2", "R-5.6", "R-5.8", "R-7.1", "R-7.2", "R-7.3", "R-7.8",
        "R-7.9", "R-7.10", "R-8.4", "R-8.8", "R-P.7", "R-Q1", "R-Q6", "R-Q9",
    ];
    assert_eq!(ids.collect::<Vec<_>>(), out);
    let detection = json["detection"].as_array().unwrap();
    let cut = detection.iter().find(|it| it["what"].as_str().unwrap().contains("cut off")).unwrap();
    assert!(cut["verify"].as_str().unwrap().starts_with("NO"), "{cut}");
    assert!(cut["anchor"].as_str().unwrap().starts_with("yes"), "{cut}");
}

/// R-P.4: from the live configuration.
#[test]
fn the_four_answers_say_how_this_station_and_this_store_are_set_up() {
    let folder = product();
    let answers = || {
        let text = ask(&folder, "explain-controls", 0).stdout;
        let (answers, _) = text.split_once(SHOWS).unwrap();
        answers.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let before = answers();
    for said in [
        "who may access files",
        "how software is loaded",
        "how configuration is verified",
        "how records are kept",
        "the station is `ST-T`",
        "runs need not name an operator here",
        "simulated runs: nothing is recorded yet",
    ] {
        assert!(before.contains(said), "{said}: {before}");
    }
    simulate(&folder, "SN0001", 3);
    let station = "[station]\nname = \"ST-T\"\noperator = \"required\"\nmode = \"production\"\n";
    std::fs::write(folder.path("station.toml"), station).unwrap();
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(folder.path("store"), permissions).unwrap();
    let after = answers();
    for said in [
        "nothing runs here without the name of an operator",
        "this station asks for production, which this version refuses",
        "simulated runs: SQLite says journal_mode wal, synchronous 2",
        "NOT-FOR-PRODUCTION",
        "mode 0777",
        "OTHERS THAN ITS OWNER MAY WRITE IT",
    ] {
        assert!(after.contains(said), "{said}: {after}");
    }
    let html = ask(&folder, "explain-controls --html", 0).stdout;
    assert!(html.contains("how records are kept") && html.contains("R-5.1"), "{html}");
}
