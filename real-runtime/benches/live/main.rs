//! What a live node must reach, measured on loopback in one run: ratios are the claim, absolute numbers are this machine's.
//!
//! `cargo bench -p real-runtime` measures everything, `cargo bench -p real-runtime -- throughput commits` some of it:
//!
//! | Name | What |
//! |---|---|
//! | `throughput` | messages of 256 bytes there and back between two nodes, against a bare quinn echo of the same shape |
//! | `commits` | messages that share a synchronisation of the disk under load |
//! | `converge` | a hundred ledger nodes in this process: until each knows every payment of every other |
//! | `connections` | memory of 200 connections at one node, beyond that of 200 bare quinn connections |
//! | `restart` | opening a store of a million records, and a ledger node's first step on it |
//! | `attack` | honest members at all and at half of what the node takes, while it is attacked; `attack flood` is one of the ways |

mod attack;
mod bare;
mod commits;
mod connections;
mod converge;
mod echo;
mod process;
mod restart;
mod throughput;

/// A claim, its value in this run, and whether it holds.
pub(crate) struct Claim {
    what: &'static str,
    value: String,
    target: &'static str,
    holds: bool,
}

impl Claim {
    fn print(&self) {
        let verdict = if self.holds { "reached" } else { "MISSED" };
        println!("| {} | {} | {} | {verdict} |", self.what, self.value, self.target);
    }
}

type Bench = fn() -> Vec<Claim>;

const BENCHES: [(&str, Bench); 6] = [
    ("throughput", throughput::measure),
    ("commits", commits::measure),
    ("converge", converge::measure),
    ("connections", connections::measure),
    ("restart", restart::measure),
    ("attack", attack::measure),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [role, rest @ ..] = &arguments[..]
        && (connections::child(role, rest) || attack::child(role, rest))
    {
        return;
    }
    let chosen = |name: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == name);
    println!("| What | Measured | Target | |\n|---|--:|--:|---|");
    for (_, measure) in BENCHES.iter().filter(|(name, _)| chosen(name)) {
        measure().iter().for_each(Claim::print);
    }
}

/// A runtime as a node has one.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads can be started")
}
