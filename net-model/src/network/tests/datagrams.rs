//! Datagrams: latency by profile, loss by chance.

use super::*;
use crate::testing::{KS_BOUND, SIGMAS, arrival, ks, normal_cdf};

const COUNT: u64 = 20_000;

/// One-way latencies in milliseconds of `COUNT` datagrams, as the network answers them.
fn latencies(profile: &Profile, ends: [u32; 2]) -> Vec<f64> {
    let profile = profile.clone().without_bandwidth().with_loss(0.0).unwrap();
    let mut network = network(&profile, 200);
    let latency = |i| arrival(network.route(at(i), parcel(Kind::Datagram, ends, i))).since(at(i)).as_secs_f64() * 1e3;
    (0..COUNT).map(latency).collect()
}

/// The quantile of a sorted sample.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[(share * sorted.len() as f64) as usize]
}

/// Every pair of regions of SimBlock's table: distribution at risk 0.001 for the worst of 36 pairs, so the bound is that of risk
/// 0.001 / 36; and its 10th, 50th, 90th and 99th percentile within 4.9 standard errors, which for a quantile are
/// √(p(1−p)/n) / density.
#[test]
fn simblock_latencies_follow_its_formula_between_all_regions() {
    const KS_BOUND_36: f64 = 2.365;
    let profile = Profile::named("simblock-2019").unwrap();
    let network = network(&profile, 200);
    let resident = |region: u16, skip| (0..200).filter(|&node| network.region(node) == region).nth(skip);
    let mut pairs = 0;
    for from in 0..6 {
        for to in 0..6 {
            let (Some(a), Some(b)) = (resident(from, 0), resident(to, 1)) else { continue };
            let mean_ms = profile.law(from, to).mean_ns() / 1e6;
            let (least, shape) = (mean_ms - 5.0, 0.2 * mean_ms);
            let mut sample = latencies(&profile, [a, b]);
            let statistic = ks(sample.clone(), |x| 1.0 - libm::pow(least / x, shape));
            assert!(statistic < KS_BOUND_36, "{mean_ms} ms: D·√n = {statistic:.3}");
            sample.sort_by(f64::total_cmp);
            for share in [0.1, 0.5, 0.9, 0.99] {
                let formula = least * libm::pow(1.0 - share, -1.0 / shape);
                let density = shape * (1.0 - share) / formula;
                let error = (share * (1.0 - share) / COUNT as f64).sqrt() / density;
                let found = quantile(&sample, share);
                assert!((found - formula).abs() < SIGMAS * error, "{mean_ms} ms, {share}: {found} against {formula}");
            }
            pairs += 1;
        }
    }
    assert!(pairs >= 25, "only {pairs} pairs of regions had residents");
}

#[test]
fn plain_profiles_follow_their_formulas() {
    for (name, median, sigma) in [("lan", 0.2, 0.1), ("wan", 50.0, 0.3)] {
        let sample = latencies(&Profile::named(name).unwrap(), [0, 1]);
        let mean = sample.iter().sum::<f64>() / COUNT as f64;
        let formula = median * libm::exp(sigma * sigma / 2.0);
        let deviation = formula * libm::sqrt(libm::exp(sigma * sigma) - 1.0);
        let error = deviation / (COUNT as f64).sqrt();
        assert!((mean - formula).abs() < SIGMAS * error, "{name}: mean {mean} against {formula}");
        // Samples are whole nanoseconds, far finer than what the statistic can see.
        let statistic = ks(sample, |x| normal_cdf(libm::log(x / median) / sigma));
        assert!(statistic < KS_BOUND, "{name}: D·√n = {statistic:.3}");
    }
    assert!(latencies(&Profile::named("perfect").unwrap(), [0, 1]).iter().all(|&ms| ms == 1.0));
    let sample = latencies(&Profile::exponential(Span::from_millis(2), Span::from_millis(8)), [0, 1]);
    let statistic = ks(sample, |x| 1.0 - libm::exp(-(x - 2.0) / 8.0));
    assert!(statistic < KS_BOUND, "exponential: D·√n = {statistic:.3}");
}

/// Within 4.9 standard deviations of the binomial distribution; without loss, exactly none.
#[test]
fn losses_have_their_share() {
    for (loss, count) in [(0.0, 10_000u64), (0.001, 400_000), (0.1, 100_000), (1.0, 10_000)] {
        let mut network = network(&Profile::named("wan").unwrap().without_bandwidth().with_loss(loss).unwrap(), 2);
        let lost = (0..count)
            .filter(|&i| network.route(at(0), parcel(Kind::Datagram, [0, 1], i)) == Fate::Lost(Loss::Random))
            .count() as f64;
        let (mean, sigma) = (count as f64 * loss, (count as f64 * loss * (1.0 - loss)).sqrt());
        assert!((lost - mean).abs() <= SIGMAS * sigma, "{loss}: {lost} lost of {count}");
    }
}
