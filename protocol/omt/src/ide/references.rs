//! Where a name is used, in all programs that are known.

use std::collections::BTreeSet;

use super::declared::{Site, targets};
use crate::check::Analysis;

/// Where the name at a byte of the main file of `all[main]` is used in the main files of `all`, in the order of paths and
/// places; with its declarations, if those are asked for.
pub fn references(all: &[Analysis<'_>], main: usize, offset: u32, declarations: bool) -> Vec<Site> {
    let Some((_, of)) = targets(&all[main], offset) else { return vec![] };
    let of: BTreeSet<Site> = of.into_iter().map(|span| Site::of(&all[main], span)).collect();
    let mut found = uses(all, &of);
    if declarations {
        found.extend(of);
    }
    found.into_iter().collect()
}

/// Where one of some declarations is used.
pub(super) fn uses(all: &[Analysis<'_>], of: &BTreeSet<Site>) -> BTreeSet<Site> {
    let mut found = BTreeSet::new();
    for analysis in all {
        let used = analysis.uses.iter().filter(|used| used.at.file == 0);
        let used = used.filter(|used| of.contains(&Site::of(analysis, used.of)));
        found.extend(used.map(|used| Site::of(analysis, used.at)));
    }
    found
}
