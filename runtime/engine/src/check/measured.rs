//! What is measured: under which conditions, and in which order.

use pogo_hal::Place;
use pogo_sandbox::outline::{Function, Node, Outline};
use pogo_sandbox::{Argument, Call};

/// How deep functions are followed.
const DEPTH: usize = 16;

/// The words that call a closure again and again.
const OFTEN: [&str; 4] = ["wait_for", "becomes", "settle", "sample"];

/// A measurement or check whose name is written out, wherever the script comes there.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub(super) name: String,
    /// Where it is called, or where the function is called that does it.
    pub(super) place: Place,
    /// Where it stands itself.
    pub(super) at: Place,
    /// Every choice that the script has made before, with what it chose.
    chosen: Vec<(usize, usize)>,
    pub(super) in_loop: bool,
    /// The steps around it whose names are written out, outermost first.
    pub(super) steps: Vec<String>,
}

impl Measured {
    /// Whether both happen wherever the one of them happens that asks for more.
    pub(super) fn happens_with(&self, other: &Self) -> bool {
        let (few, many) = match self.chosen.len() <= other.chosen.len() {
            true => (&self.chosen, &other.chosen),
            false => (&other.chosen, &self.chosen),
        };
        few.iter().all(|it| many.contains(it))
    }
}

/// Everything that the scripts of a run measure, in their order, as it happens.
#[derive(Default)]
pub(super) struct Measuring {
    pub(super) all: Vec<Measured>,
    choices: usize,
}

impl Measuring {
    /// Adds what a script measures.
    pub(super) fn script(&mut self, outline: &Outline) {
        let (through, calls, steps) = (Vec::new(), Vec::new(), Vec::new());
        let mut walk = Walk { outline, measuring: self, through, calls, steps };
        walk.sequence(&outline.body, &mut Vec::new(), false);
    }
}

fn leaves(nodes: &[Node]) -> bool {
    nodes.iter().any(|it| matches!(it, Node::Leaves))
}

struct Walk<'a> {
    outline: &'a Outline,
    measuring: &'a mut Measuring,
    /// Where the outermost function was called that is being followed.
    through: Vec<Place>,
    calls: Vec<&'a str>,
    steps: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    /// Follows `nodes`; gives what was chosen in them so that the sequence around them goes on.
    fn sequence(
        &mut self,
        nodes: &'a [Node],
        chosen: &mut Vec<(usize, usize)>,
        in_loop: bool,
    ) -> Vec<(usize, usize)> {
        let before = chosen.len();
        for node in nodes {
            let stayed = match node {
                Node::Call(call, closures) => {
                    self.call(call, closures, chosen, in_loop);
                    Vec::new()
                }
                Node::Closure(closure) => {
                    self.sequence(&closure.body, chosen, in_loop);
                    Vec::new()
                }
                Node::Branches(arms) => self.branches(arms, chosen, in_loop),
                // A loop that is always left happens once.
                Node::Loop(body) => self.sequence(body, chosen, in_loop || !leaves(body)),
                // What follows does not happen.
                Node::Leaves => break,
                _ => Vec::new(),
            };
            chosen.extend(stayed);
        }
        chosen.split_off(before).into_iter().filter(|(choice, _)| choice % 2 == 1).collect()
    }

    /// Choices are even; whether an arm was taken that leaves is the odd number behind.
    fn branches(
        &mut self,
        arms: &'a [Vec<Node>],
        chosen: &mut Vec<(usize, usize)>,
        in_loop: bool,
    ) -> Vec<(usize, usize)> {
        self.measuring.choices += 2;
        let (choice, leaving) = (self.measuring.choices, self.measuring.choices + 1);
        let mut stayed = Vec::new();
        for (at, arm) in arms.iter().enumerate() {
            let before = chosen.len();
            chosen.push((choice, at));
            if leaves(arm) {
                chosen.push((leaving, 0));
            }
            stayed.extend(self.sequence(arm, chosen, in_loop));
            chosen.truncate(before);
        }
        // What follows happens only where no arm was taken that leaves.
        if arms.iter().any(|it| leaves(it)) {
            stayed.push((leaving, 1));
        }
        stayed
    }

    fn call(
        &mut self,
        call: &'a Call,
        closures: &'a [pogo_sandbox::outline::Closure],
        chosen: &mut Vec<(usize, usize)>,
        in_loop: bool,
    ) {
        let judges = matches!(call.name.as_str(), "measure" | "check")
            && !call.method
            && call.module.is_none();
        if let (true, Some(Argument::Text(name))) = (judges, call.arguments.first()) {
            let place = self.through.first().unwrap_or(&call.place).clone();
            self.measuring.all.push(Measured {
                name: name.clone(),
                place,
                at: call.place.clone(),
                chosen: chosen.clone(),
                in_loop,
                steps: self.steps.iter().map(|it| (*it).to_owned()).collect(),
            });
        }
        // A step does once what it is given, and of several attempts one counts; whoever else is
        // given a closure may call it often.
        let is_word = !call.method && call.module.is_none();
        let often = in_loop
            || (call.method && call.name != "call")
            || (is_word && OFTEN.contains(&call.name.as_str()));
        let step = match call.arguments.first() {
            Some(Argument::Text(name)) if is_word && call.name == "step" => Some(name.as_str()),
            _ => None,
        };
        self.steps.extend(step);
        for closure in closures {
            self.sequence(&closure.body, chosen, often);
        }
        if step.is_some() {
            self.steps.pop();
        }
        let is_called =
            |it: &&Function| it.name == call.name && it.parameters.len() == call.arguments.len();
        let function = self.outline.functions.iter().find(is_called);
        let Some(function) = function.filter(|_| !call.method && call.module.is_none()) else {
            return;
        };
        if self.calls.len() >= DEPTH || self.calls.contains(&function.name.as_str()) {
            return;
        }
        self.calls.push(&function.name);
        self.through.push(call.place.clone());
        self.sequence(&function.body, chosen, in_loop);
        self.through.pop();
        self.calls.pop();
    }
}
