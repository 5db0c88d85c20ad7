//! Names that were probably meant.

use crate::check::is_reserved;
use crate::diagnostic::Fix;
use crate::span::Span;

/// How many edits lead from a name to one that is shown.
const SHOWN_DISTANCE: usize = 2;
/// How many edits lead from a name to one that replaces it, if it is the only one.
const FIX_DISTANCE: usize = 3;
const SHOWN_MAX: usize = 3;
/// Longer names are not compared.
const LENGTH_MAX: usize = 64;
/// How many names are compared with an unknown one.
const COMPARED_MAX: usize = 4_000;

/// What to do about an unknown name.
pub(crate) struct Suggestion {
    /// For people.
    pub(crate) hint: String,
    /// The one name that can be meant.
    pub(crate) fix: Option<Fix>,
}

/// Looks for the names that may be meant by `name`, among the first [`COMPARED_MAX`] candidates. `what` is the noun for
/// candidates, such as `state`.
pub(crate) fn suggest<'a>(
    name: &str,
    span: Span,
    what: &str,
    mut candidates: impl Iterator<Item = &'a str>,
) -> Suggestion {
    let mut all: Vec<&str> = candidates.by_ref().take(COMPARED_MAX).collect();
    let others = candidates.next().is_some();
    all.sort_unstable();
    all.dedup();
    let lower = name.to_ascii_lowercase();
    let mut near: Vec<(usize, &str)> =
        all.iter().filter_map(|candidate| Some((distance(&lower, candidate)?, *candidate))).collect();
    near.sort_unstable();
    let fix = match near[..] {
        // A word of the language stands where it does not belong because of another mistake; it is no misspelt name.
        [(_, only)] if !others && !is_reserved(name) => Some(Fix { span, with: only.to_owned() }),
        _ => None,
    };
    let shown: Vec<String> = near
        .iter()
        .filter(|(distance, _)| *distance <= SHOWN_DISTANCE)
        .take(SHOWN_MAX)
        .map(|(_, candidate)| format!("`{candidate}`"))
        .collect();
    let hint = match (shown.len(), all.len()) {
        (0, 0) => format!("no {what} is declared"),
        (0, 1..=5) => format!("there is {}", all.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        (0, count) if others => format!("none of the first {count} {what}s has a similar name"),
        (0, count) => format!("none of the {count} {what}s has a similar name"),
        _ => format!("did you mean {}?", shown.join(" or ")),
    };
    Suggestion { hint, fix }
}

/// How many letters are added, removed or replaced from one name, in lower case, to the other; `None` if more than
/// [`FIX_DISTANCE`]. Case does not count. As many edits as a name has letters make it another name.
fn distance(lower: &str, other: &str) -> Option<usize> {
    let longest = lower.len().max(other.len());
    if lower.len().abs_diff(other.len()) > FIX_DISTANCE || longest > LENGTH_MAX {
        return None;
    }
    let mut row: [usize; LENGTH_MAX + 1] = std::array::from_fn(|at| at);
    for (i, left) in lower.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        let mut least = row[0];
        for (j, right) in other.bytes().enumerate() {
            let replaced = diagonal + usize::from(left != right.to_ascii_lowercase());
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
            least = least.min(row[j + 1]);
        }
        if least > FIX_DISTANCE {
            return None;
        }
    }
    let edits = row[other.len()];
    (edits <= FIX_DISTANCE && edits < longest).then_some(edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted_without_case() {
        assert_eq!(distance("idel", "IDLE"), Some(2));
        assert_eq!(distance("pnog", "PONG"), Some(2));
        assert_eq!(distance("a", "b"), None);
        assert_eq!(distance("kitten", "sitting"), Some(3));
        assert_eq!(distance("nope", "WAITING"), None);
    }

    #[test]
    fn one_near_name_is_a_fix_and_few_far_ones_are_listed() {
        let at = Span::default();
        let near = suggest("DNOE", at, "state", ["DONE", "WAITING"].into_iter());
        assert_eq!((near.hint.as_str(), near.fix.unwrap().with.as_str()), ("did you mean `DONE`?", "DONE"));
        let two = suggest("STATF", at, "state", ["STATE", "STATS"].into_iter());
        assert_eq!((two.hint.as_str(), two.fix), ("did you mean `STATE` or `STATS`?", None));
        assert_eq!(suggest("else", at, "state", ["IDLE"].into_iter()).fix, None, "a word of the language stays");
        let far = suggest("X", at, "state", ["ALPHA", "BETA"].into_iter());
        assert_eq!(far.hint, "there is `ALPHA`, `BETA`");
        assert_eq!(suggest("X", at, "state", std::iter::empty()).hint, "no state is declared");
        let names = ["aaaaa", "bbbbb", "ccccc", "ddddd", "eeeee", "fffff"];
        assert_eq!(suggest("zzzzzz", at, "state", names.into_iter()).hint, "none of the 6 states has a similar name");
    }
}
