//! The cache under stress: shared, killed, damaged, offline.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::command::{Place, json, plain_site, run, stderr};
use super::made::{DECLARES, Site, binary_wheel, pure_wheel};
use super::server::{Answer, Ranges, file};

const ASKED: [&str; 5] = ["--format", "json", "ready", "silent", "pure"];

/// All files of the cache, whatever their layer.
fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![dir.to_path_buf()];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(dir).expect("readable").flatten() {
            match entry.path().is_dir() {
                true => todo.push(entry.path()),
                false => found.push(entry.path()),
            }
        }
    }
    found
}

#[test]
fn a_second_run_needs_no_network_at_all() {
    let (site, place) = (plain_site(), Place::new());
    let first = run(&mut place.audit(&site.index()), &ASKED);
    let asked = site.server.asked().len();
    let second = run(place.audit(&site.index()).arg("--offline"), &ASKED);
    assert_eq!(second.stdout, first.stdout);
    assert_eq!((second.status.code(), first.status.code()), (Some(1), Some(1)));
    assert_eq!(site.server.asked().len(), asked);
    // Another target is judged from what was seen: here from the sdist, which was read for the first.
    let (document, _) =
        json(place.audit(&site.index()).args(["--offline", "--platform", "linux-aarch64"]), &["ready"]);
    assert!(!document.to_string().contains("not in the cache"), "{document:#}");
    let (document, code) = json(place.audit(&site.index()).arg("--offline"), &["ready", "never-asked"]);
    assert_eq!(code, 3);
    let failure = document["failures"][0].to_string();
    assert!(failure.contains("never-asked") && failure.contains("run once without --offline"), "{failure}");
}

#[test]
fn a_private_index_that_lacks_most_projects_does_not_spoil_an_offline_run() {
    let (private, public, place) = (Site::start(), plain_site(), Place::new());
    let both = |more: &[&str]| {
        let mut command = place.audit(&private.index());
        run(command.env("PIP_EXTRA_INDEX_URL", public.index()).args(more), &ASKED)
    };
    let online = both(&[]);
    assert_eq!(online.status.code(), Some(1), "{}", stderr(&online));
    assert_eq!(both(&["--offline"]).stdout, online.stdout);
}

#[test]
fn processes_that_share_a_cache_at_once_all_answer_right() {
    let (site, place) = (plain_site(), Place::new());
    let right = run(place.audit(&site.index()).arg("--no-cache"), &ASKED).stdout;
    for round in 0..3 {
        let children: Vec<_> = (0..4)
            .map(|_| {
                let mut command = place.audit(&site.index());
                command.args(ASKED).stdout(Stdio::piped()).stderr(Stdio::piped());
                command.spawn().expect("starts")
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().expect("ends");
            assert_eq!(output.stdout, right, "round {round}: {}", stderr(&output));
            assert_eq!(stderr(&output), "");
        }
    }
    assert_eq!(run(place.audit(&site.index()).arg("--offline"), &ASKED).stdout, right);
}

/// A site of several packages whose files come slowly, so that there is something to interrupt.
fn slow_site(count: usize) -> (Site, Vec<String>) {
    let site = Site::start();
    let names: Vec<String> = (0..count).map(|n| format!("p{n}")).collect();
    for (n, name) in names.iter().enumerate() {
        let made = if n % 2 == 0 { binary_wheel(name, "1.0", DECLARES) } else { pure_wheel(name, "1.0") };
        site.publish(name, std::slice::from_ref(&made));
        let bytes = made.bytes.clone();
        site.server.on(&made.path(), move |asked| Answer {
            pauses: (Duration::from_millis(20 * n as u64), Duration::from_millis(1)),
            ..file(asked, &bytes, Ranges::Served)
        });
    }
    (site, names)
}

#[test]
fn a_killed_run_leaves_a_cache_that_is_sound() {
    let (site, names) = slow_site(12);
    let place = Place::new();
    let args: Vec<&str> = ["--format", "json"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let right = run(place.audit(&site.index()).arg("--no-cache"), &args).stdout;
    for after in [0, 30, 60, 90, 120, 150, 200] {
        let mut command = place.audit(&site.index());
        command.args(&args).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("starts");
        std::thread::sleep(Duration::from_millis(after));
        let _ = child.kill();
        child.wait().expect("ended");
    }
    let output = run(&mut place.audit(&site.index()), &args);
    assert_eq!(output.stdout, right);
    assert_eq!(stderr(&output), "", "no entry was found torn");
    assert_eq!(run(place.audit(&site.index()).arg("--offline"), &args).stdout, right);
}

/// Ctrl-C is SIGINT to the process: it ends at once, and not after the requests under way.
#[cfg(unix)]
#[test]
fn an_interrupted_run_ends_at_once() {
    let (site, place) = (Site::start(), Place::new());
    site.server.on("/simple/a/", |_| Answer {
        pauses: (Duration::from_secs(20), Duration::ZERO),
        ..Answer::new(200, "")
    });
    let mut command = place.audit(&site.index());
    command.env("PIP_DEFAULT_TIMEOUT", "60").arg("a").stdout(Stdio::null()).stderr(Stdio::null());
    // What runs in the background of a script is started with the signal ignored, and hands that on.
    // SAFETY: `signal` is one of the functions that may be called between fork and exec.
    unsafe {
        std::os::unix::process::CommandExt::pre_exec(&mut command, || {
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            Ok(())
        });
    }
    let mut child = command.spawn().expect("starts");
    while site.server.asked().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let started = Instant::now();
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("starts");
    assert!(interrupt.success());
    let status = child.wait().expect("ended");
    assert!(!status.success() && started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[test]
fn a_damaged_cache_is_told_and_never_believed() {
    let (site, place) = (plain_site(), Place::new());
    let kept = place.path().join("kept");
    let asked = |place: &Place| run(place.audit(&site.index()).arg("--cache-dir").arg(&kept), &ASKED);
    let right = asked(&place).stdout;
    let paths = entries(&kept);
    assert!(paths.len() >= 6, "{paths:?}");
    for damage in [
        &(|bytes: &mut Vec<u8>| bytes.truncate(bytes.len() / 2)) as &dyn Fn(&mut Vec<u8>),
        &|bytes| {
            if let Some(last) = bytes.last_mut() {
                *last ^= 1;
            }
        },
        &|bytes| bytes.clear(),
        &|bytes| bytes.fill(b'x'),
    ] {
        for path in &paths {
            let mut bytes = std::fs::read(path).expect("readable");
            damage(&mut bytes);
            std::fs::write(path, bytes).expect("writable");
        }
        let output = asked(&place);
        assert_eq!(output.stdout, right);
        assert!(stderr(&output).contains("damaged"), "{}", stderr(&output));
        assert_eq!(stderr(&asked(&place)), "", "it heals");
    }
}

#[test]
fn a_cache_folder_that_cannot_be_used_costs_only_time() {
    let (site, place) = (plain_site(), Place::new());
    let path = place.write("no-folder", "");
    let right = run(place.audit(&site.index()).arg("--no-cache"), &ASKED).stdout;
    let output = run(place.audit(&site.index()).arg("--cache-dir").arg(path), &ASKED);
    assert_eq!(output.stdout, right);
    assert!(stderr(&output).contains("the run went on without"), "{}", stderr(&output));
}
