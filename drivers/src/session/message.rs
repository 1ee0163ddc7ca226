//! Where a response message ends on a wire that has no end-of-message of its own.
//!
//! A line feed ends it, except inside a definite length block, which may hold any byte and says
//! how long it is.
//!
//! Source: IEEE 488.2-1992, 8.7.9 (definite length block) and 8.5 (response message terminator).

/// The longest response that is taken: 16 MiB.
pub const LONGEST: usize = 16 << 20;

/// What makes an error of the half message before it: no mnemonic and no number holds it.
pub const SPOIL: &[u8] = b"@@\n";

/// Looks for the end of the message that a growing buffer begins with, without looking at any
/// byte twice.
#[derive(Debug, Default)]
pub struct Scanner {
    at: usize,
    state: State,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    /// Where a block may begin: at the start of the message, or after `,` or `;`.
    #[default]
    Start,
    /// Inside anything else.
    Data,
    /// Inside a string: a `,` or `;` here separates nothing.
    Quoted,
    /// After `#`.
    Hash,
    /// So many digits of a block's length are still to come.
    Length { digits: u8, length: usize },
}

/// The message is longer than [`LONGEST`].
#[derive(Debug, PartialEq, Eq)]
pub struct TooLong;

impl Scanner {
    /// The length of the first message in `bytes` without its line feed, once it is complete.
    /// Until the scanner is replaced, `bytes` may only grow at its end.
    ///
    /// # Errors
    ///
    /// The message is, or is going to be, too long.
    pub fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>, TooLong> {
        while let Some(byte) = bytes.get(self.at) {
            if *byte == b'\n' {
                return Ok(Some(self.at));
            }
            self.at += 1;
            self.state = match (self.state, byte) {
                (State::Start, b'#') => State::Hash,
                (State::Quoted, b'"') => State::Data,
                (State::Quoted, _) => State::Quoted,
                (State::Hash, b'1'..=b'9') => State::Length { digits: byte - b'0', length: 0 },
                (State::Length { digits, length }, b'0'..=b'9') => {
                    // At most nine digits: this cannot overflow.
                    let length = length * 10 + usize::from(byte - b'0');
                    if digits > 1 {
                        State::Length { digits: digits - 1, length }
                    } else {
                        self.at = self.at.saturating_add(length);
                        State::Data
                    }
                }
                (_, b',' | b';') => State::Start,
                (_, b'"') => State::Quoted,
                _ => State::Data,
            };
        }
        if self.at > LONGEST { Err(TooLong) } else { Ok(None) }
    }
}

/// `message` without the terminator at its end, where the wire has told its end another way. A line
/// feed that is the last byte of a block is none.
pub fn unterminated(message: &[u8]) -> &[u8] {
    let mut from = 0;
    while let Some(Ok(Some(at))) = message.get(from..).map(|rest| Scanner::default().end(rest)) {
        if from + at + 1 == message.len() {
            let message = &message[..from + at];
            return message.strip_suffix(b"\r").unwrap_or(message);
        }
        from += at + 1;
    }
    message
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_feed_ends_a_message_except_inside_a_block() {
        for (bytes, end) in [
            (&b"1.5\n2"[..], Some(3)),
            (b"1.5", None),
            (b"\n", Some(0)),
            (b"#14a\nbc\n", Some(7)),
            (b"#14a\nb", None),
            (b"#210\n\n\n\n\n\n\n\n\n\n\nrest", Some(14)),
            (b"1,#11\n\n", Some(6)),
            (b"1;#11\n\n", Some(6)),
            (b"#H1F\n", Some(4)),
            (b"#0ab\n", Some(4)),
            (b"#1x\n\n", Some(3)),
            (b"a#15\n", Some(4)),
            (b"\"x,#15\"\n", Some(7)),
        ] {
            let shown = bytes.escape_ascii();
            assert_eq!(Scanner::default().end(bytes), Ok(end), "{shown}");
        }
    }

    #[test]
    fn a_block_that_promises_too_much_is_refused_before_it_comes() {
        assert_eq!(Scanner::default().end(b"#9999999999"), Err(TooLong));
    }

    #[test]
    fn a_terminator_is_taken_off_and_a_line_feed_that_is_data_is_not() {
        for (message, bare) in [
            (&b"1.5\n"[..], &b"1.5"[..]),
            (b"1.5\r\n", b"1.5"),
            (b"1.5", b"1.5"),
            (b"", b""),
            (b"\n", b""),
            (b"#13ab\n", b"#13ab\n"),
            (b"#13ab\n\n", b"#13ab\n"),
            (b"1,#13ab\n\n", b"1,#13ab\n"),
            (b"two\nlines\n", b"two\nlines"),
            (b"two\nlines", b"two\nlines"),
            (b"#9999999999\n", b"#9999999999\n"),
        ] {
            assert_eq!(unterminated(message), bare, "{}", message.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn a_message_that_comes_in_pieces_ends_where_it_does_in_one(
            bytes in prop::collection::vec(prop_oneof![
                Just(b'#'), Just(b'1'), Just(b'3'), Just(b'\n'), Just(b','), Just(b'"'), any::<u8>()
            ], 0..60),
        ) {
            let whole = Scanner::default().end(&bytes);
            let mut scanner = Scanner::default();
            let piecewise = (0..=bytes.len()).map(|n| scanner.end(&bytes[..n]))
                .find(|it| *it != Ok(None)).unwrap_or(Ok(None));
            // A piece may show early what the whole shows as well: that it will be too long.
            prop_assert!(piecewise == whole || piecewise == Err(TooLong));
        }
    }
}
