//! The exceptions, and the rules that let the list only shrink.

use super::Measure;
use super::measure::Sized;
use crate::tree;
use serde::Deserialize;

/// Shorter is no reason.
const REASON_CHARACTERS: usize = 20;

/// A thing that may be larger than its budget, up to the size it has.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exception {
    at: String,
    measure: Measure,
    size: usize,
    reason: String,
}

impl Exception {
    pub(crate) fn is_about(&self, sized: &Sized) -> bool {
        self.at == sized.at && self.measure == sized.measure
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    exception: Vec<Exception>,
}

/// The list as committed.
pub(crate) fn read() -> Vec<Exception> {
    let path = tree::root().join("tests/tidy/exceptions.toml");
    let text = std::fs::read_to_string(path).expect("tests/tidy/exceptions.toml exists");
    toml::from_str::<List>(&text).expect("tests/tidy/exceptions.toml is a list of [[exception]]").exception
}

pub(crate) fn findings(exceptions: &[Exception], sizes: &[Sized]) -> Vec<String> {
    exceptions.iter().filter_map(|exception| wrong_with(exception, exceptions, sizes)).collect()
}

fn wrong_with(exception: &Exception, all: &[Exception], sizes: &[Sized]) -> Option<String> {
    let Exception { at, measure, size: recorded, reason } = exception;
    // Two items of one name, as two `impl` blocks may have: the larger counts.
    let real = sizes.iter().filter(|sized| exception.is_about(sized)).map(|sized| sized.size).max();
    let same = all.iter().filter(|other| other.at == *at && other.measure == *measure).count();
    let wrong = match real {
        _ if same > 1 => "it is listed twice".to_owned(),
        _ if reason.trim().len() < REASON_CHARACTERS => "it needs a reason that a stranger understands".to_owned(),
        None => "there is no such thing any more: remove it".to_owned(),
        Some(real) if real <= measure.limit() => {
            format!("{real} is within the budget of {}: remove it", measure.limit())
        }
        Some(real) if real < *recorded => format!("it shrank from {recorded}: lower it to {real}"),
        Some(real) if real > *recorded => {
            format!("it grew from {recorded} to {real}: an exception may only shrink")
        }
        Some(_) => return None,
    };
    Some(format!("exception for {} of {at}: {wrong}", measure.name()))
}

#[cfg(test)]
mod can_fail {
    use super::*;

    fn exception(size: usize) -> Exception {
        let reason = "generated from the table of the standard".into();
        Exception { at: "a.rs f".into(), measure: Measure::FunctionLines, size, reason }
    }

    #[track_caller]
    fn says(exceptions: &[Exception], real: usize, part: &str) {
        let sized = Sized { at: "a.rs f".into(), measure: Measure::FunctionLines, size: real };
        let found = super::super::findings(&[sized], exceptions);
        assert!(found.iter().any(|finding| finding.contains(part)), "{part:?} is not in {found:?}");
    }

    #[test]
    fn an_exception_of_the_exact_size_is_accepted() {
        let sized = Sized { at: "a.rs f".into(), measure: Measure::FunctionLines, size: 80 };
        crate::assert_none(&super::super::findings(&[sized], &[exception(80)]));
    }

    #[test]
    fn an_exception_may_only_shrink() {
        says(&[exception(80)], 81, "grew from 80 to 81");
        says(&[exception(80)], 75, "lower it to 75");
        says(&[exception(80)], 70, "remove it");
    }

    #[test]
    fn an_exception_for_nothing_twice_or_without_reason_is_refused() {
        assert!(findings(&[exception(80)], &[])[0].ends_with("remove it"));
        says(&[exception(80), exception(80)], 80, "listed twice");
        says(&[Exception { reason: "big".into(), ..exception(80) }], 80, "needs a reason");
    }

    #[test]
    fn the_list_is_read_strictly() {
        let good = "[[exception]]\nat = 'a.rs f'\nmeasure = 'fields'\nsize = 16\nreason = 'as the wire has it'\n";
        assert_eq!(toml::from_str::<List>(good).expect("a good list").exception.len(), 1);
        assert!(toml::from_str::<List>(&good.replace("size", "sise")).is_err());
        assert!(toml::from_str::<List>(&good.replace("fields", "felds")).is_err());
    }
}
