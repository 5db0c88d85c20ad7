//! What is measured in a ledger scenario, from outside: observations of honest nodes, and their disks at the end.

use std::collections::{BTreeMap, BTreeSet};

use agents::Role;
use contract::{Hash, PeerId, Time, Value};
use ledger::{Command, Ledger, Refusal, Reply, audit::Auditor, observe, store};
use sim_core::{Observed, Replied, World};
use statistics::metrics::coverage;

use super::cast::Company;
use super::economy::{Economy, Traffic};
use super::invariants::Invariants;
use crate::metric::Values;
use crate::system::{Broken, Watcher};

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
    /// When an honest node first accepted a payment of an attacker.
    first_accepted: Option<Time>,
    /// Items that honest nodes rejected.
    rejected: u64,
    /// The blocks that honest nodes were ordered to write.
    ordered: Vec<Hash>,
    /// Whether anybody, honest or not, wrote a payment.
    paid: bool,
    false_accusations: u64,
    economy: Economy,
    invariants: Invariants,
    broken: Option<Broken>,
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
            _ => None,
        });
        let victims = first.chain(second).filter_map(|peer| company.number(&peer)).collect();
        Watch {
            company: company.clone(),
            attack: attacks.iter().map(|(at, _, _)| *at).min(),
            victims,
            first_detection: None,
            informed: BTreeMap::new(),
            accepted: 0,
            first_accepted: None,
            rejected: 0,
            ordered: Vec::new(),
            paid: false,
            false_accusations: 0,
            economy: Economy::new(),
            invariants: Invariants::new(commands.iter().map(|(_, _, command)| command)),
            broken: None,
            horizon,
        }
    }

    /// Checks what must hold at every event.
    fn check(&mut self, world: &World<Ledger>, observed: &Observed) {
        if self.broken.is_some() || !Invariants::concerns(&observed.observation) {
            return;
        }
        let (company, node) = (&self.company, observed.node);
        let endowment = company.shared.founding.endowment(&company.peer(node));
        let honest = |peer: &PeerId| company.number(peer).is_some_and(|number| company.is_honest(number));
        let checked = self.invariants.check(&observed.observation, &world.view(node), endowment, &honest);
        self.broken = checked.err().map(|what| Broken { at: observed.at, event: world.counts().events, node, what });
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

    /// Honest nodes that run at the horizon and have no evidence, although running honest nodes join them to one that has.
    fn uninformed(&self, world: &World<Ledger>) -> usize {
        let runs = |node: &u32| self.company.is_honest(*node) && world.is_up(*node);
        let mut reached: BTreeSet<u32> = self.informed.keys().copied().filter(|node| runs(node)).collect();
        let mut open: Vec<u32> = reached.iter().copied().collect();
        while let Some(node) = open.pop() {
            open.extend(self.company.graph.neighbours(node).filter(|other| runs(other) && reached.insert(*other)));
        }
        reached.iter().filter(|node| !self.informed.contains_key(node)).count()
    }

    /// The share of the other honest nodes on whose disks a block is that an honest node was ordered to write, mean over
    /// these blocks.
    fn coverage(&self, world: &World<Ledger>) -> Option<f64> {
        let honest: Vec<u32> = (0..world.len()).filter(|node| self.company.is_honest(*node)).collect();
        let others = honest.len().checked_sub(1).filter(|others| *others > 0 && !self.ordered.is_empty())?;
        let mut found = 0;
        for node in &honest {
            let stored = store::read(world.durable(*node), world.peer(*node));
            found += stored.blocks.iter().filter(|block| self.ordered.contains(&block.hash())).count();
        }
        coverage(found as u64, (others * self.ordered.len()) as u64)
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
            let stored = store::read(world.durable(node), world.peer(node));
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
    fn observed(&mut self, world: &World<Ledger>, observed: &Observed) {
        self.paid |= observed.observation.name == observe::PAYMENT_SENT;
        if !self.company.is_honest(observed.node) {
            return;
        }
        self.economy.observed(&self.company, observed);
        self.check(world, observed);
        match observed.observation.name.as_ref() {
            observe::CONFLICT_DETECTED => self.accused(observed, true),
            observe::EVIDENCE_LEARNED => self.accused(observed, false),
            observe::PAYMENT_ACCEPTED => {
                let from = peer(observed, "from").and_then(|from| self.company.number(&from));
                if from.is_some_and(|from| !self.company.is_honest(from)) {
                    self.accepted += 1;
                    self.first_accepted.get_or_insert(observed.at);
                }
            }
            observe::REJECTED => self.rejected += 1,
            _ => {}
        }
    }

    fn replied(&mut self, _world: &World<Ledger>, replied: &Replied<Ledger>) {
        if let Reply::Paid { block, .. } | Reply::Written { block, .. } = replied.reply
            && self.company.is_honest(replied.node)
        {
            self.ordered.push(block);
        }
    }

    fn refusal(&self, node: u32, reply: &Reply) -> Option<String> {
        let Reply::Refused { why } = reply else { return None };
        // The honest node in it answers; what it does then is the attack.
        let overdraws = matches!(why, Refusal::Insufficient { .. }) && self.company.roles.of(node) == Role::Overdrafter;
        Some(if overdraws {
            format!("{why}, and an overdrafter signs the payment all the same")
        } else {
            why.to_string()
        })
    }

    fn heeds(&self, node: u32) -> bool {
        self.company.is_honest(node)
    }

    fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    fn finish(self, world: &World<Ledger>) -> Values {
        let auditor = self.audit(world);
        let totals = auditor.as_ref().map(Auditor::totals).unwrap_or_default();
        let book = auditor.as_ref().map(Auditor::book);
        let mut values = self.economy.finish(&self.company, book, &Traffic::of(world), self.horizon);
        values.extend([
            ("accepted", self.accepted as f64),
            ("false_accusations", self.false_accusations as f64),
            ("unconserved", f64::from(u8::from(!totals.conserved()))),
            ("inflation", totals.inflation as f64 / 1e6),
            ("rejected", self.rejected as f64),
        ]);
        values.extend(self.coverage(world).map(|share| ("coverage", share)));
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
            ("uninformed", self.uninformed(world) as f64),
        ]);
        let mut latency = |name, at: Option<Time>| {
            if let Some(at) = at {
                values.insert(name, at.since(attack).as_secs_f64());
            }
        };
        latency("first_detection_s", self.first_detection);
        latency("victims_informed_s", informed);
        if let Some((accepted, informed)) = self.first_accepted.zip(informed) {
            values.insert("damage_window_s", informed.since(accepted).as_secs_f64());
        }
        values
    }
}

fn peer(observed: &Observed, field: &str) -> Option<PeerId> {
    match observed.observation.get(field)? {
        Value::Peer(peer) => Some(*peer),
        _ => None,
    }
}
