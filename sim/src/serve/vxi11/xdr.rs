//! External data representation: big-endian, every item a multiple of four bytes.
//!
//! Source: RFC 4506.

/// Reads items off the front of bytes; `None` where they end too early or are none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn uint(&mut self) -> Option<u32> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*head))
    }

    pub(super) fn boolean(&mut self) -> Option<bool> {
        match self.uint()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// Bytes with their length in front. Nothing is reserved for what the length promises.
    pub(super) fn opaque(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.uint()?).ok()?;
        let padded = length.checked_next_multiple_of(4)?;
        let (head, rest) = self.0.split_at_checked(padded)?;
        self.0 = rest;
        head.get(..length)
    }
}

/// Puts items behind each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Writer(pub(super) Vec<u8>);

impl Writer {
    pub(super) fn uint(mut self, value: u32) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    pub(super) fn opaque(self, bytes: &[u8]) -> Self {
        let mut written = self.uint(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        written.0.extend_from_slice(bytes);
        written.0.resize(written.0.len().next_multiple_of(4), 0);
        written
    }

    /// Items that are written already.
    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back_and_a_short_or_lying_message_is_none() {
        let bytes = Writer::default().uint(7).opaque(b"hello").uint(1).0;
        assert_eq!(&bytes[4..16], b"\0\0\0\x05hello\0\0\0");
        let mut reader = Reader(&bytes);
        assert_eq!(reader.uint(), Some(7));
        assert_eq!(reader.opaque(), Some(&b"hello"[..]));
        assert_eq!(reader.boolean(), Some(true));
        assert_eq!(reader.uint(), None);
        assert_eq!(Reader(&[0, 0, 0, 2]).boolean(), None);
        assert_eq!(Reader(&bytes[4..15]).opaque(), None, "the padding is missing");
        assert_eq!(Reader(&[255; 8]).opaque(), None, "4 GiB are promised");
    }
}
