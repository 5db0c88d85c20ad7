//! A Rust file as a flat list of words, without comments, strings and what only tests see.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::str::FromStr;

/// An identifier or a sign, with its line.
struct Word {
    text: String,
    line: usize,
}

/// A file in words, without what only tests see.
#[derive(Default)]
pub(crate) struct Words {
    words: Vec<Word>,
    /// Modules declared as `#[cfg(test)] mod name;`: their files are tests as well.
    pub(crate) test_modules: Vec<String>,
}

impl Words {
    /// # Errors
    /// If the text is not Rust.
    pub(crate) fn of(text: &str) -> Result<Self, String> {
        let tokens = TokenStream::from_str(text).map_err(|error| format!("not Rust: {error}"))?;
        let mut words = Self::default();
        words.read(tokens);
        Ok(words)
    }

    fn read(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let attribute = matches!(&token, TokenTree::Punct(sign) if sign.as_char() == '#');
            match tokens.peek() {
                Some(TokenTree::Group(group)) if attribute && marks_a_test(&group.stream()) => {
                    self.test_modules.extend(skip_item(&mut tokens));
                }
                _ => self.push(token),
            }
        }
    }

    fn push(&mut self, token: TokenTree) {
        let line = token.span().start().line;
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    _ => ("(", ")"),
                };
                self.add(open, line);
                self.read(group.stream());
                self.add(close, line);
            }
            TokenTree::Literal(_) => self.add("0", line),
            sign_or_name => self.add(&sign_or_name.to_string(), line),
        }
    }

    fn add(&mut self, text: &str, line: usize) {
        let text = text.to_owned();
        self.words.push(Word { text, line });
    }

    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// The word at `at`, empty behind the end.
    pub(crate) fn text(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| &word.text)
    }

    /// The line of the word at `at`, counted from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.words[at].line
    }
}

/// `cfg(test)` and `test`. Not `cfg(any(test, ..))`: that may ship.
fn marks_a_test(attribute: &TokenStream) -> bool {
    let attribute = attribute.to_string().replace(' ', "");
    attribute == "cfg(test)" || attribute == "test"
}

/// Drops the item that an attribute belongs to, up to its body or semicolon. Returns its name if it is `mod name;`.
fn skip_item(tokens: &mut impl Iterator<Item = TokenTree>) -> Option<String> {
    let mut names = vec![];
    for token in tokens {
        match token {
            TokenTree::Ident(name) => names.push(name.to_string()),
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return None,
            TokenTree::Punct(sign) if sign.as_char() == ';' => break,
            _ => {}
        }
    }
    let module = names.iter().position(|name| name == "mod")?;
    names.get(module + 1).cloned()
}
