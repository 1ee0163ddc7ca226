//! Where lots, firmware and components are named, and attachments let go of, so that asking for one
//! of them takes no longer in a long log than in a short one.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::body::{Component, Device, Firmware, Pruned, RunStarted, Udi};
use crate::entry::Entry;

/// The table, which is made from the entries.
pub(crate) const SCHEMA: &str = "
CREATE TABLE mention(
    kind TEXT NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL REFERENCES entry(seq),
    run TEXT NOT NULL, PRIMARY KEY(kind, value, seq)
) STRICT, WITHOUT ROWID;
";

/// What is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The hash of an attachment that the station no longer keeps, in hex; of no run.
    AttachmentPruned,
    /// A part's own serial number.
    Component,
    /// The lot that a part is from.
    ComponentLot,
    /// The version of a firmware.
    Firmware,
    /// The hash of a firmware's image, in hex.
    FirmwareSha256,
    /// The unit's lot, as whoever started the run said.
    Lot,
    /// The unit's lot, as its label says.
    UdiLot,
}

impl Kind {
    /// As the table spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AttachmentPruned => "attachment-pruned",
            Self::Component => "component",
            Self::ComponentLot => "component-lot",
            Self::Firmware => "firmware",
            Self::FirmwareSha256 => "firmware-sha256",
            Self::Lot => "lot",
            Self::UdiLot => "udi-lot",
        }
    }
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) seq: u64,
    pub(crate) run: String,
}

/// Whether entries of this type name anything; most do not, and are not worth a second look.
pub(crate) fn is_made_of(kind: &str) -> bool {
    matches!(kind, "run.started" | "firmware" | "component" | "attachments.pruned")
}

/// What `entry` names, in the order of the kinds; nothing if it makes no sense.
pub(crate) fn of(entry: &Entry) -> Vec<Mention> {
    if entry.kind == "attachments.pruned" {
        return pruned(entry);
    }
    let (Some(run), body) = (entry.run, entry.body.get()) else { return Vec::new() };
    let mut named: Vec<(Kind, Option<String>)> = Vec::new();
    match entry.kind.as_str() {
        "run.started" => {
            let Ok(RunStarted { header, .. }) = serde_json::from_str(body) else {
                return Vec::new();
            };
            let Device { udi, .. } = header.device;
            named.push((Kind::Lot, header.lot));
            named.push((Kind::UdiLot, udi.and_then(|Udi { lot, .. }| lot)));
        }
        "firmware" => {
            let Ok(Firmware { version, sha256, .. }) = serde_json::from_str(body) else {
                return Vec::new();
            };
            named.push((Kind::Firmware, Some(version)));
            named.push((Kind::FirmwareSha256, sha256.map(|it| it.to_ascii_lowercase())));
        }
        "component" => {
            let Ok(Component { serial, lot, .. }) = serde_json::from_str(body) else {
                return Vec::new();
            };
            named.push((Kind::Component, serial));
            named.push((Kind::ComponentLot, lot));
        }
        _ => {}
    }
    named.into_iter().filter_map(|(kind, value)| mention(entry.seq, run, kind, value?)).collect()
}

/// Each hash once and in order, whoever wrote the entry.
fn pruned(entry: &Entry) -> Vec<Mention> {
    let Ok(Pruned { files, .. }) = serde_json::from_str(entry.body.get()) else {
        return Vec::new();
    };
    let hashes: BTreeSet<String> = files.into_iter().map(|it| it.sha256).collect();
    let kind = || Kind::AttachmentPruned.name().to_owned();
    let row = |value| Mention { kind: kind(), value, seq: entry.seq, run: String::new() };
    hashes.into_iter().filter(|it| !it.is_empty()).map(row).collect()
}

fn mention(seq: u64, run: Uuid, kind: Kind, value: String) -> Option<Mention> {
    let (kind, run) = (kind.name().to_owned(), run.to_string());
    (!value.is_empty()).then_some(Mention { kind, value, seq, run })
}

/// Adds what `entry` names.
pub(super) fn add(connection: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    for Mention { kind, value, seq, run } in of(entry) {
        let insert = "INSERT INTO mention(kind, value, seq, run) VALUES (?, ?, ?, ?)";
        connection.prepare_cached(insert)?.execute(params![kind, value, seq, run])?;
    }
    Ok(())
}
