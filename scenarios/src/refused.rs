//! Commands of which nothing came: a payment without money, a block that may not follow.

use contract::Time;

/// How many commands of a run were refused, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// How many.
    pub count: u64,
    /// The first: when, which node, and why in words.
    pub first: Option<(Time, u32, String)>,
}

impl Refused {
    /// Counts one more.
    pub fn add(&mut self, at: Time, node: u32, why: String) {
        self.count += 1;
        self.first.get_or_insert((at, node, why));
    }
}
