//! The total order of events, in one integer.
//!
//! | Bits | Field |
//! |---|---|
//! | 127–64 | time in nanoseconds |
//! | 63–60 | class |
//! | 59–36 | rank of the source: a permutation of the nodes drawn from the seed |
//! | 35–0 | how many events the source had scheduled before |
//!
//! The order does not depend on the order in which events entered the queue, so a world that is split over threads has the same
//! trace. No two events have the same key: a source never reuses a sequence number.

use contract::Time;

/// What kind of event it is; at one instant, lower classes come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Class {
    /// A fault begins or ends.
    Fault = 0,
    /// Writes became durable.
    Synced = 1,
    /// A message arrives.
    Message = 2,
    /// A connection breaks.
    Broken = 3,
    /// A timer is due.
    Timer = 4,
    /// A script or an operator asks for something.
    Command = 5,
}

/// The most nodes a world can have: the rank has 24 bits, and the highest is the script's.
pub const NODES_MAX: u32 = (1 << 24) - 1;
/// The rank of events that no node schedules: faults and script.
pub const SCRIPT_RANK: u32 = (1 << 24) - 1;
/// The most events one source can schedule.
pub const SEQUENCE_MAX: u64 = (1 << 36) - 1;

/// The place of an event in the total order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// When it happens.
    pub time: u64,
    /// Class, rank and sequence, packed.
    pub rest: u64,
}

impl Key {
    /// Packs a key.
    ///
    /// # Panics
    /// If the source has scheduled more than [`SEQUENCE_MAX`] events: the order would no longer be total.
    #[inline]
    pub fn new(time: Time, class: Class, rank: u32, sequence: u64) -> Key {
        assert!(sequence <= SEQUENCE_MAX, "one source scheduled more than 2^36 events");
        let rest = (class as u64) << 60 | u64::from(rank) << 36 | sequence;
        Key { time: time.as_nanos(), rest }
    }

    /// The whole key as one integer of the same order, which a processor compares without a branch.
    #[inline]
    pub const fn packed(self) -> u128 {
        (self.time as u128) << 64 | self.rest as u128
    }

    /// When the event happens.
    #[inline]
    pub const fn at(self) -> Time {
        Time::from_nanos(self.time)
    }

    /// The rank of the source.
    pub const fn rank(self) -> u32 {
        (self.rest >> 36) as u32 & (NODES_MAX)
    }

    /// How many events the source had scheduled before.
    pub const fn sequence(self) -> u64 {
        self.rest & SEQUENCE_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CLASSES: [Class; 6] =
        [Class::Fault, Class::Synced, Class::Message, Class::Broken, Class::Timer, Class::Command];

    proptest! {
        #[test]
        fn the_packed_order_is_the_order_of_the_fields(
            a in (any::<u64>(), 0usize..6, 0..NODES_MAX, 0..=SEQUENCE_MAX),
            b in (any::<u64>(), 0usize..6, 0..NODES_MAX, 0..=SEQUENCE_MAX),
        ) {
            let key = |(time, class, rank, sequence): (u64, usize, u32, u64)| {
                Key::new(Time::from_nanos(time), CLASSES[class], rank, sequence)
            };
            prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
            prop_assert_eq!(key(a).packed().cmp(&key(b).packed()), a.cmp(&b));
            prop_assert_eq!((key(a).rank(), key(a).sequence()), (a.2, a.3));
        }
    }
}
