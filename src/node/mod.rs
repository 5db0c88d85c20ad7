//! `dunbar node`: keys, running a node, and talking to a running one.

mod ask;
mod config;
mod membership;
mod own;
mod reload;
mod sparing;
mod start;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use real_runtime::key;
use real_runtime::node::{StartError, files, make_store};

use crate::exit::{Failure, Finding};
use crate::output;
pub(crate) use own::Live;

/// Arguments of `dunbar node`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a node's folder and its key, and print its identity
    #[command(after_help = "Example:\n  dunbar node keygen alice")]
    Keygen {
        /// The node's folder
        folder: PathBuf,
        /// Make only the store, for a key that is there and has never been used
        #[arg(long)]
        store_only: bool,
    },
    /// Print a node's identity
    #[command(after_help = "Example:\n  dunbar node id alice")]
    Id {
        /// The node's folder
        folder: PathBuf,
    },
    /// Found a network; its name is for people
    #[command(after_help = "Example:\n  dunbar node found alice.toml village")]
    Found {
        /// The node's configuration
        config: PathBuf,
        /// What people call the network
        name: String,
    },
    /// Print an invitation to the node's network: whoever has it is a member
    #[command(
        after_help = "Example:\n  dunbar node invite alice.toml\n  dunbar node join bob.toml $(dunbar node invite alice.toml)"
    )]
    Invite {
        /// The node's configuration
        config: PathBuf,
    },
    /// Join the network of an invitation
    #[command(after_help = "Example:\n  dunbar node join bob.toml TOKEN")]
    Join {
        /// The node's configuration
        config: PathBuf,
        /// What a member's `dunbar node invite` has printed
        token: String,
    },
    /// Run a node until it is told to stop (SIGINT or SIGTERM)
    #[command(after_help = "Example:\n  dunbar node run alice.toml")]
    Run {
        /// The node's configuration
        config: PathBuf,
        /// The store is lost or an older copy: ask peers first what this node has signed, whatever its folder says
        #[arg(long)]
        recover: bool,
        /// Print what happens as JSON lines
        #[arg(long)]
        json: bool,
    },
    /// Send a running node a command of its protocol, and print the reply; exit code 1 if the node refuses it
    #[command(after_help = "Example:
  dunbar node send alice.toml '{\"pay\": {\"to\": \"IDENTITY\", \"amount\": \"10 OMC\"}}'")]
    Send {
        /// The node's configuration
        config: PathBuf,
        /// The command as JSON
        command: String,
    },
    /// Print what may be seen of a running node, as JSON
    #[command(after_help = "Example:\n  dunbar node view alice.toml")]
    View {
        /// The node's configuration
        config: PathBuf,
    },
    /// Say how a running node is; exit code 1 if it does not do its work
    #[command(after_help = "Example:\n  dunbar node status alice.toml")]
    Status {
        /// The node's configuration
        config: PathBuf,
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
    /// List the peers of a running node
    #[command(after_help = "Example:\n  dunbar node peers alice.toml")]
    Peers {
        /// The node's configuration
        config: PathBuf,
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of configuration files, for editors
    #[command(after_help = "Example:\n  dunbar node schema > node-1.json")]
    Schema,
    /// Print what happens at a running node, as JSON lines, until it ends
    #[command(after_help = "Example:\n  dunbar node tail alice.toml --count 10")]
    Tail {
        /// The node's configuration
        config: PathBuf,
        /// End after so many events
        #[arg(long, value_name = "N")]
        count: Option<u64>,
    },
}

pub(crate) fn node(
    arguments: Arguments,
    protocols: &BTreeMap<&'static str, Box<dyn Live>>,
) -> Result<Finding, Failure> {
    match arguments.action {
        Action::Keygen { folder, store_only } => keygen(&folder, store_only)?,
        Action::Id { folder } => output::print(key::peer(&config::load_key(&folder)?))?,
        Action::Found { config, name } => membership::found(&config, &name)?,
        Action::Invite { config } => membership::invite(&config)?,
        Action::Join { config, token } => membership::join(&config, &token)?,
        Action::Run { config, json, recover } => start::run(&config, start::Way { json, recover }, protocols)?,
        Action::Send { config, command } => return ask::send(&config, &command),
        Action::View { config } => ask::view(&config)?,
        Action::Status { config, json } => return ask::status(&config, json),
        Action::Peers { config, json } => ask::peers(&config, json)?,
        Action::Schema => {
            let json = serde_json::to_string_pretty(&config::schema()).map_err(Failure::internal)?;
            output::print(json)?;
        }
        Action::Tail { config, count } => ask::tail(&config, count)?,
    }
    Ok(Finding::Pass)
}

/// A key with the store in which all that it signs will stand; or the store alone, for a key that was never used.
fn keygen(folder: &Path, store_only: bool) -> Result<(), Failure> {
    config::private_folder(folder)?;
    let made = match store_only {
        true => config::load_key(folder)?,
        false => key::generate(&folder.join(files::KEY)).map_err(|error| {
            let hint = format!("`dunbar node id {}` prints the identity of a key that is there", folder.display());
            Failure::input(error.to_string(), hint)
        })?,
    };
    let id = key::peer(&made);
    make_store(folder, id).map_err(|error| {
        let hint = match &error {
            StartError::HasPast { .. } => "restore a backup, or see `dunbar node run --help` for --recover",
            _ => "a store belongs to the key beside it",
        };
        Failure::input(error.to_string(), hint)
    })?;
    output::print(id)
}
