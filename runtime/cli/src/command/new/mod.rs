//! `pogo new`: a product that passes at once, to be changed into one's own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;
use pogo_hal::Diagnostic;

use crate::args::New;
use crate::diagnostics::Failure;
use crate::exit;
use crate::terminal::out;

/// The files of a product, in the order in which somebody should read them. `PRODUCT` in them is the
/// product's name.
const FILES: [(&str, &str, &str); 7] = [
    ("product.toml", "what is tested", include_str!("template/product.toml")),
    ("power_on.rhai", "the test", include_str!("template/power_on.rhai")),
    ("limits.toml", "what the measurements have to be", include_str!("template/limits.toml")),
    ("bench.fixture.toml", "the bench", include_str!("template/bench.fixture.toml")),
    ("unit.dut.rhai", "the simulated unit", include_str!("template/unit.dut.rhai")),
    ("unit.faults.toml", "what can be wrong with it", include_str!("template/unit.faults.toml")),
    (
        "unit.scenarios.toml",
        "what has to become of it",
        include_str!("template/unit.scenarios.toml"),
    ),
];

/// The longest name of a product.
const LONGEST: usize = 64;

/// Writes the folder, whole or not at all, and says what is in it and what to do next.
///
/// # Errors
///
/// The name cannot be one, or something is there already: exit code 64. The folder cannot be written.
pub fn new(arguments: &New) -> Result<u8> {
    let name = &arguments.product;
    if let Some(wrong) = wrong(name) {
        return Err(Failure::new(exit::COMMAND_LINE, wrong).into());
    }
    let folder = PathBuf::from(name);
    if folder.symlink_metadata().is_ok() {
        let diagnostic = Diagnostic::new(format!("`{name}` is there already; nothing is written"))
            .with_hint("name another product, or move that away");
        return Err(Failure::new(exit::COMMAND_LINE, diagnostic).into());
    }
    write(&folder, name).map_err(|cause| {
        let diagnostic = Diagnostic::new(format!("`{name}` cannot be written: {cause}"));
        Failure::new(exit::NO_VERDICT, diagnostic)
    })?;
    let mut text = String::new();
    for (file, what, _) in FILES {
        text += &format!("  {:<28}{what}\n", format!("{name}/{file}"));
    }
    text += &format!("\nRun it on the simulated bench:\n  pogo run {name} --sim --dut SN0001\n");
    text += &format!("See what it would miss:\n  pogo faults {name}\n");
    out(&text);
    Ok(exit::PASS)
}

/// Why `name` cannot be a product's.
fn wrong(name: &str) -> Option<Diagnostic> {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_".contains(it);
    let is_one = name.starts_with(|it: char| it.is_ascii_alphanumeric())
        && name.chars().all(plain)
        && name.len() <= LONGEST;
    let hint = format!("use letters, digits, `-` and `_`, at most {LONGEST}, such as `TH-100`");
    (!is_one).then(|| {
        Diagnostic::new(format!("`{name}` cannot be the name of a product")).with_hint(hint)
    })
}

/// Nothing half written is ever under the name.
fn write(folder: &Path, name: &str) -> io::Result<()> {
    let aside = PathBuf::from(format!(".{name}.{}.part", std::process::id()));
    fs::create_dir(&aside)?;
    let all = FILES
        .iter()
        .try_for_each(|(file, _, text)| fs::write(aside.join(file), text.replace("PRODUCT", name)));
    all.and_then(|()| fs::rename(&aside, folder)).inspect_err(|_| drop(fs::remove_dir_all(&aside)))
}
