//! Scripts that try to harm their host: each ends, in bounded time and memory, with the right cause.

use std::time::Duration;

use crate::rhai::{Dynamic, Scope};
use crate::{Cause, STACK, Sandbox, ScriptError, Settings};

#[derive(Debug)]
enum Ends {
    /// It used too much.
    Limit,
    /// It is wrong.
    Wrong,
    /// It is harmless after all.
    Well,
}
use Ends::*;

const ATTACKS: &[(Ends, &str)] = &[
    // Time.
    (Limit, "loop {}"),
    (Limit, "while true {}"),
    (Limit, "do {} while true"),
    (Limit, "for i in 0..9223372036854775807 {}"),
    (Limit, "for i in range(0, 9223372036854775807, 1) {}"),
    (Limit, "try { loop {} } catch {}  1"),
    (Limit, "loop { try { loop {} } catch { } }"),
    (Limit, "let f = || { loop {} }; try { f.call() } catch {}"),
    (Limit, "fn f() { loop {} } try { f() } catch {}"),
    (Limit, "[1].map(|x| { loop {} })"),
    (Limit, "[1, 2].sort(|a, b| { loop {} })"),
    (Limit, "let a = []; a.pad(60000, 1); loop { a.sort(); a.reverse() }"),
    (Limit, "let a = []; a.pad(60000, 1); loop { a.contains(2) }"),
    (Limit, "let a = []; a.pad(60000, 1); let b = a; loop { a == b }"),
    (Limit, "let a = []; a.pad(8000, 1); a.dedup(|x, y| { loop {} })"),
    (Limit, "let a = []; a.pad(60000, 1); let b = a; a.map(|x| b.map(|y| 1))"),
    (Limit, "let s = \"\"; s.pad(900000, 'a'); loop { s.index_of(\"b\") }"),
    (Limit, "let s = \"\"; s.pad(900000, 'a'); loop { s.to_upper() }"),
    (Well, "let s = \"ab\"; s.pad(10, \"\"); s"),
    (Well, "range(0, 9223372036854775807, 9223372036854775807); 1"),
    (Wrong, "range(0, 10, 0)"),
    // Recursion.
    (Limit, "fn f() { f() } f()"),
    (Limit, "fn f(x) { g(x) } fn g(x) { f(x) } f(1)"),
    (Limit, "fn f(x) { [1].map(|y| f(y)) } f(1)"),
    (Limit, "let f = |g| g.call(g); f.call(f)"),
    (Limit, "fn f() { try { f() } catch { f() } } f()"),
    (Limit, "let f = |g| [g].map(|h| h.call(h)); f.call(f)"),
    (Limit, "fn f(x) { [2, 1].sort(|a, b| f(a)) } f(1)"),
    // Memory.
    (Limit, "let s = \"x\"; loop { s += s; }"),
    (Limit, "let s = \"x\"; loop { s = s + s; }"),
    (Limit, "let s = \"x\"; loop { s = `${s}${s}`; }"),
    (Limit, "let s = \"x\"; s.pad(10000000000, 'x');"),
    (Limit, "let s = \"x\"; s.pad(1048000, '\u{1F600}');"),
    (Limit, "let s = \"x\"; s.pad(1048000, \"\u{1F600}\");"),
    (Limit, "let s = \"x\"; s.pad(60000, 'x'); s.replace(\"x\", s); s"),
    (Limit, "let s = \"x\"; s.pad(60000, 'x'); s.replace('x', s); s"),
    (Limit, "let s = \"x\"; s.pad(900000, 'x'); s.replace(\"\", s); s"),
    (Limit, "let s = \"x\"; s.pad(900000, 'x'); s.replace('x', '\u{1F600}'); s"),
    (Limit, "let s = \"x\"; s.pad(900000, 'x'); s.split(\"x\").len()"),
    (Limit, "let s = \"x\"; s.pad(900000, 'x'); s.split('x').len()"),
    (Limit, "let s = \"x\"; s.pad(900000, 'x'); s.split(\"\").len()"),
    (Limit, "let s = \"x\"; s.pad(900000, ' '); s.split_rev(' ').len()"),
    (Limit, "let s = \"x\"; s.pad(900000, 'x'); s.to_chars().len()"),
    (Limit, "let a = []; a.pad(10000000000, 1);"),
    (Limit, "let a = []; a.pad(144115188075855872, blob(127));"),
    (Limit, "let a = []; a.pad(60000, blob(60000));"),
    (Limit, "let a = [1]; loop { a += a; }"),
    (Limit, "let a = [1]; loop { a = a + a; }"),
    (Limit, "let a = [1]; loop { a.append(a); }"),
    (Limit, "let a = [1]; loop { a.push(a); }"),
    (Limit, "let a = [1]; loop { a.insert(0, a); }"),
    (Limit, "let a = [1]; loop { a = [a, a]; }"),
    (Limit, "let a = [1]; loop { a.splice(0, 0, a); }"),
    (Limit, "let a = []; a.pad(60000, 1); let b = a; a.map(|x| b)"),
    (Limit, "let a = []; a.pad(60000, 1); let m = #{}; for i in 0..10000 { m[`k${i}`] = a; }"),
    (Limit, "let a = []; a.pad(60000, 1); let b = a; a.reduce(|sum, x| { sum.push(b); sum }, [])"),
    (Limit, "let a = []; a.pad(30000, 1); let b = a; let c = a; a.zip(b, |x, y| c);"),
    (Limit, "let m = #{a: 1}; loop { m.b = m; }"),
    (Limit, "let m = #{}; let i = 0; loop { m[`k${i}`] = i; i += 1; }"),
    (Limit, "let b = blob(10000000000);"),
    (Limit, "let b = blob(); b.pad(10000000000, 1);"),
    (Limit, "let b = blob(60000); loop { b += b; }"),
    (Limit, "let b = blob(60000); loop { b.append(b); }"),
    (Limit, "let f = |x| x; let a = []; a.pad(60000, 1); loop { f = f.curry(a); }"),
    (
        Limit,
        "let a = []; a.pad(65000, 1); let i = 0; fn f(a, n) { let b = a; b[0] = 1; let c = b; \
             c[0] = 2; let d = c; d[0] = 1; f(d, n + 1) } f(a, 0)",
    ),
    // Depth.
    (Limit, "let a = []; loop { a = [a]; }"),
    (Limit, "let a = #{}; loop { a = #{ a: a }; }"),
    (Limit, "let f = || 1; loop { let g = f; f = || g.call(); }"),
    (Limit, "let f = |x| x; loop { f = f.curry(f); }"),
    (Limit, "let f = |x| x; let g = |x| x; loop { g = f.curry(g); }"),
    (Wrong, "let f = || 1; f = || f.call(); f.call()"),
    (Limit, "let f = || 1; f = || f.call(); loop { print(f); debug(f); `${f}`; }"),
    (Limit, "let f = || 1; for i in 0..100000000 { let g = f; f = || g.call(); }"),
    (Limit, "let a = [1]; loop { for i in 0..31 { i; } a = [a]; }"),
    (Limit, "let a = [1]; loop { let b = [0, 0]; b[1] = a; a = b; }"),
    (Limit, "let a = [1]; loop { a = #{ x: a, y: 1 }; }"),
    (Well, "parse_json(\"[[[[[[1]]]]]]\")"),
    (Limit, "let a = [1]; for i in 0..1000000 { a = [a]; } print(a); a == a"),
    (Limit, "let a = []; a.pad(60000, 1); a.reduce(|all, x| || all, 1)"),
    (Limit, "let a = []; a.pad(60000, 1); a.reduce(|all, x| [all], 1)"),
    (Limit, "fn f(a) { [a] } let a = 1; loop { a = f(a); }"),
    // The world.
    (Wrong, "sleep(1e300)"),
    (Wrong, "sleep(5)"),
    (Wrong, "timestamp()"),
    (Wrong, "eval(\"1\")"),
    (Wrong, "Fn(\"eval\").call(\"1\")"),
    (Wrong, "call(\"eval\", \"1\")"),
    (Wrong, "import \"/etc/passwd\" as p;"),
    (Wrong, "import \"../../x\" as p;"),
    (Wrong, "import \"a/../../x\" as p;"),
    (Wrong, "import \"./x\" as p;"),
    (Wrong, "import \"\" as p;"),
    (Wrong, "import \"C:\\\\x\" as p;"),
    (Wrong, "import \"src\" as p;"),
    (Wrong, "exit(loop_)"),
    (Well, "exit(5)"),
    (Wrong, "parse_json(\"{\")"),
    (Wrong, "9223372036854775807 + 1"),
    (Wrong, "-9223372036854775808 / -1"),
    (Wrong, "1 / 0"),
    (Wrong, "1 % 0"),
    (Well, "1 << 100000000000"),
    (Wrong, "2 ** 9223372036854775807"),
    (Wrong, "(1.0 / 0.0).to_int()"),
    (Wrong, "-9223372036854775808.abs()"),
    (Wrong, "throw 1"),
];

/// Too long to write down: what is repeated how often, between what and what.
const DEEP: &[(&str, &str, &str, &str)] = &[
    ("let x = ", "(", "1", ""),
    ("let x = ", "[", "1", ""),
    ("let x = ", "#{a:", "1", ""),
    ("let x = ", "-", "1", ";"),
    ("let x = ", "!", "true", ";"),
    ("let x = ", "|| ", "1", ";"),
    ("", "{", "", ""),
    ("", "if true {", "", ""),
    ("", "if true {} else ", "{}", ""),
    ("", "loop {", "", ""),
    ("", "fn f() {", "", ""),
    ("", "f(", "1", ""),
    ("", "switch 1 { 1 => ", "1", ""),
    ("", "try {", "", ""),
    ("let x = 1", " + 1", "", ";"),
    ("let x = 1", " ** 1", "", ";"),
    ("let x = true", " && true", "", ";"),
    ("let x = 1", " ?? 1", "", ";"),
    ("let x = [1]; x", "[0]", "", ";"),
    ("let x = 1; x", ".y", "", ";"),
    ("let x = 1; x", ".y()", "", ";"),
    ("let x = \"\"; x", " = x", "", ";"),
    ("let x = ", "`${", "1", ""),
    ("", "/*", "", ""),
    ("", "\"", "", ""),
];

fn settings() -> Settings {
    let mut settings = Settings::new(".");
    settings.limits.operations = 2_000_000;
    settings.limits.computing = Duration::from_millis(300);
    settings.limits.memory = 200 << 20;
    settings
}

fn run(text: &str) -> Result<Dynamic, ScriptError> {
    let sandbox = Sandbox::new(settings());
    let ast = sandbox
        .compile("attack.rhai", text, &Scope::new())
        .map_err(|it| ScriptError { diagnostic: it.into(), cause: Cause::Script })?;
    sandbox.run(&mut Scope::new(), &ast)
}

/// On the stack that a site's thread has.
fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap()
}

#[test]
fn no_attack_outlives_its_limits_or_harms_the_process() {
    on_a_thread(|| {
        for (expected, text) in ATTACKS {
            let outcome = run(text);
            let right = match (&outcome, expected) {
                (Ok(_), Well) => true,
                (Err(error), Limit) => matches!(error.cause, Cause::Limit),
                (Err(error), Wrong) => matches!(error.cause, Cause::Script),
                _ => false,
            };
            assert!(right, "{text}\nexpected {expected:?}, got {outcome:?}");
            if let Err(error) = outcome {
                // Time can run out at any operation, and the interpreter does not say of each
                // where it stands: the pieces of a text with values in it have no place.
                let anywhere = error.diagnostic.message.starts_with("the script computed for");
                let place = error.diagnostic.place.is_some();
                assert!(place || anywhere, "{text}: no place in {error:?}");
            }
        }
    });
}

#[test]
fn no_text_overflows_the_parser() {
    on_a_thread(|| {
        for (before, again, middle, after) in DEEP {
            for times in [100, 100_000] {
                let text = [before, &*again.repeat(times), middle, after].concat();
                // A long chain may be a script; what counts is that the process is still there.
                let _ = run(&text);
            }
        }
        assert!(run(&" ".repeat(2 << 20)).is_err());
    });
}
