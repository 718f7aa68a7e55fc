//! Members of wheels, sdists and trees, in memory and within limits.
//!
//! Bytes go in, members and gaps come out. Which members matter is the caller's predicate; nothing is ever
//! written to disk, and no link is followed. Whatever an archive declares about itself (counts, sizes,
//! offsets) is checked against [`Limits`] before memory is taken for it, and again while inflating, since
//! a declared size is only a claim.

use crate::model::{C_COMPILED, C_INCLUDED, Gap, Hides, MemberPath};

#[allow(clippy::disallowed_methods)] // meets the disk
mod installed;
mod sdist;
#[allow(clippy::disallowed_methods)] // meets the disk
mod tree;
mod wheel;

pub use installed::{Site, installed, sites};
pub use sdist::{sdist, zip_sdist};
pub use tree::{Place, TreeError, TreeFile, one, place, tree};
pub use wheel::{Wheel, wheel};

/// How much of an artifact is looked at before it is taken for hostile. Sizes are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Members of one archive.
    pub max_members: usize,
    /// One member that is no source file: extension modules with debug information are large.
    pub max_member: u64,
    /// One source or metadata file; larger ones are generated data that a parser should not meet.
    pub max_source: u64,
    /// All that is inflated of one archive.
    pub max_total: u64,
    /// Inflated bytes per stored byte, once a member (or stream) is larger than [`Limits::ratio_from`].
    pub max_ratio: u64,
    /// Below this size no ratio is asked for: small files of zeros are common.
    pub ratio_from: u64,
    /// One member's path.
    pub max_path: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_members: 200_000,
            max_member: 512 << 20,
            max_source: 64 << 20,
            max_total: 8 << 30,
            max_ratio: 250,
            ratio_from: 64 << 20,
            max_path: MemberPath::MAX_LEN,
        }
    }
}

impl Limits {
    /// The largest size accepted for a member at `path`.
    pub fn for_path(&self, path: &str) -> u64 {
        if hides(path) == Hides::Claims { self.max_member } else { self.max_source }
    }

    /// Whether `inflated` bytes out of `stored` are what compression can honestly do.
    fn ratio_is_honest(&self, inflated: u64, stored: u64) -> bool {
        inflated <= self.ratio_from || inflated / stored.max(1) <= self.max_ratio
    }
}

/// A member as its archive lists it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemberInfo {
    /// Where it lies in the artifact.
    pub path: MemberPath,
    /// Its size once inflated, as declared.
    pub size: u64,
    /// Its size in the archive, as declared; equal to `size` where members are not compressed one by one.
    pub stored: u64,
}

/// What became of opening an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opened {
    /// All regular members, in the archive's order, wanted or not.
    pub members: Vec<MemberInfo>,
    /// What could not be read. A member named here was not handed to the visitor.
    pub gaps: Vec<Gap>,
    /// Whether the archive was understood to its end.
    pub complete: bool,
}

/// What an unreadable member at `path` may hide: a claim if an interpreter could import it, hazards if it
/// is a source, nothing otherwise.
pub fn hides(path: &str) -> Hides {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "so" | "pyd" | "dylib" | "dll" => Hides::Claims,
        "pyx" | "pxd" | "pxi" | "rs" | "i" | "pyf" | "src" | "in" | "tp" => Hides::Hazards,
        one if C_COMPILED.contains(&one) || C_INCLUDED.contains(&one) => Hides::Hazards,
        _ => match name.as_str() {
            "setup.py" | "setup.cfg" | "pyproject.toml" | "meson.build" | "cmakelists.txt" | "cargo.toml"
            | "cargo.lock" => Hides::Hazards,
            _ => Hides::Nothing,
        },
    }
}

/// Checks a path as an archive spells it.
fn checked_path(text: &str, limits: &Limits) -> Result<MemberPath, Gap> {
    let shown = || text.chars().take(200).collect::<String>();
    if text.len() > limits.max_path {
        return Err(Gap::new(
            shown(),
            hides(text),
            format!("its path is longer than {} bytes", limits.max_path),
        ));
    }
    MemberPath::new(text).map_err(|_| {
        Gap::new(shown(), hides(text), "its path leaves the artifact, so no installer would write it")
    })
}

/// A size as people read it.
fn size_text(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KiB", bytes >> 10),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_unreadable_member_may_hide_follows_from_its_name() {
        assert_eq!(hides("pkg/a.cpython-314t-x86_64-linux-gnu.so"), Hides::Claims);
        assert_eq!(hides("pkg/A.PYD"), Hides::Claims);
        assert_eq!(hides("src/a.pyx"), Hides::Hazards);
        assert_eq!(hides("meson.build"), Hides::Hazards);
        assert_eq!(hides("pkg/data.bin"), Hides::Nothing);
        assert_eq!(hides(""), Hides::Nothing);
    }
}
