//! What the ledger's own keys of a scenario mean.

use std::sync::LazyLock;

use super::commands::COMMANDS;
use crate::system::Key;

pub(super) static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| [NODES, COMMANDS].concat());

const NODES: &[Key] = &[
    ("parameters.endowment", "What every node begins with, such as \"100 OMC\". 0 OMC if it is left out."),
    ("parameters.node", "How every node behaves."),
    (
        "parameters.node.keepalive",
        "How often nodes compare what they know, such as \"30 s\", the default; \"off\" switches that off, and with it rumours and anti-entropy.",
    ),
    (
        "parameters.node.spread",
        "How new items travel: \"flood\", at once to all peers, the default; { push = { fanout = 4 } }, at once to so many drawn peers; \
         { keepalive = { fanout = 3, items = 5 } }, as rumours on keepalives.",
    ),
    ("parameters.node.spread.push", "At once to some peers, drawn anew for each item; evidence still goes to all."),
    ("parameters.node.spread.push.fanout", "To how many peers an item goes at once, 1 to 255."),
    ("parameters.node.spread.keepalive", "On keepalives, as rumours."),
    ("parameters.node.spread.keepalive.fanout", "To how many peers an item goes, 1 to 255."),
    ("parameters.node.spread.keepalive.items", "The most items on one keepalive, 1 to 16."),
    (
        "parameters.node.anti-entropy",
        "Every so many keepalives carry a digest, and who sees another one pulls what it lacks. 1 by default; 0 switches it off.",
    ),
    (
        "parameters.node.entangle",
        "After every so many keepalives of a peer its head is recorded on the own chain. 0, the default, records none.",
    ),
    (
        "parameters.node.acceptance",
        "When a payment counts: \"immediate\", as soon as it is seen to be valid, the default; { wait = { … } }, when a share of the \
         peers has confirmed it; { weight = { … } }, by the currency's weight and the trust in the payer.",
    ),
    (
        "parameters.node.acceptance.wait",
        "When a share of the peers has confirmed that it saw no conflict: { wait = { threshold = 0.7, timeout = \"5 s\", hold = \"0 s\" } }.",
    ),
    (
        "parameters.node.acceptance.wait.threshold",
        "The share of the peers that has to confirm, 0 to 1. 0.7 by default.",
    ),
    ("parameters.node.acceptance.wait.timeout", "How long to wait for answers before asking again. 5 s by default."),
    ("parameters.node.acceptance.wait.hold", "How long to wait at least, for a conflict to show. 0 s by default."),
    (
        "parameters.node.acceptance.weight",
        "By the currency's weight and the trust in the payer: { weight = { connectivity = 0.5, detection = 0.9, … } }.",
    ),
    (
        "parameters.node.acceptance.weight.connectivity",
        "The share of all possible links that there are, 0 to 1, as the node estimates it. 0.5 by default.",
    ),
    (
        "parameters.node.acceptance.weight.detection",
        "The share of double-spends that are detected, 0 to 1. 0.9 by default.",
    ),
    (
        "parameters.node.acceptance.weight.threshold",
        "The share of the peers that a network this heavy would wait for, 0 to 1. 0.7 by default.",
    ),
    ("parameters.node.acceptance.weight.latency", "How long agreement takes. 1 s by default."),
    (
        "parameters.node.acceptance.weight.at-once",
        "What a fully trusted payer can pay at once in a network without weight. 10 OMC by default.",
    ),
    (
        "parameters.node.acceptance.weight.timeout",
        "How long a network of weight one waits at least, and how long to wait for answers before asking again. 5 s by default.",
    ),
    (
        "parameters.node.repair",
        "How long a node waits before it asks a peer whose connection broke; doubled with every further break, up to 64 times. 1 s by default.",
    ),
    ("parameters.node.loose-per-owner", "The most blocks off its chain that are kept of one owner. 64 by default."),
    ("parameters.node.loose-total", "The most blocks off their chains that are kept in all. 4096 by default."),
    (
        "parameters.node.archive",
        "Whether blocks of others are kept on disk, true by default. Without, a node that starts again asks its peers for them.",
    ),
    (
        "parameters.node.ask-first",
        "Whether a node that starts again asks its peers what it has signed before it writes anything: its disk may be an older copy. false by default.",
    ),
    (
        "parameters.node.peers-max",
        "Peers that write to a node and are none of its own become its own while it has fewer than this. 0 by default.",
    ),
    (
        "parameters.node.observe-blocks",
        "Whether every block that joins a chain is observed as `block-accepted`. false by default.",
    ),
    ("population.parameters.second", "Whom a `double-spender` pays with the same money."),
    ("population.parameters.items", "How many items of rubbish a `spammer` sends to each peer with every payment."),
];

/// How a command is written that cannot be read, by its name.
pub(super) fn example(command: &toml::Table) -> String {
    let example = match command.keys().next().map(String::as_str) {
        Some("burn") => "{ burn = { amount = \"1 OMC\", reason = \"voluntary\" } }",
        Some("claim") => "{ claim = { amount = \"1 OMC\" } }",
        Some("prove") => "{ prove = { sequence = 5 } }",
        Some("publish") => "{ publish = \"HEX\" }",
        Some(other @ ("record" | "escrow" | "witnesses")) => {
            return format!("`dunbar scenario explain script.command.{other}` has its keys");
        }
        _ => "{ pay = { to = \"name\", amount = \"1 OMC\" } }",
    };
    format!("write `{example}`")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ledger::{Acceptance, Parameters, Spread};

    use super::*;

    fn paths(prefix: &str, value: &toml::Value, found: &mut BTreeSet<String>) {
        let toml::Value::Table(table) = value else { return };
        for (key, value) in table {
            let path = format!("{prefix}.{key}");
            found.insert(path.clone());
            paths(&path, value, found);
        }
    }

    #[test]
    fn every_key_of_a_node_has_a_sentence_and_every_sentence_a_key() {
        let mut found = BTreeSet::new();
        let spreads = [Spread::Flood, Spread::Push { fanout: 1 }, Spread::Keepalive { fanout: 1, items: 1 }];
        let rules =
            [Acceptance::Immediate, Acceptance::Wait(Default::default()), Acceptance::Weight(Default::default())];
        for (spread, acceptance) in spreads.into_iter().zip(rules) {
            let node = Parameters { spread, acceptance, ask_first: true, peers_max: 1, ..Parameters::default() };
            paths("parameters.node", &toml::Value::try_from(node).unwrap(), &mut found);
        }
        let known = KEYS.iter().map(|(path, _)| (*path).to_owned());
        let known: BTreeSet<String> = known.filter(|path| path.starts_with("parameters.node.")).collect();
        assert_eq!(found, known);
        assert!(KEYS.iter().all(|(_, sentence)| sentence.ends_with('.')));
    }
}
