//! A small editor that speaks to `dunbar omt lsp` over its standard input and output.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Place;

/// How long anything may take before the test gives up: a watchdog, no measurement.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server, with everything that it said and nobody has read yet.
pub(crate) struct Editor {
    server: Child,
    input: Option<ChildStdin>,
    output: Receiver<Value>,
    said: VecDeque<Value>,
    requests: u64,
    pub(crate) place: Place,
}

/// The messages of a stream, one after the other.
fn read(stream: impl std::io::Read) -> impl Iterator<Item = Value> {
    let mut stream = BufReader::new(stream);
    std::iter::from_fn(move || {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().expect("a length"),
                _ if line.trim().is_empty() => break,
                _ => {}
            }
        }
        let mut content = vec![0; length];
        stream.read_exact(&mut content).ok()?;
        Some(serde_json::from_slice(&content).expect("the server speaks JSON"))
    })
}

impl Editor {
    /// Starts the server without a word.
    pub(crate) fn silent(place: Place) -> Editor {
        let mut command = place.command(Path::new(env!("CARGO_BIN_EXE_dunbar")));
        command.args(["omt", "lsp", "--stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = command.spawn().expect("the server can be started");
        let (sender, output) = channel();
        let stdout = server.stdout.take().expect("standard output is a pipe");
        std::thread::spawn(move || read(stdout).try_for_each(|message| sender.send(message)));
        let input = server.stdin.take();
        Editor { server, input, output, said: VecDeque::new(), requests: 0, place }
    }

    /// Starts the server and introduces itself with some capabilities.
    pub(crate) fn with(place: Place, capabilities: Value) -> (Editor, Value) {
        let root = format!("file://{}", place.path().display());
        let mut editor = Editor::silent(place);
        let folders = json!([{ "uri": root, "name": "test" }]);
        let params =
            json!({ "processId": null, "rootUri": root, "workspaceFolders": folders, "capabilities": capabilities });
        let result = editor.ask("initialize", params);
        editor.tell("initialized", json!({}));
        (editor, result)
    }

    pub(crate) fn new(place: Place) -> Editor {
        Editor::with(place, json!({})).0
    }

    pub(crate) fn uri(&self, name: &str) -> String {
        format!("file://{}", self.place.path().join(name).display())
    }

    /// Writes bytes as they are.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("standard input is open");
        input.write_all(bytes).and_then(|()| input.flush()).expect("the server reads");
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.write(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    /// Sends a notification.
    pub(crate) fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and gives the number by which its answer is known.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> u64 {
        self.requests += 1;
        let id = self.requests;
        let mut message = json!({ "jsonrpc": "2.0", "id": id, "method": method });
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
        id
    }

    /// Answers a request of the server.
    pub(crate) fn answer(&mut self, id: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": null }));
    }

    /// The next message that is meant, in whatever order they come.
    #[track_caller]
    pub(crate) fn wait(&mut self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.said.iter().position(&is) {
            return self.said.remove(at).expect("it is there");
        }
        loop {
            let Ok(message) = self.output.recv_timeout(PATIENCE) else {
                panic!("the server never said {what}; what nobody read: {:?}", self.said)
            };
            if is(&message) {
                return message;
            }
            self.said.push_back(message);
        }
    }

    #[track_caller]
    pub(crate) fn response(&mut self, id: u64) -> Value {
        self.wait(&format!("an answer to {id}"), |message| message["id"] == id && message.get("method").is_none())
    }

    /// The result of a request.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        let response = self.response(id);
        assert!(response.get("error").is_none(), "{method}: {response}");
        response["result"].clone()
    }

    /// The error with which a request is refused.
    #[track_caller]
    pub(crate) fn refused(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        let response = self.response(id);
        assert!(response.get("result").is_none(), "{method}: {response}");
        response["error"].clone()
    }

    pub(crate) fn open(&mut self, name: &str, text: &str) {
        let uri = self.uri(name);
        let document = json!({ "uri": uri, "languageId": "omt", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub(crate) fn change(&mut self, name: &str, version: i32, changes: Value) {
        let document = json!({ "uri": self.uri(name), "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// The findings for a version of a document, or for a closed one.
    #[track_caller]
    pub(crate) fn findings(&mut self, name: &str, version: Option<i32>) -> Vec<Value> {
        let uri = self.uri(name);
        let message = self.wait(&format!("findings for {name} {version:?}"), |message| {
            let params = &message["params"];
            message["method"] == "textDocument/publishDiagnostics"
                && params["uri"] == uri.as_str()
                && params["version"].as_i64() == version.map(i64::from)
        });
        message["params"]["diagnostics"].as_array().expect("a list").clone()
    }

    /// The codes of the findings.
    #[track_caller]
    pub(crate) fn codes(&mut self, name: &str, version: i32) -> Vec<String> {
        let found = self.findings(name, Some(version));
        found.iter().map(|finding| finding["code"].as_str().expect("a code").to_owned()).collect()
    }

    /// What a request about a place gives.
    #[track_caller]
    pub(crate) fn at(&mut self, method: &str, name: &str, place: (u32, u32)) -> Value {
        let params = self.place(name, place);
        self.ask(method, params)
    }

    pub(crate) fn place(&self, name: &str, (line, character): (u32, u32)) -> Value {
        json!({ "textDocument": { "uri": self.uri(name) }, "position": { "line": line, "character": character } })
    }

    /// Shuts the server down, as an editor should; gives its exit code and what it printed to standard error.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.ended()
    }

    /// Waits for the end of the server. Standard input stays open: `exit` must do.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let input = self.input.take();
        let mut error = String::new();
        let mut stderr = self.server.stderr.take().expect("standard error is a pipe");
        let mut waited = Duration::ZERO;
        let status = loop {
            match self.server.try_wait().expect("the server can be asked") {
                Some(status) => break status,
                None if waited > PATIENCE => panic!("the server does not end"),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
            waited += Duration::from_millis(5);
        };
        drop(input);
        stderr.read_to_string(&mut error).expect("standard error is text");
        (status.code(), error)
    }

    /// Closes standard input without a word.
    pub(crate) fn hang_up(mut self) -> (Option<i32>, String) {
        self.input = None;
        self.ended()
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // Of a test that failed; otherwise it has ended.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
