//! One project that was asked for: chooses its release per target, reads the files, and judges.
//!
//! Targets that choose the same release share a row and whatever was read. An installer's choice is made from names
//! and the index's word alone; only what was chosen is read, and the sdist beside it where there is something
//! compiled to be explained.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use super::artifact::Reading;
use super::review::Review;
use super::{Bench, Outcome};
use crate::index::{IndexError, Project, shown};
use crate::input::{Hash, Source, Wanted};
use crate::judge::{self, Evidence, Opened, Sources};
use crate::model::{
    Artifact, ArtifactKind, Digest, DistFile, Gap, Hashes, Hides, Observed, PackageName, Target,
};
use crate::report::{Failure, Package, PackageParts};
use crate::select::{self, NoMatch, TagRanks, WheelName, WheelPick, Wish, choose};

/// One project (or nameless file), with what each target wants of it.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub per_target: Vec<(Target, Wanted)>,
}

impl Job {
    /// What was asked, as people write it and without credentials.
    pub fn title(&self) -> String {
        self.per_target.first().map_or_else(String::new, |(_, wanted)| request_text(wanted))
    }

    fn requested_by(&self) -> Vec<String> {
        let mut all: Vec<String> =
            self.per_target.iter().flat_map(|(_, wanted)| wanted.requested_by.iter().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }

    fn failure(&self, reason: String, hint: &str) -> Failure {
        Failure { request: self.title(), requested_by: self.requested_by(), reason, hint: hint.to_owned() }
    }
}

/// Sorts what each target wants into jobs: what is the same release, or the same question, is one job.
pub(super) fn jobs(sets: Vec<(Target, Vec<Wanted>)>) -> Vec<Job> {
    let mut jobs = Vec::<Job>::new();
    let mut known: HashMap<(Option<PackageName>, String), usize> = HashMap::new();
    for (target, rows) in sets {
        for row in rows {
            let key = (row.name.clone(), release_key(&row));
            let at = *known.entry(key).or_insert(jobs.len());
            match jobs.get_mut(at) {
                None => jobs.push(Job { per_target: vec![(target.clone(), row)] }),
                Some(job) => match job.per_target.iter_mut().find(|(of, _)| *of == target) {
                    None => job.per_target.push((target.clone(), row)),
                    // Two lock files agree: one look at it, for both.
                    Some((_, earlier)) => {
                        earlier.requested_by.extend(row.requested_by);
                        earlier.requested_by.sort();
                        earlier.requested_by.dedup();
                    }
                },
            }
        }
    }
    jobs
}

/// What makes two wishes for a project one: the release they are pinned to, or where it comes from.
fn release_key(row: &Wanted) -> String {
    let pin = row.specifiers.iter().find(|one| one.is_pin());
    match (&row.source, pin) {
        (Source::Index | Source::Files(_), Some(pin)) => pin.to_string(),
        (Source::Index, None) => String::new(),
        (Source::Files(files), None) => {
            files.iter().map(|file| file.filename.as_str()).collect::<Vec<_>>().join(" ")
        }
        (Source::Url(text) | Source::Vcs(text) | Source::Path(text) | Source::Editable(text), _) => {
            text.clone()
        }
    }
}

pub(super) fn request_text(wanted: &Wanted) -> String {
    let extras =
        if wanted.extras.is_empty() { String::new() } else { format!("[{}]", wanted.extras.join(",")) };
    let place = match &wanted.source {
        Source::Index | Source::Files(_) => None,
        Source::Url(url) | Source::Vcs(url) => Some(shown(url)),
        Source::Path(path) => Some(path.clone()),
        Source::Editable(text) => Some(format!("-e {}", shown(text))),
    };
    match (&wanted.name, place) {
        (Some(name), Some(place)) => format!("{name}{extras} @ {place}"),
        (None, Some(place)) => place,
        (Some(name), None) => {
            let specifiers: Vec<String> = wanted.specifiers.iter().map(ToString::to_string).collect();
            format!("{name}{extras}{}", specifiers.join(","))
        }
        (None, None) => String::new(),
    }
}

/// Looks at one job.
pub(super) fn look(bench: &Bench<'_>, job: &Job) -> Outcome {
    let Some((_, first)) = job.per_target.first() else { return Outcome::default() };
    match &first.source {
        Source::Index | Source::Files(_) => on_index(bench, job, first),
        Source::Url(url) => match file_at_url(url) {
            Some(file) => one_file(bench, job, file),
            None => failed(job.failure(
                format!("{} names neither a wheel nor an sdist", shown(url)),
                "give the address of a .whl or .tar.gz",
            )),
        },
        Source::Path(path) => at_path(bench, job, path),
        Source::Editable(text) if !text.contains("://") && !text.starts_with("git@") => {
            at_path(bench, job, text)
        }
        Source::Vcs(_) | Source::Editable(_) => failed(
            job.failure(
                "it comes from version control, which is not read: its files exist only after a check-out"
                    .to_owned(),
                "check it out and run `ungil check` on the folder, or name a release",
            ),
        ),
    }
}

fn failed(failure: Failure) -> Outcome {
    Outcome { failures: vec![failure], ..Outcome::default() }
}

fn on_index(bench: &Bench<'_>, job: &Job, first: &Wanted) -> Outcome {
    let Some(name) = &first.name else { return Outcome::default() };
    let project = match &first.source {
        Source::Files(files) => known_files(name, files),
        _ => match bench.index.project(name) {
            Ok(project) => project,
            Err(error) => return failed(job.failure(error.to_string(), hint(&error))),
        },
    };
    let mut outcome = Outcome { warnings: project.warnings.clone(), ..Outcome::default() };
    if let Some(status) = project.status.as_deref().filter(|status| *status != "active") {
        outcome.warnings.push(format!("{name} is {status}, says its index"));
    }
    let mut releases: BTreeMap<pep440_rs::Version, Found> = BTreeMap::new();
    for (target, wanted) in &job.per_target {
        match chosen(bench, &project, name, target, wanted) {
            Ok((release, pick, notes)) => {
                let found = releases.entry(release.version.clone()).or_insert_with(|| Found {
                    name: name.to_string(),
                    version: Some(release.version.to_string()),
                    requested_by: job.requested_by(),
                    hashes: wanted.hashes.clone(),
                    wheels: release.wheels,
                    sdist: release.sdist,
                    alone: false,
                    per_target: Vec::new(),
                });
                found.per_target.push((target.clone(), pick, notes));
            }
            Err(error) => outcome.failures.push(Failure {
                request: request_text(wanted),
                requested_by: wanted.requested_by.clone(),
                reason: format!("{name}: {error}"),
                hint: "change the requirement, or the target with --python and --platform".to_owned(),
            }),
        }
    }
    // Pages of busy projects list ten thousand files; what is needed of them was copied.
    drop(project);
    for found in releases.into_values() {
        outcome.absorb(judged(bench, found, false));
    }
    outcome
}

/// Files that need not be asked for.
pub(super) fn known_files(name: &PackageName, files: &[Arc<DistFile>]) -> Project {
    Project {
        name: name.clone(),
        files: files.to_vec(),
        status: None,
        warnings: Vec::new(),
        sources: Vec::new(),
    }
}

type Chosen = (select::Release, Option<WheelPick>, Vec<String>);

fn chosen(
    bench: &Bench<'_>,
    project: &Project,
    name: &PackageName,
    target: &Target,
    wanted: &Wanted,
) -> Result<Chosen, NoMatch> {
    let wish = Wish {
        specifiers: wanted.specifiers.iter().collect(),
        hashes: wanted.hashes.iter().map(|hash| (hash.algorithm.as_str(), hash.value.as_str())).collect(),
    };
    match choose(name, &project.files, &wish, target, &bench.plan.policy) {
        Ok(choice) => Ok((choice.release, choice.wheel, choice.notes)),
        // The release is there and has nothing for this target: that is an answer.
        Err(NoMatch::NoFile { release, target }) => {
            let note = NoMatch::NoFile { release: release.clone(), target }.to_string();
            let mut release = *release;
            release.sdist = None;
            Ok((release, None, vec![note]))
        }
        Err(other) => Err(other),
    }
}

/// What to do about an error.
pub(super) fn hint(error: &IndexError) -> &'static str {
    match error {
        IndexError::NotFound { .. } => "check the spelling, or name the index with --index-url",
        IndexError::Offline { .. } => "run once without --offline",
        IndexError::Refused { .. } => "give credentials in the index URL or netrc",
        _ => "run again later; the other packages were audited",
    }
}

/// A distribution at a URL, if its name is one.
pub(super) fn file_at_url(text: &str) -> Option<DistFile> {
    let url = url::Url::parse(text).ok()?;
    let last = url.path_segments()?.next_back()?;
    let filename = percent_decoded(last);
    select::is_distribution(&filename).then(|| dist_file(filename, text.to_owned()))
}

/// `%2B` and its like; local versions have a `+` in the file name.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match digits.filter(|_| *first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A file that no index listed, and so none vouches for: hashes that are asked for are checked on its bytes.
pub(super) fn dist_file(filename: String, url: String) -> DistFile {
    DistFile {
        filename,
        url,
        hashes: Hashes::new(),
        requires_python: None,
        yanked: None,
        size: None,
        upload_time: None,
        core_metadata: None,
    }
}

fn at_path(bench: &Bench<'_>, job: &Job, text: &str) -> Outcome {
    let path = Path::new(text);
    let filename = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if select::is_distribution(&filename) {
        return match local_url(path) {
            Some(url) => one_file(bench, job, dist_file(filename, url)),
            None => failed(job.failure(format!("{text} is no path"), "")),
        };
    }
    let targets: Vec<Target> = job.per_target.iter().map(|(target, _)| target.clone()).collect();
    match bench.tree(path, text) {
        Ok(seen) => super::local::tree_outcome(bench, text, &seen, &targets, job.requested_by()),
        Err(error) => failed(job.failure(error.to_string(), "name a wheel, an sdist or a project's folder")),
    }
}

/// A `file:` URL for a path, made absolute.
pub(super) fn local_url(path: &Path) -> Option<String> {
    let path = std::path::absolute(path).ok()?;
    url::Url::from_file_path(path).ok().map(String::from)
}

/// A wheel or sdist that was named itself.
fn one_file(bench: &Bench<'_>, job: &Job, file: DistFile) -> Outcome {
    let file = Arc::new(file);
    let guess = select::guess(&file.filename);
    let (name, version) = match (&guess, job.per_target.first().and_then(|(_, wanted)| wanted.name.as_ref()))
    {
        (Some((name, version)), _) => (name.to_string(), Some(version.to_string())),
        (None, Some(name)) => (name.to_string(), None),
        (None, None) => (file.filename.clone(), None),
    };
    let hashes = job.per_target.first().map(|(_, wanted)| wanted.hashes.clone()).unwrap_or_default();
    let wheel = file.filename.parse::<WheelName>().ok();
    let per_target = job.per_target.iter().map(|(target, _)| {
        let pick = wheel.as_ref().and_then(|name| {
            let rank = TagRanks::new(target).rank(name)?;
            Some(WheelPick { file: file.clone(), name: name.clone(), rank })
        });
        (target.clone(), pick, Vec::new())
    });
    let found = Found {
        name,
        version,
        requested_by: job.requested_by(),
        hashes,
        per_target: per_target.collect(),
        alone: wheel.is_none(),
        sdist: wheel.is_none().then(|| file.clone()),
        wheels: wheel.map(|_| file).into_iter().collect(),
    };
    judged(bench, found, true)
}

/// A release whose files are known, before they are read.
pub(super) struct Found {
    /// Project name.
    pub name: String,
    /// Version, if the file names tell.
    pub version: Option<String>,
    /// Who asked.
    pub requested_by: Vec<String>,
    /// Hashes that the file to be installed must have.
    pub hashes: Vec<Hash>,
    /// All wheels of the release.
    pub wheels: Vec<Arc<DistFile>>,
    /// Its sdist.
    pub sdist: Option<Arc<DistFile>>,
    /// The sdist is all that was given, so which wheels exist is no question.
    pub alone: bool,
    /// What each target would install, and what a reader should know about the choice.
    pub per_target: Vec<(Target, Option<WheelPick>, Vec<String>)>,
}

/// Reads what was chosen (`all` wheels if asked), and judges it for every target.
pub(super) fn judged(bench: &Bench<'_>, found: Found, all: bool) -> Outcome {
    let mut readings: BTreeMap<&str, Reading> = BTreeMap::new();
    let picked: Vec<&Arc<DistFile>> = match all {
        true => found.wheels.iter().collect(),
        false => {
            found.per_target.iter().filter_map(|(_, pick, _)| pick.as_ref().map(|pick| &pick.file)).collect()
        }
    };
    for file in picked {
        readings.entry(&file.filename).or_insert_with(|| bench.wheel(file, &found.hashes));
    }
    let sources = sources(bench, &found, &readings, all);
    let wheels: Vec<String> = found.wheels.iter().map(|file| file.filename.clone()).collect();
    let targets: Vec<Target> = found.per_target.iter().map(|(target, _, _)| target.clone()).collect();
    let mut judgements = Vec::new();
    for (target, pick, notes) in &found.per_target {
        let wheel = pick.as_ref().and_then(|pick| {
            let filename = pick.file.filename.as_str();
            readings.get(filename).map(|reading| Opened { filename, seen: &reading.seen })
        });
        let evidence = Evidence { wheel, sources: sources.of(&found), wheels: &wheels, problems: &[] };
        let mut judgement = judge::package(&evidence, target, &bench.plan.weights);
        judgement.because.extend(notes.iter().cloned());
        let installs = match pick {
            Some(pick) => Some(pick.file.filename.clone()),
            None => found.sdist.as_ref().map(|file| file.filename.clone()),
        };
        judgements.push((target.clone(), installs, judgement));
    }
    let mut artifacts = Vec::new();
    let (mut findings, mut gaps) = (Vec::new(), Vec::new());
    for (filename, reading) in &readings {
        artifacts.push(artifact(
            filename,
            ArtifactKind::Wheel,
            reading.sha256.clone(),
            &reading.seen,
            &targets,
        ));
        findings.extend(reading.seen.findings.iter().cloned());
        gaps.extend(reading.seen.gaps.iter().cloned());
        // The wheel gate of a check says so with more words.
        if bench.acceptance.is_none() {
            gaps.extend(tag_contradiction(filename, &reading.seen));
        }
    }
    if let (Some(file), Some(reading)) = (&found.sdist, &sources.reading) {
        let sha256 = reading.sha256.clone();
        artifacts.push(artifact(&file.filename, ArtifactKind::Sdist, sha256, &reading.seen, &targets));
        findings.extend(reading.seen.findings.iter().cloned());
        gaps.extend(reading.seen.gaps.iter().cloned());
    }
    gaps.extend(sources.gap);
    let metadata = readings.values().filter_map(|reading| reading.seen.metadata.clone());
    let metadata: Vec<_> = metadata.map(|metadata| (found.name.clone(), metadata)).collect();
    let gate = bench.gate(readings.iter().map(|(filename, reading)| (*filename, &reading.seen)));
    let mut reviews: Vec<Review> = sources.review.into_iter().collect();
    if let Some((told, review)) = gate {
        findings.extend(told);
        reviews.push(review);
    }
    let parts = PackageParts {
        name: found.name,
        version: found.version,
        requested_by: found.requested_by,
        judgements,
        artifacts,
        findings,
        gaps,
    };
    Outcome {
        packages: Package::new(parts).into_iter().collect(),
        targets,
        metadata,
        reviews,
        ..Outcome::default()
    }
}

/// What became of the sources.
#[derive(Debug, Default)]
struct SourceReading {
    reading: Option<Reading>,
    unread: Option<String>,
    gap: Option<Gap>,
    review: Option<Review>,
}

impl SourceReading {
    fn of<'a>(&'a self, found: &'a Found) -> Sources<'a> {
        match (&found.sdist, &self.reading, &self.unread) {
            (Some(file), Some(reading), _) => {
                let opened = Opened { filename: &file.filename, seen: &reading.seen };
                if found.alone { Sources::Tree(opened) } else { Sources::Sdist(opened) }
            }
            (Some(file), None, Some(why)) => Sources::Unread { filename: &file.filename, why },
            _ => Sources::Absent,
        }
    }
}

fn sources(bench: &Bench<'_>, found: &Found, readings: &BTreeMap<&str, Reading>, all: bool) -> SourceReading {
    let Some(file) = &found.sdist else { return SourceReading::default() };
    let unread = |why: &str| SourceReading { unread: Some(why.to_owned()), ..SourceReading::default() };
    if !bench.plan.sources {
        return unread("not asked for");
    }
    let compiled = readings.values().any(|reading| {
        !reading.seen.modules.is_empty() || reading.seen.gaps.iter().any(|gap| gap.hides == Hides::Claims)
    });
    let installed = found.per_target.iter().any(|(_, pick, _)| pick.is_none());
    if !(compiled || installed || all) {
        return unread("nothing in the wheel is compiled");
    }
    // Where the sdist is what would be installed, the hashes asked for are its own.
    let hashes: &[Hash] = if installed { &found.hashes } else { &[] };
    let mut reading = bench.sdist(file, hashes);
    match &reading.trouble {
        None => {
            let review = bench.review_sdist(file, &mut reading.seen);
            SourceReading { reading: Some(reading), review, ..SourceReading::default() }
        }
        Some(error) => {
            let mut gap =
                Gap::new("", if installed { Hides::Claims } else { Hides::Hazards }, error.to_string());
            gap.artifact.clone_from(&file.filename);
            SourceReading { unread: Some(error.to_string()), gap: Some(gap), ..SourceReading::default() }
        }
    }
}

/// The report's row of an artifact.
pub(super) fn artifact(
    filename: &str,
    kind: ArtifactKind,
    sha256: Option<String>,
    seen: &Observed,
    targets: &[Target],
) -> Artifact {
    let tags = filename.parse::<WheelName>().map(|name| vec![name.tag_text()]).unwrap_or_default();
    Artifact {
        filename: filename.to_owned(),
        kind,
        sha256: sha256.map(|text| Digest(text.to_ascii_lowercase())),
        tags,
        usable_on: select::usable_on(filename, targets),
        modules: seen.modules.clone(),
        attributed: seen.attributed.clone(),
    }
}

/// A wheel whose WHEEL file speaks of other tags than its name: installers go by the name, the author meant one.
fn tag_contradiction(filename: &str, seen: &Observed) -> Option<Gap> {
    if seen.wheel_tags.is_empty() {
        return None;
    }
    let sorted = |mut tags: Vec<String>| {
        tags.sort();
        tags.dedup();
        tags
    };
    let name = filename.parse::<WheelName>().ok()?;
    let by_name = sorted(name.tags().map(|tag| tag.to_string()).collect());
    let written = seen.wheel_tags.iter().flat_map(|tag| {
        let made_up = format!("a-1-{tag}.whl");
        let tags = made_up.parse::<WheelName>().map(|name| name.tags().map(|tag| tag.to_string()).collect());
        tags.unwrap_or_else(|_| vec![tag.clone()])
    });
    let by_file = sorted(written.collect());
    (by_name != by_file).then(|| Gap {
        artifact: filename.to_owned(),
        path: String::new(),
        reason: format!("its WHEEL file says {}, its name says {}", by_file.join(", "), by_name.join(", ")),
        hides: Hides::Nothing,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_at_a_url_is_known_by_the_end_of_its_path() {
        let file = file_at_url("https://u:p@h.example/x/a-1.0%2Bcpu-py3-none-any.whl?t=1#sha256=x");
        assert_eq!(file.expect("a wheel").filename, "a-1.0+cpu-py3-none-any.whl");
        assert!(file_at_url("https://h.example/").is_none());
        assert!(file_at_url("https://h.example/page.html").is_none());
    }

    #[test]
    fn a_wheel_file_that_contradicts_the_name_is_told() {
        let seen = |tags: &[&str]| Observed {
            wheel_tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..Observed::default()
        };
        let name = "a-1-cp314-cp314t-manylinux2014_x86_64.manylinux_2_17_x86_64.whl";
        let same = ["cp314-cp314t-manylinux_2_17_x86_64", "cp314-cp314t-manylinux2014_x86_64"];
        assert_eq!(tag_contradiction(name, &seen(&same)), None);
        assert_eq!(
            tag_contradiction(name, &seen(&["cp314-cp314t-manylinux2014_x86_64.manylinux_2_17_x86_64"])),
            None
        );
        let other = tag_contradiction(name, &seen(&["cp314-cp314-linux_x86_64"])).expect("told");
        assert!(other.reason.contains("cp314-cp314-linux_x86_64") && other.hides == Hides::Nothing);
    }
}
