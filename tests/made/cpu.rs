//! How long a thread has worked. A machine that is busy with other things, or was stopped, does not count.

use std::time::Duration;

/// CPU time of this thread since it began.
#[cfg(unix)]
pub fn spent() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid for the call.
    let code = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(code, 0, "every Unix has this clock");
    Duration::new(
        time.tv_sec.try_into().expect("a thread's time is positive"),
        time.tv_nsec.try_into().expect("below 10^9"),
    )
}

/// Time since the first call, where there is no such clock.
#[cfg(not(unix))]
pub fn spent() -> Duration {
    static BEGAN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    BEGAN.get_or_init(std::time::Instant::now).elapsed()
}
