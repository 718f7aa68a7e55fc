//! Environment markers, evaluated for a target.
//!
//! The parser is `pep508_rs`; this file is the only one that knows it. It refuses markers that newer
//! standards allow (PEP 751's `extras`, PEP 780's `sys_abi_features`), and builds decision diagrams, whose
//! size can double with every operand. So text is bounded before it gets there, old misspellings are
//! mended, and the rest is [`Marker::Unknown`]: a requirement under such a marker is kept, with a warning,
//! because leaving it out could hide the very package that turns the GIL on.

use std::str::FromStr;

use pep508_rs::{ExtraName, MarkerEnvironment, MarkerEnvironmentBuilder, MarkerTree};

use crate::model::{Platform, Target};

/// Longest marker that is parsed, in bytes.
const MAX_LEN: usize = 8192;
/// Deepest nesting of parentheses; the parser is recursive.
const MAX_DEPTH: usize = 24;
/// Most comparisons with `in`, or of `extra`, each of which is a variable of its own in the diagram.
const MAX_VARIABLES: usize = 24;

/// A marker as far as it is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marker {
    /// Understood as written.
    Known(MarkerTree),
    /// Understood after mending; the note says what was mended.
    Fixed(MarkerTree, String),
    /// Not understood: the text as written.
    Unknown(String),
}

/// Reads a marker, the text after `;`. Empty text is a marker that always holds.
pub fn parse(text: &str) -> Marker {
    let text = text.trim();
    if text.is_empty() {
        return Marker::Known(MarkerTree::TRUE);
    }
    if !is_moderate(text) {
        return Marker::Unknown(text.chars().take(200).collect());
    }
    if let Ok(tree) = MarkerTree::from_str(text) {
        return Marker::Known(tree);
    }
    // Names of setuptools before PEP 508, and C's operators, still stand in old metadata.
    let mut mended = text.replace("&&", " and ").replace("||", " or ");
    for (old, new) in [
        ("os.name", "os_name"),
        ("sys.platform", "sys_platform"),
        ("platform.version", "platform_version"),
        ("platform.machine", "platform_machine"),
        ("platform.python_implementation", "platform_python_implementation"),
        ("python_implementation", "platform_python_implementation"),
        ("platform_platform_", "platform_"),
    ] {
        mended = mended.replace(old, new);
    }
    match MarkerTree::from_str(&mended) {
        Ok(tree) if mended != text => Marker::Fixed(tree, format!("marker `{text}` read as `{mended}`")),
        _ => Marker::Unknown(text.to_owned()),
    }
}

fn is_moderate(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for byte in text.bytes() {
        match byte {
            b'(' => depth = depth.saturating_add(1),
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let variables = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let variables = variables.filter(|word| matches!(*word, "in" | "extra")).count();
    text.len() <= MAX_LEN && deepest <= MAX_DEPTH && variables <= MAX_VARIABLES
}

impl Marker {
    /// Whether a requirement under this marker applies to `target` when `extras` (normalised names) are
    /// asked for; `None` if the marker is not understood.
    pub fn holds(&self, target: &Target, extras: &[String]) -> Option<bool> {
        let tree = match self {
            Self::Known(tree) | Self::Fixed(tree, _) => tree,
            Self::Unknown(_) => return None,
        };
        let extras: Vec<ExtraName> =
            extras.iter().filter_map(|extra| ExtraName::new(extra.clone()).ok()).collect();
        environment(target).map(|env| tree.evaluate(&env, &extras))
    }

    /// What a reader should be told about the marker, if anything.
    pub fn note(&self) -> Option<String> {
        match self {
            Self::Known(_) => None,
            Self::Fixed(_, note) => Some(note.clone()),
            Self::Unknown(text) => {
                Some(format!("marker `{text}` is not understood, so the requirement is taken to apply"))
            }
        }
    }
}

/// Whether a requirement with this marker applies to `target` when `extras` are asked for, and what a reader
/// should be told. What is not understood applies.
pub fn applies(marker: Option<&str>, target: &Target, extras: &[String]) -> (bool, Option<String>) {
    let marker = parse(marker.unwrap_or(""));
    (marker.holds(target, extras).unwrap_or(true), marker.note())
}

/// As [`applies`], for markers of lock files, where PEP 751's sets `extras` and `dependency_groups` may be asked about.
pub fn applies_in_lock(
    marker: Option<&str>,
    target: &Target,
    has_extra: &dyn Fn(&str) -> bool,
    has_group: &dyn Fn(&str) -> bool,
) -> (bool, Option<String>) {
    let text = without_sets(marker.unwrap_or(""), has_extra, has_group);
    applies(Some(&text), target, &[])
}

/// Replaces `'x' in extras` and its like by a comparison that always, or never, holds.
fn without_sets(text: &str, has_extra: &dyn Fn(&str) -> bool, has_group: &dyn Fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\'', '"']) {
        let (before, from_quote) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let quote = from_quote.get(..1).unwrap_or("'");
        let Some((value, after)) = from_quote.get(1..).and_then(|inner| inner.split_once(quote)) else {
            rest = from_quote;
            break;
        };
        let mut tail = after.trim_start();
        let negated = tail.strip_prefix("not ").map(str::trim_start);
        tail = negated.unwrap_or(tail);
        let set = tail.strip_prefix("in ").map(str::trim_start);
        let found = set.and_then(|set| {
            let extras = set.strip_prefix("extras").map(|rest| (has_extra(value), rest));
            extras.or_else(|| set.strip_prefix("dependency_groups").map(|rest| (has_group(value), rest)))
        });
        match found {
            Some((has, after)) => {
                let holds = has != negated.is_some();
                out.push_str(if holds { "python_version >= '0'" } else { "python_version < '0'" });
                rest = after;
            }
            None => {
                out.push_str(quote);
                out.push_str(value);
                out.push_str(quote);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The marker variables of a CPython on the target. There is none for free threading.
///
/// The patch version, the kernel's and the system's release are not part of a target; the first patch
/// release and empty text stand for them, as a resolver for a foreign platform does.
fn environment(target: &Target) -> Option<MarkerEnvironment> {
    let version = format!("{}.{}", target.python.major, target.python.minor);
    let full = format!("{version}.0");
    let arch = target.platform.arch();
    let (os_name, sys_platform, system, machine) = match &target.platform {
        Platform::ManyLinux { .. } | Platform::MuslLinux { .. } => ("posix", "linux", "Linux", arch),
        Platform::MacOs { .. } => ("posix", "darwin", "Darwin", arch),
        Platform::Windows { .. } => {
            let machine = match arch {
                "amd64" => "AMD64",
                "arm64" => "ARM64",
                _ => "x86",
            };
            ("nt", "win32", "Windows", machine)
        }
    };
    MarkerEnvironment::try_from(MarkerEnvironmentBuilder {
        implementation_name: "cpython",
        implementation_version: &full,
        os_name,
        platform_machine: machine,
        platform_python_implementation: "CPython",
        platform_release: "",
        platform_system: system,
        platform_version: "",
        python_full_version: &full,
        python_version: &version,
        sys_platform,
    })
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(marker: &str, python: &str, platform: &str) -> Option<bool> {
        let target =
            Target { python: python.parse().expect(python), platform: platform.parse().expect(platform) };
        parse(marker).holds(&target, &["fast".to_owned()])
    }

    #[test]
    fn markers_are_evaluated_for_the_target_and_not_for_this_machine() {
        for (marker, python, platform, expected) in [
            ("", "3.14t", "linux", true),
            ("python_version >= '3.9'", "3.14t", "linux", true),
            ("python_version < '3.9'", "3.14t", "linux", false),
            ("python_full_version < '3.14'", "3.14t", "linux", false),
            ("sys_platform == 'win32'", "3.14t", "win_amd64", true),
            ("sys_platform == 'win32'", "3.14t", "linux", false),
            ("platform_machine == 'AMD64' and os_name == 'nt'", "3.13", "win_amd64", true),
            ("platform_system == 'Darwin' and platform_machine == 'arm64'", "3.14", "macos", true),
            ("platform_machine in 'x86_64 aarch64'", "3.14", "linux-aarch64", true),
            ("extra == 'Fast'", "3.14", "linux", true),
            ("extra == 'slow'", "3.14", "linux", false),
            ("platform_python_implementation != 'PyPy'", "3.14", "linux", true),
        ] {
            assert_eq!(holds(marker, python, platform), Some(expected), "{marker}");
        }
    }

    #[test]
    fn markers_of_newer_standards_are_unknown_and_never_a_crash() {
        for marker in [
            "'dev' in dependency_groups",
            "'x' in extras",
            "'free-threading' in sys_abi_features",
            "nonsense",
            "python_version >=",
            "(((",
            "é",
        ] {
            assert_eq!(holds(marker, "3.14t", "linux"), None, "{marker}");
            assert!(parse(marker).note().is_some_and(|note| note.contains("taken to apply")));
        }
    }

    #[test]
    fn sets_of_lock_files_are_asked_about() {
        let target =
            Target { python: "3.14t".parse().expect("python"), platform: "linux".parse().expect("linux") };
        for (marker, expected) in [
            ("'fast' in extras", true),
            ("'slow' in extras or 'dev' not in dependency_groups", false),
            ("\"dev\" in dependency_groups and sys_platform == 'linux'", true),
            ("python_version < '3.12' or ('fast' not in extras)", false),
            ("", true),
            ("'unclosed in extras", true),
        ] {
            let (holds, _) = applies_in_lock(Some(marker), &target, &|x| x == "fast", &|g| g == "dev");
            assert_eq!(holds, expected, "{marker}");
        }
    }

    #[test]
    fn old_spellings_are_mended_with_a_note() {
        let marker = parse("sys.platform == 'linux' && os.name == 'posix'");
        assert!(matches!(marker, Marker::Fixed(..)), "{marker:?}");
        assert_eq!(holds("sys.platform == 'linux' && os.name == 'posix'", "3.14t", "linux"), Some(true));
    }

    #[test]
    fn markers_made_to_exhaust_the_parser_are_unknown() {
        assert!(matches!(parse(&"(".repeat(5000)), Marker::Unknown(_)));
        let pairs: Vec<String> =
            (0..60).map(|n| format!("('a{n}' in os_name and 'b{n}' in sys_platform)")).collect();
        assert!(matches!(parse(&pairs.join(" or ")), Marker::Unknown(_)));
    }

    proptest::proptest! {
        #[test]
        fn markers_never_panic(text in "[a-z_<>=!'\" ()0-9.;]{0,60}") {
            let _ = parse(&text);
        }
    }
}
