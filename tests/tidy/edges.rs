//! Who may depend on whom. The table is complete: an edge that is not in it is an error, and so is a package.

use crate::workspace::{Edge, Kind, Member, members};

/// The packages that define a protocol. `omt-explore` is none of them: it may use what pure crates may not.
const PROTOCOLS: &[&str] = &["reference", "omt", "ledger", "market", "credit", "channel", "services"];

/// Everything except the root package, which may use it all.
const ALL: &[&str] = &[
    "contract",
    "reference",
    "omt",
    "omt-explore",
    "ledger",
    "market",
    "credit",
    "channel",
    "services",
    "net-model",
    "sim-core",
    "agents",
    "statistics",
    "scenarios",
    "real-runtime",
    "reports",
];

/// What `package` may use when it ships; `None` for a package that the table does not know.
fn normal(package: &str) -> Option<Vec<&'static str>> {
    let with_protocols = |others: &[&'static str]| [others, PROTOCOLS].concat();
    Some(match package {
        "contract" => vec![],
        "reference" | "omt" | "ledger" | "credit" | "channel" | "net-model" | "statistics" => {
            vec!["contract"]
        }
        "omt-explore" => vec!["contract", "omt"],
        "market" => vec!["contract", "omt", "ledger"],
        "services" => vec!["contract", "ledger", "credit", "channel"],
        "agents" => with_protocols(&["contract"]),
        "sim-core" => vec!["contract", "net-model"],
        "scenarios" => with_protocols(&["contract", "sim-core", "net-model", "agents", "statistics"]),
        "real-runtime" => with_protocols(&["contract", "agents", "net-model"]),
        "reports" => vec!["contract", "statistics"],
        "dunbar" => ALL.to_vec(),
        _ => return None,
    })
}

/// What the tests of `package` may use beyond that.
fn dev(package: &str) -> &'static [&'static str] {
    match package {
        "real-runtime" => &["sim-core"],
        "sim-core" => &["reference", "agents"],
        protocol if PROTOCOLS.contains(&protocol) => &["sim-core", "net-model", "agents"],
        _ => &[],
    }
}

fn findings(members: &[Member]) -> Vec<String> {
    members.iter().flat_map(of_member).collect()
}

fn of_member(member: &Member) -> Vec<String> {
    let Some(normal) = normal(&member.name) else {
        return vec![format!(
            "{}: a package without a row in the table of allowed edges (tests/tidy/edges.rs)",
            member.name
        )];
    };
    let forbidden = |edge: &&Edge| match edge.kind {
        Kind::Normal => !normal.contains(&edge.to.as_str()),
        Kind::Dev => !normal.contains(&edge.to.as_str()) && !dev(&member.name).contains(&edge.to.as_str()),
        Kind::Build => true,
    };
    member.edges.iter().filter(forbidden).map(|edge| describe(&member.name, edge, &normal)).collect()
}

fn describe(from: &str, edge: &Edge, normal: &[&str]) -> String {
    let list = |names: &[&str]| {
        if names.is_empty() { "nothing of ours".to_owned() } else { names.join(", ") }
    };
    match edge.kind {
        Kind::Normal => format!("{from} -> {}: {from} may use {}", edge.to, list(normal)),
        Kind::Dev => format!("{from} -> {} (dev): the tests of {from} may add {}", edge.to, list(dev(from))),
        Kind::Build => format!("{from} -> {} (build): no package of ours runs while another is built", edge.to),
    }
}

/// The folder is named as the package: the tree shows the architecture.
fn misplaced(members: &[Member]) -> Vec<String> {
    let misplaced =
        |member: &&Member| !member.folder.is_empty() && member.folder.rsplit('/').next() != Some(&member.name);
    let describe =
        |member: &Member| format!("{} lies in {}: the folder is named as the package", member.name, member.folder);
    members.iter().filter(misplaced).map(describe).collect()
}

#[test]
fn members_depend_only_on_what_the_table_allows() {
    crate::assert_none(&findings(&members()));
}

#[test]
fn folders_are_named_as_their_packages() {
    crate::assert_none(&misplaced(&members()));
}

#[cfg(test)]
mod can_fail {
    use super::*;

    fn member(name: &str, to: &str, kind: Kind) -> Member {
        Member { name: name.into(), folder: name.into(), edges: vec![Edge { to: to.into(), kind }] }
    }

    fn refused(name: &str, to: &str, kind: Kind) -> bool {
        !findings(&[member(name, to, kind)]).is_empty()
    }

    #[test]
    fn production_code_may_not_depend_on_the_simulator() {
        assert!(refused("real-runtime", "sim-core", Kind::Normal));
        assert!(!refused("real-runtime", "sim-core", Kind::Dev));
    }

    #[test]
    fn the_contract_uses_nothing_of_ours_even_in_tests() {
        assert!(refused("contract", "sim-core", Kind::Dev));
        assert!(refused("contract", "net-model", Kind::Normal));
    }

    #[test]
    fn a_protocol_is_tested_in_the_simulator_and_does_not_ship_with_it() {
        assert!(refused("ledger", "sim-core", Kind::Normal));
        assert!(!refused("ledger", "sim-core", Kind::Dev));
        assert!(refused("ledger", "credit", Kind::Dev));
    }

    #[test]
    fn nobody_depends_on_the_root_and_the_root_on_everybody() {
        for package in ALL {
            assert!(normal(package).is_some(), "{package} has no row");
            assert!(refused(package, "dunbar", Kind::Dev));
            assert!(!refused("dunbar", package, Kind::Normal));
        }
    }

    #[test]
    fn build_edges_and_unknown_packages_are_refused() {
        assert!(refused("dunbar", "contract", Kind::Build));
        assert!(refused("helpers", "contract", Kind::Normal));
    }

    #[test]
    fn the_message_names_the_edge_and_the_rule() {
        let found = findings(&[member("net-model", "sim-core", Kind::Normal)]);
        assert_eq!(found, ["net-model -> sim-core: net-model may use contract"]);
    }

    #[test]
    fn a_package_in_a_folder_of_another_name_is_found() {
        let stray = Member { name: "ledger".into(), folder: "protocol/chains".into(), edges: vec![] };
        assert_eq!(misplaced(&[stray]).len(), 1);
    }
}
