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

/// What no text of a few lines shows; each has a test of its own.
const WITHOUT_EXAMPLE: &[Code] =
    &[Code::ENCODING, Code::SIZE, Code::NESTING, Code::MANY, Code::IMPORT, Code::CYCLE, Code::CLASH];

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
fn what_is_imported_can_be_used_and_is_not_checked_again() {
    let parts: &[(&str, &[u8])] = &[
        ("a.omt", b"imports b\nactor A ( store ( n uint )\nstate S initial\nstate T terminal\nS -> T on timeout(W) when n > MINE ( n = f(1) ) else -> S )"),
        ("b.omt", b"parameters ( W = 1 seconds MINE = 2 count OTHER = 3 )\nfunction f(x uint) -> uint ( RETURN y )"),
    ];
    let (_, shown) = files(parts);
    assert_eq!(shown, "");
}

#[test]
fn the_reference_of_codes_is_up_to_date() {
    let reference = include_str!("../../../docs/omt/diagnostics.md");
    let fresh = omt::codes::reference();
    assert!(fresh == reference, "run: dunbar omt explain --all > docs/omt/diagnostics.md");
}
