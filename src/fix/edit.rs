//! Edits of a text as values: byte ranges and what takes their place.

use crate::model::{Location, Replacement};

/// One edit: the bytes `start..end` become `text`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// First byte.
    pub start: usize,
    /// Byte after the last; equal to `start` where text is only put in.
    pub end: usize,
    /// The new text.
    pub text: String,
}

impl Edit {
    /// Replaces a range.
    pub fn new(start: usize, end: usize, text: impl Into<String>) -> Self {
        Self { start, end, text: text.into() }
    }

    /// Puts text in at a byte.
    pub fn put(at: usize, text: impl Into<String>) -> Self {
        Self::new(at, at, text)
    }
}

/// The text with edits made; `None` if two of them overlap or one lies outside. Edits that put text in at one byte keep
/// their order.
pub fn apply(text: &[u8], edits: &[Edit]) -> Option<Vec<u8>> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.start, edit.end));
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for edit in sorted {
        if edit.start < at || edit.end < edit.start {
            return None;
        }
        out.extend_from_slice(text.get(at..edit.start)?);
        out.extend_from_slice(edit.text.as_bytes());
        at = edit.end;
    }
    out.extend_from_slice(text.get(at..)?);
    Some(out)
}

/// Where lines of a text begin.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
    len: usize,
}

impl Lines {
    pub fn new(text: &[u8]) -> Self {
        let starts =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| at.saturating_add(1)));
        Self { starts: starts.collect(), len: text.len() }
    }

    /// The bytes of a place.
    pub fn bytes(&self, at: &Location) -> Option<(usize, usize)> {
        let byte = |line: u32, column: u32| {
            let start = self.starts.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
            let byte = start.checked_add(usize::try_from(column).ok()?.checked_sub(1)?)?;
            (byte <= self.len).then_some(byte)
        };
        let (start, end) = (byte(at.line, at.column)?, byte(at.end_line, at.end_column)?);
        (start <= end).then_some((start, end))
    }

    fn position(&self, byte: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = line.checked_sub(1).and_then(|line| self.starts.get(line)).copied().unwrap_or_default();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (number(line), number(byte.saturating_sub(start).saturating_add(1)))
    }

    /// An edit as the report shows it.
    pub fn replacement(&self, path: &str, edit: &Edit) -> Replacement {
        let ((line, column), (end_line, end_column)) = (self.position(edit.start), self.position(edit.end));
        let location = Location { path: path.to_owned(), line, column, end_line, end_column };
        Replacement { location, text: edit.text.clone() }
    }
}

/// The edits that the report shows, as bytes of the text they were made for.
pub fn edits_of(text: &[u8], replacements: &[Replacement]) -> Option<Vec<Edit>> {
    let lines = Lines::new(text);
    replacements
        .iter()
        .map(|one| lines.bytes(&one.location).map(|(start, end)| Edit::new(start, end, one.text.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_made_from_the_front_and_never_over_each_other() {
        let edits = [Edit::put(3, "-"), Edit::new(0, 1, "A"), Edit::put(3, "+")];
        assert_eq!(apply(b"abc", &edits).as_deref(), Some(&b"Abc-+"[..]));
        assert_eq!(apply(b"abc", &[Edit::new(0, 2, ""), Edit::new(1, 3, "")]), None);
        assert_eq!(apply(b"abc", &[Edit::new(2, 9, "")]), None);
    }

    proptest::proptest! {
        /// What the report shows must be the edit that was proved.
        #[test]
        fn a_replacement_is_read_back_as_the_same_edit(text in "[a-c\n]{0,40}", a in 0..40_usize, b in 0..40_usize) {
            let (start, end) = (a.min(b).min(text.len()), a.max(b).min(text.len()));
            let edit = Edit::new(start, end, "x");
            let shown = Lines::new(text.as_bytes()).replacement("p", &edit);
            proptest::prop_assert_eq!(edits_of(text.as_bytes(), &[shown]), Some(vec![edit]));
        }
    }
}
