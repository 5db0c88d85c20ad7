//! What built-in functions, variables and blocks take.

use omt::{Program, check};

fn codes(text: &str) -> Vec<&'static str> {
    let program = Program::of_text("case.omt", text);
    let mut codes: Vec<_> = check(&program).iter().map(|finding| finding.code.text()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[test]
fn what_every_program_has_takes_what_its_signature_says() {
    let head = "function f(p peer_id, s signature, h hash, xs list<uint>) -> any ( RETURN ";
    for call in [
        "VERIFY_SIG(1, 1, s)",
        "VERIFY_SIG(p, 1, true)",
        "MULTI_SIGN(1, [1])",
        "READ(5, \"head\")",
        "CHAIN_CONTAINS_HASH(chain, 5)",
        "CHAIN_SEGMENT(5, h)",
        "VERIFY_CHAIN_SEGMENT(5)",
        "SEEDED_RNG(5)",
        "REDUCE(xs, 5, 0)",
        "SUM([true])",
        "SET_EQUALS(xs, [\"a\"])",
        "chain == 5",
    ] {
        assert_eq!(codes(&format!("{head}{call} )")), ["E-TYPE"], "{call}");
    }
    for call in [
        "VERIFY_SIG(p, xs, s)",
        "MULTI_SIGN(xs, [s])",
        "READ(chain, \"head\")",
        "READ(p, \"head\")",
        "CHAIN_CONTAINS_HASH(CHAIN_SEGMENT(chain, h), h)",
        "VERIFY_CHAIN_SEGMENT(CHAIN_SEGMENT(chain, h))",
        "SEEDED_RNG(HASH(xs))",
        "REDUCE(xs, sum => x => sum + x, 0)",
        "SUM(xs)",
        "SUM([])",
        "HASH(chain)",
    ] {
        assert_eq!(codes(&format!("{head}{call} )")), [""; 0], "{call}");
    }
}

#[test]
fn the_chain_is_no_value_of_another_type_and_reserved_words_are_no_variables() {
    let acts = |actions: &str| {
        codes(&format!(
            "message P from A to [A] ()\nactor A ( store ( n uint  ok bool )  state S initial  state T terminal  \
             S -> T auto ( {actions} )  S -> S on P )"
        ))
    };
    assert!(acts("n = chain").contains(&"E-TYPE"));
    assert!(acts("ok = chain").contains(&"E-TYPE"));
    assert_eq!(acts("SEND(chain, P)"), ["E-PEER"]);
    for word in ["chain", "peer_id", "message", "from"] {
        assert!(acts(&format!("{word} = 1")).contains(&"E-RESERVED"), "{word}: {:?}", acts(&format!("{word} = 1")));
    }
    assert_eq!(codes("function f(x uint) -> uint ( chain = x RETURN x )"), ["E-RESERVED"]);
}

#[test]
fn no_float_gets_into_a_block_through_a_field_that_takes_anything() {
    for (of, actions) in [
        ("v any", "v = 1 / 3"),
        ("v dict", "v = {a 1 / 2}"),
        ("v list<any>", "v = [1 / 3]"),
        ("v any", "w = 1 / 3  v = w"),
    ] {
        let text = format!(
            "block K by [A] ( id hash  {of} )\nactor A ( store ( id hash )  state S initial  state T terminal  \
             S -> T auto ( id = HASH(1)  {actions}  APPEND(chain, K) ) )"
        );
        assert!(codes(&text).contains(&"E-FLOATMONEY"), "{text}: {:?}", codes(&text));
    }
}
