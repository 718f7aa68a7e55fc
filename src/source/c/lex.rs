//! Splits preprocessed C or C++ text into tokens with byte positions, and pairs the brackets.
//!
//! In: text in which comments, directives and dead branches are already blanked (see `preprocess`), so that
//! every byte keeps its place. Out: a flat list of tokens and, for each bracket, the index of its partner.
//! The lexer never fails: what it does not know becomes a one-byte token, and an unterminated literal ends
//! with its line. Brackets are paired with one stack and no recursion, so cost is linear in the input.

/// What a token is. Operators and punctuation carry their one or two bytes, see [`op`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or keyword.
    Ident,
    /// A number in any base.
    Number,
    /// A string literal, quotes included.
    Str,
    /// A character literal.
    Char,
    /// Punctuation or an operator.
    Op(u16),
}

/// One token: its kind and its byte range.
#[derive(Debug, Clone, Copy)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

/// The code of an operator of one or two bytes, for comparing with [`Kind::Op`].
pub const fn op(text: &[u8]) -> u16 {
    match text {
        [a] => *a as u16,
        [a, b] => (*a as u16) | ((*b as u16) << 8),
        _ => 0,
    }
}

/// Marks a bracket without a partner.
pub const NO_MATE: u32 = u32::MAX;

/// Tokens of a text and the partner of each bracket.
#[derive(Debug, Default)]
pub struct Tokens {
    /// In order of position.
    pub list: Vec<Token>,
    /// For each token that is a bracket the index of its partner, otherwise [`NO_MATE`].
    pub mate: Vec<u32>,
}

const PAIRS: [&[u8; 2]; 20] = [
    b"->", b"++", b"--", b"==", b"!=", b"<=", b">=", b"&&", b"||", b"+=", b"-=", b"*=", b"/=", b"%=", b"&=",
    b"|=", b"^=", b"<<", b">>", b"::",
];

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 || byte == b'$'
}

/// Tokenises `text`, whose length must fit in `u32` (longer text is cut there).
pub fn tokenize(text: &[u8]) -> Tokens {
    let mut list = Vec::with_capacity(text.len() / 6);
    lex_range(text, 0, text.len().min(u32::MAX as usize - 1), &mut list);
    let mate = pair(&list);
    Tokens { list, mate }
}

/// Appends the tokens of `text[from..to]`, with positions in the whole text.
pub fn lex_range(text: &[u8], from: usize, to: usize, list: &mut Vec<Token>) {
    let at = |i: usize| if i < to { text.get(i).copied().unwrap_or(0) } else { 0 };
    let mut i = from;
    while i < to {
        let byte = at(i);
        let start = i;
        let kind = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0 => {
                i += 1;
                continue;
            }
            b'\\' => {
                i += 1;
                continue;
            }
            b'0'..=b'9' => {
                i += 1;
                while is_word(at(i))
                    || at(i) == b'.'
                    || (at(i) == b'\'' && is_word(at(i + 1)))
                    || (matches!(at(i), b'+' | b'-') && matches!(at(i - 1), b'e' | b'E' | b'p' | b'P'))
                {
                    i += 1;
                }
                Kind::Number
            }
            b'"' => {
                i = literal_end(text, i, to, b'"');
                Kind::Str
            }
            b'\'' => {
                i = literal_end(text, i, to, b'\'');
                Kind::Char
            }
            _ if is_word(byte) => {
                i += 1;
                while is_word(at(i)) {
                    i += 1;
                }
                match at(i) {
                    b'"' if text
                        .get(start..i)
                        .is_some_and(|word| word.ends_with(b"R") && word.len() <= 3) =>
                    {
                        i = raw_end(text, i, to);
                        Kind::Str
                    }
                    b'"' if i - start <= 2 => {
                        i = literal_end(text, i, to, b'"');
                        Kind::Str
                    }
                    b'\'' if i - start == 1 => {
                        i = literal_end(text, i, to, b'\'');
                        Kind::Char
                    }
                    _ => Kind::Ident,
                }
            }
            _ => {
                let pair = [byte, at(i + 1)];
                if PAIRS.contains(&&pair) {
                    i += 2;
                    Kind::Op(op(&pair))
                } else {
                    i += 1;
                    Kind::Op(op(&[byte]))
                }
            }
        };
        list.push(Token { kind, start: start as u32, end: i as u32 });
    }
}

/// The end of a string or character literal that opens at `start`; an unterminated one ends with its line.
pub fn literal_end(text: &[u8], start: usize, to: usize, quote: u8) -> usize {
    let mut i = start + 1;
    while i < to {
        match text.get(i) {
            // A line that goes on, whichever way the file ends its lines.
            Some(b'\\') if text.get(i + 1..i + 3) == Some(b"\r\n") => i += 3,
            Some(b'\\') => i += 2,
            Some(b'\n') => return i,
            Some(byte) if *byte == quote => return i + 1,
            Some(_) => i += 1,
            None => break,
        }
    }
    to
}

/// The end of a C++ raw string whose `"` is at `quote`.
pub fn raw_end(text: &[u8], quote: usize, to: usize) -> usize {
    let window = text.get(quote + 1..to.min(quote + 20)).unwrap_or_default();
    let Some(open) = memchr::memchr(b'(', window) else { return literal_end(text, quote, to, b'"') };
    let mut end = vec![b')'];
    end.extend_from_slice(window.get(..open).unwrap_or_default());
    end.push(b'"');
    let from = quote + 2 + open;
    text.get(from..to)
        .and_then(|rest| memchr::memmem::find(rest, &end))
        .map_or(to, |found| from + found + end.len())
}

/// The partner of each bracket, or [`NO_MATE`].
pub fn pair(list: &[Token]) -> Vec<u32> {
    const OPEN_ROUND: u16 = op(b"(");
    const OPEN_SQUARE: u16 = op(b"[");
    const OPEN_CURLY: u16 = op(b"{");
    const CLOSE_ROUND: u16 = op(b")");
    const CLOSE_SQUARE: u16 = op(b"]");
    const CLOSE_CURLY: u16 = op(b"}");
    let mut mate = vec![NO_MATE; list.len()];
    let mut open: Vec<(u16, usize)> = Vec::new();
    let mut join = |a: usize, b: usize| {
        if let Some(slot) = mate.get_mut(a) {
            *slot = b as u32;
        }
        if let Some(slot) = mate.get_mut(b) {
            *slot = a as u32;
        }
    };
    for (i, token) in list.iter().enumerate() {
        let Kind::Op(code) = token.kind else { continue };
        let wanted = match code {
            OPEN_ROUND | OPEN_SQUARE | OPEN_CURLY => {
                open.push((code, i));
                continue;
            }
            CLOSE_ROUND => OPEN_ROUND,
            CLOSE_SQUARE => OPEN_SQUARE,
            CLOSE_CURLY => OPEN_CURLY,
            _ => continue,
        };
        if wanted == OPEN_CURLY {
            // A block's end closes whatever was left open inside it.
            while let Some((kind, at)) = open.pop() {
                if kind == OPEN_CURLY {
                    join(at, i);
                    break;
                }
            }
        } else if let Some(&(kind, at)) = open.last()
            && kind == wanted
        {
            open.pop();
            join(at, i);
        }
    }
    mate
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let tokens = tokenize(text.as_bytes());
        tokens.list.iter().map(|t| text[t.start as usize..t.end as usize].to_owned()).collect()
    }

    #[test]
    fn tokens_keep_their_text_and_place() {
        assert_eq!(
            words("self->x++ == 0x1Fu; L\"a\\\"b\" '\\''"),
            ["self", "->", "x", "++", "==", "0x1Fu", ";", "L\"a\\\"b\"", "'\\''"]
        );
        assert_eq!(words("R\"(a \" b)\" x"), ["R\"(a \" b)\"", "x"]);
    }

    /// Without this, one stray bracket in a macro would swallow the rest of the file.
    #[test]
    fn a_block_end_closes_what_was_left_open_inside() {
        let text = b"f { ( a } g { }";
        let tokens = tokenize(text);
        assert_eq!(tokens.mate[1], 4);
        assert_eq!(tokens.mate[2], NO_MATE);
        assert_eq!(tokens.mate[6], 7);
    }

    #[test]
    fn unterminated_literals_end_with_their_line() {
        assert_eq!(words("a \"bc\nd 'e\nf"), ["a", "\"bc", "d", "'e", "f"]);
    }

    /// Files that end their lines as Windows does hold docstrings like everybody's.
    #[test]
    fn a_literal_goes_on_after_a_line_that_ends_in_a_backslash() {
        assert_eq!(words("\"a\\\nb\" c"), ["\"a\\\nb\"", "c"]);
        assert_eq!(words("\"a\\\r\nb\" c"), ["\"a\\\r\nb\"", "c"]);
    }

    #[test]
    fn a_million_open_brackets_are_paired_without_recursion() {
        let tokens = tokenize(&vec![b'('; 1_000_000]);
        assert_eq!(tokens.list.len(), 1_000_000);
    }
}
