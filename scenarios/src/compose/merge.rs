//! One text out of several. Tables are merged key by key; the lists of a scenario grow, and an item whose name an earlier
//! one has is merged into it; everything else is replaced.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::{Table, Value};

use super::{Joints, Layer, unknown_variant};
use crate::raw::Spanned;
use crate::source::{BadScenario, Source};

/// The lists of a scenario.
pub(crate) const LISTS: [&str; 5] = ["population", "fault", "workload", "script", "expect"];

/// Where the items of a part's lists went: by list and position in the whole, the position in the part.
pub(crate) type Positions = BTreeMap<String, BTreeMap<usize, usize>>;

/// The parts so far, from the first that extends nothing.
#[derive(Default)]
pub(super) struct Merged {
    whole: Table,
    layers: Vec<Layer>,
}

impl Merged {
    /// Adds a part, or the table in it to which `prefix` leads.
    pub(super) fn add(&mut self, part: &Source, prefix: &[String]) -> Result<(), BadScenario> {
        let mut over: Table = part.read()?;
        let mut joints: Joints = part.read()?;
        for key in prefix {
            let Some(Value::Table(inner)) = over.remove(key) else {
                return Err(part.error_beside(format!("`{}` is no table", prefix.join(".")), "write `[variants.name]`"));
            };
            joints = Joints { without: without(part, prefix)?, ..Joints::default() };
            over = inner;
        }
        over.remove("extends");
        over.remove("without");
        for path in &joints.without {
            if !self.leave_out(path.get_ref()) {
                let hint = "`without` names a key of what is extended, such as \"sweep\" or \"network.topology\"";
                return Err(part.error(path.span(), format!("there is no `{}` to leave out", path.get_ref()), hint));
            }
        }
        let mut positions = Positions::new();
        for (key, value) in over {
            match value {
                Value::Array(items) if LISTS.contains(&key.as_str()) => {
                    let list = self.whole.entry(key.clone()).or_insert_with(|| Value::Array(Vec::new()));
                    if let Value::Array(list) = list {
                        positions.insert(key, extend(list, items));
                    } else {
                        *list = Value::Array(items);
                    }
                }
                value => put(&mut self.whole, key, value),
            }
        }
        self.layers.push(Layer { part: part.clone(), prefix: prefix.to_vec(), positions });
        Ok(())
    }

    /// Adds a variant: of every part that has it, beginning with the first.
    pub(super) fn vary(&mut self, parts: &[Source], variant: &str) -> Result<(), BadScenario> {
        let mut known = Vec::new();
        let mut found = false;
        for part in parts.iter().rev() {
            let names = part.variants()?.into_iter().map(|(name, _)| name);
            known.extend(names);
            if known.iter().any(|name| name == variant) && part.variants()?.iter().any(|(name, _)| name == variant) {
                self.add(part, &["variants".to_owned(), variant.to_owned()])?;
                found = true;
            }
        }
        if found { Ok(()) } else { Err(unknown_variant(&parts[0], variant, &known)) }
    }

    /// The whole as text, and its parts, the last first.
    pub(super) fn finish(mut self, varied: bool) -> (String, Arc<[Layer]>) {
        if varied {
            self.whole.remove("variants");
        }
        self.layers.reverse();
        (self.whole.to_string(), self.layers.into())
    }

    /// Removes what a path names; false if there is nothing.
    fn leave_out(&mut self, path: &str) -> bool {
        let Some(path) = crate::source::path(path) else { return false };
        let Some((last, above)) = path.split_last() else { return false };
        let mut table = &mut self.whole;
        for key in above {
            match table.get_mut(key) {
                Some(Value::Table(inner)) => table = inner,
                _ => return false,
            }
        }
        if above.is_empty() {
            self.layers.iter_mut().for_each(|layer| drop(layer.positions.remove(last)));
        }
        table.remove(last).is_some()
    }
}

/// What a variant leaves out.
fn without(part: &Source, prefix: &[String]) -> Result<Vec<Spanned<String>>, BadScenario> {
    #[derive(serde::Deserialize)]
    struct Whole {
        #[serde(default)]
        variants: BTreeMap<String, Joints>,
    }
    let mut whole: Whole = part.read()?;
    Ok(prefix.last().and_then(|name| whole.variants.remove(name)).unwrap_or_default().without)
}

/// Adds items to a list, or into those of the same name. Gives their positions in the list.
fn extend(list: &mut Vec<Value>, items: Vec<Value>) -> BTreeMap<usize, usize> {
    let mut positions = BTreeMap::new();
    for (number, item) in items.into_iter().enumerate() {
        let name = item.get("name").cloned();
        let same = |other: &Value| name.is_some() && other.get("name") == name.as_ref();
        let place = list.iter().position(same);
        match (place.map(|place| &mut list[place]), item) {
            (Some(Value::Table(known)), Value::Table(item)) => {
                item.into_iter().for_each(|(key, value)| put(known, key, value));
            }
            (_, item) => list.push(item),
        }
        positions.insert(place.unwrap_or(list.len() - 1), number);
    }
    positions
}

fn put(table: &mut Table, key: String, value: Value) {
    match (table.get_mut(&key), value) {
        (Some(Value::Table(inner)), Value::Table(over)) => {
            over.into_iter().for_each(|(key, value)| put(inner, key, value));
        }
        (_, value) => drop(table.insert(key, value)),
    }
}
