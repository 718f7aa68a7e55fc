//! Which part of a list is whose: `3/16`.
//!
//! A project belongs to a shard by a hash of its name that is the same on every machine and in every version, never by
//! its place in the list: lists grow, and what was done stays done.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// One of a number of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: u32,
    of: u32,
}

/// The text is no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no shard; write 1/16 for the first of sixteen")]
pub struct InvalidShard(String);

impl Default for Shard {
    /// Everything.
    fn default() -> Self {
        Self { number: 1, of: 1 }
    }
}

impl Shard {
    /// Whether the project of this normalised name belongs to it.
    pub fn has(self, name: &str) -> bool {
        let digest = Sha256::digest(name.as_bytes());
        let first = digest.iter().take(8).fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        first % u64::from(self.of.max(1)) == u64::from(self.number.saturating_sub(1))
    }

    /// The name of its folder's value: `00003-of-00016`.
    pub fn label(self) -> String {
        format!("{:05}-of-{:05}", self.number, self.of)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = InvalidShard;
    fn from_str(text: &str) -> Result<Self, InvalidShard> {
        let invalid = || InvalidShard(text.chars().take(40).collect());
        let (number, of) = text.trim().split_once('/').ok_or_else(invalid)?;
        let number: u32 = number.parse().map_err(|_| invalid())?;
        let of: u32 = of.parse().map_err(|_| invalid())?;
        (1..=of).contains(&number).then_some(Self { number, of }).ok_or_else(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_in_exactly_one_shard_and_shards_are_about_equal() {
        for of in [1, 2, 7, 64] {
            let mut counts = vec![0_u32; of as usize];
            for n in 0..4000 {
                let name = format!("project-{n}");
                let own: Vec<u32> =
                    (1..=of).filter(|number| Shard { number: *number, of }.has(&name)).collect();
                assert_eq!(own.len(), 1, "{name}");
                counts[own[0] as usize - 1] += 1;
            }
            let even = 4000 / of;
            assert!(counts.iter().all(|count| count * 2 > even && *count < even * 2), "{counts:?}");
        }
    }

    /// Written down, because shards of different versions and machines must fit together.
    #[test]
    fn the_hash_is_the_same_for_ever() {
        let shard = |name: &str| (1..=16).find(|number| Shard { number: *number, of: 16 }.has(name));
        assert_eq!(["numpy", "lxml", "zope-interface"].map(shard), [Some(11), Some(8), Some(5)]);
    }

    #[test]
    fn shards_are_counted_from_one() {
        assert_eq!("3/16".parse::<Shard>().expect("a shard").label(), "00003-of-00016");
        for bad in ["0/3", "4/3", "1", "a/b", "1/0", "-1/2", ""] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
    }
}
