//! What the intervals cover and the tests decide, on data whose truth is known. Writes the tables of
//! docs/statistics.md:
//!
//! ```sh
//! cargo bench -p statistics --bench coverage -- --repetitions 10000
//! ```
//!
//! Without `--bench` (as `cargo test --benches` runs it) it does a few repetitions, so that it keeps running.

use contract::Seed;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use rayon::prelude::*;
use statistics::binomial::clopper_pearson;
use statistics::bootstrap::Bootstrap;
use statistics::holm::holm;
use statistics::interval::t_interval;
use statistics::{Bounds, Claim, ConfidenceSequence, Decision, Interval, Side, Statistic};

const SIZES: [usize; 6] = [10, 20, 30, 50, 100, 300];
const LEVEL: f64 = 0.95;
const RESAMPLES: usize = 1_000;
const RUNS_MAX: u64 = 512;

/// Uniform bits of one repetition.
struct Source(ChaCha8Rng);

impl Source {
    fn new(what: &str, repetition: u64) -> Source {
        Source(ChaCha8Rng::from_seed(*Seed::from_number(repetition).child(what).as_bytes()))
    }

    /// Strictly between 0 and 1.
    fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(self.uniform())).sqrt();
        radius * libm::cos(2.0 * std::f64::consts::PI * self.uniform())
    }
}

/// Values whose mean is known.
struct Family {
    name: &'static str,
    mean: f64,
    bounds: Option<Bounds>,
    draw: fn(&mut Source) -> f64,
}

/// Pareto with index 1.5, cut at 100: what a bounded heavy tail looks like.
const TAIL: f64 = 1.5;
const CUT: f64 = 100.0;

fn families() -> Vec<Family> {
    // E min(X, c) of a Pareto from 1: (a - c^(1-a)) / (a - 1).
    let capped = (TAIL - libm::pow(CUT, 1.0 - TAIL)) / (TAIL - 1.0);
    let lognormal = libm::exp(0.5);
    vec![
        Family { name: "normal", mean: 0.0, bounds: None, draw: Source::normal },
        Family { name: "lognormal (σ = 1)", mean: lognormal, bounds: None, draw: |s| libm::exp(s.normal()) },
        Family {
            name: "Bernoulli 0.1",
            mean: 0.1,
            bounds: Some(Bounds::UNIT),
            draw: |s| f64::from(u8::from(s.uniform() < 0.1)),
        },
        Family {
            name: "Pareto 1.5 capped at 100",
            mean: capped,
            bounds: Some(Bounds { low: 0.0, high: CUT }),
            draw: |s| libm::pow(s.uniform(), -1.0 / TAIL).min(CUT),
        },
    ]
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let asked = arguments.iter().position(|argument| argument == "--repetitions");
    let asked = asked.and_then(|at| arguments.get(at + 1)).and_then(|number| number.parse().ok());
    let bench = arguments.iter().any(|argument| argument == "--bench");
    let repetitions = asked.unwrap_or(if bench { 10_000 } else { 20 });
    println!("Repetitions: {repetitions}; bootstrap resamples: {RESAMPLES}.\n");
    intervals(repetitions);
    rates(repetitions);
    power(repetitions);
    libraries(repetitions);
}

fn share(repetitions: u64, holds: impl Fn(u64) -> bool + Sync) -> f64 {
    let hits = (0..repetitions).into_par_iter().filter(|repetition| holds(*repetition)).count();
    hits as f64 / repetitions as f64
}

fn row(name: &str, cells: impl Iterator<Item = String>) {
    println!("| {name} | {} |", cells.collect::<Vec<_>>().join(" | "));
}

fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

/// Coverage of the mean by n: t, BCa and the last interval of a confidence sequence, which was looked at after every run.
fn intervals(repetitions: u64) {
    println!("### Coverage [%] of nominal 95 % intervals for a mean, by number of seeds\n");
    row("values, method", SIZES.iter().map(ToString::to_string));
    row("---", SIZES.iter().map(|_| "---:".to_owned()));
    for family in families() {
        let covered = |n: usize, method: &(dyn Fn(&[f64], u64) -> Option<Interval> + Sync)| {
            percent(share(repetitions, |repetition| {
                let mut source = Source::new(&format!("{} {n}", family.name), repetition);
                let values: Vec<f64> = (0..n).map(|_| (family.draw)(&mut source)).collect();
                method(&values, repetition).is_some_and(|interval| interval.contains(family.mean))
            }))
        };
        row(&format!("{}, t", family.name), SIZES.iter().map(|n| covered(*n, &|values, _| t_interval(values, LEVEL))));
        let bca = |values: &[f64], repetition: u64| {
            let seed = Seed::from_number(repetition).child("resamples");
            Bootstrap { resamples: RESAMPLES, level: LEVEL, seed }.mean(values)
        };
        row(&format!("{}, BCa", family.name), SIZES.iter().map(|n| covered(*n, &bca)));
        if let Some(bounds) = family.bounds {
            let at_every_look =
                |n: usize| percent(share(repetitions, |repetition| always(&family, bounds, n, repetition)));
            row(&format!("{}, sequence at every look", family.name), SIZES.iter().map(|n| at_every_look(*n)));
        }
    }
    println!();
}

/// Whether all intervals of a sequence contain the mean: exactly if the mean was never rejected from either side.
fn always(family: &Family, bounds: Bounds, n: usize, repetition: u64) -> bool {
    let mut source = Source::new(family.name, repetition);
    let mut sequence = ConfidenceSequence::new(bounds, LEVEL);
    (0..n).for_each(|_| sequence.push((family.draw)(&mut source)));
    // Ends only move inwards, so the last interval tells of all.
    sequence.interval().contains(family.mean)
}

fn rates(repetitions: u64) {
    const RATES: [f64; 5] = [0.01, 0.05, 0.1, 0.3, 0.5];
    println!("### Coverage [%] of Clopper–Pearson at 95 %, by rate\n");
    row("seeds", RATES.iter().map(ToString::to_string));
    row("---", RATES.iter().map(|_| "---:".to_owned()));
    for n in SIZES {
        let covered = |rate: f64| {
            percent(share(repetitions, |repetition| {
                let mut source = Source::new("rates", repetition);
                let successes = (0..n).filter(|_| source.uniform() < rate).count() as u64;
                clopper_pearson(successes, n as u64, LEVEL).contains(rate)
            }))
        };
        row(&n.to_string(), RATES.iter().map(|rate| covered(*rate)));
    }
    println!();
}

fn decide(claim: Claim, mut draw: impl FnMut() -> f64) -> (Decision, u64, f64) {
    let mut test = claim.test().expect("a claim that can be tested");
    for _ in 0..RUNS_MAX {
        test.push(draw());
        if test.decision() != Decision::Open {
            break;
        }
    }
    (test.decision(), test.runs(), test.p_value())
}

/// How claims are decided as the truth moves away from the bound, in margins; 0 is an A/A run.
fn power(repetitions: u64) {
    const WORSE: [f64; 7] = [-1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0];
    let rate =
        Claim { statistic: Statistic::Rate, side: Side::AtLeast, bound: 0.9, margin: 0.05, alpha: 0.01, beta: 0.05 };
    let mean = Claim { statistic: Statistic::Mean(Bounds::UNIT), side: Side::AtMost, bound: 0.3, ..rate };
    let pair =
        Claim { statistic: Statistic::Mean(Bounds { low: -1.0, high: 1.0 }), side: Side::AtMost, bound: 0.0, ..rate };
    let median = Claim { statistic: Statistic::Quantile(0.5), side: Side::AtMost, bound: 1.0, ..rate };
    let beta_like = |s: &mut Source| (s.uniform() + s.uniform() + s.uniform()) / 3.0 - 0.5;
    println!("### Decisions [%] violated / holds, and seeds on average, by how much worse the truth is (in margins)\n");
    println!("α = 0.01, β = 0.05, at most {RUNS_MAX} seeds. The column 0 is an A/A run.\n");
    row("claim", WORSE.iter().map(ToString::to_string));
    row("---", WORSE.iter().map(|_| "---:".to_owned()));
    let line = |name: &str, claim: Claim, draw: &(dyn Fn(&mut Source, f64) -> f64 + Sync)| {
        row(name, WORSE.iter().map(|worse| decided(claim, repetitions, |source| draw(source, *worse))));
    };
    line("rate ≥ 0.9, margin 0.05", rate, &|s, worse| f64::from(u8::from(s.uniform() < 0.9 - worse * 0.05)));
    line("mean ≤ 0.3, margin 0.05, σ = 0.17", mean, &|s, worse| (0.3 + worse * 0.05 + beta_like(s)).clamp(0.0, 1.0));
    line("paired difference ≤ 0 in ±1, margin 0.05, σ = 0.08", pair, &|s, worse| worse * 0.05 + beta_like(s) / 2.0);
    line("median ≤ 1, margin 0.05, lognormal σ = 0.1", median, &|s, worse| {
        (1.0 + worse * 0.05) * libm::exp(0.1 * s.normal())
    });
    println!();
}

fn decided(claim: Claim, repetitions: u64, draw: impl Fn(&mut Source) -> f64 + Sync) -> String {
    let outcomes: Vec<(Decision, u64, f64)> = (0..repetitions)
        .into_par_iter()
        .map(|repetition| {
            let mut source = Source::new("power", repetition);
            decide(claim, || draw(&mut source))
        })
        .collect();
    let of = |wanted| outcomes.iter().filter(|(decision, ..)| *decision == wanted).count() as f64;
    let runs: u64 = outcomes.iter().map(|(_, runs, _)| runs).sum();
    let all = repetitions as f64;
    format!(
        "{:.2} / {:.1}, {:.0}",
        of(Decision::Violated) / all * 100.0,
        of(Decision::Holds) / all * 100.0,
        runs as f64 / all
    )
}

/// How often a library of true claims raises any alarm.
fn libraries(repetitions: u64) {
    const CLAIMS: u64 = 20;
    const ALPHA: f64 = 0.05;
    let claim = Claim {
        statistic: Statistic::Mean(Bounds::UNIT),
        side: Side::AtMost,
        bound: 0.3,
        margin: 0.05,
        alpha: ALPHA,
        beta: 0.05,
    };
    let p_values = |repetition: u64, alpha: f64| -> Vec<f64> {
        let one = |number: u64| {
            let mut source = Source::new("library", repetition * CLAIMS + number);
            decide(Claim { alpha, ..claim }, || source.uniform() * 0.6).2
        };
        (0..CLAIMS).map(one).collect()
    };
    let alone = share(repetitions, |repetition| p_values(repetition, ALPHA).iter().any(|p| *p <= ALPHA));
    let with_holm =
        share(repetitions, |repetition| holm(&p_values(repetition, ALPHA / CLAIMS as f64), ALPHA).contains(&true));
    println!("### Any false alarm [%] in a library of {CLAIMS} true claims at α = {ALPHA}\n");
    row("procedure", ["any alarm".to_owned()].into_iter());
    row("---", ["---:".to_owned()].into_iter());
    row("each at α", [percent(alone)].into_iter());
    row("Holm", [percent(with_holm)].into_iter());
}
