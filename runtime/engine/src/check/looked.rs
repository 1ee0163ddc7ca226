//! A script or module that is looked through.

use std::collections::{BTreeMap, BTreeSet};

use pogo_sandbox::outline::{By, Node, Outline, each};
use pogo_sandbox::rhai::AST;
use pogo_sandbox::{Argument, Call, Survey, outline, survey};

use super::known::{Known, Meaning};

/// What a file says, in the two forms in which rules want it.
pub(super) struct Looked {
    pub(super) survey: Survey,
    pub(super) outline: Outline,
    /// The calls that the script expects to go wrong: those inside `expect_error`.
    expected: BTreeSet<(usize, usize)>,
}

impl Looked {
    pub(super) fn through(ast: &AST) -> Self {
        let (survey, outline) = (survey(ast), outline(ast));
        let mut expected = BTreeSet::new();
        for sequence in outline.sequences() {
            each(sequence, &mut |node| match node {
                Node::Call(call, closures) if call.name == "expect_error" => {
                    for closure in closures {
                        each(&closure.body, &mut |inner| {
                            if let Node::Call(it, _) = inner {
                                expected.insert((it.place.line, it.place.column));
                            }
                        });
                    }
                }
                _ => {}
            });
        }
        Self { survey, outline, expected }
    }

    /// Every call that is not expected to go wrong.
    pub(super) fn calls(&self) -> impl Iterator<Item = &Call> {
        let is_expected = |it: &&Call| self.expected.contains(&(it.place.line, it.place.column));
        self.survey.calls.iter().filter(move |it| !is_expected(it))
    }

    /// Calls `see` with everything that can happen, in the order of the text.
    pub(super) fn each<'a>(&'a self, mut see: impl FnMut(&'a Node)) {
        self.outline.sequences().for_each(|nodes| each(nodes, &mut see));
    }

    /// What the names of the file stand for.
    pub(super) fn meaning<'a>(&'a self, known: &'a Known<'a>) -> Meaning<'a> {
        let mut given: BTreeMap<&str, Vec<Option<&Argument>>> = BTreeMap::new();
        self.each(|node| match node {
            Node::Declares(it) => {
                let value = (it.by == By::Let).then_some(&it.value);
                given.entry(&it.name).or_default().push(value);
            }
            Node::Assigns(name) => given.entry(name).or_default().push(None),
            Node::Call(_, closures) => closures
                .iter()
                .flat_map(|it| &it.parameters)
                .for_each(|name| given.entry(name).or_default().push(None)),
            Node::Closure(it) => {
                it.parameters.iter().for_each(|it| given.entry(it).or_default().push(None));
            }
            _ => {}
        });
        for function in &self.outline.functions {
            function.parameters.iter().for_each(|it| given.entry(it).or_default().push(None));
        }
        let once = |(name, values): (&'a str, Vec<Option<&'a Argument>>)| match values.as_slice() {
            [Some(value)] => Some((name, *value)),
            _ => None,
        };
        let lets = given.into_iter().filter_map(once).collect();
        Meaning::new(known, lets, &self.survey.declared)
    }
}
