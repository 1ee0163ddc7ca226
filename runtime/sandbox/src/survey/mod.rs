//! What a script would call, without running it.
//!
//! The walk over the syntax tree is an interface that Rhai may change between patches; the version
//! is pinned, and nothing outside this folder knows the tree.

pub mod outline;
mod reading;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pogo_hal::{Diagnostic, Place, UNITS, nearest};
use rhai::{AST, ASTNode, Engine, Expr, FnCallExpr, FnPtr, Namespace, Position, Stmt};

pub use self::reading::outline;
use crate::quantity::unit_hint;

/// What an argument is, as far as the text alone says it.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// An integer.
    Integer(i64),
    /// A number with a decimal point.
    Float(f64),
    /// A text without anything to be filled in.
    Text(String),
    /// `true` or `false`.
    Bool(bool),
    /// A closure or a function's name.
    Function,
    /// A variable, by name.
    Variable(String),
    /// A number with a unit: `3.3.V`; the number and the unit's name, which may not exist.
    Quantity(f64, String),
    /// A list: `["red", "green"]`.
    List(Vec<Argument>),
    /// A map: `#{ within: 30.s }`; its keys in the order of the text.
    Map(Vec<(String, Argument)>),
    /// A range: `1.V..=2.V`; its ends, and whether the upper one belongs to it.
    Range(Box<[Argument; 2]>, Ends),
    /// A property of a variable: `chamber.temperature`; the variable's name and the property's.
    Property(String, String),
    /// What a call gives; operators are calls too.
    Call(Box<Call>),
    /// Anything else that has to be computed.
    Computed,
}

/// Whether a range has its upper end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// `..=`.
    Included,
    /// `..`.
    Excluded,
}

/// A call of a function or method.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What is called.
    pub name: String,
    /// The module that it is called in: `rails` in `rails::check()`.
    pub module: Option<String>,
    /// Whether it is called on something: `psu.on()`.
    pub method: bool,
    /// The variable that it is called on, where that is one: `psu` in `psu.on()`.
    pub receiver: Option<String>,
    /// What is in the parentheses.
    pub arguments: Vec<Argument>,
    /// Where the name stands.
    pub place: Place,
}

/// A property: `3.3.V`, `error.kind`.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Its name.
    pub name: String,
    /// What it is a property of, as far as the text alone says it.
    pub of: Argument,
    /// Where the name stands.
    pub place: Place,
}

/// An import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The path; `None` if it has to be computed.
    pub path: Option<String>,
    /// The name that the script gives the module.
    pub name: Option<String>,
    /// Where the path stands.
    pub place: Place,
}

/// A use of a variable or role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The module that it is of: `rails` in `rails::LEVEL`.
    pub module: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// What a script would call. Places are in the order of the text within the script and within each
/// of its functions and closures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// Calls of functions and methods; operators are not among them.
    pub calls: Vec<Call>,
    /// Properties that are read or written.
    pub properties: Vec<Property>,
    /// Imports.
    pub imports: Vec<Import>,
    /// Uses of variables and roles.
    pub variables: Vec<Variable>,
    /// The functions that the script defines, with the number of their parameters.
    pub functions: Vec<(String, usize)>,
    /// Every name that the script gives to a variable, constant or parameter.
    pub declared: BTreeSet<String>,
}

/// Looks through a compiled script.
pub fn survey(ast: &AST) -> Survey {
    let file: Arc<str> = ast.source().unwrap_or_default().into();
    let mut survey = Survey {
        functions: ast
            .iter_functions()
            .filter(|it| !it.name.starts_with("anon$"))
            .map(|it| (it.name.to_owned(), it.params.len()))
            .collect(),
        ..Survey::default()
    };
    let mut captured = BTreeMap::new();
    ast.walk(&mut |path| {
        survey.see(path, &file);
        captured.extend(path.last().and_then(captures));
        true
    });
    // What a closure captures reaches it as its first parameters: those are not names of its own.
    for function in ast.iter_functions() {
        let captures = captured.get(function.name).copied().unwrap_or_default();
        let own = function.params.iter().skip(captures);
        survey.declared.extend(own.map(ToString::to_string));
    }
    survey
}

impl Survey {
    fn see(&mut self, path: &[ASTNode], file: &Arc<str>) {
        let Some(node) = path.last() else { return };
        let place = |position: Position, width: usize| place_at(file, position, width);
        match node {
            ASTNode::Expr(Expr::FnCall(call, position))
            | ASTNode::Stmt(Stmt::FnCall(call, position))
                if call.op_token.is_none() && !is_capture(call) =>
            {
                let place = place(*position, call.name.chars().count());
                self.calls.push(found(call, false, None, place));
            }
            ASTNode::Expr(Expr::MethodCall(call, position)) => {
                let receiver = match owner(path).map(argument) {
                    Some(Argument::Variable(name)) => Some(name),
                    _ => None,
                };
                let place = place(*position, call.name.chars().count());
                self.calls.push(found(call, true, receiver, place));
            }
            ASTNode::Expr(Expr::Property(property, position)) => {
                let name = property.2.to_string();
                let of = owner(path).map_or(Argument::Computed, argument);
                let place = place(*position, name.chars().count());
                self.properties.push(Property { name, of, place });
            }
            ASTNode::Expr(Expr::Variable(variable, _, position)) => {
                let name = variable.1.to_string();
                self.variables.push(used(name, &variable.2, file, *position));
            }
            ASTNode::Stmt(Stmt::Import(import, _)) => {
                let (path, name) = (&import.0, &import.1.name);
                let literal = match path {
                    Expr::StringConstant(text, _) => Some(text.to_string()),
                    _ => None,
                };
                let width = literal.as_ref().map_or(1, |text| text.chars().count() + 2);
                let place = place(path.position(), width);
                let name = (!name.is_empty()).then(|| name.to_string());
                self.imports.push(Import { path: literal, name, place });
            }
            ASTNode::Stmt(Stmt::Var(variable, ..)) => {
                self.declared.insert(variable.0.name.to_string());
            }
            ASTNode::Stmt(Stmt::For(variable, ..)) => {
                self.declared.insert(variable.0.name.to_string());
                self.declared.extend(variable.1.iter().map(|it| it.name.to_string()));
            }
            ASTNode::Stmt(Stmt::TryCatch(block, _)) => {
                if let Expr::Variable(variable, ..) = &block.expr {
                    self.declared.insert(variable.1.to_string());
                }
            }
            _ => {}
        }
    }
}

fn place_at(file: &Arc<str>, position: Position, width: usize) -> Place {
    Place {
        file: file.clone(),
        line: position.line().unwrap_or(1),
        column: position.position().unwrap_or(1),
        width: width.max(1),
    }
}

fn used(name: String, of: &Namespace, file: &Arc<str>, position: Position) -> Variable {
    let place = place_at(file, position, name.chars().count());
    let module = of.path.first().map(|it| it.name.to_string());
    Variable { name, module, place }
}

fn found(call: &FnCallExpr, method: bool, receiver: Option<String>, place: Place) -> Call {
    let module = call.namespace.path.iter().map(|it| it.name.as_str()).collect::<Vec<_>>();
    Call {
        name: call.name.to_string(),
        module: (!module.is_empty()).then(|| module.join("::")),
        method,
        receiver,
        arguments: call.args.iter().map(argument).collect(),
        place,
    }
}

/// The call by which Rhai gives a closure what it captures.
fn is_capture(call: &FnCallExpr) -> bool {
    let closure = |it: &Expr| matches!(it, Expr::DynamicConstant(value, _) if is_closure(value));
    call.name == "curry" && call.args.first().is_some_and(closure)
}

/// The closure's name and how many variables it captures, where `node` is the call that does it.
fn captures(node: &ASTNode) -> Option<(String, usize)> {
    let (ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _))) = node else {
        return None;
    };
    let Some(Expr::DynamicConstant(closure, _)) = call.args.first() else { return None };
    let name = closure.read_lock::<FnPtr>()?.fn_name().to_owned();
    is_capture(call).then(|| (name, call.args.len() - 1))
}

fn is_closure(value: &rhai::Dynamic) -> bool {
    value.read_lock::<FnPtr>().is_some_and(|it| it.fn_name().starts_with("anon$"))
}

/// What the last node of `path`, a method or property, is of. A chain `a.b.c` is the tree
/// `a . (b . c)`.
fn owner<'a>(path: &[ASTNode<'a>]) -> Option<&'a Expr> {
    let (ASTNode::Expr(node), rest) = path.split_last()? else { return None };
    let (ASTNode::Expr(parent), rest) = rest.split_last()? else { return None };
    let (Expr::Dot(pair, ..) | Expr::Index(pair, ..)) = parent else { return None };
    let link = |outer: Option<&ASTNode<'a>>, inner: &Expr| match outer {
        Some(ASTNode::Expr(Expr::Dot(outer, ..) | Expr::Index(outer, ..)))
            if std::ptr::eq(&outer.rhs, inner) =>
        {
            Some(&outer.lhs)
        }
        _ => None,
    };
    if std::ptr::eq(&pair.lhs, *node) {
        return link(rest.last(), parent);
    }
    // `b` in `a . (b . c)` is itself a property and says nothing about what `c` is of.
    Some(&pair.lhs)
}

fn argument(expr: &Expr) -> Argument {
    match expr {
        Expr::IntegerConstant(value, _) => Argument::Integer(*value),
        Expr::FloatConstant(value, _) => Argument::Float(**value),
        Expr::BoolConstant(value, _) => Argument::Bool(*value),
        Expr::StringConstant(text, _) => Argument::Text(text.to_string()),
        Expr::Variable(variable, ..) => Argument::Variable(variable.1.to_string()),
        Expr::DynamicConstant(value, _) if value.is_fnptr() => Argument::Function,
        Expr::FnCall(call, _) if is_capture(call) => Argument::Function,
        Expr::Array(items, _) => Argument::List(items.iter().map(argument).collect()),
        Expr::Map(entries, _) => {
            let entry =
                |(key, value): &(rhai::Ident, Expr)| (key.name.to_string(), argument(value));
            Argument::Map(entries.0.iter().map(entry).collect())
        }
        Expr::Stmt(block) => match block.iter().last() {
            Some(Stmt::Expr(last)) => argument(last),
            Some(Stmt::FnCall(call, _)) if is_capture(call) => Argument::Function,
            _ => Argument::Computed,
        },
        Expr::Dot(pair, ..) => match (argument(&pair.lhs), &pair.rhs) {
            (Argument::Integer(number), Expr::Property(unit, _)) => {
                Argument::Quantity(number as f64, unit.2.to_string())
            }
            (Argument::Float(number), Expr::Property(unit, _)) => {
                Argument::Quantity(number, unit.2.to_string())
            }
            (Argument::Variable(of), Expr::Property(name, _)) => {
                Argument::Property(of, name.2.to_string())
            }
            (Argument::Variable(receiver), Expr::MethodCall(call, position)) => {
                let place = place_at(&"".into(), *position, call.name.chars().count());
                Argument::Call(found(call, true, Some(receiver), place).into())
            }
            _ => Argument::Computed,
        },
        Expr::FnCall(call, position) => match (call.name.as_str(), call.args.as_slice()) {
            ("..=", [low, high]) => range(low, high, Ends::Included),
            ("..", [low, high]) => range(low, high, Ends::Excluded),
            _ => {
                let place = place_at(&"".into(), *position, call.name.chars().count());
                Argument::Call(found(call, false, None, place).into())
            }
        },
        _ => Argument::Computed,
    }
}

fn range(low: &Expr, high: &Expr, ends: Ends) -> Argument {
    Argument::Range(Box::new([argument(low), argument(high)]), ends)
}

impl Survey {
    /// What would certainly go wrong with `call`: there is no such function, or it takes another
    /// number of arguments. `known` are the functions beside the script's own, as [`crate::Sandbox::functions`]
    /// gives them; what modules define is not looked at, and a method with a right name counts as
    /// right.
    pub fn mistake(
        &self,
        call: &Call,
        known: &BTreeMap<String, BTreeSet<usize>>,
    ) -> Option<Diagnostic> {
        if call.module.is_some() || KEYWORDS.contains(&&*call.name) {
            return None;
        }
        let given = call.arguments.len();
        let own = self.functions.iter().filter(|(name, _)| *name == call.name);
        let mut counts: BTreeSet<usize> = own.map(|(_, count)| *count).collect();
        if let Some(known) = known.get(&call.name) {
            // A native method's receiver is its first argument.
            let receiver = usize::from(call.method);
            counts.extend(known.iter().filter_map(|count| count.checked_sub(receiver)));
        }
        if counts.contains(&given) {
            return None;
        }
        let name = &call.name;
        let mistake = if counts.is_empty() {
            let own = self.functions.iter().map(|(name, _)| &**name);
            let names = known.keys().map(String::as_str).chain(own).chain(KEYWORDS);
            let mut it = Diagnostic::new(format!("there is no function `{name}`"));
            it.hint = nearest(name, names).map(|it| format!("did you mean `{it}`?"));
            it
        } else {
            let counts: Vec<_> = counts.iter().map(ToString::to_string).collect();
            let plural = if given == 1 { "" } else { "s" };
            Diagnostic::new(format!("`{name}` does not take {given} argument{plural}"))
                .with_hint(format!("it takes {}", counts.join(" or ")))
        };
        Some(mistake.at(call.place.clone()))
    }
}

/// Functions that are part of the language and not registered.
const KEYWORDS: [&str; 10] = [
    "print",
    "debug",
    "type_of",
    "call",
    "curry",
    "Fn",
    "is_def_var",
    "is_def_fn",
    "is_shared",
    "this",
];

impl Property {
    /// What would certainly go wrong with it: it is no unit, and nothing else that numbers have.
    pub fn mistake(&self) -> Option<Diagnostic> {
        wrong_unit(self)
    }
}

fn wrong_unit(property: &Property) -> Option<Diagnostic> {
    /// What else numbers have.
    const OTHER: [&str; 12] = [
        "floor",
        "ceiling",
        "round",
        "int",
        "fraction",
        "is_nan",
        "is_finite",
        "is_infinite",
        "is_odd",
        "is_even",
        "is_zero",
        "bits",
    ];
    let number = match property.of {
        Argument::Integer(number) => number.to_string(),
        Argument::Float(number) => format!("{number:?}"),
        _ => return None,
    };
    let name = &*property.name;
    if OTHER.contains(&name) || name == "tag" || UNITS.iter().any(|unit| unit.name == name) {
        return None;
    }
    let mistake = Diagnostic::new(format!("`{name}` is not a unit"));
    Some(mistake.with_hint(unit_hint(&number, name)).at(property.place.clone()))
}

/// The native functions of `engine` whose names are `wanted`, with the numbers of arguments that it takes; a
/// method's receiver counts as one.
pub fn functions(
    engine: &Engine,
    wanted: impl Fn(&str) -> bool + Copy,
) -> BTreeMap<String, BTreeSet<usize>> {
    let mut functions = BTreeMap::<String, BTreeSet<usize>>::new();
    let seen = engine.collect_fn_metadata(
        None,
        |it| {
            let name = it.metadata.name.as_str();
            wanted(name).then(|| (name.to_owned(), it.metadata.num_params))
        },
        true,
    );
    for (name, count) in seen {
        functions.entry(name).or_default().insert(count);
    }
    functions
}
