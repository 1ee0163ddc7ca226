//! From the syntax tree to an [`Outline`].

use std::collections::BTreeMap;
use std::sync::Arc;

use pogo_hal::Place;
use rhai::{AST, ASTNode, Expr, FnCallExpr, FnPtr, Ident, Position, ScriptFnMetadata, Stmt};

use super::outline::{By, Closure, Declaration, Function, Node, Outline};
use super::{Argument, argument, found, is_capture, is_closure, place_at, used};

/// Outlines a compiled script.
pub fn outline(ast: &AST) -> Outline {
    let parameters = |it: ScriptFnMetadata<'_>| {
        let parameters: Vec<_> = it.params.iter().map(ToString::to_string).collect();
        ((it.name.to_owned(), parameters.len()), parameters)
    };
    let functions: BTreeMap<_, _> = ast.iter_functions().map(parameters).collect();
    let file = ast.source().unwrap_or_default().into();
    let reader = Reader { ast, file, functions };
    let own = reader.functions.iter().filter(|((name, _), _)| !name.starts_with("anon$"));
    let functions = own.map(|((name, count), parameters)| Function {
        name: name.clone(),
        parameters: parameters.clone(),
        body: reader.body_of(name, *count),
    });
    let functions = functions.collect();
    Outline { body: reader.block(ast.statements()), functions }
}

struct Reader<'a> {
    ast: &'a AST,
    file: Arc<str>,
    /// The names of parameters, by function and their number.
    functions: BTreeMap<(String, usize), Vec<String>>,
}

impl Reader<'_> {
    fn block(&self, block: &[Stmt]) -> Vec<Node> {
        let mut nodes = Vec::new();
        block.iter().for_each(|it| self.statement(it, &mut nodes));
        nodes
    }

    /// What the function called `wanted` with `count` parameters does. Rhai hands out no function's
    /// body: but what a tree that has only this function begins its walks with are the body's
    /// statements.
    fn body_of(&self, wanted: &str, count: usize) -> Vec<Node> {
        let mut alone = self.ast.clone_functions_only();
        alone.retain_functions(|_, _, name, parameters| name == wanted && parameters == count);
        let mut nodes = Vec::new();
        alone.walk(&mut |path| {
            if let [ASTNode::Stmt(statement)] = path {
                self.statement(statement, &mut nodes);
            }
            true
        });
        nodes
    }

    fn place(&self, position: Position, width: usize) -> Place {
        place_at(&self.file, position, width)
    }

    fn named(&self, name: &Ident, by: By, value: Argument) -> Node {
        let place = self.place(name.pos, name.name.chars().count());
        Node::Declares(Declaration { name: name.name.to_string(), place, by, value })
    }

    fn statement(&self, statement: &Stmt, out: &mut Vec<Node>) {
        match statement {
            Stmt::If(it, _) => {
                self.expression(&it.expr, out);
                let arms = [it.body.statements(), it.branch.statements()];
                out.push(Node::Branches(arms.map(|arm| self.block(arm)).into()));
            }
            Stmt::Switch(it, _) => {
                self.expression(&it.0, out);
                let mut arms: Vec<_> =
                    it.1.expressions
                        .iter()
                        .map(|it| {
                            let mut arm = Vec::new();
                            self.expression(&it.lhs, &mut arm);
                            self.expression(&it.rhs, &mut arm);
                            arm
                        })
                        .collect();
                if it.1.def_case.is_none() {
                    arms.push(Vec::new());
                }
                out.push(Node::Branches(arms));
            }
            Stmt::While(it, _) | Stmt::Do(it, ..) => {
                let mut body = Vec::new();
                self.expression(&it.expr, &mut body);
                body.extend(self.block(it.body.statements()));
                out.push(Node::Loop(body));
            }
            Stmt::For(it, _) => {
                let (name, counter, control) = &**it;
                self.expression(&control.expr, out);
                let names = std::iter::once(name).chain(counter);
                let mut body: Vec<_> =
                    names.map(|it| self.named(it, By::For, Argument::Computed)).collect();
                body.extend(self.block(control.body.statements()));
                out.push(Node::Loop(body));
            }
            Stmt::Var(it, ..) => {
                self.expression(&it.1, out);
                out.push(self.named(&it.0, By::Let, argument(&it.1)));
            }
            Stmt::Assignment(it) => {
                self.expression(&it.1.rhs, out);
                match &it.1.lhs {
                    Expr::Variable(variable, ..) => {
                        out.push(Node::Assigns(variable.1.to_string()));
                    }
                    other => self.expression(other, out),
                }
            }
            Stmt::FnCall(call, position) => self.call(call, *position, out),
            Stmt::Block(block) => out.extend(self.block(block.statements())),
            Stmt::TryCatch(it, _) => {
                let mut handler = Vec::new();
                if let Expr::Variable(variable, _, position) = &it.expr {
                    let name = variable.1.to_string();
                    let place = self.place(*position, name.chars().count());
                    let (by, value) = (By::Catch, Argument::Computed);
                    handler.push(Node::Declares(Declaration { name, place, by, value }));
                }
                handler.extend(self.block(it.branch.statements()));
                out.push(Node::Branches(vec![self.block(it.body.statements()), handler]));
            }
            Stmt::Expr(it) => self.expression(it, out),
            Stmt::BreakLoop(value, ..) | Stmt::Return(value, ..) => {
                value.iter().for_each(|it| self.expression(it, out));
                out.push(Node::Leaves);
            }
            Stmt::Import(it, _) => {
                self.expression(&it.0, out);
                if !it.1.name.is_empty() {
                    out.push(self.named(&it.1, By::Import, argument(&it.0)));
                }
            }
            _ => {}
        }
    }

    fn expression(&self, expression: &Expr, out: &mut Vec<Node>) {
        if let Some(closure) = self.closure(expression) {
            return out.push(Node::Closure(closure));
        }
        match expression {
            Expr::InterpolatedString(parts, _) | Expr::Array(parts, _) => {
                parts.iter().for_each(|it| self.expression(it, out));
            }
            Expr::Map(entries, _) => {
                entries.0.iter().for_each(|(_, it)| self.expression(it, out));
            }
            Expr::Variable(it, _, position) => {
                out.push(Node::Uses(used(it.1.to_string(), &it.2, &self.file, *position)));
            }
            Expr::Stmt(block) => out.extend(self.block(block.statements())),
            Expr::FnCall(call, position) => self.call(call, *position, out),
            Expr::MethodCall(call, position) => self.method(call, *position, None, out),
            Expr::Dot(pair, ..) => {
                self.expression(&pair.lhs, out);
                self.link(&pair.rhs, Some(&pair.lhs), out);
            }
            Expr::Index(pair, ..) => {
                self.expression(&pair.lhs, out);
                self.expression(&pair.rhs, out);
            }
            Expr::And(parts, _) | Expr::Or(parts, _) | Expr::Coalesce(parts, _) => {
                let mut parts = parts.iter();
                parts.next().into_iter().for_each(|it| self.expression(it, out));
                let mut rest = Vec::new();
                parts.for_each(|it| self.expression(it, &mut rest));
                out.push(Node::Branches(vec![rest, Vec::new()]));
            }
            _ => {}
        }
    }

    /// The rest of a chain: `b.c` in `a.b.c`, which is the tree `a . (b . c)`.
    fn link(&self, rest: &Expr, of: Option<&Expr>, out: &mut Vec<Node>) {
        match rest {
            Expr::MethodCall(call, position) => self.method(call, *position, of, out),
            Expr::Dot(pair, ..) => {
                self.link(&pair.lhs, of, out);
                self.link(&pair.rhs, None, out);
            }
            Expr::Index(pair, ..) => {
                self.link(&pair.lhs, of, out);
                self.expression(&pair.rhs, out);
            }
            _ => {}
        }
    }

    fn call(&self, call: &FnCallExpr, position: Position, out: &mut Vec<Node>) {
        if is_capture(call) {
            let closure = call.args.first().and_then(|it| self.closure(it));
            return out.extend(closure.map(Node::Closure));
        }
        let closures = self.arguments(call, out);
        let width = call.name.chars().count();
        let it = found(call, false, None, self.place(position, width));
        // An operator calls nothing that has a name; what is compared is still of interest.
        out.push(Node::Call(it, closures));
        if call.name == "exit" && call.namespace.is_empty() {
            out.push(Node::Leaves);
        }
    }

    fn method(
        &self,
        call: &FnCallExpr,
        position: Position,
        of: Option<&Expr>,
        out: &mut Vec<Node>,
    ) {
        let closures = self.arguments(call, out);
        let receiver = match of.map(argument) {
            Some(Argument::Variable(name)) => Some(name),
            _ => None,
        };
        let width = call.name.chars().count();
        let it = found(call, true, receiver, self.place(position, width));
        out.push(Node::Call(it, closures));
    }

    fn arguments(&self, call: &FnCallExpr, out: &mut Vec<Node>) -> Vec<Closure> {
        let mut closures = Vec::new();
        for argument in &call.args {
            match self.closure(argument) {
                Some(closure) => closures.push(closure),
                None => self.expression(argument, out),
            }
        }
        closures
    }

    /// The closure that `expression` is, perhaps with what it captures.
    fn closure(&self, expression: &Expr) -> Option<Closure> {
        let (name, captured) = match expression {
            Expr::DynamicConstant(value, _) if is_closure(value) => {
                (value.read_lock::<FnPtr>()?.fn_name().to_owned(), 0)
            }
            Expr::FnCall(call, _) if is_capture(call) => captures(call)?,
            Expr::Stmt(block) => match block.statements() {
                [.., Stmt::FnCall(call, _)] if is_capture(call) => captures(call)?,
                [.., Stmt::Expr(last)] => return self.closure(last),
                _ => return None,
            },
            _ => return None,
        };
        let wanted = |((it, _), _): &(&(String, usize), &Vec<String>)| *it == name;
        let ((_, count), parameters) = self.functions.iter().find(wanted)?;
        // What a closure captures reaches it as its first parameters.
        let parameters = parameters.iter().skip(captured).cloned().collect();
        Some(Closure { parameters, body: self.body_of(&name, *count) })
    }
}

fn captures(call: &FnCallExpr) -> Option<(String, usize)> {
    let Some(Expr::DynamicConstant(value, _)) = call.args.first() else { return None };
    let name = value.read_lock::<FnPtr>()?.fn_name().to_owned();
    Some((name, call.args.len() - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sandbox, Settings};

    /// The outline in a few letters: names of calls, `[a|b]` branches, `(a)*` loops, `{a}` closures,
    /// `.` where a sequence is left.
    fn told(nodes: &[Node]) -> String {
        let one = |node: &Node| match node {
            Node::Call(call, closures) => {
                let closures = closures.iter().map(|it| format!("{{{}}}", told(&it.body)));
                format!("{}{}", call.name, closures.collect::<String>())
            }
            Node::Closure(it) => format!("{{{}}}", told(&it.body)),
            Node::Branches(arms) => {
                let arms: Vec<_> = arms.iter().map(|arm| told(arm)).collect();
                format!("[{}]", arms.join("|"))
            }
            Node::Loop(body) => format!("({})*", told(body)),
            Node::Leaves => ".".into(),
            Node::Declares(it) => format!("{}=", it.name),
            Node::Assigns(name) => format!("{name}:="),
            Node::Uses(it) => format!("${}", it.name),
        };
        let all: Vec<_> = nodes.iter().map(one).filter(|it| !it.is_empty()).collect();
        all.join(" ")
    }

    fn outlined(text: &str) -> Outline {
        let sandbox = Sandbox::new(Settings::new("."));
        outline(&sandbox.compile("a.rhai", text, &rhai::Scope::new()).unwrap())
    }

    #[test]
    fn a_script_is_told_in_the_order_in_which_it_happens() {
        for (text, expected) in [
            ("a(b(1)); c();", "b a c"),
            ("let x = a(); x = b(); x.c();", "a x= b x:= $x c"),
            ("if a() { b() } else if c() { d() }", "a [b|c [d|]]"),
            ("switch a() { 1 => b(), _ => c() }", "a [b|c]"),
            ("switch a() { 1 => b() }", "a [b|]"),
            ("for n in a() { b(n); break; }", "a (n= $n b .)*"),
            ("while a() { b() } loop { c() }", "(a b)* (c)*"),
            ("try { a() } catch (e) { b(e) }", "[a|e= $e b]"),
            ("a() && b() || c();", "a [b|] [c|]"),
            ("step(\"x\", || { a(); return 1; b() }); c()", "step{a . b} c"),
            ("let y = 1; let f = || a(y); step(\"x\", || b(y));", "y= {$y a} f= step{$y b}"),
            ("`${a()} b`; [b(), #{ x: c() }]; exit(d()); e()", "a b c d exit . e"),
            ("let x = 1; x.a().b(c()).d; x[e()]", "x= $x a c b $x e"),
        ] {
            assert_eq!(told(&outlined(text).body), expected, "{text}");
        }
    }

    #[test]
    fn functions_are_told_apart_from_the_script() {
        let it = outlined("fn b(x, y) { a(x); step(\"s\", || c(y)) } fn a() { 1 } b(1, 2)");
        assert_eq!(told(&it.body), "b");
        let functions: Vec<_> = it
            .functions
            .iter()
            .map(|it| (&*it.name, it.parameters.len(), told(&it.body)))
            .collect();
        assert_eq!(functions, [("a", 0, String::new()), ("b", 2, "$x a step{$y c}".into())]);
    }
}
