//! Keeps a run's secrets out of its record, whoever hands something over and however it came there.
//!
//! It is the last who looks: what is found here was let through by somebody who should not have.
//! So it is not only hidden but remembered, for whoever decides about the run.

use std::sync::{Arc, Mutex, PoisonError};

use pogo_hal::Secrets;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{RecordError, Result};

/// A secret that was about to be recorded. `[secret NAME]` stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The secret's name.
    pub secret: String,
    /// What held it: ``an entry `note` ``, ``the attachment `psu.wire.txt` ``.
    pub within: String,
}

/// What a run must not record, and what of it was handed over.
pub(super) struct Hiding {
    secrets: Arc<Secrets>,
    leaks: Mutex<Vec<Leak>>,
}

/// A body as it may be recorded.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Fit<'a, T> {
    AsItIs(&'a T),
    Written(Box<RawValue>),
}

impl Hiding {
    pub(super) fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets, leaks: Mutex::default() }
    }

    /// The secrets that were handed over since this was last asked.
    pub(super) fn take_leaks(&self) -> Vec<Leak> {
        if self.secrets.is_empty() {
            return Vec::new();
        }
        std::mem::take(&mut *self.leaks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// `body` of an entry of this `kind`, without secrets.
    pub(super) fn fit<'a, T: Serialize>(&self, kind: &str, body: &'a T) -> Result<Fit<'a, T>> {
        if self.secrets.is_empty() {
            return Ok(Fit::AsItIs(body));
        }
        let mut text = serde_json::to_string(body).map_err(|it| refused(kind, &it))?;
        if let Some(hidden) = self.hidden(kind, &text)? {
            text = hidden.to_string();
        }
        RawValue::from_string(text).map(Fit::Written).map_err(|it| refused(kind, &it))
    }

    /// What is known of a run, without secrets.
    pub(super) fn header<T: Serialize + DeserializeOwned>(&self, header: T) -> Result<T> {
        if self.secrets.is_empty() {
            return Ok(header);
        }
        let kind = "run.started";
        let text = serde_json::to_string(&header).map_err(|it| refused(kind, &it))?;
        match self.hidden(kind, &text)? {
            Some(hidden) => serde_json::from_value(hidden).map_err(|it| refused(kind, &it)),
            None => Ok(header),
        }
    }

    /// The bytes of a file, without secrets.
    pub(super) fn file(&self, name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let names = self.names_in(bytes);
        if names.is_empty() {
            return None;
        }
        self.remember(&format!("the attachment `{}`", self.secrets.hide(name)), names);
        Some(self.secrets.hide_bytes(bytes).into_owned())
    }

    /// The document in `text` without secrets; `None` if there is none in any of its texts. A
    /// number that looks like one is a number.
    fn hidden(&self, kind: &str, text: &str) -> Result<Option<Value>> {
        // What is not escaped is found as it is written. What is may have been before, too.
        if !text.contains('\\') && self.secrets.find(text.as_bytes()).is_none() {
            return Ok(None);
        }
        let mut document = serde_json::from_str(text).map_err(|it| refused(kind, &it))?;
        let mut names = Vec::new();
        self.hide_in(&mut document, &mut names);
        if names.is_empty() {
            return Ok(None);
        }
        self.remember(&format!("an entry `{kind}`"), names);
        Ok(Some(document))
    }

    fn hide_in(&self, value: &mut Value, names: &mut Vec<String>) {
        match value {
            Value::String(text) => *text = self.hide(text, names),
            Value::Array(items) => items.iter_mut().for_each(|it| self.hide_in(it, names)),
            Value::Object(entries) => {
                let all = std::mem::take(entries);
                entries.extend(all.into_iter().map(|(key, mut value)| {
                    self.hide_in(&mut value, names);
                    (self.hide(&key, names), value)
                }));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn hide(&self, text: &str, names: &mut Vec<String>) -> String {
        names.extend(self.names_in(text.as_bytes()));
        self.secrets.hide(text).into_owned()
    }

    fn names_in(&self, bytes: &[u8]) -> Vec<String> {
        self.secrets.find_all(bytes).map(|it| it.secret.name().to_owned()).collect()
    }

    fn remember(&self, within: &str, mut names: Vec<String>) {
        names.sort_unstable();
        names.dedup();
        let leak = |secret| Leak { secret, within: within.to_owned() };
        let mut leaks = self.leaks.lock().unwrap_or_else(PoisonError::into_inner);
        leaks.extend(names.into_iter().map(leak));
    }
}

fn refused(kind: &str, cause: &serde_json::Error) -> RecordError {
    // serde's words quote what they are about.
    let what = if cause.is_data() { "it makes no sense without its secret" } else { "no JSON" };
    RecordError::new(format!("an entry `{kind}` cannot be written: {what}"))
}
