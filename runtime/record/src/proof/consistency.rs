//! Whether a tree is another one that has grown.

use super::{Hash, ProofError};

/// Holds when the tree of `old` leaves with the root `old_root` is the beginning of the tree of
/// `new` leaves with the root `new_root`.
///
/// # Errors
///
/// It is not, `old` is larger than `new`, or the proof has another length. An empty tree is the
/// beginning of every tree, and its root is known.
///
/// Source: RFC 9162, 2.1.4.2.
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: &Hash,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::new(format!("a tree of {old} leaves is no part of one of {new}")));
    }
    if old == 0 || old == new {
        let expected = if old == 0 { Hash::of_nothing() } else { *new_root };
        return match (proof.is_empty(), *old_root == expected) {
            (true, true) => Ok(()),
            (false, _) => Err(ProofError::new("the proof is too long")),
            (true, false) => Err(differ("old", &expected, old_root)),
        };
    }
    // A perfect subtree that is the whole old tree is not repeated in the proof.
    let mut proof = old.is_power_of_two().then_some(old_root).into_iter().chain(proof);
    let first = proof.next().ok_or_else(|| ProofError::new("the proof is too short"))?;
    let shift = (old - 1).trailing_ones();
    let (mut node, mut last) = ((old - 1) >> shift, (new - 1) >> shift);
    let (mut old_hash, mut new_hash) = (*first, *first);
    for beside in proof {
        if last == 0 {
            return Err(ProofError::new("the proof is too long"));
        }
        if node & 1 == 1 || node == last {
            old_hash = Hash::node(beside, &old_hash);
            new_hash = Hash::node(beside, &new_hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            new_hash = Hash::node(&new_hash, beside);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last != 0 {
        return Err(ProofError::new("the proof is too short"));
    }
    if old_hash != *old_root {
        return Err(differ("old", &old_hash, old_root));
    }
    if new_hash != *new_root {
        return Err(differ("new", &new_hash, new_root));
    }
    Ok(())
}

fn differ(which: &str, found: &Hash, given: &Hash) -> ProofError {
    ProofError::new(format!("the proof leads to the {which} root {found}, not to {given}"))
}
