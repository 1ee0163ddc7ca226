//! Places in a text: as the protocol counts them, in UTF-16 units of a line, and as we do.
//!
//! What editors send may lie outside the text or inside a character; it then means the nearest
//! place before that.

use std::ops::Range;

use lsp_types::{Position, Range as Span};
use pogo_hal::Place;

/// Where each line of a text begins.
#[derive(Clone, Debug)]
pub struct Lines(Vec<usize>);

impl Lines {
    /// The lines of `text`, which end in `\n`, `\r\n` or `\r`.
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = |(at, byte): (usize, &u8)| {
            let is_end = *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
            is_end.then_some(at + 1)
        };
        Self(std::iter::once(0).chain(bytes.iter().enumerate().filter_map(ends)).collect())
    }

    /// The byte of `text` that `position` means.
    pub fn offset(&self, text: &str, position: Position) -> usize {
        let line = position.line as usize;
        let Some(start) = self.0.get(line).copied() else { return text.len() };
        let end = self.0.get(line + 1).copied().unwrap_or(text.len());
        let content = text[start..end].trim_end_matches(['\r', '\n']);
        let mut units = 0;
        for (at, letter) in content.char_indices() {
            units += letter.len_utf16();
            if units > position.character as usize {
                return start + at;
            }
        }
        start + content.len()
    }

    /// The position of a byte of `text`.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let offset = text.floor_char_boundary(offset.min(text.len()));
        let line = self.0.partition_point(|start| *start <= offset).saturating_sub(1);
        let before = &text[self.0[line]..offset];
        let count = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        Position::new(count(line), count(before.encode_utf16().count()))
    }

    /// The range of bytes of `text`.
    pub fn span(&self, text: &str, range: Range<usize>) -> Span {
        Span::new(self.position(text, range.start), self.position(text, range.end))
    }

    /// What `place` marks in `text`: at least one character, where there is one.
    pub fn marked(&self, text: &str, place: &Place) -> Span {
        let mut lines = text.split_inclusive('\n');
        let before: usize = lines.by_ref().take(place.line.saturating_sub(1)).map(str::len).sum();
        let content = lines.next().unwrap_or_default().trim_end_matches(['\r', '\n']);
        let byte =
            |column: usize| content.char_indices().nth(column).map_or(content.len(), |(at, _)| at);
        let first = place.column.saturating_sub(1);
        let range = before + byte(first)..before + byte(first.saturating_add(place.width.max(1)));
        self.span(text, range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a\u{1F600}b\r\nß\n\nend";

    #[test]
    fn a_position_counts_in_utf_16_and_comes_back_the_same() {
        let lines = Lines::of(TEXT);
        for (line, character, rest) in [
            (0, 0, "a\u{1F600}b"),
            (0, 1, "\u{1F600}b"),
            (0, 3, "b"),
            (1, 1, "\n\nend"),
            (2, 0, "\nend"),
            (3, 3, ""),
        ] {
            let position = Position::new(line, character);
            let offset = lines.offset(TEXT, position);
            assert!(TEXT[offset..].starts_with(rest), "{position:?}: {:?}", &TEXT[offset..]);
            assert_eq!(lines.position(TEXT, offset), position);
        }
    }

    #[test]
    fn a_position_that_there_is_not_is_the_nearest_one_before_it() {
        let lines = Lines::of(TEXT);
        for (line, character, rest) in
            [(0, 2, "\u{1F600}b"), (0, 99, "\r\n"), (1, u32::MAX, "\n\nend"), (99, 0, "")]
        {
            let offset = lines.offset(TEXT, Position::new(line, character));
            assert!(TEXT[offset..].starts_with(rest), "{line}:{character}");
        }
        assert_eq!(lines.position(TEXT, 999), Position::new(3, 3));
        assert_eq!(lines.position(TEXT, 2), Position::new(0, 1));
        assert_eq!(Lines::of("").offset("", Position::new(3, 3)), 0);
    }

    #[test]
    fn a_place_marks_its_characters_and_nothing_beyond_its_line() {
        let lines = Lines::of(TEXT);
        let place = |line, column, width| Place { file: "x".into(), line, column, width };
        let marked = |it: Place| {
            let it = lines.marked(TEXT, &it);
            [it.start.line, it.start.character, it.end.line, it.end.character]
        };
        assert_eq!(marked(place(1, 2, 1)), [0, 1, 0, 3]);
        assert_eq!(marked(place(2, 1, 50)), [1, 0, 1, 1]);
        assert_eq!(marked(place(90, 7, usize::MAX)), [3, 3, 3, 3]);
    }
}
