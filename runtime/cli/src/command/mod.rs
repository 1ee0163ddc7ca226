//! What each command does. Each gives the program's exit code, or what is wrong.

mod anchor;
mod check;
mod completions;
mod definitions;
mod explain;
mod explain_controls;
mod export;
mod faults;
pub mod guard;
mod history;
mod key;
mod limits;
mod list;
mod lsp;
mod models;
mod new;
mod orphans;
mod query;
mod release_check;
mod replay;
mod run;
mod run_diff;
mod safe;
mod serve;
mod shell;
mod show;
mod stop;
mod store;
mod test;
mod trace;
mod udi;
mod verbs;
mod verify;
mod yields;

use anyhow::{Context, Result};
use tokio::runtime::{Builder, Runtime};

use serde::Serialize;

use crate::args::{Command, Form, Language, Question, Sim};

/// Does what `command` says.
pub fn carry_out(command: Command) -> Result<u8> {
    match command {
        Command::New(it) => new::new(&it),
        Command::Run(it) => run::run(*it),
        Command::Check(it) => check::check(it),
        Command::Limits(it) => limits::limits(it),
        Command::List(it) => list::list(&it),
        Command::Show(it) => show::show(&it),
        Command::Faults(it) => faults::faults(&it),
        Command::Shell(it) => shell::shell(*it),
        Command::Test(it) => test::test(&it),
        Command::Safe(it) => safe::safe(&it),
        Command::Replay(it) => replay::replay(it),
        Command::Stop(it) => stop::stop(&it),
        Command::Query(it) => query::query(&it),
        Command::Verify(it) => verify::verify(&it),
        Command::Anchor(it) => anchor::anchor(&it),
        Command::Question(it) => ask(&it),
        Command::Export(it) => export::export(&it),
        Command::Key(it) => key::key(&it),
        Command::Store(it) => store::store(&it),
        Command::Udi(it) => udi::udi(&it),
        Command::Models(it) => models::models(&it),
        Command::Language(Language::Verbs(it)) => verbs::verbs(&it),
        Command::Language(Language::Explain(it)) => explain::explain(&it),
        Command::Language(Language::Lsp(it)) => lsp::lsp(it),
        Command::Language(Language::Definitions(it)) => definitions::definitions(&it),
        Command::Sim(Sim::Serve(it)) => serve::serve(&it),
        Command::Completions { shell } => Ok(completions::completions(shell)),
    }
}

/// A runtime on this thread, in real time, with sockets.
fn runtime() -> Result<Runtime> {
    let built = Builder::new_current_thread().enable_all().build();
    built.context("the operating system gives no event queue")
}

fn ask(question: &Question) -> Result<u8> {
    match question {
        Question::History(it) => history::history(it),
        Question::Trace(it) => trace::trace(it),
        Question::Yield(it) => yields::yield_(it),
        Question::RunDiff(it) => run_diff::run_diff(it),
        Question::ReleaseCheck(it) => release_check::release_check(it),
        Question::ExplainControls(it) => explain_controls::explain_controls(it),
    }
}

/// An answer in the form that was asked for.
fn answer<T: Serialize>(
    form: &Form,
    it: &T,
    html: impl FnOnce(&T) -> String,
    text: impl FnOnce(&T) -> String,
) -> String {
    if form.html {
        return html(it);
    }
    if !form.json {
        return text(it);
    }
    match serde_json::to_string_pretty(it) {
        Ok(text) => text + "\n",
        // What was read from JSON can be written as JSON; said all the same, never swallowed.
        Err(cause) => format!("{}\n", serde_json::json!({ "error": cause.to_string() })),
    }
}
