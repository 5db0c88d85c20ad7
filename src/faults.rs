//! What went wrong in the runs of a batch, drawn for each of them, for people.

use std::fmt::Write as _;

use scenarios::Batch;

/// So many drawn faults of a single run are shown one by one.
const SHOWN: usize = 12;

/// The drawn faults of a run one by one; of several runs, how many each had. Empty if nothing was drawn.
pub(crate) fn shown(batch: &Batch) -> String {
    let counts: Vec<usize> = batch.rows.iter().map(|row| row.outcome.faults_drawn).collect();
    let (Some(least), Some(most)) = (counts.iter().min(), counts.iter().max()) else { return String::new() };
    let mut lines = String::new();
    match batch.rows.as_slice() {
        _ if *most == 0 => {}
        [only] => {
            for line in only.outcome.faults.iter().take(SHOWN) {
                let _ = writeln!(lines, "drawn  {line}");
            }
            if *most > SHOWN {
                let _ = writeln!(lines, "drawn  and {} more: runs[].faults in manifest.json", *most - SHOWN);
            }
        }
        several => {
            let mean = counts.iter().sum::<usize>() as f64 / several.len() as f64;
            let _ = writeln!(
                lines,
                "drawn  {least} to {most} faults a run, {mean:.1} on average: runs[].faults in manifest.json"
            );
        }
    }
    lines
}
