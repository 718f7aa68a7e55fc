//! Text from outside, fit to be shown, and names fit to be files.

use minijinja::HtmlEscape;
use sha2::{Digest as _, Sha256};

use crate::store::hex;

/// Longest name that is its own file name.
const LONGEST: usize = 100;
/// Names that one family of systems keeps for devices, whatever their ending.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The name of a project's files: itself where that is safe everywhere, else a digest of it. Project names have no
/// `_`, so the two cannot meet.
pub(super) fn slug(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let edges = !name.starts_with('-') && !name.ends_with('-') && !name.is_empty();
    let device =
        DEVICES.contains(&name) || (name.len() == 4 && (name.starts_with("com") || name.starts_with("lpt")));
    if plain && edges && !device && name.len() <= LONGEST && name != "index" {
        return name.to_owned();
    }
    let digest = hex(&Sha256::digest(name.as_bytes()));
    format!("_{}", digest.get(..24).unwrap_or(&digest))
}

/// Takes out what is not seen and does harm: control characters, and those that turn the direction of writing.
pub(super) fn clean(text: &str) -> String {
    let harmful = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
    };
    text.chars().map(|c| if harmful(c) { '\u{fffd}' } else { c }).collect()
}

/// Text in which `code` between backticks is code, as HTML: cleaned and escaped first.
pub(super) fn prose(text: &str) -> String {
    let escaped = HtmlEscape(&clean(text)).to_string();
    let parts: Vec<&str> = escaped.split('`').collect();
    // A backtick without its other one is itself.
    let paired = parts.len() % 2 == 1;
    let mut out = String::with_capacity(escaped.len() + 16);
    for (at, part) in parts.iter().enumerate() {
        match at % 2 == 1 {
            true if paired || at + 1 < parts.len() => {
                out.push_str("<code>");
                out.push_str(part);
                out.push_str("</code>");
            }
            true => {
                out.push('`');
                out.push_str(part);
            }
            false => out.push_str(part),
        }
    }
    out
}

/// Paragraphs of a text whose lines were broken for an editor: what a blank line parts.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    let joined = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    text.split("\n\n").map(joined).filter(|part| !part.is_empty()).collect()
}

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_never_named_by_what_is_no_safe_name() {
        assert_eq!(slug("zope-interface"), "zope-interface");
        let mut seen = std::collections::BTreeSet::new();
        for bad in
            ["", "../../x", "a/b", "A", "aux", "com1", "index", "<script>", "-a", "a_b", &"a".repeat(101)]
        {
            let slug = slug(bad);
            assert!(slug.starts_with('_') && slug.len() == 25, "{bad}: {slug}");
            assert!(slug.chars().skip(1).all(|c| c.is_ascii_hexdigit()));
            assert!(seen.insert(slug));
        }
    }

    #[test]
    fn what_steers_is_taken_out_and_letters_stay() {
        assert_eq!(clean("a\u{1b}[31m\u{202e}b\u{0}"), "a\u{fffd}[31m\u{fffd}b\u{fffd}");
        assert_eq!(clean("\u{fc}\u{4e2d}\u{1f40d}\n"), "\u{fc}\u{4e2d}\u{1f40d}\n");
    }

    #[test]
    fn numbers_are_read_in_groups() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn code_is_code_and_nothing_else_is_markup() {
        assert_eq!(prose("use `a<b>` & `c`"), "use <code>a&lt;b&gt;</code> &amp; <code>c</code>");
        assert_eq!(prose("a ` b"), "a ` b");
        assert_eq!(prose("`a` ` <b>"), "<code>a</code> ` &lt;b&gt;");
        assert_eq!(paragraphs("a\nb\n\n\nc `d\ne`\n"), ["a b", "c `d e`"]);
    }
}
