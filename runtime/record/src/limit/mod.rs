//! What a value has to be: declared by a script or a limits file, judged by the runtime.

pub(crate) mod band;
mod decimal;
mod document;
mod pattern;
mod show;

use pogo_hal::Dimension;

pub use pattern::Pattern;

use crate::value::Value;

/// What a value has to be. Edges are part of the limit.
///
/// The constructors refuse what cannot be judged; [`judge`](crate::judge()) refuses it again.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// From `low` to `high`.
    Between {
        /// The lower edge.
        low: Value,
        /// The upper edge.
        high: Value,
    },
    /// This much or more.
    AtLeast(Value),
    /// This much or less.
    AtMost(Value),
    /// No farther from `nominal` than `tolerance`.
    Within {
        /// The middle.
        nominal: Value,
        /// A difference, or a percentage of the nominal; never negative.
        tolerance: Value,
    },
    /// One of these texts or whole numbers.
    OneOf(Vec<Value>),
    /// A text that the pattern describes from its first to its last character.
    Matches(Pattern),
    /// This text, this whole number, or yes or no.
    Equals(Value),
}

/// Why a limit cannot judge anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LimitError {
    message: String,
    hint: Option<&'static str>,
}

impl LimitError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    pub(crate) fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to write instead.
    pub fn hint(&self) -> Option<&'static str> {
        self.hint
    }
}

type Outcome<T = Limit> = Result<T, LimitError>;

impl Limit {
    /// From `low` to `high`, both included.
    ///
    /// # Errors
    ///
    /// An edge is no finite number, the dimensions differ, or `low` is above `high`.
    pub fn between(low: impl Into<Value>, high: impl Into<Value>) -> Outcome {
        let (mut low, mut high) = (low.into(), high.into());
        // One unit for both, so that `500.mA..=1.A` is not shown as `0.5 .. 1 A`'s half.
        if let (Value::Quantity { unit: a, .. }, Value::Quantity { unit: b, .. }) = (&low, &high) {
            let unit = b.or(*a).or_else(|| high.quantity().and_then(|it| it.display_unit()));
            low.show_in(unit);
            high.show_in(unit);
        }
        Self::Between { low, high }.checked()
    }

    /// `edge` or more.
    ///
    /// # Errors
    ///
    /// The edge is no finite number.
    pub fn at_least(edge: impl Into<Value>) -> Outcome {
        Self::AtLeast(edge.into()).checked()
    }

    /// `edge` or less.
    ///
    /// # Errors
    ///
    /// The edge is no finite number.
    pub fn at_most(edge: impl Into<Value>) -> Outcome {
        Self::AtMost(edge.into()).checked()
    }

    /// No farther from `nominal` than `tolerance`, a difference or a percentage of the nominal.
    ///
    /// # Errors
    ///
    /// One of them is no finite number, the tolerance is negative, or it is no difference of such
    /// nominals: 25 degC has no percentage, and a percentage of a percentage is ambiguous.
    pub fn within(nominal: impl Into<Value>, tolerance: impl Into<Value>) -> Outcome {
        Self::Within { nominal: nominal.into(), tolerance: tolerance.into() }.checked()
    }

    /// One of `choices`.
    ///
    /// # Errors
    ///
    /// There is none, or one is a measured number, whose equality means nothing.
    pub fn one_of(choices: impl IntoIterator<Item = Value>) -> Outcome {
        Self::OneOf(choices.into_iter().collect()).checked()
    }

    /// A text that `pattern`, a regular expression, describes from its first to its last
    /// character.
    ///
    /// # Errors
    ///
    /// It is no regular expression, or too large a one.
    pub fn matches(pattern: &str) -> Outcome {
        Pattern::new(pattern).map(Self::Matches)
    }

    /// `expected` and nothing else.
    ///
    /// # Errors
    ///
    /// It is a measured number, whose equality means nothing.
    pub fn equals(expected: impl Into<Value>) -> Outcome {
        Self::Equals(expected.into()).checked()
    }

    fn checked(self) -> Outcome {
        self.check().map(|()| self)
    }

    /// Whether this limit can judge anything.
    ///
    /// # Errors
    ///
    /// It cannot: see the constructors.
    pub fn check(&self) -> Outcome<()> {
        match self {
            Self::Between { low, high } => check_between(low, high),
            Self::AtLeast(edge) | Self::AtMost(edge) => check_number(edge),
            Self::Within { nominal, tolerance } => check_within(nominal, tolerance),
            Self::OneOf(choices) if choices.is_empty() => {
                Err(LimitError::new("one of nothing can never be met"))
            }
            Self::OneOf(choices) => choices.iter().try_for_each(check_exact),
            Self::Matches(_) => Ok(()),
            Self::Equals(expected) => check_exact(expected),
        }
    }

    /// What a value must be an amount of; `None` for texts, and for yes or no.
    pub fn dimension(&self) -> Option<Dimension> {
        self.example().and_then(Value::dimension)
    }

    /// A value of the kind that this limit judges; `None` for a pattern.
    pub(crate) fn example(&self) -> Option<&Value> {
        match self {
            Self::Between { high: it, .. }
            | Self::AtLeast(it)
            | Self::AtMost(it)
            | Self::Within { nominal: it, .. }
            | Self::Equals(it) => Some(it),
            Self::OneOf(choices) => choices.first(),
            Self::Matches(_) => None,
        }
    }
}

fn check_number(edge: &Value) -> Outcome<()> {
    if edge.dimension().is_none() {
        return Err(LimitError::new(format!(
            "{} cannot be the edge of a limit",
            edge.with_article()
        )));
    }
    if !edge.is_finite() {
        return Err(LimitError::new(format!("{edge} cannot be the edge of a limit")));
    }
    Ok(())
}

fn check_between(low: &Value, high: &Value) -> Outcome<()> {
    check_number(low)?;
    check_number(high)?;
    if low.dimension() != high.dimension() {
        let (a, b) = (low.with_article(), high.with_article());
        return Err(LimitError::new(format!("the limit is from {low}, {a}, to {high}, {b}")));
    }
    if band::compare(low, high).is_none_or(std::cmp::Ordering::is_gt) {
        return Err(LimitError::new(format!("the limit is from {low} to {high}, which is less"))
            .with_hint("write the lower edge first"));
    }
    Ok(())
}

fn check_within(nominal: &Value, tolerance: &Value) -> Outcome<()> {
    check_number(nominal)?;
    check_number(tolerance)?;
    let (Some(of), Some(by)) = (nominal.dimension(), tolerance.dimension()) else { return Ok(()) };
    let said =
        || format!("{tolerance}, {}, is no tolerance of {nominal}", tolerance.with_article());
    match (of, by) {
        (Dimension::Percent, Dimension::Percent) => {
            return Err(LimitError::new(said())
                .with_hint("a percentage of a percentage is ambiguous; write both edges"));
        }
        (_, Dimension::Percent) if of.times(by) == Some(of) => {}
        _ if by == of.difference_of_points().unwrap_or(of) => {}
        (Dimension::Temperature, _) => {
            return Err(LimitError::new(said())
                .with_hint("write the tolerance of a temperature in kelvins, such as 0.5.K"));
        }
        (Dimension::PowerLevel, _) => {
            return Err(LimitError::new(said())
                .with_hint("write the tolerance of a level in decibels, such as 3.dB"));
        }
        _ => return Err(LimitError::new(said())),
    }
    if band::compare(tolerance, &zero(tolerance)).is_none_or(std::cmp::Ordering::is_lt) {
        return Err(LimitError::new(format!("the tolerance {tolerance} is negative")));
    }
    Ok(())
}

fn zero(like: &Value) -> Value {
    match like.dimension() {
        Some(dimension) if dimension != Dimension::Number => {
            Value::Quantity { value: 0.0, dimension, unit: None }
        }
        _ => Value::Integer(0),
    }
}

fn check_exact(choice: &Value) -> Outcome<()> {
    match choice {
        Value::Text(_) | Value::Bool(_) | Value::Integer(_) => Ok(()),
        Value::Number(_) | Value::Quantity { .. } => Err(LimitError::new(format!(
            "whether a measured value is {choice} is a matter of tolerance"
        ))
        .with_hint("write `within(nominal, tolerance)`")),
    }
}
