//! From what was asked to what each target would install.
//!
//! Requirements that stand beside each other are one set, and so is each lock file: its releases were chosen
//! together. Markers are decided per target, so that targets may want different things.

use crate::input::lock::Lock;
use crate::input::{Parts, Problem, Request, Wanted, merge};
use crate::model::Target;
use crate::resolve;
use crate::select::marker;

/// What is to be looked at.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Requirements, of arguments, requirements files and projects.
    pub requests: Vec<Request>,
    /// What only limits versions.
    pub constraints: Vec<Request>,
    /// Lock files.
    pub locks: Vec<Lock>,
    /// Which optional parts of the locks.
    pub parts: Parts,
}

/// What each target wants; a target stands there once per set.
type Sets = Vec<(Target, Vec<Wanted>)>;

/// Decides markers per target and merges the lines for one project. Also gives what a reader should be told.
///
/// # Errors
/// Lines that contradict each other.
pub(super) fn sets(asked: &Asked, targets: &[Target]) -> Result<(Sets, Vec<String>), Vec<Problem>> {
    let (mut sets, mut problems, mut warnings) = (Sets::new(), Vec::new(), Vec::new());
    for target in targets {
        let requests = applying(&asked.requests, target, &mut warnings);
        let limits = applying(&asked.constraints, target, &mut warnings);
        let (rows, contradictions) = merge(&requests, &limits);
        problems.extend(contradictions);
        sets.push((target.clone(), rows));
        for lock in &asked.locks {
            let picked = resolve::pick(lock, target, &asked.parts);
            warnings.extend(picked.notes.iter().cloned());
            if !picked.left_out.is_empty() {
                warnings.push(format!(
                    "{}: {} packages are needed only by extras or groups that were not asked for, and were left \
                     out; --all-extras and --all-groups take them in",
                    lock.name,
                    picked.left_out.len()
                ));
            }
            let (rows, contradictions) = merge(&picked.requests.iter().collect::<Vec<_>>(), &[]);
            problems.extend(contradictions);
            sets.push((target.clone(), rows));
        }
    }
    problems.sort();
    problems.dedup();
    warnings.sort();
    warnings.dedup();
    if problems.is_empty() { Ok((sets, warnings)) } else { Err(problems) }
}

/// The requests whose markers hold for a target, or are not understood.
fn applying<'a>(requests: &'a [Request], target: &Target, warnings: &mut Vec<String>) -> Vec<&'a Request> {
    let holds = |request: &&Request| {
        let (holds, note) = marker::applies(request.marker.as_deref(), target, &[]);
        let notes = note.iter().chain(request.specifiers.notes());
        warnings.extend(notes.map(|note| format!("{}: {note}", request.origin)));
        holds
    };
    requests.iter().filter(holds).collect()
}

#[cfg(test)]
mod tests {
    use super::super::release::jobs;
    use super::*;
    use crate::input::specs;

    fn target(python: &str) -> Target {
        Target { python: python.parse().expect(python), platform: "linux-x86_64".parse().expect("linux") }
    }

    #[test]
    fn markers_decide_per_target_and_projects_are_one_job() {
        let lines = ["b>=1", "a<3; python_version < '3.14'", "B<2"].map(str::to_owned);
        let (requests, problems) = specs(&lines);
        assert!(problems.is_empty());
        let asked = Asked { requests, ..Asked::default() };
        let (sets, _) = sets(&asked, &[target("3.13t"), target("3.14t")]).expect("no contradiction");
        let jobs = jobs(sets);
        let titles: Vec<String> = jobs.iter().map(super::super::release::Job::title).collect();
        assert_eq!(titles, ["a<3", "b>=1,<2"]);
        let counts: Vec<usize> = jobs.iter().map(|job| job.per_target.len()).collect();
        assert_eq!(counts, [1, 2]);
    }
}
