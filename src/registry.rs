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
