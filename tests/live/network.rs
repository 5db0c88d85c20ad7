//! A network of nodes on loopback, for the tests beside this file.

use std::fs::File;
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{self, PATIENCE, Ran, command, dunbar, ended};

/// Some nodes that all know each other.
pub(crate) struct Network {
    folder: TempDir,
    names: Vec<String>,
    pub(crate) ids: Vec<String>,
    running: Vec<Option<Child>>,
}

impl Network {
    /// Keys and configurations of nodes of these names; `role` gives a node's role in TOML once the identities are known.
    pub(crate) fn new(names: &[&str], role: impl Fn(&str, &[String]) -> String) -> Network {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let keygen = |name: &&str| dunbar(&["node", "keygen", name], folder.path()).ended(0).out.trim().to_owned();
        let ids: Vec<String> = names.iter().map(keygen).collect();
        let ports: Vec<u16> = names.iter().map(|_| free_port()).collect();
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
        let config = |name: &str| format!("{name}.toml");
        dunbar(&["node", "found", &config(names[0]), "village"], folder.path()).ended(0);
        let token = dunbar(&["node", "invite", &config(names[0])], folder.path()).ended(0).out;
        for name in &names[1..] {
            dunbar(&["node", "join", &config(name), token.trim()], folder.path()).ended(0);
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

    pub(crate) fn config(&self, node: usize) -> PathBuf {
        self.path().join(format!("{}.toml", self.names[node]))
    }

    /// Runs `dunbar node ACTION NAME.toml …` to its end.
    #[track_caller]
    pub(crate) fn ask(&self, action: &str, node: usize, more: &[&str]) -> Ran {
        let config = format!("{}.toml", self.names[node]);
        dunbar(&[&["node", action, &config], more].concat(), self.path())
    }

    /// Starts a node, and waits until it answers. A port that another process has just now is tried again.
    #[track_caller]
    pub(crate) fn start(&mut self, node: usize) {
        self.start_with(node, &[]);
    }

    /// Starts a node whose store is lost or an older copy.
    #[track_caller]
    pub(crate) fn start_recovering(&mut self, node: usize) {
        self.start_with(node, &["--recover"]);
    }

    /// Starts a node with more arguments.
    #[track_caller]
    pub(crate) fn start_with(&mut self, node: usize, more: &[&str]) {
        let deadline = Instant::now() + PATIENCE;
        self.spawn(node, more);
        while self.view(node).is_none() {
            let status = self.running[node].as_mut().and_then(|child| child.try_wait().expect("a child"));
            if let Some(status) = status {
                assert!(self.said(node).contains("in use"), "{} ended with {status}", self.names[node]);
                std::thread::sleep(Duration::from_millis(500));
                self.spawn(node, more);
            }
            assert!(Instant::now() < deadline, "{} does not answer", self.names[node]);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn spawn(&mut self, node: usize, more: &[&str]) {
        let log = |name: String| File::options().create(true).append(true).open(self.path().join(name)).expect("a log");
        let name = &self.names[node];
        let config = format!("{name}.toml");
        let mut command = command(&[&["node", "run", &config, "--json"], more].concat(), self.path());
        command.stdout(log(format!("{name}.out"))).stderr(log(format!("{name}.err")));
        self.running[node] = Some(command.spawn().expect("a node can be started"));
    }

    #[track_caller]
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

    /// Asks a node to stop with a signal, and waits for its end, which must be in order.
    #[track_caller]
    pub(crate) fn stop(&mut self, node: usize, signal: &str) {
        let Some(mut child) = self.running[node].take() else { return };
        command::signal(child.id(), signal);
        let status = ended(&mut child, PATIENCE);
        assert!(status.is_some_and(|status| status.success()), "{} ended with {status:?}", self.names[node]);
    }

    #[track_caller]
    pub(crate) fn stop_all(&mut self) {
        (0..self.names.len()).for_each(|node| self.stop(node, "-TERM"));
    }

    /// Has a node pay, and gives its reply.
    #[track_caller]
    pub(crate) fn pay(&self, node: usize, to: usize, amount: &str) -> Value {
        let command = format!("{{\"pay\": {{\"to\": \"{}\", \"amount\": \"{amount}\"}}}}", self.ids[to]);
        self.ask("send", node, &[&command]).ended(0).json()
    }

    /// Runs a command as [`ask`](Network::ask) does, beside everything else.
    pub(crate) fn ask_in_background(&self, action: &str, node: usize, more: &[&str]) -> JoinHandle<Ran> {
        let config = format!("{}.toml", self.names[node]);
        let arguments: Vec<String> =
            ["node", action, &config].iter().chain(more).map(|text| (*text).to_owned()).collect();
        let folder = self.path().to_owned();
        std::thread::spawn(move || dunbar(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), &folder))
    }

    /// Takes all `[[peer]]` out of a node's configuration, and returns them.
    pub(crate) fn without_peers(&self, node: usize) -> String {
        let text = std::fs::read_to_string(self.config(node)).expect("a configuration");
        let (alone, peers) = text.split_once("[[peer]]").expect("it has a peer");
        std::fs::write(self.config(node), alone).expect("it is written");
        format!("[[peer]]{peers}")
    }

    /// Offers the admin API of a node that is not running yet on a loopback address, which it returns.
    pub(crate) fn offer_admin(&self, node: usize) -> String {
        let address = format!("127.0.0.1:{}", free_port());
        let text = std::fs::read_to_string(self.config(node)).expect("a configuration");
        std::fs::write(self.config(node), format!("admin = \"{address}\"\n{text}")).expect("it is written");
        address
    }

    /// Sends a signal to a running node.
    pub(crate) fn signal(&self, node: usize, signal: &str) {
        let child = self.running[node].as_ref().expect("it runs");
        command::signal(child.id(), signal);
    }

    /// Lets no file of a node grow beyond so many bytes, or lifts that.
    pub(crate) fn limit_files(&self, node: usize, bytes: Option<u64>) {
        let child = self.running[node].as_ref().expect("it runs");
        command::limit_files(child.id(), bytes);
    }

    /// Waits until a node says that its health is this.
    #[track_caller]
    pub(crate) fn wait_for_status(&self, node: usize, health: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let ran = self.ask("status", node, &["--json"]);
            match serde_json::from_str::<Value>(&ran.out) {
                Ok(status) if status["health"]["status"] == health => return status,
                _ => std::thread::sleep(Duration::from_millis(50)),
            }
            assert!(Instant::now() < deadline, "{} is not {health}: {}{}", self.names[node], ran.out, ran.err);
        }
    }

    /// What may be seen of a node; `None` while it does not answer.
    pub(crate) fn view(&self, node: usize) -> Option<Value> {
        let ran = self.ask("view", node, &[]);
        (ran.code == Some(0)).then(|| ran.json())
    }

    /// Waits until the view of a node is as it should be.
    #[track_caller]
    pub(crate) fn wait_for(&self, node: usize, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let view = self.view(node);
            if let Some(view) = view.as_ref().filter(|view| holds(view)) {
                return view.clone();
            }
            assert!(Instant::now() < deadline, "{}: no {what}\nview: {view:#?}", self.names[node]);
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until what a node prints, to people or as JSON lines, is as it should be.
    #[track_caller]
    pub(crate) fn wait_until(&self, node: usize, what: &str, holds: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(&(self.said(node) + &self.log(node, "out"))) {
            assert!(Instant::now() < deadline, "{} has not said: {what}", self.names[node]);
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The socket by which a running node is asked.
    pub(crate) fn socket(&self, node: usize) -> PathBuf {
        self.path().join(&self.names[node]).join("control")
    }

    pub(crate) fn trace(&self, node: usize) -> PathBuf {
        self.path().join(&self.names[node]).join("node.trace")
    }

    /// What a node has printed as JSON lines.
    pub(crate) fn events(&self, node: usize) -> Vec<Value> {
        let printed = self.log(node, "out");
        printed.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }

    /// What a node said to people.
    pub(crate) fn said(&self, node: usize) -> String {
        self.log(node, "err")
    }

    fn log(&self, node: usize, kind: &str) -> String {
        std::fs::read_to_string(self.path().join(format!("{}.{kind}", self.names[node]))).unwrap_or_default()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        (0..self.names.len()).for_each(|node| self.kill(node));
        if std::thread::panicking() {
            for (node, name) in self.names.iter().enumerate() {
                eprintln!("--- {name} ({}) said\n{}{}", self.ids[node], self.said(node), self.log(node, "out"));
            }
        }
    }
}

/// A port that nobody has. It lies below those that a system hands out, so nothing but another test would take it.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + (std::process::id() % 1_000) as u16 * 10;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed) % 2_000;
        // TCP as well: nobody who looks for a free port in another way is in our way.
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
