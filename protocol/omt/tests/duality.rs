//! Whether two actors fit together: the examples do, and what is broken is found, with the way to it.

use omt::generate::{Bounds, Comparison, Exceeded, Kind, compare};
use omt::{Program, analyse};

const EXAMPLES: &[(&str, &str)] = &[
    ("ping", include_str!("../examples/ping.omt")),
    ("escrow-lock", include_str!("../examples/escrow-lock.omt")),
    ("cabal-attestation", include_str!("../examples/cabal-attestation.omt")),
    ("escrow-settle", include_str!("../examples/escrow-settle.omt")),
    ("state-query", include_str!("../examples/state-query.omt")),
    ("state-audit", include_str!("../examples/state-audit.omt")),
    ("health-check", include_str!("../examples/health-check.omt")),
];

/// Every pair of a text between which messages go.
fn pairs(text: &str) -> Vec<(String, Comparison)> {
    let program = Program::of_text("pair.omt", text);
    let model = &analyse(&program).model;
    let actors = &model.actors;
    let all = omt::generate::pairs(model).into_iter().map(|(a, b)| (&actors[a], &actors[b]));
    all.map(|(a, b)| (format!("{} | {}", a.name, b.name), compare(model, (a, b), Bounds::default()))).collect()
}

/// The mismatches of all pairs: kind, sentence, way.
fn found(text: &str) -> Vec<(Kind, String, String)> {
    let mismatches = pairs(text).into_iter().flat_map(|pair| pair.1.mismatches);
    let way = |steps: &[omt::generate::Step]| steps.iter().map(|step| step.to_string()).collect::<Vec<_>>().join("; ");
    mismatches.map(|found| (found.kind, found.text.clone(), way(&found.trace))).collect()
}

fn kinds(text: &str) -> Vec<Kind> {
    found(text).into_iter().map(|found| found.0).collect()
}

#[test]
fn the_actors_of_the_examples_are_dual() {
    for (name, text) in EXAMPLES {
        for (pair, comparison) in pairs(text) {
            assert_eq!(comparison.mismatches, [], "{name}: {pair}");
            assert_eq!(comparison.exceeded, None, "{name}: {pair}");
        }
    }
}

const MESSAGES: &str = "message M from A to [B] () message N from B to [A] () message O from A to [B] ()";

/// `A` begins with M.
fn asks(rest: &str) -> String {
    format!(
        "{MESSAGES} actor A ( store ( b peer_id ) trigger go(b peer_id) in [S]
        state S initial state W state V state T terminal S -> W on go ( store b SEND(b, M) ) {rest} )"
    )
}

fn answers(transitions: &str) -> String {
    format!("actor B ( store ( a peer_id ) state S initial state U state V state T terminal {transitions} )")
}

const WAITS: &str = "W -> T on N";

#[test]
fn a_question_and_its_answer_are_dual() {
    assert_eq!(kinds(&(asks(WAITS) + &answers("S -> T on M ( SEND(message.sender, N) )"))), []);
}

#[test]
fn a_missing_branch_is_an_unhandled_message() {
    let text = asks("W -> T on N W -> T auto ( SEND(b, O) )") + &answers("S -> T on M ( SEND(message.sender, N) )");
    let found = found(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, Kind::Unhandled);
    assert_eq!(found[0].1, "A sends O, and B has no transition on it, then or later: it is in S");
    assert_eq!(found[0].2, "A: !M -> W; A: !O -> T");
}

#[test]
fn an_answer_that_nobody_asked_for_is_unhandled() {
    let text = asks("W -> T on N") + &answers("S -> U on M ( SEND(message.sender, N) ) U -> T auto ( SEND(a, N) )");
    assert_eq!(kinds(&text), [Kind::Unhandled]);
}
#[test]
fn pairs_are_those_between_which_messages_go() {
    let text = "message M from A to [B] () message NEWS from C to [Network] () actor A ( ) actor B ( ) actor C ( )";
    let program = Program::of_text("pairs.omt", text);
    let model = &analyse(&program).model;
    let goes = |a: usize, b: usize| omt::generate::pairs(model).contains(&(a.min(b), a.max(b)));
    assert!(goes(0, 1) && goes(1, 0) && goes(0, 2) && goes(1, 2) && goes(2, 2));
    assert!(!goes(0, 0) && !goes(1, 1));
}

#[test]
fn what_waits_for_the_other_one_in_a_circle_is_a_deadlock() {
    // The order is swapped: A wants N before it sends O, and B wants O before it sends N.
    let text = asks("W -> V on N V -> T auto ( SEND(b, O) )")
        + &answers("S -> U on M ( a = message.sender ) U -> T on O ( SEND(a, N) )");
    let found = found(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, Kind::Deadlock);
    assert_eq!(
        found[0].1,
        "A waits in W for N, and B waits in U for O: nothing is under way that helps, and there is no timeout"
    );
    assert_eq!(found[0].2, "A: !M -> W; B: ?M -> U");
    let timeout =
        format!("parameters ( P = 5 seconds ) {}", text.replace("W -> V on N", "W -> V on N W -> T on timeout(P)"));
    assert_eq!(kinds(&timeout), [Kind::Deadlock], "B still waits, for somebody who has ended");
    let both = timeout.replace("U -> T on O", "U -> T on timeout(P) U -> T on O");
    assert_eq!(kinds(&both), [Kind::NeverSent, Kind::NeverSent], "both give up, always");
}

#[test]
fn a_timeout_that_only_comes_back_and_a_guard_that_may_be_false_do_not_end_a_deadlock() {
    let parameters = "parameters ( P = 5 seconds )";
    let b = answers("S -> U on M ( a = message.sender ) U -> T on O ( SEND(a, N) )");
    for exit in ["W -> W on timeout(P)", "W -> T on timeout(P) when b != null", "W -> T auto when b == null"] {
        let text = format!("{parameters} {}", asks(&format!("W -> V on N V -> T auto ( SEND(b, O) ) {exit}")) + &b);
        assert!(kinds(&text).contains(&Kind::Deadlock), "{exit}");
    }
    let sends = format!("{parameters} {}", asks("W -> T on N W -> W on timeout(P) ( SEND(b, O) )") + &b);
    assert_eq!(kinds(&sends), []);
}

#[test]
fn who_waits_for_somebody_who_has_ended_waits_for_ever() {
    let text = asks(WAITS) + &answers("S -> T on M");
    let found = found(&text);
    assert_eq!(found[0].0, Kind::Deadlock);
    assert!(found[0].1.starts_with("A waits in W for N, and B has ended, in T"), "{found:?}");
    assert_eq!(found[0].2, "A: !M -> W; B: ?M -> T");
    // Whether B answers is decided inside.
    let perhaps = asks(WAITS) + &answers("S -> U on M U -> T auto when a != null ( SEND(a, N) ) else -> T");
    assert_eq!(kinds(&perhaps), [Kind::Deadlock]);
    assert!(traces(&perhaps).contains("B: auto otherwise -> T"), "{}", traces(&perhaps));
}

fn traces(text: &str) -> String {
    found(text).into_iter().map(|found| found.2).collect()
}

#[test]
fn two_that_both_wait_for_the_other_one_to_begin_never_do() {
    let text = format!(
        "{MESSAGES} actor A ( store ( b peer_id ) state S initial state T terminal S -> T on N ( SEND(b, M) ) )
        actor B ( store ( a peer_id ) state S initial state T terminal S -> T on M ( SEND(a, N) ) )"
    );
    let found = found(&text);
    assert_eq!(found[0].0, Kind::Deadlock);
    assert!(found[0].1.ends_with("neither can begin"), "{found:?}");
}

#[test]
fn a_message_that_comes_early_waits() {
    let early = asks("W -> V auto ( SEND(b, O) ) V -> T on N");
    assert_eq!(kinds(&(early.clone() + &answers("S -> U on O U -> T on M ( SEND(message.sender, N) )"))), []);
    assert_eq!(kinds(&(early + &answers("S -> U on M ( a = message.sender ) U -> T on O ( SEND(a, N) )"))), []);
}

#[test]
fn a_message_is_left_behind_by_a_receiver_that_took_another_one() {
    let text = asks("W -> T auto ( SEND(b, O) ) W -> T auto ( SEND(b, X) )")
        .replace("message O", "message X from A to [B] () message O")
        + &answers("S -> T on O S -> U on X U -> T on M");
    let found = found(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, Kind::LeftBehind);
    assert_eq!(
        found[0].1,
        "M is left behind: B takes O before it, and has no transition on M then or later: it is in T"
    );
    assert_eq!(found[0].2, "A: !M -> W; A: !O -> T; B: ?O -> T");
}

#[test]
fn the_same_message_twice_to_one_receiver_is_two_messages() {
    let twice = |second: &str| {
        let text =
            "message M from A to [B] () actor A ( store ( b peer_id c peer_id ) trigger go(b peer_id, c peer_id) in [S]
            state S initial state T terminal S -> T on go ( store b, c SEND(b, M) SEND(SECOND, M) ) )
            actor B ( state S initial state T terminal S -> T on M )";
        kinds(&text.replace("SECOND", second))
    };
    assert_eq!(twice("b"), [Kind::LeftBehind]);
    assert_eq!(twice("c"), []);
}

#[test]
fn what_is_awaited_and_never_sent_is_named() {
    let text = asks(WAITS) + &answers("S -> T on M ( SEND(message.sender, N) ) S -> T on O");
    let found = found(&text);
    assert_eq!(found[0].0, Kind::NeverSent);
    assert_eq!(found[0].1, "B awaits O, and A never sends it");
}

#[test]
fn a_race_is_no_mismatch() {
    // B gives up, and M may be under way; A reads it later.
    let text =
        "parameters ( P = 5 seconds ) message M from A to [B] () message STOP from B to [A] () message BEGIN from B to [A] ()
        actor A ( store ( b peer_id ) state S initial state W state T terminal
          S -> W on BEGIN ( b = message.sender ) W -> T on timeout(P) ( SEND(b, M) ) W -> T on STOP )
        actor B ( store ( a peer_id ) trigger go(a peer_id) in [S] state S initial state U state T terminal
          S -> U on go ( store a SEND(a, BEGIN) ) U -> T on M U -> T on timeout(P) ( SEND(a, STOP) ) )";
    assert_eq!(kinds(text), []);
}

#[test]
fn a_message_to_another_role_does_not_reach_this_one() {
    let text = "message M from A to [B, C] () message N from B to [A] ()
        actor A ( store ( b peer_id c peer_id ) trigger go(b peer_id, c peer_id) in [S] state S initial state W state T terminal
          S -> W on go ( store b, c SEND(c, M) ) W -> T on N )
        actor B ( store ( a peer_id ) state S initial state T terminal S -> T on M ( SEND(message.sender, N) ) )
        actor C ( state S initial state T terminal S -> T on M )";
    let found = found(text);
    // A waits for B, who is never asked.
    assert!(found.iter().any(|found| found.0 == Kind::Deadlock && found.1.contains("B has not begun")), "{found:?}");
}

#[test]
fn a_message_for_the_network_is_for_those_who_handle_it() {
    let news = "message NEWS from A to [Network] ()
        actor A ( state S initial state T terminal S -> T auto ( BROADCAST(Network, NEWS) ) )";
    assert_eq!(kinds(&format!("{news} actor B ( state S initial state T terminal S -> T auto )")), []);
    let late = "actor B ( state S initial state T state U terminal S -> T on NEWS T -> U auto )";
    assert_eq!(kinds(&format!("{news} {late}")), []);
    let named = news.replace("[Network]", "[B, Network]");
    let deaf = "actor B ( state S initial state T terminal S -> T auto )";
    assert_eq!(kinds(&format!("{named} {deaf}")), [Kind::Unhandled]);
}

#[test]
fn a_stream_of_messages_reaches_the_bound_of_the_queue_and_says_so() {
    let text = "parameters ( P = 5 seconds ) message M from A to [B] ()
        actor A ( store ( b peer_id ) trigger go(b peer_id) in [S] trigger more() in [W] state S initial state W state T terminal
          S -> W on go ( store b ) W -> W on more ( SEND(b, M) ) W -> T on timeout(P) )
        actor B ( state S initial terminal S -> S on M )";
    let [(_, comparison)] = &pairs(text)[..] else { panic!("one pair") };
    assert!(comparison.mismatches.is_empty() && comparison.cut && comparison.exceeded.is_none(), "{comparison:?}");
}

#[test]
fn more_configurations_than_the_bound_are_said_to_be_undecided() {
    // Each of many messages may be sent in any state: the queues have all words of them.
    let names: Vec<String> = (0..40).map(|number| format!("M{number}")).collect();
    let declared: String = names.iter().map(|name| format!("message {name} from A to [B] () ")).collect();
    let sends: String = names.iter().map(|name| format!("W -> W on timeout(P) ( SEND(b, {name}) ) ")).collect();
    let takes: String = names.iter().map(|name| format!("S -> S on {name} ")).collect();
    let text = format!(
        "parameters ( P = 5 seconds ) {declared} actor A ( store ( b peer_id ) state W initial state T terminal {sends} W -> T auto )
        actor B ( state S initial terminal {takes} )"
    );
    let program = Program::of_text("pair.omt", &text);
    let model = &analyse(&program).model;
    let bounds = Bounds { configurations: 1_000, ..Bounds::default() };
    let comparison = compare(model, (&model.actors[0], &model.actors[1]), bounds);
    assert!(comparison.exceeded == Some(Exceeded::Configurations) && comparison.mismatches.is_empty());
    assert_eq!(comparison.configurations, 1_000);
}

/// Two circles of states: `A` sends a message of its own in each, and `B` takes it, but for the one of this state.
fn circles(states: usize, missing: Option<usize>) -> String {
    let declared: String = (0..states).map(|at| format!("message M{at} from A to [B] () ")).collect();
    let named: String =
        (0..states).map(|at| format!("state S{at} {} ", if at == 0 { "initial terminal" } else { "" })).collect();
    let next = |at: usize| (at + 1) % states;
    let sends: String = (0..states).map(|at| format!("S{at} -> S{} auto ( SEND(b, M{at}) ) ", next(at))).collect();
    let takes = (0..states).filter(|at| Some(*at) != missing);
    let takes: String = takes.map(|at| format!("S{at} -> S{} on M{at} ", next(at))).collect();
    format!("{declared} actor A ( store ( b peer_id ) {named} {sends} ) actor B ( {named} {takes} )")
}

#[test]
fn large_circles_take_as_many_steps_as_they_have_states() {
    let steps = |states| {
        let found = pairs(&circles(states, None));
        assert_eq!((found[0].1.mismatches.as_slice(), found[0].1.exceeded), (&[][..], None));
        found[0].1.steps
    };
    let (small, large) = (steps(300), steps(3_000));
    assert!(large <= small * 11, "{small} for 300 states, {large} for 3,000");
    assert_eq!(kinds(&circles(3_000, Some(2_998))), [Kind::Unhandled]);
}

#[test]
fn actors_that_take_too_many_steps_are_said_to_be_undecided() {
    let text = circles(3_000, None);
    let program = Program::of_text("pair.omt", &text);
    let model = &analyse(&program).model;
    let bounds = Bounds { steps: 10_000, ..Bounds::default() };
    let comparison = compare(model, (&model.actors[0], &model.actors[1]), bounds);
    assert_eq!((comparison.mismatches.len(), comparison.exceeded), (0, Some(Exceeded::Size)));
    assert!(comparison.configurations > 100, "{comparison:?}");
}

#[test]
fn of_many_mismatches_a_hundred_are_shown() {
    // Each state of A waits for ever in a place of its own.
    let waits: String = (0..400).map(|at| format!("state W{at} S -> W{at} auto W{at} -> T on N{at} ")).collect();
    let declared: String = (0..400).map(|at| format!("message N{at} from B to [A] () ")).collect();
    let text =
        format!("{declared} actor A ( state S initial state T terminal {waits} ) actor B ( state S initial terminal )");
    let all = pairs(&text);
    assert_eq!((all[0].1.mismatches.len(), all[0].1.exceeded), (100, Some(Exceeded::Mismatches)));
}
