//! Messages on the wire: a header with a length, then JSON.
//!
//! Read here and not by `lsp-server`, which sets aside as much memory as a header asks for, and ends
//! at the first message that is none. What arrives is hostile: a header or body that makes no sense
//! is answered, and reading goes on behind it.
//!
//! Source: Language Server Protocol 3.17, "Base Protocol".

use std::io::{self, BufRead, Read, Write};

use lsp_server::{ErrorCode, Message};
use serde_json::{Value, json};

/// The largest message that is read: a script has at most 1 MiB.
const LONGEST: u64 = 16 << 20;

/// The longest line of a header.
const LONGEST_HEADER: u64 = 4 << 10;

/// Something that arrived.
#[derive(Debug)]
pub enum Incoming {
    /// A message.
    Message(Message),
    /// What is no message, with the answer that says so.
    Nonsense(Value),
}

/// Reads the next message; `None` at the end.
///
/// # Errors
///
/// Nothing can be read any more.
pub fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let length = match header(input)? {
        None => return Ok(None),
        Some(Err(why)) => return Ok(Some(nonsense(ErrorCode::ParseError, &Value::Null, &why))),
        Some(Ok(length)) => length,
    };
    if length > LONGEST {
        io::copy(&mut input.take(length), &mut io::sink())?;
        let why = format!("a message of {length} bytes; at most {LONGEST} are read");
        return Ok(Some(nonsense(ErrorCode::InvalidRequest, &Value::Null, &why)));
    }
    let mut body = Vec::new();
    if (input.take(length).read_to_end(&mut body)? as u64) < length {
        return Ok(None);
    }
    Ok(Some(understood(&body)))
}

/// The length that the next header gives; `None` at the end. What is no header is read up to the
/// next line that could begin one.
fn header(input: &mut impl BufRead) -> io::Result<Option<Result<u64, String>>> {
    let (mut length, mut wrong) = (None, None);
    loop {
        let mut line = Vec::new();
        if input.take(LONGEST_HEADER).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        if line.is_empty() {
            match (length, wrong) {
                (Some(length), _) => return Ok(Some(Ok(length))),
                (None, Some(wrong)) => return Ok(Some(Err(wrong))),
                // Blank lines between messages harm nobody.
                (None, None) => (length, wrong) = (None, None),
            }
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        if name.eq_ignore_ascii_case("Content-Length") {
            match value.trim().parse() {
                Ok(it) => length = Some(it),
                Err(_) => wrong = Some(format!("`{}` is no length", value.trim())),
            }
        } else if !name.eq_ignore_ascii_case("Content-Type") {
            let start: String = line.chars().take(40).collect();
            wrong = Some(format!("`{start}` is no header; expected `Content-Length: …`"));
        }
    }
}

fn understood(body: &[u8]) -> Incoming {
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(cause) => {
            return nonsense(ErrorCode::ParseError, &Value::Null, &format!("no JSON: {cause}"));
        }
    };
    let id = value.get("id").filter(|it| it.is_string() || it.is_i64()).cloned();
    match serde_json::from_value(value) {
        Ok(message) => Incoming::Message(message),
        Err(_) => {
            let why = "neither a request nor a notification nor a response";
            nonsense(ErrorCode::InvalidRequest, &id.unwrap_or_default(), why)
        }
    }
}

fn nonsense(code: ErrorCode, id: &Value, why: &str) -> Incoming {
    let error = json!({ "code": code as i32, "message": why });
    Incoming::Nonsense(json!({ "jsonrpc": "2.0", "id": id, "error": error }))
}

/// Writes an answer that no [`Message`] can be: its request has no id that could be read.
///
/// # Errors
///
/// Nobody reads any more.
pub fn write(output: &mut impl Write, answer: &Value) -> io::Result<()> {
    let body = answer.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut input: &[u8]) -> Vec<Incoming> {
        let mut all = Vec::new();
        while let Some(it) = read(&mut input).unwrap() {
            all.push(it);
        }
        all
    }

    fn code(it: &Incoming) -> i64 {
        match it {
            Incoming::Message(_) => 0,
            Incoming::Nonsense(answer) => answer["error"]["code"].as_i64().unwrap(),
        }
    }

    #[test]
    fn whatever_is_no_message_is_answered_and_the_next_one_is_read() {
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"a"}"#;
        let good = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        for (bad, expected) in [
            ("rubbish\r\n\r\n", -32700),
            ("Content-Length: many\r\n\r\n", -32700),
            ("Content-Length: -1\r\n\r\n", -32700),
            ("Content-Length: 3\r\n\r\n{x}", -32700),
            ("Content-Length: 2\r\n\r\n[]", -32600),
            ("Content-Length: 11\r\n\r\n{\"id\": 1.5}", -32600),
        ] {
            let text = [bad, good.as_str()].concat();
            let codes: Vec<_> = all(text.as_bytes()).iter().map(code).collect();
            assert_eq!(codes, [expected, 0], "{bad}");
        }
        assert!(all(b"Content-Length: 99999999999999\r\n\r\n{").len() < 2);
        assert!(all(&[b'x'; 100_000]).is_empty());
    }
}
