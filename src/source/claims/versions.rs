//! For which versions of Python a line of a build file holds, by the conditions on `sys.version_info` around it.
//!
//! Only comparisons with a version written out are understood; any other condition may hold. Read by indentation, line
//! by line upwards, so it is for Python alone.

use crate::model::Minors;

/// How many lines upwards are looked at.
const LINES: usize = 400;

/// The Pythons for which the line at a byte may run: the conditions of the blocks around it, together.
pub(super) fn around(bytes: &[u8], at: usize) -> Minors {
    let before = bytes.get(..at).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let mut indent = indentation(bytes.get(start..).unwrap_or_default());
    let mut out = Minors::ALL;
    // A branch after others holds where they do not.
    let mut after_branch = false;
    for line in before.get(..start).unwrap_or_default().rsplit(|b| *b == b'\n').take(LINES) {
        let text = line.trim_ascii();
        if text.is_empty() || text.starts_with(b"#") {
            continue;
        }
        let here = indentation(line);
        let text = String::from_utf8_lossy(text);
        let condition = text.strip_prefix("if ").or_else(|| text.strip_prefix("elif "));
        if after_branch && here == indent {
            if let Some(condition) = condition {
                out = out
                    .without(compared(condition).map_or(Minors::ALL.without(Minors::ALL), |(_, must)| must));
                after_branch = text.starts_with("elif ");
            }
            continue;
        }
        if here < indent {
            if let Some((may, _)) = condition.and_then(compared) {
                out = out.and(may);
            }
            after_branch = text.starts_with("elif ") || text.starts_with("else");
            indent = here;
        }
    }
    out
}

fn indentation(line: &[u8]) -> usize {
    line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// The Pythons for which a condition may be true and those for which it is, if it compares `sys.version_info`.
pub(super) fn compared(condition: &str) -> Option<(Minors, Minors)> {
    let at = condition.find("version_info")?;
    let rest = condition.get(at + "version_info".len()..)?;
    // `version_info[:2]` and `version_info[0:2]` compare no more than the two numbers.
    let (exact, rest) = match rest.strip_prefix('[') {
        Some(rest) => (true, rest.split_once(']')?.1),
        None => (false, rest),
    };
    let rest = rest.trim_start();
    let (operator, rest) = [">=", "<=", "==", ">", "<"]
        .iter()
        .find_map(|one| Some((*one, rest.strip_prefix(one)?.trim_start())))?;
    let numbers = rest.strip_prefix('(')?.split(')').next()?;
    let mut numbers = numbers.split(',').map(|one| one.trim().parse::<u8>());
    let (Some(Ok(3)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else { return None };
    let holds = Minors::those(|one| match operator {
        ">=" => one >= minor,
        "<" => one < minor,
        "==" => one == minor && exact,
        // A release has more numbers than the two, and so is greater than they are.
        ">" => one > minor || (one == minor && !exact),
        _ => one < minor || (one == minor && exact),
    });
    let alone = !condition.contains(" and ") && !condition.contains(" or ") && !condition.contains("not ");
    let none = Minors::ALL.without(Minors::ALL);
    match alone {
        true => Some((holds, holds)),
        false if condition.contains(" or ") || condition.contains("not ") => Some((Minors::ALL, none)),
        false => Some((holds, none)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> String {
        around(text.as_bytes(), text.find("HERE").expect("the mark")).to_string()
    }

    #[test]
    fn blocks_under_a_version_hold_for_it_alone() {
        assert_eq!(at("if sys.version_info >= (3, 14):\n    d = HERE\n"), "3.14 and later");
        assert_eq!(at("if sys.version_info[:2] <= (3, 13):\n    x\n    d = HERE\n"), "3.13");
        assert_eq!(at("if sys.version_info < (3, 14):\n    x\nelse:\n    HERE\n"), "3.14 and later");
        assert_eq!(
            at("if sys.version_info >= (3, 15):\n    x\nelif sys.version_info >= (3, 14):\n    HERE\n"),
            "3.14"
        );
        assert_eq!(at("if sys.version_info >= (3, 14):\n    x\nHERE\n"), "all versions");
        assert_eq!(at("if sys.version_info >= (3, 14) or X:\n    HERE\n"), "all versions");
        assert_eq!(at("def f():\n  if sys.version_info >= (3, 14) and X:\n    HERE\n"), "3.14 and later");
        assert_eq!(at("if sys.version_info >= (3, 14) and X:\n    x\nelse:\n    HERE\n"), "all versions");
    }

    #[test]
    fn whatever_stands_there_is_read_to_an_end() {
        for text in
            ["HERE", "if sys.version_info\n HERE", "if version_info[\n HERE", "else:\n HERE", "\u{e9}\n HERE"]
        {
            assert_eq!(at(text), "all versions", "{text}");
        }
    }
}
