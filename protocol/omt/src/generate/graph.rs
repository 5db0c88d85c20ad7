//! A picture of an actor's states: layers from the initial state downwards, one arrow for all ways between two states.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::ways;
use crate::model::{Actor, Model};
use crate::tree::Node;

const COLUMN: f64 = 250.0;
const ROW: f64 = 110.0;
const BOX: (f64, f64) = (190.0, 36.0);
const MARGIN: f64 = 40.0;
/// Labels are cut at this many characters.
const LABEL_MAX: usize = 34;

/// The states of all actors of a program as one SVG, one actor below the other.
pub fn graph(model: &Model<'_>) -> String {
    let pictures: Vec<Picture> = model.actors.iter().map(|actor| Picture::of(model, actor)).collect();
    let width = pictures.iter().map(|picture| picture.width).fold(320.0, f64::max);
    let height: f64 = pictures.iter().map(|picture| picture.height).sum::<f64>().max(80.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto-start-reverse\"><path d=\"M0 0L10 5L0 10z\" fill=\"#555\"/></marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let mut top = 0.0;
    for picture in &pictures {
        let _ = writeln!(out, "<g transform=\"translate(0 {top:.0})\">\n{}</g>", picture.body);
        top += picture.height;
    }
    out + "</svg>\n"
}

struct Picture {
    body: String,
    width: f64,
    height: f64,
}

impl Picture {
    fn of(model: &Model<'_>, actor: &Actor<'_>) -> Picture {
        let ways = ways(model, actor);
        let mut edges: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
        for way in &ways {
            let sends: String = way.sent.iter().map(|message| format!(" !{message}")).collect();
            let label = format!("{}{sends}", way.label);
            let labels = edges.entry((way.from, way.to)).or_default();
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        let places = places(actor, &edges);
        let columns = places.iter().map(|place| place.0).max().unwrap_or(0) + 1;
        let rows = places.iter().map(|place| place.1).max().unwrap_or(0) + 1;
        let mut body = format!(
            "<text x=\"{MARGIN}\" y=\"26\" font-size=\"16\" font-weight=\"bold\">{}</text>\n",
            escaped(actor.name)
        );
        for ((from, to), labels) in &edges {
            arrow(&mut body, centre(places[*from]), centre(places[*to]), labels);
        }
        for (state, place) in actor.states.iter().zip(&places) {
            let name = state.name().map_or("", Node::text);
            node(&mut body, centre(*place), name, (state.is_initial(), state.is_terminal()));
        }
        let (width, height) = (columns as f64 * COLUMN + 3.0 * MARGIN, rows as f64 * ROW + 2.0 * MARGIN);
        Picture { body, width, height }
    }
}

/// Column and row of each state: the row is the number of steps from the initial state.
fn places(actor: &Actor<'_>, edges: &BTreeMap<(usize, usize), Vec<String>>) -> Vec<(usize, usize)> {
    let mut rows: Vec<Option<usize>> = actor.states.iter().map(|state| state.is_initial().then_some(0)).collect();
    let mut open: std::collections::VecDeque<usize> = (0..rows.len()).filter(|at| rows[*at].is_some()).collect();
    while let Some(at) = open.pop_front() {
        for (_, to) in edges.keys().filter(|(from, _)| *from == at) {
            if rows[*to].is_none() {
                rows[*to] = rows[at].map(|row| row + 1);
                open.push_back(*to);
            }
        }
    }
    let last = rows.iter().flatten().max().map_or(0, |row| row + 1);
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    rows.into_iter()
        .map(|row| {
            let row = row.unwrap_or(last);
            let column = taken.entry(row).or_insert(0);
            *column += 1;
            (*column - 1, row)
        })
        .collect()
}

fn centre((column, row): (usize, usize)) -> (f64, f64) {
    (MARGIN + BOX.0 / 2.0 + column as f64 * COLUMN, 2.0 * MARGIN + row as f64 * ROW)
}

fn node(body: &mut String, (x, y): (f64, f64), name: &str, (initial, terminal): (bool, bool)) {
    let fill = if initial {
        "#dbeafe"
    } else if terminal {
        "#dcfce7"
    } else {
        "#f8fafc"
    };
    let (left, top) = (x - BOX.0 / 2.0, y - BOX.1 / 2.0);
    let width = if terminal { 3 } else { 1 };
    let _ = writeln!(
        body,
        "<rect x=\"{left:.0}\" y=\"{top:.0}\" width=\"{:.0}\" height=\"{:.0}\" rx=\"8\" fill=\"{fill}\" stroke=\"#334\" \
         stroke-width=\"{width}\"/>",
        BOX.0, BOX.1
    );
    let size = if name.len() > 24 { 9 } else { 12 };
    let _ = writeln!(
        body,
        "<text x=\"{x:.0}\" y=\"{:.0}\" text-anchor=\"middle\" font-size=\"{size}\">{}</text>",
        y + 4.0,
        escaped(name)
    );
}

/// An arrow to the next row is straight; any other goes around on the right side.
fn arrow(body: &mut String, from: (f64, f64), to: (f64, f64), labels: &[String]) {
    let half = (BOX.0 / 2.0, BOX.1 / 2.0);
    let (path, label) = if from == to {
        let (x, y) = (from.0 + half.0, from.1);
        let path = format!("M{x:.0} {:.0}c40 -20 40 30 0 16", y - 6.0);
        (path, (x + 6.0, y - 16.0))
    } else if to.1 > from.1 && to.1 - from.1 <= ROW {
        let (start, end) = ((from.0, from.1 + half.1), (to.0, to.1 - half.1));
        let path = format!("M{:.0} {:.0}L{:.0} {:.0}", start.0, start.1, end.0, end.1);
        // Labels of arrows that part lie on different heights.
        let part = if from.0 == to.0 { 0.35 } else { 0.85 };
        (path, (start.0 + (end.0 - start.0) * part + 6.0, start.1 + (end.1 - start.1) * part))
    } else {
        let (start, end) = ((from.0 + half.0, from.1), (to.0 + half.0, to.1 + 4.0));
        let bend = start.0.max(end.0) + 46.0;
        let path = format!(
            "M{:.0} {:.0}C{bend:.0} {:.0} {bend:.0} {:.0} {:.0} {:.0}",
            start.0, start.1, start.1, end.1, end.0, end.1
        );
        (path, (bend - 22.0, (start.1 + end.1) / 2.0))
    };
    let _ = writeln!(body, "<path d=\"{path}\" fill=\"none\" stroke=\"#555\" marker-end=\"url(#tip)\"/>");
    for (line, text) in labels.iter().enumerate() {
        let short: String = text.chars().take(LABEL_MAX).collect();
        let short = if short.len() < text.len() { short + "…" } else { short };
        let _ = writeln!(
            body,
            "<text x=\"{:.0}\" y=\"{:.0}\" font-size=\"10\" fill=\"#446\" stroke=\"#fff\" stroke-width=\"3\" \
             paint-order=\"stroke\">{}<title>{}</title></text>",
            label.0,
            label.1 + line as f64 * 11.0,
            escaped(&short),
            escaped(text)
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
