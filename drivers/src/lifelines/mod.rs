//! The connections of a bench, for whoever has to make it safe when its site cannot.
//!
//! A site may hang in native code, and a process may die. What is needed then is kept here and
//! handed on: of each conversation a duplicate of its descriptor, because what was said on it is
//! in order only there, and what has to be said.

mod lifeline;
mod rescue;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pogo_hal::{Resource, Result, SafeState};

pub use self::lifeline::{Lifeline, Put, Recipe, Say, Written};
pub use self::rescue::rescue;
use crate::InstrumentLock;
use crate::session::Gate;

/// Whoever is told of every connection: a guard process keeps what it is told.
pub trait Heir: Send + Sync {
    /// This is how things stand with one conversation; replaces what was said of the same resource
    /// before. `descriptor` is to be duplicated if it is to be kept; `None` once there is no
    /// connection any more.
    fn inherit(&self, lifeline: &Lifeline, descriptor: Option<BorrowedFd<'_>>);

    /// Somebody else must not have these instruments before the heir is done with them either:
    /// `lock` is to be duplicated and kept open.
    fn hold(&self, lock: BorrowedFd<'_>);
}

/// The live connections of one bench.
#[derive(Default)]
pub struct Lifelines {
    gate: Gate,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    lines: Vec<Line>,
    locks: Vec<InstrumentLock>,
    heir: Option<Arc<dyn Heir>>,
}

struct Line {
    resource: Resource,
    lifeline: Lifeline,
    descriptor: Option<OwnedFd>,
}

impl Lifelines {
    /// What every write to these instruments passes through.
    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// `resource` is spoken to over `descriptor` from now on.
    pub(crate) fn connected(
        &self,
        resource: &Resource,
        identity: &str,
        next_error: &str,
        descriptor: Option<BorrowedFd<'_>>,
    ) {
        // Without a duplicate there is still the address; the next connection is as good as any.
        let descriptor = descriptor.and_then(|it| it.try_clone_to_owned().ok());
        let mut inner = self.lock();
        match inner.lines.iter_mut().find(|line| line.resource == *resource) {
            Some(line) => line.descriptor = descriptor,
            None => inner.lines.push(Line {
                resource: resource.clone(),
                lifeline: Lifeline {
                    resource: resource.to_string(),
                    identity: identity.to_owned(),
                    next_error: next_error.to_owned(),
                    recipes: Vec::new(),
                },
                descriptor,
            }),
        }
        inner.tell(resource);
    }

    /// A role stands behind `resource`, and this makes it safe.
    pub(crate) fn learn(&self, resource: &Resource, recipe: Recipe) {
        let mut inner = self.lock();
        if let Some(line) = inner.lines.iter_mut().find(|line| line.resource == *resource) {
            line.lifeline.recipes.push(recipe);
        }
        inner.tell(resource);
    }

    /// The instruments behind `lock` are this bench's until [`Lifelines::release`].
    pub(crate) fn hold(&self, lock: InstrumentLock) {
        let mut inner = self.lock();
        if let Some(heir) = &inner.heir {
            heir.hold(lock.descriptor());
        }
        inner.locks.push(lock);
    }

    /// Gives the instruments back to whoever wants them next. The heir has to be gone.
    pub fn release(&self) {
        self.lock().locks.clear();
    }

    /// Tells `heir` of all that there is, and of every change from now on.
    pub fn bequeath(&self, heir: Arc<dyn Heir>) {
        let mut inner = self.lock();
        inner.locks.iter().for_each(|lock| heir.hold(lock.descriptor()));
        inner.heir = Some(heir);
        let resources: Vec<_> = inner.lines.iter().map(|line| line.resource.clone()).collect();
        resources.iter().for_each(|resource| inner.tell(resource));
    }

    /// From now on nothing that the site says reaches an instrument.
    pub fn close(&self) {
        self.gate.close();
    }

    /// Makes every role safe over the connections as they are, all instruments at once. Close them
    /// to the site first. Gives what is known of each role.
    pub async fn make_safe(&self) -> Vec<(String, Result<SafeState>)> {
        let lines: Vec<_> = (self.lock().lines.iter())
            .map(|line| {
                let descriptor = line.descriptor.as_ref().and_then(|it| it.try_clone().ok());
                (line.lifeline.clone(), descriptor)
            })
            .collect();
        rescue(lines).await
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn tell(&self, resource: &Resource) {
        let line = self.lines.iter().find(|line| line.resource == *resource);
        if let (Some(heir), Some(line)) = (&self.heir, line) {
            heir.inherit(&line.lifeline, line.descriptor.as_ref().map(AsFd::as_fd));
        }
    }
}
