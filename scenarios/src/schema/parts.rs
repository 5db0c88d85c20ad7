//! What a schema says of scenarios out of parts: a file that extends another one, and a variant, say only what they change.

use serde_json::{Map, Value, json};

use crate::compose::{LISTS, ONLY_OF_FILES};

/// A change of a scenario, as a variant is: every key of one, but those that only a file has.
pub(super) fn change(properties: &Value) -> Value {
    let keys = properties.as_object().into_iter().flat_map(Map::keys);
    let keys = keys.filter(|key| !ONLY_OF_FILES.contains(&key.as_str()));
    let keys: Map<String, Value> =
        keys.map(|key| (key.clone(), json!({ "$ref": format!("#/properties/{key}") }))).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": keys })
}

/// Takes from a schema what it requires wherever parts are merged, and gives one that requires just that of a whole.
pub(super) fn loosened(whole: &mut Value) -> Value {
    let keys: Vec<String> = whole["properties"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
    let mut parts = Map::new();
    for key in keys {
        let mut at = whole["properties"][&key].take();
        let is_list = !at["items"].is_null();
        let required = match is_list {
            true if !LISTS.contains(&key.as_str()) => None,
            true => of_items(whole, &mut at["items"]).map(|part| json!({ "items": part })),
            false => of_table(whole, &mut at, &[]),
        };
        parts.extend(required.map(|part| (key.clone(), part)));
        whole["properties"][&key] = at;
    }
    let required = whole.as_object_mut().and_then(|whole| whole.remove("required"));
    json!({ "required": required, "properties": parts })
}

/// The same of the items of a list. Only those with a name are merged, and each has to say its name.
fn of_items(whole: &mut Value, items: &mut Value) -> Option<Value> {
    let name = items["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/"))?;
    let is_named = !whole["$defs"][name]["properties"]["name"].is_null();
    if is_named { of_table(whole, items, &["name"]) } else { None }
}

/// The same of a table and of the tables in it; what is `kept` stays required.
fn of_table(whole: &mut Value, at: &mut Value, kept: &[&str]) -> Option<Value> {
    if let Some(name) = at["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")).map(str::to_owned) {
        let mut there = whole["$defs"][&name].take();
        let part = of_table(whole, &mut there, kept);
        whole["$defs"][&name] = there;
        return part;
    }
    let object = at.as_object_mut()?;
    if let Some(choices) = object.get_mut("anyOf").and_then(Value::as_array_mut) {
        let some = choices.iter_mut().find(|choice| choice["type"] != "null")?;
        return of_table(whole, some, kept);
    }
    if let Some(any) = object.get_mut("additionalProperties").filter(|any| any.is_object()) {
        return of_table(whole, any, &[]).map(|part| json!({ "additionalProperties": part }));
    }
    let below = object.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten();
    let parts: Map<String, Value> =
        below.filter_map(|(key, below)| Some((key.clone(), of_table(whole, below, &[])?))).collect();
    let required = object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let stays = |key: &Value| key.as_str().is_some_and(|key| kept.contains(&key));
    let (stay, loose): (Vec<Value>, Vec<Value>) = required.into_iter().partition(stays);
    object.remove("required");
    object.extend(Some(stay).filter(|stay| !stay.is_empty()).map(|stay| ("required".to_owned(), stay.into())));
    let loose = Some(("required", Value::from(loose))).filter(|(_, loose)| loose != &json!([]));
    let parts = Some(("properties", Value::from(parts))).filter(|(_, parts)| parts != &json!({}));
    let part: Map<String, Value> = loose.into_iter().chain(parts).map(|(key, part)| (key.to_owned(), part)).collect();
    Some(Value::Object(part)).filter(|part| part != &json!({}))
}
