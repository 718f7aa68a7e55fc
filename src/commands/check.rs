//! `ungil check` and `ungil baseline`: from files and folders of this machine to a report. Never asks a network.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::audit::rules_version;
use super::cli::{CheckArgs, CommonArgs};
use super::configured::{self, Effective};
use super::format::Sink;
use super::maintainer::{BASELINE_FILE, BaselineArgs, PlanArgs, ReviewArgs};
use super::{Stop, fix, output, progress};
use crate::accept::{Acceptance, Baseline, BaselineEntry, Entry, Known, Selection, Selector, path_glob};
use crate::index::{Index, Settings};
use crate::knowledge::plan::PlanFacts;
use crate::knowledge::{Knowledge, Trait};
use crate::model::{Class, Confidence, Finding};
use crate::pipeline::{self, Review};
use crate::report::{self, Document, FailOn, FixedRow, PlanExtras, ReviewRow, exit_code, shown_path};
use crate::rules::{Language, RuleSet};
use crate::select::Policy;
use crate::source;
use crate::unpack::{self, Limits};

/// A larger file is no baseline.
const MAX_BASELINE: u64 = 256 << 20;

/// A larger file is no build file.
const MAX_BUILD_FILE: u64 = 4 << 20;

/// A change may make room for another; what is not done after so many rounds waits for the next run.
const MOST_ROUNDS: usize = 4;

/// What a look at paths gave.
pub(super) struct Looked {
    /// The report.
    pub document: Document,
    /// Texts and claims, an artifact each.
    pub reviews: Vec<Review>,
}

/// Runs `check`; gives the exit code.
pub(super) fn run(args: &CheckArgs, effective: &Effective) -> Result<u8, Stop> {
    let common = &args.common;
    let fail_on = common.fail_on(FailOn::check())?.with_exceptions(&args.review.may_need_gil);
    output::refuse_bad_sinks(common)?;
    let baseline = args.review.baseline.as_deref().map(read_baseline).transpose()?;
    let mut looked = look(&args.paths, &args.review, common, effective, baseline)?;
    fix::offer(&mut looked, args.fix.diff);
    if args.fix.diff {
        return fix::diff(&looked, args.fix.unsafe_fixes);
    }
    if args.fix.fix {
        for _ in 0..MOST_ROUNDS {
            if fix::write(&looked, args.fix.unsafe_fixes)? == 0 {
                break;
            }
            let baseline = args.review.baseline.as_deref().map(read_baseline).transpose()?;
            looked = look(&args.paths, &args.review, common, effective, baseline)?;
            fix::offer(&mut looked, false);
        }
    }
    let shown = output::Shown { reviews: &looked.reviews, min_confidence: args.review.min_confidence };
    output::report(&looked.document, common, Some(&shown))?;
    let code = exit_code(&looked.document, &fail_on);
    // Who reads SARIF decides by its results, and a step that failed would not hand them on. A request that could not
    // be looked at at all left nothing to decide by.
    let by_sarif = common.formats.iter().all(Sink::is_sarif) && common.fail_on.is_none();
    let empty = looked.document.packages.is_empty() || !looked.document.failures.is_empty();
    Ok(if by_sarif && !empty { 0 } else { code })
}

/// Looks at paths as options, environment and configuration say.
pub(super) fn look(
    paths: &[String],
    review: &ReviewArgs,
    common: &CommonArgs,
    effective: &Effective,
    baseline: Option<Baseline>,
) -> Result<Looked, Stop> {
    let paths = match paths {
        [] => vec![".".to_owned()],
        given => given.to_vec(),
    };
    for note in configured::unread_configuration(&paths, common, effective.file.as_deref()) {
        output::warning(&note);
    }
    let acceptance = acceptance(review, effective, baseline)?;
    let plan = common.plan(Policy::default())?;
    let settings = Settings { offline: true, no_index: true, ..Settings::default() };
    let shown = progress::Shown::new(common.quiet > 0);
    let watch: Arc<progress::Shown> = Arc::clone(&shown);
    let index = Index::new(settings, Arc::new(common.cache()), watch)
        .map_err(|error| Stop::usage(error.to_string()))?;
    let outcome = pipeline::check(&index, &paths, common.names_targets(), &plan, &acceptance, &*shown);
    shown.clear();
    for warning in &outcome.warnings {
        output::warning(warning);
    }
    let mut targets: Vec<_> = outcome.targets;
    if targets.is_empty() {
        targets.clone_from(&plan.targets);
    }
    let mut document = Document::new(rules_version(&plan), &targets, outcome.packages, outcome.failures);
    document.review = Some(review_row(&acceptance, &outcome.reviews, &document));
    Ok(Looked { document, reviews: outcome.reviews })
}

fn review_row(acceptance: &Acceptance, reviews: &[Review], document: &Document) -> ReviewRow {
    let reviewed: Vec<_> = reviews.iter().map(|review| review.reviewed.clone()).collect();
    let mut row = ReviewRow::default();
    for finding in document.packages.iter().flat_map(|package| &package.findings) {
        if let (Some(one), None) = (&finding.suppressed, &finding.origin) {
            let count = row.accepted.entry(one.by.clone()).or_default();
            *count = count.saturating_add(1);
        }
    }
    let left_out = reviewed.iter().map(|one| one.left_out).sum::<usize>();
    row.left_out = u32::try_from(left_out).unwrap_or(u32::MAX);
    row.unused_suppressions = reviewed.iter().flat_map(|one| one.unused.iter().cloned()).collect();
    row.unused_suppressions.extend(acceptance.unused_entries(&reviewed));
    row.unused_suppressions.sort();
    row.unused_suppressions.dedup();
    row.fixed =
        acceptance.fixed(&reviewed).into_iter().map(|(entry, count)| fixed_row(entry, count)).collect();
    row.fixed.sort();
    row
}

fn fixed_row(entry: BaselineEntry, count: u32) -> FixedRow {
    let BaselineEntry { fingerprint, rule, path, function, message, .. } = entry;
    FixedRow { path, rule, function, message, fingerprint, count }
}

/// The rules there are, by id and class.
pub(super) fn known_rules() -> Known {
    let class = |rule: &crate::rules::Rule| match serde_json::to_value(rule.class) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    };
    Known::new(RuleSet::builtin().rules().iter().map(|rule| (rule.id.clone(), class(rule))))
}

fn acceptance(
    review: &ReviewArgs,
    effective: &Effective,
    baseline: Option<Baseline>,
) -> Result<Acceptance, Stop> {
    let known = known_rules();
    let selectors = |option: &str, texts: &[String]| -> Result<Vec<Selector>, Stop> {
        let read =
            |text: &String| known.selector(text).map_err(|error| Stop::usage(format!("{option}: {error}")));
        texts.iter().filter(|text| !text.trim().is_empty()).map(read).collect()
    };
    let glob = |option: &str, pattern: &str| {
        path_glob(pattern).map_err(|error| Stop::usage(format!("{option}: {error}")))
    };
    let mut per_file = Vec::new();
    for text in &review.per_file_ignores {
        let Some((pattern, rule)) = text.rsplit_once(':') else {
            return Err(Stop::usage(format!("--per-file-ignores: `{text}` should be PATTERN:RULE")));
        };
        let selector =
            known.selector(rule).map_err(|error| Stop::usage(format!("--per-file-ignores: {error}")))?;
        per_file.push((glob("--per-file-ignores", pattern)?, selector));
    }
    let selection = Selection {
        select: selectors("--select", &review.select)?,
        ignore: selectors("--ignore", &review.ignore)?,
        min_confidence: review.min_confidence.unwrap_or(Confidence::Low),
        per_file,
        exclude: review.exclude.iter().map(|pattern| glob("--exclude", pattern)).collect::<Result<_, _>>()?,
        known: known.clone(),
    };
    let file = effective.file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
    let mut entries = Vec::new();
    for row in &effective.accept {
        let place = format!("{file}: {}", row.place);
        let bad = |error: String| Stop::usage(format!("{place}: {error}"));
        known.rule(&row.rule).map_err(|error| bad(error.to_string()))?;
        let until = match &row.until {
            None => None,
            Some(text) => {
                Some(text.parse().map_err(|_| bad(format!("`{text}` is no date; write 2027-01-31")))?)
            }
        };
        let path = match &row.path {
            None => None,
            Some(pattern) => Some((pattern.clone(), path_glob(pattern).map_err(bad)?)),
        };
        entries.push(Entry {
            rule: row.rule.clone(),
            path,
            function: row.function.clone(),
            fingerprint: row.fingerprint.clone(),
            reason: row.reason.clone(),
            until,
            place,
        });
    }
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let may_need_gil = review.may_need_gil.iter().map(|name| name.trim().to_owned()).collect();
    Ok(Acceptance { selection, entries, baseline, may_need_gil, today, known })
}

/// Reads a baseline that must be there.
pub(super) fn read_baseline(path: &Path) -> Result<Baseline, Stop> {
    let shown = path.display();
    let failed = |error: std::io::Error| {
        Stop::usage(format!("cannot read the baseline {shown}: {error}; `ungil baseline` writes one"))
    };
    if fs::metadata(path).map_err(failed)?.len() > MAX_BASELINE {
        return Err(Stop::usage(format!("{shown} is too large for a baseline")));
    }
    let bytes = fs::read(path).map_err(failed)?;
    Baseline::parse(&bytes).map_err(|error| Stop::usage(format!("{shown}: {error}")))
}

/// Runs `baseline`; gives the exit code.
pub(super) fn baseline(args: &BaselineArgs, effective: &Effective) -> Result<u8, Stop> {
    let path = args.review.baseline.clone().unwrap_or_else(|| PathBuf::from(BASELINE_FILE));
    let old = if path.exists() { Some(read_baseline(&path)?) } else { None };
    let looked = look(&args.paths, &args.review, &args.common, effective, None)?;
    if !looked.document.failures.is_empty() || looked.document.packages.is_empty() {
        let mut lines: Vec<String> =
            looked.document.failures.iter().map(|one| format!("{}: {}", one.request, one.reason)).collect();
        lines
            .push("the baseline was not written, for it would be without what could not be looked at".into());
        return Err(Stop { code: 3, lines });
    }
    let findings: Vec<&Finding> = looked.document.packages.iter().flat_map(|one| &one.findings).collect();
    let new = Baseline::of(findings.iter().copied());
    let fixed = old.as_ref().map(|old| old.without(&new)).unwrap_or_default();
    let added = match &old {
        Some(old) => new.without(old),
        None => Vec::new(),
    };
    let mut text = String::new();
    for (word, list) in [("fixed", &fixed), ("added", &added)] {
        for (entry, count) in list {
            let times = if *count > 1 { format!(" ({count} times)") } else { String::new() };
            text.push_str(&format!("{word}: {}: {} [{}]{times}\n", entry.path, entry.message, entry.rule));
        }
    }
    let sum = |list: &[(BaselineEntry, u32)]| list.iter().map(|(_, n)| *n).fold(0, u32::saturating_add);
    let counts: BTreeMap<&str, u32> = [("fixed", sum(&fixed)), ("added", sum(&added))].into();
    let changes: Vec<String> =
        counts.iter().filter(|(_, n)| **n > 0).map(|(word, n)| format!("{n} {word}")).collect();
    let changed = old.as_ref() != Some(&new);
    let since = match (&old, changes.is_empty()) {
        (None, _) => "new".to_owned(),
        (Some(_), true) => "unchanged".to_owned(),
        (Some(_), false) => changes.join(", "),
    };
    let written = if args.dry_run { "would accept" } else { "accepts" };
    let n = new.len();
    let noun = if n == 1 { "finding" } else { "findings" };
    text.push_str(&format!("{} {written} {n} {noun} ({since}).\n", path.display()));
    if !args.dry_run && changed {
        output::write_file(&path, &new.text()).map_err(Stop::from)?;
    }
    output::print(&text)?;
    Ok(u8::from(args.dry_run && changed))
}

/// Runs `plan`; gives the exit code.
pub(super) fn plan(args: &PlanArgs, effective: &Effective) -> Result<u8, Stop> {
    let baseline = args.review.baseline.as_deref().map(read_baseline).transpose()?;
    let mut looked = look(&args.paths, &args.review, &args.common, effective, baseline)?;
    if let Some(failure) = looked.document.failures.first() {
        return Err(Stop { code: 3, lines: vec![format!("{}: {}", failure.request, failure.reason)] });
    }
    fix::offer(&mut looked, false);
    let mut extras = PlanExtras::default();
    single_phase(&looked, &mut extras);
    let here = [".".to_owned()];
    let folders = if args.paths.is_empty() { &here[..] } else { &args.paths[..] };
    for path in folders.iter().map(|path| Path::new(path).join("pyproject.toml")) {
        let small = fs::metadata(&path).is_ok_and(|about| about.is_file() && about.len() <= MAX_BUILD_FILE);
        if let Some(text) = small.then(|| fs::read_to_string(&path).ok()).flatten() {
            extras.build_files.insert("pyproject.toml".to_owned(), text);
        }
    }
    for folder in folders {
        limited(Path::new(folder), &mut extras);
    }
    let text = report::plan(&looked.document, &extras);
    match &args.common.output {
        None => output::print(&text)?,
        Some(path) => output::write_file(path, &text)?,
    }
    Ok(0)
}

/// Tells modules made in one phase apart: what stands at the finding is the call that makes one.
fn single_phase(looked: &Looked, extras: &mut PlanExtras) {
    for package in &looked.document.packages {
        for finding in package.findings.iter().filter(|one| one.class == Class::MissingModGil) {
            let review = looked.reviews.iter().find(|review| review.artifact == finding.artifact);
            let at = &finding.location;
            let Some(text) = review.and_then(|review| review.texts.get(&at.path)) else { continue };
            let (Ok(line), Ok(column)) = (usize::try_from(at.line), usize::try_from(at.column)) else {
                continue;
            };
            let line = text.split(|byte| *byte == b'\n').nth(line.saturating_sub(1)).unwrap_or_default();
            let there = line.get(column.saturating_sub(1)..).unwrap_or_default();
            let word: String = there
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
                .map(|byte| char::from(*byte))
                .collect();
            if Knowledge::builtin().has(&word, Trait::SinglePhase) {
                extras.single_phase.insert((shown_path(package, &finding.artifact, &at.path), at.line));
            }
        }
    }
}

/// Finds what asks for the stable ABI in the build files and sources of a folder.
fn limited(folder: &Path, extras: &mut PlanExtras) {
    let limits = Limits::default();
    let Ok((files, _)) = unpack::tree(folder, &limits) else { return };
    let block = &PlanFacts::builtin().blocks.limited;
    let wanted = |file: &&unpack::TreeFile| {
        let language = source::language(&file.path);
        matches!(language, Some(Language::Build | Language::C | Language::Cpp)) && file.size <= MAX_BUILD_FILE
    };
    for file in files.iter().filter(wanted) {
        let Ok(bytes) = file.read(&limits) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let named = block.words.iter().any(|word| text.contains(word.as_str()));
        let test = file.path.as_str().split('/').any(|part| part.starts_with("test"));
        if !named
            || test
            || source::among_tests(&file.path)
            || source::origin::of(file.path.as_str(), &bytes).is_some()
        {
            continue;
        }
        for line in block.lines(&text) {
            let shown = folder.join(file.path.as_str()).display().to_string().replace('\\', "/");
            extras.limited.push((shown.trim_start_matches("./").to_owned(), line));
        }
    }
}
