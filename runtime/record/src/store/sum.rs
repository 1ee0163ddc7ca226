//! The checksum that runs through SQLite's write-ahead log, and through the pages of our database.
//!
//! Each step can be undone: however many follow, a change of one word always shows.
//!
//! Source: SQLite, "Database File Format", 4.2, "Checksum Algorithm".

/// The sums so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum {
    big_endian: bool,
    first: u32,
    second: u32,
}

impl Sum {
    /// Of no words yet, which are going to be read in this order of bytes; `both` is what the two
    /// sums begin with, which is 0 in a write-ahead log.
    pub(crate) fn new(big_endian: bool, both: u32) -> Self {
        Self { big_endian, first: both, second: both }
    }

    /// Goes on over `bytes`, eight at a time; what is left at the end does not count.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        let read = if self.big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
        let (pairs, _) = bytes.as_chunks::<8>();
        for &[a, b, c, d, e, f, g, h] in pairs {
            self.first = self.first.wrapping_add(read([a, b, c, d])).wrapping_add(self.second);
            self.second = self.second.wrapping_add(read([e, f, g, h])).wrapping_add(self.first);
        }
    }

    /// Both sums.
    pub(crate) fn words(self) -> (u32, u32) {
        (self.first, self.second)
    }
}
