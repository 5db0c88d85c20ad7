//! What `run` prints and writes.

use contract::Hash;
use serde_json::Value;

use crate::support::{ATTACK, Place, library};

/// The same value with every leaf replaced by its type.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        // One item stands for all.
        Value::Array(items) => Value::Array(items.first().map(shape).into_iter().collect()),
        Value::String(text) if Hash::parse(text).is_some() => "hash".into(),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        Value::Bool(_) => "flag".into(),
        Value::Null => Value::Null,
    }
}

#[test]
fn the_library_passes_with_seed_1() {
    let place = Place::new();
    for name in ["double-spend.toml", "reference/phold.toml"] {
        let file = library(name);
        let ran = place.dunbar(&["run", file.to_str().unwrap(), "--seed", "1", "--quiet"]).ended(0);
        assert!(ran.out.contains("PASS") && !ran.out.contains("FAIL"), "{}", ran.out);
    }
    assert_eq!(place.files("out"), ["double-spend", "phold"]);
}

#[test]
fn a_table_and_a_line_for_each_expectation_are_printed() {
    let place = Place::new();
    // Here everything takes the same time for everybody, so the numbers follow from the protocol alone.
    let text = ATTACK.replace("\"lan\"", "\"perfect\"").replace("seeds = 2", "seeds = 3");
    let text = format!(
        "{text}\n[world]\nsync_extra = \"0 s\"\n[sweep]\n\"parameters.endowment\" = [\"5 OMC\", \"100 OMC\"]\n"
    );
    place.write("attack.toml", text);
    let ran = place.dunbar(&["run", "attack.toml", "--out", "out"]).ended(1);
    let (printed, digest) = ran.out.trim_end().rsplit_once('\n').unwrap();
    insta::assert_snapshot!(printed);
    let whole = place.json("out/manifest.json")["digest"].as_str().unwrap().to_owned();
    assert_eq!(digest, format!("digest {}  files in out", &whole[..16]));
    insta::assert_snapshot!("the_resolved_scenario_is_printed_under_its_seeds", ran.err);
}

#[test]
fn the_manifest_says_what_ran_and_what_came_of_it() {
    let place = Place::with_attack();
    place.dunbar(&["run", "attack.toml", "--quiet", "--out", "out"]).ended(0);
    let manifest = place.json("out/manifest.json");
    insta::assert_json_snapshot!(shape(&manifest));

    assert_eq!(manifest["format"], 1);
    assert_eq!(manifest["program"]["version"], env!("CARGO_PKG_VERSION"));
    assert!(manifest["program"]["compiler"].as_str().unwrap().starts_with("rustc "));
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    assert_eq!(manifest["program"]["profile"], profile);
    assert_eq!((&manifest["scenario"]["file"], &manifest["scenario"]["text"]), (&"attack.toml".into(), &ATTACK.into()));
    assert_eq!(manifest["scenario"]["hash"], Hash::blake3(&[ATTACK.as_bytes()]).to_string());
    assert_eq!(manifest["seeds"], serde_json::json!([1, 2]));

    let runs = manifest["runs"].as_array().unwrap();
    let digests: Vec<Hash> = runs.iter().map(|run| Hash::parse(run["digest"].as_str().unwrap()).unwrap()).collect();
    assert!(digests.len() == 2 && digests[0] != digests[1], "another seed is another run");
    let parts: Vec<&[u8]> = digests.iter().map(|digest| digest.as_bytes().as_slice()).collect();
    assert_eq!(manifest["digest"], Hash::blake3(&parts).to_string());
    for run in runs {
        let count = |name: &str| run[name].as_u64().unwrap();
        assert_eq!(count("sent"), count("delivered") + count("lost") + count("in_flight"), "{run}");
        assert!(count("events") > count("delivered") && count("bytes_sent") > 0, "{run}");
        assert_eq!(run["exhausted"], false);
    }
    assert!(manifest["peak_memory_bytes"].as_u64() > Some(1 << 20), "some megabytes");
    assert_eq!(manifest["judgements"][0]["verdict"], "PASS");
    assert_eq!(manifest["not_judged"], serde_json::json!([]));
}

/// A million of them shall fit into 2 GiB, which is 2,147 bytes each. What 50,000 more nodes add says it without the program itself.
#[test]
fn an_idle_ledger_node_takes_less_than_two_kilobytes_of_memory() {
    let place = Place::new();
    place.write("idle.toml", include_str!("../../benches/idle-ledger.toml"));
    let peak = |count: u32| {
        let (nodes, out) = (format!("population.0.count={count}"), count.to_string());
        // Eight neighbours on average, as in the file.
        let edges = format!("network.connectivity={:.9}", 8.0 / f64::from(count));
        place.dunbar(&["run", "idle.toml", "--quiet", "--out", &out, "--set", &nodes, "--set", &edges]).ended(0);
        let manifest: Value = serde_json::from_str(&place.read(&format!("{out}/manifest.json"))).unwrap();
        manifest["peak_memory_bytes"].as_u64().unwrap()
    };
    let each = (peak(60_000) - peak(10_000)) / 50_000;
    assert!((500..2_000).contains(&each), "{each} bytes");
}

#[test]
fn the_metrics_have_a_row_for_each_run_and_units_in_their_heading() {
    let place = Place::with_attack();
    let sweep = "sweep.\"population.0.count\"=[3, 5]";
    place.dunbar(&["run", "attack.toml", "--quiet", "--out", "out", "--set", sweep]).ended(0);
    let metrics = place.read("out/metrics.csv");
    let mut lines = metrics.lines();
    insta::assert_snapshot!(lines.next().unwrap());
    let keys: Vec<Vec<&str>> = lines.map(|line| line.split(',').take(3).collect()).collect();
    assert_eq!(keys, [["0", "3", "1"], ["0", "3", "2"], ["1", "5", "1"], ["1", "5", "2"]]);
}

#[test]
fn a_metric_without_a_value_is_an_empty_field_and_not_zero() {
    let place = Place::with_attack();
    let never = ["--set", "script.0.at=5 s", "--set", "horizon=4.9 s"];
    place.dunbar(&[&["run", "attack.toml", "--quiet", "--out", "never"][..], &never].concat()).ended(2);
    // The last moment: nothing can be detected any more.
    let last = ["--set", "script.0.at=5 s", "--seed", "1"];
    place.dunbar(&[&["run", "attack.toml", "--quiet", "--out", "out"][..], &last].concat()).ended(1);
    let metrics = place.read("out/metrics.csv");
    let rows: Vec<Vec<&str>> = metrics.lines().map(|line| line.split(',').collect()).collect();
    let column = rows[0].iter().position(|name| *name == "first_detection_s [s]").unwrap();
    let detected = rows[0].iter().position(|name| *name == "detected [1]").unwrap();
    assert_eq!((rows[1][column], rows[1][detected]), ("", "0"));
}

#[test]
fn json_is_the_manifest_and_the_metrics_of_every_run() {
    let place = Place::with_attack();
    let ran = place.dunbar(&["run", "attack.toml", "--json", "--quiet", "--out", "out"]).ended(0);
    let printed = ran.json();
    assert_eq!(printed["manifest"], place.json("out/manifest.json"));
    let metrics = printed["metrics"].as_array().unwrap();
    assert_eq!(metrics.len(), 2);
    assert!(metrics.iter().all(|metrics| metrics["detected"] == 1.0), "{metrics:?}");
    assert_eq!(ran.err, "");
}

#[test]
fn a_trace_is_written_for_every_run_that_is_asked_for() {
    let place = Place::with_attack();
    place.dunbar(&["run", "attack.toml", "--quiet", "--out", "without"]).ended(0);
    assert_eq!(place.files("without"), ["manifest.json", "metrics.csv"]);
    place.dunbar(&["run", "attack.toml", "--quiet", "--trace", "--out", "with"]).ended(0);
    let traces = ["cell-0-seed-1.trace", "cell-0-seed-2.trace"];
    assert_eq!(place.files("with"), [&traces[..], &["manifest.json", "metrics.csv"]].concat());
    // Recording is no part of what happens.
    let digests = |folder: &str| place.json(&format!("{folder}/manifest.json"))["digest"].clone();
    assert_eq!(digests("with"), digests("without"));
}
