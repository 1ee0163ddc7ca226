//! Where a judged value comes from, in words.

use crate::body::{Judged, Raw};

/// What instruments sent that the value was computed from: `"+1.80100000E+00" from dmm MY600034`,
/// one after the other; of a
/// value that no instrument had part in, that.
pub fn readings(judged: &Judged) -> Vec<String> {
    let one = |it: &Raw| match it.asset.is_empty() {
        true => format!("{:?} from {}", it.text, it.role),
        false => format!("{:?} from {} {}", it.text, it.role, it.asset),
    };
    let mut all: Vec<String> = judged.raw.iter().map(one).collect();
    if judged.raw_omitted > 0 {
        all.push(format!("and {} more that are not kept", judged.raw_omitted));
    }
    if all.is_empty() {
        all.push("no instrument's reading is part of it".into());
    }
    all
}

/// How it was judged: by which rule, with which uncertainty, and where the limit comes from, if it
/// does not stand in the script.
pub fn judging(judged: &Judged) -> Vec<String> {
    let rule = format!("rule {}", judged.rule());
    let uncertainty = format!("U {}", judged.uncertainty());
    let source = judged.source.as_ref();
    let source = source.map(|it| format!("limit of {}, revision {}", it.document, it.revision));
    [rule, uncertainty].into_iter().chain(source).collect()
}

/// The value in full, where what is shown of it is rounded.
pub fn exactly(judged: &Judged) -> Option<String> {
    let full = judged.value.to_string();
    (full != judged.shown).then_some(full)
}
