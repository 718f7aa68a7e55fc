//! Extension modules as read from binaries.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DeclaredBy, Framework};

/// The container format of a binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum BinaryFormat {
    Elf,
    MachO,
    Pe,
}

/// The instruction set of a binary (one slice of a fat Mach-O file).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs)]
pub enum Arch {
    #[serde(rename = "x86_64")]
    X86_64,
    #[serde(rename = "aarch64")]
    Aarch64,
    #[serde(rename = "i686")]
    I686,
    #[serde(rename = "armv7")]
    Armv7,
    #[serde(rename = "ppc64le")]
    Ppc64le,
    #[serde(rename = "s390x")]
    S390x,
    #[serde(rename = "riscv64")]
    Riscv64,
    #[serde(rename = "loong64")]
    Loong64,
    #[serde(rename = "other")]
    Other,
}

/// Which interpreters can load a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Build {
    /// Builds with the GIL only.
    Gil,
    /// Free-threaded builds only.
    FreeThreaded,
    /// Both (`abi3.abi3t` from 3.15).
    Both,
    /// The file does not tell.
    Unknown,
}

/// How the module is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Init {
    /// `PyInit_*` returns a definition (PEP 489).
    MultiPhase,
    /// `PyInit_*` returns a finished module.
    SinglePhase,
    /// `PyModExport_*` returns slots (PEP 793).
    Export,
    /// Could not be told.
    Unknown,
}

/// What the file says about the GIL. A fact of this one file, not of other builds of the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GilSupport {
    /// Declares `Py_MOD_GIL_NOT_USED`.
    NotUsed,
    /// Declares `Py_MOD_GIL_USED`.
    Used,
    /// All of its description was read; no declaration is in it.
    Undeclared,
    /// Could not be told; a gap of the same member says why.
    Unknown,
}

/// What a file of the stable ABI imports of the C API.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct StableAbiUse {
    /// Names that are not in the stable ABI, sorted.
    pub outside: Vec<String>,
    /// The first Python whose Limited API has all the others: `3.13`; null if nothing is known to be young.
    pub complete_from: Option<String>,
    /// The name that makes it so young.
    pub youngest: Option<String>,
}

/// One extension module in one binary file (in one slice of a fat file).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Module {
    /// Path within the artifact.
    pub member: String,
    /// Dotted import name.
    pub module: String,
    /// Container format.
    pub format: BinaryFormat,
    /// Instruction set.
    pub arch: Arch,
    /// ABI by the file's suffix: `cp314t`, `cp314`, `abi3`, `abi3t`; none for a plain `.so` or `.pyd`.
    pub abi: Option<String>,
    /// Which interpreters can load it, by its contents.
    pub build: Build,
    /// How it is entered.
    pub init: Init,
    /// Its declaration.
    pub gil: GilSupport,
    /// Who declared, where it declares.
    pub declared_by: Option<DeclaredBy>,
    /// The binding generator.
    pub framework: Option<Framework>,
    /// The decisive evidence in one sentence.
    pub evidence: String,
    /// The steps from the export to the slots, with addresses, one sentence each, for `-v`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<String>,
    /// True where the generator compiles the slot only into free-threaded builds and this is a GIL build:
    /// its absence then proves nothing about them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inconclusive: bool,
    /// What it imports, for a file that says it keeps to the stable ABI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stable_abi: Option<StableAbiUse>,
    /// Contradictions and other things worth telling, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}
