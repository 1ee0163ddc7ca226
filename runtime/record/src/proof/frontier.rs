//! The right edge of a growing tree: all that is needed to append to it and to know its root.

use super::{Hash, ProofError};

/// The right edge of a tree: the roots of the perfect subtrees that it is made of, largest first.
/// There is one for each bit that is set in the number of leaves, so at most 64.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The edge of a tree of `size` leaves whose perfect subtrees have the roots in `bytes`, as
    /// [`Self::to_bytes`] gave them.
    ///
    /// # Errors
    ///
    /// A tree of this size has another number of perfect subtrees.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Result<Self, ProofError> {
        let (peaks, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || peaks.len() != size.count_ones() as usize {
            let (length, wanted) = (bytes.len(), size.count_ones() * 32);
            return Err(ProofError::new(format!(
                "the edge of a tree of {size} leaves has {wanted} bytes, this has {length}"
            )));
        }
        Ok(Self { size, peaks: peaks.iter().copied().map(Hash).collect() })
    }

    /// The roots of the perfect subtrees, largest first, 32 bytes each.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.peaks.iter().flat_map(|peak| peak.0).collect()
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf by its hash. Every other time this makes no node at all, and one on average.
    pub fn append(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each bit that the addition carries over is a subtree that is now the left half of another.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = Hash::node(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().copied();
        let Some(last) = peaks.next() else { return Hash::of_nothing() };
        peaks.fold(last, |right, left| Hash::node(&left, &right))
    }
}

impl FromIterator<Hash> for Frontier {
    fn from_iter<T: IntoIterator<Item = Hash>>(leaves: T) -> Self {
        let mut frontier = Self::default();
        leaves.into_iter().for_each(|leaf| frontier.append(leaf));
        frontier
    }
}
