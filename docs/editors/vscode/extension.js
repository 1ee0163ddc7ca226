// Starts `pogo lsp` and hands it what is open. Everything else is the server's.

const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function activate() {
  const settings = workspace.getConfiguration("pogo");
  const fixture = settings.get("fixture");
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
  const server = { command: settings.get("path"), args: ["lsp"], options: { cwd: folder } };
  client = new LanguageClient("pogo", "Pogo", server, {
    documentSelector: [
      { scheme: "file", language: "rhai" },
      { scheme: "file", pattern: "**/*.toml" },
    ],
    initializationOptions: fixture ? { fixture } : {},
    synchronize: { fileEvents: workspace.createFileSystemWatcher("**/*.{rhai,toml}") },
  });
  return client.start();
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
