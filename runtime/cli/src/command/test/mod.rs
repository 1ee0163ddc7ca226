//! `pogo test`: scenarios, each a simulated run of which it is known what has to become of it.

mod find;
mod scenario;

use std::fmt::Write;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pogo_hal::Diagnostic;
use pogo_record::export::{Case, Is, Suite, report};
use serde_json::json;

use self::scenario::{Scenario, became};
use crate::args::Test;
use crate::diagnostics::Failure;
use crate::duration;
use crate::exit;
use crate::logs;
use crate::paint::Paint;
use crate::terminal::{Busy, out};
use crate::trial::{Trials, each};
use crate::whole_file;

/// What became of a scenario.
struct Tried {
    file: PathBuf,
    scenario: Scenario,
    became: String,
    holds: bool,
    /// What was said of what is wrong.
    said: String,
    took: Duration,
}

/// Tries every scenario below a folder. Exits with 1 if one of them does not become what it has to.
///
/// # Errors
///
/// A file with scenarios makes no sense, or there is none: exit code 2.
pub fn test(arguments: &Test) -> Result<u8> {
    let began = now();
    let scenarios = scenarios(arguments)?;
    if arguments.list {
        let line = |(file, it): &(PathBuf, Scenario)| format!("{}\t{}\n", file.display(), it.name);
        out(&scenarios.iter().map(line).collect::<String>());
        return Ok(exit::PASS);
    }
    let (trials, busy, all) = (Trials::new()?, Busy::begun(), scenarios.len());
    let try_one = |at: usize| -> Result<Tried> {
        let ((file, scenario), began) = (scenarios[at].clone(), now());
        let outcome = trials.run(&scenario.arguments())?;
        let (became, holds) = (became(&outcome), scenario.holds(&outcome));
        Ok(Tried { file, scenario, became, holds, said: outcome.said, took: began.elapsed() })
    };
    let said = |done| busy.says(&format!("{done} of {all} scenarios"));
    let tried = each(all, arguments.jobs, try_one, said);
    let tried = tried.into_iter().collect::<Result<Vec<_>>>()?;
    drop(busy);
    if let Some(file) = &arguments.junit {
        let text = report("pogo test", &suites(&tried)).map_err(|it| logs::failure(&it))?;
        whole_file::write(file, &text).with_context(|| format!("`{}`", file.display()))?;
    }
    let broken = tried.iter().filter(|it| !it.holds).count();
    out(&match arguments.json {
        true => format!("{:#}\n", document(&tried)),
        false => text(&tried, began.elapsed()),
    });
    Ok(if broken == 0 { exit::PASS } else { exit::FAIL })
}

/// Those that are meant, with the file of each.
fn scenarios(arguments: &Test) -> Result<Vec<(PathBuf, Scenario)>> {
    let folder = &arguments.folder;
    let files = find::files(folder).with_context(|| format!("`{}`", folder.display()))?;
    let (mut scenarios, mut wrong) = (Vec::new(), Vec::new());
    for file in files {
        match scenario::read(&file) {
            Ok(all) => scenarios.extend(all.into_iter().map(|it| (file.clone(), it))),
            Err(diagnostic) => wrong.push(diagnostic),
        }
    }
    if !wrong.is_empty() {
        return Err(Failure { code: exit::REFUSED, diagnostics: wrong }.into());
    }
    let found = scenarios.len();
    scenarios.retain(|(_, it)| arguments.only.is_empty() || arguments.only.contains(&it.name));
    if scenarios.is_empty() {
        let what = match found {
            0 => format!("no file below `{}` ends with `{}`", folder.display(), find::ENDING),
            _ => format!("no scenario is called {}", arguments.only.join(" or ")),
        };
        let hint = "`pogo test --help` shows what such a file looks like";
        let diagnostic = Diagnostic::new(what).with_hint(hint);
        return Err(Failure::new(exit::REFUSED, diagnostic).into());
    }
    if let Some(shard) = arguments.shard {
        let mut at = 0;
        scenarios.retain(|_| {
            at += 1;
            shard.has(at - 1)
        });
    }
    Ok(scenarios)
}

fn suites(tried: &[Tried]) -> Vec<Suite> {
    let mut suites: Vec<Suite> = Vec::new();
    for it in tried {
        let name = it.file.display().to_string();
        let is = match it.holds {
            true => Is::Right,
            false => Is::Wrong(format!("expected {}; got {}", it.scenario.expected(), it.became)),
        };
        let case = Case { name: it.scenario.name.clone(), took: it.took, is };
        match suites.last_mut() {
            Some(last) if last.name == name => last.cases.push(case),
            _ => suites.push(Suite { name, cases: vec![case] }),
        }
    }
    suites
}

fn document(tried: &[Tried]) -> serde_json::Value {
    let each = tried.iter().map(|it| {
        json!({
            "file": it.file,
            "scenario": it.scenario.name,
            "expected": it.scenario.expected(),
            "became": it.became,
            "holds": it.holds,
            "said": it.said,
        })
    });
    json!({ "scenarios": each.collect::<Vec<_>>() })
}

fn text(tried: &[Tried], took: Duration) -> String {
    let paint = Paint::of(&io::stdout());
    let wide = tried.iter().map(|it| it.scenario.name.chars().count()).max().unwrap_or(0);
    let (mut text, mut file) = (String::new(), None);
    for it in tried {
        if file != Some(&it.file) {
            let gap = if file.is_some() { "\n" } else { "" };
            let _ = writeln!(text, "{gap}{}", paint.bold(it.file.display().to_string()));
            file = Some(&it.file);
        }
        let name = &it.scenario.name;
        if it.holds {
            let _ = writeln!(text, "  {name:<wide$}  {}", it.became);
            continue;
        }
        let line = format!("> {name:<wide$}  {}, expected {}", it.became, it.scenario.expected());
        let _ = writeln!(text, "{}", paint.error(line));
        for line in it.said.lines().take(MOST_SAID) {
            let _ = writeln!(text, "    {}", paint.dim(line));
        }
    }
    let broken = tried.iter().filter(|it| !it.holds).count();
    let scenarios = match tried.len() {
        1 => "1 scenario".to_owned(),
        more => format!("{more} scenarios"),
    };
    let last = match broken {
        0 => format!("HOLDS  {scenarios}"),
        _ => format!("BROKEN  {broken} of {scenarios}"),
    };
    let _ = writeln!(text, "\n{last} in {}", duration::wall(took));
    text
}

/// How many lines are shown of what a run said that did not become what it had to.
const MOST_SAID: usize = 8;

#[expect(clippy::disallowed_methods, reason = "how long a person waits")]
fn now() -> Instant {
    Instant::now()
}
