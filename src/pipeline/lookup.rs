//! What the index says of releases, asked for by many threads before the resolver needs it.
//!
//! The resolver asks for one thing after another and waits for each. Here a crew of threads runs ahead of it: when a
//! project is expected, its page is fetched, then the metadata of the release that will most likely be chosen, then
//! the pages of what that needs, and so on. So the time of a resolution is that of the longest chain, not of the sum.
//! What was guessed wrong costs some bytes and changes no answer: every answer is a function of what the index says.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use pep440_rs::Version;

use crate::index::{Index, Project};
use crate::input::{Source, Specifiers};
use crate::model::{DistFile, PackageName, Target};
use crate::packaging;
use crate::resolve::{Catalog, Needs, of_sdist};
use crate::select::{Considered, Policy, Releases, TagRanks};
use crate::unpack::{self, Limits};

/// Most things that are fetched ahead of being asked for: a bound on what wrong guesses can cost.
const MAX_AHEAD: usize = 4000;

/// Projects and metadata, each fetched once whoever asks, for all targets.
pub(super) struct Lookup<'a> {
    index: &'a Index,
    policy: &'a Policy,
    limits: &'a Limits,
    /// For whom, in the order that views are numbered by.
    targets: Vec<(Target, Arc<TagRanks>)>,
    state: Mutex<State>,
    changed: Condvar,
}

type Told<T> = Result<Arc<T>, String>;

#[derive(Default)]
struct State {
    projects: HashMap<PackageName, Option<Told<Project>>>,
    /// By the file they are read from.
    needs: HashMap<String, Option<Told<Needs>>>,
    releases: HashMap<(PackageName, usize), Arc<Releases>>,
    /// Files that stand for a project instead of the index's: given by address.
    given: HashMap<PackageName, Vec<Arc<DistFile>>>,
    hints: HashMap<(PackageName, usize), Hint>,
    queue: VecDeque<(PackageName, usize)>,
    ahead: usize,
    closed: bool,
    warnings: Vec<String>,
}

#[derive(Default, Clone)]
struct Hint {
    specifiers: Vec<Specifiers>,
    extras: HashSet<String>,
    /// What was guessed, with which extras.
    done: HashSet<(Version, Option<String>)>,
}

/// A target's view.
pub(super) struct View<'a, 'b> {
    lookup: &'b Lookup<'a>,
    at: usize,
}

impl<'a> Lookup<'a> {
    pub fn new(index: &'a Index, targets: &[Target], policy: &'a Policy, limits: &'a Limits) -> Self {
        let ranked = targets.iter().map(|target| (target.clone(), Arc::new(TagRanks::new(target)))).collect();
        Self { index, policy, limits, targets: ranked, state: Mutex::default(), changed: Condvar::new() }
    }

    /// For whom.
    pub fn targets(&self) -> impl ExactSizeIterator<Item = &Target> {
        self.targets.iter().map(|(target, _)| target)
    }

    /// The target of a view.
    pub fn target(&self, at: usize) -> Option<&Target> {
        self.targets.get(at).map(|(target, _)| target)
    }

    /// Runs `work` with a crew of threads that fetch ahead.
    pub fn with_crew<R>(&self, work: impl FnOnce() -> R) -> R {
        self.lock().closed = false;
        let crew = self.index.settings().requests_at_once.clamp(1, 64);
        std::thread::scope(|scope| {
            for _ in 0..crew {
                scope.spawn(|| self.serve());
            }
            // Also when `work` panics: else the crew, and this scope, would wait for ever.
            let _close = Close(self);
            work()
        })
    }

    /// A file given by its address: the one release of its project.
    pub fn give(&self, name: &PackageName, file: DistFile) {
        let mut state = self.lock();
        let files = state.given.entry(name.clone()).or_default();
        if !files.iter().any(|known| **known == file) {
            files.push(Arc::new(file));
        }
    }

    pub fn view(&self, at: usize) -> View<'a, '_> {
        View { lookup: self, at }
    }

    /// What the index had to say besides.
    pub fn warnings(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().warnings)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        loop {
            let mut state = self.lock();
            let task = loop {
                if state.closed {
                    return;
                }
                match state.queue.pop_front() {
                    Some(task) => break task,
                    None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(state);
            let (name, at) = task;
            // A fault in one guess must not end the crew; whoever needs the answer will meet the fault itself.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.guess(&name, at)));
        }
    }

    /// Fetches what will be asked of a project next, and expects what that needs.
    fn guess(&self, name: &PackageName, at: usize) {
        let view = self.view(at);
        let Ok(releases) = view.releases(name) else { return };
        let Some(hint) = self.lock().hints.get(&(name.clone(), at)).cloned() else { return };
        let fits = |version: &Version| hint.specifiers.iter().all(|one| one.contains(version));
        let usable = |pre: bool| {
            let fitting = releases
                .versions()
                .rev()
                .filter(|version| (pre || !version.any_prerelease()) && fits(version));
            let mut considered = fitting.filter_map(|version| Some((version, releases.get(version)?)));
            considered.find(|(_, one)| one.usable && !one.yanked)
        };
        let pre = self.policy.pre || hint.specifiers.iter().any(Specifiers::names_pre_release);
        let Some((version, _)) = usable(pre).or_else(|| usable(true)) else { return };
        let extras = std::iter::once(None).chain(hint.extras.iter().cloned().map(Some));
        let mut todo: Vec<Option<String>> = Vec::new();
        {
            let mut state = self.lock();
            let Some(known) = state.hints.get_mut(&(name.clone(), at)) else { return };
            todo.extend(extras.filter(|extra| known.done.insert((version.clone(), extra.clone()))));
        }
        if todo.is_empty() {
            return;
        }
        let Ok(needs) = view.needs(name, version) else { return };
        let Some(target) = self.target(at) else { return };
        for extra in todo {
            for needed in needs.applying(target, extra.as_deref()) {
                if let (Some(name), Source::Index) = (&needed.request.name, &needed.request.source) {
                    view.expect(name, &needed.request.specifiers, &needed.request.extras);
                }
            }
        }
    }

    /// The answer in a slot, or the work to fill it, done by whoever comes first.
    fn once<K: std::hash::Hash + Eq + Clone, T>(
        &self,
        slots: impl Fn(&mut State) -> &mut HashMap<K, Option<Told<T>>>,
        key: &K,
        work: impl FnOnce() -> Told<T>,
    ) -> Told<T> {
        let mut state = self.lock();
        loop {
            match slots(&mut state).get(key) {
                Some(Some(told)) => return told.clone(),
                Some(None) => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                None => break,
            }
        }
        slots(&mut state).insert(key.clone(), None);
        drop(state);
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|_| {
            Err("a fault in ungil itself ended the look at it; please report it".to_owned())
        });
        slots(&mut self.lock()).insert(key.clone(), Some(told.clone()));
        self.changed.notify_all();
        told
    }

    /// A project with all its files.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn project(&self, name: &PackageName) -> Result<Arc<Project>, String> {
        self.once(
            |state| &mut state.projects,
            name,
            || {
                if let Some(files) = self.lock().given.get(name).cloned() {
                    return Ok(Arc::new(super::release::known_files(name, &files)));
                }
                let project = self.index.project(name).map_err(|error| error.to_string())?;
                let mut warnings = project.warnings.clone();
                if let Some(status) = project.status.as_deref().filter(|status| *status != "active") {
                    warnings.push(format!("{name} is {status}, says its index"));
                }
                self.lock().warnings.append(&mut warnings);
                Ok(Arc::new(project))
            },
        )
    }

    /// What a release needs: of the wheel to be installed, else of any wheel of the release, since builds of one
    /// release differ in their needs only against the rules; else what its sdist fixes.
    fn needs_of(&self, one: &Considered) -> Told<Needs> {
        let others = one.wheels.iter().filter(|file| file.core_metadata.is_some());
        let wheel = one.wheel().or_else(|| others.min_by_key(|file| file.size)).or(one.wheels.first());
        let Some(file) = wheel.or(one.sdists.first()) else { return Err("it has no file".to_owned()) };
        self.once(
            |state| &mut state.needs,
            &file.filename,
            || match wheel {
                Some(file) => self.needs_of_wheel(file),
                None => self.needs_of_sdist(file),
            },
        )
    }

    fn needs_of_wheel(&self, file: &DistFile) -> Told<Needs> {
        let bytes = self.index.metadata(file).map_err(|error| error.to_string())?;
        let metadata = packaging::metadata(&bytes).map_err(|error| format!("{}: {error}", file.filename))?;
        Ok(Arc::new(Needs::of(&metadata)))
    }

    fn needs_of_sdist(&self, file: &DistFile) -> Told<Needs> {
        if file.core_metadata.is_some()
            && let Ok(bytes) = self.index.metadata(file)
            && let Ok(needs) = of_sdist(Some(&bytes), None)
        {
            return Ok(Arc::new(needs));
        }
        // The server's word for these bytes, as with wheels that are read by ranges, so its name is in the key.
        let key =
            file.sha256().map(|sha256| format!("sdist texts {sha256} {}", crate::index::shown(&file.url)));
        let kept = key.as_ref().and_then(|key| self.index.cache().get_facts(key));
        let (info, project): (Option<String>, Option<String>) =
            match kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
                Some(texts) => texts,
                None => {
                    let texts = self.sdist_texts(file)?;
                    if let (Some(key), Ok(bytes)) = (key, serde_json::to_vec(&texts)) {
                        self.index.cache().put_facts(&key, &bytes);
                    }
                    texts
                }
            };
        of_sdist(info.as_deref().map(str::as_bytes), project.as_deref()).map(Arc::new)
    }

    /// PKG-INFO and `pyproject.toml` of an sdist, read no further than it takes to find both.
    fn sdist_texts(&self, file: &DistFile) -> Result<(Option<String>, Option<String>), String> {
        let mut remote = self.index.open(file).map_err(|error| error.to_string())?;
        let wants = |path: &crate::model::MemberPath| matches!(path.as_str(), "PKG-INFO" | "pyproject.toml");
        let found = std::cell::RefCell::new((None::<String>, None::<String>));
        let mut visit = |path: crate::model::MemberPath, bytes: Vec<u8>| {
            let mut found = found.borrow_mut();
            let text = Some(String::from_utf8_lossy(&bytes).into_owned());
            match path.as_str() {
                "PKG-INFO" => found.0 = text,
                _ => found.1 = text,
            }
        };
        if file.filename.to_ascii_lowercase().ends_with(".zip") {
            unpack::zip_sdist(&mut remote, self.limits, &wants, &mut visit);
        } else {
            let enough = || {
                let found = found.borrow();
                found.0.is_some() && found.1.is_some()
                    || found.0.as_deref().is_some_and(|info| of_sdist(Some(info.as_bytes()), None).is_ok())
            };
            let mut reader = Until { inner: &mut remote, enough: &enough };
            unpack::sdist(&mut reader, self.limits, &wants, &mut visit);
        }
        match remote.trouble() {
            Some(error) if found.borrow().0.is_none() => Err(error.to_string()),
            _ => Ok(found.into_inner()),
        }
    }
}

/// Ends a stream once enough was read of it.
struct Until<'a, R> {
    inner: &'a mut R,
    enough: &'a dyn Fn() -> bool,
}

impl<R: std::io::Read> std::io::Read for Until<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if (self.enough)() { Ok(0) } else { self.inner.read(buffer) }
    }
}

/// Sends the crew home.
struct Close<'a, 'b>(&'b Lookup<'a>);

impl Drop for Close<'_, '_> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

impl Catalog for View<'_, '_> {
    fn expect(&self, name: &PackageName, specifiers: &Specifiers, extras: &[String]) {
        let mut state = self.lookup.lock();
        let hint = state.hints.entry((name.clone(), self.at)).or_default();
        let new = hint.done.is_empty() && hint.specifiers.is_empty();
        let narrower = !specifiers.is_empty() && !hint.specifiers.contains(specifiers);
        if narrower {
            hint.specifiers.push(specifiers.clone());
        }
        let before = hint.extras.len();
        hint.extras.extend(extras.iter().cloned());
        if (new || narrower || hint.extras.len() > before) && state.ahead < MAX_AHEAD {
            state.ahead += 1;
            state.queue.push_back((name.clone(), self.at));
            drop(state);
            self.lookup.changed.notify_all();
        }
    }

    fn releases(&self, name: &PackageName) -> Result<Arc<Releases>, String> {
        let key = (name.clone(), self.at);
        if let Some(known) = self.lookup.lock().releases.get(&key) {
            return Ok(Arc::clone(known));
        }
        let project = self.lookup.project(name)?;
        let Some((target, ranks)) = self.lookup.targets.get(self.at) else {
            return Err("no such target".to_owned());
        };
        let sorted = Arc::new(Releases::new(name, &project.files, target, ranks, self.lookup.policy));
        self.lookup.lock().releases.insert(key, Arc::clone(&sorted));
        Ok(sorted)
    }

    fn needs(&self, name: &PackageName, version: &Version) -> Result<Arc<Needs>, String> {
        let releases = self.releases(name)?;
        let one = releases.get(version).ok_or("there is no such release")?;
        self.lookup.needs_of(one)
    }
}
