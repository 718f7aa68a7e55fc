//! Says in words why some requirements cannot hold together.
//!
//! The solver proves it by a tree of reasons. A reader wants its leaves: who asks for what, in the words it is written
//! in, and what there is instead.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pep440_rs::Version;
use pubgrub::{DerivationTree, External, Ranges};

use super::provider::{Catalog, Node};
use crate::input::Request;
use crate::model::{PackageName, Target};

type Tree = DerivationTree<Node, Ranges<Version>, String>;

/// Most reasons that are told; what is behind them is more of the same.
const MAX_REASONS: usize = 12;

/// The reasons of a conflict, one sentence each, and the projects in it.
pub(super) fn explain(
    tree: &Tree,
    catalog: &dyn Catalog,
    target: &Target,
    requests: &[&Request],
    constraints: &[&Request],
) -> (Vec<String>, BTreeSet<PackageName>) {
    let leaves = leaves(tree);
    let mut names = BTreeSet::new();
    let mut asked = Vec::new();
    let mut needed: BTreeMap<(String, PackageName, String), Vec<Version>> = BTreeMap::new();
    let mut missing = Vec::new();
    for leaf in &leaves {
        match leaf {
            External::FromDependencyOf(Node::Root, _, on, range) => {
                let Some(name) = on.name() else { continue };
                missing.extend(there_is_no(name, range, catalog).filter(|_| range.is_empty()));
                names.insert(name.clone());
                for request in requests.iter().filter(|request| request.name.as_ref() == Some(name)) {
                    asked.push(format!("{} asks for {}", request.origin, written(request)));
                }
            }
            External::FromDependencyOf(of, versions, on, range) => {
                let (Some(of_name), Some(on_name)) = (of.name(), on.name()) else { continue };
                missing.extend(there_is_no(on_name, range, catalog).filter(|_| range.is_empty()));
                if of_name == on_name {
                    continue;
                }
                names.extend([of_name.clone(), on_name.clone()]);
                let Ok(releases) = catalog.releases(of_name) else { continue };
                let extra = match of {
                    Node::Extra(_, extra) => Some(extra.as_str()),
                    _ => None,
                };
                for version in releases.versions().filter(|version| versions.contains(version)).take(200) {
                    let Ok(needs) = catalog.needs(of_name, version) else { continue };
                    for needed_here in needs.applying(target, extra) {
                        if needed_here.request.name.as_ref() == Some(on_name) {
                            let key = (of.to_string(), on_name.clone(), written(&needed_here.request));
                            needed.entry(key).or_default().push(version.clone());
                        }
                    }
                }
            }
            External::NoVersions(node, range) => {
                let Some(name) = node.name() else { continue };
                names.insert(name.clone());
                missing.extend(there_is_no(name, range, catalog));
            }
            External::Custom(node, range, why) => {
                let Some(name) = node.name() else { continue };
                names.insert(name.clone());
                let shown = catalog.releases(name).ok().map(|releases| {
                    span(&releases.versions().filter(|version| range.contains(version)).collect::<Vec<_>>())
                });
                missing.push(format!("{name} {} cannot be taken: {why}", shown.unwrap_or_default()));
            }
            External::NotRoot(..) => {}
        }
    }
    let mut limits: Vec<String> = constraints
        .iter()
        .filter(|limit| limit.name.as_ref().is_some_and(|name| names.contains(name)))
        .map(|limit| format!("{} limits it to {}", limit.origin, written(limit)))
        .collect();
    let needed = needed.into_iter().map(|((of, _, text), mut versions)| {
        versions.sort();
        versions.dedup();
        format!("{of} {} needs {text}", span(&versions.iter().collect::<Vec<_>>()))
    });
    let mut reasons = asked;
    reasons.append(&mut limits);
    reasons.extend(needed);
    reasons.extend(missing);
    let mut seen = BTreeSet::new();
    reasons.retain(|reason| seen.insert(reason.clone()));
    let more = reasons.len().saturating_sub(MAX_REASONS);
    reasons.truncate(MAX_REASONS);
    if more > 0 {
        reasons.push(format!("and {more} reasons more"));
    }
    (reasons, names)
}

/// The leaves of the tree, left to right, without recursion: a proof may be deep.
fn leaves(tree: &Tree) -> Vec<External<Node, Ranges<Version>, String>> {
    let mut leaves = Vec::new();
    let mut seen = BTreeSet::new();
    let mut stack: Vec<Arc<Tree>> = Vec::new();
    let mut visit = |tree: &Tree, stack: &mut Vec<Arc<Tree>>| match tree {
        DerivationTree::External(leaf) => leaves.push(leaf.clone()),
        DerivationTree::Derived(derived) => {
            if derived.shared_id.is_none_or(|id| seen.insert(id)) {
                stack.push(Arc::clone(&derived.cause2));
                stack.push(Arc::clone(&derived.cause1));
            }
        }
    };
    visit(tree, &mut stack);
    while let Some(next) = stack.pop() {
        visit(&next, &mut stack);
    }
    leaves
}

/// A requirement as people write it, without its marker.
pub fn written(request: &Request) -> String {
    let name = request.name.as_ref().map(ToString::to_string).unwrap_or_default();
    let extras =
        if request.extras.is_empty() { String::new() } else { format!("[{}]", request.extras.join(",")) };
    format!("{name}{extras}{}", request.specifiers)
}

/// `1.0`, or `1.0 to 1.9`.
fn span(versions: &[&Version]) -> String {
    match (versions.first(), versions.last()) {
        (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
        (Some(only), _) => only.to_string(),
        _ => String::new(),
    }
}

fn there_is_no(name: &PackageName, range: &Ranges<Version>, catalog: &dyn Catalog) -> Option<String> {
    let releases = catalog.releases(name).ok()?;
    let within: Vec<&Version> = releases.versions().filter(|version| range.contains(version)).collect();
    let newest = releases.versions().next_back()?;
    let Some(last) = within.last() else {
        return Some(format!("no release of {name} satisfies that; the newest is {newest}"));
    };
    let one = releases.get(last)?;
    let shown = span(&within);
    Some(if let Some(python) = one.refuses_python.as_ref().filter(|_| !one.allows_python()) {
        format!("{name} {shown} is for other Pythons ({last} asks for {python})")
    } else if one.yanked {
        format!("{name} {shown} was withdrawn (yanked)")
    } else {
        format!("{name} {shown} has no wheel for the target and no sdist")
    })
}
