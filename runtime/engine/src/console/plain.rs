//! What a terminal would show of bytes, as plain lines: colours, cursor movements and titles are
//! left out.
//!
//! Source: ECMA-48, 5.3 and 5.4 (control functions), 8.3 (control strings).

/// A sequence that has no end within so many bytes is none.
const LONGEST: usize = 4096;

const ESC: u8 = 0x1b;

/// Where the stripper is; whatever a wire cuts in two is still understood.
#[derive(Debug, Default)]
pub(super) struct Plain {
    state: State,
    /// The beginning of a character of several bytes.
    partial: Vec<u8>,
    /// A carriage return has come, and what follows says whether it ends the line by itself.
    returned: bool,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Text,
    /// Behind ESC.
    Escape,
    /// In a control sequence: ESC [.
    Sequence(usize),
    /// In a control string, such as a title: until BEL or ESC \.
    String(usize),
    /// Behind an ESC in a control string.
    StringEscape(usize),
}

impl Plain {
    /// Adds what `bytes` say to `text`. A line ends with a line feed, whatever ended it on the wire.
    pub(super) fn push(&mut self, bytes: &[u8], text: &mut String) {
        for byte in bytes {
            self.state = match (self.state, *byte) {
                (State::Text, ESC) => State::Escape,
                (State::Text, byte) => {
                    self.character(byte, text);
                    State::Text
                }
                (State::Escape, b'[') => State::Sequence(0),
                (State::Escape, b']' | b'P' | b'X' | b'^' | b'_') => State::String(0),
                (State::Escape, ESC) => State::Escape,
                // Intermediate bytes: the final one is still to come.
                (State::Escape, 0x20..=0x2f) => State::Escape,
                (State::Escape, _) => State::Text,
                (State::Sequence(_), 0x40..=0x7e) => State::Text,
                // Whatever cannot be in a sequence ends one that was cut off.
                (State::Sequence(_), byte) if !(0x20..=0x3f).contains(&byte) => {
                    self.interrupted(byte, text)
                }
                (State::Sequence(length), _) if length < LONGEST => State::Sequence(length + 1),
                (State::String(_), 0x07) => State::Text,
                (State::String(length), ESC) => State::StringEscape(length),
                (State::StringEscape(_), b'\\') => State::Text,
                (State::String(length) | State::StringEscape(length), _) if length < LONGEST => {
                    State::String(length + 1)
                }
                (_, byte) => self.interrupted(byte, text),
            };
        }
    }

    fn interrupted(&mut self, byte: u8, text: &mut String) -> State {
        if byte == ESC {
            return State::Escape;
        }
        self.character(byte, text);
        State::Text
    }

    fn character(&mut self, byte: u8, text: &mut String) {
        if !self.partial.is_empty() && !(0x80..=0xbf).contains(&byte) {
            self.partial.clear();
            text.push(char::REPLACEMENT_CHARACTER);
        }
        if std::mem::take(&mut self.returned) {
            match byte {
                // However many there are, the line ends once.
                b'\r' => {
                    self.returned = true;
                    return;
                }
                b'\n' => {}
                _ => text.push('\n'),
            }
        }
        match byte {
            b'\r' => self.returned = true,
            b'\n' | b'\t' | 0x20..=0x7e => text.push(char::from(byte)),
            0x00..=0x1f | 0x7f => {}
            _ => self.several(byte, text),
        }
    }

    /// A byte of a character that has several.
    fn several(&mut self, byte: u8, text: &mut String) {
        self.partial.push(byte);
        match std::str::from_utf8(&self.partial) {
            Ok(character) => {
                // Some controls have two bytes in UTF-8 (ECMA-48's C1).
                text.extend(character.chars().filter(|it| !it.is_control()));
                self.partial.clear();
            }
            Err(error) if error.error_len().is_none() => {}
            Err(_) => {
                self.partial.clear();
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(pieces: &[&[u8]]) -> String {
        let (mut plain, mut text) = (Plain::default(), String::new());
        pieces.iter().for_each(|piece| plain.push(piece, &mut text));
        text
    }

    /// The same, whole and byte by byte.
    fn both(bytes: &[u8]) -> String {
        let whole = plain(&[bytes]);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(plain(&single), whole, "it matters where the wire cut {bytes:?}");
        whole
    }

    #[test]
    fn colours_movements_and_titles_are_left_out_wherever_the_wire_cuts_them() {
        for (bytes, text) in [
            (&b"\x1b[1;32mok\x1b[0m\n"[..], "ok\n"),
            (b"\x1b[2J\x1b[Htop\x1b[10;20Hmiddle", "topmiddle"),
            (b"\x1b]0;a title\x07text", "text"),
            (b"\x1b]0;a title\x1b\\text", "text"),
            (b"\x1b(Btext\x1b=more", "textmore"),
            (b"\x1b[?25lhidden\x1b[?25h", "hidden"),
            (b"a\x1b[31\nb", "a\nb"),
        ] {
            assert_eq!(both(bytes), text);
        }
    }

    #[test]
    fn a_line_ends_once_however_the_unit_ends_it() {
        for bytes in [&b"a\nb"[..], b"a\r\nb", b"a\rb", b"a\r\r\nb"] {
            assert_eq!(both(bytes), "a\nb", "{bytes:?}");
        }
        assert_eq!(both(b"10 %\r20 %\r\n"), "10 %\n20 %\n");
        assert_eq!(both(b"\r\n\r\n"), "\n\n");
    }

    #[test]
    fn characters_of_several_bytes_are_kept_and_what_is_none_is_shown_as_none() {
        assert_eq!(both("23.5 °C, 5 Ω".as_bytes()), "23.5 °C, 5 Ω");
        assert_eq!(both(b"\xff\xfeok"), "\u{fffd}\u{fffd}ok");
        assert_eq!(both(b"\xc2x"), "\u{fffd}x");
        assert_eq!(both(b"\x00\x07\x08\x7fa\tb"), "a\tb");
    }

    #[test]
    fn no_bytes_make_a_difference_by_where_they_are_cut() {
        // Mostly what means something to a terminal.
        const ALPHABET: &[u8] = b"\x1b\x1b[]P\\\x07\r\n\n;31mHa\xc2\xb0\xe2\x84\xff\x00 ";
        let mut seed = 1_u64;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % below
        };
        for _ in 0..2_000 {
            let bytes: Vec<u8> = (0..40).map(|_| ALPHABET[next(ALPHABET.len())]).collect();
            let text = both(&bytes);
            let shown = |it: char| it == '\n' || it == '\t' || !it.is_control();
            assert!(text.chars().all(shown), "{bytes:?}: {text:?}");
        }
    }

    #[test]
    fn a_sequence_without_an_end_swallows_no_more_than_a_sequence_can_be() {
        let endless = [&b"\x1b]"[..], &vec![b'x'; 3 * LONGEST], b"\nok\n"].concat();
        assert!(both(&endless).ends_with("x\nok\n"));
        let endless = [&b"\x1b["[..], &vec![b'1'; 3 * LONGEST], b"\nok\n"].concat();
        assert!(both(&endless).ends_with("1\nok\n"));
    }
}
