//! A map of a profile: regions where they lie, as large as their share, and links as dark as they are quick.

use std::fmt::Write as _;

use net_model::Profile;

use super::show::short_ms;

const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 560.0;
/// Where known regions lie: longitude and latitude in degrees, moved apart a little where labels would collide.
const KNOWN: [(&str, f64, f64); 8] = [
    ("north_america", -100.0, 42.0),
    ("europe", 12.0, 52.0),
    ("south_america", -58.0, -18.0),
    ("asia_pacific", 100.0, 18.0),
    ("asia", 100.0, 26.0),
    ("japan", 140.0, 40.0),
    ("australia", 138.0, -28.0),
    ("africa", 20.0, 2.0),
];

/// The map as SVG.
pub(super) fn draw(profile: &Profile) -> String {
    let points = points(profile.regions());
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#f7f9fb\"/>\n\
         <text x=\"20\" y=\"32\" font-size=\"20\" fill=\"#1d2733\">{}</text>\n\
         <text x=\"20\" y=\"52\" font-size=\"12\" fill=\"#5b6875\">one-way latency, median (95th percentile) in ms; \
         circles: share of the nodes, and latency within the region</text>\n",
        escaped(profile.name()),
    );
    let pairs = || (0..points.len()).flat_map(|from| (0..from).map(move |to| (from, to)));
    let median = |from: usize, to: usize| profile.law(from as u16, to as u16).percentile_ns(0.5);
    let slowest = pairs().map(|(from, to)| median(from, to)).fold(1.0, f64::max);
    for (from, to) in pairs() {
        link(&mut svg, [points[from], points[to]], median(from, to) / slowest);
    }
    let mut taken: Vec<Label> =
        points.iter().flat_map(|point| [Label::of_region(*point), Label::of_circle(*point)]).collect();
    for (from, to) in pairs() {
        link_label(&mut svg, [points[from], points[to]], &label(profile, from, to), &mut taken);
    }
    for (place, name) in profile.regions().iter().enumerate() {
        region(&mut svg, points[place], (name, profile.shares()[place]), &label(profile, place, place));
    }
    svg.push_str("</svg>\n");
    svg
}

fn label(profile: &Profile, from: usize, to: usize) -> String {
    let law = profile.law(from as u16, to as u16);
    format!("{} ({})", short_ms(law.percentile_ns(0.5)), short_ms(law.percentile_ns(0.95)))
}

/// Known regions lie where they lie on the globe; if one is unknown, all lie on a circle.
fn points(regions: &[String]) -> Vec<(f64, f64)> {
    let known = |name: &String| KNOWN.iter().find(|(known, ..)| known == name);
    if let Some(found) = regions.iter().map(known).collect::<Option<Vec<_>>>() {
        let point = |(_, longitude, latitude): &(&str, f64, f64)| {
            (90.0 + (longitude + 130.0) / 300.0 * (WIDTH - 180.0), 110.0 + (62.0 - latitude) / 100.0 * (HEIGHT - 170.0))
        };
        return found.into_iter().map(point).collect();
    }
    let circle = |place: usize| {
        let angle = std::f64::consts::TAU * place as f64 / regions.len() as f64;
        (WIDTH / 2.0 + 330.0 * angle.sin(), HEIGHT / 2.0 + 20.0 - 190.0 * angle.cos())
    };
    (0..regions.len()).map(circle).collect()
}

fn link(svg: &mut String, [(x1, y1), (x2, y2)]: [(f64, f64); 2], slowness: f64) {
    let (width, opacity) = (1.0 + 4.0 * (1.0 - slowness), 0.25 + 0.6 * (1.0 - slowness));
    let _ = writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#2f6f9f\" \
         stroke-width=\"{width:.1}\" stroke-opacity=\"{opacity:.2}\"/>"
    );
}

/// The room that a text takes: its middle, and half of its size.
#[derive(Clone, Copy)]
struct Label {
    middle: (f64, f64),
    half: (f64, f64),
}

impl Label {
    fn of_region(point: (f64, f64)) -> Label {
        let up = if is_low(point) { -38.0 } else { 48.0 };
        Label { middle: (point.0, point.1 - up), half: (66.0, 20.0) }
    }

    fn of_circle(point: (f64, f64)) -> Label {
        Label { middle: point, half: (24.0, 24.0) }
    }

    fn collides(&self, other: &Label) -> bool {
        let apart = |a: f64, b: f64, sizes: f64| (a - b).abs() >= sizes;
        !apart(self.middle.0, other.middle.0, self.half.0 + other.half.0)
            && !apart(self.middle.1, other.middle.1, self.half.1 + other.half.1)
    }
}

/// Regions in the lower part have their labels below them.
fn is_low((_, y): (f64, f64)) -> bool {
    y > 230.0
}

/// A label stands on its link, as near to the middle as there is room.
fn link_label(svg: &mut String, [(x1, y1), (x2, y2)]: [(f64, f64); 2], text: &str, taken: &mut Vec<Label>) {
    let half = (3.1 * text.len() as f64 + 4.0, 8.0);
    let at = |share: f64| Label { middle: (x1 + (x2 - x1) * share, y1 + (y2 - y1) * share), half };
    let free = |label: &Label| !taken.iter().any(|other| label.collides(other));
    let shares = (0..40).map(|step| 0.5 + f64::from((step + 1) / 2) * 0.01 * if step % 2 == 0 { 1.0 } else { -1.0 });
    let label = shares.map(at).find(free).unwrap_or_else(|| at(0.5));
    let (x, y) = label.middle;
    let _ = writeln!(
        svg,
        "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"16\" rx=\"3\" fill=\"#f7f9fb\" fill-opacity=\"0.85\"/>\
         <text x=\"{x:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"middle\" fill=\"#38506a\">{text}</text>",
        x - half.0,
        y - half.1,
        2.0 * half.0,
        y + 4.0,
    );
    taken.push(label);
}

fn region(svg: &mut String, (x, y): (f64, f64), (name, share): (&str, f64), within: &str) {
    let radius = 8.0 + 34.0 * share.sqrt();
    let [title, detail] = if is_low((x, y)) { [radius + 16.0, radius + 30.0] } else { [-radius - 18.0, -radius - 5.0] };
    let _ = writeln!(
        svg,
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"#e08e45\" stroke=\"#fff\" stroke-width=\"2\"/>\
         <text x=\"{x:.1}\" y=\"{:.1}\" font-size=\"14\" text-anchor=\"middle\" fill=\"#1d2733\">{} {:.1} %</text>\
         <text x=\"{x:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"middle\" fill=\"#8a4b12\">within: {within}</text>",
        y + title,
        escaped(&name.replace('_', " ")),
        share * 100.0,
        y + detail,
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
