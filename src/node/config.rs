//! A node's configuration file and its folder.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use agents::Role;
use contract::{PeerId, Protocol as _};
use ed25519_dalek::SigningKey;
use ledger::{Founding, Ledger, Parameters, text};
use real_runtime::key::{self, KeyError};
use real_runtime::network::Bootstrap;
use real_runtime::node::files;
use scenarios::{BadScenario, Source};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Deserialize;
use toml::Spanned;

use super::own::OwnRules;
use crate::exit::Failure;
use crate::output;

/// A node's configuration as written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "A dunbar node, format 1")]
struct Written {
    /// The protocol that it speaks: `ledger`, or one that the program brings itself, which then has other keys.
    #[serde(default, rename = "protocol")]
    _protocol: Option<String>,
    /// The version of this file's language.
    #[serde(default = "format_1")]
    #[schemars(with = "u32", default = "default_format", range(min = 1, max = 1))]
    format: Spanned<u32>,
    /// Where the node listens: an address and a port.
    #[schemars(with = "String")]
    listen: SocketAddr,
    /// The node's folder, relative to this file.
    folder: PathBuf,
    /// A loopback address at which the admin API and its page are offered besides the socket.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    admin: Option<Spanned<SocketAddr>>,
    /// Whether the node goes on from its store without asking its peers first what it has signed.
    #[serde(default)]
    trust_store: bool,
    /// Where others find the node, if it is not where it listens.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    announce: Vec<Spanned<SocketAddr>>,
    /// Peers with which this node has nothing to do.
    #[serde(default)]
    #[schemars(with = "Vec<Identity>")]
    expelled: Vec<Spanned<Identity>>,
    /// Who the node is: `"honest"`, or an adversary for a test network.
    #[serde(default = "honest")]
    #[schemars(with = "serde_json::Value", default = "default_role")]
    role: Role,
    /// Whether every input and effect is recorded, for `dunbar conform`.
    #[serde(default)]
    trace: bool,
    /// Who began with how much, such as `"100 OMC"`; the same in the whole network.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>", default = "nothing")]
    founding: Founding,
    /// How the node behaves; the keys are those of `[parameters.node]` in a scenario.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>", default = "nothing")]
    parameters: Parameters,
    /// The peers that it knows.
    #[serde(default)]
    peer: Vec<WrittenPeer>,
}

/// Which protocol a node speaks.
#[derive(Debug, Deserialize)]
struct Spoken {
    protocol: Option<String>,
}

/// The configuration of a node of another protocol than the ledger, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOwn {
    #[serde(default = "format_1")]
    format: Spanned<u32>,
    /// The protocol that it speaks.
    protocol: Spanned<String>,
    /// The node's role.
    role: Spanned<String>,
    /// What it makes of the role.
    strategy: Option<Spanned<String>>,
    /// Parameters of the role.
    #[serde(default)]
    parameters: toml::Table,
    /// Parameters of the strategy.
    #[serde(default)]
    strategy_parameters: toml::Table,
    listen: SocketAddr,
    folder: PathBuf,
    admin: Option<Spanned<SocketAddr>>,
    #[serde(default)]
    announce: Vec<Spanned<SocketAddr>>,
    #[serde(default)]
    expelled: Vec<Spanned<Identity>>,
    #[serde(default)]
    trace: bool,
    #[serde(default)]
    peer: Vec<WrittenPeer>,
}

/// A peer to which the node stays connected.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Peer")]
struct WrittenPeer {
    /// Its identity.
    #[schemars(with = "Identity")]
    id: Spanned<Identity>,
    /// Where it listens: an address and a port.
    #[schemars(with = "String")]
    address: Spanned<SocketAddr>,
}

/// Who somebody is, as `dunbar node id FOLDER` prints it.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
struct Identity(
    #[serde(with = "text::peer")]
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{64}$"))]
    PeerId,
);

/// The version of the file's language, and the only one so far.
const FORMAT: u32 = 1;
/// A node takes peers that write to it for its own up to this number.
const PEERS_MAX: u32 = 64;

fn format_1() -> Spanned<u32> {
    Spanned::new(0..0, FORMAT)
}

const fn honest() -> Role {
    Role::Honest
}

const fn default_format() -> u32 {
    FORMAT
}

const fn default_role() -> &'static str {
    "honest"
}

fn nothing() -> serde_json::Value {
    serde_json::json!({})
}

/// The JSON Schema of a configuration file.
pub(super) fn schema() -> serde_json::Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Written>().to_value()
}

/// A node's configuration, checked.
#[derive(Debug)]
pub(super) struct NodeConfig {
    pub(super) listen: SocketAddr,
    pub(super) admin: Option<SocketAddr>,
    pub(super) folder: PathBuf,
    pub(super) announce: Vec<SocketAddr>,
    pub(super) expelled: BTreeSet<PeerId>,
    pub(super) role: Role,
    pub(super) trace: bool,
    pub(super) founding: Founding,
    pub(super) parameters: Parameters,
    pub(super) peers: Vec<Bootstrap>,
    /// Who the node is if its protocol is not the ledger.
    pub(super) own: Option<OwnRules>,
    /// Where others are named.
    named: Named,
}

/// The places at which a configuration names others: `[[peer]]` first, then `expelled`.
#[derive(Debug)]
struct Named {
    source: Source,
    at: Vec<(PeerId, Range<usize>)>,
}

impl Named {
    fn new(source: &Source, peers: &[WrittenPeer], expelled: &[Spanned<Identity>]) -> Named {
        let ids = peers.iter().map(|peer| &peer.id).chain(expelled);
        Named { source: source.clone(), at: ids.map(|id| (id.get_ref().0, id.span())).collect() }
    }
}

impl NodeConfig {
    pub(super) fn load(path: &Path) -> Result<NodeConfig, Failure> {
        let source = output::read(path)?;
        let Spoken { protocol } = source.read()?;
        if protocol.as_ref().is_some_and(|protocol| protocol != Ledger::NAME) {
            return NodeConfig::own(path, &source);
        }
        let Written {
            format,
            listen,
            folder,
            admin,
            trust_store,
            announce,
            expelled,
            role,
            trace,
            founding,
            mut parameters,
            peer,
            ..
        } = source.read()?;
        every_amount_has_a_unit(&source)?;
        let admin = known_format_and_near(&source, &format, admin)?;
        parameters.ask_first = !trust_store;
        parameters.peers_max = PEERS_MAX;
        let folder = path.parent().unwrap_or(Path::new("")).join(folder);
        let (named, peers) = (Named::new(&source, &peer, &expelled), peers(&source, &peer)?);
        let expelled: BTreeSet<PeerId> = expelled.iter().map(|id| id.get_ref().0).collect();
        let own = None;
        Ok(NodeConfig {
            listen,
            admin,
            folder,
            announce: every_address_leads_somewhere(&source, announce)?,
            expelled,
            role,
            trace,
            founding,
            parameters,
            peers,
            own,
            named,
        })
    }

    /// The configuration of a node of a protocol that the program brings itself.
    fn own(path: &Path, source: &Source) -> Result<NodeConfig, Failure> {
        let written: WrittenOwn = source.read()?;
        let WrittenOwn { listen, announce, expelled, trace, .. } = written;
        let own = OwnRules {
            source: source.clone(),
            protocol: written.protocol,
            role: written.role,
            strategy: written.strategy,
            parameters: written.parameters,
            strategy_parameters: written.strategy_parameters,
        };
        Ok(NodeConfig {
            listen,
            admin: known_format_and_near(source, &written.format, written.admin)?,
            folder: path.parent().unwrap_or(Path::new("")).join(written.folder),
            announce: every_address_leads_somewhere(source, announce)?,
            expelled: expelled.iter().map(|id| id.get_ref().0).collect(),
            role: Role::Honest,
            trace,
            founding: Founding::default(),
            parameters: Parameters::default(),
            peers: peers(source, &written.peer)?,
            own: Some(own),
            named: Named::new(source, &written.peer, &expelled),
        })
    }

    /// Checks that a node of this identity names others, and not itself.
    pub(super) fn is_of(&self, me: PeerId) -> Result<(), BadScenario> {
        match self.named.at.iter().find(|(peer, _)| *peer == me) {
            Some((_, place)) => {
                let hint = "`dunbar node id FOLDER` prints the identity of the other node; leave this one out";
                Err(self.named.source.error(place.clone(), "this is the node itself", hint))
            }
            None => Ok(()),
        }
    }

    /// Something about the entry of `name` in `[founding]`, or about its absence.
    pub(super) fn of_founding(&self, name: &str, what: String, hint: String) -> Failure {
        let written = self.named.source.read::<Amounts>().ok();
        match written.as_ref().and_then(|Amounts { founding }| founding.get(name)) {
            Some(amount) => self.named.source.error(amount.span(), what, hint).into(),
            None => self.named.source.error_beside(what, hint).into(),
        }
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.file(files::CONTROL)
    }
}

/// Checks the format, and that the admin API stays on this machine.
fn known_format_and_near(
    source: &Source,
    format: &Spanned<u32>,
    admin: Option<Spanned<SocketAddr>>,
) -> Result<Option<SocketAddr>, BadScenario> {
    if *format.get_ref() != FORMAT {
        let what = format!("format {} is not known", format.get_ref());
        return Err(source.error(format.span(), what, "this version of dunbar reads format 1"));
    }
    if let Some(admin) = admin.as_ref().filter(|admin| !admin.get_ref().ip().is_loopback()) {
        let hint = "use 127.0.0.1 or [::1]; from another machine, go through ssh";
        return Err(source.error(admin.span(), "the admin API is for this machine only", hint));
    }
    Ok(admin.map(Spanned::into_inner))
}

/// `[founding]` alone.
#[derive(Deserialize)]
struct Amounts {
    #[serde(default)]
    founding: BTreeMap<String, Spanned<toml::Value>>,
}

/// Whoever writes 100 does not mean a hundred millionths.
fn every_amount_has_a_unit(source: &Source) -> Result<(), BadScenario> {
    let Amounts { founding } = source.read()?;
    match founding.values().find(|amount| amount.get_ref().is_integer()) {
        Some(bare) => {
            let hint = format!("write \"{0} OMC\", or \"{0} uOMC\" for millionths of it", bare.get_ref());
            Err(source.error(bare.span(), "an amount without a unit", hint))
        }
        None => Ok(()),
    }
}

/// The peers, each once.
fn peers(source: &Source, written: &[WrittenPeer]) -> Result<Vec<Bootstrap>, BadScenario> {
    let mut known = BTreeSet::new();
    let mut peers = Vec::new();
    for WrittenPeer { id, address } in written {
        let Identity(peer) = *id.get_ref();
        if !known.insert(peer) {
            return Err(source.error(id.span(), "a peer is listed twice", "list each peer once"));
        }
        if peer.simulated_number().is_some() {
            let hint = "a live peer is known by 64 hexadecimal digits, as `dunbar node id FOLDER` prints them";
            return Err(source.error(id.span(), "a numbered stand-in is no live peer", hint));
        }
        if !key::is_of_a_key(&peer) {
            let hint = "copy all of what `dunbar node id FOLDER` of the other node prints";
            return Err(source.error(id.span(), "no key has this identity", hint));
        }
        peers.push(Bootstrap { peer, address: leads_somewhere(source, address)? });
    }
    Ok(peers)
}

fn every_address_leads_somewhere(
    source: &Source,
    announced: Vec<Spanned<SocketAddr>>,
) -> Result<Vec<SocketAddr>, BadScenario> {
    announced.iter().map(|address| leads_somewhere(source, address)).collect()
}

/// An address that others can dial.
fn leads_somewhere(source: &Source, address: &Spanned<SocketAddr>) -> Result<SocketAddr, BadScenario> {
    let (dialled, place) = (*address.get_ref(), address.span());
    if dialled.ip().is_unspecified() {
        let hint = "it stands for all addresses of a machine that listens; write the one by which the node is reached";
        return Err(source.error(place, format!("nobody can dial {}", dialled.ip()), hint));
    }
    if dialled.port() == 0 {
        let hint = "write the port at which the node listens";
        return Err(source.error(place, "nobody can dial port 0", hint));
    }
    Ok(dialled)
}

pub(super) fn load_key(folder: &Path) -> Result<SigningKey, Failure> {
    let path = folder.join(files::KEY);
    key::load(&path).map_err(|error| match error {
        KeyError::Exposed { .. } => {
            let hint = format!("run `chmod 600 {}`; if somebody may have read it, make a new key", path.display());
            Failure::input(format!("others can read {}", path.display()), hint)
        }
        KeyError::Malformed { .. } => Failure::input(error.to_string(), "a backup of it can take its place"),
        KeyError::Io { ref source, .. } if source.kind() != ErrorKind::NotFound => {
            Failure::input(error.to_string(), "the node runs as the user to whom its key belongs")
        }
        _ => Failure::input(error.to_string(), format!("`dunbar node keygen {}` makes one", folder.display())),
    })
}

/// Makes the folder, which only its owner can enter, or checks that it is so.
pub(super) fn private_folder(folder: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file("use the folder", folder, &error);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let mode = std::fs::metadata(folder).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        let what = format!("others can enter {}", folder.display());
        return Err(Failure::input(what, format!("run `chmod 700 {}`", folder.display())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/node-1.json");

    /// `UPDATE_SCHEMA=1 cargo test -p dunbar --lib schema` writes it anew.
    #[test]
    fn the_committed_schema_is_the_programs() {
        let fresh = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(COMMITTED, &fresh).unwrap();
        }
        let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
        assert!(committed == fresh, "write it anew: UPDATE_SCHEMA=1 cargo test -p dunbar --lib schema");
    }
}
