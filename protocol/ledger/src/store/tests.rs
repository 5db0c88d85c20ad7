use super::*;
use crate::Equivocation;
use crate::testing::{Author, hex, pay};

fn author() -> Author {
    let mut author = Author::new(1);
    author.pay(2, 5);
    author.pay(2, 6);
    author
}

/// The store of a node with three own blocks, one block of somebody else and one evidence item.
fn entries(author: &Author) -> Vec<Entry> {
    let mut other = Author::new(2);
    let (out, conflicting) = (other.pay(1, 5), other.instead(1, pay(author.id(), 4)));
    let item = Evidence::Equivocation(Equivocation::between(&out, &conflicting).unwrap());
    let mut entries: Vec<Entry> = author.blocks.iter().map(|block| own_block(block)).collect();
    entries.extend([own_length(3), evidence(&item), block(&out)]);
    entries.sort();
    entries
}

fn read_with(edit: impl FnOnce(&mut Vec<Entry>)) -> Stored {
    let author = author();
    let mut entries = entries(&author);
    edit(&mut entries);
    read(Recovered { entries }, author.id())
}

#[test]
fn what_was_written_is_read() {
    let stored = read_with(|_| {});
    let author = author();
    assert_eq!((stored.own, stored.own_length), (author.blocks, 3));
    assert_eq!((stored.evidence.len(), stored.blocks.len()), (1, 1));
    assert_eq!((stored.damaged, stored.fresh), ([0; 7], false));
}

#[test]
fn an_empty_store_is_that_of_a_first_start() {
    let stored = read(Recovered::default(), author().id());
    assert!(stored.fresh);
    assert_eq!(stored.own_length, 0);
}

#[test]
fn doubts_about_a_store_are_read_beside_its_content() {
    assert!(!read_with(|_| {}).old_copy);
    let stored = read_with(|entries| entries.push(of_old_copy()));
    assert_eq!((stored.old_copy, stored.own_length, stored.damaged), (true, 3, [0; 7]));
}

#[test]
fn every_damaged_byte_is_noticed_and_costs_one_value() {
    let count = entries(&author()).len();
    for which in 0..count {
        let length = entries(&author())[which].1.len();
        for position in 0..length {
            let stored = read_with(|entries| entries[which].1[position] ^= 0x10);
            assert_eq!(stored.damaged.iter().sum::<u64>(), 1, "value {which}, byte {position}");
            assert_eq!(stored.own_length, 3);
        }
    }
}

#[test]
fn a_value_under_another_key_is_damaged() {
    let stored = read_with(|entries| {
        let value = entries[0].1.clone();
        entries[1].1 = value;
    });
    assert_eq!((stored.damaged, stored.own.len()), ([1, 0, 0, 0, 0, 0, 0], 2));
}

#[test]
fn the_length_of_the_own_chain_outlives_its_last_block() {
    let stored = read_with(|entries| entries.retain(|(key, _)| key[0] != OWN || key[8] != 2));
    assert_eq!((stored.own.len(), stored.own_length), (2, 3));
    let stored = read_with(|entries| entries.retain(|(key, _)| key[0] != LENGTH));
    assert_eq!((stored.own.len(), stored.own_length), (3, 3));
    let stored = read_with(|entries| entries.retain(|(key, _)| key[0] == BLOCK));
    assert_eq!((stored.own.len(), stored.own_length), (0, 1), "a node with a store has written a GENESIS");
}

#[test]
fn unknown_keys_are_counted_and_left_out() {
    let stored = read_with(|entries| entries.extend([(vec![], vec![]), (vec![200], vec![1]), (vec![OWN, 1], vec![])]));
    assert_eq!(stored.damaged, [0, 0, 0, 0, 3, 0, 0]);
}

#[test]
fn golden_entries_do_not_change() {
    let lines = entries(&author()).into_iter().map(|(key, value)| format!("{}: {}", hex(&key), hex(&value)));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}
