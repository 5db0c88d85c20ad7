//! A network of nodes on loopback, for the tests beside this file.

use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take that takes milliseconds on an idle machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The command under test.
pub(crate) fn dunbar(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dunbar"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.output().expect("the command can be started")
}

/// Standard output of a command that must succeed.
pub(crate) fn succeed(arguments: &[&str], folder: &Path) -> String {
    let output = dunbar(arguments, folder);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "dunbar {arguments:?}: {}\n{stderr}", output.status);
    String::from_utf8(output.stdout).expect("the command prints UTF-8")
}

/// Some nodes that all know each other.
pub(crate) struct Network {
    pub(crate) folder: TempDir,
    names: Vec<String>,
    pub(crate) ids: Vec<String>,
    running: Vec<Option<Child>>,
}

impl Network {
    /// Keys and configurations of nodes of these names; `role` gives a node's role in TOML once the identities are known.
    pub(crate) fn new(names: &[&str], role: impl Fn(&str, &[String]) -> String) -> Network {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let ids: Vec<String> =
            names.iter().map(|name| succeed(&["node", "keygen", name], folder.path()).trim().to_owned()).collect();
        let ports = free_ports(names.len());
        let founding: String = ids.iter().map(|id| format!("\"{id}\" = \"100 OMC\"\n")).collect();
        for (me, name) in names.iter().enumerate() {
            let others = (0..names.len()).filter(|other| *other != me);
            let peer =
                |other: usize| format!("[[peer]]\nid = \"{}\"\naddress = \"127.0.0.1:{}\"\n", ids[other], ports[other]);
            let peers: String = others.map(peer).collect();
            let text = format!(
                "listen = \"127.0.0.1:{}\"\nfolder = \"{name}\"\ntrace = true\nrole = {}\n\n[founding]\n{founding}\n\
                 [parameters]\nkeepalive = \"500 ms\"\n\n{peers}",
                ports[me],
                role(name, &ids)
            );
            std::fs::write(folder.path().join(format!("{name}.toml")), text).expect("a configuration is written");
        }
        let running = names.iter().map(|_| None).collect();
        Network { folder, names: names.iter().map(|name| (*name).to_owned()).collect(), ids, running }
    }

    /// Honest nodes only.
    pub(crate) fn honest(names: &[&str]) -> Network {
        Network::new(names, |_, _| "\"honest\"".to_owned())
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a node, and waits until it answers.
    pub(crate) fn start(&mut self, node: usize) {
        let name = &self.names[node];
        let log = std::fs::File::options().create(true).append(true).open(self.log_path(node)).expect("a log");
        let config = format!("{name}.toml");
        let mut command = Command::new(env!("CARGO_BIN_EXE_dunbar"));
        command.args(["node", "run", &config]).current_dir(self.path()).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(log);
        self.running[node] = Some(command.spawn().expect("a node can be started"));
        self.wait_for(node, "an answer", |_| true);
    }

    pub(crate) fn start_all(&mut self) {
        (0..self.names.len()).for_each(|node| self.start(node));
    }

    /// Kills a node at once, as `kill -9` does.
    pub(crate) fn kill(&mut self, node: usize) {
        if let Some(mut child) = self.running[node].take() {
            child.kill().expect("a node can be killed");
            child.wait().expect("a killed node ends");
        }
    }

    /// Asks a node to stop with SIGTERM, and waits for its end.
    pub(crate) fn stop(&mut self, node: usize) {
        let Some(mut child) = self.running[node].take() else { return };
        let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(asked.is_ok_and(|status| status.success()), "SIGTERM can be sent");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = child.try_wait().expect("a node can be waited for") {
                assert!(status.success(), "{} ended with {status}\n{}", self.names[node], self.log(node));
                return;
            }
            assert!(Instant::now() < deadline, "{} does not stop\n{}", self.names[node], self.log(node));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn stop_all(&mut self) {
        (0..self.names.len()).for_each(|node| self.stop(node));
    }

    /// Has a node pay, and gives its reply.
    pub(crate) fn pay(&self, node: usize, to: usize, amount: &str) -> Value {
        let command = format!("{{\"pay\": {{\"to\": \"{}\", \"amount\": \"{amount}\"}}}}", self.ids[to]);
        let reply = succeed(&["node", "send", &format!("{}.toml", self.names[node]), &command], self.path());
        serde_json::from_str(&reply).expect("a reply is JSON")
    }

    /// What may be seen of a node; `None` while it does not answer.
    pub(crate) fn view(&self, node: usize) -> Option<Value> {
        let output = dunbar(&["node", "view", &format!("{}.toml", self.names[node])], self.path());
        output.status.success().then(|| serde_json::from_slice(&output.stdout).expect("a view is JSON"))
    }

    /// Waits until the view of a node is as it should be.
    pub(crate) fn wait_for(&self, node: usize, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let view = self.view(node);
            if let Some(view) = view.as_ref().filter(|view| holds(view)) {
                return view.clone();
            }
            let name = &self.names[node];
            assert!(Instant::now() < deadline, "{name}: no {what}\nview: {view:#?}\nlog:\n{}", self.log(node));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn trace(&self, node: usize) -> PathBuf {
        self.path().join(&self.names[node]).join("node.trace")
    }

    fn log_path(&self, node: usize) -> PathBuf {
        self.path().join(format!("{}.log", self.names[node]))
    }

    pub(crate) fn log(&self, node: usize) -> String {
        std::fs::read_to_string(self.log_path(node)).unwrap_or_default()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        (0..self.names.len()).for_each(|node| self.kill(node));
    }
}

/// Ports that nobody has right now. Another process may take one before the node does; the node says so, and the test
/// fails with its log.
fn free_ports(count: usize) -> Vec<u16> {
    let sockets: Vec<UdpSocket> =
        (0..count).map(|_| UdpSocket::bind("127.0.0.1:0").expect("a port on loopback")).collect();
    sockets.iter().map(|socket| socket.local_addr().expect("a bound socket has an address").port()).collect()
}
