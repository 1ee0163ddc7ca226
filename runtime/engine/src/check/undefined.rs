//! Undefined names: all of them, where the parser gives up at the first.

use pogo_hal::{Code, Diagnostic, nearest};
use pogo_sandbox::outline::{Closure, Node};

use super::known::Known;
use super::looked::Looked;

pub(super) fn look(looked: &Looked, known: &Known, found: &mut Vec<Diagnostic>) {
    let functions = looked.outline.functions.iter().map(|it| it.name.as_str());
    let roles = known.roles.iter().map(|it| it.name.as_str());
    let scope: Vec<&str> = roles.chain(functions).collect();
    let mut walk = Walk { scope, found };
    walk.sequence(&looked.outline.body);
    for function in &looked.outline.functions {
        walk.closure(&function.parameters, &function.body);
    }
}

struct Walk<'a, 'b> {
    scope: Vec<&'a str>,
    found: &'b mut Vec<Diagnostic>,
}

impl<'a> Walk<'a, '_> {
    fn sequence(&mut self, nodes: &'a [Node]) {
        let before = self.scope.len();
        for node in nodes {
            match node {
                Node::Call(_, closures) => closures.iter().for_each(|it| self.whole(it)),
                Node::Closure(it) => self.whole(it),
                Node::Branches(arms) => arms.iter().for_each(|arm| self.sequence(arm)),
                Node::Loop(body) => self.sequence(body),
                Node::Declares(it) => self.scope.push(&it.name),
                Node::Uses(it) if it.module.is_none() && !self.scope.contains(&&*it.name) => {
                    let hint = match nearest(&it.name, self.scope.iter().copied()) {
                        Some(it) => format!("did you mean `{it}`?"),
                        None => "a variable is made with `let`, a role in the fixture".into(),
                    };
                    let message = format!("nothing is called `{}` here", it.name);
                    let mistake = Diagnostic::new(message).coded(Code::UnknownName);
                    self.found.push(mistake.at(it.place.clone()).with_hint(hint));
                }
                _ => {}
            }
        }
        self.scope.truncate(before);
    }

    fn whole(&mut self, it: &'a Closure) {
        self.closure(&it.parameters, &it.body);
    }

    fn closure(&mut self, parameters: &'a [String], body: &'a [Node]) {
        let before = self.scope.len();
        self.scope.extend(parameters.iter().map(String::as_str));
        self.sequence(body);
        self.scope.truncate(before);
    }
}
