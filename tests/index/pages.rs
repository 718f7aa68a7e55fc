//! Project pages and metadata: what is asked, what is remembered, what trouble becomes.

use std::time::{Duration, Instant};

use ungil::index::{IndexError, Settings};
use ungil::store::Cache;

use super::made::{self, JSON, Made, Site, html_page, json_page, noise, pure_wheel, sdist, wheel};
use super::server::{Answer, Ranges, Server};
use super::{filenames, name, only_file, open, open_with, settings};

fn page(text: &str) -> Answer {
    Answer::new(200, text).with("Content-Type", JSON)
}

/// What stands in the way of the project `a` when its page is answered by `handler`, and how often it was asked for.
fn trouble(handler: impl Fn(&super::server::Asked) -> Answer + Send + Sync + 'static) -> (IndexError, usize) {
    let site = Site::start();
    site.server.on("/simple/a/", handler);
    let error = open(settings(&site.index())).project(&name("a")).expect_err("trouble");
    (error, site.server.count("/simple/a/"))
}

#[test]
fn json_and_html_say_the_same() {
    let site = Site::start();
    let mut files = [pure_wheel("a", "1.0"), sdist("a", "1.0", &[]), pure_wheel("a", "0.9")];
    files[0].metadata = Some(b"Name: a".to_vec());
    files[1].requires_python = Some(">=3.8,<4".to_owned());
    files[2].yanked = Some("broken & bad".to_owned());
    for file in &mut files {
        file.size = None;
        file.upload_time = None;
    }
    site.publish("a", &files);
    let html = html_page(&files);
    site.server.on("/simple/b/", move |_| Answer::new(200, html.as_str()).with("Content-Type", "text/html"));
    let index = open(settings(&site.index()));
    let (json, html) = (index.project(&name("a")).expect("JSON"), index.project(&name("b")).expect("HTML"));
    assert_eq!(json.files.len(), 3);
    assert_eq!(json.files, html.files);
    assert!(json.warnings.is_empty() && html.warnings.is_empty());
    let accept = site.server.asked()[0].headers["accept"].clone();
    assert!(accept.starts_with(JSON) && accept.contains("text/html"), "{accept}");
}

#[test]
fn a_compressed_page_is_read() {
    use std::io::Write;
    let site = Site::start();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(json_page("a", &[pure_wheel("a", "1")]).as_bytes()).expect("writes");
    let body = gzip.finish().expect("finishes");
    site.server.on("/simple/a/", move |asked| {
        assert!(asked.header("accept-encoding").is_some_and(|text| text.contains("gzip")));
        Answer::new(200, body.clone()).with("Content-Type", JSON).with("Content-Encoding", "gzip")
    });
    assert_eq!(open(settings(&site.index())).project(&name("a")).expect("a page").files.len(), 1);
}

#[test]
fn a_project_that_is_nowhere_is_named_with_all_places_asked() {
    let (one, two) = (Site::start(), Site::start());
    let mut settings = settings(&one.index());
    settings.push_index(&two.index()).expect("a URL");
    let error = open(settings).project(&name("no-such")).expect_err("nowhere");
    assert!(matches!(error, IndexError::NotFound { .. }), "{error:?}");
    let text = error.to_string();
    for part in ["`no-such`", &one.index(), &two.index(), "check the spelling"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(one.server.count("/simple/no-such/"), 1, "a 404 is an answer, not a trouble");
}

#[test]
fn a_server_that_asks_to_wait_is_waited_for() {
    let site = Site::start();
    let body = json_page("a", &[pure_wheel("a", "1")]);
    site.server.on("/simple/a/", move |asked| match asked.before {
        0 => Answer::new(429, "slow down").with("Retry-After", "1"),
        _ => page(&body),
    });
    let started = Instant::now();
    open(settings(&site.index())).project(&name("a")).expect("after a pause");
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(site.server.count("/simple/a/"), 2);
}

#[test]
fn a_server_that_asks_to_wait_for_an_hour_is_given_up_and_not_asked_again() {
    let (error, asked) = trouble(|_| Answer::new(503, "later").with("Retry-After", "3600"));
    assert!(matches!(error, IndexError::Busy { seconds: 3600, status: 503, .. }), "{error:?}");
    assert_eq!(asked, 1);
}

#[test]
fn a_trouble_that_passes_is_not_even_told() {
    let site = Site::start();
    let body = json_page("a", &[pure_wheel("a", "1")]);
    site.server.on("/simple/a/", move |asked| match asked.before {
        0 => Answer::new(500, "oops"),
        1 => Answer::nothing(),
        _ => page(&body),
    });
    let project = open(settings(&site.index())).project(&name("a")).expect("the third time");
    assert!(project.warnings.is_empty());
    assert_eq!(site.server.count("/simple/a/"), 3);
}

#[test]
fn a_page_that_ends_too_early_is_asked_for_again() {
    let site = Site::start();
    let body = json_page("a", &[pure_wheel("a", "1")]);
    site.server
        .on("/simple/a/", move |asked| Answer { cut: (asked.before == 0).then_some(40), ..page(&body) });
    open(settings(&site.index())).project(&name("a")).expect("the second time");
    assert_eq!(site.server.count("/simple/a/"), 2);
}

#[test]
fn what_does_not_pass_is_told_with_its_tries() {
    let (error, asked) = trouble(|_| Answer::new(500, "oops"));
    assert!(matches!(error, IndexError::Status { status: 500, tries: 3, .. }), "{error:?}");
    assert_eq!(asked, 3);
    let (error, asked) = trouble(|_| Answer::nothing());
    assert!(matches!(error, IndexError::Unreachable { tries: 3, .. }), "{error:?}");
    assert_eq!(asked, 3);
    let (error, asked) = trouble(|_| Answer { cut: Some(10), ..page("{\"meta\": {}, \"files\": []}") });
    assert!(matches!(error, IndexError::Unreachable { tries: 3, .. }), "{error:?}");
    assert_eq!(asked, 3);
    let (error, asked) = trouble(|_| Answer::new(418, "tea"));
    assert!(matches!(error, IndexError::Status { status: 418, tries: 1, .. }), "{error:?}");
    assert_eq!(asked, 1);
}

#[test]
fn garbage_is_no_page_and_is_not_asked_for_again() {
    for (kind, body) in [
        (JSON, noise(400)),
        (JSON, b"<html>a login page</html>".to_vec()),
        ("text/html", noise(400)),
        ("text/plain", b"hello".to_vec()),
        ("application/vnd.pypi.simple.v1+json", br#"{"meta": {"api-version": "9.0"}, "files": []}"#.to_vec()),
    ] {
        let (error, asked) = trouble(move |_| Answer::new(200, body.clone()).with("Content-Type", kind));
        assert!(matches!(error, IndexError::NotAPage { .. }), "{kind}: {error:?}");
        assert!(error.to_string().contains("check that the URL is that of a Simple API"), "{error}");
        assert_eq!(asked, 1);
    }
}

#[test]
fn a_page_beyond_the_limit_is_not_read() {
    let site = Site::start();
    site.publish("a", &[pure_wheel("a", "1")]);
    let small = Settings { max_page: 100, ..settings(&site.index()) };
    let error = open(small).project(&name("a")).expect_err("too large");
    assert!(matches!(error, IndexError::TooLarge { limit: 100, .. }), "{error:?}");
}

#[test]
fn a_server_that_only_drips_is_given_up() {
    for pauses in [
        (Duration::from_secs(9), Duration::ZERO),
        // One KiB each 5 s.
        (Duration::ZERO, Duration::from_secs(5)),
    ] {
        let site = Site::start();
        site.server.on("/simple/a/", move |_| Answer { pauses, ..page(&" ".repeat(5000)) });
        let hasty = Settings { timeout: Duration::from_secs(1), retries: 0, ..settings(&site.index()) };
        let started = Instant::now();
        let error = open(hasty).project(&name("a")).expect_err("too slow");
        assert!(matches!(error, IndexError::Unreachable { .. }), "{error:?}");
        assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    }
}

#[test]
fn links_are_relative_to_where_a_redirect_leads() {
    let (front, back) = (Server::start(), Site::start());
    back.publish("a", &[pure_wheel("a", "1")]);
    let to = format!("{}a/", back.index());
    front.on("/pypi/a/", move |_| Answer::new(301, "").with("Location", to.as_str()));
    let index = open(settings(&format!("{}/pypi", front.url())));
    let file = only_file(&index, "a");
    assert_eq!(file.url, format!("{}/files/{}", back.server.url(), file.filename));
    front.on("/pypi/b/", |_| Answer::new(302, "").with("Location", "/pypi/b/"));
    let error = index.project(&name("b")).expect_err("a circle");
    assert!(error.to_string().contains("in circles"), "{error}");
    front.on("/pypi/c/", |_| Answer::new(302, "").with("Location", "file:///etc/passwd"));
    let error = index.project(&name("c")).expect_err("a local file");
    assert!(error.to_string().contains("not secured"), "{error}");
}

/// RFC 9111: fresh pages are not asked for, stale ones by their validator, and what must not be kept is not.
#[test]
fn pages_are_kept_by_the_rules_of_http() {
    let dir = tempfile::tempdir().expect("a folder");
    let site = Site::start();
    let body = json_page("a", &[pure_wheel("a", "1")]);
    for (project, control) in [("fresh", "max-age=600"), ("stale", "max-age=0"), ("secret", "no-store")] {
        let body = body.clone();
        site.server.on(&Site::page_path(project), move |asked| {
            let unchanged = asked.header("if-none-match") == Some("\"v1\"");
            let answer = if unchanged { Answer::new(304, "") } else { page(&body) };
            answer.with("ETag", "\"v1\"").with("Cache-Control", control)
        });
    }
    for (project, asked, cached, revalidated) in [("fresh", 1, 1, 0), ("stale", 2, 0, 1), ("secret", 2, 0, 0)]
    {
        let first = open_with(settings(&site.index()), Cache::open(dir.path()));
        let files = first.project(&name(project)).expect(project).files;
        let second = open_with(settings(&site.index()), Cache::open(dir.path()));
        assert_eq!(second.project(&name(project)).expect(project).files, files);
        assert_eq!(site.server.count(&Site::page_path(project)), asked, "{project}");
        let traffic = second.traffic();
        assert_eq!((traffic.cached, traffic.revalidated), (cached, revalidated), "{project}");
    }
    // Some mirrors give no validator and no age: then all that can be told is that the same came again.
    site.server.on(&Site::page_path("bare"), move |_| page(&body));
    for again in [0, 1] {
        let index = open_with(settings(&site.index()), Cache::open(dir.path()));
        index.project(&name("bare")).expect("a page");
        let traffic = index.traffic();
        assert_eq!((traffic.requests, traffic.cached, traffic.repeated), (1, 0, again));
    }
}

#[test]
fn a_changed_page_replaces_the_kept_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let site = Site::start();
    site.server.on("/simple/a/", |asked| {
        let version = format!("{}.0", asked.before);
        page(&json_page("a", &[pure_wheel("a", &version)]))
            .with("ETag", format!("\"{version}\""))
            .with("Cache-Control", "max-age=0")
    });
    for round in 0..3 {
        let index = open_with(settings(&site.index()), Cache::open(dir.path()));
        assert_eq!(only_file(&index, "a").filename, format!("a-{round}.0-py3-none-any.whl"));
    }
}

/// A private index before the public one says 404 for most projects; offline that must not look like `never asked`.
#[test]
fn offline_everything_that_was_asked_once_is_known_also_what_was_not_there() {
    let dir = tempfile::tempdir().expect("a folder");
    let (private, public) = (Site::start(), Site::start());
    public.publish("a", &[pure_wheel("a", "1")]);
    let both = |offline: bool| {
        let mut settings = Settings { offline, ..settings(&private.index()) };
        settings.push_index(&public.index()).expect("a URL");
        open_with(settings, Cache::open(dir.path()))
    };
    let online = both(false).project(&name("a")).expect("at the second");
    assert_eq!(both(true).project(&name("a")).expect("from the cache"), online);
    let error = both(true).project(&name("b")).expect_err("never asked");
    assert!(matches!(error, IndexError::Offline { .. }), "{error:?}");
    assert!(error.to_string().contains("run once without --offline"), "{error}");
    assert_eq!(public.server.asked().len(), 1, "offline asks nobody");
}

#[test]
fn files_of_several_indexes_are_merged_and_the_first_of_a_name_stays() {
    let (one, two) = (Site::start(), Site::start());
    let twin = Made { sha256: Some("0".repeat(64)), ..pure_wheel("a", "1") };
    one.publish("a", &[pure_wheel("a", "1")]);
    two.publish("a", &[twin, pure_wheel("a", "2")]);
    let mut settings = settings(&one.index());
    settings.push_index(&two.index()).expect("a URL");
    let project = open(settings).project(&name("a")).expect("both");
    assert_eq!(filenames(&project), ["a-1-py3-none-any.whl", "a-2-py3-none-any.whl"]);
    assert!(project.files[0].url.starts_with(&one.server.url()));
    assert!(project.warnings[0].contains("is another file at"), "{:?}", project.warnings);
    assert_eq!(project.source_of(1), Some(two.index().as_str()));
}

/// An index that fails may be the one with the right file: silence about it would be a wrong answer.
#[test]
fn one_of_several_indexes_failing_is_an_error_but_a_403_is_passed_over_with_a_warning() {
    let (one, two) = (Site::start(), Site::start());
    two.publish("a", &[pure_wheel("a", "1")]);
    let both = || {
        let mut settings = settings(&one.index());
        settings.push_index(&two.index()).expect("a URL");
        open(settings)
    };
    one.server.on("/simple/a/", |_| Answer::new(500, ""));
    assert!(matches!(both().project(&name("a")), Err(IndexError::Status { status: 500, .. })));
    one.server.on("/simple/a/", |_| Answer::new(403, ""));
    let project = both().project(&name("a")).expect("at the second");
    assert!(project.warnings[0].contains("403"), "{:?}", project.warnings);
}

#[test]
fn what_was_uploaded_later_or_at_an_unknown_time_does_not_exist() {
    let site = Site::start();
    let made = |version: &str, time: Option<&str>| Made {
        upload_time: time.map(str::to_owned),
        ..pure_wheel("a", version)
    };
    site.publish(
        "a",
        &[
            made("1", Some("2026-01-01T00:00:00Z")),
            made("2", Some("2026-01-02T10:00:00.123456Z")),
            made("3", Some("2026-01-03T00:00:00Z")),
            made("4", None),
            made("5", Some("soon")),
        ],
    );
    let until = "2026-01-02T23:59:59Z".parse().expect("a time");
    let settings = Settings { exclude_newer: Some(until), ..settings(&site.index()) };
    let project = open(settings).project(&name("a")).expect("a page");
    assert_eq!(filenames(&project), ["a-1-py3-none-any.whl", "a-2-py3-none-any.whl"]);
    assert!(project.warnings.iter().any(|text| text.contains("2 files of a have no upload time")));
}

#[test]
fn metadata_is_taken_from_beside_the_file_where_it_is_served_and_checked() {
    let site = Site::start();
    let made = Made { metadata: Some(b"Name: a\n".to_vec()), ..pure_wheel("a", "1") };
    site.publish("a", std::slice::from_ref(&made));
    let index = open(settings(&site.index()));
    let file = only_file(&index, "a");
    assert_eq!(index.metadata(&file).expect("beside"), b"Name: a\n");
    assert_eq!(site.server.count(&made.path()), 0, "the wheel itself is left alone");
    site.server.on(&format!("{}.metadata", made.path()), |_| Answer::new(200, "Name: evil"));
    let error = index.metadata(&file).expect_err("another text");
    assert!(matches!(error, IndexError::WrongHash { .. }), "{error:?}");
}

/// Mirrors often serve no metadata, or promise what they do not have.
#[test]
fn metadata_is_else_read_out_of_the_wheel_by_ranges_and_kept() {
    let dir = tempfile::tempdir().expect("a folder");
    for promised in [None, Some(b"never served".to_vec())] {
        let site = Site::start();
        let big = wheel("a", "1", "py3-none-any", &[("a/data.bin", noise(600_000))]);
        let made = Made { metadata: promised.clone(), ..big };
        site.publish("a", std::slice::from_ref(&made));
        site.server.on(&format!("{}.metadata", made.path()), |_| Answer::new(404, ""));
        let index = open_with(settings(&site.index()), Cache::open(dir.path()));
        let file = only_file(&index, "a");
        let text = index.metadata(&file).expect("from the wheel");
        assert_eq!(text, made::metadata("a", "1").into_bytes());
        assert!(index.traffic().bytes < 100_000, "{:?}", index.traffic());
        let offline = Settings { offline: true, ..settings(&site.index()) };
        let offline = open_with(offline, Cache::open(dir.path()));
        assert_eq!(offline.metadata(&file).expect("kept"), text, "promised: {promised:?}");
    }
}

#[test]
fn an_sdist_without_metadata_beside_it_has_none() {
    let site = Site::start();
    let made = sdist("a", "1", &[]);
    site.publish("a", std::slice::from_ref(&made));
    site.serve(&made, Ranges::Served);
    let index = open(settings(&site.index()));
    let error = index.metadata(&only_file(&index, "a")).expect_err("only wheels can be trusted");
    assert!(matches!(error, IndexError::NoMetadata { .. }), "{error:?}");
}
