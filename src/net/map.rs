//! A map of a profile: regions where they lie, as large as their share, and links as dark as they are quick.

use std::fmt::Write as _;

use net_model::Profile;

use super::show::short_ms;

/// Right and down, in the picture's units.
type Point = (f64, f64);

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
    let links: Vec<[Point; 2]> = pairs().map(|(from, to)| [points[from], points[to]]).collect();
    for ((from, to), ends) in pairs().zip(&links) {
        link(&mut svg, *ends, median(from, to) / slowest);
    }
    let regions: Vec<Region> = (0..points.len()).map(|place| Region::new(profile, place, points[place])).collect();
    let mut taken: Vec<Label> = regions.iter().map(Region::circle).collect();
    for region in &regions {
        taken.push(region.label(&links, &taken));
    }
    let labels = taken.split_off(regions.len());
    taken.extend(&labels);
    let mut unlabelled = 0;
    for ((from, to), ends) in pairs().zip(links) {
        unlabelled += u32::from(!link_label(&mut svg, ends, &label(profile, from, to), &mut taken));
    }
    if unlabelled > 0 {
        let _ = writeln!(
            svg,
            "<text x=\"20\" y=\"{:.1}\" font-size=\"12\" fill=\"#5b6875\">no room for the numbers of {unlabelled} links: \
             the table of dunbar net show has them</text>",
            HEIGHT - 12.0,
        );
    }
    regions.iter().zip(labels).for_each(|(region, label)| region.draw(&mut svg, label));
    svg.push_str("</svg>\n");
    svg
}

fn label(profile: &Profile, from: usize, to: usize) -> String {
    let law = profile.law(from as u16, to as u16);
    format!("{} ({})", short_ms(law.percentile_ns(0.5)), short_ms(law.percentile_ns(0.95)))
}

/// Known regions lie where they lie on the globe; if one is unknown, all lie on a circle, or one alone in the middle.
fn points(regions: &[String]) -> Vec<Point> {
    let known = |name: &String| KNOWN.iter().find(|(known, ..)| known == name);
    if let Some(found) = regions.iter().map(known).collect::<Option<Vec<_>>>() {
        let point = |(_, longitude, latitude): &(&str, f64, f64)| {
            (90.0 + (longitude + 130.0) / 300.0 * (WIDTH - 180.0), 110.0 + (62.0 - latitude) / 100.0 * (HEIGHT - 170.0))
        };
        return found.into_iter().map(point).collect();
    }
    if regions.len() == 1 {
        return vec![(WIDTH / 2.0, HEIGHT / 2.0)];
    }
    let circle = |place: usize| {
        let angle = std::f64::consts::TAU * place as f64 / regions.len() as f64;
        (WIDTH / 2.0 + 330.0 * angle.sin(), HEIGHT / 2.0 + 20.0 - 190.0 * angle.cos())
    };
    (0..regions.len()).map(circle).collect()
}

fn link(svg: &mut String, [(x1, y1), (x2, y2)]: [Point; 2], slowness: f64) {
    let (width, opacity) = (1.0 + 4.0 * (1.0 - slowness), 0.25 + 0.6 * (1.0 - slowness));
    let _ = writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#2f6f9f\" \
         stroke-width=\"{width:.1}\" stroke-opacity=\"{opacity:.2}\"/>"
    );
}

/// The room that a text or a circle takes: its middle, and half of its size.
#[derive(Clone, Copy)]
struct Label {
    middle: Point,
    half: (f64, f64),
}

impl Label {
    fn collides(&self, other: &Label) -> bool {
        let apart = |a: f64, b: f64, sizes: f64| (a - b).abs() >= sizes;
        !apart(self.middle.0, other.middle.0, self.half.0 + other.half.0)
            && !apart(self.middle.1, other.middle.1, self.half.1 + other.half.1)
    }

    /// Whether a line between two points goes through it: what is left of the line between its sides (Liang and Barsky 1984).
    fn is_crossed(&self, [from, to]: [Point; 2]) -> bool {
        let axes = [(from.0, to.0, self.middle.0, self.half.0), (from.1, to.1, self.middle.1, self.half.1)];
        let (mut enters, mut leaves) = (0.0, 1.0);
        for (start, end, middle, half) in axes {
            let [near, far] = [middle - half - start, middle + half - start];
            let way = end - start;
            if way == 0.0 {
                if near > 0.0 || far < 0.0 {
                    return false;
                }
                continue;
            }
            enters = f64::max(enters, f64::min(near / way, far / way));
            leaves = f64::min(leaves, f64::max(near / way, far / way));
        }
        enters < leaves
    }

    /// Whether it lies on the map, and not on the title.
    fn fits(&self) -> bool {
        let ((x, y), (width, height)) = (self.middle, self.half);
        x - width >= 0.0 && x + width <= WIDTH && y - height >= 60.0 && y + height <= HEIGHT
    }
}

/// A region, as it is drawn.
struct Region {
    at: Point,
    radius: f64,
    title: String,
    detail: String,
}

impl Region {
    fn new(profile: &Profile, place: usize, at: Point) -> Region {
        let share = profile.shares()[place];
        let name = escaped(&profile.regions()[place].replace('_', " "));
        let title = format!("{name} {:.1} %", share * 100.0);
        let detail = format!("within: {}", label(profile, place, place));
        Region { at, radius: 8.0 + 34.0 * share.sqrt(), title, detail }
    }

    fn circle(&self) -> Label {
        Label { middle: self.at, half: (self.radius + 2.0, self.radius + 2.0) }
    }

    /// Where its name stands: beside the circle, on the side on which the fewest links are, and nothing else.
    fn label(&self, links: &[[Point; 2]], taken: &[Label]) -> Label {
        let ((x, y), reach) = (self.at, self.radius + 4.0);
        let half = (f64::max(3.8 * self.title.len() as f64, 2.9 * self.detail.len() as f64) + 3.0, 17.0);
        let side = |(right, down): (f64, f64)| {
            // Beside the circle a corner may stand lower or higher than the middle.
            let aside = if down == 0.0 || right == 0.0 { 1.0 } else { 0.7 };
            let middle = (x + right * (reach * aside + half.0), y + down * (reach * aside + half.1));
            Label { middle, half }
        };
        let cost = |label: &Label| {
            let crossed = links.iter().filter(|link| label.is_crossed(**link)).count();
            let hidden = taken.iter().filter(|other| label.collides(other)).count();
            crossed + 100 * (hidden + usize::from(!label.fits()))
        };
        let [up, low] = [-1.0, 1.0];
        let sides =
            [(0.0, up), (0.0, low), (1.0, 0.0), (-1.0, 0.0), (1.0, up), (-1.0, up), (1.0, low), (-1.0, low)].map(side);
        sides.into_iter().min_by_key(cost).unwrap_or(Label { middle: self.at, half })
    }

    fn draw(&self, svg: &mut String, label: Label) {
        let ((x, y), (at, height), (wide, high)) = (self.at, label.middle, label.half);
        let _ = writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{:.1}\" fill=\"#e08e45\" stroke=\"#fff\" stroke-width=\"2\"/>{}\
             <text x=\"{at:.1}\" y=\"{:.1}\" font-size=\"14\" text-anchor=\"middle\" fill=\"#1d2733\">{}</text>\
             <text x=\"{at:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"middle\" fill=\"#8a4b12\">{}</text>",
            self.radius,
            // A link that no side is free of goes on behind the name.
            ground((at - wide, height - high), (2.0 * wide, 2.0 * high)),
            height - 2.0,
            self.title,
            height + 12.0,
            self.detail,
        );
    }
}

/// What a text stands on, so that no link goes through its letters: from a corner, so wide and high.
fn ground((x, y): Point, (width, height): (f64, f64)) -> String {
    format!(
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"3\" fill=\"#f7f9fb\" \
         fill-opacity=\"0.9\"/>"
    )
}

/// A label stands on its link, as near to the middle as there is room; whether there is any. A map of many regions cannot hold
/// all of them, and one that covers another is worse than one that is only in the table.
fn link_label(svg: &mut String, [(x1, y1), (x2, y2)]: [Point; 2], text: &str, taken: &mut Vec<Label>) -> bool {
    let half = (3.1 * text.len() as f64 + 4.0, 8.0);
    let at = |share: f64| Label { middle: (x1 + (x2 - x1) * share, y1 + (y2 - y1) * share), half };
    let free = |label: &Label| !taken.iter().any(|other| label.collides(other));
    let shares = (0..70).map(|step| 0.5 + f64::from((step + 1) / 2) * 0.01 * if step % 2 == 0 { 1.0 } else { -1.0 });
    let Some(label) = shares.map(at).find(free) else { return false };
    let (x, y) = label.middle;
    let _ = writeln!(
        svg,
        "{}<text x=\"{x:.1}\" y=\"{:.1}\" font-size=\"11\" text-anchor=\"middle\" fill=\"#38506a\">{text}</text>",
        ground((x - half.0, y - half.1), (2.0 * half.0, 2.0 * half.1)),
        y + 4.0,
    );
    taken.push(label);
    true
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
