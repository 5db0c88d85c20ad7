//! The text of a scenario, with overrides applied, and errors that point into it.

use std::ops::Range;

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::de::DeserializeOwned;

/// What is wrong with a scenario, and where.
#[derive(Clone, Debug, Diagnostic, thiserror::Error)]
#[error("{message}")]
pub struct BadScenario {
    message: String,
    #[source_code]
    text: NamedSource<String>,
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
}

impl Source {
    /// A scenario's text under the name that errors show, usually its path.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        Source { name: name.into(), text: text.into() }
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
        let hint = Some(hint.into()).filter(|hint| !hint.is_empty());
        let text = NamedSource::new(&self.name, self.text.clone()).with_language("toml");
        BadScenario { message: message.into(), text, place: Some(place.into()), hint }
    }

    /// Reads the whole text, or the part of it that `T` names, into `T`.
    ///
    /// # Errors
    /// [`BadScenario`] at the place that does not fit.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, BadScenario> {
        toml::from_str(&self.text).map_err(|error| {
            let place = error.span().unwrap_or(0..0);
            let hint = suggestion(error.message()).unwrap_or_default();
            self.error(place, error.message(), hint)
        })
    }

    /// The text with `key = value` set, as `--set key=value` and a sweep ask. The value is TOML; a bare word is taken as a
    /// string. The key must lead to a place that the text has, or to a new key of a table that it has.
    ///
    /// # Errors
    /// [`BadScenario`] if the text is no TOML or the key leads nowhere.
    pub fn with(&self, key: &str, value: &str) -> Result<Source, BadScenario> {
        let mut document = self.parse()?;
        let value = value.parse().unwrap_or_else(|_| toml_edit::Value::from(value));
        let nowhere = |why: String| self.error(0..0, why, "a key is a path such as `network.connectivity`");
        set(document.as_item_mut(), key, value).map_err(nowhere)?;
        let name = format!("{} (with {key} set)", self.name.split(" (with ").next().unwrap_or_default());
        Ok(Source::new(name, document.to_string()))
    }
}

impl Source {
    /// The text without `key` in its sweep, so that the key can be fixed.
    ///
    /// # Errors
    /// [`BadScenario`] if the text is no TOML.
    pub fn without_sweep(&self, key: &str) -> Result<Source, BadScenario> {
        let mut document = self.parse()?;
        let removed = document.get_mut("sweep").and_then(|sweep| sweep.as_table_like_mut()?.remove(key));
        Ok(if removed.is_some() { Source::new(&self.name, document.to_string()) } else { self.clone() })
    }

    fn parse(&self) -> Result<toml_edit::DocumentMut, BadScenario> {
        self.text.parse().map_err(|error: toml_edit::TomlError| {
            self.error(error.span().unwrap_or(0..0), error.message(), "the scenario must be TOML")
        })
    }
}

/// Sets the value at a dotted path; numbers index arrays.
fn set(root: &mut toml_edit::Item, key: &str, value: toml_edit::Value) -> Result<(), String> {
    let mut item = root;
    let parts: Vec<&str> = key.split('.').map(str::trim).collect();
    let Some((last, path)) = parts.split_last() else { return Err("the key is empty".into()) };
    for part in path {
        let missing = format!("`{key}` leads nowhere: there is no `{part}`");
        item = match part.parse::<usize>() {
            Ok(index) => item.get_mut(index).ok_or(missing)?,
            Err(_) if item.is_table_like() => {
                let table = item.as_table_like_mut().ok_or(missing)?;
                table.entry(part).or_insert(toml_edit::table())
            }
            Err(_) => return Err(missing),
        };
    }
    if let Ok(index) = last.parse::<usize>() {
        let slot = item.get_mut(index).ok_or_else(|| format!("`{key}` leads nowhere: there is no item {index}"))?;
        *slot = toml_edit::value(value);
        return Ok(());
    }
    let table = item.as_table_like_mut().ok_or_else(|| format!("`{key}` leads nowhere: no table before `{last}`"))?;
    table.insert(last, toml_edit::value(value));
    Ok(())
}

/// "did you mean" for serde's message about an unknown field.
fn suggestion(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = quoted.next().filter(|_| message.starts_with("unknown field") || message.starts_with("unknown variant"))?;
    closest(unknown, quoted)
}

/// The candidate that is nearest to `word`, as a hint; all of them if none is near.
pub fn closest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let candidates: Vec<&str> = candidates.collect();
    let near = |candidate: &&str| strsim::damerau_levenshtein(word, candidate);
    let best = candidates.iter().copied().min_by_key(near)?;
    if strsim::damerau_levenshtein(word, best) <= 1 + word.len() / 3 {
        return Some(format!("did you mean `{best}`?"));
    }
    Some(format!("the choices are {}", candidates.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a = 1\n[b]\nc = [1, 2]\n[[d]]\ne = \"x\"\n";

    fn with(key: &str, value: &str) -> Result<String, String> {
        let source = Source::new("test.toml", TEXT).with(key, value);
        source.map(|source| source.text().to_owned()).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_set_key_changes_only_its_value() {
        assert_eq!(with("a", "2").unwrap(), TEXT.replace("a = 1", "a = 2"));
        assert_eq!(with("b.c", "[3]").unwrap(), TEXT.replace("[1, 2]", "[3]"));
        assert_eq!(with("d.0.e", "1.5 s").unwrap(), TEXT.replace("\"x\"", "\"1.5 s\""));
        assert!(with("b.new", "true").unwrap().contains("new = true"));
    }

    #[test]
    fn a_key_that_leads_nowhere_says_where_it_ends() {
        assert_eq!(with("a.x", "1").unwrap_err(), "`a.x` leads nowhere: no table before `x`");
        assert_eq!(with("d.7.e", "1").unwrap_err(), "`d.7.e` leads nowhere: there is no `7`");
    }

    #[test]
    fn a_near_miss_is_suggested() {
        let hint = closest("profil", ["profile", "topology"].into_iter());
        assert_eq!(hint.as_deref(), Some("did you mean `profile`?"));
        let hint = closest("zzzzzzz", ["profile", "topology"].into_iter());
        assert_eq!(hint.as_deref(), Some("the choices are profile, topology"));
    }
}
