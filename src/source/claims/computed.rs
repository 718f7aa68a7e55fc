//! Follows names of modules that a build file computes from constants: f-strings, `%`, `format`, `+`, paths that are
//! joined, in loops and comprehensions over lists that are written out.
//!
//! In: a [`Script`] of Python and the call that makes a module. Out: one environment per turn of the loops around the call,
//! and strings out of expressions in them. What is not understood gives nothing: a name half read would be another module's.

use std::ops::Range;

use super::script::{Kind, Script};

/// What loop variables stand for in one turn.
pub(super) type Turn<'a> = Vec<(&'a str, String)>;

/// How many turns of the loops around one call are followed.
const TURNS: usize = 512;

/// How many pieces before a call its loops are looked for.
const BEFORE: usize = 4096;

/// Longest string that is made.
const LONGEST: usize = 500;

/// How deep expressions are followed into each other.
const DEPTH: u32 = 8;

/// The turns of the innermost loop or comprehension that the call at `i` stands in, if its list is written out.
pub(super) fn turns<'a>(script: &Script<'a>, i: usize) -> Option<Vec<Turn<'a>>> {
    let at = comprehension(script, i).or_else(|| statement(script, i))?;
    // `for a, b in …`
    let mut names = Vec::new();
    let mut k = at + 1;
    while script.text(k) != "in" {
        if k > at + 16 {
            return None;
        }
        if script.kind(k) == Some(Kind::Word) {
            names.push(script.text(k));
        }
        k += 1;
    }
    let rows = rows(script, k + 1)?;
    let turns = rows.into_iter().take(TURNS).map(|row| names.iter().copied().zip(row).collect()).collect();
    Some(turns)
}

/// The `for` that follows the call in its brackets.
fn comprehension(script: &Script<'_>, i: usize) -> Option<usize> {
    let close = script.mate(i + 1)?;
    (script.text(close + 1) == "for").then_some(close + 1)
}

/// The `for` of a statement whose block the call stands in.
fn statement(script: &Script<'_>, i: usize) -> Option<usize> {
    let mut indent = script.column(i, true)?;
    for k in (i.saturating_sub(BEFORE)..i).rev() {
        let Some(here) = script.column(k, false) else { continue };
        if here < indent {
            if script.text(k) == "for" {
                return Some(k);
            }
            indent = here;
        }
    }
    None
}

/// The elements of a list that is written out, or of a name that stands for one: a string each, or several in brackets.
fn rows(script: &Script<'_>, at: usize) -> Option<Vec<Vec<String>>> {
    if script.kind(at) == Some(Kind::Word) {
        if script.is(at + 1, b'(') {
            return None;
        }
        let strings = script.named(script.text(at))?;
        return Some(strings.iter().map(|text| vec![(*text).to_owned()]).collect());
    }
    if !script.is(at, b'[') && !script.is(at, b'(') {
        return None;
    }
    let close = script.mate(at)?;
    let mut out = Vec::new();
    let mut k = at + 1;
    while k < close && out.len() < TURNS {
        if script.is(k, b'(') || script.is(k, b'[') {
            let end = script.mate(k)?;
            let inner = (k + 1..end).filter(|&n| script.kind(n) == Some(Kind::Text));
            out.push(inner.map(|n| script.text(n).to_owned()).collect());
            k = end + 1;
        } else {
            match script.kind(k) {
                Some(Kind::Text) => out.push(vec![script.text(k).to_owned()]),
                Some(Kind::Punct(b',')) => {}
                _ => return None,
            }
            k += 1;
        }
    }
    Some(out)
}

/// The one string that an expression comes to.
pub(super) fn string(script: &Script<'_>, range: Range<usize>, turn: &Turn<'_>) -> Option<String> {
    let text = evaluate(script, range, turn, DEPTH)?;
    (text.len() <= LONGEST).then_some(text)
}

fn evaluate(script: &Script<'_>, range: Range<usize>, turn: &Turn<'_>, depth: u32) -> Option<String> {
    if depth == 0 || range.is_empty() || range.len() > 256 {
        return None;
    }
    let mut out = String::new();
    let mut k = range.start;
    let mut joined = true;
    while k < range.end {
        // A term, then what joins it to the next.
        if script.is(k, b'+') || script.is(k, b'/') {
            if script.is(k, b'/') {
                out.push('/');
            }
            joined = true;
            k += 1;
            continue;
        }
        let is_text = script.kind(k) == Some(Kind::Text);
        if !joined && !is_text {
            return None;
        }
        let (text, next) = term(script, k, range.end, turn, depth)?;
        let (text, next) = chained(script, text, next, range.end, turn, depth)?;
        out.push_str(&text);
        joined = false;
        k = next;
        if out.len() > LONGEST {
            return None;
        }
    }
    Some(out)
}

/// One term at `k`, and where it ends.
fn term(script: &Script<'_>, k: usize, end: usize, turn: &Turn<'_>, depth: u32) -> Option<(String, usize)> {
    let word = script.text(k);
    match script.kind(k)? {
        Kind::Text => after_text(script, word.to_owned(), k + 1, end, turn, depth),
        Kind::Word if matches!(word, "f" | "F") && script.kind(k + 1) == Some(Kind::Text) => {
            let text = formatted(script, script.text(k + 1), turn)?;
            Some((text, k + 2))
        }
        Kind::Word if matches!(word, "r" | "R" | "u") && script.kind(k + 1) == Some(Kind::Text) => {
            after_text(script, script.text(k + 1).to_owned(), k + 2, end, turn, depth)
        }
        Kind::Word if script.is(k + 1, b'(') => {
            let close = script.mate(k + 1).filter(|&close| close < end)?;
            let arguments = script.arguments(k);
            let value = |range: &Range<usize>| evaluate(script, range.clone(), turn, depth - 1);
            let last = word.rsplit('.').next().unwrap_or_default();
            let text = match (last, arguments.as_slice()) {
                ("str" | "Path" | "PurePath" | "fspath" | "normpath", [one]) => value(one)?,
                ("join" | "Path", parts)
                    if last == "Path" || word.ends_with("path.join") || word == "join" =>
                {
                    let parts: Option<Vec<String>> = parts.iter().map(value).collect();
                    parts?.join("/")
                }
                ("basename", [one]) => value(one)?.rsplit('/').next()?.to_owned(),
                ("splitext", [one]) => {
                    // `splitext(path)[0]`
                    let first = script.is(close + 1, b'[') && script.text(close + 2) == "0";
                    let last =
                        script.mate(close + 1).filter(|&one| first && one == close + 3 && one < end)?;
                    let path = value(one)?;
                    return Some((
                        path.rsplit_once('.').map_or(path.as_str(), |(stem, _)| stem).to_owned(),
                        last + 1,
                    ));
                }
                (method, parts) => {
                    let (base, _) = word.rsplit_once('.')?;
                    let values: Option<Vec<String>> = parts.iter().map(value).collect();
                    changed(&variable(script, base, turn)?, method, &values?)?
                }
            };
            Some((text, close + 1))
        }
        Kind::Word => Some((variable(script, word, turn)?, k + 1)),
        Kind::Punct(b'(') => {
            let close = script.mate(k).filter(|&close| close < end)?;
            Some((evaluate(script, k + 1..close, turn, depth - 1)?, close + 1))
        }
        Kind::Punct(_) => None,
    }
}

/// What the methods and slices that follow a term make of it: `.removesuffix('.py').replace('/', '.')`, `[:-3]`.
fn chained(
    script: &Script<'_>,
    mut text: String,
    mut at: usize,
    end: usize,
    turn: &Turn<'_>,
    depth: u32,
) -> Option<(String, usize)> {
    while at < end {
        if let Some(method) = script.text(at).strip_prefix('.').filter(|_| script.is(at + 1, b'(')) {
            let close = script.mate(at + 1).filter(|&close| close < end)?;
            let parts = script.arguments(at);
            let values: Option<Vec<String>> =
                parts.iter().map(|part| evaluate(script, part.clone(), turn, depth - 1)).collect();
            text = changed(&text, method, &values?)?;
            at = close + 1;
        } else if script.is(at, b'[') {
            let close = script.mate(at).filter(|&close| close < end)?;
            text = sliced(script, &text, at + 1..close)?;
            at = close + 1;
        } else {
            break;
        }
    }
    Some((text, at))
}

/// What a method of a string makes of it.
fn changed(text: &str, method: &str, values: &[String]) -> Option<String> {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    Some(match (method, values.as_slice()) {
        ("replace", [from, to]) => text.replace(from, to),
        ("removeprefix", [one]) => text.strip_prefix(one).unwrap_or(text).to_owned(),
        ("removesuffix", [one]) => text.strip_suffix(one).unwrap_or(text).to_owned(),
        ("strip", []) => text.trim().to_owned(),
        ("lower", []) => text.to_lowercase(),
        ("as_posix" | "__str__", []) => text.to_owned(),
        _ => return None,
    })
}

/// `text[2:]`, `text[:-3]`
fn sliced(script: &Script<'_>, text: &str, range: Range<usize>) -> Option<String> {
    let number = |at: usize| script.text(at).parse::<usize>().ok();
    let pieces = range.len();
    let (from, to) = match () {
        () if pieces == 2 && script.is(range.start + 1, b':') => (number(range.start)?, text.len()),
        () if pieces == 3 && script.is(range.start, b':') && script.is(range.start + 1, b'-') => {
            (0, text.len().checked_sub(number(range.start + 2)?)?)
        }
        () => return None,
    };
    text.get(from..to).map(str::to_owned)
}

/// What a method or `%` behind a literal makes of it.
fn after_text(
    script: &Script<'_>,
    text: String,
    at: usize,
    end: usize,
    turn: &Turn<'_>,
    depth: u32,
) -> Option<(String, usize)> {
    if at >= end {
        return Some((text, at));
    }
    if script.is(at, b'%') {
        let bracket = script.is(at + 1, b'(');
        let close = if bracket { script.mate(at + 1)? } else { at + 1 };
        let values: Option<Vec<String>> = if bracket {
            let parts = script.arguments(at);
            parts.iter().map(|part| evaluate(script, part.clone(), turn, depth - 1)).collect()
        } else {
            Some(vec![evaluate(script, at + 1..at + 2, turn, depth - 1)?])
        };
        return Some((filled(&text, "%s", values?)?, close + 1));
    }
    if script.text(at) == ".format" && script.is(at + 1, b'(') {
        let close = script.mate(at + 1).filter(|&close| close < end)?;
        let parts = script.arguments(at);
        let values: Option<Vec<String>> =
            parts.iter().map(|part| evaluate(script, part.clone(), turn, depth - 1)).collect();
        return Some((filled(&text, "{}", values?)?, close + 1));
    }
    Some((text, at))
}

/// A text with each place filled by the value of its turn; nothing if there are more places than values or fewer.
fn filled(text: &str, place: &str, values: Vec<String>) -> Option<String> {
    let parts: Vec<&str> = text.split(place).collect();
    if parts.len() != values.len() + 1 {
        return None;
    }
    let mut out = String::new();
    for (at, part) in parts.iter().enumerate() {
        out.push_str(part);
        if let Some(value) = values.get(at) {
            out.push_str(value);
        }
    }
    (!out.contains('%') && !out.contains('{')).then_some(out)
}

/// What `f"…"` comes to: names, and names with one text replaced by another.
fn formatted(script: &Script<'_>, text: &str, turn: &Turn<'_>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (inner, after) = after.split_once('}')?;
        out.push_str(before);
        let value = match inner.split_once(".replace(") {
            Some((name, arguments)) => {
                let mut quoted = arguments.split(['\'', '"']);
                let (from, to) = (quoted.nth(1)?, quoted.nth(1)?);
                variable(script, name.trim(), turn)?.replace(from, to)
            }
            None => variable(script, inner.trim(), turn)?,
        };
        out.push_str(&value);
        rest = after;
        if out.len() > LONGEST {
            return None;
        }
    }
    out.push_str(rest);
    Some(out)
}

/// What a name stands for: a loop's variable, or the only string that assignments give it.
fn variable(script: &Script<'_>, name: &str, turn: &Turn<'_>) -> Option<String> {
    if let Some((_, value)) = turn.iter().find(|(one, _)| *one == name) {
        return Some(value.clone());
    }
    match script.named(name)? {
        [one] => Some((*one).to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::script::Dialect;
    use super::*;

    fn names(text: &str) -> Option<Vec<Option<String>>> {
        let script = Script::new(text.as_bytes(), Dialect::Commas);
        let (i, _) = script.calls().find(|(_, name)| *name == "Extension").expect("the call is there");
        let first = script.arguments(i).first().cloned()?;
        let turns = turns(&script, i).unwrap_or_else(|| vec![Vec::new()]);
        Some(turns.iter().map(|turn| string(&script, first.clone(), turn)).collect())
    }

    fn all(text: &str) -> Vec<String> {
        names(text).unwrap_or_default().into_iter().map(Option::unwrap_or_default).collect()
    }

    #[test]
    fn names_are_followed_through_loops_over_lists_that_are_written_out() {
        let list = "PRE = 'p.'\nM = ('a._x', 'b._y')\n";
        assert_eq!(
            all(&format!("{list}e = [Extension(f'{{PRE}}{{m}}', [m]) for m in M]")),
            ["p.a._x", "p.b._y"]
        );
        assert_eq!(
            all(&format!("{list}for m in M:\n    e.append(Extension(PRE + m, []))")),
            ["p.a._x", "p.b._y"]
        );
        assert_eq!(all("for m in ['x', 'y']:\n  if 1:\n    Extension('p.%s' % m, [])"), ["p.x", "p.y"]);
        assert_eq!(
            all("[Extension('{}.{}'.format('p', n), s) for n, s in [('x', 'x.c'), ('y', 'y.c')]]"),
            ["p.x", "p.y"]
        );
        assert_eq!(all("Extension('p' '._x', [])"), ["p._x"]);
        assert_eq!(all("M = ['a.b']\n[Extension(m.replace('.', '/'), []) for m in M]"), ["a/b"]);
        assert_eq!(all("Extension(str(Path('src') / 'p' / f'_x.c'), [])"), ["src/p/_x.c"]);
        assert_eq!(all("Extension(os.path.join('a', 'b'), [])"), ["a/b"]);
        let files = "M = ['src/a/_x.py']\n";
        for name in [
            "m.removeprefix('src/').removesuffix('.py').replace('/', '.')",
            "m[4:-3].replace('/', '.')",
            "m[4:][:-3].replace('/', '.')",
            "os.path.splitext(m)[0].replace('/', '.').removeprefix('src.')",
        ] {
            let told = all(&format!("{files}[Extension({name}, [m]) for m in M]"));
            let whole = name != "m[4:-3].replace('/', '.')";
            assert_eq!(told, [if whole { "a._x" } else { "" }], "{name}");
        }
        assert_eq!(
            all("M = ['d/_x.c']\n[Extension('p.' + os.path.basename(m)[:-2], [m]) for m in M]"),
            ["p._x"]
        );
    }

    #[test]
    fn what_is_not_written_out_gives_nothing() {
        for text in [
            "[Extension(m, []) for m in glob('*.pyx')]",
            "Extension(name, [])",
            "for m in M:\n  x\nExtension('p.' + m, [])",
            "Extension('a' if x else 'b', [])",
            "Extension('p.%s.%s' % m, [])",
            "Extension(f'{m!r}', [])",
            "Extension(f'{', [])",
            "Extension('x' % (, [])",
            "Extension('abc'[:-9], [])",
            "Extension('é'[1:], [])",
            "Extension('x'.center(9), [])",
            "Extension('x'[::2], [])",
            "Extension(os.path.splitext('x.c')[1], [])",
            "Extension(((((((((((('x')))))))))))), [])",
        ] {
            assert!(all(text).iter().all(String::is_empty), "{text}: {:?}", all(text));
        }
    }
}
