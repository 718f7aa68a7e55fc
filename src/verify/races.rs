//! Matches races that happened to findings and source lines of a project.
//!
//! A frame belongs to the interpreter, to generated code, to the project or to somebody else. Code that a generator made
//! names the line of its source in comments (Cython) or `#line` directives; then the frame is the author's after all. A
//! race is matched to a finding on the line where it happened, else to findings of the same function; where there is
//! neither, no rule saw it, and that is said.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::tsan::{Frame, Race};
use crate::model::Finding;
use crate::source::origin;

/// How far before a line of generated code its source's line may be named.
const MOST_LINES_BACK: usize = 400;

/// Whose code a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// The project's, by its own source line.
    Project,
    /// Made by a generator, whose source line is not known.
    Generated,
    /// CPython's.
    Interpreter,
    /// Another library's.
    Other,
}

/// A frame with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Placed {
    /// Whose code it is.
    pub whose: Whose,
    /// The function.
    pub function: String,
    /// The file as the project calls it; as the report does for others.
    pub path: Option<String>,
    /// The line.
    pub line: Option<u32>,
    /// The generated file and line that it was found by.
    pub by: Option<String>,
}

/// One access or other stack of a race.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// What happens there, without addresses.
    pub title: String,
    /// Whether it is one of the accesses.
    pub access: bool,
    /// Innermost first.
    pub frames: Vec<Placed>,
}

/// A race, however often it was reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matched {
    /// Its kind.
    pub kind: String,
    /// How often it was reported.
    pub times: u32,
    /// What is raced for.
    pub location: Option<String>,
    /// Its stacks.
    pub sides: Vec<Side>,
    /// Findings on the lines where it happened.
    pub on_the_line: Vec<Told>,
    /// Other findings in the same functions.
    pub in_the_function: Vec<Told>,
}

/// A finding as a race names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Told {
    /// The rule.
    pub rule: String,
    /// The file.
    pub path: String,
    /// The line.
    pub line: u32,
    /// What was found.
    pub message: String,
    /// Whether somebody accepted it.
    pub accepted: bool,
}

impl Matched {
    /// Whether it happened in the project's code, in generated code of it too.
    pub fn is_the_projects(&self) -> bool {
        let ours = |frame: &Placed| matches!(frame.whose, Whose::Project | Whose::Generated);
        self.sides.iter().filter(|side| side.access).any(|side| side.frames.iter().any(ours))
    }
}

/// The files of a project by their path within it.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Places the frames of races and matches findings. The same race reported again is counted.
pub fn matched(races: &[Race], files: &Files, findings: &[Finding]) -> Vec<Matched> {
    let mut all: Vec<Matched> = Vec::new();
    let mut seen: BTreeMap<Vec<(String, Vec<Placed>)>, usize> = BTreeMap::new();
    for race in races {
        let sides: Vec<Side> = race
            .stacks
            .iter()
            .map(|stack| Side {
                title: without_addresses(&stack.title),
                access: stack.access,
                frames: stack.frames.iter().map(|frame| placed(frame, files)).collect(),
            })
            .collect();
        // Two reports are one race if its accesses happen at the same places, in whichever order.
        let mut key: Vec<(String, Vec<Placed>)> = sides
            .iter()
            .filter(|side| side.access)
            .map(|side| {
                let own = side.frames.iter().filter(|frame| frame.whose != Whose::Interpreter).cloned();
                (race.kind.clone(), own.take(3).collect())
            })
            .collect();
        key.sort();
        if let Some(at) = seen.get(&key).and_then(|at| all.get_mut(*at)) {
            at.times = at.times.saturating_add(1);
            continue;
        }
        seen.insert(key, all.len());
        let (on_the_line, in_the_function) = told(&sides, findings);
        let location = race.location.as_deref().map(without_addresses);
        all.push(Matched {
            kind: race.kind.clone(),
            times: 1,
            location,
            sides,
            on_the_line,
            in_the_function,
        });
    }
    all.sort_by_key(|one| (!one.is_the_projects(), one.on_the_line.is_empty()));
    all
}

/// Findings on the lines of the innermost own frames of the accesses, and others in the same functions.
fn told(sides: &[Side], findings: &[Finding]) -> (Vec<Told>, Vec<Told>) {
    let (mut exact, mut near) = (Vec::new(), Vec::new());
    let own = |side: &Side| {
        side.frames.iter().filter(|frame| frame.whose == Whose::Project).cloned().collect::<Vec<_>>()
    };
    for frame in sides.iter().filter(|side| side.access).flat_map(own) {
        let (Some(path), Some(line)) = (&frame.path, frame.line) else { continue };
        for finding in findings.iter().filter(|one| one.location.path == *path) {
            let at = &finding.location;
            let told = Told {
                rule: finding.rule.clone(),
                path: path.clone(),
                line: at.line,
                message: finding.message.clone(),
                accepted: finding.suppressed.is_some(),
            };
            if (at.line..=at.end_line.max(at.line)).contains(&line) {
                exact.push(told);
            } else if !finding.function.is_empty() && same_function(&finding.function, &frame.function) {
                near.push(told);
            }
        }
    }
    exact.sort();
    exact.dedup();
    near.sort();
    near.dedup();
    near.retain(|one| !exact.contains(one));
    (exact, near)
}

/// A generator's name of a function ends with the author's: `__pyx_pf_3pkg_7Counter_2add`.
fn same_function(author: &str, frame: &str) -> bool {
    let frame = frame.split('(').next().unwrap_or(frame);
    let last = frame.rsplit("::").next().unwrap_or(frame);
    let author = author.rsplit(['.', ':']).next().unwrap_or(author);
    last == author
        || (last.starts_with("__pyx_") && last.ends_with(&format!("_{author}")))
        || last.strip_prefix("__pyx_").is_some_and(|rest| {
            rest.strip_suffix(author).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()))
        })
}

fn placed(frame: &Frame, files: &Files) -> Placed {
    let mut out = Placed {
        whose: Whose::Other,
        function: frame.function.clone(),
        path: frame.path.clone(),
        line: frame.line,
        by: None,
    };
    if let Some((name, text)) = frame.path.as_deref().and_then(|path| file_of(path, files)) {
        if origin::of(name, text).is_none() {
            out.whose = Whose::Project;
            out.path = Some(name.to_owned());
            return out;
        }
        out.whose = Whose::Generated;
        out.path = Some(name.to_owned());
        if let Some((source, line)) = frame.line.and_then(|line| source_line(text, line)) {
            let of_project = file_of(&source, files).map_or(source.clone(), |(name, _)| name.to_owned());
            out.by = Some(format!("{name}:{}", frame.line.unwrap_or_default()));
            out.whose = Whose::Project;
            out.path = Some(of_project);
            out.line = Some(line);
        }
        return out;
    }
    if is_interpreter(frame) {
        out.whose = Whose::Interpreter;
    }
    out
}

/// The file of the project that a path of a report ends with: the longest that fits.
fn file_of<'f>(path: &str, files: &'f Files) -> Option<(&'f str, &'f [u8])> {
    let path = path.replace('\\', "/");
    let fits =
        |name: &str| path == name || path.strip_suffix(name).is_some_and(|before| before.ends_with('/'));
    let found = files.iter().filter(|(name, _)| fits(name)).max_by_key(|(name, _)| name.len());
    // A report names files as the compiler was given them: perhaps below a folder that the tree has above it.
    let found = found.or_else(|| {
        let relative = path.trim_start_matches("./");
        let below = |name: &str| name.strip_suffix(relative).is_some_and(|before| before.ends_with('/'));
        let mut all = files.iter().filter(|(name, _)| relative.contains('/') && below(name));
        all.next().filter(|_| all.next().is_none())
    });
    found.map(|(name, text)| (name.as_str(), text.as_slice()))
}

/// The source line that generated code names before a line: `/* "pkg/counter.pyx":6`, `#line 6 "pkg/counter.pyx"`.
fn source_line(text: &[u8], line: u32) -> Option<(String, u32)> {
    let upto = usize::try_from(line).ok()?;
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').take(upto).collect();
    for (back, line) in lines.iter().rev().take(MOST_LINES_BACK).enumerate() {
        let line = std::str::from_utf8(line.get(..line.len().min(1000))?).unwrap_or_default().trim();
        if let Some(rest) = line.strip_prefix("/* \"") {
            let (path, rest) = rest.split_once("\":")?;
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            return Some((path.to_owned(), digits.parse().ok()?));
        }
        if let Some(rest) = line.strip_prefix("#line ") {
            let (number, path) = rest.split_once(' ')?;
            let first: u32 = number.parse().ok()?;
            let path = path.trim().trim_matches('"');
            // The line after the directive has its number.
            return Some((
                path.to_owned(),
                first.saturating_add(u32::try_from(back).ok()?).saturating_sub(1),
            ));
        }
        // A function of the generator's own runtime begins before any source line was named.
        if line == "}" && back > 0 {
            return None;
        }
    }
    None
}

fn is_interpreter(frame: &Frame) -> bool {
    let module = frame.module.as_deref().map(|module| module.rsplit('/').next().unwrap_or(module));
    if module.is_some_and(|name| name.starts_with("python3") || name.starts_with("libpython3")) {
        return true;
    }
    let folders = ["Objects/", "Python/", "Modules/", "Parser/", "Include/"];
    frame.path.as_deref().is_some_and(|path| {
        folders.iter().any(|folder| path.starts_with(folder) || path.contains(&format!("/./{folder}")))
    })
}

fn without_addresses(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| {
        !word.starts_with("0x") && !word.starts_with('(') && !word.contains("+0x") && *word != "at"
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The races as text for people.
pub fn text(all: &[Matched]) -> String {
    let mut out = String::new();
    write(&mut out, all).expect("writing to a String does not fail");
    out
}

fn write(out: &mut String, all: &[Matched]) -> std::fmt::Result {
    for (at, race) in all.iter().enumerate() {
        let times = if race.times == 1 { String::new() } else { format!(", reported {} times", race.times) };
        writeln!(out, "{}. {}{times}", at.saturating_add(1), plain(&race.kind))?;
        if let Some(location) = &race.location {
            writeln!(out, "   raced for: {}", plain(location))?;
        }
        for side in race.sides.iter().filter(|side| side.access) {
            writeln!(out, "   {}", plain(&side.title))?;
            let (mut others, mut shown) = (BTreeMap::<Whose, u32>::new(), 0_u32);
            for frame in &side.frames {
                let whose = match frame.whose {
                    Whose::Project => "",
                    Whose::Generated => " (generated)",
                    Whose::Interpreter | Whose::Other => {
                        let count = others.entry(frame.whose).or_default();
                        *count = count.saturating_add(1);
                        continue;
                    }
                };
                let path = frame.path.as_deref().unwrap_or("?");
                let line = frame.line.map(|line| format!(":{line}")).unwrap_or_default();
                let by = frame.by.as_deref().map(|by| format!(" (by {by})")).unwrap_or_default();
                writeln!(
                    out,
                    "     {}{line} in {}{whose}{}",
                    plain(path),
                    plain(&frame.function),
                    plain(&by)
                )?;
                shown = shown.saturating_add(1);
            }
            let rest: Vec<String> = others
                .iter()
                .map(|(whose, n)| match whose {
                    Whose::Interpreter => format!("{n} of the interpreter"),
                    _ => format!("{n} of other libraries"),
                })
                .collect();
            if !rest.is_empty() {
                let more = if shown > 0 { "and frames" } else { "frames" };
                writeln!(out, "     … {more} that are not the project's: {}", rest.join(", "))?;
            }
        }
        for (words, told) in
            [("found", &race.on_the_line), ("near, in the same function", &race.in_the_function)]
        {
            for one in told {
                let accepted = if one.accepted { " (accepted)" } else { "" };
                writeln!(
                    out,
                    "   {words}: {}:{}: {} [{}]{accepted}",
                    plain(&one.path),
                    one.line,
                    plain(&one.message),
                    one.rule
                )?;
            }
        }
        if race.on_the_line.is_empty() && race.in_the_function.is_empty() {
            let why =
                if race.is_the_projects() { "no rule saw it" } else { "it is not in the project's code" };
            writeln!(out, "   no finding: {why}")?;
        }
        writeln!(out)?;
    }
    let ours = all.iter().filter(|one| one.is_the_projects()).count();
    let known =
        all.iter().filter(|one| !one.on_the_line.is_empty() || !one.in_the_function.is_empty()).count();
    let noun = if all.len() == 1 { "race" } else { "races" };
    writeln!(out, "{} {noun}: {ours} in the project's code, {known} of them with findings.", all.len())
}

/// Foreign text must not steer a terminal.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Class, Confidence, Location, Severity};
    use crate::verify::tsan::Stack;

    fn frame(function: &str, path: &str, line: u32, module: &str) -> Frame {
        let path = (!path.is_empty()).then(|| path.to_owned());
        Frame { function: function.into(), path, line: Some(line), module: Some(module.into()) }
    }

    fn race(frames: Vec<Frame>) -> Race {
        let title = "Write of size 8 at 0x7b04 by thread T2".to_owned();
        Race {
            kind: "data race".into(),
            stacks: vec![Stack { title, access: true, frames }],
            location: Some("global 'count' of size 8 at 0x7b04 (box.so+0x40)".into()),
        }
    }

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn frames_are_the_projects_the_generators_the_interpreters_or_others() {
        let generated = "/* Generated by Cython 3.1.2 */\nint runtime(void) {\n}\nint add(void) {\n  /* \"pkg/counter.pyx\":6\n   * code\n   */\n  self->count = 1;\n}\n";
        let files =
            files(&[("src/pkg/counter.c", generated), ("src/pkg/counter.pyx", ""), ("box.c", "int x;\n")]);
        let whose = |frame: Frame| {
            let at = placed(&frame, &files);
            (at.whose, at.path.unwrap_or_default(), at.line)
        };
        assert_eq!(
            whose(frame("add", "/tmp/build/box.c", 1, "box.so")),
            (Whose::Project, "box.c".into(), Some(1))
        );
        let by_comment = whose(frame("__pyx_pf_add", "pkg/counter.c", 8, "counter.so"));
        assert_eq!(by_comment, (Whose::Project, "src/pkg/counter.pyx".into(), Some(6)));
        let runtime = whose(frame("runtime", "src/pkg/counter.c", 2, "counter.so"));
        assert_eq!(runtime.0, Whose::Generated);
        assert_eq!(whose(frame("f", "Objects/dictobject.c", 9, "python3.13t")).0, Whose::Interpreter);
        assert_eq!(whose(frame("f", "", 0, "/usr/lib/libpython3.14t.so.1.0")).0, Whose::Interpreter);
        assert_eq!(whose(frame("f", "", 0, "libc.so.6")).0, Whose::Other);
    }

    #[test]
    fn functions_of_generated_code_are_known_by_their_authors_names() {
        assert!(same_function("add", "__pyx_pf_3pkg_7Counter_2add"));
        assert!(same_function("Counter.add", "__pyx_pw_3pkg_7Counter_3add"));
        assert!(same_function("get", "ns::get(int, long)") && !same_function("get", "widget"));
    }

    #[test]
    fn a_race_names_the_findings_where_it_happened_and_is_counted_once() {
        let files = files(&[("box.c", "int x;\n")]);
        let location = Location { path: "box.c".into(), line: 12, column: 1, end_line: 12, end_column: 9 };
        let finding = Finding {
            rule: "static-mutable-state".into(),
            class: Class::StaticMutableState,
            severity: Severity::Medium,
            confidence: Confidence::High,
            artifact: ".".into(),
            location,
            function: "add".into(),
            owner: String::new(),
            message: "`count` is written".into(),
            fix: String::new(),
            fingerprint: String::new(),
            origin: None,
            live: None,
            related: Vec::new(),
            correction: None,
            suppressed: None,
        };
        let mut other = finding.clone();
        (other.location.line, other.location.end_line) = (30, 30);
        let one =
            race(vec![frame("f", "Objects/a.c", 1, "python3.13t"), frame("add", "/x/box.c", 12, "box.so")]);
        let unseen = race(vec![frame("g", "/x/box.c", 50, "box.so")]);
        let theirs = race(vec![frame("h", "", 1, "libz.so")]);
        let all = matched(&[theirs, one.clone(), unseen, one], &files, &[finding, other]);
        let rows: Vec<_> = all
            .iter()
            .map(|one| (one.times, one.on_the_line.len(), one.in_the_function.len(), one.is_the_projects()))
            .collect();
        assert_eq!(rows, [(2, 1, 1, true), (1, 0, 0, true), (1, 0, 0, false)]);
        let text = text(&all);
        assert!(
            text.contains("1. data race, reported 2 times\n   raced for: global 'count' of size 8\n"),
            "{text}"
        );
        assert!(
            text.contains(
                "box.c:12 in add\n     … and frames that are not the project's: 1 of the interpreter"
            ),
            "{text}"
        );
        assert!(text.contains("no rule saw it") && text.contains("not in the project's code"), "{text}");
        assert!(text.ends_with("3 races: 2 in the project's code, 1 of them with findings.\n"), "{text}");
    }
}
