//! Nodes of protocols that a program brings itself: `protocol = "name"` in the configuration of a node.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use contract::draws::{Draws, Entropy};
use contract::trace::{Birth, Header, record};
use contract::{Signer, Verifier};
use ed25519_dalek::SigningKey;
use real_runtime::admin::Served;
use real_runtime::network::Invitation;
use real_runtime::node::Setup;
use real_runtime::transport::{Discovery, Limits};
use scenarios::own::{Casting, Common, Newborn, Own, Parameter};
use scenarios::source::closest;
use scenarios::{Source, System as _};
use serde::Deserialize;
use toml::Spanned;

use super::config::NodeConfig;
use super::start::{self, Way};
use crate::exit::Failure;

/// Who a node of such a protocol is.
#[derive(Clone, Debug)]
pub(crate) struct OwnRules {
    /// Where it was written.
    pub(super) source: Source,
    /// The protocol's name.
    pub(super) protocol: Spanned<String>,
    /// The node's role.
    pub(super) role: Spanned<String>,
    /// What it makes of the role.
    pub(super) strategy: Option<Spanned<String>>,
    /// Parameters of the role.
    pub(super) parameters: toml::Table,
    /// Parameters of the strategy.
    pub(super) strategy_parameters: toml::Table,
}

impl OwnRules {
    /// Where a parameter has its value.
    fn place(&self, parameter: &Parameter) -> Option<Range<usize>> {
        #[derive(Deserialize)]
        struct Written {
            #[serde(default)]
            parameters: BTreeMap<String, Spanned<toml::Value>>,
            #[serde(default)]
            strategy_parameters: BTreeMap<String, Spanned<toml::Value>>,
        }
        let Written { parameters, strategy_parameters } = self.source.read().ok()?;
        let value = match parameter {
            Parameter::OfRole(name) => parameters.get(name),
            Parameter::OfStrategy(name) => strategy_parameters.get(name),
        };
        value.map(Spanned::span)
    }
}

/// A protocol that can run live.
pub(crate) trait Live: Send + Sync {
    /// Runs a node until it is told to stop.
    #[doc(hidden)]
    fn run(&self, node: OwnNode<'_>) -> Result<(), OwnFailure>;
}

/// A node to run.
pub(crate) struct OwnNode<'a> {
    pub(super) path: &'a Path,
    pub(super) config: &'a NodeConfig,
    pub(super) rules: &'a OwnRules,
    pub(super) key: SigningKey,
    pub(super) membership: Invitation,
    pub(super) way: Way,
}

/// Why it did not run.
pub(crate) struct OwnFailure(pub(super) Failure);

impl<P> Live for Own<P>
where
    P: Served,
{
    fn run(&self, node: OwnNode<'_>) -> Result<(), OwnFailure> {
        let (path, way) = (node.path, node.way);
        let setup = setup(self, node).map_err(OwnFailure)?;
        start::serve(path, setup, way, || ()).map_err(OwnFailure)
    }
}

/// Whether a name is one that the protocol has.
fn known(rules: &OwnRules, (what, name): (&str, &Spanned<String>), names: Vec<&str>) -> Result<(), Failure> {
    if names.contains(&name.get_ref().as_str()) {
        return Ok(());
    }
    let hint = closest(name.get_ref(), names.into_iter());
    let hint = hint.unwrap_or_else(|| format!("this protocol has no {what} at all: remove it"));
    let what = format!("{} has no {what} `{}`", rules.protocol.get_ref(), name.get_ref());
    Err(rules.source.error(name.span(), what, hint).into())
}

fn setup<P: Served>(own: &Own<P>, node: OwnNode<'_>) -> Result<Setup<P>, Failure> {
    let OwnNode { config, rules, key, membership, way, .. } = node;
    let signer = Signer::ed25519(key.clone());
    let me = signer.id();
    let peers = start::neighbours(config, &membership, me);
    let value = |table: &toml::Table| serde_json::to_value(table).map_err(Failure::internal);
    let strategy = match &rules.strategy {
        Some(name) => Some((name.get_ref().clone(), value(&rules.strategy_parameters)?)),
        None => None,
    };
    let casting = Casting {
        role: rules.role.get_ref().clone(),
        parameters: value(&rules.parameters)?,
        strategy,
        peers: peers.iter().map(ToString::to_string).collect(),
    };
    let entropy = Entropy::Keyed(Draws::new(start::fresh_seed()?.key(P::NAME), 0));
    let newborn = Newborn { signer, peers, entropy, verifier: Verifier::ed25519() };
    if let Some(strategy) = &rules.strategy {
        known(rules, ("strategy", strategy), own.strategies())?;
    }
    known(rules, ("role", &rules.role), own.roles())?;
    let hint = "the role, its strategy and their parameters are those of the protocol's scenarios";
    let actor = own.actor(&casting, newborn.clone()).map_err(|why| {
        let blamed = own.to_blame(&casting, &newborn, &why);
        let place = blamed.and_then(|one| rules.place(&one)).unwrap_or_else(|| rules.role.span());
        rules.source.error(place, why, hint)
    })?;
    let header = Header {
        format: record::FORMAT,
        protocol: P::NAME.to_owned(),
        version: P::VERSION,
        producer: concat!("dunbar ", env!("CARGO_PKG_VERSION")).to_owned(),
        source: "live".to_owned(),
        common: serde_json::to_string(&Common::default()).unwrap_or_default(),
        simulated: None,
    };
    let parameters = serde_json::to_string(&casting).unwrap_or_default();
    let birth = Birth { node: 0, peer: me, role: casting.role, parameters };
    let discovery = Discovery { announce: config.announce.clone(), ..Discovery::default() };
    Ok(Setup {
        folder: config.folder.clone(),
        listen: config.listen,
        admin: config.admin,
        recover: None,
        doubt: None,
        limits: Limits { discovery, ..Limits::default() },
        peers: config.peers.clone(),
        expelled: config.expelled.clone(),
        trace: config.trace.then_some((header, birth)),
        actor,
        log: start::log(way.json),
        key,
        membership,
    })
}
