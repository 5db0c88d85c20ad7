use super::*;
use crate::Verified;
use crate::testing::{Author, pay, shared};

fn totals(blocks: &[&[Verified]]) -> Totals {
    let shared = shared();
    let mut auditor = Auditor::new(&shared);
    blocks.iter().flat_map(|blocks| blocks.iter()).for_each(|block| {
        auditor.see(block).unwrap();
    });
    auditor.totals()
}

#[test]
fn a_payment_is_in_flight_until_it_is_accepted() {
    let (mut alice, mut bob) = (Author::new(1), Author::new(2));
    let out = alice.pay(2, 100);
    let sent = totals(&[&alice.blocks, &bob.blocks]);
    assert_eq!((sent.endowments, sent.balances, sent.in_flight), (2_000, 1_900, 100));
    assert!(sent.conserved());
    bob.accept(&out);
    let accepted = totals(&[&alice.blocks, &bob.blocks]);
    assert_eq!((accepted.balances, accepted.in_flight), (2_000, 0));
    assert!(accepted.conserved());
}

#[test]
fn a_double_spend_is_inflation_and_penalty() {
    let (mut alice, mut bob, mut carol) = (Author::new(1), Author::new(2), Author::new(3));
    let (out, other) = (alice.pay(2, 900), alice.instead(1, pay(carol.id(), 900)));
    bob.accept(&out);
    carol.accept(&other);
    let seen = totals(&[&alice.blocks, &[other], &bob.blocks, &carol.blocks]);
    // All 1,000 of Alice are burned, 3,500 stay owed; both payments are money that was made.
    assert_eq!((seen.burned, seen.debt, seen.inflation), (1_000, 3_500, 1_800));
    assert_eq!((seen.balances, seen.in_flight), (2 * 1_000 + 2 * 900, 0));
    assert!(seen.conserved());
}

#[test]
fn an_acceptance_without_a_payment_makes_no_money() {
    let (mut alice, mut bob) = (Author::new(1), Author::new(2));
    let out = alice.pay(2, 100);
    bob.accept(&out);
    let seen = totals(&[&bob.blocks]);
    assert_eq!((seen.balances, seen.inflation), (1_000, 0));
    assert!(seen.conserved());
}

#[test]
fn a_wrong_sum_shows() {
    let totals = Totals { endowments: 10, balances: 9, in_flight: 1, ..Totals::default() };
    assert!(totals.conserved());
    assert!(!Totals { balances: 10, ..totals }.conserved());
}
