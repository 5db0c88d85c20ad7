//! Formatting as one small change, so that the editor's cursor and marks stay where they are.

use crate::diagnostic::Fix;
use crate::format::format;
use crate::span::Span;
use crate::tree::Tree;

/// What the formatter changes, as one replacement without the lines that stay at both ends; none if the layout is right
/// already. Line ends stay as the file has them. The tree must have no errors.
pub fn layout(tree: &Tree) -> Option<Fix> {
    let old = tree.text();
    let mut new = format(tree);
    if old.starts_with('\u{feff}') && !new.starts_with('\u{feff}') {
        new.insert(0, '\u{feff}');
    }
    if old == new {
        return None;
    }
    let start = same_lines(old.split_inclusive('\n'), new.split_inclusive('\n'));
    let end = same_lines(old[start..].split_inclusive('\n').rev(), new[start..].split_inclusive('\n').rev());
    let span = Span { file: tree.file(), start: start as u32, end: (old.len() - end) as u32 };
    Some(Fix { span, with: new[start..new.len() - end].to_owned() })
}

/// How many bytes of lines are the same.
fn same_lines<'t>(old: impl Iterator<Item = &'t str>, new: impl Iterator<Item = &'t str>) -> usize {
    old.zip(new).take_while(|(old, new)| old == new).map(|(old, _)| old.len()).sum()
}
