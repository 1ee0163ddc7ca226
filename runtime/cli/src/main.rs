//! The program of Pogo: runs scripts against a bench, and shows what was recorded.
//!
//! Results go to stdout, everything else to stderr; `--json` makes stdout one JSON document, and
//! what is wrong is then part of it. Every exit code stands in `exit.rs`.

mod annotations;
mod answers;
mod args;
mod bench;
mod columns;
mod command;
mod controls;
mod diagnostics;
mod duration;
mod examples;
mod exit;
mod flow;
mod identity;
mod layout;
mod logs;
mod lsp;
mod operator;
mod output_log;
mod page;
mod paint;
mod preparation;
mod reference;
mod replaying;
mod report;
mod rescue;
mod roles;
mod row;
mod running;
mod secrets;
mod served_fixture;
mod shell;
mod simulated;
mod station;
mod systemd;
mod terminal;
mod text;
mod transcript;
mod trial;
mod whole_file;
mod wires;

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use args::Arguments;
use clap::Parser;
use diagnostics::Failure;
use paint::Paint;
use pogo_hal::Diagnostic;

fn main() -> ExitCode {
    // Before anything else: a guard has to stand soon, and needs nothing of what follows.
    if std::env::args_os().nth(1).is_some_and(|word| word == command::guard::WORD) {
        return command::guard::guard().into();
    }
    // The interpreter's own functions take longest to get ready; most commands need them soon. A
    // run needs a store next.
    let runs = std::env::args_os().nth(1).is_some_and(|word| word == "run");
    std::thread::spawn(move || {
        pogo_sandbox::warm_up();
        if runs {
            pogo_record::warm_up();
        }
    });
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Help and version come this way too: they are no errors and go to stdout.
        Err(answer) => {
            let _ = answer.print();
            return if answer.use_stderr() { exit::COMMAND_LINE } else { exit::PASS }.into();
        }
    };
    let json = arguments.command.wants_json();
    if let Err(diagnostic) = station::Station::here() {
        let failure = Failure::new(exit::REFUSED, diagnostic);
        if !arguments.command.is_for_emergencies() {
            complain(&failure, json);
            return failure.code.into();
        }
        complain(&failure, false);
    }
    let carry_out = AssertUnwindSafe(|| command::carry_out(arguments.command));
    match panic::catch_unwind(carry_out).unwrap_or_else(|_| Err(our_fault().into())) {
        Ok(code) => code.into(),
        Err(error) => {
            let failure = Failure::of(error);
            complain(&failure, json);
            failure.code.into()
        }
    }
}

/// A panic: its message stands on stderr already, and no code of ours but this one fits.
fn our_fault() -> Failure {
    let diagnostic = Diagnostic::new("Pogo itself went wrong: this is a bug in it")
        .with_hint("look at the bench before you touch it, and report what is printed above");
    Failure::new(exit::NO_VERDICT, diagnostic)
}

fn complain(failure: &Failure, json: bool) {
    annotations::annotate(&failure.diagnostics);
    if json {
        return terminal::out(&format!("{:#}\n", diagnostics::json(&failure.diagnostics)));
    }
    let paint = Paint::of(&io::stderr());
    for diagnostic in &failure.diagnostics {
        terminal::err(&diagnostics::render(diagnostic, paint));
    }
}
