//! Verdicts, worked out again.

use crate::body::Judged;
use crate::judge::judge;
use crate::verdict::Verdict;

/// What is wrong with the verdict of a measurement or a check, if anything is.
pub(super) fn verdict(judged: &Judged) -> Option<String> {
    let again = judge(&judged.value, &judged.limit).unwrap_or(Verdict::Error);
    (again != judged.verdict).then(|| {
        let (name, said) = (&judged.name, judged.verdict);
        format!("`{name}` is {again} by its own value and limit, but the record says {said}")
    })
}
