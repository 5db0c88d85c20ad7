//! Two nodes against quinn alone, in turns.

use std::sync::atomic::AtomicU64;

use crate::Claim;
use crate::bare;
use crate::echo::{Pair, median, rate};

/// Letters under way at a time.
pub(crate) const WINDOW: u32 = 512;
const ROUNDS: usize = 3;
const SECONDS: f64 = 2.0;

pub(crate) fn measure() -> Vec<Claim> {
    let (mut nodes, mut quinn, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        quinn.push(crate::runtime().block_on(alone()));
        nodes.push(crate::runtime().block_on(two_nodes()));
        ratios.push(nodes[nodes.len() - 1] / quinn[quinn.len() - 1]);
    }
    let ratio = median(ratios);
    let (nodes, quinn) = (median(nodes), median(quinn));
    vec![Claim {
        what: "256 B there and back between two nodes, against a bare quinn echo",
        value: format!("{:.0} % ({nodes:.0} /s against {quinn:.0} /s)", 100.0 * ratio),
        target: "≥ 70 %",
        holds: ratio >= 0.7,
    }]
}

async fn two_nodes() -> f64 {
    let pair = Pair::start(WINDOW, false).await;
    let rate = rate(&pair.count, SECONDS).await;
    pair.stop().await;
    rate
}

async fn alone() -> f64 {
    let server = bare::server();
    let address = server.local_addr().expect("it is bound");
    let answering = tokio::spawn(bare::send_back(server));
    let (_endpoint, connection) = bare::connect(address).await;
    let count = AtomicU64::new(0);
    let rate = tokio::select! {
        () = bare::write(&connection, WINDOW, &count) => panic!("the connection broke"),
        rate = rate(&count, SECONDS) => rate,
    };
    answering.abort();
    rate
}
