//! `dunbar node`: keys, running a node, and talking to a running one.

mod ask;
mod config;
mod founding;
mod membership;
mod own;
mod past;
mod reload;
mod say;
mod sparing;
mod start;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use contract::{PeerId, Span};
use real_runtime::key;
use real_runtime::node::{StartError, files, make_store};

use crate::exit::{Failure, Finding, Reader};
use crate::output;
pub(crate) use own::Live;
use say::Say;

/// Arguments of `dunbar node`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
    /// Print JSON, also what went wrong
    #[arg(long, global = true)]
    json: bool,
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
    #[command(after_help = "Examples:
  dunbar node run alice.toml
  dunbar node run alice.toml --json          # what happens, as JSON lines on standard output

Standard error has the log: DUNBAR_LOG=warn or DUNBAR_LOG=network=warn says which lines, and DUNBAR_LOG_FORMAT=json
makes each of them a JSON document.")]
    Run {
        /// The node's configuration
        config: PathBuf,
        /// The store is lost or an older copy: ask peers first what this node has signed, whatever its folder says. All
        /// that it knows at the start must have answered before it signs, and one at least; without this more than half
        #[arg(long)]
        recover: bool,
        /// Nothing newer than this folder exists, and there is nobody to ask: sign at once. Without it, a node that has
        /// run before and knows no peer waits until one has come and has answered
        #[arg(long, conflicts_with = "recover")]
        alone: bool,
    },
    /// Send a running node a command of its protocol, and print the reply; exit code 1 if the node refuses it
    #[command(after_help = "Example:
  dunbar node send alice.toml '{\"pay\": {\"to\": \"IDENTITY\", \"amount\": \"10 OMC\"}}'")]
    Send {
        /// The node's configuration
        config: PathBuf,
        /// The command as JSON
        command: String,
        /// Give up when the node has not replied for so long. What was sent may take effect later all the same
        #[arg(long, value_name = "TIME", default_value = "30 s", value_parser = crate::cli::time)]
        timeout: Span,
    },
    /// Print what may be seen of a running node, as JSON
    #[command(after_help = "Example:\n  dunbar node view alice.toml")]
    View {
        /// The node's configuration
        config: PathBuf,
        #[command(flatten)]
        bound: Bound,
    },
    /// Say how a running node is; exit code 1 if it cannot do what is asked of it
    #[command(after_help = "Examples:
  dunbar node status alice.toml
  dunbar node status alice.toml --wait --peers 1     # after `dunbar node run alice.toml &`")]
    Status {
        /// The node's configuration
        config: PathBuf,
        #[command(flatten)]
        patience: Patience,
        #[command(flatten)]
        bound: Bound,
    },
    /// List the peers of a running node
    #[command(after_help = "Example:\n  dunbar node peers alice.toml")]
    Peers {
        /// The node's configuration
        config: PathBuf,
        #[command(flatten)]
        bound: Bound,
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
        #[command(flatten)]
        bound: Bound,
    },
}

/// For how long a node that does not answer is waited for.
#[derive(Clone, Copy, Debug, Args)]
struct Bound {
    /// Give up when the node does not answer for so long
    #[arg(long, value_name = "TIME", default_value = "5 s", value_parser = crate::cli::time)]
    timeout: Span,
}

/// For how long somebody who asks how a node is waits until it is well.
#[derive(Clone, Copy, Debug, Args)]
struct Patience {
    /// Wait until the node runs and is ready, for 30 s or as long as TIME
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true, default_missing_value = "30 s",
          value_parser = crate::cli::time)]
    wait: Option<Span>,
    /// Wait also until it is connected to so many peers
    #[arg(long, value_name = "N", requires = "wait", default_value_t = 0)]
    peers: u64,
}

/// Who reads what goes wrong with this command line: a program, if it asks for JSON of a node.
pub(crate) fn reader() -> Reader {
    let arguments: Vec<_> = std::env::args_os().skip(1).take_while(|argument| argument != "--").collect();
    let of_node = arguments.first().is_some_and(|command| command == "node");
    let runs = arguments.get(1).is_some_and(|action| action == "run");
    match of_node && (arguments.iter().any(|argument| argument == "--json") || runs && Say::is_json()) {
        true => Reader::Program,
        false => Reader::Human,
    }
}

pub(crate) fn node(
    arguments: Arguments,
    protocols: &BTreeMap<&'static str, Box<dyn Live>>,
) -> Result<Finding, Failure> {
    let json = arguments.json;
    match arguments.action {
        Action::Keygen { folder, store_only } => print_peer(keygen(&folder, store_only)?, json)?,
        Action::Id { folder } => print_peer(key::peer(&config::load_key(&folder)?), json)?,
        Action::Found { config, name } => membership::found(&config, &name, json)?,
        Action::Invite { config } => membership::invite(&config, json)?,
        Action::Join { config, token } => membership::join(&config, &token, json)?,
        Action::Run { config, recover, alone } => {
            let past = past::Past::as_told(recover, alone);
            start::run(&config, start::Way { json, past, say: Say::as_asked()? }, protocols)?;
        }
        Action::Send { config, command, timeout } => return ask::send(&config, &command, timeout),
        Action::View { config, bound } => ask::view(&config, bound)?,
        Action::Status { config, patience, bound } => return ask::status(&config, patience, bound, json),
        Action::Peers { config, bound } => ask::peers(&config, bound, json)?,
        Action::Schema => {
            let json = serde_json::to_string_pretty(&config::schema()).map_err(Failure::internal)?;
            output::print(json)?;
        }
        Action::Tail { config, count, bound } => ask::tail(&config, count, bound)?,
    }
    Ok(Finding::Pass)
}

fn print_peer(peer: PeerId, json: bool) -> Result<(), Failure> {
    match json {
        true => output::print(serde_json::json!({ "peer": peer })),
        false => output::print(peer),
    }
}

/// A key with the store in which all that it signs will stand; or the store alone, for a key that was never used.
fn keygen(folder: &Path, store_only: bool) -> Result<PeerId, Failure> {
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
    Ok(id)
}
