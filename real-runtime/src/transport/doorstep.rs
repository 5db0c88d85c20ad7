//! What somebody may spend of a node before QUIC has heard him.
//!
//! Each address has an allowance of first packets, which a wasted handshake shortens: whoever dials as a stranger, or breaks the
//! rules, begins less and less often, and after that not at all for a while, some 13 s with the defaults. It is no ban:
//! the allowance grows back. The socket from which a member was connected has an allowance of its own, so a member comes back
//! whoever else is at its address, or pretends to be. All addresses together have one, too.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::Instant;

use super::admission::subscriber;
use super::allowance::Allowance;
use super::limits::Limits;

/// Addresses that are remembered; all others share one place.
const REMEMBERED: usize = 4096;
/// Sockets of members that are remembered.
const MEMBERS: usize = 1024;
/// First packets of a member at once, and each second in the long run.
const OF_MEMBER: (u32, f64) = (8, 1.0);
/// Datagrams of an address that may be resets, and copies that are read all the same; at once, and each second.
const STRAYS: (u32, f64) = (64, 16.0);
/// First packets for one handshake: some are lost, and some come again with a proof of the address.
const PACKETS_PER_HANDSHAKE: u32 = 2;
/// Later packets of one handshake that look like first ones.
const FOLLOWING: u32 = 4;
/// So many first packets a wasted handshake costs beyond its own.
const PENALTY: f64 = 8.0;
/// Handshakes of all addresses together, as a multiple of one address's.
const ALL_TOGETHER: f64 = 25.0;
/// Places are looked through for those that are no longer needed at most this often.
const SWEEP: Duration = Duration::from_secs(1);

/// What a datagram wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// To begin a handshake.
    First,
    /// To go on with a handshake.
    Handshake,
    /// It bears no id of this node, and may reset a connection.
    Stray,
    /// It was seen before.
    Copy,
}

/// Who may still spend what.
pub(crate) struct Doorstep {
    places: BTreeMap<IpAddr, Place>,
    /// Whoever has no place of his own.
    others: Place,
    members: BTreeMap<SocketAddr, Allowance>,
    /// First packets of all who are no members.
    together: Allowance,
    connections_max: u32,
    handshakes_per_second: f64,
    swept: Instant,
}

/// What one address may still spend.
struct Place {
    first: Allowance,
    handshake: Allowance,
    stray: Allowance,
    copy: Allowance,
}

impl Place {
    fn new(connections_max: u32, handshakes_per_second: f64) -> Place {
        let packets = |factor: u32| {
            Allowance::new(connections_max.saturating_mul(factor), handshakes_per_second * f64::from(factor))
        };
        Place {
            first: packets(PACKETS_PER_HANDSHAKE),
            handshake: packets(PACKETS_PER_HANDSHAKE * FOLLOWING),
            stray: Allowance::new(STRAYS.0, STRAYS.1),
            copy: Allowance::new(STRAYS.0, STRAYS.1),
        }
    }

    fn is_in_use(&mut self) -> bool {
        !(self.first.is_full() && self.handshake.is_full() && self.stray.is_full() && self.copy.is_full())
    }
}

impl Doorstep {
    pub(crate) fn new(limits: &Limits) -> Doorstep {
        let connections_max = u32::try_from(limits.per_address.connections_max).unwrap_or(u32::MAX);
        let handshakes_max = u32::try_from(limits.handshakes_max).unwrap_or(u32::MAX);
        let handshakes_per_second = f64::from(limits.per_address.handshakes_per_second);
        Doorstep {
            places: BTreeMap::new(),
            others: Place::new(connections_max, handshakes_per_second),
            members: BTreeMap::new(),
            together: Allowance::new(
                handshakes_max.saturating_mul(PACKETS_PER_HANDSHAKE),
                handshakes_per_second * ALL_TOGETHER,
            ),
            connections_max,
            handshakes_per_second,
            swept: Instant::now(),
        }
    }

    /// Whether a datagram from this address may have what it wants, which it has spent then.
    pub(crate) fn admits(&mut self, visit: Visit, from: SocketAddr) -> bool {
        let first = visit == Visit::First;
        if first && self.members.get_mut(&from).is_some_and(Allowance::take) {
            return true;
        }
        let place = self.place(from);
        let allowance = match visit {
            Visit::First => &mut place.first,
            Visit::Handshake => &mut place.handshake,
            Visit::Stray => &mut place.stray,
            Visit::Copy => &mut place.copy,
        };
        allowance.take() && (!first || self.together.take())
    }

    /// A member is connected from here.
    pub(crate) fn welcome(&mut self, member: SocketAddr) {
        if self.members.len() >= MEMBERS && !self.members.contains_key(&member) {
            // Who has spent nothing lately has been quiet for longest.
            self.members.retain(|_, allowance| !allowance.is_full());
            if self.members.len() >= MEMBERS {
                self.members.pop_first();
            }
        }
        self.members.entry(member).or_insert_with(|| Allowance::new(OF_MEMBER.0, OF_MEMBER.1));
    }

    /// Somebody at this address has wasted a handshake.
    pub(crate) fn punish(&mut self, address: SocketAddr) {
        self.members.remove(&address);
        self.place(address).first.owe(PENALTY);
    }

    fn place(&mut self, from: SocketAddr) -> &mut Place {
        let address = subscriber(from.ip());
        if self.places.len() >= REMEMBERED && !self.places.contains_key(&address) {
            if self.swept.elapsed() >= SWEEP {
                self.swept = Instant::now();
                self.places.retain(|_, place| place.is_in_use());
            }
            if self.places.len() >= REMEMBERED {
                return &mut self.others;
            }
        }
        let (max, per_second) = (self.connections_max, self.handshakes_per_second);
        self.places.entry(address).or_insert_with(|| Place::new(max, per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::super::limits::PerAddress;
    use super::*;

    fn doorstep(connections_max: usize, handshakes_per_second: u32) -> Doorstep {
        let per_address = PerAddress { connections_max, handshakes_per_second };
        Doorstep::new(&Limits { per_address, ..Limits::default() })
    }

    fn at(host: u8, port: u16) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, host], port))
    }

    fn passed(doorstep: &mut Doorstep, from: SocketAddr) -> usize {
        (0..10_000).filter(|_| doorstep.admits(Visit::First, from)).count()
    }

    #[test]
    fn a_member_comes_back_whoever_else_is_at_its_address_and_others_elsewhere_as_well() {
        let mut doorstep = doorstep(8, 0);
        doorstep.welcome(at(1, 7));
        assert_eq!(passed(&mut doorstep, at(1, 9)), 16, "as much as an address may begin");
        assert_eq!(passed(&mut doorstep, at(1, 8)), 0, "a port is no address");
        assert!(doorstep.admits(Visit::First, at(1, 7)), "the member's share is its own");
        assert_eq!(passed(&mut doorstep, at(2, 9)), 16);
        // A member that breaks the rules is none to the doorstep.
        doorstep.punish(at(1, 7));
        assert!(!doorstep.admits(Visit::First, at(1, 7)));
    }

    #[test]
    fn wasted_handshakes_shorten_the_allowance_until_it_grows_back() {
        let mut doorstep = doorstep(8, 1);
        doorstep.punish(at(1, 1));
        assert_eq!(passed(&mut doorstep, at(1, 1)), 8, "a wasted handshake costs eight");
        (0..1_000).for_each(|_| doorstep.punish(at(1, 1)));
        let later = |doorstep: &mut Doorstep, seconds| doorstep.place(at(1, 1)).first.age(Duration::from_secs(seconds));
        later(&mut doorstep, 7);
        assert_eq!(passed(&mut doorstep, at(1, 1)), 0, "it is in debt");
        later(&mut doorstep, 2);
        assert!(passed(&mut doorstep, at(1, 1)) > 0, "the debt has a bound");
        later(&mut doorstep, 60);
        assert_eq!(passed(&mut doorstep, at(1, 1)), 16);
    }

    #[test]
    fn all_addresses_together_have_a_bound_and_so_have_those_that_are_remembered() {
        let mut doorstep = doorstep(256, 0);
        let spoofed = |number: u32| SocketAddr::from((number.to_be_bytes(), 9));
        let heard = (0..20_000).filter(|number| doorstep.admits(Visit::First, spoofed(*number))).count();
        assert_eq!(heard, 2 * Limits::default().handshakes_max);
        assert!(doorstep.places.len() <= REMEMBERED);
        let members = 3 * MEMBERS as u32;
        (0..members).for_each(|number| doorstep.welcome(spoofed(number)));
        assert!(doorstep.members.len() <= MEMBERS && doorstep.members.contains_key(&spoofed(members - 1)));
    }

    #[test]
    fn resets_and_copies_are_few_and_cost_no_handshakes() {
        let mut doorstep = doorstep(8, 0);
        let strays = (0..1_000).filter(|_| doorstep.admits(Visit::Stray, at(1, 1))).count();
        let copies = (0..1_000).filter(|_| doorstep.admits(Visit::Copy, at(1, 1))).count();
        assert!((64..80).contains(&strays) && (64..80).contains(&copies), "{strays} strays, {copies} copies");
        assert_eq!(passed(&mut doorstep, at(1, 1)), 16);
    }
}
