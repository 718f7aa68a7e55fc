//! Claims: what authors and generators say about running without the GIL.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Minors;

/// What a claim says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stance {
    /// `Py_MOD_GIL_NOT_USED`, or what the generator turns into it.
    RunsWithoutGil,
    /// An explicit `Py_MOD_GIL_USED` (or its equivalent).
    NeedsGil,
    /// The whole place where a declaration would stand was read, and none is there.
    Silent,
}

/// Who made a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeclaredBy {
    /// The author wrote it.
    Author,
    /// The binding generator writes it unless told otherwise (PyO3 from 0.28, mypyc, cffi from 2.0).
    GeneratorDefault,
}

/// A binding generator, by the id used in `rules/facts/frameworks.toml`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Framework {
    /// `c`, `cython`, `pybind11`, `nanobind`, `boost-python`, `pyo3`, `cffi`, `swig`, `mypyc`, `f2py`, …
    pub name: String,
    /// The generator's version, where the artifact tells it.
    pub version: Option<String>,
}

/// Which modules a claim found in sources speaks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimScope {
    /// One extension module: the last component of its dotted name.
    Module(String),
    /// Every module that this generator makes in the project (a build file's directive).
    Framework(String),
}

/// One statement about the GIL found in a source or build file.
///
/// Declarations compiled into binaries are not claims of this kind; they are facts of a
/// [`Module`](super::Module).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Claim {
    /// Whom it speaks for.
    pub scope: ClaimScope,
    /// What it says.
    pub stance: Stance,
    /// Who says it; `None` for [`Stance::Silent`].
    pub declared_by: Option<DeclaredBy>,
    /// The generator of the module, `c` for hand-written code.
    pub framework: Framework,
    /// Where it stands, as the project's own tree calls the file.
    pub path: String,
    /// Line from 1.
    pub line: u32,
    /// The preprocessor condition it stands under, as written, if any.
    pub guard: Option<String>,
    /// The Pythons it holds for, as far as that condition decides.
    pub minors: Minors,
    /// The evidence in a few words: `slot Py_mod_gil in the PyModuleDef_Slot array \`slots\``.
    pub evidence: String,
}
