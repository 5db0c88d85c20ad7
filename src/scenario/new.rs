//! A scenario to begin with.

use std::path::{Path, PathBuf};

use clap::Args;
use scenarios::source::closest;
use scenarios::{Registry, Source, sweep};

use crate::cli::Printing;
use crate::exit::{Failure, Finding};
use crate::output;

#[derive(Debug, Args)]
pub(super) struct New {
    /// The file to write
    file: PathBuf,
    /// The protocol that runs
    #[arg(long, default_value = "ledger")]
    protocol: String,
    /// Begin with another scenario and change it
    #[arg(long, value_name = "FILE", conflicts_with = "protocol")]
    extends: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    printing: Printing,
}

/// The name of the schema beside a scenario.
const SCHEMA: &str = "scenario-1.json";

pub(super) fn new(registry: &Registry, arguments: &New) -> Result<Finding, Failure> {
    let file = &arguments.file;
    if file.exists() && !arguments.force {
        let what = format!("{} is there already", file.display());
        return Err(Failure::input(what, "choose another name, or --force to replace it"));
    }
    let text = match &arguments.extends {
        Some(base) => extending(file, base)?,
        None => beginning(registry, &arguments.protocol)?,
    };
    // What is written here can run.
    let read = |path: &Path| std::fs::read(path);
    let source = Source::new(file.display().to_string(), text.clone()).flatten(None, &read)?;
    sweep::cells(&source, registry)?;
    let schema = file.parent().unwrap_or(Path::new("")).join(SCHEMA);
    let json = serde_json::to_string_pretty(&scenarios::schema::schema()).map_err(Failure::internal)?;
    let json = format!("{json}\n");
    if std::fs::read(&schema).ok().is_none_or(|there| there != json.as_bytes()) {
        output::vacant(&schema, arguments.force)?;
        output::write_whole(&schema, json.as_bytes())?;
    }
    output::write_whole(file, text.as_bytes())?;
    if arguments.printing.json {
        output::print(serde_json::json!({ "file": file.to_string_lossy(), "schema": schema.to_string_lossy() }))?;
    } else if !arguments.printing.quiet {
        output::print(format_args!("wrote {0}; next: {1} run {0}", file.display(), crate::program()))?;
    }
    Ok(Finding::Pass)
}

fn beginning(registry: &Registry, protocol: &str) -> Result<String, Failure> {
    let system = registry.get(protocol).ok_or_else(|| {
        let hint = closest(protocol, registry.names()).unwrap_or_default();
        Failure::input(format!("no protocol `{protocol}`"), hint)
    })?;
    let Some(role) = system.roles().first().map(|role| (*role).to_owned()) else {
        let hint = "copy one of its scenarios instead, or begin with `--extends FILE`";
        return Err(Failure::input(format!("the protocol `{protocol}` names no role"), hint));
    };
    Ok(format!(
        "#:schema ./{SCHEMA}
format = 1
title = \"A first scenario\"
question = \"What happens among ten nodes who are left alone?\"
protocol = \"{protocol}\"
seeds = 10
horizon = \"30 s\"

[network]
profile = \"wan\"

[[population]]
name = \"{role}\"
count = 10
"
    ))
}

/// A path to `base` as a file in the folder of `file` writes it.
fn extending(file: &Path, base: &Path) -> Result<String, Failure> {
    let absolute = |path: &Path| std::path::absolute(path).map_err(|error| Failure::file("find", path, &error));
    let (here, there) = (absolute(file)?, absolute(base)?);
    let from: Vec<_> = here.parent().unwrap_or(Path::new("/")).components().collect();
    let to: Vec<_> = there.components().collect();
    let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..", from.len() - common).map(PathBuf::from);
    let relative: PathBuf = up.chain(to[common..].iter().map(|part| PathBuf::from(part.as_os_str()))).collect();
    let relative = toml::Value::String(relative.display().to_string());
    Ok(format!("#:schema ./{SCHEMA}\nextends = {relative}\ntitle = \"A change of another scenario\"\nseeds = 10\n"))
}
