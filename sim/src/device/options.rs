//! The options of a verb: a map whose keys are known, with units.

use pogo_hal::{Dimension, Quantity, Typed, nearest};
use pogo_sandbox::rhai::{Dynamic, EvalAltResult, Map};
use pogo_sandbox::script_error;

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
