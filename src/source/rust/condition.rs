//! Reads conditions of Rust, `#[cfg(…)]`: what no free-threaded build compiles is neither claim nor evidence.

use crate::model::Minors;

/// What a condition of Rust comes to on a free-threaded CPython of 3.14 or later, if that is certain.
pub fn holds(text: &str) -> Option<bool> {
    evaluate(text, |minor| (minor <= 14).then_some(true))
}

/// The Pythons whose free-threaded builds may compile what stands under a condition.
pub fn minors(text: &str) -> Minors {
    Minors::those(|version| {
        let last = version == Minors::LAST;
        let since = |minor: u32| {
            if last && minor > u32::from(version) { None } else { Some(minor <= u32::from(version)) }
        };
        evaluate(text, since) != Some(false)
    })
}

fn evaluate(text: &str, since: impl Fn(u32) -> Option<bool>) -> Option<bool> {
    // Operators with what their operands came to so far.
    let mut open: Vec<(&str, Vec<Option<bool>>)> = vec![("all", Vec::new())];
    let mut rest = text;
    for _ in 0..256 {
        rest = rest.trim_start_matches([' ', ',', '\n', '\t']);
        let Some(first) = rest.chars().next() else { break };
        if first == ')' {
            rest = rest.get(1..).unwrap_or_default();
            if let Some((word, operands)) = open.pop() {
                open.last_mut()?.1.push(apply(word, &operands));
            }
            continue;
        }
        let end = rest.find(['(', ')', ',']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let word = word.trim();
        if after.starts_with('(') {
            open.push((word, Vec::new()));
            rest = after.get(1..).unwrap_or_default();
        } else {
            let value = match word.strip_prefix("Py_3_").map(str::parse::<u32>) {
                Some(Ok(minor)) => since(minor),
                None if word == "Py_GIL_DISABLED" => Some(true),
                None if word == "CPython" => Some(true),
                None if matches!(word, "Py_LIMITED_API" | "PyPy" | "GraalPy" | "test") => Some(false),
                _ => None,
            };
            open.last_mut()?.1.push(value);
            rest = after;
        }
    }
    while open.len() > 1 {
        let (word, operands) = open.pop()?;
        open.last_mut()?.1.push(apply(word, &operands));
    }
    apply("all", &open.first()?.1)
}

fn apply(word: &str, operands: &[Option<bool>]) -> Option<bool> {
    let (deciding, other) = match word {
        "all" => (Some(false), Some(true)),
        "any" => (Some(true), Some(false)),
        "not" => return operands.first().copied().flatten().map(|value| !value),
        _ => return None,
    };
    if operands.contains(&deciding) {
        return deciding;
    }
    if operands.iter().all(|one| *one == other) { other } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_tells_the_versions_it_allows() {
        assert_eq!(minors("all(Py_GIL_DISABLED, Py_3_14)").to_string(), "3.14 and later");
        assert_eq!(minors("not(Py_3_14)").to_string(), "3.13");
        assert!(minors("not(Py_GIL_DISABLED)").is_empty());
        assert!(minors("feature = \"x\"").is_all() && minors("Py_3_99").has(99));
    }

    #[test]
    fn what_only_other_interpreters_or_older_versions_compile_is_known() {
        for (condition, value) in [
            ("not(Py_3_12)", Some(false)),
            ("not(CPython)", Some(false)),
            ("any(PyPy, GraalPy)", Some(false)),
            ("all(test, not(Py_GIL_DISABLED))", Some(false)),
            ("any(unix, Py_GIL_DISABLED)", Some(true)),
            ("not(Py_3_15)", None),
            ("feature = \"x\"", None),
        ] {
            assert_eq!(holds(condition), value, "{condition}");
        }
        holds(&"all(".repeat(10_000));
    }
}
