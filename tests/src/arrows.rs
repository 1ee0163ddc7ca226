//! Which crate may name which: the table of ARCHITECTURE.md against what cargo builds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use cargo_metadata::MetadataCommand;

use crate::workspace;

/// A row of the table: the folder, the crate in it, and the crates that it may name.
struct Row {
    folder: String,
    name: String,
    may_name: BTreeSet<String>,
}

/// The rows that have a crate, in the order of the table.
fn table() -> Vec<Row> {
    let text = fs::read_to_string(workspace().join("ARCHITECTURE.md")).unwrap();
    let mut rows: Vec<Row> = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [folder, name, _, may_name] = cells[..] else { panic!("four cells: {line}") };
        if name == "–" {
            continue;
        }
        let may_name = match may_name {
            "nothing of ours" => BTreeSet::new(),
            "all of the above" => rows.iter().map(|row| row.name.clone()).collect(),
            names => names.split(", ").map(|name| format!("pogo-{name}")).collect(),
        };
        let plain = |cell: &str| cell.trim_matches('`').to_owned();
        rows.push(Row { folder: plain(folder), name: plain(name), may_name });
    }
    rows
}

/// What each crate of the workspace depends on, in any way: its folder, and the names.
fn built() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let metadata = MetadataCommand::new()
        .manifest_path(workspace().join("Cargo.toml"))
        .no_deps()
        .exec()
        .unwrap();
    let packages = metadata.workspace_packages().into_iter().map(|package| {
        let folder = package.manifest_path.parent().unwrap();
        let folder = folder.strip_prefix(&metadata.workspace_root).unwrap();
        let names = package.dependencies.iter().map(|it| it.name.clone()).collect();
        (package.name.to_string(), (folder.to_string(), names))
    });
    packages.collect()
}

#[test]
fn a_crate_names_only_the_crates_that_the_table_allows() {
    let built = built();
    for row in table() {
        let (folder, names) = &built[&row.name];
        assert_eq!(*folder, row.folder, "where {} stands", row.name);
        for ours in names.iter().filter(|name| built.contains_key(*name)) {
            // A crate's own unit tests may name it with another feature.
            let allowed = row.may_name.contains(ours) || *ours == row.name;
            assert!(allowed, "{} may not name {ours}", row.name);
        }
    }
}

#[test]
fn the_table_knows_every_crate_of_the_workspace() {
    let known: BTreeSet<String> = table().into_iter().map(|row| row.name).collect();
    let built: BTreeSet<String> = built().into_keys().collect();
    assert_eq!(known, built);
}

#[test]
fn the_interpreter_is_named_by_the_sandbox_alone() {
    for (name, (_, dependencies)) in built() {
        assert_eq!(dependencies.contains("rhai"), name == "pogo-sandbox", "{name}");
    }
}
