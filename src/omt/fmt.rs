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
                output::write_whole(path, after.as_bytes())?;
            }
        }
    }
    if finding == Finding::Fail {
        output::remark("run `dunbar omt fmt` on the files above");
    }
    Ok(finding)
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
