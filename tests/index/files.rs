//! Files by ranges and whole, from servers good and bad.

use std::io::Read;
use std::time::Duration;

use ungil::index::{Index, IndexError, Settings};
use ungil::model::{DistFile, MemberPath};
use ungil::unpack::{Limits, Opened, Wheel};

use super::made::{Made, Site, noise, sdist, sha256, wheel};
use super::server::{Answer, Ranges, Server, file};
use super::{only_file, open, settings};

/// A wheel of some 1.2 MB with two modules far apart.
fn large() -> Made {
    wheel(
        "a",
        "1",
        super::made::TAG,
        &[
            ("a/one.so", b"first module".repeat(100)),
            ("a/data.bin", noise(900_000)),
            ("a/two.so", b"second module".repeat(100)),
            ("a/more.bin", noise(300_000)),
        ],
    )
}

fn published(made: &Made) -> (Site, Index, DistFile) {
    let site = Site::start();
    site.publish("a", std::slice::from_ref(made));
    let index = open(settings(&site.index()));
    let file = only_file(&index, "a");
    (site, index, file)
}

/// Reads the modules of a wheel as an audit does: directory, then the spans, then the members.
fn modules(index: &Index, file: &DistFile) -> Result<(Opened, Vec<String>), String> {
    let mut remote = index.open(file).map_err(|error| error.to_string())?;
    let wheel = Wheel::open(&mut remote, &Limits::default()).map_err(|gap| gap.reason)?;
    let want = |path: &MemberPath| path.extension() == "so";
    for span in wheel.spans(&want) {
        remote.prefetch(span).map_err(|error| error.to_string())?;
    }
    let mut seen = Vec::new();
    let opened =
        wheel.read(&mut remote, &want, &mut |path, bytes| seen.push(format!("{path}:{}", bytes.len())));
    Ok((opened, seen))
}

const MODULES: [&str; 2] = ["a/one.so:1200", "a/two.so:1300"];

#[test]
fn of_a_remote_wheel_only_the_directory_and_the_modules_are_fetched() {
    let made = large();
    let (site, index, file) = published(&made);
    let before = index.traffic();
    let (opened, seen) = modules(&index, &file).expect("read");
    assert_eq!(seen, MODULES);
    assert!(opened.gaps.is_empty() && opened.complete, "{:?}", opened.gaps);
    let moved = index.traffic().bytes - before.bytes;
    assert!(moved < 80_000, "{moved} of {} bytes", made.bytes.len());
    assert_eq!(site.server.count(&made.path()), 3, "the tail and one span for each module");
}

/// An index that does not tell the size is asked for the last bytes, whatever their place.
#[test]
fn a_file_of_unknown_size_is_read_by_ranges_too() {
    let made = Made { size: None, ..large() };
    let (_site, index, file) = published(&made);
    assert_eq!(modules(&index, &file).expect("read").1, MODULES);
    assert!(index.traffic().bytes < 100_000);
}

#[test]
fn servers_without_ranges_give_the_whole_file_and_its_hash_is_checked() {
    for ranges in [
        Ranges::Ignored,
        Ranges::Refused(400),
        Ranges::Refused(405),
        Ranges::Refused(416),
        Ranges::Refused(501),
        Ranges::Unreadable,
    ] {
        let made = large();
        let (site, index, file) = published(&made);
        site.serve(&made, ranges);
        assert_eq!(modules(&index, &file).expect("read").1, MODULES, "{ranges:?}");
        assert_eq!(
            index.open(&file).expect("whole").sha256(),
            Some(sha256(&made.bytes).as_str()),
            "{ranges:?}"
        );
        let mut torn = made.clone();
        torn.bytes[500_000] ^= 1;
        site.serve(&torn, ranges);
        let error = index.open(&file).expect_err("another file");
        assert!(matches!(error, IndexError::WrongHash { .. }), "{ranges:?}: {error:?}");
        assert!(error.to_string().contains("do not use this file"), "{error}");
    }
}

/// Bytes of another place, taken for those asked for, would be read as another module: never believed.
#[test]
fn a_server_that_sends_other_parts_than_asked_is_not_believed() {
    for ranges in [Ranges::Shifted, Ranges::WholeAsPart] {
        let made = large();
        let (site, index, file) = published(&made);
        site.serve(&made, ranges);
        match modules(&index, &file) {
            Ok((_, seen)) => assert_eq!(seen, MODULES, "{ranges:?}"),
            Err(text) => assert!(text.contains("could not get") || text.contains("changed"), "{text}"),
        }
        // The first answer is right and later ones are not.
        let bytes = made.bytes.clone();
        site.server.on(&made.path(), move |asked| {
            let tail =
                asked.header("range").is_some_and(|range| range.ends_with(&format!("-{}", bytes.len() - 1)));
            file_by(asked, &bytes, if tail { Ranges::Served } else { ranges })
        });
        let error = modules(&index, &file).expect_err("a wrong part");
        assert!(error.contains("could not get") || error.contains("changed"), "{ranges:?}: {error}");
    }
}

fn file_by(asked: &super::server::Asked, bytes: &[u8], ranges: Ranges) -> Answer {
    file(asked, bytes, ranges)
}

#[test]
fn a_file_that_changes_between_two_parts_is_told_and_never_mixed() {
    let made = large();
    let (site, index, file) = published(&made);
    let (old, mut new) = (made.bytes.clone(), made.bytes.clone());
    new[10] ^= 1;
    site.server.on(&made.path(), move |asked| {
        file_by(asked, if asked.before == 0 { &old } else { &new }, Ranges::Served)
    });
    let error = modules(&index, &file).expect_err("another version");
    assert!(error.contains("changed while it was being read"), "{error}");
}

#[test]
fn a_wrong_hash_is_an_error_with_both() {
    let wrong = "0".repeat(64);
    let made = Made { sha256: Some(wrong.clone()), ..sdist("a", "1", &[("a.c", "int x;")]) };
    let (_site, index, file) = published(&made);
    let error = index.fetch(&file, 1 << 20).expect_err("another file").to_string();
    assert!(error.contains(&wrong) && error.contains(&sha256(&made.bytes)), "{error}");
}

#[test]
fn a_file_without_a_promise_is_fetched_and_called_unverified() {
    let made = Made { sha256: None, ..sdist("a", "1", &[("a.c", "int x;")]) };
    let (_site, index, file) = published(&made);
    let mut fetched = index.fetch(&file, 1 << 20).expect("fetched");
    assert!(!fetched.is_verified());
    assert_eq!(fetched.sha256(), sha256(&made.bytes));
    let mut bytes = Vec::new();
    fetched.read_to_end(&mut bytes).expect("reads");
    assert_eq!(bytes, made.bytes);
}

#[test]
fn a_download_that_ends_too_early_is_repeated_and_then_told() {
    let made = Made::new("a-1.tar.gz", noise(300_000));
    let (site, index, file) = published(&made);
    let bytes = made.bytes.clone();
    site.server.on(&made.path(), move |asked| Answer {
        cut: (asked.before < 2).then_some(100_000),
        ..file_by(asked, &bytes, Ranges::Served)
    });
    assert!(index.fetch(&file, 1 << 20).expect("the third time").is_verified());
    let bytes = made.bytes.clone();
    site.server.on(&made.path(), move |asked| Answer {
        cut: Some(100_000),
        ..file_by(asked, &bytes, Ranges::Served)
    });
    let error = index.fetch(&file, 1 << 20).expect_err("never whole");
    assert!(matches!(error, IndexError::Unreachable { tries: 3, .. }), "{error:?}");
    // A length that is larger than what comes, and one that is smaller.
    for claims in [made.bytes.len() as u64 + 7, 1000] {
        let bytes = made.bytes.clone();
        site.server.on(&made.path(), move |asked| Answer {
            claims: Some(claims),
            ..file_by(asked, &bytes, Ranges::Served)
        });
        let error = index.fetch(&file, 1 << 20).expect_err("a lie");
        assert!(
            matches!(error, IndexError::Unreachable { .. } | IndexError::WrongSize { .. }),
            "{claims}: {error:?}"
        );
    }
}

#[test]
fn a_file_of_another_size_than_promised_is_an_error() {
    let made = large();
    let (_site, index, mut file) = published(&Made { size: None, ..made.clone() });
    file.size = Some(made.bytes.len() as u64 + 1000);
    for error in [index.open(&file).expect_err("shorter"), index.fetch(&file, 1 << 30).expect_err("shorter")]
    {
        assert!(matches!(error, IndexError::WrongSize { .. } | IndexError::Unreachable { .. }), "{error:?}");
    }
    let error = index.fetch(&file, 1000).expect_err("too large");
    assert!(matches!(error, IndexError::TooLarge { .. }), "{error:?}");
}

#[test]
fn a_file_that_is_gone_is_not_found() {
    let made = large();
    let (site, index, file) = published(&made);
    site.server.on(&made.path(), |_| Answer::new(404, ""));
    let error = index.open(&file).expect_err("gone");
    assert!(matches!(error, IndexError::NotFound { .. }), "{error:?}");
}

/// Indexes redirect to object stores, whose addresses carry their permission in the query.
#[test]
fn a_redirect_to_a_signed_address_is_followed_and_never_shown() {
    let made = large();
    let (site, index, file) = published(&made);
    let store = Server::start();
    let bytes = made.bytes.clone();
    store.on("/blob", move |asked| match asked.target.ends_with("?sig=s3cret") {
        true => file_by(asked, &bytes, Ranges::Served),
        false => Answer::new(403, ""),
    });
    let to = format!("{}/blob?sig=s3cret", store.url());
    site.server.on(&made.path(), move |_| Answer::new(302, "").with("Location", to.as_str()));
    assert_eq!(modules(&index, &file).expect("read").1, MODULES);
    store.on("/blob", |_| Answer::new(500, ""));
    let error = index.open(&file).expect_err("broken");
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
}

#[test]
fn no_more_requests_are_under_way_than_configured() {
    let site = Site::start();
    let made = sdist("a", "1", &[]);
    site.publish("a", std::slice::from_ref(&made));
    let bytes = made.bytes.clone();
    site.server.on(&made.path(), move |asked| Answer {
        pauses: (Duration::from_millis(30), Duration::ZERO),
        ..file_by(asked, &bytes, Ranges::Served)
    });
    let index = open(Settings { requests_at_once: 3, ..settings(&site.index()) });
    let file = only_file(&index, "a");
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| index.fetch(&file, 1 << 20).expect("fetched"));
        }
    });
    let most = site.server.most_under_way();
    assert!((2..=3).contains(&most), "{most}");
}
