//! A node's configuration file and its folder.

use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use agents::Role;
use contract::PeerId;
use ed25519_dalek::SigningKey;
use ledger::{Founding, Parameters, text};
use real_runtime::key;
use scenarios::Source;
use serde::Deserialize;

use crate::exit::Failure;

/// The file names in a node's folder.
pub(super) const KEY: &str = "key";
pub(super) const STORE: &str = "store";
pub(super) const TRACE: &str = "node.trace";
const SOCKET: &str = "control";

/// A node's configuration as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Where the node listens.
    listen: SocketAddr,
    /// The node's folder, relative to this file.
    folder: PathBuf,
    /// Who the node is: `"honest"`, or an adversary for a test network.
    #[serde(default = "honest")]
    role: Role,
    /// Whether every input and effect is recorded, for `dunbar conform`.
    #[serde(default)]
    trace: bool,
    /// Who began with how much; the same in the whole network.
    #[serde(default)]
    founding: Founding,
    /// How the node behaves.
    #[serde(default)]
    parameters: Parameters,
    /// The peers that it knows.
    #[serde(default)]
    peer: Vec<Peer>,
}

/// `[[peer]]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Peer {
    /// Its identity.
    #[serde(with = "text::peer")]
    pub(super) id: PeerId,
    /// Where it listens.
    pub(super) address: SocketAddr,
}

const fn honest() -> Role {
    Role::Honest
}

/// A node's configuration, checked.
#[derive(Debug)]
pub(super) struct NodeConfig {
    pub(super) listen: SocketAddr,
    pub(super) folder: PathBuf,
    pub(super) role: Role,
    pub(super) trace: bool,
    pub(super) founding: Founding,
    pub(super) parameters: Parameters,
    pub(super) peers: Vec<Peer>,
}

impl NodeConfig {
    pub(super) fn load(path: &Path) -> Result<NodeConfig, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
        let source = Source::new(path.display().to_string(), text);
        let written: Written = source.read()?;
        let mut ids: Vec<PeerId> = written.peer.iter().map(|peer| peer.id).collect();
        ids.sort_unstable();
        if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            let place = source.text().find(&twice[0].to_string()).map_or(0..0, |start| start..start + 64);
            return Err(source.error(place, "a peer is listed twice", "list each peer once").into());
        }
        if let Some(stranger) = written.peer.iter().find(|peer| peer.id.simulated_number().is_some()) {
            let place = source.text().find(&stranger.id.to_string()).map_or(0..0, |start| start..start + 2);
            let hint = "a live peer is known by 64 hexadecimal digits, as `dunbar node id` prints them";
            return Err(source.error(place, "a numbered stand-in is no live peer", hint).into());
        }
        let Written { listen, folder, role, trace, founding, parameters, peer } = written;
        let folder = path.parent().unwrap_or(Path::new("")).join(folder);
        Ok(NodeConfig { listen, folder, role, trace, founding, parameters, peers: peer })
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.file(SOCKET)
    }
}

pub(super) fn load_key(folder: &Path) -> Result<SigningKey, Failure> {
    key::load(&folder.join(KEY)).map_err(|error| Failure::input(error.to_string(), "`dunbar node keygen FOLDER` makes one"))
}

/// Makes the folder, which only its owner can enter, or checks that it is so.
pub(super) fn private_folder(folder: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file("create", folder, &error);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let mode = std::fs::metadata(folder).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        let what = format!("others can enter {}", folder.display());
        return Err(Failure::input(what, format!("run `chmod 700 {}`", folder.display())));
    }
    Ok(())
}
