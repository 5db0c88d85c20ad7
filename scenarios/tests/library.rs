//! Every ledger scenario of the library, faults and attacks alike, with one seed for each of its cells: no invariant breaks at any
//! event, nobody honest is accused, and no money is made or lost. `dunbar run` does the same with all seeds.

use std::path::Path;

use scenarios::{Batch, Source, sweep, systems};

#[test]
fn nobody_honest_is_accused_under_any_fault_or_attack() {
    let (registry, mut runs) = (systems::registry(), 0);
    for path in scenarios::files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("library")).expect("the library") {
        let text = std::fs::read_to_string(&path).expect("a scenario");
        if !text.contains("protocol = \"ledger\"") {
            continue;
        }
        let name = path.display().to_string();
        let source = Source::new(name.clone(), text).in_folder(path.parent().expect("a folder"));
        let cells = sweep::cells(&source, &registry).unwrap_or_else(|error| panic!("{name}: {}", error.message()));
        let batch = Batch::run(&registry, &cells, &[1], None, &|| ()).unwrap_or_else(|error| panic!("{name}: {error}"));
        for row in batch.rows {
            for metric in ["false_accusations", "unconserved"] {
                assert_eq!(row.outcome.metrics[metric], 0.0, "{name}: {metric} in cell {}", row.cell);
            }
            runs += 1;
        }
    }
    assert!(runs >= 25, "only {runs} runs");
}
