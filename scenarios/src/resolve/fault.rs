//! What goes wrong, and when.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::raw::Spanned;
use contract::{Seed, Span, Time};
use net_model::{BadNetwork, Fault as NetworkFault, Network, Profile, Seeds};
use sim_core::Fault;

use super::names::Names;
use super::time;
use crate::raw::RawFault;
use crate::source::{BadScenario, closest};

type Faults = (Vec<NetworkFault>, Vec<(Time, Fault)>);

impl Names<'_> {
    pub(super) fn faults(&self, raw: &[Spanned<RawFault>]) -> Result<Faults, BadScenario> {
        let (mut partitions, mut faults) = (Vec::new(), Vec::new());
        for fault in raw {
            let (place, fault) = (fault.span(), fault.get_ref());
            let from = self.moment(&fault.from)?;
            let until = fault.until.as_ref().map(|until| time(self.source, until)).transpose()?;
            if until.is_some_and(|until| until <= from) {
                let place = fault.until.as_ref().map_or(place, Spanned::span);
                return Err(self.source.error(
                    place,
                    "the fault ends before it begins",
                    "`until` is later than `from`",
                ));
            }
            match fault.kind.get_ref().as_str() {
                "partition" => partitions.push(self.partition(fault, place, from, until)?),
                "crash" => faults.extend(self.crash(fault, place, from, until)?),
                other => {
                    let hint = closest(other, ["partition", "crash"].into_iter()).unwrap_or_default();
                    return Err(self.source.error(fault.kind.span(), format!("no fault `{other}`"), hint));
                }
            }
        }
        Ok((partitions, faults))
    }

    fn partition(
        &self,
        fault: &RawFault,
        place: Range<usize>,
        from: Time,
        until: Option<Time>,
    ) -> Result<NetworkFault, BadScenario> {
        let (Some([left, right]), Some(until), None) = (&fault.sides, until, &fault.node) else {
            let hint = "write `sides = [[\"a\"], [\"b\"]]`, `from` and `until`";
            return Err(self.source.error(place, "a partition has two sides and an end", hint));
        };
        let side = |names: &[Spanned<String>]| -> Result<BTreeSet<u32>, BadScenario> {
            let ranges: Vec<_> = names.iter().map(|name| self.nodes(name)).collect::<Result<_, _>>()?;
            Ok(ranges.into_iter().flatten().collect())
        };
        let [lefts, rights] = [side(left)?, side(right)?];
        for name in right {
            if self.nodes(name)?.any(|node| lefts.contains(&node)) {
                let message = format!("`{}` is on the other side as well", name.get_ref());
                return Err(self.source.error(name.span(), message, "put each node on one side"));
            }
        }
        let groups = [lefts, rights].map(|nodes| nodes.into_iter().collect());
        let partition = NetworkFault::partition(from, until, groups);
        let nodes = self.populations.iter().map(|population| population.count).sum();
        self.check_partition(&partition, nodes).map_err(|error| {
            let message = error.to_string();
            let message = message.strip_prefix("fault 0: ").unwrap_or(&message);
            let (what, hint) =
                message.split_once(": ").unwrap_or((message, "give two sides, an earlier `from` and a later `until`"));
            self.source.error(place, what, hint)
        })?;
        Ok(partition)
    }

    /// Asks the network model, which is the judge of what a partition may be.
    fn check_partition(&self, partition: &NetworkFault, nodes: u32) -> Result<(), BadNetwork> {
        let (seed, profile) = (Seed::from_number(0), Profile::exponential(Span::ZERO, Span::ZERO));
        Network::new(&profile, nodes, vec![partition.clone()], Seeds { world: seed, noise: seed }).map(drop)
    }

    fn crash(
        &self,
        fault: &RawFault,
        place: Range<usize>,
        from: Time,
        until: Option<Time>,
    ) -> Result<Vec<(Time, Fault)>, BadScenario> {
        let (Some(name), None) = (&fault.node, &fault.sides) else {
            return Err(self.source.error(place, "a crash is of one node", "write `node = \"name\"`"));
        };
        let node = self.node(name)?;
        let restart = until.map(|until| (until, Fault::Restart { node }));
        Ok(std::iter::once((from, Fault::Crash { node })).chain(restart).collect())
    }
}
