//! What an init hook was found to declare: the value between `init`, which follows the hook's code, and
//! [`file`](super::file), which makes a row of the report of it.

use super::slots::AbiInfo;
use crate::knowledge::slots::LayoutKind;
use crate::model::{GilSupport, Init};

/// What one hook declares, with the way there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// How the module is entered.
    pub init: Init,
    /// What it says about the GIL. [`GilSupport::Unknown`] needs a reason in `evidence`.
    pub gil: GilSupport,
    /// The decisive evidence in one sentence without a full stop; for an unknown, exactly what stood in the
    /// way.
    pub evidence: String,
    /// The steps from the export to the slots, with addresses, as a person with a disassembler would check
    /// them.
    pub chain: Vec<String>,
    /// The layout in which the definition made sense, where there is a definition.
    pub layout: Option<LayoutKind>,
    /// The `PyABIInfo` among the slots.
    pub abi: Option<AbiInfo>,
    /// The module that `PyInit_*` imports and leaves the making of this one to, if it does so by a constant
    /// name (cffi's backend, a mypyc group library).
    pub made_by: Option<String>,
    /// The functions of its exec slots.
    pub exec: Vec<u64>,
    /// The hook does nothing but return null: nobody imports the file, it is loaded by other means.
    pub never: bool,
}

impl Declaration {
    /// A declaration that could not be read.
    pub fn unknown(init: Init, reason: impl Into<String>) -> Self {
        Self {
            init,
            gil: GilSupport::Unknown,
            evidence: reason.into(),
            chain: Vec::new(),
            layout: None,
            abi: None,
            made_by: None,
            exec: Vec::new(),
            never: false,
        }
    }
}
