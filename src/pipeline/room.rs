//! How much may be in memory between reading and scanning.
//!
//! Members are handed over whole, so a bound on their bytes is a bound on memory. A member larger than the whole
//! room gets in when nobody else is there. Archives being inflated are counted too: each holds buffers of its own.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rayon::Yield;

/// Bytes of members that may wait for, or be in, a scanner, for each thread that scans: enough to keep it busy, for
/// members of more than a megabyte are rare. (Measured on scipy 1.18.1 with two threads: with 48 MiB in all the peak
/// was 74 MiB; with 512 KiB per thread all seven sdists of the benchmark took 1.06 times as long on two cores, with 768 no
/// longer than with 1024.)
const BYTES: u64 = 768 << 10;

/// Archives that may be inflated at once, whatever the number of packages under way.
const ARCHIVES: usize = 3;

/// How long a thread of the pool that finds nothing to scan waits before it looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// A bound shared by all workers of a run.
#[derive(Debug)]
pub(super) struct Room {
    /// How many bytes fit.
    bytes: u64,
    taken: Mutex<Taken>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Taken {
    bytes: u64,
    archives: usize,
}

impl Default for Room {
    fn default() -> Self {
        let threads = rayon::current_num_threads().max(2) as u64;
        let bytes = BYTES.saturating_mul(threads);
        Self { bytes, taken: Mutex::new(Taken::default()), changed: Condvar::new() }
    }
}

impl Room {
    /// Waits until `bytes` more are allowed, and takes them until [`Room::leave`].
    pub fn enter(&self, bytes: u64) {
        let fits = |taken: &Taken| taken.bytes == 0 || taken.bytes.saturating_add(bytes) <= self.bytes;
        let mut taken = self.when(fits);
        taken.bytes = taken.bytes.saturating_add(bytes);
    }

    /// Waits until it `may` go on. A thread of the pool scans meanwhile: if all of them waited, nobody would make room.
    fn when(&self, may: impl Fn(&Taken) -> bool) -> MutexGuard<'_, Taken> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while !may(&taken) {
            drop(taken);
            let scanned = rayon::yield_now();
            taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            if may(&taken) || scanned == Some(Yield::Executed) {
                continue;
            }
            taken = match scanned {
                // Work for this thread may come without a change here.
                Some(_) => {
                    self.changed.wait_timeout(taken, LOOK_AGAIN).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(taken).unwrap_or_else(PoisonError::into_inner),
            };
        }
        taken
    }

    /// Gives back what [`Room::enter`] took.
    pub fn leave(&self, bytes: u64) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.bytes = taken.bytes.saturating_sub(bytes);
        self.changed.notify_all();
    }

    /// Waits for a place to inflate an archive; it is left when the value is dropped.
    pub fn archive(&self) -> Archive<'_> {
        let mut taken = self.when(|taken| taken.archives < ARCHIVES);
        taken.archives = taken.archives.saturating_add(1);
        Archive(self)
    }
}

/// A place to inflate an archive.
#[derive(Debug)]
pub(super) struct Archive<'a>(&'a Room);

impl Drop for Archive<'_> {
    fn drop(&mut self) {
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.archives = taken.archives.saturating_sub(1);
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn no_more_bytes_are_inside_than_fit_but_one_large_member_gets_in() {
        let room = Room::default();
        let (inside, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    room.enter(room.bytes / 2);
                    most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(std::time::Duration::from_millis(3));
                    inside.fetch_sub(1, Ordering::SeqCst);
                    room.leave(room.bytes / 2);
                });
            }
        });
        assert!(most.load(Ordering::SeqCst) <= 2);
        room.enter(room.bytes * 3);
        room.leave(room.bytes * 3);
        room.enter(room.bytes);
    }

    #[test]
    fn places_for_archives_come_back() {
        let room = Room::default();
        for _ in 0..3 {
            let places: Vec<_> = (0..ARCHIVES).map(|_| room.archive()).collect();
            assert_eq!(places.len(), ARCHIVES);
        }
    }
}
