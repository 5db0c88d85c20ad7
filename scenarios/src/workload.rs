//! A workload: commands at random or regular times, with random arguments.
//!
//! Every number is a keyed draw of (seed, workload's name, node, occurrence): another workload, another node or one command
//! more moves none of them. A float lives between a draw and the integer that it becomes, through `libm` only.

use std::fmt;
use std::ops::Range;

use contract::draws::{Key, below, open_unit};
use contract::{Seed, Span, Time};

use crate::quantity::Quantity;
use crate::resolve::ScriptLine;

/// The most commands that the workloads of a scenario may be expected to give in a run.
pub const COMMANDS_MAX: u64 = 10_000_000;

/// Commands for some nodes.
#[derive(Clone, Debug)]
pub struct Workload {
    /// What it is called.
    pub name: String,
    /// Who is given the commands.
    pub by: Range<u32>,
    /// How they follow each other.
    pub pace: Pace,
    /// Commands come from here, up to and including the end.
    pub span: (Time, Time),
    /// The most commands of a node.
    pub count: u32,
    /// The command, with `$name` where a draw goes.
    pub command: toml::Table,
    /// Where it is written.
    pub place: Range<usize>,
    /// What is drawn for each command.
    pub draws: Vec<(String, Draw)>,
}

/// How the commands of a node follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// A Poisson process with this mean gap.
    Poisson(Span),
    /// Regular, with a first gap that is uniform up to the regular one.
    Regular(Span),
}

/// A distribution with bounds.
#[derive(Clone, Debug)]
pub struct Draw {
    /// The distribution.
    pub of: Distribution,
    /// What is drawn outside becomes the nearer bound; in smallest units.
    pub bounds: (u64, u64),
}

/// What is drawn.
#[derive(Clone, Debug)]
pub enum Distribution {
    /// A node of these other than the one that is given the command, by name.
    Node(Vec<(u32, String)>),
    /// One of these.
    Choice(Vec<toml::Value>),
    /// Uniform between these two, both included.
    Uniform(Quantity, Quantity),
    /// Exponential with this mean.
    Exponential(Quantity),
    /// Log-normal with this median and this standard deviation of the logarithm.
    LogNormal(Quantity, f64),
    /// Pareto (type I) with this minimum and tail index.
    Pareto(Quantity, f64),
}

impl Workload {
    /// How many commands a run is expected to have.
    pub fn expected(&self) -> u64 {
        let (Pace::Poisson(gap) | Pace::Regular(gap)) = self.pace;
        let span = self.span.1.since(self.span.0).as_nanos();
        let each = (span / gap.as_nanos().max(1)).saturating_add(1).min(u64::from(self.count));
        each.saturating_mul(u64::from(self.by.end - self.by.start))
    }

    /// The commands of a run, node by node.
    pub fn lines<'a>(&'a self, noise: &Seed) -> impl Iterator<Item = ScriptLine> + 'a {
        let seed = noise.child("workload").child(&self.name);
        self.by.clone().flat_map(move |node| self.lines_of(node, &seed))
    }

    /// The first command of the first node as a run with this seed may have it, whenever it comes.
    pub fn example(&self, noise: &Seed) -> ScriptLine {
        let seed = noise.child("workload").child(&self.name);
        let keys = self.keys(&seed);
        self.line(self.span.0, self.by.start, 0, &keys)
    }

    fn keys(&self, seed: &Seed) -> Vec<Key> {
        self.draws.iter().map(|(name, _)| seed.child("draw").key(name)).collect()
    }

    fn lines_of<'a>(&'a self, node: u32, seed: &Seed) -> impl Iterator<Item = ScriptLine> + use<'a> {
        let (gaps, keys) = (seed.key("gap"), self.keys(seed));
        let mut at = self.span.0;
        (0..u64::from(self.count)).map_while(move |occurrence| {
            at = at + self.gap(gaps.draw(u64::from(node), occurrence)[0], occurrence);
            (at <= self.span.1).then(|| self.line(at, node, occurrence, &keys))
        })
    }

    fn gap(&self, bits: u64, occurrence: u64) -> Span {
        match self.pace {
            // The inverse of the exponential distribution function; at least 1 ns, so that time goes on.
            Pace::Poisson(mean) => {
                Span::from_nanos(((-libm::log(open_unit(bits)) * mean.as_nanos() as f64) as u64).max(1))
            }
            Pace::Regular(gap) if occurrence == 0 => Span::from_nanos(below(bits, gap.as_nanos())),
            Pace::Regular(gap) => gap,
        }
    }

    fn line(&self, at: Time, node: u32, occurrence: u64, keys: &[Key]) -> ScriptLine {
        let draws = self.draws.iter().zip(keys);
        let values: Vec<(&str, toml::Value)> = draws
            .map(|((name, draw), key)| (name.as_str(), draw.value(node, key.draw(u64::from(node), occurrence))))
            .collect();
        let mut command = toml::Value::Table(self.command.clone());
        fill(&mut command, &values);
        let toml::Value::Table(command) = command else { unreachable!("a table stays a table") };
        ScriptLine { at, node, command, place: self.place.clone() }
    }
}

/// Puts what was drawn in the place of `$name`.
fn fill(value: &mut toml::Value, drawn: &[(&str, toml::Value)]) {
    match value {
        toml::Value::String(text) => {
            let of = |name: &str| drawn.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
            if let Some(drawn) = text.strip_prefix('$').and_then(of) {
                *value = drawn;
            }
        }
        toml::Value::Table(table) => table.iter_mut().for_each(|(_, value)| fill(value, drawn)),
        toml::Value::Array(values) => values.iter_mut().for_each(|value| fill(value, drawn)),
        _ => {}
    }
}

impl fmt::Display for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.of {
            Distribution::Node(nodes) => write!(f, "one of {} nodes", nodes.len())?,
            Distribution::Choice(values) => write!(f, "one of {}", toml::Value::Array(values.clone()))?,
            Distribution::Uniform(low, high) => write!(f, "U({low}, {high})")?,
            Distribution::Exponential(mean) => write!(f, "Exp(mean {mean})")?,
            Distribution::LogNormal(median, sigma) => write!(f, "LogNormal(median {median}, sigma {sigma})")?,
            Distribution::Pareto(minimum, alpha) => write!(f, "Pareto(minimum {minimum}, alpha {alpha})")?,
        }
        match self.bounds {
            (0, high) if high == i64::MAX as u64 => Ok(()),
            (low, high) => write!(f, " within {low}..={high}"),
        }
    }
}

impl Draw {
    /// The value that these bits give to a command for `node`.
    fn value(&self, node: u32, bits: [u64; 2]) -> toml::Value {
        let pick = |length: usize| below(bits[0], length as u64) as usize;
        match &self.of {
            Distribution::Node(nodes) => {
                // The one that is given the command is passed over.
                let me = nodes.iter().position(|(other, _)| *other == node);
                let picked = pick(nodes.len() - usize::from(me.is_some()));
                let picked = picked + usize::from(me.is_some_and(|me| picked >= me));
                toml::Value::String(nodes[picked].1.clone())
            }
            Distribution::Choice(values) => values[pick(values.len())].clone(),
            Distribution::Uniform(low, high) => {
                let width = (high.value - low.value).saturating_add(1);
                self.bounded(*low, low.value + below(bits[0], width))
            }
            Distribution::Exponential(mean) => self.scaled(*mean, -libm::log(open_unit(bits[0]))),
            Distribution::LogNormal(median, sigma) => self.scaled(*median, libm::exp(sigma * normal(bits))),
            Distribution::Pareto(minimum, alpha) => self.scaled(*minimum, libm::pow(open_unit(bits[0]), -1.0 / alpha)),
        }
    }

    /// A quantity times a factor. A float that exceeds every integer becomes the largest.
    fn scaled(&self, quantity: Quantity, factor: f64) -> toml::Value {
        self.bounded(quantity, libm::round(quantity.value as f64 * factor) as u64)
    }

    fn bounded(&self, like: Quantity, value: u64) -> toml::Value {
        let (low, high) = self.bounds;
        Quantity { value: value.clamp(low, high), ..like }.to_toml()
    }
}

/// A standard normal variate from two uniform ones (Box and Muller, Annals of Mathematical Statistics 29(2), 1958).
fn normal([one, two]: [u64; 2]) -> f64 {
    libm::sqrt(-2.0 * libm::log(open_unit(one))) * libm::cos(std::f64::consts::TAU * open_unit(two))
}

#[cfg(test)]
mod tests;
