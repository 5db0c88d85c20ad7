//! Group commit: every letter is durable before it is sent back.

use crate::Claim;
use crate::echo::{Pair, rate};
use crate::throughput::WINDOW;

pub(crate) fn measure() -> Vec<Claim> {
    let (per_commit, rate) = crate::runtime().block_on(async {
        let pair = Pair::start(WINDOW, true).await;
        let before = pair.second.status().work();
        let rate = rate(&pair.count, 3.0).await;
        let after = pair.second.status().work();
        pair.stop().await;
        ((after.messages - before.messages) as f64 / (after.commits - before.commits).max(1) as f64, rate)
    });
    vec![Claim {
        what: "durable messages per commit, one synchronisation each",
        value: format!("{per_commit:.0} ({rate:.0} /s)"),
        target: "≥ 20",
        holds: per_commit >= 20.0,
    }]
}
