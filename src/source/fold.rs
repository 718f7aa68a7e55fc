//! Makes one finding of those that one change mends.
//!
//! A function that uses ten fields of an object needs one critical section around them, so it gets one finding: it
//! spans the uses that stand together around the gravest, and names the others. Whoever mends it reads the function
//! anyway; ten findings would say it ten times. In: findings of a project. Out: fewer. (Measured at medium confidence
//! and above: 3,556 findings on the sdists of 17 packages became 1,900, and three of 120 known bugs were no longer
//! told by their line.)

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Class, Confidence, Finding, Location, Related, Severity};

/// Places at most so many lines apart stand together.
const TOGETHER: u32 = 10;

/// The same for declarations, which are short.
const NEIGHBOURS: u32 = 2;

/// How many other places a finding lists.
const LISTED: usize = 12;

/// What of a function is one finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Whatever stands in it: one lock mends all.
    Function,
    /// What stands together.
    Neighbours,
    /// Each place by itself.
    Place,
}

fn scope(finding: &Finding) -> Scope {
    match finding.class {
        // Without a function there is no one lock that mends all.
        Class::InstanceFieldRace | Class::IteratorRace | Class::NonThreadsafeLibc
            if finding.function.is_empty() =>
        {
            Scope::Place
        }
        Class::InstanceFieldRace | Class::IteratorRace | Class::NonThreadsafeLibc => Scope::Function,
        Class::StaticMutableState if !finding.function.is_empty() => Scope::Function,
        // Items taken from one container in a row are made safe by one copy of it, or one lock.
        Class::StaticMutableState
        | Class::StaticCache
        | Class::ApiWithoutThreadState
        | Class::GilAsLock
        | Class::BorrowedRef
        | Class::RefcountCheck => Scope::Neighbours,
        _ => Scope::Place,
    }
}

/// Folds the findings of a project. `binding`: functions, by path and name, whose findings are those of the many lambdas
/// in them, which are functions of their own.
pub fn fold(findings: Vec<Finding>, binding: &BTreeSet<(String, String)>) -> Vec<Finding> {
    let mut out = Vec::new();
    let mut groups: BTreeMap<(String, String, String, Class), Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        if scope(&finding) == Scope::Place {
            out.push(finding);
            continue;
        }
        let (path, owner, function) = within(&finding);
        let key = (path, owner, function, finding.class);
        groups.entry(key).or_default().push(finding);
    }
    for mut group in groups.into_values() {
        group.sort_by(|a, b| a.location.cmp(&b.location));
        let several = |one: &Finding| {
            !binding.is_empty() && binding.contains(&(one.location.path.clone(), one.function.clone()))
        };
        let Some(scope) = group.first().map(|one| match scope(one) {
            Scope::Function if several(one) => Scope::Neighbours,
            scope => scope,
        }) else {
            continue;
        };
        let mut clusters = clusters(group, if scope == Scope::Function { TOGETHER } else { NEIGHBOURS });
        if scope == Scope::Neighbours {
            out.extend(clusters.into_iter().map(|cluster| one(cluster, Vec::new())));
            continue;
        }
        // The gravest, and of those the first.
        let best = (0..clusters.len())
            .rev()
            .max_by_key(|at| clusters.get(*at).and_then(|one| one.iter().map(weight).max()));
        if let Some(best) = best {
            let cluster = clusters.remove(best);
            // What is gravely changed may have been looked at far above, and both need the lock: a container is asked for what
            // it lacks, and given that at the end of the function.
            if best > 0 && is_grave_change(&cluster) {
                out.push(one(clusters.remove(0), Vec::new()));
            }
            out.push(one(cluster, clusters.into_iter().flatten().collect()));
        }
    }
    with_their_flags(out)
}

/// The function that a finding stands in: its file, class and name.
fn within(finding: &Finding) -> (String, String, String) {
    (finding.location.path.clone(), finding.owner.clone(), finding.function.clone())
}

/// Whether something in a cluster moves or drops what other threads look at: state of the process, changed at high
/// severity.
fn is_grave_change(cluster: &[Finding]) -> bool {
    cluster
        .iter()
        .any(|one| one.class == Class::StaticMutableState && one.severity == Severity::High && told(one))
}

/// Makes one of a filling on first use and what else is set in the same lines, such as the flag that says "filled": what
/// lets one thread through mends both.
fn with_their_flags(findings: Vec<Finding>) -> Vec<Finding> {
    let mut flags: BTreeMap<(String, String, String), Vec<Finding>> = BTreeMap::new();
    let mut out = Vec::new();
    for finding in findings {
        if finding.class == Class::StaticMutableState && !finding.function.is_empty() {
            flags.entry(within(&finding)).or_default().push(finding);
        } else {
            out.push(finding);
        }
    }
    for filling in out.iter_mut().filter(|one| one.class == Class::LazyInit) {
        let key = within(filling);
        let mut left = Vec::new();
        for flag in flags.remove(&key).unwrap_or_default() {
            let (a, b) = (&filling.location, &flag.location);
            let together = a.line <= b.end_line && b.line <= a.end_line;
            if together && (told(filling) || !told(&flag)) && filling.related.len() < LISTED {
                filling.location = around(a, b);
                filling.related.push(Related { location: flag.location, message: flag.message });
                filling.related.extend(flag.related);
            } else {
                left.push(flag);
            }
        }
        flags.insert(key, left);
    }
    out.extend(flags.into_values().flatten());
    out
}

/// Whether reports show it unless asked for less.
fn told(finding: &Finding) -> bool {
    finding.confidence > Confidence::Low
}

fn weight(finding: &Finding) -> impl Ord + use<> {
    // What is told at all competes by what it does; what is only guessed comes after.
    (told(finding), finding.severity, finding.confidence)
}

/// Findings that stand together, in order.
fn clusters(sorted: Vec<Finding>, apart: u32) -> Vec<Vec<Finding>> {
    let mut out: Vec<Vec<Finding>> = Vec::new();
    let mut end = 0;
    for finding in sorted {
        let last = finding.location.end_line;
        match out.last_mut() {
            Some(cluster) if finding.location.line <= u32::saturating_add(end, apart) => {
                end = last.max(end);
                cluster.push(finding);
            }
            _ => {
                end = last;
                out.push(vec![finding]);
            }
        }
    }
    out
}

/// The gravest of a cluster over the place of all that weigh the same, with the others named.
fn one(mut cluster: Vec<Finding>, far: Vec<Finding>) -> Finding {
    let best = (0..cluster.len()).rev().max_by_key(|at| cluster.get(*at).map(weight)).unwrap_or_default();
    let mut finding = cluster.remove(best);
    let this = told(&finding);
    for other in cluster.iter().filter(|other| told(other) == this) {
        finding.location = around(&finding.location, &other.location);
    }
    for other in cluster.into_iter().chain(far) {
        if finding.related.len() < LISTED && other.message != finding.message {
            finding.related.push(Related { location: other.location, message: other.message });
        }
    }
    finding
}

/// From the beginning of the first to the end of the last.
fn around(a: &Location, b: &Location) -> Location {
    let (line, column) = (a.line, a.column).min((b.line, b.column));
    let (end_line, end_column) = (a.end_line, a.end_column).max((b.end_line, b.end_column));
    Location { path: a.path.clone(), line, column, end_line, end_column }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Severity;
    use crate::rules::Wording;
    use crate::source::found::{self, Place};

    fn finding(class: Class, function: &str, line: u32, severity: Severity) -> Finding {
        let wording = Wording {
            rule: "r".into(),
            class,
            severity,
            confidence: Confidence::Medium,
            message: format!("line {line}"),
            fix: String::new(),
        };
        let location = Location { path: "a.c".into(), line, column: 1, end_line: line, end_column: 9 };
        found::finding(
            wording,
            &Place { location, function: function.into(), owner: String::new(), text: line.to_string() },
        )
    }

    fn lines(findings: Vec<Finding>) -> Vec<(u32, u32, usize)> {
        fold(findings, &BTreeSet::new())
            .iter()
            .map(|one| (one.location.line, one.location.end_line, one.related.len()))
            .collect()
    }

    #[test]
    fn a_function_gets_one_finding_that_spans_the_gravest_and_its_neighbours() {
        let field = |line, severity| finding(Class::InstanceFieldRace, "f", line, severity);
        let list = vec![
            field(10, Severity::Medium),
            field(50, Severity::High),
            field(45, Severity::Medium),
            field(55, Severity::Medium),
        ];
        assert_eq!(fold(list.clone(), &BTreeSet::new())[0].message, "line 50");
        assert_eq!(lines(list), [(45, 55, 3)]);
    }

    #[test]
    fn methods_of_one_name_are_functions_of_their_own() {
        let mut one = finding(Class::InstanceFieldRace, "reset", 10, Severity::Medium);
        let mut other = finding(Class::InstanceFieldRace, "reset", 14, Severity::Medium);
        one.owner = "Reader".into();
        other.owner = "Writer".into();
        assert_eq!(lines(vec![one, other]), [(10, 10, 0), (14, 14, 0)]);
    }

    #[test]
    fn a_filling_takes_the_flag_set_beside_it_along() {
        let lazy = finding(Class::LazyInit, "f", 10, Severity::Medium);
        let flag = |line| finding(Class::StaticMutableState, "f", line, Severity::Medium);
        let mut wide = lazy.clone();
        wide.location.end_line = 14;
        assert_eq!(lines(vec![wide.clone(), flag(12), flag(30)]), [(10, 14, 2)]);
        assert_eq!(lines(vec![lazy, flag(12)]), [(10, 10, 0), (12, 12, 0)]);
        let elsewhere = finding(Class::StaticMutableState, "g", 12, Severity::Medium);
        assert_eq!(lines(vec![wide, elsewhere]), [(10, 14, 0), (12, 12, 0)]);
    }

    #[test]
    fn what_is_mended_one_by_one_stays_apart() {
        let borrowed = |line| finding(Class::BorrowedRef, "f", line, Severity::High);
        assert_eq!(lines(vec![borrowed(1), borrowed(2), borrowed(9)]), [(1, 2, 1), (9, 9, 0)]);
        let dict = |line| finding(Class::DictIteration, "f", line, Severity::High);
        assert_eq!(lines(vec![dict(1), dict(2)]), [(1, 1, 0), (2, 2, 0)]);
        let declared = |line| finding(Class::StaticMutableState, "", line, Severity::Medium);
        assert_eq!(lines(vec![declared(1), declared(3), declared(9)]), [(1, 3, 1), (9, 9, 0)]);
        let other = finding(Class::InstanceFieldRace, "g", 2, Severity::Medium);
        assert_eq!(lines(vec![other, finding(Class::InstanceFieldRace, "f", 1, Severity::Low)]).len(), 2);
    }
}
