//! How long a node with a million records takes from opening its store to the end of its first step.

use std::sync::Arc;
use std::time::{Duration, Instant};

use contract::draws::{Draws, Entropy};
use contract::keys::Scheme;
use contract::{Actor as _, Amount, CallId, Effect, Effects, Hash, Input, PeerId, Recovered, Seed, Time, Write};
use ledger::{Birth, Command, Founding, Ledger, LedgerNode, Parameters, Shared, store as records};
use real_runtime::store::{Batch, Store, Trust};

use crate::Claim;

/// Owners, and blocks of each.
const OWNERS: u64 = 1_000;
const BLOCKS: u64 = 1_000;
/// Steps a node's step may be: the node whose store it is.
const NODE: u64 = OWNERS;

pub(crate) fn measure() -> Vec<Claim> {
    let home = tempfile::tempdir().expect("a temporary folder");
    let path = home.path().join("store");
    let world = World::new();
    let count = fill(&path, &world);
    let began = Instant::now();
    let (store, recovered) = Store::open(&path, "bench", Trust::Newest).expect("it is intact");
    let opened = began.elapsed();
    assert_eq!(recovered.entries.len(), count);
    let mut node = world.node(NODE);
    node.handle(Time::from_nanos(u64::MAX / 2), Input::Start(recovered), &mut Effects::default());
    let took = began.elapsed();
    assert_eq!(node.view().chains.iter().map(|chain| chain.length).sum::<u64>(), OWNERS * BLOCKS);
    let (content, file) = store.size();
    vec![Claim {
        what: "restart with 1,000,000 blocks of 1,000 owners in the store",
        value: format!(
            "{:.1} s ({:.1} s of it for the store, {} MiB in a file of {} MiB)",
            took.as_secs_f64(),
            opened.as_secs_f64(),
            content >> 20,
            file >> 20
        ),
        target: "< 5 s",
        holds: took < Duration::from_secs(5),
    }]
}

/// Whoever writes the blocks, with keys as in the simulator: a stored block's signature is not verified again.
struct World {
    scheme: Scheme,
    seed: Seed,
    shared: Arc<Shared>,
}

impl World {
    fn new() -> World {
        let seed = Seed::from_number(1);
        let scheme = Scheme::simulated(&seed);
        let founding = Founding::new((0..=OWNERS).map(|owner| (PeerId::simulated(owner), Amount::from_units(100))));
        let shared = Arc::new(Shared {
            verifier: scheme.verifier(),
            founding: founding.expect("it is small"),
            parameters: Parameters { keepalive: None, ..Parameters::default() },
        });
        World { scheme, seed, shared }
    }

    fn node(&self, number: u64) -> LedgerNode {
        LedgerNode::new(Birth {
            signer: self.scheme.signer(&self.seed, number),
            peers: vec![],
            entropy: Entropy::Keyed(Draws::new(self.seed.key("ledger"), number)),
            shared: self.shared.clone(),
        })
    }

    /// The blocks of one owner as another node's store keeps them.
    fn blocks(&self, owner: u64) -> Vec<Write> {
        let (mut node, mut out) = (self.node(owner), Effects::default());
        node.handle(Time::from_nanos(1), Input::Start(Recovered::default()), &mut out);
        for number in 1..BLOCKS {
            let pay = Command::Pay {
                to: PeerId::simulated((owner + 1) % OWNERS),
                amount: Amount::from_micro(1),
                memo: Hash::ZERO,
            };
            node.handle(Time::from_nanos(1 + number), Input::Command { call: CallId(number), command: pay }, &mut out);
        }
        let block = |effect: Effect<Ledger>| match effect {
            Effect::Persist(Write::Put { key, value }) => records::own_block_of(&key, &value),
            _ => None,
        };
        let put = |(key, value)| Write::Put { key, value };
        out.take_list().into_iter().filter_map(block).map(|block| put(records::block(&block))).collect()
    }
}

/// Writes the store as a node does that has learned one owner's chain after the other. Returns how many entries it has.
fn fill(path: &std::path::Path, world: &World) -> usize {
    let mut store = Store::create(path, "bench").expect("there is room");
    let mut count = 0;
    for owner in 0..OWNERS {
        let batch = Batch { writes: world.blocks(owner), now: Time::from_nanos(owner) };
        count += batch.writes.len();
        store.commit(&batch).expect("there is room");
    }
    let mut node = world.node(NODE);
    let mut out = Effects::default();
    node.handle(Time::from_nanos(1), Input::Start(Recovered::default()), &mut out);
    let own = out.take_list().into_iter().filter_map(|effect| match effect {
        Effect::Persist(write) => Some(write),
        _ => None,
    });
    let batch = Batch { writes: own.collect(), now: Time::from_nanos(OWNERS) };
    store.commit(&batch).expect("there is room");
    count + batch.writes.len()
}
