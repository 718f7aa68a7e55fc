//! The progress of long work, on standard error; nothing where that is no terminal, or with `-q`.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::index::Progress;
use crate::pipeline::Watch;

/// What is shown: how many packages of how many, which ones now, requests and bytes.
#[derive(Debug)]
pub(super) struct Shown {
    bar: ProgressBar,
    under_way: Mutex<BTreeSet<String>>,
    requests: AtomicU64,
    bytes: AtomicU64,
}

impl Shown {
    /// Shows itself once something is planned.
    pub fn new(quiet: bool) -> Arc<Self> {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) =
            ProgressStyle::with_template("{spinner:.cyan} [{pos}/{len}] {elapsed} {prefix:.dim} {wide_msg}")
        {
            bar.set_style(style);
        }
        let (requests, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Self { bar, under_way: Mutex::default(), requests, bytes })
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn traffic(&self) {
        let requests = self.requests.load(Ordering::Relaxed);
        if requests > 0 {
            let bytes = HumanBytes(self.bytes.load(Ordering::Relaxed));
            self.bar.set_prefix(format!("{bytes}, {requests} requests"));
        }
    }

    fn names(&self, change: impl FnOnce(&mut BTreeSet<String>)) {
        if let Ok(mut names) = self.under_way.lock() {
            change(&mut names);
            let shown: Vec<&str> = names.iter().map(String::as_str).take(8).collect();
            self.bar.set_message(shown.join(" "));
        }
    }
}

impl Progress for Shown {
    fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.traffic();
    }

    fn bytes(&self, count: u64) {
        self.bytes.fetch_add(count, Ordering::Relaxed);
        self.traffic();
    }

    fn retry(&self, what: &str, why: &str) {
        self.bar.println(format!("asking again for {what}: {why}"));
    }
}

impl Watch for Shown {
    fn planned(&self, packages: usize) {
        self.bar.set_length(packages as u64);
        self.bar.enable_steady_tick(Duration::from_millis(120));
    }

    fn started(&self, name: &str) {
        self.names(|names| {
            names.insert(name.to_owned());
        });
    }

    fn finished(&self, name: &str) {
        self.bar.inc(1);
        self.names(|names| {
            names.remove(name);
        });
    }
}
