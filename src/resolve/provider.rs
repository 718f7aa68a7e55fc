//! The solver's view of an index: which versions there are and what they need.
//!
//! The solver is `pubgrub`; this file is the only one that knows it, with `explain`. Version ranges are runs of the
//! versions that a project really has, found by comparing each with the specifiers: so one piece of code decides what
//! `==1.0` or `>=2` means, here as everywhere. A project with extras is several packages to the solver, the plain one
//! and one per extra, held together by version.
//!
//! What cannot be had (a project no index has, metadata that only a build would tell) is dropped with its name and the
//! reason, and the rest is solved without it.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use pep440_rs::Version;
use pubgrub::{Dependencies, DependencyProvider, PackageResolutionStatistics, Ranges};

use super::Question;
use super::needs::Needs;
use crate::input::{Request, Source, Specifiers};
use crate::model::PackageName;
use crate::select::Releases;

/// Where versions and their needs come from. May be asked for anything several times.
pub trait Catalog {
    /// A project that will be asked for soon, with specifiers that will limit it.
    fn expect(&self, name: &PackageName, specifiers: &Specifiers, extras: &[String]);
    /// All versions of a project.
    ///
    /// # Errors
    /// Why it cannot be had.
    fn releases(&self, name: &PackageName) -> Result<Arc<Releases>, String>;
    /// What a version needs.
    ///
    /// # Errors
    /// Why that cannot be told.
    fn needs(&self, name: &PackageName, version: &Version) -> Result<Arc<Needs>, String>;
}

/// What the solver calls a package.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Node {
    /// What was asked for.
    Root,
    /// A project.
    Project(PackageName),
    /// What an extra of it adds.
    Extra(PackageName, String),
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("what was asked for"),
            Self::Project(name) => name.fmt(f),
            Self::Extra(name, extra) => write!(f, "{name}[{extra}]"),
        }
    }
}

impl Node {
    pub fn name(&self) -> Option<&PackageName> {
        match self {
            Self::Root => None,
            Self::Project(name) | Self::Extra(name, _) => Some(name),
        }
    }
}

/// How far the solver goes for a project of which no version has a file for the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rigour {
    /// Only versions that the target can install count.
    Strict,
    /// Where a project has none, its newest version counts all the same: that it cannot be had is the answer.
    Lenient,
}

/// Needs that cannot be followed: (who needs it, what, why).
pub(super) type Lost = BTreeMap<PackageName, String>;

pub(super) struct Provider<'a> {
    question: Question<'a>,
    catalog: &'a dyn Catalog,
    /// Projects given as something else than releases of an index; never asked for.
    elsewhere: &'a BTreeSet<PackageName>,
    rigour: Rigour,
    /// How many releases may still be looked at.
    budget: Cell<usize>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    first_seen: HashMap<PackageName, usize>,
    /// Projects some requirement of which names a pre-release.
    pre: BTreeSet<PackageName>,
    /// Projects some requirement of which names one version.
    pinned: BTreeSet<PackageName>,
    /// The version last chosen of a project.
    chosen: HashMap<PackageName, Version>,
    lost: Lost,
}

/// The solver went too far.
#[derive(Debug, thiserror::Error)]
#[error("too many releases were looked at")]
pub(super) struct Exhausted;

impl<'a> Provider<'a> {
    pub fn new(
        question: &Question<'a>,
        catalog: &'a dyn Catalog,
        elsewhere: &'a BTreeSet<PackageName>,
        rigour: Rigour,
        budget: usize,
    ) -> Self {
        let question = *question;
        Self { question, catalog, elsewhere, rigour, budget: Cell::new(budget), state: RefCell::default() }
    }

    /// What could not be had.
    pub fn lost(self) -> Lost {
        self.state.into_inner().lost
    }

    fn see(&self, name: &PackageName, specifiers: &Specifiers, by_user: bool) {
        let mut state = self.state.borrow_mut();
        let next = state.first_seen.len();
        state.first_seen.entry(name.clone()).or_insert(next);
        if specifiers.names_pre_release() && (by_user || specifiers.is_pin()) {
            state.pre.insert(name.clone());
        }
        if specifiers.is_pin() {
            state.pinned.insert(name.clone());
        }
    }

    fn lose(&self, name: &PackageName, why: String) {
        self.state.borrow_mut().lost.entry(name.clone()).or_insert(why);
    }

    /// The requirements that hold for a node, with what they ask of.
    fn requirements(&self, node: &Node, version: &Version) -> Result<Vec<Request>, String> {
        let (name, extra) = match node {
            Node::Root => return Ok(self.question.requests.iter().map(|one| (*one).clone()).collect()),
            Node::Project(name) => (name, None),
            Node::Extra(name, extra) => (name, Some(extra.as_str())),
        };
        let needs = self.catalog.needs(name, version)?;
        if let Some(text) = needs.requires_python.as_deref().filter(|_| extra.is_none())
            && Specifiers::parse(text)
                .is_ok_and(|python| !python.contains(&super::python_version(self.question.target)))
        {
            return Err(format!("\0it is for Python {text}"));
        }
        Ok(needs.applying(self.question.target, extra).map(|needed| needed.request.clone()).collect())
    }

    /// Turns requirements into the solver's terms.
    fn edges(&self, requests: &[Request], by_user: bool) -> Vec<(Node, Ranges<Version>)> {
        let wanted: Vec<(&Request, &PackageName)> = requests
            .iter()
            .filter_map(|request| Some((request, request.name.as_ref()?)))
            .filter(|(_, name)| !self.elsewhere.contains(*name))
            .collect();
        for (request, name) in &wanted {
            self.see(name, &request.specifiers, by_user);
            let limits = self.question.constraints.iter().filter(|limit| limit.name.as_ref() == Some(*name));
            for limit in limits {
                self.see(name, &limit.specifiers, true);
                self.catalog.expect(name, &limit.specifiers, &[]);
            }
            self.catalog.expect(name, &request.specifiers, &request.extras);
        }
        let mut edges = Vec::new();
        for (request, name) in wanted {
            if !by_user && !matches!(request.source, Source::Index) {
                self.lose(
                    name,
                    format!(
                        "it is asked for at an address of its own ({}), which is not followed",
                        request.origin
                    ),
                );
                continue;
            }
            let releases = match self.catalog.releases(name) {
                Ok(releases) if !releases.is_empty() => releases,
                Ok(_) => {
                    self.lose(name, "the index has no wheel or sdist of it".to_owned());
                    continue;
                }
                Err(why) => {
                    self.lose(name, why);
                    continue;
                }
            };
            let limits = self.question.constraints.iter().filter(|limit| limit.name.as_ref() == Some(name));
            let mut range = range_of(&request.specifiers, &releases);
            for limit in limits {
                range = range.intersection(&range_of(&limit.specifiers, &releases));
            }
            for extra in &request.extras {
                edges.push((Node::Extra(name.clone(), extra.clone()), range.clone()));
            }
            edges.push((Node::Project(name.clone()), range));
        }
        edges
    }

    fn choose(&self, name: &PackageName, range: &Ranges<Version>) -> Option<Version> {
        let releases = self.catalog.releases(name).ok()?;
        let state = self.state.borrow();
        let (pre, pinned) = (self.question.pre || state.pre.contains(name), state.pinned.contains(name));
        let within = || {
            let versions = releases.versions().rev().filter(|version| range.contains(version));
            let considered = versions.filter_map(|version| Some((version, releases.get(version)?)));
            considered.filter(|(_, one)| one.allows_python() && (!one.yanked || pinned))
        };
        let usable = || within().filter(|(_, one)| one.usable);
        let is_final = |version: &Version| pre || !version.any_prerelease();
        let found = usable()
            .find(|(version, one)| is_final(version) && !one.yanked)
            .or_else(|| usable().find(|(_, one)| !one.yanked))
            .or_else(|| usable().next());
        let found = match (found, self.rigour) {
            (None, Rigour::Lenient) => {
                within().find(|(version, _)| is_final(version)).or_else(|| within().next())
            }
            (found, _) => found,
        };
        found.map(|(version, _)| version.clone())
    }
}

/// The versions of a project that satisfy some specifiers, as runs.
pub(super) fn range_of(specifiers: &Specifiers, releases: &Releases) -> Ranges<Version> {
    if specifiers.is_empty() {
        return Ranges::full();
    }
    let mut runs: Vec<(Bound<Version>, Bound<Version>)> = Vec::new();
    let mut run: Option<(&Version, &Version)> = None;
    for version in releases.versions() {
        if specifiers.contains(version) {
            run = Some((run.map_or(version, |(start, _)| start), version));
        } else if let Some((start, end)) = run.take() {
            runs.push((Bound::Included(start.clone()), Bound::Included(end.clone())));
        }
    }
    if let Some((start, end)) = run {
        runs.push((Bound::Included(start.clone()), Bound::Included(end.clone())));
    }
    runs.into_iter().collect()
}

impl DependencyProvider for Provider<'_> {
    type P = Node;
    type V = Version;
    type VS = Ranges<Version>;
    type M = String;
    type Priority = (u8, Reverse<usize>, bool);
    type Err = Exhausted;

    /// As installers do: what has one version first, then what made trouble, then in the order of being asked for.
    fn prioritize(
        &self,
        node: &Node,
        range: &Ranges<Version>,
        trouble: &PackageResolutionStatistics,
    ) -> Self::Priority {
        let Some(name) = node.name() else { return (u8::MAX, Reverse(0), true) };
        let state = self.state.borrow();
        let seen = state.first_seen.get(name).copied().unwrap_or(usize::MAX);
        let class = match (range.as_singleton().is_some(), trouble.conflict_count()) {
            (true, _) => 3,
            (_, 5..) => 2,
            _ => 1,
        };
        (class, Reverse(seen), matches!(node, Node::Project(_)))
    }

    fn choose_version(&self, node: &Node, range: &Ranges<Version>) -> Result<Option<Version>, Exhausted> {
        let name = match node {
            Node::Root => return Ok(Some(root_version())),
            Node::Project(name) => name,
            Node::Extra(name, _) => {
                let chosen = self.state.borrow().chosen.get(name).cloned();
                match chosen.filter(|version| range.contains(version)) {
                    Some(version) => return Ok(Some(version)),
                    None => name,
                }
            }
        };
        let found = self.choose(name, range);
        if let Some(version) = &found {
            self.state.borrow_mut().chosen.insert(name.clone(), version.clone());
        }
        Ok(found)
    }

    fn get_dependencies(
        &self,
        node: &Node,
        version: &Version,
    ) -> Result<Dependencies<Node, Ranges<Version>, String>, Exhausted> {
        let left = self.budget.get().checked_sub(1).ok_or(Exhausted)?;
        self.budget.set(left);
        let requests = match self.requirements(node, version) {
            Ok(requests) => requests,
            Err(why) => match (why.strip_prefix('\0'), node.name()) {
                (Some(why), _) => return Ok(Dependencies::Unavailable(why.to_owned())),
                // Not what it needs, but that this is not known, is what the reader gets.
                _ => Vec::new(),
            },
        };
        let mut edges = self.edges(&requests, *node == Node::Root);
        if let Node::Extra(name, _) = node {
            edges.push((Node::Project(name.clone()), Ranges::singleton(version.clone())));
        }
        Ok(Dependencies::Available(edges.into_iter().collect()))
    }
}

/// The version of what was asked for; any will do.
pub(super) fn root_version() -> Version {
    Version::new([0])
}
