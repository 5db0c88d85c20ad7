//! What is measured in a ledger scenario, from outside: observations of honest nodes, and their disks at the end.

use std::collections::{BTreeMap, BTreeSet};

use contract::{PeerId, Time, Value};
use ledger::{Command, Ledger, audit::Auditor, observe, store};
use sim_core::{Observed, Replied, World};

use super::cast::Company;
use super::economy::Economy;
use crate::metric::Values;
use crate::system::Watcher;

/// Who learned what, and when.
pub(super) struct Watch {
    company: Company,
    /// When the first attacker was told to pay.
    attack: Option<Time>,
    victims: BTreeSet<u32>,
    first_detection: Option<Time>,
    /// When each honest node first had evidence against an attacker.
    informed: BTreeMap<u32, Time>,
    accepted: u64,
    /// Whether anybody, honest or not, wrote a payment.
    paid: bool,
    false_accusations: u64,
    economy: Economy,
    horizon: Time,
}

impl Watch {
    pub(super) fn new(company: &Company, commands: &[(Time, u32, Command)], horizon: Time) -> Watch {
        let attacks: Vec<_> = commands.iter().filter(|(_, node, _)| !company.is_honest(*node)).collect();
        let first = attacks.iter().filter_map(|(_, _, command)| match command {
            Command::Pay { to, .. } => Some(*to),
            _ => None,
        });
        let second = attacks.iter().filter_map(|(_, node, _)| match company.roles.of(*node) {
            agents::Role::DoubleSpender(plan) => Some(plan.second),
            agents::Role::Honest => None,
        });
        let victims = first.chain(second).filter_map(|peer| company.number(&peer)).collect();
        Watch {
            company: company.clone(),
            attack: attacks.iter().map(|(at, _, _)| *at).min(),
            victims,
            first_detection: None,
            informed: BTreeMap::new(),
            accepted: 0,
            paid: false,
            false_accusations: 0,
            economy: Economy::new(),
            horizon,
        }
    }

    fn accused(&mut self, observed: &Observed, detected: bool) {
        let Some(owner) = peer(observed, "owner").and_then(|owner| self.company.number(&owner)) else { return };
        if self.company.is_honest(owner) {
            self.false_accusations += 1;
            return;
        }
        self.informed.entry(observed.node).or_insert(observed.at);
        if detected {
            self.first_detection.get_or_insert(observed.at);
        }
    }

    /// Whether links among honest nodes join all victims.
    fn victims_connected(&self) -> bool {
        let Some(first) = self.victims.first() else { return false };
        let (mut reached, mut open) = (BTreeSet::from([*first]), vec![*first]);
        while let Some(node) = open.pop() {
            let neighbours = self.company.graph.neighbours(node).filter(|other| self.company.is_honest(*other));
            open.extend(neighbours.filter(|other| reached.insert(*other)));
        }
        self.victims.is_subset(&reached)
    }

    /// When the last victim had evidence.
    fn victims_informed(&self) -> Option<Time> {
        let times = self.victims.iter().map(|victim| self.informed.get(victim).copied());
        times.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// What somebody knows who reads every honest disk. Where nobody paid, nothing moved, and nothing is read.
    fn audit(&self, world: &World<Ledger>) -> Option<Auditor<'_>> {
        if !self.paid {
            return None;
        }
        let mut auditor = Auditor::new(&self.company.shared);
        for node in (0..world.len()).filter(|node| self.company.is_honest(*node)) {
            let stored = store::read(&world.durable(node), world.peer(node));
            // What an honest node wrote is valid; if it is not, the sums do not add up.
            for block in stored.own.iter().chain(&stored.blocks) {
                let _ = auditor.see(block);
            }
            for agreement in &stored.agreements {
                let _ = auditor.see_agreement(agreement);
            }
            for evidence in &stored.evidence {
                let _ = auditor.see_evidence(evidence);
            }
        }
        Some(auditor)
    }
}

impl Watcher<Ledger> for Watch {
    fn observed(&mut self, _world: &World<Ledger>, observed: &Observed) {
        self.paid |= observed.observation.name == observe::PAYMENT_SENT;
        if !self.company.is_honest(observed.node) {
            return;
        }
        self.economy.observed(&self.company, observed);
        match observed.observation.name.as_ref() {
            observe::CONFLICT_DETECTED => self.accused(observed, true),
            observe::EVIDENCE_LEARNED => self.accused(observed, false),
            observe::PAYMENT_ACCEPTED => {
                let from = peer(observed, "from").and_then(|from| self.company.number(&from));
                self.accepted += u64::from(from.is_some_and(|from| !self.company.is_honest(from)));
            }
            _ => {}
        }
    }

    fn replied(&mut self, _world: &World<Ledger>, _replied: &Replied<Ledger>) {}

    fn heeds(&self, node: u32) -> bool {
        self.company.is_honest(node)
    }

    fn finish(self, world: &World<Ledger>) -> Values {
        let auditor = self.audit(world);
        let totals = auditor.as_ref().map(Auditor::totals).unwrap_or_default();
        let book = auditor.as_ref().map(Auditor::book);
        let mut values = self.economy.finish(&self.company, book, world.counts(), self.horizon);
        values.extend([
            ("accepted", self.accepted as f64),
            ("false_accusations", self.false_accusations as f64),
            ("unconserved", f64::from(u8::from(!totals.conserved()))),
            ("inflation", totals.inflation as f64 / 1e6),
        ]);
        let Some(attack) = self.attack else { return values };
        let flag = |flag: bool| f64::from(u8::from(flag));
        let honest = (0..world.len()).filter(|node| self.company.is_honest(*node)).count();
        let (connected, detected) = (self.victims_connected(), self.first_detection.is_some());
        let informed = self.victims_informed();
        values.extend([
            ("connected", flag(connected)),
            ("detected", flag(detected)),
            ("missed", flag(connected && !detected)),
            ("victims_informed", flag(informed.is_some())),
            ("spread", self.informed.len() as f64 / honest as f64),
        ]);
        let mut latency = |name, at: Option<Time>| {
            if let Some(at) = at {
                values.insert(name, at.since(attack).as_secs_f64());
            }
        };
        latency("first_detection_s", self.first_detection);
        latency("victims_informed_s", informed);
        values
    }
}

fn peer(observed: &Observed, field: &str) -> Option<PeerId> {
    match observed.observation.get(field)? {
        Value::Peer(peer) => Some(*peer),
        _ => None,
    }
}
