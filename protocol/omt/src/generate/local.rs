//! Local types: what an actor sends (`!M`) and receives (`?M`), as a session type. A state that is come back to is a
//! recursion `mu STATE. …`; what the actor decides itself is `+{…}`, what others decide is `&{…}`.

use std::collections::BTreeSet;

use super::{Way, ways};
use crate::model::{Actor, Model};
use crate::tree::Node;

/// The local type of an actor, on one line or, where it branches, on several.
pub fn local_type(model: &Model<'_>, actor: &Actor<'_>) -> String {
    let ways = ways(model, actor);
    let Some(initial) = actor.states.iter().position(|state| state.is_initial()) else { return "end".to_owned() };
    let (mut entered, mut leaving) = (vec![0; actor.states.len()], vec![vec![]; actor.states.len()]);
    entered[initial] = 1;
    for way in &ways {
        entered[way.to] += 1;
        leaving[way.from].push(way);
    }
    let named: Vec<bool> = entered.iter().map(|ways| *ways > 1).collect();
    let mut writer = Writer { actor, leaving, named, written: vec![false; actor.states.len()] };
    writer.state(initial, 0)
}

struct Writer<'a, 'p> {
    actor: &'a Actor<'p>,
    leaving: Vec<Vec<&'a Way<'p>>>,
    /// States that more than one way leads to get a name.
    named: Vec<bool>,
    written: Vec<bool>,
}

/// Deeper than this a state is written by its name alone, and stands on its own below.
const DEPTH_MAX: usize = 200;

impl Writer<'_, '_> {
    fn name(&self, at: usize) -> &str {
        self.actor.states[at].name().map_or("_", Node::text)
    }

    fn state(&mut self, at: usize, depth: usize) -> String {
        if self.written[at] || depth > DEPTH_MAX {
            return self.name(at).to_owned();
        }
        let ways = self.leaving[at].clone();
        if ways.is_empty() {
            return "end".to_owned();
        }
        self.written[at] = self.named[at];
        let binder = if self.named[at] { format!("mu {}. ", self.name(at)) } else { String::new() };
        if let [only] = ways[..] {
            return format!("{binder}{}", self.way(only, depth + 1));
        }
        let external = ways.iter().all(|way| way.received.is_some() || way.label.starts_with("timeout("));
        let indent = "  ".repeat(depth + 1);
        let (mut branches, mut known) = (vec![], BTreeSet::new());
        for way in ways {
            let own = way.received.is_none() && way.sent.is_empty();
            let label = if own { format!("[{}] ", way.label) } else { String::new() };
            let branch = format!("{indent}{label}{}", self.way(way, depth + 1));
            if known.insert(branch.clone()) {
                branches.push(branch);
            }
        }
        let sign = if external { '&' } else { '+' };
        let end = self.actor.states[at].is_terminal().then(|| format!("{indent}end"));
        branches.extend(end);
        format!("{binder}{sign}{{\n{}\n{}}}", branches.join(",\n"), "  ".repeat(depth))
    }

    fn way(&mut self, way: &Way<'_>, depth: usize) -> String {
        let mut text = String::new();
        way.received.into_iter().for_each(|message| text.push_str(&format!("?{message} . ")));
        way.sent.iter().for_each(|message| text.push_str(&format!("!{message} . ")));
        text + &self.state(way.to, depth)
    }
}
