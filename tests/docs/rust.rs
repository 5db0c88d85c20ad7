//! Pieces of Rust: together they are the files of the example, which cargo builds with the tests.

use std::collections::BTreeMap;
use std::path::Path;

use crate::blocks::Block;

pub(crate) fn check(blocks: &[Block], example: &Path) -> Vec<String> {
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for block in blocks.iter().filter(|block| block.language == "rust") {
        let Some((name, goes_on, content)) = block.file() else {
            return vec![format!("line {}: name the file in the first line", block.line)];
        };
        let file = files.entry(name).or_default();
        if goes_on == file.is_empty() {
            return vec![format!("line {}: is {name} continued or not?", block.line)];
        }
        if goes_on {
            file.push('\n');
        }
        file.push_str(content);
    }
    let differs = |(name, text): (&str, String)| {
        let there = std::fs::read_to_string(example.join(name)).unwrap_or_default();
        let first = there.lines().zip(text.lines()).find(|(one, other)| one != other);
        (there != text).then(|| format!("{name} of the example is different, first in {first:?}"))
    };
    if files.is_empty() {
        return vec!["there is no piece of Rust".to_owned()];
    }
    files.into_iter().filter_map(differs).collect()
}
