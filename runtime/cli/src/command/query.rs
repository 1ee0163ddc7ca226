//! `pogo query`: one message to one instrument, without a script or a fixture.

use anyhow::Result;
use pogo_drivers::{InstrumentLock, Network, Owner};

use crate::args::Query;
use crate::command::runtime;
use crate::diagnostics::Failure;
use crate::exit;
use crate::secrets;
use crate::terminal::out;

/// Sends the message and prints the answer, if it was a question.
///
/// # Errors
///
/// Nobody answers, or not in time; a run has the instrument; or there is no such secret.
pub fn query(arguments: &Query) -> Result<u8> {
    let Query { address, message, secrets, timeout } = arguments;
    let secrets = secrets::read(secrets.file.as_deref())?;
    secrets.fill(message).map_err(|it| Failure::new(exit::REFUSED, it))?;
    let runtime = runtime()?;
    // A message between those of a run would be an accident, and the run could not tell.
    let _lock = InstrumentLock::take(address, &Owner::new("pogo query"))
        .map_err(|error| Failure::of_bench(exit::NO_VERDICT, &error))?;
    let answer = runtime
        .block_on(pogo_drivers::query(&Network::default(), address, message, &secrets, *timeout))
        .map_err(|error| Failure::of_bench(exit::NO_VERDICT, &error))?;
    if let Some(answer) = answer {
        out(&format!("{answer}\n"));
    }
    Ok(exit::PASS)
}
