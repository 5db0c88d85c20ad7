//! `dunbar node`: keys, running a node, and talking to a running one.

mod config;
mod membership;
mod start;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use real_runtime::control::{self, ControlError};
use real_runtime::key;
use real_runtime::node::files;

use crate::exit::{Failure, Finding};
use crate::output;
use config::NodeConfig;

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
        /// Print what happens as JSON lines
        #[arg(long)]
        json: bool,
    },
    /// Send a running node a command of its protocol, and print the reply
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
}

pub(crate) fn node(arguments: Arguments) -> Result<Finding, Failure> {
    match arguments.action {
        Action::Keygen { folder } => {
            config::private_folder(&folder)?;
            let made = key::generate(&folder.join(files::KEY)).map_err(|error| {
                let hint = format!("`dunbar node id {}` prints the identity of a key that is there", folder.display());
                Failure::input(error.to_string(), hint)
            })?;
            output::print(key::peer(&made))?;
        }
        Action::Id { folder } => output::print(key::peer(&config::load_key(&folder)?))?,
        Action::Found { config, name } => membership::found(&config, &name)?,
        Action::Invite { config } => membership::invite(&config)?,
        Action::Join { config, token } => membership::join(&config, &token)?,
        Action::Run { config, json } => start::run(&NodeConfig::load(&config)?, json)?,
        Action::Send { config, command } => {
            let command: serde_json::Value = serde_json::from_str(&command).map_err(|error| {
                Failure::input(format!("the command is no JSON: {error}"), "see `dunbar node send --help`")
            })?;
            print_answer(&config, &serde_json::json!({ "command": command }))?;
        }
        Action::View { config } => print_answer(&config, &serde_json::json!("view"))?,
    }
    Ok(Finding::Pass)
}

fn print_answer(path: &std::path::Path, asked: &serde_json::Value) -> Result<(), Failure> {
    let config = NodeConfig::load(path)?;
    let answer = control::call(&config.socket(), asked).map_err(|error| match error {
        ControlError::Refused(_) => Failure::input(error.to_string(), "see `dunbar node send --help` for an example"),
        _ => Failure::input(
            error.to_string(),
            format!("is the node running? `dunbar node run {}` starts it", path.display()),
        ),
    })?;
    output::print(serde_json::to_string_pretty(&answer).map_err(Failure::internal)?)
}
