//! Follows `-r` and `-c` from file to file.
//!
//! Where bytes come from is a [`Loader`]'s business, so that this stays pure: the disk and standard input
//! are in `files`, and whoever has a network can offer URLs as well. A file that includes itself, over
//! however many others, is read once; pip would stop with an error, which is of no use to a reader.

use std::collections::BTreeSet;
use std::path::Path;

use super::lock::{self, Lock};
use super::pyproject::{self, Parts};
use super::requirements::{Item, decode, parse};
use super::{Options, Problem, Request, Source};

/// Deepest chain of includes.
const MAX_DEPTH: usize = 32;
/// Most files of one run.
const MAX_FILES: usize = 1000;

/// Gives the bytes of requirements files.
pub trait Loader {
    /// The location that `target` means when a file at `base` names it; `base` is `None` for what stands on
    /// the command line. Equal locations are one file.
    fn resolve(&self, base: Option<&str>, target: &str) -> String;

    /// How places in the file at a location are called: `requirements.txt`. Free of credentials.
    fn name(&self, location: &str) -> String;

    /// The file's bytes.
    ///
    /// # Errors
    /// What is wrong and what to do, as a sentence without a full stop.
    fn load(&self, location: &str) -> Result<Vec<u8>, String>;
}

/// All that some files ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Requirements in the order pip would see them.
    pub requests: Vec<Request>,
    /// What only limits versions.
    pub constraints: Vec<Request>,
    /// Options for the whole run.
    pub options: Options,
    /// Lock files, which say exactly what is installed.
    pub locks: Vec<Lock>,
    /// What a reader should be told.
    pub notes: Vec<String>,
    /// Extras and groups that the projects among the files have.
    pub parts: BTreeSet<String>,
    /// Lines not understood, files not read, and requirements that lack a hash where one is needed.
    pub problems: Vec<Problem>,
}

/// Reads requirements and constraints files with all they include, lock files and `pyproject.toml`s; which of them a
/// file is, its content says. `parts` are the extras and groups that are asked for.
pub fn load(
    requirements: &[String],
    constraints: &[String],
    loader: &dyn Loader,
    env: &dyn Fn(&str) -> Option<String>,
    parts: &Parts,
) -> Loaded {
    let mut run =
        Run { loader, env, parts, seen: BTreeSet::new(), loaded: Loaded::default(), projects: Vec::new() };
    for (files, constraint) in [(requirements, false), (constraints, true)] {
        for file in files {
            run.file(loader.resolve(None, file), constraint, "command line", 0);
        }
    }
    let Run { mut loaded, projects, .. } = run;
    require_hashes(&mut loaded);
    // A project knows no hashes, so pip's rule is not for its lines.
    loaded.requests.extend(projects);
    loaded
}

struct Run<'a> {
    loader: &'a dyn Loader,
    env: &'a dyn Fn(&str) -> Option<String>,
    parts: &'a Parts,
    /// Files read, each as requirements or as constraints.
    seen: BTreeSet<(String, bool)>,
    loaded: Loaded,
    /// What projects ask for.
    projects: Vec<Request>,
}

impl Run<'_> {
    fn file(&mut self, location: String, constraint: bool, place: &str, depth: usize) {
        if !self.seen.insert((location.clone(), constraint)) {
            return;
        }
        let problems = &mut self.loaded.problems;
        if depth > MAX_DEPTH || self.seen.len() > MAX_FILES {
            problems.push(Problem::new(place, "requirements files include each other without end"));
            return;
        }
        let name = self.loader.name(&location);
        let bytes = match self.loader.load(&location) {
            Ok(bytes) => bytes,
            Err(message) => return problems.push(Problem::new(place, message)),
        };
        let text = match decode(&bytes, &name) {
            Ok(text) => text,
            Err(problem) => return problems.push(problem),
        };
        if self.other_format(&text, &name, &location, constraint, place) {
            return;
        }
        let problems = &mut self.loaded.problems;
        let parsed = parse(&text, &name, self.env);
        problems.extend(parsed.problems);
        self.loaded.options.extend(parsed.options);
        for item in parsed.items {
            match item {
                Item::Request(request) if constraint => self.constraint(request),
                Item::Request(request) => self.loaded.requests.push(request),
                Item::Include(include) => {
                    let target = self.loader.resolve(Some(&location), &include.target);
                    // What a constraints file includes only constrains, whatever option names it.
                    self.file(
                        target,
                        constraint || include.constraint,
                        &include.place,
                        depth.saturating_add(1),
                    );
                }
            }
        }
    }

    /// Reads a lock file or a `pyproject.toml`, if the text is one.
    fn other_format(
        &mut self,
        text: &str,
        name: &str,
        location: &str,
        constraint: bool,
        place: &str,
    ) -> bool {
        let loaded = &mut self.loaded;
        let parent = Path::new(location).parent().map(|folder| folder.to_string_lossy().into_owned());
        let folder = parent.unwrap_or_default();
        let kind = lock::recognise(text);
        if constraint && (kind.is_some() || pyproject::recognise(text)) {
            let message = format!("{name} is no file of constraints; name it with -r or alone");
            loaded.problems.push(Problem::new(place, message));
            return true;
        }
        if let Some(kind) = kind {
            match lock::read(kind, text, name, &folder) {
                Ok(read) => {
                    loaded.problems.extend(read.problems);
                    loaded.locks.push(read.lock);
                }
                Err(message) => loaded.problems.push(Problem::new(place, message)),
            }
            return true;
        }
        if !pyproject::recognise(text) {
            return false;
        }
        let project = pyproject::read(text, name, &folder, self.parts);
        self.projects.extend(project.requests);
        loaded.problems.extend(project.problems);
        loaded.notes.extend(project.notes);
        loaded.parts.extend(project.extras);
        loaded.parts.extend(project.groups);
        true
    }

    /// A constraint names a project, and nothing but a version, a URL or a path beside it.
    fn constraint(&mut self, request: Request) {
        let message = match (&request.name, &request.source, request.extras.as_slice()) {
            (None, ..) => "a constraint needs a project's name",
            (_, Source::Editable(_), _) => "a constraint cannot be editable",
            (.., [_, ..]) => "a constraint cannot have extras",
            _ => return self.loaded.constraints.push(request),
        };
        self.loaded.problems.push(Problem::new(request.origin, message));
    }
}

/// pip's rule: one `--hash` turns checking on for all, and then each requirement needs one, and a pin.
fn require_hashes(loaded: &mut Loaded) {
    let asked =
        loaded.options.require_hashes || loaded.requests.iter().any(|request| !request.hashes.is_empty());
    if !asked {
        return;
    }
    for request in &loaded.requests {
        let constrained = loaded
            .constraints
            .iter()
            .filter(|constraint| constraint.name.is_some() && constraint.name == request.name)
            .collect::<Vec<_>>();
        let hashed =
            !request.hashes.is_empty() || constrained.iter().any(|constraint| !constraint.hashes.is_empty());
        let pinned = request.source != Source::Index
            || request.specifiers.is_pin()
            || constrained.iter().any(|constraint| constraint.specifiers.is_pin());
        let message = match (&request.source, pinned, hashed) {
            (Source::Files(_), ..) => continue,
            (Source::Vcs(_) | Source::Editable(_), ..) => {
                "hashes are asked for, and this has no file to check"
            }
            (_, false, _) => "hashes are asked for, so the version must be pinned with ==",
            (_, _, false) => "hashes are asked for, so this needs a --hash as well",
            _ => continue,
        };
        loaded.problems.push(Problem::new(request.origin.clone(), message));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    struct Files(BTreeMap<&'static str, &'static str>);

    impl Loader for Files {
        fn resolve(&self, _: Option<&str>, target: &str) -> String {
            target.to_owned()
        }
        fn name(&self, location: &str) -> String {
            location.to_owned()
        }
        fn load(&self, location: &str) -> Result<Vec<u8>, String> {
            self.0
                .get(location)
                .map(|text| text.as_bytes().to_vec())
                .ok_or_else(|| format!("no file {location}"))
        }
    }

    fn run(files: &[(&'static str, &'static str)]) -> Loaded {
        load(&["a".to_owned()], &[], &Files(files.iter().copied().collect()), &|_| None, &Parts::default())
    }

    fn origins(requests: &[Request]) -> Vec<&str> {
        requests.iter().map(|request| request.origin.as_str()).collect()
    }

    #[test]
    fn files_are_followed_in_order_and_a_ring_of_them_is_read_once() {
        let loaded = run(&[
            ("a", "one\n-r b\ntwo\n-c c"),
            ("b", "three\n-r a\n--pre"),
            ("c", "four<2\n-r d"),
            ("d", "five"),
        ]);
        assert_eq!(origins(&loaded.requests), ["a:1", "b:1", "a:3"]);
        assert_eq!(origins(&loaded.constraints), ["c:1", "d:1"]);
        assert!(loaded.options.pre && loaded.problems.is_empty(), "{:?}", loaded.problems);
    }

    #[test]
    fn a_missing_file_is_a_problem_where_it_is_named() {
        let loaded = run(&[("a", "one\n-r missing\ntwo")]);
        assert_eq!(origins(&loaded.requests), ["a:1", "a:3"]);
        assert_eq!(loaded.problems, [Problem::new("a:2", "no file missing")]);
    }

    #[test]
    fn one_hash_asks_for_all() {
        let one = "0000000000000000000000000000000000000000000000000000000000000000";
        let text: &'static str = Box::leak(
            format!(
                "a==1 --hash=sha256:{one}\nb==1\nc --hash=sha256:{one}\n./d.whl\ngit+https://h.example/r\n"
            )
            .into_boxed_str(),
        );
        let problems = run(&[("a", text)]).problems;
        let places: Vec<&str> = problems.iter().map(|problem| problem.place.as_str()).collect();
        assert_eq!(places, ["a:2", "a:3", "a:4", "a:5"]);
        assert!(run(&[("a", "a==1\nb")]).problems.is_empty());
        assert_eq!(run(&[("a", "--require-hashes\nb==1")]).problems.len(), 1);
    }

    #[test]
    fn constraints_only_limit() {
        let loaded = run(&[("a", "-c c"), ("c", "x[y]<2\n./z.whl\n-e ./q#egg=q\nfine")]);
        assert_eq!((loaded.constraints.len(), loaded.problems.len()), (1, 3));
    }
}
