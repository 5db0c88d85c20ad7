//! `dunbar omt check --fix`: makes the changes that findings propose. What a file was before this run stays beside it, as
//! `.NAME.bak`. With `--keep-original` there are two more: `.NAME.orig` is the file before the first run of a session of ten
//! minutes, and `.NAME.fixed-hash` tells whether it was edited by hand since.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ::omt::{Code, Diagnostic, Program, ide};
use sha2::{Digest as _, Sha256};

use super::files;
use crate::exit::Failure;
use crate::output;

const SESSION: Duration = Duration::from_secs(600);

/// Applies the fixes of the main file after which there are no other errors, and says how many were made.
pub(crate) fn fix(path: &Path, program: &Program, found: &[Diagnostic], keep_original: bool) -> Result<usize, Failure> {
    let text = program.main().tree.text();
    let fixes = ide::harmless(text, ide::compatible(found), &mut |text| to_mend(path, text));
    let count = fixes.len();
    if count > 0 {
        let fixed = ide::mend(text, fixes.into_iter());
        let kept = if keep_original { keep(path, text) } else { Ok(()) };
        let kept = kept.and_then(|()| std::fs::write(beside(path, "bak"), text));
        kept.map_err(|error| Failure::file("keep a copy of", path, &error))?;
        output::write_whole(path, fixed.as_bytes())?;
        if keep_original {
            let beside = beside(path, "fixed-hash");
            std::fs::write(&beside, hash(&fixed)).map_err(|error| Failure::file("write", &beside, &error))?;
        }
    }
    Ok(count)
}

/// What there would be to mend in a file with this text: errors, and what else has a change.
fn to_mend(path: &Path, text: &str) -> Vec<Code> {
    let program = files::with(path, text.as_bytes().to_vec());
    ::omt::check(&program)
        .iter()
        .filter(|found| found.is_error() || found.fix.is_some())
        .map(|found| found.code)
        .collect()
}

/// Keeps the file as it was before a session began, unless one goes on.
fn keep(path: &Path, text: &str) -> std::io::Result<()> {
    let original = beside(path, "orig");
    let age = std::fs::metadata(&original).and_then(|file| file.modified()).ok().and_then(|at| at.elapsed().ok());
    let by_hand = std::fs::read_to_string(beside(path, "fixed-hash")).ok().is_none_or(|before| before != hash(text));
    if age.is_none_or(|age| age > SESSION && by_hand) {
        std::fs::write(&original, text)?;
    }
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{ending}"))
}

/// The first sixteen digits of the SHA-256.
fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
