use super::*;
use crate::ast::{Declaration, Expression, Statement, declarations};

fn codes(text: &str) -> Vec<&'static str> {
    parse(0, text).errors.iter().map(|error| error.code.text()).collect()
}

/// The expression with all brackets that its tree has.
fn bracketed(source: &str) -> String {
    let parsed = parse(0, format!("function f() -> any ( RETURN {source} )"));
    assert!(parsed.errors.is_empty(), "{source}: {:?}", parsed.errors);
    let Some(Declaration::Function(function)) = declarations(&parsed.tree).next() else { panic!("no function") };
    let Some(Statement::Return(_, Some(value))) = function.body().next() else { panic!("no RETURN: {source}") };
    show(value)
}

fn show(expression: Expression<'_>) -> String {
    let parts: Vec<String> = expression.parts().map(show).collect();
    let node = expression.node();
    match expression {
        Expression::Literal(_) | Expression::Name(_) => node.text().to_owned(),
        Expression::Unary(_) => format!("({} {})", node.main_text(), parts[0]),
        Expression::Binary(_) => format!("({} {} {})", parts[0], node.main_text(), parts[1]),
        Expression::If(_) => format!("(IF {} {} {})", parts[0], parts[1], parts[2]),
        Expression::Call(_) => format!("{}({})", parts[0], parts[1..].join(" ")),
        Expression::Access(_) => format!("{}.{}", parts[0], node.main_text()),
        Expression::Index(_) => format!("{}[{}]", parts[0], parts[1]),
        Expression::Lambda(_) => format!("({} => {})", expression.name().expect("a name").text(), parts[0]),
        Expression::List(_) => format!("[{}]", parts.join(" ")),
        Expression::Group(_) => parts[0].clone(),
        Expression::Record(_) => {
            let entry = |(name, value): (Option<crate::Node<'_>>, Option<Expression<'_>>)| {
                format!("{}:{}", name.map_or("...", crate::Node::text), value.map_or(String::new(), show))
            };
            format!("{{{}}}", expression.entries().map(entry).collect::<Vec<_>>().join(" "))
        }
    }
}

#[test]
fn operators_bind_as_the_table_says() {
    for (source, tree) in [
        ("a OR b AND NOT c == d", "(a OR (b AND (NOT (c == d))))"),
        ("a - b - c * -d", "((a - b) - (c * (- d)))"),
        ("IF a THEN b ELSE a AND b", "((IF a b a) AND b)"),
        ("IF a THEN b == c ELSE IF d THEN e ELSE f + 1", "(IF a (b == c) (IF d e (f + 1)))"),
        ("x => y => x + y", "(x => (y => (x + y)))"),
        ("FILTER(xs, x => x.a > 1 and x.b)", "FILTER(xs (x => ((x.a > 1) and x.b)))"),
        ("a -1", "(a - 1)"),
        ("xs[LENGTH(xs) - 1][0].[k].f(1)(2)", "xs[(LENGTH(xs) - 1)][0][k].f(1)(2)"),
        ("{...a, b 1, c {}, d x -1}", "{...:a b:1 c:{} d:(x - 1)}"),
        ("1 + (IF a > 0 THEN 1 ELSE 2)", "(1 + (IF (a > 0) 1 2))"),
        ("not TRUE or Null == [1, []]", "((not TRUE) or (Null == [1 []]))"),
    ] {
        assert_eq!(bracketed(source), tree, "{source}");
    }
}

#[test]
fn comparisons_do_not_chain_and_loose_operators_need_brackets() {
    for source in
        ["1 < a < 3", "1 + IF a THEN 1 ELSE 2", "a == NOT b", "1 + x => x", "a +", "(a", "x =>", "[1,]", "{a: 1}"]
    {
        let found = codes(&format!("function f() -> any ( RETURN {source} )"));
        assert!(!found.is_empty(), "{source}");
    }
}

/// The guard and how many actions a transition has.
fn guard(source: &str) -> (String, usize) {
    let parsed = parse(0, format!("actor A ( S -> S auto when {source} )"));
    assert!(parsed.errors.is_empty(), "{source}: {:?}", parsed.errors);
    let Some(Declaration::Actor(actor)) = declarations(&parsed.tree).next() else { panic!("no actor") };
    let transition = actor.transitions().next().expect("a transition");
    (transition.guard().map(show).expect("a guard"), transition.actions().count())
}

#[test]
fn a_bracket_behind_a_guard_is_a_call_unless_an_action_begins_in_it() {
    for (source, tree, actions) in [
        ("ready ( store x )", "ready", 1),
        ("check(v) ( store x )", "check(v)", 1),
        ("(a) and (b) (store x)", "(a and b)", 1),
        ("ready ()", "ready", 0),
        ("ready () else -> T ()", "ready", 0),
        ("NOW() > t ( x = 1 y = 2 )", "(NOW() > t)", 2),
        ("f() ( x = 1 )", "f()", 1),
        ("f().a", "f().a", 0),
        ("f() AND g(x == 1)", "(f() AND g((x == 1)))", 0),
        ("LENGTH(xs) == 1 ()", "(LENGTH(xs) == 1)", 0),
        ("x ( SEND(p, M) APPEND(l, 1) )", "x", 2),
    ] {
        assert_eq!(guard(source), (tree.to_owned(), actions), "{source}");
    }
}

#[test]
fn a_loop_has_its_body_behind_a_name_or_a_call() {
    for body in ["( out[x.id] = 1 )", "t = x", "( t = x )", "( FOR y IN x RETURN y )", "RETURN x"] {
        for over in ["xs", "f(xs)", "xs.a"] {
            let text = format!("function f(xs any) -> any ( FOR x IN {over} {body} RETURN 1 )");
            assert!(codes(&text).is_empty(), "{text}: {:?}", parse(0, text.as_str()).errors);
        }
    }
}

#[test]
fn one_run_reports_the_errors_of_all_declarations() {
    let text = "
        message M from A to [B ( x uint )
        enum E ( A, B )
        parameters ( X 5 Y = )
        block B by A ( x list<> )
        function f() -> ( )
        actor A ( state ; S -> on M ( x == 1 y = ) nonsense here T -> U auto else -> S )
        what is this
        message N from A to [B] ( x uint )";
    let parsed = parse(0, text);
    let lines = Lines::new(text);
    let mut wrong: Vec<_> = parsed.errors.iter().map(|error| lines.line_of(error.span().start)).collect();
    wrong.dedup();
    assert_eq!(wrong, [1, 2, 3, 4, 5, 6, 7], "{:#?}", parsed.errors);
    assert_eq!(declarations(&parsed.tree).count(), 7);
}

#[test]
fn a_forgotten_bracket_ends_at_the_next_declaration() {
    let parsed = parse(0, "actor A ( state S initial S -> S auto ( x = 1\nmessage M from A to [A] ()");
    assert_eq!(parsed.errors.len(), 1, "{:?}", parsed.errors);
    assert_eq!(parsed.errors[0].code, Code::UNCLOSED);
    assert_eq!(declarations(&parsed.tree).count(), 2);
}

#[test]
fn nothing_is_nested_without_end() {
    let many = 100_000;
    for (open, close) in [("(", ")"), ("[", "]"), ("{a ", "}"), ("f(", ")"), ("- ", ""), ("NOT ", ""), ("x => ", "")] {
        let text = format!("function f() -> any ( RETURN {}1{} )", open.repeat(many), close.repeat(many));
        assert!(codes(&text).contains(&"E-NESTING"), "{open}: {:?}", codes(&text));
        assert!(codes(&format!("function f() -> any ( RETURN {}", open.repeat(many))).len() < 4);
    }
    for chain in [" + a", ".a", "(1)", "[1]", " AND a", ".[a]"] {
        let text = format!("function f() -> any ( RETURN a{} )", chain.repeat(many));
        assert_eq!(codes(&text), ["E-NESTING"], "{chain}");
    }
    for (before, inside, after) in [
        ("block B by [A] ( x ", "list<", "uint"),
        ("function f() -> any ", "(", ""),
        ("function f() -> any (", "FOR x IN y ", ""),
        ("actor A (", "(", ""),
        ("", "actor A (", ""),
        ("function f() -> any ( RETURN ", "IF a THEN ", "b"),
    ] {
        let found = codes(&format!("{before}{}{after}", inside.repeat(many)));
        assert!(!found.is_empty() && found.len() <= ERRORS_MAX + 1, "{before}{inside}: {}", found.len());
    }
}

#[test]
fn strange_bytes_are_errors_or_accepted() {
    assert_eq!(codes(""), [""; 0]);
    assert_eq!(codes("\u{feff}# only a comment\r\n"), [""; 0]);
    assert_eq!(codes("enum E \"d\" (\r\n A\r\n)\r\n"), [""; 0]);
    assert_eq!(codes("enum E \"a\u{0}b\" ( A )"), ["E-CHARACTER"]);
    assert_eq!(codes("enum E \"open\n( A )"), ["E-STRING"]);
    assert_eq!(codes(&format!("# {}", "x".repeat(10 << 20))), [""; 0]);
    assert_eq!(codes(&"x ".repeat(5 << 20)).len(), 1);
    let parsed = parse_bytes(0, b"enum E ( A )\nenum \xff ( B )".to_vec());
    assert_eq!(parsed.errors[0].code, Code::ENCODING);
    assert!(parsed.errors[0].message.contains("line 2, column 6"), "{}", parsed.errors[0].message);
}

#[test]
fn every_token_is_in_the_tree() {
    let text = "\u{feff} # c\nenum E ( A # one\n B )\n# end";
    let parsed = parse(0, text);
    let tree = &parsed.tree;
    let again: String = (0..tree.tokens().len()).map(|at| tree.token_text(at)).collect();
    assert_eq!(again, text);
    assert_eq!(tree.root().text(), text);
}
