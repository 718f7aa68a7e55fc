//! Reads what comments in sources accept: `ungil: ignore[rule]: reason`.
//!
//! ```text
//! item = PyList_GetItem(list, 0);  /* ungil: ignore[borrowed-container-item]: the list is private here */
//! // ungil: ignore[static-cache, lazy-init] until 2027-01-31: set before threads start
//! # ungil: ignore-file[python-module-state]: a command-line tool
//! ```
//!
//! A comment behind code speaks of its own line, one that stands alone of the next line with code. The languages
//! differ in how a comment opens and in nothing else, so no parser is needed: the words must stand behind an opening
//! mark, which keeps them out of strings in all but contrived code. Where the form is not met, nothing is accepted;
//! silence by accident would be the worst that can happen here.

use memchr::memmem;

/// The words that begin an acceptance.
const MARK: &[u8] = b"ungil: ignore";
/// Longest line in which comments are looked for; generated tables have longer ones.
const LONGEST_LINE: usize = 4096;
/// Most comments of one file.
const MOST: usize = 10_000;

/// A comment that accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment {
    /// The line it stands on, from 1.
    pub line: u32,
    /// The line it speaks of.
    pub for_line: u32,
    /// Whether it speaks of the whole file.
    pub whole_file: bool,
    /// The rules it names.
    pub rules: Vec<String>,
    /// The date as written.
    pub until: Option<String>,
    /// The reason; empty where none is given.
    pub reason: String,
}

/// Whether a file has such a comment, told without reading it line by line.
pub fn mentions(text: &[u8]) -> bool {
    memmem::find(text, MARK).is_some()
}

/// The comments of a file, in order.
pub(super) fn comments(text: &[u8]) -> Vec<Comment> {
    let mut found = Vec::new();
    if !mentions(text) {
        return found;
    }
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    for (at, line) in lines.iter().enumerate() {
        let Some(start) = memmem::find(line, MARK) else { continue };
        if line.len() > LONGEST_LINE || found.len() >= MOST {
            continue;
        }
        let (before, after) = line.split_at(start);
        let Some(alone) = behind_a_comment_mark(before) else { continue };
        let after = after.get(MARK.len()..).unwrap_or_default();
        let Some(mut comment) = parse(&String::from_utf8_lossy(after)) else { continue };
        let number = |at: usize| u32::try_from(at.saturating_add(1)).unwrap_or(u32::MAX);
        comment.line = number(at);
        comment.for_line = if alone { number(next_code(&lines, at)) } else { number(at) };
        found.push(comment);
    }
    found
}

/// Whether the text before is only a comment's opening (`Some(true)`), code with a comment behind it (`Some(false)`),
/// or no comment at all.
fn behind_a_comment_mark(before: &[u8]) -> Option<bool> {
    let text = String::from_utf8_lossy(before);
    let opening = |c: char| c.is_whitespace() || matches!(c, '/' | '*' | '#' | '!');
    if text.chars().all(opening) {
        return text.contains(['/', '*', '#']).then_some(true);
    }
    let open = ["//", "/*", "#"].iter().filter_map(|mark| text.find(mark)).min()?;
    Some(text.get(..open).is_some_and(|code| code.trim().is_empty()))
}

/// The next line that has code; the line itself where none follows.
fn next_code(lines: &[&[u8]], at: usize) -> usize {
    let code = |line: &&[u8]| {
        let line = line.trim_ascii();
        !(line.is_empty()
            || line.starts_with(b"//")
            || line.starts_with(b"*")
            || (line.starts_with(b"/*") && line.ends_with(b"*/"))
            || (line.starts_with(b"#") && !is_directive(line)))
    };
    let next = lines.iter().enumerate().skip(at.saturating_add(1)).find(|(_, line)| code(line));
    next.map_or(at, |(next, _)| next)
}

/// `#define` and its like are code; `# words` is a comment of Python and Cython.
fn is_directive(line: &[u8]) -> bool {
    let word = line.get(1..).unwrap_or_default().trim_ascii_start();
    let directives: [&[u8]; 7] = [b"define", b"if", b"el", b"endif", b"include", b"undef", b"pragma"];
    line.get(1).is_some_and(|byte| *byte != b' ') && directives.iter().any(|one| word.starts_with(one))
        || line.starts_with(b"#[")
}

/// What follows the mark: `[rule, rule] until DATE: reason`, or `-file[…]…`.
fn parse(text: &str) -> Option<Comment> {
    let (whole_file, text) = match text.strip_prefix("-file") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (rules, rest) = text.strip_prefix('[')?.split_once(']')?;
    let rules: Vec<String> =
        rules.split(',').map(|rule| rule.trim().to_owned()).filter(|rule| !rule.is_empty()).collect();
    if rules.is_empty() {
        return None;
    }
    let (head, reason) = rest.split_once(':').unwrap_or((rest, ""));
    let until = head.trim().strip_prefix("until").map(|date| date.trim().to_owned());
    if until.is_none() && !head.trim().trim_end_matches("*/").trim().is_empty() {
        return None;
    }
    let reason = reason.split("*/").next().unwrap_or_default().trim();
    let reason = reason.chars().filter(|c| !c.is_control()).take(300).collect();
    Some(Comment { line: 0, for_line: 0, whole_file, rules, until, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u32, u32, String)> {
        comments(text.as_bytes()).into_iter().map(|c| (c.line, c.for_line, c.reason)).collect()
    }

    #[test]
    fn a_comment_behind_code_speaks_of_its_line_and_one_alone_of_the_next_with_code() {
        let text = "f(x); /* ungil: ignore[a]: private */\n\
                    // ungil: ignore[a]: next\n\
                    \n\
                    // more words\n\
                    g(x);\n\
                    #define X 1 // ungil: ignore[b]: constant\n";
        assert_eq!(read(text), [(1, 1, "private".into()), (2, 5, "next".into()), (6, 6, "constant".into())]);
        assert_eq!(read("# ungil: ignore[a]: py\n# words\nx = 1\n"), [(1, 3, "py".into())]);
        assert_eq!(read("/*\n * ungil: ignore[a]: block\n */\nf();\n"), [(2, 4, "block".into())]);
        assert_eq!(
            read("// ungil: ignore[a]: attribute\n#[pyclass]\nstruct A;"),
            [(1, 2, "attribute".into())]
        );
    }

    #[test]
    fn rules_dates_and_whole_files_are_understood() {
        let found = comments(b"// ungil: ignore-file[a, b] until 2027-01-31: old: code");
        let one = found.first().expect("a comment");
        assert!(one.whole_file);
        assert_eq!(one.rules, ["a", "b"]);
        assert_eq!((one.until.as_deref(), one.reason.as_str()), (Some("2027-01-31"), "old: code"));
        assert_eq!(comments(b"// ungil: ignore[a]")[0].reason, "");
        assert_eq!(comments(b"/* ungil: ignore[a] */")[0].reason, "");
    }

    #[test]
    fn what_is_no_such_comment_accepts_nothing() {
        let strings = "char *s = \"ungil: ignore[a]: in a string\";";
        for text in
            [strings, "// ungil: ignore: all of it", "// ungil: ignore[]: x", "// ungil: ignored[a]: x"]
        {
            assert_eq!(comments(text.as_bytes()), [], "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "(//|#|/\\*| |\n|ungil: ignore|-file|\\[a\\]|\\[|:|until |2027-01-31|é|x){0,30}") {
            let _ = comments(text.as_bytes());
        }
    }
}
