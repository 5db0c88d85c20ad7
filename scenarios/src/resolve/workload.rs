//! Workloads: who, how often, and what is drawn.

use contract::units::parse_frequency;
use contract::{Span, Time};

use super::names::Names;
use super::{quantity, span};
use crate::quantity::Quantity;
use crate::raw::{RawDraw, RawWorkload, Spanned};
use crate::source::{BadScenario, closest};
use crate::workload::{COMMANDS_MAX, Distribution, Draw, Pace, Workload};

const EXAMPLE: &str = "write text with a unit, such as \"10 OMC\" or \"1.5 s\", or a whole number";

impl Names<'_> {
    pub(super) fn workloads(&self, raw: &[RawWorkload]) -> Result<Vec<Workload>, BadScenario> {
        let mut workloads: Vec<Workload> = Vec::new();
        let mut expected = 0u64;
        for one in raw {
            let name = one.name.get_ref();
            if workloads.iter().any(|other| other.name == *name) {
                let what = format!("there are two workloads `{name}`");
                return Err(self.source.error(one.name.span(), what, "give each its own name"));
            }
            let workload = self.workload(one)?;
            expected = expected.saturating_add(workload.expected());
            if expected > COMMANDS_MAX {
                let what = format!("some {expected} commands in a run");
                let hint = format!("at most {COMMANDS_MAX}: choose a lower rate, a `count` or an earlier `until`");
                return Err(self.source.error(one.name.span(), what, hint));
            }
            workloads.push(workload);
        }
        Ok(workloads)
    }

    fn workload(&self, raw: &RawWorkload) -> Result<Workload, BadScenario> {
        let by = self.nodes(&raw.by)?;
        let from = raw.from.as_ref().map_or(Ok(Time::ZERO), |from| self.moment(from))?;
        let until = raw.until.as_ref().map_or(Ok(self.horizon), |until| self.moment(until))?;
        if until <= from {
            let place = raw.until.as_ref().or(raw.from.as_ref()).map_or(raw.name.span(), Spanned::span);
            return Err(self.source.error(place, "the workload ends before it begins", "`until` is later than `from`"));
        }
        let draws = raw.draw.iter().map(|(name, draw)| Ok((name.get_ref().clone(), self.draw(name, draw)?)));
        let draws = draws.collect::<Result<Vec<_>, BadScenario>>()?;
        self.used(raw, &draws)?;
        let workload = Workload {
            name: raw.name.get_ref().clone(),
            by,
            pace: self.pace(raw)?,
            span: (from, until),
            count: raw.count.as_ref().map_or(u32::MAX, |count| *count.get_ref()),
            command: raw.command.get_ref().clone(),
            place: raw.command.span(),
            draws,
        };
        self.others(raw, &workload)?;
        Ok(workload)
    }

    fn pace(&self, raw: &RawWorkload) -> Result<Pace, BadScenario> {
        match (&raw.rate, &raw.every) {
            (Some(rate), None) => {
                let gap = quantity(self.source, rate, parse_frequency)?;
                let gap = gap.ok_or_else(|| {
                    self.source.error(rate.span(), "a rate of nothing", "leave the workload out, or choose a rate")
                })?;
                Ok(Pace::Poisson(gap))
            }
            (None, Some(every)) => {
                let gap = span(self.source, every)?;
                if gap == Span::ZERO {
                    return Err(self.source.error(every.span(), "commands at no distance", "choose a longer time"));
                }
                Ok(Pace::Regular(gap))
            }
            (Some(_), Some(every)) => {
                let hint = "`rate` is random, `every` is regular: choose one";
                Err(self.source.error(every.span(), "a workload has a rate or a regular distance, not both", hint))
            }
            (None, None) => {
                let hint = "add `rate = \"0.5 /s\"` or `every = \"10 s\"`";
                Err(self.source.error(raw.name.span(), "a workload without a pace", hint))
            }
        }
    }

    fn draw(&self, name: &Spanned<String>, raw: &Spanned<RawDraw>) -> Result<Draw, BadScenario> {
        let RawDraw { node, choice, uniform, exponential, log_normal, pareto, at_least, at_most } = raw.get_ref();
        let mut found: Vec<Distribution> = Vec::new();
        if let Some(names) = node {
            found.push(Distribution::Node(self.named(name, names)?));
        }
        if let Some(values) = choice {
            if values.is_empty() {
                return Err(self.source.error(raw.span(), "a choice of nothing", "give at least one value"));
            }
            found.push(Distribution::Choice(values.clone()));
        }
        if let Some([low, high]) = uniform.as_deref() {
            let (from, to) = (self.quantity(low)?, self.like(high, self.quantity(low)?)?);
            if from.value > to.value {
                return Err(self.source.error(high.span(), "the range is empty", "write the smaller value first"));
            }
            found.push(Distribution::Uniform(from, to));
        }
        if let Some(mean) = exponential {
            found.push(Distribution::Exponential(self.quantity(mean)?));
        }
        if let Some(raw) = log_normal {
            found.push(Distribution::LogNormal(self.quantity(&raw.median)?, self.positive(&raw.sigma)?));
        }
        if let Some(raw) = pareto {
            found.push(Distribution::Pareto(self.quantity(&raw.minimum)?, self.positive(&raw.alpha)?));
        }
        let kinds = "node, choice, uniform, exponential, log_normal, pareto";
        let (Some(of), None) = (found.pop(), found.pop()) else {
            let what = format!("`{}` is drawn from one distribution", name.get_ref());
            return Err(self.source.error(raw.span(), what, format!("choose one of {kinds}")));
        };
        let like = match &of {
            Distribution::Uniform(quantity, _)
            | Distribution::Exponential(quantity)
            | Distribution::LogNormal(quantity, _)
            | Distribution::Pareto(quantity, _) => Some(*quantity),
            Distribution::Node(_) | Distribution::Choice(_) => None,
        };
        let bound = |bound: &Option<Spanned<toml::Value>>, default: u64| match (bound, like) {
            (None, _) => Ok(default),
            (Some(bound), Some(like)) => self.like(bound, like).map(|quantity| quantity.value),
            (Some(bound), None) => {
                Err(self.source.error(bound.span(), "there is no order in what is drawn", "remove it"))
            }
        };
        // TOML has no integer beyond this.
        let bounds = (bound(at_least, 0)?, bound(at_most, i64::MAX as u64)?);
        if bounds.0 > bounds.1 {
            let place = at_least.as_ref().map_or(raw.span(), Spanned::span);
            return Err(self.source.error(
                place,
                "nothing is within these bounds",
                "`at_least` is not above `at_most`",
            ));
        }
        Ok(Draw { of, bounds })
    }

    /// The nodes of some names, each once, with a name for each.
    fn named(&self, name: &Spanned<String>, names: &[Spanned<String>]) -> Result<Vec<(u32, String)>, BadScenario> {
        let mut nodes = std::collections::BTreeMap::new();
        for name in names {
            for node in self.nodes(name)? {
                nodes.insert(node, self.name(node));
            }
        }
        if nodes.is_empty() {
            return Err(self.source.error(name.span(), "a choice of nobody", "name a population"));
        }
        Ok(nodes.into_iter().collect())
    }

    /// A node is never drawn for itself, so there has to be another one.
    fn others(&self, raw: &RawWorkload, workload: &Workload) -> Result<(), BadScenario> {
        for (name, draw) in &workload.draws {
            let Distribution::Node(nodes) = &draw.of else { continue };
            if let [(only, called)] = nodes.as_slice()
                && workload.by.contains(only)
            {
                let place = raw.draw.iter().find(|(key, _)| key.get_ref() == name).map_or(0..0, |(key, _)| key.span());
                let what = format!("`{called}` is the only choice, also for itself");
                return Err(self.source.error(place, what, "name a population with more nodes"));
            }
        }
        Ok(())
    }

    /// What is drawn is used, and what is used is drawn.
    fn used(&self, raw: &RawWorkload, draws: &[(String, Draw)]) -> Result<(), BadScenario> {
        let mut used = Vec::new();
        variables(&toml::Value::Table(raw.command.get_ref().clone()), &mut used);
        let known = || draws.iter().map(|(name, _)| name.as_str());
        if let Some(unknown) = used.iter().find(|name| known().all(|known| known != name.as_str())) {
            let hint = closest(unknown, known()).unwrap_or_else(|| format!("add `draw.{unknown} = {{ … }}`"));
            return Err(self.source.error(raw.command.span(), format!("nothing draws `${unknown}`"), hint));
        }
        match raw.draw.keys().find(|name| !used.contains(name.get_ref())) {
            None => Ok(()),
            Some(idle) => {
                let what = format!("the command does not use `{}`", idle.get_ref());
                Err(self.source.error(
                    idle.span(),
                    what,
                    format!("write \"${}\" in it, or remove this", idle.get_ref()),
                ))
            }
        }
    }

    fn quantity(&self, value: &Spanned<toml::Value>) -> Result<Quantity, BadScenario> {
        let what = || format!("`{}` is no quantity", value.get_ref().to_string().trim_matches('"'));
        Quantity::of(value.get_ref()).ok_or_else(|| self.source.error(value.span(), what(), EXAMPLE))
    }

    fn like(&self, value: &Spanned<toml::Value>, like: Quantity) -> Result<Quantity, BadScenario> {
        let quantity = self.quantity(value)?;
        if quantity.unit != like.unit {
            let what = format!("{quantity} and {like} are of different kinds");
            return Err(self.source.error(value.span(), what, "write the same unit"));
        }
        Ok(quantity)
    }

    fn positive(&self, value: &Spanned<f64>) -> Result<f64, BadScenario> {
        match *value.get_ref() {
            number if number.is_finite() && number > 0.0 => Ok(number),
            _ => Err(self.source.error(value.span(), "it is above zero", "write a number such as 1.0")),
        }
    }
}

/// The names after `$` in the texts of a value.
fn variables(value: &toml::Value, found: &mut Vec<String>) {
    match value {
        toml::Value::String(text) => found.extend(text.strip_prefix('$').map(str::to_owned)),
        toml::Value::Table(table) => table.values().for_each(|value| variables(value, found)),
        toml::Value::Array(values) => values.iter().for_each(|value| variables(value, found)),
        _ => {}
    }
}
