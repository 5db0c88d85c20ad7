//! Whatever the text is: no panic, no hang, no overflow of the stack, and what is accepted survives formatting.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use omt::{Code, NodeKind, Program, SIZE_MAX, Tree, analyse, format, parse, parse_bytes, render};
use proptest::prelude::*;

/// The longest that one text may take.
const TIME_MAX: Duration = Duration::from_secs(5);

/// Reads, checks and shows a text in every way; gives whether it has no errors of the syntax. A text that takes too long
/// is a failure with the text in it, not a test that never ends.
#[expect(clippy::disallowed_methods, reason = "somebody else has to notice that a text takes too long")]
fn survives(bytes: &[u8]) -> bool {
    let (end, ended) = channel();
    let text = bytes.to_vec();
    let work = std::thread::spawn(move || {
        let _end = end; // Dropped at the end, whatever the end is.
        is_sound(&text)
    });
    if ended.recv_timeout(TIME_MAX) == Err::<(), _>(RecvTimeoutError::Timeout) {
        let shown: String = String::from_utf8_lossy(bytes).chars().take(5_000).collect();
        panic!("{} bytes take longer than {TIME_MAX:?}:\n{shown}", bytes.len());
    }
    work.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn is_sound(bytes: &[u8]) -> bool {
    let program = Program::load("fuzz.omt", bytes.to_vec(), &mut |_| None);
    let analysis = analyse(&program);
    for finding in analysis.found.iter().take(50) {
        let shown = render(&program, finding);
        assert!(shown.contains("fuzz.omt:"), "{shown}");
    }
    let parsed = parse_bytes(0, bytes.to_vec());
    if parsed.errors.is_empty() {
        round_trip(&parsed.tree);
    }
    parsed.errors.is_empty()
}

/// The tokens that mean something, comments included.
fn tokens(tree: &Tree) -> Vec<&str> {
    let texts = (0..tree.tokens().len()).map(|at| tree.token_text(at).trim_matches('\u{feff}').trim());
    texts.filter(|text| !text.is_empty()).collect()
}

fn kinds(tree: &Tree) -> Vec<NodeKind> {
    let mut kinds = vec![];
    tree.root().walk(&mut |node| kinds.push(node.kind()));
    kinds
}

fn round_trip(tree: &Tree) {
    let once = format(tree);
    let again = parse(0, once.clone());
    assert!(again.errors.is_empty(), "formatting broke it: {:?}\n{}\n{once}", again.errors, tree.text());
    assert_eq!(tokens(tree), tokens(&again.tree), "formatting lost something:\n{once}");
    assert_eq!(kinds(tree), kinds(&again.tree), "formatting changed the meaning:\n{once}");
    assert_eq!(format(&again.tree), once, "formatting twice changes more");
}

const SEEDS: &[&str] = &[
    include_str!("cases.txt"),
    include_str!("../examples/ping.omt"),
    include_str!("../examples/escrow-lock.omt"),
    include_str!("../examples/cabal-attestation.omt"),
    include_str!("../examples/escrow-settle.omt"),
    include_str!("../examples/state-query.omt"),
    include_str!("../examples/state-audit.omt"),
    include_str!("../examples/health-check.omt"),
];

/// Pieces of which random texts are made.
const WORDS: &[&str] = &[
    "transaction",
    "imports",
    "parameters",
    "enum",
    "record",
    "message",
    "block",
    "function",
    "native",
    "actor",
    "store",
    "trigger",
    "state",
    "initial",
    "terminal",
    "auto",
    "on",
    "timeout",
    "when",
    "else",
    "from",
    "to",
    "by",
    "in",
    "signed",
    "keyed",
    "RETURN",
    "FOR",
    "IN",
    "IF",
    "THEN",
    "ELSE",
    "AND",
    "or",
    "Not",
    "STORE",
    "SEND",
    "BROADCAST",
    "APPEND",
    "lookup",
    "list",
    "map",
    "uint",
    "x",
    "A",
    "S",
    "HASH",
    "null",
    "true",
    "0",
    "1.5",
    "\"t\"",
    "# c\n",
    "\n\n",
    "->",
    "=>",
    "...",
    "==",
    "!=",
    "<=",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    ",",
    ".",
    "=",
    "+",
    "-",
    "*",
    "/",
    ":",
    ";",
    "\"",
    "\u{0}",
    "é",
    "\u{1F600}",
    "\r\n",
    "@",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS), 0..200).prop_map(|words| words.join(" "))
}

/// The seven mutations of the specification.
#[derive(Clone, Debug)]
enum Mutation {
    Insert(usize, &'static str),
    Delete(usize, usize),
    SwapHalves(usize),
    Repeat(usize, usize, usize),
    Flip(usize, u8),
    Special(usize, &'static str),
    Number(usize, &'static str),
}

const SPECIAL: &[&str] = &["\u{0}", "\u{1F600}", "\r\n", "\u{feff}", "\u{7f}", "\u{202e}", "\t", "\\"];
const NUMBERS: &[&str] = &[
    "-1",
    "0",
    "-0",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "9.999999999999999999",
    "1e9",
];

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = || 0..100_000usize;
    prop_oneof![
        (at(), prop::sample::select(WORDS)).prop_map(|(at, word)| Mutation::Insert(at, word)),
        (at(), 1..60usize).prop_map(|(at, length)| Mutation::Delete(at, length)),
        at().prop_map(Mutation::SwapHalves),
        (at(), 1..60usize, 2..40usize).prop_map(|(at, length, times)| Mutation::Repeat(at, length, times)),
        (at(), any::<u8>()).prop_map(|(at, byte)| Mutation::Flip(at, byte)),
        (at(), prop::sample::select(SPECIAL)).prop_map(|(at, text)| Mutation::Special(at, text)),
        (at(), prop::sample::select(NUMBERS)).prop_map(|(at, text)| Mutation::Number(at, text)),
    ]
}

fn mutate(mut bytes: Vec<u8>, mutation: &Mutation) -> Vec<u8> {
    let length = bytes.len();
    let place = |at: usize| if length == 0 { 0 } else { at * 7919 % length };
    let range = |at: usize, size: usize| place(at)..(place(at) + size).min(length);
    match mutation {
        Mutation::Insert(at, text) | Mutation::Special(at, text) | Mutation::Number(at, text) => {
            let text = format!(" {text} ");
            bytes.splice(place(*at)..place(*at), text.into_bytes());
        }
        Mutation::Delete(at, size) => drop(bytes.drain(range(*at, *size))),
        Mutation::SwapHalves(at) => bytes.rotate_left(place(*at)),
        Mutation::Repeat(at, size, times) => {
            let chunk = bytes[range(*at, *size)].repeat(*times);
            bytes.splice(place(*at)..place(*at), chunk);
        }
        Mutation::Flip(at, byte) => bytes.iter_mut().skip(place(*at)).take(1).for_each(|old| *old ^= byte),
    }
    bytes
}

/// The number of cases is that of the environment, if it names one: the nightly run asks for many.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&bytes);
    }

    #[test]
    fn random_tokens_do_no_harm(text in soup()) {
        survives(text.as_bytes());
    }

    #[test]
    fn mutated_sources_do_no_harm(seed in prop::sample::select(SEEDS), mutations in prop::collection::vec(mutation(), 1..6)) {
        let bytes = mutations.iter().fold(seed.as_bytes().to_vec(), mutate);
        survives(&bytes);
    }

    #[test]
    fn generated_programs_survive_formatting(text in program()) {
        prop_assert!(survives(text.as_bytes()), "a generated program has errors: {}\n{:?}", text, parse(0, text.as_str()).errors);
    }
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(&["alpha", "beta_1", "_x", "Gamma", "ON", "ok"][..]).prop_map(str::to_owned)
}

fn a_type() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(&["uint", "hash", "any", "Thing", "uint{v > 0}", "bytes{length = 32}"][..]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|of| format!("list<{of}>")),
            (inner.clone(), inner).prop_map(|(key, value)| format!("map < {key},{value} >")),
        ]
    })
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        name(),
        Just("1".to_owned()),
        Just("2.5".to_owned()),
        Just("\"text\"".to_owned()),
        Just("null".to_owned()),
        Just("TRUE".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let pair = || (inner.clone(), inner.clone());
        let operator = prop::sample::select(&["+", "-", "*", "/", "AND", "or", "==", "<", ">=", "# why\n +"][..]);
        prop_oneof![
            (pair(), operator).prop_map(|((a, b), operator)| format!("({a}) {operator} ({b})")),
            inner.clone().prop_map(|a| format!("NOT ({a})")),
            inner.clone().prop_map(|a| format!("-({a})")),
            (pair(), inner.clone()).prop_map(|((a, b), c)| format!("(IF {a} THEN ({b})\nELSE ({c}))")),
            (name(), pair()).prop_map(|(f, (a, b))| format!("{f}( {a},\n {b} )")),
            (inner.clone(), name()).prop_map(|(a, field)| format!("({a}).{field}")),
            pair().prop_map(|(a, b)| format!("({a})[{b}]")),
            pair().prop_map(|(a, b)| format!("({a}).[ {b} ]")),
            (name(), inner.clone()).prop_map(|(x, a)| format!("({x} => {a})")),
            (name(), pair()).prop_map(|(x, (a, b))| format!("{{...({a}), {x} {b} }}")),
            pair().prop_map(|(a, b)| format!("[{a}, {b}]")),
        ]
    })
}

fn actions() -> impl Strategy<Value = String> {
    let action = prop_oneof![
        (name(), name()).prop_map(|(a, b)| format!("store {a} , {b}")),
        (name(), expression()).prop_map(|(a, e)| format!("STORE({a}, {e})")),
        (name(), expression()).prop_map(|(a, e)| format!("{a} = {e} # set\n")),
        (name(), expression()).prop_map(|(a, e)| format!("lookup {a} = {e}")),
        (name(), expression()).prop_map(|(a, e)| format!("SEND( {e}, {a})")),
        (name(), expression()).prop_map(|(a, e)| format!("BROADCAST({e} ,{a})")),
        (name(), expression()).prop_map(|(a, e)| format!("APPEND({a}, {e})")),
    ];
    prop::collection::vec(action, 0..4).prop_map(|actions| format!("( {} )", actions.join("\n\n\n")))
}

fn transition() -> impl Strategy<Value = String> {
    let event = prop::sample::select(&["auto", "on go", "on timeout ( WAIT )"][..]);
    let guarded = (expression(), actions(), actions());
    (name(), name(), event, prop::option::of(guarded), actions()).prop_map(|(from, to, event, guarded, own)| {
        match guarded {
            None => format!("{from} -> {to} {event} {own}"),
            Some((guard, yes, no)) => {
                format!("{from} -> {to} {event} when ({guard}) {yes}\n# otherwise\nelse -> {to} {no}")
            }
        }
    })
}

fn declaration() -> impl Strategy<Value = String> {
    let field = || (name(), a_type()).prop_map(|(name, of)| format!("{name} {of}"));
    let fields = move || prop::collection::vec(field(), 0..4).prop_map(|fields| fields.join("  # field\n"));
    let inputs = move || prop::collection::vec(field(), 0..3).prop_map(|fields| fields.join(" , "));
    let statements = prop_oneof![
        (name(), expression()).prop_map(|(a, e)| format!("{a} = {e}")),
        (name(), expression(), expression()).prop_map(|(a, i, e)| format!("{a}[{i}] = {e}")),
        (name(), name(), expression()).prop_map(|(x, xs, e)| format!("for {x} in {xs} ( {x} = {e} RETURN {x} )")),
        expression().prop_map(|e| format!("RETURN {e}")),
    ];
    let body = prop::collection::vec(statements, 1..4).prop_map(|statements| statements.join("\n"));
    prop_oneof![
        (name(), fields()).prop_map(|(name, fields)| format!("record {name} ({fields})")),
        (name(), fields()).prop_map(|(name, fields)| format!("message {name} from A to[B ,C] signed({fields})")),
        (name(), fields()).prop_map(|(name, fields)| format!("block {name} by [A] ( # c\n{fields})")),
        (name(), inputs(), a_type(), body).prop_map(|(f, i, of, body)| format!("function {f}({i})->{of}({body})")),
        (name(), inputs(), a_type()).prop_map(|(f, i, of)| format!("native function {f} ( {i} ) -> {of} \"p\"")),
        name().prop_map(|name| format!("enum {name} \"d\" ( A # a\nB # b\n)")),
        Just("imports a/b\nimports c".to_owned()),
        Just("parameters ( WAIT = -5 seconds \"d\" X = WAIT )".to_owned()),
        (name(), inputs(), fields(), prop::collection::vec(transition(), 0..3)).prop_map(|(name, i, f, ts)| {
            format!(
                "actor {name} ( store({f}) trigger go({i}) in [S] state S initial terminal \"s\" {} )",
                ts.join("\n")
            )
        }),
    ]
}

fn program() -> impl Strategy<Value = String> {
    prop::collection::vec(declaration(), 0..6).prop_map(|all| all.join("\n\n\n# between\n"))
}

#[test]
fn brackets_of_any_number_are_no_harm() {
    for open in ["(", "[", "{", "f(", "{a ", "x => ", "NOT ", "- ", "a + ", "a.", "list<", "IF a THEN ", "FOR x IN y "]
    {
        let many = open.repeat(100_000);
        survives(many.as_bytes());
        survives(format!("function f() -> any ( RETURN {many}").as_bytes());
        survives(format!("actor A ( S -> S auto when {many}").as_bytes());
        survives(format!("record R ( x {many}").as_bytes());
    }
}

#[test]
fn strange_files_are_errors_or_accepted() {
    for text in ["", "\u{feff}", "\r\n\r\n", "\u{0}", "# only\r\n", "\"", "enum E ( A )\u{0}"] {
        survives(text.as_bytes());
    }
    survives(&[0xff; 1000]);
    survives(&vec![b'x'; 10 << 20]);
    survives(format!("# {}", "y".repeat(10 << 20)).as_bytes());
    survives(format!("enum E \"{}\" ( A )", "z".repeat(10 << 20)).as_bytes());
}

#[test]
fn a_file_that_is_too_large_is_one_error_and_is_not_read() {
    let parsed = parse_bytes(0, vec![b'('; SIZE_MAX + 1]);
    let codes: Vec<Code> = parsed.errors.iter().map(|error| error.code).collect();
    assert_eq!((codes, parsed.tree.tokens().len()), (vec![Code::SIZE], 1));
    assert!(parsed.errors[0].message.contains("more than 67108864 bytes"), "{}", parsed.errors[0].message);
}
