//! How long an editor waits: `cargo bench -p dunbar --bench lsp`. A whole server is spoken to over its standard input and
//! output, in a file of 2,000 lines. Each time is from before a message is written until its answer has been read: the
//! percentiles are the claim.

#[path = "../tests/cli/lsp_client.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod lsp_client;
#[path = "../protocol/omt/benches/source/mod.rs"]
mod source;
#[path = "../tests/cli/support.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod support;

use std::time::{Duration, Instant};

use lsp_client::Editor;
use serde_json::{Value, json};
use support::Place;

const LINES: usize = 2_000;
const KEYSTROKES: i32 = 1_000;

/// A keystroke in the middle of the file, and what is asked after it.
fn keystroke(editor: &mut Editor, version: i32, line: usize) {
    let at = json!({ "line": line, "character": 0 });
    let end = json!({ "line": line, "character": i32::from(version % 2 == 1) });
    let text = if version % 2 == 0 { "#" } else { "" };
    editor.change("large.omt", version, json!([{ "range": { "start": at, "end": end }, "text": text }]));
}

fn timed(times: &mut Vec<Duration>, work: impl FnOnce()) {
    let start = Instant::now();
    work();
    times.push(start.elapsed());
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: usize| times[(times.len() - 1) * part / 1_000].as_secs_f64() * 1e3;
    println!("{what:<34} median {:>6.2} ms   99 % {:>6.2} ms   longest {:>6.2} ms", at(500), at(990), at(1_000));
}

fn main() {
    let text = source::source(|text| text.lines().count() >= LINES);
    let text: String = text.lines().map(|line| format!("{line}\n")).collect();
    let line = text.lines().enumerate().filter(|(_, line)| line.is_empty()).nth(60).expect("an empty line").0;
    let mut editor = Editor::new(Place::new());
    editor.open("large.omt", &text);
    assert_eq!(editor.findings("large.omt", Some(1)), [Value::Null; 0], "the file is sound");
    println!("{} lines, {} bytes, {KEYSTROKES} keystrokes", text.lines().count(), text.len());
    let (mut findings, mut completion, mut hover) = (vec![], vec![], vec![]);
    for version in 2..2 + KEYSTROKES {
        timed(&mut findings, || {
            keystroke(&mut editor, version, line);
            editor.findings("large.omt", Some(version));
        });
    }
    for version in 2 + KEYSTROKES..2 + 2 * KEYSTROKES {
        timed(&mut completion, || {
            keystroke(&mut editor, version, line);
            editor.at("textDocument/completion", "large.omt", (line as u32, 0));
        });
        editor.findings("large.omt", Some(version));
        timed(&mut hover, || drop(editor.at("textDocument/hover", "large.omt", (line as u32 + 2, 8))));
    }
    report("keystroke to findings", findings);
    report("keystroke and completion", completion);
    report("hover", hover);
    assert_eq!(editor.end().0, Some(0));
}
