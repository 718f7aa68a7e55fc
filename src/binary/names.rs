//! What a path says about the extension module it may be: dotted name, ABI tag, init hooks.
//!
//! An importer finds `pkg/mod.cpython-314t-x86_64-linux-gnu.so` by the module's name and a list of
//! suffixes, then calls the one hook that bears the last component of that name. Other hooks in the same
//! file belong to modules that the program registers itself; a file without its own hook is a plain library.

use crate::knowledge::pythons::Pythons;
use crate::model::{Build, MemberPath};

/// A path that an importer, or somebody who asks about a single file, may take for an extension module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Dotted import name.
    pub module: String,
    /// The file name before its first dot.
    pub stem: String,
    /// The tag within the suffix.
    pub tag: Tag,
    /// Whether importers look for files of this suffix: `.so` and `.pyd`, but not `.dylib`.
    pub importable: bool,
    /// The last components that a hook of this module may bear: two for a package's `__init__`.
    hooked: Vec<String>,
}

/// The ABI that a file's suffix names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// None: a plain `.so` or `.pyd`.
    None,
    /// CPython 3.`minor`.
    CPython {
        /// The minor version.
        minor: u8,
        /// Whether it is the free-threaded build.
        free_threaded: bool,
        /// The tag as wheels spell it: `cp314t`.
        text: String,
    },
    /// `abi3`.
    Abi3,
    /// `abi3t`.
    Abi3t,
    /// Another implementation's: PyPy, GraalPy, HPy.
    Foreign(String),
}

impl Tag {
    /// The tag that suffix and libraries together tell: on Windows files of the Stable ABI have no tag, but
    /// are linked with its library.
    pub fn with_libraries(&self, libraries: &[&str], pythons: &Pythons) -> Self {
        match (self, libraries.iter().find_map(|library| pythons.stable_library(library))) {
            (Self::None, Some(Build::Both)) => Self::Abi3t,
            (Self::None, Some(_)) => Self::Abi3,
            _ => self.clone(),
        }
    }

    /// As reports spell it.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::CPython { text, .. } | Self::Foreign(text) => Some(text),
            Self::Abi3 => Some("abi3"),
            Self::Abi3t => Some("abi3t"),
        }
    }
}

/// The two kinds of init hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HookKind {
    /// `PyInit_*`: returns a definition or a finished module.
    Init,
    /// `PyModExport_*` (PEP 793): returns slots.
    Export,
}

/// An exported init hook of the module at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hook<'a> {
    /// Which kind.
    pub kind: HookKind,
    /// The exported name.
    pub name: &'a str,
    /// Its address.
    pub address: u64,
}

impl<'a> Hook<'a> {
    /// The last component of the module's name, as the hook spells it.
    pub fn module(&self) -> &'a str {
        self.name.split_once('_').map_or(self.name, |(_, module)| module)
    }
}

/// What begins the name of a hook, by kind, for names in ASCII and for others.
const PREFIXES: [(HookKind, &str, &str); 2] =
    [(HookKind::Init, "PyInit_", "PyInitU_"), (HookKind::Export, "PyModExport_", "PyModExportU_")];

impl Named {
    /// Reads a path; `None` if it names no shared library of a kind that could be a module.
    pub fn read(path: &MemberPath) -> Option<Self> {
        let importable = match path.extension().as_str() {
            "so" | "pyd" => true,
            "dylib" => false,
            _ => return None,
        };
        let mut parts: Vec<&str> = within_site(path.as_str());
        let file = parts.pop()?;
        let (stem, rest) = file.split_once('.')?;
        let tag = rest.rsplit_once('.').map_or(Tag::None, |(middle, _)| tag(middle));
        let mut hooked = vec![stem.to_owned()];
        if stem == "__init__" {
            hooked.extend(parts.last().map(|package| (*package).to_owned()));
        } else {
            parts.push(stem);
        }
        // `libx.dylib` is what a linker calls the module x before anybody renames it.
        if !importable {
            hooked.extend(stem.strip_prefix("lib").map(str::to_owned));
        }
        let module = if parts.is_empty() { stem.to_owned() } else { parts.join(".") };
        Some(Self { module, stem: stem.to_owned(), tag, importable, hooked })
    }

    /// Whether the exported name is a hook of this module.
    pub fn hook_kind(&self, export: &str) -> Option<HookKind> {
        // Most exports are something else; this is asked of each of a library's hundred thousand.
        if !export.starts_with("Py") {
            return None;
        }
        PREFIXES.iter().find_map(|(kind, plain, encoded)| {
            let by_name = |prefix: &str, encode: bool| {
                export.strip_prefix(prefix).is_some_and(|rest| {
                    self.hooked.iter().any(|name| name.is_ascii() != encode && spelled(name) == rest)
                })
            };
            (by_name(plain, false) || by_name(encoded, true)).then_some(*kind)
        })
    }

    /// The hooks of this module among a file's exports, `PyInit_*` first.
    pub fn hooks<'a>(&self, exports: impl Iterator<Item = (&'a str, u64)>) -> Vec<Hook<'a>> {
        let mut hooks: Vec<Hook<'a>> = Vec::new();
        for (name, address) in exports {
            if let Some(kind) = self.hook_kind(name)
                && !hooks.iter().any(|hook| hook.kind == kind)
            {
                hooks.push(Hook { kind, name, address });
            }
        }
        hooks.sort_by_key(|hook| hook.kind);
        hooks
    }
}

/// Whether a folder within the site has a dot in its name: the import system would take it for two packages.
pub(super) fn has_dotted_folder(path: &MemberPath) -> bool {
    within_site(path.as_str())
        .split_last()
        .is_some_and(|(_, folders)| folders.iter().any(|one| one.contains('.')))
}

/// A module's last component as a hook spells it (PEP 489): names beyond ASCII in punycode, with `_` for `-`.
fn spelled(name: &str) -> String {
    if name.is_ascii() {
        return name.to_owned();
    }
    idna::punycode::encode_str(name).unwrap_or_default().replace('-', "_")
}

/// The components of a path below the folder that lands on the import path.
fn within_site(path: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [data, "purelib" | "platlib", _, ..] if data.ends_with(".data") => drop(parts.drain(..2)),
        ["build", lib, _, ..] if lib.starts_with("lib") => drop(parts.drain(..2)),
        ["src", _, ..] => drop(parts.drain(..1)),
        _ => {}
    }
    parts
}

/// The tag in the middle of a file name: `cpython-314t-x86_64-linux-gnu`, `cp314t-win_amd64`, `abi3`.
fn tag(middle: &str) -> Tag {
    let middle = middle.rsplit('.').next().unwrap_or(middle);
    let mut parts = middle.split('-');
    let first = parts.next().unwrap_or_default();
    let version = match first {
        "abi3" => return Tag::Abi3,
        "abi3t" => return Tag::Abi3t,
        "cpython" => parts.next().unwrap_or_default(),
        _ => first.strip_prefix("cp").unwrap_or_default(),
    };
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    let flags = version.get(digits.len()..).unwrap_or_default();
    if let Some(minor) = digits.strip_prefix('3').and_then(|minor| minor.parse().ok())
        && flags.chars().all(|flag| matches!(flag, 't' | 'd' | 'm' | 'u'))
    {
        return Tag::CPython {
            minor,
            free_threaded: flags.contains('t'),
            text: format!("cp{digits}{flags}"),
        };
    }
    if ["pypy", "graalpy", "hpy", "cppy"].iter().any(|other| first.starts_with(other)) {
        return Tag::Foreign(middle.to_owned());
    }
    Tag::None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str) -> Named {
        Named::read(&MemberPath::new(path).expect(path)).expect(path)
    }

    #[test]
    fn a_suffix_tells_the_abi_on_every_platform() {
        for (path, tag) in [
            ("numpy/_core/x.cpython-314t-x86_64-linux-gnu.so", Some("cp314t")),
            ("x.cpython-314-darwin.so", Some("cp314")),
            ("x.cp313t-win_amd64.pyd", Some("cp313t")),
            ("x.cpython-36m-x86_64-linux-gnu.so", Some("cp36m")),
            ("x.abi3.so", Some("abi3")),
            ("x.abi3t-x86_64-linux-gnu.so", Some("abi3t")),
            ("x.pypy311-pp73-x86_64-linux-gnu.so", Some("pypy311-pp73-x86_64-linux-gnu")),
            ("x.pyd", None),
            ("x.so", None),
            ("x.cpython-999999t-darwin.so", None),
        ] {
            assert_eq!(named(path).tag.text(), tag, "{path}");
        }
        for other in ["libz.so.1", "x.py", "x.dll", "so"] {
            assert!(Named::read(&MemberPath::new(other).expect(other)).is_none(), "{other}");
        }
    }

    #[test]
    fn the_dotted_name_is_the_one_an_import_statement_uses() {
        for (path, module) in [
            ("pkg/sub/mod.cpython-314t-darwin.so", "pkg.sub.mod"),
            ("p-1.0.data/platlib/pkg/mod.abi3.so", "pkg.mod"),
            ("pkg/__init__.cpython-314-darwin.so", "pkg"),
            ("build/lib.linux-x86_64-cpython-314/pkg/mod.so", "pkg.mod"),
            ("src/pkg/mod.so", "pkg.mod"),
            ("mod.pyd", "mod"),
            ("__init__.so", "__init__"),
        ] {
            assert_eq!(named(path).module, module, "{path}");
        }
    }

    #[test]
    fn only_the_hook_of_the_files_own_name_counts() {
        let exports = [("PyInit_other", 1), ("PyModExport_mod", 2), ("PyInit_mod", 3), ("PyInit_mod2", 4)];
        let named = named("pkg/mod.cpython-315t-darwin.so");
        let hooks: Vec<u64> = named.hooks(exports.into_iter()).iter().map(|hook| hook.address).collect();
        assert_eq!(hooks, [3, 2]);
    }

    #[test]
    fn a_package_is_entered_by_its_own_name() {
        assert_eq!(named("pkg/__init__.so").hook_kind("PyInit_pkg"), Some(HookKind::Init));
        assert_eq!(named("pkg/__init__.so").hook_kind("PyInit___init__"), Some(HookKind::Init));
    }

    /// The example of PEP 489's algorithm, and a name of which nothing is ASCII.
    #[test]
    fn on_windows_the_library_tells_the_stable_abi() {
        let told = |tag: &Tag, library| tag.with_libraries(&[library], Pythons::builtin());
        assert_eq!(told(&Tag::None, "python3.dll"), Tag::Abi3);
        assert_eq!(told(&Tag::None, "python3t.dll"), Tag::Abi3t);
        assert_eq!(told(&Tag::None, "python314.dll"), Tag::None);
        assert_eq!(told(&Tag::Abi3t, "python3.dll"), Tag::Abi3t, "the suffix is what importers look at");
    }

    #[test]
    fn names_beyond_ascii_are_spelled_in_punycode() {
        assert_eq!(named("lančmít.so").hook_kind("PyInitU_lanmt_2sa6t"), Some(HookKind::Init));
        assert_eq!(named("スパム.so").hook_kind("PyModExportU_zck5b2b"), Some(HookKind::Export));
        assert_eq!(named("スパム.so").hook_kind("PyInit_zck5b2b"), None);
    }
}
