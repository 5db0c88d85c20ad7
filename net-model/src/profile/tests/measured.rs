//! What networks over the named profiles do, against the numbers of the source: means, quantiles, shares, distributions.

use contract::{Kind, Time};

use super::*;
use crate::testing::{KS_BOUND, SIGMAS, arrival, chi2, ks, normal_cdf, seeds};
use crate::{Network, Override, Parcel, Placement};

/// The facts as they were handed over, written down apart from `profiles.toml`: mean one-way latencies in milliseconds, row by row.
const SIMBLOCK_2019: [[f64; 6]; 6] = [
    [32.0, 124.0, 184.0, 198.0, 151.0, 189.0],
    [124.0, 11.0, 227.0, 237.0, 252.0, 294.0],
    [184.0, 227.0, 88.0, 325.0, 301.0, 322.0],
    [198.0, 237.0, 325.0, 85.0, 58.0, 198.0],
    [151.0, 252.0, 301.0, 58.0, 12.0, 126.0],
    [189.0, 294.0, 322.0, 198.0, 126.0, 16.0],
];
const SIMBLOCK_2015: [[f64; 6]; 6] = [
    [36.0, 119.0, 255.0, 310.0, 154.0, 208.0],
    [119.0, 12.0, 221.0, 242.0, 266.0, 350.0],
    [255.0, 221.0, 137.0, 347.0, 256.0, 269.0],
    [310.0, 242.0, 347.0, 99.0, 172.0, 278.0],
    [154.0, 266.0, 256.0, 172.0, 9.0, 163.0],
    [208.0, 350.0, 269.0, 278.0, 163.0, 22.0],
];
const OMERTA: [[f64; 6]; 6] = [
    [32.0, 124.0, 252.0, 151.0, 189.0, 162.0],
    [124.0, 12.0, 268.0, 287.0, 350.0, 221.0],
    [252.0, 268.0, 70.0, 42.0, 120.0, 340.0],
    [151.0, 287.0, 42.0, 2.0, 130.0, 290.0],
    [189.0, 350.0, 120.0, 130.0, 56.0, 322.0],
    [162.0, 221.0, 340.0, 290.0, 322.0, 85.0],
];
const COUNT: u64 = 4_000;

/// The distribution of a pair: its function of milliseconds, from the rule in words.
type Rule = fn(mean: f64, ms: f64) -> f64;

/// x_min = mean − 5 ms, shape = 0.2 · mean.
fn simblock(mean: f64, ms: f64) -> f64 {
    1.0 - libm::pow((mean - 5.0) / ms, 0.2 * mean)
}

/// Pareto of shape 5 with the given mean.
fn shape_five(mean: f64, ms: f64) -> f64 {
    1.0 - libm::pow(mean * 0.8 / ms, 5.0)
}

/// One node per region, unlimited, without loss; latencies in milliseconds from one region to another, as the network routes them.
fn routed(profile: &Profile, [from, to]: [u32; 2]) -> Vec<f64> {
    let regions = profile.regions().len() as u32;
    let at_home = |node: u32| Override {
        nodes: node..node + 1,
        region: Some((node % regions) as u16),
        connection: None,
        upload_bps: None,
        download_bps: None,
    };
    let overrides: Vec<Override> = (0..2 * regions).map(at_home).collect();
    let placement = Placement::drawn(profile, 2 * regions, &overrides, &seeds(5).world);
    let mut network = Network::placed(profile, placement, Vec::new(), &seeds(5).noise).unwrap();
    // The second of each region receives, so that nobody talks to himself.
    let parcel = |occurrence| Parcel { from, to: to + regions, size: 100, kind: Kind::Datagram, tag: 0, occurrence };
    let fate = |occurrence: u64| {
        let now = Time::from_nanos(occurrence * 1_000_000_000);
        arrival(network.route(now, parcel(occurrence))).since(now).as_nanos() as f64 / 1e6
    };
    (0..COUNT).map(fate).collect()
}

/// Every pair of every measured profile, both ways: Kolmogorov–Smirnov at a risk of 0.001 for each of 108 pairs would fail one in ten times
/// for chance alone; the bound 2.6 is passed by one in 380,000.
#[test]
fn every_pair_of_every_measured_profile_follows_its_rule() {
    let measured: [(&str, [[f64; 6]; 6], Rule); 3] = [
        ("simblock-2019", SIMBLOCK_2019, simblock),
        ("simblock-2015", SIMBLOCK_2015, simblock),
        ("omerta", OMERTA, shape_five),
    ];
    for (name, means, rule) in measured {
        let plain = plain(name);
        for from in 0..6u32 {
            for to in 0..6u32 {
                let sample = routed(&plain, [from, to]);
                let mean = means[from as usize][to as usize];
                let statistic = ks(sample.clone(), |ms| if ms <= 0.0 { 0.0 } else { rule(mean, ms).max(0.0) });
                assert!(statistic < 2.6, "{name}, {from} to {to}: D·√n = {statistic:.3}");
                means_agree(name, &sample, mean);
            }
        }
    }
}

/// The sampled mean within 4.9 standard errors, estimated from the sample; a heavy tail gets two percent of the mean on top.
fn means_agree(name: &str, sample: &[f64], mean: f64) {
    let count = sample.len() as f64;
    let found = sample.iter().sum::<f64>() / count;
    let variance = sample.iter().map(|ms| (ms - found) * (ms - found)).sum::<f64>() / count;
    let bound = SIGMAS * (variance / count).sqrt() + 0.02 * mean;
    assert!((found - mean).abs() < bound, "{name}: {found} against {mean}");
}

/// The profile without bandwidth, loss and last miles: what is between regions.
fn plain(name: &str) -> Profile {
    let mut profile = Profile::named(name).unwrap().without_bandwidth().with_loss(0.0).unwrap();
    profile.lines.connections.iter_mut().for_each(|connection| connection.line.added = Span::ZERO);
    profile
}

/// Closed forms of the 50th, 95th and 99th percentile; of 4,000 samples a share q lies below within 4.9 standard deviations.
#[test]
fn quantiles_of_the_tail_are_where_the_formula_puts_them() {
    let sample = routed(&plain("omerta"), [0, 1]);
    // "P99 = 2.009 · mean": the note in the design, for shape 5.
    for (share, quantile) in [(0.5, 124.0 * 0.8 * libm::pow(2.0, 0.2)), (0.99, 124.0 * 2.0095)] {
        let below = sample.iter().filter(|ms| **ms < quantile).count() as f64 / COUNT as f64;
        let sigma = (share * (1.0 - share) / COUNT as f64).sqrt();
        assert!((below - share).abs() < SIGMAS * sigma, "{share}: {below}");
        let law = Profile::named("omerta").unwrap().law(0, 1);
        assert!((law.percentile_ns(share) / 1e6 - quantile).abs() < 0.01 * quantile);
    }
}

#[test]
fn plain_profiles_are_lognormal_around_their_median() {
    for (name, median, sigma) in [("lan", 0.2, 0.1), ("wan", 50.0, 0.3)] {
        let sample = routed(&plain(name), [0, 0]);
        let statistic = ks(sample, |ms| normal_cdf(libm::log(ms / median) / sigma));
        assert!(statistic < KS_BOUND, "{name}: D·√n = {statistic:.3}");
    }
    assert!(routed(&plain("perfect"), [0, 0]).iter().all(|ms| *ms == 1.0));
}

/// Pearson's statistic of 100,000 nodes; at most 7 degrees of freedom: above 43.2 with probability below 3·10⁻⁷ for five.
#[test]
fn nodes_are_where_the_shares_put_them() {
    const NODES: u32 = 100_000;
    for (name, share) in [
        ("simblock-2019", "bitcoin"),
        ("simblock-2019", "litecoin"),
        ("simblock-2019", "dogecoin"),
        ("simblock-2015", "bitcoin"),
        ("omerta", "default"),
    ] {
        let profile = Profile::named(name).unwrap().with_region_share(share).unwrap();
        let placement = Placement::drawn(&profile, NODES, &[], &seeds(9).world);
        let mut counts = vec![0u32; profile.regions().len()];
        (0..NODES).for_each(|node| counts[usize::from(placement.region(node))] += 1);
        let expected: Vec<f64> = profile.shares().iter().map(|share| share * f64::from(NODES)).collect();
        assert!(chi2(&counts, &expected) < 43.2, "{name}, {share}: {counts:?}");
    }
}

#[test]
fn connections_are_dealt_by_their_shares_and_are_what_the_table_says() {
    const NODES: u32 = 100_000;
    let table = [
        ("datacenter", 10_000, 10_000, 1, 0.0001, 0.10),
        ("fiber", 1_000, 1_000, 2, 0.0005, 0.25),
        ("cable", 20, 200, 10, 0.001, 0.40),
        ("dsl", 5, 50, 15, 0.005, 0.15),
        ("lte_4g", 10, 50, 40, 0.02, 0.08),
        ("nr_5g", 100, 500, 10, 0.005, 0.02),
        ("satellite_leo", 20, 100, 25, 0.01, 0.0),
        ("satellite_geo", 5, 25, 600, 0.02, 0.0),
    ];
    let profile = Profile::named("omerta").unwrap();
    assert_eq!(profile.connections().len(), table.len());
    let placement = Placement::drawn(&profile, NODES, &[], &seeds(9).world);
    let (mut counts, mut expected) = (Vec::new(), Vec::new());
    for (name, up, down, added, loss, share) in table {
        let found = profile.connections().iter().find(|connection| connection.name == name).unwrap();
        let bandwidth = Bandwidth { upload_bps: up * 1_000_000, download_bps: down * 1_000_000 };
        assert_eq!(found.line, Line { bandwidth, added: Span::from_millis(added), loss }, "{name}");
        assert!((found.share - share).abs() < 1e-12);
        let count = (0..NODES).filter(|node| placement.line(*node) == found.line).count() as u32;
        if share > 0.0 {
            counts.push(count);
            expected.push(share * f64::from(NODES));
        } else {
            assert_eq!(count, 0);
        }
    }
    assert!(chi2(&counts, &expected) < 43.2, "{counts:?}");
}

/// The validation targets of the design: delay = Pareto + both last miles, and the larger loss counts.
#[test]
fn two_ends_add_their_last_miles_and_the_worse_loss_counts() {
    let profile = Profile::named("omerta").unwrap();
    let place = |name: &str| profile.connections().iter().position(|c| c.name == name).unwrap() as u16;
    let ends = |a: (u16, &str), b: (u16, &str)| {
        let node = |node: u32, (region, connection): (u16, &str)| Override {
            nodes: node..node + 1,
            region: Some(region),
            connection: Some(place(connection)),
            upload_bps: None,
            download_bps: None,
        };
        Placement::drawn(&profile, 2, &[node(0, a), node(1, b)], &seeds(3).world)
    };
    let cases = [
        ((0, "datacenter"), (0, "datacenter"), 34.0, 0.0001),
        ((1, "fiber"), (1, "fiber"), 16.0, 0.0005),
        ((0, "datacenter"), (1, "datacenter"), 126.0, 0.0001),
        ((0, "cable"), (1, "fiber"), 136.0, 0.001),
        ((2, "cable"), (0, "cable"), 272.0, 0.001),
        ((0, "datacenter"), (4, "cable"), 200.0, 0.001),
        ((0, "satellite_geo"), (0, "datacenter"), 633.0, 0.02),
    ];
    for (a, b, mean, loss) in cases {
        let mut network = Network::placed(&profile, ends(a, b), Vec::new(), &seeds(4).noise).unwrap();
        let (mut sample, mut lost) = (Vec::new(), 0u32);
        for occurrence in 0..20_000u64 {
            let now = Time::from_nanos(occurrence * 1_000_000_000);
            let parcel = Parcel { from: 0, to: 1, size: 1, kind: Kind::Datagram, tag: 0, occurrence };
            match network.route(now, parcel) {
                crate::Fate::Arrives(at) => sample.push(at.since(now).as_nanos() as f64 / 1e6),
                _ => lost += 1,
            }
        }
        means_agree("omerta", &sample, mean);
        let sigma = (loss * (1.0 - loss) / 20_000.0f64).sqrt();
        assert!((f64::from(lost) / 20_000.0 - loss).abs() < SIGMAS * sigma, "{a:?} {b:?}: {lost} lost");
    }
}

/// "1 MB up a cable line: + 400 ms".
#[test]
fn a_megabyte_up_a_cable_line_takes_four_tenths_of_a_second() {
    let profile = Profile::named("omerta").unwrap();
    let cable = profile.connections().iter().find(|connection| connection.name == "cable").unwrap().line;
    let mut constant = plain("perfect");
    constant.lines.bandwidths = vec![cable.bandwidth];
    let mut network = Network::new(&constant, 2, Vec::new(), seeds(1)).unwrap();
    let parcel = Parcel { from: 0, to: 1, size: 1_000_000, kind: Kind::Stream, tag: 0, occurrence: 0 };
    assert_eq!(arrival(network.route(Time::ZERO, parcel)), Time::from_nanos(401_000_000));
}
