//! Functions that a file's own macros make: `DEFINE_GETTER(name)` at file level, where the macro's replacement holds them.
//!
//! In: a file's text, its code (directives blank) and its macros. Out: the code with the replacement of each such macro
//! written where the macro is defined, line for line, as its first use makes it. So every reader sees the functions, at the
//! places where their author can change them. What does not fit into its line is left as it was.

use std::collections::{HashMap, HashSet};

use super::lex::{Kind, NO_MATE, Token, lex_range, op, pair, tokenize};
use super::preprocess::{Macro, blank_comments};
use super::text::Source;

/// Longest replacement that is unfolded, in bytes.
const LONGEST: u32 = 16_384;

/// Longest argument that is put in, in bytes.
const LONGEST_ARGUMENT: usize = 80;

/// Most macros of a file that are unfolded, and the most bytes of their replacements together.
const MACROS: usize = 256;
const BYTES: u32 = 1 << 20;

/// How deep macros that use others are followed.
const DEPTH: usize = 4;

/// Writes into `code`, of the same length as `text`, what macros with a body of a function or a struct make.
pub(super) fn unfold(text: &str, code: &mut String, macros: &[Macro]) {
    // Of several definitions, for several systems perhaps, the first stands for all.
    let mut whole: HashSet<&str> = HashSet::new();
    let mut left: Vec<&Macro> =
        macros.iter().filter(|one| declares(text, one) && whole.insert(&one.name)).take(MACROS).collect();
    if left.is_empty() {
        return;
    }
    left.extend(macros.iter().filter(|one| collects(text, one, &whole)).take(MACROS));
    let mut room = BYTES;
    for _ in 0..DEPTH {
        let uses = first_uses(code, &left);
        if uses.is_empty() {
            return;
        }
        let used: HashSet<&str> = uses.iter().map(|(one, _)| one.name.as_str()).collect();
        left.retain(|one| !used.contains(one.name.as_str()));
        for (one, arguments) in uses {
            let size = one.body.1.saturating_sub(one.body.0);
            let Some(lines) = lines(text, one, &arguments).filter(|_| size <= room) else { continue };
            room -= size;
            for (at, line) in lines {
                // Directives are blank in the code, so that nothing else stands there.
                let range = at..at + line.len();
                if code.get(range.clone()).is_some_and(|before| before.bytes().all(|byte| byte == b' ')) {
                    code.replace_range(range, &line);
                }
            }
        }
    }
}

/// A macro's replacement as tokens, if it has parameters and is short enough to be unfolded.
fn replacement<'t>(text: &'t str, one: &Macro) -> Option<(&'t str, Vec<Token>)> {
    let (from, to) = one.body;
    if one.params.as_ref()?.iter().any(|name| name == "...") || to.saturating_sub(from) > LONGEST {
        return None;
    }
    let body = text.get(from as usize..to as usize).filter(|body| body.is_ascii())?;
    let mut list: Vec<Token> = Vec::new();
    lex_range(body.as_bytes(), 0, body.len(), &mut list);
    Some((body, list))
}

/// Whether a macro's replacement declares something with a body: it begins with a word that no statement begins with, and all
/// of its brackets are closed.
fn declares(text: &str, one: &Macro) -> bool {
    const STATEMENTS: [&str; 9] = ["do", "if", "for", "while", "switch", "return", "case", "else", "goto"];
    let range = one.body.0 as usize..one.body.1 as usize;
    if !text.get(range).is_some_and(|body| body.contains('{')) {
        return false;
    }
    let Some((body, list)) = replacement(text, one) else { return false };
    let mates = pair(&list);
    let is = |at: usize, sign: &[u8]| list.get(at).is_some_and(|token| token.kind == Kind::Op(op(sign)));
    let mut first = list.iter().filter(|token| token.kind != Kind::Op(op(b"\\")));
    let word = first.next().filter(|token| token.kind == Kind::Ident);
    word.and_then(|token| body.get(token.start as usize..token.end as usize))
        .is_some_and(|word| !STATEMENTS.contains(&word))
        && (0..list.len())
            .filter(|at| is(*at, b"{") || is(*at, b"}"))
            .all(|at| mates.get(at).is_some_and(|mate| *mate != NO_MATE))
}

/// Whether a macro's replacement uses others that declare something.
fn collects(text: &str, one: &Macro, whole: &HashSet<&str>) -> bool {
    let Some((body, list)) = replacement(text, one).filter(|(body, _)| !body.contains('{')) else {
        return false;
    };
    list.windows(2).any(|two| {
        let [word, open] = two else { return false };
        open.kind == Kind::Op(op(b"("))
            && body.get(word.start as usize..word.end as usize).is_some_and(|word| whole.contains(word))
    })
}

/// The first use of each macro at file level, with its arguments.
fn first_uses<'m>(code: &str, made: &[&'m Macro]) -> Vec<(&'m Macro, Vec<String>)> {
    let tokens = tokenize(code.as_bytes());
    let source = Source { code, tokens: &tokens };
    // The first of several definitions stays.
    let mut left: HashMap<&str, &Macro> = made.iter().rev().map(|one| (one.name.as_str(), *one)).collect();
    let mut out = Vec::new();
    let mut i = 0;
    while i < tokens.list.len() && !left.is_empty() {
        if source.is(i, op(b"{")) {
            // A namespace, or `extern "C" {`, is entered.
            let back = |n: usize| source.word(i.wrapping_sub(n));
            let inside = back(1) == "namespace" || back(2) == "namespace" || back(2) == "extern";
            i = if inside { i + 1 } else { source.after_group(i) };
            continue;
        }
        if source.is_ident(i)
            && source.is(i + 1, op(b"("))
            && begins(&source, i)
            && !source.is(source.after_group(i + 1), op(b"{"))
            && let Some(one) = left.remove(source.word(i))
        {
            let of = |(from, to): (usize, usize)| {
                let range = source.start(from) as usize..source.end(to.saturating_sub(1)) as usize;
                code.get(range).unwrap_or_default().trim().to_owned()
            };
            let arguments: Vec<String> = source.arguments(i + 1).into_iter().map(of).collect();
            let fits = |text: &String| text.len() <= LONGEST_ARGUMENT && !text.contains('\n');
            if one.params.as_ref().is_some_and(|list| list.len() == arguments.len())
                && arguments.iter().all(fits)
            {
                out.push((one, arguments));
            }
        }
        i = if source.is(i, op(b"(")) { source.after_group(i) } else { i + 1 };
    }
    out
}

/// Whether a declaration may begin at a token.
fn begins(source: &Source<'_>, i: usize) -> bool {
    let Some(before) = i.checked_sub(1) else { return true };
    [b";".as_slice(), b"}", b"{", b")"].iter().any(|sign| source.is(before, op(sign)))
        || matches!(source.word(before), "static" | "inline")
}

/// The lines of a replacement with arguments put in, each with where it begins.
fn lines(text: &str, one: &Macro, arguments: &[String]) -> Option<Vec<(usize, String)>> {
    let from = one.body.0 as usize;
    let mut body = text.get(from..one.body.1 as usize)?.as_bytes().to_vec();
    blank_comments(&mut body);
    let body = String::from_utf8(body).ok()?;
    let params = one.params.as_deref()?;
    let mut out = Vec::new();
    let mut at = from;
    for line in body.split_inclusive('\n') {
        let room = line.trim_end_matches(['\n', '\r']);
        let meant = room.trim_end().trim_end_matches('\\').trim_end();
        let mut made = put(meant, params, arguments)?;
        if made.len() > room.len() {
            let short = made.trim_start();
            made = format!(" {short}");
        }
        if made.len() > room.len() || made.contains(['\n', '\\']) && !meant.contains('\\') {
            return None;
        }
        if !made.trim().is_empty() {
            out.push((at, format!("{made:<width$}", width = room.len())));
        }
        at += line.len();
    }
    Some(out)
}

/// A line with arguments in place of parameters, names put together, and `#x` as a string.
fn put(line: &str, params: &[String], arguments: &[String]) -> Option<String> {
    let mut list: Vec<Token> = Vec::new();
    lex_range(line.as_bytes(), 0, line.len(), &mut list);
    let mut out = String::with_capacity(line.len());
    let mut done = 0;
    let mut i = 0;
    let text = |token: &Token| line.get(token.start as usize..token.end as usize);
    let hash = |i: usize| list.get(i).is_some_and(|token| token.kind == Kind::Op(op(b"#")));
    while let Some(token) = list.get(i) {
        let before = line.get(done..token.start as usize)?;
        let argument = |token: &Token| {
            let word = text(token).filter(|_| token.kind == Kind::Ident)?;
            arguments.get(params.iter().position(|param| param == word)?)
        };
        done = token.end as usize;
        if hash(i) && hash(i + 1) {
            // What begins or ends a line is put together with what stands on another.
            let next = list.get(i + 2).filter(|_| i > 0)?;
            out.truncate(out.trim_end().len());
            out.push_str(argument(next).map_or(text(next)?, String::as_str));
            done = next.end as usize;
            i += 3;
            continue;
        }
        out.push_str(before);
        if hash(i)
            && let Some(next) = list.get(i + 1)
            && let Some(argument) = argument(next)
        {
            out.push('"');
            out.push_str(argument);
            out.push('"');
            done = next.end as usize;
            i += 2;
            continue;
        }
        out.push_str(argument(token).map_or(text(token)?, String::as_str));
        i += 1;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::super::CFile;
    use super::*;

    fn functions(text: &str) -> Vec<(String, u32)> {
        let file = CFile::read("a.c", text.as_bytes());
        let line = |at: usize| file.location(file.source().start(at), file.source().end(at)).line;
        file.items.functions.iter().map(|one| (one.name.clone(), line(one.name_token))).collect()
    }

    #[test]
    fn what_a_macro_makes_stands_where_its_author_wrote_it() {
        let text = "#define GETTER(type, name)            \\\n  static PyObject *                   \\\n  type##_get_##name(type##Object *self) \\\n\
                    {                                   \\\n    return self->name;  /* own */     \\\n  }\nGETTER(Thing, first)\nGETTER(Thing, second)\n\
                    int plain(void) { return 1; }\n";
        assert_eq!(functions(text), [("Thing_get_first".to_owned(), 3), ("plain".to_owned(), 9)]);
        let file = CFile::read("a.c", text.as_bytes());
        assert_eq!(file.code.len(), text.len());
        assert!(
            file.code.contains("Thing_get_first(ThingObject *self)")
                && file.code.contains("return self->first;")
        );
    }

    #[test]
    fn macros_of_macros_and_of_structs_are_followed() {
        let text = "#define STRUCT(name)  \\\n  typedef struct {    \\\n    int value;        \\\n  } name##Object;\n\
                    #define MAKE(name)    \\\n  static int make_##name(name##Object *self) \\\n  { return self->value; }\n\
                    #define ALL(name)     \\\n  STRUCT(name)        \\\n  MAKE(name)\nALL(Thing)\nstatic T x = STRUCT(no);\n";
        assert_eq!(functions(text), [("make_Thing".to_owned(), 6)]);
        let file = CFile::read("a.c", text.as_bytes());
        assert!(file.items.types.iter().any(|kind| kind.names.iter().any(|name| name == "ThingObject")));
    }

    #[test]
    fn macros_of_statements_and_unused_ones_are_left() {
        let text = "#define LOOP(x) for (int i = 0; i < 3; i++) { x; }\n#define NEVER(x) int x(void) { return 1; }\n\
                    #define BEGIN(x) int x(void) {\nint f(void) { LOOP(g()); NEVER(a); return 1; }\n";
        assert_eq!(functions(text), [("f".to_owned(), 4)]);
    }

    #[test]
    fn what_does_not_fit_its_line_is_left() {
        let text =
            "#define M(x) int x(void) { return 1; }\nM(a_name_that_is_longer_than_there_is_any_room)\nM(b)\n";
        assert_eq!(functions(text), []);
        assert_eq!(
            put("a##b #x x", &["x".to_owned()], &["one".to_owned()]).as_deref(),
            Some("ab \"one\" one")
        );
        assert_eq!(put("##b", &[], &[]), None);
    }
}
