//! Splits build files (Python, Meson, CMake, INI) into words, strings and brackets: enough to find calls.
//!
//! The three languages share comments to the line's end, quotes and calls in round brackets; nothing more of them is
//! needed to see which modules a build makes and with which options. Values that are computed stay unknown.

use std::collections::HashMap;
use std::ops::Range;

/// Which of the languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Arguments are separated by commas; words are names and numbers. Python, Meson, TOML, INI.
    Commas,
    /// Arguments are separated by blanks; most characters may stand in a word. CMake.
    Blanks,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    /// A string literal; its range is that of the content.
    Text,
    Punct(u8),
}

/// A piece of a build file: small, since a large file has a hundred thousand.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub kind: Kind,
    start: u32,
    end: u32,
    mate: u32,
}

impl Piece {
    fn new(kind: Kind, range: Range<usize>, mate: usize) -> Self {
        let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { kind, start: short(range.start), end: short(range.end), mate: short(mate) }
    }

    /// The bytes it is.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The index of the bracket that pairs with this one, its own index without one.
    pub fn mate(&self) -> usize {
        self.mate as usize
    }
}

/// A build file in pieces.
#[derive(Debug)]
pub(super) struct Script<'a> {
    pub bytes: &'a [u8],
    pub dialect: Dialect,
    pub pieces: Vec<Piece>,
    /// Strings that simple assignments give to names.
    names: HashMap<&'a str, Vec<&'a str>>,
}

/// How many pieces of one list or argument are looked at.
const PIECES: usize = 4096;

/// How many strings a name is followed to.
const STRINGS: usize = 256;

impl<'a> Script<'a> {
    /// Splits a file.
    pub fn new(bytes: &'a [u8], dialect: Dialect) -> Self {
        let mut pieces = split(bytes, dialect);
        pair(&mut pieces);
        let mut script = Self { bytes, dialect, pieces, names: HashMap::new() };
        script.names = script.assignments();
        script
    }

    /// The text of a piece.
    pub fn text(&self, i: usize) -> &'a str {
        let range = self.pieces.get(i).map(|piece| piece.range()).unwrap_or_default();
        std::str::from_utf8(self.bytes.get(range).unwrap_or_default()).unwrap_or_default()
    }

    /// What a piece is.
    pub fn kind(&self, i: usize) -> Option<Kind> {
        self.pieces.get(i).map(|piece| piece.kind)
    }

    /// Whether a piece is that punctuation.
    pub fn is(&self, i: usize, byte: u8) -> bool {
        self.kind(i) == Some(Kind::Punct(byte))
    }

    /// Calls: the index of the name, and its last component.
    pub fn calls(&self) -> impl Iterator<Item = (usize, &'a str)> {
        (0..self.pieces.len())
            .filter(|&i| self.kind(i) == Some(Kind::Word) && self.is(i + 1, b'('))
            .filter(|&i| i == 0 || !matches!(self.text(i - 1), "def" | "class" | "function" | "macro"))
            .map(|i| (i, self.text(i).rsplit('.').next().unwrap_or_default()))
    }

    /// Names that `import a as b` gives to others: `b` to `a`.
    pub fn aliases(&self) -> HashMap<&'a str, &'a str> {
        (1..self.pieces.len().saturating_sub(1))
            .filter(|&i| self.text(i) == "as" && self.kind(i) == Some(Kind::Word))
            .filter(|&i| self.kind(i - 1) == Some(Kind::Word) && self.kind(i + 1) == Some(Kind::Word))
            .take(PIECES)
            .map(|i| (self.text(i + 1), self.text(i - 1).rsplit('.').next().unwrap_or_default()))
            .collect()
    }

    /// The arguments of the call whose name is at `i`, as ranges of pieces.
    pub fn arguments(&self, i: usize) -> Vec<Range<usize>> {
        let open = i + 1;
        let close = self.pieces.get(open).map_or(open, Piece::mate);
        let mut out = Vec::new();
        let mut at = open + 1;
        let mut from = at;
        while at < close {
            let next = self.after(at);
            if self.dialect == Dialect::Blanks {
                out.push(at..next.min(close));
                from = next;
            } else if self.is(at, b',') {
                out.push(from..at);
                from = at + 1;
            }
            at = next;
        }
        if from < close {
            out.push(from..close);
        }
        out
    }

    fn after(&self, i: usize) -> usize {
        self.pieces.get(i).map_or(i, Piece::mate).max(i) + 1
    }

    /// The keyword of an argument `name = value` or `name: value`, and the range of its value.
    pub fn keyword(&self, argument: &Range<usize>) -> Option<(&'a str, Range<usize>)> {
        let named = self.kind(argument.start) == Some(Kind::Word)
            && (self.is(argument.start + 1, b'=') || self.is(argument.start + 1, b':'));
        named.then(|| (self.text(argument.start), argument.start + 2..argument.end))
    }

    /// The bracket that pairs with the one at `i`, if it is behind it.
    pub fn mate(&self, i: usize) -> Option<usize> {
        self.pieces.get(i).map(Piece::mate).filter(|&mate| mate > i)
    }

    /// The strings that simple assignments give to a name.
    pub fn named(&self, name: &str) -> Option<&[&'a str]> {
        self.names.get(name).map(Vec::as_slice)
    }

    /// How far the line of a piece is indented: of any piece, or only of one that begins its line.
    pub fn column(&self, i: usize, anywhere: bool) -> Option<usize> {
        let start = self.pieces.get(i)?.range().start;
        let before = self.bytes.get(..start)?;
        let line = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let blanks = before.get(line..)?;
        let indent = blanks.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        (anywhere || indent == blanks.len()).then_some(indent)
    }

    /// All strings of a range; names are followed to what simple assignments give them. In CMake words are strings.
    pub fn strings(&self, range: &Range<usize>) -> Vec<&'a str> {
        let mut out = Vec::new();
        for i in range.clone().take(PIECES) {
            match self.kind(i) {
                Some(Kind::Text) => out.push(self.text(i)),
                Some(Kind::Word) => match self.names.get(variable(self.text(i))) {
                    Some(strings) => out.extend(strings.iter().take(STRINGS)),
                    None if self.dialect == Dialect::Blanks => out.push(self.text(i)),
                    None => {}
                },
                _ => {}
            }
            if out.len() > STRINGS {
                break;
            }
        }
        out
    }

    /// `name = "…"`, `name = ["…", …]` and CMake's `set(name …)`.
    fn assignments(&self) -> HashMap<&'a str, Vec<&'a str>> {
        let mut names: HashMap<&'a str, Vec<&'a str>> = HashMap::new();
        for i in 0..self.pieces.len() {
            if self.kind(i) != Some(Kind::Word) {
                continue;
            }
            // `[f[:-4] for f in listdir(d) if f.endswith('.pyx')]`: what is asked for is no item.
            let asked = |k: usize| {
                let callee = k.checked_sub(2).map(|at| self.text(at)).unwrap_or_default();
                self.is(k.wrapping_sub(1), b'(')
                    && (callee.ends_with(".endswith") || callee.ends_with(".startswith"))
            };
            let strings = |range: Range<usize>| -> Vec<&'a str> {
                range
                    .take(PIECES)
                    .filter(|&k| {
                        self.kind(k) == Some(Kind::Text) && !asked(k)
                            || (self.dialect == Dialect::Blanks && self.kind(k) == Some(Kind::Word))
                    })
                    .map(|k| self.text(k))
                    .take(STRINGS)
                    .collect()
            };
            if self.dialect == Dialect::Commas && self.is(i + 1, b'=') {
                let value = i + 2;
                let end = match self.kind(value) {
                    Some(Kind::Text) => value + 1,
                    Some(Kind::Punct(b'[' | b'(')) => self.after(value),
                    _ => continue,
                };
                names.entry(self.text(i)).or_default().extend(strings(value..end));
            } else if self.text(i).eq_ignore_ascii_case("set") && self.is(i + 1, b'(') {
                let end = self.after(i + 1).saturating_sub(1);
                names.entry(self.text(i + 2)).or_default().extend(strings(i + 3..end));
            }
        }
        names
    }

    /// Whether a flag that begins at a byte is given to somebody: it is a word of a string or command, and neither
    /// compared with nor defined.
    pub fn is_given(&self, byte: usize, length: usize) -> bool {
        let at = self.pieces.partition_point(|piece| piece.range().end <= byte);
        let Some(piece) = self.pieces.get(at) else { return false };
        let before = |n: usize| at.checked_sub(n).map(|k| self.text(k)).unwrap_or_default();
        let compared = before(1) == "=" && matches!(before(2), "=" | "!");
        let defined = before(1) == "(" && before(2).ends_with("add_argument");
        let text = self.bytes.get(piece.range()).unwrap_or_default();
        let flag = self.bytes.get(byte..byte + length);
        let mut words = text.split(u8::is_ascii_whitespace);
        let command = text.len() <= 400 && words.any(|word| Some(word) == flag);
        !compared && !defined && (command || self.dialect == Dialect::Blanks)
    }

    /// Whether a byte lies in code or a string, not in a comment.
    pub fn is_live(&self, byte: usize) -> bool {
        let at = self.pieces.partition_point(|piece| piece.range().end <= byte);
        self.pieces.get(at).is_some_and(|piece| piece.range().start <= byte)
    }
}

/// A CMake variable's name out of its reference.
fn variable(word: &str) -> &str {
    word.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or(word)
}

fn split(bytes: &[u8], dialect: Dialect) -> Vec<Piece> {
    let at = |i: usize| bytes.get(i).copied().unwrap_or(0);
    let is_word = |b: u8| match dialect {
        Dialect::Commas => b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.') || b >= 0x80,
        Dialect::Blanks => !b.is_ascii_whitespace() && !matches!(b, b'(' | b')' | b'"' | b'#' | 0),
    };
    let mut out = Vec::new();
    let mut i = 0;
    while i < bytes.len() {
        let byte = at(i);
        let start = i;
        if byte == b'#' {
            i = memchr::memchr(b'\n', bytes.get(i..).unwrap_or_default()).map_or(bytes.len(), |n| i + n);
        } else if byte == b'"' || (byte == b'\'' && dialect == Dialect::Commas) {
            let triple = at(i + 1) == byte && at(i + 2) == byte && dialect == Dialect::Commas;
            let (from, end) =
                if triple { triple_end(bytes, i, byte) } else { string_end(bytes, i, byte, dialect) };
            i = end;
            let width = if triple { 3 } else { 1 };
            let to = end.saturating_sub(width).max(from);
            out.push(Piece::new(Kind::Text, from..to, out.len()));
        } else if is_word(byte) {
            while i < bytes.len() && is_word(at(i)) {
                i += 1;
            }
            out.push(Piece::new(Kind::Word, start..i, out.len()));
        } else {
            if !byte.is_ascii_whitespace() {
                out.push(Piece::new(Kind::Punct(byte), start..start + 1, out.len()));
            }
            i += 1;
        }
    }
    out
}

/// Begin of the content and end of the literal that opens at `start`; an unclosed one ends with its line, except in
/// CMake, where strings span lines and no apostrophe opens one.
fn string_end(bytes: &[u8], start: usize, quote: u8, dialect: Dialect) -> (usize, usize) {
    let mut i = start + 1;
    while let Some(&byte) = bytes.get(i) {
        match byte {
            b'\\' => i += 2,
            b'\n' if dialect == Dialect::Commas => return (start + 1, i),
            _ if byte == quote => return (start + 1, i + 1),
            _ => i += 1,
        }
    }
    (start + 1, bytes.len())
}

fn triple_end(bytes: &[u8], start: usize, quote: u8) -> (usize, usize) {
    let rest = bytes.get(start + 3..).unwrap_or_default();
    let end = memchr::memmem::find(rest, &[quote; 3]).map_or(bytes.len(), |at| start + 3 + at + 3);
    (start + 3, end)
}

fn pair(pieces: &mut [Piece]) {
    let mut open: Vec<(usize, u8)> = Vec::new();
    for i in 0..pieces.len() {
        let Some(Kind::Punct(byte)) = pieces.get(i).map(|piece| piece.kind) else { continue };
        let wanted = match byte {
            b'(' | b'[' | b'{' => {
                open.push((i, byte));
                continue;
            }
            b')' => b'(',
            b']' => b'[',
            b'}' => b'{',
            _ => continue,
        };
        // A bracket of another kind that was never closed does not keep this one from its partner.
        while let Some((mate, byte)) = open.pop() {
            if byte == wanted {
                if let Some(piece) = pieces.get_mut(mate) {
                    piece.mate = u32::try_from(i).unwrap_or(u32::MAX);
                }
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(text: &str, dialect: Dialect, call: &str) -> Vec<String> {
        let script = Script::new(text.as_bytes(), dialect);
        let (i, _) = script.calls().find(|(_, name)| *name == call).expect("the call is there");
        script.arguments(i).iter().map(|range| script.strings(range).join(" ")).collect()
    }

    #[test]
    fn calls_are_found_with_their_arguments_in_three_languages() {
        let python = "SRC = ['b.c', \"c.c\"]  # d.c\nm = [setuptools.Extension('pkg.a', sources=SRC + ['x.c'], f=g(1, 2))]";
        assert_eq!(arguments(python, Dialect::Commas, "Extension"), ["pkg.a", "b.c c.c x.c", ""]);
        let filtered = "A = [f[:-4] for f in ls(d) if f.endswith('.pyx')]\nExtension('%s' % n, A)";
        assert_eq!(arguments(filtered, Dialect::Commas, "Extension"), ["%s", ""]);
        let meson = "py.extension_module('_x',\n  ['x.c', 'y.c'],\n  install: true)";
        assert_eq!(arguments(meson, Dialect::Commas, "extension_module"), ["_x", "x.c y.c", ""]);
        let cmake = "set(NAME _core)\nnanobind_add_module(${NAME} STABLE_ABI src/a.cpp) # FREE_THREADED";
        assert_eq!(
            arguments(cmake, Dialect::Blanks, "nanobind_add_module"),
            ["_core", "STABLE_ABI", "src/a.cpp"]
        );
    }

    #[test]
    fn comments_are_not_live_and_definitions_are_no_calls() {
        let text = "def f(x): pass # word\nword";
        let script = Script::new(text.as_bytes(), Dialect::Commas);
        assert!(!script.is_live(text.find("word").expect("there")));
        assert!(script.is_live(text.rfind("word").expect("there")));
        assert_eq!(script.calls().count(), 0);
    }

    #[test]
    fn keywords_are_split_off() {
        let text = "f(name='x', y)";
        let script = Script::new(text.as_bytes(), Dialect::Commas);
        let arguments = script.arguments(0);
        let (word, value) = script.keyword(&arguments[0]).expect("it has one");
        assert_eq!((word, script.strings(&value)), ("name", vec!["x"]));
        assert!(script.keyword(&arguments[1]).is_none());
    }

    #[test]
    fn hostile_files_are_read_in_bounded_time() {
        for text in [
            "(".repeat(300_000),
            "f(".repeat(200_000),
            "\"\"\"".repeat(99_999),
            "a = [".repeat(100_000),
            "set(".repeat(99_999),
        ] {
            for dialect in [Dialect::Commas, Dialect::Blanks] {
                let script = Script::new(text.as_bytes(), dialect);
                assert!(script.calls().map(|(i, _)| script.arguments(i).len()).sum::<usize>() < 1_000_000);
            }
        }
    }
}
