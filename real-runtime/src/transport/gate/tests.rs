use std::net::UdpSocket;

use quinn::ConnectionIdGenerator as _;
use quinn::Runtime as _;

use super::super::identity::Identity;
use super::super::ids::SealedIds;
use super::super::limits::PerAddress;
use super::*;

fn identity(seed: u8) -> Identity {
    Identity::new(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
}

/// A gate that admits four first packets of an address, and its ids.
fn gate() -> (Gate, SealedIds) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has a free port");
    let socket = quinn::TokioRuntime.wrap_udp_socket(socket).expect("a runtime is there");
    let (seal, random) = (Seal::of(&identity(1)), rustls::crypto::ring::default_provider().secure_random);
    let per_address = PerAddress { connections_max: 2, handshakes_per_second: 1 };
    let limits = Limits { per_address, ..Limits::default() };
    (Gate::new(socket, seal.clone(), &limits, Arc::default()), SealedIds { random, seal })
}

/// A datagram of this length with a short header, an id, and content that no other has.
fn short(id: &[u8], number: u32, length: usize) -> Vec<u8> {
    let mut bytes = [&[0x40], id].concat();
    let start = bytes.len();
    bytes.resize(length.max(start), 0);
    blake3::Hasher::new().update(&number.to_le_bytes()).finalize_xof().fill(&mut bytes[start..]);
    bytes
}

/// A datagram with a long header of this type.
fn long(first: u8, version: u32, id: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = [&[first][..], &version.to_be_bytes(), &[id.len() as u8], id].concat();
    bytes.resize(length.max(bytes.len()), 9);
    bytes
}

#[tokio::test]
async fn a_datagram_is_known_by_its_first_bytes() {
    let (gate, mut ids) = gate();
    let own = ids.generate_cid();
    let cases = [
        (short(&own, 1, 40), Look::Ours),
        (short(&[5; 16], 1, 40), Look::Reset),
        (short(&[5; 16], 1, 20), Look::Garbage),
        (long(0xe0, 1, &own, 100), Look::Ours),
        (long(0xc0, 1, &own, 1200), Look::Handshake),
        (long(0xf0, 0, &own, 40), Look::Handshake),
        (long(0xc0, 1, &[5; 8], 1200), Look::First),
        (long(0xe0, 0xff, &[5; 20], 1200), Look::First),
        (long(0xc0, 1, &[5; 8], 1199), Look::Garbage),
        (long(0xc0, 1, &[5; 7], 1200), Look::Garbage),
        (long(0xc0, 1, &[5; 21], 1200), Look::Garbage),
        (long(0xe0, 1, &[5; 16], 1200), Look::Garbage),
        (vec![], Look::Garbage),
        (vec![0xc0, 0, 0, 0, 1], Look::Garbage),
        (vec![0xc0, 0, 0, 0, 1, 9, 1], Look::Garbage),
        (vec![0x40], Look::Garbage),
    ];
    for (datagram, look) in cases {
        assert_eq!(gate.look(&datagram), look, "{:02x?}…", &datagram[..datagram.len().min(8)]);
    }
}

#[tokio::test]
async fn what_is_kept_of_datagrams_that_came_together_stays_in_order_and_whole() {
    let (gate, mut ids) = gate();
    let own = ids.generate_cid();
    let garbage = long(0xe0, 1, &[5; 16], 60);
    let (first, second, last) = (short(&own, 1, 60), short(&own, 2, 60), short(&own, 3, 40));
    let mut bytes = [&garbage[..], &first, &garbage, &first, &second, &last].concat();
    let mut meta = RecvMeta { len: bytes.len(), stride: 60, ..RecvMeta::default() };
    let mut unread = Unread::default();
    // The address has spent its copies.
    while gate.watch().doorstep.admits(Visit::Copy, meta.addr) {}
    gate.sift(&mut gate.watch(), &mut bytes, &mut meta, &mut unread);
    assert_eq!(bytes[..meta.len], [first, second, last].concat());
    assert_eq!(unread, Unread { stray: 2, copy: 1, hasty: 0 });
}

#[tokio::test]
async fn datagrams_of_connections_pass_in_any_number_and_all_others_in_few() {
    let (gate, mut ids) = gate();
    let own = ids.generate_cid();
    let (from, mut unread, mut watch) = (SocketAddr::from(([10, 0, 0, 1], 5)), Unread::default(), gate.watch());
    let mut passed = |datagram: &dyn Fn(u32) -> Vec<u8>| {
        (0..1000).filter(|number| gate.passes(&mut watch, &datagram(*number), from, &mut unread)).count()
    };
    assert_eq!(passed(&|number| short(&own, number, 60)), 1000);
    assert_eq!(passed(&|_| long(0xc0, 1, &[5; 8], 1200)), 4);
    assert_eq!(passed(&|_| short(&[5; 16], 1, 60)), 64);
    assert_eq!(passed(&|_| short(&own, 5_000, 60)), 1 + 64, "the original, and as many copies as are read");
    assert_eq!(unread, Unread { hasty: 996, stray: 936, copy: 935 });
}
