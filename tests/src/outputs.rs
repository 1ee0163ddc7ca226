//! What the supply's own process kept of its output.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

/// The supply's output over time, oldest first; it begins off.
pub struct Outputs(Vec<Switched>);

struct Switched {
    at: Duration,
    on: bool,
}

impl Outputs {
    /// Reads what is in the log at `path`.
    ///
    /// # Panics
    ///
    /// What is in it is no such log.
    pub fn read(path: &Path) -> Self {
        // Nothing was switched yet.
        let text = fs::read_to_string(path).unwrap_or_default();
        let lines = text.lines().map(|line| {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            let at = Duration::from_nanos(line["mono_ns"].as_u64().expect("a time"));
            Switched { at, on: line["output"] == "on" }
        });
        Self(lines.collect())
    }

    /// Whether it is off at the end.
    pub fn is_off(&self) -> bool {
        self.0.last().is_none_or(|it| !it.on)
    }

    /// How long after `event` it was on at last; nothing if it was not on any more. Only of use
    /// if it is off at the end.
    pub fn on_after(&self, event: Duration) -> Duration {
        self.0.last().map_or(Duration::ZERO, |last| last.at.saturating_sub(event))
    }

    /// For how long it was on the last time, if it is off again.
    pub fn last_on(&self) -> Option<Duration> {
        let off = self.0.iter().rposition(|it| !it.on)?;
        let on = self.0[..off].iter().rposition(|it| it.on)?;
        Some(self.0[on + 1].at.saturating_sub(self.0[on].at))
    }

    /// What was switched after `event`, in words.
    pub fn shown(&self, event: Duration) -> String {
        let was_on = self.0.iter().take_while(|it| it.at <= event).last().is_some_and(|it| it.on);
        let word = |on| if on { "on" } else { "off" };
        let after = self.0.iter().skip_while(|it| it.at <= event);
        let after = after.map(|it| {
            format!(", {} {} ms after it", word(it.on), it.at.saturating_sub(event).as_millis())
        });
        format!("{} at the event{}", word(was_on), after.collect::<String>())
    }
}
