//! `pogo sim serve`: the simulated instruments of a fixture on TCP ports.

use anyhow::{Context, Result};
use std::io;
use std::path::Path;

use pogo_hal::{Diagnostic, Resource};
use pogo_models::Models;
use pogo_runtime::{Asked, Fixture};
use unicode_width::UnicodeWidthStr;

use crate::args::Serve;
use crate::bench::Bench;
use crate::command::runtime;
use crate::diagnostics::Failure;
use crate::exit;
use crate::output_log::OutputLog;
use crate::served_fixture::rewritten;
use crate::simulated::Simulated;
use crate::terminal::out;

/// Serves until a signal asks to end. The new fixture is written first and the lines are printed
/// once every port is open, so whoever waits for them can begin.
///
/// # Errors
///
/// The fixture is wrong, a port is taken, or the new fixture cannot be written.
pub fn serve(arguments: &Serve) -> Result<u8> {
    let refused = |diagnostics| Failure { code: exit::REFUSED, diagnostics };
    let fixture = Fixture::read(&arguments.fixture).map_err(|it| refused(vec![it]))?;
    let bench = Bench::understand(
        &fixture,
        &Models::beside(fixture.folder()),
        Simulated::All,
        arguments.seed,
        &arguments.fault,
    )
    .map_err(refused)?;
    runtime()?.block_on(serve_bench(arguments, &fixture, &bench))
}

async fn serve_bench(arguments: &Serve, fixture: &Fixture, bench: &Bench) -> Result<u8> {
    let Serve { port_base, write_fixture, log, bind, .. } = arguments;
    let refused = |diagnostic| Failure::new(exit::REFUSED, diagnostic);
    let Some(plan) = bench.plan() else {
        return Err(refused(Diagnostic::new("the fixture has no roles")).into());
    };
    // Before the first port is open: a signal must not find the default action in place.
    let mut asked = Asked::listen().context("signals cannot be heard")?;
    let simulation = pogo_sim::Bench::build(plan.clone()).map_err(refused)?;
    if let Some(path) = log {
        let mut log = OutputLog::open(path).map_err(|cause| not_written(path, &cause))?;
        simulation.observe_outputs(move |switched| log.keep(switched));
    }
    let served = pogo_sim::serve(simulation, *bind, *port_base)
        .await
        .map_err(|cause| no_port(*port_base, &cause))?;
    let by_role = |name: &str| {
        let served = served.iter().find(|it| it.roles.iter().any(|role| role == name))?;
        Some((name.to_owned(), served.resource.clone()))
    };
    let served: Vec<(String, Resource)> =
        fixture.instruments().filter_map(|role| by_role(&role.name)).collect();
    if let Some(path) = write_fixture {
        let text = rewritten(fixture, &served, path).map_err(refused)?;
        std::fs::write(path, text).map_err(|cause| not_written(path, &cause))?;
    }
    let widest = served.iter().map(|(role, _)| role.width()).max().unwrap_or(0);
    let line = |(role, resource): &(String, Resource)| format!("{role:widest$}  {resource}\n");
    out(&served.iter().map(line).collect::<String>());
    asked.wait().await;
    Ok(exit::PASS)
}

fn no_port(base: Option<u16>, cause: &io::Error) -> Failure {
    let (port, hint) = match base {
        Some(base) => (format!("a port from {base} on"), "give another `--port-base`, or none"),
        None => ("a port".to_owned(), "check the address given to `--bind`"),
    };
    let message = format!("{port} cannot be opened: {cause}");
    Failure::new(exit::NO_VERDICT, Diagnostic::new(message).with_hint(hint))
}

fn not_written(path: &Path, cause: &io::Error) -> Failure {
    let message = format!("`{}` cannot be written: {cause}", path.display());
    let hint = "check that the folder exists and that you may write to it";
    Failure::new(exit::NO_VERDICT, Diagnostic::new(message).with_hint(hint))
}
