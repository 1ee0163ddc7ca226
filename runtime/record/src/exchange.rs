//! What went over the wires of a run, message by message, in files beside its record.
//!
//! Each line of such a file is a JSON object: `at_ns`, since the bench was opened; `address`, whose
//! instrument; and one of `sent` and `received`, the message without its terminator, or
//! `sent_base64` and `received_base64` where it is no text.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::body::Attachment;

/// A message that went over a wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Nanoseconds since the bench was opened.
    pub at_ns: u64,
    /// The resource string of the instrument.
    pub address: String,
    /// Whether it went to the instrument; otherwise it came from there.
    pub sent: bool,
    /// The message without its terminator and without secrets.
    pub bytes: Vec<u8>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at_ns: u64,
    address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    received: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent_base64: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    received_base64: Option<String>,
}

impl Exchange {
    /// The media type of the files. What a script attaches never has it.
    pub const MEDIA: &'static str = "application/jsonl";

    /// The name of a run's file with this number, from 1: their lines follow each other.
    pub fn file(number: usize) -> String {
        format!("exchanges-{number}.jsonl")
    }

    /// Whether `attachment` is such a file.
    pub fn are_in(attachment: &Attachment) -> bool {
        attachment.media == Self::MEDIA && attachment.name.starts_with("exchanges-")
    }

    /// Its line, with the line feed.
    pub fn line(&self) -> String {
        let Self { at_ns, address, sent, bytes } = self;
        let mut line = Line { at_ns: *at_ns, address: address.clone(), ..Line::default() };
        let (slot, value) = match (std::str::from_utf8(bytes), sent) {
            (Ok(text), true) => (&mut line.sent, text.to_owned()),
            (Ok(text), false) => (&mut line.received, text.to_owned()),
            (Err(_), true) => (&mut line.sent_base64, BASE64_STANDARD.encode(bytes)),
            (Err(_), false) => (&mut line.received_base64, BASE64_STANDARD.encode(bytes)),
        };
        *slot = Some(value);
        // Nothing in it is what JSON cannot say.
        serde_json::to_string(&line).unwrap_or_default() + "\n"
    }

    /// Reads a line.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn read(line: &str) -> Result<Self, String> {
        let line: Line = serde_json::from_str(line).map_err(|cause| cause.to_string())?;
        let Line { at_ns, address, sent, received, sent_base64, received_base64 } = line;
        let decoded = |text: String| {
            BASE64_STANDARD.decode(text).map_err(|cause| format!("no base64: {cause}"))
        };
        let (sent, bytes) = match (sent, received, sent_base64, received_base64) {
            (Some(text), None, None, None) => (true, text.into_bytes()),
            (None, Some(text), None, None) => (false, text.into_bytes()),
            (None, None, Some(text), None) => (true, decoded(text)?),
            (None, None, None, Some(text)) => (false, decoded(text)?),
            _ => return Err("it is not one message that was sent or received".into()),
        };
        Ok(Self { at_ns, address, sent, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_read_as_it_was_written() {
        for (sent, bytes) in [
            (true, &b"VOLT 3.3,(@1)"[..]),
            (false, b"+3.30000000E+00"),
            (true, b"#15\x00\xff\n\"\x80"),
            (false, "\u{1b}[31m \u{b5}V".as_bytes()),
            (false, b"\xff"),
            (true, b""),
        ] {
            let address = "TCPIP::192.0.2.21::5025::SOCKET".to_owned();
            let it = Exchange { at_ns: u64::MAX, address, sent, bytes: bytes.to_vec() };
            let line = it.line();
            assert!(line.ends_with('\n') && line.lines().count() == 1, "{line}");
            assert_eq!(Exchange::read(&line), Ok(it));
        }
    }

    #[test]
    fn a_line_that_is_no_message_is_refused() {
        for line in [
            "",
            "{}",
            r#"{"at_ns":1,"address":"A"}"#,
            r#"{"at_ns":1,"address":"A","sent":"x","received":"y"}"#,
            r#"{"at_ns":-1,"address":"A","sent":"x"}"#,
            r#"{"at_ns":1,"address":"A","sent_base64":"?"}"#,
            r#"{"at_ns":1,"address":"A","sent":"x","of":"psu"}"#,
        ] {
            assert!(Exchange::read(line).is_err(), "{line}");
        }
    }
}
