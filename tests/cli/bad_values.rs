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
fn a_fault_has_the_keys_of_its_kind_and_numbers_with_a_meaning() {
    let cases = [
        ("a region that is none", "kind = \"loss\"\nnodes = [\"region:evrywhere\"]\nprobability = 0.5"),
        ("a node that is none", "kind = \"latency\"\nnodes = [\"thif\"]\nfactor = 2.0"),
        ("a rate without a unit", "kind = \"crash\"\nrate = \"3\"\nlasts = \"1 s\""),
        ("a rate and no length", "kind = \"pause\"\nrate = \"3 /s\""),
        ("a length and no rate", "kind = \"pause\"\nnode = \"thief\"\nlasts = \"1 s\""),
        ("too many", "kind = \"pause\"\nrate = \"1000000 /s\"\nlasts = \"1 s\""),
        ("a key of another kind", "kind = \"crash\"\nnode = \"thief\"\nfactor = 2.0"),
        ("no factor", "kind = \"bandwidth\""),
        ("a factor of nothing", "kind = \"bandwidth\"\nfactor = 0.0"),
        ("no probability", "kind = \"loss\"\nprobability = 1.5"),
        ("everybody on both sides", "kind = \"partition\"\nsides = [[\"*\"], [\"thief\"]]"),
        (
            "a region on both sides",
            "kind = \"partition\"\nsides = [[\"thief\", \"region:everywhere\"], [\"region:everywhere\"]]",
        ),
        ("three sides", "kind = \"partition\"\nsides = [[\"thief\"], [\"honest.0\"], [\"honest.1\"]]"),
        ("no share", "kind = \"partition\"\nsides = [[\"random:2\"], [\"*\"]]"),
        ("no drift", "kind = \"clock-drift\"\nnode = \"thief\"\nby = \"2 s\""),
        ("a step with an end", "kind = \"clock-step\"\nnode = \"thief\"\nby = \"-2 s\"\nuntil = \"3 s\""),
        ("a step without a unit", "kind = \"clock-step\"\nnode = \"thief\"\nby = \"-2\""),
        ("churn without gaps", "kind = \"churn\"\nsession = { law = \"exponential\", mean = \"1 s\" }"),
        (
            "no distribution",
            "kind = \"churn\"\nsession = { law = \"weibul\", mean = \"1 s\" }\ngap = { law = \"constant\", mean = \"1 s\" }",
        ),
        (
            "no shape",
            "kind = \"churn\"\nsession = { law = \"weibull\", mean = \"1 s\" }\ngap = { law = \"constant\", mean = \"1 s\" }",
        ),
        ("an eclipse by itself", "kind = \"eclipse\"\nnode = \"thief\"\nattackers = [\"thief\"]"),
    ];
    let cases = cases.map(|(what, rest)| (what, format!("[[fault]]\n{rest}")));
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
