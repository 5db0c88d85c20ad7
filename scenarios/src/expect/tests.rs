use contract::Hash;

use super::*;
use crate::batch::Row;
use crate::metric::Values;
use crate::systems::registry;
use crate::{Outcome, Source, sweep};

/// Two cells with an expectation for both and one for the second only.
fn cells() -> Vec<Cell> {
    let text = r#"format = 1
title = "two cells"
protocol = "phold"
horizon = "1 s"

[network]
profile = "lan"

[[population]]
name = "node"
count = 2

[sweep]
"population.0.count" = [2, 3]

[[expect]]
metric = "lost"
statistic = "max"
at_most = 1

[[expect]]
metric = "received_mean"
statistic = "median"
at_least = 10
at_most = 20
when = { "population.0.count" = 3 }
"#;
    sweep::cells(&Source::new("test.toml", text), &registry()).unwrap()
}

fn row(cell: usize, seed: u64, values: &[(&'static str, f64)]) -> Row {
    let outcome = Outcome {
        metrics: values.iter().copied().collect::<Values>(),
        digest: Hash::ZERO,
        checkpoints: Vec::new(),
        graph: None,
        faults: Vec::new(),
        counts: Default::default(),
        memory: Default::default(),
        exhausted: false,
        stopped: None,
        seen: Vec::new(),
        windows: Vec::new(),
        refused: Default::default(),
        faults_drawn: 0,
    };
    Row { cell, seed, outcome }
}

fn verdicts(rows: Vec<Row>) -> Vec<(usize, usize, Option<f64>, usize, Verdict)> {
    let cells = cells();
    let batch = Batch { cells: cells.iter().map(|cell| cell.settings.clone()).collect(), rows, cut: Vec::new() };
    let judgements = judge(&cells, &batch);
    judgements.iter().map(|j| (j.expectation, j.cell, j.value, j.runs, j.verdict)).collect()
}

#[test]
fn each_expectation_is_held_against_the_cells_that_it_is_for() {
    let rows = vec![
        row(0, 1, &[("lost", 0.0), ("received_mean", 99.0)]),
        row(1, 1, &[("lost", 1.0), ("received_mean", 10.0)]),
        row(1, 2, &[("lost", 2.0), ("received_mean", 30.0)]),
    ];
    let expected = [
        (0, 0, Some(0.0), 1, Verdict::Pass),
        (0, 1, Some(2.0), 2, Verdict::Fail),
        (1, 1, Some(20.0), 2, Verdict::Pass),
    ];
    assert_eq!(verdicts(rows), expected);
}

#[test]
fn bounds_are_inclusive_on_both_sides() {
    for (value, verdict) in [(10.0, Verdict::Pass), (20.0, Verdict::Pass), (9.9, Verdict::Fail), (20.1, Verdict::Fail)]
    {
        let found = verdicts(vec![row(1, 1, &[("received_mean", value)])]);
        assert_eq!(found.last().unwrap().4, verdict, "{value}");
    }
}

#[test]
fn a_value_that_is_not_a_number_passes_nothing() {
    let found = verdicts(vec![row(1, 1, &[("received_mean", f64::NAN)])]);
    assert_eq!(found.last().unwrap().4, Verdict::Inconclusive);
}

#[test]
fn without_a_value_an_expectation_is_inconclusive_and_without_runs_as_well() {
    let found = verdicts(vec![row(0, 1, &[("lost", 0.0)]), row(1, 1, &[])]);
    assert_eq!(
        found.iter().map(|found| found.4).collect::<Vec<_>>(),
        [Verdict::Pass, Verdict::Inconclusive, Verdict::Inconclusive]
    );
    assert!(verdicts(Vec::new()).iter().all(|found| found.4 == Verdict::Inconclusive));
}

#[test]
fn the_worst_verdict_stands_for_all() {
    let judgement = |verdict| Judgement { expectation: 0, cell: 0, value: None, runs: 0, verdict, seed: None };
    let all = |verdicts: &[Verdict]| overall(&verdicts.iter().copied().map(judgement).collect::<Vec<_>>());
    assert_eq!(all(&[]), Verdict::Pass);
    assert_eq!(all(&[Verdict::Pass, Verdict::Inconclusive]), Verdict::Inconclusive);
    assert_eq!(all(&[Verdict::Fail, Verdict::Inconclusive, Verdict::Pass]), Verdict::Fail);
}
