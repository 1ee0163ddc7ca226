//! What the README shows is what the program prints, and every script that is shipped runs.

use std::fs;

use crate::{Folder, Program, golden, workspace};

const FIRST: &str = "run scripts/thermometer/power.rhai --sim --dut SN0001";

/// The block of `readme` that shows what [`FIRST`] prints: where it begins and ends.
fn shown(readme: &str) -> (usize, usize) {
    let command = readme.find(&format!("-- {FIRST}\n")).expect("README's first command");
    let fence = "```text\n";
    let begin = command + readme[command..].find(fence).expect("its output") + fence.len();
    (begin, begin + readme[begin..].find("```").expect("the end of it"))
}

#[test]
fn the_readme_shows_what_its_first_command_prints() {
    let store = Folder::new();
    let mut command = Program::command(&workspace(), FIRST);
    let ended = crate::Ended::of(command.env("POGO_STORE", store.path("store")));
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ended.stderr, "");
    let path = workspace().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (begin, end) = shown(&readme);
    let (says, prints) = (golden::settled(&readme[begin..end]), golden::settled(&ended.stdout));
    if says != prints && golden::accepts() {
        let new = format!("{}{}{}", &readme[..begin], ended.stdout, &readme[end..]);
        return fs::write(&path, new).unwrap();
    }
    assert!(says == prints, "README says\n{says}\nthe program prints\n{prints}");
}

#[test]
fn every_product_that_is_shipped_runs_and_passes_simulated() {
    let mut products = 0;
    for entry in fs::read_dir(workspace().join("scripts")).unwrap() {
        let product = entry.unwrap().path();
        let store = Folder::new();
        let mut command = Program::command(&product, "run . --sim --dut SN0001");
        let ended = crate::Ended::of(command.arg("--store").arg(store.path("store")));
        assert_eq!(ended.code, 0, "{}: {ended:?}", product.display());
        products += 1;
    }
    assert!(products > 0);
}

#[test]
fn every_script_that_is_shipped_is_part_of_a_product() {
    for entry in fs::read_dir(workspace().join("scripts")).unwrap() {
        let folder = entry.unwrap().path();
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<_> = files.collect();
        let texts: Vec<_> = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        for (index, file) in files.iter().enumerate() {
            let (name, stem) = (file.file_name().unwrap(), file.file_stem().unwrap());
            let [name, stem] = [name, stem].map(|it| it.to_str().unwrap());
            let said = [format!("\"{name}\""), format!("import \"{stem}\"")];
            let others = texts.iter().enumerate().filter(|(other, _)| *other != index);
            let named = others.clone().any(|(_, text)| said.iter().any(|it| text.contains(it)));
            // What `pogo test` finds by its ending is named by nobody.
            let found = name == "product.toml" || name.ends_with(".scenarios.toml");
            // A model's file is named without its ending.
            let model = format!("model   = \"{stem}\"");
            let named = named || others.clone().any(|(_, text)| text.contains(&model));
            assert!(named || found, "nothing names {}", file.display());
        }
    }
}
