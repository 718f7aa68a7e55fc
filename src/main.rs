//! The `ungil` command. All of it lives in the library's `commands`.

fn main() -> std::process::ExitCode {
    share_the_heap();
    ungil::commands::run()
}

/// Lets all threads allocate from two heaps. By default the C library of Linux makes one for each of the many threads
/// that wait for the network, and each keeps what its largest page or member took: three times what is in use.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code)]
fn share_the_heap() {
    // SAFETY: it changes one setting of the allocator, and no thread but this one is there yet.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, 2) };
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn share_the_heap() {}
