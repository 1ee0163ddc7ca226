//! What scripts ask people: at a terminal, from a file, and of nobody.

use std::process::Child;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::bench::{SIMULATED, folder};
use crate::{Ended, Folder, Program, Terminal, golden, in_session};

/// Every verb once.
const ALL: &str = r#"step("people", || {
    check("led_green", confirm("Is the LED green?", #{ image: "where.png" }));
    check("label", scan("Scan the label", "SN\\d{4}"), "SN0001");
    check("colour", choose("Which colour?", ["red", "green"]), "green");
    record("who", ask("Who are you?", #{ within: 2.min }));
});"#;

const ANSWERS: &str = "\
\"Is the LED green?\" = true
\"Scan the label\"    = \"SN0001\"
\"Which colour?\"     = [\"green\"]
\"Who are you?\"      = \"Anna\"
";

fn asking(script: &str) -> Folder {
    folder(script).with("where.png", "not much to see").with("answers.toml", ANSWERS)
}

/// The prompts of the newest run, as the record has them.
fn prompts(folder: &Folder) -> Vec<Value> {
    let record = Program::run(folder.root(), "show latest --store store --json").json();
    let events = record["events"].as_array().unwrap().iter();
    let prompts = events.filter(|it| it["type"] == "prompt");
    prompts.map(|it| it["body"].clone()).collect()
}

/// What came of them.
fn outcomes(folder: &Folder) -> Vec<String> {
    let prompts = prompts(folder);
    prompts.iter().map(|it| it["outcome"]["is"].as_str().unwrap().to_owned()).collect()
}

/// Runs `script` with `answers` on the simulated bench, and compares what is printed.
fn ends(name: &str, code: i32, script: &str, answers: &str) -> Folder {
    let folder = asking(script).with("answers.toml", answers);
    let line = format!("{SIMULATED} --operator Anna --answers answers.toml");
    let ended = Program::run(folder.root(), &line);
    assert_eq!(ended.code, code, "{ended:?}");
    golden::compare(&format!("prompted/{name}.txt"), &golden::transcript(&line, &ended));
    folder
}

#[test]
fn a_file_answers_every_kind_of_question_and_the_record_says_who_was_asked_what_and_how() {
    let folder = ends("answered", 0, ALL, ANSWERS);
    let prompts = prompts(&folder);
    let said: Vec<_> = prompts.iter().map(|it| it["outcome"]["answer"].as_str().unwrap()).collect();
    assert_eq!(said, ["yes", "SN0001", "green", "Anna"]);
    for prompt in &prompts {
        assert_eq!((&prompt["operator"], &prompt["via"]), (&"Anna".into(), &"answers-file".into()));
    }
    assert_eq!(prompts[0]["image"], "where.png");
    assert_eq!(prompts[1]["pattern"], "SN\\d{4}");
    assert_eq!(prompts[2]["options"].as_array().unwrap().len(), 2);
    let shown = Program::run(folder.root(), "show latest --store store");
    assert!(shown.stdout.contains("asked: Which colour? → green (answers file)"), "{shown:?}");
}

#[test]
fn an_answer_that_was_not_needed_is_said_and_changes_no_verdict() {
    ends("unused", 0, "check(\"one\", confirm(\"Is the LED green?\"));", ANSWERS);
}

#[test]
fn a_no_is_an_answer_like_a_yes_and_judges_nothing_by_itself() {
    ends("judged_nothing", 3, "confirm(\"Is the LED green?\");", "\"Is the LED green?\" = false");
}

#[test]
fn an_answer_that_does_not_fit_is_an_error_that_no_script_can_catch_and_pass() {
    for (name, script, answer) in [
        ("neither_yes_nor_no", "confirm(\"?\")", "maybe"),
        ("none_of_the_options", "choose(\"?\", [\"red\", \"green\"])", "1"),
        ("no_match", "scan(\"?\", \"SN\\\\d{4}\")", "SN001"),
        ("empty", "ask(\"?\")", " "),
    ] {
        let script = format!("try {{ {script}; }} catch {{}}\ncheck(\"one\", true);");
        let folder = ends(name, 3, &script, &format!("\"?\" = \"{answer}\""));
        assert_eq!(outcomes(&folder), ["refused"]);
    }
}

#[test]
fn a_question_that_the_file_does_not_answer_is_an_error() {
    ends("no_answer", 3, "confirm(\"Is the LED red?\");", ANSWERS);
    let twice = "for n in 0..2 { check(`colour_${n}`, choose(\"Which colour?\", [\"green\"]), \"green\"); }";
    ends("asked_too_often", 3, twice, ANSWERS);
}

#[test]
fn a_file_that_makes_no_sense_is_refused_with_its_line_before_anything_is_opened() {
    let folder = ends("refused", 2, ALL, "\"Is the LED green?\" = true\n\"Which colour?\" = 2\n");
    assert!(!folder.path("store").exists());
}

#[test]
fn with_nobody_there_a_question_is_an_error_whatever_the_script_makes_of_it() {
    let folder = asking("try { confirm(\"Go on?\"); } catch {}\ncheck(\"one\", true);");
    let ended = Program::run(folder.root(), SIMULATED);
    assert_eq!(ended.code, 3, "{ended:?}");
    golden::compare("prompted/nobody.txt", &golden::transcript(SIMULATED, &ended));
    let prompts = prompts(&folder);
    assert_eq!(
        (&prompts[0]["via"], outcomes(&folder)),
        (&"nobody".into(), vec!["unanswered".into()])
    );
}

#[test]
fn check_finds_what_is_wrong_with_a_question_as_far_as_its_text_shows() {
    for (script, line) in [
        ("confirm();", "`confirm` does not take no argument"),
        ("confirm(5);", "confirm: the question is the number 5; expected a text"),
        ("ask(\"  \");", "ask: the question is empty"),
        ("choose(\"?\", []);", "choose: there is nothing to choose from"),
        ("choose(\"?\", [\"a\", 2]);", "choose: an option is the number 2; expected a text"),
        ("choose(\"?\", [\"a\", \"a\"]);", "choose: the option `a` stands there twice"),
        ("choose(\"?\", \"a\");", "choose: the options are a text; expected a list of texts"),
        ("scan(\"?\", \"(\");", "scan: `(` is not a regular expression: "),
        ("ask(\"?\", 30.s);", "ask: a duration is no map of options"),
        ("ask(\"?\", #{ withn: 30.s });", "did you mean `within`?"),
        ("ask(\"?\", #{ within: 30 });", "ask: `within`: 30 has no unit; expected a duration"),
        ("ask(\"?\", #{ within: 3.V });", "ask: `within` is a voltage; expected a duration"),
        ("ask(\"?\", #{ within: 0.s });", "ask: within 0 s nobody can answer"),
        ("ask(\"?\", #{ image: \"here.png\" });", "ask: there is no image `./here.png`"),
        ("ask(\"?\", #{ image: \"../where.png\" });", "is not inside the product's folder"),
        ("ask(\"?\", #{ image: \"/etc/passwd\" });", "is not inside the product's folder"),
        ("ask(\"?\", #{ image: \"link.png\" });", "is not inside the product's folder"),
    ] {
        let folder = asking(script);
        std::os::unix::fs::symlink("/etc/passwd", folder.path("link.png")).unwrap();
        let checked = Program::run(folder.root(), "check script.rhai --fixture bench.fixture.toml");
        assert_eq!(checked.code, 2, "{script}: {checked:?}");
        assert!(checked.stderr.contains(line), "{script}: {}", checked.stderr);
        assert!(checked.stderr.contains("script.rhai:3:1"), "{script}: {}", checked.stderr);
    }
}

#[test]
fn what_only_the_run_knows_is_held_against_the_same_rules() {
    let script = "let text = [5][0];\nconfirm(text);";
    let ended = Program::run(asking(script).root(), SIMULATED);
    assert_eq!(ended.code, 3, "{ended:?}");
    let said = "confirm: the question is the number 5; expected a text";
    assert!(ended.stderr.contains(said), "{ended:?}");
    let own =
        "fn scan(n) { n + 1 }\ncheck(\"one\", confirm(\"?\", [#{ within: 1.s }][0]));\nscan(1);";
    let checked = asking(own);
    let checked = Program::run(checked.root(), "check script.rhai --fixture bench.fixture.toml");
    assert_eq!(checked.code, 0, "a script may have a `scan` of its own: {checked:?}");
}

/// A run in a terminal.
struct Seated {
    folder: Folder,
    terminal: Terminal,
    run: Run,
}

/// A process that ends when nobody looks at it any more.
struct Run(Child);

impl Drop for Run {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Seated {
    fn at(line: &str, script: &str) -> Self {
        Self::of(line, asking(script))
    }

    fn of(line: &str, folder: Folder) -> Self {
        let terminal = Terminal::new();
        let command = Program::command(folder.root(), &format!("{line} --operator Anna"));
        let mut command = in_session(&command, folder.root());
        command.stdin(terminal.end()).stdout(terminal.end()).stderr(terminal.end());
        let run = command.env("NO_COLOR", "1").spawn().unwrap();
        Self { folder, terminal, run: Run(run) }
    }

    /// How it ended, and everything that was shown.
    fn end(mut self) -> (Ended, Folder) {
        let mut code = None;
        crate::real_time::wait_for(crate::real_time::now() + PATIENCE, || {
            // Whoever shows something must not wait for somebody to look.
            self.terminal.shown();
            code = self.run.0.try_wait().unwrap();
            code
        });
        let stdout = self.terminal.shown().replace('\r', "");
        let code = code.unwrap_or_else(|| panic!("it does not end:\n{stdout}"));
        let ended = Ended { code: code.code().unwrap_or(-1), stdout, stderr: String::new() };
        (ended, self.folder)
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.run.0.id()).unwrap()), signal).unwrap();
    }
}

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// The same with the bench in real time: two roles are not there, and nobody needs them.
const REAL_TIME: &str = "run script.rhai --fixture bench.fixture.toml --dut SN0001 \
                         --sim psu,dmm,other --store store";

#[test]
fn at_a_terminal_wrong_answers_are_asked_again_and_every_one_is_recorded() {
    for line in [SIMULATED, REAL_TIME] {
        let mut seated = Seated::at(line, ALL);
        let Seated { terminal, .. } = &mut seated;
        terminal.shows("? Is the LED green?\r\n  image: ");
        terminal.shows("/where.png\r\n  yes or no, then Enter; within 10 min 00 s\r\n");
        terminal.types("perhaps\n");
        terminal.shows("not taken: `perhaps` is neither yes nor no\r\n  yes or no");
        terminal.shows("\r\n");
        terminal.types("y\n");
        terminal.shows("? Scan the label\r\n  scan or write it: `SN\\d{4}`");
        terminal.shows("\r\n");
        // As a scanner does.
        terminal.types("4006381333931\r");
        terminal.shows("not taken: `4006381333931` does not match");
        terminal.shows("then Enter");
        terminal.shows("\r\n");
        terminal.types("SN0001\r");
        terminal.shows("  1  red\r\n  2  green\r\n  write one of these, or its number");
        terminal.shows("\r\n");
        terminal.types("2\n");
        terminal.shows("? Who are you?\r\n  write the answer, then Enter; within 2 min 00 s\r\n");
        terminal.types("Änne\n");
        let (ended, folder) = seated.end();
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(ended.stdout.contains("asked: Who are you? → Änne (terminal)"), "{ended:?}");
        let (refused, answered) = ("refused", "answered");
        let expected = [refused, answered, refused, answered, answered, answered];
        assert_eq!(outcomes(&folder), expected);
        assert_eq!(prompts(&folder)[2]["outcome"]["answer"], "4006381333931");
    }
}

#[test]
fn what_is_typed_before_or_after_a_question_is_no_answer_to_the_next() {
    let script = "try { confirm(\"Quick?\", #{ within: 30.ms }); } catch {}\n\
                  step(\"busy\", || { let n = 0; while n < 200_000 { n += 1; } });\n\
                  let who = ask(\"Who are you?\");\ncheck(\"who\", who, \"Anna\");";
    for line in [SIMULATED, REAL_TIME] {
        let mut seated = Seated::at(line, script);
        seated.terminal.shows("? Quick?");
        // Late or not, nothing of this is for the next question, nor is half a line.
        seated.terminal.types("perhaps\nye");
        seated.terminal.shows("? Who are you?");
        seated.terminal.shows("then Enter; within 10 min 00 s\r\n");
        seated.terminal.types("Anna\n");
        let (ended, folder) = seated.end();
        assert_eq!(ended.code, 3, "{ended:?}");
        let last = prompts(&folder).pop().unwrap();
        assert_eq!(last["outcome"]["answer"], "Anna", "{ended:?}");
        assert!(ended.stdout.contains("Who are you? → Anna (terminal)"), "{ended:?}");
    }
}

#[test]
fn no_answer_in_time_is_an_error_and_takes_no_simulated_time() {
    let script = "confirm(\"Go on?\", #{ within: 50.ms });\ncheck(\"one\", true);";
    for line in [SIMULATED, REAL_TIME] {
        let (ended, folder) = Seated::at(line, script).end();
        assert_eq!(ended.code, 3, "{ended:?}");
        assert!(ended.stdout.contains("confirm: no answer within 50 ms"), "{ended:?}");
        assert_eq!(outcomes(&folder), ["unanswered"]);
        let record = Program::run(folder.root(), "show latest --store store --json").json();
        assert_eq!(record["summary"]["reason"], "timeout");
        let took = record["summary"]["duration_ns"].as_u64().unwrap();
        assert_eq!(took < 1_000_000, line == SIMULATED, "{took} ns");
    }
}

#[test]
fn the_fixtures_deadline_for_questions_and_that_of_the_step_end_one() {
    let script = "step(\"people\", || { confirm(\"Go on?\"); });";
    for (deadline, said) in [
        ("prompt = \"40 ms\"", "confirm: no answer within 40 ms"),
        ("step = \"40 ms\"", "step `people` took longer than its 40 ms"),
        ("run = \"40 ms\"", "the run took longer than its 40 ms"),
    ] {
        for line in [SIMULATED, REAL_TIME] {
            let deadlines = format!("[deadlines]\n{deadline}\n");
            let folder = asking(script).appended("bench.fixture.toml", &deadlines);
            let (ended, _) = Seated::of(line, folder).end();
            assert_eq!(ended.code, 3, "{ended:?}");
            assert!(ended.stdout.contains(said), "{said}: {ended:?}");
        }
    }
}

#[test]
fn a_stop_ends_a_question_at_once_with_its_clean_ups_and_by_the_run_itself() {
    let script = "cleanup(|| note(\"cleaned up\"));\n\
                  try { confirm(\"Go on?\"); } catch {}\ncheck(\"one\", true);";
    for line in [SIMULATED, REAL_TIME] {
        for how in [Some(Signal::SIGTERM), None] {
            let mut seated = Seated::at(line, script);
            seated.terminal.shows("then Enter");
            match how {
                Some(signal) => seated.signal(signal),
                // Ctrl-C, as a person presses it.
                None => seated.terminal.types("\x03"),
            }
            let (ended, folder) = seated.end();
            assert_eq!(ended.code, 130, "{ended:?}");
            assert!(ended.stdout.contains("note: cleaned up"), "{ended:?}");
            assert_eq!(outcomes(&folder), ["unanswered"]);
        }
    }
}

#[test]
fn the_end_of_the_input_is_an_error_and_no_answer() {
    let mut seated = Seated::at(SIMULATED, "confirm(\"Go on?\");");
    seated.terminal.shows("then Enter");
    seated.terminal.shows("\r\n");
    // Ctrl-D.
    seated.terminal.types("\x04");
    let (ended, _) = seated.end();
    assert_eq!(ended.code, 3, "{ended:?}");
    let said = "confirm: nobody answers: the input has ended";
    assert!(ended.stdout.contains(said), "{ended:?}");
}

#[test]
fn a_run_in_the_background_takes_no_line_and_is_not_stopped_by_its_terminal() {
    let folder = asking("confirm(\"Go on?\");");
    let terminal = Terminal::new();
    let run = Program::command(folder.root(), SIMULATED);
    // A shell with jobs gives each a process group; the terminal stays with the shell.
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", "set -m; \"$@\" & wait $!", "sh"])
        .arg(run.get_program())
        .args(run.get_args());
    let mut command = in_session(&shell, folder.root());
    command.stdin(terminal.end()).stdout(terminal.end()).stderr(terminal.end());
    let run = Run(command.spawn().unwrap());
    let (ended, folder) = Seated { folder, terminal, run }.end();
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.stdout.contains("nobody is there to answer: the run is in the background"));
    assert_eq!(outcomes(&folder), ["unanswered"]);
}

#[test]
fn nothing_is_drawn_over_a_question_that_waits() {
    let mut seated = Seated::at(REAL_TIME, "confirm(\"Go on?\", #{ within: 1.s });");
    seated.terminal.shows("within 1.00 s\r\n");
    let (ended, _) = seated.end();
    let (_, after) = ended.stdout.split_once("within 1.00 s\n").unwrap();
    // What the live line looks like after it has been there for half a second.
    assert!(!after.contains('⠒'), "{ended:?}");
}

#[test]
fn a_scanner_that_has_gone_mad_is_an_error_and_does_not_fill_the_record() {
    let seated = Seated::at(SIMULATED, "scan(\"Scan the label\", \"SN\\\\d{4}\");");
    seated.terminal.types_on_and_on("4006381333931\r");
    let (ended, folder) = seated.end();
    assert_eq!(ended.code, 3, "{ended:?}");
    assert_eq!(outcomes(&folder), vec!["refused"; 100]);
}
