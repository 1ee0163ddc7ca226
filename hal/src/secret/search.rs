//! Looks for many texts at once, letters in either case.
//!
//! The method of Wu and Manber: the two bytes at the end of a window as long as the shortest text
//! say how far the window may be moved without missing anything, mostly almost its whole length.
//! Written here rather than taken from a crate, because what is kept of a secret has to be wiped
//! with it.
//!
//! Source: S. Wu, U. Manber, "A fast algorithm for multi-pattern searching", TR-94-17, 1994.

use std::ops::Range;

use super::Secret;
use super::spelling::Spelling;

const WINDOW: usize = Secret::SHORTEST;

/// What is looked for, and how far to move.
#[derive(Debug)]
pub(super) struct Search {
    /// By the two bytes at the end of the window.
    moves: Vec<u8>,
    /// Each with the number of whose it is.
    spellings: Vec<(usize, Spelling)>,
}

impl Search {
    pub(super) fn new(spellings: Vec<(usize, Spelling)>) -> Self {
        let mut moves = vec![(WINDOW - 1) as u8; 1 << 16];
        for (_, spelling) in &spellings {
            for (at, pair) in spelling.folded[..WINDOW].windows(2).enumerate() {
                let left = &mut moves[index(pair[0], pair[1])];
                *left = (*left).min((WINDOW - 2 - at) as u8);
            }
        }
        Self { moves, spellings }
    }

    /// How many bytes the longest of them has.
    pub(super) fn longest(&self) -> usize {
        self.spellings.iter().map(|(_, it)| it.folded.len()).max().unwrap_or(0)
    }

    /// Where the first of them is in `bytes` from `from` on, the longest of those that begin
    /// there; with its number and spelling.
    pub(super) fn find(
        &self,
        bytes: &[u8],
        from: usize,
    ) -> Option<(Range<usize>, usize, &Spelling)> {
        let mut at = from;
        while let Some(window) = bytes.get(at..at + WINDOW) {
            let step = self.moves[index(window[WINDOW - 2], window[WINDOW - 1])];
            if step > 0 {
                at += usize::from(step);
                continue;
            }
            if let Some((whose, spelling)) = self.longest_at(&bytes[at..]) {
                return Some((at..at + spelling.folded.len(), whose, spelling));
            }
            at += 1;
        }
        None
    }

    #[cold]
    fn longest_at(&self, bytes: &[u8]) -> Option<(usize, &Spelling)> {
        let is_here = |(_, it): &&(usize, Spelling)| {
            let here = bytes.get(..it.folded.len());
            here.is_some_and(|here| here.eq_ignore_ascii_case(&it.folded))
        };
        let here = self.spellings.iter().filter(is_here);
        here.max_by_key(|(_, it)| it.folded.len()).map(|(whose, it)| (*whose, it))
    }
}

fn index(first: u8, second: u8) -> usize {
    usize::from(first.to_ascii_lowercase()) << 8 | usize::from(second.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    use super::*;

    fn search(texts: &[Vec<u8>]) -> Search {
        let spelling = |text: &Vec<u8>| {
            let folded = Zeroizing::new(text.to_ascii_lowercase());
            Spelling { folded, encoding: "" }
        };
        Search::new(texts.iter().map(spelling).enumerate().collect())
    }

    fn naive(texts: &[Vec<u8>], bytes: &[u8]) -> Option<Range<usize>> {
        let here = |at: usize, text: &&Vec<u8>| {
            bytes[at..].get(..text.len()).is_some_and(|it| it.eq_ignore_ascii_case(text))
        };
        (0..bytes.len()).find_map(|at| {
            let longest = texts.iter().filter(|text| here(at, text)).map(Vec::len).max()?;
            Some(at..at + longest)
        })
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_looking_everywhere_finds(
            texts in prop::collection::vec(prop::collection::vec(b'a'..b'd', 8..12), 1..5),
            bytes in prop::collection::vec(prop_oneof![b'a'..b'd', b'A'..b'D'], 0..60),
            inserted in any::<(prop::sample::Index, prop::sample::Index)>(),
        ) {
            let mut bytes = bytes;
            let at = inserted.0.index(bytes.len() + 1);
            let text = texts[inserted.1.index(texts.len())].clone();
            for bytes in [bytes.clone(), { bytes.splice(at..at, text); bytes }] {
                let found = search(&texts).find(&bytes, 0).map(|(range, ..)| range);
                prop_assert_eq!(found, naive(&texts, &bytes));
            }
        }
    }
}
