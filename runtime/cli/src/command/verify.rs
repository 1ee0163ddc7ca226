//! `pogo verify`: whether a store's record is what it was when it was written.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use pogo_hal::{Diagnostic, Secrets};
use pogo_record::verify::{self, Against, Anchor, LogReport, Report, Searched};

use crate::args::Verify;
use crate::diagnostics::Failure;
use crate::exit;
use crate::logs::OTHER_STORE;
use crate::secrets;
use crate::terminal::out;

/// Prints what was found. Exits with 0 if nothing is wrong and with 4 otherwise.
///
/// # Errors
///
/// There is no record, or an anchor cannot be read: exit code 64.
pub fn verify(arguments: &Verify) -> Result<u8> {
    let store = &arguments.store.folder;
    let anchors = arguments.anchor.iter().map(|file| anchor(file)).collect::<Result<_>>()?;
    let secrets = arguments.secrets.as_ref().map(|it| secrets(it.as_deref())).transpose()?;
    if let Some(missing) = arguments.also.iter().find(|it| !it.exists()) {
        let what = format!("there is no `{}`", missing.display());
        return Err(Failure::new(exit::COMMAND_LINE, Diagnostic::new(what)).into());
    }
    let report = verify::verify(store, &Against { anchors, rejudge: arguments.rejudge });
    if report.is_empty() {
        return Err(nothing(store).into());
    }
    let searched = secrets.map(|it| verify::search(store, &arguments.also, &it));
    out(&match arguments.json {
        true => format!("{:#}\n", json(&report, searched.as_ref())),
        false => text(&report, searched.as_ref()),
    });
    let keeps = searched.is_none_or(|it| it.findings.is_empty());
    Ok(if report.holds() && keeps { exit::PASS } else { exit::INTEGRITY })
}

/// The secrets to look for: those in `file`, or in the one that the environment names.
fn secrets(file: Option<&Path>) -> Result<Arc<Secrets>, Failure> {
    let named = file.map(Path::to_owned).or_else(|| env::var_os(secrets::VARIABLE).map(Into::into));
    let named = named.ok_or_else(|| {
        let diagnostic = Diagnostic::new("nobody says which secrets are looked for")
            .with_hint(format!("give `--secrets FILE`, or name it in {}", secrets::VARIABLE));
        Failure::new(exit::COMMAND_LINE, diagnostic)
    })?;
    let found = secrets::read(Some(&named))?;
    if found.is_empty() {
        let what = format!("`{}` holds no secret", named.display());
        return Err(Failure::new(exit::COMMAND_LINE, Diagnostic::new(what)));
    }
    Ok(found)
}

/// The anchor in a file.
pub fn anchor(file: &Path) -> Result<Anchor> {
    let wrong = |what: String| {
        let what = format!("the anchor `{}`: {what}", file.display());
        Failure::new(exit::COMMAND_LINE, Diagnostic::new(what))
    };
    let text = fs::read_to_string(file).map_err(|cause| wrong(cause.to_string()))?;
    Ok(text.parse().map_err(|cause: pogo_record::proof::ProofError| wrong(cause.to_string()))?)
}

/// There is nothing that could be verified, which is no good news.
pub fn nothing(store: &Path) -> Failure {
    let what = format!("there is no record in `{}`", store.display());
    Failure::new(exit::COMMAND_LINE, Diagnostic::new(what).with_hint(OTHER_STORE))
}

fn json(report: &Report, searched: Option<&Searched>) -> serde_json::Value {
    let holds = report.holds() && searched.is_none_or(|it| it.findings.is_empty());
    let mut document = serde_json::json!({ "holds": holds });
    document["secrets"] = serde_json::to_value(searched).unwrap_or_default();
    document["logs"] = serde_json::to_value(&report.logs).unwrap_or_default();
    document["findings"] = serde_json::to_value(&report.findings).unwrap_or_default();
    document
}

/// The report as people read it.
pub fn text(report: &Report, searched: Option<&Searched>) -> String {
    let mut text = String::new();
    report.logs.iter().for_each(|log| one(log, &mut text));
    searched.iter().for_each(|it| looked_for(it, &mut text));
    for finding in &report.findings {
        let _ = writeln!(text, "wrong: {finding}");
    }
    let secrets = searched.map_or(0, |it| it.findings.len());
    let logs = report.logs.iter().map(|it| it.findings.len()).sum::<usize>();
    match report.findings.len() + logs + secrets {
        0 => text.push_str("HOLDS\n"),
        1 => text.push_str("DOES NOT HOLD  1 finding\n"),
        more => {
            let _ = writeln!(text, "DOES NOT HOLD  {more} findings");
        }
    }
    text
}

fn line(text: &mut String, what: &str, is: &str) {
    let _ = writeln!(text, "  {what:<12}{is}");
}

/// Where secrets were looked for, and where they stand.
fn looked_for(searched: &Searched, text: &mut String) {
    let Searched { secrets, entries, files, findings, unseen } = searched;
    text.push_str("secrets\n");
    line(text, "looked for", &secrets.join(", "));
    line(text, "in", &format!("{entries} entries, {files} files"));
    for finding in findings {
        line(text, "wrong", &finding.to_string());
    }
    for unseen in unseen {
        line(text, "not seen", unseen);
    }
    text.push('\n');
}

fn one(log: &LogReport, text: &mut String) {
    let _ = writeln!(text, "{}", log.folder.display());
    line(text, "log", log.origin.as_deref().unwrap_or("–"));
    line(text, "key", log.key.as_deref().unwrap_or("–"));
    line(text, "entries", &format!("{}, {} of them signed", log.entries, log.signed));
    let counted = [
        (log.checkpoints, "checkpoint"),
        (log.runs, "run"),
        (log.attachments, "attachment"),
        (log.pruned, "file no longer kept"),
        (log.rejudged, "verdict worked out again"),
    ];
    let counted: Vec<String> = counted
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| match (count, what.split_once(' ')) {
            (1, _) => format!("1 {what}"),
            (_, None) => format!("{count} {what}s"),
            (_, Some((first, rest))) => format!("{count} {first}s {rest}"),
        })
        .collect();
    line(text, "with", &counted.join(", "));
    if let Some(size) = log.anchored {
        line(text, "anchor", &format!("holds for the first {size} entries"));
    }
    for finding in &log.findings {
        line(text, "wrong", &finding.to_string());
    }
    for unseen in &log.unseen {
        line(text, "not seen", unseen);
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use pogo_record::verify::{About, Finding};

    use super::*;

    fn log() -> LogReport {
        LogReport {
            folder: "pogo-store".into(),
            origin: Some("pogo/ST1/0a1b2c3d".into()),
            key: Some("pogo/ST1/0a1b2c3d+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiB".into()),
            entries: 22,
            signed: 21,
            checkpoint: None,
            checkpoints: 4,
            runs: 3,
            attachments: 1,
            pruned: 0,
            rejudged: 3,
            anchored: Some(15),
            findings: Vec::new(),
            unseen: vec!["the future".into()],
        }
    }

    #[test]
    fn the_report_says_what_was_looked_at_and_what_could_not_be_seen() {
        let report = Report { logs: vec![log()], findings: Vec::new() };
        assert_eq!(
            text(&report, None),
            "\
pogo-store
  log         pogo/ST1/0a1b2c3d
  key         pogo/ST1/0a1b2c3d+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiB
  entries     22, 21 of them signed
  with        4 checkpoints, 3 runs, 1 attachment, 3 verdicts worked out again
  anchor      holds for the first 15 entries
  not seen    the future

HOLDS
"
        );
    }

    #[test]
    fn what_is_wrong_names_its_entry() {
        let what = "its bytes are not those that were hashed".to_owned();
        let finding = Finding { about: About::Entry, seq: Some(12), what };
        let report = Report {
            logs: vec![LogReport { findings: vec![finding], ..log() }],
            findings: Vec::new(),
        };
        let text = text(&report, None);
        let line = "  wrong       entry 12: its bytes are not those that were hashed\n";
        assert!(text.contains(line), "{text}");
        assert!(text.ends_with("\nDOES NOT HOLD  1 finding\n"), "{text}");
    }
}
