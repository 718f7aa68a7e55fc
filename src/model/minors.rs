//! Which versions of Python something holds for: the minor versions that have a free-threaded build.

use serde::{Deserialize, Serialize};

/// A set of minor versions of Python 3, from 3.13 on. The last of it stands for all later ones too, so that a condition
/// "from 3.14 on" needs no list of versions that do not exist yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minors(u8);

impl Minors {
    /// The first minor version with a free-threaded build.
    pub const FIRST: u8 = 13;
    /// The version that stands for itself and all later ones.
    pub const LAST: u8 = Self::FIRST + 7;
    /// All of them.
    pub const ALL: Self = Self(u8::MAX);

    /// Those for which a question is not answered with no.
    pub fn those(mut may: impl FnMut(u8) -> bool) -> Self {
        let bits = (Self::FIRST..=Self::LAST).filter(|minor| may(*minor));
        Self(bits.fold(0, |bits, minor| bits | 1 << (minor - Self::FIRST)))
    }

    /// Whether it holds for a version; one before the first has no free-threaded build and is taken as the first.
    pub fn has(self, minor: u8) -> bool {
        self.0 & (1 << (minor.clamp(Self::FIRST, Self::LAST) - Self::FIRST)) != 0
    }

    /// What is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it holds for none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it holds for all.
    pub fn is_all(self) -> bool {
        self == Self::ALL
    }
}

impl Default for Minors {
    fn default() -> Self {
        Self::ALL
    }
}

impl std::fmt::Display for Minors {
    /// `3.13`, `3.13 and 3.14`, `3.14 and later`, `all versions`, `no version`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_all() || self.is_empty() {
            return f.write_str(if self.is_empty() { "no version" } else { "all versions" });
        }
        let mut left = *self;
        // The tail that reaches to the last is told by its begin.
        let tail = (Self::FIRST..=Self::LAST).rev().take_while(|minor| self.has(*minor)).last();
        let later = |minor: &u8| tail.is_some_and(|tail| *minor > tail);
        left = left.without(Self::those(|minor| later(&minor)));
        let names: Vec<String> = (Self::FIRST..=Self::LAST)
            .filter(|minor| left.has(*minor))
            .map(
                |minor| {
                    if Some(minor) == tail { format!("3.{minor} and later") } else { format!("3.{minor}") }
                },
            )
            .collect();
        match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => write!(f, "{} and {last}", rest.join(", ")),
            _ => f.write_str(&names.concat()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_version_stands_for_all_later_ones() {
        let late = Minors::those(|minor| minor >= 14);
        assert!(!late.has(13) && late.has(14) && late.has(20) && late.has(99));
        assert!(late.and(Minors::ALL.without(late)).is_empty());
        assert!(Minors::those(|minor| minor == 13).or(late).is_all());
    }

    #[test]
    fn versions_are_told_as_people_say_them() {
        assert_eq!(Minors::those(|minor| minor == 13).to_string(), "3.13");
        assert_eq!(Minors::those(|minor| minor < 15).to_string(), "3.13 and 3.14");
        assert_eq!(Minors::those(|minor| minor >= 14).to_string(), "3.14 and later");
        assert_eq!(Minors::those(|minor| minor != 14).to_string(), "3.13 and 3.15 and later");
        assert_eq!(Minors::ALL.to_string(), "all versions");
    }
}
