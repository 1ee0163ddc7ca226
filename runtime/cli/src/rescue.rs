//! The real instruments of a bench, to whoever makes them safe in the place of their site.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;

use async_trait::async_trait;
use pogo_drivers::{Lifeline, Lifelines};
use pogo_hal::Error;
use pogo_runtime::{Heir, Rescue, Safety, Will};

/// The drivers' lifelines, as the engine wants them.
pub struct Rescuer(pub Arc<Lifelines>);

#[async_trait]
impl Rescue for Rescuer {
    fn close(&self) {
        self.0.close();
    }

    async fn make_safe(&self) -> Safety {
        self.0.make_safe().await
    }

    fn release(&self) {
        self.0.release();
    }

    fn bequeath(&self, heir: Arc<dyn Heir>) {
        self.0.bequeath(Arc::new(Notary(heir)));
    }
}

/// Writes down for the engine's heir what the drivers bequeath.
struct Notary(Arc<dyn Heir>);

impl pogo_drivers::Heir for Notary {
    fn inherit(&self, lifeline: &Lifeline, descriptor: Option<BorrowedFd<'_>>) {
        // A lifeline is words and numbers: it can be written down.
        let will = serde_json::to_string(lifeline).unwrap_or_default();
        self.0.inherit(&lifeline.resource, &will, descriptor);
    }

    fn hold(&self, lock: BorrowedFd<'_>) {
        self.0.hold(lock);
    }
}

/// Carries out what was bequeathed: every role behind every connection is made safe.
pub async fn carry_out(wills: Vec<Will>) -> Safety {
    let (mut lines, mut lost): (Vec<(Lifeline, Option<OwnedFd>)>, Safety) = Default::default();
    for (will, descriptor) in wills {
        match serde_json::from_str(&will) {
            Ok(lifeline) => lines.push((lifeline, descriptor)),
            Err(cause) => {
                let error =
                    Error::garbled(format!("what makes it safe is not understood: {cause}"));
                lost.push((will, Err(error)));
            }
        }
    }
    let mut safety = pogo_drivers::rescue(lines).await;
    safety.append(&mut lost);
    safety
}
