//! A program of somebody else: the whole `dunbar` command, and one protocol more.

mod rumour;

use dunbar::{Own, Registry, Show, metric};
use rumour::{Node, Rumours, Silent, Villager};

fn main() -> std::process::ExitCode {
    dunbar::main(Registry::standard().protocol(rumours()))
}

fn rumours() -> Own<Rumours> {
    Own::new()
        .role("villager", |newborn, parameters: Villager| Box::new(Node::new(newborn, parameters)))
        .strategy("silent", |honest, _, (): ()| Box::new(Silent(honest)))
        .observations(&["heard"])
        .key("population.parameters.fanout", "To how many neighbours a villager passes a rumour on. 2 by default.")
        .key("population.parameters.pause", "How long he keeps it before. \"0 s\" by default.")
        .key("script.command.tell", "Tells a villager a rumour: { tell = { rumour = 7 } }.")
        .metric(metric("reached", Show::Share, "share of the villagers without a strategy who heard"), |facts| {
            let honest = facts.honest().count();
            (honest > 0).then(|| facts.of("heard").first.len() as f64 / honest as f64)
        })
        .metric(metric("last_s", Show::Latency, "when the last of them heard"), |facts| {
            let last = facts.of("heard").first.into_values().max()?;
            Some(last.since(dunbar::contract::Time::ZERO).as_secs_f64())
        })
}
