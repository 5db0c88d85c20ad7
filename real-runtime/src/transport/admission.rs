//! Who may come in: members of the network, unless they were expelled, and not too many from one address.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contract::PeerId;

use crate::network::{Network, Role};

/// What decides about admission.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) network: Network,
    expelled: Mutex<BTreeSet<PeerId>>,
    seats: Arc<Seats>,
}

/// How many connections, complete or in their handshake, come from which address.
#[derive(Debug)]
struct Seats {
    taken: Mutex<BTreeMap<IpAddr, usize>>,
    max: usize,
}

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
}

impl Admission {
    pub(crate) fn new(network: Network, per_address: usize) -> Admission {
        let seats = Arc::new(Seats { taken: Mutex::default(), max: per_address });
        Admission { network, expelled: Mutex::default(), seats }
    }

    /// Asks for a place. Who has not proved an address takes at most half of its places, so that nobody can take all places
    /// of an address that is not his.
    pub(crate) fn seat(&self, address: IpAddr, proven: bool) -> Verdict {
        let mut taken = self.seats.taken();
        let count = taken.get(&address).copied().unwrap_or(0);
        if count >= self.seats.max {
            return Verdict::Crowded;
        }
        if !proven && count >= self.seats.max / 2 {
            return Verdict::Prove;
        }
        taken.insert(address, count + 1);
        Verdict::Seated(Seat { seats: self.seats.clone(), address })
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

impl Seats {
    fn taken(&self) -> MutexGuard<'_, BTreeMap<IpAddr, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        match taken.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    #[test]
    fn an_address_has_so_many_seats_and_half_of_them_for_the_unproven() {
        let admission = Admission::new(Network::from_secret(Zeroizing::new([1; 32])), 4);
        let (here, there) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let seat = |address, proven| match admission.seat(address, proven) {
            Verdict::Seated(seat) => Ok(seat),
            Verdict::Prove => Err("prove"),
            Verdict::Crowded => Err("crowded"),
        };
        let mut seats: Vec<Seat> = (0..2).map(|_| seat(here, false).expect("there is room")).collect();
        assert_eq!(seat(here, false).err(), Some("prove"));
        seats.extend((0..2).map(|_| seat(here, true).expect("there is room")));
        assert_eq!(seat(here, true).err(), Some("crowded"));
        assert!(seat(there, false).is_ok());
        seats.pop();
        assert!(seat(here, true).is_ok());
        drop(seats);
        assert!(admission.seats.taken().is_empty());
    }
}
