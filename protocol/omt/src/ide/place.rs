//! Lines and columns as editors count them.

use std::ops::Range;

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16, which is what editors use unless they agree on something else.
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    fn width(self, character: char) -> usize {
        match self {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// A line and a column, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From 0.
    pub line: u32,
    /// From 0, in units of the encoding.
    pub column: u32,
}

/// A text with the starts of its lines. A line ends with `\n`, `\r\n` or `\r`, as the protocol of editors has it.
#[derive(Clone, Debug)]
pub struct Text {
    text: String,
    starts: Vec<u32>,
}

impl Text {
    /// Reads the text once.
    pub fn new(text: impl Into<String>) -> Text {
        let text = text.into();
        let starts = starts(&text);
        Text { text, starts }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many lines there are; an empty text has one.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The bytes of a line without its end; nothing behind the last line.
    fn line(&self, line: usize) -> Range<usize> {
        let Some(start) = self.starts.get(line).map(|start| *start as usize) else {
            return self.text.len()..self.text.len();
        };
        let end = self.starts.get(line + 1).map_or(self.text.len(), |next| *next as usize);
        start..start + self.text[start..end].trim_end_matches(['\n', '\r']).len()
    }

    /// The byte at a place. A column behind the end of its line is the end, one inside of a character its start.
    pub fn offset(&self, place: Place, encoding: Encoding) -> u32 {
        let line = self.line(place.line as usize);
        let mut left = place.column as usize;
        for (at, character) in self.text[line.clone()].char_indices() {
            let width = encoding.width(character);
            if left < width {
                return (line.start + at) as u32;
            }
            left -= width;
        }
        line.end as u32
    }

    /// The place of a byte; one inside of a character counts as its start.
    pub fn place(&self, offset: u32, encoding: Encoding) -> Place {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start as usize <= offset) - 1;
        let before = &self.text[self.starts[line] as usize..offset];
        let column: usize = before.chars().map(|character| encoding.width(character)).sum();
        Place { line: line as u32, column: column as u32 }
    }

    /// Replaces a range, or the whole text if there is none. A range that ends before it begins is empty.
    pub fn replace(&mut self, range: Option<(Place, Place)>, with: &str, encoding: Encoding) {
        match range {
            None => with.clone_into(&mut self.text),
            Some((from, to)) => {
                let from = self.offset(from, encoding) as usize;
                let to = self.offset(to, encoding) as usize;
                self.text.replace_range(from..to.max(from), with);
            }
        }
        self.starts = starts(&self.text);
    }
}

fn starts(text: &str) -> Vec<u32> {
    let bytes = text.as_bytes();
    let ends = |at: &usize| bytes[*at] == b'\n' || (bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    std::iter::once(0).chain((0..bytes.len()).filter(ends).map(|at| at as u32 + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(line: u32, column: u32) -> Place {
        Place { line, column }
    }

    #[test]
    fn columns_count_what_the_encoding_says() {
        let text = Text::new("aä😀b\r\nc\rd\n");
        for (encoding, column) in [(Encoding::Utf8, 7), (Encoding::Utf16, 4), (Encoding::Utf32, 3)] {
            assert_eq!(text.place(7, encoding), at(0, column));
            assert_eq!(text.offset(at(0, column), encoding), 7);
        }
        assert_eq!(text.offset(at(0, 3), Encoding::Utf16), 3, "the middle of a pair is its start");
        assert_eq!(text.offset(at(0, 99), Encoding::Utf16), 8, "a line ends before its end is written");
        assert_eq!(
            (text.lines(), text.place(10, Encoding::Utf16), text.place(12, Encoding::Utf16)),
            (4, at(1, 0), at(2, 0))
        );
        assert_eq!(text.offset(at(9, 0), Encoding::Utf8), 14, "behind the last line is the end");
    }

    #[test]
    fn changes_are_made_one_after_the_other() {
        let mut text = Text::new("one\r\ntwo\r\n");
        text.replace(Some((at(1, 0), at(1, 3))), "zwei", Encoding::Utf16);
        text.replace(Some((at(0, 3), at(1, 0))), "\n", Encoding::Utf16);
        assert_eq!(text.as_str(), "one\nzwei\r\n");
        text.replace(Some((at(1, 0), at(0, 0))), "x", Encoding::Utf16);
        assert_eq!(text.as_str(), "one\nxzwei\r\n", "a range that is the wrong way round is empty");
        text.replace(None, "all", Encoding::Utf16);
        assert_eq!((text.as_str(), text.lines()), ("all", 1));
    }

    proptest! {
        #[test]
        fn a_place_leads_back_to_its_byte(text in "[a-c😀ä\r\n]{0,40}") {
            let text = Text::new(text);
            for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
                for (offset, _) in text.as_str().char_indices() {
                    let back = text.offset(text.place(offset as u32, encoding), encoding) as usize;
                    // Inside of a line's end there is no place: it is before it.
                    prop_assert!(back == offset || text.as_str()[back..offset].chars().all(|c| c == '\r' || c == '\n'));
                }
            }
        }
    }
}
