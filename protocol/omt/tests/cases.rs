//! The acceptance and rejection cases of the language's specification, and one example for every code, wrong and right.

use omt::{Code, Program, check, render};

/// A case: name, text, all codes that are found, and the one fix.
struct Case<'t> {
    name: &'t str,
    text: String,
    findings: Vec<&'t str>,
    fix: Option<&'t str>,
}

fn cases() -> Vec<Case<'static>> {
    let mut cases: Vec<Case<'static>> = vec![];
    for line in include_str!("cases.txt").lines() {
        let Some(head) = line.strip_prefix("=== ") else {
            let case = cases.last_mut().expect("a case begins with its name");
            case.text.push_str(line);
            case.text.push('\n');
            continue;
        };
        let (name, rest) = head.split_once(':').expect("a colon behind the name");
        match name.split_once(' ') {
            None => cases.push(Case { name, text: String::new(), findings: vec![], fix: None }),
            Some((_, "findings")) => cases.last_mut().expect("a case").findings = rest.split_whitespace().collect(),
            Some((_, _)) => cases.last_mut().expect("a case").fix = Some(rest.trim()),
        }
    }
    cases
}

fn codes(text: &str) -> Vec<&'static str> {
    let program = Program::of_text("case.omt", text);
    let mut codes: Vec<_> = check(&program).iter().map(|finding| finding.code.text()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

#[test]
fn every_case_of_the_specification_is_decided_as_it_says() {
    let cases = cases();
    assert_eq!(cases.len(), 31);
    for case in cases {
        assert_eq!(codes(&case.text), case.findings, "{}: {}", case.name, case.text);
        if let Some(fix) = case.fix {
            let program = Program::of_text("case.omt", &case.text);
            let found = check(&program);
            let fixes: Vec<_> = found.iter().filter_map(|finding| finding.fix.as_ref()).collect();
            assert_eq!(fixes.iter().map(|fix| fix.with.as_str()).collect::<Vec<_>>(), [fix], "{}", case.name);
        }
    }
}

#[test]
fn a_float_gets_into_no_integer_through_whatever_carries_it() {
    let (head, functions) = include_str!("floats.txt").split_once("=== reject\n").expect("what is rejected");
    let (rejected, accepted) = functions.split_once("=== accept\n").expect("what is accepted");
    assert!(rejected.lines().count() > 65 && accepted.lines().count() > 30);
    for function in rejected.lines() {
        assert_eq!(codes(&format!("{head}{function}")), ["E-FLOATMONEY"], "{function}");
    }
    for function in accepted.lines() {
        assert_eq!(codes(&format!("{head}{function}")), [""; 0], "{function}");
    }
}

/// What is found in an actor with these variables, whose state has a transition with these actions.
fn acts(store: &str, actions: &str) -> String {
    let text = format!(
        "record R ( share uint other float )
message M from A to [B] ( n uint )
block L by [A] ( n uint )
actor A ( store ( {store} r R ) trigger go(b peer_id) in [S] state S initial state T terminal
  S -> T auto ( {actions} ) )
actor B ( store ( n uint ) state S initial state T terminal S -> T on M ( store n ) )"
    );
    let findings = files(&[("a.omt", text.as_bytes())]).1;
    findings.split("\n\n").filter(|finding| !finding.contains("W-DEADBLOCK")).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn what_is_written_without_a_declaration_is_followed_into_messages_and_blocks() {
    for actions in ["n = 1 APPEND(chain, L)", "n = r.share APPEND(chain, L)", "m = 1 n = m APPEND(chain, L)"] {
        let shown = acts("", actions);
        assert!(shown.contains("W-UNDECLARED") && !shown.contains("error["), "{actions}: {shown}");
    }
    for actions in [
        "n = 1 / 2 APPEND(chain, L)",
        "n = r.other APPEND(chain, L)",
        "n = m m = 0.5 APPEND(chain, L)",
        "APPEND(xs, 0.5) n = xs[0] APPEND(chain, L)",
        "n = 0.5 b = peer_id SEND(b, M)",
        "ratio = 0.5 r = {share ratio, other 1}",
    ] {
        assert_eq!(acts("", actions).matches("error[E-FLOATMONEY]").count(), 1, "{actions}: {}", acts("", actions));
    }
}

#[test]
fn who_is_sent_something_is_set_before() {
    let unset =
        [acts("n uint b peer_id", "n = 1 SEND(b, M)"), acts("n uint b list<peer_id>", "n = 1 BROADCAST(b, M) b = []")];
    for shown in &unset {
        assert_eq!(shown.matches("W-NOSOURCE").count(), 1, "{shown}");
    }
    insta::assert_snapshot!("receivers", unset.concat());
    assert_eq!(acts("n uint b peer_id", "n = 1 b = peer_id SEND(b, M)"), "");
    assert_eq!(
        acts("n uint b peer_id", "n = 1 b = peer_id SEND(b, M) ) S -> T on go ( n = 1 SEND(b, M)")
            .matches("NOSOURCE")
            .count(),
        0
    );
}

#[test]
fn whole_numbers_have_64_bits() {
    for (number, found) in [
        ("18446744073709551615", &[][..]),
        ("18446744073709551616", &["E-TYPE"]),
        ("99999999999999999999999999999999999999999999999999", &["E-TYPE"]),
        ("18446744073709551616.0 > x / 2 AND x < 1", &[]),
    ] {
        let result = if number.contains('.') { "bool" } else { "uint" };
        assert_eq!(codes(&format!("function f(x uint) -> {result} ( RETURN {number} )")), found, "{number}");
        if !number.contains('.') {
            let declared = format!("parameters ( LIMIT = {number} count ) function f() -> uint ( RETURN LIMIT )");
            assert_eq!(codes(&declared), found, "{number}");
        }
    }
}

#[test]
fn lists_of_different_types_are_not_put_together() {
    for (lists, found) in
        [("xs, [\"text\"]", true), ("xs, [true]", true), ("xs, []", false), ("xs, [1]", false), ("xs, null", false)]
    {
        let found = if found { &["E-TYPE"][..] } else { &[] };
        assert_eq!(codes(&format!("function f(xs list<uint>) -> any ( RETURN CONCAT({lists}) )")), found, "{lists}");
    }
}

/// A loop that carries a float through so many variables, one more in each turn, each with so much beside it.
fn chain(variables: usize, beside: &str) -> String {
    let names: Vec<String> = (0..variables).map(|at| format!("v{at}")).collect();
    let first: String = names.iter().map(|name| format!("{name} = 0 ")).collect();
    let turns: String = names.windows(2).map(|pair| format!("{} = {} {beside}", pair[0], pair[1])).collect();
    let last = &names[variables - 1];
    format!("function f(xs list<uint>) -> uint ( n = 0 {first} FOR x IN xs ( {turns} {last} = x / 2 ) RETURN v0 )")
}

#[test]
fn a_float_passes_through_as_many_variables_as_a_loop_carries() {
    for variables in [2, 15, 16, 17, 18, 40, 200] {
        assert_eq!(codes(&chain(variables, "")), ["E-FLOATMONEY"], "{variables}");
        assert_eq!(codes(&chain(variables, "").replace("x / 2", "x * 2")), [""; 0], "{variables}");
    }
    // What is too much to follow may be anything.
    assert_eq!(codes(&chain(2_000, "n = n + x * 2 + n * x + x ")), ["E-FLOATMONEY"]);
}

#[test]
fn a_float_passes_through_as_many_fields_as_are_folded() {
    let fields: Vec<String> = (0..30).map(|at| format!("v{at}")).collect();
    let first: Vec<String> = fields.iter().map(|name| format!("{name} 0")).collect();
    let turns: Vec<String> = fields.windows(2).map(|pair| format!("{} s.{}", pair[0], pair[1])).collect();
    let (first, turns) = (first.join(", "), turns.join(", "));
    for (last, found) in [("x / 2", &["E-FLOATMONEY"][..]), ("x * 2", &[])] {
        let folded = format!("REDUCE(xs, s => x => {{{turns}, v29 {last}}}, {{{first}}})");
        assert_eq!(codes(&format!("function f(xs list<uint>) -> uint ( RETURN {folded}.v0 )")), found, "{last}");
    }
}

/// What is found where a trigger leads from the initial state to `to`, with these actions.
fn begun(to: &str, actions: &str) -> String {
    let text = format!(
        "transaction 1 \"One\" keyed id
message M from A to [B] ( id hash )
actor A (
  store ( id hash o hash b peer_id )
  trigger go(b peer_id, id hash) in [S]
  trigger note(b peer_id, ok bool) in [S]
  state S initial
  state T
  state U terminal
  S -> {to} {actions}
  # allow W-OVERLAP: the second one is looked at, too
  S -> T on go ( store b, id SEND(b, M) )
  T -> U auto
)
actor B ( state S initial state T terminal S -> T on M )"
    );
    let findings = files(&[("a.omt", text.as_bytes())]).1;
    findings.split("\n\n").filter(|finding| !finding.starts_with("warning")).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn a_session_has_its_key_before_anything_is_sent_wherever_it_begins() {
    for (to, actions) in [
        ("T", "on note ( id = HASH(b, NOW()) SEND(b, M) )"),
        ("U", "on note ( id = HASH(b, NOW()) )"),
        ("T", "on go ( id = id SEND(b, M) )"),
        ("T", "on go ( store id SEND(b, M) )"),
        ("T", "on note when ok ( id = HASH(b, NOW()) ) else -> S"),
        ("T", "on note when ok ( id = HASH(b, NOW()) ) else -> U"),
        ("T", "on note ( id = null id = HASH(b) )"),
        ("T", "on note ( id = IF ok THEN HASH(b) ELSE HASH(b, 1) )"),
        ("T", "on note ( o = HASH(b) id = o )"),
        ("T", "on note ( o = HASH(b) id = LOAD(o) )"),
        ("T", "on note ( id = GET({}, \"id\", HASH(b)) )"),
    ] {
        assert_eq!(begun(to, actions), "", "{to} {actions}");
    }
    let shown = [
        begun("T", "on note"),
        begun("U", "on note"),
        begun("U", "on note ( SEND(b, M) id = HASH(b) )"),
        begun("T", "on note ( id = null )"),
        begun("T", "on note ( id = null SEND(b, M) )"),
        begun("T", "on note ( id = HASH(b) id = (null) )"),
        begun("T", "on note ( id = id )"),
        begun("T", "on note ( id = o )"),
        begun("T", "on note ( id = LOAD(id) )"),
        begun("T", "on note ( id = IF ok THEN HASH(b) ELSE null )"),
        begun("T", "on note ( id = GET({}, \"id\", null) )"),
        begun("T", "on note ( o = null id = o )"),
        begun("T", "on note when ok ( id = HASH(b) ) else -> T"),
        begun("T", "on note when ok ( id = HASH(b) ) else -> U ( SEND(b, M) )"),
        begun("T", "on note when ok ( id = HASH(b) ) else -> S ( SEND(b, M) )"),
    ];
    assert!(shown.iter().all(|shown| shown.matches("error[E-KEYUNSET]").count() == 1), "{shown:#?}");
    insta::assert_snapshot!("keys", shown.concat());
}

/// What no text of a few lines shows; each has a test of its own.
const WITHOUT_EXAMPLE: &[Code] = &[
    Code::ENCODING,
    Code::SIZE,
    Code::NESTING,
    Code::MANY,
    Code::MANYWARNINGS,
    Code::IMPORT,
    Code::CYCLE,
    Code::CLASH,
];

fn examples(page: &str) -> Vec<&str> {
    page.split("```omt\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(example, _)| example).collect()
}

#[test]
fn every_page_has_an_example_that_is_wrong_and_one_that_is_right() {
    for code in Code::all().filter(|code| !WITHOUT_EXAMPLE.contains(code)) {
        let examples = examples(code.page());
        assert_eq!(examples.len(), 2, "{code}");
        let (wrong, right) = (codes(examples[0]), codes(examples[1]));
        assert!(wrong.contains(&code.text()), "{code} is not found in its example, but {wrong:?}");
        assert!(!right.contains(&code.text()), "{code} is found in the example that is right");
        assert!(right.iter().all(|code| code.starts_with('W')), "{code}: the right example has errors: {right:?}");
    }
}

#[test]
fn every_finding_looks_as_its_snapshot() {
    for code in Code::all().filter(|code| !WITHOUT_EXAMPLE.contains(code)) {
        let program = Program::of_text("example.omt", examples(code.page())[0]);
        let found = check(&program);
        let own: String = found.iter().filter(|finding| finding.code == code).map(|f| render(&program, f)).collect();
        assert!(found.iter().all(|finding| !finding.hint.is_empty()), "{code}: a finding says what to do: {found:?}");
        insta::assert_snapshot!(code.text(), own);
    }
}

/// A program of several files.
fn files(files: &[(&str, &[u8])]) -> (Program, String) {
    let mut read = |path: &str| files.iter().find(|file| file.0 == path).map(|file| file.1.to_vec());
    let program = Program::load(files[0].0, files[0].1.to_vec(), &mut read);
    let shown = check(&program).iter().map(|finding| render(&program, finding) + "\n").collect();
    (program, shown)
}

#[test]
fn findings_about_files_look_as_their_snapshots() {
    insta::assert_snapshot!("E-ENCODING", files(&[("a.omt", b"enum E ( A )\nenum \xff")]).1);
    insta::assert_snapshot!("E-IMPORT", files(&[("x/protocol/t/a.omt", b"imports shared/common")]).1);
    let circle: &[(&str, &[u8])] = &[("a.omt", b"imports b"), ("b.omt", b"imports a")];
    insta::assert_snapshot!("W-CYCLE", files(circle).1);
    let clash: &[(&str, &[u8])] = &[("a.omt", b"imports b\nenum E ( A B )"), ("b.omt", b"enum E ( A )")];
    insta::assert_snapshot!("E-CLASH", files(clash).1);
    let same: &[(&str, &[u8])] = &[("a.omt", b"imports b\nenum E ( A\n B )"), ("b.omt", b"enum E ( A B ) # same")];
    assert_eq!(files(same).1, "");
    let deep = format!("function f() -> any ( RETURN {}1{} )", "(".repeat(200), ")".repeat(200));
    insta::assert_snapshot!("E-NESTING", files(&[("a.omt", deep.as_bytes())]).1);
    let long = format!("function f() -> any ( RETURN {} )", "x + ".repeat(3_000_000));
    assert!(files(&[("a.omt", long.as_bytes())]).1.lines().all(|line| line.chars().count() < 400));
}

#[test]
fn faults_of_constants_and_records_look_as_their_snapshot() {
    let text = "parameters ( ZERO = 0 count ONE = 1 count )
record R ( p uint{v > 0} q uint )
function below() -> uint ( RETURN 1 - 2 )
function parameter() -> timestamp ( RETURN ZERO - ONE )
function div(a uint) -> uint ( RETURN DIV(a, 0) )
function muldiv(a uint) -> uint ( RETURN MULDIV(a, a, ONE - ONE) )
function ratio(a uint) -> float ( RETURN a / ZERO + a / 0.0 )
function result() -> uint{v > 0} ( RETURN ZERO )
function incomplete() -> R ( RETURN {p 1} )
function field() -> R ( RETURN {p 0, q 1 - 2} )
";
    insta::assert_snapshot!("constant faults", files(&[("a.omt", text.as_bytes())]).1);
    let sound = "parameters ( ZERO = 0 count ONE = 1 count )
record R ( p uint{v > 0} q uint )
function difference() -> int ( RETURN 1 - 2 )
function div(a uint, b uint) -> uint ( RETURN DIV(ZERO, ONE) + DIV(a, b) + MULDIV(0, 0, 3 - ONE) )
function result(a uint) -> uint{v > 0} ( RETURN IF a > 0 THEN a ELSE ONE )
function spread(r R) -> R ( RETURN {...r, p 1} )
function empty(r R) -> R ( RETURN {p ONE, q ZERO} )
";
    assert_eq!(files(&[("a.omt", sound.as_bytes())]).1, "");
}

/// What is found where a state has two automatic transitions with these guards.
fn two_guards(a: &str, b: &str) -> Vec<&'static str> {
    codes(&format!(
        "parameters ( LOW = 3 count HIGH = 7 count )
actor A ( store ( x int y int ) state S initial state T terminal state U terminal S -> T auto when {a} S -> U auto when {b} )"
    ))
}

#[test]
fn guards_that_compare_the_same_exclude_each_other_exactly_if_no_number_meets_both() {
    let compare = |operator: &str, x: i32, k: i32| match operator {
        "<" => x < k,
        "<=" => x <= k,
        "==" => x == k,
        "!=" => x != k,
        ">=" => x >= k,
        _ => x > k,
    };
    let operators = ["<", "<=", "==", "!=", ">=", ">"];
    for (first, second) in operators.iter().flat_map(|a| operators.map(|b| (*a, b))) {
        // Doubled, so that there is a number between.
        for (low, high) in [(3, 3), (3, 7), (7, 3)] {
            let meets = |x: i32| compare(first, x, 2 * low) && compare(second, x, 2 * high);
            let both = (0..20).any(meets);
            let found = two_guards(&format!("x {first} {low}"), &format!("x {second} {high}"));
            assert_eq!(found.contains(&"W-OVERLAP"), both, "x {first} {low}, x {second} {high}: {found:?}");
        }
        let both = (0..20).any(|x| compare(first, x, 9) && compare(second, x, 9));
        assert_eq!(two_guards(&format!("x {first} y"), &format!("x {second} y")).contains(&"W-OVERLAP"), both);
        let all = (0..20).all(|x| compare(first, x, 9) || compare(second, x, 9));
        assert_eq!(two_guards(&format!("x {first} y"), &format!("x {second} y")).contains(&"W-STUCK"), !all);
    }
    assert!(!two_guards("x < LOW", "HIGH < x").contains(&"W-OVERLAP"));
    assert!(two_guards("x < HIGH", "LOW < x").contains(&"W-OVERLAP"));
    assert!(!two_guards("x < y", "y < x").contains(&"W-OVERLAP"));
    assert!(two_guards("x < 3", "y > 7").contains(&"W-OVERLAP"));
}

#[test]
fn a_guard_and_its_negation_are_complete_for_timeouts_of_one_parameter_only() {
    let found = |second: &str| {
        codes(&format!(
            "parameters ( P = 3 seconds Q = 4 seconds )
actor A ( store ( ok bool ) state S initial state T terminal state U terminal
  S -> T on timeout(P) when ok S -> U on timeout({second}) when NOT ok )"
        ))
    };
    assert!(!found("P").contains(&"W-STUCK"), "{:?}", found("P"));
    assert!(found("Q").contains(&"W-STUCK"), "{:?}", found("Q"));
}

#[test]
fn habits_from_other_languages_have_one_error_each_that_says_what_to_write() {
    let with = |receiver: &str, exit: &str| {
        let text = format!(
            "parameters ( P = 60 seconds )\nmessage M from A to {receiver} signed ( id hash )
actor A ( store ( id hash b peer_id ) trigger go(b peer_id) in [S] state S initial state T state U terminal
  S -> T on go ( store b id = HASH(b, NOW()) SEND(b, M) )\n  {exit} )
actor B ( store ( id hash ) state S initial state T terminal S -> T on M ( store id ) )\n"
        );
        files(&[("a.omt", text.as_bytes())]).1
    };
    let sound = "T -> U on timeout(P)";
    assert_eq!(with("[B]", sound), "");
    let habits = [
        ("B", sound),
        ("B, A", sound),
        ("[B]", "T -> U on timeout(60)"),
        ("[B]", "T -> U auto when b = peer_id"),
        ("[B]", "T -> U auto if b == peer_id"),
        ("[B]", "// gives up\n  T -> U on timeout(P)"),
    ];
    let shown: Vec<String> = habits.iter().map(|habit| with(habit.0, habit.1)).collect();
    for (habit, shown) in habits.iter().zip(&shown) {
        assert_eq!(shown.matches("error[").count(), 1, "{habit:?}: {shown}");
    }
    insta::assert_snapshot!("habits", shown.concat());
}

#[test]
fn a_path_that_no_import_can_name_says_what_to_rename() {
    for (import, hint) in [
        ("shared/escrow-lock", "rename the file to `escrow_lock.omt` and write `escrow_lock` here"),
        ("shared/00_lock", "rename the file to `_00_lock.omt` and write `_00_lock` here"),
        ("00_lock", "rename the file to `_00_lock.omt` and write `_00_lock` here"),
        ("shared/common.omt", "leave out the ending: `common`"),
        ("\"shared/common\"", "leave out the quotes: `imports shared/common`"),
    ] {
        let text = format!("imports {import}\nenum E ( A )\n");
        let program = Program::of_text("a.omt", &text);
        let found = check(&program);
        let shown: Vec<_> = found.iter().map(|finding| (finding.code, finding.hint.as_str())).collect();
        assert_eq!(shown, [(Code::SYNTAX, hint)], "{import}");
    }
    let two = Program::of_text("a.omt", "imports common enum E ( A )");
    assert_eq!(check(&two)[0].code, Code::IMPORT, "what follows is not part of the path");
}

#[test]
fn nothing_is_warned_of_while_a_part_cannot_be_read() {
    let text = "actor A ( state S initial state T terminal state U terminal S -> T auto S = U auto )";
    assert_eq!(codes(text), ["E-SYNTAX"]);
    assert_eq!(codes(&text.replace('=', "->")), ["W-OVERLAP"]);
}

/// What is found where A goes from S through U or V to T, and sends `x` from there.
fn sources(to_u: &str, to_v: &str, last: &str) -> String {
    let text = format!(
        "message M from A to [B] ( x uint )
actor A ( store ( x uint b peer_id ) trigger left(b peer_id) in [S] trigger right(b peer_id) in [S]
  state S initial state U state V state W state T terminal
  S -> U on left ( store b {to_u} ) S -> V on right ( store b {to_v} ) U -> W auto V -> W auto W -> T auto ( {last} ) )
actor B ( state S initial state T terminal S -> T on M )"
    );
    files(&[("a.omt", text.as_bytes())]).1
}

#[test]
fn a_field_needs_a_value_on_every_way_and_before_it_is_sent() {
    assert_eq!(sources("x = 1", "x = 2", "SEND(b, M)"), "");
    assert_eq!(sources("", "", "x = 1 SEND(b, M)"), "");
    let shown = [
        sources("", "", "SEND(b, M)"),
        sources("", "", "SEND(b, M) x = 1"),
        sources("x = 1", "", "SEND(b, M)"),
        sources("", "x = 1", "SEND(b, M) x = 1"),
    ];
    assert!(shown.iter().all(|shown| shown.matches("W-NOSOURCE").count() == 1), "{shown:#?}");
    insta::assert_snapshot!("sources", shown.concat());
}

#[test]
fn only_a_state_that_waits_for_others_without_a_way_out_of_its_own_lacks_a_timeout() {
    let waits = |exits: &str| {
        codes(&format!(
            "parameters ( P = 5 seconds )
message M from B to [A] ()
actor A ( store ( ok bool ) trigger go() in [S] trigger stop() in [W] state S initial state W state T terminal
  S -> W on go {exits} )
actor B ( store ( a peer_id ) state S initial state T terminal S -> T auto ( SEND(a, M) ) )"
        ))
        .contains(&"W-NOTIMEOUT")
    };
    assert!(waits("W -> T on M"));
    assert!(waits("W -> T on M W -> W on timeout(P)"), "it comes back");
    assert!(waits("W -> T on M W -> T on timeout(P) when ok"), "the guard may be false");
    assert!(!waits("W -> T on M W -> T on timeout(P)"));
    assert!(!waits("W -> T on M W -> T on timeout(P) when ok W -> S on timeout(P) when NOT ok"));
    assert!(!waits("W -> T on M W -> T on stop"), "the owner decides");
    assert!(!waits("W -> T on M W -> T auto when ok else -> S"));
}

#[test]
fn what_is_imported_can_be_used_and_shows_its_errors_and_not_its_warnings() {
    let main = "imports b\nactor A ( store ( n uint )\nstate S initial\nstate T terminal\nS -> T on timeout(W) when n > MINE ( n = f(1) ) else -> S )";
    let with = |body: &str| {
        let imported =
            format!("parameters ( W = 1 seconds MINE = 2 count OTHER = 3 )\nfunction f(x uint) -> uint ( {body} )");
        files(&[("a.omt", main.as_bytes()), ("b.omt", imported.as_bytes())]).1
    };
    assert_eq!(with("RETURN x"), "");
    assert_eq!(with("RETURN x y = 1"), "", "a warning is for who checks that file");
    insta::assert_snapshot!("imported", with("RETURN x / y"));
}

#[test]
fn names_that_hide_others_and_statements_that_do_nothing_look_as_their_snapshot() {
    let text = "parameters ( LIMIT = 5 count )
enum Verdict ( YES NO )
function unread(m map<string, uint>) -> uint ( sum = 0 FOR k IN m ( sum = sum + 1 ) RETURN sum )
function never(x uint) -> uint ( FOR y IN [x] ( z = y ) )
function behind(xs list<uint>) -> uint ( FOR x IN xs ( ( RETURN x ) y = x z = y ) RETURN 0 )
function loop(x uint, xs list<uint>) -> uint ( FOR x IN xs ( y = x ) RETURN x )
function lambda(x uint, xs list<uint>) -> list<uint> ( RETURN MAP(xs, x => x + 1) )
function local(x uint) -> uint ( LIMIT = x RETURN LIMIT )
actor A (
  store ( LIMIT uint xs list<uint> )
  trigger go(YES bool) in [S]
  state S initial
  state T terminal
  S -> T on go ( LIMIT = LENGTH(FILTER(xs, xs => xs > LIMIT)) )
)
";
    insta::assert_snapshot!("hidden", files(&[("a.omt", text.as_bytes())]).1);
    let sound = "function first(xs list<uint>) -> uint ( FOR x IN xs ( RETURN x ) RETURN 0 )
function twice(xs list<uint>) -> uint ( sum = 0 FOR x IN xs ( sum = sum + x ) FOR x IN xs ( sum = sum + x ) RETURN sum )
function changed(x uint) -> uint ( x = MIN(x, 5) RETURN x )
function nothing(x uint) -> void ( y = x )
function any_list(x any) -> uint ( sum = 0 FOR y IN x ( sum = sum + 1 ) RETURN sum )
function nested(xs list<uint>) -> list<list<uint>> ( RETURN MAP(xs, x => MAP(FILTER(xs, y => y > x), z => z + x)) )
actor A ( store ( x uint ) trigger go(x uint) in [S] state S initial state T terminal S -> T on go ( store x ) )
";
    assert_eq!(files(&[("a.omt", sound.as_bytes())]).1, "");
}

#[test]
fn a_call_behind_when_that_is_read_as_an_empty_block_says_how_to_write_it() {
    let text = "function ok() -> bool ( RETURN true )
actor A ( state S initial state T terminal S -> T auto when ok() else -> S )";
    let found = check(&Program::of_text("a.omt", text));
    assert_eq!(found[0].hint, "to call it, write `(ok())`");
    assert_eq!(codes(&text.replace("ok() else", "(ok()) else")), [""; 0]);
}

/// What is found where a state has two transitions with these events and guards.
fn two_events(first: &str, second: &str) -> Vec<&'static str> {
    let text = format!(
        "parameters ( P = 5 seconds Q = 6 seconds )
message M from B to [A] ( n uint ok bool )
actor A ( store ( n uint ok bool ) trigger go(n uint) in [S]
  state S initial state T terminal state U terminal S -> T {first} S -> U {second} )
actor B ( store ( a peer_id n uint ok bool ) state S initial state T terminal
  S -> T auto ( n = 1 ok = true a = peer_id SEND(a, M) ) )"
    );
    codes(&text).into_iter().filter(|code| ["W-OVERLAP", "E-SYNTAX"].contains(code)).collect()
}

#[test]
fn transitions_on_one_event_are_warned_of_where_both_can_be_shown_to_hold() {
    for (first, second) in [
        ("on M", "on M"),
        ("on M", "on M when n > 5"),
        ("on M when ok", "on M when ok"),
        ("on M when (ok)", "on M when n > 5 AND ok"),
        ("on M when message.n > 5", "on M when message.n > 7"),
        ("on M when n > 5", "on M when 5 <= n"),
        ("on go when n > 5", "on go when n > 7"),
        ("on timeout(P)", "on timeout(P)"),
        ("on timeout(P) when ok", "on timeout(P) when ok"),
    ] {
        assert_eq!(two_events(first, second), ["W-OVERLAP"], "{first}, {second}");
    }
    for (first, second) in [
        ("on M when ok", "on M"),
        ("on M when ok", "on M when NOT ok"),
        ("on M when message.ok", "on M when n > 5"),
        ("on M when n > 5 AND ok", "on M when ok"),
        ("on M when message.n == 5", "on M when message.n == 6"),
        ("on M when message.n > 5", "on M when n > 7"),
        ("on M when ok", "on go when ok"),
        ("on timeout(P)", "on timeout(Q)"),
    ] {
        assert_eq!(two_events(first, second), [""; 0], "{first}, {second}");
    }
}

#[test]
fn the_reference_of_codes_is_up_to_date() {
    let reference = include_str!("../../../docs/omt/diagnostics.md");
    let fresh = omt::codes::reference();
    assert!(fresh == reference, "run: dunbar omt explain --all > docs/omt/diagnostics.md");
}
