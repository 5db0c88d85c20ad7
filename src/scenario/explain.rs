//! What a key means.

use scenarios::schema::{self, Explained};
use scenarios::source::closest;

use crate::cli::Printing;
use crate::exit::{Failure, Finding};
use crate::output;

pub(super) fn explain(key: &str, printing: Printing) -> Result<Finding, Failure> {
    let explained = schema::explain(key).map_err(|(part, known)| {
        let hint = closest(&part, known.iter().map(String::as_str));
        let hint =
            hint.unwrap_or_else(|| "the keys of this table are the protocol's own: see docs/scenarios.md".to_owned());
        Failure::input(format!("there is no key `{part}` in `{key}`"), hint)
    })?;
    let Explained { meaning, kind, default, keys } = explained;
    if printing.json {
        let keys: serde_json::Map<String, serde_json::Value> =
            keys.into_iter().map(|(name, meaning)| (name, meaning.into())).collect();
        let all = serde_json::json!({
            "key": key, "meaning": meaning, "kind": kind, "default": default, "keys": keys,
        });
        output::print(serde_json::to_string_pretty(&all).map_err(Failure::internal)?)?;
        return Ok(Finding::Pass);
    }
    let default = default.map_or(String::new(), |default| format!(", {default} if it is left out"));
    let name = if key.is_empty() { String::new() } else { format!("{key}: {kind}{default}\n  ") };
    output::print(format_args!("{name}{}", meaning.replace('\n', " ")))?;
    let width = keys.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, meaning) in keys.iter().filter(|_| !printing.quiet) {
        output::print(format_args!("  {name:width$}  {}", meaning.replace('\n', " ")))?;
    }
    Ok(Finding::Pass)
}
