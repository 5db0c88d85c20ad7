//! What the manifests of all members have in common.

use crate::tree::{self, File};
use crate::workspace::members;
use toml::{Table, Value};

/// Keys of `[package]` that every member inherits.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "publish"];

/// Their values decide a run's numbers, and a minor release may change them.
const PINNED: &[&str] = &["rand", "rand_chacha", "rand_distr", "libm"];

const DEPENDENCIES: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

/// What is wrong with one member's manifest.
fn of_member(path: &str, manifest: &Table) -> Vec<String> {
    let package = manifest.get("package");
    let own = INHERITED.iter().filter(|key| !inherits(package.and_then(|package| package.get(key))));
    let mut found: Vec<_> =
        own.map(|key| format!("{path}: `{key}.workspace = true` is missing in [package]")).collect();
    if !inherits(manifest.get("lints")) {
        found.push(format!("{path}: `workspace = true` is missing in [lints]"));
    }
    found.extend(own_versions(path, manifest));
    found
}

/// Versions stand in the root alone: two members must not disagree about one.
fn own_versions(path: &str, manifest: &Table) -> Vec<String> {
    let sections = DEPENDENCIES.iter().filter_map(|section| manifest.get(*section)?.as_table());
    let own = sections.flatten().filter(|(_, value)| !inherits(Some(value)));
    own.map(|(name, _)| {
        format!("{path}: `{name}.workspace = true` is missing: versions stand in the root's Cargo.toml")
    })
    .collect()
}

/// What is wrong with the root's `[workspace.dependencies]`.
fn of_pins(manifest: &Table) -> Vec<String> {
    let dependencies = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let version = |name: &str| {
        let value = dependencies?.get(name)?;
        value.as_str().or_else(|| value.get("version")?.as_str())
    };
    let loose = PINNED.iter().filter(|name| version(name).is_some_and(|version| !version.starts_with('=')));
    loose
        .map(|name| format!("Cargo.toml: {name} must be pinned as \"=x.y.z\": a minor release may change its values"))
        .collect()
}

fn manifest(files: &[File], folder: &str) -> (String, Table) {
    let path = if folder.is_empty() { "Cargo.toml".to_owned() } else { format!("{folder}/Cargo.toml") };
    let file = files.iter().find(|file| file.path == path);
    let text = file.and_then(|file| file.text.as_deref());
    let text = text.unwrap_or_else(|| panic!("{path} is not tracked"));
    (path, text.parse().expect("cargo has read this manifest"))
}

#[test]
fn members_inherit_version_edition_licence_and_lints() {
    let files = tree::files();
    let of = |folder: &str| {
        let (path, manifest) = manifest(&files, folder);
        of_member(&path, &manifest)
    };
    let found: Vec<_> = members().iter().flat_map(|member| of(&member.folder)).collect();
    crate::assert_none(&found);
}

#[test]
fn whatever_decides_a_value_is_pinned() {
    let (_, root) = manifest(&tree::files(), "");
    crate::assert_none(&of_pins(&root));
}

#[cfg(test)]
mod can_fail {
    use super::*;

    fn table(text: &str) -> Table {
        text.parse().expect("the fixture parses")
    }

    #[test]
    fn a_manifest_with_values_of_its_own_is_found() {
        let own = table("package.edition = '2021'\npackage.version.workspace = true\n[lints.clippy]\nall = 'allow'");
        let found = of_member("a/Cargo.toml", &own);
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(found[0].contains("`edition.workspace = true` is missing"));
        assert!(found[4].contains("[lints]"));
    }

    #[test]
    fn a_dependency_with_a_version_of_its_own_is_found() {
        let own =
            table("[dependencies]\nserde.workspace = true\nlibm = '0.2'\n[dev-dependencies]\ntoml = { version = '1' }");
        assert_eq!(own_versions("a/Cargo.toml", &own).len(), 2);
    }

    #[test]
    fn a_loose_pin_is_found() {
        let loose =
            table("[workspace.dependencies]\nrand = { version = '0.10' }\nlibm = '=0.2.16'\nrand_distr = '0.6.0'");
        assert_eq!(of_pins(&loose).len(), 2);
    }
}
