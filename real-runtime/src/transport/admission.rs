//! Who may come in: members of the network, unless they were expelled, and not too many from one address.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::PeerId;

use super::allowance::Allowance;
use super::limits::PerAddress;
use crate::network::{Network, Role};

/// What decides about admission.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) network: Network,
    expelled: Mutex<BTreeSet<PeerId>>,
    seats: Arc<Seats>,
}

/// Who comes from where.
#[derive(Debug)]
struct Seats {
    places: Mutex<BTreeMap<IpAddr, Place>>,
    max: usize,
    per_second: f64,
}

/// What one address has and may still do.
#[derive(Debug)]
struct Place {
    /// Connections, complete or in their handshake.
    taken: usize,
    /// Handshakes that it may still begin.
    handshakes: Allowance,
}

/// Addresses that are remembered although they have no connection, because they have begun handshakes lately.
const REMEMBERED: usize = 4096;

/// One connection's place among those from its address. It is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Arc<Seats>,
    address: IpAddr,
}

/// What becomes of somebody at the door.
pub(crate) enum Verdict {
    Seated(Seat),
    /// Prove first that the address is yours.
    Prove,
    Crowded,
    /// Too many handshakes were begun lately.
    Hasty,
}

impl Admission {
    /// Members of `network`, of whom no address has more than `limits` says.
    pub(crate) fn new(network: Network, limits: PerAddress) -> Admission {
        let PerAddress { connections_max, handshakes_per_second } = limits;
        let seats = Seats { places: Mutex::default(), max: connections_max, per_second: handshakes_per_second.into() };
        Admission { network, expelled: Mutex::default(), seats: Arc::new(seats) }
    }

    /// Asks for a place. Who has not proved an address takes at most half of what it may have, so that nobody can take all of
    /// an address that is not his.
    pub(crate) fn seat(&self, address: IpAddr, proven: bool) -> Verdict {
        let (seats, address) = (&self.seats, subscriber(address));
        let mut places = seats.places();
        if places.len() >= REMEMBERED && !places.contains_key(&address) {
            places.retain(|_, place| place.is_in_use());
            if places.len() >= REMEMBERED && !proven {
                return Verdict::Prove;
            }
        }
        let place = places.entry(address).or_insert_with(|| Place {
            taken: 0,
            handshakes: Allowance::new(u32::try_from(seats.max).unwrap_or(u32::MAX), seats.per_second),
        });
        if place.taken >= seats.max {
            return Verdict::Crowded;
        }
        let half = seats.max / 2;
        if !proven && (place.taken >= half || place.handshakes.left() <= half as f64) {
            return Verdict::Prove;
        }
        if !place.handshakes.take() {
            return Verdict::Hasty;
        }
        place.taken += 1;
        Verdict::Seated(Seat { seats: seats.clone(), address })
    }

    /// Whether `proof` shows that `peer` is a member, on the connection for which TLS exports `exported`.
    pub(crate) fn admits(&self, exported: &[u8; 32], role: Role, peer: &PeerId, proof: &[u8; 32]) -> bool {
        // Comparison of blake3 hashes takes constant time.
        self.network.proof(exported, role, peer) == *proof
    }

    pub(crate) fn is_expelled(&self, peer: &PeerId) -> bool {
        self.expelled().contains(peer)
    }

    /// Expels exactly these peers from here on.
    pub(crate) fn expel(&self, peers: BTreeSet<PeerId>) {
        *self.expelled() = peers;
    }

    fn expelled(&self) -> MutexGuard<'_, BTreeSet<PeerId>> {
        self.expelled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose address it is: in version 6 of IP a subscriber has all that begin with the same 64 bits.
pub(crate) fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & !u128::from(u64::MAX)).into(),
        address => address,
    }
}

impl Place {
    fn is_in_use(&mut self) -> bool {
        self.taken > 0 || !self.handshakes.is_full()
    }
}

impl Seats {
    fn places(&self) -> MutexGuard<'_, BTreeMap<IpAddr, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(place) = self.seats.places().get_mut(&self.address) {
            place.taken -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn admission(connections_max: usize, handshakes_per_second: u32) -> Admission {
        let limits = PerAddress { connections_max, handshakes_per_second };
        Admission::new(Network::from_secret(Zeroizing::new([1; 32])), limits)
    }

    impl Admission {
        fn ask(&self, address: IpAddr, proven: bool) -> Result<Seat, &'static str> {
            match self.seat(address, proven) {
                Verdict::Seated(seat) => Ok(seat),
                Verdict::Prove => Err("prove"),
                Verdict::Crowded => Err("crowded"),
                Verdict::Hasty => Err("hasty"),
            }
        }
    }

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 2));

    #[test]
    fn an_address_has_so_many_seats_and_half_of_them_for_the_unproven() {
        // An allowance that grows back at once.
        let admission = admission(4, u32::MAX);
        let mut seats: Vec<Seat> = (0..2).map(|_| admission.ask(HERE, false).expect("there is room")).collect();
        assert_eq!(admission.ask(HERE, false).err(), Some("prove"));
        seats.extend((0..2).map(|_| admission.ask(HERE, true).expect("there is room")));
        assert_eq!(admission.ask(HERE, true).err(), Some("crowded"));
        assert!(admission.ask(THERE, false).is_ok());
        seats.pop();
        assert!(admission.ask(HERE, true).is_ok());
    }

    #[test]
    fn an_address_begins_so_many_handshakes_and_half_of_them_without_a_proof() {
        let admission = admission(8, 0);
        assert!((0..4).all(|_| admission.ask(HERE, false).is_ok()), "each is over at once");
        assert_eq!(admission.ask(HERE, false).err(), Some("prove"));
        assert!((0..4).all(|_| admission.ask(HERE, true).is_ok()));
        assert_eq!(admission.ask(HERE, true).err(), Some("hasty"));
        assert!(admission.ask(THERE, true).is_ok());
    }

    #[test]
    fn a_subscriber_has_one_place_whatever_address_he_takes() {
        let admission = admission(2, 0);
        let six = |last: u16, subscriber: u16| IpAddr::from([0x2001, 0xdb8, 0, subscriber, 0, 0, 0, last]);
        assert!(admission.ask(six(1, 1), true).is_ok() && admission.ask(six(2, 1), true).is_ok());
        assert_eq!(admission.ask(six(3, 1), true).err(), Some("hasty"));
        assert!(admission.ask(six(3, 2), true).is_ok());
        // Version 4 within version 6 is version 4.
        let mapped = std::net::Ipv4Addr::new(127, 0, 0, 1).to_ipv6_mapped();
        assert!(admission.ask(HERE, true).is_ok() && admission.ask(mapped.into(), true).is_ok());
        assert_eq!(admission.ask(HERE, true).err(), Some("hasty"));
    }

    #[test]
    fn addresses_are_forgotten_and_those_that_are_remembered_have_a_bound() {
        let address = |number: u32| IpAddr::from(number.to_be_bytes());
        let quick = admission(2, u32::MAX);
        assert!((0..20_000).all(|number| quick.ask(address(number), false).is_ok()));
        assert!(quick.seats.places().len() <= REMEMBERED);
        // None is forgotten while its allowance is in use; then only the proven get in.
        let slow = admission(4, 0);
        assert!((0..REMEMBERED as u32).all(|number| slow.ask(address(number), false).is_ok()));
        assert_eq!(slow.ask(address(99_999), false).err(), Some("prove"));
        assert!(slow.ask(address(99_999), true).is_ok());
    }
}
