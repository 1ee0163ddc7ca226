//! What a script would do, in which order and under which conditions, without running it.
//!
//! A script is a sequence of [`Node`]s. What exactly one of several parts does is [`Branches`], what
//! may happen any number of times a [`Loop`]. Operators, values and conditions are not kept: only
//! what they call.
//!
//! [`Branches`]: Node::Branches
//! [`Loop`]: Node::Loop

use pogo_hal::Place;

use super::{Argument, Call, Variable};

/// A script, outlined.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// What happens when the script runs.
    pub body: Vec<Node>,
    /// The functions that it defines, in the order of their names.
    pub functions: Vec<Function>,
}

/// A function that a script defines.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The names of its parameters.
    pub parameters: Vec<String>,
    /// What happens when it is called.
    pub body: Vec<Node>,
}

/// A closure where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Closure {
    /// The names of its own parameters.
    pub parameters: Vec<String>,
    /// What happens when it is called.
    pub body: Vec<Node>,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A call, after its arguments; with the closures among these, in their order.
    Call(Call, Vec<Closure>),
    /// A closure that is no argument of a call.
    Closure(Closure),
    /// One of these happens.
    Branches(Vec<Vec<Node>>),
    /// This happens any number of times.
    Loop(Vec<Node>),
    /// What follows in the same sequence does not happen.
    Leaves,
    /// A name is given.
    Declares(Declaration),
    /// A variable is set again.
    Assigns(String),
    /// A variable or role is used.
    Uses(Variable),
}

/// A name that a script gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// The name.
    pub name: String,
    /// Where it is given.
    pub place: Place,
    /// What gives it.
    pub by: By,
    /// What it stands for, as far as the text says it.
    pub value: Argument,
}

/// What gives a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// `let` or `const`.
    Let,
    /// `for`.
    For,
    /// `catch`.
    Catch,
    /// `import … as`.
    Import,
}

impl Node {
    /// Calls `see` with this node and with every one inside it, closures included, in the order of
    /// the text.
    pub fn each<'a>(&'a self, see: &mut dyn FnMut(&'a Node)) {
        see(self);
        match self {
            Self::Call(_, closures) => closures.iter().for_each(|it| each(&it.body, see)),
            Self::Closure(closure) => each(&closure.body, see),
            Self::Branches(arms) => arms.iter().for_each(|arm| each(arm, see)),
            Self::Loop(body) => each(body, see),
            _ => {}
        }
    }
}

/// Calls `see` with each of `nodes` and with every one inside them.
pub fn each<'a>(nodes: &'a [Node], see: &mut dyn FnMut(&'a Node)) {
    nodes.iter().for_each(|node| node.each(see));
}

impl Outline {
    /// Every sequence of the script: its own, and those of its functions.
    pub fn sequences(&self) -> impl Iterator<Item = &[Node]> {
        let functions = self.functions.iter().map(|it| it.body.as_slice());
        std::iter::once(self.body.as_slice()).chain(functions)
    }
}
