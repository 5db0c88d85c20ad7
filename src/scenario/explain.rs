//! What a key means.

use std::collections::BTreeSet;

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
    let explained = match schema::explain(key) {
        Ok(explained) => explained,
        Err(unknown) => {
            // A table of a protocol's own may have no sentence itself.
            let within = format!("{}.", unnumbered(key));
            let below = self::keys(registry, &|path| is_near(path, &within));
            let failure = || unknown_key(registry, key, unknown);
            return if below.is_empty() { Err(failure()) } else { explain_own(key, below, printing) };
        }
    };
    let Explained { meaning, kind, default, mut keys } = explained;
    if NAMES_METRICS.contains(&key) {
        keys.extend(metrics(registry, &|_| true));
    }
    if NAMES_OBSERVATIONS.contains(&key) {
        keys.extend(observations(registry, &|_| true));
    }
    let within = format!("{}.", unnumbered(key));
    let mut of = self::keys(registry, &|path| is_near(path, &within));
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

/// A key that nobody knows: the first part of it that is unknown, and what there is in its place.
fn unknown_key(registry: &Registry, key: &str, (part, known): (String, Vec<String>)) -> Failure {
    let plain = unnumbered(key);
    let parts: Vec<&str> = plain.split('.').collect();
    let below = |prefix: &str| -> BTreeSet<String> {
        let within = format!("{prefix}.");
        let own = system_keys(registry).filter_map(|(_, path, _)| path.strip_prefix(&within));
        own.filter_map(|rest| rest.split('.').next().map(str::to_owned)).collect()
    };
    // As deep as the language knows the key, or deeper, a protocol may know more of it.
    let is_known = |depth: &usize| schema::explain(&parts[..*depth].join(".")).is_ok();
    let least = (1..parts.len()).rev().find(is_known).unwrap_or(parts.len());
    let own = (least..parts.len()).rev().map(|depth| (parts[depth], below(&parts[..depth].join("."))));
    let own = own.into_iter().find(|(_, below)| !below.is_empty());
    let (part, known) = own.map_or((part.clone(), known.clone()), |(own, mut below)| {
        below.extend(known.into_iter().filter(|_| own == part));
        (own.to_owned(), below.into_iter().collect())
    });
    let hint = closest(&part, known.iter().map(String::as_str));
    let hint = hint.unwrap_or_else(|| "`dunbar scenario explain` lists what there is".to_owned());
    let within = if part == key { String::new() } else { format!(" in `{key}`") };
    Failure::input(format!("there is no key `{part}`{within}"), hint)
}

/// A key without the numbers of lists.
fn unnumbered(key: &str) -> String {
    key.split('.').filter(|part| part.parse::<usize>().is_err()).collect::<Vec<_>>().join(".")
}

/// What the protocols say of a key and of the keys not far below it, and what a metric of this name is.
fn own(registry: &Registry, key: &str) -> Vec<(String, String)> {
    let (key, within) = (unnumbered(key), format!("{}.", unnumbered(key)));
    let mut own = keys(registry, &|path| path == key);
    if !own.is_empty() {
        own = keys(registry, &|path| path == key || is_near(path, &within));
    }
    own.extend(metrics(registry, &|name| name == key));
    own.extend(observations(registry, &|name| name == key));
    own
}

/// Whether a key is listed with the table that it is in: what is deeper than two steps is listed with the tables between.
fn is_near(path: &str, within: &str) -> bool {
    path.strip_prefix(within).is_some_and(|rest| rest.matches('.').count() < 2)
}

/// The keys of all protocols: whose, which, and what each means.
fn system_keys(registry: &Registry) -> impl Iterator<Item = (&str, &str, &str)> {
    let systems = registry.names().filter_map(|name| Some((name, registry.get(name)?)));
    systems.flat_map(|(name, system)| system.keys().iter().map(move |(path, meaning)| (name, *path, *meaning)))
}

/// The protocols' own keys that are wanted, and what they mean.
fn keys(registry: &Registry, wanted: &dyn Fn(&str) -> bool) -> Vec<(String, String)> {
    let wanted = system_keys(registry).filter(|(_, path, _)| wanted(path));
    wanted.map(|(name, path, meaning)| (format!("{name}: {path}"), meaning.to_owned())).collect()
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

/// The keys whose values are names of observations, or fields of them.
const NAMES_OBSERVATIONS: [&str; 2] = ["expect.observed.name", "expect.observed.fields"];

/// The observations of all protocols that are wanted, and when each of them is made, with which fields.
fn observations(registry: &Registry, wanted: &dyn Fn(&str) -> bool) -> Vec<(String, String)> {
    let systems = registry.names().filter_map(|name| Some((name, registry.get(name)?)));
    let of = |(name, system): (&str, &dyn scenarios::System)| {
        let observed = system.observations().iter().filter(|one| wanted(one.name));
        observed.map(|one| (format!("{name}: {}", one.name), one.shown())).collect::<Vec<_>>()
    };
    systems.flat_map(of).collect()
}
