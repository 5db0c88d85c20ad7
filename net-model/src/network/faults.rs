//! The faults of a run, prepared for the question what strikes a transmission at a moment.
//!
//! The beginnings and ends of all faults cut time into epochs; each knows which faults are active in it. A question costs a
//! comparison while time stays in the epoch of the last question, a binary search where it does not, and then a look at each
//! active fault. A network without faults is never asked.

use contract::Time;

use crate::error::BadNetwork;
use crate::fault::{BadFault, Fault, Group, Harm, Struck};

/// The most entries in the lists of active faults of all epochs.
const ACTIVE_MAX: usize = 1 << 24;
/// Up to this many nodes on a side are listed; of more, there are bits for each node of the network.
const LISTED_MAX: usize = 8;

/// Some nodes.
#[derive(Clone, Debug)]
enum Set {
    Everyone,
    /// Ascending.
    Listed(Vec<u32>),
}

/// On which sides of a fault the nodes are.
#[derive(Clone, Debug)]
enum Sides {
    Sets([Set; 2]),
    /// Two bits for each node, of which the lower says whether it is on the first side: 32 nodes a word.
    Bits(Vec<u64>),
}

#[derive(Clone, Debug)]
struct Prepared {
    sides: Sides,
    one_way: bool,
    harm: Harm,
}

/// All faults of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    prepared: Vec<Prepared>,
    /// Where epochs begin, ascending: epoch `i` lasts from `bounds[i - 1]` until `bounds[i]`, the first from the start.
    bounds: Vec<Time>,
    /// In epoch `i`, the faults `active[ranges[i]..ranges[i + 1]]` are active.
    ranges: Vec<u32>,
    active: Vec<u32>,
    /// The epoch of the last question.
    current: usize,
    /// Whether any of them loses anything.
    lose: bool,
    /// Whether any of them takes bandwidth.
    narrow: bool,
}

/// Who is where, for groups that are regions.
pub(super) struct Map<'a> {
    pub(super) nodes: u32,
    /// Empty if there is one region.
    pub(super) regions: &'a [u16],
    pub(super) region_count: usize,
}

impl Faults {
    pub(super) fn new(faults: &[Fault], map: &Map<'_>) -> Result<Faults, BadNetwork> {
        let prepare = |(index, fault)| prepare(fault, map).map_err(|why| BadNetwork::Fault { index, why });
        let prepared: Vec<Prepared> = faults.iter().enumerate().map(prepare).collect::<Result<_, _>>()?;
        let mut bounds: Vec<Time> = faults.iter().flat_map(|fault| [fault.from, fault.until]).collect();
        bounds.sort_unstable();
        bounds.dedup();
        let (ranges, active) = epochs(faults, &bounds)?;
        let lose = prepared.iter().any(|fault| matches!(fault.harm, Harm::Lose { .. }));
        let narrow = prepared.iter().any(|fault| matches!(fault.harm, Harm::Narrow { .. }));
        Ok(Faults { prepared, bounds, ranges, active, current: 0, lose, narrow })
    }

    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.prepared.is_empty()
    }

    /// Whether any of them loses anything.
    #[inline(always)]
    pub(super) fn lose(&self) -> bool {
        self.lose
    }

    /// Whether any of them takes bandwidth.
    #[inline(always)]
    pub(super) fn narrow(&self) -> bool {
        self.narrow
    }

    /// What strikes a transmission between `ends` (sender, receiver) that leaves at `time`. Quick if the last question was
    /// about the same epoch.
    #[inline(always)]
    pub(super) fn now(&mut self, time: Time, ends: [u32; 2]) -> Struck {
        if self.is_empty() { Struck::NOT } else { self.strike_now(time, ends) }
    }

    fn strike_now(&mut self, time: Time, ends: [u32; 2]) -> Struck {
        let begun = self.current == 0 || self.bounds[self.current - 1] <= time;
        let over = self.bounds.get(self.current).is_some_and(|end| *end <= time);
        if !begun || over {
            self.current = self.epoch(time);
        }
        self.strike(self.current, ends)
    }

    /// The same for any time, without a change of what is quick.
    pub(super) fn at(&self, time: Time, ends: [u32; 2]) -> Struck {
        if self.is_empty() { Struck::NOT } else { self.strike(self.epoch(time), ends) }
    }

    fn epoch(&self, time: Time) -> usize {
        self.bounds.partition_point(|bound| *bound <= time)
    }

    #[inline]
    fn strike(&self, epoch: usize, [from, to]: [u32; 2]) -> Struck {
        let mut struck = Struck::NOT;
        let range = self.ranges[epoch] as usize..self.ranges[epoch + 1] as usize;
        for number in &self.active[range] {
            let fault = &self.prepared[*number as usize];
            if from != to && fault.covers(from, to) {
                struck.add(fault.harm);
            }
        }
        struck
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let sides: usize = self.prepared.iter().map(|fault| fault.sides.memory_bytes()).sum();
        sides
            + self.prepared.capacity() * size_of::<Prepared>()
            + self.bounds.capacity() * size_of::<Time>()
            + (self.ranges.capacity() + self.active.capacity()) * size_of::<u32>()
    }
}

impl Prepared {
    #[inline]
    fn covers(&self, from: u32, to: u32) -> bool {
        match &self.sides {
            Sides::Sets([one, two]) => one.has(from) && two.has(to) || !self.one_way && one.has(to) && two.has(from),
            // Who is on which side is chance, which no processor predicts: nothing is left out.
            Sides::Bits(bits) => {
                let [from, to] = [sides_of(bits, from), sides_of(bits, to)];
                let there = from & (to >> 1);
                let back = to & (from >> 1) & u64::from(!self.one_way);
                (there | back) & 1 == 1
            }
        }
    }
}

impl Sides {
    fn new(sets: [Set; 2], nodes: u32) -> Sides {
        if sets.iter().all(Set::is_short) {
            return Sides::Sets(sets);
        }
        let mut bits = vec![0u64; nodes.div_ceil(32) as usize];
        for (side, set) in sets.iter().enumerate() {
            let mut add = |node: u32| bits[node as usize / 32] |= 1 << (node as usize % 32 * 2 + side);
            match set {
                Set::Everyone => (0..nodes).for_each(add),
                Set::Listed(listed) => listed.iter().for_each(|node| add(*node)),
            }
        }
        Sides::Bits(bits)
    }

    fn both_have(&self, node: u32) -> bool {
        match self {
            Sides::Sets(sets) => sets.iter().all(|set| set.has(node)),
            Sides::Bits(bits) => sides_of(bits, node) & 0b11 == 0b11,
        }
    }

    fn memory_bytes(&self) -> usize {
        match self {
            Sides::Sets(sets) => sets.iter().map(Set::memory_bytes).sum(),
            Sides::Bits(bits) => bits.capacity() * size_of::<u64>(),
        }
    }
}

/// The two bits of a node, and further ones above them.
#[inline]
fn sides_of(bits: &[u64], node: u32) -> u64 {
    bits[node as usize / 32] >> (node % 32 * 2)
}

impl Set {
    #[inline]
    fn has(&self, node: u32) -> bool {
        match self {
            Set::Everyone => true,
            Set::Listed(nodes) => nodes.contains(&node),
        }
    }

    fn is_short(&self) -> bool {
        match self {
            Set::Everyone => true,
            Set::Listed(nodes) => nodes.len() <= LISTED_MAX,
        }
    }

    fn memory_bytes(&self) -> usize {
        match self {
            Set::Everyone => 0,
            Set::Listed(nodes) => nodes.capacity() * size_of::<u32>(),
        }
    }
}

/// The active faults of every epoch, in their order: the offsets of the epochs, and the lists one after the other.
fn epochs(faults: &[Fault], bounds: &[Time]) -> Result<(Vec<u32>, Vec<u32>), BadNetwork> {
    let place = |time: Time| bounds.partition_point(|bound| *bound <= time);
    let lasts: Vec<_> = faults.iter().map(|fault| place(fault.from)..place(fault.until)).collect();
    if lasts.iter().map(ExactSizeIterator::len).sum::<usize>() > ACTIVE_MAX {
        return Err(BadNetwork::Fault { index: 0, why: BadFault::TooMany { max: ACTIVE_MAX } });
    }
    let mut ranges = vec![0usize; bounds.len() + 2];
    lasts.iter().for_each(|epochs| epochs.clone().for_each(|epoch| ranges[epoch + 1] += 1));
    for epoch in 0..=bounds.len() {
        ranges[epoch + 1] += ranges[epoch];
    }
    let (mut next, mut active) = (ranges.clone(), vec![0; ranges[bounds.len() + 1]]);
    for (number, epochs) in (0..).zip(&lasts) {
        for epoch in epochs.clone() {
            active[next[epoch]] = number;
            next[epoch] += 1;
        }
    }
    Ok((ranges.into_iter().map(|offset| offset as u32).collect(), active))
}

fn prepare(fault: &Fault, map: &Map<'_>) -> Result<Prepared, BadFault> {
    let Fault { from, until, ref links, harm } = *fault;
    if until <= from {
        return Err(BadFault::Reversed { from, until });
    }
    check(harm)?;
    let sides = Sides::new([map.set(0, &links.sides[0])?, map.set(1, &links.sides[1])?], map.nodes);
    if harm == Harm::Cut
        && let Some(node) = (0..map.nodes).find(|node| sides.both_have(*node))
    {
        return Err(BadFault::Torn { node });
    }
    Ok(Prepared { sides, one_way: links.one_way, harm })
}

fn check(harm: Harm) -> Result<(), BadFault> {
    const FACTOR: &str = "above 0, and at most 1000000";
    let factor = |what, value: f64| {
        let good = value > 0.0 && value <= 1e6;
        if good { Ok(()) } else { Err(BadFault::Range { what, value, range: FACTOR }) }
    };
    match harm {
        Harm::Cut => Ok(()),
        Harm::Slow { factor: value } => factor("a factor of latency", value),
        Harm::Narrow { factor: value } => factor("a factor of bandwidth", value),
        Harm::Lose { probability } if (0.0..=1.0).contains(&probability) => Ok(()),
        Harm::Lose { probability } => {
            Err(BadFault::Range { what: "a probability of loss", value: probability, range: "between 0 and 1" })
        }
    }
}

impl Map<'_> {
    fn set(&self, side: usize, group: &Group) -> Result<Set, BadFault> {
        let mut nodes = match group {
            Group::Everyone => return Ok(Set::Everyone),
            Group::Nodes(nodes) => nodes.clone(),
            Group::Regions(regions) => self.within(regions)?,
        };
        nodes.sort_unstable();
        nodes.dedup();
        match nodes.last() {
            // Whether a region has any node is chance; a list of nobody is a mistake.
            None if matches!(group, Group::Nodes(_)) => return Err(BadFault::Empty { side }),
            Some(&node) if node >= self.nodes => return Err(BadFault::UnknownNode { node, last: self.nodes - 1 }),
            _ => {}
        }
        Ok(Set::Listed(nodes))
    }

    fn within(&self, regions: &[u16]) -> Result<Vec<u32>, BadFault> {
        if let Some(&region) = regions.iter().find(|region| usize::from(**region) >= self.region_count) {
            return Err(BadFault::UnknownRegion { region, last: self.region_count - 1 });
        }
        let region = |node: u32| self.regions.get(node as usize).copied().unwrap_or(0);
        Ok((0..self.nodes).filter(|node| regions.contains(&region(*node))).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set() -> impl Strategy<Value = Set> {
        let listed = prop::collection::btree_set(0..100u32, 0..60);
        prop_oneof![Just(Set::Everyone), listed.prop_map(|nodes| Set::Listed(nodes.into_iter().collect()))]
    }

    proptest! {
        #[test]
        fn bits_say_what_lists_say(one in set(), two in set(), one_way: bool, ends in prop::collection::vec([0..100u32, 0..100u32], 50)) {
            let lists = Prepared { sides: Sides::Sets([one.clone(), two.clone()]), one_way, harm: Harm::Cut };
            let short = one.is_short() && two.is_short();
            let bits = Prepared { sides: Sides::new([one, two], 100), one_way, harm: Harm::Cut };
            prop_assert_eq!(matches!(bits.sides, Sides::Sets(_)), short);
            for [from, to] in ends {
                prop_assert_eq!(bits.covers(from, to), lists.covers(from, to));
                prop_assert_eq!(bits.sides.both_have(from), lists.sides.both_have(from));
            }
        }
    }
}
