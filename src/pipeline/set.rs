//! From what was asked to what each target would install.
//!
//! Requirements that stand beside each other are one set, which is resolved; each lock file is another, taken as it
//! is. Markers are decided per target, so that targets may want different things. Where requirements contradict each
//! other there is no set: that is said, and what was named is looked at alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::lookup::Lookup;
use super::release::{dist_file, file_at_url, local_url, request_text};
use crate::input::lock::Lock;
use crate::input::{Parts, Problem, Request, Source, Specifiers, Wanted, files, merge, pyproject};
use crate::model::{PackageName, Target};
use crate::report::Failure;
use crate::resolve::{self, Catalog as _, Resolution};
use crate::select::{self, Policy, marker};

/// The solver keeps its proofs as trees that are taken down by recursion.
const SOLVER_STACK: usize = 64 << 20;

/// What is to be looked at.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Requirements, of arguments, requirements files and projects.
    pub requests: Vec<Request>,
    /// What somebody else resolved these to, a target each; empty where they are still to be resolved.
    pub resolved: Vec<(Target, Vec<Request>)>,
    /// What only limits versions.
    pub constraints: Vec<Request>,
    /// Lock files.
    pub locks: Vec<Lock>,
    /// Which optional parts of the locks and projects.
    pub parts: Parts,
    /// Whether what the requirements need is looked at as well.
    pub deps: bool,
    /// Folders of environments whose installed packages are looked at, without the index.
    pub environments: Vec<String>,
    /// Whether these are judged for the targets of the plan, rather than for those that they are made for.
    pub fixed_targets: bool,
    /// Whether a way out is looked for where something is not ready.
    pub way_out: bool,
}

/// What the targets would install.
#[derive(Debug, Default)]
pub(super) struct Sets {
    /// Per target and set, what it is made of.
    pub wanted: Vec<(Target, Vec<Wanted>)>,
    /// Who needs whom, over all targets.
    pub needed_by: NeededBy,
    /// What is not known of the sets.
    pub failures: Vec<Failure>,
    /// What a reader should be told.
    pub warnings: Vec<String>,
}

/// By project: who needs it, with which extra of theirs, and in which words.
pub(super) type NeededBy = BTreeMap<PackageName, BTreeSet<(PackageName, Option<String>, String)>>;

/// Decides markers per target, merges the lines for one project, and resolves.
///
/// # Errors
/// Lines that contradict each other.
pub(super) fn sets(lookup: &Lookup<'_>, asked: &Asked, policy: &Policy) -> Result<Sets, Vec<Problem>> {
    let mut sets = Sets::default();
    let mut problems = Vec::new();
    let (mut questions, mut merged) = (Vec::new(), Vec::new());
    for target in lookup.targets() {
        let question = self::questions(asked, target, &mut sets.warnings);
        let (rows, contradictions) = merge(&question.requests, &question.constraints);
        problems.extend(contradictions);
        merged.push(rows);
        questions.push(question);
        for lock in &asked.locks {
            problems.extend(locked(lock, target, &asked.parts, &mut sets));
        }
    }
    problems.sort();
    problems.dedup();
    if !problems.is_empty() {
        return Err(problems);
    }
    if !asked.resolved.is_empty() {
        for (target, pins) in &asked.resolved {
            let pins = applying(pins, target, &mut sets.warnings);
            let (mut rows, contradictions) = merge(&pins, &[]);
            problems.extend(contradictions);
            // Who asked, the lines tell; the pins do not.
            let lines = applying(&asked.requests, target, &mut Vec::new());
            for row in rows.iter_mut().filter(|row| row.name.is_some()) {
                let of = lines.iter().filter(|line| line.name == row.name);
                row.requested_by = of.map(|line| line.origin.clone()).collect();
            }
            sets.wanted.push((target.clone(), rows));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
    } else if !asked.deps || asked.requests.is_empty() {
        sets.wanted.extend(lookup.targets().cloned().zip(merged));
    } else {
        let solve = || {
            let numbered = questions.iter().enumerate();
            numbered.map(|(at, one)| most(lookup, at, one, policy)).collect()
        };
        let mut answers = lookup.with_crew(|| with_deep_stack(solve)).into_iter();
        for (target, rows) in lookup.targets().zip(merged) {
            match answers.next() {
                Some((resolution, conflicts)) => {
                    for conflict in &conflicts {
                        sets.tell(target, &rows, conflict);
                    }
                    sets.add(target, rows, resolution);
                }
                None => {
                    sets.failures.push(Failure {
                        request: rows.iter().map(request_text).collect::<Vec<_>>().join(" "),
                        requested_by: Vec::new(),
                        reason: "a fault in ungil itself ended the resolution".to_owned(),
                        hint: "please report it; what was named was looked at, without what it needs"
                            .to_owned(),
                    });
                    sets.wanted.push((target.clone(), rows));
                }
            }
        }
        sets.warnings.extend(lookup.warnings());
    }
    sets.warnings.sort();
    sets.warnings.dedup();
    Ok(sets)
}

/// What a target wants resolved.
pub(super) struct Question<'a> {
    /// Requirements that apply.
    pub requests: Vec<&'a Request>,
    /// Limits that apply.
    pub constraints: Vec<&'a Request>,
}

/// Decides markers for a target.
pub(super) fn questions<'a>(asked: &'a Asked, target: &Target, warnings: &mut Vec<String>) -> Question<'a> {
    Question {
        requests: applying(&asked.requests, target, warnings),
        constraints: applying(&asked.constraints, target, warnings),
    }
}

/// Resolves one question per target, in their order, while the lookup has its crew. Fewer answers than questions mean
/// that a fault ended it.
pub(super) fn solve_all(
    lookup: &Lookup<'_>,
    questions: &[Question<'_>],
    policy: &Policy,
) -> Vec<Result<Resolution, resolve::Conflict>> {
    with_deep_stack(|| {
        let numbered = questions.iter().enumerate();
        numbered.map(|(at, one)| solved(lookup, at, &one.requests, &one.constraints, policy)).collect()
    })
}

/// Runs the solver where its proofs can be taken down again.
fn with_deep_stack<R: Send>(work: impl FnOnce() -> Vec<R> + Send) -> Vec<R> {
    std::thread::scope(|scope| {
        let solver = std::thread::Builder::new().stack_size(SOLVER_STACK).spawn_scoped(scope, work);
        solver.ok().and_then(|solver| solver.join().ok()).unwrap_or_default()
    })
}

/// The set of most of what is asked for: where lines contradict each other, one of them after the other is left out,
/// and the conflict is given with it.
fn most(
    lookup: &Lookup<'_>,
    at: usize,
    question: &Question<'_>,
    policy: &Policy,
) -> (Resolution, Vec<resolve::Conflict>) {
    let mut requests = question.requests.clone();
    let mut conflicts = Vec::new();
    loop {
        match solved(lookup, at, &requests, &question.constraints, policy) {
            Ok(resolution) => return (resolution, conflicts),
            Err(conflict) => {
                let last = requests.iter().rev().filter_map(|request| request.name.clone());
                let last = last.into_iter().find(|name| conflict.names.contains(name));
                conflicts.push(conflict);
                match last {
                    Some(name) => requests.retain(|request| request.name.as_ref() != Some(&name)),
                    None => return (Resolution::default(), conflicts),
                }
            }
        }
    }
}

fn solved(
    lookup: &Lookup<'_>,
    at: usize,
    requests: &[&Request],
    constraints: &[&Request],
    policy: &Policy,
) -> Result<Resolution, resolve::Conflict> {
    let view = lookup.view(at);
    // A file given by its address is the one release of its project.
    let named: Vec<Request> = requests.iter().map(|request| with_file(lookup, request)).collect();
    let requests: Vec<&Request> = named.iter().collect();
    for (request, name) in requests.iter().filter_map(|request| Some((request, request.name.as_ref()?))) {
        view.expect(name, &request.specifiers, &request.extras);
    }
    let Some(target) = lookup.target(at) else { return Ok(Resolution::default()) };
    let question = resolve::Question { target, requests: &requests, constraints, pre: policy.pre };
    resolve::resolve(&question, &view)
}

/// A request for a wheel or sdist by address, as a request for its project, whose files are then just that one.
fn with_file(lookup: &Lookup<'_>, request: &Request) -> Request {
    let file = match &request.source {
        Source::Url(url) => file_at_url(url),
        Source::Path(path) => {
            let path = Path::new(path);
            let filename =
                path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let url = local_url(path).filter(|_| select::is_distribution(&filename));
            url.map(|url| dist_file(filename, url))
        }
        _ => None,
    };
    let named = file.and_then(|file| Some((select::guess(&file.filename)?.0, file)));
    match named {
        Some((name, file)) => {
            lookup.give(&name, file);
            Request { name: Some(name), ..request.clone() }
        }
        // A folder, or something else whose needs its own files tell.
        None if matches!(request.source, Source::Path(_) | Source::Url(_)) => {
            Request { source: Source::Editable(String::new()), ..request.clone() }
        }
        None => request.clone(),
    }
}

/// What is asked, with what the projects in folders ask for in their turn; and what a reader should be told of these.
pub(super) fn with_folders(asked: &Asked) -> (Asked, Vec<String>) {
    let mut warnings = Vec::new();
    let mut all = asked.clone();
    if asked.deps {
        all.requests.extend(of_folders(&asked.requests, &asked.parts, &mut warnings));
    }
    (all, warnings)
}

fn of_folders(requests: &[Request], parts: &Parts, warnings: &mut Vec<String>) -> Vec<Request> {
    let mut more = Vec::new();
    for request in requests {
        let (Source::Path(folder) | Source::Editable(folder)) = &request.source else { continue };
        let Some((name, text)) = files::project_text(Path::new(folder)) else { continue };
        let mut parts = parts.clone();
        parts.extras.extend(request.extras.iter().cloned());
        let project = pyproject::read(&text, &name, folder, &parts);
        warnings.extend(project.notes);
        warnings.extend(project.problems.iter().map(ToString::to_string));
        let marked = project.requests.into_iter().map(|one| Request {
            marker: match (&request.marker, one.marker) {
                (Some(outer), Some(inner)) => Some(format!("({outer}) and ({inner})")),
                (outer, inner) => inner.or_else(|| outer.clone()),
            },
            ..one
        });
        more.extend(marked);
    }
    more
}

fn locked(lock: &Lock, target: &Target, parts: &Parts, sets: &mut Sets) -> Vec<Problem> {
    let picked = resolve::pick(lock, target, parts);
    sets.warnings.extend(picked.notes.iter().cloned());
    if !picked.left_out.is_empty() {
        sets.warnings.push(format!(
            "{}: {} packages are needed only by extras or groups that were not asked for, and were left out; \
             --all-extras and --all-groups take them in",
            lock.name,
            picked.left_out.len()
        ));
    }
    let (rows, contradictions) = merge(&picked.requests.iter().collect::<Vec<_>>(), &[]);
    for (from, to) in picked.needs {
        sets.needed_by.entry(to.clone()).or_default().insert((from, None, String::new()));
    }
    sets.wanted.push((target.clone(), rows));
    contradictions
}

impl Sets {
    fn add(&mut self, target: &Target, rows: Vec<Wanted>, resolution: Resolution) {
        let mut set = Vec::new();
        let mut rows_by_name: BTreeMap<PackageName, Wanted> = BTreeMap::new();
        for row in rows {
            match (&row.name, &row.source) {
                (Some(name), Source::Index) => {
                    rows_by_name.insert(name.clone(), row);
                }
                _ => set.push(row),
            }
        }
        // What was given by its address is looked at there.
        let elsewhere: BTreeSet<PackageName> = set.iter().filter_map(own_name).collect();
        let mut needed: BTreeMap<&PackageName, BTreeSet<&PackageName>> = BTreeMap::new();
        for edge in &resolution.edges {
            let Some(from) = &edge.from else { continue };
            needed.entry(&edge.to).or_default().insert(from);
            let by = (from.clone(), edge.extra.clone(), edge.text.clone());
            self.needed_by.entry(edge.to.clone()).or_default().insert(by);
        }
        for (name, why) in &resolution.lost {
            // What was asked for itself is told when it is looked at.
            if rows_by_name.contains_key(name) {
                continue;
            }
            let asked = resolution.edges.iter().filter(|edge| edge.to == *name);
            let (texts, by): (BTreeSet<String>, BTreeSet<String>) = asked
                .map(|edge| {
                    let by = edge.from.as_ref().map(ToString::to_string).or(edge.origin.clone());
                    (edge.text.clone(), by.unwrap_or_default())
                })
                .unzip();
            self.failures.push(Failure {
                request: if texts.len() == 1 { texts.into_iter().collect() } else { name.to_string() },
                requested_by: by.into_iter().collect(),
                reason: why.clone(),
                hint: "what it needs in its turn is not in this report either".to_owned(),
            });
        }
        for (name, one) in resolution.packages {
            if let Some(why) = &one.unknown_needs {
                self.failures.push(Failure {
                    request: format!("the dependencies of {name}=={}", one.version),
                    requested_by: needed.get(&name).into_iter().flatten().map(ToString::to_string).collect(),
                    reason: why.clone(),
                    hint: "nothing is built here; lock the set with a tool that builds, and audit the lock"
                        .to_owned(),
                });
            }
            if elsewhere.contains(&name) {
                continue;
            }
            let row = rows_by_name.remove(&name);
            let pin = Specifiers::parse(&format!("=={}", one.version)).unwrap_or_default();
            set.push(Wanted {
                extras: one.extras.into_iter().collect(),
                specifiers: vec![pin],
                hashes: row.as_ref().map(|row| row.hashes.clone()).unwrap_or_default(),
                source: Source::Files(one.release.wheels.into_iter().chain(one.release.sdists).collect()),
                requested_by: row.map(|row| row.requested_by).unwrap_or_default(),
                name: Some(name),
            });
        }
        set.extend(rows_by_name.into_values());
        self.wanted.push((target.clone(), set));
    }

    /// Tells of lines that cannot hold together. One that cannot hold alone is told when it is looked at.
    fn tell(&mut self, target: &Target, rows: &[Wanted], conflict: &resolve::Conflict) {
        if conflict.names.len() == 1 {
            return;
        }
        let named = |row: &&Wanted| row.name.as_ref().is_some_and(|name| conflict.names.contains(name));
        let rows: Vec<&Wanted> = rows.iter().filter(named).collect();
        let by: BTreeSet<String> = rows.iter().flat_map(|row| row.requested_by.iter().cloned()).collect();
        self.failures.push(Failure {
            request: rows.iter().map(|row| request_text(row)).collect::<Vec<_>>().join(" "),
            requested_by: by.into_iter().collect(),
            reason: format!("for {target}, {conflict}"),
            hint: "change one of these requirements; the last of them was looked at alone, without what it needs"
                .to_owned(),
        });
    }
}

/// The project of a row that is looked at where it was given.
fn own_name(row: &Wanted) -> Option<PackageName> {
    let filename = match &row.source {
        Source::Url(url) => {
            return file_at_url(url)
                .and_then(|file| Some(select::guess(&file.filename)?.0))
                .or(row.name.clone());
        }
        Source::Path(path) => Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned()),
        _ => None,
    };
    filename.and_then(|name| Some(select::guess(&name)?.0)).or(row.name.clone())
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
    use std::sync::Arc;

    use super::super::release::{Job, jobs};
    use super::*;
    use crate::index::{Index, Settings};
    use crate::input::specs;
    use crate::store::Cache;
    use crate::unpack::Limits;

    fn target(python: &str) -> Target {
        Target { python: python.parse().expect(python), platform: "linux-x86_64".parse().expect("linux") }
    }

    #[test]
    fn markers_decide_per_target_and_projects_are_one_job() {
        let lines = ["b>=1", "a<3; python_version < '3.14'", "B<2"].map(str::to_owned);
        let (requests, problems) = specs(&lines);
        assert!(problems.is_empty());
        let asked = Asked { requests, ..Asked::default() };
        let nothing = Settings { offline: true, no_index: true, ..Settings::default() };
        let index = Index::new(nothing, Arc::new(Cache::disabled()), Arc::new(())).expect("an index");
        let targets = [target("3.13t"), target("3.14t")];
        let (policy, limits) = (Policy::default(), Limits::default());
        let lookup = Lookup::new(&index, &targets, &policy, &limits);
        let sets = sets(&lookup, &asked, &policy).expect("clear");
        let jobs = jobs(sets.wanted);
        let titles: Vec<String> = jobs.iter().map(Job::title).collect();
        assert_eq!(titles, ["a<3", "b>=1,<2"]);
        let counts: Vec<usize> = jobs.iter().map(|job| job.per_target.len()).collect();
        assert_eq!(counts, [1, 2]);
    }
}
