//! `dunbar net list` and `dunbar net show`: what is in a profile.

use std::path::{Path, PathBuf};

use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use net_model::Profile;
use net_model::profile::{Bandwidth, Behaviour, Connection};
use scenarios::resolve::profile_from_file;

use super::map;
use crate::exit::{Failure, Finding};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The name of a profile, or a file of one (.toml, .csv)
    profile: String,
    /// Draw a map of its regions into this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn list(arguments: &ListArguments) -> Result<Finding, Failure> {
    let profiles: Vec<Profile> = Profile::names().iter().filter_map(|name| Profile::named(name).ok()).collect();
    if arguments.json {
        let item = |profile: &Profile| {
            let (name, regions, source) = (profile.name(), profile.regions(), profile.source());
            serde_json::json!({ "name": name, "regions": regions, "source": source })
        };
        output::print(serde_json::json!(profiles.iter().map(item).collect::<Vec<_>>()))?;
        return Ok(Finding::Pass);
    }
    let mut table = new_table(["name", "regions", "connections", "source"].map(str::to_owned));
    for profile in &profiles {
        let (regions, connections) = (profile.regions().len().to_string(), profile.connections().len().to_string());
        table.add_row([profile.name().to_owned(), regions, connections, profile.source().to_owned()]);
    }
    output::print(table)?;
    Ok(Finding::Pass)
}

pub(crate) fn show(arguments: &Arguments) -> Result<Finding, Failure> {
    let profile = load(&arguments.profile)?;
    if let Some(path) = &arguments.svg {
        output::apart(path, &[PathBuf::from(&arguments.profile)])?;
        output::vacant(path, arguments.force)?;
        output::write_whole(path, map::draw(&profile).as_bytes())?;
    }
    if arguments.json {
        output::print(json(&profile))?;
        return Ok(Finding::Pass);
    }
    output::print(format_args!("{}: {}\n", profile.name(), profile.source()))?;
    output::print(format_args!("one-way latency, p50 / p95 [ms]\n{}", latencies(&profile)))?;
    output::print(format_args!("\nregions, shares {}\n{}", profile.region_share(), regions(&profile)))?;
    if !profile.connections().is_empty() {
        output::print(format_args!("\nconnections\n{}", connections(profile.connections())))?;
    }
    output::print(format_args!("\n{}", behaviour(&profile)))?;
    if let Some(path) = &arguments.svg {
        output::print(format_args!("\nmap in {}", path.display()))?;
    }
    Ok(Finding::Pass)
}

fn load(name: &str) -> Result<Profile, Failure> {
    if name.ends_with(".toml") || name.ends_with(".csv") {
        return Ok(profile_from_file(&output::read(Path::new(name))?)?);
    }
    Profile::named(name).map_err(|error| {
        let names = Profile::names();
        let hint = scenarios::source::closest(name, names.iter().map(String::as_str));
        Failure::input(error.to_string(), hint.unwrap_or_default())
    })
}

fn json(profile: &Profile) -> serde_json::Value {
    let places = 0..profile.regions().len() as u16;
    let matrix = |share: Option<f64>| -> Vec<Vec<f64>> {
        let value = |from, to| {
            share.map_or_else(|| profile.law(from, to).mean_ns(), |share| profile.law(from, to).percentile_ns(share))
        };
        places.clone().map(|from| places.clone().map(|to| (value(from, to) / 1e3).round() / 1e3).collect()).collect()
    };
    serde_json::json!({
        "name": profile.name(), "source": profile.source(), "regions": profile.regions(), "shares": profile.shares(),
        "latency_mean_ms": matrix(None), "latency_p50_ms": matrix(Some(0.5)), "latency_p95_ms": matrix(Some(0.95)),
        "bandwidths": profile.bandwidths(), "connections": profile.connections(), "loss": profile.loss(),
        "behaviour": profile.behaviour(),
    })
}

fn new_table<const N: usize>(header: [String; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(header);
    table
}

fn aligned(mut table: Table) -> Table {
    table.column_iter_mut().skip(1).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}

/// The median and the 95th percentile of every pair.
fn latencies(profile: &Profile) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN);
    table.set_header(std::iter::once("from \\ to".to_owned()).chain(profile.regions().iter().cloned()));
    for (from, name) in (0u16..).zip(profile.regions()) {
        let cell = |to: u16| {
            let law = profile.law(from, to);
            format!("{} / {}", short_ms(law.percentile_ns(0.5)), short_ms(law.percentile_ns(0.95)))
        };
        let cells = (0..profile.regions().len() as u16).map(cell);
        table.add_row(std::iter::once(name.clone()).chain(cells));
    }
    aligned(table)
}

/// Milliseconds with three digits that count.
pub(super) fn short_ms(nanos: f64) -> String {
    let ms = nanos / 1e6;
    let decimals = if ms >= 100.0 {
        0
    } else if ms >= 10.0 {
        1
    } else {
        2
    };
    format!("{ms:.decimals$}")
}

fn regions(profile: &Profile) -> Table {
    let mut table = new_table(["region", "share [%]", "upload [Mbit/s]", "download [Mbit/s]"].map(str::to_owned));
    for (place, name) in (0u16..).zip(profile.regions()) {
        let share = format!("{:.2}", profile.shares()[usize::from(place)] * 100.0);
        let [up, down] = match profile.connections().is_empty() {
            true => rates(profile.line(place, 0).bandwidth),
            false => ["by connection", "by connection"].map(str::to_owned),
        };
        table.add_row([name.clone(), share, up, down]);
    }
    aligned(table)
}

fn rates(bandwidth: Bandwidth) -> [String; 2] {
    let rate = |bps: u64| if bps == u64::MAX { "unlimited".to_owned() } else { format!("{}", bps as f64 / 1e6) };
    [rate(bandwidth.upload_bps), rate(bandwidth.download_bps)]
}

/// What links do to messages beside latency and bandwidth, in a line or two.
fn behaviour(profile: &Profile) -> String {
    let percent = |share: f64| format!("{} %", (share * 1e4).round() / 1e2);
    let Behaviour { queue, duplication, reordering, held_back, handshake_round_trips, packet_bytes } =
        profile.behaviour();
    let loss = if profile.connections().is_empty() { percent(profile.loss()) } else { "by connection".to_owned() };
    let held = if reordering > 0.0 { format!(" (up to {held_back} later)") } else { String::new() };
    format!(
        "datagrams: loss {loss}, duplicated {}, held back {}{held}, dropped after {queue} in a queue, packets of {packet_bytes} B\n\
         streams: set up in {handshake_round_trips} round trip{}",
        percent(duplication),
        percent(reordering),
        if handshake_round_trips == 1 { "" } else { "s" },
    )
}

fn connections(connections: &[Connection]) -> Table {
    let names = ["connection", "share [%]", "upload [Mbit/s]", "download [Mbit/s]", "added at each end", "loss [%]"];
    let mut table = new_table(names.map(str::to_owned));
    for Connection { name, share, line } in connections {
        let [up, down] = rates(line.bandwidth);
        let (share, loss) = (format!("{:.1}", share * 100.0), format!("{:.2}", line.loss * 100.0));
        table.add_row([name.clone(), share, up, down, line.added.to_string(), loss]);
    }
    aligned(table)
}
