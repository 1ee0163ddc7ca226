//! `pogo explain`: what a code of the check means.

use std::fmt::Write;
use std::io;

use anyhow::Result;
use pogo_hal::{Code, Diagnostic, nearest};
use pogo_runtime::{Explanation, explanation};
use serde_json::{Value, json};

use crate::args::Explain;
use crate::diagnostics::Failure;
use crate::exit;
use crate::layout::{EDGE, fold};
use crate::paint::Paint;
use crate::terminal::out;

/// Prints what one code means, or every code with its title.
///
/// # Errors
///
/// There is no such code.
pub fn explain(arguments: &Explain) -> Result<u8> {
    let paint = Paint::of(&io::stdout());
    let Some(name) = &arguments.code else {
        let all = Code::ALL.map(explanation);
        out(&if arguments.json {
            format!("{:#}\n", json!({ "codes": all.map(document).to_vec() }))
        } else {
            all.map(|it| line(it, paint)).concat()
        });
        return Ok(exit::PASS);
    };
    let it = explanation(Code::named(name).ok_or_else(|| unknown(name))?);
    let document = || format!("{:#}\n", document(it));
    out(&if arguments.json { document() } else { page(it, paint) });
    Ok(exit::PASS)
}

fn unknown(name: &str) -> Failure {
    let wrong = Diagnostic::new(format!("no code is called `{name}`"));
    let hint = match nearest(name, Code::ALL.map(Code::name)) {
        Some(it) => format!("did you mean `{it}`? `pogo explain` lists all of them"),
        None => "`pogo explain` lists all of them".to_owned(),
    };
    Failure::new(exit::COMMAND_LINE, wrong.with_hint(hint))
}

fn line(it: &Explanation, paint: Paint) -> String {
    let severity = it.code.severity().name();
    format!("{}  {severity:7}  {}\n", paint.bold(it.code), it.title)
}

fn page(it: &Explanation, paint: Paint) -> String {
    let mut text = line(it, paint);
    for line in fold(it.text, EDGE) {
        let _ = writeln!(text, "{line}");
    }
    for (said, example) in [("Wrong", it.wrong), ("Right", it.right)] {
        let _ = writeln!(text, "\n{said}:");
        for line in example.lines() {
            let _ = writeln!(text, "{}", format!("    {line}").trim_end());
        }
    }
    text
}

fn document(it: &Explanation) -> Value {
    json!({
        "code": it.code.name(),
        "severity": it.code.severity().name(),
        "title": it.title,
        "text": it.text,
        "of": it.sort.name(),
        "wrong": it.wrong,
        "right": it.right,
    })
}
