//! Values that were judged, and values that were only kept.

use std::borrow::Cow;

use pogo_hal::{Origin, Origins};
use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::judge::{JudgeError, judge};
use crate::limit::Limit;
use crate::value::{Scalar, Value};
use crate::verdict::Verdict;

/// One reading as the instrument sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raw {
    /// The role that was asked.
    pub role: String,
    /// The instrument's serial number; empty if it has none.
    pub asset: String,
    /// The reply, without its terminator.
    pub text: String,
    /// Nanoseconds of the run's clock when the reply was in hand.
    pub mono_ns: u64,
}

impl From<&Origin> for Raw {
    fn from(it: &Origin) -> Self {
        Self {
            role: (*it.role).into(),
            asset: (*it.asset).into(),
            text: (*it.raw).into(),
            mono_ns: it.mono_ns,
        }
    }
}

/// Where a limit comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitSource {
    /// The document that says it.
    pub document: String,
    /// The document's revision.
    pub revision: String,
}

/// The body of `measurement` and `check`: a value, its limit, and the verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The step's number; `None` outside any step.
    pub step: Option<u32>,
    /// Its name.
    pub name: String,
    /// Which attempt at it this is, from 1; only the last one of a run counts.
    pub attempt: u32,
    /// Where on the curve the value lies, if it is a point of one.
    pub at: Option<Value>,
    /// The readings it was computed from, oldest first.
    pub raw: Vec<Raw>,
    /// How many more readings had part in it.
    pub raw_omitted: u64,
    /// The value.
    pub value: Value,
    /// What it has to be.
    pub limit: Limit,
    /// Where that comes from; `None` if it stands in the script.
    pub source: Option<LimitSource>,
    /// What came of it.
    pub verdict: Verdict,
    /// The value as people read it.
    pub shown: String,
}

impl Judged {
    /// Judges `value`. What cannot be judged is an ERROR: append it all the same, and let the
    /// script see why.
    pub fn new(
        step: Option<u32>,
        name: &str,
        value: Value,
        origins: &Origins,
        limit: Limit,
    ) -> (Self, Option<JudgeError>) {
        let (verdict, error) = match judge(&value, &limit) {
            Ok(verdict) => (verdict, None),
            Err(error) => (Verdict::Error, Some(error.about(name))),
        };
        let shown = value.beside(Some(&limit));
        let raw = origins.as_slice().iter().map(Raw::from).collect();
        let (name, raw_omitted) = (name.to_owned(), origins.omitted());
        let (attempt, at, source) = (1, None, None);
        (
            Self {
                step,
                name,
                attempt,
                at,
                raw,
                raw_omitted,
                value,
                limit,
                source,
                verdict,
                shown,
            },
            error,
        )
    }

    /// The same, as a point of a curve.
    #[must_use]
    pub fn at(self, at: Option<Value>) -> Self {
        Self { at, ..self }
    }

    /// The same, in that attempt.
    #[must_use]
    pub fn in_attempt(self, attempt: u32) -> Self {
        Self { attempt, ..self }
    }

    /// The same, by a limit that comes from there.
    #[must_use]
    pub fn by(self, source: Option<LimitSource>) -> Self {
        Self { source, ..self }
    }

    /// The rule by which it was judged: `simple` holds the value itself against the limits.
    pub fn rule(&self) -> &'static str {
        "simple"
    }

    /// The expanded uncertainty that was taken into account.
    pub fn uncertainty(&self) -> &'static str {
        "not evaluated"
    }
}

/// The body of `record`: a value that was kept without judging.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The step's number; `None` outside any step.
    pub step: Option<u32>,
    /// Its name.
    pub name: String,
    /// The readings it was computed from, oldest first.
    pub raw: Vec<Raw>,
    /// How many more readings had part in it.
    pub raw_omitted: u64,
    /// The value.
    pub value: Value,
    /// The value as people read it.
    pub shown: String,
}

impl Recorded {
    /// Keeps `value`.
    pub fn new(step: Option<u32>, name: &str, value: Value, origins: &Origins) -> Self {
        let shown = value.beside(None);
        let raw = origins.as_slice().iter().map(Raw::from).collect();
        Self { step, name: name.into(), raw, raw_omitted: origins.omitted(), value, shown }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "S: Deserialize<'de>, R: Deserialize<'de>, L: Deserialize<'de>"))]
struct Document<'a, S, R, L> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    step: Option<u32>,
    name: Cow<'a, str>,
    #[serde(default = "first", skip_serializing_if = "is_first")]
    attempt: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Cow<'a, Value>>,
    raw: R,
    #[serde(default, skip_serializing_if = "is_zero")]
    raw_omitted: u64,
    value: S,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shown_in: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limits: Option<L>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Cow<'a, LimitSource>>,
    /// The decision rule: the value itself is held against the limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<Cow<'a, str>>,
    /// Expanded uncertainty.
    #[serde(default, rename = "U", skip_serializing_if = "Option::is_none")]
    uncertainty: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    shown: Cow<'a, str>,
}

fn first() -> u32 {
    1
}

fn is_first(attempt: &u32) -> bool {
    *attempt == 1
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Serialize for Judged {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Document {
            step: self.step,
            name: Cow::from(&self.name),
            attempt: self.attempt,
            at: self.at.as_ref().map(Cow::Borrowed),
            raw: &self.raw,
            raw_omitted: self.raw_omitted,
            value: Scalar::from(&self.value),
            unit: self.value.ucum().map(Cow::from),
            shown_in: self.value.shown_in().map(Cow::from),
            limits: Some(&self.limit),
            source: self.source.as_ref().map(Cow::Borrowed),
            rule: Some(self.rule().into()),
            uncertainty: Some(self.uncertainty().into()),
            verdict: Some(self.verdict),
            shown: Cow::from(&self.shown),
        }
        .serialize(serializer)
    }
}

impl Serialize for Recorded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Document {
            step: self.step,
            name: Cow::from(&self.name),
            attempt: first(),
            at: None,
            raw: &self.raw,
            raw_omitted: self.raw_omitted,
            value: Scalar::from(&self.value),
            unit: self.value.ucum().map(Cow::from),
            shown_in: self.value.shown_in().map(Cow::from),
            limits: None::<&Limit>,
            source: None,
            rule: None,
            uncertainty: None,
            verdict: None,
            shown: Cow::from(&self.shown),
        }
        .serialize(serializer)
    }
}

type Owned = Document<'static, Scalar<'static>, Vec<Raw>, Limit>;

impl<'de> Deserialize<'de> for Judged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let it = Owned::deserialize(deserializer)?;
        let value = it.value.with_unit(it.unit.as_deref(), it.shown_in.as_deref());
        Ok(Self {
            step: it.step,
            name: it.name.into_owned(),
            attempt: it.attempt,
            at: it.at.map(Cow::into_owned),
            raw: it.raw,
            raw_omitted: it.raw_omitted,
            value: value.map_err(D::Error::custom)?,
            limit: it.limits.ok_or_else(|| D::Error::missing_field("limits"))?,
            source: it.source.map(Cow::into_owned),
            verdict: it.verdict.ok_or_else(|| D::Error::missing_field("verdict"))?,
            shown: it.shown.into_owned(),
        })
    }
}

impl<'de> Deserialize<'de> for Recorded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let it = Owned::deserialize(deserializer)?;
        let value = it.value.with_unit(it.unit.as_deref(), it.shown_in.as_deref());
        Ok(Self {
            step: it.step,
            name: it.name.into_owned(),
            raw: it.raw,
            raw_omitted: it.raw_omitted,
            value: value.map_err(D::Error::custom)?,
            shown: it.shown.into_owned(),
        })
    }
}
