//! The nouns of the audit and their invariants: no I/O, no analysis, no wording of results.
//!
//! Three words run through everything (see `ARCHITECTURE.md`): a [`Claim`] is what an author or a
//! generator says about the GIL, a [`Finding`] is evidence that bears on it, and a [`Gap`] is what could
//! not be looked at. [`Observed`] holds all that was seen in one artifact, whatever the target is, so it
//! can be cached by the artifact's hash; a verdict needs a [`Target`] as well and is made in `judge`.
//!
//! Types that appear in the report serialise exactly as `schema` 1 of the report spells them.

mod artifact;
mod claim;
mod distfile;
mod finding;
mod gap;
mod judgement;
mod member;
mod minors;
mod module;
mod name;
mod observed;
mod target;

pub use artifact::{Artifact, ArtifactKind, Attributed, Digest};
pub use claim::{Claim, ClaimScope, DeclaredBy, Framework, Stance};
pub use distfile::{CoreMetadata, DistFile, Hashes, Yanked};
pub use finding::{
    Class, Confidence, Correction, Finding, Location, Origin, Related, Replacement, Severity, Suppression,
};
pub use gap::{Gap, Hides};
pub use judgement::{HazardCounts, Judgement, Safety, Score, ScorePart, Verdict};
pub use member::{C_COMPILED, C_INCLUDED, Member, MemberPath, PathError};
pub use minors::Minors;
pub use module::{Arch, BinaryFormat, Build, GilSupport, Init, Module, StableAbiUse};
pub use name::{InvalidName, PackageName};
pub use observed::{Looked, Observed, PackageMetadata};
pub use target::{Abi, InvalidTarget, Platform, PythonVersion, Target};
