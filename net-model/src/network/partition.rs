//! Partitions: pairs that cannot reach each other for a while.

use contract::Time;

use crate::error::BadNetwork;

/// Two groups that cannot reach each other. Nodes in neither reach everybody.
///
/// A pair is blocked at `t` if some partition with `from <= t < until` has one of them on each side; so where partitions
/// overlap, the end of one does not unblock what another still covers. What counts is the moment at which a message leaves its
/// sender (after the upload queue): what left before `from` arrives, also after `from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// When it begins.
    pub from: Time,
    /// When it is healed; the first moment that is not blocked.
    pub until: Time,
    /// The two sides.
    pub groups: [Vec<u32>; 2],
}

/// The side of a node in one partition.
const NEITHER: u8 = 0;

#[derive(Clone, Debug)]
struct Covered {
    from: Time,
    until: Time,
    /// The latest `until` of this and all earlier entries: none of them is active from here on.
    until_max: Time,
    /// By node: neither, 1 or 2.
    sides: Vec<u8>,
}

/// All partitions of a run, by the time at which they begin.
#[derive(Clone, Debug, Default)]
pub(super) struct Partitions {
    sorted: Vec<Covered>,
}

impl Partitions {
    pub(super) fn new(faults: Vec<Partition>, nodes: u32) -> Result<Partitions, BadNetwork> {
        let covered = faults.iter().enumerate().map(|(index, fault)| cover(index, fault, nodes));
        let mut sorted: Vec<Covered> = covered.collect::<Result<_, _>>()?;
        sorted.sort_by_key(|covered| (covered.from, covered.until));
        let mut until_max = Time::ZERO;
        for covered in &mut sorted {
            until_max = until_max.max(covered.until);
            covered.until_max = until_max;
        }
        Ok(Partitions { sorted })
    }

    /// Whether what `a` sends `b` at `time`, or `b` sends `a`, is stopped.
    #[inline]
    pub(super) fn block(&self, time: Time, a: u32, b: u32) -> bool {
        !self.sorted.is_empty() && self.covered(time, a, b)
    }

    fn covered(&self, time: Time, a: u32, b: u32) -> bool {
        let begun = self.sorted.partition_point(|covered| covered.from <= time);
        let active = self.sorted[..begun].iter().rev().take_while(|covered| time < covered.until_max);
        // The sides are 1 and 2, so only opposite ones have a union of 3.
        active.filter(|covered| time < covered.until).any(|c| c.sides[a as usize] | c.sides[b as usize] == 3)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let sides: usize = self.sorted.iter().map(|covered| covered.sides.capacity()).sum();
        sides + self.sorted.capacity() * size_of::<Covered>()
    }
}

fn cover(index: usize, fault: &Partition, nodes: u32) -> Result<Covered, BadNetwork> {
    let Partition { from, until, ref groups } = *fault;
    if until <= from {
        return Err(BadNetwork::PartitionReversed { index, from, until });
    }
    let mut sides = vec![NEITHER; nodes as usize];
    for (side, group) in groups.iter().enumerate() {
        if group.is_empty() {
            return Err(BadNetwork::PartitionEmpty { index, side });
        }
        for &node in group {
            let Some(held) = sides.get_mut(node as usize) else {
                return Err(BadNetwork::PartitionUnknown { index, node, last: nodes - 1 });
            };
            let side = side as u8 + 1;
            if *held != NEITHER && *held != side {
                return Err(BadNetwork::PartitionTorn { index, node });
            }
            *held = side;
        }
    }
    Ok(Covered { from, until, until_max: until, sides })
}
