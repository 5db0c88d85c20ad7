//! `conform`: the traces of simulated runs.

use crate::support::{ATTACK, Place};

/// A crash in the middle of a payment, a restart, and a cut of the network.
const FAULTS: &str = r#"
[[script]]
at = "1.5 s"
node = "honest.2"
command = { pay = { to = "honest.0", amount = "1 OMC" } }

[[fault]]
kind = "crash"
node = "honest.2"
from = "1.501 s"
until = "3 s"

[[fault]]
kind = "partition"
from = "900 ms"
until = "4 s"
sides = [["honest.0", "thief"], ["honest.1"]]
"#;

/// A folder with the traces of such runs in `out`.
fn traced(more: &str, set: &[&str]) -> Place {
    let place = Place::new();
    place.write("s.toml", format!("{}{more}", ATTACK.replace("\"detected\"", "\"connected\"")));
    let set: Vec<&str> = set.iter().flat_map(|set| ["--set", set]).collect();
    place.dunbar(&[&["run", "s.toml", "--quiet", "--trace", "--out", "out"][..], &set].concat()).ended(0);
    place
}

#[test]
fn traces_of_both_kinds_of_signatures_conform_through_crash_and_partition() {
    let sweep = format!("{FAULTS}\n[sweep]\n\"world.crypto\" = [\"simulated\", \"ed25519\"]\n");
    let place = traced(&sweep, &["world.clock_offset_max=3 s", "world.clock_drift_max_ppm=500"]);
    let traces: Vec<String> = place.files("out").into_iter().filter(|name| name.ends_with(".trace")).collect();
    assert_eq!(traces.len(), 4, "two kinds of signatures, two seeds");
    for name in traces {
        let found = place.dunbar(&["conform", &format!("out/{name}"), "--json"]).ended(0).json();
        assert_eq!((&found["conforms"], &found["nodes"], &found["cut_off"]), (&true.into(), &4.into(), &().into()));
        // Four starts, one restart, at the least.
        assert!(found["steps"].as_u64() > Some(10), "{name}: {found}");
    }
}

#[test]
fn a_trace_of_phold_conforms() {
    let place = Place::new();
    let text = "format = 1\ntitle = \"t\"\nprotocol = \"phold\"\nhorizon = \"1 s\"\n[network]\nprofile = \"wan\"\n\
                [[population]]\nname = \"node\"\ncount = 5\n";
    place.write("s.toml", text);
    place.dunbar(&["run", "s.toml", "--seed", "3", "--quiet", "--trace", "--out", "out"]).ended(0);
    let ran = place.dunbar(&["conform", "out/cell-0-seed-3.trace"]).ended(0);
    assert!(
        ran.out.starts_with("conforms: ") && ran.out.ends_with(" of 5 nodes, every effect identical\n"),
        "{}",
        ran.out
    );
}

#[test]
fn a_cut_simulated_trace_is_inconclusive_and_said_to_be_truncated() {
    let place = traced("", &[]);
    let bytes = place.bytes("out/cell-0-seed-1.trace");
    let whole = place.dunbar(&["conform", "out/cell-0-seed-1.trace", "--json"]).ended(0).json();
    let mut steps = Vec::new();
    for share in [99, 90, 70, 50] {
        place.write("cut.trace", &bytes[..bytes.len() * share / 100]);
        let ran = place.dunbar(&["conform", "cut.trace"]).ended(3);
        assert!(
            ran.out.starts_with("truncated") && ran.out.contains("note: the trace is cut off at byte "),
            "{}",
            ran.out
        );
        steps.push(place.dunbar(&["conform", "cut.trace", "--json"]).ended(3).json()["steps"].as_u64().unwrap());
    }
    assert!(steps.is_sorted_by(|a, b| a > b) && Some(steps[0]) <= whole["steps"].as_u64(), "{steps:?}");
}

#[test]
fn a_trace_without_a_step_shows_nothing() {
    let place = traced("", &[]);
    place.write("cut.trace", &place.bytes("out/cell-0-seed-1.trace")[..60]);
    assert!(place.dunbar(&["conform", "cut.trace"]).ended(2).err.contains("cut off"), "not even a header");
    let bytes = place.bytes("out/cell-0-seed-1.trace");
    let mut reader = contract::trace::Reader::new(&bytes).unwrap();
    reader.header().unwrap();
    place.write("cut.trace", &bytes[..reader.offset() + 3]);
    let ran = place.dunbar(&["conform", "cut.trace"]).ended(3);
    assert!(ran.out.starts_with("nothing was replayed"), "{}", ran.out);
}

#[test]
fn what_is_no_trace_is_refused() {
    let place = Place::with_attack();
    std::fs::create_dir(place.path().join("folder")).unwrap();
    place.write("empty.trace", "");
    place.write("magic.trace", contract::trace::file::MAGIC);
    for (name, expected) in [
        ("attack.toml", "not a trace: the file does not begin with `dunbar-trace`"),
        ("empty.trace", "not a trace"),
        ("magic.trace", "does not begin with a header"),
        ("folder", "cannot read folder"),
        ("missing.trace", "cannot read missing.trace"),
    ] {
        let ran = place.dunbar(&["conform", name]).ended(2);
        // Long lines are wrapped.
        let said = ran.err.replace("\n  │ ", " ");
        assert!(said.contains(expected) && said.contains("help: "), "{name}: {}", ran.err);
    }
}
