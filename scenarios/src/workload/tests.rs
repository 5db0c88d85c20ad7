use super::*;
use crate::quantity::Unit;
use crate::{Source, sweep, systems};

fn workload(more: &str) -> Workload {
    let text = format!(
        r#"format = 1
title = "a workload"
protocol = "ledger"
horizon = "1000 s"
[network]
profile = "lan"
[[population]]
name = "honest"
count = 4
[[workload]]
name = "payments"
by = "honest"
command = {{ pay = {{ to = "$to", amount = "$amount" }} }}
draw.to = {{ node = ["honest"] }}
{more}
"#
    );
    let cells = sweep::cells(&Source::new("test.toml", text), &systems::registry());
    cells.unwrap_or_else(|bad| panic!("{:?}", miette::Report::new(bad))).remove(0).scenario.workloads.remove(0)
}

fn amounts(of: Distribution, bounds: (u64, u64)) -> Vec<f64> {
    let (draw, key) = (Draw { of, bounds }, Seed::from_number(1).key("test"));
    let value = |occurrence| draw.value(0, key.draw(0, occurrence));
    let mut values: Vec<f64> = (0..20_000).map(|at| Quantity::of(&value(at)).unwrap().value as f64).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn money(value: u64) -> Quantity {
    Quantity { unit: Unit::Money, value }
}

const FREE: (u64, u64) = (0, i64::MAX as u64);

#[test]
fn a_poisson_process_has_its_rate_and_its_variance() {
    let workload = workload("rate = \"2 /s\"\ndraw.amount = { choice = [\"1 OMC\"] }");
    let lines: Vec<ScriptLine> = workload.lines(&Seed::from_number(3)).collect();
    // 4 nodes for 1,000 s: 8,000 commands, with a standard deviation of 89.
    assert!((7_600..8_400).contains(&lines.len()), "{}", lines.len());
    let mut per_second = vec![0u32; 1_000];
    lines
        .iter()
        .filter(|line| line.node == 2)
        .for_each(|line| per_second[line.at.as_nanos() as usize / 1_000_000_000] += 1);
    let mean = per_second.iter().sum::<u32>() as f64 / 1_000.0;
    let variance = per_second.iter().map(|count| (f64::from(*count) - mean).powi(2)).sum::<f64>() / 1_000.0;
    assert!((1.8..2.2).contains(&mean) && (0.85..1.15).contains(&(variance / mean)), "{mean} {variance}");
    assert_eq!(workload.expected(), 4 * 2_001);
}

#[test]
fn regular_commands_have_their_distance_and_nodes_do_not_begin_together() {
    let workload =
        workload("every = \"10 s\"\nfrom = \"5 s\"\nuntil = \"50 s\"\ndraw.amount = { choice = [\"1 OMC\"] }");
    let lines: Vec<ScriptLine> = workload.lines(&Seed::from_number(3)).collect();
    let of = |node| lines.iter().filter(|line| line.node == node).map(|line| line.at).collect::<Vec<_>>();
    let all: Vec<Vec<Time>> = (0..4).map(of).collect();
    for times in &all {
        assert!(times[0] >= workload.span.0 && *times.last().unwrap() <= workload.span.1);
        assert!(times.windows(2).all(|pair| pair[1].since(pair[0]) == Span::from_secs(10)));
    }
    assert!(all.iter().skip(1).all(|times| times[0] != all[0][0]));
}

#[test]
fn nobody_pays_itself_and_everybody_else_is_as_likely() {
    let workload = workload("rate = \"2 /s\"\ndraw.amount = { choice = [\"1 OMC\"] }");
    let mut counts = std::collections::BTreeMap::new();
    for line in workload.lines(&Seed::from_number(1)) {
        let to = line.command["pay"]["to"].as_str().unwrap().to_owned();
        assert_ne!(to, format!("honest.{}", line.node));
        *counts.entry((line.node, to)).or_insert(0) += 1;
    }
    assert_eq!(counts.len(), 12);
    assert!(counts.values().all(|count| (570..770).contains(count)), "{counts:?}");
}

#[test]
fn another_draw_or_a_later_end_moves_no_command() {
    let text =
        |end: &str, amount: &str| workload(&format!("rate = \"2 /s\"\nuntil = \"{end}\"\ndraw.amount = {amount}"));
    let lines = |workload: Workload| workload.lines(&Seed::from_number(5)).collect::<Vec<_>>();
    let short = lines(text("10 s", "{ choice = [\"1 OMC\"] }"));
    let long = lines(text("20 s", "{ log_normal = { median = \"1 OMC\", sigma = 1.0 } }"));
    let head = |line: &ScriptLine| (line.node, line.at, line.command["pay"]["to"].clone());
    let early: Vec<_> = long.iter().filter(|line| line.at <= Time::ZERO + Span::from_secs(10)).map(head).collect();
    assert_eq!(short.iter().map(head).collect::<Vec<_>>(), early);
}

#[test]
fn distributions_have_their_quantiles() {
    let at = |values: &[f64], q: f64| values[(q * values.len() as f64) as usize];
    let close = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 0.05, "{found} {expected}");
    let exponential = amounts(Distribution::Exponential(money(1_000_000)), FREE);
    close(at(&exponential, 0.5), 1e6 * 2f64.ln());
    close(at(&exponential, 0.9), 1e6 * 10f64.ln());
    let log_normal = amounts(Distribution::LogNormal(money(1_000_000), 0.5), FREE);
    close(at(&log_normal, 0.5), 1e6);
    close(at(&log_normal, 0.841_345), 1e6 * 0.5f64.exp());
    let pareto = amounts(Distribution::Pareto(money(1_000_000), 2.0), FREE);
    close(pareto[0], 1e6);
    close(at(&pareto, 0.75), 2e6);
    let uniform = amounts(Distribution::Uniform(money(10), money(12)), FREE);
    assert_eq!((uniform[0], *uniform.last().unwrap()), (10.0, 12.0));
    close(at(&uniform, 0.4), 11.0);
}

#[test]
fn what_is_drawn_outside_the_bounds_becomes_the_bound() {
    let values = amounts(Distribution::Pareto(money(100), 0.01), (150, 1_000));
    assert_eq!((values[0], *values.last().unwrap()), (150.0, 1_000.0));
}

#[test]
fn an_example_is_a_command_even_if_the_workload_gives_none() {
    let workload = workload("rate = \"0.001 /h\"\ndraw.amount = { exponential = \"5 OMC\" }");
    assert!(workload.example(&Seed::from_number(0)).command["pay"]["amount"].as_str().unwrap().ends_with(" OMC"));
}
