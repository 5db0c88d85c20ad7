//! Words, numbers, strings and signs. Nothing is lost: white space and comments are tokens as well.

use logos::Logos;

/// What a token is. Signs of one character have their ASCII code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind(pub(crate) u8);

impl Kind {
    /// Blanks and line ends.
    pub const SPACE: Kind = Kind(0);
    /// `# …` up to the end of the line.
    pub const COMMENT: Kind = Kind(1);
    /// An identifier or a keyword: keywords are names in other places.
    pub const WORD: Kind = Kind(2);
    /// Digits, perhaps with a fraction. A minus before it is a token of its own.
    pub const NUMBER: Kind = Kind(3);
    /// A string in double quotes, without escapes.
    pub const TEXT: Kind = Kind(4);
    /// A string whose line ends before it does.
    pub const OPEN_TEXT: Kind = Kind(5);
    /// Characters that begin no token.
    pub const BAD: Kind = Kind(6);
    /// Behind the last token.
    pub const END: Kind = Kind(7);
    /// `->`
    pub const ARROW: Kind = Kind(8);
    /// `=>`
    pub const MAPS: Kind = Kind(9);
    /// `...`
    pub const DOTS: Kind = Kind(10);
    /// `==`
    pub const EQUAL: Kind = Kind(11);
    /// `!=`
    pub const UNEQUAL: Kind = Kind(12);
    /// `<=`
    pub const AT_MOST: Kind = Kind(13);
    /// `>=`
    pub const AT_LEAST: Kind = Kind(14);

    /// The sign of one character.
    pub const fn sign(character: u8) -> Kind {
        Kind(character)
    }

    /// Whether it separates tokens and means nothing itself.
    pub fn is_trivia(self) -> bool {
        self == Kind::SPACE || self == Kind::COMMENT
    }
}

/// A token: it reaches up to the start of the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its first byte.
    pub start: u32,
}

#[derive(Logos, Clone, Copy, PartialEq, Eq)]
enum Raw {
    #[regex(r"[ \t\r\n\x0C]+")]
    Space,
    #[regex(r"#[^\r\n]*", allow_greedy = true)]
    Comment,
    #[regex("[A-Za-z_][A-Za-z0-9_]*")]
    Word,
    #[regex(r"[0-9]+(\.[0-9]+)?")]
    Number,
    #[regex(r#""[^"\n]*""#)]
    Text,
    #[regex(r#""[^"\n]*"#)]
    OpenText,
    #[regex(r"->|=>|\.\.\.|==|!=|<=|>=")]
    Several,
    #[regex(r"[()\[\]{},.=<>+*/:;\-]")]
    Sign,
}

/// All tokens of a text, and [`Kind::END`]. A byte order mark at the start counts as white space.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len() / 3 + 2);
    let skipped = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    if skipped > 0 {
        tokens.push(Token { kind: Kind::SPACE, start: 0 });
    }
    let mut lexer = Raw::lexer(&text[skipped..]);
    while let Some(raw) = lexer.next() {
        let kind = kind(raw.ok(), lexer.slice());
        let bad_again = kind == Kind::BAD && tokens.last().is_some_and(|last: &Token| last.kind == Kind::BAD);
        if !bad_again {
            tokens.push(Token { kind, start: (skipped + lexer.span().start) as u32 });
        }
    }
    tokens.push(Token { kind: Kind::END, start: text.len() as u32 });
    tokens
}

fn kind(raw: Option<Raw>, text: &str) -> Kind {
    match raw {
        None => Kind::BAD,
        Some(Raw::Space) => Kind::SPACE,
        Some(Raw::Comment) => Kind::COMMENT,
        Some(Raw::Word) => Kind::WORD,
        Some(Raw::Number) => Kind::NUMBER,
        Some(Raw::Text) => Kind::TEXT,
        Some(Raw::OpenText) => Kind::OPEN_TEXT,
        Some(Raw::Sign) => Kind(text.as_bytes()[0]),
        Some(Raw::Several) => match text {
            "->" => Kind::ARROW,
            "=>" => Kind::MAPS,
            "..." => Kind::DOTS,
            "==" => Kind::EQUAL,
            "!=" => Kind::UNEQUAL,
            "<=" => Kind::AT_MOST,
            _ => Kind::AT_LEAST,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<u8> {
        tokens(text).iter().filter(|token| !token.kind.is_trivia()).map(|token| token.kind.0).collect()
    }

    #[test]
    fn a_minus_is_never_part_of_a_number() {
        assert_eq!(kinds("a -1"), [Kind::WORD.0, b'-', Kind::NUMBER.0, Kind::END.0]);
    }

    #[test]
    fn a_string_ends_at_its_line_and_has_no_escapes() {
        assert_eq!(kinds("\"a\\\" b"), [Kind::TEXT.0, Kind::WORD.0, Kind::END.0]);
        assert_eq!(kinds("\"a\nb"), [Kind::OPEN_TEXT.0, Kind::WORD.0, Kind::END.0]);
    }

    #[test]
    fn what_begins_no_token_is_one_bad_token() {
        assert_eq!(kinds("a \u{1F600}@é b"), [Kind::WORD.0, Kind::BAD.0, Kind::WORD.0, Kind::END.0]);
        assert_eq!(kinds("!"), [Kind::BAD.0, Kind::END.0]);
        assert_eq!(kinds(". .. ... 1.5 1."), [46, 46, 46, Kind::DOTS.0, 3, 3, 46, Kind::END.0]);
    }

    #[test]
    fn tokens_cover_every_byte() {
        let text = "\u{feff}a # b\r\n\"c\" \u{0}";
        let tokens = tokens(text);
        assert_eq!(tokens[0].start, 0);
        assert!(tokens.windows(2).all(|pair| pair[0].start < pair[1].start));
    }
}
