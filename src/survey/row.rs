//! What is kept of one project: a line of JSON that is the same bytes whoever wrote it, and when.
//!
//! A row holds what the report holds of a package, and what the index says of the project around it. It does not know
//! its run, its shard or the time: those are where it lies. What could not be looked at is a row like any other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Entry, Releases};
use crate::model::Verdict;
use crate::pipeline::Surveyed;
use crate::report::{Failure, Package, TargetRow, Tool};

/// The longest line that is written or read.
pub const MAX_ROW: usize = 64 << 20;

/// One project of a survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// Version of this format: 1.
    pub schema: u32,
    /// The normalised project name; what stands in the list instead where that is none.
    pub name: String,
    /// How often it was downloaded, if the list tells.
    pub downloads: Option<u64>,
    /// What made the row. Rows of different tools or rules are not merged.
    pub tool: Tool,
    /// What it was judged for.
    pub targets: Vec<TargetRow>,
    /// The latest releases, judged; one unless targets choose differently, none where all failed.
    pub packages: Vec<Package>,
    /// What could not be looked at.
    pub failures: Vec<Failure>,
    /// What a reader should know besides.
    pub warnings: Vec<String>,
    /// What the index says of the project's state (PEP 792), where it does.
    pub status: Option<String>,
    /// Projects that the judged releases need on some target without any extra.
    pub needs: Vec<String>,
    /// What was shipped when, as the index tells.
    pub releases: Releases,
}

/// What of a row tells which it is; the rest is skipped when it is read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RowHead {
    /// As in [`Row`].
    pub schema: u32,
    /// As in [`Row`].
    pub name: String,
    /// As in [`Row`].
    pub tool: Tool,
    /// As in [`Row`].
    pub targets: Vec<TargetRow>,
    /// As in [`Row`].
    pub failures: Vec<Failure>,
}

impl Row {
    /// A row of what was found.
    pub fn of(
        name: String,
        downloads: Option<u64>,
        found: Surveyed,
        tool: &Tool,
        targets: &[TargetRow],
    ) -> Self {
        let Surveyed { outcome, files, status, proven, needs } = found;
        let mut packages = outcome.packages;
        packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        let versions: Vec<&str> = packages.iter().filter_map(|one| one.version.as_deref()).collect();
        let releases = Releases { proven, ..Releases::of(&files, &versions) };
        let (mut failures, mut warnings) = (outcome.failures, outcome.warnings);
        failures.sort();
        failures.dedup();
        warnings.sort();
        Self {
            schema: 1,
            name,
            downloads,
            tool: tool.clone(),
            targets: targets.to_vec(),
            packages,
            failures,
            warnings,
            status,
            needs,
            releases,
        }
    }

    /// A row that says why there is nothing to say.
    pub fn failed(entry: &Entry, reason: &str, hint: &str, tool: &Tool, targets: &[TargetRow]) -> Self {
        let name = match &entry.name {
            Ok(name) => name.to_string(),
            Err(text) => text.clone(),
        };
        let failure = Failure {
            request: name.clone(),
            requested_by: Vec::new(),
            reason: reason.to_owned(),
            hint: hint.to_owned(),
        };
        let mut found = Surveyed::default();
        found.outcome.failures.push(failure);
        Self::of(name, entry.downloads, found, tool, targets)
    }

    /// The line, with sorted keys and its line feed. A row that would be longer than any reader takes is cut to its
    /// verdicts, and says so: findings beyond some hundred thousand are not read by anybody.
    pub fn line(&self) -> String {
        let text = written(self);
        if text.len() <= MAX_ROW {
            return text;
        }
        let mut short = self.clone();
        for package in &mut short.packages {
            package.findings.clear();
            package.artifacts.clear();
        }
        short
            .warnings
            .push("its findings and modules were too many for one row and were left out".to_owned());
        written(&short)
    }

    /// The package that speaks for the project where one line is wanted: the one with the worst verdict.
    pub fn worst(&self) -> Option<&Package> {
        self.packages.iter().min_by_key(|package| (package.verdict, package.score))
    }

    /// Whether something that was asked could not be looked at.
    pub fn is_incomplete(&self) -> bool {
        !self.failures.is_empty() || self.packages.iter().any(|one| one.verdict == Verdict::Unknown)
    }
}

fn written(row: &Row) -> String {
    let mut value =
        serde_json::to_value(row).expect("a row holds only strings, numbers and maps with text keys");
    value.sort_all_objects();
    let mut text = value.to_string();
    text.push('\n');
    text
}

/// The JSON schema of a row.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Row);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        let tool = Tool { name: "ungil".into(), version: "0".into(), rules: "r".into() };
        let targets = [TargetRow { python: "3.14t".into(), platform: "win_amd64".into() }];
        let entry = Entry { name: Err("no\nname \u{2028}".into()), downloads: Some(3) };
        Row::failed(&entry, "it is no name", "", &tool, &targets)
    }

    #[test]
    fn a_row_is_one_line_with_sorted_keys_and_comes_back_the_same() {
        let line = row().line();
        assert_eq!(line.matches('\n').count(), 1);
        assert!(line.ends_with("}\n") && line.find("\"failures\"") < line.find("\"name\""));
        assert_eq!(serde_json::from_str::<Row>(&line).expect("our own"), row());
        let head: RowHead = serde_json::from_str(&line).expect("a head");
        assert_eq!((head.name.as_str(), head.failures.len()), ("no\nname \u{2028}", 1));
    }

    #[test]
    fn a_row_with_more_than_anybody_reads_keeps_its_verdict() {
        let mut long = row();
        long.packages.push(crate::report::Package {
            name: "a".into(),
            version: None,
            requested_by: Vec::new(),
            required_by: Vec::new(),
            way_out: None,
            verdict: Verdict::Ready,
            safety: crate::model::Safety::Unseen,
            hazards: crate::model::HazardCounts::default(),
            score: Some(1),
            score_parts: Vec::new(),
            because: Vec::new(),
            by_target: Vec::new(),
            artifacts: vec![crate::model::Artifact {
                filename: "x".repeat(MAX_ROW),
                kind: crate::model::ArtifactKind::Wheel,
                sha256: None,
                tags: Vec::new(),
                usable_on: Vec::new(),
                modules: Vec::new(),
                attributed: Vec::new(),
            }],
            findings: Vec::new(),
            gaps: Vec::new(),
        });
        let line = long.line();
        assert!(line.len() < 10_000 && line.contains("left out") && line.contains("\"ready\""));
    }
}
