use crate::expect::{Verdict, judge};
use crate::{Batch, Source, sweep, systems};

const ATTACK: &str = r#"format = 1
title = "an attack"
protocol = "ledger"
seeds = 3
horizon = "5 s"

[network]
profile = "perfect"

[world]
sync_extra = "0 s"

[parameters]
endowment = "100 OMC"

[[population]]
name = "honest"
count = 3

[[population]]
name = "thief"
role = "double-spender"
count = 1
parameters = { second = "honest.1" }

[[script]]
at = "1 s"
node = "thief"
command = { pay = { to = "honest.0", amount = "10 OMC" } }
"#;

/// The verdict on one expectation, in how many of the runs it held, and the seed that shows it.
fn judged(mood: &str, observed: &str, bounds: &str) -> (Verdict, Option<f64>, Option<u64>) {
    let text = format!("{ATTACK}[[expect]]\nmood = \"{mood}\"\nobserved = {{ {observed} }}\n{bounds}\n");
    let registry = systems::registry();
    let cells = sweep::cells(&Source::new("test.toml", text), &registry);
    let cells = cells.unwrap_or_else(|bad| panic!("{:?}", miette::Report::new(bad)));
    let batch = Batch::run(&registry, &cells, &[1, 2, 3], None, &|| ()).unwrap();
    let judgement = judge(&cells, &batch).remove(0);
    assert_eq!(judgement.runs, 3);
    (judgement.verdict, judgement.value, judgement.seed)
}

const ALL: (Verdict, Option<f64>, Option<u64>) = (Verdict::Pass, Some(3.0), None);
const NONE: (Verdict, Option<f64>, Option<u64>) = (Verdict::Fail, Some(0.0), Some(1));

#[test]
fn observations_are_counted_by_name_field_and_observer() {
    let accepted = "name = \"payment-accepted\"";
    let always = |pattern: &str, most: u32| judged("always", pattern, &format!("at_most = {most}"));
    assert_eq!((always(accepted, 2), always(accepted, 1)), (ALL, NONE));
    for (more, count) in [
        ("by = \"honest.0\"", 1),
        ("by = \"honest.2\"", 0),
        ("fields = { from = \"thief\" }", 2),
        ("fields = { from = \"honest.0\" }", 0),
        ("fields = { amount = \"10 OMC\" }", 2),
        ("fields = { amount = { at_most = \"9.999999 OMC\" } }", 0),
        ("fields = { amount = { at_least = \"10 OMC\", at_most = \"11 OMC\" } }", 2),
        ("until = \"1 s\"", 0),
        ("from = \"1 s\"", 2),
        ("from = \"4 s\"", 0),
    ] {
        assert_eq!(always(&format!("{accepted}, {more}"), count), ALL, "{more}");
        if count > 0 {
            assert_eq!(always(&format!("{accepted}, {more}"), count - 1), NONE, "{more}");
        }
    }
}

#[test]
fn what_no_observation_can_be_is_refused_where_it_is_written() {
    let refused = |observed: &str| {
        let text = format!("{ATTACK}[[expect]]\nmood = \"always\"\nobserved = {{ {observed} }}\nat_most = 0\n");
        let bad = sweep::cells(&Source::new("test.toml", text.as_str()), &systems::registry()).unwrap_err();
        let (line, column) = bad.line_and_column().unwrap();
        let from = &text.lines().nth(line - 1).unwrap()[column - 1..];
        format!("{from}\n  {}; {}", bad.message(), bad.hint().unwrap_or_default())
    };
    let cases = [
        "name = \"conflict\"",
        "name = \"conflict-detected\", fields = { nothing = 1 }",
        "name = \"conflict-detected\", fields = { owner = \"theif\" }",
        "name = \"conflict-detected\", fields = { owner = \"honest\" }",
        "name = \"conflict-detected\", fields = { owner = 3 }",
        "name = \"payment-accepted\", fields = { amount = 10 }",
        "name = \"payment-accepted\", fields = { block = \"1 s\" }",
        "name = \"rejected\", fields = { why = \"thief\" }",
    ];
    insta::assert_snapshot!(cases.map(refused).join("\n"));
}

#[test]
fn eventually_every_node_of_a_population_has_observed_it() {
    let learned = "name = \"payment-accepted\", by = \"honest\", each = true";
    assert_eq!(judged("eventually", learned, ""), NONE, "one of the three was never paid");
    assert_eq!(judged("eventually", &learned.replace(", each = true", ""), "at_least = 2"), ALL);
    assert_eq!(judged("eventually", learned, "at_most = 1"), ALL);
}

#[test]
fn sometimes_shows_the_seed_in_which_it_came_about() {
    let detected = "name = \"conflict-detected\"";
    assert_eq!(judged("sometimes", detected, ""), (Verdict::Pass, Some(3.0), Some(1)));
    assert_eq!(judged("sometimes", detected, "at_least = 100"), (Verdict::Fail, Some(0.0), None));
}

#[test]
fn what_an_adversary_says_counts_only_if_it_is_named() {
    let sent = "name = \"payment-sent\"";
    assert_eq!(judged("always", sent, "at_most = 0"), ALL);
    assert_eq!(judged("sometimes", &format!("{sent}, by = \"thief\""), ""), (Verdict::Pass, Some(3.0), Some(1)));
}

#[test]
fn windows_and_a_warm_up_change_what_is_measured_and_not_what_happens() {
    let registry = systems::registry();
    let run = |more: &str| {
        let cells = sweep::cells(&Source::new("test.toml", format!("{ATTACK}{more}")), &registry).unwrap();
        Batch::run(&registry, &cells, &[1], None, &|| ()).unwrap().rows.remove(0).outcome
    };
    let plain = run("");
    let windows = run("[measure]\nwindow = \"0.75 s\"\n");
    assert_eq!((plain.digest, &plain.metrics), (windows.digest, &windows.metrics));
    assert_eq!(windows.windows.len(), 7, "5 s in windows of 0.75 s, the last one shorter");
    let total = |name: &str| windows.windows.iter().filter_map(|window| window.counts.get(name)).sum::<u64>();
    assert_eq!((total("engine.sent"), total("payment-accepted")), (plain.counts.sent, 2));
    assert_eq!(windows.windows[1].counts.get("payment-accepted"), Some(&2), "from 0.75 s to 1.5 s");
    let late = run("[measure]\nwarm_up = \"2 s\"\nwindow = \"1 s\"\n");
    assert_eq!((late.digest, late.metrics["accepted"], late.windows.len()), (plain.digest, 0.0, 3));
}
