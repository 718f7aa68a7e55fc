//! The verdict on a wheel: which of its modules would the target load, and what do they declare.
//!
//! A wheel may hold more than the target loads: other slices of a fat file, other interpreters' suffixes side by side.
//! Only what this interpreter would find and load counts. A file whose name the interpreter tries, but whose contents
//! are for builds with the GIL or for another machine, says nothing about a free-threaded build: no conclusion is
//! drawn from its declaration, in either direction.

use super::{Opened, Ruling, Tally, counted, listing};
use crate::model::{
    Arch, BinaryFormat, Build, DeclaredBy, GilSupport, Hides, Module, Platform, PythonVersion, Target,
    Verdict,
};

/// The modules of a wheel, by what the target's interpreter makes of them.
#[derive(Debug, Default)]
pub(super) struct Sorted<'a> {
    /// Found and loaded.
    pub loads: Vec<&'a Module>,
    /// Found, but made for another build or machine: importing them fails.
    pub unfit: Vec<&'a Module>,
    /// Not looked at by this interpreter, since the suffix is another's.
    pub foreign: Vec<&'a Module>,
}

/// Sorts the modules by what `target` does with them. A module that is there twice counts where it loads.
pub(super) fn sorted<'a>(modules: &'a [Module], target: &Target) -> Sorted<'a> {
    let mut sorted = Sorted::default();
    for module in modules {
        if !suffix_is_tried(module.abi.as_deref(), target.python) || !format_is_tried(module.format, target) {
            sorted.foreign.push(module);
        } else if fits(module, target) {
            sorted.loads.push(module);
        } else {
            sorted.unfit.push(module);
        }
    }
    let loads = &sorted.loads;
    sorted.unfit.retain(|module| !loads.iter().any(|other| other.module == module.module));
    sorted
}

fn suffix_is_tried(abi: Option<&str>, python: PythonVersion) -> bool {
    match abi {
        None => true,
        // Free-threaded 3.13 and 3.14 still list `.abi3.so` although such a file does not fit them.
        Some("abi3") => python.minor < 15,
        Some("abi3t") => python.minor >= 15,
        Some(abi) => abi == python.abi_tag(),
    }
}

/// An importer looks for its own system's suffixes: a `.pyd` does not exist for one that looks for `.so`.
fn format_is_tried(format: BinaryFormat, target: &Target) -> bool {
    match (&target.platform, format) {
        (Platform::Windows { .. }, format) => format == BinaryFormat::Pe,
        (_, format) => format != BinaryFormat::Pe,
    }
}

fn fits(module: &Module, target: &Target) -> bool {
    let machine = match target.platform.arch() {
        "x86_64" | "amd64" => Some(Arch::X86_64),
        "aarch64" | "arm64" => Some(Arch::Aarch64),
        "i686" | "32" => Some(Arch::I686),
        "armv7l" => Some(Arch::Armv7),
        "ppc64le" => Some(Arch::Ppc64le),
        "s390x" => Some(Arch::S390x),
        "riscv64" => Some(Arch::Riscv64),
        "loongarch64" => Some(Arch::Loong64),
        _ => None,
    };
    // Both are found as `.so`; only the platform's own loads.
    let at_home = match target.platform {
        Platform::MacOs { .. } => module.format == BinaryFormat::MachO,
        _ => module.format != BinaryFormat::MachO,
    };
    let built_for_it = match module.build {
        Build::FreeThreaded | Build::Both => true,
        Build::Gil => false,
        Build::Unknown => module.abi.as_deref() != Some("abi3"),
    };
    at_home && built_for_it && machine.is_none_or(|arch| arch == module.arch)
}

/// Whether loading this module certainly turns the GIL on.
fn turns_gil_on(module: &Module) -> bool {
    matches!(module.gil, GilSupport::Used | GilSupport::Undeclared) && !module.inconclusive
}

/// The verdict on the wheel that the target would install.
pub(super) fn rule(wheel: Opened<'_>, target: &Target) -> Ruling {
    let sorted = sorted(&wheel.seen.modules, target);
    let mut ruling = if sorted.loads.is_empty() {
        none_loads(wheel.filename, &sorted, target)
    } else {
        some_load(&sorted)
    };
    let gap = wheel.seen.gaps.iter().find(|gap| gap.hides == Hides::Claims);
    if let Some(gap) = gap
        && ruling.verdict != Verdict::NeedsGil
    {
        ruling.cloud(gap);
    }
    ruling
}

fn none_loads(filename: &str, sorted: &Sorted<'_>, target: &Target) -> Ruling {
    let others = sorted.unfit.len().saturating_add(sorted.foreign.len());
    if others == 0 {
        return Ruling::new(Verdict::PurePython, "the file to be installed has no extension module".into());
    }
    if sorted.unfit.is_empty() && is_for_any(filename) {
        return Ruling::new(
            Verdict::PurePython,
            format!(
                "the wheel is for any Python and system, and its {} are for others than {target}: here its Python code runs",
                counted(others, "extension module")
            ),
        );
    }
    Ruling::new(
        Verdict::Unavailable,
        format!(
            "the wheel can be installed, but none of its {} is made for free-threaded Python {}",
            counted(others, "extension module"),
            target.python
        ),
    )
}

/// Whether a wheel promises to work without compiled code of its own.
pub(super) fn is_for_any(filename: &str) -> bool {
    filename.ends_with("-none-any.whl")
}

fn some_load(sorted: &Sorted<'_>) -> Ruling {
    let tally = tally(&sorted.loads);
    let (all, declare) = (tally.all, tally.declare());
    let offenders: Vec<&Module> = sorted.loads.iter().copied().filter(|m| turns_gil_on(m)).collect();
    let mut because = Vec::new();
    let verdict = if !offenders.is_empty() {
        because.push(accusation(&offenders, all));
        Verdict::NeedsGil
    } else if declare == all && sorted.unfit.is_empty() {
        Verdict::Ready
    } else {
        Verdict::Unknown
    };
    let undecided: Vec<&str> =
        sorted.loads.iter().filter(|m| !turns_gil_on(m) && !declares(m)).map(|m| m.module.as_str()).collect();
    if !undecided.is_empty() {
        because.push(format!(
            "whether {} {} could not be told",
            listing(&undecided),
            if undecided.len() == 1 { "declares" } else { "declare" }
        ));
    }
    if !sorted.unfit.is_empty() {
        let names: Vec<&str> = sorted.unfit.iter().map(|m| m.module.as_str()).collect();
        because
            .push(format!("{}: made for another build or machine, and found by this one", listing(&names)));
    }
    if declare > 0 {
        because.push(format!(
            "{declare} of {} declare{} Py_MOD_GIL_NOT_USED{}",
            counted(all, "extension module"),
            if declare == 1 { "s" } else { "" },
            on_whose_word(tally)
        ));
    }
    let mut turns_gil_on: Vec<String> = offenders.iter().map(|m| m.module.clone()).collect();
    turns_gil_on.sort();
    turns_gil_on.dedup();
    Ruling { verdict, because, turns_gil_on, tally }
}

fn accusation(offenders: &[&Module], all: usize) -> String {
    let said: Vec<&str> =
        offenders.iter().filter(|m| m.gil == GilSupport::Used).map(|m| m.module.as_str()).collect();
    let silent: Vec<&str> =
        offenders.iter().filter(|m| m.gil == GilSupport::Undeclared).map(|m| m.module.as_str()).collect();
    let mut ways = Vec::new();
    if !silent.is_empty() {
        let verb = if silent.len() == 1 { "does not declare" } else { "do not declare" };
        ways.push(format!("{} {verb} support", listing(&silent)));
    }
    if !said.is_empty() {
        let verb = if said.len() == 1 { "declares" } else { "declare" };
        ways.push(format!("{} {verb} Py_MOD_GIL_USED", listing(&said)));
    }
    format!(
        "{} of {} turn{} the GIL on: {}",
        offenders.len(),
        counted(all, "extension module"),
        if offenders.len() == 1 { "s" } else { "" },
        ways.join("; ")
    )
}

fn declares(module: &Module) -> bool {
    module.gil == GilSupport::NotUsed
}

fn tally(modules: &[&Module]) -> Tally {
    let declaring = || modules.iter().filter(|m| declares(m));
    let by_generator = declaring().filter(|m| m.declared_by == Some(DeclaredBy::GeneratorDefault)).count();
    let declare = declaring().count();
    Tally { all: modules.len(), by_author: declare.saturating_sub(by_generator), by_generator }
}

/// A generator's default is a weaker promise than an author's line, and is named as such.
pub(super) fn on_whose_word(tally: Tally) -> String {
    match (tally.by_author, tally.by_generator) {
        (_, 0) => String::new(),
        (0, _) => ", by the binding generator's default".to_owned(),
        (_, n) => format!(", {n} of them by the binding generator's default"),
    }
}
