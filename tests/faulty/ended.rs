//! A run that has ended, and what the record says of it afterwards.

use std::process::ExitStatus;

use serde_json::Value;

use crate::bench::Bench;
use crate::job::{DONE, Job};

/// A run that has ended, or had to be killed.
pub struct Ended {
    /// `None` if it did not end by itself.
    pub status: Option<ExitStatus>,
    /// What its supply was sent.
    pub sent: String,
    /// What it said to stderr.
    pub said: String,
}

impl Ended {
    /// Its exit code.
    pub fn code(&self) -> Option<i32> {
        self.status.and_then(|it| it.code())
    }

    /// The last thing that it said.
    pub fn last_words(&self) -> String {
        let lines: Vec<_> = self.said.lines().collect();
        lines[lines.len().saturating_sub(3)..].join(" / ")
    }
}

/// What the record says of a run.
pub struct Recorded {
    /// Verdict and reason; `None` if it is not in the record.
    pub ended: Option<(String, String)>,
    /// What was done, as [`DONE`] has it.
    done: Vec<String>,
}

impl Recorded {
    /// The run before the newest of the store.
    ///
    /// # Errors
    ///
    /// The store cannot be read, or holds more than two runs.
    pub fn before_the_next(bench: &Bench) -> Result<Self, String> {
        let list = bench.asked("list")?;
        let runs = list["runs"].as_array().ok_or("the list has no runs")?;
        if runs.len() > 2 {
            return Err(format!("{} runs in the record", runs.len()));
        }
        let Some(run) = runs.get(1) else { return Ok(Self { ended: None, done: Vec::new() }) };
        let text = |it: &Value| it.as_str().unwrap_or("nothing").to_owned();
        let shown = bench.asked(&format!("show {}", text(&run["id"])))?;
        let ended = Some((text(&run["verdict"]), text(&run["reason"])));
        let events = shown["events"].as_array().ok_or("the run has no events")?;
        Ok(Self { ended, done: events.iter().filter_map(done).collect() })
    }

    /// Verdict and reason, as people read them.
    pub fn shown(&self) -> String {
        self.ended.as_ref().map_or("not in the record".into(), |(verdict, reason)| {
            format!("{verdict} for `{reason}`")
        })
    }

    /// What is missing of a run whose supply was sent `sent`: all that it had done before the last
    /// thing that it said, or more.
    pub fn missing(&self, sent: &str) -> Option<String> {
        let acknowledged = Job::said(sent).saturating_sub(1);
        let lost = DONE[..acknowledged].iter().filter(|(_, it)| !self.done.iter().any(|d| d == it));
        let lost: Vec<_> = lost.map(|(_, it)| *it).collect();
        (!lost.is_empty()).then(|| format!("LOST: {}", lost.join(", ")))
    }
}

fn done(event: &Value) -> Option<String> {
    let body = &event["body"];
    let text = match event["type"].as_str()? {
        "setpoint" => format!("{} {}", body["verb"].as_str()?, body["value"]["value"]),
        "output" => body["verb"].as_str()?.to_owned(),
        "measurement" => body["name"].as_str()?.to_owned(),
        _ => return None,
    };
    Some(text)
}
