//! A node whose own chain is longer than a segment, killed and started again.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::command::dunbar;
use crate::network::Network;

/// One more than a segment has, with the GENESIS, and a few behind it.
const BLOCKS: u64 = 4_200;
/// As many ask at the same time: a commit makes durable what all of them wait for.
const ASKERS: u64 = 12;
const BURN: &str = r#"{"burn": {"amount": "1 uOMC", "reason": "voluntary"}}"#;

/// Has the node behind a socket write so many blocks, one after the other over one connection.
fn burn(socket: &Path, times: u64) {
    let mut stream = UnixStream::connect(socket).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
    let mut answers = BufReader::new(stream.try_clone().expect("a second handle"));
    for _ in 0..times {
        let head = format!("POST /v1/command HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", BURN.len());
        stream.write_all([head.as_str(), BURN].concat().as_bytes()).expect("it reads");
        let (mut length, mut line) = (0, String::new());
        while line != "\r\n" {
            line.clear();
            assert!(answers.read_line(&mut line).expect("it answers") > 0, "it has closed the connection");
            let line = line.to_ascii_lowercase();
            length =
                line.strip_prefix("content-length: ").map_or(length, |text| text.trim().parse().expect("a number"));
        }
        let mut body = vec![0; length];
        answers.read_exact(&mut body).expect("a body");
        let body = String::from_utf8_lossy(&body);
        assert!(body.contains("written"), "{body}");
    }
}

#[test]
fn a_long_chain_is_there_after_a_kill_by_what_was_sealed_of_it() {
    let mut network = Network::honest(&["alice"]);
    network.start(0);
    let socket = network.socket(0);
    std::thread::scope(|scope| {
        for _ in 0..ASKERS {
            scope.spawn(|| burn(&socket, BLOCKS / ASKERS));
        }
    });
    let before = network.view(0).expect("it is there")["own"].clone();
    assert_eq!((&before["length"], &before["balance"]), (&Value::from(BLOCKS + 1), &Value::from(100_000_000 - BLOCKS)));
    network.kill(0);
    network.start_with(0, &["--alone"]);
    assert_eq!(network.view(0).expect("it is back")["own"], before);
    let next = network.ask("send", 0, &[BURN]).ended(0).json();
    assert_eq!(next["written"]["sequence"], BLOCKS + 1, "it goes on where it was");
    network.stop_all();
    // It found a segment in its store, and refused none.
    let steps = ["trace", "alice/node.trace", "--kind", "start", "--json", "--quiet"];
    let starts = dunbar(&steps, network.path()).ended(0).out;
    let starts: Vec<Value> = starts.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let segment = "0x060000000000000000: 0x";
    let found: Vec<bool> = starts.iter().map(|step| step["input"].as_str().unwrap().contains(segment)).collect();
    assert_eq!(found, [false, true]);
    assert!(!starts[1]["effects"].to_string().contains("snapshot-refused"), "{}", starts[1]["effects"]);
}
