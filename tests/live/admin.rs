//! The admin API, from outside.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::command::PATIENCE;
use crate::network::Network;

/// Sends one request as it stands, and gives the answer's status and body.
fn http(address: &str, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    (head[9..12].parse().expect("a status"), body.to_owned())
}

fn get(address: &str, path: &str, host: &str) -> (u16, String) {
    http(address, &format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"))
}

fn post(address: &str, body: &str, more: &str) -> (u16, String) {
    let length = body.len();
    http(
        address,
        &format!(
            "POST /v1/command HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n{more}\r\n{body}"
        ),
    )
}

#[test]
fn everybody_on_the_machine_may_read_and_who_has_the_token_may_write() {
    let mut network = Network::honest(&["alice", "bob"]);
    let admin = network.offer_admin(0);
    network.start_all();
    network.wait_for_status(0, "ok");
    for (path, holds) in [
        ("/health", "\"ok\""),
        ("/ready", "true"),
        ("/v1/node", "\"village\""),
        ("/v1/view", "\"chains\""),
        ("/v1/peers", network.ids[1].as_str()),
        ("/metrics", "# TYPE dunbar_commit_seconds histogram"),
        ("/metrics", "dunbar_store_bytes{of=\"file\"} "),
        ("/metrics", "dunbar_refused_total{reason=\"stranger\"} 0"),
        ("/openapi.json", "\"/v1/command\""),
        ("/", "<!doctype html>"),
    ] {
        let (code, body) = get(&admin, path, &admin);
        assert!(code == 200 && body.contains(holds), "{path}: {code} {body}");
    }
    assert_eq!(get(&admin, "/nothing", &admin).0, 404);
    assert_eq!(get(&admin, "/v1/view", "evil.example").0, 403, "another name may be a page on the web");
    let pay = format!("{{\"pay\": {{\"to\": \"{}\", \"amount\": \"1 OMC\"}}}}", network.ids[1]);
    assert_eq!(post(&admin, &pay, "").0, 401);
    assert_eq!(post(&admin, &pay, "authorization: Bearer wrong\r\n").0, 401);
    let token = std::fs::read_to_string(network.path().join("alice/admin-token")).unwrap();
    let bearer = format!("authorization: Bearer {token}\r\n");
    assert_eq!(post(&admin, &pay, &format!("{bearer}origin: http://evil.example\r\n")).0, 403);
    assert_eq!(post(&admin, "{\"steal\": 1}", &bearer).0, 422);
    assert_eq!(post(&admin, &"x".repeat(70_000), &bearer).0, 413);
    let (code, reply) = post(&admin, &pay, &bearer);
    assert!(code == 200 && reply.contains("paid"), "{code} {reply}");
    let status = network.ask("status", 0, &[]).ended(0).out;
    assert!(status.contains("health     ok") && status.contains("village"), "{status}");
    network.wait_for(0, "connection", |_| {
        let peers = network.ask("peers", 0, &[]).ended(0).out;
        peers.contains(&network.ids[1]) && peers.contains("yes")
    });
}

#[test]
fn what_happens_can_be_followed() {
    let mut network = Network::honest(&["alice", "bob"]);
    network.start_all();
    network.wait_for_status(1, "ok");
    let follower = network.ask_in_background("tail", 1, &["--count", "1"]);
    // The follower needs a moment to subscribe; payments go on until it has seen something.
    let deadline = Instant::now() + PATIENCE;
    while !follower.is_finished() {
        network.pay(0, 1, "0.1 OMC");
        assert!(Instant::now() < deadline, "nobody was told");
        sleep(Duration::from_millis(50));
    }
    let event = follower.join().expect("it ends").ended(0).json();
    assert!(event["observed"].is_string() || event["network"].is_string(), "{event}");
}

#[test]
fn a_configuration_is_read_again_on_sighup() {
    let mut network = Network::honest(&["alice", "bob"]);
    network.start_all();
    network.wait_for(0, "connection", |_| network.ask("peers", 0, &[]).out.contains("yes"));
    let text = std::fs::read_to_string(network.config(0)).unwrap();
    std::fs::write(network.config(0), format!("expelled = [\"{}\"]\n{text}", network.ids[1])).unwrap();
    network.signal(0, "-HUP");
    network.wait_until(0, "reload", |said| said.contains("reloaded: 1 peers, 1 expelled"));
    network.wait_for(0, "expulsion", |_| !network.ask("peers", 0, &[]).out.contains("yes"));
    std::fs::write(network.config(0), text.replace("listen =", "lisen =")).unwrap();
    network.signal(0, "-HUP");
    network.wait_until(0, "refusal", |said| said.contains("did you mean `listen`?") && said.contains("not reloaded"));
    std::fs::write(network.config(0), text).unwrap();
    network.signal(0, "-HUP");
    network.wait_for(0, "return", |_| network.ask("peers", 0, &[]).out.contains("yes"));
}

/// Neither knows the other before: the invitation names nobody.
#[test]
fn a_peer_that_is_added_on_sighup_is_connected_soon_and_hears_of_payments() {
    let mut network = Network::honest(&["alice", "bob"]);
    let peers = network.without_peers(0);
    network.without_peers(1);
    let membership = |name: &str| network.path().join(name).join("network");
    std::fs::copy(membership("alice"), membership("bob")).unwrap();
    network.start_all();
    let apart = network.ask("status", 0, &["--wait=500 ms", "--peers", "1"]).ended(1).out;
    assert!(apart.contains("connected  0 peers"), "{apart}");
    let text = std::fs::read_to_string(network.config(0)).unwrap();
    std::fs::write(network.config(0), format!("{text}{peers}")).unwrap();
    network.signal(0, "-HUP");
    // A dial takes milliseconds here.
    network.ask("status", 0, &["--wait=10 s", "--peers", "1"]).ended(0);
    network.ask("status", 1, &["--wait=10 s", "--peers", "1"]).ended(0);
    network.pay(0, 1, "1 OMC");
    network.wait_for(1, "payment", |view| view["accepted"].as_array().is_some_and(|accepted| !accepted.is_empty()));
}

#[test]
fn whoever_only_keeps_connections_open_keeps_nobody_out() {
    let mut network = Network::honest(&["alice"]);
    let admin = network.offer_admin(0);
    network.start(0);
    network.wait_for_status(0, "ok");
    let connect = |request: &str| {
        let mut stream = TcpStream::connect(&admin).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        stream.write_all(request.as_bytes()).expect("it reads");
        stream
    };
    let follow = format!("GET /v1/events HTTP/1.1\r\nhost: {admin}\r\n\r\n");
    let head = |mut stream: &TcpStream| {
        let mut head = [0; 12];
        stream.read_exact(&mut head).expect("it answers");
        String::from_utf8_lossy(&head).into_owned()
    };
    let followers: Vec<TcpStream> = (0..16).map(|_| connect(&follow)).collect();
    followers.iter().for_each(|follower| assert_eq!(head(follower), "HTTP/1.1 200"));
    let (code, why) = get(&admin, "/v1/events", &admin);
    assert!(code == 503 && why.contains("16 others follow the events"), "{code} {why}");
    let half_a_request = "GET /health HTTP/1.1\r\nhost:";
    let mut idle: Vec<TcpStream> = (0..100).map(|at| connect(if at % 2 == 0 { "" } else { half_a_request })).collect();
    for path in ["/health", "/ready", "/metrics"] {
        assert_eq!(get(&admin, path, &admin).0, 200, "{path}");
    }
    let mut rest = Vec::new();
    assert_eq!(idle[0].read_to_end(&mut rest).ok(), Some(0), "the one that was idle for longest was closed");
    drop(idle);
    // Followers stay: they are told what happens, and one who goes makes room for another.
    drop(followers);
    let deadline = Instant::now() + PATIENCE;
    while head(&connect(&follow)) != "HTTP/1.1 200" {
        assert!(Instant::now() < deadline, "nobody may follow any more");
        sleep(Duration::from_millis(50));
    }
}
