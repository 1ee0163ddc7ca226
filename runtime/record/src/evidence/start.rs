//! The beginning of a run, as far as answers over many runs need it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::fact::NOT_RECORDED;
use crate::body::{Mode, Process};
use crate::error::{RecordError, Result};

/// What is known of a run when it begins.
pub(crate) struct Start {
    pub(crate) run: Uuid,
    pub(crate) at: Timestamp,
    pub(crate) attempt: Option<u64>,
    pub(crate) mode: Mode,
    pub(crate) purpose: Option<String>,
    pub(crate) product: Option<String>,
    pub(crate) serial: Option<String>,
    pub(crate) plan: String,
    pub(crate) operator: Option<String>,
    pub(crate) process: Process,
}

// Texts are borrowed and everything else is passed over: an answer may need a hundred thousand.

#[derive(Deserialize)]
struct Entry<'a> {
    run: Uuid,
    utc: Timestamp,
    #[serde(borrow)]
    body: Body<'a>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(with = "crate::body::not_recorded")]
    attempt: Option<u64>,
    #[serde(borrow)]
    header: Header<'a>,
    process: Process,
}

#[derive(Deserialize)]
struct Header<'a> {
    mode: Mode,
    #[serde(borrow)]
    purpose: Cow<'a, str>,
    #[serde(borrow)]
    device: Device<'a>,
    #[serde(borrow)]
    plan: Plan<'a>,
    #[serde(borrow)]
    operator: Operator<'a>,
}

#[derive(Deserialize)]
struct Device<'a> {
    #[serde(borrow)]
    part: Cow<'a, str>,
    #[serde(borrow)]
    serial: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Plan<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Operator<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

impl Start {
    /// From the bytes of an entry `run.started`.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let nonsense =
            |cause| RecordError::new(format!("the start of a run makes no sense: {cause}"));
        let Entry { run, utc, body } = serde_json::from_slice(bytes).map_err(nonsense)?;
        let Body { attempt, header, process } = body;
        let Header { mode, purpose, device, plan, operator } = header;
        let known = |text: Cow<'_, str>| (text != NOT_RECORDED).then(|| text.into_owned());
        Ok(Self {
            run,
            at: utc,
            attempt,
            mode,
            purpose: known(purpose),
            product: known(device.part),
            serial: known(device.serial),
            plan: plan.id.into_owned(),
            operator: known(operator.id),
            process,
        })
    }
}
