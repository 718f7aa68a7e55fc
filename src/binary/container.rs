//! Tells container formats apart and opens each image in a file: one, or the slices of a fat Mach-O.

use super::elf::Elf;
use super::image::Image;
use super::macho::{self, MachO};
use super::pe::Pe;
use crate::model::{Arch, BinaryFormat};

/// An image of which no more than its headers was read.
#[derive(Debug)]
pub enum Opened<'a> {
    /// ELF.
    Elf(Elf<'a>),
    /// Mach-O, thin or one slice.
    MachO(MachO<'a>),
    /// PE.
    Pe(Pe<'a>),
}

impl<'a> Opened<'a> {
    /// Names and addresses of exported symbols, without the format's decoration.
    pub fn exports(&self) -> Box<dyn Iterator<Item = (&'a str, u64)> + '_> {
        match self {
            Self::Elf(elf) => Box::new(elf.exports()),
            Self::MachO(macho) => Box::new(macho.exports()),
            Self::Pe(pe) => Box::new(pe.exports()),
        }
    }

    /// The container.
    pub fn format(&self) -> BinaryFormat {
        match self {
            Self::Elf(_) => BinaryFormat::Elf,
            Self::MachO(_) => BinaryFormat::MachO,
            Self::Pe(_) => BinaryFormat::Pe,
        }
    }

    /// The instruction set.
    pub fn arch(&self) -> Arch {
        match self {
            Self::Elf(elf) => elf.arch(),
            Self::MachO(macho) => macho.arch(),
            Self::Pe(pe) => pe.arch(),
        }
    }

    /// Reads the rest.
    ///
    /// # Errors
    /// Says what is damaged or of an unknown kind.
    pub fn image(self) -> Result<Image<'a>, String> {
        match self {
            Self::Elf(elf) => elf.image(),
            Self::MachO(macho) => macho.image(),
            Self::Pe(pe) => pe.image(),
        }
    }
}

/// Opens all images in a file. Those that cannot be opened are the reason why not.
///
/// # Errors
/// If the file is no binary that a loader would take.
pub fn open(bytes: &[u8]) -> Result<Vec<Result<Opened<'_>, String>>, NoBinary> {
    let magic = bytes.first_chunk::<4>().copied().unwrap_or_default();
    if magic == *b"\x7fELF" {
        return Ok(vec![Elf::open(bytes).map(Opened::Elf)]);
    }
    if magic.starts_with(b"MZ") {
        return Ok(vec![Pe::open(bytes).map(Opened::Pe)]);
    }
    if macho::is_thin(magic) {
        return Ok(vec![MachO::open(bytes).map(Opened::MachO)]);
    }
    if macho::is_fat(magic) {
        return Ok(match macho::slices(bytes) {
            Ok(slices) => {
                slices.into_iter().map(|slice| slice.and_then(MachO::open).map(Opened::MachO)).collect()
            }
            Err(reason) => vec![Err(reason)],
        });
    }
    let text = bytes.iter().take(4096).all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace());
    Err(if text { NoBinary::Text } else { NoBinary::Unknown })
}

/// A file that begins like no binary known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoBinary {
    /// Empty, or plain text such as a linker script: no loader takes it.
    Text,
    /// Something else.
    Unknown,
}
