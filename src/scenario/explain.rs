//! What a key means.

use scenarios::Registry;
use scenarios::metric::Metric;
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
        keys.extend(metrics(registry, &|_| true));
    }
    let within = format!("{}.", unnumbered(key));
    let mut of = self::keys(registry, &|path| path.starts_with(&within));
    of.extend(names(registry, &unnumbered(key)));
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

/// What the protocols say of a key and of the keys below it, and what a metric of this name is.
fn own(registry: &Registry, key: &str) -> Vec<(String, String)> {
    let (key, within) = (unnumbered(key), format!("{}.", unnumbered(key)));
    let mut own = keys(registry, &|path| path == key);
    if !own.is_empty() {
        own = keys(registry, &|path| path == key || path.starts_with(&within));
    }
    own.extend(metrics(registry, &|name| name == key));
    own
}

/// The protocols' own keys that are wanted, and what they mean.
fn keys(registry: &Registry, wanted: &dyn Fn(&str) -> bool) -> Vec<(String, String)> {
    let systems = registry.names().filter_map(|name| Some((name, registry.get(name)?)));
    let of = |(name, system): (&str, &dyn scenarios::System)| {
        let own = system.keys().iter().filter(|(path, _)| wanted(path));
        own.map(|(path, meaning)| (format!("{name}: {path}"), (*meaning).to_owned())).collect::<Vec<_>>()
    };
    systems.flat_map(of).collect()
}

/// The names that a key's value may have: for each protocol that has any, all of them.
fn names(registry: &Registry, key: &str) -> Vec<(String, String)> {
    let of = |system: &dyn scenarios::System| match key {
        "population.role" => system.roles().join(", "),
        "population.strategy" => system.strategies().join(", "),
        _ => String::new(),
    };
    let all = registry.names().filter_map(|name| Some((name.to_owned(), of(registry.get(name)?))));
    all.filter(|(_, names)| !names.is_empty()).collect()
}

/// The keys whose values are names of metrics.
const NAMES_METRICS: [&str; 2] = ["expect.metric", "measure.metrics"];

/// The metrics of all protocols that are wanted, and what each of them is.
fn metrics(registry: &Registry, wanted: &dyn Fn(&str) -> bool) -> Vec<(String, String)> {
    let systems = registry.names().filter_map(|name| Some((name, registry.get(name)?)));
    let of = |(name, system): (&str, &dyn scenarios::System)| {
        let metrics = system.metrics().iter().filter(|metric| wanted(metric.name));
        let shown =
            |metric: &Metric| (format!("{name}: {}", metric.name), format!("{} [{}]", metric.meaning, metric.unit()));
        metrics.map(shown).collect::<Vec<_>>()
    };
    systems.flat_map(of).collect()
}
