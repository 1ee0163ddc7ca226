//! Answers as people read them in a terminal.

mod difference;
mod history;
mod release;
mod run;
mod trace;
mod yields;

use pogo_record::Mode;
use pogo_record::evidence::{Fact, warning};

pub use self::difference::{difference, results};
pub use self::history::{history, lot_history};
pub use self::release::release_check;
pub use self::run::run;
pub use self::trace::{trace, unit_trace};
pub use self::yields::yields;
use crate::layout::{EDGE, Facts, fold, plain};
use crate::paint::Paint;

/// What an answer is about.
fn title(text: &str, paint: Paint) -> String {
    fold(&plain(text), EDGE).iter().map(|line| format!("{}\n", paint.bold(line))).collect()
}

/// A heading with its mode, and below it what that is no evidence for.
fn banner(head: &str, mode: Mode, paint: Paint) -> String {
    let mut text = title(&format!("{head} · {}", mode.name()), paint);
    for line in warning(mode).iter().flat_map(|it| fold(it, EDGE)) {
        text += &format!("{}\n", paint.error(line));
    }
    text
}

/// Facts beside their names; what is missing says so.
fn facts(of: &[Fact], indent: usize, paint: Paint) -> String {
    let mut facts = Facts::new();
    for it in of {
        for (at, line) in it.is.lines().enumerate() {
            facts.add(if at == 0 { it.what } else { "" }, line);
        }
    }
    facts.text(indent, paint)
}

/// How many digits of a hash tell it from others at a glance.
const GLANCE: usize = 16;

/// `text` with its hashes cut short, visibly; JSON and HTML have them in full.
fn cut_hashes(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let is_hash = word.len() == 64 && word.bytes().all(|letter| letter.is_ascii_hexdigit());
        if is_hash { format!("{}…", &word[..GLANCE]) } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}
