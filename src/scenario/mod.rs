//! `dunbar scenario`: what there is, what a file means, whether it is right, how to begin one.

mod explain;
mod library;
mod metrics;
mod new;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use scenarios::{Registry, sweep};

use crate::cli::{Printing, Selection};
use crate::exit::{Failure, Finding};
use crate::output;

/// Arguments of `dunbar scenario`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the scenarios under a folder, with their variants
    #[command(after_help = "Example:\n  dunbar scenario list scenarios/library")]
    List {
        /// Files and folders
        #[arg(default_value = "scenarios/library")]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        printing: Printing,
    },
    /// Show what a scenario really runs: everything resolved, defaults included
    #[command(after_help = "Examples:
  dunbar scenario show scenarios/library/double-spend.toml
  dunbar scenario show scenarios/library/double-spend.toml --set network.connectivity=0.5 --json")]
    Show {
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        printing: Printing,
    },
    /// Check scenarios and all their variants without running them
    #[command(after_help = "Example:\n  dunbar scenario check scenarios/library")]
    Check {
        /// Files and folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        printing: Printing,
    },
    /// Print the JSON Schema of scenario files, for editors
    #[command(after_help = "Example:\n  dunbar scenario schema > scenario-1.json")]
    Schema {
        /// It is JSON in any case
        #[arg(long)]
        json: bool,
    },
    /// Write a scenario to begin with, and the schema for editors beside it
    #[command(after_help = "Examples:
  dunbar scenario new first.toml
  dunbar scenario new wider.toml --extends scenarios/library/double-spend.toml")]
    New(new::New),
    /// Say what a key of scenario files means
    #[command(after_help = "Examples:
  dunbar scenario explain network.profile
  dunbar scenario explain expect
  dunbar scenario explain measure.metrics")]
    Explain {
        /// A key such as network.profile; all keys at the top if it is left out
        key: Option<String>,
        #[command(flatten)]
        printing: Printing,
    },
    /// Print the metrics of all protocols, with unit and formula, as Markdown
    #[command(after_help = "Examples:
  dunbar scenario metrics
  dunbar scenario metrics --json")]
    Metrics {
        #[command(flatten)]
        printing: Printing,
    },
}

pub(crate) fn scenario(registry: &Registry, arguments: Arguments) -> Result<Finding, Failure> {
    match arguments.action {
        Action::List { paths, printing } => library::list(&paths, printing),
        Action::Show { selection, printing } => show(registry, &selection, printing),
        Action::Check { paths, printing } => library::check(registry, &paths, printing),
        Action::Schema { json: _ } => {
            output::print(serde_json::to_string_pretty(&scenarios::schema::schema()).map_err(Failure::internal)?)?;
            Ok(Finding::Pass)
        }
        Action::New(arguments) => new::new(registry, &arguments),
        Action::Metrics { printing } => metrics::metrics(registry, printing),
        Action::Explain { key, printing } => explain::explain(registry, key.as_deref().unwrap_or_default(), printing),
    }
}

fn show(registry: &Registry, selection: &Selection, printing: Printing) -> Result<Finding, Failure> {
    let source = crate::run::source(selection)?;
    let cells = sweep::cells(&source, registry)?;
    let variants = source_variants(selection)?;
    let seeds = crate::run::seeds(selection, &cells);
    let (Some(cell), Some(first), Some(last)) = (cells.first(), seeds.first(), seeds.last()) else {
        return Err(Failure::internal("a scenario without a cell or a seed"));
    };
    if printing.json {
        let shown: toml::Value = toml::from_str(&cell.scenario.shown()).map_err(Failure::internal)?;
        let settings: Vec<_> = cells.iter().map(|cell| &cell.settings).collect();
        let all = serde_json::json!({
            "file": selection.file.to_string_lossy(), "variants": variants, "seeds": [first, last], "cells": settings, "scenario": shown,
        });
        output::print(serde_json::to_string_pretty(&all).map_err(Failure::internal)?)?;
    } else {
        // The scenario is what was asked for; what is said of its cells stands beside it.
        if !printing.quiet {
            output::print(format_args!("# seeds {first}..={last}, {} cells; the first:", cells.len()))?;
        }
        if !printing.quiet && !variants.is_empty() {
            output::print(format_args!("# variants: {}", variants.join(", ")))?;
        }
        output::print(cell.scenario.shown().trim_end())?;
    }
    Ok(Finding::Pass)
}

fn source_variants(selection: &Selection) -> Result<Vec<String>, Failure> {
    let plain = Selection { variant: None, ..selection.clone() };
    let source = crate::run::source(&plain)?;
    Ok(source.variants()?.into_iter().map(|(name, _)| name).collect())
}
