//! The command line of what tells people how scripts are written.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::examples;

/// What can be asked about the language of scripts.
#[derive(Debug, Subcommand)]
pub enum Language {
    /// Says what scripts can call: words of the language, and what each kind of role can do
    ///
    /// With a role, a kind of role, a topic or a single word, only what belongs to it, in full:
    /// arguments with their units and ranges, results, errors, examples.
    #[command(after_help = examples::VERBS)]
    Verbs(Verbs),
    /// Explains a code that `pogo check` has given, with a wrong and a right example
    #[command(after_help = examples::EXPLAIN)]
    Explain(Explain),
    /// Prints definitions of everything that scripts can call, for editors that know Rhai
    #[command(after_help = examples::DEFINITIONS)]
    Definitions(Definitions),
    /// Serves an editor: speaks the Language Server Protocol on stdin and stdout
    ///
    /// Editors start it themselves; docs/editors.md says how. It shows what `pogo check` finds while
    /// a script is written, completes roles, verbs, units and the names of measurements, explains
    /// what the mouse is on, and leads to functions, modules, roles and limits. A text that is open
    /// and not saved counts instead of its file. Nothing on a bench is opened.
    #[command(after_help = examples::LSP)]
    Lsp(Lsp),
}

/// `pogo lsp`.
#[derive(Args, Debug)]
pub struct Lsp {
    /// The fixture of scripts that no product with a fixture lists
    ///
    /// What `product.toml` names counts first. An editor can say it too, as `fixture` in
    /// `initializationOptions`.
    #[arg(long, value_name = "FILE")]
    pub fixture: Option<PathBuf>,
    /// Does nothing: editors give it to every server
    #[arg(long, hide = true)]
    pub stdio: bool,
}

/// `pogo verbs`.
#[derive(Args, Debug)]
pub struct Verbs {
    /// A role (`psu`), a kind of role (`power supply`), a topic (`limits`) or a word (`measure`)
    #[arg(value_name = "ROLE|CAPABILITY|TOPIC|WORD")]
    pub what: Option<String>,
    /// The fixture that says what its roles are; what `product.toml` here names if not given
    #[arg(long, value_name = "FILE")]
    pub fixture: Option<PathBuf>,
    /// Prints one JSON document
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
    /// Prints a document in Markdown, as `docs/script.md` is
    #[arg(long)]
    pub markdown: bool,
}

/// `pogo explain`.
#[derive(Args, Debug)]
pub struct Explain {
    /// The code, such as P0101; all of them in a line each if not given
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

/// `pogo definitions`.
#[derive(Args, Debug)]
pub struct Definitions {
    /// The fixture whose roles are defined too
    #[arg(long, value_name = "FILE")]
    pub fixture: Option<PathBuf>,
}

impl Language {
    /// Whether stdout is to be one JSON document.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Verbs(it) => it.json,
            Self::Explain(it) => it.json,
            Self::Definitions(_) | Self::Lsp(_) => false,
        }
    }
}
