//! Every law against its formula, written down again here from the definition and not from the sampler.

use rand_distr::{Distribution, StandardNormal};

use super::*;
use crate::testing::{KS_BOUND, SIGMAS, key, ks, normal_cdf};

const COUNT: u64 = 40_000;

fn pareto(mean_ms: f64, whole_ms: bool) -> Law {
    Law::Pareto { least_ns: (mean_ms - 5.0) * 1e6, inverse_shape: 1.0 / (0.2 * mean_ms), whole_ms }
}

/// The distribution function that a law's documentation promises, of nanoseconds.
fn cdf(law: Law) -> Box<dyn Fn(f64) -> f64> {
    match law {
        Law::Constant { .. } => unreachable!("not continuous"),
        Law::Pareto { least_ns, inverse_shape, .. } => {
            Box::new(move |x| 1.0 - libm::pow(least_ns / x, 1.0 / inverse_shape))
        }
        Law::Lognormal { least_ns, median_ns, sigma } => {
            Box::new(move |x| normal_cdf(libm::log((x - least_ns) / median_ns) / sigma))
        }
        Law::Exponential { least_ns, mean_ns } => Box::new(move |x| 1.0 - libm::exp(-(x - least_ns) / mean_ns)),
    }
}

fn samples(law: Law) -> Vec<f64> {
    let key = key("latency tests");
    (0..COUNT).map(|i| law.sample(key.draw(1, i)[0]).as_nanos() as f64).collect()
}

fn continuous() -> [Law; 8] {
    [
        pareto(11.0, false),
        pareto(32.0, false),
        pareto(124.0, false),
        pareto(325.0, false),
        Law::Lognormal { least_ns: 0.0, median_ns: 0.2e6, sigma: 0.1 },
        Law::Lognormal { least_ns: 0.0, median_ns: 50e6, sigma: 0.3 },
        Law::Exponential { least_ns: 0.0, mean_ns: 1e6 },
        Law::Exponential { least_ns: 5e6, mean_ns: 1e9 },
    ]
}

/// Risk 0.001 for each of the eight laws.
#[test]
fn samples_follow_the_promised_distribution() {
    for law in continuous() {
        let statistic = ks(samples(law), cdf(law));
        assert!(statistic < KS_BOUND, "{law:?}: D·√n = {statistic:.3}");
    }
}

/// The test above can fail: it tells a mean of 124 ms from one of 124.1 ms, and a sigma of 0.3 from one of 0.31.
#[test]
fn the_distribution_test_notices_a_small_error() {
    let near = [
        (pareto(124.0, false), pareto(124.1, false)),
        (
            Law::Lognormal { least_ns: 0.0, median_ns: 50e6, sigma: 0.31 },
            Law::Lognormal { least_ns: 0.0, median_ns: 50e6, sigma: 0.3 },
        ),
        (Law::Exponential { least_ns: 0.0, mean_ns: 1.02e6 }, Law::Exponential { least_ns: 0.0, mean_ns: 1e6 }),
    ];
    for (drawn, promised) in near {
        assert!(ks(samples(drawn), cdf(promised)) > KS_BOUND, "{drawn:?}");
    }
}

/// Sample mean and mean absolute deviation against their formulas; risk 10⁻⁶ each, by the sample's own standard error. The
/// Pareto law of mean 11 ms has an all but infinite variance, so that only its distribution is tested, above.
#[test]
fn means_and_deviations_follow_the_formulas() {
    for law in continuous().into_iter().skip(1) {
        let sample = samples(law);
        let deviations = sample.iter().map(|x| (x - law.mean_ns()).abs()).collect();
        for (sample, formula) in [(sample, law.mean_ns()), (deviations, law.mean_deviation_ns())] {
            let count = sample.len() as f64;
            let mean = sample.iter().sum::<f64>() / count;
            let variance = sample.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (count - 1.0);
            let error = (variance / count).sqrt();
            assert!((mean - formula).abs() < SIGMAS * error, "{law:?}: {mean} against {formula} ± {error}");
        }
    }
}

#[test]
fn the_mean_of_simblocks_rule_is_the_given_one() {
    for mean_ms in [11.0, 32.0, 124.0, 325.0] {
        let relative = pareto(mean_ms, false).mean_ns() / (mean_ms * 1e6) - 1.0;
        assert!(relative.abs() < 1e-12, "{mean_ms} ms: off by {relative}");
    }
}

#[test]
fn a_constant_is_constant_and_takes_at_least_a_nanosecond() {
    let constant = Law::Constant { latency_ns: 1e6 };
    assert_eq!(constant.sample(0), Span::from_millis(1));
    assert_eq!(constant.sample(u64::MAX), Span::from_millis(1));
    assert_eq!(constant.mean_deviation_ns(), 0.0);
    assert_eq!(Law::Constant { latency_ns: 0.0 }.sample(5), Span::from_nanos(1));
    assert_eq!(Law::Exponential { least_ns: 0.0, mean_ns: 0.0 }.sample(5), Span::from_nanos(1));
}

#[test]
fn whole_milliseconds_are_rounded_half_up_as_in_simblock() {
    let (exact, rounded) = (pareto(32.0, false), pareto(32.0, true));
    for i in 0..1_000 {
        let [bits, _] = key("rounding").draw(1, i);
        let nanos = exact.sample(bits).as_nanos();
        assert_eq!(rounded.sample(bits).as_nanos(), (nanos + 500_000) / 1_000_000 * 1_000_000);
    }
}

/// Values of the paper (p. 483) for AS 241.
#[test]
fn normal_quantiles_have_the_published_values() {
    let published = [
        (0.25, -0.674_489_750_196_081_7),
        (0.001, -3.090_232_306_167_814),
        (1e-20, -9.262_340_089_798_408),
        (0.5, 0.0),
        (0.975, 1.959_963_984_540_054),
    ];
    for (unit, quantile) in published {
        let error = standard_normal_quantile(unit) - quantile;
        assert!(error.abs() <= 4e-15, "{unit}: off by {error}");
    }
}

#[test]
fn normal_quantiles_invert_the_distribution_function() {
    for step in -370..=80 {
        let z = f64::from(step) / 10.0;
        let relative = standard_normal_quantile(normal_cdf(z)) - z;
        // Above the mean the distribution function itself has lost digits to being close to 1.
        let digits = 4e-15 * z.abs().max(1.0) + 2e-16 / libm::exp(-z.max(0.0) * z.max(0.0) / 2.0);
        assert!(relative.abs() <= digits, "{z}: off by {relative}");
    }
}

/// The library's ziggurat as an oracle: two samples of one distribution, risk 0.001.
#[test]
fn normal_variates_agree_with_rand_distr() {
    let key = key("oracle");
    let mut oracle: Vec<f64> = (0..COUNT).map(|i| StandardNormal.sample(&mut key.stream(2, i))).collect();
    oracle.sort_by(f64::total_cmp);
    let ours = (0..COUNT).map(|i| standard_normal_quantile(open_unit(key.draw(1, i)[0]))).collect();
    let empirical = |x: f64| oracle.partition_point(|&y| y <= x) as f64 / oracle.len() as f64;
    // Against a sample of equal size the statistic is √2 as large.
    let statistic = ks(ours, empirical) / 2f64.sqrt();
    assert!(statistic < KS_BOUND, "D·√n = {statistic:.3}");
}

/// Bit for bit on every machine: these values enter every digest.
#[test]
fn golden_samples_do_not_change() {
    let words = [0, 1 << 12, u64::MAX / 7, u64::MAX / 2, u64::MAX - (1 << 20), u64::MAX];
    let golden: Vec<String> = continuous()
        .iter()
        .map(|law| format!("{law:?}: {:?}", words.map(|bits| law.sample(bits).as_nanos())))
        .collect();
    insta::assert_snapshot!(golden.join("\n"));
}
