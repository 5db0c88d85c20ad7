//! What is made from the examples: documentation, pictures, local types; and the examples themselves.

use omt::generate::{document, graph, local_type};
use omt::{Program, analyse, format, parse};

const EXAMPLES: &[(&str, &str)] = &[
    ("ping", include_str!("../examples/ping.omt")),
    ("escrow-lock", include_str!("../examples/escrow-lock.omt")),
    ("cabal-attestation", include_str!("../examples/cabal-attestation.omt")),
    ("escrow-settle", include_str!("../examples/escrow-settle.omt")),
    ("state-query", include_str!("../examples/state-query.omt")),
    ("state-audit", include_str!("../examples/state-audit.omt")),
    ("health-check", include_str!("../examples/health-check.omt")),
];

#[test]
fn the_examples_have_no_findings_and_the_one_layout() {
    for (name, text) in EXAMPLES {
        let program = Program::of_text(name, text);
        let found = analyse(&program).found;
        assert!(found.is_empty(), "{}", omt::render_all(&program, &found));
        assert_eq!(format(&parse(0, *text).tree), *text, "{name}");
    }
}

#[test]
fn the_documentation_of_an_example_looks_as_its_snapshot() {
    let program = Program::of_text("ping.omt", EXAMPLES[0].1);
    insta::assert_snapshot!(document(&analyse(&program).model));
}

#[test]
fn every_state_and_actor_is_in_the_picture() {
    for (name, text) in EXAMPLES {
        let program = Program::of_text(name, text);
        let analysis = analyse(&program);
        let svg = graph(&analysis.model);
        for actor in &analysis.model.actors {
            assert!(svg.contains(&format!(">{}</text>", actor.name)), "{name}");
            assert!(actor.state_names().all(|state| svg.contains(&format!(">{state}</text>"))), "{name}");
        }
        assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
        // The larger pictures are made of the same, and nobody reads them as text.
        if svg.len() < 16_000 {
            insta::assert_snapshot!(format!("graph {name}"), svg);
        }
    }
}

#[test]
fn local_types_of_an_example_look_as_their_snapshots() {
    for (name, text) in EXAMPLES {
        let program = Program::of_text(name, text);
        let model = &analyse(&program).model;
        let types = model.actors.iter().map(|actor| format!("{} = {}\n\n", actor.name, local_type(model, actor)));
        insta::assert_snapshot!(format!("local-{name}"), types.collect::<String>());
    }
}

#[test]
fn the_examples_of_the_tour_have_no_errors_and_the_one_layout() {
    let tour = include_str!("../../../docs/omt/README.md");
    let examples: Vec<&str> =
        tour.split("```omt\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0)).collect();
    assert_eq!(examples.len(), 5);
    for example in examples {
        let program = Program::of_text("tour.omt", example);
        let found = analyse(&program).found;
        assert!(found.is_empty(), "{}", omt::render_all(&program, &found));
        assert_eq!(format(&parse(0, example).tree), example);
    }
}

#[test]
fn the_guide_has_all_functions() {
    let guide = include_str!("../../../docs/omt/README.md");
    for builtin in omt::builtins() {
        let row = format!("| `{}{}` | {} |", builtin.name, builtin.signature, builtin.text);
        assert!(guide.contains(&row), "{row}");
    }
}
