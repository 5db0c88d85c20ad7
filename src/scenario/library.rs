//! Many scenarios: what there is, and whether it is right.

use std::path::{Path, PathBuf};

use scenarios::{BadScenario, OpenError, Registry, Source, gate, sweep};

use crate::check::scenarios_in;
use crate::cli::Printing;
use crate::exit::{self, Failure, Finding};
use crate::output;

fn open(path: &Path, variant: Option<&str>) -> Result<Source, Failure> {
    Source::open(path, variant).map_err(|error| Failure::open(path, error))
}

/// What one reads of a scenario without knowing its protocol.
fn text(source: &Source, key: &str) -> Result<String, BadScenario> {
    Ok(source.value(key)?.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default())
}

pub(super) fn list(paths: &[PathBuf], printing: Printing) -> Result<Finding, Failure> {
    let mut rows = Vec::new();
    for path in scenarios_in(paths)? {
        let source = open(&path, None)?;
        let fields = [text(&source, "protocol")?, text(&source, "title")?, text(&source, "question")?];
        rows.push((path, fields, source.variants()?));
    }
    if printing.json {
        let row = |(path, [protocol, title, question], variants): &(PathBuf, [String; 3], Vec<(String, _)>)| {
            let variants: Vec<&String> = variants.iter().map(|(name, _)| name).collect();
            serde_json::json!({
                "file": path.to_string_lossy(), "protocol": protocol, "title": title, "question": question, "variants": variants,
            })
        };
        let all: Vec<_> = rows.iter().map(row).collect();
        output::print(serde_json::to_string_pretty(&all).map_err(Failure::internal)?)?;
        return Ok(Finding::Pass);
    }
    for (path, [protocol, title, _], variants) in rows {
        if printing.quiet {
            output::print(path.display())?;
            continue;
        }
        output::print(format_args!("{}  [{protocol}]  {title}", path.display()))?;
        for (name, title) in variants {
            let title: Option<String> = title;
            output::print(format_args!("  --variant {name}  {}", title.unwrap_or_default()))?;
        }
    }
    Ok(Finding::Pass)
}

/// One file or variant, and what is wrong with it.
struct Checked {
    name: String,
    cells: usize,
    bad: Option<Failure>,
}

pub(super) fn check(registry: &Registry, paths: &[PathBuf], printing: Printing) -> Result<Finding, Failure> {
    let mut all = Vec::new();
    for path in scenarios_in(paths)? {
        let variants = match Source::open(&path, None) {
            Ok(source) => source.variants().unwrap_or_default(),
            Err(OpenError::Unreadable(error)) => return Err(Failure::file("read", &path, &error)),
            Err(OpenError::Bad(_)) => Vec::new(),
        };
        all.push(checked(registry, &path, None));
        all.extend(variants.iter().map(|(name, _)| checked(registry, &path, Some(name))));
    }
    let bad = all.iter().filter(|checked| checked.bad.is_some()).count();
    if printing.json {
        let row = |checked: &Checked| {
            let error = checked.bad.as_ref().map(exit::in_words);
            serde_json::json!({ "scenario": checked.name, "cells": checked.cells, "error": error })
        };
        let all: Vec<_> = all.iter().map(row).collect();
        output::print(serde_json::to_string_pretty(&all).map_err(Failure::internal)?)?;
    }
    let mut said = Vec::new();
    let (count, what) = (all.len(), if all.len() == 1 { "scenario" } else { "scenarios" });
    for checked in all {
        let Checked { name, cells, bad } = checked;
        match bad {
            // What is wrong with a scenario is wrong with its variants. The place is shown, whatever else is printed.
            Some(bad) if said.contains(&exit::in_words(&bad)) => {}
            Some(bad) => {
                said.push(exit::in_words(&bad));
                exit::remark(bad);
            }
            None if printing.quiet || printing.json => {}
            None => output::print(format_args!("ok  {name}  {cells} cells"))?,
        }
    }
    if bad > 0 {
        return Err(Failure::input(format!("{bad} of {count} {what} cannot run"), "see above"));
    }
    Ok(Finding::Pass)
}

fn checked(registry: &Registry, path: &Path, variant: Option<&str>) -> Checked {
    let name = match variant {
        Some(variant) => format!("{} --variant {variant}", path.display()),
        None => path.display().to_string(),
    };
    let cells = open(path, variant).and_then(|source| {
        let cells = sweep::cells(&source, registry)?;
        cells.iter().try_for_each(|cell| gate::testable(registry, cell, variant.is_some()))?;
        Ok(cells.len())
    });
    match cells {
        Ok(cells) => Checked { name, cells, bad: None },
        Err(bad) => Checked { name, cells: 0, bad: Some(bad) },
    }
}
