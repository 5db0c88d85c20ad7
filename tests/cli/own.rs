//! A protocol that a program brings itself: `examples/own-protocol`.

use std::path::Path;

use crate::example::program;
use crate::support::{Place, Ran};

fn own(place: &Place, arguments: &[&str]) -> Ran {
    place.command(&program("own-protocol")).args(arguments).output().unwrap().into()
}

#[test]
fn a_wrong_parameter_of_a_node_is_shown_where_it_is_written() {
    let place = Place::new();
    own(&place, &["node", "keygen", "alice"]).ended(0);
    let head = "protocol = \"rumours\"\nrole = \"villager\"\nlisten = \"127.0.0.1:4999\"\nfolder = \"alice\"\n";
    let refused = |parameters: &str| {
        place.write("alice.toml", format!("{head}{parameters}"));
        own(&place, &["node", "run", "alice.toml"]).ended(2).err
    };
    place.write("alice.toml", head);
    own(&place, &["node", "found", "alice.toml", "village"]).ended(0);
    for (parameters, place) in [
        ("\n[parameters]\nfanout = \"two\"\n", "alice.toml:7:10"),
        ("\n[parameters]\nfanout = 2\nfan-in = 2\n", "alice.toml:8:10"),
        ("strategy = \"silent\"\nstrategy_parameters = { loud = 1 }\n", "alice.toml:6:32"),
        ("strategy = \"loud\"\n", "alice.toml:5:12"),
    ] {
        let said = refused(parameters);
        assert!(said.contains(place), "not at {place}: {said}");
    }
}

#[test]
fn a_wrong_parameter_of_a_population_is_shown_where_it_is_written() {
    let place = Place::new();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/own-protocol/scenarios/rumour.toml");
    let scenario = std::fs::read_to_string(example).unwrap();
    let count = "count = 100\n";
    assert!(scenario.contains(count));
    let wrong = format!("{count}parameters = {{ fanout = \"two\" }}\n");
    place.write("wrong.toml", scenario.replacen(count, &wrong, 1));
    let said = own(&place, &["scenario", "check", "wrong.toml"]).ended(2).err;
    assert!(said.contains(":18:25]") && said.contains("the role `villager`"), "{said}");
}

#[test]
fn what_a_program_registers_is_explained_under_its_own_name() {
    let place = Place::new();
    let explained = |key: &str| own(&place, &["scenario", "explain", key]).ended(0).out;
    for (key, part) in [
        ("parameters.fanout", "rumours: parameters.fanout\n"),
        ("population.parameters.pause", "\"0 s\" by default"),
        ("script.command.tell", "Tells a villager a rumour"),
        ("population.role", "  rumours  villager\n"),
        ("population.strategy", "  rumours  silent\n"),
    ] {
        let said = explained(key);
        assert!(said.contains(part), "{key} has no {part:?}: {said}");
    }
    let said = own(&place, &["--version"]).ended(0).out;
    assert_eq!(said, format!("own-protocol with dunbar {}\n", env!("CARGO_PKG_VERSION")));
    let said = own(&place, &["scenario", "new", "new.toml", "--protocol", "rumours"]).ended(0).out;
    assert_eq!(said, "wrote new.toml; next: own-protocol run new.toml\n");
}
