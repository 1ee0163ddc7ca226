//! The promises of [`Console`].

use std::time::Duration;

use super::{Verdict, promise, worked};
use crate::{Console, Deadline, ErrorKind, SafeState};

/// Checks that `console`, whose unit answers `question` with a line that has `answer` in it within
/// `patience` and says nothing unasked, keeps the promises of its trait: what was said arrives
/// whole and once, silence is the unit's and ends at the deadline, and making it safe disturbs
/// nothing.
///
/// # Errors
///
/// The first broken promise.
pub async fn console(
    console: &dyn Console,
    question: &str,
    answer: &str,
    patience: Duration,
) -> Verdict {
    let soon = || Deadline::after(patience);
    let safe = worked("make_safe", console.make_safe().await)?;
    promise(safe == SafeState::Passive, || format!("a console drives nothing: {safe:?}"))?;
    worked("heard", console.heard())?;

    for round in 1..=2 {
        worked("send_line", console.send_line(question.as_bytes(), soon()).await)?;
        let mut said = Vec::new();
        let deadline = soon();
        while !has_line_with(&said, answer) {
            let heard = worked("hear", console.hear(deadline).await)?;
            promise(!heard.is_empty(), || "hear waits until there is something".into())?;
            promise(heard.dropped == 0, || format!("{} bytes of a line were lost", heard.dropped))?;
            said.extend(heard.bytes());
        }
        let times = String::from_utf8_lossy(&said).matches(answer).count();
        promise(times == 1, || format!("round {round}: the answer came {times} times"))?;
        // Whatever stands behind the answer, such as a prompt.
        while console.hear(Deadline::after(patience / 4)).await.is_ok() {}
    }

    let waited = tokio::time::Instant::now();
    let silence = console.hear(Deadline::after(patience / 4)).await;
    promise(matches!(&silence, Err(error) if error.kind() == ErrorKind::NoAnswer), || {
        format!("a silent unit behind a sound adapter does not answer: {silence:?}")
    })?;
    let waited = waited.elapsed();
    promise(waited >= patience / 4 && waited < patience / 2, || {
        format!("silence is noticed at the deadline, not after {waited:?}")
    })?;
    let at_once = worked("heard", console.heard())?;
    promise(at_once.is_empty(), || format!("what was taken is gone: {at_once:?}"))?;

    worked("make_safe", console.make_safe().await)?;
    worked("send_line", console.send_line(question.as_bytes(), soon()).await)?;
    worked("hear after make_safe", console.hear(soon()).await).map(drop)
}

fn has_line_with(said: &[u8], answer: &str) -> bool {
    let text = String::from_utf8_lossy(said);
    text.find(answer).is_some_and(|at| text[at..].contains(['\r', '\n']))
}
