//! A headless Chromium, driven by its DevTools protocol over a pair of pipes: messages are JSON with a zero byte behind each.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use serde_json::{Value, json};

use crate::command::PATIENCE;

/// A browser with one page.
pub(crate) struct Browser {
    process: Child,
    to: File,
    from: Receiver<Value>,
    calls: u64,
    session: Value,
}

impl Browser {
    /// The program; `DUNBAR_BROWSER` names another one.
    pub(crate) fn program() -> Option<PathBuf> {
        let named = std::env::var_os("DUNBAR_BROWSER").map(PathBuf::from);
        let known = ["chromium", "chromium-browser", "google-chrome"].map(PathBuf::from);
        let works = |program: &PathBuf| {
            let version = Command::new(program).arg("--version").stderr(Stdio::null()).output();
            version.is_ok_and(|version| version.status.success())
        };
        named.into_iter().chain(known).find(works)
    }

    /// Starts it; its profile and its pipes are in `folder`.
    #[track_caller]
    pub(crate) fn start(program: &Path, folder: &Path) -> Browser {
        let pipes = ["to-browser", "from-browser"].map(|name| folder.join(name));
        let made = Command::new("mkfifo").args(&pipes).status();
        assert!(made.is_ok_and(|status| status.success()), "pipes can be made");
        // The browser expects its pipes as files 3 and 4.
        let script = "exec \"$0\" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --window-size=1280,1400 \
                      --remote-debugging-pipe --user-data-dir=\"$1\" 3<\"$2\" 4>\"$3\"";
        let mut command = Command::new("sh");
        command.args(["-c", script]).arg(program).arg(folder.join("profile")).args(&pipes);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("sh can be started");
        let to = File::options().write(true).open(&pipes[0]).expect("the pipe is there");
        let from = BufReader::new(File::open(&pipes[1]).expect("the pipe is there"));
        let (told, told_by_browser) = channel();
        std::thread::spawn(move || {
            for message in from.split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("the browser speaks JSON");
                if told.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser = Browser { process, to, from: told_by_browser, calls: 0, session: Value::Null };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = browser.call("Target.attachToTarget", json!({ "targetId": target, "flatten": true }));
        browser.session = attached["sessionId"].clone();
        browser.call("Runtime.enable", json!({}));
        browser
    }

    /// Opens a page.
    #[track_caller]
    pub(crate) fn open(&mut self, url: &str) {
        self.call("Page.navigate", json!({ "url": url }));
    }

    /// Waits until what the page shows as text is as it should be, and gives it.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, what: &str, holds: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = json!({ "expression": "document.body.innerText", "returnByValue": true });
            let answer = self.call("Runtime.evaluate", text);
            let text = answer["result"]["value"].as_str().unwrap_or_default();
            if holds(text) {
                return text.to_owned();
            }
            assert!(Instant::now() < deadline, "the page does not show {what}:\n{text}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// A picture of the page as it is, in PNG and base64.
    pub(crate) fn picture(&mut self) -> String {
        self.call("Page.captureScreenshot", json!({}))["data"].as_str().expect("a picture").to_owned()
    }

    /// Calls a method, and gives its result. An exception in the page is a failure of the test.
    #[track_caller]
    fn call(&mut self, method: &str, params: Value) -> Value {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method, "params": params });
        if self.session.is_string() {
            message["sessionId"] = self.session.clone();
        }
        let sent = self.to.write_all(format!("{message}\0").as_bytes());
        sent.expect("the browser reads");
        loop {
            let said = self.from.recv_timeout(PATIENCE).expect("the browser answers");
            assert_ne!(said["method"], "Runtime.exceptionThrown", "{said:#}");
            if said["id"] == self.calls {
                assert!(said["error"].is_null(), "{method}: {said:#}");
                return said["result"].clone();
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its helpers end when it does.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
