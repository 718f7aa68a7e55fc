//! CPython versions and builds, from `rules/facts/pythons.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{read, table};
use crate::model::Build;

/// The rows of the file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pythons {
    /// Raised when rows change, so that cached results are dropped.
    pub version: u32,
    /// First minor version with a free-threaded build.
    pub free_threaded_since: u8,
    /// First minor version that loads abi3t files.
    pub abi3t_since: u8,
    /// First minor version whose headers have the GIL slot.
    pub mod_gil_since: u8,
    /// First minor version that looks for `PyModExport_*`.
    pub mod_export_since: u8,
    /// Functions that only free-threaded builds export.
    pub free_threaded_imports: Vec<String>,
    library: Vec<Library>,
    stable_library: Vec<Library>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Library {
    name: String,
    build: Build,
}

static BUILTIN: LazyLock<Pythons> = LazyLock::new(|| {
    Pythons::parse(table!("pythons")).expect("the facts this program carries are parsed by a test")
});

impl Pythons {
    /// The facts this program carries.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads facts.
    ///
    /// # Errors
    /// Says which row is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let facts: Self = read(text)?;
        match facts.library.iter().find(|l| l.name.matches("{minor}").count() != 1) {
            Some(row) => Err(format!("library {}: write {{minor}} once", row.name)),
            None => Ok(facts),
        }
    }

    /// Which builds can load what is linked with this library of the Stable ABI; `None` for other libraries.
    pub fn stable_library(&self, name: &str) -> Option<Build> {
        let name = name.rsplit('/').next().unwrap_or(name);
        self.stable_library.iter().find(|row| row.name.eq_ignore_ascii_case(name)).map(|row| row.build)
    }

    /// The build and minor version whose library is called so; `None` for other libraries and for the one
    /// of the Stable ABI.
    pub fn library(&self, name: &str) -> Option<(Build, u8)> {
        let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
        self.library.iter().find_map(|row| {
            let (before, after) = row.name.split_once("{minor}")?;
            let minor = name.strip_prefix(before)?.strip_suffix(after)?;
            let digits = !minor.is_empty() && minor.bytes().all(|b| b.is_ascii_digit());
            Some((row.build, minor.parse().ok().filter(|_| digits)?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interpreters_library_tells_its_build() {
        let facts = Pythons::builtin();
        assert_eq!(facts.library("python314t.dll"), Some((Build::FreeThreaded, 14)));
        assert_eq!(facts.library("PYTHON313.dll"), Some((Build::Gil, 13)));
        assert_eq!(facts.library("python3.dll"), None, "the Stable ABI's library is of no version");
        assert_eq!(facts.library("python3t.dll"), None);
        assert_eq!(facts.stable_library("Python3.dll"), Some(Build::Gil));
        assert_eq!(facts.stable_library("python3t.dll"), Some(Build::Both));
        assert_eq!(facts.stable_library("python314.dll"), None);
        assert_eq!(facts.library("libpython3.14t.so.1.0"), Some((Build::FreeThreaded, 14)));
        assert_eq!(facts.library("libz.so.1"), None);
    }
}
