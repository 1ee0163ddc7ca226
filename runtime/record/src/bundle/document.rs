//! The files of a bundle that are made of what is in it.

use serde_json::json;

use super::{Bundle, Of};
use crate::body::Mode;
use crate::entry::SCHEMA;
use crate::proof::SIMULATION;

/// The version of a bundle's layout.
const BUNDLE: u32 = 1;

impl Bundle {
    /// `bundle.json`: of what it is, for programs.
    pub(super) fn document(&self) -> String {
        let (what, name) = match &self.of {
            Of::Run(run) => ("run", run.to_string()),
            Of::Serial(serial) => ("serial", serial.clone()),
        };
        let pogo = env!("CARGO_PKG_VERSION");
        let document = json!({ "bundle": BUNDLE, "schema": SCHEMA, "pogo": pogo, what: name });
        format!("{document:#}\n")
    }

    /// In one line for a person: of what it is, and what the runs count for.
    pub(super) fn title(&self) -> String {
        let of = match &self.of {
            Of::Run(run) => format!("Run {run}"),
            Of::Serial(serial) => format!("Unit {}", serial.escape_debug()),
        };
        let modes: Vec<_> = self.modes().into_iter().map(Mode::name).collect();
        let not = match self.key.name().ends_with(SIMULATION) {
            true => ": NOT FOR PRODUCTION",
            false => "",
        };
        format!("{of}, mode {}{not}", modes.join(" and "))
    }

    /// For each entry one line: its place, its leaf, and the hashes of its proof.
    pub(super) fn proofs(&self) -> String {
        let mut text = String::new();
        for entry in &self.entries {
            text.push_str(&format!("{} {}", entry.seq, entry.leaf));
            entry.proof.iter().for_each(|hash| text.push_str(&format!(" {hash}")));
            text.push('\n');
        }
        text
    }

    /// The entries, one a line.
    pub(super) fn lines(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        for entry in &self.entries {
            lines.extend_from_slice(&entry.bytes);
            lines.push(b'\n');
        }
        lines
    }

    /// The key as other programs read it: PEM of the `SubjectPublicKeyInfo`.
    ///
    /// Source: RFC 8410, section 4; RFC 7468, section 13.
    pub(super) fn pem(&self) -> String {
        use base64::Engine as _;
        let crate::proof::Algorithm::Ed25519 = self.key.algorithm();
        let der = [b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", self.key.bytes()].concat();
        let base64 = base64::engine::general_purpose::STANDARD.encode(der);
        format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n")
    }
}
