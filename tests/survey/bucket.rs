//! Surveys whose results and caches are in a bucket: of a server on the loopback that speaks as much S3 as is needed,
//! and that fails in every way that object stores fail.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{LIST, Place, index, stderr};

const SECRET: &str = "hunter2hunter2";

#[derive(Default)]
struct Inner {
    objects: BTreeMap<String, Vec<u8>>,
    asked: Vec<(String, String)>,
}

/// What goes wrong with a request, told by its method, its key, and how often it was made before.
type Fault = Box<dyn Fn(&str, &str, usize) -> Wrong + Send + Sync>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// 503 with the body that S3 has for it.
    SlowDown,
    /// Half of the bytes that the headers promise, and the end of the connection.
    Cut,
    /// An answer after a while.
    Late,
    /// As if it was not there, though it is listed.
    Gone,
    /// Says that all of it was kept, and keeps half.
    Half,
    /// 403 that repeats the credentials.
    Denied,
}

struct Server {
    address: String,
    inner: Arc<Mutex<Inner>>,
}

impl Server {
    fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let inner = Arc::new(Mutex::new(Inner::default()));
        let (shared, fault) = (Arc::clone(&inner), Arc::new(fault));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, fault) = (Arc::clone(&shared), Arc::clone(&fault));
                std::thread::spawn(move || talk(&stream, &shared, &fault));
            }
        });
        Self { address, inner }
    }

    fn sound() -> Self {
        Self::start(Box::new(|_, _, _| Wrong::Nothing))
    }

    fn keys(&self) -> Vec<String> {
        self.inner.lock().expect("no panic").objects.keys().cloned().collect()
    }

    fn object(&self, key: &str) -> Vec<u8> {
        self.inner.lock().expect("no panic").objects.get(key).unwrap_or_else(|| panic!("no {key}")).clone()
    }

    fn change(&self, key: &str, change: impl FnOnce(&mut Vec<u8>)) {
        change(self.inner.lock().expect("no panic").objects.get_mut(key).expect("it is there"));
    }

    fn asked(&self) -> Vec<(String, String)> {
        self.inner.lock().expect("no panic").asked.clone()
    }
}

fn talk(stream: &TcpStream, shared: &Mutex<Inner>, fault: &Fault) {
    let Ok(mut write) = stream.try_clone() else { return };
    let mut read = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if read.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let mut words = line.split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default().to_owned();
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            if read.read_line(&mut line).is_err() {
                return;
            }
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        if read.read_exact(&mut body).is_err() {
            return;
        }
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let key = decoded(path.trim_start_matches('/').strip_prefix("bucket").unwrap_or("?"));
        let key = key.trim_start_matches('/').to_owned();
        let before = {
            let mut inner = shared.lock().expect("no panic");
            let same = |(m, k): &&(String, String)| *m == method && *k == key;
            let before = inner.asked.iter().filter(same).count();
            inner.asked.push((method.clone(), key.clone()));
            before
        };
        let wrong = fault(&method, &key, before);
        if wrong == Wrong::Late {
            std::thread::sleep(Duration::from_millis(300));
        }
        let (status, mut out) = match wrong {
            Wrong::SlowDown => (
                503,
                b"<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message></Error>".to_vec(),
            ),
            Wrong::Denied => {
                let signed = headers.get("authorization").cloned().unwrap_or_default();
                (
                    403,
                    format!("<Error><Code>AccessDenied</Code><Key>{signed} {SECRET}</Key></Error>")
                        .into_bytes(),
                )
            }
            Wrong::Gone => (404, b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
            _ => answer(&method, &key, query, &headers, body, wrong, shared),
        };
        // The rest of a body that broke off.
        let from = headers
            .get("range")
            .and_then(|text| text.strip_prefix("bytes=")?.split('-').next()?.parse().ok());
        let (mut status, mut ranged) = (status, String::new());
        if let Some(from) = from.filter(|from: &usize| status == 200 && *from < out.len()) {
            ranged = format!("Content-Range: bytes {from}-{}/{}\r\n", out.len() - 1, out.len());
            (status, out) = (206, out.split_off(from));
        }
        let head = format!(
            "HTTP/1.1 {status} Status\r\nContent-Length: {}\r\nETag: \"x\"\r\nLast-Modified: Fri, 02 Jan 2026 03:04:05 GMT\r\n{ranged}\r\n",
            out.len()
        );
        let cut = wrong == Wrong::Cut && method == "GET" && query.is_empty();
        if cut {
            out.truncate(out.len() / 2);
        }
        if method == "HEAD" {
            out.clear();
        }
        if write.write_all(&[head.as_bytes(), &out].concat()).is_err() || cut {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}

fn answer(
    method: &str,
    key: &str,
    query: &str,
    headers: &HashMap<String, String>,
    mut body: Vec<u8>,
    wrong: Wrong,
    shared: &Mutex<Inner>,
) -> (u16, Vec<u8>) {
    if !headers
        .get("authorization")
        .is_some_and(|text| text.starts_with("AWS4-HMAC-SHA256 Credential=AKIATEST/"))
    {
        return (403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>".to_vec());
    }
    let objects = &mut shared.lock().expect("no panic").objects;
    match (method, query) {
        ("PUT", _) => {
            if headers.get("if-none-match").is_some_and(|text| text == "*") && objects.contains_key(key) {
                return (412, b"<Error><Code>PreconditionFailed</Code></Error>".to_vec());
            }
            if wrong == Wrong::Half {
                body.truncate(body.len() / 2);
            }
            objects.insert(key.to_owned(), body);
            (200, Vec::new())
        }
        ("GET", query) if query.contains("list-type=2") => {
            let parameter = |name: &str| {
                let found = query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
                found.map(decoded).unwrap_or_default()
            };
            let (prefix, after) = (parameter("prefix"), parameter("continuation-token"));
            // Pages of two, so that listings have to go on.
            let mut rest =
                objects.iter().filter(|(key, _)| key.starts_with(&prefix) && key.as_str() > after.as_str());
            let page: Vec<_> = rest.by_ref().take(2).collect();
            let more = rest.next().is_some();
            let mut out = String::from("<ListBucketResult>");
            for (key, bytes) in &page {
                out.push_str(&format!(
                    "<Contents><Key>{key}</Key><Size>{}</Size><LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>",
                    bytes.len()
                ));
            }
            if let (true, Some((last, _))) = (more, page.last()) {
                out.push_str(&format!(
                    "<IsTruncated>true</IsTruncated><NextContinuationToken>{last}</NextContinuationToken>"
                ));
            }
            out.push_str("</ListBucketResult>");
            (200, out.into_bytes())
        }
        ("GET" | "HEAD", _) => match objects.get(key) {
            Some(bytes) => (200, bytes.clone()),
            None => (404, b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
        },
        ("DELETE", _) => {
            objects.remove(key);
            (204, Vec::new())
        }
        _ => (501, Vec::new()),
    }
}

fn decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

impl Place {
    fn with(&self, server: &Server) -> Command {
        let mut command = self.bare();
        command
            .env("AWS_ACCESS_KEY_ID", "AKIATEST")
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ENDPOINT_URL", &server.address);
        command
    }

    fn stored(&self, server: &Server, more: &[&str]) -> Output {
        let mut command = self.with(server);
        command.args(["survey", "list.txt", "--python", "3.14t", "--platform", "manylinux_2_28_x86_64"]);
        command.args(["--store", "s3://bucket/there", "--run", "r"]).args(more).output().expect("it starts")
    }

    fn merged_from(&self, server: &Server, more: &[&str]) -> Output {
        self.with(server).args(["merge"]).args(more).output().expect("it starts")
    }
}

/// The bytes that a survey in a folder comes to.
fn by_folder(place: &Place) -> String {
    place.survey(&["--out", "by-folder", "--run", "r", "--no-cache"]);
    place.merged(&["by-folder"])
}

const OWN: &str = "there/run=r/shard=00001-of-00001/";

#[test]
fn a_survey_in_a_bucket_comes_to_the_bytes_of_one_in_a_folder() {
    let (site, server) = (index(), Server::sound());
    let place = Place::new(&site);
    place.write("list.txt", LIST);
    let output = place.stored(&server, &[]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let own: Vec<String> = server.keys().into_iter().filter(|key| key.starts_with(OWN)).collect();
    let rows: Vec<&String> = own.iter().filter(|key| key.ends_with(".jsonl")).collect();
    assert!(rows.len() == 1 && rows[0].contains("/rows-"), "parts become one object: {own:?}");
    if cfg!(feature = "store") {
        assert!(server.object(&format!("{OWN}findings.parquet")).starts_with(b"PAR1"));
    }
    let whole = by_folder(&place);
    let merged = place.merged_from(&server, &["s3://bucket/there/run=r"]);
    assert!(merged.status.success(), "{}", stderr(&merged));
    assert_eq!(String::from_utf8_lossy(&merged.stdout), whole);
    let merged =
        place.merged_from(&server, &["--store", "s3://bucket/there", "-o", "s3://bucket/made/table.jsonl"]);
    assert!(merged.status.success(), "{}", stderr(&merged));
    assert_eq!(server.object("made/table.jsonl"), whole.as_bytes());
    // Facts and pages are in the bucket, so another machine with the same store asks the index for nothing.
    let before = site.server.asked().len();
    let mut other = Place::new(&site);
    other.index.clone_from(&place.index);
    other.write("list.txt", "ready\nsilent\npure\ntop\n");
    let output = other.stored(&server, &["--shard", "1/2"]);
    let second = other.stored(&server, &["--shard", "2/2", "--resume"]);
    assert!(stderr(&output).contains("0 rows written"), "what has rows is done: {}", stderr(&output));
    assert!(stderr(&second).contains("0 rows written"), "{}", stderr(&second));
    let mut command = other.with(&server);
    command.args(["survey", "list.txt", "--python", "3.14t", "--platform", "manylinux_2_28_x86_64"]);
    let output = command.args(["--store", "s3://bucket/there", "--run", "next"]).output().expect("it starts");
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(site.server.asked().len(), before, "{:?}", &site.server.asked()[before..]);
}

/// Rows are in the bucket when the process dies, and one that goes on looks at nothing that has one. What was cut short
/// on its way counts for nothing and is made again.
#[test]
fn a_run_goes_on_from_what_the_bucket_has() {
    let (site, server) = (index(), Server::sound());
    let place = Place::new(&site);
    place.write("list.txt", LIST);
    let whole = by_folder(&place);
    place.stored(&server, &["--requests", "1"]);
    // As a kill would have left it: parts, and no tables.
    let key = server.keys().into_iter().find(|key| key.contains("/rows-")).expect("rows");
    let rows = String::from_utf8(server.object(&key)).expect("text");
    {
        use sha2::Digest as _;
        let mut inner = server.inner.lock().expect("no panic");
        inner.objects.retain(|key, _| !key.starts_with(OWN));
        for line in rows.lines().take(3).map(|line| format!("{line}\n")) {
            let hash: String =
                sha2::Sha256::digest(line.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
            inner.objects.insert(format!("{OWN}part-{}.jsonl", &hash[..32]), line.into_bytes());
        }
    }
    let refused = place.stored(&server, &[]);
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    let torn = server.keys().into_iter().find(|key| key.contains("/part-")).expect("a part");
    server.change(&torn, |bytes| bytes.truncate(bytes.len() / 2));
    let merged = place.merged_from(&server, &["s3://bucket/there"]);
    assert_eq!(merged.status.code(), Some(3), "half an object is told: {}", stderr(&merged));
    let output = place.stored(&server, &["--resume"]);
    assert!(stderr(&output).contains("4 rows written, 2 were there"), "{}", stderr(&output));
    let merged = place.merged_from(&server, &["s3://bucket/there"]);
    assert_eq!(String::from_utf8_lossy(&merged.stdout), whole, "{}", stderr(&merged));
    assert!(!server.keys().iter().any(|key| key.contains("/part-")), "{:?}", server.keys());
}

#[test]
fn servers_that_fail_for_a_while_are_asked_again() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", LIST);
    let whole = by_folder(&place);
    for wrong in [Wrong::SlowDown, Wrong::Late, Wrong::Cut] {
        // Every request fails the first time, whatever it is.
        let server =
            Server::start(Box::new(move |_, _, before| if before == 0 { wrong } else { Wrong::Nothing }));
        let output = place.stored(&server, &[]);
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
        assert!(!stderr(&output).contains("cut short"), "{}", stderr(&output));
        let merged = place.merged_from(&server, &["s3://bucket/there"]);
        assert_eq!(String::from_utf8_lossy(&merged.stdout), whole, "{}", stderr(&merged));
        assert!(server.asked().len() > 20);
    }
}

/// A cache is only a cache: objects of it that are gone or half there are misses, and the half ones are mended.
#[test]
fn a_damaged_or_missing_cache_costs_time_and_nothing_else() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", LIST);
    let whole = by_folder(&place);
    for wrong in [Wrong::Half, Wrong::Gone] {
        let broken = move |method: &str, key: &str, _| {
            let wanted = if wrong == Wrong::Half { "PUT" } else { "GET" };
            if method == wanted && key.contains("/cache/") { wrong } else { Wrong::Nothing }
        };
        let server = Server::start(Box::new(broken));
        for run in ["first", "second"] {
            let mut command = place.with(&server);
            command.args(["survey", "list.txt", "--python", "3.14t", "--platform", "manylinux_2_28_x86_64"]);
            let output =
                command.args(["--store", "s3://bucket/there", "--run", run]).output().expect("it starts");
            assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
            let damaged = wrong == Wrong::Half && run == "second";
            assert_eq!(
                stderr(&output).contains("is damaged and is not used"),
                damaged,
                "{}",
                stderr(&output)
            );
            let merged = place.merged_from(&server, &[&format!("s3://bucket/there/run={run}")]);
            assert_eq!(String::from_utf8_lossy(&merged.stdout), whole);
        }
    }
}

/// A row that was lost on its way is told, and does not pass for one that was never there.
#[test]
fn rows_that_a_server_loses_make_the_run_incomplete() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", "ready\npure\n");
    let half = |method: &str, key: &str, _: usize| {
        if method == "PUT" && key.contains("/part-") { Wrong::Half } else { Wrong::Nothing }
    };
    let output = place.stored(&Server::start(Box::new(half)), &[]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("cut short; --resume makes them again"), "{}", stderr(&output));
}

#[test]
fn what_is_refused_is_told_in_a_line_without_credentials() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", "ready\n");
    let server = Server::start(Box::new(|_, _, _| Wrong::Denied));
    let output = place.stored(&server, &[]);
    assert_eq!(output.status.code(), Some(3));
    let told = stderr(&output);
    assert!(told.contains("s3://bucket/there/run=r/run.json: the server refuses it"), "{told}");
    assert!(told.contains("AccessDenied"), "{told}");
    for secret in [SECRET, "AKIATEST", "AWS4-HMAC"] {
        assert!(!told.contains(secret), "{told}");
    }
    let output =
        place.with(&server).args(["survey", "list.txt", "--store", "s3://me:hunter2@bucket"]).output();
    let output = output.expect("it starts");
    assert!(output.status.code() == Some(2) && !stderr(&output).contains("hunter2"), "{}", stderr(&output));
}

/// A worker's rows go to standard output; what it saw goes to the store.
#[test]
fn workers_share_what_they_saw_in_a_bucket() {
    let (site, server) = (index(), Server::sound());
    let place = Place::new(&site);
    let work = || {
        let mut command = place.with(&server);
        command.args(["worker", "--python", "3.14t", "--platform", "manylinux_2_28_x86_64"]);
        let mut child = command
            .args(["--store", "s3://bucket/there"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("it starts");
        child.stdin.take().expect("piped").write_all(b"\"ready\"\n").expect("written");
        child.wait_with_output().expect("it ends").stdout
    };
    let first = work();
    let before = site.server.asked().len();
    assert!(!first.is_empty() && first == work());
    assert_eq!(site.server.asked().len(), before);
    assert!(server.keys().iter().all(|key| key.starts_with("there/cache/v1/")), "{:?}", server.keys());
}

/// The same by a folder and its address: rows and cache in one place.
#[test]
fn a_store_may_be_a_folder() {
    let site = index();
    let place = Place::new(&site);
    place.write("list.txt", LIST);
    let whole = by_folder(&place);
    let address = format!("file://{}", place.path().join("kept").display());
    let target =
        ["--python", "3.14t", "--platform", "manylinux_2_28_x86_64", "--run", "r", "--store", &address];
    let output = place.run(&[&["survey", "list.txt"], &target[..]].concat());
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(place.path().join("kept/cache/v1/facts").is_dir());
    assert_eq!(place.merged(&["kept/run=r"]), whole);
    assert_eq!(place.merged(&[&format!("{address}/run=r")]), whole);
}
