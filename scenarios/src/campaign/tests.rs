use std::convert::Infallible;

use contract::trace::{Header, Step};

use super::*;
use crate::metric::Metric;
use crate::replay::Replayer;
use crate::systems::phold::PholdSystem;
use crate::{BadScenario, Job, Outcome, Registry, RunError, Scenario, Source, System};

const SCENARIO: &str = r#"
format = 1
title = "a campaign"
protocol = "phold"
horizon = "200 ms"
network = { profile = "lan" }

[[population]]
name = "node"
count = 3

[sweep]
"population.0.count" = [2, 3, 4]
"#;

/// PHOLD, except that it panics with seed 5 and gives nothing with seed 7.
struct Unreliable(PholdSystem);

impl System for Unreliable {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn metrics(&self) -> &'static [Metric] {
        self.0.metrics()
    }

    fn check(&self, source: &Source, scenario: &Scenario) -> Result<(), BadScenario> {
        self.0.check(source, scenario)
    }

    fn run(&self, job: Job<'_>) -> Result<Outcome, RunError> {
        match job.seed {
            5 => panic!("seed {} breaks an invariant", job.seed),
            7 => Err(RunError::Scenario("nothing".to_owned())),
            _ => self.0.run(job),
        }
    }

    fn replayer(&self, header: &Header) -> Result<Box<dyn Replayer>, String> {
        self.0.replayer(header)
    }

    fn describe(&self, step: &Step) -> String {
        self.0.describe(step)
    }
}

fn plan(seeds: u64, more: &str) -> (Plan, Registry) {
    let registry = Registry::default().with(Unreliable(PholdSystem));
    let source = Source::new("test.toml", format!("{SCENARIO}{more}"));
    (Plan::new(source, &registry, (1..=seeds).collect()).unwrap(), registry)
}

fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

fn lines((plan, registry): &(Plan, Registry), threads: usize, skip: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let all: Result<(), Infallible> = run(plan, registry, (&pool(threads), skip), |row, progress| {
        lines.push(row.to_line());
        assert_eq!(progress.done, skip + lines.len());
        Ok(())
    });
    let Ok(()) = all;
    lines
}

#[test]
fn rows_do_not_depend_on_the_number_of_workers() {
    let plan = plan(12, "");
    let alone = lines(&plan, 1, 0);
    assert_eq!(alone.len(), 36);
    for threads in [2, 3, 8] {
        assert_eq!(lines(&plan, threads, 0), alone, "{threads} threads");
    }
}

#[test]
fn what_is_done_is_not_done_again() {
    let plan = plan(8, "");
    let all = lines(&plan, 2, 0);
    for skip in [1, 9, 24] {
        assert_eq!(lines(&plan, 2, skip), all[skip..]);
    }
}

#[test]
fn a_run_that_panics_is_a_row_and_the_others_go_on() {
    let rows: Vec<RunRow> = lines(&plan(8, ""), 2, 0).iter().map(|line| RunRow::from_line(line).unwrap()).collect();
    let failed: Vec<_> = rows
        .iter()
        .filter_map(|row| match &row.ran {
            Ran::Failed(why) => Some((row.cell, row.seed, why.as_str())),
            Ran::Done { .. } => None,
        })
        .collect();
    assert_eq!(failed[..2], [(0, 5, "panicked: seed 5 breaks an invariant"), (0, 7, "nothing")]);
    assert_eq!((failed.len(), rows.len()), (6, 24));
}

/// What exploration and shrinking see of such runs.
#[test]
fn a_run_that_panics_or_never_ends_fails_what_every_scenario_expects() {
    let registry = Registry::default().with(Unreliable(PholdSystem));
    let source = Source::new("test.toml", SCENARIO);
    let failing = |source: &Source, seed| {
        let failed = crate::shrink::failing(&registry, source, &[seed]).unwrap();
        failed.into_iter().map(|failed| (failed.index, failed.shown)).collect::<Vec<_>>()
    };
    assert_eq!(failing(&source, 5), [(None, "no run panics".to_owned())]);
    assert_eq!(failing(&source, 7), [], "a world that cannot be built shows nothing");
    assert_eq!(failing(&source, 6), []);
    let endless = source.with("world.events_max", "10").unwrap();
    assert_eq!(failing(&endless, 6), [(None, "the horizon is reached".to_owned())]);
}

#[test]
fn a_run_over_its_event_budget_is_a_failed_row() {
    let rows = lines(&plan(1, "[world]\nevents_max = 10\n"), 1, 0);
    let row = RunRow::from_line(&rows[0]).unwrap();
    assert!(matches!(&row.ran, Ran::Failed(why) if why.contains("10 of them")), "{row:?}");
}

#[test]
fn a_changed_line_is_not_used() {
    let line = lines(&plan(1, ""), 1, 0).remove(0);
    assert!(RunRow::from_line(&line).is_ok());
    let changed = line.replacen("\"seed\":1", "\"seed\":2", 1);
    assert!(matches!(RunRow::from_line(&changed), Err(BadRow::Changed { .. })));
    assert!(matches!(RunRow::from_line(&line[..line.len() / 2]), Err(BadRow::Syntax(_))));
}

#[test]
fn the_first_error_of_the_sink_ends_the_campaign() {
    let (plan, registry) = plan(8, "");
    let mut rows = 0;
    let result = run(&plan, &registry, (&pool(2), 0), |_, progress| {
        rows += 1;
        if progress.done == 3 { Err("full") } else { Ok(()) }
    });
    assert_eq!((result, rows), (Err("full"), 3));
}

#[test]
fn a_plan_knows_what_decides_its_results() {
    let hash = |seeds, more| plan(seeds, more).0.hash();
    assert_eq!(hash(3, ""), hash(3, ""));
    assert_ne!(hash(3, ""), hash(4, ""));
    assert_ne!(hash(3, ""), hash(3, "\"network.profile\" = [\"wan\"]\n"));
}
