use std::collections::BTreeMap;

use super::*;

const BASE: &str = r#"format = 1
title = "base"
protocol = "phold"
horizon = "1 s"

[network]
profile = "lan"
topology = "erdos-renyi"
connectivity = 0.5

[[population]]
name = "a"
count = 2

[[population]]
name = "b"
role = "node"
count = 3

[sweep]
"network.connectivity" = [0.1, 0.2]

[[expect]]
metric = "lost"
statistic = "max"
at_most = 1

[variants.far]
title = "far"
network.profile = "wan"

[[variants.far.population]]
name = "b"
count = 30

[variants.plain]
without = ["sweep", "network.connectivity", "expect"]
network.topology = "complete"
"#;

/// The scenario `top.toml` among some files.
fn flatten(files: &[(&str, &str)], variant: Option<&str>) -> Result<Source, BadScenario> {
    let files: BTreeMap<PathBuf, Vec<u8>> =
        files.iter().map(|(name, text)| (PathBuf::from(name), text.as_bytes().to_vec())).collect();
    let read = |path: &Path| files.get(path).cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound));
    let text = String::from_utf8(files[Path::new("top.toml")].clone()).unwrap();
    Source::new("top.toml", text).flatten(variant, &read)
}

fn value(source: &Source, key: &str) -> String {
    source.value(key).unwrap().map_or("nothing".to_owned(), |value| value.to_string())
}

/// The first error of a scenario of several files: where, what, what to do.
fn refused(files: &[(&str, &str)], variant: Option<&str>) -> String {
    let cells = flatten(files, variant).and_then(|source| crate::sweep::cells(&source, &crate::systems::registry()));
    let bad = cells.expect_err("it is refused");
    let (line, column) = bad.line_and_column().unwrap_or_default();
    format!("{}:{line}:{column}: {}\n  {}", bad.file(), bad.message(), bad.hint().unwrap_or_default())
}

#[test]
fn a_scenario_that_extends_nothing_stays_as_it_is() {
    assert_eq!(flatten(&[("top.toml", BASE)], None).unwrap().text(), BASE);
}

#[test]
fn tables_are_merged_lists_grow_and_items_of_one_name_are_one() {
    let top = r#"extends = "base/base.toml"
title = "top"
network.profile = "wan"
[[population]]
name = "b"
count = 7
[[population]]
name = "c"
role = "node"
count = 1
[[expect]]
metric = "received_mean"
statistic = "min"
at_least = 1
"#;
    let source = flatten(&[("top.toml", top), ("base/base.toml", BASE)], None).unwrap();
    let keys = [
        ("title", "\"top\""),
        ("protocol", "\"phold\""),
        ("network.profile", "\"wan\""),
        ("network.connectivity", "0.5"),
        ("population.1.count", "7"),
        ("population.1.role", "\"node\""),
        ("population.2.name", "\"c\""),
        ("expect.1.metric", "\"received_mean\""),
        ("extends", "nothing"),
    ];
    for (key, expected) in keys {
        assert_eq!(value(&source, key), expected, "{key}");
    }
    let cells = crate::sweep::cells(&source, &crate::systems::registry()).unwrap();
    assert_eq!((cells.len(), cells[0].scenario.nodes(), cells[0].scenario.expectations.len()), (2, 10, 2));
}

#[test]
fn a_variant_changes_adds_and_leaves_out() {
    let far = flatten(&[("top.toml", BASE)], Some("far")).unwrap();
    assert_eq!(far.name(), "top.toml (variant far)");
    assert_eq!([value(&far, "network.profile"), value(&far, "population.1.count")], ["\"wan\"", "30"]);
    let plain = flatten(&[("top.toml", BASE)], Some("plain")).unwrap();
    let cells = crate::sweep::cells(&plain, &crate::systems::registry()).unwrap();
    assert_eq!((cells.len(), cells[0].scenario.expectations.len()), (1, 0));
}

#[test]
fn the_variants_of_an_extended_file_are_there_and_can_be_changed() {
    let top =
        "extends = \"base.toml\"\n[variants.far]\nnetwork.connectivity = 0.9\n[variants.near]\ntitle = \"near\"\n";
    let files = [("top.toml", top), ("base.toml", BASE)];
    let names = flatten(&files, None).unwrap().variants().unwrap();
    assert_eq!(
        names.iter().map(|(name, title)| format!("{name}: {title:?}")).collect::<Vec<_>>(),
        ["far: Some(\"far\")", "near: Some(\"near\")", "plain: None"]
    );
    let far = flatten(&files, Some("far")).unwrap();
    assert_eq!([value(&far, "network.profile"), value(&far, "network.connectivity")], ["\"wan\"", "0.9"]);
}

#[test]
fn a_flattened_scenario_stands_alone() {
    let files = [("top.toml", "extends = \"base.toml\"\n"), ("base.toml", BASE)];
    for variant in [None, Some("far"), Some("plain")] {
        let source = flatten(&files, variant).unwrap();
        let again = Source::new("copy.toml", source.text()).flatten(None, &|_| unreachable!("it extends nothing"));
        let shown = |source: &Source| crate::Scenario::resolve(source).unwrap().shown();
        assert_eq!(shown(&source), shown(&again.unwrap()));
    }
}

#[test]
fn an_error_is_shown_in_the_file_in_which_its_cause_was_written() {
    let top = |more: &str| format!("extends = \"base.toml\"\n{more}");
    let broken = BASE.replace("profile = \"lan\"", "profile = \"lam\"");
    let unknown = BASE.replace("count = 3", "cuont = 3\ncount = 3");
    let lacking = BASE.replace("role = \"node\"\ncount = 3", "role = \"node\"");
    let cases = [
        ("a value of the base", top(""), broken.as_str(), None),
        ("an unknown key of the base", top(""), unknown.as_str(), None),
        ("a missing key of the base", top(""), lacking.as_str(), None),
        ("a value of the top", top("[network]\nprofile = \"lam\"\n"), BASE, None),
        ("a value in an item that is merged", top("[[population]]\nname = \"b\"\ncount = -1\n"), BASE, None),
        ("an added item", top("[[expect]]\nmetric = \"lots\"\nstatistic = \"max\"\nat_most = 1\n"), BASE, None),
        ("a value of a variant", top("[variants.x]\nnetwork.profile = \"lam\"\n"), BASE, Some("x")),
        ("an unknown key at the top", top("horizn = \"2 s\"\n"), BASE, None),
    ];
    let all = cases.map(|(what, top, base, variant)| {
        format!("{what}: {}", refused(&[("top.toml", &top), ("base.toml", base)], variant))
    });
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn parts_that_do_not_fit_together_are_refused() {
    let circle = [("top.toml", "extends = \"x/a.toml\""), ("x/a.toml", "extends = \"../x/../top.toml\"")];
    let cases = [
        ("a circle", refused(&circle, None)),
        ("itself", refused(&[("top.toml", "extends = \"./top.toml\"")], None)),
        ("no such file", refused(&[("top.toml", "title = \"x\"\nextends = \"nowhere.toml\"")], None)),
        ("no such variant", refused(&[("top.toml", BASE)], Some("fra"))),
        ("no variant at all", refused(&[("top.toml", "title = \"x\"")], Some("far"))),
        ("nothing to leave out", refused(&[("top.toml", "without = [\"sweep\"]")], None)),
        (
            "left out what is not there",
            refused(&[("top.toml", "extends = \"b.toml\"\nwithout = [\"swep\"]"), ("b.toml", BASE)], None),
        ),
        ("a variant that is no table", refused(&[("top.toml", "variants = 3")], None)),
        ("a variant that extends", refused(&[("top.toml", "[variants.far]\nextends = \"b.toml\"")], None)),
        ("a variant of a variant", refused(&[("top.toml", "variants.far.variants.b.seeds = 1")], None)),
        ("a part that is no TOML", refused(&[("top.toml", "extends = \"b.toml\""), ("b.toml", "x = = 1")], None)),
    ];
    insta::assert_snapshot!(cases.map(|(what, said)| format!("{what}: {said}")).join("\n"));
}

#[test]
fn a_value_that_was_set_afterwards_is_shown_in_the_changed_text() {
    let source = flatten(&[("top.toml", "extends = \"base.toml\"\n"), ("base.toml", BASE)], None).unwrap();
    let bad = crate::Scenario::resolve(&source.with("network.profile", "lam").unwrap()).unwrap_err();
    assert_eq!(bad.file(), "top.toml (with network.profile set)");
}
