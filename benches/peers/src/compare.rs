//! Runs engines in turn and takes medians.
//!
//! The machine is shared and its speed drifts, so no rate is compared with a rate of another minute. For each size
//! the engines run one after another, the whole round is repeated, a ratio is taken inside a round, and the median
//! over the rounds is the result.

use serde::Serialize;

use crate::engines::{Engine, Failure};
use crate::meter::Measured;
use crate::phold::Workload;

/// What to compare, complete and checked.
pub(crate) struct Plan {
    /// Sizes, in numbers of nodes.
    pub nodes: Vec<u32>,
    /// Engines, in the order in which they take turns.
    pub engines: Vec<&'static dyn Engine>,
    /// The engine that is put in relation to each of the others.
    pub base: &'static dyn Engine,
    /// Length of a run.
    pub length: Length,
    /// Rounds per size, at least 1.
    pub rounds: u32,
    /// Seed of the first round; each later round adds 1.
    pub seed: u64,
    /// Mean delay of a message, in nanoseconds.
    pub delay_ns_mean: u64,
}

/// How long a run is.
#[derive(Clone, Copy)]
pub(crate) enum Length {
    /// This many events, for every engine.
    Events(u64),
    /// As many events as take about `seconds` of CPU time, by a short trial of each engine, but at least `turnover`
    /// events per message in flight.
    Fill {
        /// CPU time of a run.
        seconds: f64,
        /// A queue may defer work from a push to a pop or the other way round, so a run that pops only what was
        /// pushed before the clock started would flatter one and wrong the other. At 1, as many messages are pushed
        /// and popped inside the run as there were at its start.
        turnover: f64,
    },
}

/// Fewest events of a run whose length is in seconds.
const EVENTS_MIN: u64 = 10_000;

/// CPU time that a trial must take before its rate is believed, in seconds.
const TRIAL_SECONDS_MIN: f64 = 0.05;

/// Largest relative difference between the virtual time of a run and its expectation.
const VIRTUAL_TIME_ERROR_MAX: f64 = 0.05;

/// The result of one engine at one size.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    /// Name of the engine.
    pub engine: &'static str,
    /// Number of nodes.
    pub nodes: u32,
    /// Events that each run was asked for.
    pub events: u64,
    /// Events per second of CPU time, one per round.
    pub rates: Vec<f64>,
    /// Median of `rates`.
    pub rate: f64,
    /// How many times as fast as this engine the base was: median of the ratios within the rounds.
    pub base_ratio: Option<f64>,
    /// Most bytes held at one time, median over the rounds.
    pub bytes_peak: u64,
}

/// Runs `plan` and calls `note` with what happens, for the person who waits.
///
/// # Errors
///
/// When an engine gives up.
pub(crate) fn run(plan: &Plan, note: &dyn Fn(&str)) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for &nodes in &plan.nodes {
        rows.extend(run_size(plan, nodes, note)?);
    }
    Ok(rows)
}

/// All rounds at one size.
fn run_size(plan: &Plan, nodes: u32, note: &dyn Fn(&str)) -> Result<Vec<Row>, Failure> {
    let mut turns: Vec<Turn> = Vec::new();
    for &engine in &plan.engines {
        if nodes > engine.nodes_max() {
            note(&format!("{}: skipped, {nodes} nodes are more than it runs in reasonable time", engine.name()));
            continue;
        }
        let workload = Workload { nodes, events: 0, seed: plan.seed, delay_ns_mean: plan.delay_ns_mean };
        let events = events_of(plan.length, engine, workload)?;
        turns.push(Turn { engine, workload: Workload { events, ..workload }, measured: Vec::new() });
    }
    for round in 0..plan.rounds {
        for turn in &mut turns {
            let workload = Workload { seed: plan.seed + u64::from(round), ..turn.workload };
            let measured = run_one(turn.engine, &workload)?;
            note(&format!("{}: {workload}, {:.3} M/s", turn.engine.name(), measured.rate() / 1e6));
            turn.measured.push(measured);
        }
    }
    let base = turns.iter().find(|turn| turn.engine.name() == plan.base.name()).map(Turn::rates);
    Ok(turns.iter().map(|turn| turn.row(base.as_deref())).collect())
}

/// One engine at one size, and what it did so far.
struct Turn {
    engine: &'static dyn Engine,
    workload: Workload,
    measured: Vec<Measured>,
}

impl Turn {
    fn rates(&self) -> Vec<f64> {
        self.measured.iter().map(Measured::rate).collect()
    }

    fn row(&self, base: Option<&[f64]>) -> Row {
        let rates = self.rates();
        let ratios = base.map(|base| base.iter().zip(&rates).map(|(base, own)| base / own).collect());
        let bytes = self.measured.iter().map(|measured| measured.bytes_peak as f64).collect();
        Row {
            engine: self.engine.name(),
            nodes: self.workload.nodes,
            events: self.workload.events,
            rate: median(rates.clone()),
            rates,
            base_ratio: ratios.map(median),
            bytes_peak: median(bytes) as u64,
        }
    }
}

/// The number of events that `engine` gets.
fn events_of(length: Length, engine: &dyn Engine, workload: Workload) -> Result<u64, Failure> {
    let (seconds, turnover) = match length {
        Length::Events(events) => return Ok(events),
        Length::Fill { seconds, turnover } => (seconds, turnover),
    };
    let least = ((workload.in_flight() as f64 * turnover) as u64).max(EVENTS_MIN);
    let mut events = EVENTS_MIN;
    loop {
        let trial = run_one(engine, &Workload { events, ..workload })?;
        if trial.cpu_seconds >= TRIAL_SECONDS_MIN {
            return Ok(((trial.rate() * seconds) as u64).max(least));
        }
        events *= 10;
    }
}

/// One run, checked to be the workload; a failure names the engine and the size.
fn run_one(engine: &dyn Engine, workload: &Workload) -> Result<Measured, Failure> {
    let checked = engine.run(workload).and_then(|measured| check(workload, measured));
    checked.map_err(|failure| Failure(format!("{}, {workload}: {failure}", engine.name())))
}

/// Refuses a run that ended early, or whose clock says that its delays were not those of the workload.
fn check(workload: &Workload, measured: Measured) -> Result<Measured, Failure> {
    if measured.events < workload.events {
        return Err(Failure(format!("only {} events were handled", measured.events)));
    }
    let expected_ns = workload.virtual_ns_expected(measured.events);
    let ratio = expected_ns.map_or(1.0, |expected_ns| measured.virtual_ns as f64 / expected_ns);
    if (ratio - 1.0).abs() > VIRTUAL_TIME_ERROR_MAX {
        return Err(Failure(format!("its virtual time is {ratio:.3} of what the workload takes")));
    }
    Ok(measured)
}

/// The median; of an even number of values, the mean of the two in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => values[middle],
        _ => (values[middle - 1] + values[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_odd_and_even_numbers_of_values() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn a_run_with_other_delays_is_refused() {
        let workload = Workload { nodes: 10, events: 1_000, seed: 1, delay_ns_mean: 1_000 };
        let honest = Measured { events: 1_000, cpu_seconds: 1.0, bytes_peak: 0, virtual_ns: 6_345 };
        assert!(check(&workload, honest).is_ok());
        assert!(check(&workload, Measured { virtual_ns: 7_000, ..honest }).is_err());
        assert!(check(&workload, Measured { events: 999, ..honest }).is_err());
    }

    #[test]
    fn the_base_is_as_fast_as_itself() {
        let heap = crate::engines::by_name("heap").expect("always there");
        let plan = Plan {
            nodes: vec![10],
            engines: vec![heap],
            base: heap,
            length: Length::Events(1_000),
            rounds: 3,
            seed: 1,
            delay_ns_mean: 1_000_000,
        };
        let rows = run(&plan, &|_| ()).expect("the heap does not fail");
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].base_ratio, Some(1.0));
        assert_eq!(rows[0].rates.len(), 3);
    }
}
