//! `dunbar trace`.

use crate::support::Place;

fn traced() -> Place {
    let place = Place::with_attack();
    place.dunbar(&["run", "attack.toml", "--seed", "1", "--quiet", "--trace", "--out", "out"]).ended(0);
    place
}

const FILE: &str = "out/cell-0-seed-1.trace";

fn lines(place: &Place, more: &[&str]) -> Vec<serde_json::Value> {
    let ran = place.dunbar(&[&["trace", FILE, "--json"], more].concat()).ended(0);
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn steps_are_chosen_by_node_time_and_kind() {
    let place = traced();
    let all = lines(&place, &[]);
    let count = |filter: &dyn Fn(&serde_json::Value) -> bool| all.iter().filter(|step| filter(step)).count();
    let kind = |step: &serde_json::Value, kind: &str| step["kinds"].as_array().unwrap().contains(&kind.into());
    assert_eq!(lines(&place, &["--node", "3"]).len(), count(&|step| step["node"] == 3));
    assert_eq!(lines(&place, &["--node", "double-spender"]).len(), count(&|step| step["node"] == 3));
    assert_eq!(lines(&place, &["--node", "thief"]).len(), count(&|step| step["node"] == 3));
    assert_eq!(lines(&place, &["--node", "honest.2"]).len(), count(&|step| step["node"] == 2));
    assert_eq!(lines(&place, &["--node", "honest"]).len(), count(&|step| step["node"] != 3));
    let said = place.dunbar(&["trace", FILE, "--node", "theif"]).ended(2).err;
    let known = "it has the nodes 0 to 3; the roles double-spender, honest; the names";
    assert!(said.contains("has no node `theif`") && said.contains(known), "{said}");
    let late = lines(&place, &["--from", "1 s", "--to", "1.5 s"]);
    let within = |step: &serde_json::Value| (1_000_000_000..=1_500_000_000).contains(&step["at_ns"].as_u64().unwrap());
    assert!(!late.is_empty() && late.len() == count(&within));
    for name in ["command", "send", "conflict-detected", "start"] {
        let found = lines(&place, &["--kind", name]);
        assert!(!found.is_empty() && found.len() == count(&|step| kind(step, name)), "{name}");
    }
    let refused = |more: &[&str]| place.dunbar(&[&["trace", FILE], more].concat()).ended(2).err;
    let said = refused(&["--kind", "nothing"]);
    assert!(said.contains("no step of the kind `nothing`") && said.contains("command"), "{said}");
    assert!(refused(&["--from", "2 s", "--to", "1 s"]).contains("is after --to"));
}

#[test]
fn people_read_the_steps_and_how_many_there_were() {
    let place = traced();
    let ran = place.dunbar(&["trace", FILE, "--node", "3", "--kind", "command"]).ended(0);
    assert!(ran.out.starts_with("1.000000000s node 3 Command"), "{}", ran.out);
    assert!(ran.err.starts_with("# 1 of ") && ran.err.ends_with(" steps of 4 nodes\n"), "{}", ran.err);
    assert_eq!(place.dunbar(&["trace", FILE, "--quiet"]).ended(0).err, "");
}

#[test]
fn what_is_no_trace_is_refused_and_what_is_cut_off_is_read_as_far_as_it_goes() {
    let place = traced();
    for file in ["attack.toml", "nothing.trace", "out"] {
        let ran = place.dunbar(&["trace", file]).ended(2);
        assert!(ran.err.contains("help: "), "{}", ran.err);
    }
    assert!(place.dunbar(&["trace", FILE, "--from", "soon"]).ended(2).err.contains("does not start with a number"));
    let bytes = place.bytes(FILE);
    place.write("cut.trace", &bytes[..bytes.len() / 2]);
    let ran = place.dunbar(&["trace", "cut.trace"]).ended(3);
    assert!(ran.err.contains(" steps of 4 nodes; ") && !ran.out.is_empty(), "{}", ran.err);
}
