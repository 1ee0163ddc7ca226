//! Answers as people read them in a terminal.

mod yields;

use pogo_record::Mode;
use pogo_record::evidence::warning;

use crate::layout::EDGE;
use crate::layout::fold;
use crate::paint::Paint;

pub use yields::yields;

/// A heading with its mode, and below it that it is no evidence where it is none.
fn banner(head: &str, mode: Mode, paint: Paint) -> String {
    let mut text = String::new();
    let head = format!("{head} · {}", mode.name());
    for line in fold(&crate::layout::plain(&head), EDGE) {
        text += &format!("{}\n", paint.bold(line));
    }
    for line in warning(mode).iter().flat_map(|it| fold(it, EDGE)) {
        text += &format!("{}\n", paint.error(line));
    }
    text
}
