//! The wires over which `pogo sim serve` gives a bench to other programs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::bench::folder;
use crate::{Folder, Program};

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
