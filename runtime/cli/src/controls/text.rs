//! The controls as people read them in a terminal.

use super::{Controls, Detection};
use crate::layout::{EDGE, Facts, fold, plain};
use crate::paint::Paint;

/// All of them.
pub fn text(it: &Controls, paint: Paint) -> String {
    let mut text = String::new();
    for answer in &it.answers {
        text.push_str(&format!("{}\n", paint.bold(answer.question)));
        for sentence in &answer.here {
            for (at, line) in fold(&plain(sentence), EDGE - 4).iter().enumerate() {
                text.push_str(&format!("  {} {line}\n", if at == 0 { "-" } else { " " }));
            }
        }
        text.push('\n');
    }
    text.push_str(&format!("{}\n", paint.bold("what shows what, and what does not")));
    text.push_str(&detection(it.detection, paint));
    text.push_str(&format!("\n{}\n", paint.bold("not covered: left to others")));
    let mut rows = Facts::new();
    it.not_covered.iter().for_each(|it| rows.add(it.id, it.what));
    text.push_str(&rows.text(2, paint));
    text
}

fn detection(table: &[Detection], paint: Paint) -> String {
    let mut text = String::new();
    for row in table {
        for line in fold(row.what, EDGE - 2) {
            text.push_str(&format!("  {}\n", paint.bold(line)));
        }
        let mut facts = Facts::new();
        facts.add("pogo verify", row.verify);
        facts.add("with an anchor", row.anchor);
        if !row.besides.is_empty() {
            facts.add("besides", row.besides);
        }
        text.push_str(&facts.text(6, paint));
    }
    text
}
