//! Values that cannot be meant.

use crate::bad_files::{additions_refused, all_refused};

#[test]
fn a_quantity_needs_a_number_and_a_unit_of_its_kind() {
    insta::assert_snapshot!(all_refused(&[
        ("another unit of time", "\"5 s\"", "\"5 sec\""),
        ("no unit", "\"5 s\"", "\"5\""),
        ("no number", "\"5 s\"", "\"five s\""),
        ("no text", "\"5 s\"", "5"),
        ("too long", "\"5 s\"", "\"900000 d\""),
        ("too fine", "\"5 s\"", "\"0.0000000001 s\""),
        ("no time at all", "\"5 s\"", "\"0 s\""),
        ("another unit of money", "\"100 OMC\"", "\"100 EUR\""),
        ("another unit in a command", "\"10 OMC\"", "\"10 s\""),
    ]));
}

#[test]
fn a_number_has_a_range() {
    insta::assert_snapshot!(all_refused(&[
        ("another format", "format = 1", "format = 2"),
        ("no seeds", "seeds = 2", "seeds = 0"),
        ("seeds below zero", "seeds = 2", "seeds = -1"),
        ("half a seed", "seeds = 2", "seeds = 1.5"),
        ("nobody", "count = 1", "count = 0"),
        ("too many", "count = 1", "count = 4_000_000_000"),
        ("not a probability", "profile = \"lan\"", "profile = \"lan\"\ntopology = \"erdos-renyi\"\nconnectivity = 1.5"),
        ("connectivity of all", "profile = \"lan\"", "profile = \"lan\"\nconnectivity = 0.5"),
        ("no number", "at_least = 1", "at_least = nan"),
        ("no bound", "at_least = 1\n", ""),
        ("bounds that exclude each other", "at_least = 1", "at_least = 1\nat_most = 0.5"),
    ]));
}

#[test]
fn a_population_has_a_name_of_its_own() {
    insta::assert_snapshot!(all_refused(&[
        ("twice", "name = \"thief\"", "name = \"honest\""),
        ("with a space", "name = \"thief\"", "name = \"the thief\""),
        ("like an amount", "name = \"thief\"", "name = \"10 OMC\""),
        ("with a dot", "name = \"thief\"", "name = \"thief.0\""),
    ]));
}

#[test]
fn a_fault_begins_before_it_ends_and_strikes_somebody() {
    let partition = "[[fault]]\nkind = \"partition\"\n";
    let crash = "[[fault]]\nkind = \"crash\"\n";
    let cases = [
        ("ends before it begins", partition, "from = \"2 s\"\nuntil = \"1 s\"\nsides = [[\"thief\"], [\"honest\"]]"),
        ("has no end", partition, "from = \"2 s\"\nsides = [[\"thief\"], [\"honest\"]]"),
        ("has one side", partition, "from = \"1 s\"\nuntil = \"2 s\"\nsides = [[\"thief\"]]"),
        ("has an empty side", partition, "from = \"1 s\"\nuntil = \"2 s\"\nsides = [[\"thief\"], []]"),
        ("has somebody twice", partition, "from = \"1 s\"\nuntil = \"2 s\"\nsides = [[\"honest.1\"], [\"honest\"]]"),
        ("comes after the end", crash, "from = \"1 min\"\nnode = \"thief\""),
        ("strikes nobody", crash, "from = \"1 s\""),
        ("strikes several", crash, "from = \"1 s\"\nnode = \"honest\""),
    ];
    let cases = cases.map(|(what, kind, rest)| (what, format!("{kind}{rest}")));
    insta::assert_snapshot!(additions_refused(&cases.each_ref().map(|(what, text)| (*what, text.as_str()))));
}

#[test]
fn a_sweep_has_values_and_an_expectation_can_be_met() {
    let expect = "[[expect]]\nmetric = \"spread\"\nstatistic = \"max\"\nat_most = 1\nwhen = { horizon = \"3 s\" }\n";
    insta::assert_snapshot!(additions_refused(&[
        ("no values", "[sweep]\n\"network.profile\" = []"),
        ("what all cells share", "[sweep]\nseeds = [1, 2]"),
        ("no list", "[sweep]\n\"network.profile\" = \"lan\""),
        ("a value that the sweep does not take", &format!("{expect}[sweep]\nhorizon = [\"1 s\", \"2 s\"]")),
        (
            "a command after the end",
            "[[script]]\nat = \"6 s\"\nnode = \"thief\"\ncommand = { pay = { to = \"honest.0\", amount = \"1 OMC\" } }"
        ),
        ("a command that is none", "[[script]]\nat = \"1 s\"\nnode = \"thief\"\ncommand = \"pay\""),
        ("no checkpoints", "[world]\ncheckpoints = 0"),
        ("a wild clock", "[world]\nclock_drift_max_ppm = 200_000"),
    ]));
}
