//! What a run and its guard hold of instruments that have to be dialled again and again.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::bench::{REAL, folder};
use crate::{Program, Served};

const REDIALS: usize = 200;

/// A meter that answers every reading with what is no number, so that whoever asks gives the
/// connection up. Counts those who come.
fn babbler() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (address, came) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = came.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            count.fetch_add(1, Ordering::Release);
            thread::spawn(move || babble(stream));
        }
    });
    (address, came)
}

fn babble(stream: TcpStream) {
    stream.set_nodelay(true).unwrap();
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    while lines.read_line(&mut line).is_ok_and(|length| length > 0) {
        let answer = match line.trim() {
            "*IDN?" => "Keysight Technologies,34461A,SIM1,A.02.17",
            "*OPC?" => "1",
            message if message.contains("ERR?") => "+0,\"No error\"",
            _ => "um",
        };
        if line.contains('?') && writeln!(lines.get_mut(), "{answer}").is_err() {
            return;
        }
        line.clear();
    }
}

fn descriptors(id: u32) -> usize {
    fs::read_dir(format!("/proc/{id}/fd")).unwrap().count()
}

/// The guard that process `run` has started.
fn guard_of(run: u32) -> u32 {
    let ids = fs::read_dir("/proc").unwrap().flatten();
    let mut ids = ids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_its_guard = |id: &u32| {
        let Ok(status) = fs::read_to_string(format!("/proc/{id}/status")) else { return false };
        let Ok(command) = fs::read(format!("/proc/{id}/cmdline")) else { return false };
        status.lines().any(|line| line == format!("PPid:\t{run}"))
            && command.ends_with(b"\0guard\0")
    };
    ids.find(is_its_guard).unwrap()
}

#[test]
fn an_instrument_that_is_dialled_again_and_again_leaves_no_descriptors_behind() {
    // The supply switches on at last, which another client sees: until then there is no telling.
    let folder = folder(&format!(
        "for n in 0..{REDIALS} {{ try {{ dmm.dc_voltage(); }} catch {{}} }}\n\
         psu.set_voltage(1.V);\npsu.on();\nwait(600.s);"
    ));
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "other"]);
    let (babbler, came) = babbler();
    let meter = served.address("dmm");
    let folder = folder.edited("out.toml", &address(meter), &address(babbler));
    let line = REAL.replace("bench.fixture.toml", "out.toml");
    let mut command = Program::command(folder.root(), &line);
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut witness = served.client("psu");
    while witness.ask("OUTP? (@1)") != "1" {
        assert!(run.try_wait().unwrap().is_none(), "the run ended early");
    }
    assert!(came.load(Ordering::Acquire) >= REDIALS, "{came:?} connections");
    let guard = guard_of(run.id());
    let (runs, guards) = (descriptors(run.id()), descriptors(guard));
    kill(Pid::from_raw(i32::try_from(run.id()).unwrap()), Signal::SIGTERM).unwrap();
    run.wait().unwrap();
    // Three instruments, each with its lock, its connection, the duplicate of that, and what was
    // there before it; the store; the threads' own.
    assert!(runs < 50, "the run has {runs} descriptors");
    assert!(guards < 20, "its guard has {guards} descriptors");
}

fn address(socket: SocketAddr) -> String {
    format!("{}::{}::", socket.ip(), socket.port())
}
