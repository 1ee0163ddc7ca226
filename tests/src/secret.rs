//! What is sent to a device stands nowhere else: not on a terminal, not in the record, not in what
//! is exported from it. Canaries are let out through every channel and looked for everywhere.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use pogo_hal::{Secret, Secrets};

use crate::bench::{Ear, REAL, SIMULATED, folder};
use crate::{Ended, Folder, Program, golden};

/// With quotes and a blank, so that it has another look in every encoding.
const CANARY: &str = "Tr0ub4dor & \"3\"";
const OTHER: &str = "canary-of-another-kind";

const FILE: &str = "key = 'Tr0ub4dor & \"3\"'\nother = \"canary-of-another-kind\"\n";

const WITH: &str = " --secrets secrets.toml";
const VERIFY: &str = "verify --store store --rejudge --secrets secrets.toml";

/// A folder with `script` and the file of secrets.
fn secret(script: &str) -> Folder {
    let folder = folder(script).with("secrets.toml", FILE);
    private(&folder, "secrets.toml");
    folder
}

fn private(folder: &Folder, name: &str) {
    fs::set_permissions(folder.path(name), fs::Permissions::from_mode(0o600)).unwrap();
}

fn secrets() -> Secrets {
    let secret = |name, content: &str| Secret::new(name, content.as_bytes().to_vec()).unwrap();
    Secrets::new(vec![secret("key", CANARY), secret("other", OTHER)]).unwrap()
}

/// Every file below `folder` with what is in it.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => all.extend(files(&path)),
            path => all.push((path.display().to_string(), fs::read(&path).unwrap())),
        }
    }
    all
}

/// Neither said nor kept, in no encoding.
fn is_kept(folder: &Folder, ended: &Ended) {
    let secrets = secrets();
    for (what, said) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
        let found = secrets.find(said.as_bytes());
        assert!(found.is_none(), "{found:?} on {what}: {ended:?}");
    }
    for (name, bytes) in files(&folder.path("store")) {
        let found = secrets.find(&bytes);
        assert!(found.is_none(), "{found:?} in {name}: {ended:?}");
    }
}

/// `pogo verify` says so too, and nothing that is read or exported from the record holds one.
fn stays_kept(folder: &Folder) {
    let line = "export --bundle latest --out out.bundle --store store";
    let exported = Program::run(folder.root(), line);
    assert_eq!(exported.code, 0, "{exported:?}");
    let verified = Program::run(folder.root(), &format!("{VERIFY} --also out.bundle"));
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(verified.stdout.contains("\n  looked for  key, other\n"), "{verified:?}");
    for (name, bytes) in files(&folder.path("out.bundle")) {
        assert!(secrets().find(&bytes).is_none(), "{name}");
    }
    for line in ["show latest --store store", "show latest --store store --json"] {
        let shown = Program::run(folder.root(), line);
        assert!(secrets().find(shown.stdout.as_bytes()).is_none(), "{shown:?}");
    }
}

/// Runs `script` with the secrets on the simulated bench and compares what is printed.
fn ends(name: &str, script: &str, code: i32) -> Folder {
    let folder = secret(script);
    let line = format!("{SIMULATED}{WITH}");
    let ended = Program::run(folder.root(), &line);
    assert_eq!(ended.code, code, "{ended:?}");
    golden::compare(&format!("secret/{name}.txt"), &golden::transcript(&line, &ended));
    is_kept(&folder, &ended);
    stays_kept(&folder);
    folder
}

/// as far as there are instruments for it.
#[test]
fn a_run_that_keeps_its_secret_passes_and_verifies() {
    let script = "let all = #{ keys: [secret(\"key\"), secret(\"other\")] };\n\
        fn pass_on(keys) { keys[0] }\n\
        step(\"rail\", || { let key = pass_on(all.keys); print(all);\n\
            psu.set_voltage(3.V); psu.on(); measure(\"rail\", dmm.dc_voltage(), within(3.V, 10.mV)); });";
    ends("kept", script, 0);
}

///
#[test]
fn a_script_that_prints_or_measures_a_secret_ends_at_its_line() {
    ends("printed", "step(\"keys\", || {\n    let key = secret(\"key\");\n    print(key);\n});", 3);
    ends("measured", "let key = secret(\"key\");\nmeasure(\"key\", key, 1..=2);", 3);
    ends(
        "told",
        "let key = secret(\"key\");\ntry { note(`the key is ${key}`); } catch {}\nnote(\"on\");",
        3,
    );
    ends("thrown", "fn f(it) {\n    throw it;\n}\nf(secret(\"key\"));", 3);
}

/// Whatever a script does with a text that it should never have had: here a person gives it away.
#[test]
fn a_canary_that_got_into_a_script_leaves_it_through_no_channel() {
    for (channel, script) in [
        ("print", "print(IT)"),
        ("debug", "debug(IT)"),
        (
            "print in hex",
            "let b = IT.to_blob(); let s = \"\"; for i in 0..b.len() { s += b[i].to_hex() } print(s)",
        ),
        ("print in capitals", "print(IT.to_upper())"),
        ("a note", "note(IT)"),
        ("a list", "note([1, #{ a: IT }])"),
        ("a value", "record(\"a\", IT)"),
        ("a check", "check(\"a\", IT, IT)"),
        ("a name", "record(IT, 1)"),
        ("a measurement's name", "measure(IT, 1, 1..=2)"),
        ("a step's name", "step(IT, || print(\"in it\"))"),
        ("an error", "throw IT"),
        ("an error that says where", "throw #{ why: [IT] }"),
        ("an error of the language", "psu.set_voltage([IT][0])"),
        ("an index", "#{ a: 1 }[IT]"),
        ("a verb's argument", "dmm.set_nplc(IT, 1)"),
        ("an import", "import IT as it;"),
        ("a question", "confirm(IT)"),
        ("an option", "choose(\"Which?\", [\"a\", IT])"),
        ("an image", "confirm(\"Seen?\", #{ image: IT })"),
        ("a pattern", "check(\"a\", \"b\", matches(IT))"),
        ("a choice", "check(\"a\", \"b\", one_of([IT, \"b\"]))"),
        ("firmware", "device.firmware(\"app\", IT)"),
        ("a component", "device.component(\"sensor\", #{ serial: IT })"),
        ("an uncaught error in a clean-up", "cleanup(|| throw IT)"),
        ("a bench error that was caught", "try { dmm.set_range(IT, 1.V) } catch (e) { print(e) }"),
        ("nothing", "IT"),
    ] {
        let script = format!("let said = ask(\"Key?\");\n{}", script.replace("IT", "said"));
        let answers = format!("\"Key?\" = '{CANARY}'\n\"Seen?\" = true\n\"Which?\" = \"a\"\n");
        for json in ["", " --json"] {
            let folder = secret(&script).with("answers.toml", &answers);
            let line = format!("{SIMULATED}{WITH} --answers answers.toml{json}");
            let ended = Program::run(folder.root(), &line);
            assert_eq!(ended.code, 3, "{channel}: {ended:?}");
            is_kept(&folder, &ended);
            let what = "an entry `prompt` would have held the secret `key`";
            if json.is_empty() {
                stays_kept(&folder);
                assert!(ended.stderr.contains(what), "{channel}: {ended:?}");
            } else {
                let reason = &ended.json()["summary"]["reason"];
                assert_eq!(reason, "secret-given-away", "{channel}: {ended:?}");
                assert!(ended.stdout.contains(what), "{channel}: {ended:?}");
            }
        }
    }
}

#[test]
fn what_a_run_says_of_a_canary_that_somebody_typed() {
    let script = "let said = ask(\"Key?\");\nprint(said);\nmeasure(\"one\", 1, 1..=2);";
    let folder = secret(script).with("answers.toml", &format!("\"Key?\" = \"{OTHER}\""));
    let line = format!("{SIMULATED}{WITH} --answers answers.toml");
    let ended = Program::run(folder.root(), &line);
    golden::compare("secret/typed.txt", &golden::transcript(&line, &ended));
    is_kept(&folder, &ended);
    stays_kept(&folder);
    let show = "show latest --store store";
    let shown = Program::run(folder.root(), show).stdout;
    assert!(shown.contains("asked: Key? → [secret other] (answers file)"), "{shown}");
    assert!(shown.contains("an entry `note` would have held the secret `other`"), "{shown}");
}

#[test]
fn a_canary_on_the_command_line_is_not_in_the_record() {
    for option in ["--operator", "--lot", "--work-order"] {
        let folder = secret("measure(\"one\", 1, 1..=2);");
        let line = format!("{SIMULATED}{WITH} {option} {OTHER}");
        let ended = Program::run(folder.root(), &line);
        assert_eq!(ended.code, 3, "{option}: {ended:?}");
        assert!(
            ended.stderr.contains("an entry `run.started` would have held the secret `other`"),
            "{ended:?}"
        );
        is_kept(&folder, &ended);
        stays_kept(&folder);
    }
}

/// An instrument that says `identity` when it is asked, and repeats whatever else it hears. What it
/// heard is kept.
fn parrot(identity: String) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (port, heard) =
        (listener.local_addr().unwrap().port(), Arc::<Mutex<Vec<String>>>::default());
    let hears = heard.clone();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (identity, hears) = (identity.clone(), hears.clone());
            thread::spawn(move || {
                let mut answers = client.try_clone().unwrap();
                for line in BufReader::new(client).lines().map_while(Result::ok) {
                    hears.lock().unwrap().push(line.clone());
                    let answer = match line.as_str() {
                        "*IDN?" => identity.clone(),
                        "SYST:ERR?" => "+0,\"No error\"".into(),
                        "*OPC?" => "1".into(),
                        asks if asks.contains('?') => format!("{CANARY} {asks}"),
                        _ => continue,
                    };
                    let _ = answers.write_all(format!("{answer}\n").as_bytes());
                }
            });
        }
    });
    (port, heard)
}

/// The fixture with the meter alone, at `port`.
fn with_meter_at(port: u16, folder: Folder) -> Folder {
    let fixture = format!(
        "[fixture]\nid = \"FX-T\"\n[instruments.dmm]\nmodel = \"keysight-34461a\"\n\
         address = \"TCPIP::127.0.0.1::{port}::SOCKET\"\n"
    );
    folder.with("bench.fixture.toml", &fixture)
}

#[test]
fn an_instrument_that_answers_with_a_canary_puts_it_nowhere() {
    let (port, _) = parrot(format!("Keysight Technologies,34461A,{OTHER},1.0"));
    let script = "step(\"read\", || { measure(\"rail\", dmm.dc_voltage(), 1.V..=2.V) });";
    let folder = with_meter_at(port, secret(script));
    let ended = Program::run(folder.root(), &format!("{REAL}{WITH}"));
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.stderr.contains("`[secret key] "), "{ended:?}");
    let kept = files(&folder.path("store/attachments"));
    let wire = String::from_utf8(kept[0].1.clone()).unwrap();
    assert!(wire.contains("< [secret key] "), "{wire}");
    assert!(wire.contains("34461A,[secret other],1.0"), "{wire}");
    is_kept(&folder, &ended);
    stays_kept(&folder);
}

#[test]
fn a_message_of_a_person_can_carry_a_secret_that_is_shown_nowhere() {
    let (port, heard) = parrot("ACME,1,2,3".into());
    let folder = secret("1");
    let query = |message: &str| {
        let line = format!("query TCPIP::127.0.0.1::{port}::SOCKET");
        let mut command = Program::command(folder.root(), &line);
        command.args([message, "--secrets", "secrets.toml", "--timeout", "20 s"]);
        Ended::of(&mut command)
    };
    let ended = query("CAL:SEC:STAT? OFF,[secret key]");
    assert_eq!((ended.code, &*ended.stderr), (0, ""), "{ended:?}");
    assert_eq!(ended.stdout, "[secret key] CAL:SEC:STAT? OFF,[secret key]\n");
    assert_eq!(*heard.lock().unwrap(), [format!("CAL:SEC:STAT? OFF,{CANARY}")]);
    let ended = query("CAL:SEC:STAT? OFF,[secret kay]");
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stderr.contains("there is no secret `kay`"), "{ended:?}");
    assert!(ended.stderr.contains("did you mean `key`?"), "{ended:?}");
    assert_eq!(heard.lock().unwrap().len(), 1, "nothing was sent");
}

/// Refused before anything is opened, and `pogo check` says the same.
fn is_refused(name: &str, folder: Folder, with: &str) {
    let ear = Ear::new();
    let folder = ear.instead_of_all_in(folder);
    let line = format!("{REAL}{with}");
    let ended = Program::run(folder.root(), &line);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(!folder.path("store").exists() && !ear.heard_somebody());
    assert!(secrets().find(format!("{ended:?}").as_bytes()).is_none(), "{ended:?}");
    golden::compare(&format!("secret/{name}.txt"), &golden::transcript(&line, &ended));
    let check = format!("check script.rhai --fixture bench.fixture.toml{with}");
    let checked = Program::run(folder.root(), &check);
    assert_eq!((checked.code, &checked.stderr), (2, &ended.stderr));
    let json = Program::run(folder.root(), &format!("{check} --json"));
    assert!(secrets().find(json.stdout.as_bytes()).is_none(), "{json:?}");
}

#[test]
fn a_secret_that_nobody_gave_is_refused_with_the_one_that_was_meant() {
    is_refused("misspelt", secret("let key = secret(\"kee\");"), WITH);
    is_refused("nobody_gave", secret("let key = secret(\"key\");"), "");
}

#[test]
fn a_secret_that_stands_in_the_script_is_refused_and_not_shown() {
    let script = format!("let key = \"{}\";\nlet it = {OTHER}", CANARY.escape_default());
    is_refused("in_the_script", secret(&script), WITH);
}

#[test]
fn a_file_of_secrets_that_others_can_read_or_that_makes_no_sense_is_refused() {
    let folder = secret("1").with("secrets.toml", FILE);
    fs::set_permissions(folder.path("secrets.toml"), fs::Permissions::from_mode(0o644)).unwrap();
    is_refused("open_file", folder, WITH);
    let folder =
        secret("1").with("secrets.toml", &format!("{FILE}wifi_key = {{ fil = '{CANARY}!' }}\n"));
    private(&folder, "secrets.toml");
    is_refused("no_such_key", folder, WITH);
    let folder = secret("1").with("secrets.toml", &format!("key = {CANARY}\n"));
    private(&folder, "secrets.toml");
    is_refused("no_toml", folder, WITH);
}

#[test]
fn a_canary_that_is_in_a_record_or_an_export_is_found_and_not_shown() {
    let folder =
        secret(&format!("note(\"{}\"); measure(\"one\", 1, 1..=2);", CANARY.escape_default()));
    let recorded = Program::run(folder.root(), SIMULATED);
    assert_eq!(recorded.code, 0, "nobody knew that it was one: {recorded:?}");
    let verified = Program::run(folder.root(), VERIFY);
    assert_eq!(verified.code, 4, "{verified:?}");
    assert!(
        verified.stdout.contains("the secret `key` in JSON stands in this `note` of"),
        "{verified:?}"
    );
    assert!(
        verified.stdout.contains(" in JSON stands in `store/simulated/record.db"),
        "{verified:?}"
    );
    assert!(verified.stdout.contains("\nDOES NOT HOLD  "), "{verified:?}");
    assert!(secrets().find(format!("{verified:?}").as_bytes()).is_none());
    let json = Program::run(folder.root(), &format!("{VERIFY} --json")).json();
    assert_eq!(json["holds"], false);
    assert_eq!(json["secrets"]["findings"][0]["about"], "secret");
    assert!(json["secrets"]["findings"][0]["seq"].is_u64(), "{json:#}");
    assert_eq!(json["logs"][0]["findings"].as_array().unwrap().len(), 0);

    let line = "export --bundle latest --out out.bundle --store store";
    assert_eq!(Program::run(folder.root(), line).code, 0);
    let verified = Program::run(folder.root(), &format!("{VERIFY} --also out.bundle"));
    assert!(verified.stdout.contains("stands in `out.bundle/"), "{verified:?}");

    let clean = secret("measure(\"one\", 1, 1..=2);")
        .with("out/page.html", "<b>Tr0ub4dor &amp; &quot;3&quot;</b>");
    assert_eq!(Program::run(clean.root(), SIMULATED).code, 0);
    assert_eq!(Program::run(clean.root(), VERIFY).code, 0);
    let verified = Program::run(clean.root(), &format!("{VERIFY} --also out"));
    assert_eq!(verified.code, 4, "{verified:?}");
    let line = "\n  wrong       the secret `key` in HTML stands in `out/page.html` at byte 3\n";
    assert!(verified.stdout.contains(line), "{verified:?}");
    assert_eq!(Program::run(clean.root(), &format!("{VERIFY} --also none")).code, 64);
}

#[test]
fn without_a_file_the_environment_says_which_secrets_are_looked_for() {
    let folder = secret("measure(\"one\", 1, 1..=2);");
    assert_eq!(Program::run(folder.root(), SIMULATED).code, 0);
    let verify = |variable: Option<&str>| {
        let mut command = Program::command(folder.root(), "verify --store store --secrets");
        variable.into_iter().for_each(|it| _ = command.env("POGO_SECRETS", it));
        Ended::of(&mut command)
    };
    let nobody = verify(None);
    assert_eq!(nobody.code, 64, "{nobody:?}");
    assert!(nobody.stderr.contains("nobody says which secrets are looked for"), "{nobody:?}");
    assert_eq!(verify(Some("none.toml")).code, 2);
    assert_eq!(verify(Some("secrets.toml")).code, 0);
}
