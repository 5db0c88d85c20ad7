//! The JSON Schema of a scenario file, and what it says of a key. The sentences are those of the structs in [`crate::raw`].

mod parts;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::raw::{RawAbout, RawSetting, RawTrial};

/// The JSON Schema of a scenario file, `format = 1`.
pub fn schema() -> Value {
    let mut whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A dunbar scenario, format 1",
        "type": "object",
        "additionalProperties": false,
    });
    let groups = [part::<RawAbout>(), part::<RawSetting>(), part::<RawTrial>()];
    for key in ["properties", "$defs"] {
        let all: Map<String, Value> =
            groups.iter().filter_map(|group| group[key].as_object().cloned()).flatten().collect();
        whole[key] = Value::Object(all);
    }
    let required = groups.iter().filter_map(|group| group["required"].as_array().cloned()).flatten();
    whole["required"] = Value::Array(required.collect());
    whole["$defs"]["Change"] = parts::change(&whole["properties"]);
    whole["properties"]["variants"]["additionalProperties"] = json!({ "$ref": "#/$defs/Change" });
    // What a file does not say may stand in the file that it extends.
    let complete = parts::loosened(&mut whole);
    whole["if"] = json!({ "required": ["extends"] });
    whole["else"] = complete;
    whole
}

fn part<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value()
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// What it means.
    pub meaning: String,
    /// What is written there: `text`, `number`, …
    pub kind: String,
    /// What it is if it is left out, as far as that is one value.
    pub default: Option<String>,
    /// The keys below it, with their meaning.
    pub keys: Vec<(String, String)>,
}

/// What a key such as `network.profile` means; the whole file for an empty key. The number of an item of a list may be
/// left out.
///
/// # Errors
/// The part of the key that is unknown, and the keys that are there instead.
pub fn explain(key: &str) -> Result<Explained, (String, Vec<String>)> {
    let root = schema();
    let path =
        if key.is_empty() { Vec::new() } else { crate::source::path(key).ok_or((key.to_owned(), Vec::new()))? };
    let mut at = &root;
    let mut meaning = "A scenario file.".to_owned();
    let mut default = None;
    for part in path {
        at = below(&root, at);
        if part.parse::<usize>().is_ok() && at.get("properties").is_some() {
            continue;
        }
        let names = || at["properties"].as_object().into_iter().flat_map(Map::keys).cloned().collect::<Vec<_>>();
        let next = at["properties"].get(&part).or_else(|| at.get("additionalProperties").filter(|any| any.is_object()));
        let next = pointed(&root, next.ok_or_else(|| (part.clone(), names()))?);
        if let Some(sentence) = next["description"].as_str() {
            meaning = sentence.to_owned();
        }
        default = next.get("default").filter(|value| value.is_number() || value.is_string()).map(Value::to_string);
        at = next;
    }
    let kind = kind(&root, at);
    let at = below(&root, at);
    let properties = at["properties"].as_object().into_iter().flatten();
    let said = |value| pointed(&root, value)["description"].as_str().unwrap_or_default().to_owned();
    let keys = properties.map(|(name, value)| (name.clone(), said(value)));
    Ok(Explained { meaning, kind, default, keys: keys.collect() })
}

/// A key of a change is the same key of a file.
fn pointed<'a>(root: &'a Value, at: &'a Value) -> &'a Value {
    let name = at["$ref"].as_str().and_then(|path| path.strip_prefix("#/properties/"));
    name.map_or(at, |name| &root["properties"][name])
}

/// The schema that holds the keys: behind references, options and lists.
fn below<'a>(root: &'a Value, at: &'a Value) -> &'a Value {
    if let Some(name) = at["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        return below(root, &root["$defs"][name]);
    }
    if let Some(items) = at.get("items") {
        return below(root, items);
    }
    let choices = at.get("anyOf").and_then(Value::as_array).filter(|_| at.get("properties").is_none());
    match choices.and_then(|choices| choices.iter().find(|choice| choice["type"] != "null")) {
        Some(choice) => below(root, choice),
        None => at,
    }
}

/// What is written at a place, in a word or two.
fn kind(root: &Value, at: &Value) -> String {
    if let Some(name) = at["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        return kind(root, &root["$defs"][name]);
    }
    if let Some(choices) = at["anyOf"].as_array().filter(|_| at.get("properties").is_none()) {
        let mut kinds: Vec<String> =
            choices.iter().filter(|choice| choice["type"] != "null").map(|choice| kind(root, choice)).collect();
        kinds.dedup();
        return kinds.join(" or ");
    }
    let named = |name: &str| match name {
        "string" => "text",
        "integer" => "whole number",
        "number" => "number",
        "boolean" => "true or false",
        "object" => "table",
        "array" => "list",
        _ => "any value",
    };
    let name =
        at["type"].as_str().or_else(|| at["type"].as_array()?.iter().filter_map(Value::as_str).find(|t| *t != "null"));
    match (name, at.get("items")) {
        (Some("array"), Some(items)) if items.is_object() => format!("list: each {}", kind(root, items)),
        (name, _) => named(name.unwrap_or_default()).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/scenario-1.json");

    /// `UPDATE_SCHEMA=1 cargo test -p scenarios schema` writes it anew.
    #[test]
    fn the_committed_schema_is_the_programs() {
        let fresh = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(COMMITTED, &fresh).unwrap();
        }
        let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
        assert!(committed == fresh, "write it anew: UPDATE_SCHEMA=1 cargo test -p scenarios schema");
    }

    fn all_keys(prefix: &str, found: &mut Vec<(String, String)>) {
        for (name, meaning) in explain(prefix).unwrap().keys {
            let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            found.push((key.clone(), meaning));
            all_keys(&key, found);
        }
    }

    #[test]
    fn every_key_has_a_sentence() {
        let mut keys = Vec::new();
        all_keys("", &mut keys);
        assert!(keys.len() > 60, "{keys:?}");
        for (key, meaning) in keys {
            assert!(meaning.len() > 8 && meaning.ends_with(['.', '…', '"']), "{key}: {meaning:?}");
            assert_eq!(explain(&key).unwrap().meaning, meaning);
        }
    }

    #[test]
    fn only_of_a_whole_file_all_keys_are_required() {
        let schema = schema();
        let complete = &schema["else"];
        assert_eq!(schema["if"], json!({ "required": ["extends"] }));
        assert_eq!(complete["required"], json!(["format", "title", "protocol", "horizon", "network", "population"]));
        assert_eq!(complete["properties"]["network"]["required"], json!(["profile"]));
        assert_eq!(complete["properties"]["population"]["items"]["required"], json!(["count"]));
        let required = |name: &str| schema["$defs"][name]["required"].clone();
        assert_eq!(required("RawNetwork"), Value::Null, "a change of the topology has no profile");
        assert_eq!(required("RawPopulation"), json!(["name"]), "it is merged into the one of this name");
        assert_eq!(required("RawScript"), json!(["at", "node", "command"]), "without a name there is nothing to merge");
        let change = schema["$defs"]["Change"]["properties"].as_object().unwrap();
        assert!(change.contains_key("network") && !change.contains_key("extends"));
        assert_eq!(explain("variants.far.network.profile").unwrap(), explain("network.profile").unwrap());
    }

    #[test]
    fn the_keys_of_a_profile_are_those_that_are_read() {
        for (key, _) in explain("network.matrix").unwrap().keys {
            let table = toml::Table::from_iter([(key.clone(), toml::Value::Datetime("1979-05-27".parse().unwrap()))]);
            let why = net_model::Profile::from_table("matrix", table).unwrap_err().to_string();
            assert!(!why.contains("unknown field"), "{key}: {why}");
        }
        assert_eq!(explain("network.matrix.connection.dsl.share").unwrap().kind, "number");
    }

    #[test]
    fn a_key_is_explained_with_its_kind_and_what_is_below_it() {
        let horizon = explain("horizon").unwrap();
        assert_eq!(
            (horizon.meaning.as_str(), horizon.kind.as_str()),
            ("The virtual time at which a run ends.", "text")
        );
        assert_eq!(explain("seeds").unwrap().default.as_deref(), Some("30"));
        assert_eq!(explain("population.0.count"), explain("population.count"));
        assert_eq!(explain("population").unwrap().kind, "list: each table");
        assert_eq!(explain("workload.draw.amount.log_normal.sigma").unwrap().kind, "number");
        let (part, known) = explain("network.profil").unwrap_err();
        assert!(part == "profil" && known.contains(&"profile".to_owned()), "{known:?}");
    }
}
