//! What the loader makes of a binary.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use ungil_fuzz::{mutate, targets};

fuzz_target!(|data: &[u8]| targets::relocations(data));

// Half of the inputs are damaged by their shape, the others by what coverage suggests.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed % 2 == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut bytes = data.get(..size).unwrap_or_default().to_vec();
    mutate::mutate(&mut bytes, &[], &mut mutate::Random(seed.into()));
    let size = bytes.len().min(max_size).min(data.len());
    if let (Some(to), Some(from)) = (data.get_mut(..size), bytes.get(..size)) {
        to.copy_from_slice(from);
    }
    size
});
