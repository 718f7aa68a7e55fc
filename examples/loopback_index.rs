//! A package index on the loopback with as many projects as one likes: `loopback_index 20000 list.txt`.
//!
//! For measuring surveys and for `examples/dask`. Projects are small real wheels under new names: an extension module
//! that declares, one that does not, and pure Python, each third of them. Pages and wheels are made when they are asked
//! for and are the same bytes every time. It prints its address, writes the list, and serves until its standard input
//! ends; then it prints how much it was asked for.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
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

fn main() {
    let mut args = std::env::args().skip(1);
    let count: usize = args.next().and_then(|text| text.parse().ok()).expect("how many projects");
    let list = args.next().expect("where to write the list");
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
