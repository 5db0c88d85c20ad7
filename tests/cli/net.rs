//! `dunbar net`, and scenarios whose network lies in files beside them.

use crate::bad_files::all_refused;
use crate::support::{ATTACK, Place};

/// The small attack over other links.
fn over(network: &str) -> String {
    ATTACK.replace("profile = \"lan\"", &format!("profile = \"lan\"\n{network}"))
}

const SQUARE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <graph id="G" edgedefault="undirected">
    <node id="n0"/><node id="n1"/><node id="n2"/><node id="n3"/>
    <edge source="n0" target="n1"/><edge source="n1" target="n2"/>
    <edge source="n2" target="n3"/><edge source="n3" target="n0"/>
  </graph>
</graphml>
"#;

#[test]
fn the_graph_of_every_cell_is_shown() {
    let place = Place::new();
    let sweep = "[sweep]\n\"network.topology\" = [\"complete\", \"ring\", \"grid\"]\n";
    place.write("swept.toml", format!("{}\n{sweep}", ATTACK));
    insta::assert_snapshot!(place.dunbar(&["net", "graph", "swept.toml", "--seed", "3"]).ended(0).out);
    let json =
        place.dunbar(&["net", "graph", "swept.toml", "--set", "network.topology=ring", "--json"]).ended(0).json();
    assert_eq!(
        (&json["seed"], &json["graph"]["links"], &json["graph"]["distance_max"]),
        (&1.into(), &4.into(), &2.into())
    );
}

#[test]
fn a_graph_in_a_file_is_kept_in_the_manifest_and_verified_from_it() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("graphs")).unwrap();
    place.write("graphs/square.graphml", SQUARE);
    place.write("square.toml", over("topology = \"file\"\ngraph = \"graphs/square.graphml\""));
    place.dunbar(&["run", "square.toml", "--quiet", "--out", "out"]).ended(0);
    let manifest = place.json("out/manifest.json");
    assert_eq!(manifest["scenario"]["files"]["graphs/square.graphml"], SQUARE);
    assert_eq!(manifest["runs"][0]["graph"]["links"], 4);
    std::fs::remove_dir_all(place.path().join("graphs")).unwrap();
    let verified = place.dunbar(&["verify", "out/manifest.json"]).ended(0);
    assert_eq!(verified.out, "identical: 2 runs in two fresh processes, and as the manifest says\n");
    place.dunbar(&["run", "square.toml", "--quiet", "--out", "again"]).ended(2);
}

#[test]
fn links_in_the_scenario_join_nodes_and_populations() {
    let place = Place::new();
    place.write(
        "star.toml",
        over("topology = \"links\"\nlinks = [[\"thief\", \"honest\"], [\"honest.0\", \"honest.1\"]]"),
    );
    let json = place.dunbar(&["net", "graph", "star.toml", "--json"]).ended(0).json();
    assert_eq!((&json["graph"]["links"], &json["graph"]["degree_max"]), (&4.into(), &3.into()));
}

#[test]
fn a_topology_has_its_keys_and_no_others() {
    let cases = [
        ("no degree", "topology = \"barabasi-albert\""),
        ("an odd degree", "topology = \"ring\"\ndegree = 3"),
        ("no such regular graph", "topology = \"random-regular\"\ndegree = 5"),
        ("a foreign key", "topology = \"grid\"\ndegree = 4"),
        ("no columns", "topology = \"grid\"\ngrid = { columns = 0 }"),
        ("no probability", "topology = \"watts-strogatz\"\ndegree = 2\nrewired = 1.5"),
        ("an unknown distribution", "topology = \"outbound\"\noutbound_links = \"bitcon\""),
        ("shares that fall", "topology = \"outbound\"\noutbound_links = [0.5, 0.4, 1.0]"),
        ("an unknown end", "topology = \"links\"\nlinks = [[\"thief\", \"honest.7\"]]"),
        ("a link home", "topology = \"links\"\nlinks = [[\"thief\", \"thief\"]]"),
        ("no file", "topology = \"file\"\ngraph = \"missing.graphml\""),
        ("a file elsewhere", "topology = \"file\"\ngraph = \"../graph.graphml\""),
    ];
    let cases = cases.map(|(what, keys)| (what, format!("profile = \"lan\"\n{keys}")));
    let cases = cases.each_ref().map(|(what, keys)| (*what, "profile = \"lan\"", keys.as_str()));
    insta::assert_snapshot!(all_refused(&cases));
}

#[test]
fn a_dangling_edge_is_shown_in_its_file() {
    let place = Place::new();
    place.write("square.graphml", SQUARE.replace("target=\"n3\"", "target=\"n4\""));
    place.write("square.toml", over("topology = \"file\"\ngraph = \"square.graphml\""));
    insta::assert_snapshot!(place.dunbar(&["net", "graph", "square.toml"]).ended(2).err);
}
