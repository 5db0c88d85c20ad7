//! Who attacks, and how. Each attack goes on until its process is ended, and counts what it tries.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use contract::{Kind, envelope};
use real_runtime::network::{Bootstrap, Network};
use real_runtime::transport::{Event, Limits, Transport};
use zeroize::Zeroizing;

use super::relay;
use crate::bare;
use crate::echo::{Echo, LOOPBACK, Letter, key, membership, quiet};
use crate::process::answer;

/// A kind of attack.
pub(crate) struct Attack {
    /// Its name for the child that carries it out.
    pub(crate) name: &'static str,
    /// What the claim is about.
    pub(crate) what: &'static str,
    /// What is counted.
    pub(crate) unit: &'static str,
    /// What they are to keep.
    pub(crate) target: &'static str,
    /// Carries it out, for ever.
    pub(crate) run: fn(Bootstrap, Arc<AtomicU64>),
}

/// All that are known.
pub(crate) const ATTACKS: [Attack; 10] = [
    Attack {
        target: "none: it does nothing to the node",
        ..attack("compute", "honest throughput beside a process that only computes", "thousand hashes", compute)
    },
    attack("garbage", "… under datagrams of garbage", "datagrams", garbage),
    attack("replay", "… under recorded datagrams of a member, again and again", "datagrams", relay::replay),
    attack("half-open", "… under first packets of handshakes that go no further", "packets", half_open),
    attack("version", "… under diallers of another version", "dials", other_version),
    attack("network", "… under diallers of another network", "dials", other_network),
    attack("crowd", "… beside a thousand diallers at one address", "dials", crowd),
    attack("oversized", "… beside a member that announces frames above the limit", "dials", oversized),
    attack("unreadable", "… beside a member that sends frames of another protocol", "frames", unreadable),
    attack("flood", "… beside a member that sends as many letters as are taken", "letters", flood),
];

const fn attack(
    name: &'static str,
    what: &'static str,
    unit: &'static str,
    run: fn(Bootstrap, Arc<AtomicU64>),
) -> Attack {
    Attack { name, what, unit, target: "≥ 90 %", run }
}

/// Datagrams per second of those attacks that are no connection.
pub(crate) const DATAGRAMS: u32 = 20_000;
/// First packets of handshakes per second, and how many different ones there are.
const FIRST_PACKETS: (u32, usize) = (5_000, 500);
/// Diallers at a time that are refused and come again.
const DIALLERS: u32 = 16;
/// Diallers of a crowd, each again a second after it was refused.
const CROWD: u32 = 1_000;

/// Does it for ever, and prints how often it was tried for each line that it reads.
pub(crate) fn carry_out(attack: &Attack, to: Bootstrap) {
    let tries = Arc::new(AtomicU64::new(0));
    let counted = tries.clone();
    answer("on", move || counted.load(Ordering::Relaxed).to_string());
    (attack.run)(to, tries);
}

/// Nothing that the node notices.
fn compute(_to: Bootstrap, tries: Arc<AtomicU64>) {
    let mut hash = blake3::hash(b"");
    loop {
        (0..1_000).for_each(|_| hash = blake3::hash(hash.as_bytes()));
        tries.fetch_add(1, Ordering::Relaxed);
    }
}

/// Calls `send` so often a second, for ever.
pub(crate) fn at_rate(rate: u32, tries: &AtomicU64, mut send: impl FnMut(u64)) {
    let (began, mut sent) = (Instant::now(), 0u64);
    loop {
        while (sent as f64) < began.elapsed().as_secs_f64() * f64::from(rate) {
            send(sent);
            sent += 1;
            tries.store(sent, Ordering::Relaxed);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Datagrams that are no QUIC, and some that look like its first packets.
fn garbage(to: Bootstrap, tries: Arc<AtomicU64>) {
    let socket = UdpSocket::bind(LOOPBACK).expect("a free port");
    let mut bytes = [0; 1200];
    at_rate(DATAGRAMS, &tries, |number| {
        blake3::Hasher::new().update(&number.to_le_bytes()).finalize_xof().fill(&mut bytes[..]);
        if number.is_multiple_of(4) {
            // A long header of version 1.
            bytes[..5].copy_from_slice(&[0xc3, 0, 0, 0, 1]);
        }
        // A full buffer loses it, which is as good.
        let _ = socket.send_to(&bytes, to.address);
    });
}

/// First packets of handshakes, each right in itself, whose sender never answers.
fn half_open(to: Bootstrap, tries: Arc<AtomicU64>) {
    let sink = UdpSocket::bind(LOOPBACK).expect("a free port");
    let sink_address = sink.local_addr().expect("it is bound");
    let packets: Vec<Vec<u8>> = crate::runtime().block_on(async {
        let mut packets = Vec::new();
        let mut begun = Vec::new();
        for _ in 0..FIRST_PACKETS.1 {
            let endpoint = quinn::Endpoint::client(LOOPBACK).expect("a free port");
            let connecting = endpoint.connect_with(bare::client(&[b"dunbar/2"]), sink_address, "peer");
            let (sink, mut packet) = (sink.try_clone().expect("a second handle"), vec![0; 1500]);
            let received = tokio::task::spawn_blocking(move || {
                let length = sink.recv(&mut packet).expect("the first packet comes");
                packet.truncate(length);
                packet
            });
            packets.push(received.await.expect("no panic"));
            begun.push((endpoint, connecting));
        }
        packets
    });
    let socket = UdpSocket::bind(LOOPBACK).expect("a free port");
    at_rate(FIRST_PACKETS.0, &tries, |number| {
        let _ = socket.send_to(&packets[number as usize % packets.len()], to.address);
    });
}

/// Keeps so many diallers busy.
fn diallers<F: Future<Output = ()> + Send + 'static>(count: u32, dial: impl Fn(u32) -> F) {
    crate::runtime().block_on(async {
        for number in 0..count {
            tokio::spawn(dial(number));
        }
        std::future::pending().await
    })
}

/// Diallers that offer a version that nobody speaks.
fn other_version(to: Bootstrap, tries: Arc<AtomicU64>) {
    diallers(DIALLERS, move |_| knock(to.address, b"dunbar/9", tries.clone(), Duration::ZERO));
}

/// A thousand diallers at one address, none of which has a key.
fn crowd(to: Bootstrap, tries: Arc<AtomicU64>) {
    diallers(CROWD, move |_| knock(to.address, b"dunbar/2", tries.clone(), Duration::from_secs(1)));
}

/// Somebody without a key who comes again after each refusal.
async fn knock(to: SocketAddr, version: &'static [u8], tries: Arc<AtomicU64>, pause: Duration) {
    let endpoint = quinn::Endpoint::client(LOOPBACK).expect("a free port");
    loop {
        bare::knock(&endpoint, to, version).await;
        tries.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(pause).await;
    }
}

/// The limits of somebody who comes back at once, whatever he is told.
fn hasty() -> Limits {
    let (backoff_min, backoff_max) = (Duration::from_millis(1), Duration::from_millis(1));
    Limits { backoff_min, backoff_max, frame_max: 2 << 20, ..quiet() }
}

/// Keeps dialling as somebody with a key, and does something when it is connected and when it is told anything.
async fn keep_dialling(number: u32, network: Network, to: Bootstrap, each: impl Fn(&Transport, &Event)) {
    let (transport, mut events) = Transport::bind(key(number), network, LOOPBACK, hasty()).expect("a free port");
    transport.keep_peer(to.peer, to.address);
    while let Some(event) = events.next().await {
        each(&transport, &event);
    }
}

/// Peers with a key and the secret of another network.
fn other_network(to: Bootstrap, tries: Arc<AtomicU64>) {
    diallers(DIALLERS, move |number| {
        let tries = tries.clone();
        let network = Network::from_secret(Zeroizing::new([9; 32]));
        keep_dialling(100 + number, network, to, move |_, event| {
            tries.fetch_add(u64::from(matches!(event, Event::DialFailed { .. })), Ordering::Relaxed);
        })
    });
}

/// Members that announce a frame above the limit as soon as they are connected.
fn oversized(to: Bootstrap, tries: Arc<AtomicU64>) {
    let frame = Bytes::from(vec![0; envelope::FRAME_MAX + 1]);
    diallers(DIALLERS, move |number| {
        let (tries, frame) = (tries.clone(), frame.clone());
        keep_dialling(100 + number, membership().network, to, move |transport, event| {
            if let Event::Connected { peer, .. } = event {
                transport.send(*peer, frame.clone(), Kind::Stream).expect("its own limit is higher");
            }
            let dialled = matches!(event, Event::Connected { .. } | Event::DialFailed { .. });
            tries.fetch_add(u64::from(dialled), Ordering::Relaxed);
        })
    });
}

/// A member that fills its stream with frames of another protocol, as fast as they are taken.
fn unreadable(to: Bootstrap, tries: Arc<AtomicU64>) {
    fill(to, tries, Bytes::from(vec![0xff; 1000]));
}

/// A member that fills its stream with letters, as fast as they are taken, and takes what comes back.
fn flood(to: Bootstrap, tries: Arc<AtomicU64>) {
    fill(to, tries, Bytes::from(envelope::seal::<Echo>(&Letter::new())));
}

fn fill(to: Bootstrap, tries: Arc<AtomicU64>, frame: Bytes) {
    const WAITING: usize = 512;
    crate::runtime().block_on(async {
        let bound = Transport::bind(key(100), membership().network, LOOPBACK, hasty());
        let (transport, mut events) = bound.expect("a free port");
        transport.keep_peer(to.peer, to.address);
        tokio::spawn(async move { while events.next().await.is_some() {} });
        loop {
            let waiting = transport.peers().first().map_or(0, |peer| peer.waiting);
            let frames: Vec<_> = (waiting..WAITING).map(|_| (frame.clone(), Kind::Stream)).collect();
            if !frames.is_empty() {
                transport.send_all(to.peer, frames).expect("they are short");
            }
            tries.store(transport.counters().sent.stream_frames, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    })
}

/// Where somebody between a member and the node listens.
pub(crate) fn address_of(socket: &UdpSocket) -> SocketAddr {
    socket.local_addr().expect("it is bound")
}
