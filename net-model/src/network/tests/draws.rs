//! What a draw depends on, and what it does not.

use super::*;
use crate::testing::{SIGMAS, arrival, chi2};

/// All that a profile can do at once, so that a shifted draw would show.
fn lively() -> Network {
    let profile = Profile::named("simblock-2019").unwrap().without_bandwidth().with_loss(0.2).unwrap();
    network(&profile, 8)
}

fn probe(network: &mut Network, occurrence: u64) -> Fate {
    network.route(at(occurrence), Parcel { tag: 5, ..parcel(Kind::Datagram, [1, 2], occurrence) })
}

proptest! {
    /// Whatever else is sent, under other tags or between other pairs, the fate of these parcels stays.
    #[test]
    fn another_parcel_moves_nothing(
        extra in prop::collection::vec((0..8u32, 0..8u32, 0..8u8, any::<bool>()), 1..40),
    ) {
        let (mut plain, mut busy) = (lively(), lively());
        for (sent, (from, to, tag, stream)) in (0..).zip(extra) {
            let kind = if stream { Kind::Stream } else { Kind::Datagram };
            if tag != 5 || [from, to] != [1, 2] {
                busy.route(at(sent), Parcel { tag, ..parcel(kind, [from, to], sent) });
            }
            prop_assert_eq!(probe(&mut plain, sent), probe(&mut busy, sent));
        }
    }
}

#[test]
fn each_coordinate_moves_the_draw() {
    let base = parcel(Kind::Datagram, [1, 2], 3);
    let variants = [
        base,
        Parcel { from: 3, ..base },
        Parcel { to: 3, ..base },
        Parcel { tag: 1, ..base },
        Parcel { occurrence: 4, ..base },
        parcel(Kind::Datagram, [2, 1], 3),
    ];
    let profile = Profile::exponential(Span::ZERO, Span::from_secs(1));
    let mut arrivals = variants.map(|parcel| arrival(network(&profile, 4).route(at(0), parcel)));
    arrivals.sort_unstable();
    assert!(arrivals.windows(2).all(|pair| pair[0] < pair[1]), "{arrivals:?}");
    // Size, kind and time of sending are no coordinates.
    let mut again = network(&profile, 4);
    let other = Parcel { size: 9_999, kind: Kind::Stream, ..base };
    let later = arrival(again.route(at(70), other)).since(at(70));
    assert_eq!(later, arrival(network(&profile, 4).route(at(0), base)).since(at(0)));
}

#[test]
fn the_noise_seed_moves_latencies_and_the_world_seed_moves_regions() {
    let profile = Profile::named("simblock-2019").unwrap();
    let with = |world: u64, noise: u64| {
        let seeds = Seeds { world: Seed::from_number(world), noise: Seed::from_number(noise) };
        let mut network = Network::new(&profile, 64, Vec::new(), seeds).unwrap();
        let regions: Vec<u16> = (0..64).map(|node| network.region(node)).collect();
        (regions, network.route(at(0), parcel(Kind::Datagram, [0, 1], 0)))
    };
    let (regions, fate) = with(1, 1);
    assert_eq!(with(1, 1), (regions.clone(), fate));
    assert_eq!(with(1, 2).0, regions);
    assert_ne!(with(1, 2).1, fate);
    assert_ne!(with(2, 1).0, regions);
}

#[test]
fn a_fork_goes_on_alike_until_it_is_re_keyed() {
    let mut one = network(&Profile::named("wan").unwrap(), 4);
    let ask = |network: &mut Network, occurrence: u64| {
        // Far enough apart that the set-up of the connection holds up none of them.
        network.route(at(occurrence * 1_000), parcel(Kind::Stream, [0, 1], occurrence))
    };
    ask(&mut one, 0);
    let (mut alike, mut other) = (one.clone(), one.clone());
    other.rekey(&Seed::from_number(99));
    let fates = |network: &mut Network| -> Vec<Fate> { (1..50).map(|i| ask(network, i)).collect() };
    let expected = fates(&mut one);
    assert_eq!(fates(&mut alike), expected);
    assert_ne!(fates(&mut other), expected);
}

/// Pearson's statistic of the six regions' counts; with five degrees of freedom it exceeds 35.9 with probability 10⁻⁶.
#[test]
fn regions_have_their_shares() {
    const NODES: u32 = 50_000;
    let bitcoin = Profile::named("simblock-2019").unwrap();
    let litecoin = bitcoin.clone().with_region_share("litecoin").unwrap();
    for (drawn, against, fits) in
        [(&bitcoin, &bitcoin, true), (&litecoin, &litecoin, true), (&bitcoin, &litecoin, false)]
    {
        let network = network(drawn, NODES);
        let mut counts = [0u32; 6];
        for node in 0..NODES {
            counts[usize::from(network.region(node))] += 1;
        }
        let expected: Vec<f64> = against.shares().iter().map(|share| share * f64::from(NODES)).collect();
        let chi2 = chi2(&counts, &expected);
        assert_eq!(chi2 < 35.9, fits, "chi-squared {chi2:.1}");
    }
}

#[test]
fn a_region_without_a_share_stays_empty() {
    let text = "[p]\nsource = ''\nregions = ['a', 'b', 'c']\nlatency_sampling = 'constant'\n\
                latency_mean_ms = [[1, 1, 1], [1, 1, 1], [1, 1, 1]]\nregion_share.x = [0, 1, 0]";
    let network = network(&Profile::parse(text, "p").unwrap(), 500);
    assert!((0..500).all(|node| network.region(node) == 1));
    assert_eq!(network.region_name(1), "b");
}

/// Latency and loss of one parcel use two words of one draw: their correlation is zero within 4.9 standard errors.
#[test]
fn latency_says_nothing_about_loss() {
    const COUNT: u64 = 100_000;
    let exponential = Profile::exponential(Span::ZERO, Span::from_millis(1_000));
    let mut latencies = network(&exponential, 2);
    let mut losses = network(&exponential.with_loss(0.5).unwrap(), 2);
    let mut slow_and_lost = 0u64;
    for i in 0..COUNT {
        let ask = parcel(Kind::Datagram, [0, 1], i);
        let slow = arrival(latencies.route(at(0), ask)) > at(693);
        slow_and_lost += u64::from(slow && losses.route(at(0), ask) == Fate::Lost(Loss::Random));
    }
    let (mean, sigma) = (COUNT as f64 / 4.0, (COUNT as f64 * 3.0 / 16.0).sqrt());
    assert!((slow_and_lost as f64 - mean).abs() < SIGMAS * sigma, "{slow_and_lost} of {COUNT}");
}
