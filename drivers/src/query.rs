//! One message to one address, as a person types it.

use std::time::Duration;

use pogo_hal::{Deadline, Dial, Error, ErrorKind, Resource, Result, Secrets};

/// Sends `message` to whoever answers at `resource`, and gives the reply if it asks for one: if a
/// `?` ends a header in it. Bytes that are not UTF-8 come as `\x` escapes. Where `[secret NAME]`
/// stands in the message, the content of that one of `secrets` is sent; where a content stands in
/// the reply, `[secret NAME]` is given.
///
/// # Errors
///
/// `Unsupported` if there is no such secret, and nothing was sent; `Unreachable`, or `Timeout` if the reply does not come, as it does not to an unknown query.
pub async fn query(
    dial: &dyn Dial,
    resource: &Resource,
    message: &str,
    secrets: &Secrets,
    timeout: Duration,
) -> Result<Option<String>> {
    let sent = secrets.fill(message).map_err(|it| Error::unsupported(it.message))?;
    let deadline = Deadline::after(timeout);
    let mut session = dial.dial(resource, deadline).await?;
    session.write(&sent, deadline).await?;
    if !asks(message) {
        return Ok(None);
    }
    let mut reply = Vec::new();
    match session.read(&mut reply, deadline).await {
        Ok(()) => Ok(Some(match String::from_utf8(secrets.hide_bytes(&reply).into_owned()) {
            Ok(text) => text,
            Err(error) => error.as_bytes().escape_ascii().to_string(),
        })),
        Err(error) if error.kind() == ErrorKind::Timeout => {
            Err(Error::timeout(format!("`{message}`: no answer from `{resource}` in {timeout:?}"))
                .with_hint("an instrument does not answer what it does not know; try `SYST:ERR?`")
                .caused_by(error))
        }
        Err(error) => Err(error),
    }
}

/// Whether a `?` ends a header: one before data or the next message, outside strings.
fn asks(message: &str) -> bool {
    let mut quote = None;
    let outside = |c: char| {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None => return c == ';',
            Some(_) => {}
        }
        false
    };
    message.split(outside).any(|unit| {
        unit.split_ascii_whitespace().next().is_some_and(|header| header.ends_with('?'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_asks_if_a_question_mark_ends_a_header() {
        for message in ["*IDN?", "VOLT? (@1)", "VOLT 5;:VOLT?", " *OPC?", "FUNC \"VOLT\";:READ?"] {
            assert!(asks(message), "{message}");
        }
        for message in ["*CLS", "", "VOLT 5 ?", "DISP:TEXT \"ready?\"", "DISP:TEXT 'a;b?'"] {
            assert!(!asks(message), "{message}");
        }
    }
}
