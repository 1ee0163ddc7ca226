//! Whether a leaf is in a tree.

use super::{Hash, ProofError};

/// Holds when `leaf`, a leaf's hash, is the one at `index`, from 0, of the tree of `size` leaves
/// with this `root`. `proof` goes from the leaf upwards.
///
/// # Errors
///
/// It does not, or there is no such leaf, or the proof has another length.
///
/// Source: RFC 9162, 2.1.3.2.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::new(format!("a tree of {size} leaves has no leaf {index}")));
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for beside in proof {
        if last == 0 {
            return Err(ProofError::new("the proof is too long"));
        }
        if node & 1 == 1 || node == last {
            hash = Hash::node(beside, &hash);
            // A last node without a neighbour moves up as it is.
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = Hash::node(&hash, beside);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last != 0 {
        return Err(ProofError::new("the proof is too short"));
    }
    if hash != *root {
        return Err(ProofError::new(format!("the leaf leads to the root {hash}, not to {root}")));
    }
    Ok(())
}
