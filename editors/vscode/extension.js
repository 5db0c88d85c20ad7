// Starts `dunbar omt lsp` for the files of this language. Without the client library the files are coloured only.
const vscode = require("vscode");

let client;

async function activate() {
  let library;
  try {
    library = require("vscode-languageclient/node");
  } catch {
    vscode.window.showWarningMessage("OMT: run `npm install` in the folder of this extension to start the language server.");
    return;
  }
  const command = vscode.workspace.getConfiguration("omt").get("server.path", "dunbar");
  const server = { command, args: ["omt", "lsp"], transport: library.TransportKind.stdio };
  client = new library.LanguageClient("omt", "OMT", server, { documentSelector: [{ language: "omt" }] });
  try {
    await client.start();
  } catch (error) {
    vscode.window.showErrorMessage(`OMT: ${command} omt lsp cannot be started (${error.message}): set omt.server.path.`);
  }
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
