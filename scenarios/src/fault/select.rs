//! Which nodes are meant.

use std::collections::BTreeSet;
use std::ops::Range;

use contract::draws::below;

use super::draw::{Dice, Map};

/// Some nodes, or a rule by which they are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection(pub Vec<Pick>);

/// A part of a selection.
#[derive(Clone, Debug, PartialEq)]
pub enum Pick {
    /// These.
    Nodes(Range<u32>),
    /// All of a region, by its place in the profile.
    Region(u16),
    /// A share of all nodes, drawn uniformly; at least one.
    Share(f64),
    /// Everybody.
    Everyone,
}

impl Pick {
    /// Whether some node is in both, whatever the seed.
    pub fn surely_meets(&self, other: &Pick) -> bool {
        match (self, other) {
            (Pick::Nodes(one), Pick::Nodes(two)) => one.start < two.end && two.start < one.end,
            (Pick::Region(one), Pick::Region(two)) => one == two,
            _ => false,
        }
    }
}

impl Selection {
    /// Everybody.
    pub fn everyone() -> Selection {
        Selection(vec![Pick::Everyone])
    }

    /// Whether everybody is meant.
    pub fn is_everyone(&self) -> bool {
        self.0.contains(&Pick::Everyone)
    }

    /// Whether who is meant depends on the seed.
    pub fn is_drawn(&self) -> bool {
        self.0.iter().any(|pick| matches!(pick, Pick::Region(_) | Pick::Share(_)))
    }

    /// The nodes, ascending.
    pub(super) fn nodes(&self, map: &Map<'_>, dice: &mut Dice) -> Vec<u32> {
        self.nodes_but(&[], map, dice)
    }

    /// The nodes, ascending. Those that are taken, in ascending order, are not drawn.
    pub(super) fn nodes_but(&self, taken: &[u32], map: &Map<'_>, dice: &mut Dice) -> Vec<u32> {
        let mut nodes = BTreeSet::new();
        for pick in &self.0 {
            match pick {
                Pick::Nodes(range) => nodes.extend(range.clone()),
                Pick::Region(region) => nodes.extend((0..map.nodes).filter(|node| (map.region)(*node) == *region)),
                Pick::Share(share) => nodes.extend(drawn(map.nodes, taken, *share, dice)),
                Pick::Everyone => nodes.extend(0..map.nodes),
            }
        }
        nodes.into_iter().collect()
    }
}

/// So many nodes as are a share of all, as long as there are some that are not taken: the beginning of a shuffled list.
fn drawn(nodes: u32, taken: &[u32], share: f64, dice: &mut Dice) -> Vec<u32> {
    let mut list: Vec<u32> = (0..nodes).filter(|node| taken.binary_search(node).is_err()).collect();
    let count = ((share * f64::from(nodes)).round() as usize).max(1).min(list.len());
    for place in 0..count {
        let other = place + below(dice.bits(), (list.len() - place) as u64) as usize;
        list.swap(place, other);
    }
    list.truncate(count);
    list
}
