//! What is told to whoever watches: requests made and bytes received, as they happen.

use std::sync::atomic::{AtomicU64, Ordering};

/// Watches the traffic. Called from many threads at once, so implementations are quick and never block for long.
pub trait Progress: Send + Sync {
    /// A request goes out; repeats count again.
    fn request(&self) {}
    /// So many bytes of a response's body came in.
    fn bytes(&self, _count: u64) {}
    /// A request is repeated after a pause: what was wanted and why, without credentials.
    fn retry(&self, _what: &str, _why: &str) {}
}

/// Nobody watches.
impl Progress for () {}

/// Totals since the index was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Requests sent.
    pub requests: u64,
    /// Bytes of bodies received, after decompression.
    pub bytes: u64,
    /// Responses taken from the cache without asking.
    pub cached: u64,
    /// Responses that the server said are still good (304).
    pub revalidated: u64,
    /// Responses that were the same bytes as the kept ones, of servers that give nothing to ask for changes by.
    pub repeated: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub requests: AtomicU64,
    pub bytes: AtomicU64,
    pub cached: AtomicU64,
    pub revalidated: AtomicU64,
    pub repeated: AtomicU64,
}

impl Counters {
    pub fn read(&self) -> Traffic {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Traffic {
            requests: get(&self.requests),
            bytes: get(&self.bytes),
            cached: get(&self.cached),
            revalidated: get(&self.revalidated),
            repeated: get(&self.repeated),
        }
    }
}
