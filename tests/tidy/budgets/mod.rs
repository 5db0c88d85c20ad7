//! How large a thing may grow before it must be split. What is larger stands in `exceptions.toml`, with its size and
//! a reason: that list may only shrink.

mod exceptions;
mod measure;

use crate::tree;
use exceptions::Exception;
use measure::Sized;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Measure {
    /// All lines of a file.
    FileLines,
    /// Lines of a function from `fn` to its last brace; attributes and documentation do not count.
    FunctionLines,
    /// Parameters of a function besides `self`.
    Parameters,
    /// Fields of a struct, a union or a variant.
    Fields,
    /// Variants of an enum.
    Variants,
}

impl Measure {
    fn limit(self) -> usize {
        match self {
            Self::FileLines => 600,
            Self::FunctionLines => 70,
            Self::Parameters => 5,
            Self::Fields => 15,
            Self::Variants => 12,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::FileLines => "file-lines",
            Self::FunctionLines => "function-lines",
            Self::Parameters => "parameters",
            Self::Fields => "fields",
            Self::Variants => "variants",
        }
    }
}

/// What is over its budget without an exception, and what is wrong with the exceptions.
fn findings(sizes: &[Sized], exceptions: &[Exception]) -> Vec<String> {
    let excused = |sized: &Sized| exceptions.iter().any(|exception| exception.is_about(sized));
    let over = sizes.iter().filter(|sized| sized.size > sized.measure.limit() && !excused(sized));
    let describe = |sized: &Sized| {
        let (name, limit) = (sized.measure.name(), sized.measure.limit());
        format!("{}: {} {name}, the budget is {limit}: split it", sized.at, sized.size)
    };
    over.map(describe).chain(exceptions::findings(exceptions, sizes)).collect()
}

#[test]
fn nothing_is_larger_than_its_budget_and_no_exception_than_needed() {
    let files = tree::files();
    let (mut sizes, mut found) = (vec![], vec![]);
    for (path, text) in tree::rust(&files) {
        match measure::measure(path, text) {
            Ok(measured) => sizes.extend(measured),
            Err(error) => found.push(error),
        }
    }
    assert!(sizes.len() > 100, "only {} things were measured", sizes.len());
    found.extend(findings(&sizes, &exceptions::read()));
    crate::assert_none(&found);
}

#[test]
fn each_budget_refuses_one_more_and_allows_the_limit() {
    use Measure::{Fields, FileLines, FunctionLines, Parameters, Variants};
    for measure in [FileLines, FunctionLines, Parameters, Fields, Variants] {
        let sized = |size| Sized { at: "a.rs f".into(), measure, size };
        assert_eq!(findings(&[sized(measure.limit())], &[]), Vec::<String>::new());
        assert_eq!(findings(&[sized(measure.limit() + 1)], &[]).len(), 1);
    }
}
