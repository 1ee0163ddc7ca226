//! Which steps of a test are done, and what ends it early.

/// How somebody who looks for a mistake wants a test to go. By default every step is done, a failed
/// measurement ends nothing, and an error ends the scripts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// An error ends only the outermost step that it happens in.
    pub keep_going: bool,
    /// The first step that fails is the last one.
    pub stop_at_first_failure: bool,
    /// The outermost steps that are done; all if it is empty.
    pub only: Vec<String>,
    /// The outermost step before which none is done.
    pub from: Option<String>,
    /// A person is asked before anything follows a failure.
    pub pause_on_fail: bool,
}

impl Flow {
    /// Whether some of the test is left out.
    pub fn is_partial(&self) -> bool {
        !self.only.is_empty() || self.from.is_some()
    }

    /// Why the outermost step `name` is left out, if it is. `has_begun` says of a step whether it
    /// has been come to before.
    pub(crate) fn leaves_out(
        &self,
        name: &str,
        has_begun: impl Fn(&str) -> bool,
    ) -> Option<String> {
        if !self.only.is_empty() && !self.only.iter().any(|it| it == name) {
            return Some("left out by `--step`".to_owned());
        }
        let from = self.from.as_deref()?;
        (from != name && !has_begun(from)).then(|| format!("left out by `--from {from}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_steps_are_done_and_none_before_the_first_wanted_one() {
        let flow = Flow { only: vec!["b".into(), "c".into()], ..Flow::default() };
        let done = |flow: &Flow, name: &str, begun: &[&str]| {
            flow.leaves_out(name, |it| begun.contains(&it)).is_none()
        };
        assert_eq!(["a", "b", "c"].map(|it| done(&flow, it, &[])), [false, true, true]);
        let flow = Flow { from: Some("b".into()), ..Flow::default() };
        assert_eq!(["a", "b"].map(|it| done(&flow, it, &["a"])), [false, true]);
        assert!(done(&flow, "c", &["a", "b"]) && !done(&flow, "c", &[]));
        assert!(flow.is_partial() && !Flow::default().is_partial());
        assert!(done(&Flow::default(), "a", &[]));
    }
}
