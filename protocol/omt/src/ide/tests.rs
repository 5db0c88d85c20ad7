//! Texts with a place in them, marked `§`, and what is known there.

use super::*;
use crate::{Analysis, Program, analyse, parse};

/// A transaction in which every kind of name is declared and used.
const TEXT: &str = r#"transaction 90 "Ping" keyed nonce
parameters ( WAIT = 5 seconds "how long" LONG = WAIT )
enum Mood "how it is" ( GOOD BAD ) # of people
# One answer.
# It is short.
record Note ( mood Mood weight uint )
message PROBE from Asker to [Replier] signed ( nonce hash note Note )
message ECHO from Replier to [Asker] ( nonce hash )
block SEEN by [Replier] ( nonce hash )
function BETTER(notes list<Note>, least uint) -> list<Note> (
    kept = FILTER(notes, n => n.weight > least)
    RETURN kept
)
actor Asker "wants to know" (
    store ( nonce hash note Note target peer_id notes list<Note> )
    trigger go(target peer_id) in [READY]
    state READY initial
    state WAITING "for the echo"
    state UP terminal
    state DOWN terminal
    READY -> WAITING on go (
        store target
        nonce = HASH(peer_id, NOW())
        note = {mood Mood.GOOD, weight 1}
        SEND(target, PROBE)
    )
    WAITING -> UP on ECHO when message.sender == target ( notes = BETTER(notes, 0) ) else -> DOWN
    WAITING -> DOWN on timeout(LONG)
)
actor Replier "answers" (
    store ( nonce hash )
    state LISTEN initial
    state ANSWERED terminal
    LISTEN -> ANSWERED on PROBE when message.note.weight > 0 (
        store nonce
        APPEND(chain, SEEN)
        SEND(message.sender, ECHO)
    )
)
"#;

fn with<T>(marked: &str, work: impl FnOnce(&Analysis<'_>, u32) -> T) -> T {
    let at = marked.find('§').expect("the place is marked") as u32;
    let program = Program::of_text("ping.omt", &marked.replace('§', ""));
    work(&analyse(&program), at)
}

/// The whole text with a mark before the first letter of `what` behind the first `after`.
fn marked(after: &str, what: &str) -> String {
    let from = TEXT.find(after).expect("it is there");
    let at = from + TEXT[from..].find(what).expect("it is there");
    format!("{}§{}", &TEXT[..at], &TEXT[at..])
}

fn labels(text: &str) -> Vec<String> {
    with(text, |analysis, at| complete(analysis, at).1.into_iter().map(|item| item.label).collect())
}

/// The completions where a line of the text is replaced by another.
#[track_caller]
fn typed(line: &str, by: &str) -> Vec<String> {
    assert!(TEXT.contains(line), "{line}");
    labels(&TEXT.replacen(line, by, 1))
}

#[test]
fn the_text_is_sound() {
    let program = Program::of_text("ping.omt", TEXT);
    assert_eq!(crate::check(&program), []);
}

#[test]
fn completions_go_by_what_stands_before() {
    let end = "    WAITING -> DOWN on timeout(LONG)";
    assert_eq!(typed(end, "    WAITING -> §"), ["READY", "WAITING", "UP", "DOWN"]);
    assert_eq!(typed(end, "    WAITING -> DOWN on E§"), ["go", "ECHO", "timeout"]);
    assert_eq!(typed(end, "    WAITING -> DOWN on timeout(§)"), ["WAIT", "LONG"]);
    assert_eq!(typed(end, "    WAITING -> DOWN on ECHO ( store §"), ["nonce"]);
    assert_eq!(typed(end, "    WAITING -> DOWN on ECHO ( SEND(message.sender, §) )"), ["PROBE"]);
    assert_eq!(typed(end, "    WAITING -> DOWN on ECHO ( BROADCAST([target], § )"), ["PROBE"]);
    assert_eq!(typed(end, "    WAITING -> DOWN on ECHO ( STORE(§"), ["nonce", "note", "target", "notes"]);
    assert_eq!(typed(end, "    WAITING -> DOWN on ECHO when message.§"), ["nonce", "sender", "payload"]);
    assert_eq!(typed(end, "    WAITING -> DOWN on ECHO when message.payload.n§"), ["nonce"]);
    assert_eq!(typed(end, "    WAITING -> DOWN auto when note.§"), ["mood", "weight"]);
    assert_eq!(typed(end, "    WAITING -> DOWN auto when note.mood == Mood.§"), ["GOOD", "BAD"]);
    assert_eq!(typed("in [READY]", "in [READY, §]"), ["READY", "WAITING", "UP", "DOWN"]);
    assert_eq!(typed("to [Replier]", "to [§]"), ["Asker", "Replier", "Network"]);
    assert_eq!(typed("from Asker", "from §"), ["Asker", "Replier", "Network"]);
    assert_eq!(typed("keyed nonce", "keyed §"), ["nonce"]);
    assert_eq!(typed("APPEND(chain, SEEN)", "APPEND(chain, §)"), ["SEEN"]);
    assert_eq!(typed("= 5 seconds", "= 5 §"), ["seconds", "count", "fraction"]);
    assert_eq!(typed("LONG = WAIT", "LONG = §"), ["WAIT", "LONG"]);
}

#[test]
fn completions_in_a_record_are_the_fields_that_it_lacks() {
    let end = "    WAITING -> DOWN on timeout(LONG)";
    let typed = |text: &str| typed(end, &format!("    WAITING -> DOWN auto ( {text}"));
    assert_eq!(typed("note = {§"), ["mood", "weight"]);
    assert_eq!(typed("note = {§}"), ["mood", "weight"]);
    assert_eq!(typed("note = {we§}"), ["mood", "weight"], "the word that is being typed is no field yet");
    assert_eq!(typed("note = {weight§}"), ["mood", "weight"]);
    assert_eq!(typed("note = {mood Mood.BAD, §} )"), ["weight"]);
    assert_eq!(typed("note = {§, weight 1} )"), ["mood"]);
    assert_eq!(typed("note = {...note, §} )"), ["mood", "weight"]);
    assert_eq!(typed("STORE(note, {§})"), ["mood", "weight"]);
    assert_eq!(typed("APPEND(notes, {mood Mood.BAD, w§}) )"), ["weight"]);
    assert_eq!(typed("notes = BETTER([{§}], 1) )"), ["mood", "weight"]);
    assert_eq!(typed("notes = [IF true THEN {§} ELSE note] )"), ["mood", "weight"]);
    assert_eq!(typed("notes = UNKNOWN({§}) )"), [""; 0]);
    let value = typed("note = {mood §} )");
    assert!(value.contains(&"Mood.BAD".to_owned()) && value.contains(&"nonce".to_owned()), "{value:?}");
    assert_eq!(typed("note = {mood Mood.§} )"), ["GOOD", "BAD"]);
    assert!(typed("note = {...§} )").contains(&"note".to_owned()));
    let returned = super::tests::typed("RETURN kept", "RETURN [{§}]");
    assert_eq!(returned, ["mood", "weight"]);
}

#[test]
fn an_import_that_is_typed_names_its_folder() {
    let at = |text: &str| {
        let import = |path: &str| {
            let program = Program::of_text(path, &text.replace('§', ""));
            let found = import_at(&analyse(&program), text.find('§').expect("the place is marked") as u32)?;
            Some((found.folder, program.text(found.span).to_owned()))
        };
        (import("x/protocol/y/a.omt"), import("a.omt"))
    };
    let some = |folder: &str, word: &str| Some((folder.to_owned(), word.to_owned()));
    assert_eq!(at("imports §"), (some("x/protocol/", ""), some("", "")));
    assert_eq!(at("imports sha§\nenum E ( A )"), (some("x/protocol/", "sha"), some("", "sha")));
    assert_eq!(at("imports shared/§\nenum E ( A )"), (some("x/protocol/shared/", ""), some("shared/", "")));
    assert_eq!(at("imports b\nimports shared / mo§re").1, some("shared/", "more"));
    for none in ["import§", "§imports a", "imports a §", "imports a\n§enum E ( A )"] {
        assert_eq!(at(none), (None, None), "{none}");
    }
}

#[test]
fn completions_go_by_the_place_where_nothing_stands_before() {
    let end = "    WAITING -> DOWN on timeout(LONG)";
    let value = typed(end, "    WAITING -> DOWN on ECHO when §");
    for name in ["message", "note", "WAIT", "Mood", "Mood.GOOD", "BETTER", "HASH", "IF", "peer_id"] {
        assert!(value.contains(&name.to_owned()), "{name}: {value:?}");
    }
    assert!(!typed(end, "    WAITING -> DOWN auto when §").contains(&"message".to_owned()));
    let actions = typed(end, "    WAITING -> DOWN auto ( note = note\n § )");
    assert!(actions.contains(&"SEND".to_owned()) && actions.contains(&"target".to_owned()), "{actions:?}");
    let members = typed(end, "    § ");
    assert!(members.contains(&"state".to_owned()) && members.contains(&"WAITING".to_owned()), "{members:?}");
    let top = labels(&format!("{TEXT}§"));
    assert!(top.contains(&"message".to_owned()) && !top.contains(&"state".to_owned()), "{top:?}");
    let kind = typed("weight uint )", "weight §");
    assert!(
        kind.contains(&"uint".to_owned()) && kind.contains(&"Mood".to_owned()) && !kind.contains(&"WAIT".to_owned())
    );
    assert_eq!(typed("-> list<Note> (", "-> § ("), typed("weight uint )", "weight § )"));
    let statement = typed("    RETURN kept", "    §");
    assert!(statement.contains(&"RETURN".to_owned()) && statement.contains(&"kept".to_owned()), "{statement:?}");
    assert_eq!(typed("n.weight > least", "n.§"), ["mood", "weight"], "the variable of a lambda has a type");
    assert!(typed("# One answer.", "# allow W§").contains(&"W-TERM".to_owned()));
    for quiet in ["# One § answer.", "#§"] {
        assert_eq!(typed("# One answer.", quiet), [""; 0], "nothing in a comment");
    }
    assert_eq!(typed("\"how long\"", "\"ho§w\""), [""; 0], "nothing in a string");
}

#[test]
fn completions_replace_the_word_and_nothing_else() {
    let span = |text: &str| with(text, |analysis, at| complete(analysis, at).0);
    assert_eq!((span("actor A§bc").start, span("actor A§bc").end), (6, 9));
    assert_eq!((span("actor §").start, span("actor §").end), (6, 6));
    assert_eq!((span("§").start, span("§").end), (0, 0));
    assert_eq!((span("\u{1F600}§").start, span("\u{1F600}§").end), (4, 4));
}

#[test]
fn hovering_shows_what_is_declared() {
    let text = |after: &str, what: &str| {
        with(&marked(after, what), |analysis, at| hover(analysis, at).map_or(String::new(), |hover| hover.text))
    };
    assert!(text("mood Mood", "Mood").contains("enum Mood \"how it is\" ( GOOD BAD )"));
    let note = text("list<", "Note");
    assert!(note.ends_with("record\n\nOne answer.\nIt is short."), "{note}");
    assert_eq!(text("n => ", "n."), "```omt\nn Note\n```\n\nlocal of `BETTER`");
    assert!(text("RETURN", "kept").contains("kept list<Note>"));
    assert_eq!(text("SEND(", "target"), "```omt\ntarget peer_id\n```\n\ninput of `go`");
    assert!(text("READY -> ", "WAITING").contains("- `UP` on ECHO, else `DOWN`\n- `DOWN` on timeout(LONG)"));
    assert!(text("from ", "Asker").starts_with("```omt\nactor Asker \"wants to know\"\n```"));
    assert!(text("= BETTER", "BETTER").contains("function BETTER(notes list<Note>, least uint) -> list<Note>\n```"));
    assert!(text("store ( nonce", "hash").contains("SHA-256"));
    let store = text("store target", "target");
    assert!(store.contains("input of `go`") && store.contains("variable of `Asker`"), "{store}");
    assert_eq!(text("= 5", "5"), "");
    let allowed = with("# allow W-TER§M: reason", |analysis, at| hover(analysis, at).map(|hover| hover.text));
    assert!(allowed.is_some_and(|text| text.starts_with("**W-TERM**")));
}

#[test]
fn names_lead_to_their_declaration() {
    let text = |after: &str, what: &str| {
        with(&marked(after, what), |analysis, at| {
            let found = definition(analysis, at);
            found.iter().map(|site| TEXT[..site.start as usize].lines().count()).collect::<Vec<_>>()
        })
    };
    assert_eq!(text("SEND(target, ", "PROBE"), [7]);
    assert_eq!(text("timeout(", "LONG"), [2]);
    assert_eq!(text("Mood.", "GOOD"), [3]);
    assert_eq!(text("message.note", "weight"), [6]);
    assert_eq!(text("state UP", "UP"), [19], "a declaration is its own");
    assert_eq!(text("store nonce", "nonce").len(), 2, "what is copied, and where to");
    assert_eq!(text("= HASH", "HASH"), [0; 0]);
}

/// The text after a rename, or why it is refused.
fn renamed(after: &str, what: &str, new: &str) -> Result<String, String> {
    with(&marked(after, what), |analysis, at| {
        let changes = rename(std::slice::from_ref(analysis), 0, at, new).map_err(|refusal| refusal.0)?;
        let mut text = TEXT.to_owned();
        for change in changes.iter().rev() {
            text.replace_range(change.site.start as usize..change.site.end as usize, &change.with);
        }
        Ok(text)
    })
}

#[test]
fn a_rename_changes_every_use_and_nothing_else() {
    assert_eq!(renamed("UP on", "ECHO", "PONG").unwrap(), TEXT.replace("ECHO", "PONG"));
    assert_eq!(renamed("state UP", "UP", "THERE").unwrap(), TEXT.replace(" UP ", " THERE "));
    assert_eq!(renamed("n => ", "n.", "x").unwrap(), TEXT.replace("n => n.", "x => x."));
    assert_eq!(renamed("mood Mood", "Mood", "Temper").unwrap(), TEXT.replace("Mood", "Temper"));
    assert_eq!(renamed("", "weight", "mass").unwrap(), TEXT.replace("weight", "mass"));
    assert_eq!(renamed("on go", "go", "ask").unwrap(), TEXT.replace("go(", "ask(").replace("on go", "on ask"));
    assert_eq!(renamed("on go", "go", "go").unwrap(), TEXT);
}

#[test]
fn what_must_have_one_name_is_renamed_together() {
    // The key is in all messages, and each field comes from the variable of its name.
    assert_eq!(renamed("keyed ", "nonce", "session").unwrap(), TEXT.replace("nonce", "session"));
    let note = renamed("store ( nonce hash note", "note", "remark").unwrap();
    assert_eq!(
        note,
        TEXT.replace("note Note", "remark Note").replace("note =", "remark =").replace(".note.", ".remark.")
    );
    let target = renamed("SEND(", "target", "other").unwrap();
    assert_eq!(target, TEXT.replace("target", "other"), "`store target` copies an input into a variable");
}

#[test]
fn a_rename_that_would_change_the_meaning_is_refused() {
    let refused = |after: &str, what: &str, new: &str| renamed(after, what, new).expect_err("it is refused");
    assert!(refused("state UP", "UP", "DOWN").contains("two states are called `DOWN`"));
    assert!(refused("least uint", "least", "notes").contains("twice"));
    let captured = refused("RETURN", "kept", "notes");
    assert!(captured.contains("would mean the input"), "{captured}");
    assert!(refused("state UP", "UP", "9").contains("is no name"));
    assert!(refused("state UP", "UP", "state").contains("reserved"));
    assert!(refused("= HASH", "HASH", "x").contains("not declared"));
    assert!(refused("store ( nonce", "target", "asker").contains("plays an actor"));
    let dynamic = TEXT.replace("RETURN kept", "RETURN CONCAT(kept, EXTRACT_FIELD(kept, \"§weight\"))");
    let why = with(&dynamic.replace('§', "").replacen("weight", "§weight", 1), |analysis, at| {
        rename(std::slice::from_ref(analysis), 0, at, "mass").expect_err("a string has the name")
    });
    assert!(why.0.contains("line 12"), "{}", why.0);
}

#[test]
fn references_are_found_in_other_programs() {
    let shared = "message M from A to [B] ( id hash )";
    let using = "transaction 1 \"t\" imports shared\nactor B ( store ( id hash ) state S initial state T terminal S -> T on M ( store id ) )";
    let mut read = |path: &str| (path == "shared.omt").then(|| shared.as_bytes().to_vec());
    let programs = [
        Program::load("shared.omt", shared.as_bytes().to_vec(), &mut read),
        Program::load("b.omt", using.as_bytes().to_vec(), &mut read),
    ];
    let all: Vec<_> = programs.iter().map(analyse).collect();
    let found = references(&all, 0, shared.find("id").unwrap() as u32, false);
    assert_eq!(
        found,
        [Site {
            path: "b.omt".to_owned(),
            start: using.find("id )").map_or(0, |_| using.rfind("id").unwrap() as u32),
            end: using.rfind("id").unwrap() as u32 + 2
        }]
    );
    let changes = rename(&all, 0, shared.find("id").unwrap() as u32, "key").unwrap();
    assert_eq!(changes.len(), 3, "the field, the variable, and what is stored: {changes:?}");
}

#[test]
fn findings_of_imports_are_shown_where_they_are_imported() {
    let mut read = |path: &str| (path == "b.omt").then(|| b"imports c enum ( A".to_vec());
    let program = Program::load("a.omt", b"imports b enum E ( A A )".to_vec(), &mut read);
    let found = findings(&analyse(&program));
    let shown: Vec<_> = found.iter().map(|found| (found.code.text(), found.span.start)).collect();
    assert_eq!(shown, [("E-DUPLICATE", 21), ("E-IMPORT", 0)]);
    assert!(
        found[1].message.starts_with("b.omt has errors: there is no file for the import `c`"),
        "{}",
        found[1].message
    );
    assert_eq!(found[1].related[0].site.path, "b.omt");
}

#[test]
fn changes_touch_their_range_and_overlap_nothing() {
    let text = "actor A ( state WAITING initial state DONE terminal WAITING -> DNOE auto )§";
    with(text, |analysis, end| {
        let [change] = &changes(analysis, 0, end)[..] else { panic!("one change") };
        assert_eq!((change.title.as_str(), change.code.text()), ("Change `DNOE` to `DONE`", "E-TO"));
        assert_eq!(changes(analysis, 0, 5), []);
        let fixes = compatible(&analysis.found);
        assert_eq!(mend(&text.replace('§', ""), fixes.into_iter()), text.replace("DNOE", "DONE").replace('§', ""));
    });
}

#[test]
fn a_layout_is_one_change_without_what_stays() {
    let change = |text: &str| layout(&parse(0, text).tree);
    assert_eq!(change("enum E (\n    A\n)\n"), None);
    assert_eq!(change("enum E (\r\n    A\r\n)\r\n"), None, "line ends are the file's own");
    let change = change("enum E (\n  A\n)\n").unwrap();
    assert_eq!((change.span.start, change.span.end, change.with.as_str()), (9, 13, "    A\n"));
    assert_eq!(layout(&parse(0, "\u{feff}enum E (\n    A\n)\n").tree), None, "a byte order mark stays");
}

#[test]
fn the_outline_nests_what_is_declared_inside() {
    let outline = outline(&parse(0, TEXT).tree);
    let names: Vec<_> = outline.iter().map(|entry| (entry.kind.noun(), entry.name.as_str())).collect();
    assert_eq!(names[..4], [("parameter", "WAIT"), ("parameter", "LONG"), ("enum", "Mood"), ("record", "Note")]);
    assert_eq!(names.len(), 10);
    let asker = outline.iter().find(|entry| entry.name == "Asker").unwrap();
    assert_eq!(
        asker.inside.iter().map(|entry| entry.kind.noun()).collect::<Vec<_>>()[3..6],
        ["variable", "trigger", "state"]
    );
}

#[test]
fn changes_that_undo_each_other_come_to_rest() {
    let to_mend = |text: &str| -> Vec<crate::Code> {
        let found = analyse(&Program::of_text("a.omt", text)).found;
        found.iter().filter(|found| found.is_error() || found.fix.is_some()).map(|found| found.code).collect()
    };
    let mut text = "message P from A to [B] ( id hash )
message Q from B to [A] ( id hash  head_hash hash )
actor A (
    store ( id hash  head_hahs hash  b peer_id )
    trigger go(b peer_id) in [S]
    state S initial  state W  state V  state E terminal
    S -> W on go ( store b  id = HASH(b, NOW())  SEND(b, P) )
    W -> V on Q ( store head_hahs )
    V -> E on Q ( store head_hash )
)
actor B (
    store ( id hash  head_hash hash )
    state S initial  state E terminal
    S -> E on P ( store id  head_hash = HASH(1)  SEND(message.sender, Q)  SEND(message.sender, Q) )
)"
    .to_owned();
    let mut rounds = 0;
    loop {
        let found = analyse(&Program::of_text("a.omt", &text)).found;
        let kept = super::harmless(&text, compatible(&found), &mut |text| to_mend(text));
        if kept.is_empty() {
            break;
        }
        text = mend(&text, kept.into_iter());
        rounds += 1;
        assert!(rounds < 4, "{text}");
    }
}

#[test]
fn a_change_after_which_there_are_other_errors_is_not_made() {
    let errors = |text: &str| -> Vec<crate::Code> {
        let program = Program::of_text("a.omt", text);
        analyse(&program).found.iter().filter(|found| found.is_error()).map(|found| found.code).collect()
    };
    // `amont` may be `amount`, which is no uint; `totl` is `total`.
    let text = "function f(amount string, total uint) -> uint ( RETURN amont )
function g(amount string, total uint) -> uint ( RETURN totl * 2 )";
    let program = Program::of_text("a.omt", text);
    let found = analyse(&program).found;
    let fixes = compatible(&found);
    assert_eq!(fixes.len(), 2);
    let kept = super::harmless(text, fixes, &mut |text| errors(text));
    assert_eq!(kept.iter().map(|fix| fix.with.as_str()).collect::<Vec<_>>(), ["total"]);
    assert_eq!(errors(&mend(text, kept.into_iter())), [crate::Code::NAME]);
}
