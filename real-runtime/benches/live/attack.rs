//! An honest pair at half of the load that it can carry, while the one that answers is attacked by a process of its own.
//!
//! The load is offered: so many letters a second, whether the earlier ones have come back or not. What counts is how many come
//! back. Attackers and victim share this machine's cores, so an attacker's own work costs the victim as well.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use contract::{Kind, envelope};
use real_runtime::network::Bootstrap;
use real_runtime::transport::{Event, Transport};

use crate::Claim;
use crate::bare;
use crate::echo::{Echo, LOOPBACK, Letter, Pair, key, membership, peer, quiet, rate};
use crate::throughput::WINDOW;

/// Datagrams of garbage per second.
const GARBAGE_RATE: u32 = 20_000;
/// Honest letters under way at most.
const UNDER_WAY: u64 = 900;
/// Connections that are attempted from one address, all the time.
const CROWD: usize = 1_000;

type Attack = fn(SocketAddr, Arc<AtomicBool>);

pub(crate) fn measure() -> Vec<Claim> {
    let capacity = crate::runtime().block_on(async {
        let pair = Pair::start(WINDOW, false).await;
        let capacity = rate(&pair.count, 2.0).await;
        pair.stop().await;
        capacity
    });
    let load = capacity / 2.0;
    let quiet = under(load, |_, _| ());
    let attacks: [(&'static str, Attack); 3] = [
        ("honest throughput at half load under 20,000 garbage datagrams a second", garbage),
        ("honest throughput at half load beside a member that floods its stream", flood),
        ("honest throughput at half load beside a thousand connections from one address", crowd),
    ];
    let claim = |(what, attack): (&'static str, Attack)| {
        let attacked = under(load, attack);
        let share = attacked / quiet;
        let value = format!("{:.0} % ({attacked:.0} /s of {quiet:.0} /s)", 100.0 * share);
        Claim { what, value, target: "≥ 90 %", holds: share >= 0.9 }
    };
    attacks.into_iter().map(claim).collect()
}

/// Letters per second that come back of those that are offered.
fn under(load: f64, attack: Attack) -> f64 {
    crate::runtime().block_on(async {
        let pair = Pair::start(0, false).await;
        let (to, stop) =
            (Bootstrap { peer: peer(2), address: pair.second.address() }, Arc::new(AtomicBool::new(false)));
        let honest = Honest::start(to).await;
        let attacker = {
            let stop = stop.clone();
            std::thread::spawn(move || attack(to.address, stop))
        };
        tokio::time::sleep(Duration::from_millis(500)).await;
        let came_back = honest.offer(load, Duration::from_secs(3)).await;
        stop.store(true, Ordering::Relaxed);
        attacker.join().expect("the attack ends");
        pair.stop().await;
        came_back
    })
}

/// A member that offers letters at a rate.
struct Honest {
    transport: Transport,
    events: real_runtime::transport::Events,
    to: Bootstrap,
}

impl Honest {
    async fn start(to: Bootstrap) -> Honest {
        let (transport, events) =
            Transport::bind(key(3), membership().network, LOOPBACK, quiet()).expect("a free port");
        transport.keep_peer(to.peer, to.address);
        while transport.connected().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Honest { transport, events, to }
    }

    async fn offer(mut self, load: f64, span: Duration) -> f64 {
        let letter = bytes::Bytes::from(envelope::seal::<Echo>(&Letter::new()));
        let (began, mut sent, mut back) = (Instant::now(), 0u64, 0u64);
        let mut tick = tokio::time::interval(Duration::from_millis(1));
        while began.elapsed() < span {
            let mut event = tokio::select! {
                _ = tick.tick() => None,
                event = self.events.next() => event,
            };
            while let Some(came) = event {
                back += u64::from(matches!(came, Event::Frame { .. }));
                event = self.events.try_next();
            }
            // As in any closed loop, no more than so many are under way: the queue takes some more.
            let due = (began.elapsed().as_secs_f64() * load) as u64;
            let now = due.saturating_sub(sent).min(UNDER_WAY.saturating_sub(sent - back));
            if now > 0 {
                let letters = (0..now).map(|_| (letter.clone(), Kind::Stream)).collect();
                self.transport.send_all(self.to.peer, letters).expect("they are short");
            }
            sent += now;
        }
        back as f64 / began.elapsed().as_secs_f64()
    }
}

/// Datagrams that are no QUIC, and some that look like its first packets.
fn garbage(to: SocketAddr, stop: Arc<AtomicBool>) {
    let socket = UdpSocket::bind(LOOPBACK).expect("a free port");
    let mut bytes = [0; 1200];
    let (began, mut sent) = (Instant::now(), 0u32);
    while !stop.load(Ordering::Relaxed) {
        while f64::from(sent) < began.elapsed().as_secs_f64() * f64::from(GARBAGE_RATE) {
            blake3::Hasher::new().update(&sent.to_le_bytes()).finalize_xof().fill(&mut bytes[..]);
            if sent.is_multiple_of(4) {
                // A long header of version 1.
                bytes[..5].copy_from_slice(&[0xc3, 0, 0, 0, 1]);
            }
            // A full buffer loses it, which is as good.
            let _ = socket.send_to(&bytes, to);
            sent += 1;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A member that fills its stream with frames of another protocol, as fast as they are taken.
fn flood(to: SocketAddr, stop: Arc<AtomicBool>) {
    crate::runtime().block_on(async {
        let bound = Transport::bind(key(4), membership().network, LOOPBACK, quiet());
        let (transport, mut events) = bound.expect("a free port");
        transport.keep_peer(peer(2), to);
        tokio::spawn(async move { while events.next().await.is_some() {} });
        let frame = bytes::Bytes::from(vec![0xff; 1000]);
        while !stop.load(Ordering::Relaxed) {
            let waiting = transport.peers().first().map_or(0, |peer| peer.waiting);
            for _ in waiting..512 {
                transport.send(peer(2), frame.clone(), Kind::Stream).expect("it is short");
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
    });
}

/// A thousand diallers at one address, none of which is a member, each again when it was refused.
fn crowd(to: SocketAddr, stop: Arc<AtomicBool>) {
    let runtime = crate::runtime();
    runtime.block_on(async {
        for _ in 0..CROWD {
            tokio::spawn(async move {
                loop {
                    bare::knock(to).await;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
        }
        while !stop.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    runtime.shutdown_background();
}
