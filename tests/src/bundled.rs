//! Bundles: what a store has of a run or a unit, checked with nothing of Pogo's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pogo_hal::Origins;
use pogo_record::bundle::{Bundle, Of};
use pogo_record::{
    Body, Device, Judged, Limit, Plan, Reason, RunHeader, StepEnded, StepStarted, Store, Value,
};

use crate::bench::{REAL, SIMULATED, folder};
use crate::{Chance, Ended, Folder, Program, Served, golden, verifier, workspace, writes_as_pogo};

const MEASURES: &str = "psu.set_voltage(3.V);\npsu.on();\n\
                        step(\"rail\", || { measure(\"rail\", dmm.dc_voltage(), within(3.V, 10.mV)); });";

const EXPORT: &str = "export --bundle SN0001 --store store";

/// What `VERIFY.md` says to do first.
const AT_ONCE: &str = "sha256sum --check --strict --quiet SHA256SUMS && sh verify.sh";

/// Tells a shell in the bundle to do something.
fn shell(bundle: &Path, script: &str) -> Ended {
    let mut shell = Command::new("sh");
    let output = shell.args(["-ec", script]).current_dir(bundle).output().unwrap();
    // It repeats what it was given, which may be no text any more.
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    Ended { code: output.status.code().unwrap(), stdout, stderr }
}

/// A bundle of a unit on a log whose key was changed: a run that fails, one that passes and has an
/// attachment, and something between them that is another unit's.
fn bundle() -> (Folder, PathBuf) {
    let folder = Folder::new();
    let log = folder.path("store");
    let header = |serial: &str| RunHeader {
        station: "ST1".into(),
        device: Device { serial: Some(serial.into()), ..Device::default() },
        plan: Plan { id: "thermometer".into(), ..Plan::default() },
        ..RunHeader::default()
    };
    let run = |serial: &str, value: f64, reason: Reason| {
        let store = Store::open(&log).unwrap();
        let run = store.start_run(header(serial)).unwrap();
        run.append(1, &Body::StepStarted(StepStarted { step: 1, ..StepStarted::default() }))
            .unwrap();
        let limit = Limit::within(1.8, 0.1).unwrap();
        let judged =
            Judged::new(Some(1), "Ω \\ \"x\"", Value::from(value), &Origins::none(), limit);
        run.append(2, &Body::Measurement(judged.0)).unwrap();
        if reason == Reason::Passed {
            run.attach(3, None, "noise", "application/octet-stream", &[0, 10, 13, 255]).unwrap();
        }
        run.append(4, &Body::StepEnded(StepEnded::new(1, reason))).unwrap();
        run.end(5, &reason.into()).unwrap();
    };
    run("SN1", 1.9000001, Reason::Limit);
    Store::new_key(&log, "ST1").unwrap();
    run("SN2", 1.8, Reason::Passed);
    run("SN1", 1.9, Reason::Passed);
    let to = folder.path("bundle");
    Bundle::new(&log, Of::Serial("SN1".into())).unwrap().write(&to).unwrap();
    (folder, to)
}

/// Every file of a bundle, below it.
fn files(bundle: &Path) -> Vec<PathBuf> {
    let listed = shell(bundle, "find . -type f | sort").stdout;
    listed.lines().map(PathBuf::from).collect()
}

/// R-H16.
#[test]
fn r_h16_a_bundle_has_open_formats_their_versions_a_specification_and_two_verifiers() {
    let folder = folder(MEASURES);
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "other"]);
    let real = REAL.replace("bench.fixture.toml", "out.toml");
    for _ in 0..2 {
        assert_eq!(Program::run(folder.root(), &real).code, 0);
    }
    drop(served);
    let exported = Program::run(folder.root(), EXPORT);
    assert_eq!((exported.code, &*exported.stderr), (0, ""), "{exported:?}");
    let bundle = folder.path("SN0001.bundle");
    let read = |name: &str| fs::read_to_string(bundle.join(name)).unwrap();
    for entry in read("entries.jsonl").lines() {
        let entry: serde_json::Value = serde_json::from_str(entry).unwrap();
        assert_eq!(entry["schema"], 1, "{entry}");
    }
    let document: serde_json::Value = serde_json::from_str(&read("bundle.json")).unwrap();
    assert_eq!((&document["bundle"], &document["serial"]), (&1.into(), &"SN0001".into()));
    let schema = serde_json::from_str(&read("schema/bundle.schema.json")).unwrap();
    assert!(jsonschema::is_valid(&schema, &document), "{document}");
    assert_eq!(
        read("formats.md"),
        fs::read_to_string(workspace().join("docs/formats.md")).unwrap()
    );
    let first = shell(&bundle, AT_ONCE);
    assert_eq!((first.code, &*first.stderr), (0, ""), "{first:?}");
    assert!(first.stdout.contains("\nHOLDS for whoever trusts the key pogo/"), "{first:?}");
    let key = Program::run(folder.root(), "key show --store store").stdout;
    fs::write(folder.path("kept"), key).unwrap();
    assert_eq!(shell(folder.root(), "sh SN0001.bundle/verify.sh kept").code, 0);
    // The second verifier as it comes with the bundle.
    let python = "python3 verifier/verify.py --key ../kept .";
    let Some(_) = verifier::second(&bundle, &[]) else { return };
    let second = shell(&bundle, python);
    assert_eq!((second.code, &*second.stderr), (0, ""), "{second:?}");
    assert!(second.stdout.contains("\n  verdicts    2 worked out again\n"), "{second:?}");
    assert_eq!(shell(&bundle, AT_ONCE).code, 0, "the second verifier left nothing behind");
    // One run of several is not shown as if it were all there is.
    let line = "export --bundle latest --store store --out latest";
    assert_eq!(Program::run(folder.root(), line).code, 0);
    let second = verifier::second(&folder.path("latest"), &[]).unwrap();
    let said = "  not seen    attempts 1 at script on SN0001 in the mode engineering\n";
    assert!(second.code == 0 && second.stdout.contains(said), "{second:?}");
}

#[test]
fn every_part_of_the_second_verifier_and_every_schema_is_in_a_bundle() {
    let (_folder, bundle) = bundle();
    let below = |folder: &str, ends: &str| -> Vec<String> {
        let entries = fs::read_dir(workspace().join(folder)).into_iter().flatten();
        let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(ends)).collect()
    };
    for (from, to, ends) in
        [("tests/verifier", "verifier", ".py"), ("docs/schema", "schema", ".json")]
    {
        for name in below(from, ends) {
            let ours = fs::read(workspace().join(from).join(&name)).unwrap();
            assert!(fs::read(bundle.join(to).join(&name)).is_ok_and(|it| it == ours), "{name}");
        }
    }
    assert!(below("tests/verifier", ".py").len() > 3);
}

#[test]
fn any_byte_of_a_bundle_that_is_changed_is_found() {
    let (_folder, bundle) = bundle();
    assert_eq!(shell(&bundle, AT_ONCE).code, 0);
    let mut chance = Chance::of_seed(16);
    for file in files(&bundle) {
        let path = bundle.join(&file);
        let bytes = fs::read(&path).unwrap();
        let end = bytes.len() as u64;
        let mut places = vec![0, end - 1];
        places.extend((0..6).map(|_| chance.below(end)));
        // Nothing vouches for this one but its own lines.
        if file.ends_with("SHA256SUMS") {
            places.extend(0..80);
        }
        for at in places {
            let mut changed = bytes.clone();
            changed[at as usize] ^= 1 + chance.below(255) as u8;
            fs::write(&path, changed).unwrap();
            assert_ne!(shell(&bundle, AT_ONCE).code, 0, "byte {at} of {}", file.display());
        }
        fs::write(&path, bytes).unwrap();
    }
    // What `sha256sum` itself does not mind: letters in the other case, and a star.
    let sums = fs::read_to_string(bundle.join("SHA256SUMS")).unwrap();
    for changed in [sums.replacen("  ", " *", 1), sums[..64].to_uppercase() + &sums[64..]] {
        fs::write(bundle.join("SHA256SUMS"), changed).unwrap();
        assert_eq!(shell(&bundle, AT_ONCE).code, 4);
    }
    fs::write(bundle.join("SHA256SUMS"), sums).unwrap();
    fs::write(bundle.join("more"), "").unwrap();
    assert_eq!(shell(&bundle, AT_ONCE).code, 4);
}

/// Writes `SHA256SUMS` anew, as everybody can.
const MEND: &str = "find . -type f ! -path ./SHA256SUMS | sed 's|^\\./||' | LC_ALL=C sort \
                    | xargs sha256sum > ../sums && mv ../sums SHA256SUMS";

#[test]
fn what_was_changed_with_its_hash_in_the_list_is_found_all_the_same() {
    let (_folder, bundle) = bundle();
    let hash = fs::read_dir(bundle.join("attachments")).unwrap().next().unwrap().unwrap();
    let attachment = format!("attachments/{}", hash.file_name().into_string().unwrap());
    let mut chance = Chance::of_seed(17);
    for (file, count, why) in [
        ("entries.jsonl", 8, "an entry is not the one that was hashed"),
        ("proofs.txt", 8, ""),
        ("checkpoint", 8, "the checkpoint was not signed with the key"),
        ("key", 8, "key and key.pem are not the same key"),
        ("key.pem", 6, "key"),
        (&attachment, 2, "the attachment"),
    ] {
        let path = bundle.join(file);
        let bytes = fs::read(&path).unwrap();
        for _ in 0..count {
            let at = chance.below(bytes.len() as u64) as usize;
            let mut changed = bytes.clone();
            changed[at] ^= 1 + chance.below(255) as u8;
            fs::write(&path, changed).unwrap();
            let first = shell(&bundle, &format!("{MEND}; sh verify.sh"));
            assert_eq!(first.code, 4, "byte {at} of {file}: {first:?}");
            assert!(first.stdout.contains(why), "byte {at} of {file}: {first:?}");
            if let Some(second) = verifier::second(&bundle, &[]) {
                assert_eq!(
                    (second.code, &*second.stderr),
                    (4, ""),
                    "byte {at} of {file}: {second:?}"
                );
            }
        }
        fs::write(&path, bytes).unwrap();
        assert_eq!(shell(&bundle, &format!("{MEND}; sh verify.sh")).code, 0);
    }
}

#[test]
fn what_was_taken_out_or_put_in_is_found_or_said() {
    let (_folder, bundle) = bundle();
    let attachments = bundle.join("attachments");
    let whole = |name: &str| fs::read_to_string(bundle.join(name)).unwrap();
    let (entries, proofs) = (whole("entries.jsonl"), whole("proofs.txt"));
    let attachment = fs::read_dir(&attachments).unwrap().next().unwrap().unwrap().path();
    let bytes = fs::read(&attachment).unwrap();
    let both = || {
        let first = shell(&bundle, &format!("{MEND}; sh verify.sh"));
        (first, verifier::second(&bundle, &[]))
    };
    // An attachment that is gone, and one that nobody names.
    fs::remove_file(&attachment).unwrap();
    let (first, second) = both();
    assert_eq!((first.code, second.map_or(4, |it| it.code)), (4, 4), "{first:?}");
    fs::write(&attachment, bytes).unwrap();
    fs::write(attachments.join("0".repeat(64)), "").unwrap();
    let (first, second) = both();
    assert_eq!((first.code, second.map_or(4, |it| it.code)), (4, 4), "{first:?}");
    fs::remove_file(attachments.join("0".repeat(64))).unwrap();
    // An entry and its proof: what is left is as it was signed, and the gap is named.
    let line = entries.lines().position(|it| it.contains("\"type\":\"measurement\"")).unwrap();
    let without = |text: &str| -> String {
        let lines = text.split_inclusive('\n').enumerate().filter(|(at, _)| *at != line);
        lines.map(|(_, it)| it).collect()
    };
    fs::write(bundle.join("entries.jsonl"), without(&entries)).unwrap();
    fs::write(bundle.join("proofs.txt"), without(&proofs)).unwrap();
    let (first, second) = both();
    assert_eq!(first.code, 0, "{first:?}");
    let Some(second) = second else { return };
    assert!(second.stdout.contains("  not seen    1 entries from "), "{second:?}");
    // Two entries that changed places.
    let swapped = |text: &str| {
        let mut lines: Vec<_> = text.split_inclusive('\n').collect();
        lines.swap(line, line + 1);
        lines.concat()
    };
    fs::write(bundle.join("entries.jsonl"), swapped(&entries)).unwrap();
    fs::write(bundle.join("proofs.txt"), swapped(&proofs)).unwrap();
    let second = both().1.unwrap();
    assert!(second.code == 4 && second.stdout.contains("stands behind a later one"), "{second:?}");
}

/// The commands of `VERIFY.md`, as they stand there.
#[test]
fn a_bundle_says_how_it_is_checked_and_that_is_how() {
    let (_folder, bundle) = bundle();
    let text = fs::read_to_string(bundle.join("VERIFY.md")).unwrap();
    assert!(text.starts_with("# Unit SN1, mode engineering\n"), "{text}");
    let commands = |section: &str| -> String {
        let of = text.split("\n## ").find(|it| it.starts_with(section)).unwrap();
        let lines = of.lines().filter_map(|line| line.strip_prefix("    "));
        lines.fold(String::new(), |all, line| all + line + "\n")
    };
    let at_once = shell(&bundle, &commands("Everything at once"));
    assert_eq!(at_once.code, 0, "{at_once:?}");
    let step_by_step = commands("One by one");
    let entries = fs::read_to_string(bundle.join("entries.jsonl")).unwrap();
    for line in 1..=entries.lines().count() {
        let commands = step_by_step.replacen("line=1\n", &format!("line={line}\n"), 1);
        let done = shell(&bundle, &commands);
        assert_eq!(done.code, 0, "{commands}{done:?}");
    }
    let check = |file: &str, from: &str, to: &str| {
        let path = bundle.join(file);
        let before = fs::read_to_string(&path).unwrap();
        assert!(before.contains(from), "{before}");
        fs::write(&path, before.replacen(from, to, 1)).unwrap();
        let code = shell(&bundle, &step_by_step).code;
        fs::write(&path, before).unwrap();
        code
    };
    assert_ne!(check("entries.jsonl", "ST1", "ST2"), 0);
    assert_ne!(check("proofs.txt", "0 ", "1 "), 0);
    assert_ne!(check("checkpoint", "pogo/", "pogo_"), 0);
}

#[test]
fn a_simulated_bundle_says_in_its_first_line_what_it_is_not_for() {
    let folder = folder(MEASURES);
    assert_eq!(Program::run(folder.root(), SIMULATED).code, 0);
    let exported = Program::run(folder.root(), &format!("{EXPORT} --out here"));
    assert_eq!(exported.code, 0, "{exported:?}");
    golden::compare("bundled/simulated.txt", &settled(&exported.stdout));
    let text = fs::read_to_string(folder.path("here/VERIFY.md")).unwrap();
    assert!(text.starts_with("# Unit SN0001, mode simulate: NOT FOR PRODUCTION\n"), "{text}");
    golden::compare("bundled/VERIFY.md", &settled(&text));
    let first = shell(&folder.path("here"), AT_ONCE);
    assert!(first.stdout.contains("simulate: NOT FOR PRODUCTION"), "{first:?}");
}

/// `text` with what names this run and this log replaced.
fn settled(text: &str) -> String {
    let mut settled = String::new();
    for line in text.split_inclusive('\n') {
        let word = |it: &str| match it {
            _ if it.contains("pogo/") => "LOG".to_owned(),
            _ if it.len() == 37 && it.ends_with(':') => "RUN:".to_owned(),
            _ => it.to_owned(),
        };
        settled += &line
            .split(' ')
            .map(|it| word(it.trim_end_matches('\n')))
            .collect::<Vec<_>>()
            .join(" ");
        settled += if line.ends_with('\n') { "\n" } else { "" };
    }
    settled
}

#[test]
fn real_and_simulated_runs_of_a_unit_are_never_in_one_bundle() {
    let folder = folder(MEASURES);
    assert_eq!(Program::run(folder.root(), SIMULATED).code, 0);
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "other"]);
    let real = REAL.replace("bench.fixture.toml", "out.toml");
    assert_eq!(Program::run(folder.root(), &real).code, 0);
    drop(served);
    let of_unit = Program::run(folder.root(), &format!("{EXPORT} --json")).json();
    assert_eq!(of_unit["modes"], serde_json::json!(["engineering"]));
    assert_eq!(of_unit["unseen"][0], "1 simulated run of the unit, which has a log of its own");
    let runs = Program::run(folder.root(), "list --store store --json").json();
    let simulated = runs["runs"][1]["id"].as_str().unwrap().to_owned();
    let line = format!("export --bundle {} --store store --json", &simulated[..24]);
    let of_run = Program::run(folder.root(), &line).json();
    assert_eq!(of_run["modes"], serde_json::json!(["simulate"]));
    assert_eq!(of_run["bundle"], format!("{simulated}.bundle"));
    assert!(folder.path(format!("{simulated}.bundle/VERIFY.md")).is_file());
}

#[test]
fn what_cannot_be_exported_is_refused_with_its_own_exit_code() {
    let folder = folder(MEASURES);
    assert_eq!(Program::run(folder.root(), EXPORT).code, 64, "there is no store");
    assert_eq!(Program::run(folder.root(), SIMULATED).code, 0);
    let export = |line: &str| {
        let ended = Program::run(folder.root(), &format!("export --store store {line}"));
        assert!(!ended.stderr.is_empty() && ended.stdout.is_empty(), "{line}: {ended:?}");
        (ended.code, ended.stderr)
    };
    assert_eq!(export("--bundle SN9").0, 64);
    assert_eq!(export("SN0001").0, 64, "no format");
    fs::create_dir(folder.path("SN0001.bundle")).unwrap();
    let (code, said) = export("--bundle SN0001");
    assert_eq!((code, said.contains("is there already")), (64, true), "{said}");
    let log = writes_as_pogo(&folder.path("store/simulated"));
    let edit = "DROP TRIGGER entry_stays; \
                UPDATE entry SET bytes = CAST(replace(bytes, '\"pass\"', '\"fail\"') AS BLOB) \
                WHERE type = 'measurement'";
    log.execute_batch(edit).unwrap();
    let (code, said) = export("--bundle latest");
    assert_eq!((code, said.contains("are not those that were signed")), (4, true), "{said}");
}
