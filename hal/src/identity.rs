//! Who an instrument says it is.

use std::fmt;

use crate::{Error, Result};

/// The four fields of an answer to `*IDN?`.
///
/// Source: IEEE 488.2-1992, 10.14.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The maker.
    pub manufacturer: String,
    /// The model.
    pub model: String,
    /// The serial number; `0` where the instrument has none. A simulated one begins with `SIM`.
    pub serial: String,
    /// The firmware's version.
    pub firmware: String,
}

impl Identity {
    /// Reads an answer to `*IDN?`.
    ///
    /// # Errors
    ///
    /// `Garbled` if it has fewer than four fields; the fourth may itself contain commas.
    pub fn parse(answer: &str) -> Result<Self> {
        let mut fields = answer.trim().splitn(4, ',').map(|field| field.trim().to_owned());
        let mut next = || {
            fields.next().ok_or_else(|| {
                Error::garbled(format!("`{answer}` is not an identity of four fields"))
            })
        };
        Ok(Self { manufacturer: next()?, model: next()?, serial: next()?, firmware: next()? })
    }

    /// Whether this is what `pattern` asks for: the four fields in order, where a `*` stands for
    /// any text and case does not count. `Keysight Technologies,E36312A,*` asks for two.
    pub fn matches(&self, pattern: &str) -> bool {
        wildcard(pattern.to_lowercase().as_bytes(), self.to_string().to_lowercase().as_bytes())
    }
}

fn wildcard(pattern: &[u8], text: &[u8]) -> bool {
    // Iterative with one point of return, so that no pattern can take exponential time.
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { manufacturer, model, serial, firmware } = self;
        write!(f, "{manufacturer},{model},{serial},{firmware}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_held_against_a_pattern() {
        let it = Identity::parse("Keysight Technologies, E36312A,MY1234,2.1.3-1.0\n").unwrap();
        assert_eq!(it.serial, "MY1234");
        assert!(it.matches("Keysight Technologies,E36312A,*"));
        assert!(it.matches("keysight*,e36312a,*,2.*"));
        assert!(!it.matches("Keysight Technologies,E36313A,*"));
        assert!(!it.matches("E36312A"));
    }

    #[test]
    fn an_answer_that_is_no_identity_is_garbled() {
        for answer in ["", "hello", "a,b,c", "-113,\"Undefined header\""] {
            assert!(Identity::parse(answer).is_err(), "{answer}");
        }
    }
}
