//! Faults in words.

use std::fmt;

use contract::{Span, Time};
use net_model::Harm;

use super::draw::Period;
use super::{FaultSpec, Ill, Lasting, Law, Pick, Selection, What, When};

/// How many nodes are named before the rest is counted.
const NAMED: usize = 8;

pub(super) fn nodes(nodes: &[u32]) -> String {
    match nodes {
        [] => "nobody".to_owned(),
        [node] => format!("node {node}"),
        nodes => {
            let named: Vec<String> = nodes.iter().take(NAMED).map(u32::to_string).collect();
            let more = if nodes.len() > NAMED { ", …" } else { "" };
            format!("{} nodes [{}{more}]", nodes.len(), named.join(", "))
        }
    }
}

fn period((from, until): Period) -> String {
    let since = |time: Time| time.since(Time::ZERO);
    if until == Time::MAX { format!("from {}", since(from)) } else { format!("{} to {}", since(from), since(until)) }
}

pub(super) fn ill(when: Period, ill: Ill, who: &[u32]) -> String {
    match ill {
        Ill::Step { .. } => format!("{}: {ill} of {}", when.0.since(Time::ZERO), nodes(who)),
        _ => format!("{}: {ill} of {}", period(when), nodes(who)),
    }
}

pub(super) fn links(when: Period, (one_way, harm): (bool, Harm), [first, second]: [&[u32]; 2]) -> String {
    let (from, to) = if one_way { ("from", "to") } else { ("between", "and") };
    format!("{}: {} {from} {} {to} {}", period(when), name(harm), nodes(first), nodes(second))
}

fn name(harm: Harm) -> String {
    match harm {
        Harm::Cut => "partition".to_owned(),
        Harm::Slow { factor } => format!("latency × {factor:.4}"),
        Harm::Lose { probability } => format!("loss {probability:.4}"),
        Harm::Narrow { factor } => format!("bandwidth × {factor:.6}"),
    }
}

impl fmt::Display for Ill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ill::Crash => f.write_str("crash"),
            Ill::Pause => f.write_str("pause"),
            Ill::Step { by_ns } => {
                write!(f, "clock step by {}{}", sign(*by_ns), Span::from_nanos(by_ns.unsigned_abs()))
            }
            Ill::Drift { by_ppb } => write!(f, "clock drift by {} ppm", *by_ppb as f64 / 1e3),
        }
    }
}

const fn sign(number: i64) -> &'static str {
    if number < 0 { "-" } else { "" }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |pick: &Pick| match pick {
            Pick::Nodes(range) if range.len() == 1 => range.start.to_string(),
            Pick::Nodes(range) => format!("{}..{}", range.start, range.end),
            Pick::Region(region) => format!("region {region}"),
            Pick::Share(share) => format!("random {share}"),
            Pick::Everyone => "*".to_owned(),
        };
        let parts: Vec<String> = self.0.iter().map(part).collect();
        write!(f, "[{}]", parts.join(", "))
    }
}

impl fmt::Display for Lasting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = self.mean;
        match self.law {
            Law::Constant => write!(f, "always {mean}"),
            Law::Exponential => write!(f, "Exp({mean})"),
            Law::Weibull { shape } => write!(f, "Weibull({mean}, shape {shape})"),
            Law::Lognormal { sigma } => write!(f, "Lognormal({mean}, sigma {sigma})"),
            Law::Pareto { shape } => write!(f, "Pareto({mean}, shape {shape})"),
        }
    }
}

impl fmt::Display for FaultSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.when {
            When::Once { from, until } => f.write_str(&period((from, until.unwrap_or(Time::MAX))))?,
            When::Drawn { from, until, every, lasts } => {
                write!(f, "{}, about every {every} for {lasts}", period((from, until)))?;
            }
        }
        match &self.what {
            What::Links { sides: [one, two], one_way, harm } => {
                let way = if *one_way { "from" } else { "between" };
                let and = if *one_way { "to" } else { "and" };
                write!(f, ": {} {way} {one} {and} {two}", name(*harm))
            }
            What::Nodes { who, ill } => write!(f, ": {ill} of {who}"),
            What::Churn { who, session, gap } => write!(f, ": churn of {who}, up {session}, down {gap}"),
            What::Eclipse { victim, attackers } => {
                write!(f, ": eclipse of node {victim} by {}", nodes(attackers))
            }
            What::Swarm { who } => write!(f, ": swarm, nodes {who}"),
        }
    }
}
