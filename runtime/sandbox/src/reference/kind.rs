//! What an argument or a result is.

use pogo_hal::Dimension;

use super::Argument;

/// What an argument has to be, or what a function gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Nothing: what a function gives that only does something.
    Nothing,
    /// Whatever it is.
    Anything,
    /// `true` or `false`.
    Bool,
    /// A plain number.
    Number,
    /// A quantity of this dimension.
    Quantity(Dimension),
    /// A quantity of whatever dimension fits.
    AnyQuantity,
    /// What is a matter of degree: a plain number or a quantity.
    Amount,
    /// Amounts: one, or a list of them.
    Amounts,
    /// What is no matter of degree: a boolean or a text.
    Choice,
    /// A text.
    Text,
    /// A text that statistics are kept by: lower-case letters, digits and `_`.
    Name,
    /// The name of a meter's function, as text.
    MeterFunction,
    /// The kind of a bench error, as text.
    ErrorKind,
    /// A role that is a power supply.
    Supply,
    /// A regular expression, as text.
    Pattern,
    /// The name of a unit, as text.
    Unit,
    /// A list of whatever fits.
    List,
    /// A list of texts.
    Texts,
    /// A map with these keys.
    Options(&'static [Argument]),
    /// A closure without parameters.
    Closure,
    /// What an amount is judged by.
    Limit,
    /// What a choice is judged by.
    Expectation,
    /// What may be sent and never shown.
    Secret,
}

impl Kind {
    /// What it is, with its article: `a voltage`.
    pub fn with_article(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Anything => "anything",
            Self::Bool => "a boolean",
            Self::Number => "a plain number",
            Self::Quantity(dimension) => dimension.with_article(),
            Self::AnyQuantity => "a quantity",
            Self::Amount => "a number or quantity",
            Self::Amounts => "a number or quantity, or a list of them",
            Self::Choice => "a boolean or text",
            Self::Text => "a text",
            Self::Name => "a name, as text",
            Self::MeterFunction => "the name of a function, as text",
            Self::ErrorKind => "the kind of an error, as text",
            Self::Supply => "a power supply",
            Self::Pattern => "a pattern, as text",
            Self::Unit => "the name of a unit, as text",
            Self::List => "a list",
            Self::Texts => "a list of texts",
            Self::Options(_) => "a map",
            Self::Closure => "a closure",
            Self::Limit => "a limit",
            Self::Expectation => "an expectation",
            Self::Secret => "a secret",
        }
    }

    /// What Rhai's editor definitions call it; `?` is anything.
    pub fn rhai_type(self) -> &'static str {
        match self {
            Self::Nothing => "()",
            Self::Bool => "bool",
            Self::Number => "int | float",
            Self::Quantity(Dimension::Number) => "int | float",
            Self::Quantity(_) | Self::AnyQuantity => "quantity",
            Self::Amount => "int | float | quantity",
            Self::Amounts => "int | float | quantity | Array",
            Self::Supply => "PowerSupply",
            Self::Choice => "bool | String",
            Self::Text
            | Self::Name
            | Self::MeterFunction
            | Self::ErrorKind
            | Self::Pattern
            | Self::Unit => "String",
            Self::List | Self::Texts => "Array",
            Self::Options(_) => "Map",
            Self::Closure => "Fn",
            Self::Limit | Self::Expectation => "Limit",
            Self::Secret => "secret",
            Self::Anything => "?",
        }
    }

    /// The keys of a map of options.
    pub fn keys(self) -> &'static [Argument] {
        match self {
            Self::Options(keys) => keys,
            _ => &[],
        }
    }
}
