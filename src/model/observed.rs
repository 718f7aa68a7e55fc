//! Everything seen in one artifact, free of any target: what is cached by the artifact's hash.

use serde::{Deserialize, Serialize};

use super::{Attributed, Claim, Finding, Gap, Module};

/// What METADATA or PKG-INFO says, as far as we need it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PackageMetadata {
    /// `Name` as written.
    pub name: String,
    /// `Version` as written.
    pub version: String,
    /// `Metadata-Version`.
    pub metadata_version: String,
    /// `Requires-Python` as written.
    pub requires_python: Option<String>,
    /// `Requires-Dist`, as written.
    pub requires_dist: Vec<String>,
    /// `Provides-Extra`.
    pub provides_extra: Vec<String>,
    /// `Classifier`.
    pub classifiers: Vec<String>,
    /// Names of fields listed under `Dynamic`, lower case.
    pub dynamic: Vec<String>,
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Looked {
    /// Source files of a language we judge (C, C++, Cython, Rust).
    pub source_files: u64,
    /// Of these, the ones that could matter and were parsed.
    pub parsed_files: u64,
    /// Of the parsed, the ones not fully understood (syntax errors left).
    pub partly_parsed_files: u64,
    /// Lines in source files.
    pub source_lines: u64,
    /// Test files that start threads or use a parallel test plug-in: care shown by the author.
    pub threaded_tests: u64,
}

/// Claims, evidence and gaps of one artifact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Extension modules read from binaries.
    pub modules: Vec<Module>,
    /// Statements about the GIL in sources and build files.
    pub claims: Vec<Claim>,
    /// Evidence in sources.
    pub findings: Vec<Finding>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
    /// Package metadata if it was there.
    pub metadata: Option<PackageMetadata>,
    /// `Tag` lines of the WHEEL file.
    pub wheel_tags: Vec<String>,
    /// Counts.
    pub looked: Looked,
    /// Source files that are not the authors', by whom they belong to.
    pub attributed: Vec<Attributed>,
}

impl Observed {
    /// Adds what was seen elsewhere in the same artifact. Commutative up to [`Observed::sort`], but for
    /// metadata, where the first wins.
    pub fn absorb(&mut self, other: Self) {
        self.modules.extend(other.modules);
        self.claims.extend(other.claims);
        self.findings.extend(other.findings);
        self.gaps.extend(other.gaps);
        if self.metadata.is_none() {
            self.metadata = other.metadata;
        }
        self.wheel_tags.extend(other.wheel_tags);
        self.attributed.extend(other.attributed);
        let (sum, more) = (&mut self.looked, other.looked);
        sum.source_files += more.source_files;
        sum.parsed_files += more.parsed_files;
        sum.partly_parsed_files += more.partly_parsed_files;
        sum.source_lines += more.source_lines;
        sum.threaded_tests += more.threaded_tests;
    }

    /// Brings rows into the order of the report and drops exact repeats, so that two runs over the same
    /// bytes are equal whatever order threads finished in.
    pub fn sort(&mut self) {
        self.modules.sort();
        self.modules.dedup();
        self.claims.sort();
        self.claims.dedup();
        self.findings.sort_by(|a, b| (&a.location, &a.rule, a).cmp(&(&b.location, &b.rule, b)));
        self.findings.dedup();
        self.gaps.sort();
        self.gaps.dedup();
        self.wheel_tags.sort();
        self.wheel_tags.dedup();
        self.attributed.sort();
    }

    /// Writes the artifact's name into findings and gaps, which scanners leave empty.
    pub fn name_artifact(&mut self, filename: &str) {
        for finding in &mut self.findings {
            filename.clone_into(&mut finding.artifact);
        }
        for gap in &mut self.gaps {
            if gap.artifact.is_empty() {
                filename.clone_into(&mut gap.artifact);
            }
        }
    }
}
