//! What goes wrong, and when: each kind of fault has keys that it needs and keys that it may have.

use std::ops::Range;

use contract::units::parse_frequency;
use contract::{Span, Time};
use net_model::Harm;

use super::names::Names;
use super::{quantity, span, time};
use crate::fault::{FaultSpec, Ill, Lasting, Law, OCCURRENCES_MAX, Pick, Selection, What, When};
use crate::raw::{RawFault, RawFaults, RawLasting, Spanned};
use crate::source::{BadScenario, closest};

/// The kinds, and the keys that each knows beside `kind`, `from` and `until`.
const KINDS: [(&str, &[&str]); 11] = [
    ("partition", &["sides", "one_way", "rate", "lasts"]),
    ("latency", &["sides", "one_way", "nodes", "factor", "rate", "lasts"]),
    ("loss", &["sides", "one_way", "nodes", "probability", "rate", "lasts"]),
    ("bandwidth", &["sides", "one_way", "nodes", "factor", "rate", "lasts"]),
    ("crash", &["node", "nodes", "rate", "lasts"]),
    ("pause", &["node", "nodes", "rate", "lasts"]),
    ("clock-step", &["node", "nodes", "by", "rate"]),
    ("clock-drift", &["node", "nodes", "by", "rate", "lasts"]),
    ("churn", &["nodes", "session", "gap"]),
    ("eclipse", &["node", "attackers"]),
    ("swarm", &["nodes", "rate", "lasts"]),
];
/// The most sessions that nodes of one churn may end in a run, as expected.
const SESSIONS_MAX: f64 = 4e6;
/// How many faults a swarm has on average, and which part of its time each lasts, unless the scenario says so.
const SWARM: u64 = 20;

impl Names<'_> {
    pub(super) fn faults(&self, raw: &RawFaults) -> Result<Vec<FaultSpec>, BadScenario> {
        match raw {
            RawFaults::Listed(faults) => faults.iter().map(|fault| self.fault(fault)).collect(),
            RawFaults::Swarm => {
                let window = self.horizon.since(Time::ZERO);
                let every = share(window);
                let when = When::Drawn { from: Time::ZERO, until: self.horizon, every, lasts: every };
                Ok(vec![FaultSpec { when, what: What::Swarm { who: Selection::everyone() } }])
            }
        }
    }

    fn fault(&self, spanned: &Spanned<RawFault>) -> Result<FaultSpec, BadScenario> {
        let (place, raw) = (spanned.span(), spanned.get_ref());
        let kind = raw.kind.get_ref().as_str();
        let Some((_, keys)) = KINDS.iter().find(|(name, _)| *name == kind) else {
            let hint = closest(kind, KINDS.iter().map(|(name, _)| *name)).unwrap_or_default();
            return Err(self.source.error(raw.kind.span(), format!("no fault `{kind}`"), hint));
        };
        self.foreign_keys(raw, kind, keys)?;
        let when = self.when(raw, kind)?;
        let fault = At { names: self, raw, kind, place };
        Ok(FaultSpec { what: fault.what(&when)?, when })
    }

    /// A key that the kind does not use is a mistake, not a decoration.
    fn foreign_keys(&self, raw: &RawFault, kind: &str, keys: &[&str]) -> Result<(), BadScenario> {
        let given = given(raw).into_iter().filter_map(|(key, place)| Some((key, place?)));
        for (key, place) in given {
            if !keys.contains(&key) {
                let owners: Vec<String> =
                    KINDS.iter().filter(|(_, keys)| keys.contains(&key)).map(|(name, _)| format!("`{name}`")).collect();
                let hint = format!("it belongs to {}; `{kind}` knows {}", owners.join(", "), keys.join(", "));
                return Err(self.source.error(place, format!("a fault `{kind}` has no `{key}`"), hint));
            }
        }
        Ok(())
    }

    fn when(&self, raw: &RawFault, kind: &str) -> Result<When, BadScenario> {
        let from = raw.from.as_ref().map_or(Ok(Time::ZERO), |from| self.moment(from))?;
        let until = raw.until.as_ref().map(|until| time(self.source, until)).transpose()?;
        if let (Some(end), Some(written)) = (until, &raw.until)
            && end <= from
        {
            return Err(self.source.error(
                written.span(),
                "the fault ends before it begins",
                "`until` is later than `from`",
            ));
        }
        if kind == "swarm" || raw.rate.is_some() {
            return self.drawn(raw, from, until.unwrap_or(self.horizon).min(self.horizon));
        }
        match (&raw.lasts, kind) {
            (Some(lasts), _) => {
                let hint = "give a `rate`, or say when it ends with `until`";
                Err(self.source.error(lasts.span(), "`lasts` is for faults whose moments are drawn", hint))
            }
            (None, "clock-step") if raw.until.is_some() => {
                let place = raw.until.as_ref().map_or(0..0, Spanned::span);
                Err(self.source.error(place, "a clock's step has no end", "remove `until`, or add a step back"))
            }
            _ => Ok(When::Once { from, until }),
        }
    }

    fn drawn(&self, raw: &RawFault, from: Time, until: Time) -> Result<When, BadScenario> {
        let window = until.since(from);
        let every = match &raw.rate {
            Some(rate) => quantity(self.source, rate, parse_frequency)?.unwrap_or(Span::from_nanos(u64::MAX)),
            None => share(window),
        };
        let lasts = match (&raw.lasts, raw.kind.get_ref().as_str()) {
            (Some(lasts), _) => span(self.source, lasts)?,
            (None, "swarm") => share(window),
            (None, "clock-step") => Span::ZERO,
            (None, kind) => {
                let place = raw.rate.as_ref().map_or(0..0, Spanned::span);
                let hint = "add `lasts`, the mean length";
                return Err(self.source.error(place, format!("it is not said how long each {kind} lasts"), hint));
            }
        };
        if every.as_nanos() == 0 || window.as_nanos() / every.as_nanos() > OCCURRENCES_MAX {
            let place = raw.rate.as_ref().map_or(0..0, Spanned::span);
            let hint = format!("at most {OCCURRENCES_MAX} are expected in the time from `from` to `until`");
            return Err(self.source.error(place, "too many faults", hint));
        }
        Ok(When::Drawn { from, until, every, lasts })
    }

    fn selection(&self, names: &[Spanned<String>]) -> Result<Selection, BadScenario> {
        names.iter().map(|name| self.pick(name)).collect::<Result<_, _>>().map(Selection)
    }

    fn pick(&self, name: &Spanned<String>) -> Result<Pick, BadScenario> {
        let text = name.get_ref().as_str();
        if text == "*" {
            return Ok(Pick::Everyone);
        }
        if let Some(region) = text.strip_prefix("region:") {
            let place = self.regions.iter().position(|known| known == region);
            return place.map(|place| Pick::Region(place as u16)).ok_or_else(|| {
                let hint = closest(region, self.regions.iter().map(String::as_str)).unwrap_or_default();
                self.source.error(name.span(), format!("the profile has no region `{region}`"), hint)
            });
        }
        if let Some(share) = text.strip_prefix("random:") {
            return match share.parse::<f64>() {
                Ok(share) if share > 0.0 && share <= 1.0 => Ok(Pick::Share(share)),
                _ => {
                    let message = format!("`{share}` is no share of the nodes");
                    Err(self.source.error(name.span(), message, "write a number above 0 and up to 1: \"random:0.3\""))
                }
            };
        }
        self.nodes(name).map(Pick::Nodes)
    }
}

/// A twentieth, for the defaults of a swarm.
fn share(window: Span) -> Span {
    Span::from_nanos((window.as_nanos() / SWARM).max(1))
}

/// The keys that a fault has, beside those that every one may have, with their places.
fn given(raw: &RawFault) -> [(&'static str, Option<Range<usize>>); 12] {
    let list = |names: &Option<Vec<Spanned<String>>>| {
        names.as_ref().map(|names| names.first().map_or(raw.kind.span(), Spanned::span))
    };
    let sides = raw.sides.as_ref().map(|sides| sides.iter().flatten().next().map_or(raw.kind.span(), Spanned::span));
    [
        ("rate", raw.rate.as_ref().map(Spanned::span)),
        ("lasts", raw.lasts.as_ref().map(Spanned::span)),
        ("sides", sides),
        ("one_way", raw.one_way.as_ref().map(Spanned::span)),
        ("nodes", list(&raw.nodes)),
        ("node", raw.node.as_ref().map(Spanned::span)),
        ("factor", raw.factor.as_ref().map(Spanned::span)),
        ("probability", raw.probability.as_ref().map(Spanned::span)),
        ("by", raw.by.as_ref().map(Spanned::span)),
        ("session", raw.session.as_ref().map(Spanned::span)),
        ("gap", raw.gap.as_ref().map(Spanned::span)),
        ("attackers", list(&raw.attackers)),
    ]
}

/// One fault as written, and where.
struct At<'a> {
    names: &'a Names<'a>,
    raw: &'a RawFault,
    kind: &'a str,
    place: Range<usize>,
}

impl At<'_> {
    fn what(&self, when: &When) -> Result<What, BadScenario> {
        let drawn = matches!(when, When::Drawn { .. });
        match self.kind {
            "partition" => self.partition(),
            "latency" => self.links(Harm::Slow { factor: self.factor()? }),
            "bandwidth" => self.links(Harm::Narrow { factor: self.factor()? }),
            "loss" => self.links(Harm::Lose { probability: self.probability()? }),
            "crash" => self.ill(drawn, Ill::Crash),
            "pause" => self.ill(drawn, Ill::Pause),
            "clock-step" => self.ill(drawn, Ill::Step { by_ns: self.step()? }),
            "clock-drift" => self.ill(drawn, Ill::Drift { by_ppb: self.drift()? }),
            "churn" => self.churn(),
            "eclipse" => self.eclipse(),
            _ => Ok(What::Swarm { who: self.who()?.unwrap_or_else(Selection::everyone) }),
        }
    }

    fn error(&self, message: &str, hint: &str) -> BadScenario {
        self.names.source.error(self.place.clone(), message, hint)
    }

    fn partition(&self) -> Result<What, BadScenario> {
        let Some([left, right]) = self.raw.sides.as_deref() else {
            let hint = "write `sides = [[\"a\"], [\"b\"]]`, or `sides = [[\"random:0.5\"], [\"*\"]]` for a random half";
            return Err(self.error("a partition has two sides", hint));
        };
        let sides = [self.names.selection(left)?, self.names.selection(right)?];
        self.nobody(&sides)?;
        let meets = |name: &&Spanned<String>| {
            let right = self.names.pick(name).ok();
            sides[0].0.iter().any(|left| right.as_ref().is_some_and(|right| left.surely_meets(right)))
        };
        if let Some(name) = right.iter().find(meets) {
            let message = format!("`{}` is on the other side as well", name.get_ref());
            return Err(self.names.source.error(name.span(), message, "put each node on one side"));
        }
        if sides[0].is_everyone() {
            let place = left.first().map_or(self.place.clone(), Spanned::span);
            let hint = "`*` is everybody else, on the second side";
            return Err(self.names.source.error(place, "everybody is on the first side", hint));
        }
        let one_way = self.raw.one_way.as_ref().is_some_and(|one_way| *one_way.get_ref());
        Ok(What::Links { sides, one_way, harm: Harm::Cut })
    }

    fn nobody(&self, sides: &[Selection; 2]) -> Result<(), BadScenario> {
        match sides.iter().position(|side| side.0.is_empty()) {
            Some(side) => {
                let message = format!("nobody is on the {} side", ["first", "second"][side]);
                Err(self.error(&message, "name at least one node on each side, or remove the fault"))
            }
            None => Ok(()),
        }
    }

    fn links(&self, harm: Harm) -> Result<What, BadScenario> {
        let sides = match (self.raw.sides.as_deref(), self.who()?) {
            (Some(_), Some(_)) => {
                return Err(self.error("`sides` and `nodes` say the same thing", "remove one of them"));
            }
            (Some([one, two]), None) => [self.names.selection(one)?, self.names.selection(two)?],
            (None, who) => [who.unwrap_or_else(Selection::everyone), Selection::everyone()],
        };
        self.nobody(&sides)?;
        let one_way = self.raw.one_way.as_ref().is_some_and(|one_way| *one_way.get_ref());
        Ok(What::Links { sides, one_way, harm })
    }

    fn ill(&self, drawn: bool, ill: Ill) -> Result<What, BadScenario> {
        let who = match (&self.raw.node, self.who()?) {
            (Some(node), None) => {
                let node = self.names.node(node)?;
                Selection(vec![Pick::Nodes(node..node + 1)])
            }
            (None, Some(who)) => who,
            // A rate strikes anybody; once, somebody has to be named.
            (None, None) if drawn => Selection::everyone(),
            _ => {
                let message = format!("a {} is of one node, or of several", self.kind);
                return Err(self.error(&message, "write `node = \"name\"`, or `nodes = [\"a\", \"b.0\"]`"));
            }
        };
        Ok(What::Nodes { who, ill })
    }

    fn who(&self) -> Result<Option<Selection>, BadScenario> {
        let Some(names) = &self.raw.nodes else { return Ok(None) };
        if names.is_empty() {
            return Err(self.error("`nodes` names nobody", "name a node, or `*` for everybody"));
        }
        self.names.selection(names).map(Some)
    }

    fn churn(&self) -> Result<What, BadScenario> {
        let (Some(session), Some(gap)) = (&self.raw.session, &self.raw.gap) else {
            let hint = "write `session = { law = \"weibull\", mean = \"40 min\", shape = 0.5 }`, and `gap` likewise";
            return Err(self.error("churn needs the lengths of sessions and of gaps", hint));
        };
        let who = self.who()?.unwrap_or_else(Selection::everyone);
        let [up, down] = [self.lasting(session)?, self.lasting(gap)?];
        let cycle = (up.mean + down.mean).as_secs_f64();
        let nodes: u32 = self.names.populations.iter().map(|population| population.count).sum();
        let sessions = f64::from(nodes) * self.names.horizon.as_secs_f64() / cycle;
        if sessions > SESSIONS_MAX {
            let message = format!("about {sessions:.0} sessions in a run");
            let hint = format!("at most {SESSIONS_MAX:.0}: let them be longer");
            return Err(self.names.source.error(session.span(), message, hint));
        }
        Ok(What::Churn { who, session: up, gap: down })
    }

    fn lasting(&self, raw: &Spanned<RawLasting>) -> Result<Lasting, BadScenario> {
        let (source, written) = (self.names.source, raw.get_ref());
        let mean = span(source, &written.mean)?;
        if mean == Span::ZERO {
            return Err(source.error(written.mean.span(), "no time at all", "give a mean above \"0 s\""));
        }
        let law = written.law.get_ref().as_str();
        const LAWS: [&str; 5] = ["constant", "exponential", "weibull", "lognormal", "pareto"];
        let shape = |least: f64| match &written.shape {
            Some(shape) if *shape.get_ref() > least && *shape.get_ref() <= 100.0 => Ok(*shape.get_ref()),
            Some(shape) => {
                let message = format!("a shape of {}", shape.get_ref());
                Err(source.error(shape.span(), message, format!("of `{law}` it is above {least}, and at most 100")))
            }
            None => Err(source.error(written.law.span(), format!("`{law}` needs its `shape`"), "add `shape = 0.5`")),
        };
        let law = match law {
            "weibull" => Law::Weibull { shape: shape(0.1)? },
            "lognormal" => Law::Lognormal { sigma: shape(0.0)? },
            "pareto" => Law::Pareto { shape: shape(1.0)? },
            "constant" | "exponential" if written.shape.is_some() => {
                let place = written.shape.as_ref().map_or(raw.span(), Spanned::span);
                return Err(source.error(place, format!("`{law}` has no shape"), "remove it"));
            }
            "constant" => Law::Constant,
            "exponential" => Law::Exponential,
            other => {
                let hint = closest(other, LAWS.into_iter()).unwrap_or_default();
                return Err(source.error(written.law.span(), format!("no distribution `{other}`"), hint));
            }
        };
        Ok(Lasting { law, mean })
    }

    fn eclipse(&self) -> Result<What, BadScenario> {
        let (Some(node), Some(attackers)) = (&self.raw.node, &self.raw.attackers) else {
            let hint = "write `node = \"victim\"` and `attackers = [\"a\", \"b.0\"]`";
            return Err(self.error("an eclipse has a victim and attackers", hint));
        };
        let victim = self.names.node(node)?;
        let mut nodes = Vec::new();
        for name in attackers {
            let range = self.names.nodes(name)?;
            if range.contains(&victim) {
                return Err(self.names.source.error(name.span(), "the victim is among the attackers", "remove it"));
            }
            nodes.extend(range);
        }
        nodes.sort_unstable();
        nodes.dedup();
        Ok(What::Eclipse { victim, attackers: nodes })
    }

    fn factor(&self) -> Result<f64, BadScenario> {
        self.number(&self.raw.factor, "factor", |factor| factor > 0.0 && factor <= 1e6, "above 0, at most 1000000")
    }

    fn probability(&self) -> Result<f64, BadScenario> {
        self.number(&self.raw.probability, "probability", |p| (0.0..=1.0).contains(&p), "between 0 and 1")
    }

    fn number(
        &self,
        written: &Option<Spanned<f64>>,
        key: &str,
        good: fn(f64) -> bool,
        range: &str,
    ) -> Result<f64, BadScenario> {
        match written {
            Some(number) if good(*number.get_ref()) => Ok(*number.get_ref()),
            Some(number) => {
                let message = format!("a {key} of {}", number.get_ref());
                Err(self.names.source.error(number.span(), message, format!("it is {range}")))
            }
            None => {
                Err(self.error(&format!("a fault `{}` needs its `{key}`", self.kind), &format!("add `{key}`, {range}")))
            }
        }
    }

    fn by(&self, example: &str) -> Result<(i64, Spanned<String>), BadScenario> {
        let Some(by) = &self.raw.by else {
            let message = format!("a fault `{}` needs `by`", self.kind);
            return Err(self.error(&message, &format!("add `by = \"{example}\"`")));
        };
        let text = by.get_ref().trim();
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        Ok((sign, Spanned::new(by.span(), rest.to_owned())))
    }

    fn step(&self) -> Result<i64, BadScenario> {
        let (sign, text) = self.by("-2 s")?;
        let step = span(self.names.source, &text)?;
        i64::try_from(step.as_nanos())
            .map(|nanos| sign * nanos)
            .map_err(|_| self.names.source.error(text.span(), "a step of centuries", "write a smaller value"))
    }

    fn drift(&self) -> Result<i64, BadScenario> {
        let (sign, text) = self.by("200 ppm")?;
        let number = text.get_ref().strip_suffix("ppm").map(|number| number.trim().parse::<f64>());
        match number {
            Some(Ok(ppm)) if (0.0..=100_000.0).contains(&ppm) => Ok(sign * (ppm * 1e3).round() as i64),
            _ => {
                let message = format!("`{}` is no drift", text.get_ref());
                let hint = "write parts per million, up to 100000: \"200 ppm\" or \"-50 ppm\"";
                Err(self.names.source.error(text.span(), message, hint))
            }
        }
    }
}
