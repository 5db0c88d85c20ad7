//! Places in sources: byte ranges, and the lines and columns that people read.

/// A range of bytes in one file of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Index of the file in [`crate::Program::files`].
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// The byte behind the last one.
    pub end: u32,
}

impl Span {
    /// Whether `other` lies in this range.
    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// The smallest range that has both.
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A line and a column, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<u32>,
    /// How many characters begin before each block of [`BLOCK`] bytes: a column in a line of megabytes is not counted anew.
    characters: Vec<u32>,
}

const BLOCK: usize = 4096;

/// How many characters begin in some bytes of UTF-8.
fn characters(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u32
}

impl Lines {
    /// Reads the text once.
    pub fn new(text: &str) -> Lines {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1));
        let mut before = 0;
        let mut characters_before = vec![0];
        for block in text.as_bytes().chunks(BLOCK) {
            before += characters(block);
            characters_before.push(before);
        }
        Lines { starts, characters: characters_before }
    }

    /// How many characters begin before a byte.
    fn characters_before(&self, text: &str, offset: usize) -> u32 {
        let block = offset / BLOCK;
        self.characters[block] + characters(&text.as_bytes()[block * BLOCK..offset])
    }

    /// Index from 0 of the line that holds the byte.
    pub fn line_of(&self, offset: u32) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    /// First byte of a line, or the end of the text behind the last one.
    pub fn start_of(&self, line: usize, text: &str) -> usize {
        self.starts.get(line).map_or(text.len(), |start| *start as usize)
    }

    /// The line without its end.
    pub fn text_of<'t>(&self, line: usize, text: &'t str) -> &'t str {
        let whole = &text[self.start_of(line, text)..self.start_of(line + 1, text)];
        whole.trim_end_matches(['\n', '\r'])
    }

    /// How many lines there are; an empty text has one.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// Line and column of a byte.
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let line = self.line_of(offset);
        let start = self.start_of(line, text);
        let offset = (offset as usize).clamp(start, text.len());
        let column = self.characters_before(text, offset) - self.characters_before(text, start);
        Position { line: line as u32 + 1, column: column + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_begin_behind_the_end_of_the_last() {
        let text = "ab\nä c\r\n";
        let lines = Lines::new(text);
        assert_eq!(lines.position(text, 0), Position { line: 1, column: 1 });
        assert_eq!(lines.position(text, 6), Position { line: 2, column: 3 });
        assert_eq!(lines.position(text, text.len() as u32), Position { line: 3, column: 1 });
        let long = "aé".repeat(10_000);
        assert_eq!(Lines::new(&long).position(&long, 29_997), Position { line: 1, column: 19_999 });
        assert_eq!((lines.text_of(1, text), lines.text_of(2, text), lines.count()), ("ä c", "", 3));
    }
}
