//! `pogo models`: the instruments that a fixture can name.

use anyhow::Result;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use pogo_models::Model;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::args::Models;
use crate::diagnostics::Failure;
use crate::exit;
use crate::terminal::out;

/// Prints the list, or one model with its ratings; models beside a fixture are found from its
/// folder.
///
/// # Errors
///
/// There is no such model, or its file is wrong.
pub fn models(arguments: &Models) -> Result<u8> {
    let here = Path::new(".");
    let find = |name: &str| {
        pogo_models::find(name, Some(here)).map_err(|it| Failure::new(exit::REFUSED, it))
    };
    if let Some(name) = &arguments.name {
        let model = find(name)?;
        out(&if arguments.json { format!("{}\n", document(&model)) } else { page(&model) });
        return Ok(exit::PASS);
    }
    let models = pogo_models::builtin().map(find).collect::<Result<Vec<_>, _>>()?;
    if arguments.json {
        let all: Vec<Value> = models.iter().map(|it| document(it)).collect();
        out(&format!("{}\n", json!({ "models": all })));
    } else {
        out(&table(&models));
    }
    Ok(exit::PASS)
}

fn table(models: &[Arc<Model>]) -> String {
    let widest = models.iter().map(|it| it.name().width()).max().unwrap_or(0);
    let row = |it: &Arc<Model>| format!("{:widest$}  {}\n", it.name(), it.title());
    models.iter().map(row).collect()
}

fn page(model: &Model) -> String {
    let mut text = format!("{}\n\n", model.title());
    for (name, value) in [
        ("model", model.name()),
        ("driver", model.driver()),
        ("identity", model.identity()),
        ("manual", model.source()),
    ] {
        let _ = writeln!(text, "  {name:11}{value}");
    }
    for (number, channel) in model.channels() {
        let name = format!("channel {number}");
        let _ = writeln!(text, "  {name:11}{}, {}", channel.voltage, channel.current);
    }
    let widest = model.registers().iter().map(|it| it.name.width()).max().unwrap_or(0).max(9);
    for register in model.registers().iter() {
        let _ = writeln!(text, "  {:widest$}  {}", register.name, register.about());
    }
    text
}

fn document(model: &Model) -> Value {
    let channels = model.channels().iter().map(|(number, channel)| {
        let ratings = json!({
            "voltage": channel.voltage.to_string(),
            "current": channel.current.to_string(),
        });
        (number.to_string(), ratings)
    });
    let mut document = json!({
        "name": model.name(),
        "title": model.title(),
        "driver": model.driver(),
        "identity": model.identity(),
        "manual": model.source(),
        "channels": channels.collect::<serde_json::Map<_, _>>(),
    });
    if !model.registers().is_empty() {
        let registers = model.registers().iter().map(|it| (it.name.clone(), it.about().into()));
        document["registers"] = registers.collect::<serde_json::Map<_, _>>().into();
    }
    document
}
