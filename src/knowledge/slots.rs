//! Layouts of module definitions and meanings of module slots, from `rules/facts/slots.toml`.
//!
//! Text in, checked tables out. The tables are refused as a whole when a row contradicts itself, so that
//! whoever reads a binary by them need not doubt them again.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{read, table};

/// Where the fields of a `PyModuleDef` lie, in bytes from its start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// `gil` or `free-threaded`.
    pub name: LayoutKind,
    /// Size of a pointer.
    pub word: u8,
    /// Size of the structure.
    pub size: u64,
    /// Offset of the object's type, null in the file.
    pub ob_type: u64,
    /// Offset of `m_base.m_init`, where the object header ends.
    pub m_init: u64,
    /// Offset of `m_name`.
    pub m_name: u64,
    /// Offset of `m_size`.
    pub m_size: u64,
    /// Offset of `m_methods`.
    pub m_methods: u64,
    /// Offset of `m_slots`.
    pub m_slots: u64,
    /// First Python version with this layout.
    pub since: String,
    /// Where this was read or measured.
    pub source: String,
}

/// Which builds of CPython share a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayoutKind {
    /// Builds with the GIL.
    Gil,
    /// Free-threaded builds.
    FreeThreaded,
}

/// What `PyModuleDef_HEAD_INIT` of some versions leaves in the object header.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The layout it goes with.
    pub layout: LayoutKind,
    /// Size of a pointer.
    pub word: u8,
    /// The versions whose headers write it, for messages.
    pub python: String,
    /// The integers that are not zero.
    pub fields: Vec<HeadField>,
}

/// One integer of an object header.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadField {
    /// Offset.
    pub at: u64,
    /// Size in bytes.
    pub size: u8,
    /// Value.
    pub value: u64,
}

/// A slot id.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// The id as stored.
    pub id: u64,
    /// The macro's name.
    pub name: String,
    /// What a reader has to do with it.
    pub means: Means,
    /// For [`Means::Choice`]: the highest value.
    #[serde(default)]
    pub most: u64,
    /// First Python version whose headers have this id.
    pub since: String,
}

/// What a slot's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// The end of the array.
    End,
    /// A function.
    Function,
    /// The declaration about the GIL.
    Gil,
    /// A small number.
    Choice,
    /// A nested `PyModuleDef_Slot` array.
    Slots,
    /// A nested `PySlot` array.
    Subslots,
    /// A `PyABIInfo`.
    Abi,
    /// The module's name.
    Name,
    /// Anything.
    Data,
}

/// The values of the GIL slot and of the second argument of `PyUnstable_Module_SetGIL`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GilValues {
    /// `Py_MOD_GIL_USED`.
    pub used: u64,
    /// `Py_MOD_GIL_NOT_USED`.
    pub not_used: u64,
    /// Where this was read.
    pub source: String,
}

/// Size and value offset of a `PyModuleDef_Slot` for one size of pointer.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefSlotShape {
    /// Size of a pointer.
    pub word: u8,
    /// Size of an entry.
    pub size: u64,
    /// Offset of the value.
    pub value: u64,
}

/// `PyModuleDef_Slot`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefSlot {
    /// Size of the id, at offset 0.
    pub id_size: u8,
    /// By size of pointer.
    pub shape: Vec<DefSlotShape>,
}

/// `PySlot`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PySlot {
    /// Size of an entry.
    pub size: u64,
    /// Size of the id, at offset 0.
    pub id_size: u8,
    /// Offset of the two bytes of flags.
    pub flags: u64,
    /// Offset of the value.
    pub value: u64,
    /// Flag: unknown ids are skipped.
    pub optional: u64,
    /// Flag: the value is stored as a pointer-sized integer.
    pub intptr: u64,
    /// Where this was read.
    pub source: String,
}

/// Bounds of nesting.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nesting {
    /// Arrays within arrays.
    pub depth: u8,
    /// Entries of one array, the terminator included.
    pub entries: u64,
}

/// `PyABIInfo`: offsets, then the bits of its flags.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct AbiInfoFacts {
    pub size: u64,
    pub major: u64,
    pub minor: u64,
    pub flags: u64,
    pub build_version: u64,
    pub abi_version: u64,
    pub stable: u64,
    pub gil: u64,
    pub free_threaded: u64,
    pub internal: u64,
    pub source: String,
}

/// All tables of `slots.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotFacts {
    /// Raised when rows change, so that cached results are dropped.
    pub version: u32,
    /// Definitions.
    pub layout: Vec<Layout>,
    /// Object headers.
    pub head: Vec<Head>,
    /// Slot ids.
    pub slot: Vec<Slot>,
    /// Values of the GIL slot.
    pub gil: GilValues,
    /// Entries of definitions' slot arrays.
    pub def_slot: DefSlot,
    /// Entries of 3.15's slot arrays.
    pub py_slot: PySlot,
    /// Bounds.
    pub nesting: Nesting,
    /// `PyABIInfo`.
    pub abi_info: AbiInfoFacts,
}

static BUILTIN: LazyLock<SlotFacts> = LazyLock::new(|| {
    SlotFacts::parse(table!("slots")).expect("the tables this program carries are parsed by a test")
});

impl SlotFacts {
    /// The tables this program carries.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads and checks tables.
    ///
    /// # Errors
    /// Says which row is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let facts: Self = read(text)?;
        for l in &facts.layout {
            let word = u64::from(l.word);
            let fields = [l.ob_type, l.m_init, l.m_name, l.m_size, l.m_methods, l.m_slots, l.size];
            if !(word == 4 || word == 8) || !fields.is_sorted() || fields.iter().any(|f| f % word != 0) {
                return Err(format!("layout {:?} of {} bits contradicts itself", l.name, word * 8));
            }
        }
        for head in &facts.head {
            let Some(layout) = facts.layout.iter().find(|l| l.name == head.layout && l.word == head.word)
            else {
                return Err(format!("head of {} has no layout", head.python));
            };
            if head.fields.iter().any(|f| f.at.saturating_add(f.size.into()) > layout.ob_type) {
                return Err(format!("head of {} reaches beyond the reference count", head.python));
            }
        }
        for (at, slot) in facts.slot.iter().enumerate() {
            if facts.slot.iter().take(at).any(|other| other.id == slot.id) {
                return Err(format!("slot {} stands twice", slot.id));
            }
        }
        Ok(facts)
    }

    /// The meaning of an id.
    pub fn slot(&self, id: u64) -> Option<&Slot> {
        self.slot.iter().find(|s| s.id == id)
    }

    /// The shape of a `PyModuleDef_Slot` for a size of pointer.
    pub fn def_shape(&self, word: u8) -> Option<DefSlotShape> {
        self.def_slot.shape.iter().find(|s| s.word == word).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_this_program_carries_are_sound() {
        let facts = SlotFacts::builtin();
        assert_eq!(facts.slot(4).map(|s| s.means), Some(Means::Gil));
        assert_eq!(facts.slot(87).map(|s| s.means), Some(Means::Gil));
        assert!(facts.slot(5).is_none());
        assert_eq!(facts.def_shape(4).map(|s| s.size), Some(8));
    }

    #[test]
    fn a_slot_that_stands_twice_is_refused() {
        let text = include_str!("../../rules/facts/slots.toml").replace("id = 84", "id = 85");
        assert_eq!(SlotFacts::parse(&text).err(), Some("slot 85 stands twice".into()));
    }

    #[test]
    fn fields_out_of_order_are_refused() {
        let text = include_str!("../../rules/facts/slots.toml").replacen("m_slots = 72", "m_slots = 24", 1);
        assert!(SlotFacts::parse(&text).is_err_and(|e| e.contains("contradicts")));
    }
}
