//! What a pure crate may not depend on, directly or through others.

use super::FOLDERS;
use crate::tree;
use crate::workspace::members;
use std::process::Command;

/// Crates that bring a runtime, a socket, entropy, a clock, threads or a file format. A `*` stands for any ending.
const ABSENT: &[&str] = &[
    "async-*",
    "chrono",
    "fastrand",
    "getrandom",
    "hyper*",
    "instant",
    "mio",
    "num_cpus",
    "polars*",
    "quanta",
    "quinn*",
    "rayon*",
    "redb",
    "reqwest",
    "ring",
    "rustls*",
    "socket2",
    "tokio*",
    "uuid",
    "web-time",
];

/// Features that let in the operating system's entropy, or the platform's maths library in place of libm.
const FEATURES_OFF: &[(&str, &[&str])] = &[
    ("rand", &["os_rng", "std_rng", "sys_rng", "thread_rng"]),
    ("rand_core", &["os_rng", "getrandom"]),
    ("num-traits", &["std"]),
];

/// One crate in a dependency tree, with the features that are on.
struct Node<'a> {
    name: &'a str,
    features: Vec<&'a str>,
}

/// Reads a line as [`tree_of`] prints it: `name v1.2.3<TAB>feature,feature (*)`.
fn node(line: &str) -> Option<Node<'_>> {
    let (package, features) = line.split_once('\t')?;
    let features = features.trim_end_matches("(*)").trim();
    Some(Node { name: package.split(' ').next()?, features: features.split(',').collect() })
}

fn findings(package: &str, tree: &str) -> Vec<String> {
    tree.lines().filter_map(node).flat_map(|node| of_node(package, &node)).collect()
}

fn of_node(package: &str, node: &Node<'_>) -> Vec<String> {
    let why = format!("`cargo tree -p {package} -e normal -i {}` shows by which way", node.name);
    let mut found = vec![];
    if ABSENT.iter().any(|pattern| matches(pattern, node.name)) {
        found.push(format!("{package} depends on {}, which no pure crate may: {why}", node.name));
    }
    for (_, banned) in FEATURES_OFF.iter().filter(|(name, _)| *name == node.name) {
        for feature in node.features.iter().filter(|feature| banned.contains(feature)) {
            found.push(format!("{package} turns on {}/{feature}, which no pure crate may: {why}", node.name));
        }
    }
    found
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

/// The normal dependencies of `package` with the features that `cargo build -p` would choose. The resolve graph of
/// `cargo metadata` would not do: it shows the features of the whole workspace, tests and live node included.
/// Procedural macros and build scripts run at compile time and are left out.
fn tree_of(package: &str) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(tree::root()).args([
        "tree",
        "--locked",
        "--package",
        package,
        "--edges",
        "normal,no-proc-macro",
    ]);
    command.args(["--prefix", "none", "--format", "{p}\t{f}"]);
    let output = command.output().expect("cargo runs");
    assert!(output.status.success(), "cargo tree -p {package}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo tree prints UTF-8")
}

#[test]
fn pure_crates_depend_on_no_clock_socket_entropy_or_thread() {
    let pure: Vec<_> = members().into_iter().filter(|member| FOLDERS.contains(&member.folder.as_str())).collect();
    assert!(!pure.is_empty(), "no pure crate was found");
    let found: Vec<_> = pure.iter().flat_map(|member| findings(&member.name, &tree_of(&member.name))).collect();
    crate::assert_none(&found);
}

#[test]
fn the_rule_finds_what_it_bans() {
    let tree =
        "sim-core v0.1.0 (/a path)\t\nrand v0.10.3\tstd,sys_rng\ngetrandom v0.4.3\tsys_rng\ntokio-util v0.7.0\t (*)\n";
    let found = findings("sim-core", tree);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("sim-core turns on rand/sys_rng"));
    assert!(found[1].starts_with("sim-core depends on getrandom"));
    assert!(found[2].starts_with("sim-core depends on tokio-util"));
}

#[test]
fn a_tree_that_is_clean_passes() {
    let tree = "contract v0.1.0 (/a path)\t\nrand v0.10.3\t\nnum-traits v0.2.19\tlibm\nring-buffer v1.0.0\tdefault\n";
    crate::assert_none(&findings("contract", tree));
}

#[test]
fn cargo_prints_the_tree_in_the_form_that_is_read() {
    let tree = tree_of("contract");
    let blake3 = tree.lines().filter_map(node).any(|node| node.name == "blake3");
    assert!(blake3, "the contract hashes with blake3, but its tree does not show it:\n{tree}");
}
