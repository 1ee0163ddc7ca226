//! The unit's side of a console: what it makes of characters, and what it has to say.
//!
//! A plain struct without a clock: whoever owns it tells it what has come, and takes what goes out
//! with the time that the characters take.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use pogo_hal::Place;
use pogo_sandbox::Kept;

/// A line that the unit is told may be so long; what is beyond is lost on it.
const LONGEST_LINE: usize = 4 * 1024;
/// Lines that wait for the unit to look at them.
const MOST_LINES: usize = 64;
/// Characters that may be on their way out; what the unit says beyond that never leaves it.
const MOST_OUT: usize = 64 * 1024;
/// The most characters that arrive at one moment.
const PIECE: usize = 1024;

/// See the module's own words.
pub(crate) struct Uart {
    /// What its device file calls it.
    pub(crate) name: String,
    /// Symbols a second.
    pub(crate) baud: u32,
    pub(crate) echo: bool,
    /// What ends a line that it says.
    pub(crate) ending: String,
    /// What it says once it has dealt with a line; without an end.
    pub(crate) prompt: String,
    /// What it does with a line, and where that was said.
    pub(crate) handler: Option<Arc<(Kept, Place)>>,
    begun: Vec<u8>,
    returned: bool,
    lines: VecDeque<String>,
    /// What it has begun to say and is not scheduled yet.
    said: Vec<Vec<u8>>,
    /// What is on its way out.
    out: BTreeMap<u64, Vec<u8>>,
    pieces: u64,
    waiting: usize,
    free_at_ns: u64,
}

impl Uart {
    /// A console of that name that nobody has said anything on.
    pub(crate) fn new(name: &str, baud: u32) -> Self {
        Self {
            name: name.to_owned(),
            baud,
            echo: false,
            ending: "\r\n".into(),
            prompt: String::new(),
            handler: None,
            begun: Vec::new(),
            returned: false,
            lines: VecDeque::new(),
            said: Vec::new(),
            out: BTreeMap::new(),
            pieces: 0,
            waiting: 0,
            free_at_ns: 0,
        }
    }

    /// Characters have come; how many lines they have ended.
    pub(crate) fn hears(&mut self, bytes: &[u8]) -> usize {
        let mut ended = 0;
        for byte in bytes {
            let returned = std::mem::replace(&mut self.returned, *byte == b'\r');
            match byte {
                b'\n' if returned => {}
                b'\r' | b'\n' => {
                    let line = String::from_utf8_lossy(&self.begun).into_owned();
                    self.begun.clear();
                    if self.lines.len() < MOST_LINES {
                        self.lines.push_back(line);
                        ended += 1;
                    }
                }
                _ if self.begun.len() < LONGEST_LINE => self.begun.push(*byte),
                _ => {}
            }
        }
        ended
    }

    /// The oldest line that it has not looked at.
    pub(crate) fn next_line(&mut self) -> Option<String> {
        self.lines.pop_front()
    }

    /// It begins to say a line.
    pub(crate) fn says_line(&mut self, text: &str) {
        self.says(&[text, &self.ending].concat());
    }

    /// It begins to say something.
    pub(crate) fn says(&mut self, text: &str) {
        for piece in text.as_bytes().chunks(PIECE) {
            if self.waiting + piece.len() > MOST_OUT {
                return;
            }
            self.waiting += piece.len();
            self.said.push(piece.to_vec());
        }
    }

    /// It has lost its supply: what it was told and had to say is gone with it.
    pub(crate) fn goes_down(&mut self) {
        self.begun.clear();
        self.lines.clear();
        self.said.clear();
        self.waiting = self.out.values().map(Vec::len).sum();
    }

    /// What it has begun to say: when it will have arrived, in nanoseconds from now, and its number.
    pub(crate) fn sends(&mut self, now_ns: u64) -> Vec<(u64, u64)> {
        let character_ns = 10_000_000_000 / u64::from(self.baud);
        let mut sends = Vec::new();
        for piece in std::mem::take(&mut self.said) {
            let takes = character_ns * piece.len() as u64;
            self.free_at_ns = self.free_at_ns.max(now_ns) + takes;
            self.out.insert(self.pieces, piece);
            sends.push((self.free_at_ns - now_ns, self.pieces));
            self.pieces += 1;
        }
        sends
    }

    /// Whether it has begun to say something that was not asked for by [`Uart::sends`] yet.
    pub(crate) fn has_said(&self) -> bool {
        !self.said.is_empty()
    }

    /// A piece has arrived.
    pub(crate) fn arrives(&mut self, piece: u64) -> Vec<u8> {
        let bytes = self.out.remove(&piece).unwrap_or_default();
        self.waiting = self.waiting.saturating_sub(bytes.len());
        bytes
    }
}

impl std::fmt::Debug for Uart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Uart").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_once_however_it_is_ended_and_is_never_too_long() {
        let mut uart = Uart::new("J5", 115_200);
        let mut lines = |bytes: &[u8]| {
            uart.hears(bytes);
            std::iter::from_fn(|| uart.next_line()).collect::<Vec<_>>()
        };
        assert_eq!(lines(b"one\rtwo\r\nthree\nfo"), ["one", "two", "three"]);
        assert_eq!(lines(b"ur\n\n"), ["four", ""]);
        let long = [vec![b'x'; 1 << 20], b"\nok\n".to_vec()].concat();
        let heard = lines(&long);
        assert_eq!((heard[0].len(), heard[1].as_str()), (LONGEST_LINE, "ok"));
    }

    #[test]
    fn every_character_takes_its_time_and_a_unit_that_never_stops_fills_no_memory() {
        let mut uart = Uart::new("J5", 10_000);
        uart.says_line("12345678");
        assert_eq!(uart.sends(500), [(10_000_000, 0)]);
        uart.says("123");
        assert_eq!(uart.sends(500), [(13_000_000, 1)], "behind what is on its way");
        for _ in 0..10_000 {
            uart.says_line(&"flood ".repeat(50));
        }
        let out: usize = uart.sends(500).len();
        assert!(out <= MOST_OUT / 302 + 1, "{out} pieces");
        assert_eq!(uart.arrives(0), b"12345678\r\n");
        assert!(uart.arrives(0).is_empty());
    }
}
