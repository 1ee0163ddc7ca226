//! `pogo lsp`, driven by an editor over stdin and stdout.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::editor::uri;
use crate::{Editor, Folder, bench, workspace};

/// A copy of the thermometer, and its editor.
fn thermometer() -> (Folder, Editor) {
    let folder = Folder::copy(&workspace().join("scripts/thermometer"));
    let editor = Editor::start(folder.root(), "");
    (folder, editor)
}

/// An open script of the thermometer that holds `text`; the place of `¦` in it, which is taken out.
fn opened(text: &str) -> (Folder, Editor, PathBuf, (u32, u32)) {
    let (folder, mut editor) = thermometer();
    let path = folder.path("power.rhai");
    let before = &text[..text.find('¦').unwrap()];
    let line = u32::try_from(before.matches('\n').count()).unwrap();
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let character = u32::try_from(before[start..].encode_utf16().count()).unwrap();
    editor.open(&path, &text.replacen('¦', "", 1));
    (folder, editor, path, (line, character))
}

fn completed(text: &str) -> Vec<String> {
    let (_folder, mut editor, path, at) = opened(text);
    editor.completed(&path, at)
}

fn hovered(text: &str) -> String {
    let (_folder, mut editor, path, at) = opened(text);
    let hover = editor.at("hover", &path, at);
    hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

/// The message of each finding with its line and columns, from 0.
fn said(all: &[Value]) -> Vec<String> {
    let each = |it: &Value| {
        let (start, end) = (&it["range"]["start"], &it["range"]["end"]);
        format!(
            "{}:{}-{} {} {} {}",
            start["line"],
            start["character"],
            end["character"],
            it["code"],
            it["severity"],
            it["message"]
        )
    };
    all.iter().map(each).collect()
}

#[test]
fn a_supply_is_completed_with_its_verbs_and_what_they_take() {
    let (_folder, mut editor, path, at) = opened("step(\"rail\", || {\n    psu.¦\n});\n");
    let items = editor.at("completion", &path, at);
    let items = items.as_array().unwrap();
    let labels: Vec<_> = items.iter().map(|it| it["label"].as_str().unwrap()).collect();
    assert!(labels.contains(&"set_voltage") && !labels.contains(&"dc_voltage"), "{labels:?}");
    let verb = items.iter().find(|it| it["label"] == "set_voltage").unwrap();
    assert_eq!(verb["detail"], "set_voltage(level)");
    let about = verb["documentation"]["value"].as_str().unwrap();
    assert!(
        about.contains("a voltage (V, ") && about.contains("psu.set_voltage(level)"),
        "{about}"
    );
}

#[test]
fn a_number_is_completed_with_units_and_those_that_fit_come_first() {
    assert_eq!(completed("psu.set_current_limit(5.¦")[0], "A");
    assert_eq!(completed("psu.set_voltage(2.5.¦);")[0], "V");
    let units = completed("let x = 5.¦");
    assert!(["V", "mA", "s", "degC", "percent"].iter().all(|it| units.contains(&(*it).into())));
}

#[test]
fn names_of_measurements_come_from_the_limits_file_and_not_from_its_saved_state() {
    let (folder, mut editor, path, at) = opened("measure(\"¦\", 1.V);");
    let saved = ["output_at_20_degc", "output_at_40_degc", "probe_gain"];
    assert_eq!(editor.completed(&path, at)[..3], saved);
    let limits = folder.path("limits.toml");
    let text = std::fs::read_to_string(&limits).unwrap();
    editor.open(&limits, &text.replace("probe_gain", "gain_of_probe"));
    assert!(editor.completed(&path, at).contains(&"gain_of_probe".to_owned()));
}

#[test]
fn words_roles_modules_and_own_functions_are_completed_where_a_name_begins() {
    let all = completed("import \"supply\" as supply;\nfn own(a) { a }\n¦");
    for name in ["step", "measure", "at_least", "within", "psu", "out", "device", "supply", "own"] {
        assert!(all.contains(&name.to_owned()), "{name}: {all:?}");
    }
    assert_eq!(completed("import \"supply\" as supply;\nsupply::¦"), ["battery"]);
    assert_eq!(completed("ask(\"name?\", #{ ¦"), ["within", "image"]);
    assert!(completed("dmm.set_nplc(\"¦\", 10);").contains(&"dc_voltage".to_owned()));
    assert!(completed("// psu.¦").is_empty());
    assert!(completed("print(\"psu.¦\");").is_empty());
}

#[test]
fn an_edit_that_makes_a_mistake_shows_it_with_code_range_and_hint_and_undoing_it_clears_it() {
    let (folder, mut editor) = thermometer();
    let path = folder.path("power.rhai");
    let text = std::fs::read_to_string(&path).unwrap();
    editor.open(&path, &text);
    assert_eq!(said(&editor.diagnostics(&path)), Vec::<String>::new());
    let line = text.lines().position(|it| it.contains("dmm.dc_voltage()")).unwrap();
    let column = text.lines().nth(line).unwrap().find("dc_voltage").unwrap();
    let (line, column) = (u32::try_from(line).unwrap(), u32::try_from(column).unwrap());
    editor.edit(&path, (line, column + 9), (line, column + 10), "");
    let found = said(&editor.diagnostics(&path));
    let expected = format!("{line}:{column}-{} \"P0104\" 1 ", column + 9);
    assert!(found.len() == 1 && found[0].starts_with(&expected), "{expected} {found:?}");
    assert!(found[0].contains("hint: did you mean `dc_voltage`?"), "{found:?}");
    editor.edit(&path, (line, column + 9), (line, column + 9), "e");
    assert_eq!(said(&editor.diagnostics(&path)), Vec::<String>::new());
}

#[test]
fn a_module_that_is_open_counts_as_it_is_open_for_the_scripts_that_import_it() {
    let (folder, mut editor) = thermometer();
    let (script, module) = (folder.path("power.rhai"), folder.path("supply.rhai"));
    editor.open(&script, &std::fs::read_to_string(&script).unwrap());
    assert!(editor.diagnostics(&script).is_empty());
    let text = std::fs::read_to_string(&module).unwrap();
    editor.open(&module, &text.replace("fn battery", "fn accumulator"));
    let found = said(&editor.diagnostics(&script));
    assert!(found.iter().any(|it| it.contains("no function `supply::battery`")), "{found:?}");
    editor.tell("textDocument/didClose", &json!({ "textDocument": { "uri": uri(&module) } }));
    assert_eq!(said(&editor.diagnostics(&script)), Vec::<String>::new());
}

#[test]
fn tables_that_are_being_written_are_checked_too() {
    let (folder, mut editor) = thermometer();
    for (file, from, to, complaint) in [
        ("limits.toml", "high = 1.005", "hihg = 1.005", "hihg"),
        ("bench.fixture.toml", "model   = \"keysight-34461a\"", "modle = 1", "modle"),
        ("product.toml", "serial ", "seriall ", "seriall"),
    ] {
        let path = folder.path(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}");
        editor.open(&path, &text.replacen(from, to, 1));
        let found = said(&editor.diagnostics(&path));
        assert!(found.len() == 1 && found[0].contains(complaint), "{file}: {found:?}");
        editor.tell("textDocument/didClose", &json!({ "textDocument": { "uri": uri(&path) } }));
        assert!(editor.diagnostics(&path).is_empty(), "{file}");
    }
}

#[test]
fn a_script_of_no_product_is_held_against_the_fixture_that_is_given() {
    let folder = bench::folder("");
    let path = folder.path("script.rhai");
    let text = "//! A script.\n\nother.dc_voltage();\nother.dc_voltag();\n";
    let mut without = Editor::start(folder.root(), "");
    without.open(&path, text);
    let found = said(&without.diagnostics(&path));
    assert!(found.len() == 1 && found[0].contains("no fixture is named"), "{found:?}");
    let mut told = Editor::start(folder.root(), "--fixture bench.fixture.toml");
    told.open(&path, text);
    let found = said(&told.diagnostics(&path));
    assert!(found.iter().any(|it| it.contains("has no verb `dc_voltag`")), "{found:?}");
    assert!(!found.iter().any(|it| it.contains("no fixture")), "{found:?}");
    let mut asked = Editor::silent(folder.root(), "");
    let options = json!({ "fixture": folder.path("bench.fixture.toml") });
    asked.ask("initialize", &json!({ "capabilities": {}, "initializationOptions": options }));
    asked.open(&path, text);
    assert_eq!(said(&asked.diagnostics(&path)), found);
}

#[test]
fn a_script_that_is_wrong_everywhere_shows_the_first_mistakes_and_that_there_are_more() {
    let (folder, mut editor) = thermometer();
    let path = folder.path("power.rhai");
    editor.open(&path, &format!("//! Wrong.\n\n{}", "psu.onn();\n".repeat(2_000)));
    let found = said(&editor.diagnostics(&path));
    assert_eq!(found.len(), 501);
    assert!(found[500].contains("more is wrong in this file"), "{}", found[500]);
}

#[test]
fn what_the_simulated_unit_is_made_of_is_no_script_of_the_product() {
    let (folder, mut editor) = thermometer();
    let path = folder.path("thermometer.dut.rhai");
    let text = std::fs::read_to_string(&path).unwrap();
    // The one that the fixture names, whatever it is called, and one that none names yet.
    let renamed = folder.path("unit.rhai");
    std::fs::write(&renamed, &text).unwrap();
    let fixture = folder.path("bench.fixture.toml");
    let named = std::fs::read_to_string(&fixture).unwrap();
    std::fs::write(&fixture, named.replace("thermometer.dut.rhai", "unit.rhai")).unwrap();
    for path in [&renamed, &path] {
        editor.open(path, &text);
        assert_eq!(said(&editor.diagnostics(path)), Vec::<String>::new());
    }
}

#[test]
fn a_name_is_explained_where_the_mouse_is() {
    let verb = hovered("psu.set_vol¦tage(3.V);");
    for part in ["psu.set_voltage(level)", "a voltage (V, ", "error `out-of-range`", "```rhai"] {
        assert!(verb.contains(part), "{part}: {verb}");
    }
    assert!(hovered("mea¦sure(\"x\", 1.V);").contains("measure(name, value"));
    let limit = hovered("measure(\"probe¦_gain\", 1.0);");
    assert!(limit.contains("0.995 .. 1.005") && limit.contains("limits.toml:"), "{limit}");
    assert!(limit.contains("TH-100 specification, revision C"), "{limit}");
    let function = hovered("import \"supply\" as supply;\nsupply::bat¦tery(psu, 1.V, 1.A);");
    assert!(function.contains("supply::battery(source, level, limit)"), "{function}");
    assert!(function.contains("Puts `level` on the battery terminals"), "{function}");
    let role = hovered("ps¦u.on();");
    assert!(role.contains("power supply") && role.contains("3.6 V"), "{role}");
    assert_eq!(hovered("let a = 5.m¦V;"), "a voltage in mV");
    assert_eq!(hovered("no¦thing"), "");
}

#[test]
fn registers_are_completed_explained_and_found_by_name() {
    let folder = Folder::copy(&workspace().join("scripts/transmitter"));
    let mut editor = Editor::start(folder.root(), "");
    let path = folder.path("line.rhai");
    let text = "chamber.s;\nchamber.get(\"t\");\nchamber.set(\"t\", 1);\nchamber.temperature;\n";
    editor.open(&path, text);
    let properties = editor.completed(&path, (0, 9));
    for name in ["get", "set", "temperature", "setpoint", "door_open"] {
        assert!(properties.contains(&name.to_owned()), "{name}: {properties:?}");
    }
    let read = ["serial", "temperature", "setpoint", "run", "door_open"];
    assert_eq!(editor.completed(&path, (1, 14)), read);
    assert_eq!(editor.completed(&path, (2, 14)), ["setpoint", "run"], "those that can be written");
    let hover = editor.at("hover", &path, (3, 12));
    let said = hover["contents"]["value"].as_str().unwrap();
    assert!(said.starts_with("`temperature` is input register 0, a temperature in °C"), "{said}");
    let found = editor.at("definition", &path, (3, 12));
    assert_eq!(found["uri"], uri(&folder.path("tc-40.toml")), "{found}");
}

#[test]
fn the_argument_that_is_being_written_is_marked() {
    for (text, label, active) in [
        ("measure(\"a\", ¦", "measure(name, value", 1),
        ("psu.set_voltage(¦)", "set_voltage(level)", 0),
        (
            "import \"supply\" as supply;\nsupply::battery(psu, 3.V, ¦",
            "battery(source, level, limit)",
            2,
        ),
        ("fn f(a, b) {}\nf(g(1, 2), ¦", "f(a, b)", 1),
    ] {
        let (_folder, mut editor, path, at) = opened(text);
        let help = editor.at("signatureHelp", &path, at);
        let written = help["signatures"][0]["label"].as_str().unwrap();
        assert!(written.starts_with(label), "{text}: {help}");
        assert_eq!(help["activeParameter"], active, "{text}: {help}");
    }
}

#[test]
fn names_lead_to_where_they_are_given() {
    for (text, file, line) in [
        ("fn own(a) { a }\n\now¦n(1);", "power.rhai", "fn own"),
        (
            "import \"supply\" as supply;\nsupply::bat¦tery(psu, 1.V, 1.A);",
            "supply.rhai",
            "fn battery",
        ),
        ("import \"sup¦ply\" as supply;", "supply.rhai", "//! What"),
        ("measure(\"probe¦_gain\", 1.0);", "limits.toml", "[measurements.probe_gain]"),
        ("d¦mm.dc_voltage();", "bench.fixture.toml", "[instruments.dmm]"),
    ] {
        let (folder, mut editor, path, at) = opened(text);
        let found = editor.at("definition", &path, at);
        assert_eq!(found["uri"], uri(&folder.path(file)), "{text}: {found}");
        let written = match file {
            "power.rhai" => text.replacen('¦', "", 1),
            _ => std::fs::read_to_string(folder.path(file)).unwrap(),
        };
        let at = usize::try_from(found["range"]["start"]["line"].as_u64().unwrap()).unwrap();
        let there = written.lines().nth(at).unwrap();
        assert!(there.starts_with(line), "{text}: {there}");
    }
}

#[test]
fn edits_that_come_fast_are_checked_together() {
    let (folder, mut editor) = thermometer();
    let path = folder.path("power.rhai");
    editor.open(&path, &std::fs::read_to_string(&path).unwrap());
    assert!(editor.diagnostics(&path).is_empty());
    // Sent in one go, as what an editor writes while the server is busy.
    let change = |version: i32| {
        let zero = json!({ "line": 0, "character": 0 });
        let body = json!({
            "jsonrpc": "2.0", "method": "textDocument/didChange", "params": {
                "textDocument": { "uri": uri(&path), "version": version },
                "contentChanges": [{ "range": { "start": zero, "end": zero }, "text": "// x\n" }],
            },
        });
        let body = body.to_string();
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    };
    const EDITS: i32 = 200;
    let all: String = (100..100 + EDITS).map(change).collect();
    editor.send_raw(all.as_bytes());
    let mut checks = 0;
    loop {
        let message = editor.hear().unwrap();
        checks += 1;
        if message["params"]["version"] == 99 + EDITS {
            break;
        }
    }
    assert!(checks < EDITS / 2, "{checks} checks of {EDITS} edits");
}

#[test]
fn nothing_that_an_editor_sends_ends_the_server() {
    let (folder, mut editor) = thermometer();
    let path = folder.path("power.rhai");
    editor.open(&path, "let a = \"\u{1F600}\";\n");
    let refused = |editor: &mut Editor, method: &str, params: Value| {
        let answer = editor.ask(method, &params);
        answer["error"]["code"].as_i64().unwrap_or_default()
    };
    assert_eq!(refused(&mut editor, "no/such", json!({})), -32601);
    assert_eq!(refused(&mut editor, "textDocument/hover", json!({ "textDocument": 1 })), -32602);
    let unknown = json!({ "textDocument": { "uri": "file:///nowhere.rhai" },
                          "position": { "line": 0, "character": 0 } });
    assert_eq!(refused(&mut editor, "textDocument/hover", unknown), -32602);
    assert_eq!(refused(&mut editor, "initialize", json!({ "capabilities": {} })), -32600);
    for raw in ["rubbish\r\n\r\n", "Content-Length: 3\r\n\r\n{x}", "Content-Length: 2\r\n\r\n[]"] {
        editor.send_raw(raw.as_bytes());
        let answer =
            std::iter::from_fn(|| editor.hear()).find(|it| !it["error"].is_null()).unwrap();
        assert!(answer["id"].is_null(), "{answer}");
    }
    // Places that there are not, and one inside a letter of two units.
    for at in [(0, 10), (0, u32::MAX), (u32::MAX, 0), (7, 7)] {
        for what in ["hover", "completion", "signatureHelp", "definition"] {
            editor.at(what, &path, at);
        }
        editor.edit(&path, at, (at.0, at.1.saturating_sub(3)), "((((");
    }
    editor.tell("textDocument/didChange", &json!({ "contentChanges": 7 }));
    editor.tell("$/cancelRequest", &json!({ "id": 1 }));
    editor.send(&json!({ "jsonrpc": "2.0", "id": 77, "result": null }));
    let deep = "(".repeat(100_000);
    editor.open(&path, &deep);
    editor.open(&folder.path("two_point.rhai"), &"measure(\"a\", 1.V);\n".repeat(100_000));
    let at = editor.at("hover", &path, (0, 50_000));
    assert!(at.is_null(), "{at}");
    editor.open(&path, "psu.\n");
    assert!(editor.completed(&path, (0, 4)).contains(&"on".to_owned()));
}

#[test]
fn a_conversation_has_an_order() {
    let folder = bench::folder("");
    let mut editor = Editor::silent(folder.root(), "");
    let early = editor.ask("textDocument/hover", &json!({}));
    assert_eq!(early["error"]["code"], -32002, "{early}");
    let options = json!({ "capabilities": {}, "initializationOptions": { "fixtur": "x" } });
    let refused = editor.ask("initialize", &options);
    assert!(refused["error"]["message"].as_str().unwrap().contains("`fixtur`"), "{refused}");
    editor.ask("initialize", &json!({ "capabilities": {} }));
    assert!(editor.ask("shutdown", &Value::Null)["error"].is_null());
    let late = editor.ask("textDocument/hover", &json!({}));
    assert_eq!(late["error"]["code"], -32600, "{late}");
    editor.tell("exit", &Value::Null);
    assert_eq!(editor.ended().code(), Some(0));
    let mut unfinished = Editor::start(folder.root(), "");
    unfinished.hang_up();
    assert_eq!(unfinished.ended().code(), Some(1), "stdin closed without `shutdown`");
}
