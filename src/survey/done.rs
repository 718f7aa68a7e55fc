//! Which projects have rows already: a set that keeps 16 bytes of a name, whatever its length.
//!
//! Two of even a thousand million names that are the same in 128 bits of sha256 are not to be feared.

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

/// Names that have rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done(HashSet<u128>);

impl Done {
    /// Adds a name.
    pub fn insert(&mut self, name: &str) {
        self.0.insert(short(name));
    }

    /// Whether a name was added.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(&short(name))
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn short(name: &str) -> u128 {
    Sha256::digest(name.as_bytes()).iter().take(16).fold(0, |all, byte| all << 8 | u128::from(*byte))
}
