//! A console of a recording: what was heard comes when it was heard, and what is told has to be what
//! was told then.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use pogo_hal::{Deadline, Heard, Identity, Line, Resource, Result};

use super::Replay;

/// See the module's own words.
pub(super) struct ReplayLine {
    replay: Arc<Replay>,
    resource: Resource,
    identity: Identity,
    /// What came before something that was told, and nobody had taken until then.
    before: Mutex<Vec<(u64, Vec<u8>)>>,
}

impl ReplayLine {
    pub(super) fn new(replay: Arc<Replay>, resource: &Resource) -> Self {
        let identity = Identity {
            manufacturer: String::new(),
            model: "serial port".into(),
            serial: "SIMREPLAY".into(),
            firmware: String::new(),
        };
        Self { replay, resource: resource.clone(), identity, before: Mutex::default() }
    }

    /// What has come by `until_ns`.
    fn come(&self, until_ns: u64) -> Result<Vec<(u64, Vec<u8>)>> {
        let mut come =
            std::mem::take(&mut *self.before.lock().unwrap_or_else(PoisonError::into_inner));
        while let Some(at_ns) = self.replay.answers_at(&self.resource)?
            && at_ns <= until_ns
        {
            let mut bytes = Vec::new();
            self.replay.take_answer(&self.resource, &mut bytes);
            come.push((at_ns, bytes));
        }
        Ok(come)
    }
}

#[async_trait]
impl Line for ReplayLine {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    async fn write(&self, bytes: &[u8], _deadline: Deadline) -> Result<()> {
        // Whatever was heard before this was told, was heard before.
        let come = self.come(u64::MAX)?;
        *self.before.lock().unwrap_or_else(PoisonError::into_inner) = come;
        let at_ns = self.replay.expected(&self.resource, bytes)?;
        self.replay.world.sleep_until(at_ns).await;
        self.replay.said(&self.resource)
    }

    fn take(&self) -> Result<Heard> {
        let world = &self.replay.world;
        let come = self.come(world.now_ns())?;
        let at = |(ns, bytes)| (world.instant(ns), bytes);
        Ok(Heard { pieces: come.into_iter().map(at).collect(), dropped: 0 })
    }

    async fn stirs(&self) {
        match self.replay.answers_at(&self.resource) {
            Ok(Some(at_ns)) => self.replay.world.sleep_until(at_ns).await,
            // Nothing more was heard before something else was told.
            Ok(None) => std::future::pending().await,
            Err(_) => {}
        }
    }

    fn check(&self) -> Result<()> {
        self.replay.lock().goes_on()
    }
}
