//! What a script may do with a secret, and what it may not.

use std::sync::{Arc, Mutex};

use pogo_hal::{Secret, Secrets};
use rhai::{Dynamic, Scope};

use crate::{Cause, Sandbox, ScriptError, Settings};

const CONTENT: &str = "Tr0ub4dor & \"3\"";

/// What `text` gives or ends with, and whatever it has printed, in which the secret `key` is a role.
fn run(text: &str) -> (Result<Dynamic, ScriptError>, Vec<String>) {
    let printed = Arc::new(Mutex::new(Vec::new()));
    let mut settings = Settings::new(".");
    let lines = printed.clone();
    settings.print = Arc::new(move |line| lines.lock().unwrap().push(line.text));
    let mut sandbox = Sandbox::new(settings);
    let sent = printed.clone();
    sandbox.engine_mut().register_fn("send", move |it: Dynamic| {
        let it = it.read_lock::<Secret>().unwrap();
        sent.lock().unwrap().push(format!("sent {} bytes", it.exposed().len()));
    });
    let mut scope = Scope::new();
    scope.push_constant("key", Secret::new("key", CONTENT.as_bytes().to_vec()).unwrap());
    scope.push_constant("other", Secret::new("other", b"another one".to_vec()).unwrap());
    let outcome = sandbox
        .compile("script.rhai", text, &scope)
        .map_err(|it| ScriptError { diagnostic: it.into(), cause: Cause::Script })
        .and_then(|ast| sandbox.run(&mut scope, &ast));
    let printed = printed.lock().unwrap().clone();
    (outcome, printed)
}

/// Each with what is said to have given the secret away, and where: line and column.
const GIVES_AWAY: &[(&str, &str, usize, usize)] = &[
    ("print(key)", "print", 1, 1),
    ("debug(key)", "debug", 1, 1),
    ("let x = key.to_string();", "to_string", 1, 13),
    ("let x = 1;\nlet y = `the ${key} is`; loop {}", "to_string", 2, 15),
    ("let x = `${key}`; print(x)", "to_string", 1, 11),
    ("\"a\" + key; print(1)", "to_string", 1, 5),
    ("key + \"a\"; print(1)", "to_string", 1, 5),
    ("let x = \"a\"; x += key; print(x)", "to_string", 1, 16),
    ("let x = \"a\"; x.append(key); print(x)", "to_string", 1, 16),
    ("key == \"a\"", "==", 1, 5),
    ("\"a\" != key", "!=", 1, 5),
    ("key == key", "==", 1, 5),
    ("key == other", "==", 1, 5),
    ("key < other", "<", 1, 5),
    ("key >= 5", ">=", 1, 5),
    ("() == key", "==", 1, 4),
    ("key in [\"a\", \"b\"]", "==", 1, 5),
    ("\"a\" in [key]", "==", 1, 5),
    ("[\"a\"].index_of(key)", "==", 1, 7),
    ("[key] == [\"a\"]", "==", 1, 7),
    ("#{ a: key } == #{ a: \"a\" }", "==", 1, 13),
    ("throw key", "throw", 1, 1),
    ("fn f(x) { print(x) }\nf(key)", "print", 1, 11),
    ("let f = || print(key); f.call()", "print", 1, 12),
    ("let x = key; let f = || x; print(f.call())", "print", 1, 28),
    ("[key].map(|x| `${x}`)", "to_string", 1, 17),
    ("[2, 1].sort(|a, b| { print(key); 0 })", "print", 1, 22),
];

#[test]
fn whatever_would_give_a_secret_away_ends_the_script_where_it_stands() {
    for (text, by, line, column) in GIVES_AWAY {
        let (outcome, printed) = run(text);
        let error = outcome.expect_err(text);
        let what = match *by {
            "to_string" => "a text made of it".to_owned(),
            by => format!("`{by}`"),
        };
        assert_eq!(error.to_string(), format!("{what} would give the secret `key` away"), "{text}");
        assert!(matches!(&error.cause, Cause::Secret(name) if name == "key"), "{text}");
        let place = error.diagnostic.place.clone().expect(text);
        assert_eq!((place.line, place.column), (*line, *column), "{text}");
        let all = format!("{error:?}{printed:?}");
        assert!(!all.contains("Tr0ub4dor") && printed.is_empty(), "{text}: {all}");
    }
}

#[test]
fn nothing_that_a_script_catches_lets_it_go_on() {
    for (text, by, ..) in GIVES_AWAY.iter().filter(|(_, by, ..)| *by != "throw") {
        let (functions, rest) =
            text.split_once('\n').filter(|(it, _)| it.starts_with("fn")).unwrap_or(("", text));
        let text = format!("{functions}\ntry {{ {rest} }} catch {{}} print(\"went on\");");
        let (outcome, printed) = run(&text);
        let error = outcome.expect_err(&text);
        assert!(matches!(&error.cause, Cause::Secret(_)), "{by} {text}: {error:?}");
        assert!(printed.is_empty(), "{text}: {printed:?}");
    }
}

#[test]
fn what_a_secret_cannot_do_says_what_it_is_for() {
    for text in
        ["key.len()", "key.to_upper()", "key.split()", "key.sub_string(1)", "-key", "key * 2"]
    {
        let (outcome, _) = run(text);
        let error = outcome.expect_err(text);
        assert!(matches!(error.cause, Cause::Script), "{text}: {error:?}");
        assert!(!format!("{error:?}").contains("Tr0ub4dor"), "{text}: {error:?}");
    }
    for text in
        ["key[0]", "key[\"a\"]", "key.length", "parse_json(key)", "key.to_blob()", "key.bytes"]
    {
        let error = run(text).0.expect_err(text);
        assert!(matches!(error.cause, Cause::Script), "{text}: {error:?}");
    }
    let error = run("key.len()").0.unwrap_err();
    assert_eq!(error.to_string(), "`len` does not take a secret");
    assert!(error.diagnostic.hint.unwrap().starts_with("a secret can be sent to a device"));
}

#[test]
fn a_secret_is_passed_on_kept_and_sent() {
    let text = "fn pick(map) { map.keys[1] }\n\
        let all = #{ keys: [other, key] };\n\
        let f = |it| send(it);\n\
        f.call(pick(all)); send(key);\n\
        print(all); print([key]); debug([key]); print(type_of(key));\n\
        let grown = []; grown += key; grown.push(key); print(grown.len());\n\
        switch key { \"a\" => print(\"found\"), _ => print(\"something else\") }\n\
        try { throw key } catch (it) { send(it) }";
    let (outcome, printed) = run(text);
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(
        printed,
        [
            "sent 15 bytes",
            "sent 15 bytes",
            "#{\"keys\": [[secret other], [secret key]]}",
            "[[secret key]]",
            "[[secret key]]",
            "secret",
            "2",
            "something else",
            "sent 15 bytes",
        ]
    );
    let (outcome, printed) = run("print(#{ a: [key] }.to_json())");
    assert!(outcome.is_ok() && !printed[0].contains("Tr0ub4dor"), "{printed:?}");
}

/// Ways around that give nothing, whether they are errors or not.
const ATTACKS: &[&str] = &[
    "Fn(\"print\").call(key)",
    "Fn(\"to_string\").call(key)",
    "Fn(\"to_debug\").call(key)",
    "let f = Fn(\"==\"); f.call(key, \"a\")",
    "let f = |x| x; print(f.curry(key)); debug(f.curry(key)); `${f.curry(key)}`",
    "let f = |x| x; f.curry(key).to_debug()",
    "fn f(x) { throw x } try { f([key]) } catch (e) { print(e) } throw [key]",
    "throw #{ key: key }",
    "throw `${[key]}`",
    "exit(key)",
    "key",
    "[key, #{ a: key }]",
    "key.to_debug()",
    "[key, other].sort(); [key].dedup(); [key].sum(); [key].mean()",
    "[key].sum()",
    "[key].order()",
    "max(key, other)",
    "let m = #{}; m[key] = 1",
    "[1, 2][key]",
    "\"abc\"[key]",
    "\"abc\".replace(\"a\", key)",
    "\"abc\".contains(key)",
    "\"abc\".starts_with(key)",
    "let s = \"abc\"; s.pad(20, key); s",
    "let b = blob(); b.append(key); b",
    "let b = blob(); b += key; b",
    "range(key, 5)",
    "for c in key { print(c) }",
    "key.tag",
    "let x = key; x.tag = 5; x.tag",
    "parse_int(key)",
    "parse_json(`[${[key]}]`)",
    "key.to_json()",
    "#{ a: key }.to_json()",
    "import key as k;",
    "print.call(key)",
    "key()",
    "key.call()",
    "if key { 1 }",
    "key ?? 5",
    "key += 1",
    "key = \"a\"",
    "let x = key; x += \"a\"; x",
    "-key",
    "!key",
    "sleep(key)",
    "key.V",
    "let x = [key]; x.pad(10, key); print(x)",
    "is_def_fn(key, 1)",
];

#[test]
fn no_way_around_gets_at_the_content() {
    let key = Secret::new("key", CONTENT.as_bytes().to_vec()).unwrap();
    let secrets = Secrets::new(vec![key]).unwrap();
    for text in ATTACKS.iter().chain(GIVES_AWAY.iter().map(|(text, ..)| text)) {
        let (outcome, printed) = run(text);
        let shown = match &outcome {
            Ok(value) => format!("{value} {value:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        let all = format!("{shown} {printed:?}");
        assert!(secrets.find(all.as_bytes()).is_none(), "{text}: {all}");
        assert!(!all.contains("Tr0ub4dor"), "{text}: {all}");
    }
}
