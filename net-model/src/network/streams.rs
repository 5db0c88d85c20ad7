//! Streams: order, retransmission and the break of a connection, as QUIC has them.

use std::collections::BTreeMap;

use contract::draws::open_unit;
use contract::{Span, Time};

use super::faults::Faults;
use super::links::Links;
use crate::fault::Struck;
use crate::latency::Law;
use crate::placement::share_of_64_bits;

/// How a stream repeats what was lost. It is a table of constants and formulas, with no state.
///
/// What is not acknowledged is sent again after a probe timeout, and each further one waits twice as long (RFC 9002,
/// section 6.2.1): transmission `i` leaves `probe · (2^i − 1)` after the first. A transmission is lost by chance, or because the pair
/// is cut when it leaves; the first that is not lost arrives. If none leaves within [`IDLE`](Self::IDLE) of the
/// first, the connection breaks (RFC 9000, section 10.1): both ends learn it then, and everything sent on it in either
/// direction since it was bound to break is lost with it, even if the partition was healed in between.
///
/// A message of several packets has arrived when the last of them has. The first message of a connection waits for the set-up,
/// as many round trips as the profile says.
///
/// Simplifications. Loss is always found by timeout, as for an isolated message; a busy stream would find it after about 9/8
/// of a round trip by what was acknowledged behind it. A repeated transmission takes no room in the upload queue. Lost
/// acknowledgements cost nothing, and the set-up itself loses nothing.
#[derive(Clone, Copy, Debug)]
pub struct Retransmission;

impl Retransmission {
    /// How long a connection lives without a sign of life: QUIC's `max_idle_timeout` as quinn sets it by default.
    pub const IDLE: Span = Span::from_secs(30);
    /// `max_ack_delay`, RFC 9000, section 18.2.
    pub const ACK_DELAY: Span = Span::from_millis(25);
    /// `kGranularity`, RFC 9002, section 6.1.2.
    pub const GRANULARITY: Span = Span::from_millis(1);

    /// The first probe timeout: `smoothed_rtt + max(4·rttvar, kGranularity) + max_ack_delay`, with the estimators at their
    /// stationary values: the sums of both directions' means and mean deviations.
    pub fn probe(there: &Law, back: &Law) -> Span {
        let trip_ns = there.mean_ns() + back.mean_ns();
        let deviation_ns = there.mean_deviation_ns() + back.mean_deviation_ns();
        let deviation = Span::from_nanos((4.0 * deviation_ns + 0.5) as u64).max(Retransmission::GRANULARITY);
        Span::from_nanos((trip_ns + 0.5) as u64) + deviation + Retransmission::ACK_DELAY
    }
}

/// How many transmissions in a row are lost of the packet that needs most, given bits that say that at least one is lost:
/// P(at least k) = 1 − (1 − loss^k)^packets, the maximum of as many geometric numbers.
pub(super) fn losses(bits: u64, loss: f64, packets: u32) -> u32 {
    if loss >= 1.0 {
        return u32::MAX;
    }
    let count = libm::floor(libm::log(longest_run(bits, packets)) / libm::log(loss));
    (count as u32).max(1)
}

/// A uniform number of one packet whose run of losses is the longest of `packets`, from the bits of the parcel: if the bits are a uniform
/// u, it is 1 − (1 − u)^(1/packets), the smallest of as many uniform numbers.
fn longest_run(bits: u64, packets: u32) -> f64 {
    let unit = open_unit(bits);
    if packets == 1 { unit } else { -libm::expm1(libm::log1p(-unit) / f64::from(packets)) }
}

/// The probability that at least one of some packets is lost.
pub(super) fn any_lost(loss: f64, packets: u32) -> f64 {
    if packets == 1 { loss } else { -libm::expm1(f64::from(packets) * libm::log1p(-loss)) }
}

/// What a stream parcel is about to go through.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leg {
    /// When it was sent.
    pub(super) now: Time,
    /// When its first transmission left the sender.
    pub(super) left: Time,
    /// The latency of a transmission that is not lost, without faults.
    pub(super) latency: Span,
    /// The first probe timeout.
    pub(super) probe: Span,
    /// Which transmissions are lost by chance.
    pub(super) chance: Chance,
    /// Where the search for the connection begins.
    pub(super) hint: u32,
}

/// Which transmissions of a parcel are lost by chance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance {
    /// How many, without bursts of loss.
    pub(super) losses: u32,
    /// The draw that decided it.
    pub(super) bits: u64,
    /// The probability that a packet is lost, without bursts.
    pub(super) loss: f64,
    /// Of how many packets the parcel consists; at least 1.
    pub(super) packets: u32,
}

impl Chance {
    /// Nothing is lost by chance.
    pub(super) const NONE: Chance = Chance { losses: 0, bits: u64::MAX, loss: 0.0, packets: 1 };

    /// Whether a datagram that chance does not lose is lost in a burst.
    pub(super) fn lost_in_burst(&self, struck: Struck) -> bool {
        self.bits < share_of_64_bits(any_lost(struck.loss(self.loss), self.packets))
    }
}

impl Leg {
    /// When the parcel arrives, were it alone on its stream and at its receiver; none if no transmission gets through in time.
    #[inline(always)]
    fn arrival(self, faults: &mut Faults, ends: [u32; 2]) -> Option<Time> {
        if self.chance.losses == 0 && faults.is_empty() {
            return Some(self.left + self.latency);
        }
        self.arrival_struck(faults, ends)
    }

    #[inline(never)]
    fn arrival_struck(self, faults: &mut Faults, ends: [u32; 2]) -> Option<Time> {
        let first = faults.now(self.left, ends);
        if self.chance.losses == 0 && !first.cut && !faults.lose() {
            return Some(self.left + first.slowed(self.latency));
        }
        if faults.lose() { self.arrival_among_bursts(faults, ends) } else { self.arrival_without_bursts(faults, ends) }
    }

    fn arrival_without_bursts(&self, faults: &Faults, ends: [u32; 2]) -> Option<Time> {
        let deadline = self.left + Retransmission::IDLE;
        let (mut leaves, mut wait, mut losses) = (self.left, self.probe, self.chance.losses);
        while leaves <= deadline {
            let struck = faults.at(leaves, ends);
            if !struck.cut {
                if losses == 0 {
                    return Some(leaves + struck.slowed(self.latency));
                }
                losses -= 1;
            }
            leaves = leaves + wait;
            wait = wait.saturating_mul(2);
        }
        None
    }

    /// The probability of loss differs between transmissions. One uniform number decides on all of them: the first `k` are
    /// lost if it is below the product of their probabilities, which for equal ones is what [`losses`] counts.
    fn arrival_among_bursts(&self, faults: &Faults, ends: [u32; 2]) -> Option<Time> {
        let deadline = self.left + Retransmission::IDLE;
        let (unit, mut lost) = (longest_run(self.chance.bits, self.chance.packets), 1.0);
        let (mut leaves, mut wait) = (self.left, self.probe);
        while leaves <= deadline {
            let struck = faults.at(leaves, ends);
            if !struck.cut {
                lost *= struck.loss(self.chance.loss);
                if unit >= lost {
                    return Some(leaves + struck.slowed(self.latency));
                }
            }
            leaves = leaves + wait;
            wait = wait.saturating_mul(2);
        }
        None
    }
}

/// A connection that is bound to break.
#[derive(Clone, Copy, Debug)]
struct Doomed {
    at: Time,
    /// When the last parcels arrive, from the lower-numbered node and from the higher one.
    last: [Time; 2],
}

/// The connections. Nothing is stored for a pair that never used a stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Streams {
    /// Both directions are there while a connection is open.
    links: Links,
    /// By (lower, higher) node. Rare, so that the common path asks only whether it is empty.
    doomed: BTreeMap<[u32; 2], Doomed>,
}

impl Streams {
    /// When a parcel between `ends` (sender, receiver) arrives, were it alone on its stream and at its receiver; or when its
    /// connection breaks.
    #[inline(always)]
    pub(super) fn alone(&mut self, faults: &mut Faults, ends: [u32; 2], leg: Leg) -> Result<Time, Time> {
        // A connection that is bound to break has no links, so that the others need no search among those.
        if !self.doomed.is_empty()
            && !self.is_open(ends)
            && let Some(at) = self.bound_to_break(ends, leg.now)
        {
            return Err(at);
        }
        leg.arrival(faults, ends).ok_or_else(|| self.doom(ends, leg.left + Retransmission::IDLE))
    }

    /// Where the search for a connection begins. To ask long before it is needed gives the memory time to answer.
    #[inline(always)]
    pub(super) fn hint(&self, from: u32) -> u32 {
        self.links.hint(from)
    }

    /// When a parcel arrives behind those before it, which alone would arrive at a time. Opens the connection if there is none.
    #[inline(always)]
    pub(super) fn in_order(&mut self, ends: [u32; 2], hint: u32, alone: Time) -> Time {
        let behind = |last: &mut Time| {
            *last = alone.max(*last + Span::from_nanos(1));
            *last
        };
        let known = self.links.last(hint, ends).map(behind);
        known.unwrap_or_else(|| behind(self.open(ends)))
    }

    /// Reads where the connections of a sender are.
    #[inline]
    pub(super) fn touch(&self, from: u32) -> u64 {
        u64::from(self.links.hint(from))
    }

    /// Reads the connection that a sender uses next if it goes on as it did.
    #[inline]
    pub(super) fn touch_links(&self, from: u32) -> u64 {
        self.links.touch(from)
    }

    /// Whether there is a connection between `ends`.
    #[inline]
    pub(super) fn is_open(&self, ends: [u32; 2]) -> bool {
        self.links.has(ends)
    }

    /// When the connection between `ends` breaks, if it is bound to. One that broke is opened again.
    #[cold]
    fn bound_to_break(&mut self, ends: [u32; 2], now: Time) -> Option<Time> {
        let [low, high] = ascending(ends);
        let doomed = *self.doomed.get(&[low, high])?;
        if now < doomed.at {
            return Some(doomed.at);
        }
        self.doomed.remove(&[low, high]);
        // What was under way on the old connection may still arrive: the order between the two nodes outlives it.
        for (direction, last) in [[low, high], [high, low]].into_iter().zip(doomed.last) {
            let held = self.open(direction);
            *held = last.max(*held);
        }
        None
    }

    /// Binds the connection between `ends` to break at a time, and returns it.
    #[cold]
    fn doom(&mut self, ends: [u32; 2], at: Time) -> Time {
        let [low, high] = ascending(ends);
        let last = [[low, high], [high, low]].map(|direction| self.links.remove(direction));
        self.doomed.insert([low, high], Doomed { at, last });
        at
    }

    /// Adds both directions where they are absent; returns when the last parcel of the first arrives.
    #[cold]
    fn open(&mut self, [from, to]: [u32; 2]) -> &mut Time {
        self.links.add([to, from]);
        self.links.add([from, to])
    }

    /// Forgets all connections of `node`; returns the peers of the open ones, sorted.
    pub(super) fn forget(&mut self, node: u32) -> Vec<u32> {
        self.doomed.retain(|ends, _| !ends.contains(&node));
        let mut peers = self.links.take(node);
        peers.retain(|&peer| peer != node);
        for &peer in &peers {
            self.links.remove([peer, node]);
        }
        peers
    }

    /// How many connections are open. A node's connection with itself counts as half, rounded down.
    pub(super) fn open_count(&self) -> usize {
        self.links.count() / 2
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.links.memory_bytes() + self.doomed.len() * size_of::<([u32; 2], Doomed)>()
    }
}

fn ascending([a, b]: [u32; 2]) -> [u32; 2] {
    [a.min(b), a.max(b)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a map of all pairs, whatever a sender looked for before, and whatever was forgotten or broke meanwhile.
        #[test]
        fn a_link_is_found_wherever_its_sender_looked_last(
            steps in prop::collection::vec(([0..7u32, 0..7u32], 1..50u64, 0..30u8), 1..300),
        ) {
            let (mut streams, mut map) = (Streams::default(), BTreeMap::new());
            for ([from, to], alone, what) in steps {
                match what {
                    0 => {
                        streams.forget(from);
                        map.retain(|ends: &[u32; 2], _| !ends.contains(&from));
                    }
                    1 => {
                        streams.links.remove([from, to]);
                        streams.links.remove([to, from]);
                        map.retain(|ends, _| *ends != [from, to] && *ends != [to, from]);
                    }
                    _ => {
                        let hint = streams.hint(from);
                        prop_assert_eq!(streams.is_open([from, to]), map.contains_key(&[from, to]));
                        let arrival = streams.in_order([from, to], hint, Time::from_nanos(alone));
                        map.entry([to, from]).or_insert(0);
                        let last = map.entry([from, to]).or_insert(0);
                        *last = alone.max(*last + 1);
                        prop_assert_eq!(arrival, Time::from_nanos(*last));
                    }
                }
                prop_assert_eq!(streams.links.count(), map.len());
            }
        }
    }
}
