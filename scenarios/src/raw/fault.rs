//! `[[fault]]` as written.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Error, SeqAccess, Visitor, value::SeqAccessDeserializer};

use super::{Pair, Spanned};

/// All faults: a list of tables, or the word `swarm` for one that draws what goes wrong.
#[derive(Debug)]
pub enum RawFaults {
    /// `[[fault]]`
    Listed(Vec<Spanned<RawFault>>),
    /// `fault = "swarm"`
    Swarm,
}

impl Default for RawFaults {
    fn default() -> Self {
        RawFaults::Listed(Vec::new())
    }
}

impl RawFaults {
    /// The faults that stand in a list; none of a swarm that stands alone.
    pub fn listed(&self) -> &[Spanned<RawFault>] {
        match self {
            RawFaults::Listed(faults) => faults,
            RawFaults::Swarm => &[],
        }
    }
}

/// `[[fault]]`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawFault {
    /// What goes wrong: `partition`, `latency`, `loss`, `bandwidth`, `crash`, `pause`, `clock-step`, `clock-drift`, `churn`,
    /// `eclipse` or `swarm`.
    pub kind: Spanned<String>,
    /// When it begins; with a `rate`, from when on it may. The start of the run if it is left out.
    pub from: Option<Spanned<String>>,
    /// When it ends; with a `rate`, when the last one has begun. The end of the run if it is left out.
    pub until: Option<Spanned<String>>,
    /// How often it begins, at moments that are drawn: `"2 /min"`. Without a rate it happens once.
    pub rate: Option<Spanned<String>>,
    /// How long each lasts on average, if moments are drawn; the lengths are exponential.
    pub lasts: Option<Spanned<String>>,
    /// The two ends of the links that are struck: names of populations or nodes, `region:NAME`, `random:0.3` for a share of the nodes,
    /// `*` for everybody; on the second side of a partition, for everybody else.
    pub sides: Option<Pair<Vec<Spanned<String>>>>,
    /// Whether only what the first side sends the second is struck.
    pub one_way: Option<Spanned<bool>>,
    /// The nodes that are struck, written as in `sides`; all links of these nodes for a fault of links.
    pub nodes: Option<Vec<Spanned<String>>>,
    /// The node that is struck.
    pub node: Option<Spanned<String>>,
    /// What latency or bandwidth is multiplied by.
    pub factor: Option<Spanned<f64>>,
    /// The probability with which a transmission is lost.
    pub probability: Option<Spanned<f64>>,
    /// How far a clock jumps, `"-2 s"`, or by how much faster it runs, `"200 ppm"`.
    pub by: Option<Spanned<String>>,
    /// How long nodes that churn are up.
    pub session: Option<Spanned<RawLasting>>,
    /// How long nodes that churn are down.
    pub gap: Option<Spanned<RawLasting>>,
    /// Whom alone an eclipsed node reaches.
    pub attackers: Option<Vec<Spanned<String>>>,
}

/// A distribution of lengths of time.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawLasting {
    /// `constant`, `exponential`, `weibull`, `lognormal` or `pareto`.
    pub law: Spanned<String>,
    /// Its mean.
    pub mean: Spanned<String>,
    /// The shape of `weibull` and `pareto`, or the standard deviation of the logarithm of `lognormal`.
    pub shape: Option<Spanned<f64>>,
}

impl<'de> Deserialize<'de> for RawFaults {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<RawFaults, D::Error> {
        struct Faults;
        impl<'de> Visitor<'de> for Faults {
            type Value = RawFaults;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("`[[fault]]` tables, or `fault = \"swarm\"`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<RawFaults, E> {
                match text {
                    "swarm" => Ok(RawFaults::Swarm),
                    _ => Err(E::unknown_variant(text, &["swarm"])),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<RawFaults, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(RawFaults::Listed)
            }
        }
        deserializer.deserialize_any(Faults)
    }
}

impl JsonSchema for RawFaults {
    fn schema_name() -> Cow<'static, str> {
        "RawFaults".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let listed = generator.subschema_for::<Vec<RawFault>>();
        json_schema!({ "anyOf": [listed, { "const": "swarm" }] })
    }
}
