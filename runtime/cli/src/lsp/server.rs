//! The server: takes messages one by one, and checks when none is waiting.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;

use lsp_server::{ErrorCode, Message, Notification, Request, Response};
use lsp_types::{
    CompletionOptions, CompletionParams, DidChangeTextDocumentParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, GotoDefinitionParams, HoverParams, HoverProviderCapability,
    InitializeParams, InitializeResult, OneOf, PublishDiagnosticsParams, ServerCapabilities,
    ServerInfo, SignatureHelpOptions, SignatureHelpParams, TextDocumentPositionParams,
    TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::documents::{Documents, is_same};
use super::findings::{self, Findings};
use super::project::{Projects, Target};
use super::script::Script;
use super::wire::{self, Incoming};
use super::{completion, definition, hover, signature};
use crate::exit;

/// How many messages are read before somebody has taken them: an editor that sends faster waits.
const WAITING: usize = 64;

/// How many messages are taken before what has changed is checked, however many more are waiting.
const PATIENCE: usize = 256;

/// Serves the editor at stdin and stdout until it says `exit` or closes stdin. Scripts of no product
/// are held against `fixture`.
///
/// # Errors
///
/// Nobody reads what is answered.
pub fn serve(fixture: Option<PathBuf>) -> io::Result<u8> {
    let (sender, receiver) = sync_channel(WAITING);
    // Not waited for: nothing but the editor can end what it waits for.
    thread::spawn(move || {
        let mut input = BufReader::new(io::stdin());
        while let Ok(Some(it)) = wire::read(&mut input) {
            if sender.send(it).is_err() {
                break;
            }
        }
    });
    let mut projects = Projects::default();
    projects.fixture = fixture;
    let mut server = Server::new(io::stdout().lock(), projects);
    server.serve(&receiver)
}

/// How far the conversation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing but `initialize` is answered.
    Begun,
    /// Everything is.
    Open,
    /// Nothing but `exit` is expected.
    ShutDown,
}

struct Server<W> {
    output: W,
    phase: Phase,
    documents: Documents,
    projects: Projects,
    /// Files whose text has changed since they were checked.
    changed: Vec<PathBuf>,
    /// What is wrong, and which files were looked at for it.
    checked: BTreeMap<Target, (Findings, Vec<PathBuf>)>,
}

/// Why a request is not answered as it was meant.
struct Refusal(ErrorCode, String);

type Answer = Result<Value, Refusal>;

impl<W: Write> Server<W> {
    fn new(output: W, projects: Projects) -> Self {
        let (phase, documents, changed) = (Phase::Begun, Documents::default(), Vec::new());
        Self { output, phase, documents, projects, changed, checked: BTreeMap::new() }
    }

    fn serve(&mut self, input: &Receiver<Incoming>) -> io::Result<u8> {
        let mut taken = 0;
        loop {
            let next = match self.changed.is_empty() {
                true => input.recv().map_err(|_| TryRecvError::Disconnected),
                false if taken >= PATIENCE => Err(TryRecvError::Empty),
                false => input.try_recv(),
            };
            match next {
                Ok(it) => {
                    taken += 1;
                    if let Some(code) = self.take(it)? {
                        return Ok(code);
                    }
                }
                // Edits that come faster than they can be checked are checked together.
                Err(TryRecvError::Empty) => {
                    taken = 0;
                    self.check()?;
                }
                Err(TryRecvError::Disconnected) => return Ok(self.code()),
            }
        }
    }

    /// What the protocol wants the program to exit with.
    fn code(&self) -> u8 {
        if self.phase == Phase::ShutDown { exit::PASS } else { exit::FAIL }
    }

    /// Takes a message; gives the exit code if it was the last one.
    fn take(&mut self, it: Incoming) -> io::Result<Option<u8>> {
        match it {
            Incoming::Nonsense(answer) => wire::write(&mut self.output, &answer)?,
            Incoming::Message(Message::Request(it)) => self.answer(it)?,
            Incoming::Message(Message::Notification(it)) => {
                if it.method == "exit" {
                    return Ok(Some(self.code()));
                }
                if self.phase == Phase::Open {
                    let method = it.method.clone();
                    if let Err(Refusal(_, why)) = guarded(|| self.notice(it)) {
                        self.log(&format!("{method}: {why}"))?;
                    }
                }
            }
            // Nothing is asked of the editor.
            Incoming::Message(Message::Response(_)) => {}
        }
        Ok(None)
    }

    fn answer(&mut self, request: Request) -> io::Result<()> {
        let id = request.id.clone();
        let answer = match (self.phase, request.method.as_str()) {
            (Phase::Begun, "initialize") => guarded(|| self.initialize(request.params)),
            (Phase::Begun, _) => {
                Err(Refusal(ErrorCode::ServerNotInitialized, "`initialize` comes first".into()))
            }
            (Phase::ShutDown, _) => {
                let why = "the server was shut down; only `exit` is left";
                Err(Refusal(ErrorCode::InvalidRequest, why.into()))
            }
            (Phase::Open, "initialize") => {
                let why = "`initialize` was sent before";
                Err(Refusal(ErrorCode::InvalidRequest, why.into()))
            }
            (Phase::Open, "shutdown") => {
                self.phase = Phase::ShutDown;
                Ok(Value::Null)
            }
            (Phase::Open, _) => guarded(|| self.ask(request)),
        };
        let response = match answer {
            Ok(value) => Response { id, response_result: Ok(value) },
            Err(Refusal(code, why)) => Response::new_err(id, code as i32, why),
        };
        Message::Response(response).write(&mut self.output)
    }

    fn initialize(&mut self, params: Value) -> Answer {
        let params: InitializeParams = read(params)?;
        if let Some(options) = params.initialization_options.filter(|it| !it.is_null()) {
            self.configure(&options)?;
        }
        self.phase = Phase::Open;
        let triggers = |all: &[&str]| Some(all.iter().map(ToString::to_string).collect());
        let capabilities = ServerCapabilities {
            text_document_sync: Some(TextDocumentSyncCapability::Options(
                TextDocumentSyncOptions {
                    open_close: Some(true),
                    change: Some(TextDocumentSyncKind::INCREMENTAL),
                    save: Some(lsp_types::TextDocumentSyncSaveOptions::Supported(true)),
                    ..Default::default()
                },
            )),
            completion_provider: Some(CompletionOptions {
                trigger_characters: triggers(&[".", ":", "\""]),
                ..Default::default()
            }),
            hover_provider: Some(HoverProviderCapability::Simple(true)),
            signature_help_provider: Some(SignatureHelpOptions {
                trigger_characters: triggers(&["(", ","]),
                ..Default::default()
            }),
            definition_provider: Some(OneOf::Left(true)),
            ..Default::default()
        };
        let version = Some(env!("CARGO_PKG_VERSION").to_owned());
        let server_info = Some(ServerInfo { name: "pogo".to_owned(), version });
        written(InitializeResult { capabilities, server_info })
    }

    /// What `initializationOptions` can say: `fixture`.
    fn configure(&mut self, options: &Value) -> Result<(), Refusal> {
        let refused = |why: String| Err(Refusal(ErrorCode::InvalidParams, why));
        let Some(options) = options.as_object() else {
            return refused("`initializationOptions` is no object".to_owned());
        };
        for (key, value) in options {
            match (key.as_str(), value) {
                ("fixture", Value::String(path)) if !path.is_empty() => {
                    self.projects.fixture = Some(PathBuf::from(path));
                }
                ("fixture", Value::Null) => {}
                ("fixture", _) => return refused("`fixture` is no path of a file".to_owned()),
                _ => return refused(format!("`{key}` is no option; there is `fixture`")),
            }
        }
        Ok(())
    }

    /// Answers a question about a script.
    fn ask(&mut self, request: Request) -> Answer {
        let Request { method, params, .. } = request;
        match method.as_str() {
            "textDocument/completion" => {
                let params: CompletionParams = read(params)?;
                self.about(&params.text_document_position, completion::complete)
            }
            "textDocument/hover" => {
                let params: HoverParams = read(params)?;
                self.about(&params.text_document_position_params, hover::hover)
            }
            "textDocument/signatureHelp" => {
                let params: SignatureHelpParams = read(params)?;
                self.about(&params.text_document_position_params, signature::help)
            }
            "textDocument/definition" => {
                let params: GotoDefinitionParams = read(params)?;
                self.about(&params.text_document_position_params, definition::definition)
            }
            _ => Err(Refusal(ErrorCode::MethodNotFound, format!("`{method}` is not served"))),
        }
    }

    fn about<T: serde::Serialize>(
        &mut self,
        it: &TextDocumentPositionParams,
        answer: impl FnOnce(&Script<'_>, lsp_types::Position) -> T,
    ) -> Answer {
        let Some(document) = self.documents.get(&it.text_document.uri) else {
            let why = format!("`{}` is not open", it.text_document.uri.as_str());
            return Err(Refusal(ErrorCode::InvalidParams, why));
        };
        if document.is_toml() {
            return Ok(Value::Null);
        }
        let script = Script::new(document, &self.documents, &mut self.projects);
        written(answer(&script, it.position))
    }

    fn notice(&mut self, it: Notification) -> Answer {
        match it.method.as_str() {
            "textDocument/didOpen" => {
                let it = read::<DidOpenTextDocumentParams>(it.params)?.text_document;
                self.documents.open(it.uri.clone(), it.version, it.text);
                self.changed.extend(self.documents.get(&it.uri).and_then(|it| it.path.clone()));
            }
            "textDocument/didChange" => {
                let it: DidChangeTextDocumentParams = read(it.params)?;
                let uri = it.text_document.uri;
                if !self.documents.change(&uri, it.text_document.version, it.content_changes) {
                    let why = format!("`{}` is not open", uri.as_str());
                    return Err(Refusal(ErrorCode::InvalidParams, why));
                }
                self.changed.extend(self.documents.get(&uri).and_then(|it| it.path.clone()));
            }
            "textDocument/didClose" => {
                let it: DidCloseTextDocumentParams = read(it.params)?;
                let closed = self.documents.close(&it.text_document.uri);
                self.changed.extend(closed.and_then(|it| it.path));
            }
            // What else stands on the disk may have changed with it.
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {
                let open = self.documents.all().filter_map(|it| it.path.clone());
                self.changed.extend(open.collect::<Vec<_>>());
            }
            _ => {}
        }
        Ok(Value::Null)
    }

    /// Checks whatever the changed files belong to, and says what is wrong there now.
    fn check(&mut self) -> io::Result<()> {
        let changed: BTreeSet<PathBuf> = std::mem::take(&mut self.changed).into_iter().collect();
        let overlay = self.documents.overlay();
        let mut open: BTreeMap<Target, bool> = BTreeMap::new();
        for path in self.documents.all().filter_map(|it| it.path.as_ref()) {
            let target = guarded(|| Ok(self.projects.target(path, &overlay))).ok().flatten();
            if let Some(target) = target {
                *open.entry(target).or_default() |= changed.contains(path);
            }
        }
        let mut names: BTreeSet<String> = BTreeSet::new();
        for (target, is_changed) in open.clone() {
            let reaches = |(_, files): &(Findings, Vec<PathBuf>)| {
                files.iter().any(|it| changed.iter().any(|changed| is_same(it, changed)))
            };
            let before = self.checked.get(&target);
            if !is_changed && before.is_some_and(|it| !reaches(it)) {
                continue;
            }
            let looked =
                guarded(|| Ok(findings::look(&target, &mut self.projects, &self.documents)));
            match looked {
                Ok(now) => {
                    names.extend(now.0.keys().cloned());
                    let before = self.checked.insert(target, now);
                    names.extend(before.into_iter().flat_map(|(it, _)| it.into_keys()));
                }
                Err(Refusal(_, why)) => self.log(&format!("check: {why}"))?,
            }
        }
        let gone = self.checked.keys().filter(|it| !open.contains_key(it)).cloned();
        for target in gone.collect::<Vec<_>>() {
            let before = self.checked.remove(&target);
            names.extend(before.into_iter().flat_map(|(it, _)| it.into_keys()));
        }
        // An editor waits for what is wrong with a text that it has opened or changed, if only to
        // hear that nothing is.
        let of_changed = self
            .documents
            .all()
            .filter(|it| it.path.as_ref().is_some_and(|path| changed.contains(path)));
        names.extend(of_changed.map(|it| it.uri.as_str().to_owned()));
        names.into_iter().try_for_each(|it| self.publish(&it))
    }

    /// Says what is wrong in the file called `name`.
    fn publish(&mut self, name: &str) -> io::Result<()> {
        let Ok(uri) = name.parse() else { return Ok(()) };
        let mut diagnostics = Vec::new();
        for (findings, _) in self.checked.values() {
            for it in findings.get(name).into_iter().flatten() {
                if !diagnostics.contains(it) {
                    diagnostics.push(it.clone());
                }
            }
        }
        let version = self.documents.get(&uri).map(|it| it.version);
        let params = PublishDiagnosticsParams { uri, diagnostics, version };
        self.tell("textDocument/publishDiagnostics", &params)
    }

    fn log(&mut self, message: &str) -> io::Result<()> {
        const WARNING: u8 = 2;
        self.tell("window/logMessage", &json!({ "type": WARNING, "message": message }))
    }

    fn tell(&mut self, method: &str, params: &impl serde::Serialize) -> io::Result<()> {
        let params = serde_json::to_value(params).map_err(io::Error::other)?;
        let it = Notification { method: method.to_owned(), params };
        Message::Notification(it).write(&mut self.output)
    }
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    let wrong = |cause: serde_json::Error| Refusal(ErrorCode::InvalidParams, cause.to_string());
    serde_json::from_value(params).map_err(wrong)
}

fn written(it: impl serde::Serialize) -> Answer {
    let wrong = |cause: serde_json::Error| Refusal(ErrorCode::InternalError, cause.to_string());
    serde_json::to_value(it).map_err(wrong)
}

/// Does `work`; a panic in it is a bug of ours that costs the editor one answer and not its server.
fn guarded<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let why = "Pogo itself went wrong: this is a bug in it; stderr says more";
        Err(Refusal(ErrorCode::InternalError, why.to_owned()))
    })
}
