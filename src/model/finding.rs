//! Findings: places in sources that rely on the GIL.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad a finding is if it is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; never a hazard by itself.
    Note,
    /// Wrong results in rare cases, or a leak.
    Low,
    /// Lost updates, wrong results.
    Medium,
    /// Memory corruption, use after free, a crash.
    High,
}

/// How often a finding of this kind, in this shape, is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// A place to look at.
    Low,
    /// More often real than not.
    Medium,
    /// Almost always real.
    High,
}

/// What kind of reliance on the GIL a rule looks for; groups rules for scoring and in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the names are the contract's, and each rule explains its own
pub enum Class {
    BorrowedRef,
    DictIteration,
    StaticCache,
    LazyInit,
    StaticMutableState,
    InstanceFieldRace,
    IteratorRace,
    RefcountCheck,
    GilAsLock,
    MissingModGil,
    AllocatorDomain,
    NonThreadsafeLibc,
    CriticalSectionMisuse,
    TypeMutation,
    ApiWithoutThreadState,
    Other,
}

/// Whom a place in the sources belongs to, when that is not the project's author.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// The generator or vendored library: `cython`, `swig`, `pythoncapi-compat`.
    pub name: String,
    /// Its version where the file tells it.
    pub version: Option<String>,
}

/// Why a finding does not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Suppression {
    /// Where it was accepted: `comment`, `config`, `baseline`.
    pub by: String,
    /// The reason its author gave.
    pub reason: String,
}

/// A stretch of a source file. Lines and columns count from 1; columns count bytes; the end is exclusive
/// in columns, as editors select text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// As the project's own tree calls the file; no top folder of the sdist.
    pub path: String,
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last.
    pub end_column: u32,
}

/// Another place that helps to understand a finding: a declaration, the write it races with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Related {
    /// Where.
    #[serde(flatten)]
    pub location: Location,
    /// What is there, in one sentence.
    pub message: String,
}

/// Text that takes the place of a stretch of a file; a stretch of no length is where it is put.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Replacement {
    /// What it replaces.
    #[serde(flatten)]
    pub location: Location,
    /// The new text.
    pub text: String,
}

/// A change of a file that takes a finding away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Correction {
    /// Whether `--fix` applies it; what is not safe is a promise or a choice that only the author can make.
    pub safe: bool,
    /// What it does, and for one that is not safe what has to hold; a sentence without a full stop.
    pub what: String,
    /// The changes, by place; they do not overlap.
    pub edits: Vec<Replacement>,
}

/// One place that relies on the GIL, as one rule sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Id of the rule, the name of its folder.
    pub rule: String,
    /// The rule's class.
    pub class: Class,
    /// How bad if real.
    pub severity: Severity,
    /// How often real.
    pub confidence: Confidence,
    /// File name of the artifact it was read in.
    pub artifact: String,
    /// Where.
    #[serde(flatten)]
    pub location: Location,
    /// The function it stands in, or empty at file level.
    pub function: String,
    /// The class that the function is a method of, where that is known: functions of one file may share a name.
    #[serde(skip)]
    pub owner: String,
    /// What is wrong here, in one sentence.
    pub message: String,
    /// What to do, naming the replacement and since when it exists.
    pub fix: String,
    /// Stays the same when lines move: made of rule, path, function and the text of the place.
    pub fingerprint: String,
    /// Set when the place is a generator's or a vendored library's; such findings do not count against
    /// the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Whether the module this code belongs to declares itself free of the GIL, so that the hazard is
    /// live today; `None` where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<bool>,
    /// Other places that belong to it, in the order they are to be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
    /// A change of text that takes it away, where there is one and the sources were at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correction: Option<Correction>,
    /// Set when somebody accepted it.
    pub suppressed: Option<Suppression>,
}

impl Finding {
    /// Whether it counts in scores and gates: not suppressed, and the author's own code.
    pub fn counts(&self) -> bool {
        self.suppressed.is_none() && self.origin.is_none()
    }
}
