//! The private key of a log, and who may read it.

use super::fact::{Fact, State};
use super::{Look, Told};
use crate::proof::VerifierKey;
use crate::store::seal::Seal;

pub(super) fn look(look: &Look<'_>) -> Told {
    if look.simulated {
        return Ok(Fact::fine("key", "published: these are simulated runs"));
    }
    let Some(public) = &look.tree.key else {
        return Ok(Fact::fine("key", "none yet"));
    };
    let short = public.parse().map_or_else(|_| public.clone(), |it: VerifierKey| it.short());
    Ok(match Seal::of(look.folder).copy(public) {
        Ok(_) => Fact::fine("key", format!("{short}, mode 0600")),
        // The log can still be verified; it is the next run that is in trouble.
        Err(failure) => Fact::fine("key", failure.message())
            .but(State::Attention, failure.hint().unwrap_or("put the log's key back")),
    })
}
