//! What each command does. Each gives the program's exit code, or what is wrong.

mod anchor;
mod check;
mod completions;
pub mod guard;
mod key;
mod list;
mod models;
mod orphans;
mod query;
mod run;
mod safe;
mod serve;
mod show;
mod stop;
mod store;
mod verify;

use anyhow::{Context, Result};
use tokio::runtime::{Builder, Runtime};

use crate::args::{Command, Sim};

/// Does what `command` says.
pub fn carry_out(command: Command) -> Result<u8> {
    match command {
        Command::Run(it) => run::run(it),
        Command::Check(it) => check::check(it),
        Command::List(it) => list::list(&it),
        Command::Show(it) => show::show(&it),
        Command::Safe(it) => safe::safe(&it),
        Command::Stop(it) => stop::stop(&it),
        Command::Query(it) => query::query(&it),
        Command::Verify(it) => verify::verify(&it),
        Command::Anchor(it) => anchor::anchor(&it),
        Command::Key(it) => key::key(&it),
        Command::Store(it) => store::store(&it),
        Command::Models(it) => models::models(&it),
        Command::Sim(Sim::Serve(it)) => serve::serve(&it),
        Command::Completions { shell } => Ok(completions::completions(shell)),
    }
}

/// A runtime on this thread, in real time, with sockets.
fn runtime() -> Result<Runtime> {
    let built = Builder::new_current_thread().enable_all().build();
    built.context("the operating system gives no event queue")
}
