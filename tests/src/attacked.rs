//! The attack corpus, as far as it is quick: `tests/attack` tries all of it.

use std::process::Command;

use crate::{Ended, Program};

#[test]
fn every_attack_of_the_corpus_that_is_quick_is_contained() {
    let attack = Program::path().with_file_name("attack");
    let ended = Ended::of(Command::new(attack).arg("--quick"));
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    let count = ended.stdout.split_once('/').and_then(|(count, _)| count.parse::<u32>().ok());
    assert!(count.is_some_and(|it| it >= 100), "a corpus of 100: {}", ended.stdout);
}
