//! The database's write-ahead log, which SQLite reads as far as it makes sense and no further:
//! a byte that was changed there takes everything behind it away, and nobody says so.
//!
//! Source: SQLite, "WAL-mode File Format", sections 2 and 4.

use std::fs;
use std::io;
use std::path::Path;

/// How often a log that another process may be writing is read before it is believed.
const READS: usize = 3;
const HEADER: usize = 32;
const FRAME: usize = 24;

/// What is wrong with the write-ahead log beside the database `path`, if anything is. A commit that
/// cannot be read is wrong even if it is the last, which a power cut can leave as well.
pub(super) fn look(path: &Path) -> io::Result<Option<String>> {
    let mut file = path.as_os_str().to_owned();
    file.push("-wal");
    let mut last = None;
    for _ in 0..READS {
        let bytes = match fs::read(&file) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        last = damage(&bytes);
        if last.is_none() {
            return Ok(None);
        }
    }
    Ok(last.map(|what| {
        format!(
            "the write-ahead log {what}; what was committed behind that is not read any more \
             (or the power failed while it was written)"
        )
    }))
}

/// What is wrong with the log in `bytes`.
fn damage(bytes: &[u8]) -> Option<String> {
    let Some((header, mut rest)) = bytes.split_at_checked(HEADER) else {
        return (!bytes.is_empty()).then(|| "is shorter than its head".to_owned());
    };
    let big_endian = match word(header, 0) {
        0x377f_0682 => false,
        0x377f_0683 => true,
        _ => return Some("does not begin as one".to_owned()),
    };
    let mut sum = Sum { big_endian, first: 0, second: 0 };
    sum.add(&header[..24]);
    if !sum.is(header, 24) {
        return Some("has a damaged head".to_owned());
    }
    let size = FRAME + word(header, 2) as usize;
    let salts = (word(header, 4), word(header, 5));
    let mut broken = None;
    for number in 1_u64.. {
        let Some((frame, next)) = rest.split_at_checked(size) else { break };
        rest = next;
        let (one, other) = (word(frame, 2) == salts.0, word(frame, 3) == salts.1);
        if broken.is_none() {
            sum.add(&frame[..8]);
            sum.add(&frame[FRAME..]);
            if one && other && sum.is(frame, 16) {
                continue;
            }
            broken = Some(number);
        }
        // Frames of an earlier round have other salts, both of them.
        let commits = word(frame, 1) != 0;
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

/// The checksum that runs through the whole log.
struct Sum {
    big_endian: bool,
    first: u32,
    second: u32,
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let read = if self.big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
        let (pairs, _) = bytes.as_chunks::<8>();
        for &[a, b, c, d, e, f, g, h] in pairs {
            self.first = self.first.wrapping_add(read([a, b, c, d])).wrapping_add(self.second);
            self.second = self.second.wrapping_add(read([e, f, g, h])).wrapping_add(self.first);
        }
    }

    /// Whether it is the one that stands at the byte `at`.
    fn is(&self, bytes: &[u8], at: usize) -> bool {
        (word(bytes, at / 4), word(bytes, at / 4 + 1)) == (self.first, self.second)
    }
}
