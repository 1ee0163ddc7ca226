//! `pogo test`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

/// `pogo test`.
#[derive(Args, Debug)]
pub struct Test {
    /// The folder below which scenarios are looked for, or a file of them
    #[arg(value_name = "FOLDER|FILE", default_value = ".")]
    pub folder: PathBuf,
    /// Tries only scenarios of this name; can be given several times
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Tries every Nth scenario, beginning with the Kth: `--shard 2/3` on the second of three machines
    #[arg(long, value_name = "K/N")]
    pub shard: Option<Shard>,
    /// How many runs there are at once; as many as the machine has processors if not given
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Writes a JUnit report too, in place of whatever is there
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Lists the scenarios and tries none
    #[arg(long)]
    pub list: bool,
    /// Prints one JSON document
    #[arg(long, conflicts_with = "list")]
    pub json: bool,
}

/// A part of the scenarios.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    part: usize,
    of: usize,
}

impl Shard {
    /// Whether the scenario with this number, from 0, belongs to it.
    pub fn has(self, number: usize) -> bool {
        number % self.of == self.part - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let parts = parts.and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((part, of)) if (1..=of).contains(&part) => Ok(Self { part, of }),
            _ => Err("expected K/N with K from 1 to N, such as 2/3".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_is_in_exactly_one_shard() {
        let shards = ["1/3", "2/3", "3/3"].map(|it| it.parse::<Shard>().unwrap());
        for number in 0..10 {
            assert_eq!(shards.iter().filter(|it| it.has(number)).count(), 1, "{number}");
        }
        for wrong in ["0/3", "4/3", "1", "a/b", "1/0", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
