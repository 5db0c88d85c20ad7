//! SimBlock's block relay as a scenario: how long a block takes to reach a share of the nodes.

mod watch;

use std::sync::Arc;

use contract::draws::{Draws, Entropy, open_unit};
use contract::trace::{Birth as Born, Header, Step};
use contract::units::{BadQuantity, parse_bytes, parse_span};
use contract::{PeerId, Verifier};
use net_model::Network;
use reference::blocks::{Birth, BlockNode, Blocks, Neighbour, PURPOSE, Parameters, Slot};
use serde::{Deserialize, Serialize};
use sim_core::{Cast, Directory};
use toml::Spanned;

use crate::hint::hint;
use crate::metric::Metric;
use crate::observable::{Holds, Observable};
use crate::replay::{Recast, Replayer, same_version};
use crate::system::{Job, Key, Outcome, RunError, System, drive};
use crate::{BadScenario, Scenario, Source};
use watch::{METRICS, Watch};

/// The system.
pub struct BlockRelaySystem;

/// `[parameters]` of a block relay scenario. What is left out is SimBlock's.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    /// The mean time between two blocks.
    interval: Option<Spanned<String>>,
    /// The size of a block.
    block: Option<Spanned<String>>,
    /// The size of a compact block.
    compact_block: Option<Spanned<String>>,
    /// How long a block is checked when it has come.
    processing: Option<Spanned<String>>,
    /// What small messages wait before they leave.
    overhead: Option<Spanned<String>>,
    /// When the next upload may begin.
    #[serde(default)]
    slot: Slot,
}

/// What these keys mean.
const KEYS: &[Key] = &[
    ("parameters.interval", "The mean time between two blocks. 10 min by default."),
    ("parameters.block", "The size of a block. 535 kB by default, as in SimBlock."),
    ("parameters.compact-block", "The size of a compact block. 18 kB by default, as in SimBlock."),
    ("parameters.processing", "How long a block is checked when it has come. 2 ms by default, as in SimBlock."),
    ("parameters.overhead", "What small messages wait before they leave. 10 ms by default, as in SimBlock."),
    (
        "parameters.slot",
        "When the next upload may begin: \"until-arrival\" of the one before, the default, as in SimBlock; or \"until-sent\", when its last bit has left.",
    ),
];

/// The same, complete, as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown {
    interval: String,
    block: String,
    compact_block: String,
    processing: String,
    overhead: String,
    slot: Slot,
}

fn quantity<T>(
    source: &Source,
    written: &Option<Spanned<String>>,
    default: T,
    read: fn(&str) -> Result<T, BadQuantity>,
) -> Result<T, BadScenario> {
    let Some(text) = written else { return Ok(default) };
    read(text.get_ref()).map_err(|error| {
        let message = error.to_string();
        source.error(text.span(), message.as_str(), hint(&message))
    })
}

fn read(source: &Source, nodes: u32) -> Result<Parameters, BadScenario> {
    let written: Written = super::parameters(source)?;
    let default = Parameters::default();
    let nanos = |text: &str| parse_span(text).map(contract::Span::as_nanos);
    let bytes = |text: &str| {
        let bytes = parse_bytes(text)?;
        u32::try_from(bytes).map_err(|_| BadQuantity::TooLarge { text: text.to_owned() })
    };
    let interval_ns = quantity(source, &written.interval, default.interval_ns, nanos)?;
    if let (0, Some(text)) = (interval_ns, &written.interval) {
        return Err(source.error(text.span(), "all blocks at once", "give the interval more than \"0 s\""));
    }
    Ok(Parameters {
        nodes,
        interval_ns,
        block_bytes: quantity(source, &written.block, default.block_bytes, bytes)?,
        compact_bytes: quantity(source, &written.compact_block, default.compact_bytes, bytes)?,
        processing_ns: quantity(source, &written.processing, default.processing_ns, nanos)?,
        overhead_ns: quantity(source, &written.overhead, default.overhead_ns, nanos)?,
        slot: written.slot,
    })
}

impl System for BlockRelaySystem {
    fn name(&self) -> &'static str {
        "block-relay"
    }

    fn keys(&self) -> &[Key] {
        KEYS
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn observations(&self) -> &[Observable] {
        &[Observable {
            name: reference::blocks::SEEN,
            fields: Some(&[("height", Holds::Count), ("miner", Holds::Count)]),
            meaning: "A block was mined or came in.",
        }]
    }

    fn check(&self, source: &Source, scenario: &Scenario) -> Result<(), BadScenario> {
        read(source, scenario.nodes())?;
        if let Some(line) = scenario.script.first() {
            return Err(source.error(line.place.clone(), "block relay takes no commands", "remove the [[script]]"));
        }
        Ok(())
    }

    fn run(&self, job: Job<'_>) -> Result<Outcome, RunError> {
        let nodes = job.cell.scenario.nodes();
        let parameters =
            read(&job.cell.source, nodes).map_err(|error| RunError::Scenario(error.message().to_owned()))?;
        let births = Arc::new(births(&job, parameters)?);
        let (registered, noise) = (Arc::clone(&births), job.noise_seed().key(PURPOSE));
        let cast = Cast {
            directory: Directory::Simulated { nodes },
            nursery: Arc::new(move |node| {
                let entropy = Entropy::Keyed(Draws::new(noise, u64::from(node)));
                Box::new(BlockNode::new(births[node as usize].clone(), entropy))
            }),
            register: Arc::new(move |node| Born {
                node,
                peer: PeerId::simulated(u64::from(node)),
                role: "node".to_owned(),
                parameters: serde_json::to_string(&registered[node as usize]).unwrap_or_default(),
            }),
            clocks: job.cell.scenario.clocks(&job.world_seed()),
        };
        let plan = super::plan(&job, cast, String::new(), Some(job.world_seed()))?;
        let watch = Watch::new(nodes, job.cell.scenario.horizon);
        drive(job, plan, Vec::new(), watch)
    }

    fn parameters(&self, source: &Source, scenario: &Scenario) -> Result<toml::Table, BadScenario> {
        let parameters = read(source, scenario.nodes())?;
        let span = |nanos| contract::Span::from_nanos(nanos).to_string();
        let bytes = |bytes: u32| format!("{bytes} B");
        let shown = Shown {
            interval: span(parameters.interval_ns),
            block: bytes(parameters.block_bytes),
            compact_block: bytes(parameters.compact_bytes),
            processing: span(parameters.processing_ns),
            overhead: span(parameters.overhead_ns),
            slot: parameters.slot,
        };
        Ok(toml::Table::try_from(shown).unwrap_or_else(|_| scenario.parameters.clone()))
    }

    fn replayer(&self, header: &Header) -> Result<Box<dyn Replayer>, String> {
        same_version::<Blocks>(header)?;
        let midwife = |birth: &Born| {
            let birth = serde_json::from_str(&birth.parameters).map_err(|error| error.to_string())?;
            Ok(Box::new(BlockNode::new(birth, Entropy::Recorded)) as Box<_>)
        };
        Ok(Box::new(Recast::<Blocks>::new(Box::new(midwife), Verifier::ed25519())))
    }

    fn describe(&self, step: &Step) -> String {
        crate::details::describe::<Blocks>(step)
    }
}

/// Who has which neighbours, uses compact relay, and churns. SimBlock deals the latter two out in exact proportion; here each node
/// draws its own: world seed, purpose `block-relay/habits`.
fn births(job: &Job<'_>, parameters: Parameters) -> Result<Vec<Birth>, RunError> {
    let (network, seed) = (super::network(job)?, job.world_seed());
    let graph = super::graph(job)?;
    let key = seed.key("block-relay/habits");
    let habits = |node: u32| {
        let [compact, churns] = key.draw(u64::from(node), 0).map(open_unit);
        (compact < reference::blocks::COMPACT_SHARE, churns < reference::blocks::CHURN_SHARE)
    };
    let birth = |number| {
        let (compact, churns) = habits(number);
        let neighbour = |other| neighbour(job, &network, [number, other], habits(other).0);
        let neighbours = graph.neighbours(number).map(neighbour).collect();
        Birth { number, compact, churns, neighbours, parameters }
    };
    Ok((0..parameters.nodes).map(birth).collect())
}

fn neighbour(job: &Job<'_>, network: &Network, [own, number]: [u32; 2], compact: bool) -> Neighbour {
    let profile = &job.cell.scenario.network.profile;
    let [from, to] = [own, number].map(|node| network.region(node));
    let latency_ns = profile.law(from, to).mean_ns() as u64;
    let bandwidths = profile.bandwidths();
    let bps = match (bandwidths.get(usize::from(from)), bandwidths.get(usize::from(to))) {
        (Some(from), Some(to)) => from.upload_bps.min(to.download_bps),
        _ => u64::MAX,
    };
    Neighbour { number, compact, latency_ns, bps }
}
