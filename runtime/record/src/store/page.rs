//! A page of the database file, which ends with a checksum of the rest.
//!
//! SQLite leaves the end of a page alone if it is told to when a database is made. With a checksum
//! there, a byte that changed is seen even where SQLite keeps nothing. Only pages in the file have
//! one: SQLite has a checksum of its own in the write-ahead log.

use super::database::APPLICATION;
use super::sum::Sum;

/// How many bytes a page has; SQLite chooses that many itself.
pub(crate) const PAGE: usize = 4096;

/// How many of them are the checksum.
pub(super) const CHECKSUM: usize = 8;

/// How many bytes the head of a database has.
pub(crate) const HEAD: usize = 100;

/// The page of the bytes that SQLite's locks lie on, which it neither reads nor writes.
///
/// Source: SQLite, "Database File Format", 1.4, "The Lock-Byte Page".
const LOCKS: u32 = 0x4000_0000 / PAGE as u32 + 1;

/// Puts the checksum of the page with this `number`, from 1, at its end.
pub(crate) fn complete(number: u32, page: &mut [u8; PAGE]) {
    if let Some((rest, end)) = page.split_last_chunk_mut() {
        *end = checksum(number, rest);
    }
}

/// Whether the page with this `number` is as it was completed.
pub(crate) fn holds(number: u32, page: &[u8; PAGE]) -> bool {
    if number == LOCKS {
        return page.iter().all(|byte| *byte == 0);
    }
    page.split_last_chunk().is_some_and(|(rest, end)| *end == checksum(number, rest))
}

/// The number is part of it: a page that lies where another belongs does not hold, and neither does
/// one of zeroes.
fn checksum(number: u32, rest: &[u8]) -> [u8; CHECKSUM] {
    let mut sum = Sum::new(false, number);
    sum.add(rest);
    let (first, second) = sum.words();
    (u64::from(first) | u64::from(second) << 32).to_le_bytes()
}

/// Whether the pages of a database with this `head` end with checksums. Two places of it say so,
/// and one is enough: otherwise a byte that changed there would hide itself and all others.
pub(crate) fn end_with_checksums(head: &[u8; HEAD]) -> bool {
    let word = |at: usize| head.get(at..at + 4).and_then(|it| it.try_into().ok());
    let word = |at: usize| word(at).map_or(0, |it| i64::from(u32::from_be_bytes(it)));
    let leaves_room = usize::from(head[20]) == CHECKSUM;
    let (version, application) = (word(60), word(68));
    leaves_room || application == APPLICATION && version >= FIRST
}

/// The first version of the tables with checksums.
const FIRST: i64 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn page(number: u32) -> [u8; PAGE] {
        let mut page = [0; PAGE];
        page[..5].copy_from_slice(b"rails");
        complete(number, &mut page);
        page
    }

    #[test]
    fn a_bit_that_changed_anywhere_in_a_page_shows() {
        let mut page = page(7);
        assert!(holds(7, &page));
        for at in 0..PAGE {
            for bit in 0..8 {
                page[at] ^= 1 << bit;
                assert!(!holds(7, &page), "bit {bit} of byte {at}");
                page[at] ^= 1 << bit;
            }
        }
    }

    #[test]
    fn a_page_holds_only_in_its_own_place() {
        let page = page(7);
        assert!((1..100).filter(|it| holds(*it, &page)).eq([7]));
    }

    #[test]
    fn a_page_of_zeroes_holds_nowhere_but_under_the_locks() {
        let mut page = [0; PAGE];
        // 1 GiB in pages of 4 KiB, counted from 1.
        assert!((1..300_000).filter(|it| holds(*it, &page)).eq([262_145]));
        page[PAGE - 1] = 1;
        assert!(!holds(262_145, &page));
    }

    #[test]
    fn the_checksum_is_the_one_of_the_documented_format() {
        // By hand: 1 + 0 + 1 = 2, 1 + 0 + 2 = 3, and so on, each the sum of the two before it.
        let mut page = [0; PAGE];
        complete(1, &mut page);
        let (mut first, mut second) = (1_u32, 1_u32);
        for _ in 0..(PAGE - CHECKSUM) / 8 {
            first = first.wrapping_add(second);
            second = second.wrapping_add(first);
        }
        assert_eq!(page[PAGE - 8..PAGE - 4], first.to_le_bytes());
        assert_eq!(page[PAGE - 4..], second.to_le_bytes());
    }

    #[test]
    fn one_byte_of_the_head_cannot_say_that_there_are_no_checksums() {
        let mut head = [0; HEAD];
        assert!(!end_with_checksums(&head), "somebody else's");
        head[20] = 8;
        assert!(end_with_checksums(&head), "one that was just made");
        head[60..64].copy_from_slice(&3_u32.to_be_bytes());
        head[68..72].copy_from_slice(b"POGO");
        for at in 0..HEAD {
            head[at] ^= 0xff;
            assert!(end_with_checksums(&head), "{at}");
            head[at] ^= 0xff;
        }
        head[20] = 0;
        assert!(end_with_checksums(&head));
        head[63] = 2;
        assert!(!end_with_checksums(&head), "one from before there were checksums");
    }
}
