//! A connection to devices on Modbus in a recording: what is said has to be what was said then, and
//! what came comes when it came.

use std::sync::{Arc, PoisonError};

use pogo_hal::{Resource, Result, Stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::Replay;
use crate::modbus::pair;

/// The driver's end of one, which a task of this runtime answers.
pub(super) fn connect(replay: Arc<Replay>, resource: &Resource) -> Box<dyn Stream> {
    let (stream, theirs, wrong) = pair();
    let resource = resource.clone();
    tokio::spawn(async move {
        if let Err(error) = answer(&replay, &resource, theirs).await {
            *wrong.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        }
    });
    stream
}

/// Answers until the driver's end is gone, or what it says is not in the recording.
async fn answer(replay: &Replay, resource: &Resource, mut theirs: DuplexStream) -> Result<()> {
    let mut said = [0; 512];
    loop {
        let comes = async {
            match replay.answers_at(resource)? {
                Some(at_ns) => replay.world.sleep_until(at_ns).await,
                None => std::future::pending().await,
            }
            Ok(())
        };
        tokio::select! {
            biased;
            read = theirs.read(&mut said) => match read {
                // The driver writes a frame in one piece.
                Ok(count @ 1..) => {
                    let at_ns = replay.expected(resource, &said[..count])?;
                    replay.world.sleep_until(at_ns).await;
                    replay.said(resource)?;
                }
                Ok(0) | Err(_) => return Ok(()),
            },
            come = comes => {
                come?;
                let mut bytes = Vec::new();
                replay.take_answer(resource, &mut bytes);
                if theirs.write_all(&bytes).await.is_err() {
                    return Ok(());
                }
            }
        }
    }
}
