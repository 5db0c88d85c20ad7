//! What a key means.

use scenarios::Registry;
use scenarios::schema::{self, Explained};
use scenarios::source::closest;

use crate::cli::Printing;
use crate::exit::{Failure, Finding};
use crate::output;

pub(super) fn explain(registry: &Registry, key: &str, printing: Printing) -> Result<Finding, Failure> {
    let own = own(registry, key);
    if !own.is_empty() {
        return explain_own(key, own, printing);
    }
    let explained = schema::explain(key).map_err(|(part, known)| {
        let hint = closest(&part, known.iter().map(String::as_str));
        let hint = hint.unwrap_or_else(|| format!("`dunbar scenario explain {}` lists what there is", first(key)));
        let within = if part == key { String::new() } else { format!(" in `{key}`") };
        Failure::input(format!("there is no key `{part}`{within}"), hint)
    })?;
    let Explained { meaning, kind, default, mut keys } = explained;
    if NAMES_METRICS.contains(&key) {
        keys.extend(metrics(registry));
    }
    let of = below(registry, key);
    if printing.json {
        let all = serde_json::json!({
            "key": key, "meaning": meaning, "kind": kind, "default": default, "keys": table(keys), "of": table(of),
        });
        output::print(serde_json::to_string_pretty(&all).map_err(Failure::internal)?)?;
        return Ok(Finding::Pass);
    }
    keys.extend(of);
    let default = default.map_or(String::new(), |default| format!(", {default} if it is left out"));
    let name = if key.is_empty() { String::new() } else { format!("{key}: {kind}{default}\n  ") };
    output::print(format_args!("{name}{}", meaning.replace('\n', " ")))?;
    let width = keys.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, meaning) in keys.iter().filter(|_| !printing.quiet) {
        output::print(format_args!("  {name:width$}  {}", meaning.replace('\n', " ")))?;
    }
    Ok(Finding::Pass)
}

/// What protocols say of a key of theirs, or of a metric.
fn explain_own(name: &str, own: Vec<(String, String)>, printing: Printing) -> Result<Finding, Failure> {
    if printing.json {
        let all = serde_json::json!({ "key": name, "of": table(own) });
        output::print(serde_json::to_string_pretty(&all).map_err(Failure::internal)?)?;
    } else {
        own.iter().try_for_each(|(name, meaning)| output::print(format_args!("{name}\n  {meaning}")))?;
    }
    Ok(Finding::Pass)
}

fn table(keys: Vec<(String, String)>) -> serde_json::Map<String, serde_json::Value> {
    keys.into_iter().map(|(name, meaning)| (name, meaning.into())).collect()
}

/// The first part of a key.
fn first(key: &str) -> &str {
    key.split('.').next().unwrap_or_default()
}

/// A key without the numbers of lists.
fn unnumbered(key: &str) -> String {
    key.split('.').filter(|part| part.parse::<usize>().is_err()).collect::<Vec<_>>().join(".")
}

/// What the protocols say of a key, what of the keys below it, and what a metric of this name is.
fn own(registry: &Registry, key: &str) -> Vec<(String, String)> {
    let key = unnumbered(key);
    let systems = || registry.names().filter_map(|name| Some((name, registry.get(name)?)));
    let is_own = systems().any(|(_, system)| system.keys().iter().any(|(path, _)| *path == key));
    let within =
        |path: &str| path == key || path.strip_prefix(&key).is_some_and(|rest| is_own && rest.starts_with('.'));
    let keys = systems().flat_map(|(name, system)| {
        let own = system.keys().iter().filter(|(path, _)| within(path));
        own.map(move |(path, meaning)| (format!("{name}: {path}"), (*meaning).to_owned()))
    });
    let is_metric = |(name, _): &(String, String)| name.split(": ").nth(1) == Some(key.as_str());
    keys.chain(metrics(registry).into_iter().filter(is_metric)).collect()
}

/// The protocols' own keys below one that all scenarios have.
fn below(registry: &Registry, key: &str) -> Vec<(String, String)> {
    let within = format!("{}.", unnumbered(key));
    let systems = registry.names().filter_map(|name| Some((name, registry.get(name)?)));
    let of = |(name, system): (&str, &dyn scenarios::System)| {
        let own = system.keys().iter().filter(|(path, _)| path.starts_with(&within));
        own.map(|(path, meaning)| (format!("{name}: {path}"), (*meaning).to_owned())).collect::<Vec<_>>()
    };
    systems.flat_map(of).collect()
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
