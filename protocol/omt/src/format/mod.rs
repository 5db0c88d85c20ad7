//! The formatter: one layout for every file. Tokens and comments stay as they are and in their order; only what
//! stands between them changes. Formatting twice changes nothing more.

mod layout;

use crate::token::Kind;
use crate::tree::Tree;
use layout::{Blank, Gap, Layout};

const INDENT: usize = 4;

/// The text in its one layout: a bracket's content on lines of its own, four blanks deep, fields in columns; line
/// breaks inside of expressions and single empty lines stay where the author put them, and lines end as the first one
/// does. The tree must have no errors.
pub fn format(tree: &Tree) -> String {
    let layout = Layout::of(tree);
    let mut printer =
        Printer { tree, out: String::with_capacity(tree.text().len() + 64), line_start: true, own_line: false };
    let mut trivia_from = 0;
    for (at, token) in tree.tokens().iter().enumerate() {
        if token.kind.is_trivia() {
            continue;
        }
        printer.gap(trivia_from..at, layout.gap(at), token.kind == Kind::END);
        if token.kind != Kind::END {
            printer.write(tree.token_text(at));
        }
        trivia_from = at + 1;
    }
    if !printer.line_start {
        printer.out.push('\n');
    }
    // Line ends stay as the first one is.
    let text = tree.text();
    let windows = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
    if windows { printer.out.replace('\n', "\r\n") } else { printer.out }
}

struct Printer<'t> {
    tree: &'t Tree,
    out: String,
    /// Whether nothing stands on the line yet.
    line_start: bool,
    /// Whether the last comment has a line of its own.
    own_line: bool,
}

impl Printer<'_> {
    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        self.line_start = false;
    }

    fn newline(&mut self, indent: usize) {
        while self.out.ends_with(' ') {
            self.out.pop();
        }
        if !self.out.is_empty() && !self.line_start {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent * INDENT));
        self.line_start = true;
    }

    fn blank(&mut self) {
        if !self.line_start {
            self.out.push('\n');
            self.line_start = true;
        }
        while self.out.ends_with(' ') {
            self.out.pop();
        }
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// Writes what stands before a token: comments, and blanks or line breaks.
    fn gap(&mut self, trivia: std::ops::Range<usize>, gap: Gap, at_end: bool) {
        let mut breaks = 0;
        let mut commented = false;
        for at in trivia {
            let text = self.tree.token_text(at);
            if self.tree.tokens()[at].kind == Kind::SPACE {
                breaks += text.matches('\n').count();
                continue;
            }
            if breaks == 0 && !commented && !self.out.is_empty() {
                self.write(" ");
                self.own_line = false;
            } else {
                self.own_line = true;
                let wanted = if commented { Blank::Keep } else { gap.blank };
                self.separate(wanted, breaks);
                self.newline(gap.comments);
            }
            self.write(text.trim_end());
            commented = true;
            breaks = 0;
        }
        if at_end {
            return;
        }
        let flexible = gap.flexible && breaks > 0;
        if commented || gap.breaks || flexible {
            let wanted = if commented && self.own_line && gap.blank == Blank::Always { Blank::Keep } else { gap.blank };
            self.separate(wanted, breaks);
            self.newline(gap.indent);
        } else {
            self.out.extend(std::iter::repeat_n(' ', gap.blanks));
        }
    }

    fn separate(&mut self, wanted: Blank, breaks: usize) {
        if wanted == Blank::Always || (wanted == Blank::Keep && breaks > 1) {
            self.blank();
        }
    }
}

#[cfg(test)]
mod tests;
