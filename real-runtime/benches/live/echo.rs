//! The protocol of the measurements: letters of 256 bytes on the wire that are sent back, so many under way at a time.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use borsh::{BorshDeserialize, BorshSerialize};
use contract::{Actor, Effects, Input, Kind, PeerId, Protocol, Seed, Time, Wire};
use ed25519_dalek::SigningKey;
use real_runtime::network::{Bootstrap, Invitation, Network};
use real_runtime::node::{self, Node, Setup};
use real_runtime::transport::{Discovery, Event, Limits, Transport};
use serde::Serialize;
use zeroize::Zeroizing;

/// Bytes of a frame.
pub(crate) const FRAME: usize = 256;
/// Bytes of a letter's body: a frame without envelope, direction and length.
const BODY: usize = FRAME - contract::envelope::OVERHEAD - 5;

/// The vocabulary.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Echo;

impl Protocol for Echo {
    const NAME: &'static str = "echo";
    const ID: u16 = 0x00fe;
    const VERSION: u16 = 1;
    type Message = Letter;
    type Timer = ();
    type Command = ();
    type Reply = ();
    type View = View;
}

/// What travels.
#[derive(Clone, Debug, PartialEq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Letter {
    back: bool,
    body: Vec<u8>,
}

impl Letter {
    /// A letter on its way there.
    pub(crate) fn new() -> Letter {
        Letter { back: false, body: vec![7; BODY] }
    }
}

impl Wire for Letter {
    fn kind(&self) -> Kind {
        Kind::Stream
    }
}

/// What may be seen.
#[derive(Serialize)]
pub(crate) struct View {
    received: u64,
}

/// A node that sends letters back, and sends `window` of its own to `to`, each again when it has come back.
#[derive(Clone)]
pub(crate) struct EchoNode {
    /// To whom it writes, and how many at a time.
    pub(crate) writes: Option<(PeerId, u32)>,
    /// Whether a letter is durable before it is sent back.
    pub(crate) keeps: bool,
    /// Letters that have come back, or that were sent back.
    pub(crate) count: Arc<AtomicU64>,
}

impl Actor<Echo> for EchoNode {
    fn handle(&mut self, _now: Time, input: Input<Echo>, out: &mut Effects<Echo>) {
        match input {
            Input::Start(_) => {
                let (to, window) = self.writes.unwrap_or((PeerId::from_bytes([0; 32]), 0));
                (0..window).for_each(|_| out.send(to, Letter::new()));
            }
            Input::Message { from, message } => {
                let number = self.count.fetch_add(1, Ordering::Relaxed);
                if self.keeps {
                    out.put(number.to_be_bytes().to_vec(), message.body.clone());
                }
                out.send(from, Letter { back: !message.back, ..message });
            }
            Input::Timer(()) | Input::Command { .. } | Input::Broken { .. } | Input::Connected { .. } => {}
        }
    }

    fn view(&self) -> View {
        View { received: self.count.load(Ordering::Relaxed) }
    }

    fn fork(&self) -> Box<dyn Actor<Echo>> {
        Box::new(self.clone())
    }

    fn rekey(&mut self, _seed: &Seed) {}

    fn state(&self, _bytes: &mut Vec<u8>) {}
}

/// The key of the node with this number.
pub(crate) fn key(number: u32) -> SigningKey {
    SigningKey::from_bytes(blake3::hash(&number.to_le_bytes()).as_bytes())
}

/// Who has it.
pub(crate) fn peer(number: u32) -> PeerId {
    real_runtime::key::peer(&key(number))
}

/// The network of all measurements.
pub(crate) fn membership() -> Invitation {
    let network = Network::from_secret(Zeroizing::new([1; 32]));
    Invitation { name: "bench".to_owned(), network, bootstrap: vec![] }
}

/// A free port on loopback.
pub(crate) const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What a node of the measurements is made of. Its folder is a new one, with a store.
pub(crate) fn setup<P: Protocol>(
    number: u32,
    actor: Box<dyn Actor<P>>,
    peers: Vec<Bootstrap>,
    home: &tempfile::TempDir,
) -> Setup<P> {
    let folder = home.path().join(number.to_string());
    std::fs::create_dir(&folder).expect("the folder is ours");
    node::make_store(&folder, peer(number)).expect("there is room");
    Setup {
        folder,
        key: key(number),
        membership: membership(),
        listen: LOOPBACK,
        admin: None,
        limits: Limits::default(),
        peers,
        expelled: Default::default(),
        recover: None,
        doubt: None,
        trace: None,
        actor,
        log: Box::new(|_| ()),
    }
}

/// Two nodes, the first of which writes to the second.
pub(crate) struct Pair {
    /// What has come back to the first one.
    pub(crate) count: Arc<AtomicU64>,
    /// The one that writes.
    pub(crate) first: Node,
    /// The one that sends back.
    pub(crate) second: Node,
    _home: tempfile::TempDir,
}

impl Pair {
    /// Starts them.
    pub(crate) async fn start(window: u32, keeps: bool) -> Pair {
        let home = tempfile::tempdir().expect("a temporary folder");
        let count = Arc::new(AtomicU64::new(0));
        let second = Box::new(EchoNode { writes: None, keeps, count: Arc::default() });
        let second = node::start(setup(2, second, vec![], &home)).await.expect("it starts");
        let first = Box::new(EchoNode { writes: Some((peer(2), window)), keeps: false, count: count.clone() });
        let peers = vec![Bootstrap { peer: peer(2), address: second.address() }];
        let first = node::start(setup(1, first, peers, &home)).await.expect("it starts");
        Pair { count, first, second, _home: home }
    }

    /// Ends them.
    pub(crate) async fn stop(self) {
        for node in [self.first, self.second] {
            node.stop(Duration::from_secs(1)).await.expect("the last step is durable");
        }
    }
}

/// How often `count` grows in a second, over so many, after half a second to warm up.
pub(crate) async fn rate(count: &AtomicU64, seconds: f64) -> f64 {
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (before, began) = (count.load(Ordering::Relaxed), std::time::Instant::now());
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    (count.load(Ordering::Relaxed) - before) as f64 / began.elapsed().as_secs_f64()
}

/// The middle one of some values.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A member that keeps a connection to `to`, sends `window` letters on it, and each again when it has come back, which it counts.
pub(crate) fn dialler(number: u32, to: Bootstrap, window: u32, count: Arc<AtomicU64>) -> Transport {
    let bound = Transport::bind(key(number), membership().network, LOOPBACK, quiet());
    let (transport, mut events) = bound.expect("loopback has a free port");
    transport.keep_peer(to.peer, to.address);
    let letter = bytes::Bytes::from(contract::envelope::seal::<Echo>(&Letter::new()));
    let sender = transport.clone();
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            let (mut back, mut due) = (0, 0);
            let mut happened = Some(event);
            while let Some(event) = happened {
                match event {
                    Event::Connected { .. } => due += window,
                    Event::Frame { .. } => back += 1,
                    _ => {}
                }
                happened = events.try_next();
            }
            count.fetch_add(back, Ordering::Relaxed);
            let letters = (0..u64::from(due) + back).map(|_| (letter.clone(), Kind::Stream)).collect();
            sender.send_all(to.peer, letters).expect("they are short");
        }
    });
    transport
}

/// Limits without discovery, so that only what is measured goes on.
pub(crate) fn quiet() -> Limits {
    Limits { discovery: Discovery { neighbours: 0, ..Discovery::default() }, ..Limits::default() }
}
