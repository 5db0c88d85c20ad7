use contract::trace::{Header, Step};
use contract::{Hash, Seed};

use super::*;
use crate::metric::{Metric, Show, Values};
use crate::replay::Replayer;
use crate::sweep::{self, Cell};
use crate::{BadScenario, Job, Outcome, Registry, RunError, Scenario, Source, System};

/// Draws instead of a world: `share` is uniform around ½ + shift, `hit` is 1 with probability `rate`.
struct Dice;

const METRICS: &[Metric] = &[
    Metric { name: "share", show: Show::Share, meaning: "uniform between shift and 1 + shift, cut to 0 and 1" },
    Metric { name: "hit", show: Show::Rate, meaning: "1 with probability `rate`" },
    Metric { name: "count", show: Show::Mean, meaning: "100 times the share, without bounds" },
    Metric { name: "rare", show: Show::Mean, meaning: "there with one seed of ten" },
];

impl System for Dice {
    fn name(&self) -> &'static str {
        "dice"
    }

    fn metrics(&self) -> &'static [Metric] {
        METRICS
    }

    fn check(&self, _: &Source, _: &Scenario) -> Result<(), BadScenario> {
        Ok(())
    }

    fn run(&self, job: Job<'_>) -> Result<Outcome, RunError> {
        let parameters = &job.cell.scenario.parameters;
        let number = |key: &str| parameters.get(key).and_then(toml::Value::as_float).unwrap_or_default();
        let key = Seed::from_number(job.seed).key(parameters.get("stream").and_then(|one| one.as_str()).unwrap_or(""));
        let unit = |entity| contract::draws::open_unit(key.draw(entity, 0)[0]);
        let share = (unit(0) + number("shift")).clamp(0.0, 1.0);
        let hit = f64::from(u8::from(unit(1) < number("rate")));
        let mut metrics = Values::from([("share", share), ("hit", hit), ("count", share * 100.0)]);
        if job.seed.is_multiple_of(10) {
            metrics.insert("rare", 1.0);
        }
        Ok(Outcome { metrics, ..empty() })
    }

    fn replayer(&self, _: &Header) -> Result<Box<dyn Replayer>, String> {
        Err("dice leave no trace".to_owned())
    }

    fn describe(&self, _: &Step) -> String {
        String::new()
    }
}

fn empty() -> Outcome {
    Outcome {
        metrics: Values::new(),
        digest: Hash::ZERO,
        checkpoints: Vec::new(),
        counts: sim_core::Counts::default(),
        memory: sim_core::Memory::default(),
        exhausted: false,
        stopped: None,
        seen: Vec::new(),
        windows: Vec::new(),
        refused: Default::default(),
        faults_drawn: 0,
        faults: Vec::new(),
        graph: Default::default(),
    }
}

fn registry() -> Registry {
    Registry::default().with(Dice)
}

fn cell(more: &str) -> Cell {
    let text = format!(
        "format = 1\ntitle = \"dice\"\nprotocol = \"dice\"\nseeds = 20\nhorizon = \"1 s\"\n{more}\n\
         [network]\nprofile = \"lan\"\n[[population]]\nname = \"node\"\ncount = 1\n"
    );
    let source = Source::new("dice.toml", text);
    let settings = sweep::settings(&source).unwrap().remove(0);
    sweep::cell(&source, settings, &registry()).unwrap_or_else(|bad| panic!("{}", bad.message()))
}

/// A cell with one expectation, written in line.
fn expecting(parameters: &str, expect: &str) -> Cell {
    cell(&format!("parameters = {{ {parameters} }}\nexpect = [{{ {expect} }}]"))
}

fn found(cell: &Cell) -> Finding {
    examine(&registry(), cell, 1, None).unwrap_or_else(|why| panic!("{why}")).remove(0)
}

fn refused(cell: &Cell) -> String {
    examine(&registry(), cell, 1, None).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn a_mean_holds_fails_or_stays_open() {
    let verdict = |bound: f64| {
        found(&expecting("", &format!("metric = 'share', statistic = 'mean', at_least = {bound}, margin = 0.1")))
    };
    assert_eq!(verdict(0.5).verdict, Verdict::Pass);
    let failed = verdict(0.7);
    assert_eq!(failed.verdict, Verdict::Fail);
    assert!(failed.interval.unwrap().contains(0.5) && failed.runs < 200, "{failed:?}");
    let open = found(&expecting("", "metric = 'share', statistic = 'mean', at_least = 0.52, margin = 0.02"));
    assert_eq!((open.verdict, open.made), (Verdict::Inconclusive, 512));
}

#[test]
fn the_witness_is_the_seed_with_the_clearest_violation() {
    let cell = expecting("", "metric = 'share', statistic = 'mean', at_least = 0.7, margin = 0.1");
    let finding = found(&cell);
    let witness = finding.witness.unwrap();
    let value = |seed: u64| {
        let job =
            Job { cell: &cell, seed, level: contract::trace::Level::Digest, trace: None, stop: None, go_on: None };
        Dice.run(job).unwrap().metrics["share"]
    };
    let all: Vec<f64> = (1..=finding.made as u64).map(value).collect();
    assert!(all.iter().all(|other| *other >= value(witness)));
}

#[test]
fn a_rate_is_tested_by_wald() {
    let claim = "metric = 'hit', statistic = 'rate', at_least = 0.9, margin = 0.1";
    assert_eq!(found(&expecting("rate = 0.99", claim)).verdict, Verdict::Pass);
    assert_eq!(found(&expecting("rate = 0.7", claim)).verdict, Verdict::Fail);
}

#[test]
fn quantiles_need_no_bounds() {
    let verdict = |most| {
        let claim = format!("metric = 'count', statistic = 'p90', at_most = {most}, margin = 8");
        found(&expecting("", &claim)).verdict
    };
    assert_eq!((verdict(92), verdict(70)), (Verdict::Pass, Verdict::Fail));
}

#[test]
fn exact_expectations_are_about_the_scenario_s_own_seeds() {
    let least = found(&expecting("", "metric = 'share', statistic = 'min', at_least = 0.0"));
    assert_eq!((least.verdict, least.made, least.surprise), (Verdict::Pass, 20, None));
    let failed = found(&expecting("rate = 0.5", "metric = 'hit', mood = 'always', at_least = 1"));
    assert_eq!(failed.verdict, Verdict::Fail);
    assert!(failed.witness.is_some());
}

#[test]
fn what_lacks_a_margin_or_bounds_is_refused() {
    let refused = |claim: &str| refused(&expecting("", claim));
    assert_eq!(refused("metric = 'share', statistic = 'mean', at_least = 0.5"), "a mean over seeds without a margin");
    assert_eq!(
        refused("metric = 'count', statistic = 'mean', at_least = 0.5, margin = 1"),
        "the mean of `count`, which has no bounds"
    );
    assert!(refused("metric = 'share', statistic = 'mean', at_least = 0.5, margin = 0").contains("above zero"));
    let exact = refused("metric = 'share', statistic = 'max', at_most = 1, margin = 0.1");
    assert!(exact.contains("these seeds alone"), "{exact}");
}

#[test]
fn a_value_outside_of_its_range_fails_and_is_named() {
    let claim = "metric = 'count', statistic = 'mean', at_most = 60, margin = 5, range = [0, 90]";
    let finding = found(&expecting("", claim));
    assert_eq!((finding.verdict, finding.surprise), (Verdict::Fail, None));
    assert!(finding.note.contains("which its range excludes"), "{}", finding.note);
}

#[test]
fn a_metric_that_is_seldom_there_is_inconclusive() {
    let claim = "metric = 'rare', statistic = 'median', at_most = 2, margin = 1, max_seeds = 100";
    let finding = found(&expecting("", claim));
    assert_eq!((finding.verdict, finding.runs, finding.made), (Verdict::Inconclusive, 10, 100));
    assert!(finding.note.starts_with("only 10 of 100 runs gave a value"), "{}", finding.note);
}

const AGAINST: &str = "metric = 'share', statistic = 'mean', at_most = 0, margin = 0.05";

#[test]
fn a_comparison_is_paired_by_seed() {
    let worse =
        found(&expecting("shift = 0.2", &format!("{AGAINST}, compare = {{ set = {{ 'parameters.shift' = 0.0 }} }}")));
    assert_eq!(worse.verdict, Verdict::Fail);
    assert!(worse.correlation.unwrap() > 0.9 && worse.note.is_empty(), "{worse:?}");
    let same = found(&expecting("", &format!("{AGAINST}, compare = {{ set = {{ 'parameters.rate' = 0.5 }} }}")));
    assert_eq!((same.verdict, same.value), (Verdict::Pass, Some(0.0)));
}

#[test]
fn pairs_that_share_no_randomness_are_noticed() {
    let compare = "compare = { set = { 'parameters.stream' = 'another' } }";
    let finding = found(&expecting("", &format!("{AGAINST}, {compare}")));
    assert!(finding.correlation.unwrap() < 0.3 && finding.note.contains("pairing gains little"), "{finding:?}");
}

/// A/A: both sides have the same distribution. α is 5 %, so 10 alarms in 200; 20 would be more than three standard
/// deviations above.
#[test]
fn an_a_a_comparison_alarms_at_most_as_often_as_it_says() {
    let alarm = |repetition: u64| {
        let compare = "compare = { set = { 'parameters.stream' = 'another' } }, alpha = 0.05, max_seeds = 128";
        let cell = cell(&format!("first_seed = {}\nexpect = [{{ {AGAINST}, {compare} }}]", 1 + repetition * 1_000));
        found(&cell).verdict == Verdict::Fail
    };
    let alarms = (0..200).filter(|repetition| alarm(*repetition)).count();
    assert!(alarms <= 19, "{alarms}");
}

#[test]
fn without_a_baseline_or_with_other_cells_nothing_is_compared() {
    let compare = format!("{AGAINST}, compare = {{ baseline = true }}");
    let cell = expecting("", &compare);
    assert_eq!(refused(&cell), "compared with a baseline, and there is none of this scenario");
    let row = |settings: &[(&str, &str)]| crate::campaign::RunRow {
        cell: 0,
        settings: settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        seed: 1,
        ran: crate::campaign::Ran::Failed("no matter".to_owned()),
    };
    let other = Baseline::new([row(&[("network.profile", "\"wan\"")])]);
    let why = examine(&registry(), &cell, 1, Some(&other)).map(|_| ()).unwrap_err().to_string();
    assert_eq!(why, "the baseline has no such cell: `network.profile` is set on the other side only");
}

#[test]
fn a_library_shares_its_false_alarms() {
    let finding = |surprise: f64, verdict: Verdict| Finding {
        expectation: 0,
        verdict,
        value: None,
        interval: None,
        runs: 0,
        made: 0,
        surprise: Some(surprise),
        witness: None,
        correlation: None,
        note: String::new(),
    };
    // Alone, 0.9 of its α would be enough; among three it is not, and 0.3 is.
    let mut findings = [finding(0.9, Verdict::Inconclusive), finding(0.3, Verdict::Fail), finding(5.0, Verdict::Pass)];
    settle(&mut findings.iter_mut().collect::<Vec<_>>());
    let verdicts: Vec<Verdict> = findings.iter().map(|finding| finding.verdict).collect();
    assert_eq!(verdicts, [Verdict::Inconclusive, Verdict::Fail, Verdict::Pass]);
}

fn mutants(cell: &Cell) -> Vec<mutate::Mutant> {
    let all = mutate::mutants(&registry(), cell).unwrap_or_else(|bad| panic!("{}", bad.message()));
    all.into_iter().map(|one| one.unwrap_or_else(|bad| panic!("{}", bad.message()))).collect()
}

#[test]
fn a_mutation_that_fits_nothing_is_named_and_the_others_are_made() {
    let cell = cell("mutation = { none = { 'population.7.count' = 2 }, 'no shift' = { 'parameters.shift' = 0.0 } }");
    let all = mutate::mutants(&registry(), &cell).unwrap_or_else(|bad| panic!("{}", bad.message()));
    let bad = all.iter().find_map(|one| one.as_ref().err()).expect("`population.7.count` leads nowhere");
    assert_eq!(bad.message(), "the mutation `none`: `population.7.count` leads nowhere: there is no `7`");
    assert!(bad.line_and_column().is_some());
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1);
}

#[test]
fn mutants_leave_out_faults_and_set_what_is_declared() {
    let cell = cell(
        "fault = [{ kind = 'crash', from = '0.1 s', node = 'node' }, { kind = 'crash', from = '0.5 s', node = 'node' }]\n\
         mutation = { 'no shift' = { 'parameters.shift' = 0.0 } }\nparameters = { shift = 0.3 }\n\
         invariants = ['hit']\nexpect = [{ metric = 'hit', statistic = 'max', at_most = 1, when = { 'parameters.shift' = 0.3 } }]",
    );
    let mutants = mutants(&cell);
    let names: Vec<&str> = mutants.iter().map(|mutant| mutant.name.as_str()).collect();
    assert_eq!(names, ["without fault 0", "without fault 1", "no shift"]);
    assert_eq!(mutants[0].cell.scenario.faults.len(), 1);
    assert!(mutants[2].cell.scenario.expectations[0].applies, "although its shift is another");
    assert_eq!(mutants[2].cell.scenario.parameters["shift"].as_float(), Some(0.0));
    assert!(cell.scenario.invariants.iter().map(|name| name.get_ref()).eq(["hit"]));
}

#[test]
fn a_swarm_that_stands_alone_can_be_turned_off() {
    let cell = cell("fault = 'swarm'\nexpect = [{ metric = 'hit', statistic = 'max', at_most = 1 }]");
    let mutants = mutants(&cell);
    let [without] = mutants.as_slice() else { panic!("there is one") };
    assert_eq!(without.name, "without the swarm");
    assert_eq!((cell.scenario.faults.len(), without.cell.scenario.faults.len()), (1, 0));
}
