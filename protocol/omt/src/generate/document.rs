//! The documentation of a transaction: Markdown with tables, and a Mermaid state diagram for each actor.

use std::fmt::Write as _;

use super::{one_line, ways};
use crate::ast::ShapeKind;
use crate::model::{Actor, Field, Model, Shape};
use crate::tree::Node;

/// The documentation of a program, imports included, as Markdown.
pub fn document(model: &Model<'_>) -> String {
    let mut out = String::new();
    match model.transaction {
        Some(transaction) => {
            let (id, title) = (transaction.id().unwrap_or(""), transaction.title().unwrap_or(""));
            let _ = writeln!(out, "# {id} {title}\n");
            transaction.description().into_iter().for_each(|text| out.push_str(&format!("{text}.\n\n")));
            transaction.key().into_iter().for_each(|key| {
                let _ = writeln!(out, "Sessions are keyed by `{}`.\n", key.text());
            });
        }
        None => out.push_str(&format!("# {}\n\n", model.program.main().path)),
    }
    parameters(&mut out, model);
    enums(&mut out, model);
    for (kind, title) in
        [(ShapeKind::Record, "Records"), (ShapeKind::Message, "Messages"), (ShapeKind::Block, "Blocks")]
    {
        shapes(&mut out, model, kind, title);
    }
    functions(&mut out, model);
    model.actors.iter().for_each(|actor| self::actor(&mut out, model, actor));
    out.trim_end().to_owned() + "\n"
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn parameters(out: &mut String, model: &Model<'_>) {
    if model.parameters.is_empty() {
        return;
    }
    out.push_str("## Parameters\n\n| Name | Value | Unit | Meaning |\n|---|---|---|---|\n");
    for parameter in &model.parameters {
        let value = parameter.ast.value().map_or("", |value| value.node().text());
        let unit = model.unit(parameter).unwrap_or("");
        let meaning = cell(parameter.ast.description().unwrap_or(""));
        let _ = writeln!(out, "| `{}` | {value} | {unit} | {meaning} |", parameter.name);
    }
    out.push('\n');
}

fn enums(out: &mut String, model: &Model<'_>) {
    for of in &model.enums {
        let text = of.ast.description().map_or(String::new(), |text| format!(": {text}"));
        let _ = writeln!(out, "## Enum `{}`{text}\n\n| Value | Comment |\n|---|---|", of.name);
        for value in of.ast.values() {
            let _ = writeln!(out, "| `{}` | {} |", value.text(), cell(&comment_behind(value)));
        }
        out.push('\n');
    }
}

/// The comment that stands behind a node on its line.
fn comment_behind(node: Node<'_>) -> String {
    let tree = node.tree();
    let mut behind = (node.token_range().end..tree.tokens().len()).map(|at| tree.token_text(at));
    let comment = behind.find(|text| text.starts_with('#') || text.contains('\n') || !text.trim().is_empty());
    let comment = comment.filter(|text| text.starts_with('#')).unwrap_or("");
    comment.trim_start_matches('#').trim().to_owned()
}

fn shapes(out: &mut String, model: &Model<'_>, kind: ShapeKind, title: &str) {
    let all: Vec<_> = model.shapes.iter().filter(|shape| shape.kind() == kind).collect();
    if all.is_empty() {
        return;
    }
    let _ = writeln!(out, "## {title}\n");
    for shape in all {
        let _ = writeln!(out, "### `{}`\n", shape.name);
        about(out, shape);
        fields(out, &shape.fields, "Field");
    }
}

fn about(out: &mut String, shape: &Shape<'_>) {
    let names: Vec<String> = shape.ast.actors().map(|name| format!("`{}`", name.text())).collect();
    match (shape.kind(), shape.ast.sender()) {
        (ShapeKind::Message, Some(sender)) => {
            let signed = if shape.ast.is_signed() { ", signed" } else { "" };
            let _ = writeln!(out, "From `{}` to {}{signed}.\n", sender.text(), names.join(", "));
        }
        (ShapeKind::Block, _) => out.push_str(&format!("Appended by {}.\n\n", names.join(", "))),
        _ => {}
    }
}

fn fields(out: &mut String, fields: &[Field<'_>], heading: &str) {
    if fields.is_empty() {
        return;
    }
    let _ = writeln!(out, "| {heading} | Type |\n|---|---|");
    for field in fields {
        let of = field.node.child(crate::NodeKind::TYPE).map_or("", Node::text);
        let _ = writeln!(out, "| `{}` | `{}` |", field.name, cell(&one_line(of)));
    }
    out.push('\n');
}

fn functions(out: &mut String, model: &Model<'_>) {
    if model.functions.is_empty() {
        return;
    }
    out.push_str("## Functions\n\n");
    for function in &model.functions {
        let node = function.ast.node();
        if let Some(path) = function.ast.path() {
            let _ = writeln!(out, "### `{}`\n\nNative: `{path}`.\n", function.name);
        } else {
            let _ = writeln!(out, "### `{}`\n\n```omt\n{}\n```\n", function.name, node.text());
        }
    }
}

fn actor(out: &mut String, model: &Model<'_>, actor: &Actor<'_>) {
    let _ = writeln!(out, "## Actor `{}`\n", actor.name);
    actor.ast.description().into_iter().for_each(|text| out.push_str(&format!("{text}.\n\n")));
    diagram(out, model, actor);
    out.push_str("| State | | Meaning |\n|---|---|---|\n");
    for state in &actor.states {
        let name = state.name().map_or("", Node::text);
        let marks = [(state.is_initial(), "initial"), (state.is_terminal(), "terminal")];
        let marks: Vec<&str> = marks.iter().filter(|mark| mark.0).map(|mark| mark.1).collect();
        let meaning = cell(state.description().unwrap_or(""));
        let _ = writeln!(out, "| `{name}` | {} | {meaning} |", marks.join(", "));
    }
    out.push('\n');
    for trigger in &actor.triggers {
        let states: Vec<String> = trigger.ast.states().map(|state| format!("`{}`", state.text())).collect();
        let text = trigger.ast.description().map_or(String::new(), |text| format!(": {text}"));
        let _ = writeln!(out, "Trigger `{}` in {}{text}.\n", trigger.name, states.join(", "));
        fields(out, &trigger.inputs, "Input");
    }
    fields(out, &actor.store, "Variable");
}

fn diagram(out: &mut String, model: &Model<'_>, actor: &Actor<'_>) {
    out.push_str("```mermaid\nstateDiagram-v2\n");
    for state in actor.states.iter().filter(|state| state.is_initial()) {
        let _ = writeln!(out, "    [*] --> {}", state.name().map_or("", Node::text));
    }
    let name = |at: usize| actor.states[at].name().map_or("", Node::text);
    for way in ways(model, actor) {
        let sends: String = way.sent.iter().map(|message| format!(" !{message}")).collect();
        // Mermaid ends a label at `;`, and takes `#` for a code of a character; neither is in an expression.
        let label = way.label.replace(':', " ");
        let _ = writeln!(out, "    {} --> {}: {label}{sends}", name(way.from), name(way.to));
    }
    for state in actor.states.iter().filter(|state| state.is_terminal()) {
        let _ = writeln!(out, "    {} --> [*]", state.name().map_or("", Node::text));
    }
    out.push_str("```\n\n");
}
