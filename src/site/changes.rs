//! What is other than in the run before, as a list and as an Atom feed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::text::{clean, slug};
use super::{About, Past, PastRow, Summary};
use crate::model::Verdict;

/// The least move of a score that is told: smaller ones come with every new rule.
const MOVED: u32 = 5;
/// Most entries of a feed.
const ENTRIES: usize = 200;

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Change {
    /// Better ones first: `better`, `worse`, `new`, `gone`, `other`.
    kind: &'static str,
    name: String,
    slug: String,
    before: Option<String>,
    after: Option<String>,
    /// As a sentence without a full stop.
    what: String,
}

/// Compares with the run before; nothing changed where there was none.
pub(super) fn between(before: Option<(&str, &BTreeMap<String, PastRow>)>, now: &[Summary]) -> Vec<Change> {
    let Some((_, before)) = before else { return Vec::new() };
    let mut changes = Vec::new();
    for one in now {
        let Some(old) = before.get(&one.name) else {
            changes.push(change(
                "new",
                &one.name,
                None,
                one.verdict,
                format!("is in the list now: {}", said(one.verdict)),
            ));
            continue;
        };
        let release = match (&old.version, &one.version) {
            (Some(old), Some(new)) if old != new => format!(" with {new} (was {old})"),
            _ => String::new(),
        };
        let points = old.score.zip(one.score).filter(|(old, new)| old.abs_diff(*new) >= MOVED);
        if old.verdict != one.verdict {
            let kind = if rank(one.verdict) > rank(old.verdict) { "better" } else { "worse" };
            let what = format!("{} is now {}{release}", said(old.verdict), said(one.verdict));
            changes.push(change(kind, &one.name, old.verdict, one.verdict, what));
        } else if let Some((old_score, new_score)) = points {
            let kind = if new_score > old_score { "better" } else { "worse" };
            let what = format!("score {old_score} is now {new_score}{release}");
            changes.push(change(kind, &one.name, old.verdict, one.verdict, what));
        } else if !release.is_empty() {
            changes.push(change(
                "other",
                &one.name,
                old.verdict,
                one.verdict,
                format!("still {}{release}", said(one.verdict)),
            ));
        }
    }
    let names: BTreeSet<&str> = now.iter().map(|one| one.name.as_str()).collect();
    for (name, old) in before.iter().filter(|(name, _)| !names.contains(name.as_str())) {
        changes.push(change("gone", name, old.verdict, None, "is no longer in the list".to_owned()));
    }
    changes.sort_by(|a, b| (order(a.kind), &a.name).cmp(&(order(b.kind), &b.name)));
    changes
}

fn change(
    kind: &'static str,
    name: &str,
    before: Option<Verdict>,
    after: Option<Verdict>,
    what: String,
) -> Change {
    Change {
        kind,
        name: clean(name),
        slug: slug(name),
        before: before.map(|one| said(Some(one))),
        after: after.map(|one| said(Some(one))),
        what,
    }
}

fn order(kind: &str) -> usize {
    ["worse", "better", "new", "gone", "other"].iter().position(|one| *one == kind).unwrap_or(9)
}

/// How good a verdict is for those who wait; not having been seen is worst, for nothing can be said.
fn rank(verdict: Option<Verdict>) -> u8 {
    match verdict {
        None => 0,
        Some(Verdict::Unknown) => 1,
        Some(Verdict::Unavailable) => 2,
        Some(Verdict::NeedsGil) => 3,
        Some(Verdict::BuildRequired) => 4,
        Some(Verdict::Ready) => 5,
        Some(Verdict::PurePython) => 6,
    }
}

/// A verdict as all pages spell it.
pub(super) fn said(verdict: Option<Verdict>) -> String {
    match verdict {
        None => "not looked at".to_owned(),
        Some(one) => {
            serde_json::to_value(one).ok().and_then(|one| one.as_str().map(str::to_owned)).unwrap_or_default()
        }
    }
}

/// A feed as its template reads it.
#[derive(Debug, Serialize)]
pub(super) struct Feed {
    id: String,
    title: String,
    base: String,
    updated: String,
    entries: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    id: String,
    slug: String,
    gone: bool,
    title: String,
    updated: String,
}

/// The changes as a feed. Its times are those of the run's name, where that is a day: a feed that is built again from
/// the same rows must not tell its readers that something happened.
pub(super) fn feed(about: &About, past: &Past, changes: &[Change]) -> Feed {
    let day: String = about.run.chars().take(10).collect();
    let day: jiff::civil::Date = day.parse().unwrap_or(jiff::civil::date(1970, 1, 1));
    let updated = format!("{day}T00:00:00Z");
    let base = match about.base_url.trim_end_matches('/') {
        "" => String::new(),
        base => format!("{base}/"),
    };
    let before = past.latest().map_or("none", |(run, _)| run);
    let id = |of: &str| format!("urn:ungil:{}", slug_of(of));
    let entries = changes
        .iter()
        .take(ENTRIES)
        .map(|one| Entry {
            id: id(&format!("{}\n{before}\n{}\n{}", about.title, about.run, one.name)),
            slug: one.slug.clone(),
            gone: one.kind == "gone",
            title: format!("{}: {}", one.name, one.what),
            updated: updated.clone(),
        })
        .collect();
    Feed { id: id(&about.title), title: about.title.clone(), base, updated, entries }
}

/// An id that is stable and holds nothing that needs escaping.
fn slug_of(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    crate::store::hex(&Sha256::digest(text.as_bytes())).chars().take(32).collect()
}
