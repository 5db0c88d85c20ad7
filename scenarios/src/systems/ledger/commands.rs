//! What the keys of the ledger's commands mean.

use crate::system::Key;

pub(super) const COMMANDS: &[Key] = &[
    ("script.command.pay", "Pays: { pay = { to = \"honest.1\", amount = \"1 OMC\" } }."),
    ("script.command.pay.to", "The name of the node that is paid."),
    ("script.command.pay.amount", "How much, such as \"1 OMC\"."),
    (
        "script.command.pay.memo",
        "The hash of a text that both sides know, 64 hexadecimal digits; none if it is left out.",
    ),
    ("script.command.burn", "Destroys own money: { burn = { amount = \"1 OMC\", reason = \"voluntary\" } }."),
    ("script.command.burn.amount", "How much, such as \"1 OMC\"."),
    ("script.command.burn.reason", "Why: \"voluntary\", \"penalty\" or \"donation\"."),
    (
        "script.command.burn.evidence",
        "The id of the evidence that it answers, 64 hexadecimal digits; none if it is left out.",
    ),
    ("script.command.claim", "Claims what the mint gives today: { claim = { amount = \"1 OMC\" } }."),
    ("script.command.claim.amount", "How much, such as \"1 OMC\"; the founding document says how much a day."),
    (
        "script.command.record",
        "Says something about others or about the market: { record = { verification = { … } } }. It moves no money.",
    ),
    ("script.command.record.verification", "What a provider claims was measured."),
    ("script.command.record.verification.session", "The session, by its hash; none if it is left out."),
    ("script.command.record.verification.subject", "The name of the node that was measured."),
    ("script.command.record.verification.claimed", "What was claimed: { class = \"small-cpu\", duration = \"1 h\" }."),
    (
        "script.command.record.verification.claimed.class",
        "The class of the machine: \"small-cpu\", \"medium-cpu\", \"large-cpu\", \"xlarge-cpu\", \"gpu-consumer\", \"gpu-pro\" or \"gpu-datacenter\".",
    ),
    ("script.command.record.verification.claimed.duration", "For how long, such as \"1 h\"."),
    (
        "script.command.record.verification.measured",
        "What was measured, written as what was claimed; of the same class.",
    ),
    ("script.command.record.verification.measured.class", "The class of the machine, the one that was claimed."),
    ("script.command.record.verification.measured.duration", "For how long, such as \"45 min\"."),
    ("script.command.record.verification.score", "Measured over claimed, 0 to 1, the least over all resources."),
    ("script.command.record.verification.pass", "Whether the score reaches the pass mark of 0.7."),
    ("script.command.record.verification.panel", "The panel that it was part of, by its hash; none if it is left out."),
    (
        "script.command.record.verification.commitment",
        "The hash of vote and nonce, as it was committed before; none if it is left out.",
    ),
    ("script.command.record.verification.nonce", "The nonce, a whole number. 0 if it is left out."),
    (
        "script.command.record.assertion",
        "A judgement about an incident whose evidence anybody can look at; it moves trust.",
    ),
    ("script.command.record.assertion.subject", "The name of the node that it is about."),
    ("script.command.record.assertion.score", "From -1 to 1."),
    (
        "script.command.record.assertion.classification",
        "What happened: \"resource-mismatch\", \"session-abandonment\", \"payment-dispute\", \"verification-failure\", \"malicious-behavior\", \"network-disagreement\", \"excellent-service\", \"reliable-uptime\", \"fast-resolution\", \"helpful-behavior\" or \"unclassified\".",
    ),
    (
        "script.command.record.assertion.evidence",
        "Ids of evidence, at most 8; none, which halves the weight, if it is left out.",
    ),
    ("script.command.record.assertion.reasoning", "The hash of the reasoning; none if it is left out."),
    ("script.command.record.assertion.impact", "How severe it was, 0 to 2. 1 if it is left out."),
    ("script.command.record.assertion.context", "How often before, 0 to 2. 1 if it is left out."),
    (
        "script.command.record.accusation",
        "A suspicion: it raises how often its subject is checked, and lowers nothing.",
    ),
    ("script.command.record.accusation.subject", "The name of the node that it is about."),
    ("script.command.record.accusation.kind", "What is suspected, in the words of an assertion's `classification`."),
    ("script.command.record.accusation.evidence", "The hash of what supports it; none if it is left out."),
    (
        "script.command.record.accusation.sessions",
        "Sessions that the accuser bought from the subject, by their hashes, at most 8; none if it is left out.",
    ),
    ("script.command.record.order", "An offer on the market."),
    ("script.command.record.order.side", "Whether it buys, \"bid\", or sells, \"ask\"."),
    ("script.command.record.order.class", "The class of the machine, as in a verification's `claimed`."),
    (
        "script.command.record.order.price-per-hour",
        "Millionths of an OMC an hour, a whole number; below zero for a donation.",
    ),
    ("script.command.record.order.minimum", "The shortest time, such as \"1 h\"."),
    ("script.command.record.order.maximum", "The longest time, not below the shortest."),
    ("script.command.record.order.quantity", "How many machines, at least 1."),
    ("script.command.record.order.expires-in", "How long the offer stands, such as \"1 d\"."),
    (
        "script.command.record.order.standing",
        "Whether it stays when it is not matched at once. false if it is left out.",
    ),
    ("script.command.record.order-match", "Two orders met; each side writes its half."),
    ("script.command.record.order-match.own", "The block of the own order, by its hash."),
    ("script.command.record.order-match.other", "The block of the other order, by its hash."),
    ("script.command.record.order-match.partner", "The name of the node whose order that is."),
    ("script.command.record.order-match.price-per-hour", "Millionths of an OMC an hour, a whole number."),
    ("script.command.record.order-match.session", "The session that follows, by its hash."),
    ("script.command.record.donation", "A provider burned money for a session that it gave away."),
    ("script.command.record.donation.session", "The session, by its hash."),
    ("script.command.record.donation.burned", "How much was burned, such as \"1 OMC\"."),
    ("script.command.record.donation.multiplier", "By how much trust is multiplied, 1 to 4."),
    ("script.command.record.parameter-change", "A policy engine changed a parameter."),
    ("script.command.record.parameter-change.parameter", "The hash of the parameter's name."),
    ("script.command.record.parameter-change.old", "Its value before."),
    ("script.command.record.parameter-change.new", "Its value from then on."),
    (
        "script.command.record.parameter-change.metrics",
        "The hash of the metric values that led to it; none if it is left out.",
    ),
    ("script.command.record.parameter-change.effective", "When it takes effect, not before the command is given."),
    ("script.command.escrow", "Sets money aside for a session, or takes it out: { escrow = { lock = { … } } }."),
    ("script.command.escrow.lock", "Sets money aside."),
    ("script.command.escrow.lock.session", "The session, by its hash."),
    ("script.command.escrow.lock.consumer", "The name of the node whose money it is."),
    ("script.command.escrow.lock.amount", "How much, such as \"1 OMC\"."),
    ("script.command.escrow.lock.result", "The id of the lock result that allows it."),
    ("script.command.escrow.top-up", "Sets more money aside."),
    ("script.command.escrow.top-up.session", "The session, by its hash."),
    ("script.command.escrow.top-up.consumer", "The name of the node whose money it is."),
    ("script.command.escrow.top-up.previous-total", "How much was set aside before."),
    ("script.command.escrow.top-up.added", "How much more."),
    ("script.command.escrow.top-up.new-total", "How much is set aside from now on: the sum of both."),
    ("script.command.escrow.top-up.result", "The id of the top-up result that allows it."),
    ("script.command.escrow.unlock", "The consumer's lock ends, and what was not spent returns."),
    ("script.command.escrow.unlock.session", "The session, by its hash."),
    ("script.command.escrow.unlock.returned", "How much returns."),
    ("script.command.escrow.unlock.settlement", "The id of the settlement."),
    ("script.command.escrow.received", "The provider takes its share out."),
    ("script.command.escrow.received.session", "The session, by its hash."),
    ("script.command.escrow.received.consumer", "The name of the node that pays."),
    ("script.command.escrow.received.amount", "How much."),
    ("script.command.escrow.received.settlement", "The id of the settlement."),
    (
        "script.command.publish",
        "Makes an agreement known: { publish = \"…\" }, its canonical bytes in hexadecimal digits.",
    ),
    (
        "script.command.prove",
        "Proves that a block stands in the own chain: { prove = { sequence = 5 } }; the answer has the proof.",
    ),
    ("script.command.prove.sequence", "The position of the block, counted from 0."),
    (
        "script.command.witnesses",
        "Asks who is to watch over a session: { witnesses = { … } }; consumer and provider get the same answer.",
    ),
    ("script.command.witnesses.session", "The session, by its hash."),
    ("script.command.witnesses.consumer", "The name of the node that pays."),
    ("script.command.witnesses.provider", "The name of the node that serves."),
    ("script.command.witnesses.head", "The hash of the block up to which the consumer's chain counts."),
    ("script.command.witnesses.checkpoint", "The hash of the block up to which the provider's chain counts."),
    ("script.command.witnesses.nonce", "The hash of what the consumer has committed itself to."),
    (
        "script.command.witnesses.rule",
        "How witnesses are found among the candidates: \"drawn\", by lot, the default, or \"ranked\", by trust and distance.",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ledger::Command;

    use super::*;

    /// The keys that the program knows below a path: it names them where it meets another one.
    fn known(path: &str) -> BTreeSet<String> {
        let unknown = toml::Value::Table(toml::Table::from_iter([("zzz".to_owned(), 1.into())]));
        let within = |value, part: &str| toml::Value::Table(toml::Table::from_iter([(part.to_owned(), value)]));
        let command = path.rsplit('.').filter(|part| !part.is_empty()).fold(unknown, within);
        let why = command.try_into::<Command>().unwrap_err().message().to_owned();
        // Elsewhere the variants of an enum are values.
        let is_table = why.starts_with("unknown field") || ["", "record", "escrow"].contains(&path);
        if !is_table || !why.starts_with("unknown") {
            return BTreeSet::new();
        }
        why.split('`').skip(3).step_by(2).map(str::to_owned).collect()
    }

    fn all(path: &str, found: &mut BTreeSet<String>) {
        for key in known(path) {
            let path = if path.is_empty() { key } else { format!("{path}.{key}") };
            found.insert(format!("script.command.{path}"));
            all(&path, found);
        }
    }

    #[test]
    fn every_key_of_a_command_has_a_sentence_and_every_sentence_a_key() {
        let mut found = BTreeSet::new();
        all("", &mut found);
        let explained: BTreeSet<String> = COMMANDS.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(found, explained);
        assert!(COMMANDS.iter().all(|(_, sentence)| sentence.ends_with('.')));
    }
}
