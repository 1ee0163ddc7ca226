//! `pogo limits`: which measurement takes which limit from where.

use std::io;

use anyhow::Result;
use pogo_hal::Place;
use pogo_record::LimitSource;
use pogo_runtime::Taken;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::args::Limits;
use crate::exit;
use crate::paint::Paint;
use crate::preparation::{Preparation, prepare};
use crate::secrets;
use crate::simulated::Simulated;
use crate::terminal::out;

/// Lists every measurement and check of a script or a product, in the order of the text.
///
/// # Errors
///
/// All that `pogo check` finds wrong: exit code 2.
pub fn limits(arguments: Limits) -> Result<u8> {
    let Limits { product, variant, fixture, secrets, json } = arguments;
    let secrets = secrets::read(secrets.file.as_deref())?;
    let (what, fixture) = ((product.as_path(), variant.as_deref()), fixture.as_deref());
    let Preparation { product, checked, .. } =
        prepare(what, fixture, Simulated::None, (0, &[]), secrets)?;
    let all = checked.limits();
    if json {
        let all: Vec<Value> = all.iter().map(document).collect();
        let document = json!({
            "product": product.name,
            "variant": product.variant,
            "limits": all,
        });
        out(&format!("{document:#}\n"));
    } else {
        out(&list(all, Paint::of(&io::stdout())));
    }
    Ok(exit::PASS)
}

fn document(it: &Taken) -> Value {
    json!({
        "name": it.name,
        "verb": it.verb,
        "measured_at": it.place.to_string(),
        "limit": it.limit,
        "limit_at": it.from.as_ref().map(ToString::to_string),
        "document": it.source.as_ref().map(|it| &it.document),
        "revision": it.source.as_ref().map(|it| &it.revision),
    })
}

/// Two lines for each: what it has to be, and where both stand.
fn list(all: &[Taken], paint: Paint) -> String {
    let name = |it: &Taken| it.name.clone().unwrap_or_else(|| "(a computed name)".to_owned());
    let widest = all.iter().map(|it| name(it).width()).max().unwrap_or(0);
    let mut text = String::new();
    for it in all {
        let limit = it.limit.as_deref().unwrap_or("(computed)");
        let blanks = widest - name(it).width();
        text += &format!("{}{:blanks$}  {limit}\n", paint.bold(name(it)), "");
        text += &format!("    {}\n", paint.dim(places(it)));
    }
    text
}

/// `two_point.rhai:13 · limits.toml:9, TH-100 specification, revision C`.
fn places(it: &Taken) -> String {
    // File and line: what a person looks up. The column is in the JSON form.
    let at = |it: &Place| format!("{}:{}", it.file.rsplit('/').next().unwrap_or(&it.file), it.line);
    let judged = format!("{} at {}", it.verb, at(&it.place));
    match (&it.from, &it.source) {
        (Some(from), Some(source)) => {
            let LimitSource { document, revision } = source;
            format!("{judged} · limit at {}: {document}, revision {revision}", at(from))
        }
        (Some(_), None) => format!("{judged} · the limit stands there"),
        (None, _) => judged,
    }
}
