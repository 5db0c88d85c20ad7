//! The protocols that a program knows: in scenarios, and live.

use std::collections::BTreeMap;

use real_runtime::admin::Served;
use scenarios::System;
use scenarios::own::Own;

use crate::node::Live;

/// What a program knows.
#[derive(Default)]
pub struct Registry {
    pub(crate) systems: scenarios::Registry,
    pub(crate) live: BTreeMap<&'static str, Box<dyn Live>>,
}

impl Registry {
    /// The protocols that come with `dunbar`.
    pub fn standard() -> Registry {
        Registry { systems: scenarios::systems::registry(), live: BTreeMap::new() }
    }

    /// Adds a protocol: its scenarios run, its traces are replayed, and its nodes run live.
    #[must_use]
    pub fn protocol<P>(mut self, own: Own<P>) -> Registry
    where
        P: Served,
    {
        self.live.insert(P::NAME, Box::new(own.clone()));
        self.system(own)
    }

    /// Adds a system that does everything itself, for scenarios only.
    #[must_use]
    pub fn system(mut self, system: impl System + 'static) -> Registry {
        self.systems = self.systems.with(system);
        self
    }
}
