//! A package index on the loopback with as many projects as one likes: `loopback_index 20000 list.txt [FILES]`.
//!
//! For measuring surveys and for `examples/dask`. Projects are small made wheels under new names: an extension module
//! that declares, one that does not, and pure Python, each third of them. With FILES, a folder of wheels and sdists that
//! were published (`benches/survey_files.py` fetches some), they are the releases in there that have a wheel, in turn,
//! all their files under new names. Pages and wheels are made when they are asked for and are the same bytes every time.
//! It prints its address, writes the list, and serves until its standard input ends; then it prints how much it was
//! asked for.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../tests/index/made.rs"]
mod made;
#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../tests/index/server.rs"]
mod server;

use made::{DECLARES, Made, SILENT, binary_wheel, json_page, wheel};
use server::{Answer, Asked, Ranges, etag, tagged};

static REQUESTS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
/// The files of each release that is served; empty for made ones.
static RELEASES: OnceLock<Vec<Vec<Real>>> = OnceLock::new();

/// A file as it was published.
struct Real {
    /// Its name from the version on.
    rest: String,
    made: Made,
    etag: String,
}

/// The releases of a folder that have a wheel, in the order of their names.
fn releases(folder: &str) -> Vec<Vec<Real>> {
    let mut found: BTreeMap<(String, String), Vec<Real>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder of files").flatten() {
        let filename = entry.file_name().to_string_lossy().into_owned();
        let wheel = filename.ends_with(".whl");
        let Some((project, rest)) =
            filename.split_once('-').filter(|_| wheel || filename.ends_with(".tar.gz"))
        else {
            continue;
        };
        let version = if wheel { rest.split('-').next() } else { rest.strip_suffix(".tar.gz") };
        let bytes = std::fs::read(entry.path()).expect("a readable file");
        let (etag, made) = (etag(&bytes), Made::new(&filename, bytes));
        let of = (project.to_owned(), version.unwrap_or_default().to_owned());
        found.entry(of).or_default().push(Real { rest: rest.to_owned(), made, etag });
    }
    let mut releases: Vec<Vec<Real>> = found.into_values().collect();
    releases.retain(|files| files.iter().any(|file| file.rest.ends_with(".whl")));
    assert!(!releases.is_empty(), "{folder} has no wheel");
    for files in &mut releases {
        files.sort_by(|a, b| a.rest.cmp(&b.rest));
    }
    releases
}

/// The files that a project has, if they are published ones.
fn real(project: &str) -> Option<&'static [Real]> {
    let releases = RELEASES.get()?;
    let number: usize = project.strip_prefix("project-")?.parse().ok()?;
    releases.get(number % releases.len()).map(Vec::as_slice)
}

fn main() {
    let mut args = std::env::args().skip(1);
    let count: usize = args.next().and_then(|text| text.parse().ok()).expect("how many projects");
    let list = args.next().expect("where to write the list");
    if let Some(folder) = args.next() {
        RELEASES.get_or_init(|| releases(&folder));
    }
    let names: String = (0..count).map(|n| format!("{}\n", name(n))).collect();
    std::fs::write(&list, names).expect("the list is written");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    println!("http://{}/simple/", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || talk(stream));
        }
    });
    let mut rest = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut rest);
    println!("{} requests, {} bytes", REQUESTS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed));
}

fn name(n: usize) -> String {
    format!("project-{n:06}")
}

/// The wheel of a project, told by its number. Each needs one before it, so that there is somebody to wait for.
fn made(project: &str) -> Option<Made> {
    let number: usize = project.strip_prefix("project-")?.parse().ok()?;
    let spelled = project.replace('-', "_");
    Some(match number % 3 {
        0 => binary_wheel(&spelled, "1.0", DECLARES),
        1 => binary_wheel(&spelled, "1.0", SILENT),
        _ => {
            let init = format!("{spelled}/__init__.py");
            wheel(&spelled, "1.0", "py3-none-any", &[(&init, format!("number = {number}\n").into_bytes())])
        }
    })
}

fn talk(stream: TcpStream) {
    let Ok(mut write) = stream.try_clone() else { return };
    let mut read = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if read.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut asked = Asked { target, headers: std::collections::HashMap::new(), before: 0 };
        loop {
            let mut line = String::new();
            if read.read_line(&mut line).is_err() {
                return;
            }
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            asked.headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let answer = answer(&asked);
        REQUESTS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(answer.body.len() as u64, Ordering::Relaxed);
        let mut out =
            format!("HTTP/1.1 {} Status\r\nContent-Length: {}\r\n", answer.status, answer.body.len());
        for (name, value) in &answer.headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        out.push_str("\r\n");
        let mut bytes = out.into_bytes();
        bytes.extend(&answer.body);
        if write.write_all(&bytes).is_err() {
            return;
        }
    }
}

fn answer(asked: &Asked) -> Answer {
    let path = asked.path();
    if RELEASES.get().is_some() {
        return real_answer(asked).unwrap_or_else(|| Answer::new(404, "nothing here"));
    }
    let page = path.strip_prefix("/simple/").map(|rest| rest.trim_end_matches('/'));
    if let Some((project, made)) = page.and_then(|project| Some((project, made(project)?))) {
        let text = json_page(project, &[made]);
        return Answer::new(200, text)
            .with("Content-Type", made::JSON)
            .with("Cache-Control", "max-age=86400");
    }
    let file = path.strip_prefix("/files/").and_then(|rest| rest.split_once("-1.0-"));
    match file.and_then(|(spelled, _)| made(&spelled.replace('_', "-"))) {
        Some(made) => tagged(asked, &made.bytes, &etag(&made.bytes), Ranges::Served),
        None => Answer::new(404, "nothing here"),
    }
}

fn real_answer(asked: &Asked) -> Option<Answer> {
    let path = asked.path();
    if let Some(project) = path.strip_prefix("/simple/") {
        let project = project.trim_end_matches('/');
        let spelled = project.replace('-', "_");
        let renamed = real(project)?.iter().map(|file| Made {
            filename: format!("{spelled}-{}", file.rest),
            bytes: Vec::new(),
            sha256: file.made.sha256.clone(),
            size: file.made.size,
            upload_time: file.made.upload_time.clone(),
            requires_python: None,
            yanked: None,
            metadata: None,
        });
        let page = Answer::new(200, json_page(project, &renamed.collect::<Vec<_>>()));
        return Some(page.with("Content-Type", made::JSON).with("Cache-Control", "max-age=86400"));
    }
    let (spelled, rest) = path.strip_prefix("/files/")?.split_once('-')?;
    let file = real(&spelled.replace('_', "-"))?.iter().find(|file| file.rest == rest)?;
    Some(tagged(asked, &file.made.bytes, &file.etag, Ranges::Served))
}
