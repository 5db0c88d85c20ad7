//! How a node that runs speaks: its log on standard error, for people or as JSON documents.
//!
//! `DUNBAR_LOG` says which lines, such as `warn` or `network=debug`, and `DUNBAR_LOG_FORMAT=json` makes each of them a JSON
//! document: everything that the process says there then is one.

use std::fmt::Display;

use tracing_subscriber::EnvFilter;

use crate::exit::{self, Failure};
use crate::output;

/// The variable that says which lines are logged.
const LINES: &str = "DUNBAR_LOG";
/// The variable that says how.
const FORMAT: &str = "DUNBAR_LOG_FORMAT";

/// How a node speaks to whoever keeps it running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Say {
    /// In plain lines.
    Plainly,
    /// In JSON documents.
    Json,
}

impl Say {
    /// As the environment asks.
    pub(super) fn as_asked() -> Result<Say, Failure> {
        match std::env::var_os(FORMAT).as_ref().map(|format| format.to_str().unwrap_or_default()) {
            None | Some("human") => Ok(Say::Plainly),
            Some("json") => Ok(Say::Json),
            Some(other) => {
                Err(Failure::input(format!("{FORMAT}: no format `{other}`"), "write `human` or `json`, or nothing"))
            }
        }
    }

    /// Whether the process reports in JSON why it ends: whoever reads its log reads that, too.
    pub(super) fn is_json() -> bool {
        Say::as_asked().is_ok_and(|say| say == Say::Json)
    }

    /// Begins to log.
    pub(super) fn begin(self) -> Result<(), Failure> {
        let levels = std::env::var_os(LINES).unwrap_or_default();
        let builder = EnvFilter::builder().with_default_directive(tracing::Level::INFO.into());
        let filter = builder.parse(levels.to_string_lossy()).map_err(|error| {
            let hint = "write a level, such as `warn`, or levels of parts, such as `network=warn,actor=info`";
            Failure::input(format!("{LINES}={}: {error}", levels.to_string_lossy()), hint)
        })?;
        let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
        match self {
            Say::Plainly => lines.init(),
            Say::Json => lines.json().init(),
        }
        Ok(())
    }

    /// Says what the operator wants to know whatever is logged.
    pub(super) fn remark(self, what: impl Display) {
        match self {
            Say::Plainly => output::remark(what),
            Say::Json => tracing::info!(target: "node", "{what}"),
        }
    }

    /// Says what went wrong and does not end the node.
    pub(super) fn failure(self, failure: Failure) {
        match self {
            Say::Plainly => exit::remark(failure),
            Say::Json => tracing::error!(target: "node", "{}", exit::in_words(&failure)),
        }
    }
}
