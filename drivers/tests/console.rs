//! Consoles over a pair of pseudoterminals: this end is the unit.
#![expect(clippy::unwrap_used, reason = "what fails here is the test's own setting up")]

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use pogo_drivers::{ConsoleSetup, Network, Opened, Wires};
use pogo_hal::{
    Console, Deadline, ErrorKind, Handle, Inbox, Result, SafeState, WireLog, conformance, toml_file,
};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tokio::time::Instant;

/// The unit's end of a line.
struct Unit {
    wire: File,
    path: String,
}

impl Unit {
    fn new() -> Self {
        let wire: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&wire).unwrap();
        unlockpt(&wire).unwrap();
        let path = ptsname(&wire, Vec::new()).unwrap().into_string().unwrap();
        Self { wire: wire.into(), path }
    }

    fn says(&mut self, text: &[u8]) {
        self.wire.write_all(text).unwrap();
    }

    fn setup(&self, options: &str, patience: Duration) -> ConsoleSetup {
        let options = toml_file::read("bench.fixture.toml", options).unwrap();
        let resource = format!("ASRL{}::INSTR", self.path).parse().unwrap();
        ConsoleSetup::read("uart", &resource, options, patience).unwrap()
    }
}

const PATIENCE: Duration = Duration::from_secs(2);

async fn open(setup: &ConsoleSetup) -> Result<(Arc<dyn Console>, Arc<WireLog>)> {
    let wires = Wires::new(Arc::new(Network::default()));
    let Opened { handle, log, .. } = wires.open_console(setup).await?;
    let Handle::Console(console) = handle else { panic!("a console") };
    Ok((console, log))
}

async fn plugged_in() -> (Unit, Arc<dyn Console>) {
    let unit = Unit::new();
    let (console, _) = open(&unit.setup("", PATIENCE)).await.unwrap();
    (unit, console)
}

fn soon() -> Deadline {
    Deadline::after(PATIENCE)
}

/// Everything until there are so many bytes, dropped ones among them.
async fn hear(console: &dyn Console, count: usize) -> (Vec<u8>, u64) {
    let (mut said, mut dropped) = (Vec::new(), 0);
    while said.len() + (dropped as usize) < count {
        let heard = console.hear(soon()).await.unwrap();
        dropped += heard.dropped;
        said.extend(heard.bytes());
    }
    (said, dropped)
}

#[tokio::test]
async fn a_console_on_a_real_line_keeps_the_promises_of_a_console() {
    let unit = Unit::new();
    let setup = unit.setup("baud = 921600", Duration::from_millis(400));
    let (console, _) = open(&setup).await.unwrap();
    let mut wire = unit.wire.try_clone().unwrap();
    let answering = std::thread::spawn(move || {
        let mut line = Vec::new();
        let mut byte = [0];
        for _ in 0..3 {
            while !line.ends_with(b"\n") {
                wire.read_exact(&mut byte).unwrap();
                line.push(byte[0]);
            }
            assert_eq!(line, b"version\n");
            line.clear();
            wire.write_all(b"TH-100 1.4.2\r\n> ").unwrap();
        }
    });
    conformance::console(&*console, "version", "1.4.2", Duration::from_millis(400)).await.unwrap();
    answering.join().unwrap();
}

#[tokio::test]
async fn a_flood_that_nobody_takes_is_bounded_and_every_byte_is_accounted_for() {
    let (mut unit, console) = plugged_in().await;
    let most = Inbox::<()>::MOST;
    let flooded = 4 * most;
    let flooding = std::thread::spawn(move || {
        let line = [b"flood ".repeat(10), b"\r\n".to_vec()].concat();
        let mut left = flooded;
        while left > 0 {
            let piece = &line[..line.len().min(left)];
            unit.says(piece);
            left -= piece.len();
        }
        unit
    });
    // Nobody takes anything meanwhile, and the unit is not held up.
    let _unit = flooding.join().unwrap();
    let (said, dropped) = hear(&*console, flooded).await;
    assert_eq!(said.len() + dropped as usize, flooded);
    assert!(said.len() <= most + 64 * 1024, "{} bytes were kept", said.len());
}

#[tokio::test]
async fn what_comes_in_pieces_comes_whole_and_in_order() {
    let (mut unit, console) = plugged_in().await;
    for piece in [&b"\x1b[32mte"[..], b"mp=", b"23.5", b"\x1b[0m\r", b"\nhalf a li"] {
        unit.says(piece);
    }
    let all = b"\x1b[32mtemp=23.5\x1b[0m\r\nhalf a li";
    assert_eq!(hear(&*console, all.len()).await, (all.to_vec(), 0));
}

#[tokio::test]
async fn no_character_means_anything_to_the_line_itself() {
    let (mut unit, console) = plugged_in().await;
    let all: Vec<u8> = (0..=255).collect();
    unit.says(&all);
    assert_eq!(hear(&*console, 256).await.0, all);
    console.send_line(&all, soon()).await.unwrap();
    let mut told = vec![0; 257];
    unit.wire.read_exact(&mut told).unwrap();
    assert_eq!((&told[..256], told[256]), (&all[..], b'\n'));
}

#[tokio::test]
async fn an_adapter_that_is_unplugged_ends_a_call_at_once_after_what_was_said_before() {
    let (mut unit, console) = plugged_in().await;
    unit.says(b"last words\r\n");
    assert_eq!(hear(&*console, 12).await.0, b"last words\r\n");
    let waiting = Instant::now();
    let unplugging = std::thread::spawn(move || drop(unit));
    let error = console.hear(Deadline::after(Duration::from_secs(60))).await.unwrap_err();
    unplugging.join().unwrap();
    assert!(waiting.elapsed() < Duration::from_secs(20), "it did not wait for the deadline");
    assert_eq!(error.kind(), ErrorKind::Unreachable, "the bench is bad, not the unit: {error}");
    assert!(error.message().contains("is gone") && error.hint().unwrap().contains("unplugged"));
    let error = console.send_line(b"version", soon()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    assert_eq!(console.make_safe().await.unwrap(), SafeState::Passive);
}

#[tokio::test]
async fn a_unit_that_is_silent_behind_a_sound_adapter_does_not_answer() {
    let (_unit, console) = plugged_in().await;
    let error = console.hear(Deadline::after(Duration::from_millis(30))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoAnswer, "{error}");
}

#[tokio::test]
async fn a_line_has_one_user_and_is_free_as_soon_as_that_one_is_gone() {
    let unit = Unit::new();
    let setup = unit.setup("", PATIENCE);
    let first = open(&setup).await.unwrap();
    let error = open(&setup).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.message().contains("is in use by another program"), "{error}");
    drop(first);
    open(&setup).await.unwrap();
}

#[tokio::test]
async fn a_line_that_is_not_there_says_so_and_which_there_are() {
    let unit = Unit::new();
    let mut setup = unit.setup("", PATIENCE);
    setup.resource = "ASRL/dev/ttyUSB-none::INSTR".parse().unwrap();
    let error = open(&setup).await.err().unwrap();
    assert_eq!(error.message(), "there is no `/dev/ttyUSB-none`");
    assert!(error.hint().unwrap().starts_with("plug the adapter in"), "{error:?}");
}

#[tokio::test]
async fn what_was_on_the_line_before_it_was_opened_is_nobodys_answer() {
    let mut unit = Unit::new();
    let setup = unit.setup("", PATIENCE);
    drop(open(&setup).await.unwrap());
    unit.says(b"stale\n");
    let (console, _) = open(&setup).await.unwrap();
    unit.says(b"fresh\n");
    assert_eq!(hear(&*console, 6).await.0, b"fresh\n");
}

#[tokio::test]
async fn a_unit_that_takes_nothing_holds_a_call_up_until_its_deadline_and_no_longer() {
    let (_unit, console) = plugged_in().await;
    let much = vec![b'x'; 1 << 20];
    let error = console.send_line(&much, Deadline::after(Duration::from_millis(50))).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.hint().unwrap().contains("flow"), "{error:?}");
}

#[tokio::test]
async fn the_log_keeps_whole_lines_wherever_the_wire_cut_them() {
    let mut unit = Unit::new();
    let (console, log) = open(&unit.setup("", PATIENCE)).await.unwrap();
    unit.says(b"one\r\ntw");
    hear(&*console, 7).await;
    unit.says(b"o\r\nlogin: ");
    hear(&*console, 10).await;
    console.send_line(b"root", soon()).await.unwrap();
    let kept: Vec<_> = log.exchanges().into_iter().map(|it| it.bytes).collect();
    assert_eq!(kept, [&b"one\r\n"[..], b"two\r\n", b"login: ", b"root\n"]);
}
