//! Makes one wish per project out of several lines.
//!
//! As in pip, several lines for one project all hold: specifiers intersect, extras add up. Which lines apply
//! depends on a target's markers, so a caller first leaves out what does not apply.

use std::collections::BTreeMap;

use super::{Hash, Problem, Request, Source, Specifiers};
use crate::model::PackageName;

/// What is wanted of one project, or of one nameless file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The project; none for a URL or path without a name.
    pub name: Option<PackageName>,
    /// Extras of all lines, sorted.
    pub extras: Vec<String>,
    /// Specifiers of all lines and constraints; all must hold.
    pub specifiers: Vec<Specifiers>,
    /// Hashes one of which the file must have; empty if none were given.
    pub hashes: Vec<Hash>,
    /// Where it comes from.
    pub source: Source,
    /// The lines that ask for it, for `requested_by`.
    pub requested_by: Vec<String>,
}

/// Merges the lines that apply. Rows come sorted by name, nameless ones last in their order.
///
/// Problems name the line that contradicts an earlier one; the earlier one is kept.
pub fn merge(requests: &[&Request], constraints: &[&Request]) -> (Vec<Wanted>, Vec<Problem>) {
    let mut named: BTreeMap<&PackageName, Wanted> = BTreeMap::new();
    let mut nameless: Vec<Wanted> = Vec::new();
    let mut problems = Vec::new();
    for request in requests {
        let Some(name) = &request.name else {
            match nameless.iter_mut().find(|wanted| wanted.source == request.source) {
                Some(wanted) => add(wanted, request, &mut problems),
                None => nameless.push(start(request)),
            }
            continue;
        };
        match named.get_mut(name) {
            Some(wanted) => add(wanted, request, &mut problems),
            None => {
                named.insert(name, start(request));
            }
        }
    }
    for constraint in constraints {
        if let Some(wanted) = constraint.name.as_ref().and_then(|name| named.get_mut(name)) {
            limit(wanted, constraint, &mut problems);
        }
    }
    let mut rows: Vec<Wanted> = named.into_values().collect();
    rows.extend(nameless);
    for row in &mut rows {
        row.extras.sort();
        row.extras.dedup();
        row.requested_by.sort();
        row.requested_by.dedup();
    }
    (rows, problems)
}

fn start(request: &Request) -> Wanted {
    let specifiers =
        if request.specifiers.is_empty() { Vec::new() } else { vec![request.specifiers.clone()] };
    Wanted {
        name: request.name.clone(),
        extras: request.extras.clone(),
        specifiers,
        hashes: request.hashes.clone(),
        source: request.source.clone(),
        requested_by: vec![request.origin.clone()],
    }
}

fn add(wanted: &mut Wanted, request: &Request, problems: &mut Vec<Problem>) {
    wanted.extras.extend(request.extras.iter().cloned());
    wanted.requested_by.push(request.origin.clone());
    limit(wanted, request, problems);
}

/// Adds what a line or constraint demands of the file.
fn limit(wanted: &mut Wanted, request: &Request, problems: &mut Vec<Problem>) {
    if !request.specifiers.is_empty() && !wanted.specifiers.contains(&request.specifiers) {
        wanted.specifiers.push(request.specifiers.clone());
    }
    if wanted.hashes.is_empty() {
        wanted.hashes.clone_from(&request.hashes);
    } else if !request.hashes.is_empty() {
        let both: Vec<Hash> =
            wanted.hashes.iter().filter(|hash| request.hashes.contains(hash)).cloned().collect();
        if both.is_empty() {
            problems.push(contradiction(wanted, request, "other hashes"));
        } else {
            wanted.hashes = both;
        }
    }
    match (&wanted.source, &request.source) {
        (_, Source::Index) => {}
        (Source::Index, other) => wanted.source = other.clone(),
        (one, other) if one == other => {}
        _ => problems.push(contradiction(wanted, request, "another address")),
    }
}

fn contradiction(wanted: &Wanted, request: &Request, what: &str) -> Problem {
    let earlier = wanted.requested_by.first().map_or("an earlier line", String::as_str);
    let name = request.name.as_ref().map_or("this file", PackageName::as_str);
    Problem::new(
        request.origin.clone(),
        format!("{name} is given with {what} at {earlier}; keep one of the two"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::request::parse;
    use super::*;

    fn merged(lines: &[&str], constraints: &[&str]) -> (Vec<Wanted>, Vec<Problem>) {
        let read = |lines: &[&str]| -> Vec<Request> {
            lines.iter().enumerate().map(|(n, line)| parse(line, &format!("f:{n}")).expect(line)).collect()
        };
        let (requests, constraints) = (read(lines), read(constraints));
        merge(&requests.iter().collect::<Vec<_>>(), &constraints.iter().collect::<Vec<_>>())
    }

    #[test]
    fn lines_of_one_project_all_hold() {
        let (rows, problems) = merged(&["b>=1", "a", "B[x]<2", "b>=1", "./w.whl"], &["b!=1.5", "unasked<1"]);
        assert!(problems.is_empty());
        let names: Vec<Option<&str>> =
            rows.iter().map(|row| row.name.as_ref().map(PackageName::as_str)).collect();
        assert_eq!(names, [Some("a"), Some("b"), None]);
        let specifiers: Vec<String> = rows[1].specifiers.iter().map(ToString::to_string).collect();
        assert_eq!(specifiers, [">=1", "<2", "!=1.5"]);
        assert_eq!(rows[1].extras, ["x"]);
        assert_eq!(rows[1].requested_by, ["f:0", "f:2", "f:3"]);
    }

    #[test]
    fn a_url_stands_for_the_project_and_two_of_them_contradict() {
        let (rows, problems) = merged(&["a>1", "a @ https://h.example/a-2.tar.gz"], &[]);
        assert!(problems.is_empty() && matches!(rows[0].source, Source::Url(_)));
        let (rows, problems) = merged(&["a @ https://h.example/1.zip", "a @ https://h.example/2.zip"], &[]);
        assert_eq!((rows.len(), problems.len()), (1, 1));
        assert_eq!(problems[0].place, "f:1");
    }
}
