//! Safe state, said by somebody who did not open the instruments.

use std::os::fd::OwnedFd;

use pogo_hal::{Deadline, Dial, Error, Identity, Resource, Result, SafeState, Session};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{Lifeline, Recipe, Say};
use crate::scpi::{Link, SETTLE, boolean};
use crate::session::TcpSession;
use crate::{Network, modbus};

/// Makes every role behind `lines` safe, all instruments at once, so that none waits for one that
/// hangs. A descriptor is that of the connection as its site left it: it is spoken to first, with
/// whatever half message is on it spoilt, and then replaced by a fresh one. Where no connection is
/// left, safe state is said at once, and again when what may still be on its way has had time.
/// Gives what is known of each role, in the order given.
///
/// Call it inside a tokio runtime.
pub async fn rescue(lines: Vec<(Lifeline, Option<OwnedFd>)>) -> Vec<(String, Result<SafeState>)> {
    let mut instruments = JoinSet::new();
    // One for all: what serves a single connection has instruments behind it that share that.
    let network = Network::default();
    for (place, (lifeline, descriptor)) in lines.into_iter().enumerate() {
        let network = network.clone();
        instruments.spawn(async move { (place, make_safe(&network, lifeline, descriptor).await) });
    }
    let mut known = Vec::new();
    while let Some(done) = instruments.join_next().await {
        // One that panics must not keep the others from theirs.
        known.push(done.unwrap_or_else(|_| (usize::MAX, vec![panicked()])));
    }
    known.sort_by_key(|(place, _)| *place);
    known.into_iter().flat_map(|(_, roles)| roles).collect()
}

fn panicked() -> (String, Result<SafeState>) {
    let error = Error::unsupported("making it safe went wrong: this is a bug in Pogo");
    ("an instrument".into(), Err(error))
}

async fn make_safe(
    network: &Network,
    lifeline: Lifeline,
    descriptor: Option<OwnedFd>,
) -> Vec<(String, Result<SafeState>)> {
    let Lifeline { resource, identity, next_error, recipes } = lifeline;
    let spoken: Vec<&Say> = recipes.iter().filter_map(|recipe| recipe.say.as_ref()).collect();
    let mut descriptor = descriptor;
    let mut in_order = true;
    let link = match spoken.first() {
        // Nobody behind it needs anything said.
        None => None,
        Some(say) => {
            let left = descriptor.take();
            let adopted = adopt(network, (&resource, &identity), &next_error, left, say).await;
            Some(adopted.map(|(link, was_left)| {
                in_order = was_left;
                link
            }))
        }
    };
    if let Some(Ok(link)) = &link {
        spoken.iter().for_each(|say| link.learn_safe(say.command.as_bytes()));
    }
    let mut known = Vec::new();
    let mut left = descriptor;
    for Recipe { role, say, put } in &recipes {
        let state = match (say, &link, put) {
            (_, _, Some(put)) => modbus::put_safe(&resource, left.take(), put).await,
            (Some(say), Some(Ok(link)), _) => said(link, say).await,
            (Some(_), Some(Err(error)), _) => Err(error.clone()),
            (_, None, _) | (None, _, _) => Ok(SafeState::Passive),
        };
        known.push((role.clone(), state.map_err(|error| error.context(role))));
    }
    if let (Some(Ok(link)), false) = (&link, in_order) {
        // What was said on the connection that is gone may come after all of this: it is given the
        // time that is given to a connection which is still there.
        sleep(SETTLE).await;
        for (Recipe { role, say, .. }, (_, state)) in recipes.iter().zip(&mut known) {
            if let (Some(say), Ok(SafeState::Confirmed { .. })) = (say, &*state) {
                *state = said(link, say).await.map_err(|error| error.context(role));
            }
        }
    }
    known
}

async fn said(link: &Link, Say { command, query, state, timeout }: &Say) -> Result<SafeState> {
    let is_off = |answer: &str| boolean(answer).map(|on| !on);
    let read_back = link.make_safe(command.as_bytes(), query.as_bytes(), *timeout, is_off).await?;
    Ok(SafeState::Confirmed { state: state.clone(), read_back })
}

/// The conversation as its site left it, or a fresh one if nothing is left of it; and which it is.
async fn adopt(
    network: &Network,
    (resource, identity): (&str, &str),
    next_error: &str,
    descriptor: Option<OwnedFd>,
    Say { timeout, .. }: &Say,
) -> Result<(Link, bool)> {
    let (resource, identity): (Resource, _) = (resource.parse()?, Identity::parse(identity)?);
    let left = match (&resource, descriptor) {
        (Resource::Socket { host, port, .. }, Some(descriptor)) => {
            TcpSession::adopt(host, *port, descriptor).ok()
        }
        _ => None,
    };
    let was_left = left.is_some();
    let session: Box<dyn Session> = match left {
        Some(session) => Box::new(session),
        None => network.dial(&resource, Deadline::after(*timeout)).await?,
    };
    Ok((Link::adopt(session, resource, identity, next_error), was_left))
}
