//! Where a piece of script that is typed ends: a line, unless something in it is still open.

/// Whether `text` goes on in the next line: a bracket, a text or a comment in it is open.
pub fn is_open(text: &str) -> bool {
    let (mut depth, mut letters) = (0_i64, text.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            '/' if letters.peek() == Some(&'/') => {
                while letters.next_if(|it| *it != '\n').is_some() {}
            }
            '/' if letters.peek() == Some(&'*') => {
                let mut before = ' ';
                loop {
                    match letters.next() {
                        None => return true,
                        Some('/') if before == '*' => break,
                        Some(it) => before = it,
                    }
                }
            }
            '"' | '`' | '\'' => {
                let mut escaped = false;
                loop {
                    match letters.next() {
                        // A plain text ends with its line at the latest: that is a mistake, and said.
                        Some('\n') if letter != '`' => return false,
                        None => return letter == '`',
                        Some('\\') if !escaped && letter != '`' => escaped = true,
                        Some(it) if it == letter && !escaped => break,
                        Some(_) => escaped = false,
                    }
                }
            }
            _ => {}
        }
    }
    depth > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_goes_on_in_the_next_line() {
        for open in ["step(\"a\", || {", "let l = [1,", "/* why", "`two", "f(\")\"", "{ // }"] {
            assert!(is_open(open), "{open}");
        }
        for closed in
            ["", "psu.on()", "}", "note(\"(\")", "// (", "\"it's", "'('", "/* ( */ 1", "\"\\\"(\""]
        {
            assert!(!is_open(closed), "{closed}");
        }
    }
}
