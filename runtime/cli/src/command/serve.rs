//! `pogo sim serve`: the simulated instruments of a fixture on real wires.

use anyhow::{Context, Result};
use std::io;
use std::path::Path;

use pogo_hal::{Diagnostic, Resource};
use pogo_models::Models;
use pogo_runtime::{Asked, Fixture};
use pogo_sim::{Served, Serving, WireFace};
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
    let Serve { write_fixture, log, .. } = arguments;
    let refused = |diagnostic| Failure::new(exit::REFUSED, diagnostic);
    for (given, flag, face) in [
        (arguments.port_base.is_some(), "--port-base", WireFace::Socket),
        (arguments.vxi11_port.is_some(), "--vxi11-port", WireFace::Vxi11),
        (arguments.portmapper.is_some(), "--portmapper", WireFace::Vxi11),
        (arguments.hislip_port.is_some(), "--hislip-port", WireFace::Hislip),
    ] {
        if given && !arguments.faces.contains(&face) {
            let message = format!("`{flag}` is for the face `{face}`, which is not served");
            let hint = format!("add {face} to `--faces`, or leave the flag out");
            return Err(refused(Diagnostic::new(message).with_hint(hint)).into());
        }
    }
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
    let serving = Serving {
        bind: arguments.bind,
        faces: arguments.faces.clone(),
        socket_base: arguments.port_base,
        hislip_port: arguments.hislip_port,
        vxi11_port: arguments.vxi11_port,
        portmapper: arguments.portmapper,
    };
    let served = pogo_sim::serve(simulation, &serving).await.map_err(|cause| no_port(&cause))?;
    // In the order of the fixture's roles, each with all its faces.
    let of_role = |role: &str| {
        let its = served.iter().filter(|it| it.roles.iter().any(|name| name == role));
        its.map(|it| (role.to_owned(), it)).collect::<Vec<_>>()
    };
    let served: Vec<(String, &Served)> =
        fixture.instruments().flat_map(|role| of_role(&role.name)).collect();
    if let Some(path) = write_fixture {
        let face = arguments.fixture_face;
        let addresses: Vec<(String, Resource)> = served
            .iter()
            .filter(|(role, it)| {
                it.face == face || is_console(fixture, role) || is_its_modbus(fixture, role, it)
            })
            .map(|(role, it)| (role.clone(), it.resource.clone()))
            .collect();
        if addresses.is_empty() {
            let message = format!("no instrument is served over `{face}`, so none can be written");
            let hint = "add it to `--faces`, or give another `--fixture-face`";
            return Err(refused(Diagnostic::new(message).with_hint(hint)).into());
        }
        let text = rewritten(fixture, &addresses, path).map_err(refused)?;
        std::fs::write(path, text).map_err(|cause| not_written(path, &cause))?;
    }
    let widest = served.iter().map(|(role, _)| role.width()).max().unwrap_or(0);
    let line = |(role, it): &(String, &Served)| format!("{role:widest$}  {}\n", it.resource);
    out(&served.iter().map(line).collect::<String>());
    asked.wait().await;
    Ok(exit::PASS)
}

/// Whether `served` is the wire over which the fixture has a role that speaks Modbus: its options fit
/// no other kind.
fn is_its_modbus(fixture: &Fixture, role: &str, served: &Served) -> bool {
    let own = fixture.instruments().find(|it| it.name == role).map(|it| &it.address);
    let serial = |it: &Resource| matches!(it, Resource::Serial { .. });
    served.face == WireFace::Modbus && own.is_some_and(|it| serial(it) == serial(&served.resource))
}

/// Whether `role` is a console, which has one face whatever the instruments have.
fn is_console(fixture: &Fixture, role: &str) -> bool {
    fixture.roles.iter().any(|it| it.name == role && it.driver.is_some())
}

fn no_port(cause: &io::Error) -> Failure {
    let message = format!("not every port can be opened: {cause}");
    let hint = "give another port, or none for a free one, and check the address of `--bind`";
    Failure::new(exit::NO_VERDICT, Diagnostic::new(message).with_hint(hint))
}

fn not_written(path: &Path, cause: &io::Error) -> Failure {
    let message = format!("`{}` cannot be written: {cause}", path.display());
    let hint = "check that the folder exists and that you may write to it";
    Failure::new(exit::NO_VERDICT, Diagnostic::new(message).with_hint(hint))
}
