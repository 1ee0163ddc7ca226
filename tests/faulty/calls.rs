//! What a run did with the files of its store, call by call.

use std::fs;
use std::path::Path;

/// The calls, in their order.
pub struct Calls(Vec<Call>);

struct Call {
    name: String,
    result: String,
    mark: String,
    path: String,
}

impl Calls {
    /// Reads what the shim has noted.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        let calls = text.lines().filter_map(|line| {
            let mut words = line.splitn(5, ' ').skip(1).map(str::to_owned);
            Some(Call {
                name: words.next()?,
                result: words.next()?,
                mark: words.next()?,
                path: words.next()?,
            })
        });
        Self(calls.collect())
    }

    /// How many calls of this name there were.
    pub fn count(&self, name: &str) -> u64 {
        self.0.iter().filter(|it| it.name == name).count() as u64
    }

    /// The place of the call that failed, and its file.
    pub fn hit(&self) -> Option<(usize, &str)> {
        let at = self.0.iter().position(|it| it.result == "hit")?;
        Some((at, &self.0[at].path))
    }

    /// The place of the call that has made the entry durable which `mark` stands for: the first
    /// fsync of the file after it was written there.
    pub fn durable(&self, mark: &str) -> Option<usize> {
        let done = |it: &Call| it.result == "done";
        let written = self.0.iter().position(|it| it.mark == mark && done(it))?;
        let path = &self.0[written].path;
        let synced = |it: &Call| it.name == "sync" && it.path == *path && done(it);
        Some(written + 1 + self.0[written + 1..].iter().position(synced)?)
    }
}
