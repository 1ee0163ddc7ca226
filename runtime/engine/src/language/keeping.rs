//! `record("serial_of_sensor", value)`: what is kept and not judged.

use pogo_hal::Quantity;
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::{Dynamic, NativeCallContext};
use pogo_sandbox::script_error;

use super::{Chapter, Word, name_of};
use crate::bridge::Outcome;
use crate::limits;
use crate::site::Site;

/// What is kept and not judged.
pub(super) const KEEPING: Chapter =
    Chapter { title: "keeping", about: "What is kept changes no verdict.", words: WORDS };

const RECORD: &[Argument] = &[
    argument("name", Kind::Name, "lower-case letters, digits and `_`"),
    argument("value", Kind::Anything, "a number, quantity, boolean or text"),
];
const NOTE: &[Argument] = &[argument("text", Kind::Anything, "what there is to say")];

const FILE: &[Argument] = &[
    argument("name", Kind::Text, "what the file is called: `boot.log`"),
    argument("content", Kind::Anything, "a text, or bytes as a blob; at most 16 MiB"),
];

const WORDS: &[Word] = &[
    Word {
        entry: Entry::new("attach", "keeps a text or bytes as a file beside the record")
            .takes(FILE)
            .fails(&[
                Failure::script("no name of a file, neither text nor bytes, or too large"),
                Failure::script("1000 files are attached to the run already"),
            ])
            .example("attach(\"boot.log\", \"ready\\n\");"),
        bind: |engine, verb, site| {
            let own = site.clone();
            engine.register_fn(
                verb,
                move |context: NativeCallContext, name: Dynamic, content: Dynamic| {
                    own.keep_secret(&context, verb, [&name, &content])?;
                    attach(&own, &name, &content)
                },
            );
        },
    },
    Word {
        entry: Entry::new("record", "keeps a value without judging it")
            .takes(RECORD)
            .fails(&[Failure::script(
                "a name that cannot be one, or a value that is none of these",
            )])
            .example("record(\"setpoint\", psu.voltage_setpoint());"),
        bind: |engine, verb, site| {
            let own = site.clone();
            engine.register_fn(
                verb,
                move |context: NativeCallContext, name: Dynamic, value: Dynamic| {
                    own.keep_secret(&context, verb, [&name, &value])?;
                    keep(&own, name, value)
                },
            );
        },
    },
    Word {
        entry: Entry::new("note", "keeps a remark")
            .takes(NOTE)
            .example("note(\"the LED flickers\");"),
        bind: |engine, verb, site| {
            let own = site.clone();
            engine.register_fn(verb, move |context: NativeCallContext, remark: Dynamic| {
                own.keep_secret(&context, verb, [&remark])?;
                own.ledger().note(&remark.to_string(), own.now_ns());
                Outcome::Ok(())
            });
        },
    },
];

/// The most bytes that a script may attach at once.
const MOST: usize = 16 << 20;
/// The most files that a run's scripts may attach: each is brought to the disk before they go on.
const MOST_FILES: usize = 1000;

fn attach(site: &Site, name: &Dynamic, content: &Dynamic) -> Outcome<()> {
    let name = super::text("attach", "name", name.clone())?;
    let plain = |c: char| !c.is_control() && c != '/' && c != '\\';
    if name.is_empty() || name.len() > 100 || name.starts_with('.') || !name.chars().all(plain) {
        let message = format!("attach: `{name}` cannot be the name of a file");
        let hint = "give a plain name such as `boot.log`, of at most 100 bytes".to_owned();
        return Err(script_error(message, hint));
    }
    let (text, blob) = (content.as_immutable_string_ref().ok(), content.as_blob_ref().ok());
    let bytes = match (&text, &blob) {
        (Some(text), _) => text.as_bytes(),
        (None, Some(blob)) => blob.as_slice(),
        (None, None) => {
            let message = format!("attach: a {} is neither text nor bytes", content.type_name());
            return Err(script_error(message, "make a text of it, or a blob".to_owned()));
        }
    };
    if bytes.len() > MOST {
        let message = format!("attach: `{name}` has {} bytes, more than {MOST}", bytes.len());
        return Err(script_error(message, None));
    }
    if site.ledger().attached() >= MOST_FILES {
        let message = format!("attach: `{name}` is one file too many: a run has {MOST_FILES}");
        return Err(script_error(message, "attach one file with all of it".to_owned()));
    }
    site.ledger().attach(&name, media(&name, text.is_some()), bytes, site.now_ns());
    Ok(())
}

/// The media type that a file of this name usually has.
fn media(name: &str, is_text: bool) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("csv") => "text/csv",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        _ if is_text => "text/plain",
        _ => "application/octet-stream",
    }
}

fn keep(site: &Site, name: Dynamic, value: Dynamic) -> Outcome<()> {
    let name = name_of("record", name)?;
    let kept = limits::value("record", value.clone())?;
    let quantity = value.read_lock::<Quantity>();
    let origins = quantity.as_ref().map(|quantity| quantity.origins());
    site.ledger().keep(&name, kept, origins, site.now_ns());
    Ok(())
}
