//! What connects the nodes, as text.

use std::collections::BTreeMap;

use net_model::profile::Behaviour;
use net_model::{Between, Course, Override, Profile, Topology};

use crate::resolve::NetworkSpec;

pub(super) fn shown(network: &NetworkSpec) -> BTreeMap<&'static str, String> {
    let NetworkSpec { profile, profile_name, overrides, courses, topology } = network;
    let mut shown = BTreeMap::from([
        ("profile", shown_profile(profile_name, profile)),
        ("topology", shown_topology(topology)),
        ("links", shown_links(profile)),
    ]);
    let lines = |lines: Vec<String>| lines.join("; ");
    if !overrides.is_empty() {
        shown.insert("nodes", lines(overrides.iter().map(|change| shown_override(profile, change)).collect()));
    }
    if !courses.is_empty() {
        shown.insert("changes", lines(courses.iter().map(|course| shown_course(profile, course)).collect()));
    }
    shown
}

/// A profile that does not come with the program is shown with its digest: two scenarios that are shown alike are alike.
fn shown_profile(name: &str, profile: &Profile) -> String {
    if Profile::named(name).is_ok() {
        return format!("{name}, shares {}", profile.region_share());
    }
    let written = serde_json::to_vec(profile).unwrap_or_default();
    format!("{name}, {}, source: {}", short_digest(&written), profile.source())
}

fn short_digest(bytes: &[u8]) -> String {
    contract::Hash::blake3(&[bytes]).to_string()[..16].to_owned()
}

fn shown_links(profile: &Profile) -> String {
    let Behaviour { queue, duplication, reordering, held_back, handshake_round_trips, packet_bytes } =
        profile.behaviour();
    let loss = match profile.connections().is_empty() {
        true => format!("loss {}", profile.loss()),
        false => "loss by connection".to_owned(),
    };
    format!(
        "{loss}, duplication {duplication}, reordering {reordering} by up to {held_back}, queues of {queue}, \
         set-up of {handshake_round_trips} round trips, packets of {packet_bytes} B"
    )
}

fn shown_override(profile: &Profile, change: &Override) -> String {
    let region = change.region.map(|region| profile.regions()[usize::from(region)].clone());
    let connection = change.connection.map(|place| profile.connections()[usize::from(place)].name.clone());
    let upload = change.upload_bps.map(|rate| format!("{rate} bit/s up"));
    let download = change.download_bps.map(|rate| format!("{rate} bit/s down"));
    let parts: Vec<String> = [region, connection, upload, download].into_iter().flatten().collect();
    format!("{}..{}: {}", change.nodes.start, change.nodes.end, parts.join(", "))
}

fn shown_course(profile: &Profile, course: &Course) -> String {
    let region = |place: u16| profile.regions()[usize::from(place)].as_str();
    let between = match course.between {
        Between::Everywhere => "latency".to_owned(),
        Between::Of(one) => format!("latency of {}", region(one)),
        Between::Pair(a, b) => format!("latency of {} and {}", region(a), region(b)),
    };
    let points: Vec<String> = course.points.iter().map(|(at, factor)| format!("× {factor} from {at}")).collect();
    let every = course.every.map_or(String::new(), |every| format!(", every {every}"));
    format!("{between} {}{every}{}", points.join(", "), if course.linear { ", linear" } else { "" })
}

fn shown_topology(topology: &Topology) -> String {
    match topology {
        Topology::Complete => "complete".to_owned(),
        Topology::Ring { degree } => format!("ring, degree {degree}"),
        Topology::Grid { columns, wrapped } => {
            format!("grid of {columns} columns{}", if *wrapped { ", wrapped" } else { "" })
        }
        Topology::ErdosRenyi { connectivity } => format!("erdos-renyi, connectivity {connectivity}"),
        Topology::RandomRegular { degree } => format!("random-regular, degree {degree}"),
        Topology::BarabasiAlbert { degree } => format!("barabasi-albert, degree {degree}"),
        Topology::WattsStrogatz { degree, rewired } => format!("watts-strogatz, degree {degree}, rewired {rewired}"),
        Topology::Outbound { degrees } => {
            format!("outbound, {} links, {:.3} each on average", degrees.name(), degrees.mean())
        }
        Topology::RegionAware { degree, local_share } => {
            format!("region-aware, degree {degree}, local share {local_share}")
        }
        // The whole list, as a digest: two scenarios that are shown alike are alike.
        Topology::Listed { source, links } => {
            let bytes: Vec<u8> = links.as_flattened().iter().flat_map(|end| end.to_le_bytes()).collect();
            format!("{} links of {source}, {}", links.len(), short_digest(&bytes))
        }
    }
}
