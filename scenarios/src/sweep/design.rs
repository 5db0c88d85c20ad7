//! What a swept key takes, and how the values of several keys are combined.

use contract::draws::{Key, below};
use contract::{Seed, draws};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::raw::Spanned;
use crate::source::{BadScenario, Source, closest};

/// `[design]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawDesign {
    /// `grid` (all combinations), `random` (independent samples) or `latin-hypercube` (each key's range is cut into as many
    /// parts as there are samples, and each part is taken once).
    pub kind: Spanned<String>,
    /// How many cells a random or Latin-hypercube design has.
    pub samples: Option<Spanned<u32>>,
    /// What the samples are drawn from; another number gives another design.
    #[serde(default = "default_seed")]
    pub seed: u64,
}

const fn default_seed() -> u64 {
    1
}

/// A range of a swept key, instead of a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRange {
    /// The first value.
    from: toml::Value,
    /// The last value.
    to: toml::Value,
    /// How many values a grid takes, both ends included.
    count: Option<u32>,
    /// Whether the values are spread evenly over the logarithm.
    #[serde(default)]
    log: bool,
    /// What is written behind each number, such as `ms`.
    unit: Option<String>,
}

/// The values of one key.
#[derive(Clone, Debug)]
pub(super) enum Axis {
    List(Vec<toml::Value>),
    Range { from: f64, to: f64, count: Option<u32>, log: bool, whole: bool, unit: Option<String> },
}

impl Axis {
    pub(super) fn read(source: &Source, written: &Spanned<toml::Value>) -> Result<Axis, BadScenario> {
        let place = written.span();
        match written.get_ref() {
            toml::Value::Array(values) if values.is_empty() => {
                Err(source.error(place, "a swept key without values", "give at least one value"))
            }
            toml::Value::Array(values) => Ok(Axis::List(values.clone())),
            toml::Value::Table(table) => {
                let range: RawRange = table.clone().try_into().map_err(|error: toml::de::Error| {
                    source.error(place.clone(), error.message(), "write `{ from = 0.1, to = 0.9, count = 5 }`")
                })?;
                range.check().map_err(|(what, hint)| source.error(place, what, hint))
            }
            _ => {
                let hint = "write a list `[1, 2, 3]` or a range `{ from = 0.1, to = 0.9, count = 5 }`";
                Err(source.error(place, "a swept key takes a list or a range", hint))
            }
        }
    }

    /// Whether it can take this value.
    pub(super) fn list(&self) -> Option<&[toml::Value]> {
        match self {
            Axis::List(values) => Some(values),
            Axis::Range { .. } => None,
        }
    }

    /// The values of a grid; none if a range does not say how many.
    fn grid(&self) -> Option<Vec<String>> {
        match self {
            Axis::List(values) => Some(values.iter().map(toml::Value::to_string).collect()),
            Axis::Range { count, .. } => {
                let count = (*count)?;
                let step = f64::from(count.saturating_sub(1).max(1));
                Some((0..count).map(|index| self.at(f64::from(index) / step)).collect())
            }
        }
    }

    /// The value at a share of the range, from 0 to below 1 for a list.
    fn at(&self, share: f64) -> String {
        match self {
            Axis::List(values) => {
                let index = (share * values.len() as f64) as usize;
                values[index.min(values.len() - 1)].to_string()
            }
            Axis::Range { from, to, log, whole, unit, .. } => {
                let value = if *log {
                    libm::exp(libm::log(*from) + share * (libm::log(*to) - libm::log(*from)))
                } else {
                    from + share * (to - from)
                };
                // Six digits are enough for a design, and units have a finest part.
                let value: f64 = format!("{value:.5e}").parse().expect("a number that was just written");
                let number = match whole {
                    true => format!("{}", value.round() as i64),
                    // A number before a unit needs no fraction.
                    false if unit.is_some() => format!("{value}"),
                    false => format!("{value:?}"),
                };
                match unit {
                    Some(unit) => toml::Value::String(format!("{number} {unit}")).to_string(),
                    None => number,
                }
            }
        }
    }
}

impl RawRange {
    fn check(self) -> Result<Axis, (String, &'static str)> {
        let number = |value: &toml::Value| match value {
            toml::Value::Integer(integer) => Some(*integer as f64),
            toml::Value::Float(float) if float.is_finite() => Some(*float),
            _ => None,
        };
        let whole = self.from.is_integer() && self.to.is_integer();
        let (Some(from), Some(to)) = (number(&self.from), number(&self.to)) else {
            return Err(("a range between what is no number".into(), "a quantity's unit goes into `unit = \"ms\"`"));
        };
        if from >= to {
            return Err((format!("a range from {from} to {to}"), "`from` is below `to`"));
        }
        if self.log && from <= 0.0 {
            return Err((format!("a logarithmic range from {from}"), "it begins above zero"));
        }
        if self.count == Some(0) {
            return Err(("a range of no values".into(), "`count` is at least 1"));
        }
        // What has a unit can be divided.
        let whole = whole && self.unit.is_none();
        Ok(Axis::Range { from, to, count: self.count, log: self.log, whole, unit: self.unit })
    }
}

/// How the cells of a sweep are made from its axes.
pub(super) enum Design {
    Grid,
    Samples { latin: bool, samples: u32, seed: Seed },
}

const KINDS: [&str; 3] = ["grid", "random", "latin-hypercube"];

impl Design {
    pub(super) fn read(source: &Source, written: Option<&RawDesign>) -> Result<Design, BadScenario> {
        let Some(written) = written else { return Ok(Design::Grid) };
        let kind = written.kind.get_ref().as_str();
        let latin = match (kind, &written.samples) {
            ("grid", None) => return Ok(Design::Grid),
            ("grid", Some(samples)) => {
                let hint = "a range in `[sweep]` has a `count`, or choose another `kind`";
                return Err(source.error(samples.span(), "a grid takes no samples", hint));
            }
            ("random", _) => false,
            ("latin-hypercube", _) => true,
            _ => {
                let hint = closest(kind, KINDS.into_iter()).unwrap_or_default();
                return Err(source.error(written.kind.span(), format!("no design `{kind}`"), hint));
            }
        };
        match &written.samples {
            Some(samples) if *samples.get_ref() > 0 => {
                let seed = Seed::from_number(written.seed).child("design");
                Ok(Design::Samples { latin, samples: *samples.get_ref(), seed })
            }
            _ => {
                Err(source.error(written.kind.span(), format!("a {kind} design without samples"), "add `samples = 50`"))
            }
        }
    }

    /// How many cells it makes.
    pub(super) fn cells(&self, axes: &[(String, Axis)]) -> usize {
        match self {
            Design::Grid => {
                let count = |axis: &Axis| match axis {
                    Axis::List(values) => values.len(),
                    Axis::Range { count, .. } => count.unwrap_or(1) as usize,
                };
                axes.iter().fold(1usize, |cells, (_, axis)| cells.saturating_mul(count(axis)))
            }
            Design::Samples { samples, .. } => *samples as usize,
        }
    }

    /// The settings of all cells; the key of a range without a count, where a grid needs one.
    pub(super) fn settings(&self, axes: &[(String, Axis)]) -> Result<Vec<super::Settings>, String> {
        match self {
            Design::Grid => grid(axes),
            Design::Samples { latin, samples, seed } => Ok(sampled(axes, *latin, *samples, seed)),
        }
    }
}

fn grid(axes: &[(String, Axis)]) -> Result<Vec<super::Settings>, String> {
    let mut combinations: Vec<super::Settings> = vec![Vec::new()];
    for (key, axis) in axes {
        let values = axis.grid().ok_or_else(|| key.clone())?;
        let with = |settings: &super::Settings, value: &String| {
            let mut settings = settings.clone();
            settings.push((key.clone(), value.clone()));
            settings
        };
        combinations =
            combinations.iter().flat_map(|settings| values.iter().map(move |value| with(settings, value))).collect();
    }
    Ok(combinations)
}

/// Latin hypercube: McKay, Beckman, Conover, "A Comparison of Three Methods for Selecting Values of Input Variables",
/// Technometrics 21(2), 1979. Every key draws for itself, so one more key does not move the others.
fn sampled(axes: &[(String, Axis)], latin: bool, samples: u32, seed: &Seed) -> Vec<super::Settings> {
    let column = |(key, axis): &(String, Axis)| -> Vec<String> {
        let draws = seed.key(key);
        let uniform = |sample: u32| draws::open_unit(draws.draw(0, u64::from(sample))[0]);
        let strata = shuffled(samples, draws);
        let share = |sample: u32| match latin {
            true => (f64::from(strata[sample as usize]) + uniform(sample)) / f64::from(samples),
            false => uniform(sample),
        };
        (0..samples).map(|sample| axis.at(share(sample))).collect()
    };
    let columns: Vec<Vec<String>> = axes.iter().map(column).collect();
    let settings = |sample: u32| {
        let keys = axes.iter().map(|(key, _)| key.clone());
        keys.zip(columns.iter().map(|column| column[sample as usize].clone())).collect()
    };
    (0..samples).map(settings).collect()
}

/// A permutation of 0 to n − 1 (Fisher and Yates).
fn shuffled(n: u32, draws: Key) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n).collect();
    for index in (1..n).rev() {
        let other = below(draws.draw(1, u64::from(index))[0], u64::from(index) + 1);
        order.swap(index as usize, other as usize);
    }
    order
}
