//! Talking to a running node over its socket.

use std::path::Path;
use std::time::{Duration, Instant};

use contract::Span;
use real_runtime::admin::client::{self, ClientError};
use real_runtime::driver::Seen;
use serde_json::Value;

use super::config::NodeConfig;
use super::{Bound, Patience};
use crate::exit::{Failure, Finding};
use crate::output;

pub(super) fn send(path: &Path, command: &str, timeout: Span) -> Result<Finding, Failure> {
    serde_json::from_str::<serde::de::IgnoredAny>(command)
        .map_err(|error| Failure::input(format!("the command is no JSON: {error}"), "see `dunbar node send --help`"))?;
    let socket = NodeConfig::load(path)?.socket();
    // As it was written, so that a place in it that the node names is a place in it.
    let sent = within(duration(timeout), client::command(&socket, command));
    let reply = wait(sent).map_err(|none| none.said(path, SENT))?;
    print(&reply)?;
    Ok(if scenarios::refusal(&reply).is_some() { Finding::Fail } else { Finding::Pass })
}

pub(super) fn view(path: &Path, bound: Bound) -> Result<(), Failure> {
    let socket = NodeConfig::load(path)?.socket();
    let view = within(duration(bound.timeout), client::view(&socket));
    let Seen { view, durable } = wait(view).map_err(|none| none.said(path, ASKED))?;
    if !durable {
        output::remark("the node's disk is full: the latest of this may be forgotten, and nobody else has heard of it");
    }
    print(&view)
}

pub(super) fn status(path: &Path, patience: Patience, bound: Bound, json: bool) -> Result<Finding, Failure> {
    let node = when_ready(path, patience, duration(bound.timeout))?;
    if json {
        print(&node)?;
    } else {
        output::print(in_words(&node))?;
    }
    Ok(if is_well(&node, patience.peers) { Finding::Pass } else { Finding::Fail })
}

pub(super) fn peers(path: &Path, bound: Bound, json: bool) -> Result<(), Failure> {
    let socket = NodeConfig::load(path)?.socket();
    let peers = within(duration(bound.timeout), client::get(&socket, "/v1/peers"));
    let peers = wait(peers).map_err(|none| none.said(path, ASKED))?;
    if json {
        return print(&peers);
    }
    let mut table = comfy_table::Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["PEER", "CONNECTED", "ADDRESS", "RTT [ms]", "WAITING", "RECORD AGE [s]"]);
    for peer in peers.as_array().into_iter().flatten() {
        let connection = &peer["connection"];
        let address = if connection.is_null() { &peer["record"]["addresses"][0] } else { &connection["address"] };
        let rtt = connection["rtt_ms"].as_f64().map_or_else(String::new, |rtt| format!("{rtt:.2}"));
        let connected = if connection.is_null() { "no" } else { "yes" }.to_owned();
        let age = text(&peer["record"]["age_seconds"]);
        table.add_row([text(&peer["peer"]), connected, text(address), rtt, text(&peer["waiting"]), age]);
    }
    output::print(table)
}

pub(super) fn tail(path: &Path, count: Option<u64>, bound: Bound) -> Result<(), Failure> {
    let config = NodeConfig::load(path)?;
    let (mut left, mut failed) = (count.unwrap_or(u64::MAX), None);
    if left == 0 {
        return Ok(());
    }
    // Only the beginning is bounded: it may be long until something happens.
    let told = async {
        let events = within(duration(bound.timeout), client::events(&config.socket())).await?;
        let told = events.each(|event| {
            left -= 1;
            failed = output::print(event).err();
            left > 0 && failed.is_none()
        });
        told.await.map_err(NoAnswer::Said)
    };
    wait(told).map_err(|none| none.said(path, ASKED))?;
    failed.map_or(Ok(()), Err)
}

/// The time between two looks at a node that is not ready yet.
const PAUSE: Duration = Duration::from_millis(50);
/// What one look may take at least, however little of the patience is left.
const LOOK: Duration = Duration::from_millis(250);

/// How a node is, as soon as it is well or patience ends. One look takes no longer than `bound`.
fn when_ready(path: &Path, Patience { wait: patience, peers }: Patience, bound: Duration) -> Result<Value, Failure> {
    let config = NodeConfig::load(path)?;
    let until = Instant::now() + duration(patience.unwrap_or(Span::ZERO));
    let looks = async {
        loop {
            let left = until.saturating_duration_since(Instant::now()).max(LOOK);
            let look = if patience.is_some() { left.min(bound) } else { bound };
            let node = within(look, client::get(&config.socket(), "/v1/node")).await;
            if node.as_ref().is_ok_and(|node| is_well(node, peers)) || Instant::now() >= until {
                return node;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    wait(looks).map_err(|none| none.said(path, ASKED))
}

/// Whether a node can do what is asked of it and has so many connections.
fn is_well(node: &Value, peers: u64) -> bool {
    node["readiness"]["ready"] == true && node["connected"].as_u64() >= Some(peers)
}

fn in_words(node: &Value) -> String {
    let observed = match &node["observed"] {
        Value::Null => "not known".to_owned(),
        observed => format!("{}, as {} peers see it", text(&observed["address"]), observed["peers"]),
    };
    let detail = node["health"]["detail"].as_str().map_or_else(String::new, |detail| format!(": {detail}"));
    let ready = match &node["readiness"]["reason"] {
        Value::Null => "yes".to_owned(),
        reason => format!("no, {}: {}", text(reason), text(&node["readiness"]["detail"])),
    };
    let (work, network) = (&node["work"], &node["network"]);
    format!(
        "node       {}\nnetwork    {} ({})\nprotocol   {} {}\nhealth     {}{detail}\nready      {ready}\nlistens    {}\nobserved   {observed}\n\
         connected  {} peers\nuptime     {} s\nwork       {} steps in {} commits, {} messages\nstore      {} bytes in a file of {}\nversion    {}",
        text(&node["peer"]),
        text(&network["name"]),
        text(&network["id"]),
        text(&node["protocol"]["name"]),
        node["protocol"]["version"],
        text(&node["health"]["status"]),
        text(&node["listen"]),
        node["connected"],
        node["uptime_seconds"],
        work["steps"],
        work["commits"],
        work["messages"],
        work["store_content_bytes"],
        work["store_file_bytes"],
        text(&node["version"]),
    )
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn print(answer: &Value) -> Result<(), Failure> {
    output::print(serde_json::to_string_pretty(answer).map_err(Failure::internal)?)
}

/// Why there is no answer.
enum NoAnswer {
    /// The node, or the way to it, says so.
    Said(ClientError),
    /// Nothing has come in this time.
    Silence(Duration),
}

/// What to do about a node that is silent when it is asked something.
const ASKED: &str =
    "its process is there, but is stopped or has more to do than it can: see its log; `--timeout` waits longer";
/// The same when it was sent a command.
const SENT: &str = "what was sent may take effect all the same: see `dunbar node view` before you send it again";

impl NoAnswer {
    /// The same for the operator of the node that `path` configures.
    fn said(self, path: &Path, when_silent: &str) -> Failure {
        let error = match self {
            NoAnswer::Said(error) => error,
            NoAnswer::Silence(after) => {
                let what = format!("the node has not answered within {:.1} s", after.as_secs_f64());
                return Failure::input(what, when_silent);
            }
        };
        let hint = match &error {
            ClientError::Unable(_) => format!("it may later: `dunbar node status {}` says how it is", path.display()),
            ClientError::Refused(_) => "see `dunbar node send --help` for an example".to_owned(),
            _ => format!("is the node running? `dunbar node run {}` starts it", path.display()),
        };
        Failure::input(error.to_string(), hint)
    }
}

/// Waits for an answer, but no longer than `patience`.
async fn within<T>(patience: Duration, answer: impl Future<Output = Result<T, ClientError>>) -> Result<T, NoAnswer> {
    match tokio::time::timeout(patience, answer).await {
        Ok(answer) => answer.map_err(NoAnswer::Said),
        Err(_) => Err(NoAnswer::Silence(patience)),
    }
}

fn wait<T>(answer: impl Future<Output = Result<T, NoAnswer>>) -> Result<T, NoAnswer> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| NoAnswer::Said(ClientError::Broken(error.to_string())))?;
    runtime.block_on(answer)
}

fn duration(span: Span) -> Duration {
    Duration::from_nanos(span.as_nanos())
}
