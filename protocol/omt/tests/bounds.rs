//! What a file of megabytes may ask of the checks: bounds on findings, comparisons and names that are looked for. That there
//! are bounds is looked at by what they leave out; no clock is read.

use omt::{Code, FOUND_MAX, Program, check};

fn many(line: impl Fn(usize) -> String, count: usize) -> String {
    (0..count).map(|number| line(number) + "\n").collect()
}

fn found(text: &str) -> Vec<omt::Diagnostic> {
    check(&Program::of_text("large.omt", text))
}

#[test]
fn the_first_thousand_errors_are_shown_and_the_others_counted_at_the_end() {
    let unknown = many(|number| format!("function f{number}(x uint) -> uint ( RETURN g{number}(x) )"), 5_000);
    let found = found(&unknown);
    assert_eq!(found.iter().filter(|finding| finding.code == Code::CALL).count(), FOUND_MAX);
    let last = found.last().expect("a last one");
    assert_eq!((last.code, last.message.as_str()), (Code::MANY, "and 4000 more errors, which are not shown"));
    assert_eq!(found.len(), FOUND_MAX + 1);
}

#[test]
fn warnings_are_counted_apart_and_those_that_are_allowed_do_not_count() {
    let states = many(|number| format!("state Q{number} terminal"), 3_000);
    let found = found(&format!("actor A ( state S initial terminal\n{states})"));
    let last = found.last().expect("a last one");
    assert_eq!((last.code, last.message.as_str()), (Code::MANYWARNINGS, "and 2000 more warnings, which are not shown"));
    assert!(found.iter().all(|finding| !finding.is_error()), "a file with warnings only has no errors");
    let allowed =
        many(|number| format!("# allow W-UNREACH: reached in a later version\nstate Q{number} terminal"), 3_000);
    assert_eq!(self::found(&format!("actor A ( state S initial terminal\n{allowed})")), []);
}

#[test]
fn five_hundred_guards_are_all_compared() {
    let guards = many(|number| format!("S -> T auto when x == {number}"), 500);
    let text = format!(
        "actor A ( store ( x int ) state S initial state T terminal\n{guards}S -> T auto when x == 7\nS -> S auto when x != 0 )"
    );
    let codes: Vec<_> = found(&text).iter().map(|finding| finding.code.text()).collect();
    assert_eq!(codes.iter().filter(|code| **code == "W-OVERLAP").count(), 2, "{codes:?}");
}

#[test]
fn a_loop_with_a_long_chain_of_variables_ends() {
    let before = many(|number| format!("v{number} = 0"), 2_000);
    let chain = many(|number| format!("v{number} = v{}", number + 1), 1_999);
    let text =
        format!("function f(xs list<uint>) -> uint (\n{before}FOR x IN xs ( {chain} v1999 = x / 2 )\nRETURN v1998 )");
    assert!(found(&text).iter().any(|finding| finding.code == Code::FLOATMONEY));
    let nested = many(|number| format!("FOR x{number} IN xs ("), 40) + "a = a + x0" + &")".repeat(40);
    assert_eq!(self::found(&format!("function f(xs list<uint>) -> uint ( a = 0 {nested} RETURN a )")), []);
}
