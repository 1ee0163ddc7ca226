//! The person who types, or the file that somebody has sent in their place.

use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use pogo_hal::Error;
use pogo_runtime::{Typed, Typing};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Editor, Helper};
use tokio::sync::oneshot;

use super::pieces::is_open;
use super::words::Words;
use crate::terminal::out;

type Answer = Result<Option<String>, String>;

/// Types on a thread of its own: reading a terminal cannot be called off, and nothing that has to end
/// does it.
pub struct Keyboard {
    asked: Sender<oneshot::Sender<Answer>>,
}

impl Keyboard {
    /// Whoever sits at the terminal, or what comes in otherwise. `help` says what is known of a word.
    ///
    /// # Errors
    ///
    /// The operating system gives no thread, or no terminal.
    pub fn new(words: Words, help: fn(&Words, &str) -> String) -> io::Result<Self> {
        let (asked, is_asked) = channel::<oneshot::Sender<Answer>>();
        let mut reader: Box<dyn Reader> = match io::stdin().is_terminal() {
            true => Box::new(Line::new(words.clone()).map_err(io::Error::other)?),
            false => Box::new(File),
        };
        let read = move || {
            for answer in is_asked {
                let _ = answer.send(next(&mut *reader, &words, help));
            }
        };
        thread::Builder::new().name("keyboard".into()).spawn(read)?;
        Ok(Self { asked })
    }
}

impl Typing for Keyboard {
    fn next(&self) -> Typed {
        let (answer, is_answered) = oneshot::channel();
        let gone = || Error::unreachable("nobody can type any more");
        let asked = self.asked.send(answer).map_err(|_| gone());
        Box::pin(async move {
            asked?;
            match is_answered.await {
                Ok(Ok(text)) => Ok(text),
                Ok(Err(why)) => Err(Error::unreachable(why)),
                Err(_) => Err(gone()),
            }
        })
    }

    fn gave(&self, value: &str) {
        out(&format!("{value}\n"));
    }
}

/// Where pieces of script come from; `None` at the end.
trait Reader: Send {
    fn piece(&mut self) -> Answer;
}

fn next(reader: &mut dyn Reader, words: &Words, help: fn(&Words, &str) -> String) -> Answer {
    loop {
        let Some(piece) = reader.piece()? else { return Ok(None) };
        match piece.trim() {
            "" => {}
            "exit" | "quit" => return Ok(None),
            "help" => out(&help(words, "")),
            it if it.starts_with("help ") => out(&help(words, it[5..].trim())),
            _ => return Ok(Some(piece)),
        }
    }
}

/// What is sent instead of typed.
struct File;

impl Reader for File {
    fn piece(&mut self) -> Answer {
        let (mut piece, mut stdin) = (String::new(), io::stdin().lock());
        loop {
            let length = stdin.read_line(&mut piece).map_err(|cause| cause.to_string())?;
            if length == 0 {
                return Ok(Some(piece).filter(|it| !it.trim().is_empty()));
            }
            if !is_open(&piece) {
                return Ok(Some(piece));
            }
        }
    }
}

/// What is typed, with history and completion.
struct Line {
    editor: Editor<Typist, FileHistory>,
    history: Option<PathBuf>,
}

impl Line {
    fn new(words: Words) -> rustyline::Result<Self> {
        let mut editor = Editor::new()?;
        editor.set_helper(Some(Typist(words)));
        let history = history();
        if let Some(file) = &history {
            // There is none at first.
            let _ = editor.load_history(file);
        }
        Ok(Self { editor, history })
    }
}

impl Reader for Line {
    fn piece(&mut self) -> Answer {
        loop {
            match self.editor.readline("pogo> ") {
                Ok(piece) => {
                    let _ = self.editor.add_history_entry(piece.as_str());
                    if let Some(file) = &self.history {
                        let _ = file.parent().map(std::fs::create_dir_all);
                        let _ = self.editor.save_history(file);
                    }
                    return Ok(Some(piece));
                }
                // The line is given up, and nothing else.
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => return Ok(None),
                Err(cause) => return Err(cause.to_string()),
            }
        }
    }
}

/// Where what was typed is kept: the folder for state of the XDG Base Directory Specification.
fn history() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))?;
    Some(state.join("pogo/shell_history"))
}

struct Typist(Words);

impl Helper for Typist {}
impl Highlighter for Typist {}

impl Hinter for Typist {
    type Hint = String;
}

impl Completer for Typist {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.0.completions(line.get(..at).unwrap_or(line)))
    }
}

impl Validator for Typist {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match is_open(context.input()) {
            true => ValidationResult::Incomplete,
            false => ValidationResult::Valid(None),
        })
    }
}
