//! What an operator gets wrong: a clear sentence, a way out and exit code 2, never a panic.

use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use crate::command::{PATIENCE, Ran, command, dunbar, signal};
use crate::network::Network;

/// Standard error of a command that must be refused, without the breaks of long lines.
#[track_caller]
fn said(ran: Ran) -> String {
    let said = ran.ended(2).said();
    assert!(said.contains("help: "), "there is no way out in\n{said}");
    said
}

fn let_others_in(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_second_process_on_the_same_folder_is_refused() {
    let mut network = Network::honest(&["alice"]);
    network.start(0);
    let said = said(network.ask("run", 0, &[]));
    assert!(said.contains("alice/store is in use") && said.contains("stop the other process"), "{said}");
    assert!(network.view(0).is_some(), "the first one goes on");
}

#[test]
fn a_key_that_is_missing_damaged_or_readable_by_others_is_refused() {
    let network = Network::honest(&["alice"]);
    let key = network.path().join("alice/key");
    let_others_in(&key, 0o644);
    for action in ["run", "id"] {
        let ran =
            if action == "run" { network.ask("run", 0, &[]) } else { dunbar(&["node", "id", "alice"], network.path()) };
        let said = said(ran);
        assert!(said.contains("others can read alice/key") && said.contains("chmod 600 alice/key"), "{said}");
    }
    std::fs::write(&key, "zz").unwrap();
    let_others_in(&key, 0o600);
    assert!(said(network.ask("run", 0, &[])).contains("alice/key is no key"));
    std::fs::remove_file(&key).unwrap();
    assert!(said(network.ask("run", 0, &[])).contains("`dunbar node keygen alice` makes one"));
    // Whoever has a key that he cannot read does not want a second one.
    std::fs::create_dir(&key).unwrap();
    let_others_in(&key, 0o700);
    assert!(said(network.ask("run", 0, &[])).contains("the node runs as the user to whom its key belongs"));
    let_others_in(&network.path().join("alice"), 0o755);
    assert!(said(network.ask("run", 0, &[])).contains("run `chmod 700 alice`"));
}

#[test]
fn what_a_node_writes_only_its_owner_may_read() {
    let mut network = Network::honest(&["alice"]);
    network.start(0);
    network.stop(0, "-TERM");
    for entry in std::fs::read_dir(network.path().join("alice")).unwrap().map(Result::unwrap) {
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", entry.path().display());
    }
    let said = said(dunbar(&["node", "found", "alice.toml", " "], network.path()));
    assert!(said.contains("a network needs a name"), "{said}");
}

#[test]
fn a_node_without_a_network_and_a_token_that_is_none_are_said_so() {
    let network = Network::honest(&["alice", "bob"]);
    let token = network.ask("invite", 0, &[]).ended(0).out;
    let token = token.trim();
    assert!(
        said(network.ask("join", 1, &[token])).contains("bob/network exists: this node belongs to a network already")
    );
    std::fs::remove_file(network.path().join("bob/network")).unwrap();
    assert!(said(network.ask("run", 1, &[])).contains("`dunbar node join CONFIG TOKEN` joins one"));
    assert!(said(network.ask("join", 1, &["dunbar1"])).contains("an invitation begins with dunbar1-"));
    assert!(said(network.ask("join", 1, &[&token[..token.len() - 1]])).contains("copy all of it"));
    network.ask("join", 1, &[token]).ended(0);
    let_others_in(&network.path().join("bob/network"), 0o640);
    assert!(said(network.ask("run", 1, &[])).contains("chmod 600 bob/network"));
}

#[test]
fn a_node_of_another_network_learns_nothing() {
    let mut network = Network::honest(&["alice", "bob"]);
    std::fs::remove_file(network.path().join("bob/network")).unwrap();
    network.ask("found", 1, &["elsewhere"]).ended(0);
    network.start_all();
    network.pay(0, 1, "10 OMC");
    network.wait_until(1, "refusal", |said| said.contains("another network"));
    assert_eq!(network.view(1).unwrap()["chains"], serde_json::json!([]));
}

#[test]
fn a_port_that_is_taken_is_named() {
    let network = Network::honest(&["alice"]);
    let text = std::fs::read_to_string(network.config(0)).unwrap();
    let port = text.lines().find_map(|line| line.strip_prefix("listen = \"127.0.0.1:")).unwrap().trim_end_matches('"');
    let _taken = UdpSocket::bind(format!("127.0.0.1:{port}")).unwrap();
    let said = said(network.ask("run", 0, &[]));
    assert!(said.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{said}");
    assert!(
        said.contains(&format!("another program has port {port}; `ss -lunp 'sport = :{port}'` says which")),
        "{said}"
    );
}

#[test]
fn an_address_that_is_not_the_machines_is_named() {
    let network = Network::honest(&["alice"]);
    let text = std::fs::read_to_string(network.config(0)).unwrap();
    std::fs::write(network.config(0), text.replace("listen = \"127.0.0.1:", "listen = \"192.0.2.1:")).unwrap();
    let said = said(network.ask("run", 0, &[]));
    assert!(said.contains("192.0.2.1 is no address of this machine; `ip addr` lists those that are"), "{said}");
}

#[test]
fn a_mistake_in_a_configuration_is_shown_where_it_is() {
    let network = Network::honest(&["alice", "bob"]);
    let text = std::fs::read_to_string(network.config(0)).unwrap();
    let [alice, bob] = [0, 1].map(|node| network.ids[node].as_str());
    let last_peer = text.split_once("[[peer]]").map(|(_, peer)| format!("[[peer]]{peer}")).unwrap();
    let last_line = text.lines().count() + 2;
    let bob_at = text.lines().last().unwrap().to_owned();
    for (edit, expected, place) in [
        (text.replace("listen =", "lisen ="), "did you mean `listen`?", "1:1".to_owned()),
        (text.replace("127.0.0.1:", "localhost:"), "write an address and a port", "1:10".to_owned()),
        (text.replace("trace = true", "trace = maybe"), "the file is TOML", "3:9".to_owned()),
        (text.replace("\"honest\"", "\"hones\""), "did you mean `honest`?", "4:8".to_owned()),
        (text.replace("\"honest\"", "\"double-spender\""), "with its parameters", "4:8".to_owned()),
        (text.replacen("100 OMC", "100 EUR", 1), "such as \"10 OMC\"", "7:70".to_owned()),
        (text.replacen("\"100 OMC\"", "100", 1), "write \"100 OMC\", or \"100 uOMC\"", "7:70".to_owned()),
        (text.replace("keepalive", "keep-alive"), "did you mean `keepalive`?", "11:1".to_owned()),
        (text.replace(&format!("id = \"{bob}"), "id = \"#1"), "a numbered stand-in is no live peer", "14:6".to_owned()),
        (text.replace(&format!("id = \"{bob}"), "id = \"b0b"), "64 hexadecimal digits", "14:6".to_owned()),
        (
            text.replace(&format!("id = \"{bob}"), &format!("id = \"{alice}")),
            "this is the node itself",
            "14:6".to_owned(),
        ),
        (
            text.replace(&format!("id = \"{bob}"), &format!("id = \"{}", "0".repeat(64))),
            "no key has this identity",
            "14:6".to_owned(),
        ),
        (text.replace(&bob_at, "address = \"127.0.0.1:0\""), "nobody can dial port 0", "15:11".to_owned()),
        (text.replace(&bob_at, "address = \"0.0.0.0:4001\""), "nobody can dial 0.0.0.0", "15:11".to_owned()),
        (
            format!("announce = [\"[::]:4001\"]\n{text}"),
            "write the one by which the node is reached",
            "1:13".to_owned(),
        ),
        (format!("expelled = [\"{alice}\"]\n{text}"), "this is the node itself", "1:13".to_owned()),
        (format!("{text}{last_peer}"), "a peer is listed twice", format!("{}:6", last_line)),
    ] {
        assert_ne!(edit, text, "{expected}");
        std::fs::write(network.config(0), edit).unwrap();
        let said = said(network.ask("run", 0, &[]));
        assert!(said.contains(expected), "expected {expected}:\n{said}");
        assert!(said.contains(&format!("╭─[alice.toml:{place}]")), "expected {place}:\n{said}");
        assert!(said.contains("╰── here"), "{said}");
    }
    std::fs::remove_file(network.config(0)).unwrap();
    assert!(said(network.ask("run", 0, &[])).contains("cannot read alice.toml"));
}

#[test]
fn a_program_reads_what_went_wrong_as_json() {
    let network = Network::honest(&["alice"]);
    let config = "alice.toml";
    let text = std::fs::read_to_string(network.config(0)).unwrap();
    std::fs::write(network.path().join("bad.toml"), text.replace("listen =", "lisen =")).unwrap();
    for (arguments, expected) in [
        (vec!["run", "bad.toml"], "unknown field `lisen`"),
        (vec!["run", config, "--recove"], "unexpected argument '--recove'"),
        (vec!["send", config], "required arguments were not provided"),
        (vec!["send", config, "pay bob"], "the command is no JSON"),
        (vec!["send", config, "{}"], "cannot reach a node"),
        (vec!["tail", config, "--count", "some"], "invalid value 'some'"),
        (vec!["tail", config], "cannot reach a node"),
        (vec!["view", config], "cannot reach a node"),
        (vec!["status", config, "--wait=soon"], "invalid value 'soon'"),
        (vec!["status", config, "--wait=10 ms"], "cannot reach a node"),
        (vec!["peers", "none.toml"], "cannot read none.toml"),
        (vec!["keygen", "alice"], "a second key"),
        (vec!["id", "nobody"], "nobody/key"),
        (vec!["found", config, "again"], "alice/network exists"),
        (vec!["invite", "none.toml"], "cannot read none.toml"),
        (vec!["join", config, "dunbar1"], "an invitation begins with dunbar1-"),
        (vec!["dance"], "unrecognized subcommand 'dance'"),
    ] {
        let ran = dunbar(&[&["node"], arguments.as_slice(), &["--json"]].concat(), network.path()).ended(2);
        let said: serde_json::Value =
            serde_json::from_str(&ran.err).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", ran.err));
        let error = said["error"].as_str().expect("a sentence");
        assert!(error.contains(expected) && said["code"] == 2 && ran.out.is_empty(), "{arguments:?}: {said}");
    }
    let placed = dunbar(&["node", "run", "bad.toml", "--json"], network.path()).err;
    assert!(placed.contains(r#""file":"bad.toml""#) && placed.contains(r#""line":1"#), "{placed}");
    let id = dunbar(&["node", "id", "alice", "--json"], network.path()).ended(0).json();
    assert_eq!(id["peer"], network.ids[0]);
}

#[test]
fn a_log_is_json_to_the_last_line_or_its_format_is_refused() {
    let network = Network::honest(&["alice"]);
    let run = |variable: &str, value: &str| {
        let mut run = command(&["node", "run", "alice.toml"], network.path());
        run.env(variable, value).stdout(Stdio::null()).stderr(Stdio::piped());
        run
    };
    for (variable, value, choices) in
        [("DUNBAR_LOG_FORMAT", "xml", "write `human` or `json`"), ("DUNBAR_LOG", "network=loud", "write a level")]
    {
        let refused = run(variable, value).output().unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(refused.status.code() == Some(2) && said.contains(value) && said.contains(choices), "{said}");
    }
    let node = run("DUNBAR_LOG_FORMAT", "json").spawn().unwrap();
    network.ask("status", 0, &["--wait"]).ended(0);
    network.ask("run", 0, &[]).ended(2);
    signal(node.id(), "-TERM");
    let ended = node.wait_with_output().unwrap();
    assert!(ended.status.success());
    let mut log = String::from_utf8(ended.stderr).unwrap();
    assert!(log.contains("listens on") && log.contains("stopping"), "{log}");
    std::fs::remove_file(network.path().join("alice/store")).unwrap();
    log += &String::from_utf8(run("DUNBAR_LOG_FORMAT", "json").output().unwrap().stderr).unwrap();
    assert!(log.contains("store is missing"), "{log}");
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

#[test]
fn a_trace_with_other_parameters_is_not_continued() {
    let mut network = Network::honest(&["alice"]);
    network.start(0);
    network.stop(0, "-TERM");
    let text = std::fs::read_to_string(network.config(0)).unwrap();
    std::fs::write(network.config(0), text.replace("500 ms", "400 ms")).unwrap();
    let said = said(network.ask("run", 0, &[]));
    assert!(said.contains("alice/node.trace cannot be continued") && said.contains("move it away"), "{said}");
    assert!(said.contains("other parameters"), "{said}");
}

#[test]
fn another_founding_document_than_the_one_of_the_first_start_is_named() {
    let mut network = Network::honest(&["alice", "bob"]);
    let text = std::fs::read_to_string(network.config(0)).unwrap();
    let bob = network.ids[1].clone();
    // Before the first start it may be mended.
    std::fs::write(network.config(0), text.replace("100 OMC", "10 OMC")).unwrap();
    std::fs::write(network.config(0), &text).unwrap();
    network.start(0);
    network.stop(0, "-TERM");
    let entry = format!("\"{bob}\" = \"100 OMC\"\n");
    let stranger = format!("\"{}\" = \"1 OMC\"\n", "ab".repeat(32));
    for (edit, expected, placed) in [
        (text.replace(&entry, &entry.replace("100 OMC", "50 OMC")), "which says 100 OMC".to_owned(), true),
        (text.replace(&entry, ""), format!("`[founding]` lacks {bob}, who has 100 OMC"), false),
        (text.replace(&entry, &format!("{entry}{stranger}")), "lists somebody who is not in".to_owned(), true),
    ] {
        assert_ne!(edit, text, "{expected}");
        std::fs::write(network.config(0), edit).unwrap();
        let said = said(network.ask("run", 0, &[]));
        let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&expected) && words.contains("alice/founding has it"), "{said}");
        assert_eq!(said.contains("╭─[alice.toml:"), placed, "{said}");
    }
    std::fs::write(network.config(0), text).unwrap();
    network.start(0);
}

/// As after SIGSTOP, or on a machine that has no time for it.
#[test]
fn a_node_that_is_silent_is_waited_for_no_longer_than_was_asked() {
    let mut network = Network::honest(&["alice"]);
    network.start(0);
    network.signal(0, "-STOP");
    let pay = format!("{{\"pay\": {{\"to\": \"{}\", \"amount\": \"1 OMC\"}}}}", "ab".repeat(32));
    let began = Instant::now();
    for (action, more, hint) in [
        ("status", &["--wait=300 ms"] as &[&str], "is stopped or has more to do than it can"),
        ("status", &["--timeout=100 ms"], "`--timeout` waits longer"),
        ("view", &["--timeout=100 ms"], "see its log"),
        ("peers", &["--timeout=100 ms"], "see its log"),
        ("tail", &["--timeout=100 ms"], "see its log"),
        ("send", &[&pay, "--timeout=100 ms"], "see `dunbar node view` before you send it again"),
    ] {
        let said = said(network.ask(action, 0, more));
        assert!(said.contains("has not answered within 0.") && said.contains(hint), "{action}: {said}");
    }
    assert!(began.elapsed() < PATIENCE / 2, "{:?}", began.elapsed());
    network.signal(0, "-CONT");
    network.ask("status", 0, &["--wait"]).ended(0);
}

#[test]
fn a_node_that_does_not_run_and_a_command_that_is_none_are_said_so() {
    let mut network = Network::honest(&["alice"]);
    let said_of = |network: &Network, command: &str| said(network.ask("send", 0, &[command]));
    assert!(said(network.ask("view", 0, &[])).contains("is the node running? `dunbar node run alice.toml` starts it"));
    network.start(0);
    assert!(said_of(&network, "pay bob").contains("the command is no JSON"));
    assert!(said_of(&network, "{\"steal\": 1}").contains("unknown variant `steal`"));
    assert!(said_of(&network, "{\"pay\": {\"to\": \"bob\", \"amount\": \"1 OMC\"}}").contains("64 hexadecimal digits"));
    assert!(
        said(dunbar(&["node", "keygen", "alice"], network.path())).contains("a second key would be a second identity")
    );
    network.kill(0);
    assert!(said(network.ask("view", 0, &[])).contains("is the node running?"), "the socket is still there");
}
