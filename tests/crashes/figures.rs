//! What the crash test says at its end.

use std::io::{Write, stderr, stdout};

use serde_json::json;

/// Everything that was counted, and everything that is wrong.
#[derive(Debug, Default)]
pub struct Figures {
    /// Kills.
    pub points: u64,
    /// Of them, those before a first run had begun.
    pub opening: u64,
    /// Of them, those that left a write-ahead log.
    pub left: u64,
    /// Entries and files that had been acknowledged.
    pub acknowledged: u64,
    /// Entries and files of those runs that are there.
    pub kept: u64,
    /// Runs that came to their end.
    pub ended: u64,
    /// Runs that were closed as INTERRUPTED.
    pub interrupted: u64,
    /// How often a store was verified.
    pub verified: u64,
    /// Everything that is wrong.
    complaints: Vec<String>,
}

impl Figures {
    /// Something is wrong; it is said at once.
    pub fn complain(&mut self, complaint: String) {
        drop(writeln!(stderr(), "{complaint}"));
        self.complaints.push(complaint);
    }

    /// Whether nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.complaints.is_empty()
    }

    /// Takes in what another counted.
    pub fn add(&mut self, other: Self) {
        self.points += other.points;
        self.opening += other.opening;
        self.left += other.left;
        self.acknowledged += other.acknowledged;
        self.kept += other.kept;
        self.ended += other.ended;
        self.interrupted += other.interrupted;
        self.verified += other.verified;
        self.complaints.extend(other.complaints);
    }

    /// Prints them.
    pub fn print(&self, as_json: bool) {
        let text = if as_json { format!("{:#}\n", self.json()) } else { self.text() };
        // Whoever closed the pipe wants no more.
        drop(stdout().write_all(text.as_bytes()));
    }

    fn text(&self) -> String {
        let Self { points, opening, left, acknowledged, kept, ended, interrupted, .. } = self;
        let (verified, wrong) = (self.verified, self.complaints.len());
        format!(
            "kills          {points}, {opening} before a run had begun, {left} left a write-ahead log\n\
             acknowledged   {acknowledged} entries and files\n\
             there          {kept} of the same runs, in the order of saying\n\
             runs           {ended} ended, {interrupted} interrupted\n\
             verified       {verified} times\n\
             wrong          {wrong}\n"
        )
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "points": self.points, "before_a_run": self.opening, "left_wal": self.left,
            "acknowledged": self.acknowledged, "kept": self.kept,
            "ended": self.ended, "interrupted": self.interrupted, "verified": self.verified,
            "complaints": self.complaints, "ok": self.is_ok(),
        })
    }
}
