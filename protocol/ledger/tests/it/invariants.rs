//! What must hold at every moment, whatever goes wrong, as somebody sees it who reads every honest disk.

use ledger::audit::Auditor;
use ledger::store;
use proptest::prelude::*;

use crate::double_spend::attacker;
use crate::network::{Network, peer, shared};

const HONEST: u64 = 5;
const ATTACKER: u64 = 9;

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
enum Event {
    Pay(u64, u64, u64),
    Attack(u64),
    Crash(u64),
    Start(u64),
    Cut(u64),
    Heal(u64),
}

fn events() -> impl Strategy<Value = Event> {
    let node = 0..HONEST;
    prop_oneof![
        4 => (node.clone(), node.clone(), 1..400u64).prop_map(|(from, to, amount)| Event::Pay(from, to, amount)),
        2 => node.clone().prop_map(Event::Attack),
        2 => node.clone().prop_map(Event::Crash),
        3 => node.clone().prop_map(Event::Start),
        1 => (0..HONEST - 1).prop_map(Event::Cut),
        2 => (0..HONEST - 1).prop_map(Event::Heal),
    ]
}

/// Money is conserved, no honest balance is negative, and nobody honest is accused.
fn check(network: &Network) {
    let mut auditor = Auditor::new(&network.shared);
    for number in 0..HONEST {
        let stored = store::read(network.recovered(number), peer(number));
        for block in stored.own.iter().chain(&stored.blocks) {
            let _ = auditor.see(block);
        }
        for evidence in &stored.evidence {
            assert_eq!(evidence.owner(), peer(ATTACKER), "an honest node is accused on the disk of {number}");
            let _ = auditor.see_evidence(evidence);
        }
    }
    let totals = auditor.totals();
    assert!(totals.conserved(), "{totals:?}");
    for number in 0..HONEST {
        let Some(account) = auditor.book().account(&peer(number)) else { continue };
        assert!(account.evidence().is_none(), "the disks accuse {number}");
        let verified = account.chain().len().checked_sub(1).and_then(|head| account.chain().verified_after(head));
        assert!(verified.unwrap_or(0) >= 0, "{number} owes {verified:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn money_is_conserved_and_only_attackers_are_accused_and_in_the_end_everywhere(
        script in prop::collection::vec(events(), 1..14),
    ) {
        let mut network = Network::line(HONEST, shared(5));
        attacker(&mut network, &[2], 4);
        network.run(10);
        let mut up = [true; HONEST as usize];
        for event in script {
            match event {
                Event::Pay(from, to, amount) if from != to => network.pay(from, to, amount),
                Event::Pay(..) => {}
                Event::Attack(victim) => network.pay(ATTACKER, victim, 300),
                Event::Crash(number) if up[number as usize] => network.crash(number),
                Event::Start(number) if !up[number as usize] => network.start(number),
                Event::Crash(_) | Event::Start(_) => {}
                Event::Cut(number) => network.link(number, number + 1, false),
                Event::Heal(number) => network.link(number, number + 1, true),
            }
            match event {
                Event::Crash(number) => up[number as usize] = false,
                Event::Start(number) => up[number as usize] = true,
                _ => {}
            }
            for _ in 0..6 {
                network.run(5);
                check(&network);
            }
        }
        (0..HONEST - 1).for_each(|number| network.link(number, number + 1, true));
        (0..HONEST).filter(|number| !up[*number as usize]).for_each(|number| network.start(number));
        network.run(120_000);
        check(&network);
        // Healed and quiet: who is convicted anywhere is convicted everywhere.
        let accused = (0..HONEST).filter(|number| !network.view(*number).evidence.is_empty()).count() as u64;
        prop_assert!(accused == 0 || accused == HONEST, "{} of {}", accused, HONEST);
    }
}
