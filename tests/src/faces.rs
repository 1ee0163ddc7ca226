//! The wires over which `pogo sim serve` gives a bench to other programs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use crate::bench::folder;
use crate::{Folder, Program};

/// What a hostile client sends of something that has no end, or is said to be longer than memory.
const FLOOD: usize = 96 << 20;

/// What the server may have in memory at most, whoever sends what.
const MOST_MEMORY: u64 = 64 << 20;

/// Serves the bench in `folder` until dropped; its first lines, as many as asked for.
struct Printed {
    child: Child,
    lines: Vec<String>,
}

impl Printed {
    fn by(folder: &Folder, line: &str, count: usize) -> Self {
        let line = format!("sim serve bench.fixture.toml {line}");
        let mut child = Program::command(folder.root(), &line)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let lines = stdout.lines().take(count).map(|it| it.expect("text")).collect();
        Self { child, lines }
    }

    /// What was printed for `role`, without ports and other numbers.
    fn of(&self, role: &str) -> Vec<String> {
        let its = self.lines.iter().filter_map(|it| it.strip_prefix(role));
        its.map(|it| it.trim().chars().filter(|it| !it.is_ascii_digit()).collect()).collect()
    }
}

impl Printed {
    /// A connection to the supply's face whose resource string contains `face`.
    fn dial(&self, face: &str) -> TcpStream {
        let line = self.lines.iter().find(|it| it.starts_with("psu") && it.contains(face));
        let line = line.unwrap_or_else(|| panic!("{face}: {:?}", self.lines));
        // The port is the last number but those that stand in names.
        let port = line
            .split([':', ','])
            .filter_map(|it| it.parse::<u16>().ok())
            .next_back()
            .expect("a port");
        TcpStream::connect(("127.0.0.1", port)).expect("somebody listens")
    }

    /// The most memory that the server has had, in bytes.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the server is there");
        let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }
}

impl Drop for Printed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_face_of_every_instrument_is_printed_as_a_resource_string() {
    let folder = folder("wait(1.s);");
    let printed = Printed::by(&folder, "", 12);
    for role in ["psu", "dmm", "other"] {
        let [socket, vxi11, hislip, serial] = &printed.of(role)[..] else {
            panic!("{role}: {:?}", printed.lines);
        };
        assert_eq!(socket, "TCPIP::...::::SOCKET");
        assert_eq!(vxi11, "TCPIP::...,::inst::INSTR", "without a portmapper the port is said");
        assert_eq!(hislip, "TCPIP::...::hislip,::INSTR");
        assert!(serial.starts_with("ASRL/dev/"), "{serial}");
    }
}

#[test]
fn only_the_faces_that_are_asked_for_are_served_and_any_of_them_can_be_in_the_fixture() {
    let folder = folder("wait(1.s);");
    let told = "--faces hislip,serial --write-fixture out.toml --fixture-face hislip";
    let printed = Printed::by(&folder, told, 6);
    assert_eq!(printed.of("psu").len(), 2, "{:?}", printed.lines);
    let written = std::fs::read_to_string(folder.path("out.toml")).expect("a fixture");
    for line in printed.lines.iter().filter(|it| it.contains("hislip")) {
        let resource = line.split_whitespace().nth(1).expect("a resource");
        assert!(written.contains(resource), "{resource}: {written}");
    }
}

#[test]
fn a_face_that_there_is_not_and_one_that_is_not_served_are_refused_with_what_to_do() {
    let folder = folder("wait(1.s);");
    let serve = |line| Program::run(folder.root(), &format!("sim serve bench.fixture.toml {line}"));
    let unknown = serve("--faces usb");
    assert_eq!(unknown.code, 64, "{unknown:?}");
    assert!(unknown.stderr.contains("socket, vxi11, hislip, serial"), "{unknown:?}");
    let missing = serve("--faces serial --write-fixture out.toml");
    assert_eq!(missing.code, 2, "{missing:?}");
    assert!(missing.stderr.contains("over `socket`"), "{missing:?}");
    assert!(missing.stderr.contains("--fixture-face"), "{missing:?}");
    let useless = serve("--faces socket --portmapper");
    assert_eq!(useless.code, 2, "{useless:?}");
    assert!(useless.stderr.contains("`--portmapper` is for the face `vxi11`"), "{useless:?}");
    let alone = serve("--fixture-face serial");
    assert_eq!(alone.code, 64, "{alone:?}");
}

#[test]
fn whoever_floods_a_face_fills_no_memory_and_holds_up_nobody() {
    let folder = folder("wait(1.s);");
    let printed = Printed::by(&folder, "", 12);
    let flood = vec![b'x'; FLOOD];
    // A line that has no end.
    let mut socket = printed.dial("SOCKET");
    socket.write_all(&flood).expect("it is taken");
    // A message of 2^63 bytes, once the session has begun.
    let mut hislip = printed.dial("hislip");
    hislip.write_all(b"HS\0\0\x01\0xx\0\0\0\0\0\0\0\0").expect("it is taken");
    let mut response = [0; 16];
    hislip.read_exact(&mut response).expect("a response");
    let mut second = printed.dial("hislip");
    let session = [b"HS\x11\0\0\0".as_slice(), &response[6..8], &[0; 8]].concat();
    second.write_all(&session).expect("it is taken");
    second.read_exact(&mut response).expect("a response");
    hislip.write_all(b"HS\x07\0\xff\xff\xff\0\x80\0\0\0\0\0\0\0").expect("it is taken");
    hislip.write_all(&flood).expect("it is taken");
    // A record in fragments of 16 KiB, none of which is the last. They end the connection.
    let mut vxi11 = printed.dial("inst");
    let fragment = [[0, 0, 0x40, 0].as_slice(), &flood[..0x4000]].concat();
    let fragments = FLOOD / fragment.len();
    let taken = (0..fragments).take_while(|_| vxi11.write_all(&fragment).is_ok()).count();
    assert!(taken < fragments, "it is hung up on");

    let mut good = BufReader::new(printed.dial("SOCKET"));
    good.get_mut().write_all(b"*IDN?\n").expect("it is taken");
    let mut answer = String::new();
    good.read_line(&mut answer).expect("an answer");
    assert!(answer.contains(",SIM36312A,"), "{answer}");
    assert!(printed.memory() < MOST_MEMORY, "{} bytes", printed.memory());
}
