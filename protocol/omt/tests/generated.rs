//! What is made from the examples: documentation, pictures, local types; and the examples themselves.

use omt::generate::{document, exchange, graph, local_type, mismatches};
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

/// The mismatches of the first two actors of a text, shortly.
fn pair(text: &str) -> Vec<String> {
    let program = Program::of_text("pair.omt", text);
    let model = &analyse(&program).model;
    let found = mismatches(model, &model.actors[0], &model.actors[1]);
    found.iter().map(|found| format!("{} {} after {}", found.sender, found.message, found.after.len())).collect()
}

const MESSAGES: &str = "message M from A to [B] () message N from B to [A] ()
    actor A ( store ( b peer_id ) state S initial state W state T terminal
      S -> W auto ( SEND(b, M) ) W -> T on N )";

#[test]
fn what_one_sends_the_other_must_be_able_to_receive() {
    let answers = "actor B ( store ( a peer_id ) state S initial state T terminal S -> T on M ( SEND(a, N) ) )";
    assert_eq!(pair(&format!("{MESSAGES} {answers}")), [""; 0]);
    let silent = "actor B ( state S initial state T terminal S -> T auto )";
    assert_eq!(pair(&format!("{MESSAGES} {silent}")), ["A M after 0"]);
    let twice = "actor B ( store ( a peer_id ) state S initial state U state T terminal
        S -> U on M ( SEND(a, N) ) U -> T auto ( SEND(a, N) ) )";
    assert_eq!(pair(&format!("{MESSAGES} {twice}")), ["B N after 2"]);
}

#[test]
fn pairs_are_those_between_which_messages_go() {
    let text = "message M from A to [B] () message NEWS from C to [Network] () actor A ( ) actor B ( ) actor C ( )";
    let program = Program::of_text("pairs.omt", text);
    let model = &analyse(&program).model;
    let goes = |a: usize, b: usize| exchange(model, &model.actors[a], &model.actors[b]);
    assert!(goes(0, 1) && goes(1, 0) && goes(0, 2) && goes(1, 2) && goes(2, 2));
    assert!(!goes(0, 0) && !goes(1, 1));
}

#[test]
fn a_message_that_comes_early_waits() {
    let late = "message O from B to [A] ()
        actor B ( store ( a peer_id ) state S initial state U state T terminal
          S -> U auto S -> S on O U -> T on M ( SEND(a, N) ) )";
    assert_eq!(pair(&format!("{MESSAGES} {late}")), [""; 0]);
}

#[test]
fn a_message_for_the_network_is_for_those_who_handle_it() {
    let news = "message NEWS from A to [Network] ()
        actor A ( state S initial state T terminal S -> T auto ( BROADCAST(Network, NEWS) ) )";
    assert_eq!(pair(&format!("{news} actor B ( state S initial state T terminal S -> T auto )")), [""; 0]);
    let late = "actor B ( state S initial state T state U terminal S -> T on NEWS T -> U auto )";
    assert_eq!(pair(&format!("{news} {late}")), [""; 0]);
    let named = news.replace("[Network]", "[B, Network]");
    let deaf = "actor B ( state S initial state T terminal S -> T auto )";
    assert_eq!(pair(&format!("{named} {deaf}")), ["A NEWS after 0"]);
}

#[test]
fn the_actors_of_the_examples_fit() {
    for (name, text) in EXAMPLES {
        let program = Program::of_text(name, text);
        let model = &analyse(&program).model;
        for a in &model.actors {
            for b in &model.actors {
                let found = mismatches(model, a, b);
                assert!(found.is_empty(), "{name}: {found:?}");
            }
        }
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
