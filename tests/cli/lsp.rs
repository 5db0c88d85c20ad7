//! `dunbar omt lsp`, as an editor sees it.

use serde_json::{Value, json};

use crate::lsp_client::Editor;
use crate::support::Place;

/// Two files: what both actors share, and the greeting. Line and column of names are looked up in it.
const SHARED: &str = "parameters ( WAIT = 5 seconds \"how long\" )

# What is said first.
message HELLO from Guest to [Host] signed ( id hash )
";

const GREETING: &str = "transaction 91 \"Grüße 😀\" keyed id
imports shared
actor Guest (
    store ( id hash )
    trigger arrive(host peer_id) in [OUTSIDE]
    state OUTSIDE initial
    state WAITING
    state INSIDE terminal
    OUTSIDE -> WAITING on arrive ( id = HASH(peer_id, host, NOW()) SEND(host, HELLO) )
    WAITING -> INSIDE on timeout(WAIT)
)
actor Host (
    store ( id hash )
    state HOME initial
    state VISITED terminal
    HOME -> VISITED on HELLO ( store id )
)
";

/// The place of the first letter of `what` behind the first `after`.
fn find(text: &str, after: &str, what: &str) -> (u32, u32) {
    let from = text.find(after).expect("it is there");
    let at = from + text[from..].find(what).expect("it is there");
    let line = text[..at].matches('\n').count();
    let column = text[..at].rsplit('\n').next().unwrap_or("").encode_utf16().count();
    (line as u32, column as u32)
}

fn greeting() -> Editor {
    let place = Place::new();
    place.write("shared.omt", SHARED);
    place.write("greeting.omt", GREETING);
    let mut editor = Editor::new(place);
    editor.open("greeting.omt", GREETING);
    assert_eq!(editor.codes("greeting.omt", 1), [""; 0]);
    editor
}

fn start(range: &Value) -> (u64, u64) {
    (range["start"]["line"].as_u64().unwrap(), range["start"]["character"].as_u64().unwrap())
}

fn whole(text: &str) -> Value {
    json!([{ "text": text }])
}

/// Makes the changes of an answer to a text of ASCII letters.
fn edited(text: &str, edits: &Value) -> String {
    let mut edits: Vec<&Value> = edits.as_array().expect("a list of edits").iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(start(&edit["range"])));
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let offset = |place: &Value| {
        starts[place["line"].as_u64().unwrap() as usize] + place["character"].as_u64().unwrap() as usize
    };
    let mut text = text.to_owned();
    for edit in edits {
        let range = offset(&edit["range"]["start"])..offset(&edit["range"]["end"]);
        text.replace_range(range, edit["newText"].as_str().unwrap());
    }
    text
}

#[test]
fn findings_follow_the_text_and_name_their_place_code_and_hint() {
    let mut editor = greeting();
    let typo = find(GREETING, "on timeout(", "WAIT");
    let end = json!({ "line": typo.0, "character": typo.1 + 4 });
    let change =
        json!([{ "range": { "start": { "line": typo.0, "character": typo.1 }, "end": end }, "text": "WAIIT" }]);
    editor.change("greeting.omt", 2, change);
    let found = editor.findings("greeting.omt", Some(2));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&found[0]["code"], &found[0]["severity"], &found[0]["source"]),
        (&json!("E-TIMEOUTPARAM"), &json!(1), &json!("omt"))
    );
    assert_eq!(start(&found[0]["range"]), (u64::from(typo.0), u64::from(typo.1)));
    assert!(found[0]["message"].as_str().unwrap().contains("hint: did you mean `WAIT`?"), "{found:?}");
    editor.change("greeting.omt", 3, whole(GREETING));
    assert_eq!(editor.codes("greeting.omt", 3), [""; 0]);
    assert_eq!(editor.end(), (Some(0), String::new()));
}

#[test]
fn an_unsaved_import_counts_and_who_imports_it_is_checked_again() {
    let mut editor = greeting();
    editor.open("shared.omt", &SHARED.replace("HELLO", "HALLO"));
    assert_eq!(editor.codes("greeting.omt", 1), ["E-SENDMSG", "E-EVENT"]);
    editor.change("shared.omt", 2, whole("message HELLO from"));
    let found = editor.findings("greeting.omt", Some(1));
    let broken = found.iter().find(|finding| finding["code"] == "E-SYNTAX").expect("the import is marked");
    assert_eq!(start(&broken["range"]), (1, 0));
    assert_eq!(broken["relatedInformation"][0]["location"]["uri"], editor.uri("shared.omt").as_str());
    // What is on disk counts again.
    let uri = editor.uri("shared.omt");
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(editor.findings("shared.omt", None), [json!(null); 0]);
    assert_eq!(editor.codes("greeting.omt", 1), [""; 0]);
    editor.place.write("shared.omt", "");
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri, "type": 2 }] }));
    assert!(editor.codes("greeting.omt", 1).contains(&"E-SENDMSG".to_owned()));
    assert_eq!(editor.end().0, Some(0));
}

#[test]
fn hover_shows_declarations_comments_and_what_is_built_in() {
    let mut editor = greeting();
    let hover = |editor: &mut Editor, after: &str, what: &str| {
        let found = editor.at("textDocument/hover", "greeting.omt", find(GREETING, after, what));
        found["contents"]["value"].as_str().unwrap_or("").to_owned()
    };
    let hello = hover(&mut editor, "SEND(", "HELLO");
    assert!(
        hello.contains("message HELLO from Guest to [Host] signed") && hello.contains("What is said first."),
        "{hello}"
    );
    assert!(hover(&mut editor, "on timeout", "WAIT").contains("WAIT = 5 seconds"));
    assert!(hover(&mut editor, "id = ", "HASH").contains("(any, …) -> hash"));
    assert!(hover(&mut editor, "OUTSIDE ->", "WAITING").contains("`INSIDE` on timeout(WAIT)"));
    assert!(hover(&mut editor, "keyed", "keyed").contains("tells sessions apart"));
    assert_eq!(hover(&mut editor, "\"Gr", "\"Gr"), "");
    assert_eq!(editor.end().0, Some(0));
}

#[test]
fn definitions_and_references_cross_files_and_count_columns_in_utf_16() {
    let mut editor = greeting();
    let found = editor.at("textDocument/definition", "greeting.omt", find(GREETING, "SEND(", "HELLO"));
    assert_eq!(found[0]["uri"], editor.uri("shared.omt").as_str());
    assert_eq!(start(&found[0]["range"]), (3, 8));
    let import = editor.at("textDocument/definition", "greeting.omt", find(GREETING, "imports", "shared"));
    assert_eq!(import[0]["uri"], editor.uri("shared.omt").as_str());
    // `keyed id` stands behind letters of several bytes and of several units.
    let key = find(GREETING, "keyed", "id");
    assert_eq!(key, (0, 32));
    let found = editor.at("textDocument/definition", "greeting.omt", key);
    assert_eq!(start(&found[0]["range"]), (3, 44));
    let mut params = editor.place("greeting.omt", find(GREETING, "HOME -> ", "HELLO"));
    params["context"] = json!({ "includeDeclaration": true });
    let all = editor.ask("textDocument/references", params.clone());
    assert_eq!(all.as_array().unwrap().len(), 3, "{all}");
    params["context"] = json!({ "includeDeclaration": false });
    assert_eq!(editor.ask("textDocument/references", params).as_array().unwrap().len(), 2);
    assert_eq!(editor.end().0, Some(0));
}

#[test]
fn completion_knows_the_place_while_the_text_is_broken() {
    let mut editor = greeting();
    let labels = |editor: &mut Editor, version: i32, text: &str| -> Vec<String> {
        let text = GREETING.replace("    WAITING -> INSIDE on timeout(WAIT)\n", text);
        editor.change("greeting.omt", version, whole(&text.replace('§', "")));
        let found = editor.at("textDocument/completion", "greeting.omt", find(&text, "§", "§"));
        found.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(labels(&mut editor, 2, "    WAITING -> §\n"), ["OUTSIDE", "WAITING", "INSIDE"]);
    assert_eq!(labels(&mut editor, 3, "    WAITING -> INSIDE on timeout(§\n"), ["WAIT"]);
    assert_eq!(labels(&mut editor, 4, "    WAITING -> INSIDE on §\n"), ["arrive", "timeout"]);
    assert_eq!(labels(&mut editor, 5, "    WAITING -> INSIDE auto ( SEND(peer_id, H§\n"), ["HELLO"]);
    assert_eq!(editor.end().0, Some(0));
}

#[test]
fn completion_offers_fields_of_records_and_files_to_import() {
    let place = Place::new();
    place.write("shared.omt", SHARED);
    place.write("greeting.omt", GREETING);
    place.write("protocol-notes.omt", "");
    std::fs::create_dir(place.path().join("more")).expect("a folder is made");
    place.write("more/inner.omt", "");
    place.write("more/notes.txt", "");
    let mut editor = Editor::new(place);
    editor.open("greeting.omt", GREETING);
    editor.open("unsaved.omt", "");
    let labels = |editor: &mut Editor, version: i32, before: &str, by: &str| -> Vec<String> {
        let text = format!("record Seat ( row uint number uint )\n{}", GREETING.replace(before, by));
        editor.change("greeting.omt", version, whole(&text.replace('§', "")));
        let found = editor.at("textDocument/completion", "greeting.omt", find(&text, "§", "§"));
        found.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    };
    let imports = |editor: &mut Editor, version, by: &str| labels(editor, version, "imports shared", by);
    assert_eq!(
        imports(&mut editor, 2, "imports §"),
        ["more", "shared", "unsaved"],
        "names that the language can write"
    );
    assert_eq!(imports(&mut editor, 3, "imports sh§"), ["more", "shared", "unsaved"], "editors choose by the word");
    assert_eq!(imports(&mut editor, 4, "imports more/§"), ["inner"]);
    assert_eq!(imports(&mut editor, 5, "imports nowhere/§"), [""; 0]);
    let seat = |editor: &mut Editor, version, by: &str| {
        labels(
            editor,
            version,
            "    store ( id hash )\n    trigger",
            &format!("    store ( seat Seat )\n{by}\n    trigger"),
        )
    };
    let before = "    OUTSIDE -> INSIDE auto ( ";
    assert_eq!(seat(&mut editor, 6, &format!("{before}seat = {{§ )")), ["row", "number"]);
    assert_eq!(seat(&mut editor, 7, &format!("{before}seat = {{row 1, n§}} )")), ["number"]);
    assert_eq!(editor.end().0, Some(0));
}

#[test]
fn a_rename_changes_all_files_and_is_refused_where_it_would_change_the_meaning() {
    let capabilities = json!({ "workspace": { "workspaceEdit": { "documentChanges": true } } });
    let place = Place::new();
    place.write("shared.omt", SHARED);
    let (mut editor, _) = Editor::with(place, capabilities);
    editor.open("greeting.omt", GREETING);
    let at = find(GREETING, "keyed", "id");
    let prepared = editor.at("textDocument/prepareRename", "greeting.omt", at);
    assert_eq!((&prepared["placeholder"], start(&prepared["range"])), (&json!("id"), (0, 32)));
    let mut params = editor.place("greeting.omt", at);
    params["newName"] = json!("session");
    let edit = editor.ask("textDocument/rename", params.clone());
    let changes = edit["documentChanges"].as_array().expect("edits for versions");
    let of = |name: &str| {
        changes.iter().find(|change| change["textDocument"]["uri"].as_str().unwrap().ends_with(name)).unwrap()
    };
    assert_eq!(of("greeting.omt")["textDocument"]["version"], 1);
    assert_eq!(of("shared.omt")["textDocument"]["version"], Value::Null);
    assert_eq!(edited(SHARED, &of("shared.omt")["edits"]), SHARED.replace("( id hash", "( session hash"));
    // The key, two variables, what is set and what is stored.
    assert_eq!(of("greeting.omt")["edits"].as_array().unwrap().len(), 5, "{edit}");
    let state = find(GREETING, "state INSIDE", "INSIDE");
    for (at, name, why) in
        [(at, "no name", "is no name"), (at, "state", "reserved"), (state, "OUTSIDE", "two states are called")]
    {
        params = editor.place("greeting.omt", at);
        params["newName"] = json!(name);
        let error = editor.refused("textDocument/rename", params.clone());
        assert_eq!(error["code"], -32803);
        assert!(error["message"].as_str().unwrap().contains(why), "{why}: {error}");
    }
    let params = editor.place("greeting.omt", find(GREETING, "id = ", "HASH"));
    assert!(editor.refused("textDocument/prepareRename", params)["message"].as_str().unwrap().contains("not declared"));
    assert_eq!(editor.end().0, Some(0));
}

#[test]
fn formatting_changes_what_it_must_and_keeps_the_line_ends() {
    let mut editor = greeting();
    let format = |editor: &mut Editor| {
        let params = json!({ "textDocument": { "uri": editor.uri("a.omt") }, "options": { "tabSize": 4, "insertSpaces": true } });
        editor.ask("textDocument/formatting", params)
    };
    editor.open("a.omt", "# first\r\nenum E (\r\n    A\r\n  B\r\n)\r\n");
    let edits = format(&mut editor);
    assert_eq!(edits.as_array().unwrap().len(), 1);
    assert_eq!((start(&edits[0]["range"]), &edits[0]["newText"]), ((3, 0), &json!("    B\r\n")));
    editor.change("a.omt", 2, whole("enum E (\n    A\n)\n"));
    assert_eq!(format(&mut editor), json!([]));
    editor.change("a.omt", 3, whole("enum E ("));
    assert_eq!(format(&mut editor), Value::Null);
    assert_eq!(editor.end().0, Some(0));
}

#[test]
fn fixes_are_code_actions_one_by_one_and_all_together() {
    let text = "actor A ( state WAITING initial state DONE terminal\nWAITING -> DNOE auto\nWAITNG -> DONE auto )\n";
    let mut editor = Editor::new(Place::new());
    editor.open("a.omt", text);
    let found = editor.findings("a.omt", Some(1));
    let actions = |editor: &mut Editor, only: Value| {
        let range = json!({ "start": { "line": 1, "character": 0 }, "end": { "line": 1, "character": 20 } });
        let context = json!({ "diagnostics": found, "only": only });
        let params = json!({ "textDocument": { "uri": editor.uri("a.omt") }, "range": range, "context": context });
        editor.ask("textDocument/codeAction", params)
    };
    let quick = actions(&mut editor, json!(["quickfix"]));
    assert_eq!(quick.as_array().unwrap().len(), 1, "{quick}");
    assert_eq!(
        (&quick[0]["title"], &quick[0]["diagnostics"][0]["code"]),
        (&json!("Change `DNOE` to `DONE`"), &json!("E-TO"))
    );
    let uri = editor.uri("a.omt");
    assert_eq!(edited(text, &quick[0]["edit"]["changes"][&uri]), text.replace("DNOE", "DONE"));
    let all = actions(&mut editor, json!(["source.fixAll"]));
    let mended = text.replace("DNOE", "DONE").replace("WAITNG", "WAITING");
    assert_eq!(edited(text, &all[0]["edit"]["changes"][&uri]), mended);
    assert_eq!(editor.end().0, Some(0));
}

#[test]
fn the_outline_has_actors_with_their_states() {
    let mut editor = greeting();
    let params = json!({ "textDocument": { "uri": editor.uri("greeting.omt") } });
    let outline = editor.ask("textDocument/documentSymbol", params);
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&outline), ["Guest", "Host"]);
    assert_eq!(names(&outline[1]["children"]), ["id", "HOME", "VISITED"]);
    assert_eq!(editor.end().0, Some(0));
}

#[test]
fn editors_that_offer_utf_8_count_bytes_and_snippets_are_for_those_that_can() {
    let item = json!({ "completionItem": { "snippetSupport": true } });
    let capabilities =
        json!({ "general": { "positionEncodings": ["utf-16", "utf-8"] }, "textDocument": { "completion": item } });
    let (mut editor, result) = Editor::with(Place::new(), capabilities);
    assert_eq!(result["capabilities"]["positionEncoding"], "utf-8");
    editor.open("a.omt", "# ä😀\nenum E ( ä )\n");
    let found = editor.findings("a.omt", Some(1));
    assert_eq!(
        found[0]["range"],
        json!({ "start": { "line": 1, "character": 9 }, "end": { "line": 1, "character": 11 } })
    );
    let items = editor.at("textDocument/completion", "a.omt", (2, 0));
    let actor = items.as_array().unwrap().iter().find(|item| item["label"] == "actor").unwrap();
    assert_eq!(actor["insertTextFormat"], 2);
    assert!(actor["textEdit"]["newText"].as_str().unwrap().starts_with("actor ${1:Name} ("));
    let (_, result) = Editor::with(Place::new(), json!({}));
    assert_eq!(result["capabilities"]["positionEncoding"], "utf-16");
}

#[test]
fn only_the_newest_version_of_a_document_is_answered_for_last() {
    let mut editor = greeting();
    for version in 2..60 {
        let text = GREETING.replace("on timeout(WAIT)", &format!("on timeout(W{version})"));
        editor.change("greeting.omt", version, whole(&text));
    }
    // An older version comes too late, and one that is not open is nothing.
    editor.change("greeting.omt", 30, whole(""));
    editor.change("none.omt", 1, whole(""));
    let found = editor.findings("greeting.omt", Some(59));
    assert!(found[0]["message"].as_str().unwrap().contains("`W59`"), "{found:?}");
    // A request that came after a change knows the change, and one that is no longer wanted is answered all the same.
    let params = editor.place("greeting.omt", find(GREETING, "SEND(", "HELLO"));
    let id = editor.request("textDocument/hover", params);
    editor.tell("$/cancelRequest", json!({ "id": id }));
    let response = editor.response(id);
    assert!(response.get("result").is_some() || response["error"]["code"] == -32800, "{response}");
    assert_eq!(editor.end().0, Some(0));
}

#[test]
fn editors_are_asked_to_watch_files_if_they_can() {
    let watched = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    let (mut editor, _) = Editor::with(Place::new(), watched);
    let asked = editor.wait("a registration", |message| message["method"] == "client/registerCapability");
    assert_eq!(asked["params"]["registrations"][0]["registerOptions"]["watchers"][0]["globPattern"], "**/*.omt");
    editor.answer(&asked["id"]);
    assert_eq!(editor.end().0, Some(0));
}

#[test]
fn what_is_no_message_is_refused_and_the_server_goes_on() {
    let mut editor = greeting();
    let is_parse_error = |message: &Value| message["error"]["code"] == -32700 && message["id"].is_null();
    for bad in ["Content-Length: 9\r\n\r\n{\"jsonrpc", "Content-Length: 2\r\n\r\n[]", "Hello: there\r\n\r\n"] {
        editor.write(bad.as_bytes());
        editor.wait("that it cannot read this", is_parse_error);
    }
    assert_eq!(editor.refused("omt/unknown", json!({}))["code"], -32601);
    assert_eq!(editor.refused("textDocument/hover", json!({ "position": "here" }))["code"], -32602);
    let params = editor.place("none.omt", (0, 0));
    assert!(editor.refused("textDocument/hover", params)["message"].as_str().unwrap().contains("not open"));
    let far = editor.at("textDocument/hover", "greeting.omt", (4_000_000_000, 4_000_000_000));
    assert_eq!(far, Value::Null);
    editor.tell("omt/unknown", json!({}));
    assert!(editor.at("textDocument/hover", "greeting.omt", find(GREETING, "SEND(", "HELLO")).is_object());
    let (code, error) = editor.end();
    assert!(code == Some(0) && !error.contains("panicked"), "{error}");
}

#[test]
fn who_leaves_without_shutdown_gets_code_one() {
    let mut editor = greeting();
    editor.tell("exit", Value::Null);
    assert_eq!(editor.ended().0, Some(1));
    assert_eq!(greeting().hang_up().0, Some(1));
    assert_eq!(Editor::silent(Place::new()).hang_up().0, Some(1));
    let mut early = Editor::silent(Place::new());
    assert_eq!(early.refused("textDocument/hover", json!({}))["code"], -32002);
}

#[test]
fn documents_that_are_no_files_and_strange_texts_are_served() {
    let mut editor = Editor::new(Place::new());
    let untitled =
        json!({ "uri": "untitled:Untitled-1", "languageId": "omt", "version": 1, "text": "imports a enum \u{0}" });
    editor.tell("textDocument/didOpen", json!({ "textDocument": untitled }));
    let found = editor.wait("findings", |message| message["params"]["uri"] == "untitled:Untitled-1");
    assert_eq!(found["params"]["diagnostics"][0]["code"], "E-IMPORT");
    for (version, text) in
        ["", "\u{feff}enum E ( A )", "\r", "\r\n\r\n", &"(".repeat(100_000), "\"", "#"].iter().enumerate()
    {
        let version = version as i32 + 1;
        if version == 1 {
            editor.open("a.omt", text);
        } else {
            editor.change("a.omt", version, whole(text));
        }
        editor.findings("a.omt", Some(version));
        editor.at("textDocument/completion", "a.omt", (0, 1));
        editor.at("textDocument/hover", "a.omt", (0, 0));
    }
    // What grows without end: the editor's patience is the watchdog.
    for (at, open) in ["(", "[", "{", "f(", "x => ", "NOT ", "a + ", "a.", "list<", "IF a THEN "].iter().enumerate() {
        let version = 100 + at as i32;
        editor.change("a.omt", version, whole(&format!("function f() -> any ( RETURN {}", open.repeat(100_000))));
        assert!(!editor.findings("a.omt", Some(version)).is_empty(), "{open}");
    }
    let (code, error) = editor.end();
    assert!(code == Some(0) && !error.contains("panicked"), "{error}");
}
