//! Latency, bandwidth and loss: a named profile, one in the scenario, or one in a file beside it.

use std::ops::Range;

use net_model::{BadProfile, Profile};
use toml::de::{DeTable, DeValue};

use crate::hint::{hint, plain};
use crate::raw::RawNetwork;
use crate::source::{BadScenario, Source, closest};

pub(super) fn profile(source: &Source, raw: &RawNetwork) -> Result<Profile, BadScenario> {
    let (name, place) = (raw.profile.get_ref().as_str(), raw.profile.span());
    let profile = match (name, &raw.matrix) {
        ("matrix", None) => {
            let hint = "write the profile's keys under `[network.matrix]`";
            return Err(source.error(place, "there is no [network.matrix]", hint));
        }
        ("matrix", Some(table)) => Profile::from_table("matrix", table.get_ref().clone())
            .map_err(|error| at_key(source, &["network", "matrix"], &error))?,
        (_, Some(matrix)) => {
            let hint = "write `profile = \"matrix\"` to use it, or remove it";
            return Err(source.error(matrix.span(), format!("the profile is `{name}`, not this matrix"), hint));
        }
        (file, None) if is_file(file) => from_file(&source.file(file, place)?)?,
        (_, None) => Profile::named(name).map_err(|error| {
            let names = Profile::names();
            let names = names.iter().map(String::as_str).chain(["matrix"]);
            source.error(place, error.to_string(), closest(name, names).unwrap_or_default())
        })?,
    };
    match &raw.region_share {
        None => Ok(profile),
        Some(share) => profile.with_region_share(share.get_ref()).map_err(|error| {
            let message = error.to_string();
            let (what, hint) = message.split_once("; ").unwrap_or((&message, ""));
            source.error(share.span(), what, hint)
        }),
    }
}

fn is_file(name: &str) -> bool {
    name.ends_with(".toml") || name.ends_with(".csv")
}

/// A profile in a file of its own: TOML with the keys of one profile, or a matrix as CSV.
///
/// # Errors
/// [`BadScenario`] at the place in the file.
pub fn from_file(file: &Source) -> Result<Profile, BadScenario> {
    let name = file.name().rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if file.name().ends_with(".csv") {
        return Profile::from_table(name, csv(file)?).map_err(|error| at_cell(file, &error));
    }
    Profile::from_table(name, file.read()?).map_err(|error| at_key(file, &[], &error))
}

/// A matrix as CSV: the first row has the names of the regions, each further one a name and its latencies. Lines before that begin with `#`
/// are the other keys of the profile, as TOML.
fn csv(file: &Source) -> Result<toml::Table, BadScenario> {
    let lines: Vec<&str> = file.text().lines().collect();
    let keys = lines.iter().take_while(|line| line.starts_with('#')).map(|line| line[1..].trim_start());
    let keys: Vec<&str> = keys.collect();
    let mut table: toml::Table = toml::from_str(&keys.join("\n")).map_err(|error| {
        let hint = "the lines that begin with `#` are keys of the profile: `# source = \"…\"`";
        file.error(0..file.text().find("\n").unwrap_or(0), error.message(), hint)
    })?;
    let mut rows = lines[keys.len()..].iter().filter(|line| !line.trim().is_empty());
    let cells = |line: &str| line.split(',').map(|cell| cell.trim().to_owned()).collect::<Vec<String>>();
    let Some(header) = rows.next() else {
        let hint = "write a row with the regions, and a row for each of them";
        return Err(file.error(file.text().len()..file.text().len(), "there is no matrix", hint));
    };
    let regions: Vec<toml::Value> = cells(header).into_iter().skip(1).map(toml::Value::String).collect();
    let mut matrix = Vec::new();
    // In this order no row is taken for which there is no region.
    for (name, row) in regions.iter().zip(rows.by_ref()) {
        let named = cells(row);
        if Some(named[0].as_str()) != name.as_str() {
            let hint = "the rows are in the order of the first row";
            let message = format!("this row is `{}`, where {name} belongs", named[0]);
            return Err(file.error(place_in(file, row), message, hint));
        }
        matrix
            .push(toml::Value::Array(named[1..].iter().map(|cell| number(file, row, cell)).collect::<Result<_, _>>()?));
    }
    if matrix.len() == regions.len()
        && let Some(row) = rows.next()
    {
        let message = format!("the first row names {} regions, and this row is one more", regions.len());
        return Err(file.error(
            place_in(file, row),
            message,
            "a matrix is square: name its region in the first row too",
        ));
    }
    table.insert("regions".to_owned(), toml::Value::Array(regions));
    table.insert("latency_mean_ms".to_owned(), toml::Value::Array(matrix));
    Ok(table)
}

fn number(file: &Source, row: &str, cell: &str) -> Result<toml::Value, BadScenario> {
    cell.parse().map(toml::Value::Float).map_err(|_| {
        let place = place_in(file, row);
        let start = place.start + row.find(cell).unwrap_or(0);
        file.error(start..start + cell.len(), format!("`{cell}` is no number"), "write milliseconds, such as 12.5")
    })
}

/// Where a part of the text is.
fn place_in(file: &Source, part: &str) -> Range<usize> {
    let start = part.as_ptr() as usize - file.text().as_ptr() as usize;
    start..start + part.len()
}

/// An error of a profile at the key, row or value that it is about.
fn at_key(source: &Source, table: &[&str], error: &BadProfile) -> BadScenario {
    let mut path: Vec<String> = table.iter().map(|part| (*part).to_owned()).collect();
    if let BadProfile::Unreadable { why } = error {
        return unreadable(source, path, why);
    }
    let regions = regions(source, &path);
    path.extend(key_of(error, &regions));
    let (what, hint) = words(error);
    match find(source, &path) {
        Some((_, place)) => source.error(place, what, hint),
        None => source.error_beside(what, hint),
    }
}

/// What serde says of a profile's table, at the key that it is about: a message, and perhaps a line "in `a.b`".
fn unreadable(source: &Source, mut path: Vec<String>, why: &str) -> BadScenario {
    let why = why.strip_prefix("profile `").and_then(|rest| rest.split_once("`: ")).map_or(why, |(_, why)| why);
    let (message, inside) = why.rsplit_once("\nin `").unwrap_or((why, ""));
    path.extend(inside.trim_end().trim_end_matches('`').split('.').filter(|part| !part.is_empty()).map(str::to_owned));
    let (what, hint) = (plain(message), hint(message));
    let Some(unknown) = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) else {
        let place = find(source, &path).map_or(0..0, |(_, value)| value);
        return source.error(place, what, hint);
    };
    // The keys of the table itself are read in groups, and the message knows one group only.
    let hint = if inside.is_empty() { closest(unknown, Profile::keys()).unwrap_or(hint) } else { hint };
    path.push(unknown.to_owned());
    let place = find(source, &path).map_or(0..0, |(key, _)| key);
    source.error(place, format!("unknown field `{unknown}`"), hint)
}

/// An error of a profile in a CSV file at the row that it is about.
fn at_cell(file: &Source, error: &BadProfile) -> BadScenario {
    let (what, hint) = words(error);
    let message = error.to_string();
    let row = file.text().lines().filter(|line| !line.starts_with('#')).skip(1).find(|line| {
        let name = line.split(',').next().unwrap_or_default().trim();
        !name.is_empty()
            && (message.contains(&format!("row {name}`")) || format!(" {message}").contains(&format!(" {name} to ")))
    });
    match row {
        Some(row) => file.error(place_in(file, row), what, hint),
        None => file.error(0..file.text().find('\n').unwrap_or(file.text().len()), what, hint),
    }
}

/// What is wrong, and what to do about it.
fn words(error: &BadProfile) -> (String, String) {
    let message = error.to_string();
    let message = message.strip_prefix("the network profiles cannot be read: ").unwrap_or(&message);
    match error {
        BadProfile::Range { range, .. } => (message.to_owned(), format!("it is {range}")),
        BadProfile::Missing { hint, .. } | BadProfile::Conflict { hint, .. } => {
            (message.strip_suffix(&format!(": {hint}")).unwrap_or(message).to_owned(), (*hint).to_owned())
        }
        BadProfile::Shares { .. } => (message.to_owned(), "let them sum to 1".to_owned()),
        _ => match message.split_once("; ") {
            Some((what, hint)) => (what.to_owned(), hint.to_owned()),
            None => (message.to_owned(), crate::hint::hint(message)),
        },
    }
}

/// The path below the profile's table to what an error is about.
fn key_of(error: &BadProfile, regions: &[String]) -> Vec<String> {
    let index = |region: &str| regions.iter().position(|known| known == region).map(|place| place.to_string());
    match error {
        BadProfile::Asymmetric { key, from, to, .. } => {
            [Some((*key).to_owned()), index(from), index(to)].into_iter().flatten().collect()
        }
        BadProfile::Twice { .. } | BadProfile::Nameless { .. } => vec!["regions".to_owned()],
        BadProfile::Conflict { key, .. } => vec![(*key).to_owned()],
        BadProfile::Length { key, .. } | BadProfile::Range { key, .. } | BadProfile::Shares { key, .. } => {
            let (key, part) = key.split_once(", ").unwrap_or((key, ""));
            let parts = part.strip_prefix("row ").unwrap_or(part).split(" to ").filter_map(index);
            key.split('.').map(str::to_owned).chain(parts).collect()
        }
        _ => Vec::new(),
    }
}

fn regions(source: &Source, table: &[String]) -> Vec<String> {
    let Ok(all) = source.read::<toml::Table>() else { return Vec::new() };
    let found = table.iter().try_fold(toml::Value::Table(all), |value, part| value.get(part).cloned());
    let names = found.as_ref().and_then(|table| table.get("regions")).and_then(toml::Value::as_array).cloned();
    names.unwrap_or_default().iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// Where the value at a path is written, or the last part of the path that is: its key and its value.
fn find(source: &Source, path: &[String]) -> Option<(Range<usize>, Range<usize>)> {
    let document = DeTable::parse(source.text()).ok()?;
    let (first, rest) = path.split_first()?;
    let (key, mut value) = document.get_ref().iter().find(|(key, _)| key.get_ref() == first)?;
    let mut key = key.span();
    for part in rest {
        let next = match value.get_ref() {
            DeValue::Table(table) => table.iter().find(|(key, _)| key.get_ref() == part).map(|(k, v)| (k.span(), v)),
            DeValue::Array(values) => {
                part.parse().ok().and_then(|index: usize| values.get(index)).map(|value| (value.span(), value))
            }
            _ => None,
        };
        match next {
            Some(next) => (key, value) = next,
            None => break,
        }
    }
    Some((key, value.span()))
}
