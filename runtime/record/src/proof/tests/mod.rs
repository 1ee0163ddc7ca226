//! What proofs promise, held against what others published.

mod keys;
mod notes;
mod trees;
