//! `pogo shell`: the bench, line by line.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use anyhow::{Context, Result};
use pogo_runtime::sections;
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

use super::{run, verbs};
use crate::args::{Run, Shell};
use crate::paint::Paint;
use crate::reference::listing;
use crate::roles;
use crate::shell::{Keyboard, Words};

/// Opens the bench and carries out what is typed; at the end every role is safe. Exits with 0 if
/// everything went well, whether or not anything was judged.
///
/// # Errors
///
/// Those of `pogo run`.
pub fn shell(arguments: Shell) -> Result<u8> {
    let arguments: Run = arguments.into();
    let fixture = run::fixture_of(&arguments)?;
    let words = Words::of(roles::roles_of(&fixture)?);
    let keyboard = Keyboard::new(words, help).context("nobody can type")?;
    // Whoever ends this from outside leaves the terminal as it was.
    let stdin = io::stdin();
    let before = stdin.is_terminal().then(|| tcgetattr(&stdin).ok()).flatten();
    let ended = run::carry_out(arguments, Some(Arc::new(keyboard)));
    if let Some(before) = before {
        let _ = tcsetattr(&stdin, OptionalActions::Now, &before);
    }
    ended
}

fn help(words: &Words, what: &str) -> String {
    let paint = Paint::of(&io::stdout());
    if what.is_empty() {
        return format!(
            "What scripts can say, a line at a time; `help WORD` says more of a word, Tab completes, \
             Ctrl-D ends.\n\n{}\n{}\n{}",
            paint.bold("roles of this bench"),
            words.roles(),
            listing(&sections(), paint)
        );
    }
    verbs::explained(what, &words.known(), paint).unwrap_or_else(|cause| format!("{cause}\n"))
}
