//! What of a lock file is installed on a target.
//!
//! In: a [`Lock`], a target, and the extras and groups asked for. Out: requests for exactly the locked releases, and
//! which entry needs which. A lock of uv is walked from the project's own entry along dependencies whose markers hold;
//! other locks say of each entry which groups need it. Without anything asked for it is what a user of the project
//! gets; development groups are left out, and counted.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::input::lock::{Lock, LockKind, Locked, Need, When};
use crate::input::{Parts, Request, Source, Specifiers, pyproject};
use crate::model::{PackageName, Target};
use crate::select::marker;

/// The part of a lock that a target installs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picked {
    /// One per release.
    pub requests: Vec<Request>,
    /// Who needs whom, by name, as the lock tells it.
    pub needs: BTreeSet<(PackageName, PackageName)>,
    /// What the locked project itself asks for, if the lock tells.
    pub direct: BTreeSet<PackageName>,
    /// Entries that apply to the target and belong to parts not asked for.
    pub left_out: BTreeSet<PackageName>,
    /// What a reader should be told.
    pub notes: Vec<String>,
}

/// Picks what `target` installs of a lock.
pub fn pick(lock: &Lock, target: &Target, parts: &Parts) -> Picked {
    let mut picked = Picked::default();
    if let Some(text) = &lock.requires_python {
        let python = super::python_version(target);
        if Specifiers::parse(text).is_ok_and(|specifiers| !specifiers.contains(&python)) {
            picked
                .notes
                .push(format!("{} is for Python {text}, and {} was asked about", lock.name, target.python));
        }
    }
    let chosen = if lock.packages.iter().any(|one| one.root) {
        walk(lock, target, parts, &mut picked)
    } else {
        filter(lock, target, parts, &mut picked)
    };
    for (at, extras) in chosen {
        let Some(one) = lock.packages.get(at).filter(|one| !one.root) else { continue };
        picked.requests.push(request(one, &extras));
    }
    picked.notes.sort();
    picked.notes.dedup();
    picked
}

/// Entries by place, with their extras.
type Chosen = BTreeMap<usize, BTreeSet<String>>;

fn request(one: &Locked, extras: &BTreeSet<String>) -> Request {
    let pin = one.version.as_deref().filter(|_| matches!(one.source, Source::Index | Source::Files(_)));
    let specifiers = pin.and_then(|version| Specifiers::parse(&format!("=={version}")).ok());
    Request {
        name: Some(one.name.clone()),
        extras: extras.iter().chain(&one.extras).cloned().collect::<BTreeSet<_>>().into_iter().collect(),
        specifiers: specifiers.unwrap_or_default(),
        // It was decided here, for this target.
        marker: None,
        hashes: one.hashes.clone(),
        source: one.source.clone(),
        origin: one.origin.clone(),
    }
}

fn holds(text: Option<&str>, target: &Target, parts: &Parts, notes: &mut Vec<String>, place: &str) -> bool {
    let (holds, note) = marker::applies_in_lock(text, target, &|extra| parts.has_extra(extra), &|group| {
        parts.has_group(group)
    });
    notes.extend(note.map(|note| format!("{place}: {note}")));
    holds
}

/// From the project's own entries along what they need.
fn walk(lock: &Lock, target: &Target, parts: &Parts, picked: &mut Picked) -> Chosen {
    let asked = |when: &When| match when {
        When::Always => true,
        When::Extra(extra) => parts.has_extra(extra),
        When::Group(group) => parts.has_group(group),
    };
    let chosen = reach(lock, target, parts, picked, &asked);
    let mut unasked = Picked::default();
    let all = reach(lock, target, parts, &mut unasked, &|_| true);
    for at in all.keys().filter(|at| !chosen.contains_key(at)) {
        picked.left_out.extend(lock.packages.get(*at).map(|one| one.name.clone()));
    }
    chosen
}

fn reach(
    lock: &Lock,
    target: &Target,
    parts: &Parts,
    picked: &mut Picked,
    asked_of_root: &dyn Fn(&When) -> bool,
) -> Chosen {
    let mut by_name: BTreeMap<&PackageName, Vec<usize>> = BTreeMap::new();
    for (at, one) in lock.packages.iter().enumerate() {
        by_name.entry(&one.name).or_default().push(at);
    }
    let mut chosen = Chosen::new();
    let mut queue: VecDeque<(usize, Option<String>)> = VecDeque::new();
    for (at, _) in lock.packages.iter().enumerate().filter(|(_, one)| one.root) {
        chosen.insert(at, BTreeSet::new());
        queue.push_back((at, None));
    }
    while let Some((at, extra)) = queue.pop_front() {
        let Some(one) = lock.packages.get(at) else { continue };
        for need in &one.needs {
            let applies = match (&need.when, &extra) {
                _ if one.root => asked_of_root(&need.when),
                (When::Always, None) => true,
                (When::Extra(of), Some(extra)) => pyproject::same_name(of, extra),
                _ => false,
            };
            if !applies || !holds(need.marker.as_deref(), target, parts, &mut picked.notes, &one.origin) {
                continue;
            }
            for next in by_name.get(&need.name).into_iter().flatten() {
                let Some(other) = lock.packages.get(*next) else { continue };
                if !fits(other, need, target, parts, picked) {
                    continue;
                }
                match one.root {
                    true => picked.direct.insert(other.name.clone()),
                    false => picked.needs.insert((one.name.clone(), other.name.clone())),
                };
                let new = !chosen.contains_key(next);
                let extras = chosen.entry(*next).or_default();
                if new {
                    queue.push_back((*next, None));
                }
                for extra in &need.extras {
                    if extras.insert(extra.clone()) {
                        queue.push_back((*next, Some(extra.clone())));
                    }
                }
            }
        }
    }
    chosen
}

/// Whether an entry is the one that a need means.
fn fits(one: &Locked, need: &Need, target: &Target, parts: &Parts, picked: &mut Picked) -> bool {
    match &need.version {
        Some(version) => one.version.as_ref() == Some(version),
        None => holds(one.marker.as_deref(), target, parts, &mut picked.notes, &one.origin),
    }
}

/// Every entry that applies and whose groups are asked for.
fn filter(lock: &Lock, target: &Target, parts: &Parts, picked: &mut Picked) -> Chosen {
    let optional = of_extras(lock, parts);
    let mut chosen = Chosen::new();
    for (at, one) in lock.packages.iter().enumerate() {
        if !applies(lock, one, target, parts, &mut picked.notes) {
            // If it would with every extra and group, it was left out by choice.
            let all = Parts { all_extras: true, all_groups: true, ..Parts::default() };
            if applies(lock, one, target, &all, &mut Vec::new()) {
                picked.left_out.insert(one.name.clone());
            }
            continue;
        }
        let by_marker = one.marker.as_deref().is_some_and(|text| text.contains("extra"));
        let main = |group: &String| match lock.kind {
            LockKind::Poetry => group == "main",
            LockKind::Pdm | LockKind::Pipfile => lock.default_groups.contains(group),
            LockKind::Pylock | LockKind::Uv => true,
        };
        let in_group = one.groups.is_empty()
            || one.groups.iter().any(|group| main(group) || parts.has_group(group) || parts.has_extra(group));
        let unasked_extra = one.optional && !by_marker && !optional.contains(&one.name);
        if !in_group || unasked_extra {
            picked.left_out.insert(one.name.clone());
            continue;
        }
        chosen.insert(at, BTreeSet::new());
    }
    let names: BTreeSet<&PackageName> =
        chosen.keys().filter_map(|at| lock.packages.get(*at)).map(|one| &one.name).collect();
    for one in chosen.keys().filter_map(|at| lock.packages.get(*at)) {
        for need in one.needs.iter().filter(|need| names.contains(&need.name)) {
            // Which extras were asked for is not written down; a need that some extra has is one all the same.
            let text = need
                .marker
                .as_deref()
                .map(|text| with_extras(text, &Parts { all_extras: true, ..Parts::default() }));
            if holds(text.as_deref(), target, parts, &mut picked.notes, &one.origin) {
                picked.needs.insert((one.name.clone(), need.name.clone()));
            }
        }
    }
    chosen
}

/// Whether an entry's marker holds. Poetry writes which extra needs it as PEP 508 does, where PEP 751 has a set.
fn applies(lock: &Lock, one: &Locked, target: &Target, parts: &Parts, notes: &mut Vec<String>) -> bool {
    let text = one.marker.as_deref().unwrap_or("");
    let text = if lock.kind == LockKind::Poetry { with_extras(text, parts) } else { text.to_owned() };
    holds(Some(&text), target, parts, notes, &one.origin)
}

/// The packages that the asked extras bring in, by the lock's own table, with all they need.
fn of_extras(lock: &Lock, parts: &Parts) -> BTreeSet<PackageName> {
    let asked = lock.extras.iter().filter(|(extra, _)| parts.has_extra(extra));
    let mut todo: Vec<PackageName> = asked.flat_map(|(_, names)| names.iter().cloned()).collect();
    let mut found = BTreeSet::new();
    while let Some(name) = todo.pop() {
        if found.insert(name.clone()) {
            let entries = lock.packages.iter().filter(|one| one.name == name);
            todo.extend(entries.flat_map(|one| one.needs.iter().map(|need| need.name.clone())));
        }
    }
    found
}

/// Turns `extra == "x"` into PEP 751's `'x' in extras`, which is decided by what is asked for.
fn with_extras(text: &str, parts: &Parts) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("extra") {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let after = from.get("extra".len()..).unwrap_or("").trim_start();
        let (equal, value) = match (after.strip_prefix("=="), after.strip_prefix("!=")) {
            (Some(value), _) => (true, value.trim_start()),
            (_, Some(value)) => (false, value.trim_start()),
            _ => {
                out.push_str(before);
                out.push_str("extra");
                rest = from.get("extra".len()..).unwrap_or("");
                continue;
            }
        };
        let quote = value.chars().next().unwrap_or('\'');
        let Some((name, tail)) = value.get(1..).and_then(|value| value.split_once(quote)) else { break };
        out.push_str(before);
        let holds = parts.has_extra(name) == equal;
        out.push_str(if holds { "python_version >= '0'" } else { "python_version < '0'" });
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::lock;

    fn target(python: &str, platform: &str) -> Target {
        Target { python: python.parse().expect(python), platform: platform.parse().expect(platform) }
    }

    fn names(text: &str, target: &Target, parts: &Parts) -> Vec<String> {
        let kind = lock::recognise(text).expect("a lock");
        let read = lock::read(kind, text, "x.lock", "").expect("read");
        assert!(read.problems.is_empty(), "{:?}", read.problems);
        let mut names: Vec<String> = pick(&read.lock, target, parts)
            .requests
            .iter()
            .map(|one| format!("{}{}", one.name.as_ref().expect("named"), one.specifiers))
            .collect();
        names.sort();
        names
    }

    const UV: &str = "version = 1\nrequires-python = '>=3.11'\n\
        [[package]]\nname='demo'\nsource={virtual='.'}\ndependencies=[{name='a',extra=['x']},{name='b',marker=\"sys_platform=='win32'\"}]\n\
        [package.dev-dependencies]\ndev=[{name='c'}]\n\
        [[package]]\nname='a'\nversion='1'\nsource={registry='i'}\nsdist={url='https://h.example/a-1.tar.gz'}\n\
        [package.optional-dependencies]\nx=[{name='d',version='1',marker=\"python_version<'3.14'\"},{name='d',version='2',marker=\"python_version>='3.14'\"}]\n\
        [[package]]\nname='b'\nversion='1'\nsource={registry='i'}\nsdist={url='https://h.example/b-1.tar.gz'}\n\
        [[package]]\nname='c'\nversion='1'\nsource={registry='i'}\nsdist={url='https://h.example/c-1.tar.gz'}\n\
        [[package]]\nname='d'\nversion='1'\nsource={registry='i'}\nsdist={url='https://h.example/d-1.tar.gz'}\n\
        [[package]]\nname='d'\nversion='2'\nsource={registry='i'}\nsdist={url='https://h.example/d-2.tar.gz'}\n";

    #[test]
    fn a_lock_of_uv_is_walked_along_markers_extras_and_forks() {
        let none = Parts::default();
        assert_eq!(names(UV, &target("3.14t", "linux"), &none), ["a==1", "d==2"]);
        assert_eq!(names(UV, &target("3.13t", "windows"), &none), ["a==1", "b==1", "d==1"]);
        let dev = Parts { groups: vec!["dev".to_owned()], ..Parts::default() };
        assert_eq!(names(UV, &target("3.14t", "linux"), &dev), ["a==1", "c==1", "d==2"]);
    }

    #[test]
    fn who_needs_whom_and_what_was_left_out_is_known() {
        let read = lock::read(lock::LockKind::Uv, UV, "uv.lock", "").expect("read");
        let picked = pick(&read.lock, &target("3.14t", "linux"), &Parts::default());
        let name = |text: &str| PackageName::new(text).expect(text);
        assert!(picked.needs.contains(&(name("a"), name("d"))));
        assert_eq!(picked.direct, [name("a")].into());
        assert_eq!(picked.left_out, [name("c")].into());
    }

    #[test]
    fn optional_entries_of_poetry_wait_for_their_extra() {
        let text = "[[package]]\nname='a'\nversion='1'\noptional=false\ngroups=['main']\n\
            [[package]]\nname='b'\nversion='1'\noptional=true\ngroups=['main']\nmarkers=\"extra == 'fast' and os_name == 'posix'\"\n\
            [[package]]\nname='c'\nversion='1'\noptional=false\ngroups=['dev']\n\
            [metadata]\nlock-version='2.1'\ncontent-hash='x'\n";
        let linux = target("3.14t", "linux");
        assert_eq!(names(text, &linux, &Parts::default()), ["a==1"]);
        let fast = Parts { extras: vec!["fast".to_owned()], ..Parts::default() };
        assert_eq!(names(text, &linux, &fast), ["a==1", "b==1"]);
        assert_eq!(names(text, &target("3.14t", "windows"), &fast), ["a==1"]);
    }

    #[test]
    fn old_locks_of_poetry_list_what_an_extra_brings() {
        let text = "[[package]]\nname='b'\nversion='1'\noptional=true\n[package.dependencies]\nc='*'\n\
            [[package]]\nname='c'\nversion='1'\noptional=true\n[extras]\nfast=['b (>=1)']\n\
            [metadata]\nlock-version='1.1'\ncontent-hash='x'\n[metadata.files]\nb=[]\nc=[]\n";
        let linux = target("3.14t", "linux");
        assert!(names(text, &linux, &Parts::default()).is_empty());
        assert_eq!(names(text, &linux, &Parts { all_extras: true, ..Parts::default() }), ["b==1", "c==1"]);
    }
}
