use contract::Canonical as _;

use super::*;
use crate::testing::{Deal, damaged, micro, shared};

fn holds(agreement: &Agreement) -> bool {
    agreement.holds(&shared().verifier)
}

#[test]
fn an_agreement_holds_with_enough_witnesses_and_the_consumer_whose_money_it_is() {
    let deal = Deal::new(1, 1, 2);
    assert!(holds(&deal.lock(100)));
    assert!(!holds(&deal.agree(Matter::Lock { amount: micro(100) }, &[6])), "one witness of three");
    let lock = deal.lock(100);
    let mut signatures = lock.0.signatures.clone();
    signatures.remove(&deal.panel.consumer);
    assert!(!holds(&Agreement::new(lock.text().clone(), signatures.clone()).unwrap()), "the consumer did not agree");
    let settled = deal.settle(60, 10, 30);
    let mut signatures = settled.0.signatures.clone();
    signatures.remove(&deal.panel.consumer);
    assert!(
        holds(&Agreement::new(settled.text().clone(), signatures).unwrap()),
        "a settlement needs the witnesses only"
    );
}

#[test]
fn what_contradicts_itself_is_no_agreement() {
    let text = |change: fn(&mut Text)| {
        let mut text = Deal::new(1, 1, 2).settle(60, 10, 30).text().clone();
        change(&mut text);
        Agreement::new(text, BTreeMap::new()).is_some()
    };
    assert!(text(|_| ()));
    assert!(!text(|text| text.panel.provider = text.panel.consumer));
    assert!(!text(|text| text.panel.threshold = 1), "no majority: two honest halves could contradict each other");
    assert!(!text(|text| text.panel.threshold = 4));
    assert!(!text(|text| text.panel.witnesses = Bounded::truncated(vec![text.panel.provider; 3])));
    let sum = |text: &mut Text| {
        let [locked, paid, burned, returned] = [100, 60, 10, 31].map(micro);
        text.matter = Matter::Settlement { locked, paid, burned, returned };
    };
    assert!(!text(sum));
    assert!(!text(|text| text.matter = Matter::Lock { amount: Amount::ZERO }));
}

#[test]
fn every_byte_is_signed_and_copies_are_merged() {
    let deal = Deal::new(1, 1, 2);
    let agreement = deal.settle(60, 10, 30);
    assert_eq!(Agreement::decode(&agreement.to_bytes()), Ok(agreement.clone()));
    for position in 0..agreement.to_bytes().len() {
        if let Some(other) = damaged(&agreement, position) {
            assert!(!holds(&other), "byte {position}");
        }
    }
    let [some, others] = [[6, 7], [7, 8]].map(|by| deal.agree(agreement.text().matter.clone(), &by));
    assert_eq!((some.id(), some.signers().count()), (others.id(), 3));
    assert_eq!(some.merged(&others), Some(agreement.clone()));
    assert_eq!(agreement.merged(&some), None);
}

#[test]
fn only_one_agreement_has_room_in_a_slot() {
    let deal = Deal::new(1, 1, 2);
    let (lock, more) = (deal.lock(100), deal.lock(101));
    assert!(lock.contradicts(&more) && !lock.contradicts(&lock));
    assert!(!lock.contradicts(&Deal::new(2, 1, 2).lock(101)), "another session");
    let top_up = |after: &Agreement, added| {
        let matter = Matter::TopUp { after: after.id(), previous_total: micro(100), added: micro(added) };
        deal.agree(matter, &[6, 7])
    };
    assert!(top_up(&lock, 5).contradicts(&top_up(&lock, 6)));
    assert!(!top_up(&lock, 5).contradicts(&top_up(&top_up(&lock, 5), 6)), "one after the other");
    assert!(!deal.settle(1, 1, 1).contradicts(&lock));
    let mut known = Agreements::default();
    assert!(known.keep(lock.clone(), 9) && !known.keep(lock.clone(), 9));
    assert_eq!(known.contradicted(&more), Some(&lock));
    assert_eq!(known.contradicted(&lock), None);
}
