//! The interpreter on x86-64 code.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ungil_fuzz::targets;

fuzz_target!(|data: &[u8]| targets::x86_64(data));
