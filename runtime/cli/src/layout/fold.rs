//! Text in lines that are not too long.

use pogo_record::is_unseen;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Nothing is written beyond this column.
pub const EDGE: usize = 80;

/// `text` in lines of at most `width` columns (and at least one letter), broken at blanks where
/// there are any, inside words otherwise. What fits one line is that line as it is; what does not
/// keeps its indentation in every line.
pub fn fold(text: &str, width: usize) -> Vec<String> {
    if text.width() <= width {
        return vec![text.to_owned()];
    }
    let indent = text.len() - text.trim_start_matches(' ').len();
    if indent > 0 && indent < width {
        let inner = fold(&text[indent..], width - indent);
        return inner.iter().map(|line| format!("{:indent$}{line}", "")).collect();
    }
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let line = lines.last_mut().map(|line| (line.width(), line));
        match line {
            Some((0, line)) if word.width() <= width => line.push_str(word),
            Some((used, line)) if used > 0 && used + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            line => {
                if line.is_some_and(|(used, _)| used > 0) {
                    lines.push(String::new());
                }
                broken(word, width, &mut lines);
            }
        }
    }
    lines
}

/// Adds `word`, however long, to the last of `lines`, which is empty.
fn broken(word: &str, width: usize, lines: &mut Vec<String>) {
    let mut used = 0;
    for letter in word.chars() {
        let wide = letter.width().unwrap_or(0);
        if used > 0 && used + wide > width {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push(letter);
        }
        used += wide;
    }
}

/// Names and values come from scripts and instruments: one line, no control sequences, and nothing
/// that turns the direction of writing.
pub fn plain(text: &str) -> String {
    text.chars().map(|it| if is_unseen(it) { ' ' } else { it }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_at_blanks_and_long_words_where_they_must() {
        assert_eq!(fold("a bc def", 5), ["a bc", "def"]);
        assert_eq!(fold("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(fold("a abcdef", 3), ["a", "abc", "def"]);
        assert_eq!(fold("  a bc def", 6), ["  a bc", "  def"]);
        assert_eq!(fold("", 5), [""]);
        assert_eq!(fold("温度計", 4), ["温度", "計"]);
        assert_eq!(fold("温", 1), ["温"]);
    }

    #[test]
    fn nothing_is_lost_by_folding_and_no_line_is_too_long() {
        let text = "rail_1v8 一二三 0123456789abcdef µV … x";
        for width in 2..30 {
            let lines = fold(text, width);
            assert!(lines.iter().all(|line| line.width() <= width), "{lines:?}");
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }
    }
}
