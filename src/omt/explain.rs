//! `dunbar omt explain`: the page of a code.

use ::omt::Code;

use super::arguments::Explain;
use crate::exit::{Failure, Finding};
use crate::output;

pub(crate) fn explain(arguments: &Explain) -> Result<Finding, Failure> {
    if arguments.all {
        output::print(::omt::codes::reference().trim_end())?;
        return Ok(Finding::Pass);
    }
    let Some(text) = &arguments.code else {
        for code in Code::all() {
            output::print(format_args!("{code:<16} {}", code.title()))?;
        }
        return Ok(Finding::Pass);
    };
    let code = Code::named(text).ok_or_else(|| {
        Failure::input(format!("there is no code `{text}`"), "`dunbar omt explain` without a code lists them all")
    })?;
    output::print(format_args!("# {code}: {}\n\n{}", code.title(), code.page().trim_end()))?;
    Ok(Finding::Pass)
}
