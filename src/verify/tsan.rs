//! Reads reports of ThreadSanitizer, as the run-time libraries of gcc and clang write them.
//!
//! In: text, perhaps in the middle of a program's other output. Out: [`Race`]s with the stacks of the accesses. Lines that
//! are not understood are passed over; the text is bounded by whoever read it, and nothing here recurses.

/// Most reports of one text; more say the same again.
const MOST: usize = 20_000;
/// Most frames of one stack.
const MOST_FRAMES: usize = 256;

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Race {
    /// `data race`, `heap-use-after-free`, `lock-order-inversion (potential deadlock)`, …
    pub kind: String,
    /// The accesses and the places that explain them, in order.
    pub stacks: Vec<Stack>,
    /// What is raced for, as the report says it: `global 'cache' of size 8 …`.
    pub location: Option<String>,
}

/// One stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// What happens there: `Write of size 8 at 0x… by thread T2`.
    pub title: String,
    /// Whether it is an access, not the making of a thread or an object.
    pub access: bool,
    /// Innermost first.
    pub frames: Vec<Frame>,
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frame {
    /// The function.
    pub function: String,
    /// The source file, where it is known.
    pub path: Option<String>,
    /// The line, where it is known.
    pub line: Option<u32>,
    /// The file of the program or library.
    pub module: Option<String>,
}

/// All reports of a text.
pub fn reports(text: &str) -> Vec<Race> {
    let mut all: Vec<Race> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some((_, kind)) = line.split_once("WARNING: ThreadSanitizer: ") {
            if all.len() == MOST {
                break;
            }
            let kind = kind.rsplit_once(" (pid=").map_or(kind, |(kind, _)| kind).trim().to_owned();
            all.push(Race { kind, stacks: Vec::new(), location: None });
            inside = true;
            continue;
        }
        let Some(race) = all.last_mut().filter(|_| inside) else { continue };
        if trimmed.starts_with("SUMMARY: ThreadSanitizer") || trimmed.starts_with("==================") {
            inside = false;
        } else if let Some(frame) = frame(trimmed) {
            if let Some(stack) = race.stacks.last_mut().filter(|stack| stack.frames.len() < MOST_FRAMES) {
                stack.frames.push(frame);
            }
        } else if let Some(location) = trimmed.strip_prefix("Location is ") {
            race.location = Some(location.trim_end_matches(':').to_owned());
            if trimmed.ends_with(':') {
                race.stacks.push(Stack { title: trimmed.to_owned(), access: false, frames: Vec::new() });
            }
        } else if let Some(title) = trimmed.strip_suffix(':') {
            let access = ["read of size", "write of size", "atomic read", "atomic write"];
            let lower = title.to_ascii_lowercase();
            let access = access.iter().any(|words| lower.contains(words));
            race.stacks.push(Stack { title: title.to_owned(), access, frames: Vec::new() });
        }
    }
    all
}

/// `#1 function path:line:column (module+0x12)`.
fn frame(line: &str) -> Option<Frame> {
    let rest = line.strip_prefix('#')?;
    let (number, rest) = rest.split_once(' ')?;
    number.parse::<u32>().ok()?;
    let rest = rest.split(" (BuildId:").next().unwrap_or(rest).trim();
    let (rest, module) = match rest.rsplit_once(" (") {
        Some((before, inner)) if inner.contains("+0x") => {
            let file = inner.trim_end_matches(')').rsplit_once("+0x").map(|(file, _)| file.to_owned());
            (before, file)
        }
        _ => (rest, None),
    };
    // A C++ function's name has blanks in it, a path seldom; what stands last is the place.
    let (function, place) = rest.rsplit_once(' ').unwrap_or((rest, "<null>"));
    let (path, line) = place_of(place);
    Some(Frame { function: function.trim().to_owned(), path, line, module })
}

/// `path:line` or `path:line:column`.
fn place_of(place: &str) -> (Option<String>, Option<u32>) {
    if place.starts_with('<') {
        return (None, None);
    }
    let number = |text: &str| text.parse::<u32>().ok();
    let Some((before, last)) = place.rsplit_once(':') else { return (Some(place.to_owned()), None) };
    let Some(last) = number(last) else { return (Some(place.to_owned()), None) };
    match before.rsplit_once(':').and_then(|(path, line)| Some((path, number(line)?))) {
        Some((path, line)) => (Some(path.to_owned()), Some(line)),
        None => (Some(before.to_owned()), Some(last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "noise\n==================\nWARNING: ThreadSanitizer: data race (pid=42)\n  \
        Write of size 8 at 0x7b0400 by thread T2:\n    #0 add /src/box/box.c:12:5 (box.so+0x1234) (BuildId: ab)\n    \
        #1 cfunction_vectorcall_O Objects/methodobject.c:512 (python3.13t+0x55)\n    #2 <null> <null> (libc.so.6+0x9)\n\n  \
        Previous read of size 8 at 0x7b0400 by main thread:\n    #0 ns::get(int, long) /src/box/box.c:20 (box.so+0x9)\n\n  \
        Location is global 'count' of size 8 at 0x7b0400 (box.so+0x4010)\n\n  Thread T2 (tid=1, running) created by main thread at:\n    \
        #0 pthread_create <null> (python3.13t+0x1)\n\nSUMMARY: ThreadSanitizer: data race /src/box/box.c:12:5 in add\n\
        ==================\nmore noise:\n    #0 not_ours x.c:1 (a+0x1)\n";

    #[test]
    fn accesses_places_and_what_is_raced_for_are_read() {
        let all = reports(REPORT);
        assert_eq!(all.len(), 1);
        let race = &all[0];
        assert_eq!(race.kind, "data race");
        assert_eq!(race.location.as_deref(), Some("global 'count' of size 8 at 0x7b0400 (box.so+0x4010)"));
        let titles: Vec<_> = race.stacks.iter().map(|stack| (stack.access, stack.frames.len())).collect();
        assert_eq!(titles, [(true, 3), (true, 1), (false, 1)]);
        let first = &race.stacks[0].frames[0];
        assert_eq!(
            (first.function.as_str(), first.path.as_deref(), first.line),
            ("add", Some("/src/box/box.c"), Some(12))
        );
        assert_eq!(first.module.as_deref(), Some("box.so"));
        assert_eq!(race.stacks[0].frames[2].path, None);
        assert_eq!(race.stacks[1].frames[0].function, "ns::get(int, long)");
        assert_eq!(race.stacks[1].frames[0].line, Some(20));
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "(WARNING: ThreadSanitizer: |#0 |#|:|\n|==|Location is | of size |a.c:1|\\(|\\+0x|é| ){0,40}") {
            let _ = reports(&text);
        }
    }
}
