//! Everything that a name in a script can mean, and what the text says of a value.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pogo_hal::{Dimension, Form, Place, Register, RegisterMap, Secrets, Unit};
use pogo_sandbox::reference::{Entry, Kind};
use pogo_sandbox::{Argument, Call, Sandbox};

use crate::bind::{device, verbs, verbs_of};
use crate::fixture::Limits;
use crate::language::words;
use crate::product::Product;

/// A role, as far as scripts are held against it.
#[derive(Clone, Debug)]
pub struct KnownRole {
    /// What scripts call it.
    pub name: String,
    /// What it can do: `power supply`; empty if nobody knows, because its table is wrong.
    pub capability: &'static str,
    /// What no script can exceed on it.
    pub limits: Limits,
    /// What its registers mean, if it speaks Modbus; empty otherwise.
    pub registers: Arc<RegisterMap>,
    /// Where it stands in the fixture file.
    pub place: Option<Place>,
}

impl KnownRole {
    /// A role of that capability, without limits.
    pub fn new(name: impl Into<String>, capability: &'static str) -> Self {
        let (limits, registers) = (Limits::default(), Arc::default());
        Self { name: name.into(), capability, limits, registers, place: None }
    }
}

/// Functions by name, with the numbers of arguments that they take.
pub(super) type Functions = BTreeMap<String, BTreeSet<usize>>;

/// Everything that a call can mean.
pub(super) struct Known<'a> {
    pub(super) roles: &'a [KnownRole],
    pub(super) product: &'a Product,
    pub(super) secrets: &'a Secrets,
    sandbox: &'a Sandbox,
    /// Every function by name, with the numbers of arguments it takes; a method's receiver counts
    /// as one. There are two thousand, so they are listed only for a name that is none of them.
    functions: OnceCell<Functions>,
}

impl<'a> Known<'a> {
    pub(super) fn new(
        sandbox: &'a Sandbox,
        roles: &'a [KnownRole],
        product: &'a Product,
        secrets: &'a Secrets,
    ) -> Self {
        Self { roles, sandbox, product, secrets, functions: OnceCell::new() }
    }

    /// The functions that are `wanted`.
    pub(super) fn functions(&self, wanted: impl Fn(&str) -> bool + Copy) -> Functions {
        let mut functions = self.sandbox.functions(wanted);
        for word in words() {
            functions.entry(word.name.into()).or_default().extend(word.arities());
        }
        for verb in verbs() {
            let counts = verb.arities().map(|count| count + 1);
            functions.entry(verb.name.into()).or_default().extend(counts);
        }
        functions
    }

    /// Every function there is.
    pub(super) fn all_functions(&self) -> &Functions {
        self.functions.get_or_init(|| self.functions(|_| true))
    }

    /// The role called `name`; the unit under test is one.
    pub(super) fn role(&self, name: &str) -> Option<&KnownRole> {
        self.roles.iter().find(|it| it.name == name)
    }
}

/// The role of the unit under test, which is on every bench.
pub(super) fn unit() -> KnownRole {
    KnownRole::new(device::NAME, device::CAPABILITY)
}

/// What the names of one script stand for.
pub(super) struct Meaning<'a> {
    known: &'a Known<'a>,
    /// Names that are given once and never changed, with what they are given.
    lets: BTreeMap<&'a str, &'a Argument>,
    declared: &'a BTreeSet<String>,
}

impl<'a> Meaning<'a> {
    pub(super) fn new(
        known: &'a Known<'a>,
        lets: BTreeMap<&'a str, &'a Argument>,
        declared: &'a BTreeSet<String>,
    ) -> Self {
        Self { known, lets, declared }
    }

    /// The product whose script it is.
    pub(super) fn product(&self) -> &'a Product {
        self.known.product
    }

    /// What `argument` is, if it is a variable that always has one value.
    pub(super) fn resolved<'b>(&'b self, argument: &'b Argument) -> &'b Argument {
        match argument {
            Argument::Variable(name) => self.lets.get(name.as_str()).copied().unwrap_or(argument),
            other => other,
        }
    }

    /// The role that `call` is a verb of, unless the script has given that name to something else.
    pub(super) fn role_of(&self, call: &Call) -> Option<&'a KnownRole> {
        let name = call.receiver.as_ref().filter(|name| !self.declared.contains(*name))?;
        self.known.roles.iter().find(|it| it.name == *name)
    }

    /// The role that a variable of this name is, unless the script has given it to something else.
    pub(super) fn role_named(&self, name: &str) -> Option<&'a KnownRole> {
        let roles = || self.known.roles.iter().find(|it| it.name == name);
        if self.declared.contains(name) { None } else { roles() }
    }

    /// A role that can do `capability`.
    pub(super) fn role_that_is(&self, capability: &str) -> Option<&'a KnownRole> {
        self.known.roles.iter().find(|it| it.capability == capability)
    }

    /// The verb or word that `call` calls.
    pub(super) fn entry(&self, call: &Call) -> Option<&'static Entry> {
        match self.role_of(call) {
            Some(role) => verbs_of(role.capability).find(|it| it.name == call.name),
            None if call.method || call.module.is_some() => None,
            None => words().find(|it| it.name == call.name),
        }
    }

    /// What `argument` is, as far as the text says it.
    pub(super) fn kind(&self, argument: &Argument) -> Option<Kind> {
        Some(match self.resolved(argument) {
            Argument::Integer(_) | Argument::Float(_) => Kind::Number,
            Argument::Text(_) => Kind::Text,
            Argument::Bool(_) => Kind::Bool,
            Argument::Function => Kind::Closure,
            Argument::List(_) => Kind::List,
            Argument::Map(_) => Kind::Options(&[]),
            Argument::Range(..) => Kind::Limit,
            Argument::Quantity(_, unit) => Kind::Quantity(Unit::named(unit)?.dimension),
            Argument::Call(call) => match self.register_of(call) {
                Some(register) => kind_of(register),
                None => self.entry(call)?.gives,
            },
            Argument::Property(of, name) => kind_of(self.role_named(of)?.registers.get(name)?),
            Argument::Variable(_) | Argument::Computed => return None,
        })
    }

    /// The register that `call` reads by name.
    fn register_of(&self, call: &Call) -> Option<&'a Register> {
        let role = self.role_of(call).filter(|_| call.name == "get")?;
        match call.arguments.first().map(|it| self.resolved(it)) {
            Some(Argument::Text(name)) => role.registers.get(name),
            _ => None,
        }
    }

    /// What `argument` is an amount of; a plain number is one of [`Dimension::Number`].
    pub(super) fn dimension(&self, argument: &Argument) -> Option<Dimension> {
        match self.kind(argument)? {
            Kind::Quantity(dimension) => Some(dimension),
            Kind::Number => Some(Dimension::Number),
            _ => None,
        }
    }
}

/// What reading a register gives.
fn kind_of(register: &Register) -> Kind {
    match &register.form {
        Form::Number(it) if it.unit.is_some() => Kind::Quantity(it.dimension()),
        Form::Number(_) | Form::Bits { bit: None } => Kind::Number,
        Form::Flag | Form::Bits { .. } => Kind::Bool,
        Form::Text { .. } => Kind::Text,
    }
}
