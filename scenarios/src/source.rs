//! The text of a scenario, with overrides applied, and errors that point into it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::de::DeserializeOwned;
use toml_edit::{DocumentMut, Item, Key};

use crate::beside::Beside;
use crate::compose::{Layer, counterpart, origin, place};
pub use crate::hint::closest;
use crate::hint::{hint, plain};

/// What is wrong with a scenario, and where.
#[derive(Clone, Debug, Diagnostic, thiserror::Error)]
#[error("{message}")]
pub struct BadScenario {
    message: String,
    #[source_code]
    text: Arc<NamedSource<String>>,
    #[label("here")]
    place: Option<SourceSpan>,
    #[help]
    hint: Option<String>,
}

impl BadScenario {
    /// What went wrong, without the place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The name of the text in which it went wrong, with the settings that were made in it.
    pub fn file(&self) -> &str {
        self.text.name()
    }

    /// Where it went wrong: line and column from one, if the place is known.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        let before = self.text.inner().get(..self.place?.offset())?;
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        Some((line, column))
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

/// The text of a scenario and where it came from.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: String,
    beside: Beside,
    /// The parts that it was made of, the last first; none if it is a file as it stands.
    layers: Arc<[Layer]>,
}

impl Source {
    /// A scenario's text under the name that errors show, usually its path.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        Source { name: name.into(), text: text.into(), beside: Beside::default(), layers: Arc::new([]) }
    }

    /// The same text, whose files beside it lie in `folder`.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Source {
        self.beside = Beside::folders(vec![folder.to_path_buf()]);
        self
    }

    /// The same text, made of these parts, whose files beside it lie in their folders.
    pub(crate) fn with_parts(self, layers: Arc<[Layer]>, folders: Vec<PathBuf>) -> Source {
        Source { layers, beside: Beside::folders(folders), ..self }
    }

    /// The same text with these files beside it, by name, and no others.
    #[must_use]
    pub fn with_files(mut self, files: BTreeMap<String, String>) -> Source {
        self.beside = Beside::kept(files);
        self
    }

    /// The files beside it that were read so far, or given.
    pub fn files(&self) -> BTreeMap<String, String> {
        self.beside.files()
    }

    /// A file beside the text; the place is where its name is written.
    ///
    /// # Errors
    /// [`BadScenario`] at the place if there is no such file, or it is no text.
    pub fn file(&self, name: &str, place: Range<usize>) -> Result<Source, BadScenario> {
        let text = self.beside.text(name).map_err(|(why, hint)| self.error(place, why, hint))?;
        Ok(Source { beside: self.beside.clone(), ..Source::new(name, text.to_string()) })
    }

    /// The content of a file.
    ///
    /// # Errors
    /// [`BadScenario`] at the first byte that is not UTF-8.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Source, BadScenario> {
        let name = name.into();
        let error = match String::from_utf8(bytes) {
            Ok(text) => return Ok(Source::new(name, text)),
            Err(error) => error,
        };
        let (valid, bytes) = (error.utf8_error().valid_up_to(), error.into_bytes());
        // What comes after is not shown, and no control character reaches the terminal: it may be any file.
        let shown = |c: char| if c.is_ascii_control() && c != '\n' { '?' } else { c };
        let mut text: String = String::from_utf8_lossy(&bytes[..valid]).chars().map(shown).collect();
        text.push(char::REPLACEMENT_CHARACTER);
        let message = format!("byte {:#04x} at this place is not UTF-8", bytes[valid]);
        let source = Source::new(name, text);
        Err(source.error(valid..source.text.len(), message, "is it the right file? save it as UTF-8"))
    }

    /// The name that errors show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// An error at a place in this text.
    pub fn error(&self, place: Range<usize>, message: impl Into<String>, hint: impl Into<String>) -> BadScenario {
        self.bad(Some(place), message.into(), hint.into())
    }

    /// An error in what is done with the text rather than in the text.
    pub fn error_beside(&self, message: impl Into<String>, hint: impl Into<String>) -> BadScenario {
        self.bad(None, message.into(), hint.into())
    }

    fn bad(&self, place: Option<Range<usize>>, message: String, hint: String) -> BadScenario {
        if let Some((part, place)) =
            place.as_ref().and_then(|place| origin((&self.text, &message), place, &self.layers))
        {
            return part.bad(Some(place), message, hint);
        }
        let mut text = self.text.clone();
        if place.as_ref().is_some_and(|place| place.start >= text.len()) {
            // A caret at the end of the text needs something to stand under.
            text.push_str(" \n");
        }
        let text = Arc::new(NamedSource::new(&self.name, text).with_language("toml"));
        BadScenario {
            message,
            text,
            place: place.map(SourceSpan::from),
            hint: Some(hint).filter(|hint| !hint.is_empty()),
        }
    }

    /// Reads the whole text, or the part of it that `T` names, into `T`.
    ///
    /// # Errors
    /// [`BadScenario`] at the place that does not fit.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, BadScenario> {
        toml::from_str(&self.text).map_err(|error| {
            let place = error.span().unwrap_or(0..0);
            // To the reader of TOML a date is a table.
            let written = self.text.get(place.clone()).unwrap_or_default();
            let is_date = written.starts_with(|c: char| c.is_ascii_digit());
            let message = match error.message() {
                map if is_date && map.starts_with("invalid type: map") => map.replacen("map", "a date", 1),
                other => other.to_owned(),
            };
            self.error(place, plain(&message), hint(&message))
        })
    }

    /// The value at a path such as `network.connectivity`, if there is one.
    ///
    /// # Errors
    /// [`BadScenario`] if the text is no TOML.
    pub fn value(&self, key: &str) -> Result<Option<toml::Value>, BadScenario> {
        let document: toml::Table = self.read()?;
        let mut value = toml::Value::Table(document);
        for part in path(key).unwrap_or_default() {
            let next = match &mut value {
                toml::Value::Table(table) => table.remove(&part),
                toml::Value::Array(values) => part
                    .parse()
                    .ok()
                    .filter(|index| *index < values.len())
                    .map(|index: usize| values.swap_remove(index)),
                _ => None,
            };
            match next {
                Some(next) => value = next,
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }

    /// Where the key at a path is written.
    pub(crate) fn place_of_key(&self, path: &[&str]) -> Option<Range<usize>> {
        place(&self.text, path, true)
    }

    /// Where the value at a path is written.
    pub(crate) fn place_of(&self, path: &[&str]) -> Option<Range<usize>> {
        place(&self.text, path, false)
    }

    /// Where in the table at `table` that is written for which `T` cannot be read from `value`: the same table, perhaps with
    /// identities in the place of names, and `within` another one of that name. The whole table, if that cannot be said.
    pub(crate) fn blamed<T: DeserializeOwned>(
        &self,
        table: &Range<usize>,
        value: &toml::Value,
        within: Option<&str>,
    ) -> Range<usize> {
        let text = match within {
            None => format!("read = {value}"),
            Some(name) => format!("read = {{ {name} = {value} }}"),
        };
        let place = toml::from_str::<BTreeMap<String, T>>(&text).err().and_then(|error| error.span());
        let above = 1 + usize::from(within.is_some());
        let found = place.and_then(|place| counterpart((&self.text, table), (&text, &place, above)));
        found.unwrap_or_else(|| table.clone())
    }

    /// The text with `key = value` set, as `--set key=value` and a sweep ask. The value is TOML; a bare word is taken as a
    /// string. The key must lead to a place that the text has, or to a new key of a table that it has.
    ///
    /// # Errors
    /// [`BadScenario`] if the text is no TOML or the key leads nowhere.
    pub fn with(&self, key: &str, value: &str) -> Result<Source, BadScenario> {
        self.with_set(key, value, None)
    }

    /// The same; `place` is where the key is written, if it is written in the text itself.
    pub(crate) fn with_set(&self, key: &str, value: &str, place: Option<Range<usize>>) -> Result<Source, BadScenario> {
        let mut document = self.parse()?;
        let value = value.parse().unwrap_or_else(|_| toml_edit::Value::from(value));
        let nowhere = |why: String| {
            let hint = "a key is a path such as `network.connectivity` or `population.0.count`";
            self.bad(place.clone(), why, hint.to_owned())
        };
        let path = path(key).ok_or_else(|| nowhere(format!("`{key}` is no key")))?;
        set(document.as_item_mut(), &path, value).map_err(|why| nowhere(format!("`{key}` leads nowhere: {why}")))?;
        let name = format!("{} (with {key} set)", self.name.split(" (with ").next().unwrap_or_default());
        Ok(Source { name, text: document.to_string(), layers: self.parts(), ..self.clone() })
    }

    /// The parts of what is made of this text: itself, if it is a file as it stands.
    fn parts(&self) -> Arc<[Layer]> {
        if self.layers.is_empty() { Arc::new([Layer::whole(self.clone())]) } else { Arc::clone(&self.layers) }
    }

    /// The text without `key` in its sweep, so that the key can be fixed.
    ///
    /// # Errors
    /// [`BadScenario`] if the text is no TOML.
    pub fn without_sweep(&self, key: &str) -> Result<Source, BadScenario> {
        let mut document = self.parse()?;
        let removed = document.get_mut("sweep").and_then(|sweep| sweep.as_table_like_mut()?.remove(key));
        Ok(if removed.is_some() { Source { text: document.to_string(), ..self.clone() } } else { self.clone() })
    }

    /// The text without the key at a path.
    ///
    /// # Errors
    /// [`BadScenario`] if the text is no TOML or there is no such key.
    pub fn without(&self, path: &[String]) -> Result<Source, BadScenario> {
        let mut document = self.parse()?;
        let mut item = Some(document.as_item_mut());
        let (last, tables) = path.split_last().map_or((None, path), |(last, tables)| (Some(last), tables));
        for part in tables {
            item = item.and_then(|item| item.get_mut(part.as_str()));
        }
        let removed = item.and_then(|item| item.as_table_like_mut()?.remove(last?));
        match removed {
            Some(_) => Ok(Source { text: document.to_string(), ..self.clone() }),
            None => Err(self.error_beside(format!("there is no `{}`", path.join(".")), "")),
        }
    }

    /// The text without one item of a list, such as a fault.
    ///
    /// # Errors
    /// [`BadScenario`] if the text is no TOML or the list has no such item.
    pub fn without_item(&self, list: &str, index: usize) -> Result<Source, BadScenario> {
        let mut document = self.parse()?;
        let removed = match document.get_mut(list) {
            Some(Item::ArrayOfTables(items)) if index < items.len() => {
                items.remove(index);
                true
            }
            Some(Item::Value(toml_edit::Value::Array(items))) if index < items.len() => {
                items.remove(index);
                true
            }
            _ => false,
        };
        if !removed {
            return Err(self.error_beside(format!("there is no item {index} in `{list}`"), "count from zero"));
        }
        let name = format!("{} (without {list} {index})", self.name.split(" (").next().unwrap_or_default());
        Ok(Source { text: document.to_string(), name, ..self.clone() })
    }

    fn parse(&self) -> Result<DocumentMut, BadScenario> {
        self.text.parse().map_err(|error: toml_edit::TomlError| {
            self.error(error.span().unwrap_or(0..0), plain(error.message()), hint(error.message()))
        })
    }
}

/// The parts of a key; a part in quotes may have dots in it.
pub(crate) fn path(key: &str) -> Option<Vec<String>> {
    let parts = Key::parse(key).ok()?;
    Some(parts.iter().map(|part| part.get().to_owned()).collect())
}

/// Sets the value at a path; numbers index arrays.
fn set(root: &mut Item, path: &[String], value: toml_edit::Value) -> Result<(), String> {
    let (last, path) = path.split_last().ok_or("the key is empty")?;
    let mut item = root;
    for part in path {
        item = match (item.is_table_like(), part.parse::<usize>()) {
            (true, _) => {
                let table = item.as_table_like_mut().ok_or_else(|| format!("there is no `{part}`"))?;
                table.entry(part).or_insert(toml_edit::table())
            }
            (false, Ok(index)) => item.get_mut(index).ok_or_else(|| format!("there is no `{part}`"))?,
            (false, Err(_)) => return Err(format!("there is no `{part}`")),
        };
    }
    if let Some(table) = item.as_table_like_mut() {
        table.insert(last, toml_edit::value(value));
        return Ok(());
    }
    if item.is_array_of_tables() {
        return Err(format!("`{last}` is a whole table; name a key in it"));
    }
    let index: usize = last.parse().map_err(|_| format!("no table before `{last}`"))?;
    let slot = item.get_mut(index).ok_or_else(|| format!("there is no item {index}"))?;
    *slot = toml_edit::value(value);
    Ok(())
}

#[cfg(test)]
mod tests;
