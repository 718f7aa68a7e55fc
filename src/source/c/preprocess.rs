//! Blanks what no free-threaded build compiles, and reads macros, without moving a byte.
//!
//! In: a file's bytes. Out: text of the same length in which comments, directives and dead branches are
//! spaces (newlines stay), the macros defined on live lines, and the conditions with their extent. Where a
//! condition depends on the build both sides are kept, unless that would unbalance the brackets; then only
//! the first side is, since a false tree costs more than an unread branch. Nothing here recurses.

use super::condition::{Definition, Definitions, Range, evaluate};
use super::lex::{Kind, Token, lex_range, literal_end, op, raw_end};
use crate::model::Minors;

/// One `#define` that some free-threaded build may compile.
#[derive(Debug, Clone)]
pub struct Macro {
    /// Its name.
    pub name: String,
    /// Parameter names for a function-like macro.
    pub params: Option<Vec<String>>,
    /// Byte range of the replacement in the file.
    pub body: (u32, u32),
    /// Byte at which the directive begins.
    pub at: u32,
}

/// A stretch of text under one condition.
#[derive(Debug, Clone)]
pub struct Guarded {
    /// First byte after the directive.
    pub start: u32,
    /// First byte of the directive that ends it.
    pub end: u32,
    /// The condition as written, with `else` for the last branch.
    pub condition: String,
    /// The Pythons whose free-threaded builds may compile it, as far as this condition and those of the branches before
    /// it decide.
    pub minors: Minors,
    /// Which branches belong to one `#if`: they have the same number.
    pub group: u32,
    /// It asks for a name that this file itself defines, or may.
    pub own: bool,
}

/// A condition as long as this was cut, in bytes.
pub const LONGEST_CONDITION: usize = 280;

/// A file after preprocessing.
#[derive(Debug, Default)]
pub struct Preprocessed {
    /// Same length as the file; see the module's text.
    pub code: Vec<u8>,
    /// Live macros in order.
    pub macros: Vec<Macro>,
    /// Live conditional stretches, inner after outer.
    pub guarded: Vec<Guarded>,
    /// Names that live lines undefine.
    pub undefined: Vec<String>,
    /// Names of headers included on live lines.
    pub includes: Vec<String>,
    /// Whether a group was left unread because both its sides would not fit together.
    pub dropped: bool,
}

struct Group {
    /// Whether the text around the group is live.
    outer: bool,
    /// Some branch before this one was certainly taken.
    taken: bool,
    /// This branch is (possibly) compiled.
    live: bool,
    /// Whether what is defined here is certainly defined.
    certain: bool,
    outer_certain: bool,
    /// Live branches so far: extent in the text and change of bracket depth.
    branches: Vec<(usize, usize, i64, i64)>,
    start: usize,
    depth: (i64, i64),
    guard: Option<usize>,
    number: u32,
    /// The Pythons that took none of the branches so far.
    minors: Minors,
}

/// The Pythons on which a condition may be true, and those on which it is.
#[derive(Debug, Clone, Copy)]
struct ByVersion {
    may: Minors,
    must: Minors,
}

impl From<Option<bool>> for ByVersion {
    /// An answer that is the same for all.
    fn from(truth: Option<bool>) -> Self {
        let none = Minors::ALL.without(Minors::ALL);
        let all = |yes: bool| if yes { Minors::ALL } else { none };
        Self { may: all(truth != Some(false)), must: all(truth == Some(true)) }
    }
}

/// The deepest nesting of conditions followed; deeper ones are kept as they are.
const MAX_GROUPS: usize = 256;

/// Preprocesses a file with the given names known.
pub fn preprocess(bytes: &[u8], known: &Definitions) -> Preprocessed {
    let mut run = Run {
        bytes,
        known: known.clone(),
        given: known,
        number: 0,
        out: Preprocessed { code: vec![b' '; bytes.len()], ..Preprocessed::default() },
        groups: Vec::new(),
        ignored: 0,
        depth: (0, 0),
    };
    run.scan();
    run.out
}

struct Run<'a> {
    bytes: &'a [u8],
    known: Definitions,
    given: &'a Definitions,
    /// Groups met so far.
    number: u32,
    out: Preprocessed,
    groups: Vec<Group>,
    /// Groups opened beyond [`MAX_GROUPS`].
    ignored: usize,
    /// Round and curly brackets open.
    depth: (i64, i64),
}

impl Run<'_> {
    fn at(&self, i: usize) -> u8 {
        self.bytes.get(i).copied().unwrap_or(0)
    }

    fn live(&self) -> bool {
        self.groups.last().is_none_or(|group| group.live)
    }

    fn copy(&mut self, from: usize, to: usize) {
        if let (Some(to_), Some(from_)) = (self.out.code.get_mut(from..to), self.bytes.get(from..to)) {
            to_.copy_from_slice(from_);
        }
    }

    fn newlines(&mut self, from: usize, to: usize) {
        let Some(slice) = self.bytes.get(from..to) else { return };
        for i in memchr::memchr_iter(b'\n', slice) {
            if let Some(byte) = self.out.code.get_mut(from + i) {
                *byte = b'\n';
            }
        }
    }

    fn scan(&mut self) {
        let len = self.bytes.len();
        let mut i = 0;
        let mut fresh_line = true;
        while i < len {
            match self.at(i) {
                b'\n' => {
                    self.newlines(i, i + 1);
                    fresh_line = true;
                    i += 1;
                }
                b' ' | b'\t' | b'\r' | 0x0c => i += 1,
                b'#' if fresh_line => {
                    let end = logical_line_end(self.bytes, i);
                    self.directive(i, end);
                    self.newlines(i, end);
                    i = end;
                }
                b'/' if matches!(self.at(i + 1), b'/' | b'*') => {
                    let end = comment_end(self.bytes, i);
                    self.newlines(i, end);
                    i = end;
                }
                quote @ (b'"' | b'\'') => {
                    // An apostrophe between digits separates them (C++14) and opens nothing.
                    let digit = i > 0 && self.at(i - 1).is_ascii_hexdigit() && quote == b'\'';
                    let digit = digit && self.at(i + 1).is_ascii_hexdigit() && self.at(i + 2) != b'\'';
                    let end = if digit {
                        i + 1
                    } else if quote == b'"' && i > 0 && self.at(i - 1) == b'R' {
                        raw_end(self.bytes, i, len)
                    } else {
                        literal_end(self.bytes, i, len, quote)
                    };
                    if self.live() {
                        self.copy(i, end);
                    } else {
                        self.newlines(i, end);
                    }
                    fresh_line = false;
                    i = end.max(i + 1);
                }
                byte => {
                    fresh_line = false;
                    if self.live() {
                        match byte {
                            b'(' => self.depth.0 += 1,
                            b')' => self.depth.0 -= 1,
                            b'{' => self.depth.1 += 1,
                            b'}' => self.depth.1 -= 1,
                            _ => {}
                        }
                        if let Some(slot) = self.out.code.get_mut(i) {
                            *slot = byte;
                        }
                    }
                    i += 1;
                }
            }
        }
        while !self.groups.is_empty() {
            self.end_branch(len);
            self.close_group();
        }
    }

    fn directive(&mut self, start: usize, end: usize) {
        let mut clean = self.bytes.get(start..end).unwrap_or_default().to_vec();
        blank_comments(&mut clean);
        let mut tokens: Vec<Token> = Vec::new();
        lex_range(&clean, 1, clean.len(), &mut tokens);
        let Some(first) = tokens.first().copied() else { return };
        let name = clean.get(first.start as usize..first.end as usize).unwrap_or_default().to_vec();
        let rest = tokens.get(1..).unwrap_or_default();
        let written = || {
            let text = clean.get(first.end as usize..).unwrap_or_default();
            let text: Vec<u8> = text.iter().filter(|&&b| b != b'\\').copied().take(300).collect();
            String::from_utf8_lossy(&text).split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let word = |i: usize| {
            rest.get(i)
                .filter(|t| t.kind == Kind::Ident)
                .and_then(|t| clean.get(t.start as usize..t.end as usize))
        };
        let own = rest.iter().filter(|t| t.kind == Kind::Ident).any(|t| {
            let name = clean.get(t.start as usize..t.end as usize).unwrap_or_default();
            self.known.get(name) != self.given.get(name)
        });
        match name.as_slice() {
            b"if" | b"ifdef" | b"ifndef" => {
                if self.groups.len() >= MAX_GROUPS {
                    self.ignored += 1;
                    return;
                }
                let truth = match (name.as_slice(), word(0)) {
                    (b"if", _) => evaluate(&clean, rest, &self.known).truth(),
                    (_, Some(macro_name)) => {
                        let defined = match self.known.get(macro_name) {
                            Some(Definition::As(_)) => Some(true),
                            Some(Definition::Not) => Some(false),
                            _ => None,
                        };
                        if name == b"ifdef" { defined } else { defined.map(|d| !d) }
                    }
                    _ => None,
                };
                let minors = match (name.as_slice(), truth) {
                    (b"if", None) => self.minors(&clean, rest),
                    _ => truth.into(),
                };
                let outer = self.live();
                let outer_certain = self.groups.last().is_none_or(|group| group.certain);
                // A file's own guard is no condition on the build.
                let guard_like = name == b"ifndef" && self.groups.is_empty() && truth.is_none();
                self.number = self.number.saturating_add(1);
                self.groups.push(Group {
                    outer,
                    number: self.number,
                    taken: truth == Some(true),
                    live: outer && truth != Some(false),
                    certain: outer_certain && (truth == Some(true) || guard_like),
                    outer_certain,
                    branches: Vec::new(),
                    start: end,
                    depth: self.depth,
                    guard: None,
                    minors: Minors::ALL,
                });
                let text = match name.as_slice() {
                    b"ifdef" => format!("defined({})", written()),
                    b"ifndef" => format!("!defined({})", written()),
                    _ => written(),
                };
                self.open_guard((text, own), end, minors);
            }
            b"elif" | b"else" | b"elifdef" | b"elifndef" if self.ignored == 0 => {
                self.end_branch(start);
                let truth = match name.as_slice() {
                    b"else" => Some(true),
                    b"elif" => evaluate(&clean, rest, &self.known).truth(),
                    _ => None,
                };
                let minors = match (name.as_slice(), truth) {
                    (b"elif", None) => self.minors(&clean, rest),
                    _ => truth.into(),
                };
                let depth = self.depth;
                let Some(group) = self.groups.last_mut() else { return };
                let possible = !group.taken && truth != Some(false);
                group.live = group.outer && possible;
                group.certain =
                    group.outer_certain && possible && group.branches.is_empty() && truth.is_some();
                group.taken |= truth == Some(true);
                group.start = end;
                group.depth = depth;
                let text = if name == b"else" { "else".to_owned() } else { written() };
                self.open_guard((text, own && name != b"else"), end, minors);
            }
            b"endif" => {
                if self.ignored > 0 {
                    self.ignored -= 1;
                } else if !self.groups.is_empty() {
                    self.end_branch(start);
                    self.close_group();
                }
            }
            b"define" if self.live() => self.define(&clean, rest, start, end),
            b"undef" if self.live() => {
                if let Some(name) = word(0) {
                    self.out.undefined.push(String::from_utf8_lossy(name).into_owned());
                    let certain = self.groups.last().is_none_or(|group| group.certain);
                    self.known.set(name, if certain { Definition::Not } else { Definition::Maybe });
                }
            }
            b"include" if self.live() => {
                let text = String::from_utf8_lossy(clean.get(first.end as usize..).unwrap_or_default());
                let text = text.trim().trim_matches(['"', '<', '>']).trim();
                if text.len() <= 300 {
                    self.out.includes.push(text.to_owned());
                }
            }
            _ => {}
        }
    }

    /// What a condition comes to on each Python, where it asks for the version and so differs between them.
    fn minors(&mut self, clean: &[u8], rest: &[Token]) -> ByVersion {
        const NAMES: [&[u8]; 2] = [b"PY_VERSION_HEX", b"PY_MINOR_VERSION"];
        let mentions = |name: &[u8]| memchr::memmem::find(clean, name).is_some();
        if !NAMES.into_iter().any(mentions) {
            return None.into();
        }
        let saved = NAMES.map(|name| self.known.get(name));
        let mut answers = [None; (Minors::LAST - Minors::FIRST + 1) as usize];
        for (minor, answer) in (Minors::FIRST..=Minors::LAST).zip(&mut answers) {
            // Releases of a version have its number and a last byte that is no zero; pre-releases begin at a0.
            let (lo, last) = (i64::from(minor), minor == Minors::LAST);
            let hex = Range {
                lo: 0x0300_0000 | lo << 16 | 0xf0,
                hi: if last { 0x03ff_ffff } else { 0x0300_ffff | lo << 16 },
            };
            self.known.set(b"PY_VERSION_HEX", Definition::As(hex));
            self.known
                .set(b"PY_MINOR_VERSION", Definition::As(Range { lo, hi: if last { 255 } else { lo } }));
            *answer = evaluate(clean, rest, &self.known).truth();
        }
        for (name, definition) in NAMES.into_iter().zip(saved) {
            if let Some(definition) = definition {
                self.known.set(name, definition);
            }
        }
        let of = |minor: u8| answers.get(usize::from(minor - Minors::FIRST)).copied().flatten();
        ByVersion {
            may: Minors::those(|minor| of(minor) != Some(false)),
            must: Minors::those(|minor| of(minor) == Some(true)),
        }
    }

    fn open_guard(&mut self, (condition, own): (String, bool), start: usize, by_version: ByVersion) {
        let Some(group) = self.groups.last_mut() else { return };
        let minors = group.minors.and(by_version.may);
        group.minors = group.minors.without(by_version.must);
        if group.live {
            group.guard = Some(self.out.guarded.len());
            let (start, group) = (start as u32, group.number);
            self.out.guarded.push(Guarded { start, end: start, condition, minors, group, own });
        } else {
            group.guard = None;
        }
    }

    fn end_branch(&mut self, at: usize) {
        let depth = self.depth;
        let Some(group) = self.groups.last_mut() else { return };
        if group.live {
            let change = (depth.0 - group.depth.0, depth.1 - group.depth.1);
            group.branches.push((group.start, at, change.0, change.1));
        }
        if let Some(guarded) = group.guard.and_then(|i| self.out.guarded.get_mut(i)) {
            guarded.end = at as u32;
        }
    }

    /// Ends a group; where several live sides change the bracket depth, only the first is kept.
    fn close_group(&mut self) {
        let Some(group) = self.groups.pop() else { return };
        let balanced = group.branches.iter().all(|b| b.2 == 0 && b.3 == 0);
        if balanced || group.branches.len() < 2 {
            return;
        }
        self.out.dropped = true;
        for &(from, to, round, curly) in group.branches.iter().skip(1) {
            self.depth.0 -= round;
            self.depth.1 -= curly;
            if let Some(slice) = self.out.code.get_mut(from..to) {
                for byte in slice.iter_mut().filter(|byte| **byte != b'\n') {
                    *byte = b' ';
                }
            }
        }
    }

    fn define(&mut self, clean: &[u8], rest: &[Token], start: usize, end: usize) {
        let Some(name) = rest.first().filter(|t| t.kind == Kind::Ident) else { return };
        let text = |t: &Token| clean.get(t.start as usize..t.end as usize).unwrap_or_default();
        let name_end = name.end as usize;
        let mut body = name_end;
        let mut params = None;
        let mut body_tokens = rest.get(1..).unwrap_or_default();
        if clean.get(name_end) == Some(&b'(') {
            let close = rest.iter().position(|t| t.kind == Kind::Op(op(b")"))).unwrap_or(rest.len());
            let names = rest.get(1..close).unwrap_or_default().iter();
            let names = names.filter(|t| t.kind == Kind::Ident);
            let names: Vec<String> = names.map(|t| String::from_utf8_lossy(text(t)).into_owned()).collect();
            params = Some(names);
            body = rest.get(close).map_or(clean.len(), |t| t.end as usize);
            body_tokens = rest.get(close + 1..).unwrap_or_default();
        }
        let certain = self.groups.last().is_none_or(|group| group.certain);
        if params.is_none() {
            let value =
                if body_tokens.is_empty() { Range::ANY } else { evaluate(clean, body_tokens, &self.known) };
            let known = self.known.get(text(name));
            let definition = match known {
                _ if certain => Definition::As(value),
                // The build's own name defined as a fall-back: whatever was known stays true.
                Some(definition @ (Definition::As(_) | Definition::Not)) => definition,
                _ => Definition::Maybe,
            };
            self.known.set(text(name), definition);
        } else if let Some(params) = &params {
            self.known.set_function(text(name), params, clean, body_tokens);
        }
        self.out.macros.push(Macro {
            name: String::from_utf8_lossy(text(name)).into_owned(),
            params,
            body: ((start + body) as u32, end as u32),
            at: start as u32,
        });
    }
}

/// The end of a directive: its newline (not included), over continued lines and block comments.
fn logical_line_end(bytes: &[u8], start: usize) -> usize {
    let mut i = start;
    while let Some(&byte) = bytes.get(i) {
        match byte {
            b'\n' => {
                let before = bytes.get(i.saturating_sub(2)..i).unwrap_or_default();
                if !(before.ends_with(b"\\") || before == b"\\\r") {
                    return i;
                }
                i += 1;
            }
            b'/' if bytes.get(i + 1) == Some(&b'*') => i = comment_end(bytes, i),
            b'/' if bytes.get(i + 1) == Some(&b'/') => i = comment_end(bytes, i),
            b'"' => i = literal_end(bytes, i, bytes.len(), b'"').max(i + 1),
            _ => i += 1,
        }
    }
    bytes.len()
}

/// The end of the comment that opens at `start`: after `*/`, or at the newline of a `//` comment.
fn comment_end(bytes: &[u8], start: usize) -> usize {
    let from = start + 2;
    let rest = bytes.get(from..).unwrap_or_default();
    if bytes.get(start + 1) == Some(&b'*') {
        return memchr::memmem::find(rest, b"*/").map_or(bytes.len(), |found| from + found + 2);
    }
    let mut at = from;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(found) = memchr::memchr(b'\n', rest) else { return bytes.len() };
        let newline = at + found;
        let before = bytes.get(newline.saturating_sub(2)..newline).unwrap_or_default();
        if newline == from || !(before.ends_with(b"\\") || before == b"\\\r") {
            return newline;
        }
        at = newline + 1;
    }
}

/// Blanks comments.
pub(super) fn blank_comments(text: &mut [u8]) {
    let mut i = 0;
    while let Some(&byte) = text.get(i) {
        match byte {
            b'/' if matches!(text.get(i + 1), Some(b'/' | b'*')) => {
                let end = comment_end(text, i);
                if let Some(slice) = text.get_mut(i..end) {
                    slice.iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
                }
                i = end;
            }
            b'"' => i = literal_end(text, i, text.len(), b'"').max(i + 1),
            _ => i += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Definitions {
        Definitions::parse(include_str!("../../../rules/facts/preprocessor.toml")).expect("the table is ours")
    }

    fn code(text: &str) -> String {
        let out = preprocess(text.as_bytes(), &known());
        assert_eq!(out.code.len(), text.len());
        String::from_utf8(out.code).expect("ascii").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// A shim for an old Python is no hazard on any interpreter without the GIL.
    #[test]
    fn branches_no_free_threaded_build_compiles_are_blanked() {
        assert_eq!(code("#if PY_VERSION_HEX < 0x030d0000\nold\n#else\nnew\n#endif\n"), "new");
        assert_eq!(code("#ifdef Py_GIL_DISABLED\nft\n#elif defined(X)\nb\n#else\nc\n#endif"), "ft");
        assert_eq!(code("#ifdef PYPY_VERSION\na\n#endif\n#ifndef PYPY_VERSION\nb\n#endif"), "b");
        assert_eq!(code("#if 0\n#if 1\na\n#endif\nb\n#endif\nc"), "c");
    }

    #[test]
    fn a_files_own_definitions_are_followed() {
        let text = "#ifdef Py_GIL_DISABLED\n#define LOCKED 1\n#else\n#define LOCKED 0\n#endif\n\
                    #if LOCKED\nyes\n#else\nno\n#endif";
        assert_eq!(code(text), "yes");
    }

    #[test]
    fn both_sides_of_an_open_question_are_kept_if_they_fit_together() {
        assert_eq!(code("#ifdef _WIN32\na();\n#else\nb();\n#endif"), "a(); b();");
        assert_eq!(code("#ifdef _WIN32\nif (a) {\n#else\nif (b) {\n#endif\n}"), "if (a) { }");
    }

    #[test]
    fn a_branch_knows_the_pythons_that_may_compile_it() {
        let text = "#if PY_VERSION_HEX >= 0x030e0000 && defined(X)\na\n#elif PY_VERSION_HEX >= 0x030e0000\nb\n#else\nc\n#endif\n\
                    #if PY_MINOR_VERSION == 14\nd\n#else\ne\n#endif\n#if X\nf\n#endif";
        let out = preprocess(text.as_bytes(), &known());
        let told: Vec<String> = out.guarded.iter().map(|one| one.minors.to_string()).collect();
        assert_eq!(
            told,
            ["3.14 and later", "3.14 and later", "3.13", "3.14", "3.13 and 3.15 and later", "all versions"]
        );
        assert_eq!(
            code("#if PY_VERSION_HEX >= 0x030e0000\na\n#endif\n#if PY_VERSION_HEX < 0x030d0000\nb\n#endif"),
            "a"
        );
    }

    #[test]
    fn comments_and_strings_do_not_fool_it() {
        assert_eq!(code("a /* #if 0\n */ \"/*\" // \\\n#if 0\nb"), "a \"/*\" b");
        assert_eq!(code("x 1'000'000 'a' y"), "x 1'000'000 'a' y");
    }

    #[test]
    fn macros_keep_their_bodies_in_place() {
        let text = "#define F(a, b) \\\n  g(a) /* c */\n#define N 4\n";
        let out = preprocess(text.as_bytes(), &known());
        let body = |m: &Macro| text[m.body.0 as usize..m.body.1 as usize].trim().to_owned();
        assert_eq!(out.macros[0].params.as_deref(), Some(&["a".to_owned(), "b".to_owned()][..]));
        assert!(body(&out.macros[0]).contains("g(a)"));
        assert_eq!((out.macros[1].name.as_str(), body(&out.macros[1]).as_str()), ("N", "4"));
    }

    #[test]
    fn unterminated_and_deep_input_is_bounded() {
        let deep = "#if X\n".repeat(50_000);
        assert_eq!(preprocess(deep.as_bytes(), &known()).code.len(), deep.len());
        for text in ["/*", "\"", "#define F(", "#if", "#", "R\"(", "'", "#endif\n#else\n", "//\\\n"] {
            assert_eq!(preprocess(text.as_bytes(), &known()).code.len(), text.len());
        }
    }
}
