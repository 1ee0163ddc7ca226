//! Trees, against published vectors and against the definition itself.

use proptest::prelude::*;

use crate::leaf;
use crate::proof::*;

/// The leaves that Certificate Transparency's implementations are tested with.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

/// The roots of the trees over the first 0, 1, … 8 of them.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Leaf, size, and what stands beside the path.
const INCLUSIONS: [(u64, u64, &[&str]); 5] = [
    (0, 1, &[]),
    (
        0,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

/// Old size, new size, proof.
const CONSISTENCIES: [(u64, u64, &[&str]); 5] = [
    (1, 1, &[]),
    (1, 8, INCLUSIONS[1].2),
    (
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        6,
        7,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
];

fn hash(hex: &str) -> Hash {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    Hash(std::array::from_fn(|at| byte(2 * at)))
}

fn hashes(hex: &[&str]) -> Vec<Hash> {
    hex.iter().map(|it| hash(it)).collect()
}

fn published() -> Vec<Hash> {
    LEAVES.iter().map(|entry| Hash(leaf(entry))).collect()
}

/// Leaves that differ, by their hashes.
fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|number| Hash(leaf(&number.to_be_bytes()))).collect()
}

/// The root as RFC 6962, 2.1, defines it.
fn defined(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of_nothing(),
        [leaf] => *leaf,
        more => {
            let (left, right) = more.split_at(more.len().next_power_of_two() / 2);
            Hash::node(&defined(left), &defined(right))
        }
    }
}

#[test]
fn the_roots_are_the_published_ones() {
    let tree = Tree::new(published());
    let mut frontier = Frontier::default();
    for (size, root) in ROOTS.iter().enumerate() {
        assert_eq!(tree.root(size as u64), Ok(hash(root)), "{size}");
        assert_eq!((frontier.root(), frontier.size()), (hash(root), size as u64));
        if let Some(leaf) = published().get(size) {
            frontier.append(*leaf);
        }
    }
}

#[test]
fn the_proofs_are_the_published_ones() {
    let tree = Tree::new(published());
    for (index, size, proof) in INCLUSIONS {
        assert_eq!(tree.inclusion(index, size), Ok(hashes(proof)), "{index} in {size}");
    }
    for (old, new, proof) in CONSISTENCIES {
        assert_eq!(tree.consistency(old, new), Ok(hashes(proof)), "{old} to {new}");
    }
}

/// What is like `proof` and is not it.
fn corrupted(proof: &[Hash], root: Hash) -> Vec<Vec<Hash>> {
    let mut all = vec![[proof, &[root]].concat(), [&[root], proof].concat()];
    if let Some((_, shorter)) = proof.split_last() {
        all.push(shorter.to_vec());
        all.push(proof[1..].to_vec());
    }
    for at in 0..proof.len() {
        let mut proof = proof.to_vec();
        proof[at].0[0] ^= 16;
        all.push(proof);
    }
    all
}

#[test]
fn a_published_proof_that_was_changed_proves_nothing() {
    let wrong = Hash(leaf(b"another"));
    for (index, size, proof) in INCLUSIONS {
        let (leaf, root) = (published()[index as usize], hash(ROOTS[size as usize]));
        let proof = hashes(proof);
        let holds = |index, size, leaf: Hash, proof: &[Hash], root: Hash| {
            verify_inclusion(index, size, &leaf, proof, &root).is_ok()
        };
        assert!(holds(index, size, leaf, &proof, root));
        assert!(!holds(index.wrapping_sub(1), size, leaf, &proof, root));
        assert!(!holds(index + 1, size, leaf, &proof, root));
        assert!(!holds(index ^ 2, size, leaf, &proof, root));
        assert!(!holds(index, size * 2, leaf, &proof, root));
        assert!(!holds(index, size / 2, leaf, &proof, root));
        assert!(!holds(index, size, wrong, &proof, root));
        assert!(!holds(index, size, leaf, &proof, wrong));
        for bad in corrupted(&proof, root) {
            assert!(!holds(index, size, leaf, &bad, root), "{index} in {size}: {bad:?}");
        }
    }
    for (old, new, proof) in &CONSISTENCIES[1..] {
        let (old, new, proof) = (*old, *new, hashes(proof));
        let (before, after) = (hash(ROOTS[old as usize]), hash(ROOTS[new as usize]));
        let holds = |old, new, before: Hash, after: Hash, proof: &[Hash]| {
            verify_consistency(old, new, &before, &after, proof).is_ok()
        };
        assert!(holds(old, new, before, after, &proof));
        assert!(!holds(old - 1, new, before, after, &proof));
        assert!(!holds(old + 1, new, before, after, &proof));
        assert!(!holds(old ^ 2, new, before, after, &proof));
        assert!(!holds(old, new * 2, before, after, &proof));
        assert!(!holds(old, new / 2, before, after, &proof));
        assert!(!holds(old, new, wrong, after, &proof));
        assert!(!holds(old, new, before, wrong, &proof));
        assert!(!holds(old, new, after, before, &proof));
        assert!(!holds(old, new, before, after, &[]));
        for bad in corrupted(&proof, before).iter().chain(&corrupted(&proof, after)) {
            assert!(!holds(old, new, before, after, bad), "{old} to {new}: {bad:?}");
        }
    }
}

#[test]
fn an_empty_tree_is_the_beginning_of_every_tree_and_a_tree_of_itself() {
    let (nothing, some) = (Hash::of_nothing(), Hash(leaf(b"some")));
    assert_eq!(verify_consistency(0, 0, &nothing, &nothing, &[]), Ok(()));
    assert_eq!(verify_consistency(0, 3, &nothing, &some, &[]), Ok(()));
    assert_eq!(verify_consistency(3, 3, &some, &some, &[]), Ok(()));
    for (old, new, before, proof) in [
        (0, 3, some, vec![]),
        (0, 3, nothing, vec![some]),
        (3, 3, nothing, vec![]),
        (1, 0, some, vec![]),
    ] {
        assert!(verify_consistency(old, new, &before, &some, &proof).is_err(), "{old} to {new}");
    }
}

#[test]
fn what_a_tree_never_had_cannot_be_proven() {
    let tree = Tree::new(leaves(5));
    assert_eq!(tree.root(6).unwrap_err().to_string(), "the tree has 5 leaves, not 6");
    assert!(tree.inclusion(5, 5).is_err() && tree.inclusion(0, 0).is_err());
    assert!(tree.inclusion(0, 6).is_err() && tree.consistency(2, 6).is_err());
    assert!(tree.consistency(3, 2).is_err());
}

#[test]
fn every_small_tree_proves_every_leaf_and_every_earlier_tree() {
    for size in 1..=33 {
        let all = leaves(size);
        let tree = Tree::new(all.clone());
        let root = defined(&all);
        for index in 0..size {
            let proof = tree.inclusion(index, size).unwrap();
            let leaf = &all[index as usize];
            assert_eq!(
                verify_inclusion(index, size, leaf, &proof, &root),
                Ok(()),
                "{index} {size}"
            );
        }
        for old in 0..=size {
            let before = defined(&all[..old as usize]);
            let proof = tree.consistency(old, size).unwrap();
            assert_eq!(
                verify_consistency(old, size, &before, &root, &proof),
                Ok(()),
                "{old} {size}"
            );
        }
    }
}

proptest! {
    #[test]
    fn an_edge_that_grew_leaf_by_leaf_has_the_root_of_the_definition(size in 0_u64..700) {
        let all = leaves(size);
        let grown: Frontier = all.iter().copied().collect();
        prop_assert_eq!(grown.root(), defined(&all));
        prop_assert_eq!(Tree::new(all).root(size), Ok(grown.root()));
        let again = Frontier::from_bytes(size, &grown.to_bytes());
        prop_assert_eq!(again, Ok(grown));
    }

    #[test]
    fn a_proof_holds_for_one_place_one_size_and_one_leaf(
        size in 2_u64..300, place in any::<u64>(), other in any::<u64>(), bit in 0_usize..256,
    ) {
        let all = leaves(size);
        let (index, other) = (place % size, other % size);
        let tree = Tree::new(all.clone());
        let root = tree.root(size).unwrap();
        let proof = tree.inclusion(index, size).unwrap();
        let leaf = &all[index as usize];
        prop_assert_eq!(verify_inclusion(index, size, leaf, &proof, &root), Ok(()));
        prop_assert_eq!(
            verify_inclusion(other, size, leaf, &proof, &root).is_ok(), other == index
        );
        let mut wrong = *leaf;
        wrong.0[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_inclusion(index, size, &wrong, &proof, &root).is_err());
    }

    #[test]
    fn a_log_that_was_changed_anywhere_before_is_not_consistent(
        new in 2_u64..300, part in any::<u64>(), changed in any::<u64>(),
    ) {
        let old = 1 + part % (new - 1);
        let mut all = leaves(new);
        let before = defined(&all[..old as usize]);
        let changed = (changed % old) as usize;
        all[changed] = Hash(leaf(b"another"));
        let tree = Tree::new(all);
        let proof = tree.consistency(old, new).unwrap();
        let after = tree.root(new).unwrap();
        prop_assert!(verify_consistency(old, new, &before, &after, &proof).is_err());
    }
}

#[test]
fn an_edge_of_another_size_is_refused() {
    let edge: Frontier = leaves(6).into_iter().collect();
    let bytes = edge.to_bytes();
    assert_eq!(bytes.len(), 64);
    let error = Frontier::from_bytes(7, &bytes).unwrap_err().to_string();
    assert_eq!(error, "the edge of a tree of 7 leaves has 96 bytes, this has 64");
    assert!(Frontier::from_bytes(6, &bytes[..63]).is_err());
    assert_eq!(Frontier::from_bytes(0, &[]), Ok(Frontier::default()));
}
