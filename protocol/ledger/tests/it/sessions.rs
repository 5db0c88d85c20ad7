//! Money in escrow: locks, settlements, and who gets what.

use std::collections::BTreeMap;

use contract::{Bounded, Effects, Hash, Time};
use ledger::agreement::{Agreement, Matter, Panel, Text};
use ledger::payload::{Assertion, BurnReason, Classification, Escrow, Millionths, Record};
use ledger::{Command, Ledger, Refusal, Reply};

use crate::network::{ENDOWMENT, Network, micro, peer, shared, signer};

const CONSUMER: u64 = 0;
const PROVIDER: u64 = 4;

fn panel() -> Panel {
    let witnesses = Bounded::truncated([1, 2, 3].map(peer).to_vec());
    let (session, consumer, provider) = (Hash::from_bytes([1; 32]), peer(CONSUMER), peer(PROVIDER));
    Panel { session, consumer, provider, witnesses, threshold: 2 }
}

fn agreement(matter: Matter, by: &[u64]) -> Agreement {
    let text = Text { panel: panel(), matter, at: Time::from_nanos(1) };
    let sign = |number: &u64| (peer(*number), text.sign(&signer(*number), &mut Effects::<Ledger>::default()));
    let signatures: BTreeMap<_, _> = by.iter().map(sign).collect();
    Agreement::new(text, signatures).unwrap()
}

fn settlement(paid: u64, by: &[u64]) -> Agreement {
    let [locked, paid, burned, returned] = [400, paid, 50, 350 - paid].map(micro);
    agreement(Matter::Settlement { locked, paid, burned, returned }, by)
}

fn balances(network: &Network, node: u64) -> [u64; 2] {
    let view = network.view(node);
    [CONSUMER, PROVIDER].map(|owner| {
        let chains = view.chains.iter().chain([&view.own]);
        chains.clone().find(|chain| chain.owner == peer(owner)).map_or(ENDOWMENT, |chain| chain.balance.as_micro())
    })
}

#[test]
fn a_session_is_locked_settled_and_paid_and_everybody_agrees() {
    let mut network = Network::line(5, shared(0));
    network.run(10);
    let (lock, settled) = (agreement(Matter::Lock { amount: micro(400) }, &[0, 1, 2]), settlement(250, &[1, 2, 3]));
    let (session, consumer, result) = (panel().session, peer(CONSUMER), lock.id());
    let escrow = |entry| Command::Escrow(Box::new(entry));
    network.command(1, Command::Publish(lock));
    network.run(100);
    network.command(CONSUMER, escrow(Escrow::Lock { session, consumer, amount: micro(400), result }));
    network.run(100);
    assert_eq!(balances(&network, 2), [ENDOWMENT - 400, ENDOWMENT]);
    assert_eq!(network.totals().escrowed, 400);
    let received = Escrow::Received { session, consumer, amount: micro(250), settlement: settled.id() };
    network.command(PROVIDER, escrow(received.clone()));
    network.run(100);
    assert_eq!(network.replies.last().unwrap().1, Reply::Refused { why: Refusal::NotDue }, "nothing is settled yet");
    network.command(3, Command::Publish(settled.clone()));
    network.run(100);
    network.command(PROVIDER, escrow(received));
    network.command(CONSUMER, escrow(Escrow::Unlock { session, returned: micro(100), settlement: settled.id() }));
    network.run(200);
    for node in 0..5 {
        assert_eq!(balances(&network, node), [ENDOWMENT - 300, ENDOWMENT + 250], "at node {node}");
    }
    let totals = network.totals();
    assert!(totals.conserved(), "{totals:?}");
    assert_eq!((totals.burned, totals.escrowed, totals.inflation), (50, 0, 0));
    // After a restart the node still knows why the provider was paid.
    network.crash(2);
    network.start(2);
    assert_eq!(balances(&network, 2), [ENDOWMENT - 300, ENDOWMENT + 250]);
}

#[test]
fn witnesses_who_settle_twice_are_banned_everywhere() {
    let mut network = Network::line(5, shared(0));
    network.run(10);
    network.command(0, Command::Publish(settlement(250, &[1, 2])));
    network.command(4, Command::Publish(settlement(300, &[2, 3])));
    network.run(500);
    for node in 0..5 {
        let accused: Vec<_> = network.view(node).evidence.iter().map(|item| item.owner).collect();
        assert_eq!(accused, [peer(2)], "at node {node}");
    }
}

#[test]
fn what_an_operator_orders_is_checked_as_a_peer_would_check_it() {
    let mut network = Network::line(2, shared(0));
    network.run(10);
    let refused = |network: &mut Network, command: Command| {
        network.command(0, command);
        network.run(50);
        match network.replies.last().unwrap().1.clone() {
            Reply::Refused { why } => Some(why.to_string()),
            _ => None,
        }
    };
    let burn = |amount| Command::Burn { amount: micro(amount), reason: BurnReason::Voluntary, evidence: Hash::ZERO };
    assert_eq!(refused(&mut network, burn(ENDOWMENT + 1)).as_deref(), Some("the free balance is 0.001 OMC"));
    assert_eq!(refused(&mut network, burn(0)).as_deref(), Some("no chain could hold the block: transfer-of-nothing"));
    assert_eq!(
        refused(&mut network, Command::Claim { amount: micro(5) }).as_deref(),
        Some("the block may not follow the own chain: wrong-mint-claim")
    );
    let assertion = |subject| {
        Command::Record(Box::new(Record::Assertion(Assertion {
            subject: peer(subject),
            score: Millionths::ONE,
            classification: Classification::HelpfulBehavior,
            evidence: Bounded::default(),
            reasoning: Hash::ZERO,
            impact: Millionths::ONE,
            context: Millionths::ONE,
        })))
    };
    assert!(refused(&mut network, assertion(0)).is_some(), "self-praise");
    let unsigned = agreement(Matter::Lock { amount: micro(1) }, &[1]);
    assert_eq!(refused(&mut network, Command::Publish(unsigned)).as_deref(), Some("the agreement does not hold"));
    let length = |network: &Network| network.view(0).own.length;
    assert_eq!(length(&network), 1);
    assert_eq!((refused(&mut network, assertion(1)), refused(&mut network, burn(100))), (None, None));
    assert_eq!((length(&network), network.view(1).chains[0].balance.as_micro()), (3, ENDOWMENT - 100));
    assert_eq!(network.totals().burned, 100);
    network.command(0, Command::Prove { sequence: 2 });
    network.run(10);
    let (_, Reply::Proven { proof }) = network.replies.last().unwrap() else { panic!("{:?}", network.replies.last()) };
    assert!(proof.holds(&network.shared.verifier));
    assert_eq!((proof.block.sequence, proof.summary.balance), (2, micro(ENDOWMENT - 100)));
    assert!(refused(&mut network, Command::Prove { sequence: 3 }).is_some());
}
