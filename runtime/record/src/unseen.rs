//! Letters that act instead of being seen.

/// Whether `letter` does something else than being seen where it is written out: a control
/// character, or a mark that turns the direction of writing.
///
/// Source: UAX #9, 2.
pub fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        )
}
