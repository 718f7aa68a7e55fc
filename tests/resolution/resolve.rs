//! Resolves a requirements file and prints the set, one `name==version` a line; what was asked of the index goes to
//! standard error. For measuring and comparing resolutions: `ungil audit` does the same and then reads every file.
//!
//! `cargo run --release --example resolve -- FILE PYTHON PLATFORM CACHE-DIR [CUT-OFF [INDEX-URL]]`

use std::sync::Arc;
use std::time::Instant;

use ungil::index::{Given, Index, Settings};
use ungil::input::{Parts, files, load};
use ungil::model::Target;
use ungil::pipeline::{self, Asked};
use ungil::select::Policy;
use ungil::store::Cache;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, file, python, platform, cache, rest @ ..] = args.as_slice() else {
        eprintln!("usage: resolve FILE PYTHON PLATFORM CACHE-DIR [CUT-OFF [INDEX-URL]]");
        std::process::exit(2);
    };
    let target =
        Target { python: python.parse().expect("a Python"), platform: platform.parse().expect("a platform") };
    let loaded = load(std::slice::from_ref(file), &[], &files::Disk, &files::environment, &Parts::default());
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let given = Given {
        exclude_newer: rest.first().filter(|text| !text.is_empty()).cloned(),
        index_url: rest.get(1).cloned(),
        ..Given::default()
    };
    let settings = Settings::from_environment(&given).expect("settings");
    let index = Index::new(settings, Arc::new(Cache::open(cache.as_ref())), Arc::new(())).expect("an index");
    let asked = Asked { requests: loaded.requests, locks: loaded.locks, deps: true, ..Asked::default() };
    let start = Instant::now();
    let resolved =
        pipeline::resolve(&index, &asked, &[target], &Policy::default()).expect("no contradiction");
    let took = start.elapsed();
    for (_, rows) in resolved.sets {
        for (name, version) in rows {
            println!("{name}=={version}");
        }
    }
    for failure in resolved.failures {
        println!("# {}: {}", failure.request, failure.reason);
    }
    eprintln!("{took:?} {:?}", index.traffic());
}
