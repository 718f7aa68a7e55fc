//! Answers in one pass whether any of many words stands in a text: the question before every reading.

use aho_corasick::AhoCorasick;

/// Words to look for.
#[derive(Debug)]
pub struct AnyOf(Option<AhoCorasick>);

impl AnyOf {
    /// Prepares the search.
    pub fn new<I: AsRef<[u8]>>(words: impl IntoIterator<Item = I>) -> Self {
        // It fails for more bytes of words than an automaton can number; then every text has to be read.
        Self(AhoCorasick::new(words).ok())
    }

    /// Whether one of them is there.
    pub fn within(&self, bytes: &[u8]) -> bool {
        self.0.as_ref().is_none_or(|search| search.is_match(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_of_many_is_enough() {
        let words = AnyOf::new(["PyInit_", "PyModuleDef"]);
        assert!(words.within(b"static struct PyModuleDef m;") && !words.within(b"PyModule_Create"));
        assert!(!AnyOf::new([""; 0]).within(b"x"));
    }
}
