//! The database's write-ahead log, which SQLite reads as far as it makes sense and no further:
//! a byte that was changed there takes everything behind it away, and nobody says so.
//!
//! Source: SQLite, "WAL-mode File Format", sections 2 and 4.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::store::reading::wal;
use crate::store::sum::Sum;

/// How often a log that another process may be writing is read before it is believed.
const READS: usize = 3;
const HEADER: usize = 32;
const FRAME: usize = 24;

/// What the write-ahead log holds.
#[derive(Debug, Default)]
pub(crate) struct Wal {
    /// What is wrong with it, if anything is.
    pub(crate) damage: Option<String>,
    /// How many pages the database has after the last commit here; `None` without one.
    pub(super) size: Option<u32>,
    /// The pages that were committed here and are not in the database file yet, each with the last
    /// frame that holds it. Whatever the file has in their places is not read, and written over.
    pub(super) pages: BTreeMap<u32, u64>,
}

/// Reads the log beside the database `path`, of which so many frames were `backfilled` before this
/// was called: they are in the database file for good. A commit that cannot be read is wrong even
/// if it is the last, which a power cut can leave as well.
///
/// As long as the caller has begun to read the database, no page that is missing in
/// [`Wal::pages`] changes in the file.
pub(crate) fn read(path: &Path, backfilled: u64) -> io::Result<Wal> {
    let mut last = Wal::default();
    for _ in 0..READS {
        let bytes = match fs::read(wal(path)) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Wal::default()),
            read => read?,
        };
        last = parse(&bytes);
        if last.damage.is_none() {
            break;
        }
    }
    last.pages.retain(|_, frame| *frame > backfilled);
    last.damage = last.damage.map(|what| {
        format!(
            "the write-ahead log {what}; what was committed behind that is not read any more \
             (or the power failed while it was written)"
        )
    });
    Ok(last)
}

fn parse(bytes: &[u8]) -> Wal {
    let mut wal = Wal::default();
    wal.damage = frames(bytes, &mut wal);
    wal
}

/// Takes what was committed; gives what is wrong.
fn frames(bytes: &[u8], wal: &mut Wal) -> Option<String> {
    let Some((header, mut rest)) = bytes.split_at_checked(HEADER) else {
        return (!bytes.is_empty()).then(|| "is shorter than its head".to_owned());
    };
    let big_endian = match word(header, 0) {
        0x377f_0682 => false,
        0x377f_0683 => true,
        _ => return Some("does not begin as one".to_owned()),
    };
    let mut sum = Sum::new(big_endian, 0);
    sum.add(&header[..24]);
    if !stands(sum, header, 24) {
        return Some("has a damaged head".to_owned());
    }
    let size = FRAME + word(header, 2) as usize;
    let salts = (word(header, 4), word(header, 5));
    let (mut broken, mut uncommitted) = (None, Vec::new());
    for number in 1_u64.. {
        let Some((frame, next)) = rest.split_at_checked(size) else { break };
        rest = next;
        let (one, other) = (word(frame, 2) == salts.0, word(frame, 3) == salts.1);
        let commits = word(frame, 1) != 0;
        if broken.is_none() {
            sum.add(&frame[..8]);
            sum.add(&frame[FRAME..]);
            if one && other && stands(sum, frame, 16) {
                uncommitted.push((word(frame, 0), number));
                if commits {
                    wal.size = Some(word(frame, 1));
                    wal.pages.extend(uncommitted.drain(..));
                }
                continue;
            }
            broken = Some(number);
        }
        // Frames of an earlier round have other salts, both of them.
        if (one || other) && (commits || one != other) {
            return broken.map(|it| format!("is damaged in frame {it}"));
        }
    }
    None
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let word = bytes.get(4 * at..4 * at + 4).and_then(|it| it.try_into().ok());
    u32::from_be_bytes(word.unwrap_or_default())
}

/// Whether `sum` is the one at the byte `at`.
fn stands(sum: Sum, bytes: &[u8], at: usize) -> bool {
    (word(bytes, at / 4), word(bytes, at / 4 + 1)) == sum.words()
}
