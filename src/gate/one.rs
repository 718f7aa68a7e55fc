//! A wheel against itself: tag, suffixes, ABI, machine and declarations.

use super::{Gate, Kind, Told, Wheel};
use crate::model::{Arch, BinaryFormat, Build, Finding, GilSupport, Module};
use crate::select::WheelName;

impl Gate<'_> {
    pub(super) fn one(&self, wheel: &Wheel<'_>, out: &mut Vec<Finding>) {
        let says = wheel.name.tag_text();
        self.tags(wheel, &says, out);
        if let Some(metadata) = &wheel.seen.metadata {
            let same_name =
                crate::model::PackageName::new(&metadata.name).is_ok_and(|name| name == wheel.name.name);
            let version = metadata.version.parse::<pep440_rs::Version>();
            if !same_name || version.is_ok_and(|version| version != wheel.name.version) {
                let shows = format!("{} {}", metadata.name, metadata.version);
                let named = format!("{} {}", wheel.name.name, wheel.name.version);
                let told = Told { says: &named, shows: &shows, ..Told::default() };
                self.tell("metadata", wheel, told, out);
            }
        }
        let compiled = wheel.name.abi.iter().any(|abi| abi != "none")
            || wheel.name.platform.iter().any(|platform| platform != "any");
        let unread = wheel.seen.gaps.iter().any(|gap| gap.hides == crate::model::Hides::Claims);
        if wheel.seen.modules.is_empty() && wheel.name.has_abi() && !unread {
            self.tell("empty", wheel, Told { says: &says, ..Told::default() }, out);
        }
        for module in &wheel.seen.modules {
            let told =
                Told { member: &module.member, module: &module.module, says: &says, ..Told::default() };
            if !compiled {
                self.tell("pure", wheel, told, out);
                continue;
            }
            self.suffix(wheel, module, told, out);
            self.build(wheel, module, told, out);
            self.machine(wheel, module, told, out);
            self.stable(wheel, module, told, out);
            self.declares(wheel, module, told, out);
        }
        self.slices(wheel, out);
        self.floor(wheel, &says, out);
    }

    /// The WHEEL file and the file name.
    fn tags(&self, wheel: &Wheel<'_>, says: &str, out: &mut Vec<Finding>) {
        if wheel.seen.wheel_tags.is_empty() {
            return;
        }
        let expand = |name: &WheelName| name.tags().map(|tag| tag.to_string()).collect::<Vec<_>>();
        let mut by_name = expand(&wheel.name);
        let mut by_file: Vec<String> = wheel
            .seen
            .wheel_tags
            .iter()
            .flat_map(|tag| match format!("a-1-{tag}.whl").parse::<WheelName>() {
                Ok(name) => expand(&name),
                Err(_) => vec![tag.clone()],
            })
            .collect();
        by_name.sort();
        by_file.sort();
        by_file.dedup();
        if by_name != by_file {
            let shows = by_file.join(", ");
            self.tell("tag", wheel, Told { says, shows: &shows, ..Told::default() }, out);
        }
    }

    /// A module whose suffix no interpreter of the tag looks for, and that no other module of the name stands in for.
    fn suffix(&self, wheel: &Wheel<'_>, module: &Module, told: Told<'_>, out: &mut Vec<Finding>) {
        let Some(abi) = &module.abi else { return };
        let fits = |abi: &str| wheel.name.abi.iter().any(|tag| tag == "none" || suffix_fits(abi, tag));
        let stands_in = || {
            let others = wheel.seen.modules.iter();
            let mut others = others.filter(|m| m.module == module.module && m.member != module.member);
            others.any(|other| other.abi.as_deref().is_none_or(fits))
        };
        if !fits(abi) && !stands_in() {
            self.tell("suffix", wheel, Told { shows: abi, ..told }, out);
        }
    }

    /// What it was compiled for.
    fn build(&self, wheel: &Wheel<'_>, module: &Module, told: Told<'_>, out: &mut Vec<Finding>) {
        // A file of another suffix is told already, and says nothing about this tag.
        let foreign = module
            .abi
            .as_ref()
            .is_some_and(|abi| !wheel.name.abi.iter().any(|tag| tag == "none" || suffix_fits(abi, tag)));
        if foreign || wheel.name.abi.iter().all(|abi| abi == "none") {
            return;
        }
        let free = wheel.name.is_for_free_threaded();
        let only_free = wheel.name.abi.iter().all(|abi| is_free(abi));
        let shows = match module.build {
            Build::Gil if free => "builds with the GIL",
            Build::FreeThreaded if !only_free => "free-threaded builds",
            _ => return,
        };
        self.tell("build", wheel, Told { shows, ..told }, out);
    }

    fn machine(&self, wheel: &Wheel<'_>, module: &Module, told: Told<'_>, out: &mut Vec<Finding>) {
        if wheel.platforms.is_empty() || module.arch == Arch::Other {
            return;
        }
        let fits =
            |kind: &Kind| system_fits(kind.system, module.format) && (kind.machine == arch(module.arch));
        // A fat file may hold slices that no tag asks for.
        let spare_slice = module.format == BinaryFormat::MachO
            && wheel.platforms.iter().any(|kind| kind.system == "macOS")
            && wheel.seen.modules.iter().any(|m| {
                m.member == module.member && wheel.platforms.iter().any(|k| k.machine == arch(m.arch))
            });
        if !wheel.platforms.iter().any(fits) && !spare_slice {
            let shows = format!("{} {}", system_of(module.format), arch(module.arch));
            self.tell("machine", wheel, Told { shows: &shows, ..told }, out);
        }
    }

    /// A universal wheel's modules need code for each of its machines.
    fn slices(&self, wheel: &Wheel<'_>, out: &mut Vec<Finding>) {
        if wheel.platforms.len() < 2 || !wheel.platforms.iter().all(|kind| kind.system == "macOS") {
            return;
        }
        let says = wheel.name.tag_text();
        for module in wheel.seen.modules.iter().filter(|module| module.format == BinaryFormat::MachO) {
            for kind in &wheel.platforms {
                let has = wheel
                    .seen
                    .modules
                    .iter()
                    .any(|other| other.module == module.module && arch(other.arch) == kind.machine);
                if !has {
                    let told = Told {
                        member: &module.member,
                        module: &module.module,
                        says: &says,
                        shows: kind.machine,
                        ..Told::default()
                    };
                    self.tell("slice", wheel, told, out);
                }
            }
        }
    }

    /// The stable ABI, for the names a module imports.
    fn stable(&self, wheel: &Wheel<'_>, module: &Module, told: Told<'_>, out: &mut Vec<Finding>) {
        let claims = wheel.name.abi.iter().any(|abi| abi.starts_with("abi3"));
        let Some(used) = module.stable_abi.as_ref().filter(|_| claims) else { return };
        const LISTED: usize = 4;
        if !used.outside.is_empty() {
            let mut shows =
                used.outside.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
            if let Some(more) = used.outside.len().checked_sub(LISTED).filter(|more| *more > 0) {
                shows.push_str(&format!(" and {more} more"));
            }
            self.tell("outside", wheel, Told { shows: &shows, ..told }, out);
        }
        let floor = wheel.name.python.iter().filter_map(|tag| minor(tag)).min();
        if let (Some(needs), Some(name), Some(floor)) = (&used.complete_from, &used.youngest, floor)
            && let Some(young) = needs.strip_prefix("3.").and_then(|minor| minor.parse::<u8>().ok())
            && young > floor
        {
            let shows = format!("{name} (Python {needs})");
            self.tell("newer", wheel, Told { shows: &shows, ..told }, out);
        }
    }

    /// abi3t exists from some version on.
    fn floor(&self, wheel: &Wheel<'_>, says: &str, out: &mut Vec<Finding>) {
        let since = self.known.pythons().abi3t_since;
        let abi3t = wheel.name.abi.iter().any(|abi| abi == "abi3t");
        if abi3t && wheel.name.python.iter().filter_map(|tag| minor(tag)).any(|minor| minor < since) {
            let shows = format!("Python 3.{since}");
            self.tell("floor", wheel, Told { says, shows: &shows, ..Told::default() }, out);
        }
    }

    /// A wheel for free-threaded interpreters whose modules keep the GIL off, or are listed as ones that may not.
    fn declares(&self, wheel: &Wheel<'_>, module: &Module, told: Told<'_>, out: &mut Vec<Finding>) {
        let loaded = module.abi.as_deref().is_none_or(is_free) && module.build != Build::Gil;
        if !wheel.name.is_for_free_threaded() || !loaded || self.may_need_gil.contains(&module.module) {
            return;
        }
        match module.gil {
            GilSupport::Undeclared if !module.inconclusive => self.tell("undeclared", wheel, told, out),
            GilSupport::Used => self.tell("used", wheel, told, out),
            _ => {}
        }
    }
}

fn is_free(abi: &str) -> bool {
    abi == "abi3t" || (abi.starts_with("cp3") && abi.ends_with('t'))
}

/// Whether interpreters that take a wheel for its ABI tag look for files of a suffix.
fn suffix_fits(suffix: &str, tag: &str) -> bool {
    // From 3.15 on both builds load abi3t files; before, a `cp3N` wheel may hold files of the stable ABI.
    suffix == tag
        || (suffix == "abi3" && !is_free(tag))
        || (suffix == "abi3t" && (tag.starts_with("abi3") || is_free(tag)))
}

/// The minor version of a Python tag.
pub(super) fn minor(tag: &str) -> Option<u8> {
    tag.strip_prefix("cp3").or(tag.strip_prefix("py3"))?.parse().ok()
}

/// A machine as [`Kind`] spells it.
fn arch(arch: Arch) -> &'static str {
    match arch {
        Arch::X86_64 => "x86_64",
        Arch::Aarch64 => "aarch64",
        Arch::I686 => "i686",
        Arch::Armv7 => "armv7",
        Arch::Ppc64le => "ppc64le",
        Arch::S390x => "s390x",
        Arch::Riscv64 => "riscv64",
        Arch::Loong64 => "loong64",
        Arch::Other => "an unknown machine",
    }
}

fn system_of(format: BinaryFormat) -> &'static str {
    match format {
        BinaryFormat::Elf => "Linux",
        BinaryFormat::MachO => "macOS",
        BinaryFormat::Pe => "Windows",
    }
}

fn system_fits(system: &str, format: BinaryFormat) -> bool {
    system.ends_with(system_of(format))
}
