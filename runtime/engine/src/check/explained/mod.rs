//! What each code means, with an example that is wrong and the same put right.
//!
//! `pogo explain CODE` shows it; a test holds every example against the check.

mod arguments;
mod files;
mod habits;
mod measurements;
mod names;
mod text;

use pogo_hal::Code;

/// What a code means.
#[derive(Clone, Copy, Debug)]
pub struct Explanation {
    /// The code.
    pub code: Code,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Why that is wrong and what to do, in whole sentences.
    pub text: &'static str,
    /// What the examples are.
    pub sort: Sort,
    /// An example that is wrong.
    pub wrong: &'static str,
    /// The same put right.
    pub right: &'static str,
}

/// What an example is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A script, or a part of one.
    Script,
    /// A fixture file.
    Fixture,
    /// A `product.toml`.
    Product,
    /// A limits file.
    Limits,
}

impl Sort {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Script => "script",
            Self::Fixture => "fixture",
            Self::Product => "product",
            Self::Limits => "limits",
        }
    }
}

const ALL: [&[Explanation]; 6] =
    [text::ALL, names::ALL, arguments::ALL, measurements::ALL, habits::ALL, files::ALL];

/// What `code` means.
///
/// # Panics
///
/// Never: a test shows that every code is explained.
pub fn explanation(code: Code) -> &'static Explanation {
    let all = ALL.iter().copied().flatten();
    #[expect(clippy::expect_used, reason = "a test shows that every code is explained")]
    all.into_iter().find(|it| it.code == code).expect("an explanation")
}

const fn script(
    code: Code,
    title: &'static str,
    text: &'static str,
    wrong: &'static str,
    right: &'static str,
) -> Explanation {
    Explanation { code, title, text, sort: Sort::Script, wrong, right }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_once_and_in_order() {
        let explained: Vec<_> = ALL.iter().copied().flatten().map(|it| it.code).collect();
        assert_eq!(explained, Code::ALL);
        for code in Code::ALL {
            let it = explanation(code);
            assert!(it.text.ends_with('.') && !it.title.ends_with('.'), "{code}");
            assert!(!it.wrong.is_empty() && it.wrong != it.right, "{code}");
        }
    }
}
