//! The command line: as typed, then checked and complete as a [`Plan`].

use clap::{ArgAction, Parser};

use crate::compare::{Length, Plan};
use crate::engines::{ENGINES, Engine, by_name};

/// Engines of the growth curve, as far as they are built in.
const CURVE_ENGINES: [&str; 2] = ["dunbar", "heap"];

/// Sizes of the growth curve.
const CURVE_NODES: [u32; 7] = [1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000];

const EXAMPLES: &str = "\
Examples:
  cargo run --release
  cargo run --release -- --nodes 10000 --engines heap,nexosim-direct --markdown
  cargo run --release -- --curve --json > curve.json
  cargo run --release -- --memory --nodes 10000,1000000";

/// Runs PHOLD on several engines in turn and prints how they compare.
#[derive(Parser, Debug)]
#[command(name = "peers", version, after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Sizes, in numbers of nodes
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000", value_name = "N,..")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    nodes: Vec<u32>,

    /// Engines, in the order of their turns [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAME,..")]
    engines: Vec<String>,

    /// The engine whose advantage over the others is printed [default: dunbar, or else heap, or else the first]
    #[arg(long, value_name = "NAME")]
    base: Option<String>,

    /// Events per run, the same for every engine [default: as many as fill --seconds]
    #[arg(long, value_name = "N", conflicts_with_all = ["seconds", "turnover"])]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    events: Option<u64>,

    /// CPU time per run, in seconds; slow engines get fewer events
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = positive)]
    seconds: f64,

    /// Fewest events per message in flight, even if they take longer; below 1 a run of a large size says less
    #[arg(long, value_name = "RATIO", default_value_t = 1.0, value_parser = positive)]
    turnover: f64,

    /// Rounds per size
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,

    /// Seed of the first round
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u64).range(..=u64::from(u32::MAX)))]
    seed: u64,

    /// Mean delay of a message, in microseconds of virtual time
    #[arg(long, value_name = "MICROSECONDS", default_value_t = 1_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    delay_us: u64,

    /// Growth of the cost per event: dunbar and heap from 1,000 to 1,000,000 nodes
    #[arg(long, conflicts_with_all = ["nodes", "engines"])]
    curve: bool,

    /// Instead: what dunbar holds per message in flight and per idle node with a timer
    #[arg(long, conflicts_with_all = ["engines", "curve", "markdown", "json", "events", "seconds"])]
    pub memory: bool,

    /// Print the table of the project's README
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,

    /// Print every run as JSON
    #[arg(long)]
    pub json: bool,

    /// Say nothing on standard error while it runs
    #[arg(long, short, action = ArgAction::SetTrue)]
    pub quiet: bool,
}

impl Options {
    /// The plan that was asked for.
    ///
    /// # Errors
    ///
    /// A sentence for the user when an engine does not exist.
    pub(crate) fn plan(&self) -> Result<Plan, String> {
        let engines = self.engines()?;
        Ok(Plan {
            nodes: if self.curve { CURVE_NODES.to_vec() } else { self.nodes.clone() },
            base: self.base(&engines)?,
            engines,
            length: match self.events {
                Some(events) => Length::Events(events),
                None => Length::Fill { seconds: self.seconds, turnover: self.turnover },
            },
            rounds: self.rounds,
            seed: self.seed,
            delay_ns_mean: self.delay_us * 1_000,
        })
    }

    fn engines(&self) -> Result<Vec<&'static dyn Engine>, String> {
        if self.curve {
            return Ok(CURVE_ENGINES.into_iter().filter_map(by_name).collect());
        }
        if self.engines.is_empty() {
            return Ok(ENGINES.to_vec());
        }
        let mut engines: Vec<&'static dyn Engine> = Vec::new();
        for name in &self.engines {
            let engine = engine(name)?;
            if engines.iter().any(|other| other.name() == engine.name()) {
                return Err(format!("the engine '{name}' is given twice"));
            }
            engines.push(engine);
        }
        Ok(engines)
    }

    fn base(&self, engines: &[&'static dyn Engine]) -> Result<&'static dyn Engine, String> {
        let among = |name: &str| engines.iter().copied().find(|engine| engine.name() == name);
        match &self.base {
            Some(name) => {
                engine(name)?;
                among(name).ok_or_else(|| format!("the base '{name}' is not among the engines that run"))
            }
            None => CURVE_ENGINES
                .into_iter()
                .find_map(among)
                .or_else(|| engines.first().copied())
                .ok_or_else(|| "no engine to run".into()),
        }
    }
}

/// The engine of that name, or which names there are.
fn engine(name: &str) -> Result<&'static dyn Engine, String> {
    by_name(name).ok_or_else(|| {
        let names: Vec<&str> = ENGINES.iter().map(|engine| engine.name()).collect();
        format!("there is no engine '{name}'; there are: {}", names.join(", "))
    })
}

/// A positive number, at most 3,600: a run of more than an hour is a slip of the keyboard.
fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number <= 3_600.0 => Ok(number),
        _ => Err("expected a number above 0 and up to 3600".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(arguments: &[&str]) -> Result<Plan, String> {
        let words = std::iter::once("peers").chain(arguments.iter().copied());
        Options::try_parse_from(words).map_err(|error| error.to_string())?.plan()
    }

    #[test]
    fn lists_become_sizes_and_engines_in_their_order() {
        let plan = plan(&["--nodes", "10,20", "--engines", "madsim,heap", "--events", "5"]).expect("valid");
        assert_eq!(plan.nodes, [10, 20]);
        let names: Vec<&str> = plan.engines.iter().map(|engine| engine.name()).collect();
        assert_eq!(names, ["madsim", "heap"]);
        assert_eq!(plan.base.name(), "heap");
    }

    #[test]
    fn wrong_options_are_refused_with_a_reason() {
        let cases: [(&[&str], &str); 7] = [
            (&["--engines", "hepa"], "no engine 'hepa'"),
            (&["--engines", "heap,heap"], "given twice"),
            (&["--engines", "heap", "--base", "madsim"], "not among"),
            (&["--nodes", "0"], "invalid value"),
            (&["--seconds=-1"], "expected a number above 0"),
            (&["--events", "5", "--seconds", "1"], "cannot be used with"),
            (&["--curve", "--nodes", "5"], "cannot be used with"),
        ];
        for (arguments, reason) in cases {
            let refusal = plan(arguments).err().unwrap_or_default();
            assert!(refusal.contains(reason), "{arguments:?}: {refusal}");
        }
    }
}
