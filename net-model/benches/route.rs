//! What one routing decision costs, and what a topology costs to set up.
//!
//! `draw` is the part of it that any network with chance in it must pay.

use std::hint::black_box;

use contract::{Kind, Seed, Span, Time};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use net_model::{Fault, Network, OutboundDegrees, Parcel, Profile, Seeds, Topology};

const NODES: u32 = 10_000;
/// Neighbours of a node in the benchmarks of streams.
const DEGREE: u64 = 16;

fn seeds() -> Seeds {
    Seeds { world: Seed::from_number(1).child("world"), noise: Seed::from_number(1).child("noise") }
}

/// Parcel number `i` of a run in which every node sends in turn, to one of its sixteen peers.
fn parcel(i: u64, kind: Kind) -> Parcel {
    let from = i.wrapping_mul(0x9E37_79B9) % u64::from(NODES);
    let peer = (i / u64::from(NODES)) % DEGREE;
    let to = (from + 1 + peer * 37) % u64::from(NODES);
    Parcel { from: from as u32, to: to as u32, size: 300, kind, tag: 1, occurrence: i / u64::from(NODES) }
}

/// Partitions of a run with faults: a tenth of the nodes cut off from the rest, three times, one of them most of the time.
fn faults() -> Vec<Fault> {
    let second = |second: u64| Time::from_nanos(second * 1_000_000_000);
    let groups = || [(0..NODES / 10).collect(), (NODES / 10..NODES).collect()];
    let cut = |from, until| Fault::partition(second(from), second(until), groups());
    vec![cut(0, 1), cut(1, 1_000_000), cut(2, 3)]
}

fn route(c: &mut Criterion) {
    let named = |name| Profile::named(name).unwrap();
    let lossy = |loss| named("simblock-2019").with_loss(loss).unwrap();
    let cases = [
        ("datagram, constant", named("perfect"), Kind::Datagram, vec![]),
        (
            "datagram, exponential",
            Profile::exponential(Span::from_millis(1), Span::from_millis(9)),
            Kind::Datagram,
            vec![],
        ),
        ("datagram, lognormal", named("wan").without_bandwidth(), Kind::Datagram, vec![]),
        ("datagram, simblock without bandwidth", named("simblock-2019").without_bandwidth(), Kind::Datagram, vec![]),
        ("datagram, simblock", named("simblock-2019"), Kind::Datagram, vec![]),
        ("datagram, simblock, loss, partitions", lossy(0.01), Kind::Datagram, faults()),
        ("stream, simblock", named("simblock-2019"), Kind::Stream, vec![]),
        ("stream, simblock, loss", lossy(0.01), Kind::Stream, vec![]),
        ("stream, simblock, loss, partitions", lossy(0.01), Kind::Stream, faults()),
        ("stream, exponential", Profile::exponential(Span::from_millis(1), Span::from_millis(9)), Kind::Stream, vec![]),
    ];
    let mut group = c.benchmark_group("route");
    group.throughput(Throughput::Elements(1));
    let key = Seed::from_number(1).key("latency/1");
    group.bench_function("draw", |b| {
        let mut i = 0u64;
        b.iter(|| {
            i += 1;
            let parcel = black_box(parcel(i, Kind::Datagram));
            key.draw(u64::from(parcel.from) << 32 | u64::from(parcel.to), parcel.occurrence)
        });
    });
    for (name, profile, kind, faults) in cases {
        let mut network = Network::new(&profile, NODES, faults, seeds()).unwrap();
        let mut i = 0u64;
        group.bench_function(name, |b| {
            b.iter(|| {
                i += 1;
                network.route(Time::from_nanos(i * 1_000), black_box(parcel(i, kind)))
            });
        });
    }
    group.finish();
}

fn set_up(c: &mut Criterion) {
    let mut group = c.benchmark_group("set up");
    group.sample_size(10);
    group.bench_function("network of 10,000, simblock", |b| {
        let profile = Profile::named("simblock-2019").unwrap();
        b.iter(|| Network::new(&profile, NODES, Vec::new(), seeds()).unwrap());
    });
    for nodes in [10_000u32, 100_000] {
        let topologies = [
            ("erdos-renyi of degree 16", Topology::ErdosRenyi { connectivity: 16.0 / f64::from(nodes) }),
            ("barabasi-albert of degree 16", Topology::BarabasiAlbert { degree: 16 }),
            ("barabasi-albert, 16 links each", Topology::BarabasiAlbert { degree: 32 }),
            ("watts-strogatz of degree 16", Topology::WattsStrogatz { degree: 16, rewired: 0.1 }),
            ("random-regular of degree 16", Topology::RandomRegular { degree: 16 }),
            ("outbound", Topology::Outbound { degrees: OutboundDegrees::named("bitcoin").unwrap() }),
        ];
        for (name, topology) in topologies {
            group.bench_function(BenchmarkId::new(name, nodes), |b| {
                b.iter(|| topology.links(nodes, &[], Seed::from_number(1).key("links")).unwrap());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, route, set_up);
criterion_main!(benches);
