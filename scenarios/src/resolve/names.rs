//! Who is meant by a name, and when; the script's commands.

use std::ops::Range;

use crate::raw::Spanned;
use contract::Time;

use super::{Population, ScriptLine, nodes_named, time};
use crate::raw::RawScript;
use crate::source::{BadScenario, Source, closest};

/// The numbers that a name stands for, among populations with these names and nodes: a whole population, or one node of it.
pub(super) fn among<'a>(
    mut populations: impl Iterator<Item = (&'a str, Range<u32>)> + Clone,
    name: &str,
) -> Option<Range<u32>> {
    if let Some((_, nodes)) = populations.clone().find(|(population, _)| *population == name) {
        return Some(nodes);
    }
    let (name, index) = name.rsplit_once('.')?;
    let index: u32 = index.parse().ok()?;
    let (_, nodes) = populations.find(|(population, nodes)| *population == name && (index as usize) < nodes.len())?;
    Some(nodes.start + index..nodes.start + index + 1)
}

/// What to write in the place of a name that no node has.
pub(super) fn hint(populations: &[Population], wrong: &str) -> String {
    let stem = wrong.rsplit_once('.').map_or(wrong, |(stem, _)| stem);
    match populations.iter().find(|population| population.name == stem) {
        Some(one) if one.count == 1 => format!("`{stem}` is one node, and called so"),
        Some(several) => format!("`{stem}` has {} nodes: `{stem}.0` to `{stem}.{}`", several.count, several.count - 1),
        None => closest(stem, populations.iter().map(|population| population.name.as_str())).unwrap_or_default(),
    }
}

/// What a node is called.
pub(super) fn name(populations: &[Population], node: u32) -> String {
    let holds = |population: &&Population| (population.first..population.first + population.count).contains(&node);
    match populations.iter().find(holds) {
        Some(population) if population.count == 1 => population.name.clone(),
        Some(population) => format!("{}.{}", population.name, node - population.first),
        None => format!("#{node}"),
    }
}

/// Looks names up.
pub(super) struct Names<'a> {
    pub(super) source: &'a Source,
    pub(super) populations: &'a [Population],
    /// What begins later never happens.
    pub(super) horizon: Time,
    /// The regions of the profile.
    pub(super) regions: &'a [String],
}

impl Names<'_> {
    pub(super) fn nodes(&self, name: &Spanned<String>) -> Result<Range<u32>, BadScenario> {
        let name_text = name.get_ref();
        nodes_named(self.populations, name_text).ok_or_else(|| {
            let hint = hint(self.populations, name_text);
            self.source.error(name.span(), format!("there is no node `{name_text}`"), hint)
        })
    }

    /// A point in time that a run reaches.
    pub(super) fn moment(&self, text: &Spanned<String>) -> Result<Time, BadScenario> {
        let at = time(self.source, text)?;
        if at > self.horizon {
            let message = format!("this never happens: the run ends at {}", self.horizon.since(Time::ZERO));
            return Err(self.source.error(text.span(), message, "choose an earlier time, or a later `horizon`"));
        }
        Ok(at)
    }

    pub(super) fn node(&self, name: &Spanned<String>) -> Result<u32, BadScenario> {
        let nodes = self.nodes(name)?;
        if nodes.len() != 1 {
            let hint = format!("name one of them, such as `{}.0`", name.get_ref());
            return Err(self.source.error(name.span(), format!("`{}` is {} nodes", name.get_ref(), nodes.len()), hint));
        }
        Ok(nodes.start)
    }

    /// The number of the node with this name, if there is one.
    pub(super) fn one(&self, name: &str) -> Option<u32> {
        nodes_named(self.populations, name).filter(|nodes| nodes.len() == 1).map(|nodes| nodes.start)
    }

    /// What a node is called.
    pub(super) fn name(&self, node: u32) -> String {
        name(self.populations, node)
    }

    pub(super) fn script_line(&self, raw: &RawScript) -> Result<ScriptLine, BadScenario> {
        let (at, node) = (self.moment(&raw.at)?, self.node(&raw.node)?);
        Ok(ScriptLine { at, node, command: raw.command.get_ref().clone(), place: raw.command.span() })
    }
}
