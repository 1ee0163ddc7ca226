//! Where a message ends.
//!
//! A line feed ends a message, except in a block of bytes, whose length stands in front of it. A
//! wire that has an end of its own (END) does not need the line feed.
//!
//! Source: IEEE 488.2-1992, 7.5 (program message terminator) and 7.7.6 (blocks).

/// The longest block that is waited for; what promises more is no block.
const LONGEST: usize = 64 * 1024;

/// The position of the line feed that ends the message at the front of `bytes`; `None` if it is
/// not among them.
pub(crate) fn end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + bytes.get(at..)?.iter().position(|it| matches!(it, b'\n' | b'#'))?;
        if bytes[found] == b'\n' {
            return Some(found);
        }
        // Elsewhere a number sign is a mistake, or part of a text.
        let begins =
            found == 0 || bytes[found - 1].is_ascii_whitespace() || bytes[found - 1] == b',';
        at = found + 1;
        if begins {
            at += block(&bytes[at..])?;
        }
    }
}

/// How long the block is of which `bytes` is all but the number sign; 0 if it is none or has no
/// length. `None` if that is not known yet.
fn block(bytes: &[u8]) -> Option<usize> {
    let digits = match bytes.first()? {
        digit @ b'1'..=b'9' => usize::from(digit - b'0'),
        _ => return Some(0),
    };
    let mut length = 0_usize;
    for index in 1..=digits {
        match bytes.get(index)? {
            digit @ b'0'..=b'9' => length = length * 10 + usize::from(digit - b'0'),
            _ => return Some(0),
        }
    }
    Some(if length > LONGEST { 0 } else { 1 + digits + length })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_feed_ends_a_message_but_not_within_a_block() {
        for (bytes, expected) in [
            (&b"*IDN?\n"[..], Some(5)),
            (b"*IDN?", None),
            (b"A #13a\nb\nB\n", Some(8)),
            (b"A 1,#13a\nb\nB\n", Some(10)),
            (b"A #212hello\nworld!\n", Some(18)),
            (b"A #12a\n", None),
            (b"A #15hel\n", None),
            (b"A #1", None),
            (b"A #", None),
            (b"A #0a\nb\n", Some(5)),
            (b"A #H3C\n", Some(6)),
            (b"A #2x1\n", Some(6)),
            (b"A '#13'\n", Some(7)),
            (b"A#13\n\n\n\n", Some(4)),
            (b"A #9999999999\n", Some(13)),
            (b"", None),
        ] {
            assert_eq!(end(bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
