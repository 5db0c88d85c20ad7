//! Founding a network, inviting to it, and joining it.

use std::path::Path;

use real_runtime::key;
use real_runtime::network::file::{self, NetworkFileError};
use real_runtime::network::{BOOTSTRAP_MAX, Bootstrap, Invitation};
use real_runtime::node::files;

use super::config::{self, NodeConfig};
use crate::exit::Failure;
use crate::output;

/// Founds a network that this node belongs to.
pub(super) fn found(path: &Path, name: &str, json: bool) -> Result<(), Failure> {
    if name.trim().is_empty() {
        return Err(Failure::input("a network needs a name", "`dunbar node found CONFIG village` calls it village"));
    }
    let config = NodeConfig::load(path)?;
    config::private_folder(&config.folder)?;
    let founded = file::found(name).map_err(Failure::internal)?;
    file::write(&config.file(files::NETWORK), &founded).map_err(refused)?;
    print(&founded, json)
}

/// Prints the token by which others join the network of this node: its members to dial are this node and its peers.
pub(super) fn invite(path: &Path, json: bool) -> Result<(), Failure> {
    let config = NodeConfig::load(path)?;
    let key = config::load_key(&config.folder)?;
    let Invitation { name, network, bootstrap } = load(&config)?;
    let own = config.announce.first().copied().unwrap_or(config.listen);
    if own.ip().is_unspecified() || own.port() == 0 {
        let hint = "set `announce = [\"ADDRESS:PORT\"]` to where others find this node";
        return Err(Failure::input(format!("nobody can dial {own}"), hint));
    }
    let mut members = vec![Bootstrap { peer: key::peer(&key), address: own }];
    for known in config.peers.iter().chain(&bootstrap) {
        if members.len() < BOOTSTRAP_MAX && members.iter().all(|member| member.peer != known.peer) {
            members.push(*known);
        }
    }
    let token = Invitation { name, network, bootstrap: members }.token();
    match json {
        true => output::print(serde_json::json!({ "invitation": token.as_str() })),
        false => output::print(token.as_str()),
    }
}

/// Makes this node a member.
pub(super) fn join(path: &Path, token: &str, json: bool) -> Result<(), Failure> {
    let invitation = Invitation::parse(token).map_err(|error| {
        Failure::input(error.to_string(), "`dunbar node invite CONFIG` of a member prints an invitation")
    })?;
    let config = NodeConfig::load(path)?;
    config::private_folder(&config.folder)?;
    file::write(&config.file(files::NETWORK), &invitation).map_err(refused)?;
    print(&invitation, json)
}

/// Says which network it is.
fn print(of: &Invitation, json: bool) -> Result<(), Failure> {
    match json {
        true => output::print(serde_json::json!({ "network": { "name": of.name, "id": of.network.id().to_string() } })),
        false => output::print(of),
    }
}

/// The membership of a node.
pub(super) fn load(config: &NodeConfig) -> Result<Invitation, Failure> {
    file::read(&config.file(files::NETWORK)).map_err(refused)
}

fn refused(error: NetworkFileError) -> Failure {
    let hint = match &error {
        NetworkFileError::Missing { .. } => {
            "`dunbar node found CONFIG NAME` founds a network; `dunbar node join CONFIG TOKEN` joins one"
        }
        NetworkFileError::Exists { .. } => "a node belongs to one network: give the other one a folder of its own",
        NetworkFileError::Exposed { .. } => "if somebody may have read it, he may be a member by now",
        NetworkFileError::Malformed { .. } => "remove it and join again",
        NetworkFileError::Io { .. } => "the node runs as the user to whom its folder belongs",
    };
    Failure::input(error.to_string(), hint)
}
