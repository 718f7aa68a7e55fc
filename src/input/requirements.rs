//! Reads one requirements file: pip's syntax, line by line.
//!
//! Pure: text in, [`Parsed`] out. Files that it names with `-r` and `-c` are returned as [`Include`]s in
//! their place, for `load` to follow. A line that is not understood becomes a [`Problem`] and the next one
//! is read as if nothing had happened. Line numbers are those of a requirement's first line.

use super::request;
use super::{Hash, Options, Problem, Request};

/// More lines than this are not a requirements file.
const MAX_LINES: usize = 200_000;
/// Longest logical line, in bytes: hundreds of hashes fit.
const MAX_LINE: usize = 256 << 10;

/// One file's contents, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Requirements and includes.
    pub items: Vec<Item>,
    /// Options for the whole run.
    pub options: Options,
    /// Lines that were not understood.
    pub problems: Vec<Problem>,
}

/// A line that asks for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A requirement.
    Request(Request),
    /// Another file.
    Include(Include),
}

/// A `-r` or `-c` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// Path or URL as written.
    pub target: String,
    /// Whether it only constrains (`-c`).
    pub constraint: bool,
    /// `requirements.txt:3`.
    pub place: String,
}

/// Decodes a file's bytes: a byte order mark, else a coding comment in the first two lines (PEP 263), else
/// UTF-8. Lines that are no text in it keep a replacement character, which [`parse`] reports unless it
/// stands in a comment.
///
/// # Errors
/// If the file declares an encoding that is not read here.
pub fn decode(bytes: &[u8], name: &str) -> Result<String, Problem> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks(2).map(|pair| match pair {
            [a, b] => unit([*a, *b]),
            _ => 0xfffd,
        });
        char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect()
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => return Ok(String::from_utf8_lossy(rest).into_owned()),
        [0xff, 0xfe, rest @ ..] => return Ok(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => return Ok(utf16(rest, u16::from_be_bytes)),
        _ => {}
    }
    let text = String::from_utf8_lossy(bytes);
    let declared = text.lines().take(2).filter(|line| line.trim_start().starts_with('#')).find_map(coding);
    match declared.as_deref() {
        None | Some("utf-8" | "utf8" | "utf-8-sig" | "ascii" | "us-ascii") => Ok(text.into_owned()),
        Some("latin-1" | "latin1" | "iso-8859-1" | "iso8859-1") => {
            Ok(bytes.iter().map(|byte| char::from(*byte)).collect())
        }
        Some(other) => {
            let shown: String = other.chars().take(40).collect();
            Err(Problem::new(
                format!("{name}:1"),
                format!("encoding `{shown}` is not read; save the file as UTF-8"),
            ))
        }
    }
}

/// The encoding a comment declares: `coding: utf-8`, `coding=utf-8`.
fn coding(line: &str) -> Option<String> {
    let rest = line.split_once("coding").map(|(_, rest)| rest)?;
    let rest = rest.strip_prefix([':', '='])?.trim_start();
    let end = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
        .unwrap_or(rest.len());
    let name = rest.get(..end)?.to_ascii_lowercase().replace('_', "-");
    (!name.is_empty()).then_some(name)
}

/// Reads a requirements file.
///
/// `name` is what places are called after; `env` looks up environment variables for `${NAME}`.
pub fn parse(text: &str, name: &str, env: &dyn Fn(&str) -> Option<String>) -> Parsed {
    let mut parsed = Parsed::default();
    for (number, line) in logical_lines(text) {
        let place = format!("{name}:{number}");
        if number > MAX_LINES {
            parsed.problems.push(Problem::new(place, "too many lines for a requirements file"));
            break;
        }
        let line = without_comment(&line).trim();
        if line.is_empty() {
            continue;
        }
        if let Err(message) = read_line(line, &place, env, &mut parsed) {
            parsed.problems.push(Problem::new(place, message));
        }
    }
    parsed
}

fn read_line(
    line: &str,
    place: &str,
    env: &dyn Fn(&str) -> Option<String>,
    parsed: &mut Parsed,
) -> Result<(), String> {
    if line.len() > MAX_LINE {
        return Err(format!("a line longer than {MAX_LINE} bytes"));
    }
    if line.contains('\u{fffd}') || line.contains('\0') {
        return Err("not text in UTF-8; save the file as UTF-8".to_owned());
    }
    let line = expand(line, env)?;
    if line.starts_with('-') {
        return option_line(&line, place, parsed);
    }
    let (requirement, options) = split_options(&line);
    let mut request = request::parse(requirement, place)?;
    request.hashes.extend(requirement_options(options)?);
    parsed.items.push(Item::Request(request));
    Ok(())
}

/// Lines joined at a `\` before their end, with the number of the first. As in pip, a comment line ends a
/// continuation.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let number = index.saturating_add(1);
        let comment = line.trim_start().starts_with('#');
        let (first, mut joined) = open.take().unwrap_or((number, String::new()));
        if comment && !joined.is_empty() {
            joined.push(' ');
        }
        match line.strip_suffix('\\') {
            Some(part) if !comment => {
                joined.push_str(part);
                open = Some((first, joined));
            }
            _ => {
                joined.push_str(line);
                lines.push((first, joined));
            }
        }
    }
    lines.extend(open);
    lines
}

/// Cuts a comment: a `#` at the start or after white space.
fn without_comment(line: &str) -> &str {
    let at = line.match_indices('#').map(|(at, _)| at).find(|at| {
        line.get(..*at).is_none_or(|before| before.is_empty() || before.ends_with(char::is_whitespace))
    });
    at.and_then(|at| line.get(..at)).unwrap_or(line)
}

/// Replaces `${NAME}`, upper-case names only, as pip does. Here a variable that is not set is an error: its
/// name in an address would only fail later, and less clearly.
fn expand(line: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let name = after.split_once('}').map_or("", |(name, _)| name);
        let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || !name.bytes().all(upper) {
            out.push_str("${");
            rest = after;
            continue;
        }
        let value = env(name).ok_or_else(|| format!("environment variable {name} is not set"))?;
        out.push_str(&value);
        rest = after.get(name.len() + 1..).unwrap_or("");
        if out.len() > MAX_LINE {
            return Err(format!("environment variable {name} makes the line too long"));
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Splits a requirement from the options behind it, at the first word that begins with `-`.
fn split_options(line: &str) -> (&str, &str) {
    for (at, _) in line.match_indices(char::is_whitespace) {
        let (before, after) = line.split_at_checked(at).unwrap_or((line, ""));
        if after.trim_start().starts_with('-') {
            return (before, after.trim());
        }
    }
    (line, "")
}

/// Words as a shell would split them: white space, quotes, `\`.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some('"') | None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}

/// Options of one requirement. Those that steer a build mean nothing here, since nothing is built.
fn requirement_options(text: &str) -> Result<Vec<Hash>, String> {
    let mut hashes = Vec::new();
    let mut words = words(text)?.into_iter();
    while let Some(word) = words.next() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option.to_owned(), Some(value.to_owned())),
            None => (word, None),
        };
        let mut value =
            || value.clone().or_else(|| words.next()).ok_or_else(|| format!("{option} needs a value"));
        match option.as_str() {
            "--hash" => hashes.push(Hash::parse(&value()?)?),
            "--config-settings" | "--config-setting" | "-C" | "--global-option" | "--install-option" => {
                value()?;
            }
            other => {
                let shown: String = other.chars().take(60).collect();
                return Err(format!(
                    "`{shown}` is not an option of a requirement; known are --hash and --config-settings"
                ));
            }
        }
    }
    Ok(hashes)
}

/// Short options and the long ones they stand for.
const SHORT: [(&str, &str); 5] = [
    ("-r", "--requirement"),
    ("-c", "--constraint"),
    ("-e", "--editable"),
    ("-i", "--index-url"),
    ("-f", "--find-links"),
];

fn option_line(line: &str, place: &str, parsed: &mut Parsed) -> Result<(), String> {
    let mut words = words(line)?.into_iter();
    while let Some(word) = words.next() {
        let short = SHORT.iter().find_map(|(short, long)| Some((*long, word.strip_prefix(short)?)));
        let (option, value) = match (short, word.split_once('=')) {
            // `-rfile` and `-r=file` both occur; pip takes the first, so a `=` after it is the file's.
            (Some((long, "")), _) => (long.to_owned(), None),
            (Some((long, value)), _) if !word.starts_with("--") => (long.to_owned(), Some(value.to_owned())),
            (_, Some((option, value))) => (option.to_owned(), Some(value.to_owned())),
            (_, None) => (word.clone(), None),
        };
        let mut value = || {
            value
                .clone()
                .or_else(|| words.next())
                .filter(|value| !value.is_empty())
                .ok_or_else(|| format!("{option} needs a value"))
        };
        let options = &mut parsed.options;
        match option.as_str() {
            "--requirement" | "--constraint" => parsed.items.push(Item::Include(Include {
                target: value()?,
                constraint: option == "--constraint",
                place: place.to_owned(),
            })),
            "--editable" => {
                let request = request::parse_editable(&value()?, place)?;
                parsed.items.push(Item::Request(request));
            }
            "--index-url" | "--pypi-url" => options.index_url = Some(value()?),
            "--extra-index-url" => options.extra_index_urls.push(value()?),
            "--no-index" => options.no_index = true,
            "--find-links" => options.find_links.push(value()?),
            "--pre" => options.pre = true,
            "--require-hashes" => options.require_hashes = true,
            "--prefer-binary" => options.prefer_binary = true,
            "--no-binary" => options.no_binary.add(&value()?)?,
            "--only-binary" => options.only_binary.add(&value()?)?,
            "--trusted-host" => options.trusted_hosts.push(value()?),
            // They steer pip's own workings and change nothing about what is asked for.
            "--use-feature" | "--use-deprecated" => {
                value()?;
            }
            "--always-unzip" | "-Z" => {}
            other => {
                let shown: String = other.chars().take(60).collect();
                return Err(format!("`{shown}` is not an option of a requirements file"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::*;

    fn read(text: &str) -> Parsed {
        parse(text, "r.txt", &|name| (name == "TOKEN").then(|| "secret".to_owned()))
    }

    /// Each item as one line.
    fn shown(parsed: &Parsed) -> Vec<String> {
        parsed
            .items
            .iter()
            .map(|item| match item {
                Item::Request(request) => {
                    let name = request.name.as_ref().map_or("?", |name| name.as_str());
                    format!("{} {name}{} #{}", request.origin, request.specifiers, request.hashes.len())
                }
                Item::Include(include) => {
                    format!("{} {} {}", include.place, include.target, include.constraint)
                }
            })
            .collect()
    }

    #[test]
    fn plain_files_are_read_as_pip_reads_them() {
        let hex = "a".repeat(64);
        let parsed = read(&format!(
            "# a comment\n\nnumpy>=2  # why\nlxml \\\n  >=5\nfoo==1 --hash=sha256:{hex} \\\n    --hash sha256:{hex}\n\
             url#frag\n-r base.txt\n-cconstraints.txt\n--requirement=\"with space.txt\"\nbar ; os_name == 'nt'\n"
        ));
        assert_eq!(
            shown(&parsed),
            [
                "r.txt:3 numpy>=2 #0",
                "r.txt:4 lxml>=5 #0",
                "r.txt:6 foo==1 #2",
                "r.txt:9 base.txt false",
                "r.txt:10 constraints.txt true",
                "r.txt:11 with space.txt false",
                "r.txt:12 bar #0",
            ]
        );
        assert_eq!(parsed.problems.len(), 1);
        assert_eq!(parsed.problems[0].place, "r.txt:8");
    }

    #[test]
    fn options_of_the_file_are_kept() {
        let options = read(
            "-i https://a.example/simple\n--extra-index-url https://u:${TOKEN}@b.example/\n--extra-index-url=https://c\n\
             --pre --no-index\n--find-links ./wheels\n--no-binary :all:\n--only-binary=foo,Bar\n\
             --trusted-host h\n--require-hashes --use-feature=x",
        );
        assert!(options.problems.is_empty(), "{:?}", options.problems);
        let options = options.options;
        assert_eq!(options.index_url.as_deref(), Some("https://a.example/simple"));
        assert_eq!(options.extra_index_urls, ["https://u:secret@b.example/", "https://c"]);
        assert!(options.pre && options.no_index && options.require_hashes && options.no_binary.all);
        assert_eq!(options.only_binary.names.len(), 2);
        assert_eq!(options.find_links, ["./wheels"]);
    }

    #[test]
    fn one_bad_line_never_hides_the_others() {
        let parsed =
            read("==1\nfine\n--nonsense\nfoo --hash=md5:0\n${UNSET}\n'-r'\nfoo @\n--hash=x\nlast\n-r");
        assert_eq!(shown(&parsed), ["r.txt:2 fine #0", "r.txt:9 last #0"]);
        let places: Vec<&str> = parsed.problems.iter().map(|problem| problem.place.as_str()).collect();
        let expected =
            ["r.txt:1", "r.txt:3", "r.txt:4", "r.txt:5", "r.txt:6", "r.txt:7", "r.txt:8", "r.txt:10"];
        assert_eq!(places, expected);
    }

    #[test]
    fn editable_and_version_controlled_lines_are_what_they_are() {
        let parsed = read(
            "-e ./pkg\n--editable=git+https://h.example/r#egg=foo\ngit+ssh://git@h.example/r@v1\n./dist/a-1.zip",
        );
        let sources: Vec<&str> = parsed
            .items
            .iter()
            .map(|item| match item {
                Item::Request(Request { source, .. }) => match source {
                    Source::Editable(_) => "editable",
                    Source::Vcs(_) => "vcs",
                    Source::Path(_) => "path",
                    Source::Url(_) | Source::Index | Source::Files(_) => "other",
                },
                Item::Include(_) => "include",
            })
            .collect();
        assert_eq!(sources, ["editable", "editable", "vcs", "path"]);
    }

    #[test]
    fn encodings_are_seen_by_mark_and_by_comment() {
        let text = |bytes: &[u8]| decode(bytes, "r.txt").expect("read");
        assert_eq!(text(b"\xef\xbb\xbfnumpy"), "numpy");
        assert_eq!(text(b"\xff\xfen\0p\0"), "np");
        assert_eq!(text(b"\xfe\xff\0n\0p"), "np");
        assert_eq!(text(b"# -*- coding: latin-1 -*-\n# \xe9\nnumpy").lines().nth(1), Some("# é"));
        assert!(decode(b"# coding=koi8-r\n", "r.txt").is_err());
        let parsed = read(&text(b"# caf\xe9\nnumpy\nfo\xe9o\nlxml"));
        assert_eq!(shown(&parsed), ["r.txt:2 numpy #0", "r.txt:4 lxml #0"]);
        assert_eq!(parsed.problems[0].place, "r.txt:3");
    }

    #[test]
    fn a_comment_line_ends_a_continuation() {
        assert_eq!(shown(&read("foo \\\n# note\nbar\\\n")), ["r.txt:1 foo #0", "r.txt:3 bar #0"]);
    }

    proptest::proptest! {
        #[test]
        fn files_never_panic(bytes: Vec<u8>, text in "[-a-z$\\{}\\\\\"'# \\n=:.\\[@A-Z]{0,80}") {
            if let Ok(text) = decode(&bytes, "r") {
                let _ = read(&text);
            }
            let _ = read(&text);
        }
    }
}
