//! Somebody between a member and the node, who records what the member sends and sends it again.

use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use real_runtime::network::Bootstrap;

use super::hostile::{DATAGRAMS, address_of, at_rate};
use crate::echo::{LOOPBACK, dialler};

/// How long it listens before it begins.
const LISTENS: Duration = Duration::from_millis(700);
/// Datagrams that it keeps.
const KEPT: usize = 2_000;

/// Datagrams of a connection that lives, its handshake among them, again and again from where they came. The member itself is
/// cut off as soon as there are enough, so that it is not one of those who are served.
pub(crate) fn replay(to: Bootstrap, tries: Arc<AtomicU64>) {
    let (inner, outer) =
        (UdpSocket::bind(LOOPBACK).expect("a free port"), UdpSocket::bind(LOOPBACK).expect("a free port"));
    outer.connect(to.address).expect("loopback is there");
    let recorded = Arc::new(Mutex::new(Vec::<Vec<u8>>::new()));
    let between = Bootstrap { peer: to.peer, address: address_of(&inner) };
    let handle = |socket: &UdpSocket| socket.try_clone().expect("a second handle");
    let (from_member, to_node, keeping) = (handle(&inner), handle(&outer), recorded.clone());
    let runtime = crate::runtime();
    let member = runtime.block_on(async { dialler(100, between, 4, Arc::default()) });
    // The member's first datagram says where it is.
    let mut first = [0; 2048];
    let (length, at) = from_member.recv_from(&mut first).expect("the member dials");
    to_node.send(&first[..length]).expect("loopback takes it");
    keeping.lock().expect("nobody panicked").push(first[..length].to_vec());
    let (listening, listens) = (Arc::new(AtomicBool::new(true)), |flag: &AtomicBool| flag.load(Ordering::Relaxed));
    let (there, here) = (listening.clone(), listening.clone());
    std::thread::spawn(move || {
        let mut bytes = [0; 65_536];
        while let (Ok(length), true) = (from_member.recv(&mut bytes), listens(&there)) {
            let mut kept = keeping.lock().expect("nobody panicked");
            if kept.len() < KEPT {
                kept.push(bytes[..length].to_vec());
            }
            drop(kept);
            let _ = to_node.send(&bytes[..length]);
        }
    });
    let (back, from_node) = (handle(&inner), handle(&outer));
    std::thread::spawn(move || {
        let mut bytes = [0; 65_536];
        while let (Ok(length), true) = (from_node.recv(&mut bytes), listens(&here)) {
            let _ = back.send_to(&bytes[..length], at);
        }
    });
    std::thread::sleep(LISTENS);
    assert!(!member.connected().is_empty(), "the member is connected through the relay");
    listening.store(false, Ordering::Relaxed);
    let packets = recorded.lock().expect("nobody panicked").clone();
    at_rate(DATAGRAMS, &tries, |number| {
        let _ = outer.send(&packets[number as usize % packets.len()]);
    });
}
