//! Which releases get installed: from lock files as they are, or resolved from requirements.
//!
//! In: what is asked for, a target, and a [`Catalog`] of releases and their metadata. Out: a [`Resolution`]: one
//! release per project, who needs whom, and what could not be followed. Nothing here waits for a network or knows of
//! threads; whoever implements the catalog does. No build is ever run: a release whose needs only a build would tell is
//! taken without them, and named.

mod explain;
mod locked;
mod needs;
mod provider;
mod search;

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::Version;
use pubgrub::PubGrubError;

use crate::input::{Request, Source};
use crate::model::{PackageName, Target};
use crate::select::Considered;
use provider::{Node, Provider, Rigour};

pub use explain::written;
pub use locked::{Picked, pick};
pub use needs::{Needed, Needs, of_sdist};
pub use provider::Catalog;
pub use search::first_ready;

/// Releases that may be looked at before the search for a set that installs is given up.
const STRICT_BUDGET: usize = 1500;
/// And for one with releases that do not.
const LENIENT_BUDGET: usize = 20_000;

/// What is to be resolved together.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// What it is resolved for.
    pub target: &'a Target,
    /// Requirements whose markers hold for the target.
    pub requests: &'a [&'a Request],
    /// Limits whose markers hold for the target.
    pub constraints: &'a [&'a Request],
    /// Pre-releases count as releases.
    pub pre: bool,
}

/// A set of releases that fits together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolution {
    /// One per project, by name.
    pub packages: BTreeMap<PackageName, Resolved>,
    /// Who needs whom, sorted.
    pub edges: Vec<Edge>,
    /// What could not be followed, with the reason.
    pub lost: BTreeMap<PackageName, String>,
    /// What a reader should be told.
    pub notes: Vec<String>,
}

/// One release of the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Its version.
    pub version: Version,
    /// Extras that are asked for.
    pub extras: BTreeSet<String>,
    /// Its files.
    pub release: Considered,
    /// Why its needs are not known, if so.
    pub unknown_needs: Option<String>,
}

/// A requirement of one project on another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Who needs it; none for what was asked for.
    pub from: Option<PackageName>,
    /// The extra of `from` that needs it.
    pub extra: Option<String>,
    /// What is needed.
    pub to: PackageName,
    /// The requirement without its marker: `numpy>=2`.
    pub text: String,
    /// Where it stands, for what was asked for.
    pub origin: Option<String>,
}

/// Requirements that cannot hold together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("these requirements cannot hold together: {}", reasons.join("; "))]
pub struct Conflict {
    /// One sentence per reason.
    pub reasons: Vec<String>,
    /// The projects in it.
    pub names: BTreeSet<PackageName>,
}

/// Finds the newest releases that fit together.
///
/// # Errors
/// [`Conflict`] if none do.
pub fn resolve(question: &Question<'_>, catalog: &dyn Catalog) -> Result<Resolution, Conflict> {
    let elsewhere: BTreeSet<PackageName> = question
        .requests
        .iter()
        .filter(|request| matches!(request.source, Source::Vcs(_) | Source::Editable(_)))
        .filter_map(|request| request.name.clone())
        .collect();
    let attempt = |rigour, budget| {
        let provider = Provider::new(question, catalog, &elsewhere, rigour, budget);
        let solved = pubgrub::resolve(&provider, Node::Root, provider::root_version());
        (solved, provider.lost())
    };
    let (solved, lost) = match attempt(Rigour::Strict, STRICT_BUDGET) {
        (Ok(solution), lost) => (Ok(solution), lost),
        _ => attempt(Rigour::Lenient, LENIENT_BUDGET),
    };
    match solved {
        Ok(solution) => Ok(gather(question, catalog, solution.into_iter(), lost)),
        Err(PubGrubError::NoSolution(tree)) => {
            let (reasons, names) =
                explain::explain(&tree, catalog, question.target, question.requests, question.constraints);
            Err(Conflict { reasons, names })
        }
        Err(_) => Err(Conflict {
            reasons: vec![format!("no set was found among {LENIENT_BUDGET} releases; pin some versions")],
            names: BTreeSet::new(),
        }),
    }
}

fn gather(
    question: &Question<'_>,
    catalog: &dyn Catalog,
    solution: impl Iterator<Item = (Node, Version)>,
    lost: BTreeMap<PackageName, String>,
) -> Resolution {
    let mut out = Resolution { lost, ..Resolution::default() };
    let mut nodes: Vec<(Node, Version)> = solution.collect();
    nodes.sort();
    for (node, version) in &nodes {
        let (name, extra) = match node {
            Node::Root => continue,
            Node::Project(name) => (name, None),
            Node::Extra(name, extra) => (name, Some(extra)),
        };
        let release = catalog.releases(name).ok().and_then(|releases| releases.get(version).cloned());
        let entry = out.packages.entry(name.clone()).or_insert_with(|| Resolved {
            version: version.clone(),
            extras: BTreeSet::new(),
            release: release.unwrap_or_default(),
            unknown_needs: None,
        });
        entry.extras.extend(extra.cloned());
        match catalog.needs(name, version) {
            Ok(needs) => {
                for needed in needs.applying(question.target, extra.map(String::as_str)) {
                    let Some(to) = &needed.request.name else { continue };
                    out.edges.push(Edge {
                        from: Some(name.clone()),
                        extra: extra.cloned(),
                        to: to.clone(),
                        text: explain::written(&needed.request),
                        origin: None,
                    });
                }
            }
            Err(why) => entry.unknown_needs = Some(why),
        }
    }
    for request in question.requests {
        let Some(to) = &request.name else { continue };
        out.edges.push(Edge {
            from: None,
            extra: None,
            to: to.clone(),
            text: explain::written(request),
            origin: Some(request.origin.clone()),
        });
    }
    out.edges.sort();
    out.edges.dedup();
    out
}

/// The version that `requires-python` is compared with: a target has no patch number, and people install the newest.
pub(crate) fn python_version(target: &Target) -> Version {
    Version::new([u64::from(target.python.major), u64::from(target.python.minor), 99])
}

#[cfg(test)]
mod tests;
