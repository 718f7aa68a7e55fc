//! Being told to stop: SIGINT and SIGTERM end a survey or a worker after the projects that are being looked at.
//!
//! What is done is on disk in any case; this only spares doing again what was half done. A second signal ends the
//! program at once. The exit code is 128 and the signal's number, as a shell has it for a program that a signal ended:
//! 130 and 143 are none of the answers that a survey can give.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whether the program was told to stop, and what is being looked at.
#[derive(Debug, Default)]
pub(super) struct Stopping {
    /// The number of the signal; 0 without one.
    signal: AtomicUsize,
    under_way: AtomicUsize,
}

impl Stopping {
    /// Listens from now on. `idle` is for a worker, who may wait for input for ever: it ends as soon as nothing is
    /// being looked at.
    pub fn listen(idle: bool) -> Arc<Self> {
        let stopping = Arc::new(Self::default());
        #[cfg(unix)]
        {
            use signal_hook::consts::{SIGINT, SIGTERM};
            let own = Arc::clone(&stopping);
            // Where no signal can be listened to, they do what they do anyway.
            if let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) {
                std::thread::spawn(move || {
                    for signal in signals.forever() {
                        own.told(usize::try_from(signal).unwrap_or(1), idle);
                    }
                });
            }
        }
        #[cfg(not(unix))]
        let _ = idle;
        stopping
    }

    #[cfg(unix)]
    fn told(self: &Arc<Self>, signal: usize, idle: bool) {
        if self.signal.swap(signal, Ordering::SeqCst) != 0 {
            std::process::exit(i32::from(code(signal)));
        }
        super::output::note("stopping when what is being looked at is done; once more ends it at once");
        if idle {
            let own = Arc::clone(self);
            std::thread::spawn(move || {
                while own.under_way.load(Ordering::SeqCst) > 0 {
                    std::thread::sleep(std::time::Duration::from_millis(20));
                }
                std::process::exit(i32::from(code(signal)));
            });
        }
    }

    /// The exit code, once it was told to stop.
    pub fn code(&self) -> Option<u8> {
        let signal = self.signal.load(Ordering::SeqCst);
        (signal != 0).then(|| code(signal))
    }

    /// Something is being looked at from now on; not if it was told to stop.
    pub fn begin(&self) -> bool {
        self.under_way.fetch_add(1, Ordering::SeqCst);
        if self.code().is_some() {
            self.end();
            return false;
        }
        true
    }

    /// It is done, and its row is written.
    pub fn end(&self) {
        self.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

fn code(signal: usize) -> u8 {
    u8::try_from(signal.saturating_add(128)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_begins_once_it_was_told_to_stop() {
        let stopping = Stopping::default();
        assert!(stopping.begin());
        assert_eq!(stopping.code(), None);
        stopping.signal.store(15, Ordering::SeqCst);
        assert!(!stopping.begin());
        assert_eq!((stopping.code(), stopping.under_way.load(Ordering::SeqCst)), (Some(143), 1));
        stopping.end();
        assert_eq!(stopping.under_way.load(Ordering::SeqCst), 0);
    }
}
