//! A whole tree in memory, from which proofs are cut.

use super::{Hash, ProofError};

/// A tree with every hash of it: 64 bytes for each leaf. Whoever only appends and signs needs a
/// [`super::Frontier`] instead.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The leaves, and above them the roots of the perfect subtrees of 2, 4, 8, … leaves.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// The tree over these leaves, which are given by their hashes, in order.
    pub fn new(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|it| it.len() > 1) {
            let (pairs, _) = below.as_chunks::<2>();
            let level = pairs.iter().map(|[left, right]| Hash::node(left, right)).collect();
            levels.push(level);
        }
        Self { levels }
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// The root that it had when it had `size` leaves.
    ///
    /// # Errors
    ///
    /// It never had so many.
    pub fn root(&self, size: u64) -> Result<Hash, ProofError> {
        self.holds(size)?;
        Ok(if size == 0 { Hash::of_nothing() } else { self.hash(0, size) })
    }

    /// The hashes beside the path from the leaf at `index` to the root of the first `size` leaves,
    /// from the leaf upwards.
    ///
    /// # Errors
    ///
    /// There is no such leaf in a tree of that size, or the tree never had it.
    ///
    /// Source: RFC 6962, 2.1.1.
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, ProofError> {
        self.holds(size)?;
        if index >= size {
            return Err(ProofError::new(format!("a tree of {size} leaves has no leaf {index}")));
        }
        let (mut start, mut end, mut proof) = (0, size, Vec::new());
        while end - start > 1 {
            let middle = start + half(end - start);
            if index < middle {
                proof.push(self.hash(middle, end));
                end = middle;
            } else {
                proof.push(self.hash(start, middle));
                start = middle;
            }
        }
        proof.reverse();
        Ok(proof)
    }

    /// What shows that the first `old` leaves of the tree of `new` leaves are those of the tree of
    /// `old` leaves. Empty if either tree is empty or they are the same.
    ///
    /// # Errors
    ///
    /// `old` is larger than `new`, or the tree never had `new` leaves.
    ///
    /// Source: RFC 6962, 2.1.2.
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, ProofError> {
        self.holds(new)?;
        if old > new {
            return Err(ProofError::new(format!(
                "a tree of {old} leaves is no part of one of {new}"
            )));
        }
        let mut proof = Vec::new();
        if old == 0 || old == new {
            return Ok(proof);
        }
        // `whole`: the subtree is one that the old tree's root is known to have.
        let (mut start, mut end, mut whole) = (0, new, true);
        while old != end {
            let middle = start + half(end - start);
            if old <= middle {
                proof.push(self.hash(middle, end));
                end = middle;
            } else {
                proof.push(self.hash(start, middle));
                (start, whole) = (middle, false);
            }
        }
        if !whole {
            proof.push(self.hash(start, end));
        }
        proof.reverse();
        Ok(proof)
    }

    fn holds(&self, size: u64) -> Result<(), ProofError> {
        if size <= self.size() {
            return Ok(());
        }
        Err(ProofError::new(format!("the tree has {} leaves, not {size}", self.size())))
    }

    /// The root over the leaves from `start` up to `end`, of which there is at least one. `start`
    /// is where such a subtree may begin.
    fn hash(&self, start: u64, end: u64) -> Hash {
        let count = end - start;
        if count.is_power_of_two() {
            let level = self.levels.get(count.trailing_zeros() as usize);
            let at = usize::try_from(start / count).unwrap_or(usize::MAX);
            if let Some(hash) = level.and_then(|level| level.get(at)) {
                return *hash;
            }
        }
        let middle = start + half(count);
        Hash::node(&self.hash(start, middle), &self.hash(middle, end))
    }
}

/// The largest power of two below `count`, which is at least 2: where a tree is split.
fn half(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}
