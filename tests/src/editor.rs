//! An editor: speaks the language server protocol with the built program.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Program;

/// An editor with its server, which ends with it.
#[derive(Debug)]
pub struct Editor {
    server: Child,
    input: Option<ChildStdin>,
    output: Receiver<Value>,
    asked: i32,
    version: i32,
    /// Notifications that came while an answer was awaited.
    heard: Vec<Value>,
}

impl Editor {
    /// Starts `pogo lsp` in `folder`, told `line` besides, without a word to it.
    ///
    /// # Panics
    ///
    /// It cannot be started.
    pub fn silent(folder: &Path, line: &str) -> Self {
        let mut command = Program::command(folder, &format!("lsp {line}"));
        let mut server = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let input = server.stdin.take();
        let mut stdout = BufReader::new(server.stdout.take().expect("its stdout"));
        let (sender, output) = channel();
        thread::spawn(move || {
            while let Some(message) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Self { server, input, output, asked: 0, version: 0, heard: Vec::new() }
    }

    /// The same, and both have said who they are.
    ///
    /// # Panics
    ///
    /// The server does not answer.
    pub fn start(folder: &Path, line: &str) -> Self {
        let mut editor = Self::silent(folder, line);
        let answer = editor.ask("initialize", &json!({ "capabilities": {} }));
        assert_eq!(answer["result"]["serverInfo"]["name"], "pogo", "{answer}");
        editor.tell("initialized", &json!({}));
        editor
    }

    /// The server's process.
    pub fn id(&self) -> u32 {
        self.server.id()
    }

    /// Sends these bytes as they are.
    ///
    /// # Panics
    ///
    /// The server does not read any more.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("an open stdin");
        input.write_all(bytes).and_then(|()| input.flush()).expect("a server that reads");
    }

    /// Sends a message.
    pub fn send(&mut self, message: &Value) {
        let body = message.to_string();
        self.send_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }

    /// Sends a notification.
    pub fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request, and gives the whole answer to it.
    ///
    /// # Panics
    ///
    /// The server ends without one.
    pub fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.hear().expect("an answer");
            if message["id"] == id {
                return message;
            }
            self.heard.push(message);
        }
    }

    /// The next message of the server's; `None` at the end.
    ///
    /// # Panics
    ///
    /// There is none within a minute: a promise that is broken must not be waited for.
    pub fn hear(&mut self) -> Option<Value> {
        match self.output.recv_timeout(Duration::from_secs(60)) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("the server says nothing"),
        }
    }

    /// The next time that the server says what is wrong in the file at `path`.
    ///
    /// # Panics
    ///
    /// It ends before.
    pub fn diagnostics(&mut self, path: &Path) -> Vec<Value> {
        let uri = uri(path);
        loop {
            let message = match self.heard.is_empty() {
                true => self.hear().expect("diagnostics"),
                false => self.heard.remove(0),
            };
            if message["params"]["uri"] == uri {
                return message["params"]["diagnostics"].as_array().expect("a list").clone();
            }
        }
    }

    /// Opens the file at `path` with `text` in it.
    pub fn open(&mut self, path: &Path, text: &str) {
        self.version += 1;
        let language =
            if path.extension().is_some_and(|it| it == "toml") { "toml" } else { "rhai" };
        let document = json!({
            "uri": uri(path), "languageId": language, "version": self.version, "text": text,
        });
        self.tell("textDocument/didOpen", &json!({ "textDocument": document }));
    }

    /// Replaces what stands between two places, each a line and a character from 0, in the open
    /// file at `path`.
    pub fn edit(&mut self, path: &Path, from: (u32, u32), to: (u32, u32), text: &str) {
        self.version += 1;
        let range = json!({ "start": place(from), "end": place(to) });
        self.tell(
            "textDocument/didChange",
            &json!({
                "textDocument": { "uri": uri(path), "version": self.version },
                "contentChanges": [{ "range": range, "text": text }],
            }),
        );
    }

    /// The result of asking `what` of a place, a line and a character from 0, in the open file at
    /// `path`.
    pub fn at(&mut self, what: &str, path: &Path, at: (u32, u32)) -> Value {
        let params = json!({ "textDocument": { "uri": uri(path) }, "position": place(at) });
        let answer = self.ask(&format!("textDocument/{what}"), &params);
        assert_eq!(answer["error"], Value::Null, "{answer}");
        answer["result"].clone()
    }

    /// What is completed at a place, by name.
    pub fn completed(&mut self, path: &Path, at: (u32, u32)) -> Vec<String> {
        let result = self.at("completion", path, at);
        let items = result.as_array().expect("a list");
        items.iter().map(|it| it["label"].as_str().expect("a label").to_owned()).collect()
    }

    /// Closes the server's stdin.
    pub fn hang_up(&mut self) {
        self.input = None;
    }

    /// Waits for the server to end.
    ///
    /// # Panics
    ///
    /// It cannot be waited for.
    pub fn ended(&mut self) -> ExitStatus {
        self.server.wait().expect("its exit code")
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// How the protocol names the file at `path`.
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// The next message in `input`; `None` at its end.
fn read(input: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).expect("a header") == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", it)) => length = Some(it.parse().expect("a length")),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length.expect("a length")];
    input.read_exact(&mut body).expect("a body");
    Some(serde_json::from_slice(&body).expect("JSON"))
}

fn place((line, character): (u32, u32)) -> Value {
    json!({ "line": line, "character": character })
}
