//! Safe state on its own: every role of a fixture, whatever happened before.

use pogo_hal::{Result, SafeState};
use tokio::runtime::Builder;

use crate::bench::{Bench, Opener};
use crate::fixture::Fixture;
use crate::stop::Stop;

/// Opens every role of `fixture` in order and brings it to its safe state; one that cannot be
/// opened or does not confirm holds up the others for no longer than its own time. Gives what is
/// known of each role, in the order of the fixture.
///
/// # Errors
///
/// The bench as a whole cannot be had; nothing was said to any role.
pub fn make_safe(
    fixture: &Fixture,
    opener: &dyn Opener,
) -> Result<Vec<(String, Result<SafeState>)>> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|cause| {
        pogo_hal::Error::unsupported(format!("the operating system gives no event queue: {cause}"))
    })?;
    let _entered = runtime.enter();
    runtime.block_on(opener.prepare())?;
    let mut known = Vec::new();
    for role in &fixture.roles {
        // Each role is a bench of its own here: what one does must not depend on another.
        let alone = Fixture { roles: vec![role.clone()], ..fixture.clone() };
        known.extend(Bench::open(&runtime, &alone, opener, &Stop::default()).make_safe(&runtime));
    }
    Ok(known)
}
