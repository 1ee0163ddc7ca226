//! One thing that scripts can call or ask for.

use std::ops::RangeInclusive;

use pogo_hal::ErrorKind;

use super::{Argument, Kind};

/// A function, method or property.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// What scripts write.
    pub name: &'static str,
    /// Whether it is written with parentheses.
    pub form: Form,
    /// What it takes, in order; what may be left out comes last.
    pub takes: &'static [Argument],
    /// What it gives.
    pub gives: Kind,
    /// What it does, in one line: a lower-case fragment without a final period.
    pub about: &'static str,
    /// What goes wrong with it in particular.
    pub errors: &'static [Failure],
    /// A line or two of a script that uses it; checked as scripts are.
    pub example: &'static str,
}

/// How an entry is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `name()`.
    Call,
    /// `it.name`.
    Property,
}

/// What goes wrong, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What the bench says; `None` if the script made a mistake.
    pub kind: Option<ErrorKind>,
    /// When: `beyond the fixture's limit; nothing is sent`.
    pub when: &'static str,
}

impl Failure {
    /// Something that the bench says.
    pub const fn bench(kind: ErrorKind, when: &'static str) -> Self {
        Self { kind: Some(kind), when }
    }

    /// A mistake of the script's.
    pub const fn script(when: &'static str) -> Self {
        Self { kind: None, when }
    }

    /// The kind as scripts see it in `error.kind`.
    pub fn name(self) -> &'static str {
        self.kind.map_or("script", ErrorKind::name)
    }
}

impl Entry {
    /// A function of this name that takes and gives nothing.
    pub const fn new(name: &'static str, about: &'static str) -> Self {
        let (form, gives, example) = (Form::Call, Kind::Nothing, "");
        Self { name, form, takes: &[], gives, about, errors: &[], example }
    }

    /// A property of this name.
    pub const fn property(name: &'static str, gives: Kind, about: &'static str) -> Self {
        Self { form: Form::Property, gives, ..Self::new(name, about) }
    }

    /// The same with these arguments.
    #[must_use]
    pub const fn takes(self, takes: &'static [Argument]) -> Self {
        Self { takes, ..self }
    }

    /// The same with this result.
    #[must_use]
    pub const fn gives(self, gives: Kind) -> Self {
        Self { gives, ..self }
    }

    /// The same with these errors.
    #[must_use]
    pub const fn fails(self, errors: &'static [Failure]) -> Self {
        Self { errors, ..self }
    }

    /// The same with this example.
    #[must_use]
    pub const fn example(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    /// How many arguments it takes, at least and at most.
    pub fn arities(&self) -> RangeInclusive<usize> {
        let least = self.takes.iter().take_while(|it| !it.optional).count();
        least..=self.takes.len()
    }

    /// How it is written: `measure(name, value, limit)`, `ask(text[, #{ within, image }])`.
    pub fn usage(&self) -> String {
        if self.form == Form::Property {
            return self.name.to_owned();
        }
        let (mut list, mut open) = (String::new(), 0);
        for (index, argument) in self.takes.iter().enumerate() {
            if argument.optional {
                list.push('[');
                open += 1;
            }
            list.push_str(if index > 0 { ", " } else { "" });
            list.push_str(&argument.spelt());
        }
        format!("{}({list}{})", self.name, "]".repeat(open))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::argument;

    #[test]
    fn a_function_is_spelt_with_what_may_be_left_out_in_brackets() {
        const KEYS: &[Argument] = &[argument("within", Kind::AnyQuantity, "")];
        const TAKES: &[Argument] = &[
            argument("text", Kind::Text, ""),
            argument("options", Kind::Options(KEYS), "").optional(),
            argument("body", Kind::Closure, "").optional(),
        ];
        let it = Entry::new("ask", "asks").takes(TAKES);
        assert_eq!(it.usage(), "ask(text[, #{ within }[, || { … }]])");
        assert_eq!(it.arities(), 1..=3);
        assert_eq!(Entry::new("on", "").usage(), "on()");
        assert_eq!(Entry::property("kind", Kind::Text, "").usage(), "kind");
    }
}
