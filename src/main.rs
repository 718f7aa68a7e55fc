//! The `ungil` command. All of it lives in the library's `commands`.

fn main() -> std::process::ExitCode {
    share_the_heap();
    ungil::commands::run()
}

/// Bytes: blocks larger than this are given back when they are freed, as is that much at a heap's end.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: i32 = 128 << 10;

/// Lets all threads allocate from two heaps, and gives back at once what a large member, page or archive took. By default
/// the C library of Linux makes a heap for each of the many threads that wait for the network, and each keeps what its
/// largest page or member took: three times what is in use.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(unsafe_code)]
fn share_the_heap() {
    // SAFETY: these change settings of the allocator, and no thread but this one is there yet.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
        // Both grow by themselves with the largest block that was freed, unless they are set.
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
        libc::mallopt(libc::M_MMAP_THRESHOLD, KEPT);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn share_the_heap() {}
