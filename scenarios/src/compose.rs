//! Scenarios out of parts: `extends` takes another file over, `[variants]` names changes, `without` leaves things out.
//!
//! The parts become one text that stands alone: a manifest keeps it, and a fresh process runs it. Each part is kept beside
//! it, so that an error is shown where its cause was written.

mod merge;
mod origin;

use std::io;
use std::path::{Component, Path, PathBuf};

use crate::raw::Spanned;
use serde::Deserialize;

use crate::source::{BadScenario, Source, closest};
pub(crate) use merge::LISTS;
pub(crate) use origin::{Layer, counterpart, origin, place};

/// The longest chain of `extends`.
const DEPTH_MAX: usize = 16;

/// What a file has and a variant in it has not: a variant is a change of its file alone.
pub(crate) const ONLY_OF_FILES: [&str; 2] = ["extends", "variants"];

/// Reads a file that a scenario extends.
pub type Reader<'a> = dyn Fn(&Path) -> io::Result<Vec<u8>> + 'a;

/// Why a scenario could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file itself cannot be read.
    #[error(transparent)]
    Unreadable(#[from] io::Error),
    /// It can be read, and is wrong.
    #[error(transparent)]
    Bad(#[from] BadScenario),
}

/// What says how a part is joined to the others.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Joints {
    extends: Option<Spanned<String>>,
    without: Vec<Spanned<String>>,
    variants: toml::Table,
}

impl Source {
    /// Reads a scenario with everything that it extends, and the variant that is asked for.
    ///
    /// # Errors
    /// [`OpenError`] if the file cannot be read, or if its parts do not fit together.
    pub fn open(path: &Path, variant: Option<&str>) -> Result<Source, OpenError> {
        let source = Source::from_bytes(path.display().to_string(), std::fs::read(path)?)?;
        let source = source.in_folder(path.parent().unwrap_or(Path::new("")));
        Ok(source.flatten(variant, &|path: &Path| std::fs::read(path))?)
    }

    /// The scenario with everything that it extends, and the variant that is asked for, as one text. A scenario that
    /// extends nothing stays as it is unless a variant is asked for.
    ///
    /// # Errors
    /// [`BadScenario`] where the parts do not fit together.
    pub fn flatten(self, variant: Option<&str>, read: &Reader<'_>) -> Result<Source, BadScenario> {
        let parts = chain(self, read)?;
        parts.iter().try_for_each(plain_variants)?;
        if parts.len() == 1 && variant.is_none() {
            return Ok(parts.into_iter().next().expect("the scenario itself"));
        }
        let name = match variant {
            Some(variant) => format!("{} (variant {variant})", parts[0].name()),
            None => parts[0].name().to_owned(),
        };
        let mut merged = merge::Merged::default();
        for part in parts.iter().rev() {
            merged.add(part, &[])?;
        }
        if let Some(variant) = variant {
            merged.vary(&parts, variant)?;
        }
        let folder = |part: &Source| Path::new(part.name()).parent().unwrap_or(Path::new("")).to_path_buf();
        let folders = parts.iter().map(folder).collect();
        let (text, layers) = merged.finish(variant.is_some());
        Ok(Source::new(name, text).with_parts(layers, folders))
    }

    /// The names of the variants, with their titles if they have one.
    ///
    /// # Errors
    /// [`BadScenario`] if the text is no TOML, or its variants are no tables.
    pub fn variants(&self) -> Result<Vec<(String, Option<String>)>, BadScenario> {
        let joints: Joints = self.read()?;
        let title = |table: &toml::Value| table.get("title")?.as_str().map(str::to_owned);
        Ok(joints.variants.iter().map(|(name, table)| (name.clone(), title(table))).collect())
    }
}

/// The scenario, what it extends, what that extends, and so on.
fn chain(source: Source, read: &Reader<'_>) -> Result<Vec<Source>, BadScenario> {
    let mut parts = vec![source];
    loop {
        let part = parts.last().expect("at least the scenario itself");
        let joints: Joints = part.read()?;
        let Some(extends) = joints.extends else {
            if let Some(first) = joints.without.first() {
                let hint = "`without` leaves out parts of the file that `extends` names";
                return Err(part.error(first.span(), "there is nothing to leave out", hint));
            }
            return Ok(parts);
        };
        let path = beside(part.name(), extends.get_ref());
        let known = parts.iter().any(|part| plain(Path::new(part.name())) == plain(&path));
        if known || parts.len() == DEPTH_MAX {
            let names: Vec<&str> = parts.iter().map(Source::name).collect();
            let what = match known {
                true => format!("the files extend each other: {} -> {}", names.join(" -> "), path.display()),
                false => format!("{DEPTH_MAX} files extend each other: {}", names.join(" -> ")),
            };
            return Err(part.error(extends.span(), what, "begin with a file that extends nothing"));
        }
        let bytes = read(&path).map_err(|error| {
            let what = format!("cannot read {}: {error}", path.display());
            part.error(extends.span(), what, "the path is relative to the folder of this file")
        })?;
        let next = Source::from_bytes(path.display().to_string(), bytes)?;
        parts.push(next);
    }
}

/// A variant that extends something or has variants itself would be run without them.
fn plain_variants(part: &Source) -> Result<(), BadScenario> {
    let joints: Joints = part.read()?;
    for (name, variant) in &joints.variants {
        if let Some(key) = ONLY_OF_FILES.into_iter().find(|key| variant.get(key).is_some()) {
            let place = part.place_of_key(&["variants", name, key]).unwrap_or(0..0);
            let hint = "a variant changes its file: write it into the file, or make another file that extends this one";
            return Err(part.error(place, format!("the variant `{name}` has `{key}`"), hint));
        }
    }
    Ok(())
}

/// A path that is relative to the folder of a file.
fn beside(file: &str, path: &str) -> PathBuf {
    Path::new(file).parent().unwrap_or(Path::new("")).join(path)
}

/// A path without `.` and `..`, as far as that can be said without asking the disk.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

fn unknown_variant(part: &Source, variant: &str, known: &[String]) -> BadScenario {
    let hint = closest(variant, known.iter().map(String::as_str));
    let hint = hint.unwrap_or_else(|| "this scenario has none; run it without --variant".to_owned());
    part.error_beside(format!("{} has no variant `{variant}`", part.name()), hint)
}

#[cfg(test)]
mod tests;
