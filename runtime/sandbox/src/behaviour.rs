//! Promises that need the whole sandbox.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pogo_hal::{Diagnostic, Error, ErrorKind, Quantity};
use rhai::{AST, Dynamic, FnPtr, NativeCallContext, Scope};

use crate::{
    Argument, Cause, Interruption, Kept, Property, Sandbox, ScriptError, Settings, bench_error,
};

type Outcome = Result<Dynamic, ScriptError>;

fn run_in(sandbox: &Sandbox, path: &str, text: &str, scope: &mut Scope) -> Outcome {
    let ast = sandbox
        .compile(path, text, scope)
        .map_err(|it| ScriptError { diagnostic: it.into(), cause: Cause::Script })?;
    sandbox.run(scope, &ast)
}

fn run(text: &str) -> Outcome {
    run_in(&Sandbox::new(Settings::new(".")), "script.rhai", text, &mut Scope::new())
}

fn said(outcome: Outcome) -> String {
    match outcome {
        Ok(value) => match value.clone().try_cast::<Quantity>() {
            Some(quantity) => quantity.to_string(),
            None => value.to_string(),
        },
        Err(error) => {
            let hint = error.diagnostic.hint.clone().map_or(String::new(), |it| format!(" ({it})"));
            format!("{error}{hint}")
        }
    }
}

#[test]
fn quantities_compute_as_their_dimensions_do() {
    for (text, expected) in [
        ("3.3.V + 5.mV", "3.305 V"),
        ("5.V", "5 V"),
        ("-40.degC", "-40 °C"),
        ("1.hour / 2", "0.5 h"),
        ("3.V / 60.mA", "50 Ω"),
        ("2 * 3.V - 1.V * 0.5", "5.5 V"),
        ("(6.V / 2.V) + 1", "4"),
        ("(6.V / 2.V) < 4", "true"),
        ("(6.V / 2.V).to_float() + 0.5", "3.5"),
        ("30.degC - 25.degC", "5 K"),
        ("let a = 5.V; a += 1.V; a", "6 V"),
        ("(-3.V).abs()", "3 V"),
        ("3.V < 3100.mV && 3.V >= 3.V", "true"),
        ("min(3.V, 2.V)", "2 V"),
        ("max(3.V, 2.V)", "3 V"),
        ("[1.V, 2.V, 6.V].sum()", "9 V"),
        ("[1.V, 2.V, 6.V].mean()", "3 V"),
        ("[20.degC, 24.degC].mean()", "22 °C"),
        ("[1, 2.5].sum()", "3.5"),
        ("(3300.mV).number_in(\"V\")", "3.3"),
        ("(3.3.V).unit", "V"),
        ("`${3.3.V} ${[1.mA]} ` + 2.s", "3.3 V [1 mA] 2 s"),
        ("type_of(3.V)", "quantity"),
        ("const LIMIT = 3.V; -LIMIT", "-3 V"),
    ] {
        assert_eq!(said(run(text)), expected, "{text}");
    }
}

#[test]
fn a_meaningless_operation_says_what_to_write_instead() {
    for (text, message, hint) in [
        ("5.V + 5", "cannot add a plain number (5) to a voltage (5 V)", "`5.V`"),
        ("5 + 5.V", "cannot add a voltage (5 V) to a plain number (5)", "`5.V`"),
        ("5.V < 3", "cannot compare a voltage (5 V) with a plain number (3)", "`5.V`"),
        ("3.5 >= 5.V", "cannot compare a plain number (3.5) with a voltage (5 V)", "`5.V`"),
        ("3.V > 2.A", "cannot compare a voltage (3 V) with a current (2 A)", ""),
        ("5.V == 5.V", "cannot be compared for equality", "`within(nominal, tolerance)`"),
        ("5.V != 5.V", "cannot be compared for equality", "`within(nominal, tolerance)`"),
        ("5.V == 5", "cannot compare", "`5.V`"),
        ("5 != 5.V", "cannot compare", "`5.V`"),
        ("\"a\" == 5.V", "cannot be compared with", ""),
        ("5.V in [5.V]", "cannot be compared for equality", "within"),
        ("let x = 20.0; -x.degC", "a temperature has no negative", "`(-x).degC`"),
        ("20.degC + 5.degC", "cannot add a temperature", "5.K"),
        ("5.mv", "`mv` is not a unit", "did you mean `mV`?"),
        ("3.3.Vv", "`Vv` is not a unit", "did you mean `V`?"),
        ("5.furlong", "`furlong` is not a unit", "`5.V`"),
        ("(5.V).number_in(\"mv\")", "`mv` is not a unit", "did you mean `mV`?"),
        ("(5.V).number_in(\"A\")", "5 V is a voltage, not a number of `A`", ""),
        ("(5.V).mV", "has no `mV`", "number_in(\"mV\")"),
        ("(5.V).to_float()", "5 V is not a plain number", "number_in(\"V\")"),
        ("[].mean()", "`mean` of an empty array", ""),
        ("[1.V, \"a\"].sum()", "`sum` takes quantities or numbers", ""),
    ] {
        let error = run(text).unwrap_err();
        assert!(error.to_string().contains(message), "{text}: {error}");
        let found = error.diagnostic.hint.unwrap_or_default();
        assert!(found.contains(hint), "{text}: {found}");
        assert!(error.diagnostic.place.is_some(), "{text}");
    }
}

#[test]
fn every_unit_follows_integers_and_floats() {
    for unit in pogo_hal::UNITS {
        for number in ["2", "2.5"] {
            let value = run(&format!("{number}.{}", unit.name)).unwrap();
            let quantity = value.try_cast::<Quantity>().unwrap();
            assert_eq!(quantity.unit().unwrap().name, unit.name);
            assert_eq!(quantity.value(), unit.to_base(number.parse().unwrap()));
        }
    }
}

#[test]
fn a_role_is_seen_wherever_nothing_else_has_its_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("part.rhai"), "fn read() { dmm } fn given(dmm) { dmm }").unwrap();
    for (text, expected) in [
        ("dmm", "role"),
        ("fn f() { dmm } f()", "role"),
        ("fn f() { g() } fn g() { dmm } f()", "role"),
        ("fn f(dmm) { dmm } f(\"mine\")", "mine"),
        ("fn f(dmm) { g() + dmm } fn g() { dmm } f(\"mine\")", "rolemine"),
        ("fn f() { let dmm = \"mine\"; dmm } f()", "mine"),
        ("fn f() { { let dmm = 1; } dmm } f()", "role"),
        ("fn f() { for dmm in [\"mine\"] { return dmm; } } f()", "mine"),
        ("fn f() { try { throw \"mine\" } catch (dmm) { return dmm; } } f()", "mine"),
        ("let dmm = \"mine\"; dmm", "mine"),
        ("for dmm in [\"mine\"] { return dmm; }", "mine"),
        ("let f = |dmm| dmm; f.call(\"mine\")", "mine"),
        ("let f = || dmm; f.call()", "role"),
        ("fn f() { let g = || dmm; g.call() } f()", "role"),
        ("fn f() { [1].map(|x| dmm)[0] } f()", "role"),
        ("let dmm = \"mine\"; let f = || dmm; f.call()", "mine"),
        ("fn f(dmm) { let g = || dmm; g.call() } f(\"mine\")", "mine"),
        ("let x = \"mine\"; let f = || x + dmm; f.call()", "minerole"),
        ("import \"part\" as part; part::read()", "role"),
        ("import \"part\" as part; part::given(\"mine\")", "mine"),
        ("import \"part\" as part; fn f(dmm) { import \"part\" as p; p::read() } f(1)", "role"),
    ] {
        let sandbox = Sandbox::new(Settings::new(folder.path()));
        let mut scope = Scope::new();
        scope.push_constant("dmm", "role");
        let path = folder.path().join("main.rhai");
        assert_eq!(
            said(run_in(&sandbox, path.to_str().unwrap(), text, &mut scope)),
            expected,
            "{text}"
        );
    }
}

#[test]
fn an_interruption_ends_a_script_within_milliseconds_and_cannot_be_caught() {
    for text in [
        "loop {}",
        "try { loop {} } catch {}",
        "loop { try { loop {} } catch {} }",
        "fn f() { try { loop {} } catch {} } loop { f(); }",
        "[2, 1].sort(|a, b| { try { loop {} } catch {} 0 })",
        "[1].map(|x| { loop {} })",
    ] {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::new(Mutex::new(None));
        let mut settings = Settings::new(".");
        let (asked, when) = (stop.clone(), told.clone());
        let count = AtomicU64::new(0);
        settings.interrupt = Arc::new(move || {
            if count.fetch_add(1, Relaxed) < 20 && !asked.load(Relaxed) {
                return None;
            }
            #[expect(clippy::disallowed_methods, reason = "how long the real thing takes")]
            when.lock().unwrap().get_or_insert_with(Instant::now);
            Some(Interruption::new("the operator said so"))
        });
        let sandbox = Sandbox::new(settings);
        let error = run_in(&sandbox, "script.rhai", text, &mut Scope::new()).unwrap_err();
        assert!(
            matches!(&error.cause, Cause::Stopped(it) if it == "the operator said so"),
            "{text}: {error:?}"
        );
        assert_eq!(error.to_string(), "stopped: the operator said so");
        let late = told.lock().unwrap().unwrap().elapsed();
        assert!(late < Duration::from_millis(100), "{text}: {late:?}");
    }
}

#[test]
fn a_panic_in_native_code_ends_the_script_and_nothing_else() {
    let mut sandbox = Sandbox::new(Settings::new("."));
    sandbox.engine_mut().register_fn("explode", || -> i64 { panic!("boom") });
    let error = run_in(&sandbox, "a.rhai", "try { explode() } catch {}", &mut Scope::new());
    let error = error.unwrap_err();
    assert!(matches!(&error.cause, Cause::Panic(it) if it == "boom"), "{error:?}");
    assert_eq!(said(run_in(&sandbox, "b.rhai", "40 + 2", &mut Scope::new())), "42");
}

#[test]
fn a_bench_error_is_seen_by_the_script_and_given_back_to_the_host() {
    let mut sandbox = Sandbox::new(Settings::new("."));
    sandbox.engine_mut().register_fn("fail", || -> Result<(), Box<rhai::EvalAltResult>> {
        Err(bench_error(Error::timeout("psu: no answer").with_hint("check the cable")))
    });
    let mut scope = Scope::new();
    let seen = "try { fail() } catch (e) { return `${e.kind}|${e.message}|${e.hint}|${e}`; }";
    assert_eq!(
        said(run_in(&sandbox, "a.rhai", seen, &mut scope)),
        "timeout|psu: no answer|check the cable|psu: no answer"
    );
    for text in [
        "fail()",
        "fn f() { fail() } f()",
        "try { fail() } catch (e) { throw e }",
        "[1].map(|x| fail())",
    ] {
        let error = run_in(&sandbox, "a.rhai", text, &mut Scope::new()).unwrap_err();
        let Cause::Bench(bench) = &error.cause else { panic!("{text}: {error:?}") };
        assert_eq!(bench.kind(), ErrorKind::Timeout);
        assert_eq!(error.diagnostic.hint.as_deref(), Some("check the cable"));
        assert!(error.diagnostic.place.is_some(), "{text}");
    }
}

#[test]
fn an_error_tells_the_calls_that_led_to_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rails.rhai"), "fn check(x) {\n    x + 1.A\n}\n").unwrap();
    let main = folder.path().join("main.rhai");
    let text =
        "import \"rails\" as rails;\nfn all(x) {\n    rails::check(x)\n}\n[1.V].map(|x| all(x));\n";
    let sandbox = Sandbox::new(Settings::new(folder.path()));
    let error = run_in(&sandbox, main.to_str().unwrap(), text, &mut Scope::new()).unwrap_err();
    let place = error.diagnostic.place.clone().unwrap();
    assert!(place.file.ends_with("rails.rhai"), "{error:?}");
    assert_eq!((place.line, place.column, place.width), (2, 7, 1));
    let calls: Vec<_> = error
        .diagnostic
        .calls
        .iter()
        .map(|(name, place)| (name.as_str(), place.line, place.file.ends_with("main.rhai")))
        .collect();
    assert_eq!(calls[0], ("check", 3, true), "{error:?}");
    assert_eq!(calls[1], ("all", 5, true), "{error:?}");
    assert_eq!(calls[2], ("a closure", 5, true), "{error:?}");
}

#[test]
fn imports_stay_inside_the_folder_and_never_go_in_circles() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("product");
    fs::create_dir_all(root.join("lib")).unwrap();
    fs::write(folder.path().join("secret.rhai"), "fn f() { 1 }").unwrap();
    std::os::unix::fs::symlink(folder.path().join("secret.rhai"), root.join("link.rhai")).unwrap();
    for (name, text) in [
        ("a.rhai", "import \"b\" as b; fn f() { 1 }"),
        ("b.rhai", "import \"a\" as a;"),
        ("me.rhai", "import \"me\" as me;"),
        ("lib/one.rhai", "import \"two\" as two; fn f() { two::f() }"),
        ("lib/two.rhai", "fn f() { 42 }"),
        ("broken.rhai", "fn f() {\n    let x = ;\n}"),
        ("forever.rhai", "loop {}"),
        ("failing.rhai", "let x = 1;\nx + 1.V;"),
    ] {
        fs::write(root.join(name), text).unwrap();
    }
    let main = root.join("main.rhai");
    for (text, expected) in [
        ("import \"lib/one\" as one; one::f()", "42"),
        ("import \"lib/one.rhai\" as one; one::f()", "42"),
        ("import \"link\" as it;", "import of `link` leaves the script's folder"),
        ("import \"../secret\" as it;", "import of `../secret` leaves the script's folder"),
        ("import \"a\" as a;", "import of `a` leads back to itself"),
        ("import \"me\" as me;", "import of `me` leads back to itself"),
        ("import \"main\" as me;", "import of `main` leads back to itself"),
        ("import \"none\" as it;", "import of `none` finds no such file"),
        ("import \"broken\" as it;", "a value is missing before `;`"),
        ("import \"failing\" as it;", "cannot add a voltage (1 V) to a plain number (1)"),
        ("try { import \"forever\" as it; } catch {}", "the script used"),
    ] {
        let mut settings = Settings::new(&root);
        settings.limits.operations = 100_000;
        let sandbox = Sandbox::new(settings);
        fs::write(&main, text).unwrap();
        let outcome = run_in(&sandbox, main.to_str().unwrap(), text, &mut Scope::new());
        if let Err(error) = &outcome {
            assert!(error.diagnostic.place.is_some(), "{text}: {error:?}");
        }
        let said = said(outcome);
        assert!(said.contains(expected), "{text}: {said}");
    }
    let sandbox = Sandbox::new(Settings::new(&root));
    let main = main.to_str().unwrap();
    let text = "import \"broken\" as it;";
    let ast = sandbox.compile(main, text, &Scope::new()).unwrap();
    let error = sandbox.modules(&ast).unwrap_err();
    let place = error.diagnostic.place.unwrap();
    assert!(place.file.ends_with("broken.rhai"), "{place}");
    assert_eq!(place.line, 2);
    let ast = sandbox.compile(main, "import \"lib/one\" as it;", &Scope::new()).unwrap();
    assert_eq!(sandbox.modules(&ast).unwrap().0.len(), 2);
    let ast = sandbox.compile(main, "import \"a\" as it;", &Scope::new()).unwrap();
    let (_, circles) = sandbox.modules(&ast).unwrap();
    assert!(circles[0].to_string().contains("leads back to itself"), "{circles:?}");
}

#[test]
fn a_module_is_read_once_per_run_and_again_in_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let part = folder.path().join("part.rhai");
    fs::write(&part, "print(\"read\"); fn f() { 1 }").unwrap();
    let printed = Arc::new(Mutex::new(Vec::new()));
    let mut settings = Settings::new(folder.path());
    let lines = printed.clone();
    settings.print = Arc::new(move |line| lines.lock().unwrap().push(line.text));
    let sandbox = Sandbox::new(settings);
    let text = "import \"part\" as a; import \"part\" as b; a::f() + b::f()";
    for runs in 1..=2 {
        assert_eq!(said(run_in(&sandbox, "main.rhai", text, &mut Scope::new())), "2");
        assert_eq!(printed.lock().unwrap().len(), runs);
    }
}

#[test]
fn what_is_printed_is_bounded_in_length_and_number() {
    let printed = Arc::new(Mutex::new(Vec::new()));
    let mut settings = Settings::new(".");
    settings.limits.line = 10;
    settings.limits.output = 100;
    let lines = printed.clone();
    settings.print = Arc::new(move |line| lines.lock().unwrap().push(line));
    let sandbox = Sandbox::new(settings);
    let text = "print(\"°°°°°°°°°°°°\"); debug(3.V);\nfor i in 0..1000 { print(\"12345678\"); }";
    let _ = run_in(&sandbox, "main.rhai", text, &mut Scope::new()).unwrap();
    let printed = printed.lock().unwrap();
    assert_eq!(printed[0].text, "°°°°° …");
    assert_eq!((printed[1].text.as_str(), printed[1].line), ("3 V", Some(1)));
    assert!(printed.len() < 15, "{}", printed.len());
    assert!(printed.last().unwrap().text.contains("no more"));
}

#[test]
fn a_closure_handed_to_the_host_can_be_called_later_under_the_same_limits() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let mut settings = Settings::new(".");
    settings.limits.operations = 10_000;
    let mut sandbox = Sandbox::new(settings);
    let slot = kept.clone();
    sandbox.engine_mut().register_fn("later", move |context: NativeCallContext, f: FnPtr| {
        slot.lock().unwrap().push(Kept::new(&context, f));
    });
    sandbox.engine_mut().register_fn("now", |context: NativeCallContext, f: FnPtr| {
        f.call_within_context::<Dynamic>(&context, ())
    });
    let text = "let x = 1;\nlater(|| { x += 2; x }); later(|| { loop {} });\nnow(|| 5)";
    let ast = sandbox.compile("main.rhai", text, &Scope::new()).unwrap();
    assert_eq!(said(sandbox.run(&mut Scope::new(), &ast)), "5");
    let kept = kept.lock().unwrap();
    assert_eq!(said(sandbox.call_kept(&kept[0])), "3");
    let error = sandbox.call_kept(&kept[1]).unwrap_err();
    assert!(matches!(error.cause, Cause::Limit));
}

#[test]
fn what_a_closure_does_later_is_told_of_the_script_that_handed_it_over() {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let mut sandbox = Sandbox::new(Settings::new("."));
    let slot = kept.clone();
    sandbox.engine_mut().register_fn("later", move |context: NativeCallContext, f: FnPtr| {
        slot.lock().unwrap().push(Kept::new(&context, f));
    });
    for (file, text) in [("one.rhai", "later(|| {\n    throw 1; });"), ("two.rhai", "\n\n5")] {
        let _ = run_in(&sandbox, file, text, &mut Scope::new()).unwrap();
    }
    let error = sandbox.call_kept(&kept.lock().unwrap()[0]).unwrap_err();
    assert_eq!(error.diagnostic.place.as_ref().unwrap().to_string(), "one.rhai:2:5");
    assert_eq!(error.diagnostic.calls[0].1.to_string(), "one.rhai:1:1");
}

fn mistakes(sandbox: &Sandbox, ast: &AST) -> Vec<Diagnostic> {
    let (survey, known) = (crate::survey(ast), sandbox.functions(|_| true));
    let calls = survey.calls.iter().filter_map(|call| survey.mistake(call, &known));
    calls.chain(survey.properties.iter().filter_map(Property::mistake)).collect()
}

#[test]
fn mistakes_are_found_without_running_anything() {
    let mut sandbox = Sandbox::new(Settings::new("."));
    sandbox
        .engine_mut()
        .register_fn("step", |_: &str, _: FnPtr| {})
        .register_fn("set_voltage", |_: &mut i64, _: Dynamic| {});
    let mut scope = Scope::new();
    scope.push_constant("psu", 1_i64);
    for (text, message, hint, place) in [
        (
            "psu.set_volage(5.V)",
            "there is no function `set_volage`",
            "did you mean `set_voltage`?",
            (1, 5, 10),
        ),
        (
            "step(\"a\", || {\n  stepp(1);\n});",
            "there is no function `stepp`",
            "did you mean `step`?",
            (2, 3, 5),
        ),
        (
            "let x = 1; step(\"a\", || { psu.set_voltage(x, 2); })",
            "`set_voltage` does not take 2 arguments",
            "it takes 1",
            (1, 31, 11),
        ),
        ("fn f(x) { 5.mv } f(1)", "`mv` is not a unit", "did you mean `mV`?", (1, 13, 2)),
        ("let x = 3.3.Vv;", "`Vv` is not a unit", "did you mean `V`?", (1, 13, 2)),
        (
            "let x = [1, 2].fliter(|x| x);",
            "there is no function `fliter`",
            "did you mean `filter`?",
            (1, 16, 6),
        ),
    ] {
        let ast = sandbox.compile("a.rhai", text, &scope).unwrap();
        let mistakes = mistakes(&sandbox, &ast);
        assert_eq!(mistakes.len(), 1, "{text}: {mistakes:?}");
        assert_eq!(mistakes[0].message, message, "{text}");
        assert_eq!(mistakes[0].hint.as_deref(), Some(hint), "{text}");
        let found = mistakes[0].place.as_ref().unwrap();
        assert_eq!((found.line, found.column, found.width), place, "{text}");
    }
    let fine = "fn f(x) { this + x } let y = 2; step(\"a\", || { psu.set_voltage(3.3.V + y.V); \
        print(`${y}`); y.f(1); let g = |z| z + y; g.call(2); [1].map(g).len(); 2.5.floor; });";
    let ast = sandbox.compile("a.rhai", fine, &scope).unwrap();
    assert_eq!(mistakes(&sandbox, &ast), []);
}

#[test]
fn a_survey_says_what_is_called_on_what_and_where() {
    let sandbox = Sandbox::new(Settings::new("."));
    let mut scope = Scope::new();
    scope.push_constant("psu", 1_i64);
    let text = "import \"rails\" as rails;\n\
        fn f(a) { psu.on(); }\n\
        let n = 1;\n\
        step(\"on\", || { psu.set_voltage(3.3.V, n, true, \"x\"); });\n\
        rails::check(n); psu.a.b(2).c();";
    let survey = crate::survey(&sandbox.compile("a.rhai", text, &scope).unwrap());
    let call = |name: &str| survey.calls.iter().find(|it| it.name == name).unwrap().clone();
    assert_eq!(call("on").receiver.as_deref(), Some("psu"));
    assert_eq!((call("on").place.line, call("on").place.column), (2, 15));
    assert_eq!(call("step").arguments[0], Argument::Text("on".into()));
    assert_eq!(call("step").arguments[1], Argument::Function);
    let set = call("set_voltage");
    assert_eq!(set.receiver.as_deref(), Some("psu"));
    assert_eq!(set.arguments[0], Argument::Quantity(3.3, "V".into()));
    assert_eq!(set.arguments[1], Argument::Variable("n".into()));
    assert_eq!(set.arguments[2..], [Argument::Bool(true), Argument::Text("x".into())]);
    assert_eq!(call("check").module.as_deref(), Some("rails"));
    assert_eq!((call("b").method, call("b").receiver), (true, None));
    assert_eq!((call("c").method, call("c").receiver), (true, None));
    assert_eq!(survey.imports[0].path.as_deref(), Some("rails"));
    assert_eq!(survey.imports[0].name.as_deref(), Some("rails"));
    assert_eq!(survey.functions, [("f".to_owned(), 1)]);
    let unit = survey.properties.iter().find(|it| it.name == "V").unwrap();
    assert_eq!((&unit.of, unit.place.line), (&Argument::Float(3.3), 4));
    assert!(survey.variables.iter().any(|it| it.name == "psu" && it.place.line == 5));
}

#[test]
fn the_usual_mistakes_are_told_what_to_write() {
    for (text, message, hint) in [
        ("let x = 5\nlet y = 6;", "a `;` is missing before this", "statements end with `;`"),
        ("let x = 1; if x = 5 { }", "`=`", "`==`"),
        ("let s = \"abc;", "a text does not end", "close it"),
        ("let match = 5;", "`match` is a word of the language", "another name"),
        (
            "let voltage = 1; voltag + 1",
            "nothing is called `voltag` here",
            "did you mean `voltage`?",
        ),
        ("eval(\"1\")", "there is no `eval` in a script", "function"),
        ("let x = ;", "a value is missing before `;`", ""),
        ("foo(1, 2", "missing", ""),
        ("fn f() { ", "missing", ""),
        ("let x = 3.3V;", "", ""),
        ("let psu = 1; psu->on()", "`->`", ""),
        ("let x = 1; x++;", "`++`", "`x += 1`"),
        ("let x = 25.°C;", "`°`", "degC"),
        ("const X = 1; X = 2;", "`X` is constant", ""),
    ] {
        let sandbox = Sandbox::new(Settings::new("."));
        let error = sandbox.compile("a.rhai", text, &Scope::new()).unwrap_err();
        assert!(error.message.contains(message), "{text}: {error}");
        let found = error.hint.clone().unwrap_or_default();
        assert!(found.contains(hint), "{text}: {error} ({found})");
        let place = error.place.unwrap();
        let line = text.lines().nth(place.line - 1).unwrap();
        assert!(place.column + place.width - 1 <= line.chars().count().max(1), "{text}: {place}");
    }
}
