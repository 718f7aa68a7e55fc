//! Makes the report's row of a module out of what was found in its image.
//!
//! A declaration is weighed here and only here: whose word it is, and whether its absence says anything.
//! Where two hooks stand in one file, the one that the interpreters of the file's ABI would call decides.

use super::api_use;
use super::build_evidence;
use super::declaration::Declaration;
use super::fingerprint::{self, Recognised};
use super::image::Image;
use super::init;
use super::names::{Hook, HookKind, Named, Tag};
use super::statics;
use crate::knowledge::Knowledge;
use crate::model::{Arch, Build, DeclaredBy, GilSupport, Module};

/// The row of a module whose image could be read; `hooks` are those of this module, `PyInit_*` first.
///
/// # Errors
/// Says why the file is no module in spite of its hooks.
pub(super) fn make(
    image: &Image<'_>,
    hooks: &[Hook<'_>],
    named: &Named,
    path: &str,
    known: &Knowledge,
) -> Result<Module, String> {
    let context = init::Context::of(image, &named.tag, known);
    let tag = named.tag.with_libraries(&image.libraries, known.pythons());
    let found: Vec<(Hook<'_>, Declaration)> =
        hooks.iter().map(|hook| (*hook, init::declaration(image, hook, &context, known))).collect();
    let declarations: Vec<Declaration> = found.iter().map(|(_, declaration)| declaration.clone()).collect();
    if let Some(first) = declarations.first()
        && declarations.iter().all(|d| d.never)
    {
        return Err(first.evidence.clone());
    }
    let build = build_evidence::weigh(image, &named.tag, &declarations, known);
    let mut notes = build.notes;
    let decisive = decisive(&found, &tag, known);
    if let Some((hook, declared)) = decisive {
        for (other, says) in &found {
            if says.gil != declared.gil {
                notes.push(format!(
                    "{} says {}, but {} says {}; Python 3.{} and later call PyModExport, older ones PyInit",
                    hook.name,
                    gil_name(declared.gil),
                    other.name,
                    gil_name(says.gil),
                    known.pythons().mod_export_since,
                ));
            }
        }
    }
    let declaration = decisive.map(|(_, declaration)| declaration);
    let generator = fingerprint::recognise(image, &named.stem, known);
    let mut module = Module {
        member: path.to_owned(),
        module: named.module.clone(),
        format: image.format,
        arch: image.arch,
        abi: named.tag.text().map(str::to_owned),
        build: build.build,
        init: declaration.map_or(crate::model::Init::Unknown, |d| d.init),
        gil: declaration.map_or(GilSupport::Unknown, |d| d.gil),
        declared_by: None,
        framework: generator.as_ref().map(Recognised::framework),
        evidence: declaration.map(|d| d.evidence.clone()).unwrap_or_default(),
        chain: declaration.map(|d| d.chain.clone()).unwrap_or_default(),
        inconclusive: false,
        stable_abi: api_use::stable_abi(image, &tag, known),
        notes,
    };
    if let Some(generator) = &generator {
        weigh(&mut module, generator);
    }
    let by_hand = generator.as_ref().is_some_and(|g| g.facts.is_unconditional());
    module.notes.extend(api_use::notes(image, &tag, by_hand, known));
    if by_hand && let Some((hook, declared)) = decisive {
        let entries = if declared.exec.is_empty() { vec![hook.address] } else { declared.exec.clone() };
        module.notes.extend(statics::notes(image, &entries, hook.module(), known));
    }
    module.inconclusive |= lacks_for_its_age(&module, &tag, known);
    Ok(module)
}

/// The hook that decides for the interpreters of this ABI.
fn decisive<'f, 'a>(
    found: &'f [(Hook<'a>, Declaration)],
    tag: &Tag,
    known: &Knowledge,
) -> Option<&'f (Hook<'a>, Declaration)> {
    let old = match tag {
        Tag::CPython { minor, .. } => *minor < known.pythons().mod_export_since,
        // Its floor may be older than the export hook, and then the old hook is the one always called.
        Tag::Abi3 => true,
        Tag::Abi3t | Tag::None | Tag::Foreign(_) => false,
    };
    let wanted = if old { HookKind::Init } else { HookKind::Export };
    found.iter().find(|(hook, _)| hook.kind == wanted).or(found.first())
}

/// Whose word a declaration is, by what its generator does unasked.
fn weigh(module: &mut Module, generator: &Recognised<'_>) {
    let (facts, version) = (generator.facts, generator.version.as_deref());
    if let Some(maker) = &facts.made_by_import
        && matches!(module.gil, GilSupport::Unknown | GilSupport::Undeclared)
    {
        let package = &maker.package;
        module.init = maker.init;
        if module.build == Build::Gil {
            module.gil = GilSupport::Undeclared;
            module.evidence =
                format!("{package} makes the module at run time and declares in free-threaded builds alone");
        } else if let Some(default) = &facts.default {
            module.gil = default.declares;
            module.evidence =
                format!("{package} makes the module at run time and declares {}", gil_name(module.gil));
            module.notes.push(format!(
                "the declaration is the installed {package}'s: it holds with the versions that make it"
            ));
        }
    }
    module.declared_by = match module.gil {
        GilSupport::NotUsed | GilSupport::Used if facts.is_default(version, module.gil) => {
            Some(DeclaredBy::GeneratorDefault)
        }
        GilSupport::Used if facts.silent_used => Some(DeclaredBy::GeneratorDefault),
        GilSupport::NotUsed | GilSupport::Used => Some(DeclaredBy::Author),
        GilSupport::Undeclared | GilSupport::Unknown => None,
    };
    if module.gil == GilSupport::Used && facts.silent_used {
        module.notes.push(format!("{} writes this value when the author says nothing", facts.id));
    }
    module.inconclusive =
        module.gil == GilSupport::Undeclared && module.build == Build::Gil && facts.free_threaded_only;
}

/// Whether a file lacks a declaration because it was compiled for a version that has none.
fn lacks_for_its_age(module: &Module, tag: &Tag, known: &Knowledge) -> bool {
    let too_old = match tag {
        Tag::CPython { minor, .. } => *minor < known.pythons().mod_gil_since,
        // The limited API of most abi3 files is older than the slot.
        Tag::Abi3 => true,
        _ => false,
    };
    module.gil == GilSupport::Undeclared && too_old
}

fn gil_name(gil: GilSupport) -> &'static str {
    match gil {
        GilSupport::NotUsed => "Py_MOD_GIL_NOT_USED",
        GilSupport::Used => "Py_MOD_GIL_USED",
        GilSupport::Undeclared => "nothing",
        GilSupport::Unknown => "what could not be read",
    }
}

/// An instruction set as reports spell it.
pub(super) fn arch_name(arch: Arch) -> &'static str {
    match arch {
        Arch::X86_64 => "x86_64",
        Arch::Aarch64 => "aarch64",
        Arch::I686 => "i686",
        Arch::Armv7 => "armv7",
        Arch::Ppc64le => "ppc64le",
        Arch::S390x => "s390x",
        Arch::Riscv64 => "riscv64",
        Arch::Loong64 => "loong64",
        Arch::Other => "other",
    }
}
