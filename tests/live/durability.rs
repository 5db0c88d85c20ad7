//! What is acknowledged stays, whatever happens; and a node that has forgotten asks before it signs.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::command::{command, dunbar, limit_files, signal, skipped};
use crate::network::Network;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

fn strings(view: &Value, list: &str) -> BTreeSet<String> {
    let items = view[list].as_array().expect("a list");
    items.iter().map(|item| item["block"].as_str().expect("a hash").to_owned()).collect()
}

/// Pauses that look like chance, and are the same in every run.
fn instants() -> impl Iterator<Item = Duration> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        Duration::from_micros(state % 150_000)
    })
}

#[test]
fn a_node_that_is_killed_at_any_instant_keeps_what_it_acknowledged_and_contradicts_nothing() {
    let mut network = Network::honest(&["alice", "bob"]);
    network.start_all();
    let mut acknowledged = BTreeSet::new();
    let pay = format!("{{\"pay\": {{\"to\": \"{}\", \"amount\": \"0.01 OMC\"}}}}", network.ids[1]);
    for (round, pause) in instants().take(64).enumerate() {
        // On a busy machine most kills come before a payment.
        if round >= 8 && acknowledged.len() > 3 {
            break;
        }
        // It may still be asking its peers what it has signed.
        network.wait_for(0, "payment", |_| network.ask("send", 0, &[&pay]).out.contains("paid"));
        let kill_at = Instant::now() + pause;
        // Payments follow one another until the kill, which strikes within one of them or between two.
        let (config, folder) = (network.config(0), network.path().to_owned());
        let (pay, config) = (pay.clone(), config.to_str().unwrap().to_owned());
        let payer = std::thread::spawn(move || {
            let mut paid = Vec::new();
            loop {
                let ran = dunbar(&["node", "send", &config, &pay], &folder);
                match serde_json::from_str::<Value>(&ran.out) {
                    Ok(reply) if ran.code == Some(0) => paid.extend(reply["paid"]["block"].as_str().map(str::to_owned)),
                    _ => return paid,
                }
            }
        });
        std::thread::sleep(kill_at.saturating_duration_since(Instant::now()));
        network.kill(0);
        acknowledged.extend(payer.join().expect("the payer ends"));
        network.start(0);
        let view = network.view(0).expect("it is back");
        let sent = strings(&view, "sent");
        assert!(acknowledged.is_subset(&sent), "lost: {:?}", acknowledged.difference(&sent).collect::<Vec<_>>());
    }
    assert!(acknowledged.len() > 3, "only {} payments were acknowledged", acknowledged.len());
    let alice = network.view(0).expect("it is there");
    let bob = network.wait_for(1, "all payments", |view| view["chains"][0] == alice["own"]);
    assert!(acknowledged.is_subset(&strings(&bob, "accepted")));
    assert_eq!(bob["evidence"], Value::Array(vec![]), "nothing that was sent contradicts what is kept");
    network.stop_all();
    for node in 0..2 {
        dunbar(&["conform", network.trace(node).to_str().unwrap()], network.path()).ended(0);
    }
}

#[test]
fn a_node_on_an_old_copy_learns_what_it_has_signed_before_it_signs() {
    goes_on_from_an_old_copy(Network::honest(&["alice", "bob"]));
}

/// A founder has no peers in its configuration; it knows those that came to it.
#[test]
fn a_founder_on_an_old_copy_asks_those_whom_it_knew() {
    let network = Network::honest(&["alice", "bob"]);
    network.without_peers(0);
    goes_on_from_an_old_copy(network);
}

/// The copy was made before anybody came, so that it knows nobody to ask.
#[test]
fn a_founder_on_a_copy_that_knows_nobody_signs_nothing_until_somebody_has_answered() {
    for more in [&[] as &[&str], &["--recover"]] {
        let mut network = Network::honest(&["alice", "bob"]);
        network.without_peers(0);
        network.start(0);
        network.stop(0, "-TERM");
        let (folder, backup) = (network.path().join("alice"), network.path().join("backup"));
        copy(&folder, &backup);
        network.start_all();
        network.wait_for(0, "payment", |_| network.ask("send", 0, &[&pay(&network, 1)]).out.contains("paid"));
        let before = network.view(0).expect("it is there");
        network.wait_for(1, "payment", |view| chain_of(view, &network.ids[0]) == before["own"]);
        network.stop_all();
        std::fs::remove_dir_all(&folder).unwrap();
        copy(&backup, &folder);
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
        network.start_with(0, more);
        let refused = network.ask("send", 0, &[&pay(&network, 1)]).ended(1).out;
        assert!(refused.contains("asking-peers"), "{refused}");
        let status = network.ask("status", 0, &[]).ended(1).out;
        assert!(status.contains("0 of 0 have answered in full, 1 must"), "{status}");
        // A kill in this state changes nothing about it.
        network.kill(0);
        network.start(0);
        network.ask("send", 0, &[&pay(&network, 1)]).ended(1);
        network.start(1);
        network.wait_for(0, "payment after the restore", |_| {
            network.ask("send", 0, &[&pay(&network, 1)]).out.contains("paid")
        });
        let alice = network.view(0).expect("it is there");
        assert_eq!(alice["own"]["length"].as_u64(), before["own"]["length"].as_u64().map(|length| length + 1));
        let bob = network.wait_for(1, "second payment", |view| chain_of(view, &network.ids[0]) == alice["own"]);
        assert_eq!(bob["evidence"], Value::Array(vec![]), "nothing contradicts anything");
        network.stop_all();
        dunbar(&["conform", network.trace(0).to_str().unwrap()], network.path()).ended(0);
    }
}

#[test]
fn a_founder_to_whom_nobody_has_ever_come_goes_on_when_it_is_told_that_it_is_alone() {
    let mut network = Network::honest(&["alice", "bob"]);
    let peers = network.without_peers(0);
    network.start(0);
    network.pay(0, 1, "1 OMC");
    network.stop(0, "-TERM");
    network.start(0);
    network.ask("send", 0, &[&pay(&network, 1)]).ended(1);
    assert!(network.said(0).contains("`dunbar node run alice.toml --alone` goes on at once"), "{}", network.said(0));
    network.stop(0, "-TERM");
    network.start_with(0, &["--alone"]);
    network.pay(0, 1, "1 OMC");
    assert_eq!(network.view(0).expect("it is there")["own"]["length"], 3, "a beginning and two payments");
    network.stop(0, "-TERM");
    // Whoever knows somebody is not alone.
    let alone = std::fs::read_to_string(network.config(0)).unwrap();
    std::fs::write(network.config(0), alone + &peers).unwrap();
    let said = network.ask("run", 0, &["--alone"]).ended(2).said();
    assert!(said.contains("it knows a peer to ask") && said.contains("leave --alone away"), "{said}");
    network.ask("run", 0, &["--alone", "--recover"]).ended(2);
}

/// Alice pays Bob, is copied, pays again; the copy comes back, and she signs nothing that contradicts the second payment.
fn goes_on_from_an_old_copy(mut network: Network) {
    network.start_all();
    let pay = |network: &Network| {
        let pay = format!("{{\"pay\": {{\"to\": \"{}\", \"amount\": \"1 OMC\"}}}}", network.ids[1]);
        network.ask("send", 0, &[&pay]).out
    };
    let known_to_bob = |network: &Network, what: &str| {
        let alice = network.view(0).expect("it is there");
        (network.wait_for(1, what, |view| view["chains"][0] == alice["own"]), alice)
    };
    assert!(pay(&network).contains("paid"));
    known_to_bob(&network, "first payment");
    network.stop(0, "-TERM");
    let (folder, backup) = (network.path().join("alice"), network.path().join("backup"));
    copy(&folder, &backup);
    network.start(0);
    network.wait_for(0, "second payment", |_| pay(&network).contains("paid"));
    let (_, after) = known_to_bob(&network, "second payment");
    network.stop_all();
    // The whole folder is restored, so that nothing in it shows that it is old; and nobody is there to ask.
    copy(&backup, &folder);
    network.start(0);
    let refused = pay(&network);
    assert!(refused.contains("asking-peers"), "{refused}");
    let status = network.ask("status", 0, &["--json"]).ended(1).json();
    assert_eq!((&status["health"]["status"], &status["readiness"]["ready"]), (&json!("ok"), &json!(false)));
    let status = network.ask("status", 0, &["--wait=200 ms"]).ended(1).out;
    assert!(status.contains("ready      no, asking-peers: the node asks its peers what it has signed"), "{status}");
    network.start(1);
    network.ask("status", 0, &["--wait", "--peers", "1"]).ended(0);
    network.wait_for(0, "payment after the restore", |_| pay(&network).contains("paid"));
    let (bob, alice) = known_to_bob(&network, "third payment");
    assert_eq!(alice["own"]["length"].as_u64(), after["own"]["length"].as_u64().map(|length| length + 1));
    assert_eq!(bob["evidence"], Value::Array(vec![]));
}

#[test]
fn a_key_without_its_store_is_refused_and_a_damaged_store_is_named() {
    let mut network = Network::honest(&["alice"]);
    network.start(0);
    network.stop(0, "-TERM");
    let store = network.path().join("alice/store");
    let intact = std::fs::read(&store).unwrap();
    let mut damaged = intact.clone();
    // A bit of whose store it is, wherever the file says so.
    let owner = network.ids[0].as_bytes();
    let places: Vec<usize> = (0..intact.len() - 64).filter(|at| intact[*at..*at + 64] == *owner).collect();
    assert!(!places.is_empty(), "the store says whose it is");
    places.iter().for_each(|at| damaged[*at] ^= 0x01);
    std::fs::write(&store, damaged).unwrap();
    let said = network.ask("run", 0, &[]).ended(2).said();
    assert!(said.contains("alice/store") && said.contains("backup"), "{said}");
    std::fs::remove_file(&store).unwrap();
    let said = network.ask("run", 0, &[]).ended(2).said();
    assert!(said.contains("alice/store is missing") && said.contains(RECOVER), "{said}");
    std::fs::write(&store, intact).unwrap();
    network.start(0);
}

const RECOVER: &str = "`dunbar node run alice.toml --recover` asks peers what this node has signed";

#[test]
fn a_key_that_has_a_past_here_does_not_begin_anew() {
    let mut network = Network::honest(&["alice"]);
    let folder = network.path().join("alice");
    let (store, head) = (folder.join("store"), folder.join("store.head"));
    let unused = [&store, &head].map(|file| std::fs::read(file).expect("keygen makes both"));
    let refused = |network: &Network, expected: &str| {
        let said = network.ask("run", 0, &[]).ended(2).said();
        assert!(said.contains(expected) && said.contains(RECOVER), "{said}");
    };
    // Beside an empty store as beside any other: without its head nothing tells whether it is the newest.
    std::fs::remove_file(&head).unwrap();
    refused(&network, "alice/store.head, which tells which commit of the store was the last, is missing");
    std::fs::write(&head, "x").unwrap();
    refused(&network, "is damaged");
    std::fs::write(&head, &unused[1]).unwrap();
    network.start(0);
    network.stop(0, "-TERM");
    // A store as it was before the first start, or a new one: the trace shows that the key was used.
    [&store, &head].iter().zip(&unused).for_each(|(file, bytes)| std::fs::write(file, bytes).unwrap());
    refused(&network, "alice/store is new, but alice/node.trace shows that this node has run");
    [&store, &head].iter().for_each(|file| std::fs::remove_file(file).unwrap());
    refused(&network, "alice/store is missing");
    let again = dunbar(&["node", "keygen", "alice", "--store-only"], network.path()).ended(2).err;
    assert!(again.contains("shows that this node has run") && again.contains("--recover"), "{again}");
}

#[test]
fn a_node_that_has_lost_its_store_gets_its_past_back_from_its_peers_and_contradicts_nothing() {
    let mut network = Network::honest(&["alice", "bob", "carol"]);
    network.start_all();
    network.wait_for(0, "payment", |_| network.ask("send", 0, &[&pay(&network, 1)]).code == Some(0));
    network.pay(0, 2, "2 OMC");
    let before = network.view(0).expect("it is there");
    for peer in [1, 2] {
        network.wait_for(peer, "both payments", |view| chain_of(view, &network.ids[0]) == before["own"]);
    }
    network.stop_all();
    for file in ["store", "store.head"] {
        std::fs::remove_file(network.path().join("alice").join(file)).unwrap();
    }
    network.ask("run", 0, &[]).ended(2);
    network.start_recovering(0);
    // Nobody is there to ask. A kill in this state changes nothing about it.
    let refused = |network: &Network| network.ask("send", 0, &[&pay(network, 1)]).ended(1).out;
    assert!(refused(&network).contains("asking-peers"));
    network.kill(0);
    network.start(0);
    assert!(refused(&network).contains("asking-peers"));
    network.start(1);
    network.start(2);
    let back = network.wait_for(0, "its own chain", |view| view["own"] == before["own"]);
    assert_eq!(back["damaged"], false, "{back:#}");
    network.wait_for(0, "third payment", |_| network.ask("send", 0, &[&pay(&network, 1)]).code == Some(0));
    let after = network.view(0).expect("it is there");
    for peer in [1, 2] {
        let view = network.wait_for(peer, "third payment", |view| chain_of(view, &network.ids[0]) == after["own"]);
        assert_eq!(view["evidence"], Value::Array(vec![]), "nothing contradicts anything");
    }
    network.stop_all();
    dunbar(&["conform", network.trace(0).to_str().unwrap()], network.path()).ended(0);
}

/// More than half would not do: only Carol has received what the copy lacks.
#[test]
fn a_restored_node_that_recovers_hears_all_peers_before_it_signs() {
    let mut network = Network::honest(&["alice", "bob", "carol", "dave"]);
    network.start(0);
    network.stop(0, "-TERM");
    let (folder, backup) = (network.path().join("alice"), network.path().join("backup"));
    copy(&folder, &backup);
    // Asked by half of three, she signs; the block reaches Carol alone.
    network.start_all();
    network.ask("status", 0, &["--wait", "--peers", "3"]).ended(0);
    [1, 3].into_iter().for_each(|node| network.stop(node, "-TERM"));
    network.pay(0, 2, "1 OMC");
    let before = network.view(0).expect("it is there");
    network.wait_for(2, "payment", |view| chain_of(view, &network.ids[0]) == before["own"]);
    network.stop_all();
    copy(&backup, &folder);
    network.start_recovering(0);
    [1, 3].into_iter().for_each(|node| network.start(node));
    network.wait_for(0, "answer of two", |_| {
        network.ask("status", 0, &[]).ended(1).out.contains("2 of 3 have answered in full, 3 must")
    });
    network.ask("send", 0, &[&pay(&network, 1)]).ended(1);
    network.start(2);
    let back = network.wait_for(0, "its own chain", |view| view["own"] == before["own"]);
    assert_eq!(back["damaged"], false);
    network.wait_for(0, "second payment", |_| network.ask("send", 0, &[&pay(&network, 1)]).code == Some(0));
    for node in [1, 2, 3] {
        assert_eq!(
            network.view(node).expect("it is there")["evidence"],
            Value::Array(vec![]),
            "nothing contradicts anything"
        );
    }
}

#[test]
fn a_node_of_which_nobody_has_heard_begins_anew_after_it_has_asked() {
    let mut network = Network::honest(&["alice", "bob"]);
    network.start(1);
    std::fs::remove_file(network.path().join("alice/store")).unwrap();
    network.start_recovering(0);
    network.wait_for(0, "a chain", |view| view["own"]["length"] == 1);
    network.pay(0, 1, "1 OMC");
    let said = dunbar(&["node", "run", "alice.toml", "--recover"], network.path()).ended(2).err;
    assert!(said.contains("in use"), "{said}");
}

fn pay(network: &Network, to: usize) -> String {
    format!("{{\"pay\": {{\"to\": \"{}\", \"amount\": \"1 OMC\"}}}}", network.ids[to])
}

fn chain_of(view: &Value, owner: &str) -> Value {
    let chains = view["chains"].as_array().expect("a list");
    chains.iter().find(|chain| chain["owner"] == owner).cloned().unwrap_or_default()
}

#[test]
fn a_node_whose_disk_is_full_acknowledges_nothing_stays_up_and_goes_on_when_there_is_room() {
    let mut network = Network::honest(&["alice", "bob"]);
    if std::process::Command::new("prlimit").arg("--version").output().is_err() {
        return skipped("prlimit is not installed, by which this test fills a disk");
    }
    network.start(0);
    network.wait_for(0, "health", |_| network.ask("status", 0, &[]).code == Some(0));
    let paid = network.pay(0, 1, "1 OMC")["paid"]["block"].clone();
    let pay = format!("{{\"pay\": {{\"to\": \"{}\", \"amount\": \"1 OMC\"}}}}", network.ids[1]);
    // No file of the process may grow, which is what a full disk says as well. A node that has found out by itself before the
    // payment comes does not take it up.
    let mut tries = (0..20).map(|_| {
        network.limit_files(0, Some(0));
        let said = network.ask("send", 0, &[&pay]).ended(2).said();
        if said.contains("until there is") {
            network.limit_files(0, None);
            network.wait_for_status(0, "ok");
        }
        said
    });
    let undecided = tries.find(|said| !said.contains("until there is")).expect("a payment comes first once");
    assert!(undecided.contains("takes effect if there is before the node ends"), "{undecided}");
    let status = network.wait_for_status(0, "storage-full");
    assert!(status["health"]["detail"].as_str().is_some_and(|detail| detail.contains("nothing is acknowledged")));
    assert_eq!(status["readiness"]["reason"], "storage-full");
    let seen = network.ask("view", 0, &[]).ended(0);
    assert!(strings(&seen.json(), "sent").len() == 2 && seen.err.contains("may be forgotten"), "{}", seen.err);
    let refused = network.ask("send", 0, &[&pay]).ended(2).said();
    assert!(refused.contains("no room on the node's disk") && refused.contains("node status alice.toml"), "{refused}");
    network.limit_files(0, None);
    network.wait_for_status(0, "ok");
    let view = network.view(0).expect("it answers again");
    assert_eq!(strings(&view, "sent").len(), 2, "what was undecided took effect, since there was room in the end");
    network.kill(0);
    network.start(0);
    let view = network.view(0).expect("it is back");
    assert!(strings(&view, "sent").contains(paid.as_str().unwrap()) && strings(&view, "sent").len() == 2);
    let told: Vec<Value> = network.events(0).into_iter().filter_map(|event| event.get("health").cloned()).collect();
    let is_well = |health: &Value| health == "ok";
    assert!(!told.is_empty() && told.iter().all(is_well), "what it said before could not be written either: {told:?}");
}

#[test]
fn a_node_that_is_told_to_stop_while_its_disk_is_full_ends_in_order() {
    let mut network = Network::honest(&["alice", "bob"]);
    if std::process::Command::new("prlimit").arg("--version").output().is_err() {
        return skipped("prlimit is not installed, by which this test fills a disk");
    }
    // Its log goes into a pipe, which has room.
    let node = command(&["node", "run", "alice.toml"], network.path()).stderr(Stdio::piped()).spawn().unwrap();
    network.ask("status", 0, &["--wait"]).ended(0);
    let paid = network.pay(0, 1, "1 OMC")["paid"]["block"].clone();
    limit_files(node.id(), Some(0));
    network.ask("send", 0, &[&pay(&network, 1)]).ended(2);
    network.ask("status", 0, &["--wait=1.2 s"]).ended(1);
    signal(node.id(), "-TERM");
    let ended = node.wait_with_output().expect("it ends");
    let said = String::from_utf8(ended.stderr).expect("it says text");
    assert!(ended.status.success(), "{said}");
    assert_eq!(said.matches("nothing is acknowledged until there is room").count(), 1, "{said}");
    assert!(said.contains("what was acknowledged is kept, and what was not has reached nobody"), "{said}");
    network.start(0);
    let view = network.view(0).expect("it is back");
    assert_eq!(strings(&view, "sent"), [paid.as_str().unwrap().to_owned()].into());
    network.stop(0, "-TERM");
    dunbar(&["conform", network.trace(0).to_str().unwrap()], network.path()).ended(0);
}
