//! The options of a verb: a map whose keys are known, with units.

use pogo_hal::{Dimension, Quantity, Typed, nearest};
use pogo_sandbox::rhai::{Array, Dynamic, EvalAltResult, Map};
use pogo_sandbox::script_error;

use crate::circuit::Draw;

type Outcome<T> = Result<T, Box<EvalAltResult>>;

/// What was written between `#{` and `}`, of which every key has to be taken.
pub(super) struct Options {
    verb: &'static str,
    map: Map,
    known: &'static [&'static str],
}

impl Options {
    /// The options of `verb`, which has these keys.
    ///
    /// # Errors
    ///
    /// There is another key; with the nearest known one.
    pub(super) fn new(
        verb: &'static str,
        map: Map,
        known: &'static [&'static str],
    ) -> Outcome<Self> {
        let unknown = map.keys().find(|key| !known.contains(&key.as_str()));
        if let Some(key) = unknown {
            let hint = nearest(key, known.iter().copied()).map_or_else(
                || format!("`{verb}` has {}", known.join(", ")),
                |it| format!("did you mean `{it}`?"),
            );
            return Err(script_error(format!("`{verb}` has no `{key}`"), hint));
        }
        Ok(Self { verb, map, known })
    }

    /// A quantity that must be there.
    pub(super) fn must<T: Typed>(&mut self, key: &str) -> Outcome<T> {
        let verb = self.verb;
        self.may(key)?.ok_or_else(|| missing(verb, key, &self.known.join(", ")))
    }

    /// A quantity that may be left out.
    pub(super) fn may<T: Typed>(&mut self, key: &str) -> Outcome<Option<T>> {
        let Some(value) = self.map.remove(key) else { return Ok(None) };
        quantity(&format!("{}: `{key}`", self.verb), value).map(Some)
    }

    /// A time that may be left out, in nanoseconds; not negative.
    pub(super) fn time(&mut self, key: &str) -> Outcome<Option<u64>> {
        let Some(time) = self.may::<pogo_hal::Seconds>(key)? else { return Ok(None) };
        if time.0 < 0.0 {
            let message = format!("{}: `{key}` is {time}, which would be in the past", self.verb);
            return Err(script_error(message, None));
        }
        Ok(Some(crate::fault::nanoseconds(time)))
    }

    /// A current or a power that may be left out; not negative.
    pub(super) fn draw(&mut self, key: &str) -> Outcome<Option<Draw>> {
        let Some(value) = self.map.remove(key) else { return Ok(None) };
        let what = format!("{}: `{key}`", self.verb);
        let draw = match value.clone().try_cast::<Quantity>() {
            Some(it) if it.dimension() == Dimension::Power => Draw::Power(it.value()),
            _ => Draw::Current(quantity::<pogo_hal::Amperes>(&what, value.clone())?.0),
        };
        let (Draw::Current(amount) | Draw::Power(amount)) = draw;
        if amount >= 0.0 && amount.is_finite() {
            return Ok(Some(draw));
        }
        let message = format!("{what} is {value}, and a load does not feed its net");
        Err(script_error(message, None))
    }

    /// A share of a whole that may be left out, as a part of one: 0 % to 100 %.
    pub(super) fn share(&mut self, key: &str) -> Outcome<Option<f64>> {
        if !self.map.contains_key(key) {
            return Ok(None);
        }
        let share = self.part(key)?;
        if (0.0..=1.0).contains(&share) {
            return Ok(Some(share));
        }
        let message = format!("{}: `{key}` is {}%", self.verb, share * 100.0);
        Err(script_error(message, "from 0.percent to 100.percent".to_owned()))
    }

    /// Whether something is so, which may be left out.
    pub(super) fn yes(&mut self, key: &str) -> Outcome<Option<bool>> {
        let Some(value) = self.map.remove(key) else { return Ok(None) };
        let message = format!("{}: `{key}` is {value}, expected `true` or `false`", self.verb);
        value.as_bool().map(Some).map_err(|_| script_error(message, None))
    }

    /// A text that may be left out.
    pub(super) fn text(&mut self, key: &str) -> Outcome<Option<String>> {
        let Some(value) = self.map.remove(key) else { return Ok(None) };
        let message = format!("{}: `{key}` is {value}, expected a text", self.verb);
        value.into_string().map(Some).map_err(|_| script_error(message, None))
    }

    /// A list that must be there.
    pub(super) fn list(&mut self, key: &str) -> Outcome<Array> {
        let value = self.map.remove(key).ok_or_else(|| self.lacks(key))?;
        let message = format!("{}: `{key}` is {value}, expected a list", self.verb);
        value.into_array().map_err(|_| script_error(message, None))
    }

    /// What is said where `key` is missing.
    pub(super) fn lacks(&self, key: &str) -> Box<EvalAltResult> {
        missing(self.verb, key, &self.known.join(", "))
    }

    /// Whatever it is.
    pub(super) fn take(&mut self, key: &str) -> Option<Dynamic> {
        self.map.remove(key)
    }

    /// A key that nobody has taken.
    pub(super) fn left(&self) -> Option<&str> {
        self.map.keys().next().map(|it| it.as_str())
    }

    /// A part per hundred that may be left out, as a part of one.
    pub(super) fn part(&mut self, key: &str) -> Outcome<f64> {
        let Some(value) = self.map.remove(key) else { return Ok(0.0) };
        let what = format!("{}: `{key}`", self.verb);
        match value.clone().try_cast::<Quantity>() {
            Some(it) if it.dimension() == Dimension::Percent => Ok(it.value() / 100.0),
            _ => Err(wrong(&what, &value, Dimension::Percent)),
        }
    }

    /// A plain number that may be left out.
    pub(super) fn number(&mut self, key: &str) -> Outcome<Option<f64>> {
        let Some(value) = self.map.remove(key) else { return Ok(None) };
        let number = value.as_float().or_else(|_| value.as_int().map(|it| it as f64));
        match number {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(wrong(&format!("{}: `{key}`", self.verb), &value, Dimension::Number)),
        }
    }

    /// The name of a net that must be there.
    pub(super) fn net(&mut self, key: &str) -> Outcome<String> {
        let value = self.map.remove(key);
        let value = value.ok_or_else(|| missing(self.verb, key, &self.known.join(", ")))?;
        let shown = value.to_string();
        value.into_string().map_err(|_| {
            let message = format!("{}: `{key}` is {shown}, expected a net", self.verb);
            script_error(message, format!("write `{key}: \"VBAT\"`"))
        })
    }
}

/// A quantity of the type that is wanted.
pub(super) fn quantity<T: Typed>(what: &str, value: Dynamic) -> Outcome<T> {
    let Some(quantity) = value.clone().try_cast::<Quantity>() else {
        return Err(wrong(what, &value, T::DIMENSION));
    };
    let typed = T::from_quantity(&quantity).map_err(|error| {
        script_error(format!("{what}: {error}"), error.hint().map(str::to_owned))
    })?;
    if typed.value().is_finite() {
        Ok(typed)
    } else {
        Err(script_error(format!("{what} is {quantity}, which is no value"), None))
    }
}

fn wrong(what: &str, value: &Dynamic, dimension: Dimension) -> Box<EvalAltResult> {
    let shown = match value.clone().try_cast::<Quantity>() {
        Some(quantity) => quantity.to_string(),
        None => value.to_string(),
    };
    let hint =
        dimension.unit().map(|unit| format!("write a number and its unit: `2.5.{}`", unit.name));
    script_error(format!("{what} is {shown}, expected {}", dimension.with_article()), hint)
}

fn missing(verb: &str, key: &str, known: &str) -> Box<EvalAltResult> {
    script_error(format!("`{verb}` needs `{key}`"), format!("its keys are {known}"))
}
