//! `dunbar omt fmt`: the one layout.

use std::path::Path;

use ::omt::Program;

use super::arguments::Fmt;
use super::files;
use crate::exit::{Failure, Finding};
use crate::output;

pub(crate) fn fmt(arguments: &Fmt) -> Result<Finding, Failure> {
    let mut finding = Finding::Pass;
    for path in &arguments.files {
        let (before, after) = formatted(path)?;
        if path == Path::new("-") && !arguments.check {
            output::print(after.trim_end_matches('\n'))?;
        } else if before != after.as_bytes() {
            if arguments.check {
                output::print(format_args!("{} has another layout", path.display()))?;
                finding = Finding::Fail;
            } else {
                write(path, &after)?;
            }
        }
    }
    if finding == Finding::Fail {
        output::remark("run `dunbar omt fmt` on the files above");
    }
    Ok(finding)
}

/// Writes a file completely or not at all: a formatter must not lose a source. A link stays one, and its file is written.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    // A file that is written for the first time is no link.
    let file = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let partial = file.with_extension("partial");
    let written = std::fs::write(&partial, text).and_then(|()| {
        if let Ok(there) = std::fs::metadata(&file) {
            // Who may read it stays as it is.
            std::fs::set_permissions(&partial, there.permissions())?;
        }
        std::fs::rename(&partial, &file)
    });
    written.map_err(|error| Failure::file("write", path, &error))
}

fn formatted(path: &Path) -> Result<(Vec<u8>, String), Failure> {
    let bytes = files::read(path)?;
    let parsed = ::omt::parse_bytes(0, bytes.clone());
    let Some(error) = parsed.errors.first() else { return Ok((bytes, ::omt::format(&parsed.tree))) };
    // The imports do not matter for the layout.
    let program = Program::load(&path.display().to_string(), bytes, &mut |_| None);
    output::remark(::omt::render(&program, error));
    let what = format!("{} is not formatted: it cannot be parsed", path.display());
    Err(Failure::input(what, "`dunbar omt check` shows all of its errors"))
}
