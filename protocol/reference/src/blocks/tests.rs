//! One node at a time: what it answers to what.

use contract::draws::Draws;
use contract::{Effect, Recovered};

use super::*;

fn birth(number: u32, neighbours: u32) -> Birth {
    let neighbour = |number| Neighbour { number, compact: true, latency_ns: 100_000_000, bps: 8_000_000 };
    Birth {
        number,
        compact: true,
        churns: true,
        neighbours: (1..=neighbours).map(neighbour).collect(),
        parameters: Parameters::default(),
    }
}

fn node(birth: Birth) -> BlockNode {
    BlockNode::new(birth, Entropy::Keyed(Draws::new(Seed::from_number(1).key(PURPOSE), 0)))
}

fn ms(millis: u64) -> Time {
    Time::from_nanos(millis * 1_000_000)
}

fn tell(node: &mut BlockNode, now: u64, from: u64, message: Message) -> Vec<Effect<Blocks>> {
    let mut out = Effects::default();
    node.handle(ms(now), Input::Message { from: PeerId::simulated(from), message }, &mut out);
    out.take_list()
}

fn fire(node: &mut BlockNode, now: u64, timer: Timer) -> Vec<Effect<Blocks>> {
    let mut out = Effects::default();
    node.handle(ms(now), Input::Timer(timer), &mut out);
    out.take_list()
}

const BLOCK: Block = Block { height: 1, miner: 7 };

fn send(to: u64, message: Message) -> Effect<Blocks> {
    Effect::Send { to: PeerId::simulated(to), message }
}

fn set(timer: Timer, at: u64) -> Effect<Blocks> {
    Effect::SetTimer { timer, at: ms(at) }
}

#[test]
fn a_block_is_asked_for_once_and_announced_to_all_when_it_was_checked() {
    let mut node = node(birth(0, 2));
    let ask = Timer::Ask { from: 0, block: BLOCK, missing: false };
    assert_eq!(tell(&mut node, 100, 1, Message::Inv(BLOCK)), [set(ask, 110)]);
    assert_eq!(tell(&mut node, 105, 2, Message::Inv(BLOCK)), []);
    assert_eq!(fire(&mut node, 110, ask), [send(1, Message::GetData(BLOCK))]);
    let whole = Message::Block { block: BLOCK, bytes: 535_000 };
    assert_eq!(tell(&mut node, 500, 1, whole), [set(Timer::Accept(BLOCK), 502)]);
    let accepted = fire(&mut node, 502, Timer::Accept(BLOCK));
    assert!(matches!(&accepted[0], Effect::Observe(observation) if observation.name == SEEN));
    assert_eq!(accepted[1..], [set(Timer::Announce(BLOCK), 512)]);
    let announced = fire(&mut node, 512, Timer::Announce(BLOCK));
    assert_eq!(announced, [1, 2].map(|to| send(to, Message::Inv(BLOCK))));
    assert_eq!(tell(&mut node, 600, 2, Message::Inv(BLOCK)), []);
    assert_eq!(node.view(), View { height: 1, mined: 0, received: 1, incomplete: 0 });
}

#[test]
fn a_block_of_the_same_height_is_kept_and_not_passed_on() {
    let mut node = node(birth(0, 2));
    fire(&mut node, 0, Timer::Accept(BLOCK));
    let rival = Block { height: 1, miner: 8 };
    let ask = Timer::Ask { from: 1, block: rival, missing: false };
    assert_eq!(tell(&mut node, 10, 2, Message::Inv(rival)), [set(ask, 20)]);
    let effects = fire(&mut node, 30, Timer::Accept(rival));
    assert!(matches!(effects.as_slice(), [Effect::Observe(_)]), "{effects:?}");
    assert_eq!(tell(&mut node, 40, 1, Message::Inv(rival)), []);
}

/// A compact block of 18,000 B takes 18 ms at 8 Mbit/s, 100 ms of latency and 2 ms to be checked.
#[test]
fn one_block_is_uploaded_at_a_time_until_it_has_arrived() {
    let mut node = node(birth(0, 3));
    fire(&mut node, 0, Timer::Accept(BLOCK));
    let compact = Message::Compact { block: BLOCK, bytes: 18_000 };
    assert_eq!(tell(&mut node, 100, 1, Message::GetData(BLOCK)), [send(1, compact)]);
    assert_eq!(tell(&mut node, 130, 2, Message::GetData(BLOCK)), [set(Timer::Upload, 220)]);
    assert_eq!(tell(&mut node, 140, 3, Message::GetData(BLOCK)), [set(Timer::Upload, 220)]);
    assert_eq!(fire(&mut node, 220, Timer::Upload), [send(2, compact), set(Timer::Upload, 340)]);
    assert_eq!(fire(&mut node, 340, Timer::Upload), [send(3, compact)]);
}

#[test]
fn a_line_of_its_own_serves_everybody_at_once() {
    let mut born = birth(0, 2);
    born.parameters.slot = Slot::UntilSent;
    let mut node = node(born);
    fire(&mut node, 0, Timer::Accept(BLOCK));
    let compact = Message::Compact { block: BLOCK, bytes: 18_000 };
    assert_eq!(tell(&mut node, 100, 1, Message::GetData(BLOCK)), [send(1, compact)]);
    assert_eq!(tell(&mut node, 100, 2, Message::GetData(BLOCK)), [send(2, compact)]);
}

#[test]
fn who_does_not_use_compact_relay_gets_whole_blocks() {
    for (own, other) in [(true, false), (false, true), (false, false)] {
        let mut born = birth(0, 1);
        (born.compact, born.neighbours[0].compact) = (own, other);
        let mut node = node(born);
        fire(&mut node, 0, Timer::Accept(BLOCK));
        let whole = Message::Block { block: BLOCK, bytes: 535_000 };
        assert_eq!(tell(&mut node, 100, 1, Message::GetData(BLOCK)), [send(1, whole)]);
    }
}

/// 27 % of the compact blocks are not enough, within five standard deviations of 10,000 draws.
#[test]
fn some_compact_blocks_are_not_enough() {
    let mut node = node(birth(0, 1));
    let mut missing = 0;
    for height in 1..=10_000 {
        let block = Block { height, miner: 7 };
        let effects = tell(&mut node, 100, 1, Message::Compact { block, bytes: 18_000 });
        let ask = Timer::Ask { from: 0, block, missing: true };
        match effects.as_slice() {
            [effect] if *effect == set(ask, 112) => missing += 1,
            [effect] => assert_eq!(*effect, set(Timer::Accept(block), 102)),
            other => panic!("{other:?}"),
        }
    }
    assert!((2_478..2_922).contains(&missing), "{missing}");
    assert_eq!(node.view().incomplete, missing);
}

#[test]
fn what_was_missing_is_a_part_of_the_block() {
    let mut node = node(birth(0, 1));
    fire(&mut node, 0, Timer::Accept(BLOCK));
    let mut sum = 0u64;
    for i in 0..10_000 {
        let effects = tell(&mut node, 10_000 * (i + 1), 1, Message::GetMissing(BLOCK));
        let [Effect::Send { message: Message::Block { bytes, .. }, .. }] = effects[..] else { panic!("{effects:?}") };
        assert!((5_350..=513_600).contains(&bytes) && bytes % 5_350 == 0);
        sum += u64::from(bytes);
    }
    // A mean of 0.0872 and a standard deviation of 0.17 in 10,000 draws.
    let mean = sum as f64 / 10_000.0 / 535_000.0;
    assert!((mean - 0.0872).abs() < 0.0085, "{mean}");
}

#[test]
fn strangers_get_and_cause_nothing() {
    let mut node = node(birth(0, 1));
    for message in [
        Message::Inv(BLOCK),
        Message::GetData(BLOCK),
        Message::GetMissing(BLOCK),
        Message::Compact { block: BLOCK, bytes: 18_000 },
    ] {
        assert_eq!(tell(&mut node, 5, 9, message), []);
    }
    assert_eq!(tell(&mut node, 5, 1, Message::GetData(BLOCK)), [], "it was never offered");
}

#[test]
fn mining_goes_on_and_has_the_interval_as_its_mean() {
    let mut node = node(birth(3, 1));
    let mut out = Effects::default();
    node.handle(Time::ZERO, Input::Start(Recovered::default()), &mut out);
    let mut sum = 0.0;
    let mut at = 0;
    for height in 1..=2_000 {
        let due = out.take_list().iter().find_map(|effect| match effect {
            Effect::SetTimer { timer: Timer::Mine, at } => Some(at.as_nanos()),
            _ => None,
        });
        let due = due.expect("a miner mines on");
        sum += (due - at) as f64;
        at = due;
        node.handle(Time::from_nanos(at), Input::Timer(Timer::Mine), &mut out);
        assert_eq!(node.view().height, height);
    }
    // 600 nodes, one block in 600 s: a node mines every 360,000 s, with a standard error of 1/√2000.
    let ratio = sum / 2_000.0 / 3.6e14;
    assert!((ratio - 1.0).abs() < 0.11, "{ratio}");
}
