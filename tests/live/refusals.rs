//! What an operator gets wrong: a clear sentence and exit code 2, never a panic.

use std::os::unix::fs::PermissionsExt as _;

use crate::network::{Network, dunbar};

/// Standard error of a command that must be refused.
fn refused(arguments: &[&str], network: &Network) -> String {
    let output = dunbar(arguments, network.path());
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "dunbar {arguments:?}: {stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    stderr
}

#[test]
fn a_second_process_on_the_same_folder_is_refused() {
    let mut network = Network::honest(&["alice"]);
    network.start(0);
    let stderr = refused(&["node", "run", "alice.toml"], &network);
    assert!(stderr.contains("in use") && stderr.contains("help"), "{stderr}");
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let network = Network::honest(&["alice"]);
    let key = network.path().join("alice/key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let stderr = refused(&["node", "run", "alice.toml"], &network);
    assert!(stderr.contains("chmod 600"), "{stderr}");
}

#[test]
fn a_port_that_is_taken_is_named() {
    let network = Network::honest(&["alice"]);
    let config = network.path().join("alice.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let port = text.lines().find_map(|line| line.strip_prefix("listen = \"127.0.0.1:")).unwrap().trim_end_matches('"');
    let _taken = std::net::UdpSocket::bind(format!("127.0.0.1:{port}")).unwrap();
    let stderr = refused(&["node", "run", "alice.toml"], &network);
    assert!(stderr.contains(port) && stderr.contains("listen"), "{stderr}");
}

#[test]
fn a_mistake_in_a_configuration_is_shown_where_it_is() {
    let network = Network::honest(&["alice", "bob"]);
    let config = network.path().join("alice.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    for (edit, expected) in [
        (text.replace("listen =", "lisen ="), "did you mean `listen`?"),
        (text.replace("keepalive", "keep-alive"), "did you mean `keepalive`?"),
        (text.replace("trace = true", "trace = maybe"), "alice.toml:3"),
        (text.replace(&network.ids[1], "#1"), "stand-in"),
        (format!("{text}\n{}", text.split("[[peer]]").nth(1).map(|peer| format!("[[peer]]{peer}")).unwrap()), "twice"),
    ] {
        std::fs::write(&config, edit).unwrap();
        let stderr = refused(&["node", "run", "alice.toml"], &network);
        assert!(stderr.contains(expected) && stderr.contains("alice.toml:"), "expected {expected}:\n{stderr}");
    }
}

#[test]
fn a_node_that_does_not_run_and_a_command_that_is_none_are_said_so() {
    let mut network = Network::honest(&["alice"]);
    let stderr = refused(&["node", "view", "alice.toml"], &network);
    assert!(stderr.contains("is the node running?"), "{stderr}");
    network.start(0);
    assert!(refused(&["node", "send", "alice.toml", "pay bob"], &network).contains("no JSON"));
    assert!(refused(&["node", "send", "alice.toml", "{\"steal\": 1}"], &network).contains("steal"));
    assert!(refused(&["node", "keygen", "alice"], &network).contains("second identity"));
}
