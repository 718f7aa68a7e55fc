//! Makes a [`Finding`] of a rule's words and a place.
//!
//! The fingerprint is made of the rule, the path, the function and the text of the place, with its blanks evened
//! out: a finding that was accepted once stays accepted when lines move or code is reformatted.

use sha2::{Digest as _, Sha256};

use crate::model::{Finding, Location};
use crate::rules::Wording;

/// Longest text of a place that enters a fingerprint, in bytes.
const LONGEST: usize = 400;

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// File, lines and columns.
    pub location: Location,
    /// The function without its class, or empty at file level.
    pub function: String,
    /// The class that the function is a method of, or empty.
    pub owner: String,
    /// The text there.
    pub text: String,
}

/// The finding that a rule words for a place.
pub fn finding(wording: Wording, place: &Place) -> Finding {
    let fingerprint = fingerprint(&wording.rule, place);
    Finding {
        rule: wording.rule,
        class: wording.class,
        severity: wording.severity,
        confidence: wording.confidence,
        artifact: String::new(),
        location: place.location.clone(),
        function: place.function.clone(),
        owner: place.owner.clone(),
        message: wording.message,
        fix: wording.fix,
        fingerprint,
        origin: None,
        live: None,
        related: Vec::new(),
        correction: None,
        suppressed: None,
    }
}

fn fingerprint(rule: &str, place: &Place) -> String {
    let mut hash = Sha256::new();
    for part in [rule, &place.location.path, &place.function] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let mut end = place.text.len().min(LONGEST);
    while !place.text.is_char_boundary(end) {
        end -= 1;
    }
    for word in place.text.get(..end).unwrap_or_default().split_whitespace() {
        hash.update(word.as_bytes());
        hash.update([b' ']);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Class, Confidence, Severity};

    fn wording(rule: &str) -> Wording {
        Wording {
            rule: rule.to_owned(),
            class: Class::Other,
            severity: Severity::Low,
            confidence: Confidence::Low,
            message: String::new(),
            fix: String::new(),
        }
    }

    fn place(line: u32, text: &str) -> Place {
        let location = Location { path: "a.c".into(), line, column: 1, end_line: line, end_column: 2 };
        Place { location, function: "f".into(), owner: String::new(), text: text.to_owned() }
    }

    #[test]
    fn a_fingerprint_outlives_moved_lines_and_new_blanks_but_not_new_code() {
        let print = |rule: &str, line, text: &str| finding(wording(rule), &place(line, text)).fingerprint;
        let one = print("r", 1, "a  =\n b");
        assert_eq!(one.len(), 16);
        assert_eq!(one, print("r", 9, "a = b"));
        assert_ne!(one, print("r", 1, "a = c"));
        assert_ne!(one, print("s", 1, "a = b"));
        assert_eq!(print("r", 1, &"é".repeat(400)), print("r", 1, &"é".repeat(500)));
    }
}
