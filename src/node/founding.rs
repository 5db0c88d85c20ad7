//! The founding document with which a node has run: it holds for the whole life of its chain.
//!
//! It lies in the node's folder from the first start on, as JSON. Another one in the configuration makes the node's own chain, and
//! those of others, look damaged; so it is compared before anything is opened.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use contract::Amount;
use ledger::Founding;
use serde_json::Value;

use super::config::NodeConfig;
use crate::exit::Failure;

/// The name of the file in the node's folder.
const FILE: &str = "founding";

/// Refuses a founding document that is not the one with which the node has run.
pub(super) fn is_as_it_was(config: &NodeConfig) -> Result<(), Failure> {
    let path = config.file(FILE);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        read => read.map_err(|error| Failure::file("read", &path, &error))?,
    };
    let Ok(before) = serde_json::from_str::<Founding>(&text) else {
        let hint = "remove it if `[founding]` in the configuration is as it was; a backup of it can take its place";
        return Err(Failure::input(format!("{} is damaged", path.display()), hint));
    };
    let difference = difference(&before, &config.founding);
    difference.map_or(Ok(()), |(name, what)| Err(config.of_founding(&name, what, hint(&path))))
}

/// Notes with which document the node runs, unless that is noted already. A node that fails to note it goes on: it is compared
/// for the operator's sake.
pub(super) fn note(config: &NodeConfig) {
    let path = config.file(FILE);
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let _ = file.map(|file| serde_json::to_writer_pretty(file, &config.founding));
}

fn hint(path: &Path) -> String {
    format!(
        "write `[founding]` as it was: {} has it. A network with another one is another network, with keys and folders of its own; if \
         all its nodes have agreed to add somebody of whom nobody has heard yet, remove that file",
        path.display()
    )
}

/// The first name about which two documents differ, and how.
fn difference(before: &Founding, now: &Founding) -> Option<(String, String)> {
    let [before, now] = [before, now].map(amounts);
    let name = before.keys().chain(now.keys()).find(|name| before.get(*name) != now.get(*name))?;
    let what = match (before.get(name), now.get(name)) {
        (Some(before), None) => {
            format!("`[founding]` lacks {name}, who has {before} in the one with which this node has run")
        }
        (None, Some(_)) => "`[founding]` lists somebody who is not in the one with which this node has run".to_owned(),
        (before, _) => {
            let before = before.map(String::as_str).unwrap_or_default();
            format!("`[founding]` says another amount than the one with which this node has run, which says {before}")
        }
    };
    Some((name.clone(), what))
}

/// Names and amounts as they are written.
fn amounts(founding: &Founding) -> BTreeMap<String, String> {
    let written = serde_json::to_value(founding).unwrap_or_default();
    let amount = |amount: &Value| format!("{} OMC", Amount::from_micro(amount.as_u64().unwrap_or_default()));
    let of = |(name, written): (&String, &Value)| (name.clone(), amount(written));
    written.as_object().into_iter().flatten().map(of).collect()
}
