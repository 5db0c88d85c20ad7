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
        ("shares that are no list", "topology = \"outbound\"\noutbound_links = 1"),
        ("shares that are text", "topology = \"outbound\"\noutbound_links = [0.5, \"all\"]"),
        ("a link of three", "topology = \"links\"\nlinks = [[\"thief\", \"honest.0\", \"honest.1\"]]"),
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

const MATRIX: &str = "profile = \"matrix\"\n[network.matrix]\nsource = \"probes of our own\"\n\
    regions = [\"here\", \"there\"]\nlatency_mean_ms = [[1, 50], [50, 2]]\nlatency_sampling = \"lognormal\"\n\
    sigma = 0.2\nregion_share = { all = [0.5, 0.5] }";
const CSV: &str = "# source = \"probes of our own\"\n# latency_sampling = \"lognormal\"\n# sigma = 0.2\n\
    # region_share = { all = [0.5, 0.5] }\n, here, there\nhere, 1, 50\nthere, 50, 2\n";

/// The resolved network as it is printed.
fn shown(place: &Place, file: &str) -> String {
    let err = place.dunbar(&["run", file, "--out", "out", "--force", "--seed", "1"]).ended(0).err;
    let network = err.lines().skip_while(|line| *line != "[network]").skip(1).take_while(|line| !line.is_empty());
    network.map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_matrix_means_the_same_in_the_scenario_and_in_files_beside_it() {
    let place = Place::new();
    place.write("inline.toml", ATTACK.replace("profile = \"lan\"", MATRIX));
    place.write("probes.csv", CSV);
    let (_, table) = MATRIX.split_once("[network.matrix]\n").unwrap();
    place.write("probes.toml", table);
    for file in ["probes.csv", "probes.toml"] {
        place.write(&format!("of-{file}.toml"), ATTACK.replace("\"lan\"", &format!("\"{file}\"")));
    }
    let digests: Vec<String> = ["inline.toml", "of-probes.csv.toml", "of-probes.toml.toml"]
        .map(|file| {
            let ran = place.dunbar(&["run", file, "--quiet", "--json", "--out", "out", "--force"]).ended(0).json();
            ran["manifest"]["digest"].as_str().unwrap().to_owned()
        })
        .to_vec();
    assert!(digests.iter().all(|digest| *digest == digests[0]), "{digests:?}");
    insta::assert_snapshot!(shown(&place, "of-probes.csv.toml"));
}

#[test]
fn everything_about_the_network_is_shown_before_a_run() {
    let place = Place::new();
    let network = "profile = \"omerta\"\n\
        link = { duplication = 0.01, reordering = 0.1, held_back = \"30 ms\", packet = \"1400 B\" }\n\
        [[network.node]]\nnodes = [\"honest.0\", \"thief\"]\nregion = \"japan\"\nconnection = \"fiber\"\n\
        [[network.node]]\nnodes = [\"honest.1\"]\nupload = \"1 Mbit/s\"\n\
        [[network.change]]\nbetween = [\"europe\", \"asia\"]\nat = [\"1 s\", \"3 s\"]\nlatency = [2.5, 1.0]\n\
        [[network.change]]\nat = [\"0 s\", \"12 h\"]\nlatency = [1.0, 1.2]\nevery = \"24 h\"\nlinear = true";
    place.write("omerta.toml", ATTACK.replace("profile = \"lan\"", network));
    insta::assert_snapshot!(shown(&place, "omerta.toml"));
}

#[test]
fn a_bad_matrix_is_shown_where_it_is_bad() {
    let with = |from: &str, to: &str| MATRIX.replace(from, to);
    let cases = [
        ("not square", with("[[1, 50], [50, 2]]", "[[1, 50], [50]]")),
        ("too few rows", with("[[1, 50], [50, 2]]", "[[1, 50]]")),
        ("negative", with("[50, 2]]", "[50, -2]]")),
        ("asymmetric", with("[50, 2]]", "[51, 2]]")),
        ("shares", with("[0.5, 0.5]", "[0.5, 0.4]")),
        ("a typo", with("sigma", "sgima")),
        ("a typo further in", with("sigma", "connection = { home = { upload_mbps = 3, downlod_mbps = 3 } }\nsigma")),
        ("a spread that is text", with("sigma = 0.2", "sigma = \"wide\"")),
        ("a spread that is half a matrix", with("sigma = 0.2", "sigma = [[0.1, 0.2], \"wide\"]")),
        ("no name", with("\"there\"]", "\"\"]")),
        ("no source", with("source = \"probes of our own\"\n", "")),
        ("a spread of nothing", with("\"lognormal\"", "\"constant\"")),
        ("no such sampling", with("\"lognormal\"", "\"normal\"")),
        ("no matrix", "profile = \"matrix\"".to_owned()),
        ("two profiles", with("profile = \"matrix\"", "profile = \"wan\"")),
        ("no file", "profile = \"probes.csv\"".to_owned()),
    ];
    let cases = cases.each_ref().map(|(what, text)| (*what, "profile = \"lan\"", text.as_str()));
    insta::assert_snapshot!(all_refused(&cases));
}

#[test]
fn a_bad_matrix_in_a_file_is_shown_there() {
    let place = Place::new();
    place.write("probes.toml", ATTACK.replace("\"lan\"", "\"probes.csv\""));
    let refused = |text: String| {
        place.write("probes.csv", text);
        place.dunbar(&["net", "graph", "probes.toml"]).ended(2).err
    };
    let cases = [
        CSV.replace("there, 50, 2", "there, 51, 2"),
        CSV.replace("there, 50, 2", "there, 50"),
        format!("{}nowhere, 1, 1\n", CSV.trim_end().to_owned() + "\n"),
        CSV.replace("there, 50, 2", "there, 50, two"),
        CSV.replace("there, 50, 2", "elsewhere, 50, 2"),
        CSV.replace("sigma = 0.2", "sigma = "),
        "# source = \"x\"\n".to_owned(),
    ];
    insta::assert_snapshot!(cases.map(refused).join("\n"));
}

#[test]
fn nodes_links_and_changes_are_checked() {
    let with = |rest: &str| format!("profile = \"simblock-2019\"\n{rest}");
    let cases = [
        ("an unknown region", with("[[network.node]]\nnodes = [\"thief\"]\nregion = \"europa\"")),
        ("no connections", with("[[network.node]]\nnodes = [\"thief\"]\nconnection = \"fiber\"")),
        ("nobody", with("[[network.node]]\nnodes = [\"thieves\"]\nregion = \"europe\"")),
        ("nothing said", with("[[network.node]]\nnodes = [\"thief\"]")),
        ("no rate", with("[[network.node]]\nnodes = [\"thief\"]\nupload = \"0 bit/s\"")),
        ("improbable loss", with("link = { loss = 1.5 }")),
        ("improbable duplication", with("link = { duplication = -0.5 }")),
        ("held back by nothing", with("link = { reordering = 0.5 }")),
        ("empty packets", with("link = { packet = \"0 B\" }")),
        ("unknown shares", with("region_share = \"monero\"")),
        ("other lengths", with("[[network.change]]\nat = [\"1 s\", \"2 s\"]\nlatency = [2.0]")),
        ("times that go back", with("[[network.change]]\nat = [\"2 s\", \"1 s\"]\nlatency = [2.0, 1.0]")),
        ("no latency", with("[[network.change]]\nat = [\"2 s\"]\nlatency = [0.0]")),
        ("a short day", with("[[network.change]]\nat = [\"0 s\", \"2 s\"]\nlatency = [2.0, 1.0]\nevery = \"1 s\"")),
        ("too many round trips", with("link = { handshake_round_trips = 300 }")),
        ("between numbers", with("[[network.change]]\nbetween = 1\nat = [\"0 s\"]\nlatency = [2.0]")),
        (
            "between three",
            with(
                "[[network.change]]\nbetween = [\"europe\", \"japan\", \"australia\"]\nat = [\"0 s\"]\nlatency = [2.0]",
            ),
        ),
        (
            "between unknown regions",
            with("[[network.change]]\nbetween = [\"europe\", \"mars\"]\nat = [\"0 s\"]\nlatency = [2.0]"),
        ),
    ];
    let cases = cases.each_ref().map(|(what, text)| (*what, "profile = \"lan\"", text.as_str()));
    insta::assert_snapshot!(all_refused(&cases));
}

#[test]
fn every_profile_is_listed_shown_and_drawn() {
    let place = Place::new();
    let listed = place.dunbar(&["net", "list"]).ended(0).out;
    for name in ["lan", "omerta", "perfect", "simblock-2015", "simblock-2019", "wan"] {
        assert!(listed.contains(&format!("| {name} ")), "{listed}");
        let shown = place.dunbar(&["net", "show", name, "--svg", "map.svg", "--force", "--json"]).ended(0).json();
        let regions = shown["regions"].as_array().unwrap().len();
        let svg = place.read("map.svg");
        assert_eq!(svg.matches("<circle").count(), regions, "{name}");
        assert_eq!(svg.matches("<line").count(), regions * (regions - 1) / 2, "{name}");
    }
    insta::assert_snapshot!(place.dunbar(&["net", "show", "omerta"]).ended(0).out);
    let wrong = place.dunbar(&["net", "show", "simblock"]).ended(2).err;
    assert!(wrong.contains("no network profile `simblock`"), "{wrong}");
}

/// Round trips of two pairs by formulas, so that nobody has to keep a file: spread evenly between two bounds.
fn round_trips() -> String {
    let mut text = "from,to,rtt_ms,when\n".to_owned();
    for step in 0..200 {
        let late = f64::from(step * step) / 400.0;
        text += &format!("berlin,tokyo,{:.3},now\ntokyo,berlin,{:.3},now\n", 240.0 + late, 240.5 + late);
        text += &format!("berlin,berlin,{:.3},now\n", 2.0 + f64::from(step % 20) / 10.0);
    }
    text + "tokyo,tokyo,1.5,now\n"
}

#[test]
fn a_profile_is_made_of_round_trips_and_used_by_a_scenario() {
    let place = Place::new();
    place.write("rtt.csv", round_trips());
    insta::assert_snapshot!(place.dunbar(&["net", "fit", "rtt.csv", "--out", "measured.toml"]).ended(0).out);
    insta::assert_snapshot!("the_fitted_profile", place.read("measured.toml"));
    let shown = place.dunbar(&["net", "show", "measured.toml", "--json"]).ended(0).json();
    let median = shown["latency_p50_ms"][0][1].as_f64().unwrap();
    assert!((median - (240.25 + 99.5 * 99.5 / 400.0) / 2.0).abs() < 1.0, "{median}");
    place.write("measured-attack.toml", ATTACK.replace("\"lan\"", "\"measured.toml\""));
    place.dunbar(&["run", "measured-attack.toml", "--quiet", "--out", "out"]).ended(0);
}

#[test]
fn bad_measurements_are_refused_where_they_are_bad() {
    let place = Place::new();
    let refused = |text: &str| {
        place.write("rtt.csv", text);
        place.dunbar(&["net", "fit", "rtt.csv"]).ended(2).err
    };
    let cases = [
        "from,to,ms\na,a,1\n",
        "from,to,rtt_ms\n",
        "from,to,rtt_ms\na,b,1\na,b,-\n",
        "from,to,rtt_ms\na,b,0\n",
        "from,to,rtt_ms\na,,1\n",
        "from,to,rtt_ms\na,b\n",
        "from,to,rtt_ms\na,b,1\n",
        "from,to,rtt_ms\na,b,1\nc,c,1\na,a,1\n",
    ];
    insta::assert_snapshot!(cases.map(refused).join("\n"));
    place.write("rtt.csv", "from,to,rtt_ms\na,b,100\n");
    let json = place.dunbar(&["net", "fit", "rtt.csv", "--within", "3", "--json"]).ended(0).json();
    assert_eq!((json["pairs"].as_array().unwrap().len(), json["warnings"].as_array().unwrap().len()), (3, 4));
    assert_eq!(json["pairs"][0]["fit"]["samples"], 0, "what was said is no measurement: {json}");
    assert!(json["profile"].as_str().unwrap().contains("net fit: 1 round trips in rtt.csv"), "{json}");
}
