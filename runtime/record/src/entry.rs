//! An entry: the exact bytes of one JSON document.

use std::borrow::Cow;
use std::io::Write;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::author::Author;
use crate::body::Mode;
use crate::error::{RecordError, Result};

/// The version of the entry's layout. Every later program reads every version from 1 on.
pub const SCHEMA: u32 = 1;

/// How many bytes an entry may have: tiles carry a length of sixteen bits.
pub const LONGEST_ENTRY: usize = 65_535;

/// `{"schema":1,"id":"…","seq":…`, with the longest number.
const LONGEST_HEAD: usize = 96;

/// An entry as it was stored.
#[derive(Debug, Deserialize)]
pub struct Entry {
    /// The version of the layout.
    pub schema: u32,
    /// Its own id.
    pub id: Uuid,
    /// Its place in the log, from 0 and without gaps.
    pub seq: u64,
    /// The station that wrote it.
    pub station: String,
    /// What it counts for.
    pub mode: Mode,
    /// Its type, such as `measurement`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The run it belongs to; `None` for what concerns the station.
    #[serde(default)]
    pub run: Option<Uuid>,
    /// Wall time when it was made, in UTC.
    pub utc: Timestamp,
    /// Nanoseconds since the run's start, on the run's own clock.
    pub mono_ns: u64,
    /// What it says, as it was written.
    pub body: Box<RawValue>,
}

/// The hash of an entry as a leaf of the log's tree: SHA-256 of a zero byte and the entry.
///
/// Source: RFC 6962, 2.1.
pub fn leaf(entry: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// An entry without its place in the log.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) id: Uuid,
    pub(crate) kind: Cow<'static, str>,
    /// Everything behind `seq`, from the comma to the closing brace.
    tail: Vec<u8>,
}

const BEFORE_KIND: &str = r#","type":""#;

impl Pending {
    /// An entry of the present moment.
    ///
    /// # Errors
    ///
    /// It would be longer than [`LONGEST_ENTRY`].
    pub(crate) fn new(
        author: &Author,
        kind: &'static str,
        run: Option<Uuid>,
        mono_ns: u64,
        body: &impl Serialize,
    ) -> Result<Self> {
        let mut tail = Vec::with_capacity(1024);
        let refuse = |cause: &dyn std::fmt::Display| {
            RecordError::new(format!("an entry `{kind}` cannot be written: {cause}"))
        };
        tail.extend_from_slice(BEFORE_KIND.as_bytes());
        tail.extend_from_slice(kind.as_bytes());
        tail.extend_from_slice(br#"","station":"#);
        serde_json::to_writer(&mut tail, &author.station).map_err(|cause| refuse(&cause))?;
        write!(tail, r#","mode":"{}""#, author.mode.name()).map_err(|cause| refuse(&cause))?;
        if let Some(run) = run {
            write!(tail, r#","run":"{run}""#).map_err(|cause| refuse(&cause))?;
        }
        write!(tail, r#","utc":"{}","mono_ns":{mono_ns},"body":"#, Timestamp::now())
            .map_err(|cause| refuse(&cause))?;
        serde_json::to_writer(&mut tail, body).map_err(|cause| refuse(&cause))?;
        tail.push(b'}');
        let length = tail.len() + LONGEST_HEAD;
        if length > LONGEST_ENTRY {
            return Err(refuse(&format_args!("{length} bytes, at most {LONGEST_ENTRY} fit"))
                .with_hint("keep long texts in a file and attach it"));
        }
        Ok(Self { id: Uuid::now_v7(), kind: kind.into(), tail })
    }

    /// The entry's bytes at the place `seq`.
    pub(crate) fn bytes(&self, seq: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LONGEST_HEAD + self.tail.len());
        let head = format!(r#"{{"schema":{SCHEMA},"id":"{}","seq":{seq}"#, self.id);
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(&self.tail);
        bytes
    }

    /// One line, from which [`Self::from_line`] makes it again. JSON has no line ends inside.
    pub(crate) fn to_line(&self) -> Vec<u8> {
        let mut line = Vec::with_capacity(40 + self.tail.len());
        line.extend_from_slice(self.id.to_string().as_bytes());
        line.extend_from_slice(&self.tail);
        line.push(b'\n');
        line
    }

    /// From a whole line without its end; `None` if it is none, because its writer died over it.
    pub(crate) fn from_line(line: &[u8]) -> Option<Self> {
        let (id, tail) = line.split_at_checked(36)?;
        let id = Uuid::parse_str(std::str::from_utf8(id).ok()?).ok()?;
        let after = std::str::from_utf8(tail).ok()?.strip_prefix(BEFORE_KIND)?;
        let kind = after.split_once('"')?.0.to_owned().into();
        let pending = Self { id, kind, tail: tail.to_owned() };
        serde_json::from_slice::<Entry>(&pending.bytes(0)).ok().map(|_| pending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(station: &str) -> Author {
        Author { station: station.into(), mode: Mode::Engineering }
    }

    #[test]
    fn an_entry_is_one_document_with_its_place_in_the_log() {
        let run = Uuid::now_v7();
        let pending = Pending::new(&author("ST \"1\""), "note", Some(run), 7, &["a\nb"]).unwrap();
        let entry: Entry = serde_json::from_slice(&pending.bytes(41)).unwrap();
        assert_eq!((entry.schema, entry.seq, entry.mono_ns, entry.run), (1, 41, 7, Some(run)));
        assert_eq!((entry.station.as_str(), entry.kind.as_str()), ("ST \"1\"", "note"));
        assert_eq!(entry.mode, Mode::Engineering);
        assert_eq!((entry.id, entry.body.get()), (pending.id, "[\"a\\nb\"]"));
        assert_eq!(entry.id.get_version_num(), 7);
    }

    #[test]
    fn an_entry_survives_as_a_line_and_half_a_line_is_no_entry() {
        let pending = Pending::new(&author("ST1"), "note", None, 0, &"a\nb").unwrap();
        let line = pending.to_line();
        let (end, line) = line.split_last().unwrap();
        assert!(*end == b'\n' && !line.contains(&b'\n'));
        let again = Pending::from_line(line).unwrap();
        assert_eq!((again.bytes(3), &*again.kind), (pending.bytes(3), "note"));
        for length in 0..line.len() {
            assert!(Pending::from_line(&line[..length]).is_none(), "{length}");
        }
    }

    #[test]
    fn an_entry_that_a_tile_could_not_hold_is_refused() {
        let fits = "x".repeat(LONGEST_ENTRY - LONGEST_HEAD - 200);
        let entry = Pending::new(&author("ST1"), "note", None, 0, &fits).unwrap();
        assert!(entry.bytes(u64::MAX).len() <= LONGEST_ENTRY);
        let error =
            Pending::new(&author("ST1"), "note", None, 0, &"x".repeat(LONGEST_ENTRY)).unwrap_err();
        assert!(error.message().starts_with("an entry `note` cannot be written: "), "{error}");
        assert!(error.hint().unwrap().contains("attach"));
    }

    #[test]
    fn a_leaf_is_hashed_as_the_standard_says() {
        let hex = |bytes: &[u8]| -> String {
            leaf(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
        };
        // The roots of trees with one leaf, RECORDS.md section 3; the second is RFC 6962's own.
        assert_eq!(hex(b""), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(hex(&[0]), "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
    }
}
