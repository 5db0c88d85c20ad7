//! A whole node with an actor that tells the time.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Kind, Seed};
use zeroize::Zeroizing;

use super::*;
use crate::admin::client;
use crate::network::{Invitation, Network};
use crate::node::{self, Node, Setup, files};
use crate::store::Trust;
use crate::transport::Limits;

#[derive(Clone, Debug, PartialEq)]
struct Telling;

#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
struct Nothing;

impl Wire for Nothing {
    fn kind(&self) -> Kind {
        Kind::Stream
    }
}

impl Protocol for Telling {
    const NAME: &'static str = "telling";
    const ID: u16 = 0x00fd;
    const VERSION: u16 = 1;
    type Message = Nothing;
    type Timer = ();
    type Command = ();
    type Reply = u64;
    type View = ();
}

/// Replies with the time of its step in nanoseconds, and writes nothing.
#[derive(Clone)]
struct Teller;

impl Actor<Telling> for Teller {
    fn handle(&mut self, now: Time, input: Input<Telling>, out: &mut Effects<Telling>) {
        if let Input::Command { call, .. } = input {
            out.reply(call, now.as_nanos());
        }
    }

    fn view(&self) {}

    fn fork(&self) -> Box<dyn Actor<Telling>> {
        Box::new(self.clone())
    }

    fn rekey(&mut self, _seed: &Seed) {}

    fn state(&self, _bytes: &mut Vec<u8>) {}
}

fn key() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[5; 32])
}

fn owner() -> String {
    crate::key::peer(&key()).to_string()
}

async fn start(folder: &Path) -> Node {
    let setup = Setup::<Telling> {
        folder: folder.to_owned(),
        key: key(),
        membership: Invitation {
            name: "test".to_owned(),
            network: Network::from_secret(Zeroizing::new([1; 32])),
            bootstrap: vec![],
        },
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        admin: None,
        limits: Limits::default(),
        peers: vec![],
        expelled: Default::default(),
        recover: None,
        doubt: None,
        trace: None,
        actor: Box::new(Teller),
        log: Box::new(|_| ()),
    };
    node::start(setup).await.expect("it starts")
}

async fn time(folder: &Path) -> Time {
    let reply = client::command(&folder.join(files::CONTROL), "null").await.expect("it answers");
    Time::from_nanos(reply.as_u64().expect("a time"))
}

/// What a process that is killed now leaves behind of its store.
fn killed(folder: &Path) -> tempfile::TempDir {
    let other = tempfile::tempdir().expect("a folder");
    for name in [files::STORE, "store.head"] {
        std::fs::copy(folder.join(name), other.path().join(name)).expect("it can be copied");
    }
    other
}

#[tokio::test(flavor = "multi_thread")]
async fn no_time_is_told_beyond_the_one_that_is_durable_and_a_new_life_begins_there() {
    let home = tempfile::tempdir().expect("a folder");
    node::make_store(home.path(), crate::key::peer(&key())).expect("it is made");
    let node = start(home.path()).await;
    let mut told = Time::ZERO;
    for _ in 0..50 {
        told = told.max(time(home.path()).await);
    }
    let work = node.status().work();
    assert!(work.commits < work.steps / 2, "a lease serves many steps: {work:?}");
    let left = killed(home.path());
    let (store, _) = Store::open(left.path().join(files::STORE), &owner(), Trust::Newest).expect("it is intact");
    let durable = store.now_max();
    assert!(told <= durable, "{told} was told, and {durable} is durable");
    drop(store);
    node.stop(Duration::ZERO).await.expect("it ends");
    // The machine's clock may have been set back meanwhile: what the store says is the least.
    let node = start(left.path()).await;
    assert!(time(left.path()).await >= durable);
    node.stop(Duration::ZERO).await.expect("it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_set_back_stands_still_until_it_is_there_again() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join(files::STORE);
    let far = Time::from_nanos(4_000_000_000_000_000_000);
    let mut store = Store::create(&path, &owner()).expect("it is made");
    store.commit(&Batch { now: far, ..Batch::default() }).expect("it is durable");
    drop(store);
    let node = start(home.path()).await;
    assert_eq!((time(home.path()).await, time(home.path()).await), (far, far));
    node.stop(Duration::ZERO).await.expect("it ends");
    let (store, _) = Store::open(&path, &owner(), Trust::Newest).expect("it is intact");
    assert_eq!(store.now_max(), far, "what was not used is not leased");
}
