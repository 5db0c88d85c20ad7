use contract::draws::Draws;
use contract::{Bounded, CallId, Effect, Observation, Recovered, Value, Write};

use super::*;
use crate::book::ALL;
use crate::message::{Keepalive, Pull, Segment};
use crate::testing::{Author, ENDOWMENT, micro, pay, scheme, shared};
use crate::{Block, Body, Command, Equivocation, Evidence, Message, Refusal, Reply, Verified, observe};

const PEERS: [u64; 3] = [2, 3, 4];

fn node(number: u64) -> LedgerNode {
    node_with(number, |_| {})
}

fn node_with(number: u64, edit: impl FnOnce(&mut Shared)) -> LedgerNode {
    let (seed, mut shared) = (Seed::from_number(1), shared());
    edit(&mut shared);
    LedgerNode::new(Birth {
        signer: scheme().signer(&seed, number),
        peers: PEERS.map(PeerId::simulated).to_vec(),
        entropy: Entropy::Keyed(Draws::new(seed.key("ledger"), number)),
        shared: Arc::new(shared),
    })
}

/// A node that has started, and its store.
fn started(number: u64) -> LedgerNode {
    let mut node = node(number);
    step(&mut node, Input::Start(Recovered::default()));
    node
}

fn step(node: &mut LedgerNode, input: Input<Ledger>) -> Vec<Effect<Ledger>> {
    let mut out = Effects::default();
    node.handle(Time::from_nanos(1_000), input, &mut out);
    out.take_list()
}

fn from(peer: u64, message: Message) -> Input<Ledger> {
    Input::Message { from: PeerId::simulated(peer), message }
}

fn block(peer: u64, block: &Verified) -> Input<Ledger> {
    from(peer, Message::Block(block.block().clone()))
}

fn order(to: u64, amount: u64) -> Input<Ledger> {
    let command = Command::Pay { to: PeerId::simulated(to), amount: micro(amount), memo: contract::Hash::ZERO };
    Input::Command { call: CallId(1), command }
}

/// One word per effect.
fn words(effects: &[Effect<Ledger>]) -> Vec<String> {
    let word = |effect: &Effect<Ledger>| match effect {
        Effect::Send { to, message } => {
            let what = match message {
                Message::Block(block) => format!("block {:?}/{}", block.owner, block.sequence),
                Message::Evidence(_) => "evidence".to_owned(),
                Message::Keepalive(_) => "keepalive".to_owned(),
                Message::Pull(_) => "pull".to_owned(),
                Message::Want(_) => "want".to_owned(),
                Message::Segment(_) => "segment".to_owned(),
                Message::Agreement(_) => "agreement".to_owned(),
                Message::Ask(_) => "ask".to_owned(),
                Message::Confirm(confirm) => format!("confirm {}", confirm.fine),
            };
            format!("{what} to {to:?}")
        }
        Effect::SetTimer { timer, at } => format!("{timer:?} at {at}"),
        Effect::CancelTimer(timer) => format!("cancel {timer:?}"),
        Effect::Persist(Write::Put { key, .. }) => format!("put {}", key[0]),
        Effect::Persist(Write::Delete { .. }) => "delete".to_owned(),
        Effect::Reply { reply, .. } => format!("{reply:?}"),
        Effect::Observe(observation) => observation.to_string(),
    };
    effects.iter().map(word).collect()
}

fn observations<'a>(effects: &'a [Effect<Ledger>], name: &str) -> Vec<&'a Observation> {
    let named = effects.iter().filter_map(|effect| match effect {
        Effect::Observe(observation) if observation.name == name => Some(observation),
        _ => None,
    });
    named.collect()
}

fn state(node: &LedgerNode) -> Vec<u8> {
    let mut bytes = Vec::new();
    node.state(&mut bytes);
    bytes
}

#[test]
fn the_first_start_writes_a_genesis_and_tells_nobody() {
    let mut node = node(1);
    assert_eq!(words(&step(&mut node, Input::Start(Recovered::default()))), ["put 1", "put 2"]);
    assert_eq!((node.free(), node.book().mine().chain().len()), (micro(ENDOWMENT), 1));
}

#[test]
fn an_own_block_is_written_before_it_is_sent_and_answered_for() {
    let mut node = started(1);
    let effects = step(&mut node, order(2, 10));
    insta::assert_snapshot!(words(&effects).join("\n"));
    let effects = step(&mut node, order(3, 10));
    assert_eq!(words(&effects).iter().filter(|word| word.starts_with("block")).count(), 3, "the GENESIS went out once");
}

#[test]
fn a_payment_is_accepted_recorded_and_both_blocks_go_on() {
    let (mut node, mut alice) = (started(1), Author::new(2));
    alice.pay(1, 30);
    step(&mut node, block(2, &alice.blocks[0]));
    let effects = step(&mut node, block(2, &alice.blocks[1]));
    insta::assert_snapshot!(words(&effects).join("\n"));
    assert_eq!(node.free(), micro(ENDOWMENT + 30));
    assert_eq!(step(&mut node, block(3, &alice.blocks[1])), [], "a second copy is nothing");
}

#[test]
fn a_conflict_is_told_to_everybody_before_all_else() {
    let (mut node, mut alice) = (started(1), Author::new(2));
    let (out, other) = (alice.pay(1, 30), alice.instead(1, pay(PeerId::simulated(3), 30)));
    step(&mut node, block(2, &alice.blocks[0]));
    step(&mut node, block(2, &out));
    let effects = step(&mut node, block(3, &other));
    let words = words(&effects);
    assert_eq!(words[..3], ["evidence to #2", "evidence to #3", "evidence to #4"]);
    assert!(words[3].starts_with("put 3"));
    let [detected] = observations(&effects, observe::CONFLICT_DETECTED)[..] else { panic!("one is observed") };
    assert_eq!(detected.get("owner"), Some(&Value::Peer(alice.id())));
    assert_eq!(node.free(), micro(ENDOWMENT + 30), "what was accepted before is kept");
}

#[test]
fn news_of_all_kinds_leave_in_order() {
    // One segment brings evidence against Bob and a payment of Alice.
    let (mut node, mut alice, mut bob) = (started(1), Author::new(2), Author::new(3));
    alice.pay(1, 30);
    let (out, other) = (bob.pay(4, 1), bob.instead(1, pay(PeerId::simulated(5), 2)));
    let evidence = Evidence::Equivocation(Equivocation::between(&out, &other).unwrap());
    let blocks = [&alice.blocks[..], &bob.blocks[..1]].concat().iter().map(|block| block.block().clone()).collect();
    let (evidence, blocks) = (Bounded::truncated(vec![evidence]), Bounded::truncated(blocks));
    let segment = Segment { to: ALL.1, next: None, evidence, blocks, agreements: Bounded::default() };
    insta::assert_snapshot!(words(&step(&mut node, from(2, Message::Segment(Box::new(segment))))).join("\n"));
}

#[test]
fn evidence_goes_on_except_to_whom_it_came_from_and_once() {
    let (mut node, mut alice) = (started(1), Author::new(2));
    let (out, other) = (alice.pay(1, 30), alice.instead(1, pay(PeerId::simulated(3), 30)));
    let evidence = || Message::Evidence(Evidence::Equivocation(Equivocation::between(&out, &other).unwrap()));
    let effects = step(&mut node, from(3, evidence()));
    assert_eq!(words(&effects)[..2], ["evidence to #2", "evidence to #4"]);
    assert_eq!(observations(&effects, observe::EVIDENCE_LEARNED).len(), 1);
    assert!(observations(&effects, observe::CONFLICT_DETECTED).is_empty());
    assert_eq!(step(&mut node, from(4, evidence())), []);
    // A payment that comes after the evidence does not count.
    step(&mut node, block(2, &alice.blocks[0]));
    assert_eq!(node.free(), micro(ENDOWMENT));
}

#[test]
fn a_payment_of_a_banned_sender_is_refused() {
    let (mut node, mut alice) = (started(1), Author::new(2));
    let (one, other) = (alice.pay(3, 3), alice.instead(1, pay(PeerId::simulated(4), 3)));
    let evidence = Evidence::Equivocation(Equivocation::between(&one, &other).unwrap());
    step(&mut node, block(2, &alice.blocks[0]));
    step(&mut node, from(3, Message::Evidence(evidence)));
    let branch = node.book().account(&alice.id()).unwrap().chain().head().cloned().unwrap();
    let body =
        Body { sequence: 2, previous: branch.hash(), payload: pay(PeerId::simulated(1), 5), ..Body::clone(&branch) };
    let effects = step(&mut node, block(3, &alice.sign(body)));
    assert_eq!(observations(&effects, observe::PAYMENT_REFUSED).len(), 1);
    assert_eq!(node.free(), micro(ENDOWMENT));
}

#[test]
fn a_payment_waits_until_it_is_covered() {
    let (mut node, mut alice, mut bob) = (started(1), Author::new(2), Author::new(3));
    let gift = bob.pay(2, 500);
    alice.accept(&gift);
    alice.pay(1, ENDOWMENT + 200);
    for known in &alice.blocks {
        step(&mut node, block(2, known));
    }
    assert_eq!(node.free(), micro(ENDOWMENT), "the gift is not verified yet");
    step(&mut node, block(3, &bob.blocks[0]));
    let effects = step(&mut node, block(3, &bob.blocks[1]));
    assert_eq!(observations(&effects, observe::PAYMENT_ACCEPTED).len(), 1);
    assert_eq!(node.free(), micro(2 * ENDOWMENT + 200));
}

#[test]
fn a_block_without_its_prefix_makes_the_node_ask_its_sender() {
    let (mut node, mut alice) = (started(1), Author::new(2));
    let out = alice.pay(1, 30);
    let effects = step(&mut node, block(3, &out));
    let words = words(&effects);
    assert_eq!(words, ["pull to #3"], "it does not go on before its prefix is there");
    let [.., Effect::Send { message: Message::Pull(pull), .. }] = &effects[..] else { panic!("the last is the pull") };
    assert_eq!((pull.from, pull.to), (alice.id(), alice.id()));
    assert_eq!(node.free(), micro(ENDOWMENT));
    let effects = step(&mut node, block(3, &alice.blocks[0]));
    let forwarded =
        ["block #2/0 to #2", "block #2/0 to #4", "block #2/1 to #2", "block #2/1 to #3", "block #2/1 to #4"];
    assert_eq!(self::words(&effects)[..5], forwarded, "what waited goes to the sender of the prefix as well");
    assert_eq!(node.free(), micro(ENDOWMENT + 30));
}

#[test]
fn an_unknown_reference_is_asked_for() {
    let (mut node, mut alice, mut bob) = (started(1), Author::new(2), Author::new(3));
    let out = alice.pay(3, 30);
    bob.accept(&out);
    step(&mut node, block(4, &bob.blocks[0]));
    let effects = step(&mut node, block(4, &bob.blocks[1]));
    let Some(Effect::Send { to, message: Message::Want(want) }) =
        effects.iter().find(|effect| matches!(effect, Effect::Send { message: Message::Want(_), .. }))
    else {
        panic!("it asks")
    };
    assert_eq!((*to, &want.blocks[..]), (PeerId::simulated(4), &[out.reference()][..]));
    // Whoever knows the block answers.
    let mut other = started(4);
    step(&mut other, block(2, &alice.blocks[0]));
    step(&mut other, block(2, &out));
    let effects = step(&mut other, from(1, Message::Want(want.clone())));
    assert_eq!(words(&effects), ["block #2/1 to #1"]);
}

#[test]
fn an_answer_with_own_blocks_waits_for_the_disk() {
    let mut node = started(1);
    step(&mut node, order(2, 10));
    let pull = Pull { from: ALL.0, listed: ALL.1, to: ALL.1, have: Bounded::default() };
    assert_eq!(words(&step(&mut node, from(2, Message::Pull(Box::new(pull))))), ["put 2", "segment to #2"]);
}

#[test]
fn bad_messages_are_rejected_and_change_nothing() {
    let (mut node, mut alice) = (started(1), Author::new(2));
    let (out, other) = (alice.pay(3, 30), alice.instead(1, pay(PeerId::simulated(4), 3)));
    let forged = Block::new(Body::clone(&other), *out.signature());
    let false_evidence = Evidence::Equivocation(Equivocation::between(&out, &forged).unwrap());
    let genesis = Body { sequence: 7, ..Body::clone(&alice.blocks[0]) };
    let pull = Pull { from: ALL.1, listed: ALL.0, to: ALL.0, have: Bounded::default() };
    let cases = [
        ("bad-signature", Message::Block(forged)),
        ("bad-genesis", Message::Block(alice.sign_anything(genesis))),
        ("false-evidence", Message::Evidence(false_evidence)),
        ("bad-range", Message::Pull(Box::new(pull))),
    ];
    let before = state(&node);
    for (why, message) in cases {
        let effects = step(&mut node, from(2, message));
        let rejected = Observation::new(observe::REJECTED).with("from", alice.id()).with("why", why.to_owned());
        assert_eq!(effects, [Effect::Observe(rejected)]);
    }
    assert_eq!(state(&node), before);
}

#[test]
fn an_overdraft_is_not_passed_on_but_what_it_proves_is() {
    let (mut node, mut alice) = (started(1), Author::new(2));
    step(&mut node, block(2, &alice.blocks[0]));
    let effects = step(&mut node, block(2, &alice.pay(1, ENDOWMENT + 1)));
    let sent = ["evidence to #2", "evidence to #3", "evidence to #4", "put 3", "rejected from=#2 why=\"overdraft\""];
    assert_eq!(words(&effects)[..5], sent);
    assert!(words(&effects)[5].starts_with("conflict-detected owner=#2"));
    assert_eq!(effects.len(), 6);
}

#[test]
fn payments_that_cannot_be_are_refused() {
    let mut node = started(1);
    let mut why = |to, amount| match &step(&mut node, order(to, amount))[..] {
        [Effect::Reply { reply: Reply::Refused { why }, .. }] => *why,
        other => panic!("{other:?}"),
    };
    assert_eq!(why(2, ENDOWMENT + 1), Refusal::Insufficient { free: micro(ENDOWMENT) });
    assert_eq!(why(2, 0), Refusal::Nothing);
    assert_eq!(why(1, 5), Refusal::ToItself);
}

#[test]
fn keepalives_go_out_from_a_drawn_moment_on_and_can_be_off() {
    let interval = contract::Span::from_secs(30);
    let mut node = node_with(1, |shared| shared.parameters.keepalive = Some(interval));
    let effects = step(&mut node, Input::Start(Recovered::default()));
    let Effect::SetTimer { timer: Timer::Keepalive, at } = effects[0] else { panic!("{effects:?}") };
    assert!(at.since(Time::from_nanos(1_000)) < interval);
    let words = words(&step(&mut node, Input::Timer(Timer::Keepalive)));
    let sent = ["keepalive to #2", "keepalive to #3", "keepalive to #4"];
    assert_eq!(words[..3], sent);
    assert_eq!(words[3], "Keepalive at 30.000001000s");
    assert_eq!(step(&mut started(1), Input::Timer(Timer::Keepalive)), []);
}

#[test]
fn another_digest_makes_the_node_pull_once() {
    let mut node = started(1);
    let same = crate::sync::keepalive(&node.book, Some(node.book.digest()));
    assert_eq!(step(&mut node, from(2, Message::Keepalive(Arc::new(same.clone())))), []);
    let other = Keepalive { digest: Some(contract::Hash::from_bytes([1; 32])), ..same.clone() };
    let keepalive = || from(2, Message::Keepalive(Arc::new(other.clone())));
    assert_eq!(words(&step(&mut node, keepalive())), ["pull to #2"]);
    assert_eq!(step(&mut node, keepalive()), [], "the answer is under way");
}

#[test]
fn a_broken_connection_is_repaired_with_patience() {
    let mut node = started(1);
    let peer = PeerId::simulated(2);
    assert_eq!(words(&step(&mut node, Input::Broken { peer })), ["Repair(#2) at 1.000001000s"]);
    let words_of = |effects: Vec<Effect<Ledger>>| words(&effects);
    let again = step(&mut node, Input::Timer(Timer::Repair(peer)));
    assert_eq!(words_of(again), ["Repair(#2) at 2.000001000s", "pull to #2"]);
    let segment = Segment {
        to: ALL.1,
        next: None,
        evidence: Bounded::default(),
        blocks: Bounded::default(),
        agreements: Bounded::default(),
    };
    step(&mut node, from(2, Message::Segment(Box::new(segment))));
    assert_eq!(step(&mut node, Input::Timer(Timer::Repair(peer))), [], "it has answered");
    assert_eq!(step(&mut node, Input::Broken { peer: PeerId::simulated(9) }), [], "no neighbour");
}

#[test]
fn a_peer_that_connects_is_one_of_its_own_and_asked_for_everything_once() {
    let mut node = node_with(1, |shared| shared.parameters.peers_max = 4);
    step(&mut node, Input::Start(Recovered::default()));
    let stranger = PeerId::simulated(9);
    let met = words(&step(&mut node, Input::Connected { peer: stranger }));
    assert_eq!(met, ["Repair(#9) at 1.000001000s", "pull to #9"]);
    assert_eq!(step(&mut node, Input::Connected { peer: stranger }), [], "its answer is under way");
    assert!(
        words(&step(&mut node, order(2, 10))).iter().any(|word| word.ends_with("to #9")),
        "it hears of what follows"
    );
    assert_eq!(step(&mut node, Input::Connected { peer: PeerId::simulated(10) }), [], "there is no room for another");
    assert_eq!(words(&step(&mut node, Input::Broken { peer: stranger })), ["Repair(#9) at 2.000001000s"]);
    assert_eq!(words(&step(&mut node, Input::Connected { peer: stranger })).last().unwrap(), "pull to #9", "at once");
}

#[test]
fn a_fork_goes_its_own_way_and_states_compare() {
    let mut node = started(1);
    let fork = node.fork();
    let bytes = |node: &dyn Actor<Ledger>| {
        let mut bytes = Vec::new();
        node.state(&mut bytes);
        bytes
    };
    assert_eq!(bytes(&node), bytes(fork.as_ref()));
    step(&mut node, order(2, 10));
    assert_ne!(bytes(&node), bytes(fork.as_ref()));
}

#[test]
fn a_view_can_be_read_by_people_and_programs() {
    let mut node = started(1);
    step(&mut node, order(2, 10));
    insta::assert_json_snapshot!(node.view());
}

#[test]
fn an_idle_node_is_small() {
    let node = started(1);
    let block = size_of::<Body>() + 32 + 64 + 16;
    let eight_peers = 8 * size_of_val(&1u32);
    let bytes = size_of::<LedgerNode>() + eight_peers + block + node.book.mine().chain().capacity_bytes();
    assert!(bytes <= 752, "{bytes} bytes, {} of them inline", size_of::<LedgerNode>());
    // What a first keepalive adds: the contact, and one head of it.
    let first = size_of::<super::Extra>() + size_of::<(PeerId, crate::peers::Contact)>() + size_of::<(u64, Hash)>();
    assert!(first <= 368, "{first} bytes");
    // Of these many are under way at once.
    assert_eq!((size_of::<Message>(), size_of::<Timer>()), (16, 48));
}
