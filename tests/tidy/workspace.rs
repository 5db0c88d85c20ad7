//! The workspace as cargo sees it, reduced to what the rules ask.

use crate::tree;
use cargo_metadata::{DependencyKind, MetadataCommand};

/// A member of the workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    /// Its folder, relative to the root; empty for the root package.
    pub(crate) folder: String,
    /// Its dependencies on other members.
    pub(crate) edges: Vec<Edge>,
}

/// A dependency of one member on another.
pub(crate) struct Edge {
    pub(crate) to: String,
    pub(crate) kind: Kind,
}

/// When a dependency is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Normal,
    Dev,
    Build,
}

/// Every member. Needs no network: only the members' manifests are read.
pub(crate) fn members() -> Vec<Member> {
    let root = tree::root();
    let mut command = MetadataCommand::new();
    command.current_dir(&root).no_deps().other_options(["--offline".to_owned()]);
    let metadata = command.exec().expect("cargo metadata describes the workspace");
    let member = |package: &cargo_metadata::Package| {
        let folder = package.manifest_path.parent().expect("a manifest lies in a folder");
        let folder = folder.strip_prefix(&root).expect("members lie below the root");
        Member {
            name: package.name.to_string(),
            folder: folder.as_str().replace('\\', "/"),
            edges: package.dependencies.iter().filter(|dependency| dependency.path.is_some()).map(edge).collect(),
        }
    };
    metadata.packages.iter().map(member).collect()
}

fn edge(dependency: &cargo_metadata::Dependency) -> Edge {
    let kind = match dependency.kind {
        DependencyKind::Development => Kind::Dev,
        DependencyKind::Build => Kind::Build,
        _ => Kind::Normal,
    };
    Edge { to: dependency.name.clone(), kind }
}
