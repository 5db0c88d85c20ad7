//! Notes the commit, the compiler and the target, for the manifest of a run.

use std::process::Command;

fn main() {
    let commit = output("git", &["rev-parse", "HEAD"]);
    let dirty = output("git", &["status", "--porcelain", "--untracked-files=no"]).is_some_and(|list| !list.is_empty());
    let commit = commit.map_or("unknown".to_owned(), |commit| if dirty { format!("{commit}-dirty") } else { commit });
    let compiler = std::env::var("RUSTC").ok().and_then(|rustc| output(&rustc, &["--version"]));
    println!("cargo::rustc-env=DUNBAR_COMMIT={commit}");
    println!("cargo::rustc-env=DUNBAR_COMPILER={}", compiler.unwrap_or_default());
    println!("cargo::rustc-env=DUNBAR_TARGET={}", std::env::var("TARGET").unwrap_or_default());
    println!("cargo::rustc-env=DUNBAR_PROFILE={}", std::env::var("PROFILE").unwrap_or_default());
    println!("cargo::rerun-if-changed=.git/HEAD");
    println!("cargo::rerun-if-changed=.git/index");
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
