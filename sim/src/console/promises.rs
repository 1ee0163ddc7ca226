//! What a simulated console promises, in the words of what goes over it.

use std::sync::Arc;
use std::time::Duration;

use pogo_hal::{Deadline, Dial, Flow, Line, LineSettings, Parity, Resource, toml_file};

use crate::trial::{PSU, Talk, plan, soon, with_device, with_fault};
use crate::{Bench, ConsoleRole, Plan};

const UNIT: &str = r#"
load("VBAT", #{ on: 1.mA, boots_in: 100.ms, needs: 2.V });
resistor("PROBE", 1.Mohm);
resistor("TP", 1.Mohm);
firmware("application", #{ version: "1.4.2", image: "the image" });
let long = []; for each in 0..14 { long.push("0123456789012345678901234567890123456789"); }
console("UART", #{ baud: 10000, echo: true, prompt: "> " });
on_boot(|| say("UART", ["TH-100", "ready"]));
on_line("UART", |line| switch line {
    "version" => firmware("application").version,
    "size" => `${firmware("application").image.len()} bytes`,
    "flash" => { firmware("application", #{ version: "2.0" }); "done" }
    "list" => ["one", "two"],
    "quiet" => (),
    "later" => { after(50.ms, || say("UART", "now")); }
    "flood" => { every(500.ms, || say("UART", long)); }
    _ => "unknown: " + line,
});
"#;

const UART: &str = "ASRL/dev/ttyUSB0::INSTR";

fn uart(baud: u32, sim: &str) -> ConsoleRole {
    let (parity, flow) = (Parity::None, Flow::None);
    ConsoleRole {
        role: "uart".into(),
        resource: UART.parse().unwrap(),
        line: LineSettings { baud, data_bits: 8, parity, stop_bits: 1, flow },
        sim: toml_file::read("bench.fixture.toml", sim).unwrap(),
    }
}

fn of(file: &str, console: ConsoleRole) -> (Plan, tempfile::TempDir) {
    let (mut plan, folder) = with_device(plan("connect = 'TP'"), file);
    plan.consoles.push(console);
    (plan, folder)
}

struct Wire {
    bench: Arc<Bench>,
    psu: Talk,
    line: Box<dyn Line>,
    _folder: tempfile::TempDir,
}

/// A unit that is on, and has not booted yet.
async fn wire(fault: &str, baud: u32) -> Wire {
    let (mut plan, _folder) = of(UNIT, uart(baud, "connect = 'UART'"));
    if !fault.is_empty() {
        plan = with_fault(plan, &format!("at = 'uart'\n{fault}"));
    }
    let bench = Bench::build(plan).unwrap();
    let line = open(&bench).await.unwrap();
    let mut psu = Talk::with(&bench, PSU).await;
    psu.say("VOLT 3,(@1);CURR 0.1,(@1);:OUTP ON,(@1)").await;
    Wire { bench, psu, line, _folder }
}

async fn open(bench: &Arc<Bench>) -> pogo_hal::Result<Box<dyn Line>> {
    let resource: Resource = UART.parse().unwrap();
    bench.line(&resource, &uart(10_000, "").line, soon()).await
}

impl Wire {
    async fn until(&self, milliseconds: u64) {
        self.bench.world().sleep_until(milliseconds * 1_000_000).await;
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&self.line.take().unwrap().bytes()).into_owned()
    }

    async fn tell(&self, line: &str) {
        self.line.write(format!("{line}\n").as_bytes(), soon()).await.unwrap();
    }

    /// What comes within so many milliseconds after a line.
    async fn ask(&self, line: &str, milliseconds: u64) -> String {
        self.said();
        self.tell(line).await;
        self.bench.world().sleep(Duration::from_millis(milliseconds)).await;
        self.said()
    }
}

#[tokio::test(start_paused = true)]
async fn a_unit_says_what_it_says_once_it_has_booted_character_by_character() {
    let wire = wire("", 10_000).await;
    assert_eq!(wire.ask("version", 80).await, "", "nobody is up to hear it");
    // Booted at 100 ms; eight characters at 10,000 baud take 8 ms.
    wire.until(107).await;
    assert_eq!(wire.said(), "");
    wire.until(108).await;
    let heard = wire.line.take().unwrap();
    assert_eq!(heard.bytes(), b"TH-100\r\n");
    let at = heard.pieces[0].0 - wire.bench.world().instant(0);
    assert_eq!(at, Duration::from_millis(108));
    wire.until(115).await;
    assert_eq!(wire.said(), "ready\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_line_is_echoed_answered_and_followed_by_the_prompt() {
    let wire = wire("", 10_000).await;
    wire.until(200).await;
    assert_eq!(wire.ask("version", 100).await, "version\r\n1.4.2\r\n> ");
    assert_eq!(wire.ask("list", 100).await, "list\r\none\r\ntwo\r\n> ");
    assert_eq!(wire.ask("quiet", 100).await, "quiet\r\n> ");
    assert_eq!(wire.ask("later", 200).await, "later\r\n> now\r\n");
    assert_eq!(wire.ask("", 100).await, "\r\n> ");
    assert_eq!(wire.ask("what", 100).await, "what\r\nunknown: what\r\n> ");
}

#[tokio::test(start_paused = true)]
async fn a_question_and_its_answer_take_the_time_of_their_characters() {
    let wire = wire("", 10_000).await;
    wire.until(200).await;
    wire.said();
    // `size` and its end there, `size`, `9 bytes` and `> ` with theirs back.
    wire.tell("size").await;
    wire.until(200 + 5 + 6 + 9 + 1).await;
    assert_eq!(wire.said(), "size\r\n9 bytes\r\n");
    wire.until(200 + 5 + 6 + 9 + 2).await;
    assert_eq!(wire.said(), "> ");
}

#[tokio::test(start_paused = true)]
async fn firmware_is_what_was_put_into_its_slot_last() {
    let wire = wire("", 10_000).await;
    wire.until(200).await;
    wire.ask("flash", 100).await;
    assert_eq!(wire.ask("version", 100).await, "version\r\n2.0\r\n> ");
    assert_eq!(wire.ask("size", 100).await, "size\r\n9 bytes\r\n> ", "its image stayed");
}

#[tokio::test(start_paused = true)]
async fn a_unit_without_a_supply_neither_hears_nor_says_anything() {
    let mut wire = wire("", 10_000).await;
    wire.until(200).await;
    wire.psu.say("OUTP OFF,(@1)").await;
    assert_eq!(wire.ask("version", 500).await, "");
    wire.psu.say("OUTP ON,(@1)").await;
    wire.bench.world().sleep(Duration::from_millis(300)).await;
    assert_eq!(wire.said(), "TH-100\r\nready\r\n", "it has booted again, and forgotten the line");
    // Half a line before it lost its supply, or meanwhile, is no beginning of the next.
    for on in [true, false] {
        let switch = |on| format!("OUTP {},(@1)", if on { "ON" } else { "OFF" });
        wire.psu.say(&switch(on)).await;
        wire.line.write(b"half a ", soon()).await.unwrap();
        wire.bench.world().sleep(Duration::from_millis(50)).await;
        wire.psu.say(&switch(false)).await;
        wire.bench.world().sleep(Duration::from_millis(50)).await;
        wire.psu.say(&switch(true)).await;
        wire.bench.world().sleep(Duration::from_millis(300)).await;
        assert_eq!(wire.ask("size", 100).await, "size\r\n9 bytes\r\n> ", "{on}");
        wire.psu.say(&switch(false)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn two_ends_of_different_speeds_see_nonsense() {
    let wire = wire("", 9_700).await;
    wire.until(200).await;
    assert!(wire.ask("version", 100).await.contains("1.4.2"), "a receiver tolerates four percent");
    let wire = self::wire("", 19_200).await;
    wire.until(200).await;
    let said = wire.said();
    assert!(!said.is_empty() && !said.contains("ready") && said.contains('\u{fffd}'), "{said:?}");
    assert!(!wire.ask("version", 100).await.contains("1.4.2"));
}

#[tokio::test(start_paused = true)]
async fn a_unit_that_never_stops_talking_fills_no_memory() {
    let wire = wire("", 10_000).await;
    wire.until(200).await;
    wire.tell("flood").await;
    wire.until(3_600_000).await;
    let heard = wire.line.take().unwrap();
    let held = heard.bytes().len();
    assert!(held > 1_000_000 && held <= 1 << 20, "{held}");
    // An hour of 1,000 characters a second, but for the beginning.
    assert!((3_500_000..3_600_000).contains(&(heard.dropped + held as u64)), "{}", heard.dropped);
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_the_wire_is_one_of_what_goes_over_it() {
    for (fault, answer) in [
        ("does = 'fall silent'\nafter = 1", ""),
        ("does = 'open'", ""),
        ("does = 'garble'", "?ersion\r\n?.4.2\r\n? "),
        ("does = 'truncate'", "versi1.4.>"),
        ("does = 'answer late'\nby = '10 s'", ""),
        ("does = 'hold back'\nby = '10 s'\nafter = 1", ""),
    ] {
        let wire = wire(fault, 10_000).await;
        wire.until(200).await;
        let silent = fault.contains("open");
        assert_eq!(wire.said().is_empty(), silent || fault.contains("late"), "{fault}: its boot");
        assert_eq!(wire.ask("quiet", 100).await.is_empty(), silent || fault.contains("late"));
        assert_eq!(wire.ask("version", 100).await, answer, "{fault}");
        if fault.contains("10 s") {
            wire.until(11_000).await;
            assert!(wire.said().ends_with("1.4.2\r\n> "), "{fault}: it comes in the end");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_adapter_that_is_pulled_out_is_gone_at_once_and_stays_so() {
    let wire = wire("does = 'unplug'\nafter = 2", 10_000).await;
    wire.until(200).await;
    assert!(wire.ask("version", 100).await.contains("1.4.2"));
    wire.tell("version").await;
    wire.until(400).await;
    wire.line.check().unwrap();
    let error = wire.line.write(b"version\n", soon()).await.unwrap_err();
    assert!(error.message().contains("was unplugged"), "{error}");
    assert!(wire.said().contains("1.4.2"), "what had come before is still there");
    assert!(wire.line.take().is_err() && wire.line.check().is_err());
    drop(wire.line);
    let error = open(&wire.bench).await.err().unwrap();
    assert!(error.message().contains("nothing is plugged in"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn noise_comes_as_fast_as_the_line_carries_it_and_only_between_its_moments() {
    let wire = wire("does = 'flood'\nfrom = '1 s'\nuntil = '2 s'", 921_600).await;
    wire.until(999).await;
    wire.said();
    wire.until(3_000).await;
    let heard = wire.line.take().unwrap();
    let held = heard.bytes().len();
    assert!((90_000..95_000).contains(&held), "{held}");
}

#[tokio::test(start_paused = true)]
async fn a_console_has_one_user_and_refuses_where_it_is_told_to() {
    let wire = wire("", 10_000).await;
    let error = open(&wire.bench).await.err().unwrap();
    assert!(error.message().contains("in use"), "{error}");
    drop(wire.line);
    open(&wire.bench).await.unwrap();
    let (plan, _folder) = of(UNIT, uart(10_000, "connect = 'UART'"));
    let bench = Bench::build(with_fault(plan, "at = 'uart'\ndoes = 'refuse'")).unwrap();
    assert!(open(&bench).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_faster_than_the_line_takes_has_to_wait_for_it() {
    let wire = wire("", 10_000).await;
    let much = vec![b'x'; 6000];
    let error = wire.line.write(&much, Deadline::after(Duration::from_millis(10))).await;
    assert_eq!(error.unwrap_err().kind(), pogo_hal::ErrorKind::Timeout);
    let begun = wire.bench.world().now_ns();
    wire.line.write(b"x", soon()).await.unwrap();
    let waited = wire.bench.world().now_ns() - begun;
    assert!((1_800_000_000..2_000_000_000).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_in_a_handler_is_an_error_of_the_bench_with_its_line() {
    let file = UNIT.replace("\"unknown: \" + line", "7");
    let (plan, _folder) = of(&file, uart(10_000, "connect = 'UART'"));
    let bench = Bench::build(plan).unwrap();
    let line = open(&bench).await.unwrap();
    let mut psu = Talk::with(&bench, PSU).await;
    psu.say("VOLT 3,(@1);CURR 0.1,(@1);:OUTP ON,(@1)").await;
    bench.world().sleep(Duration::from_millis(200)).await;
    line.write(b"what\n", soon()).await.unwrap();
    bench.world().sleep(Duration::from_millis(100)).await;
    let error = line.take().unwrap_err();
    assert!(error.message().contains("unit.dut.rhai:9:1: on_line: a i64 is no text"), "{error}");
}

#[test]
fn what_no_console_can_be_is_refused_with_its_place_and_what_was_meant() {
    let at = |file: &str, sim: &str| {
        let (plan, _folder) = of(file, uart(10_000, sim));
        crate::check(&plan).unwrap_err()
    };
    for (sim, message, hint) in [
        ("connect = 'UARD'", "no console `UARD`", "did you mean `UART`?"),
        ("", "plugged in nowhere", "connect"),
        ("connect = 'UART'\nnet = 'x'", "net", ""),
    ] {
        let wrong = at(UNIT, sim);
        assert!(wrong.message.contains(message), "{wrong:?}");
        assert!(wrong.hint.unwrap_or_default().contains(hint), "{sim}");
        assert!(wrong.place.is_some());
    }
    for (line, message, hint) in [
        ("console(\"A\", #{ boud: 9600 });", "`console` has no `boud`", "`baud`"),
        ("console(\"A\", #{ baud: 0 });", "no line has 0 baud", "115200"),
        ("console(\"UART\", #{});", "declared already", ""),
        ("on_line(\"UARTS\", |line| ());", "no console `UARTS`", "did you mean `UART`?"),
        ("say(\"UART\", 5);", "a i64 is no text", "list of texts"),
        ("firmware(\"boot\");", "there is no slot `boot`", ""),
        ("firmware(\"boot\", #{ image: 5 });", "`image` is a i64", "blob"),
    ] {
        let wrong = at(&format!("{UNIT}{line}"), "connect = 'UART'");
        assert!(wrong.message.contains(message), "{line}: {wrong:?}");
        assert!(wrong.hint.clone().unwrap_or_default().contains(hint), "{line}: {wrong:?}");
        assert!(wrong.place.is_some_and(|it| it.line == 19), "{line}");
    }
    let (plan, _folder) = of(UNIT, uart(10_000, "connect = 'UART'"));
    let read = |text| crate::check(&with_fault(plan.clone(), text)).unwrap_err();
    let wrong = read("at = 'uart'\ndoes = 'stuck off'");
    assert!(wrong.message.contains("`uart` is a console"), "{wrong:?}");
    let wrong = read("at = 'psu'\ndoes = 'unplug'");
    assert!(wrong.message.contains("`psu` is no console"), "{wrong:?}");
}
