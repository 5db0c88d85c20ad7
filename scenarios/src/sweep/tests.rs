use proptest::prelude::*;

use super::*;
use crate::systems::registry;

const BASE: &str = r#"format = 1
title = "a sweep"
protocol = "phold"
horizon = "1 s"

[network]
profile = "lan"

[[population]]
name = "node"
count = 2
"#;

fn expand(more: &str) -> Result<Vec<Cell>, BadScenario> {
    cells(&Source::new("test.toml", format!("{BASE}{more}")), &registry())
}

fn settings(more: &str) -> Vec<Vec<(String, String)>> {
    expand(more).unwrap().into_iter().map(|cell| cell.settings).collect()
}

#[test]
fn without_a_sweep_there_is_one_cell_without_settings() {
    assert_eq!(settings(""), [vec![]]);
}

#[test]
fn every_combination_is_a_cell_and_the_last_key_turns_fastest() {
    let more = "[sweep]\n\"population.0.count\" = [2, 3]\n\"network.profile\" = [\"lan\", \"wan\"]\n";
    let shown: Vec<String> = settings(more).iter().map(|cell| format!("{cell:?}")).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    [("network.profile", "\"lan\""), ("population.0.count", "2")]
    [("network.profile", "\"lan\""), ("population.0.count", "3")]
    [("network.profile", "\"wan\""), ("population.0.count", "2")]
    [("network.profile", "\"wan\""), ("population.0.count", "3")]
    "#);
}

#[test]
fn a_cell_is_resolved_under_its_settings() {
    let cells = expand("[sweep]\n\"population.0.count\" = [2, 30]\n").unwrap();
    assert_eq!(cells.iter().map(|cell| cell.scenario.nodes()).collect::<Vec<_>>(), [2, 30]);
}

#[test]
fn a_swept_key_without_values_is_refused_where_it_stands() {
    let bad = expand("[sweep]\n\"population.0.count\" = []\n").unwrap_err();
    assert_eq!((bad.message(), bad.line_and_column()), ("a swept key without values", Some((13, 24))));
}

#[test]
fn what_all_cells_share_is_not_swept() {
    for key in ["seeds", "first_seed", "protocol", "expect.0.at_most"] {
        let bad = expand(&format!("[sweep]\n\"{key}\" = [1, 2]\n")).unwrap_err();
        assert!(bad.message().ends_with("is the same for all cells"), "{key}: {}", bad.message());
        assert_eq!(bad.line_and_column(), Some((13, 1)));
    }
}

#[test]
fn a_sweep_has_a_bound_and_it_is_found_before_the_work() {
    let values = vec!["1"; 400].join(", ");
    let bad = expand(&format!("[sweep]\n\"a\" = [{values}]\n\"b\" = [{values}]\n")).unwrap_err();
    assert_eq!(bad.message(), "too many cells");
}

#[test]
fn the_runs_of_a_command_have_a_bound_and_it_is_found_before_the_work() {
    let text = |seeds: u32, more: &str| BASE.replacen("format = 1", &format!("format = 1\nseeds = {seeds}"), 1) + more;
    let run = |seeds: u32, more: &str| cells(&crate::Source::new("test.toml", text(seeds, more)), &registry());
    let two = "[sweep]\n\"population.0.count\" = [2, 3]\n";
    assert_eq!((run(1_000_000, "").unwrap().len(), run(500_000, two).unwrap().len()), (1, 2));
    let bad = run(u32::MAX, "").unwrap_err();
    assert_eq!(bad.message(), "1 cell with 4294967295 seeds are 4294967295 runs");
    assert_eq!(bad.line_and_column(), Some((2, 9)));
    assert_eq!(run(500_001, two).unwrap_err().message(), "2 cells with 500001 seeds are 1000002 runs");
    let swept = "[sweep]\n\"population.0.count\" = { from = 1, to = 40_000, count = 40_000 }\n";
    assert_eq!(expand(swept).unwrap_err().line_and_column(), Some((13, 24)), "30 seeds that nobody wrote down");
}

#[test]
fn a_swept_key_that_leads_nowhere_is_shown_where_it_stands() {
    for key in ["population.7.count", "population.x.count", "", "title.x"] {
        let bad = expand(&format!("[sweep]\nhorizon = [\"1 s\"]\n\"{key}\" = [1, 2]\n")).unwrap_err();
        assert_eq!((bad.file(), bad.line_and_column()), ("test.toml", Some((14, 1))), "{key}: {}", bad.message());
    }
}

#[test]
fn an_error_of_one_cell_is_shown_where_its_value_is_swept() {
    let bad = expand("[sweep]\n\"network.profile\" = [\"lan\", \"lam\"]\n").unwrap_err();
    assert_eq!((bad.file(), bad.line_and_column()), ("test.toml", Some((13, 29))));
}

#[test]
fn an_error_of_a_table_that_names_a_swept_value_is_shown_where_that_is_swept() {
    let script = |swept: &str| {
        format!(
            "[[script]]\nat = \"1 s\"\nnode = \"node.0\"\ncommand = {{ a = \"x\" }}\n[sweep]\n\"script.0.command.a\" = [{swept}]\n"
        )
    };
    let source = |text: &str| crate::Source::new("test.toml", text);
    let text = script("\"x\", \"zz\"");
    let set = source(&text).with("script.0.command.a", "\"zz\"").unwrap();
    let table = set.text().find("{ a = \"zz\" }").unwrap();
    let place = |message: &str| set.error(table..table + 12, message, "").line_and_column();
    assert_eq!(place("`zz` is no amount"), Some((6, 30)), "in the sweep");
    assert_eq!(place("there is no `b`"), Some((4, 11)), "in the table");
}

#[test]
fn an_expectation_for_a_value_that_is_never_taken_is_refused() {
    let when = |value: &str| {
        let sweep = "[sweep]\n\"population.0.count\" = [2, 3]\n[[expect]]\nmetric = \"lost\"\nstatistic = \"max\"\nat_most = 1\n";
        expand(&format!("{sweep}when = {{ \"population.0.count\" = {value} }}\n"))
    };
    let applied =
        |value| when(value).unwrap().iter().map(|cell| cell.scenario.expectations[0].applies).collect::<Vec<_>>();
    assert_eq!(applied("2"), [true, false]);
    assert_eq!(applied("3.0"), [false, true]);
    assert_eq!(when("4").unwrap_err().message(), "the sweep never gives `population.0.count` this value");
}

proptest! {
    #[test]
    fn the_cells_are_the_product_of_the_values(counts in prop::collection::vec(1u32..50, 1..5), seeds in 1usize..4) {
        let profiles = ["\"lan\"", "\"wan\"", "\"perfect\""][..seeds].join(", ");
        let more = format!("[sweep]\n\"population.0.count\" = {counts:?}\n\"network.profile\" = [{profiles}]\n");
        let cells = expand(&more).unwrap();
        prop_assert_eq!(cells.len(), counts.len() * seeds);
        let nodes: Vec<u32> = cells.iter().take(counts.len()).map(|cell| cell.scenario.nodes()).collect();
        prop_assert_eq!(nodes, counts);
    }
}

fn numbers(more: &str) -> Vec<f64> {
    settings(more).iter().map(|cell| cell[0].1.trim_matches('"').split(' ').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn a_range_is_cut_evenly_with_both_its_ends() {
    let range = |range: &str| settings(&format!("[sweep]\n\"horizon\" = {range}\n"));
    let values = |cells: Vec<Settings>| cells.into_iter().map(|mut cell| cell.remove(0).1).collect::<Vec<_>>();
    assert_eq!(values(range("{ from = 1, to = 9, count = 3, unit = \"ms\" }")), ["\"1 ms\"", "\"5 ms\"", "\"9 ms\""]);
    let halves = values(range("{ from = 5, to = 20, count = 3, unit = \"s\" }"));
    assert_eq!(halves, ["\"5 s\"", "\"12.5 s\"", "\"20 s\""]);
    let log = values(range("{ from = 0.5, to = 50.0, count = 3, log = true, unit = \"s\" }"));
    assert_eq!(log, ["\"0.5 s\"", "\"5 s\"", "\"50 s\""]);
}

#[test]
fn a_latin_hypercube_takes_every_part_of_every_range_once() {
    let more = "[sweep]\n\"horizon\" = { from = 1.0, to = 101.0, unit = \"s\" }\n\
                \"population.0.count\" = { from = 2, to = 1000 }\n\
                [design]\nkind = \"latin-hypercube\"\nsamples = 50\n";
    let mut parts: Vec<usize> = numbers(more).iter().map(|value| ((value - 1.0) / 2.0) as usize).collect();
    parts.sort_unstable();
    assert_eq!(parts, (0..50).collect::<Vec<_>>());
    assert_eq!(settings(more), settings(more));
    assert_ne!(settings(more), settings(&more.replace("samples = 50", "samples = 50\nseed = 2")));
}

#[test]
fn a_random_design_draws_each_key_by_itself() {
    let one =
        "[design]\nkind = \"random\"\nsamples = 40\n[sweep]\n\"horizon\" = { from = 1, to = 1000, unit = \"ms\" }\n";
    let two = format!("{one}\"network.profile\" = [\"lan\", \"wan\"]\n");
    assert_eq!(numbers(one), numbers(&two));
    let wan = settings(&two).iter().filter(|cell| cell[1].1 == "\"wan\"").count();
    assert!((8..=32).contains(&wan), "{wan}");
}

#[test]
fn designs_that_cannot_be_are_refused_with_a_way_out() {
    let message = |more: &str| expand(more).unwrap_err().message().to_owned();
    let sweep = "[sweep]\n\"population.0.count\" = { from = 2, to = 9 }\n";
    assert_eq!(message(sweep), "a range of a grid without a count");
    assert_eq!(message("[sweep]\n\"population.0.count\" = { from = 9, to = 2, count = 2 }\n"), "a range from 9 to 2");
    assert_eq!(
        message("[sweep]\n\"horizon\" = { from = \"1 s\", to = \"2 s\" }\n"),
        "a range between what is no number"
    );
    assert_eq!(message("[sweep]\n\"horizon\" = 3\n"), "a swept key takes a list or a range");
    assert_eq!(message(&format!("{sweep}[design]\nkind = \"latin\"\n")), "no design `latin`");
    assert_eq!(message(&format!("{sweep}[design]\nkind = \"random\"\n")), "a random design without samples");
    assert_eq!(message("[design]\nkind = \"random\"\nsamples = 3\n"), "a design without a sweep");
    assert!(message("[sweep]\n\"horizon\" = { from = 1, too = 2 }\n").contains("unknown field `too`"));
}
