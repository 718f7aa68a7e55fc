//! Reads binaries: which extension modules they hold and what these declare.
//!
//! A member goes in, rows and gaps come out; nothing here returns an error, because whoever audits a wheel
//! of a thousand files wants the rows of the others. The order is chosen for what wheels are full of:
//! libraries that hold no module are told by their exports before anything else of them is read.
//!
//! What cannot be read of a file that is, or may be, a module is a gap that hides claims. A file that no
//! importer would take for a module is no gap.

pub mod api_use;
pub mod build_evidence;
pub mod container;
pub mod declaration;
pub mod elf;
pub mod fingerprint;
pub mod image;
pub mod init;
pub mod machine;
pub mod macho;
pub mod names;
pub mod pe;
mod row;
pub mod slots;
pub mod statics;

use self::container::{NoBinary, Opened};
use self::names::{Named, Tag};
use crate::knowledge::Knowledge;
use crate::model::{BinaryFormat, Build, Gap, GilSupport, Hides, Init, Member, MemberPath, Module, Observed};

/// Whether a path's name is one that [`file()`] would open: `.so`, `.pyd`, `.dylib`.
pub fn wants(path: &MemberPath) -> bool {
    Named::read(path).is_some()
}

/// Whether an interpreter could import what a wheel puts there, by its name alone: `.so` or `.pyd`, and no folder with
/// a dot in its name on the way. Tools that repair wheels put libraries into folders that cannot be packages
/// (`numpy.libs`, `.dylibs`), so these need not even be fetched.
pub fn importable_from_wheel(path: &MemberPath) -> bool {
    Named::read(path).is_some_and(|named| named.importable) && !names::has_dotted_folder(path)
}

/// Reads a binary: a row for each extension module (each slice of a fat file), and gaps for what could not
/// be read.
pub fn file(member: &Member<'_>, known: &Knowledge) -> Observed {
    let mut seen = Observed::default();
    let Some(named) = Named::read(member.path) else { return seen };
    let path = member.path.as_str();
    if let Tag::Foreign(tag) = &named.tag {
        let reason = format!("made for another interpreter than CPython ({tag})");
        seen.gaps.push(Gap::new(path, Hides::Nothing, reason));
        return seen;
    }
    let hides = if named.importable { Hides::Claims } else { Hides::Nothing };
    let images = match container::open(member.bytes) {
        Ok(images) => images,
        Err(NoBinary::Text) => {
            let reason = "named like an extension module, but it is text, which no loader takes";
            seen.gaps.push(Gap::new(path, Hides::Nothing, reason));
            return seen;
        }
        Err(NoBinary::Unknown) => {
            seen.gaps.push(Gap::new(path, hides, "neither ELF nor 64-bit Mach-O nor PE"));
            return seen;
        }
    };
    for opened in images {
        match opened {
            Ok(opened) => image(opened, &named, path, known, &mut seen),
            Err(reason) => seen.gaps.push(Gap::new(path, hides, reason)),
        }
    }
    seen
}

/// One image: a row if it exports the hook of the file's own name.
fn image(opened: Opened<'_>, named: &Named, path: &str, known: &Knowledge, seen: &mut Observed) {
    let hooks = named.hooks(opened.exports());
    if hooks.is_empty() {
        return;
    }
    let (format, arch) = (opened.format(), opened.arch());
    let module = match opened.image() {
        Ok(image) => match row::make(&image, &hooks, named, path, known) {
            Ok(module) => module,
            Err(reason) => return seen.gaps.push(Gap::new(path, Hides::Nothing, reason)),
        },
        Err(reason) => Module {
            member: path.to_owned(),
            module: named.module.clone(),
            format,
            arch,
            abi: named.tag.text().map(str::to_owned),
            build: Build::Unknown,
            init: Init::Unknown,
            gil: GilSupport::Unknown,
            declared_by: None,
            framework: None,
            evidence: reason,
            chain: Vec::new(),
            inconclusive: false,
            stable_abi: None,
            notes: Vec::new(),
        },
    };
    if module.gil == GilSupport::Unknown {
        let slice = match format {
            BinaryFormat::MachO => format!(" ({} slice)", row::arch_name(arch)),
            _ => String::new(),
        };
        seen.gaps.push(Gap::new(path, Hides::Claims, format!("{}{slice}", module.evidence)));
    }
    seen.modules.push(module);
}
