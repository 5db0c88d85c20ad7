//! What a key means.

use scenarios::Registry;
use scenarios::schema::{self, Explained};
use scenarios::source::closest;

use crate::cli::Printing;
use crate::exit::{Failure, Finding};
use crate::output;

pub(super) fn explain(registry: &Registry, key: &str, printing: Printing) -> Result<Finding, Failure> {
    let of_metric: Vec<_> =
        metrics(registry).into_iter().filter(|(name, _)| name.ends_with(&format!(": {key}"))).collect();
    if !of_metric.is_empty() {
        return metric(key, of_metric, printing);
    }
    let explained = schema::explain(key).map_err(|(part, known)| {
        let hint = closest(&part, known.iter().map(String::as_str));
        let hint =
            hint.unwrap_or_else(|| "the keys of this table are the protocol's own: see docs/scenarios.md".to_owned());
        let within = if part == key { String::new() } else { format!(" in `{key}`") };
        Failure::input(format!("there is no key `{part}`{within}"), hint)
    })?;
    let Explained { meaning, kind, default, mut keys } = explained;
    if NAMES_METRICS.contains(&key) {
        keys.extend(metrics(registry));
    }
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

/// A metric of this name, which several protocols may have.
fn metric(name: &str, of: Vec<(String, String)>, printing: Printing) -> Result<Finding, Failure> {
    if printing.json {
        let of: serde_json::Map<String, serde_json::Value> =
            of.into_iter().map(|(name, meaning)| (name, meaning.into())).collect();
        let all = serde_json::json!({ "metric": name, "of": of });
        output::print(serde_json::to_string_pretty(&all).map_err(Failure::internal)?)?;
    } else {
        of.iter().try_for_each(|(name, meaning)| output::print(format_args!("{name}\n  {meaning}")))?;
    }
    Ok(Finding::Pass)
}

/// The keys whose values are names of metrics.
const NAMES_METRICS: [&str; 2] = ["expect.metric", "measure.metrics"];

/// The metrics of all protocols, and what each of them is.
fn metrics(registry: &Registry) -> Vec<(String, String)> {
    let systems = registry.names().filter_map(|name| registry.get(name));
    let of = |system: &dyn scenarios::System| {
        let name = system.name().to_owned();
        system
            .metrics()
            .iter()
            .map(move |metric| (format!("{name}: {}", metric.name), format!("{} [{}]", metric.meaning, metric.unit())))
    };
    systems.flat_map(of).collect()
}
