//! Swarm: each seed draws which kinds of fault its run has, and how often each (Groce et al., "Swarm Testing", ISSTA 2012). A run
//! without crashes may show what crashes would have hidden.

use std::fmt;

use net_model::Harm;

use super::draw::Dice;
use super::{Ill, Pick, Selection, What};

/// The kinds that a swarm draws from.
const KINDS: [&str; 9] =
    ["partition", "one-way", "latency", "loss", "bandwidth", "crash", "pause", "clock-step", "clock-drift"];

/// What one seed drew.
pub(super) struct Swarm<'a> {
    who: &'a Selection,
    /// Kinds and weights; the weights sum to 1.
    weights: Vec<(&'static str, f64)>,
}

impl<'a> Swarm<'a> {
    /// Each kind is in with probability 1/2, with a uniform weight; if none is, one of them alone.
    pub(super) fn new(who: &'a Selection, dice: &mut Dice) -> Swarm<'a> {
        let mut weights = Vec::new();
        for kind in KINDS {
            let (weight, in_it) = (dice.unit(), dice.unit() < 0.5);
            weights.extend(in_it.then_some((kind, weight)));
        }
        if weights.is_empty() {
            weights.push((KINDS[dice.below(KINDS.len() as u64) as usize], 1.0));
        }
        let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
        weights.iter_mut().for_each(|(_, weight)| *weight /= sum);
        Swarm { who, weights }
    }

    /// One fault.
    pub(super) fn pick(&self, dice: &mut Dice) -> What {
        let unit = dice.unit();
        let mut sum = 0.0;
        let reached = |(_, weight): &&(&str, f64)| {
            sum += weight;
            unit < sum
        };
        let kind = self.weights.iter().find(reached).or(self.weights.last()).map_or("partition", |(kind, _)| *kind);
        let share = Selection(vec![Pick::Share(dice.unit())]);
        let links = |one_way, harm| What::Links { sides: [share, Selection::everyone()], one_way, harm };
        let nodes = |ill| What::Nodes { who: self.who.clone(), ill };
        let one = dice.unit();
        match kind {
            "partition" => links(false, Harm::Cut),
            "one-way" => links(true, Harm::Cut),
            // From 1 to 20 times, and down to a thousandth: uniform in the logarithm.
            "latency" => links(false, Harm::Slow { factor: libm::pow(20.0, one) }),
            "bandwidth" => links(false, Harm::Narrow { factor: libm::pow(1_000.0, -one) }),
            "loss" => links(false, Harm::Lose { probability: one / 2.0 }),
            "crash" => nodes(Ill::Crash),
            "pause" => nodes(Ill::Pause),
            // Up to two seconds either way, and up to 1,000 ppm.
            "clock-step" => nodes(Ill::Step { by_ns: ((one - 0.5) * 4e9) as i64 }),
            _ => nodes(Ill::Drift { by_ppb: ((one - 0.5) * 2e6) as i64 }),
        }
    }
}

impl fmt::Display for Swarm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<String> = self.weights.iter().map(|(kind, weight)| format!("{kind} {weight:.2}")).collect();
        write!(f, "swarm of {}", kinds.join(", "))
    }
}
