//! Runs PHOLD in one process on several engines, in turn, and prints their ratios.
//!
//! The workload is in [`phold`], what is measured in [`meter`], how it is compared in [`compare`]. Only the ratios of
//! one invocation are claims: rates depend on the machine and on its neighbours.
//!
//! Exit codes: 0 done, 1 an engine gave up, 2 wrong options.

mod compare;
mod engines;
mod memory;
mod meter;
mod options;
mod phold;
mod print;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let options = options::Options::parse();
    let plan = match options.plan() {
        Ok(plan) => plan,
        Err(reason) => {
            eprintln!("error: {reason}\n\nFor more information, try '--help'.");
            return ExitCode::from(2);
        }
    };
    let note = |line: &str| {
        if !options.quiet {
            eprintln!("{line}");
        }
    };
    let output = if options.memory {
        memory::run(&plan.nodes, plan.delay_ns_mean, plan.seed).map(|rows| memory::text(&rows))
    } else {
        compare::run(&plan, &note).map(|rows| match (options.json, options.markdown) {
            (true, _) => print::json(&plan, &rows),
            (_, true) => print::markdown(&plan, &rows),
            _ => print::text(&plan, &rows),
        })
    };
    let output = match output {
        Ok(output) => output,
        Err(failure) => {
            eprintln!("error: {failure}");
            return ExitCode::FAILURE;
        }
    };
    match std::io::stdout().write_all(output.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot write the result: {error}");
            ExitCode::FAILURE
        }
    }
}
