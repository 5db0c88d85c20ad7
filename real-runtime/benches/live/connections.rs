//! Memory of many connections at one node, each end in a process of its own: what the node takes beyond quinn alone.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use real_runtime::network::Bootstrap;
use real_runtime::node;

use crate::echo::{EchoNode, peer, setup};
use crate::process::{Process, answer};
use crate::{Claim, bare, echo};

const CONNECTIONS: u32 = 200;
/// Letters that each connection carries there and back at a time while it is measured.
const WINDOW: u32 = 4;

pub(crate) fn measure() -> Vec<Claim> {
    let [bare, node] = ["bare", "node"].map(|kind| {
        let mut server = Process::start(&[&format!("serve-{kind}")]);
        let address = server.line();
        let before = bytes(&mut server);
        let mut clients = Process::start(&[&format!("dial-{kind}"), &address]);
        assert_eq!(clients.line(), "up");
        let after = bytes(&mut server);
        (after - before) as f64 / f64::from(CONNECTIONS) / 1024.0
    });
    let beyond = node - bare;
    vec![Claim {
        what: "memory of each of 200 connections at a node, beyond a bare quinn connection",
        value: format!("{beyond:.0} KiB ({node:.0} KiB against {bare:.0} KiB)"),
        target: "< 64 KiB",
        holds: beyond < 64.0,
    }]
}

/// Does the work of a child, if `role` is one's.
pub(crate) fn child(role: &str, rest: &[String]) -> bool {
    let to = || rest[0].parse().expect("an address");
    match role {
        "serve-bare" => crate::runtime().block_on(async {
            let endpoint = bare::server();
            let address = endpoint.local_addr().expect("it is bound");
            tokio::spawn(bare::send_back(endpoint));
            tell(address).await;
        }),
        "serve-node" => crate::runtime().block_on(async {
            let home = tempfile::tempdir().expect("a temporary folder");
            let actor = Box::new(EchoNode { writes: None, keeps: false, count: Arc::default() });
            let node = node::start(setup(0, actor, vec![], &home)).await.expect("it starts");
            tell(node.address()).await;
        }),
        "dial-bare" => crate::runtime().block_on(async {
            let mut up = Vec::new();
            for _ in 0..CONNECTIONS {
                let (endpoint, connection) = bare::connect(to()).await;
                let writing = connection.clone();
                tokio::spawn(async move { bare::write(&writing, WINDOW, &AtomicU64::new(0)).await });
                up.push((endpoint, connection));
            }
            settle().await;
        }),
        "dial-node" => crate::runtime().block_on(async {
            let (mut up, to) = (Vec::new(), Bootstrap { peer: peer(0), address: to() });
            for number in 1..=CONNECTIONS {
                up.push(echo::dialler(number, to, WINDOW, Arc::default()));
            }
            while up.iter().any(|dialler| dialler.connected().is_empty()) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            settle().await;
        }),
        _ => return false,
    }
    true
}

/// Prints where this process listens, then its resident memory for each line that it reads.
async fn tell(address: std::net::SocketAddr) {
    let asked = answer(&address.to_string(), || resident().to_string());
    while !asked.is_finished() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn settle() {
    tokio::time::sleep(Duration::from_secs(2)).await;
    println!("up");
    std::future::pending().await
}

fn bytes(server: &mut Process) -> u64 {
    server.ask().parse().expect("it is a number")
}

/// Resident memory of this process, in bytes.
pub(crate) fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has the line");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("it is a number") << 10
}
