//! A picture of an actor's states: boxes below each other in the order of their distance from the initial state, each with
//! a row for every way that leaves it. Ways to one state meet in one lane on the right side, marked by a dot, and enter the
//! state beside its name. Lines cross; texts never lie on each other or on a line.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;

use super::{Way, ways};
use crate::model::{Actor, Model};
use crate::tree::Node;

const MARGIN: f64 = 30.0;
/// The row of a state's name, and that of one way.
const NAME: f64 = 30.0;
const ROW: f64 = 20.0;
/// Between two states.
const GAP: f64 = 20.0;
/// Between two lanes.
const LANE: f64 = 16.0;
/// Labels are cut at this many characters; the whole text shows when the mouse rests on it.
const LABEL_MAX: usize = 72;
/// What is left of a condition, however much is sent behind it.
const CONDITION_MIN: usize = 32;
/// One for each lane, in turn, so that the eye can follow it.
const COLOURS: &[&str] = &["#1d4ed8", "#b45309", "#047857", "#9333ea", "#be123c", "#475569"];

/// The states of all actors of a program as one SVG, one actor below the other.
pub fn graph(model: &Model<'_>) -> String {
    let pictures: Vec<Picture> = model.actors.iter().map(|actor| Picture::of(model, actor)).collect();
    let width = pictures.iter().map(|picture| picture.width).fold(320.0, f64::max);
    let height: f64 = pictures.iter().map(|picture| picture.height).sum::<f64>().max(80.0);
    let tips: String = COLOURS.iter().enumerate().map(tip).collect();
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <defs>{tips}</defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let mut top = 0.0;
    for picture in &pictures {
        let _ = writeln!(out, "<g transform=\"translate(0 {top:.0})\">\n{}</g>", picture.body);
        top += picture.height;
    }
    out + "</svg>\n"
}

fn tip((number, colour): (usize, &&str)) -> String {
    format!(
        "<marker id=\"tip{number}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" fill=\"{colour}\"/></marker>"
    )
}

/// The box of a state.
struct Place {
    top: f64,
    height: f64,
}

struct Picture {
    body: String,
    width: f64,
    height: f64,
}

impl Picture {
    fn of(model: &Model<'_>, actor: &Actor<'_>) -> Picture {
        let rows = rows(actor, &ways(model, actor));
        let (places, bottom) = places(actor, &rows);
        let boxes = actor.states.iter().filter_map(|state| state.name()).map(|name| breadth(name.text(), 12.0));
        let right = MARGIN + boxes.fold(140.0, f64::max) + 30.0;
        let labels = rows.iter().flatten().map(|row| breadth(&row.short(), 10.0)).fold(0.0, f64::max);
        let first_lane = right + labels + 24.0;
        let mut body = format!(
            "<text x=\"{MARGIN}\" y=\"30\" font-size=\"16\" font-weight=\"bold\">{}</text>\n",
            escaped(actor.name)
        );
        let lanes = lanes(&rows, &places);
        for (to, lane) in &lanes {
            let x = first_lane + *lane as f64 * LANE;
            let starts: Vec<f64> = leaving(&rows, &places, *to).collect();
            draw_lane(&mut body, (*to, right, x), &starts, entry(&places[*to]));
        }
        for (from, row) in rows.iter().enumerate() {
            for (number, row) in row.iter().enumerate() {
                draw_label(&mut body, right + 8.0, exit(&places[from], number) - 4.0, row);
            }
        }
        for (state, place) in actor.states.iter().zip(&places) {
            let name = state.name().map_or("", Node::text);
            draw_state(&mut body, place, (right, name), (state.is_initial(), state.is_terminal()));
        }
        let count = lanes.values().max().map_or(0, |lane| lane + 1);
        Picture { body, width: first_lane + count as f64 * LANE + MARGIN, height: bottom + MARGIN }
    }
}

/// A way that leaves a state: where it leads, and what is written on it.
#[derive(Clone, PartialEq, Eq)]
struct Row {
    to: usize,
    /// The event and its condition.
    label: String,
    sends: String,
}

impl Row {
    /// The text, cut: the condition before what is sent.
    fn short(&self) -> String {
        let kept = LABEL_MAX.saturating_sub(self.sends.chars().count()).max(CONDITION_MIN);
        format!("{}{}", cut(&self.label, kept), cut(&self.sends, LABEL_MAX - CONDITION_MIN))
    }
}

/// For each state its ways, each once.
fn rows(actor: &Actor<'_>, ways: &[Way<'_>]) -> Vec<Vec<Row>> {
    let mut rows: Vec<Vec<Row>> = vec![vec![]; actor.states.len()];
    for way in ways {
        let sends = way.sent.iter().map(|message| format!(" !{message}")).collect();
        let row = Row { to: way.to, label: way.label.clone(), sends };
        if !rows[way.from].contains(&row) {
            rows[way.from].push(row);
        }
    }
    rows
}

/// The states by their distance from the initial one; what cannot be reached comes last.
fn order(actor: &Actor<'_>, rows: &[Vec<Row>]) -> Vec<usize> {
    let mut order: Vec<usize> = vec![];
    let mut open: VecDeque<usize> = (0..rows.len()).filter(|at| actor.states[*at].is_initial()).collect();
    let mut others = 0..rows.len();
    while let Some(at) = open.pop_front().or_else(|| others.next()) {
        if !order.contains(&at) {
            order.push(at);
            open.extend(rows[at].iter().map(|row| row.to));
        }
    }
    order
}

/// The boxes of all states, and where the last one ends.
fn places(actor: &Actor<'_>, rows: &[Vec<Row>]) -> (Vec<Place>, f64) {
    let mut places: Vec<Place> = rows.iter().map(|_| Place { top: 0.0, height: 0.0 }).collect();
    let mut top = 48.0;
    for at in order(actor, rows) {
        let height = NAME + ROW * rows[at].len() as f64;
        places[at] = Place { top, height };
        top += height + GAP;
    }
    (places, top - GAP)
}

/// Where ways enter a state.
fn entry(place: &Place) -> f64 {
    place.top + NAME / 2.0
}

/// Where a way leaves a state.
fn exit(place: &Place, number: usize) -> f64 {
    place.top + NAME + ROW * (number as f64 + 0.5)
}

/// Where all ways to a state begin.
fn leaving<'r>(rows: &'r [Vec<Row>], places: &'r [Place], to: usize) -> impl Iterator<Item = f64> + 'r {
    let exits = rows
        .iter()
        .zip(places)
        .flat_map(|(row, place)| row.iter().enumerate().map(move |(number, way)| (way.to, exit(place, number))));
    exits.filter(move |way| way.0 == to).map(|way| way.1)
}

/// The lane of each state that is entered: short ones lie inside, and two that are side by side share one.
fn lanes(rows: &[Vec<Row>], places: &[Place]) -> BTreeMap<usize, usize> {
    let mut hulls: Vec<(f64, f64, usize)> = vec![];
    for (to, place) in places.iter().enumerate() {
        let mut hull: Option<(f64, f64)> = None;
        for start in leaving(rows, places, to) {
            let (low, high) = hull.unwrap_or((entry(place), entry(place)));
            hull = Some((low.min(start), high.max(start)));
        }
        hulls.extend(hull.map(|(low, high)| (low, high, to)));
    }
    hulls.sort_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)).then(a.2.cmp(&b.2)));
    let mut taken: Vec<Vec<(f64, f64)>> = vec![];
    let mut lanes = BTreeMap::new();
    for (low, high, to) in hulls {
        let free = |lane: &Vec<(f64, f64)>| lane.iter().all(|other| high + 4.0 < other.0 || other.1 + 4.0 < low);
        let lane = taken.iter().position(free).unwrap_or(taken.len());
        if lane == taken.len() {
            taken.push(vec![]);
        }
        taken[lane].push((low, high));
        lanes.insert(to, lane);
    }
    lanes
}

/// All ways to one state: from their rows to the lane, along it, and into the state.
fn draw_lane(body: &mut String, (to, left, x): (usize, f64, f64), starts: &[f64], end: f64) {
    let number = to % COLOURS.len();
    let colour = COLOURS[number];
    let low = starts.iter().copied().fold(end, f64::min);
    let high = starts.iter().copied().fold(end, f64::max);
    let mut path = format!("M{x:.0} {low:.0}V{high:.0}");
    for y in starts {
        let _ = write!(path, "M{left:.0} {y:.0}H{x:.0}");
    }
    let _ = writeln!(body, "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\"/>");
    let _ = writeln!(
        body,
        "<path d=\"M{x:.0} {end:.0}H{left:.0}\" fill=\"none\" stroke=\"{colour}\" marker-end=\"url(#tip{number})\"/>"
    );
    for y in starts {
        let _ = writeln!(body, "<circle cx=\"{x:.0}\" cy=\"{y:.0}\" r=\"2.5\" fill=\"{colour}\"/>");
    }
}

fn draw_label(body: &mut String, x: f64, y: f64, row: &Row) {
    let _ = writeln!(
        body,
        "<g><title>{}</title><text x=\"{x:.0}\" y=\"{y:.0}\" font-size=\"10\" fill=\"#334\">{}</text></g>",
        escaped(&format!("{}{}", row.label, row.sends)),
        escaped(&row.short())
    );
}

fn draw_state(body: &mut String, place: &Place, (right, name): (f64, &str), (initial, terminal): (bool, bool)) {
    let fill = match (initial, terminal) {
        (true, _) => "#dbeafe",
        (_, true) => "#dcfce7",
        _ => "#f8fafc",
    };
    let stroke = if terminal { 3 } else { 1 };
    let _ = writeln!(
        body,
        "<rect x=\"{MARGIN}\" y=\"{:.0}\" width=\"{:.0}\" height=\"{:.0}\" rx=\"8\" fill=\"{fill}\" stroke=\"#334\" \
         stroke-width=\"{stroke}\"/>",
        place.top,
        right - MARGIN,
        place.height
    );
    let _ = writeln!(body, "<text x=\"{:.0}\" y=\"{:.0}\">{}</text>", MARGIN + 12.0, place.top + 19.0, escaped(name));
}

fn cut(text: &str, most: usize) -> String {
    let short: String = text.chars().take(most).collect();
    if short.len() < text.len() { short + "…" } else { short }
}

/// About how wide a text is in a sans-serif font of a size, rather too wide than too narrow.
fn breadth(text: &str, size: f64) -> f64 {
    let wide = |c: char| if c.is_ascii_uppercase() || c == '_' || !c.is_ascii() { 0.74 } else { 0.58 };
    text.chars().map(wide).sum::<f64>() * size
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
