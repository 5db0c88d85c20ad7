//! What goes wrong in one run: moments, nodes and lengths are drawn from the noise seed, purpose `fault/NUMBER`, entity =
//! occurrence, so that one fault more at the end of the list moves no other.

use std::collections::BTreeMap;

use contract::draws::{Key, open_unit};
use contract::{Seed, Span, Time};
use net_model::{Fault as NetworkFault, Group, Harm, Links};
use sim_core::Fault;

use super::{FaultSpec, Ill, Lasting, Law, Selection, What, When, shown};

/// Who is where in a run.
pub struct Map<'a> {
    /// How many nodes there are.
    pub nodes: u32,
    /// The region of a node, as its place in the profile.
    pub region: &'a dyn Fn(u32) -> u16,
    /// When the run ends.
    pub horizon: Time,
}

/// What goes wrong in one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// Faults of the network.
    pub network: Vec<NetworkFault>,
    /// Faults of nodes, by time; at one instant what ends comes before what begins. Where crashes of a node overlap, it is down
    /// until the last of them ends, and so for pauses.
    pub nodes: Vec<(Time, Fault)>,
    /// What was drawn, in words; what is fixed is in the scenario. At most [`LINES_MAX`].
    pub lines: Vec<String>,
    /// How much was drawn, said or not.
    pub count: usize,
}

/// The most lines that tell what was drawn.
pub const LINES_MAX: usize = 200;
/// The most moments of one fault that is drawn.
pub(crate) const OCCURRENCES_MAX: u64 = 100_000;

/// No session and no gap of churn is shorter: the laws with heavy tails draw many that are nearly nothing.
const CHURN_LEAST: Span = Span::from_micros(1);

/// Uniform bits for one occurrence of one fault.
pub(super) struct Dice {
    key: Key,
    occurrence: u64,
    next: u64,
}

impl Dice {
    pub(super) fn bits(&mut self) -> u64 {
        self.next += 1;
        self.key.draw(self.occurrence, self.next - 1)[0]
    }

    pub(super) fn unit(&mut self) -> f64 {
        open_unit(self.bits())
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        contract::draws::below(self.bits(), bound)
    }
}

/// From when until when. A fault without an end lasts beyond the run.
pub(super) type Period = (Time, Time);

/// Collects what goes wrong.
pub(super) struct Draft<'a> {
    pub(super) map: &'a Map<'a>,
    network: Vec<NetworkFault>,
    down: BTreeMap<u32, Vec<Period>>,
    still: BTreeMap<u32, Vec<Period>>,
    clocks: Vec<(Time, Fault)>,
    lines: Vec<String>,
    /// Lines that were too many.
    unsaid: usize,
}

/// What goes wrong in the run with this noise seed.
pub fn draw(specs: &[FaultSpec], map: &Map<'_>, noise: &Seed) -> Drawn {
    let mut draft = Draft {
        map,
        network: Vec::new(),
        down: BTreeMap::new(),
        still: BTreeMap::new(),
        clocks: Vec::new(),
        lines: Vec::new(),
        unsaid: 0,
    };
    for (number, spec) in specs.iter().enumerate() {
        draft.add(spec, noise.key(&format!("fault/{number}")));
    }
    draft.finish()
}

impl Draft<'_> {
    fn add(&mut self, spec: &FaultSpec, key: Key) {
        let dice = |occurrence| Dice { key, occurrence, next: 0 };
        match (&spec.what, spec.when) {
            (What::Swarm { who }, When::Drawn { from, until, every, lasts }) => {
                let swarm = super::swarm::Swarm::new(who, &mut dice(u64::MAX));
                self.say(swarm.to_string());
                for (occurrence, (from, until)) in (0..).zip(moments(key, (from, until), every, lasts)) {
                    let mut dice = dice(occurrence);
                    let what = swarm.pick(&mut dice);
                    self.strike(&what, (from, until), true, &mut dice);
                }
            }
            (what, When::Once { from, until }) => {
                self.strike(what, (from, until.unwrap_or(Time::MAX)), false, &mut dice(0));
            }
            (what, When::Drawn { from, until, every, lasts }) => {
                for (occurrence, period) in (0..).zip(moments(key, (from, until), every, lasts)) {
                    self.strike(what, period, true, &mut dice(occurrence));
                }
            }
        }
    }

    /// One fault happens. If its moment was drawn, it strikes one of the nodes that it may strike.
    fn strike(&mut self, what: &What, period: Period, drawn: bool, dice: &mut Dice) {
        match what {
            What::Links { sides, one_way, harm } => self.links(sides, (*one_way, *harm), (period, drawn), dice),
            What::Nodes { who, ill } => {
                let mut nodes = who.nodes(self.map, dice);
                if drawn && !nodes.is_empty() {
                    nodes = vec![nodes[dice.below(nodes.len() as u64) as usize]];
                }
                if drawn || who.is_drawn() {
                    self.say(shown::ill(period, *ill, &nodes));
                }
                nodes.into_iter().for_each(|node| self.node(node, *ill, period));
            }
            What::Churn { who, session, gap } => self.churn(who, [session, gap], period, dice),
            What::Eclipse { victim, attackers } => {
                let others = (0..self.map.nodes).filter(|node| node != victim && !attackers.contains(node)).collect();
                let groups = [vec![*victim], others];
                if groups.iter().all(|group| !group.is_empty()) {
                    self.network.push(NetworkFault::partition(period.0, period.1, groups));
                }
            }
            // A swarm's own faults are drawn by its rate.
            What::Swarm { .. } => {}
        }
    }

    fn links(
        &mut self,
        sides: &[Selection; 2],
        (one_way, harm): (bool, Harm),
        ((from, until), drawn): (Period, bool),
        dice: &mut Dice,
    ) {
        let cut = harm == Harm::Cut;
        let first = sides[0].nodes(self.map, dice);
        // Nobody can be drawn for both sides of a cut.
        let taken: &[u32] = if cut { &first } else { &[] };
        let mut second = sides[1].nodes_but(taken, self.map, dice);
        if cut && (sides[1].is_everyone() || sides[1].is_drawn() || sides[0].is_drawn()) {
            // Everybody means everybody else, and whoever is drawn or resides on both sides is on the first.
            second.retain(|node| first.binary_search(node).is_err());
        }
        if drawn || sides.iter().any(Selection::is_drawn) {
            self.say(shown::links((from, until), (one_way, harm), [&first, &second]));
        }
        if first.is_empty() || second.is_empty() {
            return;
        }
        let all = self.map.nodes as usize;
        let group = |nodes: Vec<u32>| if nodes.len() == all { Group::Everyone } else { Group::Nodes(nodes) };
        let links = Links { sides: [group(first), group(second)], one_way };
        self.network.push(NetworkFault { from, until, links, harm });
    }

    fn node(&mut self, node: u32, ill: Ill, (from, until): Period) {
        match ill {
            Ill::Crash => self.down.entry(node).or_default().push((from, until)),
            Ill::Pause => self.still.entry(node).or_default().push((from, until)),
            Ill::Step { by_ns } => self.clocks.push((from, Fault::StepClock { node, by_ns })),
            Ill::Drift { by_ppb } => {
                self.clocks.push((from, Fault::DriftClock { node, by_ppb }));
                self.clocks.push((until, Fault::DriftClock { node, by_ppb: -by_ppb }));
            }
        }
    }

    /// Everybody begins up, at the beginning of a session.
    fn churn(&mut self, who: &Selection, [session, gap]: [&Lasting; 2], (from, until): Period, dice: &mut Dice) {
        let nodes = who.nodes(self.map, dice);
        let end = until.min(self.map.horizon);
        let mut crashes = 0;
        for node in &nodes {
            // A node's draws do not depend on how many other nodes made.
            let mut dice = Dice { key: dice.key, occurrence: 1 + u64::from(*node), next: 0 };
            let mut at = from;
            loop {
                let down = at + session.sample(dice.bits()).max(CHURN_LEAST);
                if down >= end {
                    break;
                }
                at = down + gap.sample(dice.bits()).max(CHURN_LEAST);
                self.down.entry(*node).or_default().push((down, at.min(until)));
                crashes += 1;
            }
        }
        self.say(format!("churn of {}: {crashes} sessions ended", shown::nodes(&nodes)));
    }

    fn say(&mut self, line: String) {
        if self.lines.len() < LINES_MAX - 1 {
            self.lines.push(line);
        } else {
            self.unsaid += 1;
        }
    }

    fn finish(mut self) -> Drawn {
        let count = self.lines.len() + self.unsaid;
        if self.unsaid > 0 {
            self.lines.push(format!("and {} more", self.unsaid));
        }
        let mut ends = Vec::new();
        let mut begins = Vec::new();
        for (node, periods) in self.down {
            for (from, until) in merged(periods) {
                begins.push((from, Fault::Crash { node }));
                ends.push((until, Fault::Restart { node }));
            }
        }
        for (node, periods) in self.still {
            for (from, until) in merged(periods) {
                begins.push((from, Fault::Pause { node }));
                ends.push((until, Fault::Resume { node }));
            }
        }
        let mut nodes: Vec<_> = ends.into_iter().chain(begins).chain(self.clocks).collect();
        // The sort is stable: ends stay before beginnings.
        nodes.sort_by_key(|(at, _)| *at);
        let horizon = self.map.horizon;
        nodes.retain(|(at, _)| *at <= horizon);
        Drawn { network: self.network, nodes, lines: self.lines, count }
    }
}

/// Overlapping periods as one. Of periods that only touch, each ends.
fn merged(mut periods: Vec<Period>) -> Vec<Period> {
    periods.sort_unstable();
    let mut merged: Vec<Period> = Vec::new();
    for (from, until) in periods {
        match merged.last_mut() {
            Some((_, last)) if from < *last => *last = (*last).max(until),
            _ => merged.push((from, until)),
        }
    }
    merged
}

/// The moments of a Poisson process, and how long each lasts: draws of the last occurrence numbers, which no fault uses.
fn moments(key: Key, (from, until): Period, every: Span, lasts: Span) -> Vec<Period> {
    let gap = Lasting { law: Law::Exponential, mean: every };
    let length = Lasting { law: Law::Exponential, mean: lasts };
    let mut periods = Vec::new();
    let mut at = from;
    for occurrence in 0..OCCURRENCES_MAX * 2 {
        let [gap_bits, length_bits] = key.draw(u64::MAX - 1, occurrence);
        at = at + gap.sample(gap_bits);
        if at >= until {
            break;
        }
        periods.push((at, at + length.sample(length_bits)));
    }
    periods
}
