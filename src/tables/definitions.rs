//! What each table has: name, kind and meaning of every column beside what is written into it.

use super::{Column, Kind, Put, Table, of, word};
use crate::model::{Artifact, Confidence, Finding, Module, Severity};
use crate::report::Package;
use crate::select::WheelName;
use crate::survey::{Row, Shipped};

/// Defines a table: `for $it in $rows` goes over what its rows are made of, and each column says its kind (`?` for one
/// that a row may lack), what is written, and what it means.
macro_rules! table {
    ($constant:ident, $name:literal, $about:literal, |$row:ident| $rows:expr => |$it:pat_param|
        { $($column:ident: $kind:ident $([$null:tt])? = $value:expr, $meaning:literal;)* }) => {
        const $constant: Table = {
            fn rows($row: &Row, put: Put<'_>) {
                for $it in $rows {
                    put(&[$(of::$kind($value)),*]);
                }
            }
            Table {
                name: $name,
                about: $about,
                columns: &[$(Column {
                    name: stringify!($column),
                    kind: Kind::$kind,
                    nullable: false $(|| table!(@$null))?,
                    about: $meaning,
                }),*],
                rows,
            }
        };
    };
    (@?) => { true };
}

/// All tables, those first that most questions begin with.
pub const TABLES: [Table; 10] =
    [PROJECTS, RELEASES, VERDICTS, ARTIFACTS, MODULES, FINDINGS, GAPS, FILES, FIRSTS, LOOKS];

table!(PROJECTS, "projects", "A project of the list; every other table has its `name`",
|row| [row] => |row| {
    name: Text = &row.name, "Its normalised name; what stands in the list instead where that is none";
    downloads: Int[?] = row.downloads, "How often it was downloaded, if the list tells";
    version: Text[?] = row.worst().and_then(|one| one.version.as_ref()), "The release with the worst verdict";
    verdict: Text[?] = row.worst().and_then(|one| word(&one.verdict)), "That verdict; null where nothing could be looked at";
    safety: Text[?] = row.worst().and_then(|one| word(&one.safety)), "What the sources of that release show";
    score: Int[?] = row.worst().and_then(|one| one.score).map(u64::from), "Score of that release; null for an unknown verdict";
    failure: Text[?] = row.failures.first().map(|one| &one.reason), "Why something could not be looked at at all";
    status: Text[?] = row.status.as_ref(), "What the index says of the project's state (PEP 792)";
    needs: Texts = &row.needs, "Projects that the judged releases need without any extra";
    files: Int = row.releases.files, "How many files the index has of it";
    first_upload: Day[?] = row.releases.first.as_deref(), "Day of the first upload";
    compiled_since: Day[?] = row.releases.compiled_since.as_deref(), "Day of the first wheel that was compiled for some interpreter";
    free_threaded_since: Day[?] = row.releases.free_threaded_since(), "Day of the first wheel whose name is for a free-threaded interpreter";
    proven_since: Day[?] = row.releases.proven_since(), "Day of the first free-threaded wheel that is known, from its code, to keep the GIL off";
    proven_unseen: Int[?] = row.releases.proven.as_ref().and_then(|one| one.first.as_ref()).map(|one| u64::from(one.unseen_before)), "Earlier releases with a free-threaded wheel that were not looked at: the first may have been one of them";
    warnings: Texts = &row.warnings, "What a reader should know besides";
});

table!(RELEASES, "releases", "A release that was judged, with its worst verdict over all targets",
|row| &row.packages => |one| {
    name: Text = &row.name, "The project";
    version: Text[?] = one.version.as_ref(), "The release";
    verdict: Text = word(&one.verdict), "The worst verdict over all targets";
    safety: Text = word(&one.safety), "What its sources show";
    score: Int[?] = one.score.map(u64::from), "From 0 to 100; null for an unknown verdict";
    day: Day[?] = shipped(row, one).and_then(|one| one.day.as_deref()), "Day of its first upload";
    ships_free_threaded: Bool = shipped(row, one).is_some_and(|one| one.wheels.iter().any(|file| free_threaded(file))), "Whether it has a wheel whose name is for a free-threaded interpreter";
    modules: Int = modules(one).count() as u64, "Extension modules that were read";
    declaring: Int = modules(one).filter(|one| one.gil == crate::model::GilSupport::NotUsed).count() as u64, "Those that declare that they run without the GIL";
    high: Int = hazards(one, Severity::High), "Hazards of high severity and at least medium confidence";
    medium: Int = hazards(one, Severity::Medium), "Those of medium severity";
    low: Int = hazards(one, Severity::Low), "Those of low severity";
    because: Texts = &one.because, "Reasons of the verdict, most important first";
});

table!(VERDICTS, "verdicts", "What is said of a release for one target",
|row| row.packages.iter().flat_map(|one| one.by_target.iter().map(move |target| (one, target))) => |(one, target)| {
    name: Text = &row.name, "The project";
    version: Text[?] = one.version.as_ref(), "The release";
    python: Text = &target.python, "The target's Python: 3.14t";
    platform: Text = &target.platform, "The target's platform, as wheels name it";
    verdict: Text = word(&target.verdict), "Does it load there and keep the GIL off?";
    safety: Text = word(&target.safety), "What its sources show";
    score: Int[?] = target.score.map(u64::from), "From 0 to 100; null for an unknown verdict";
    installs: Text[?] = target.installs.as_ref(), "The file that an installer there would take; null for nothing";
    turns_gil_on: Texts = &target.turns_gil_on, "Dotted names of the modules that turn the GIL on";
    because: Texts = &target.because, "Reasons, most important first";
});

table!(ARTIFACTS, "artifacts", "A wheel or sdist that was read",
|row| artifacts(row) => |(one, artifact)| {
    name: Text = &row.name, "The project";
    version: Text[?] = one.version.as_ref(), "The release";
    artifact: Text = &artifact.filename, "Name of the file";
    kind: Text = word(&artifact.kind), "What it is: wheel or sdist";
    sha256: Text[?] = artifact.sha256.as_ref().map(|one| &one.0), "Its sha256, where the index promised one or all of it was read";
    tags: Texts = &artifact.tags, "Wheel tags, compressed sets as written";
    usable_on: Texts = &artifact.usable_on, "The targets' Pythons that can use it";
    modules: Int = artifact.modules.len() as u64, "Extension modules in it";
});

table!(MODULES, "modules", "An extension module in a wheel, in one slice of a fat file",
|row| artifacts(row).flat_map(|(one, artifact)| artifact.modules.iter().map(move |module| (one, artifact, module)))
    => |(one, artifact, module)| {
    name: Text = &row.name, "The project";
    version: Text[?] = one.version.as_ref(), "The release";
    artifact: Text = &artifact.filename, "Name of the file it is in";
    member: Text = &module.member, "Path in that file";
    module: Text = &module.module, "Dotted import name";
    format: Text = word(&module.format), "Container format: elf, mach-o, pe";
    arch: Text = word(&module.arch), "Instruction set";
    abi: Text[?] = module.abi.as_ref(), "ABI by the file's suffix; null for a plain one";
    build: Text = word(&module.build), "Which interpreters can load it, by its contents";
    init: Text = word(&module.init), "How it is entered: multi-phase, single-phase, export, unknown";
    gil: Text = word(&module.gil), "Its declaration: not-used, used, undeclared, unknown";
    declared_by: Text[?] = module.declared_by.as_ref().and_then(word), "Who declares: author or generator-default";
    generator: Text[?] = module.framework.as_ref().map(|one| &one.name), "The binding generator";
    generator_version: Text[?] = module.framework.as_ref().and_then(|one| one.version.as_ref()), "Its version, where the file tells it";
    inconclusive: Bool = module.inconclusive, "Whether a missing declaration proves nothing, for its generator writes one only into free-threaded builds";
    evidence: Text = &module.evidence, "The decisive evidence, as a sentence";
});

table!(FINDINGS, "findings", "A place in the sources that relies on the GIL, as one rule sees it",
|row| row.packages.iter().flat_map(|one| one.findings.iter().map(move |finding| (one, finding))) => |(one, finding)| {
    name: Text = &row.name, "The project";
    version: Text[?] = one.version.as_ref(), "The release";
    artifact: Text = &finding.artifact, "Name of the file it was read in";
    rule: Text = &finding.rule, "Id of the rule; `ungil explain` tells what it means";
    class: Text = word(&finding.class), "The rule's class";
    severity: Text = word(&finding.severity), "How bad if real: high, medium, low, note";
    confidence: Text = word(&finding.confidence), "How often real: high, medium, low";
    counts: Bool = finding.counts(), "Whether it counts in scores: not a generator's or a vendored library's, and not accepted";
    path: Text = &finding.location.path, "The file, as the project's own tree calls it";
    line: Int = u64::from(finding.location.line), "First line, from 1";
    column: Int = u64::from(finding.location.column), "First column in bytes, from 1";
    end_line: Int = u64::from(finding.location.end_line), "Last line";
    end_column: Int = u64::from(finding.location.end_column), "Column after the last";
    function: Text = &finding.function, "The function it stands in, or empty at file level";
    message: Text = &finding.message, "What is wrong there, as a sentence";
    fix: Text = &finding.fix, "What to do";
    fingerprint: Text = &finding.fingerprint, "Stays the same when lines move";
    origin: Text[?] = origin(finding), "The generator or vendored library whose code it is, if it is not the author's";
    live: Bool[?] = finding.live, "Whether the module it belongs to declares itself free of the GIL; null where that is not known";
});

table!(GAPS, "gaps", "Something that could not be looked at",
|row| row.packages.iter().flat_map(|one| one.gaps.iter().map(move |gap| (one, gap))) => |(one, gap)| {
    name: Text = &row.name, "The project";
    version: Text[?] = one.version.as_ref(), "The release";
    artifact: Text = &gap.artifact, "Name of the file, or empty when none could be had";
    path: Text = &gap.path, "The member, or empty for the whole file";
    reason: Text = &gap.reason, "What stood in the way, as a sentence";
    hides: Text = word(&gap.hides), "What may be behind it: claims, hazards, nothing";
});

table!(FILES, "files", "A file of a release that was judged, whether it was read or not",
|row| row.releases.judged.iter().flat_map(|one| {
    one.wheels.iter().chain(&one.sdist).map(move |file| (one, file))
}) => |(one, file)| {
    name: Text = &row.name, "The project";
    version: Text = &one.version, "The release";
    file: Text = file, "Its name";
    kind: Text = if one.sdist.as_ref() == Some(file) { "sdist" } else { "wheel" }, "What it is: wheel or sdist";
    tags: Text[?] = file.parse::<WheelName>().ok().map(|one| one.tag_text()), "The wheel's tags as its name has them";
    free_threaded: Bool = free_threaded(file), "Whether its name is for a free-threaded interpreter, which proves nothing about the GIL";
});

table!(FIRSTS, "firsts", "The first wheel of a project for a free-threaded ABI, by the index's times of upload",
|row| &row.releases.free_threaded => |(abi, first)| {
    name: Text = &row.name, "The project";
    abi: Text = abi, "The ABI: cp313t, cp314t, abi3t";
    day: Day[?] = Some(first.day.as_str()), "Day of its upload";
    version: Text = &first.version, "The release";
    file: Text = &first.filename, "Its name";
});

table!(
    LOOKS,
    "looks",
    "A free-threaded wheel that was looked at for the past of a project",
    |row| row.releases.proven.iter().flat_map(|one| &one.looks) => |one| {
        name: Text = &row.name, "The project";
        version: Text = &one.version, "The release";
        day: Day[?] = Some(one.day.as_str()), "Day of its upload";
        file: Text = &one.filename, "Its name";
        python: Text = &one.python, "The interpreter that it was judged for: 3.13t";
        verdict: Text = word(&one.verdict), "What it comes to there, by its modules alone";
    }
);

fn shipped<'a>(row: &'a Row, one: &Package) -> Option<&'a Shipped> {
    row.releases.judged.iter().find(|shipped| Some(&shipped.version) == one.version.as_ref())
}

fn free_threaded(file: &str) -> bool {
    file.parse::<WheelName>().is_ok_and(|wheel| wheel.is_for_free_threaded())
}

fn artifacts(row: &Row) -> impl Iterator<Item = (&Package, &Artifact)> {
    row.packages.iter().flat_map(|one| one.artifacts.iter().map(move |artifact| (one, artifact)))
}

fn modules(one: &Package) -> impl Iterator<Item = &Module> {
    one.artifacts.iter().flat_map(|artifact| &artifact.modules)
}

fn hazards(one: &Package, severity: Severity) -> u64 {
    u64::from(one.hazards.at(severity, Confidence::Medium))
}

/// `cython 3.1.2`.
fn origin(finding: &Finding) -> Option<String> {
    let origin = finding.origin.as_ref()?;
    Some(match &origin.version {
        Some(version) => format!("{} {version}", origin.name),
        None => origin.name.clone(),
    })
}
