//! Since when a project's wheels keep the GIL off, by looking into few of its old ones.
//!
//! The index tells when each release came out and for which interpreters; what its modules declare is told by the
//! wheel itself. Most projects that ship a free-threaded wheel declare from the first one on, so that one is looked at
//! first; where it does not, the releases between it and one that is known to are halved. A handful of wheels at the
//! most is read, by ranges as always, and never read again. Halving takes for granted that who once declares goes on
//! to: how many releases before the first proven one were not looked at is told with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Bench;
use crate::judge::{self, Evidence, Opened, Sources};
use crate::model::{DistFile, Platform, PythonVersion, Target, Verdict};
use crate::report::Package;
use crate::select::{self, TagRanks, WheelName};

/// Most wheels of a project that are looked at for its past. Four halve the releases of three years.
const MOST: usize = 5;
/// Wheels larger than this are not looked at for the past.
const LARGEST: u64 = 64 << 20;

/// What a free-threaded wheel of a release said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PastLook {
    /// Day of its upload, in UTC.
    pub day: String,
    /// The release's version.
    pub version: String,
    /// Its name.
    pub filename: String,
    /// The interpreter that it was judged for: `3.13t`.
    pub python: String,
    /// What it comes to there.
    pub verdict: Verdict,
}

/// The first release that is known to keep the GIL off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FirstProven {
    /// Day of the upload of the wheel that proves it, in UTC.
    pub day: String,
    /// The release's version.
    pub version: String,
    /// Name of the wheel.
    pub filename: String,
    /// The interpreter that it was judged for: `3.13t`.
    pub python: String,
    /// Earlier releases with a free-threaded wheel that were not looked at: one of them may have been the first.
    pub unseen_before: u32,
}

/// What is known of the past of a project's declarations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Proven {
    /// The first release that is known to keep the GIL off; null if none of those looked at does.
    pub first: Option<FirstProven>,
    /// Releases that have a free-threaded wheel.
    pub releases: u32,
    /// What was looked at, by day.
    pub looks: Vec<PastLook>,
}

/// A release with free-threaded wheels.
struct Past {
    version: pep440_rs::Version,
    day: String,
    wheels: Vec<(Arc<DistFile>, WheelName, String)>,
}

/// Looks into the past of a project; `judged` is what was found of it today.
pub(super) fn seek(bench: &Bench<'_>, files: &[Arc<DistFile>], judged: &[Package]) -> Option<Proven> {
    let past = releases(files);
    if past.is_empty() {
        return None;
    }
    let mut looks: BTreeMap<usize, PastLook> = BTreeMap::new();
    for (at, one) in past.iter().enumerate() {
        if let Some(look) = today(one, judged) {
            looks.insert(at, look);
        }
    }
    let found = halve(past.len(), &|at| looks.get(&at).map(|look| keeps_off(look.verdict)), &mut |at| {
        let look = past.get(at).and_then(|one| look(bench, one))?;
        Some((keeps_off(look.verdict), look))
    });
    for (at, look) in found.new {
        looks.insert(at, look);
    }
    let first = looks.iter().find(|(_, look)| keeps_off(look.verdict)).map(|(at, look)| {
        let unseen = (0..*at).filter(|before| !looks.contains_key(before)).count();
        FirstProven {
            day: look.day.clone(),
            version: look.version.clone(),
            filename: look.filename.clone(),
            python: look.python.clone(),
            unseen_before: u32::try_from(unseen).unwrap_or(u32::MAX),
        }
    });
    let releases = u32::try_from(past.len()).unwrap_or(u32::MAX);
    Some(Proven { first, releases, looks: looks.into_values().collect() })
}

fn keeps_off(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Ready | Verdict::PurePython)
}

struct Halved<T> {
    new: Vec<(usize, T)>,
}

/// Finds the first of `count` for which `look` says yes, if they go from no to yes: asks for the first one, for the last
/// one if none is known, and then between. `known` is what needs no look; one that cannot be had is taken for a no.
fn halve<T>(
    count: usize,
    known: &dyn Fn(usize) -> Option<bool>,
    look: &mut dyn FnMut(usize) -> Option<(bool, T)>,
) -> Halved<T> {
    let mut new = Vec::new();
    let mut left = MOST;
    let mut ask = |at: usize| match known(at) {
        Some(told) => Some(told),
        None if left == 0 => None,
        None => {
            left -= 1;
            let (told, value) = look(at).map_or((false, None), |(told, value)| (told, Some(value)));
            new.extend(value.map(|value| (at, value)));
            Some(told)
        }
    };
    let last = count.saturating_sub(1);
    if count > 0 && ask(0) == Some(false) {
        let yes = (1..count).find(|at| known(*at) == Some(true));
        let yes = yes.or_else(|| (last > 0 && ask(last) == Some(true)).then_some(last));
        if let Some(mut yes) = yes {
            let mut no = 0;
            while yes - no > 1 {
                let middle = no + (yes - no) / 2;
                match ask(middle) {
                    Some(true) => yes = middle,
                    Some(false) => no = middle,
                    None => break,
                }
            }
        }
    }
    Halved { new }
}

/// Releases that have free-threaded wheels which are not yanked, by the day of the first of them.
fn releases(files: &[Arc<DistFile>]) -> Vec<Past> {
    let mut by_version: BTreeMap<pep440_rs::Version, Past> = BTreeMap::new();
    for file in files.iter().filter(|file| file.yanked.is_none()) {
        let Some(name) = file.filename.parse::<WheelName>().ok().filter(WheelName::is_for_free_threaded)
        else {
            continue;
        };
        let Some((day, (_, version))) = day(file).zip(select::guess(&file.filename)) else { continue };
        let one = by_version.entry(version.clone()).or_insert_with(|| Past {
            version,
            day: day.clone(),
            wheels: Vec::new(),
        });
        if day < one.day {
            one.day.clone_from(&day);
        }
        one.wheels.push((Arc::clone(file), name, day));
    }
    let mut past: Vec<Past> = by_version.into_values().collect();
    past.sort_by(|a, b| (&a.day, &a.version).cmp(&(&b.day, &b.version)));
    past
}

fn day(file: &DistFile) -> Option<String> {
    let time: jiff::Timestamp = file.upload_time.as_ref()?.parse().ok()?;
    Some(time.strftime("%Y-%m-%d").to_string())
}

/// What was said of this release today, if what an installer takes there is one of its free-threaded wheels.
fn today(past: &Past, judged: &[Package]) -> Option<PastLook> {
    let version = past.version.to_string();
    let package = judged.iter().find(|one| one.version.as_ref() == Some(&version))?;
    let told = package.by_target.iter().filter(|one| one.verdict != Verdict::Unknown).filter_map(|one| {
        let (file, _, day) =
            past.wheels.iter().find(|(file, ..)| Some(&file.filename) == one.installs.as_ref())?;
        Some(PastLook {
            day: day.clone(),
            version: version.clone(),
            filename: file.filename.clone(),
            python: one.python.clone(),
            verdict: one.verdict,
        })
    });
    told.min_by_key(|look| look.verdict)
}

/// Reads one wheel of a release: for the Python and platform that the run asks for, or else for the youngest Python and
/// a platform that it has.
fn look(bench: &Bench<'_>, past: &Past) -> Option<PastLook> {
    let version = past.version.to_string();
    let wanted = bench.plan.targets.iter().find_map(|target| {
        let ranks = TagRanks::new(target);
        let best = past
            .wheels
            .iter()
            .filter_map(|one| Some((ranks.rank(&one.1)?, one)))
            .min_by_key(|(rank, _)| *rank);
        best.filter(|(_, one)| one.1.is_for_free_threaded()).map(|(_, one)| (target.clone(), one))
    });
    let (target, (file, _, day)) = wanted.or_else(|| any(bench, past))?;
    let unread = |verdict| PastLook {
        day: day.clone(),
        version: version.clone(),
        filename: file.filename.clone(),
        python: target.python.to_string(),
        verdict,
    };
    if file.size.is_some_and(|size| size > LARGEST) {
        return Some(unread(Verdict::Unknown));
    }
    let reading = bench.wheel(file, &[]);
    let filename = file.filename.as_str();
    let wheels = [file.filename.clone()];
    let evidence = Evidence {
        wheel: Some(Opened { filename, seen: &reading.seen }),
        sources: Sources::Absent,
        wheels: &wheels,
        problems: &[],
    };
    Some(unread(judge::package(&evidence, &target, &bench.plan.weights).verdict))
}

type Wheel = (Arc<DistFile>, WheelName, String);

/// A wheel with an interpreter that would take it: on a platform of the run if there is one, of the youngest Python.
fn any<'p>(bench: &Bench<'_>, past: &'p Past) -> Option<(Target, &'p Wheel)> {
    let mut found: Vec<(bool, PythonVersion, &'p Wheel, Target)> = Vec::new();
    for wheel in &past.wheels {
        for tag in wheel.1.tags().filter(|tag| tag.abi.ends_with('t')) {
            let python = if tag.abi == "abi3t" { format!("{}t", tag.python) } else { tag.abi.clone() };
            let Ok(python) = python.parse::<PythonVersion>() else { continue };
            let own = tag.platform.parse::<Platform>().ok();
            let ours = bench.plan.targets.iter().map(|target| (true, target.platform.clone()));
            for (ours, platform) in ours.chain(own.map(|platform| (false, platform))) {
                let target = Target { python, platform };
                if TagRanks::new(&target).rank(&wheel.1).is_some() {
                    found.push((ours, python, wheel, target));
                }
            }
        }
    }
    // The last of equals would depend on the order of the page.
    found.sort_by(|a, b| (a.0, a.1, &b.2.0.filename).cmp(&(b.0, b.1, &a.2.0.filename)));
    found.pop().map(|(_, _, wheel, target)| (target, wheel))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which were looked at, where the first `no` of `count` say no.
    fn looked(count: usize, no: usize, known: Option<usize>) -> (Vec<usize>, Option<usize>) {
        let mut asked = Vec::new();
        let known = move |at| (known == Some(at)).then_some(at >= no);
        let found = halve(count, &known, &mut |at| {
            asked.push(at);
            Some((at >= no, ()))
        });
        assert_eq!(found.new.len(), asked.len());
        let yes = (0..count).find(|at| (asked.contains(at) || known(*at).is_some()) && *at >= no);
        (asked, yes)
    }

    #[test]
    fn who_declared_from_the_first_wheel_on_costs_one_look() {
        assert_eq!(looked(40, 0, Some(39)), (vec![0], Some(0)));
        assert_eq!(looked(1, 0, None), (vec![0], Some(0)));
        assert_eq!(looked(1, 0, Some(0)), (vec![], Some(0)), "or none");
        assert_eq!(looked(0, 0, None), (vec![], None));
    }

    #[test]
    fn the_first_that_declares_is_found_by_halving() {
        for count in 2..16 {
            for no in 1..count {
                let (asked, first) = looked(count, no, Some(count - 1));
                assert_eq!(first, Some(no), "{no} of {count}: {asked:?}");
                assert!(asked.len() <= MOST);
            }
        }
    }

    #[test]
    fn looks_are_bounded_however_long_the_past_is() {
        let (asked, first) = looked(1000, 500, Some(999));
        assert!(
            asked.len() == MOST && first.is_some_and(|first| (500..600).contains(&first)),
            "{asked:?} {first:?}"
        );
        assert_eq!(looked(1000, 1000, Some(999)).0, [0], "the last one is known not to");
        assert_eq!(looked(1000, 1000, None).0, [0, 999]);
    }

    #[test]
    fn one_that_cannot_be_had_is_no_proof() {
        let found = halve(4, &|at| (at == 3).then_some(true), &mut |_| None::<(bool, ())>);
        assert!(found.new.is_empty());
    }
}
