//! Serial lines: bytes both ways, and nothing else.

use std::collections::VecDeque;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::{Deadline, Identity, Result};

/// How a serial line is set up. Both ends have to agree on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineSettings {
    /// Symbols a second.
    pub baud: u32,
    /// Bits of a character: 5 to 8.
    pub data_bits: u8,
    /// What is sent besides, to notice errors.
    pub parity: Parity,
    /// How many stop bits end a character: 1 or 2.
    pub stop_bits: u8,
    /// How either end keeps the other from sending.
    pub flow: Flow,
}

/// What is sent besides the bits of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// Nothing.
    None,
    /// A bit that makes the number of ones odd.
    Odd,
    /// A bit that makes the number of ones even.
    Even,
}

/// How either end keeps the other from sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It does not.
    None,
    /// By characters: XON and XOFF.
    Software,
    /// By wires: RTS and CTS.
    Hardware,
}

impl LineSettings {
    /// How long one character takes on the line, in nanoseconds: its start bit, its own, its parity
    /// and its stop bits.
    pub fn character_ns(&self) -> u64 {
        let parity = u64::from(self.parity != Parity::None);
        let bits = 1 + u64::from(self.data_bits) + parity + u64::from(self.stop_bits);
        bits * 1_000_000_000 / u64::from(self.baud.max(1))
    }
}

/// What has arrived on a line, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The pieces in the order in which they arrived.
    pub pieces: Vec<(Instant, Vec<u8>)>,
    /// How many bytes before them are gone, because nobody took them in time.
    pub dropped: u64,
}

impl Heard {
    /// Whether nothing has arrived, and nothing was dropped either.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.dropped == 0
    }

    /// All of it without the times.
    pub fn bytes(&self) -> Vec<u8> {
        self.pieces.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect()
    }
}

/// An open serial line. Dropping it closes it.
#[async_trait]
pub trait Line: Send + Sync {
    /// What is at this end of it: the adapter as it describes itself.
    fn identity(&self) -> &Identity;

    /// Hands `bytes` to the line, in order. What was handed over by the deadline is on its way.
    ///
    /// # Errors
    ///
    /// `Timeout` if the other end keeps it from sending, `Unreachable` if this end of the line is
    /// gone, `Stopped` if the bench was taken out of the run's hands.
    async fn write(&self, bytes: &[u8], deadline: Deadline) -> Result<()>;

    /// What has arrived since this was last asked; perhaps nothing.
    ///
    /// # Errors
    ///
    /// `Unreachable` if this end of the line is gone, once everything that arrived before is taken.
    fn take(&self) -> Result<Heard>;

    /// Waits until there may be something to take, or the line is gone. It may be dropped at any
    /// time.
    async fn stirs(&self);

    /// Proves that this end of the line is sound, whatever the other end does.
    ///
    /// # Errors
    ///
    /// `Unreachable` if it is gone.
    fn check(&self) -> Result<()>;
}

/// What has arrived and nobody has taken yet: bounded, so that whoever floods a line fills no
/// memory. The oldest goes first, and is counted. `At` is whatever its owner tells time by.
#[derive(Debug)]
pub struct Inbox<At> {
    pieces: VecDeque<(At, Vec<u8>)>,
    held: usize,
    dropped: u64,
}

impl<At> Default for Inbox<At> {
    fn default() -> Self {
        Self { pieces: VecDeque::new(), held: 0, dropped: 0 }
    }
}

impl<At> Inbox<At> {
    /// How many bytes are kept: more than ten seconds of a line at 921,600 baud.
    pub const MOST: usize = 1 << 20;
    /// How many pieces have a time of their own; what comes while there are so many is joined to
    /// the last one.
    const PIECES: usize = 8192;

    /// Adds what arrived `at` a moment.
    pub fn push(&mut self, at: At, bytes: &[u8]) {
        let kept = &bytes[bytes.len().saturating_sub(Self::MOST)..];
        self.dropped += (bytes.len() - kept.len()) as u64;
        self.held += kept.len();
        let full = self.pieces.len() >= Self::PIECES;
        match self.pieces.back_mut() {
            Some((_, last)) if full => last.extend_from_slice(kept),
            _ if kept.is_empty() => {}
            _ => self.pieces.push_back((at, kept.to_vec())),
        }
        while self.held > Self::MOST {
            let beyond = self.held - Self::MOST;
            let Some((_, oldest)) = self.pieces.front_mut() else { return };
            let gone = beyond.min(oldest.len());
            oldest.drain(..gone);
            if oldest.is_empty() {
                self.pieces.pop_front();
            }
            self.held -= gone;
            self.dropped += gone as u64;
        }
    }

    /// Whether there is nothing to take.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.dropped == 0
    }

    /// Takes everything: the pieces, and how many bytes before them were dropped.
    pub fn take(&mut self) -> (Vec<(At, Vec<u8>)>, u64) {
        self.held = 0;
        (std::mem::take(&mut self.pieces).into(), std::mem::take(&mut self.dropped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_takes_its_start_bit_its_parity_and_its_stop_bits_too() {
        let settings = LineSettings {
            baud: 9600,
            data_bits: 8,
            parity: Parity::None,
            stop_bits: 1,
            flow: Flow::None,
        };
        assert_eq!(settings.character_ns(), 1_041_666);
        let slower = LineSettings { data_bits: 7, parity: Parity::Even, stop_bits: 2, ..settings };
        assert_eq!(slower.character_ns(), 1_145_833);
    }

    #[test]
    fn what_nobody_takes_is_bounded_and_the_oldest_is_dropped_and_counted() {
        let mut inbox = Inbox::default();
        for piece in 0..5_000_u32 {
            inbox.push(piece, &[(piece % 251) as u8; 1000]);
        }
        let (pieces, dropped) = inbox.take();
        let held: usize = pieces.iter().map(|(_, bytes)| bytes.len()).sum();
        assert_eq!((held, dropped), (Inbox::<u32>::MOST, 5_000_000 - Inbox::<u32>::MOST as u64));
        assert_eq!(pieces.last().map(|(at, bytes)| (*at, bytes[0])), Some((4999, 230)));
        assert!(inbox.is_empty());
    }

    #[test]
    fn a_flood_of_single_characters_is_bounded_in_pieces_and_keeps_its_order() {
        let mut inbox = Inbox::default();
        let sent: Vec<u8> = (0..20_000_u32).map(|it| (it % 251) as u8).collect();
        sent.iter().for_each(|byte| inbox.push((), &[*byte]));
        let (pieces, dropped) = inbox.take();
        assert!(pieces.len() <= 8192 && dropped == 0);
        let kept: Vec<u8> = pieces.into_iter().flat_map(|(_, bytes)| bytes).collect();
        assert_eq!(kept, sent);
    }

    #[test]
    fn a_piece_larger_than_the_inbox_leaves_its_end() {
        let mut inbox = Inbox::default();
        inbox.push(1, b"first");
        let mut large = vec![b'x'; Inbox::<i32>::MOST];
        large.extend_from_slice(b"end");
        inbox.push(2, &large);
        let (pieces, dropped) = inbox.take();
        assert_eq!(dropped, 5 + 3);
        assert!(pieces[0].1.ends_with(b"xend"));
    }
}
