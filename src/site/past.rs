//! What earlier runs said, as far as later ones are held against it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Verdict;

/// What a run said of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRow {
    /// The release.
    pub version: Option<String>,
    /// The verdict; null where nothing could be looked at.
    pub verdict: Option<Verdict>,
    /// The score.
    pub score: Option<u32>,
}

/// What of a row earlier runs are read for; the rest of the line is skipped.
#[derive(Debug, Deserialize)]
struct Head {
    name: String,
    packages: Vec<PastRow>,
}

/// Earlier runs, oldest first, each with its projects.
#[derive(Debug, Default)]
pub struct Past {
    runs: Vec<(String, BTreeMap<String, PastRow>)>,
}

impl Past {
    /// Adds a run, younger than those there are.
    pub fn push(&mut self, run: String) {
        self.runs.push((run, BTreeMap::new()));
    }

    /// Adds a line to the youngest run; a line that is no row is left out.
    pub fn line(&mut self, line: &[u8]) {
        let Ok(head) = serde_json::from_slice::<Head>(line) else { return };
        let worst = head.packages.into_iter().min_by_key(|one| (one.verdict, one.score));
        let row = worst.unwrap_or(PastRow { version: None, verdict: None, score: None });
        if let Some((_, rows)) = self.runs.last_mut() {
            rows.insert(head.name, row);
        }
    }

    /// The youngest run.
    pub fn latest(&self) -> Option<(&str, &BTreeMap<String, PastRow>)> {
        self.runs.last().map(|(run, rows)| (run.as_str(), rows))
    }

    /// What each run said of a project, oldest first; runs that said the same as the one before are left out.
    pub fn of(&self, name: &str) -> Vec<(&str, &PastRow)> {
        let mut said: Vec<(&str, &PastRow)> = Vec::new();
        for (run, rows) in &self.runs {
            if let Some(row) = rows.get(name).filter(|row| said.last().is_none_or(|(_, last)| last != row)) {
                said.push((run, row));
            }
        }
        said
    }

    /// Per run, how many projects were ready and how many had extension modules and a verdict.
    pub fn proven(&self) -> Vec<(&str, usize, usize)> {
        self.runs
            .iter()
            .map(|(run, rows)| {
                let verdicts = || rows.values().filter_map(|row| row.verdict);
                let ready = verdicts().filter(|verdict| *verdict == Verdict::Ready).count();
                let native =
                    verdicts().filter(|one| !matches!(one, Verdict::PurePython | Verdict::Unknown)).count();
                (run.as_str(), ready, native)
            })
            .collect()
    }
}
