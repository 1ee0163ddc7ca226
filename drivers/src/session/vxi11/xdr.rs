//! Values as remote procedure calls carry them.
//!
//! Source: RFC 4506, "XDR: External Data Representation Standard", 4.

/// Writes values one behind the other.
#[derive(Debug, Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    pub fn uint(mut self, value: u32) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// Bytes with their length in front, filled up to a multiple of four.
    pub fn opaque(mut self, bytes: &[u8]) -> Self {
        self = self.uint(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        self.0.extend_from_slice(bytes);
        let padding = bytes.len().next_multiple_of(4) - bytes.len();
        self.0.extend_from_slice(&[0; 3][..padding]);
        self
    }
}

/// Takes values off one by one; `None` where there is none.
#[derive(Debug)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    pub fn uint(&mut self) -> Option<u32> {
        let (value, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*value))
    }

    /// Bytes whose length stands in front of them. The last one in a message may lack its filling:
    /// some servers leave it out.
    pub fn opaque(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.uint()?).ok()?;
        let bytes = self.0.get(..length)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_went_and_a_lying_length_is_none() {
        // Source: RFC 4506, 4.10 (opaque) and 4.2.
        let bytes = Writer::default().uint(7).opaque(b"hello").uint(9).0;
        assert_eq!(bytes, b"\0\0\0\x07\0\0\0\x05hello\0\0\0\0\0\0\x09");
        let mut reader = Reader(&bytes);
        assert_eq!(reader.uint(), Some(7));
        assert_eq!(reader.opaque(), Some(&b"hello"[..]));
        assert_eq!(reader.uint(), Some(9));
        assert_eq!(reader.uint(), None);
        assert_eq!(Reader(&bytes[4..13]).opaque(), Some(&b"hello"[..]), "without its filling");
        assert_eq!(Reader(&[255; 8]).opaque(), None, "4 GiB are promised");
    }
}
