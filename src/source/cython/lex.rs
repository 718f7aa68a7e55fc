//! Cuts Cython text into statements of tokens.
//!
//! In: a file's bytes. Out: a [`Text`] with the same byte positions, in which comments and the insides of strings
//! are blank and every statement is one line, however it was broken. No grammar of Cython is complete, so nothing
//! here can fail: a bracket that is never closed ends where the next definition begins.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword.
    Name,
    /// A number.
    Number,
    /// A string; its inside is not looked at.
    Text,
    /// An operator or bracket.
    Op,
}

/// A token: its kind and where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

/// A statement, or the header of a block: a range of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// First token.
    pub from: u32,
    /// Token after the last.
    pub to: u32,
    /// Columns before the first token; a tab goes to the next multiple of eight.
    pub indent: u32,
}

/// A file as statements of tokens.
#[derive(Debug, Default)]
pub struct Text {
    /// Same length as the file.
    pub code: Vec<u8>,
    /// All tokens.
    pub tokens: Vec<Token>,
    /// All statements with at least one token.
    pub statements: Vec<Statement>,
    /// For each bracket the token that pairs with it, within one statement; its own index otherwise.
    mates: Vec<u32>,
}

/// Operators of more than one byte, longest first.
const LONG: [&[u8]; 28] = [
    b"**=", b"//=", b">>=", b"<<=", b"...", b"->", b":=", b"==", b"!=", b"<=", b">=", b"+=", b"-=", b"*=",
    b"/=", b"%=", b"&=", b"|=", b"^=", b"@=", b"**", b"//", b"<<", b">>", b"&&", b"||", b"<>", b"::",
];

/// Words that begin a definition: no bracket is open across them.
const DEFINITIONS: [&[u8]; 5] = [b"def ", b"cdef ", b"cpdef ", b"class ", b"ctypedef "];

impl Text {
    /// Reads a file.
    pub fn read(bytes: &[u8]) -> Self {
        let mut text = Self { code: joined(bytes), ..Self::default() };
        text.tokenize();
        text
    }

    /// The text of a token; empty beyond the end or where it is not UTF-8.
    pub fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| self.slice(token.start, token.end))
    }

    /// The name at a token; empty if it is something else.
    pub fn name(&self, at: usize) -> &str {
        if self.is_name(at) { self.word(at) } else { "" }
    }

    /// Whether a token is a name or keyword.
    pub fn is_name(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == Kind::Name)
    }

    /// Whether a token reads so.
    pub fn is(&self, at: usize, word: &str) -> bool {
        let token = self.tokens.get(at);
        token.is_some_and(|t| self.code.get(t.start as usize..t.end as usize) == Some(word.as_bytes()))
    }

    /// The text between two bytes; empty where it is not UTF-8.
    pub fn slice(&self, start: u32, end: u32) -> &str {
        let bytes = self.code.get(start as usize..end as usize).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// The bracket that pairs with the one at `at`.
    pub fn mate(&self, at: usize) -> Option<usize> {
        self.mates.get(at).map(|mate| *mate as usize).filter(|mate| *mate != at)
    }

    /// The token after the group that opens at `at`, or after `at` itself when none does.
    pub fn after(&self, at: usize) -> usize {
        self.mate(at).filter(|mate| *mate > at).map_or(at + 1, |mate| mate + 1)
    }

    /// The first token in a range, outside of brackets that open in it, that `wanted` accepts.
    pub fn find(&self, from: usize, to: usize, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        let mut at = from;
        while at < to {
            if wanted(at) {
                return Some(at);
            }
            at = self.after(at);
        }
        None
    }

    /// The stretches of a range between commas outside of brackets.
    pub fn split(&self, from: usize, to: usize) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        let mut start = from;
        while start < to {
            let end = self.find(start, to, |at| self.is(at, ",")).unwrap_or(to);
            if start < end {
                out.push((start, end));
            }
            start = end + 1;
        }
        out
    }

    fn tokenize(&mut self) {
        let code = std::mem::take(&mut self.code);
        let mut open: Vec<u32> = Vec::new();
        let (mut at, mut from, mut indent, mut fresh) = (0, 0_u32, 0_u32, true);
        while let Some(&byte) = code.get(at) {
            let start = at;
            let kind = match byte {
                b'\n' => {
                    self.close(from, indent);
                    from = self.tokens.len() as u32;
                    (indent, fresh) = (0, true);
                    open.clear();
                    at += 1;
                    continue;
                }
                b'\t' if fresh => {
                    indent = (indent / 8 + 1) * 8;
                    at += 1;
                    continue;
                }
                b' ' | b'\t' | b'\r' | 0x0c => {
                    indent += u32::from(fresh && byte == b' ');
                    at += 1;
                    continue;
                }
                b'"' => {
                    let rest = code.get(at + 1..).unwrap_or_default();
                    let close = memchr::memchr2(b'"', b'\n', rest).unwrap_or(rest.len());
                    at += 1 + close + usize::from(rest.get(close) == Some(&b'"'));
                    Kind::Text
                }
                b'0'..=b'9' => {
                    while code.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b == b'.')
                    {
                        at += 1;
                    }
                    Kind::Number
                }
                _ if is_word(byte) => {
                    while code.get(at).is_some_and(|b| is_word(*b)) {
                        at += 1;
                    }
                    Kind::Name
                }
                _ => {
                    let rest = code.get(at..).unwrap_or_default();
                    at += LONG.iter().find(|op| rest.starts_with(op)).map_or(1, |op| op.len());
                    Kind::Op
                }
            };
            fresh = false;
            let index = self.tokens.len() as u32;
            self.tokens.push(Token { kind, start: start as u32, end: at as u32 });
            self.mates.push(index);
            if kind == Kind::Op {
                match byte {
                    b'(' | b'[' | b'{' => open.push(index),
                    b')' | b']' | b'}' => {
                        if let Some(opening) = open.pop() {
                            if let Some(mate) = self.mates.get_mut(opening as usize) {
                                *mate = index;
                            }
                            if let Some(mate) = self.mates.get_mut(index as usize) {
                                *mate = opening;
                            }
                        }
                    }
                    b';' if open.is_empty() => {
                        // Two statements on one line stand in the same block.
                        self.tokens.pop();
                        self.mates.pop();
                        self.close(from, indent);
                        from = self.tokens.len() as u32;
                    }
                    _ => {}
                }
            }
        }
        self.close(from, indent);
        self.code = code;
    }

    fn close(&mut self, from: u32, indent: u32) {
        let to = self.tokens.len() as u32;
        if from < to {
            self.statements.push(Statement { from, to, indent });
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The file with comments and the insides of strings blank, strings in double quotes, and line ends only where
/// a statement ends.
fn joined(bytes: &[u8]) -> Vec<u8> {
    let mut code = bytes.to_vec();
    let mut blank = |from: usize, to: usize| {
        for byte in code.get_mut(from..to).unwrap_or_default() {
            *byte = b' ';
        }
    };
    let mut quotes = Vec::new();
    let (mut at, mut depth) = (0_usize, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        match byte {
            b'#' => {
                let end = at + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                blank(at, end);
                at = end;
                continue;
            }
            b'\'' | b'"' => {
                let (inside, end) = string(bytes, at, byte);
                blank(at, end);
                quotes.push(at);
                if inside.1 < end {
                    quotes.push(end - 1);
                }
                at = end;
                continue;
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'\\' if rest.get(1) == Some(&b'\n') || rest.starts_with(b"\\\r\n") => {
                let end = at + memchr::memchr(b'\n', rest).unwrap_or(0) + 1;
                blank(at, end);
                at = end;
                continue;
            }
            b'\n' if depth > 0 => {
                // Only so far, or a file of line ends would be read once for each of them.
                let next = rest.get(1..rest.len().min(100)).unwrap_or_default().trim_ascii_start();
                if DEFINITIONS.iter().any(|word| next.starts_with(word)) {
                    depth = 0;
                } else {
                    blank(at, at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    for quote in quotes {
        if let Some(byte) = code.get_mut(quote) {
            *byte = b'"';
        }
    }
    code
}

/// The inside of a string that opens at `at`, and the byte after it. One in single quotes ends with its line.
fn string(bytes: &[u8], at: usize, quote: u8) -> ((usize, usize), usize) {
    let triple = [quote; 3];
    let long = bytes.get(at..).unwrap_or_default().starts_with(&triple);
    let from = at + if long { 3 } else { 1 };
    let mut i = from;
    while let Some(&byte) = bytes.get(i) {
        match byte {
            b'\\' => i += 1,
            b'\n' if !long => return ((from, i), i),
            _ if byte == quote && !long => return ((from, i), i + 1),
            _ if byte == quote && bytes.get(i..).unwrap_or_default().starts_with(&triple) => {
                return ((from, i), i + 3);
            }
            _ => {}
        }
        i += 1;
    }
    ((from, bytes.len()), bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(text: &str) -> Vec<(u32, String)> {
        let read = Text::read(text.as_bytes());
        let words = |s: &Statement| {
            (s.from..s.to).map(|at| read.word(at as usize).to_owned()).collect::<Vec<_>>().join(" ")
        };
        read.statements.iter().map(|s| (s.indent, words(s))).collect()
    }

    #[test]
    fn comments_strings_and_breaks_do_not_matter() {
        let text = "a = f(1, # (\n   'x#', \\\n  b)\n\"\"\"doc\n  def no(self):\n\"\"\"\n\tif x: y -= 1; z\n";
        let found = statements(text);
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found[0].1.starts_with("a = f ( 1 ,") && found[0].1.ends_with("b )"));
        assert_eq!(found[2], (8, "if x : y -= 1".to_owned()));
        assert_eq!(found[3], (8, "z".to_owned()));
    }

    #[test]
    fn positions_are_those_of_the_file() {
        let text = "x = 'é' # é\ny = &b[0]\n";
        let read = Text::read(text.as_bytes());
        assert_eq!(read.code.len(), text.len());
        let at = read.tokens.iter().position(|t| t.start as usize == text.find('y').expect("there"));
        assert!(at.is_some());
    }

    #[test]
    fn a_bracket_left_open_ends_at_the_next_definition() {
        let found = statements("x = (1,\n  2\ndef f(a):\n    pass\n");
        assert_eq!(found[1].1, "def f ( a ) :");
    }

    #[test]
    fn hostile_text_takes_linear_time() {
        let inputs = [
            b"(".repeat(400_000),
            b"\"\"\"".repeat(100_001),
            b"((\ndef ".repeat(50_000),
            b"\\\n".repeat(200_000),
            vec![0xff; 400_000],
            b"'".repeat(200_001),
        ];
        for input in inputs {
            assert_eq!(Text::read(&input).code.len(), input.len());
        }
    }
}
