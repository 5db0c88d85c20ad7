//! SIGHUP: what of a configuration takes effect without a restart.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use contract::{PeerId, Protocol};
use real_runtime::network::Bootstrap;
use real_runtime::node::{Node, Setup};

use super::config::NodeConfig;
use super::say::Say;
use crate::exit::Failure;

/// What is in effect.
pub(super) struct Reload {
    path: PathBuf,
    peers: Vec<Bootstrap>,
    expelled: BTreeSet<PeerId>,
    say: Say,
}

impl Reload {
    pub(super) fn new<P: Protocol>(path: &Path, setup: &Setup<P>, say: Say) -> Reload {
        Reload { path: path.to_owned(), peers: setup.peers.clone(), expelled: setup.expelled.clone(), say }
    }

    /// Reads the configuration again: peers that are new are dialled, those that are gone are no longer, and those that are
    /// expelled are cut off. Everything else waits for a restart. A configuration with a mistake changes nothing.
    pub(super) fn again(&mut self, node: &Node) {
        let read = NodeConfig::load(&self.path).and_then(|config| {
            config.is_of(node.id())?;
            Ok(config)
        });
        match read {
            Ok(config) => self.apply(config, node),
            Err(failure) => self.refuse(failure),
        }
    }

    fn apply(&mut self, config: NodeConfig, node: &Node) {
        let transport = node.transport();
        let is_gone = |peer: &&Bootstrap| config.peers.iter().all(|kept| kept.peer != peer.peer);
        self.peers.iter().filter(is_gone).for_each(|gone| transport.forget_peer(gone.peer));
        transport.expel(config.expelled.clone());
        config.peers.iter().for_each(|peer| transport.keep_peer(peer.peer, peer.address));
        (self.peers, self.expelled) = (config.peers, config.expelled);
        let (peers, expelled) = (self.peers.len(), self.expelled.len());
        self.say
            .remark(format_args!("reloaded: {peers} peers, {expelled} expelled; everything else waits for a restart"));
    }

    fn refuse(&self, failure: Failure) {
        self.say.failure(failure);
        self.say.remark("not reloaded: the node goes on as it was");
    }
}
