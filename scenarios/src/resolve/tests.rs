use proptest::prelude::*;

use super::*;
use crate::sweep;
use crate::systems::registry;

const BASE: &str = r#"format = 1
title = "a test"
protocol = "ledger"
horizon = "10 s"

[network]
profile = "lan"

[[population]]
name = "honest"
count = 3

[[population]]
name = "thief"
role = "double-spender"
count = 1
parameters = { second = "honest.1" }
"#;

/// The scenario as it is printed, after the protocol has seen it.
fn shown(text: &str) -> String {
    let cells = sweep::cells(&Source::new("test.toml", text), &registry());
    cells.unwrap_or_else(|bad| panic!("{}", report(bad))).remove(0).scenario.shown()
}

fn report(bad: BadScenario) -> String {
    format!("{:?}", miette::Report::new(bad))
}

fn bad(more: &str) -> (String, String, (usize, usize)) {
    let text = format!("{BASE}{more}");
    let bad = sweep::cells(&Source::new("test.toml", text), &registry()).expect_err("it is refused");
    let hint = bad.hint().unwrap_or_default().to_owned();
    (bad.message().to_owned(), hint, bad.line_and_column().expect("a place"))
}

#[test]
fn what_is_left_out_is_shown_with_its_default() {
    insta::assert_snapshot!(shown(BASE));
}

#[test]
fn what_is_written_is_shown_in_full() {
    let text = format!(
        r#"{}
[world]
crypto = "ed25519"
sync_base = "2 ms"
sync_extra = "500 us"
clock_offset_max = "1.5 s"
clock_drift_max_ppm = 50
checkpoints = 3
events_max = 1_000_000

[parameters]
endowment = "12.5 OMC"
node = {{ keepalive = "off", loose-total = 7 }}

[[fault]]
kind = "partition"
from = "1 s"
until = "2 s"
sides = [["honest.0", "thief"], ["honest.1", "honest.2"]]

[[fault]]
kind = "crash"
node = "honest.2"
from = "3 s"
until = "4 s"

[[fault]]
kind = "crash"
node = "thief"
from = "5 s"

[[script]]
at = "1 s"
node = "thief"
command = {{ pay = {{ to = "honest.0", amount = "10 OMC" }} }}

[[expect]]
metric = "detected"
statistic = "min"
at_least = 1
when = {{ "network.connectivity" = 0.5 }}
because = "it is"
"#,
        BASE.replace("\"lan\"", "\"simblock-2019\"\ntopology = \"erdos-renyi\"\nconnectivity = 0.5")
    );
    insta::assert_snapshot!(shown(&text));
}

#[test]
fn every_scenario_of_the_library_resolves() {
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/library");
    let files = crate::files(library.as_ref()).unwrap();
    files.iter().for_each(|file| drop(shown(&std::fs::read_to_string(file).unwrap())));
    assert!(files.len() >= 2, "{} scenarios in {library}", files.len());
}

#[test]
fn a_fault_or_command_after_the_end_is_refused() {
    for more in [
        "[[fault]]\nkind = \"crash\"\nnode = \"thief\"\nfrom = \"11 s\"",
        "[[script]]\nnode = \"thief\"\ncommand = { pay = { to = \"honest.0\", amount = \"1 OMC\" } }\nat = \"11 s\"",
    ] {
        assert_eq!(bad(more).0, "this never happens: the run ends at 10 s", "{more}");
    }
}

#[test]
fn an_expectation_that_cannot_fail_or_cannot_hold_is_refused() {
    let expect = |bounds: &str| bad(&format!("[[expect]]\nmetric = \"accepted\"\nstatistic = \"max\"\n{bounds}")).0;
    assert_eq!(expect(""), "an expectation without a bound");
    assert_eq!(expect("at_most = nan"), "every value would pass this bound");
    assert_eq!(expect("at_least = 2\nat_most = 1"), "no value is at least 2 and at most 1");
    assert_eq!(expect("at_most = 1\nwhen = { \"network.density\" = 1 }"), "the scenario has no `network.density`");
}

#[test]
fn an_error_points_at_the_word_even_if_it_stands_elsewhere_as_well() {
    let (message, hint, place) = bad("[[population]]\nname = \"ledger\"\nrole = 'ledger'\ncount = 1\n");
    assert_eq!((message.as_str(), place), ("the ledger has no role `ledger`", (20, 8)));
    assert_eq!(hint, "the choices are honest, double-spender, overdrafter, spammer");
    let (message, hint, place) =
        bad("[[population]]\nname = \"b\"\nrole = \"honest\"\ncount = 1\nparameters = { a = 1 }\n");
    assert_eq!((message.as_str(), place), ("the role `honest`: it has no parameters", (22, 14)));
    assert_eq!(hint, "remove `parameters`");
}

#[test]
fn an_unknown_node_is_met_with_those_that_there_are() {
    let pay = |to: &str| {
        bad(&format!(
            "[[script]]\nat = \"1 s\"\nnode = \"thief\"\ncommand = {{ pay = {{ to = \"{to}\", amount = \"1 OMC\" }} }}"
        ))
    };
    for (to, expected) in [
        ("honest.3", "`honest` has 3 nodes: `honest.0` to `honest.2`"),
        ("thief.1", "`thief` is one node, and called so"),
        ("honset.1", "did you mean `honest`?"),
    ] {
        let (message, hint, _) = pay(to);
        assert_eq!((message, hint.as_str()), (format!("there is no node `{to}`"), expected));
    }
}

proptest! {
    #[test]
    fn no_value_of_any_key_makes_it_panic(
        key in prop::sample::select(vec![
            "format", "seeds", "first_seed", "horizon", "protocol", "world.checkpoints", "world.events_max", "world.sync_base",
            "world.clock_offset_max", "world.clock_drift_max_ppm", "network.profile", "network.topology",
            "network.connectivity", "population.0.count", "population.0.name", "population.1.role",
            "population.1.parameters", "parameters.endowment", "parameters.node", "fault", "script", "expect", "sweep",
        ]),
        value in prop_oneof![
            "-?[0-9]{1,20}", "[0-9]{1,12} (s|d|ns|OMC)", "nan|-inf|true|[a-z.-]{1,8}", "\\[.{0,8}\\]", "\\{ .{0,8} \\}", "\\PC{0,10}",
        ],
    ) {
        let source = Source::new("test.toml", BASE);
        if let Ok(source) = source.with(key, &value) && let Err(bad) = sweep::cells(&source, &registry()) {
            prop_assert!(bad.hint().is_some(), "no hint: {}", report(bad));
        }
    }
}

/// What is written from the place of an error on, what is wrong there, and what to do.
fn shown_bad(more: &str) -> String {
    let (message, hint, (line, column)) = bad(more);
    let text = format!("{BASE}{more}");
    let from: String = text.lines().nth(line - 1).unwrap_or_default().chars().skip(column - 1).collect();
    format!("{from}\n  {message}; {hint}\n")
}

#[test]
fn a_parameter_out_of_its_range_is_refused_where_it_is_written() {
    insta::assert_snapshot!(
        [
            "[parameters.node]\nacceptance = { wait = { threshold = 7 } }",
            "[parameters.node]\nacceptance = { wait = { threshold = -0.1 } }",
            "[parameters.node]\nacceptance.weight = { connectivity = 5.0, detection = 0.5 }",
            "[parameters.node.acceptance.weight]\ndetection = -3.0",
            "[parameters.node.acceptance.weight]\nthreshold = 9.0",
            "[sweep]\n\"parameters.node.acceptance.wait.threshold\" = [0.5, 1.5]",
            "[parameters.node]\nspread = { keepalive = { fanout = 4, items = 99 } }",
            "[parameters.node]\nspread = { keepalive = { fanout = 4, items = 0 } }",
            "[parameters.node]\nspread = { keepalive = { fanout = 0, items = 4 } }",
            "[parameters.node]\nspread = { push = { fanout = 0 } }",
            "[parameters]\nendowment = \"5000000000000 OMC\"",
        ]
        .map(shown_bad)
        .join("\n")
    );
}

#[test]
fn an_error_in_a_command_is_shown_at_the_word_and_with_the_way_to_write_that_command() {
    let script = |command: &str| format!("[[script]]\nat = \"1 s\"\nnode = \"thief\"\ncommand = {command}\n");
    let workload = |command: &str| {
        let draw = "draw.price = { choice = [\"1 OMC\"] }";
        format!("[[workload]]\nname = \"w\"\nby = \"thief\"\nrate = \"1 /s\"\ncommand = {command}\n{draw}\n")
    };
    let swept = |command: &str, key: &str, values: &str| {
        format!("{}[sweep]\n\"script.0.command.{key}\" = [{values}]\n", script(command))
    };
    let pay = "{ pay = { to = \"honest.0\", amount = \"1 OMC\" } }";
    let cases = [
        script("{ pay = { to = \"honest.0\", amount = \"1 OMG\" } }"),
        script("{ pay = { to = \"honest.9\", amount = \"1 OMC\" } }"),
        script("{ pay = { to = \"honest.0\", amount = \"1 OMC\", fee = 1 } }"),
        script("{ pay = { to = \"honest.0\" } }"),
        script("{ pya = { to = \"honest.0\", amount = \"1 OMC\" } }"),
        script("{ record = { verification = { subject = \"honest.0\" } } }"),
        script("{ record = { verifcation = { subject = \"honest.0\" } } }"),
        script("{ record = 3 }"),
        script("{ publish = \"xyz\" }"),
        script("{ prove = { sequence = -5 } }"),
        script("{ burn = { amount = \"1 OMC\", reason = \"fun\" } }"),
        script("{}"),
        "[[script]]\nat = \"1 s\"\nnode = \"thief\"\n[script.command.pay]\nto = \"honest.9\"\namount = \"1 OMC\"\n"
            .to_owned(),
        workload("{ pay = { to = \"honest.9\", amount = \"$price\" } }"),
        swept(pay, "pay.amount", "\"1 OMC\", \"2 OMG\""),
        swept(pay, "pay.fee", "\"1 OMC\", \"2 OMC\""),
    ];
    insta::assert_snapshot!(cases.map(|more| shown_bad(&more)).join("\n"));
}

#[test]
fn a_table_is_no_list_and_a_date_no_text() {
    insta::assert_snapshot!(
        [
            "[[measure]]\nwindow = \"1 s\"",
            "[[world]]\ncrypto = \"ed25519\"",
            "[[network.link]]\nloss = 0.1",
            "[[script]]\nat = 1979-05-27\nnode = \"thief\"\ncommand = {}",
            "[[mutation]]\nname = \"x\"",
        ]
        .map(shown_bad)
        .join("\n")
    );
}

#[test]
fn an_invariant_is_a_metric_of_the_protocol() {
    let text = BASE.replacen("format = 1", "format = 1\ninvariants = [\"unconserved\", \"false_acusations\"]", 1);
    let bad = sweep::cells(&Source::new("test.toml", text), &registry()).unwrap_err();
    assert_eq!((bad.message(), bad.line_and_column()), ("no metric `false_acusations`", Some((2, 30))));
    let text = BASE.replacen("format = 1", "format = 1\nfirst_seed = 9223372036854775807", 1);
    let bad = sweep::cells(&Source::new("test.toml", text), &registry()).unwrap_err();
    assert_eq!(bad.line_and_column(), Some((2, 14)));
}
