//! One small protocol through recorder, file, chain and replay.

use proptest::prelude::*;

use super::*;
use crate::draws::{Draws, Entropy};
use crate::effects::{BadWitness, Witness};
use crate::keys::Scheme;
use crate::{
    Actor, CallId, Canonical, Domain, Effect, Effects, Hash, Input, Kind, PeerId, Protocol, Recovered, Seed, Signature,
    Signer, Time, Verifier, Wire,
};

#[derive(Clone, Debug, PartialEq)]
struct Dice;

#[derive(Clone, Debug, PartialEq, borsh::BorshSerialize, borsh::BorshDeserialize)]
struct Rolled(u64, Signature);

impl Wire for Rolled {
    fn kind(&self) -> Kind {
        Kind::Stream
    }
}

impl Protocol for Dice {
    const NAME: &'static str = "dice";
    const ID: u16 = 900;
    const VERSION: u16 = 1;
    type Message = Rolled;
    type Timer = u8;
    type Command = u64;
    type Reply = u64;
    type View = u64;
}

const DOMAIN: Domain = Domain::new("dice/v1");

struct Roller {
    signer: Signer,
    entropy: Entropy,
    rolled: u64,
}

impl Actor<Dice> for Roller {
    fn handle(&mut self, now: Time, input: Input<Dice>, out: &mut Effects<Dice>) {
        if let Input::Command { call, command } = input {
            self.rolled = out.draw_below(&mut self.entropy, command);
            let signature = out.sign(&self.signer, DOMAIN, &self.rolled.to_le_bytes());
            out.put(vec![1], self.rolled.to_bytes());
            out.send(PeerId::simulated(1), Rolled(self.rolled, signature));
            out.set_timer(0, now + crate::Span::from_secs(1));
            out.reply(call, self.rolled);
        }
    }
    fn view(&self) -> u64 {
        self.rolled
    }
    fn fork(&self) -> Box<dyn Actor<Dice>> {
        let Roller { signer, entropy, rolled } = self;
        Box::new(Roller { signer: signer.clone(), entropy: entropy.clone(), rolled: *rolled })
    }
    fn rekey(&mut self, seed: &Seed) {
        self.entropy.rekey(seed.key("roll"));
    }
    fn state(&self, bytes: &mut Vec<u8>) {
        self.rolled.encode(bytes);
    }
}

fn scheme() -> Scheme {
    Scheme::Ed25519
}

fn roller() -> Roller {
    let seed = Seed::from_number(1);
    let entropy = Entropy::Keyed(Draws::new(seed.key("roll"), 0));
    Roller { signer: scheme().signer(&seed, 0), entropy, rolled: 0 }
}

fn for_replay() -> Roller {
    Roller { signer: Signer::recorded(roller().signer.id()), entropy: Entropy::Recorded, rolled: 0 }
}

/// Three commands, recorded in full.
fn recorded() -> (Vec<u8>, Hash) {
    let mut recorder = Recorder::new(Level::Full, 1);
    recorder.header(Header {
        format: record::FORMAT,
        protocol: Dice::NAME.into(),
        version: Dice::VERSION,
        producer: "test".into(),
        source: "live".into(),
        common: String::new(),
        simulated: None,
    });
    let mut actor = roller();
    let mut out: Effects<Dice> = recorder.buffer();
    let commands = [6, 20, 100].into_iter().zip(1..);
    let commands = commands.map(|(command, i)| Input::Command { call: CallId(i), command });
    let inputs = std::iter::once(Input::Start(Recovered::default())).chain(commands);
    for (input, second) in inputs.zip(0..) {
        let now = Time::from_nanos(second * 1_000_000_000);
        let begun = recorder.begin(now, &input);
        actor.handle(now, input, &mut out);
        let context = recorder::StepContext { node: 0, at: now, now, cause: None, scheduled: 0 };
        recorder.end(begun, context, &mut out);
        out.drain().for_each(drop);
    }
    let digest = recorder.checkpoint(Time::from_nanos(3_000_000_000));
    recorder.finish();
    (recorder.take_bytes(), digest)
}

fn steps(bytes: &[u8]) -> Vec<Step> {
    let mut reader = Reader::new(bytes).unwrap();
    reader.header().unwrap();
    let mut steps = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        if let Record::Step(step) = record {
            steps.push(step);
        }
    }
    steps
}

fn replay(steps: &[Step]) -> Result<(), Divergence<Dice>> {
    let (mut actor, verifier) = (for_replay(), Verifier::ed25519());
    steps.iter().try_for_each(|step| replay_step(&mut actor, step, &verifier))
}

#[test]
fn a_recording_replays_without_key_and_seed() {
    assert_eq!(replay(&steps(&recorded().0)), Ok(()));
}

#[test]
fn golden_digest_and_trace_do_not_change() {
    let (bytes, digest) = recorded();
    insta::assert_snapshot!(format!("{digest}\n{}", Hash::blake3(&[&bytes])));
}

#[test]
fn an_edited_input_is_noticed() {
    let mut steps = steps(&recorded().0);
    steps[2].input = Input::<Dice>::Command { call: CallId(2), command: 3 }.to_bytes();
    assert!(matches!(replay(&steps), Err(Divergence::Witness(BadWitness::Forged { .. }) | Divergence::Effect { .. })));
}

#[test]
fn a_forged_signature_is_noticed() {
    let mut steps = steps(&recorded().0);
    let Some(Witness::Signature(signature)) = steps[1].witness.pop() else { panic!("the step signs") };
    let mut bytes = *signature.as_bytes();
    bytes[5] ^= 1;
    steps[1].witness.push(Witness::Signature(Signature::from_bytes(bytes)));
    assert!(matches!(replay(&steps), Err(Divergence::Witness(BadWitness::Forged { .. }))));
}

#[test]
fn a_missing_witness_is_noticed() {
    let mut steps = steps(&recorded().0);
    steps[1].witness.clear();
    assert!(matches!(replay(&steps), Err(Divergence::Witness(BadWitness::Unexpected { .. }))));
}

#[test]
fn a_cut_trace_gives_its_complete_records_and_the_place() {
    let (bytes, _) = recorded();
    let mut reader = Reader::new(&bytes[..bytes.len() - 3]).unwrap();
    let mut complete = 0;
    let error = loop {
        match reader.next_record() {
            Ok(Some(_)) => complete += 1,
            Ok(None) => panic!("the end is missing"),
            Err(error) => break error,
        }
    };
    assert_eq!(complete, 6);
    assert!(matches!(error, BadTrace::CutOff { offset, .. } if offset == reader.offset()));
}

#[test]
fn any_flipped_bit_is_found_by_the_reader() {
    let (bytes, _) = recorded();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let read = Reader::new(&flipped).and_then(|mut reader| {
            reader.header()?;
            while reader.next_record()?.is_some() {}
            Ok(())
        });
        assert!(!matches!(read, Ok(()) | Err(BadTrace::CutOff { .. })), "bit {bit}: {read:?}");
    }
}

#[test]
fn a_file_that_is_no_trace_is_refused() {
    for text in ["[scenario]", "dunbar-trace", "dunbar-trace x\n", "dunbar-trace 04\n", "dunbar-trace 99999\n"] {
        assert_eq!(Reader::new(text.as_bytes()).err(), Some(BadTrace::NotATrace), "{text}");
    }
    let mut reader = Reader::new(file::MAGIC).unwrap();
    assert_eq!(reader.header().err(), Some(BadTrace::NoHeader));
}

#[test]
fn a_trace_of_another_format_is_named_and_not_misread() {
    let (bytes, _) = recorded();
    let steps = bytes.strip_prefix(file::MAGIC).expect("it begins so");
    for (magic, got) in
        [("dunbar-trace\n", 1), ("dunbar-trace 2\n", 2), ("dunbar-trace 3\n", 3), ("dunbar-trace 5\n", 5)]
    {
        let other = [magic.as_bytes(), steps].concat();
        assert_eq!(Reader::new(&other).err(), Some(BadTrace::Format { got }));
    }
}

#[test]
fn the_digest_tells_steps_apart_but_not_their_interleaving() {
    let step = |chains: &mut [NodeChain], node: usize, bytes: &[u8]| chains[node].absorb(bytes);
    let digest = |order: &[(usize, &[u8])]| {
        let mut chains = vec![NodeChain::default(); 2];
        order.iter().for_each(|(node, bytes)| step(&mut chains, *node, bytes));
        run_digest(Time::ZERO, chains.iter_mut().map(NodeChain::checkpoint))
    };
    let (a, b): (&[u8], &[u8]) = (b"a", b"b");
    assert_eq!(digest(&[(0, a), (1, b)]), digest(&[(1, b), (0, a)]));
    assert_ne!(digest(&[(0, a), (0, b)]), digest(&[(0, b), (0, a)]));
    assert_ne!(digest(&[(0, a), (1, b)]), digest(&[(0, b), (1, a)]));
}

/// To whom, and whose message, or a timer in its place.
fn effects() -> impl Strategy<Value = Vec<Effect<Dice>>> {
    let effect = (0u64..3, prop::option::of(0u64..3)).prop_map(|(to, message)| match message {
        Some(roll) => Effect::Send { to: PeerId::simulated(to), message: Rolled(roll, Signature::from_bytes([0; 64])) },
        None => Effect::CancelTimer(to as u8),
    });
    prop::collection::vec(effect, 0..12)
}

proptest! {
    #[test]
    fn a_list_of_effects_comes_back_and_has_one_form(list in effects()) {
        let bytes = list::to_bytes(&list);
        prop_assert_eq!(list::decode::<Dice>(&bytes), Ok(list.clone()));
        // A message is written for the first of those that follow one another only.
        let mut messages: Vec<u64> = list.iter().filter_map(|effect| match effect {
            Effect::Send { message, .. } => Some(message.0),
            _ => None,
        }).collect();
        let sent = messages.len();
        messages.dedup();
        prop_assert_eq!(bytes.len(), 4 + 2 * (list.len() - sent) + 33 * sent + 72 * messages.len());
        let plain = list.to_bytes();
        prop_assert_eq!(list::decode::<Dice>(&plain).is_ok(), plain == bytes);
    }

    #[test]
    fn bytes_that_are_no_list_of_effects_are_refused(list in effects(), cut in any::<prop::sample::Index>(), more: u8) {
        let mut bytes = list::to_bytes(&list);
        prop_assert!(list::decode::<Dice>(&bytes[..cut.index(bytes.len())]).is_err());
        bytes.push(more);
        prop_assert!(list::decode::<Dice>(&bytes).is_err());
    }
}

#[test]
fn a_message_that_was_not_sent_cannot_be_sent_again() {
    let again = [&[1, 0, 0, 0, 0xff][..], PeerId::simulated(1).as_bytes()].concat();
    let refused = list::decode::<Dice>(&again).unwrap_err();
    assert_eq!(refused.to_string(), "malformed at byte 4 of 37: no message was sent that could be sent again");
}

/// A trace is written by anybody: a short one must not fill the memory of whoever reads it.
#[test]
fn a_short_list_does_not_stand_for_a_long_one_without_bound() {
    let send =
        |to| Effect::<Dice>::Send { to: PeerId::simulated(to), message: Rolled(1, Signature::from_bytes([0; 64])) };
    let written_out = send(0).to_bytes().len();
    let most = file::RECORD_MAX / written_out;
    let list = |count: usize| (0..count as u64).map(send).collect::<Vec<_>>();
    let decoded = |count| list::decode::<Dice>(&list::to_bytes(&list(count)));
    assert_eq!(decoded(most).map(|list| list.len()), Ok(most));
    assert!(decoded(most + 1).unwrap_err().why.contains("written out"));
}
