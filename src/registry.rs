//! The protocols that a program knows: in scenarios, and live.

use std::collections::BTreeMap;
use std::panic::Location;

use real_runtime::admin::Served;
use scenarios::System;
use scenarios::own::Own;

use crate::node::Live;

/// What a program knows.
#[derive(Default)]
pub struct Registry {
    pub(crate) systems: scenarios::Registry,
    pub(crate) live: BTreeMap<&'static str, Box<dyn Live>>,
    ids: BTreeMap<u16, &'static str>,
    mistakes: Vec<String>,
}

/// Protocols that come with `dunbar` have smaller numbers.
const FIRST_ID: u16 = 0x1000;

impl Registry {
    /// The protocols that come with `dunbar`.
    pub fn standard() -> Registry {
        Registry { systems: scenarios::systems::registry(), ..Registry::default() }
    }

    /// Adds a protocol: its scenarios run, its traces are replayed, and its nodes run live.
    ///
    /// Its name and its number are its own, and so is each name in it: [`main`](crate::main) refuses to begin otherwise.
    #[must_use]
    #[track_caller]
    pub fn protocol<P>(mut self, own: Own<P>) -> Registry
    where
        P: Served,
    {
        let (name, id, here) = (P::NAME, P::ID, Location::caller());
        if id < FIRST_ID {
            let why = "numbers below 0x1000 are those of dunbar's own protocols";
            self.mistakes.push(format!("the protocol `{name}`, registered at {here}, has the ID {id:#06x}; {why}"));
        }
        if let Some(other) = self.ids.insert(id, name).filter(|other| *other != name) {
            self.mistakes
                .push(format!("the protocols `{other}` and `{name}`, registered at {here}, have one ID, {id:#06x}"));
        }
        self.live.insert(name, Box::new(own.clone()));
        self.system(own)
    }

    /// Adds a system that does everything itself, for scenarios only.
    #[must_use]
    #[track_caller]
    pub fn system(mut self, system: impl System + 'static) -> Registry {
        self.systems = self.systems.with(system);
        self
    }

    /// What is wrong with what was registered, in words.
    pub(crate) fn mistakes(&self) -> Option<String> {
        let all: Vec<&str> = self.systems.mistakes().iter().chain(&self.mistakes).map(String::as_str).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use contract::{Kind, Protocol, Wire};

    use super::*;

    /// A protocol with this number, under one of two names.
    #[derive(Clone, Debug, PartialEq)]
    struct Toy<const ID: u16, const OTHER: bool>;

    impl<const ID: u16, const OTHER: bool> Protocol for Toy<ID, OTHER> {
        const NAME: &'static str = if OTHER { "other" } else { "ledger" };
        const ID: u16 = ID;
        const VERSION: u16 = 1;
        type Message = Hello;
        type Timer = u8;
        type Command = ();
        type Reply = ();
        type View = ();
    }

    #[derive(Clone, Debug, PartialEq, borsh::BorshSerialize, borsh::BorshDeserialize)]
    struct Hello;

    impl Wire for Hello {
        fn kind(&self) -> Kind {
            Kind::Datagram
        }
    }

    #[test]
    fn names_and_numbers_that_are_taken_are_mistakes() {
        let said = |registry: Registry| registry.mistakes().unwrap_or_default();
        let other = || Registry::standard().protocol(Own::<Toy<0x1000, true>>::new());
        assert_eq!(said(Registry::standard()), "");
        assert_eq!(said(other()), "");
        assert!(said(other().protocol(Own::<Toy<0x1001, false>>::new())).contains("two protocols are called `ledger`"));
        let same = said(other().protocol(Own::<Toy<0x1000, true>>::new()));
        assert!(same.contains("two protocols are called `other`, registered at src/registry.rs:"), "{same}");
        let low = said(Registry::standard().protocol(Own::<Toy<1, true>>::new()));
        assert!(low.contains("has the ID 0x0001; numbers below 0x1000"), "{low}");
        let shared = said(other().protocol(Own::<Toy<0x1000, false>>::new()));
        assert!(
            shared.contains("the protocols `other` and `ledger`") && shared.contains("have one ID, 0x1000"),
            "{shared}"
        );
    }
}
