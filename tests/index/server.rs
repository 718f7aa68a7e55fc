//! A web server of our own on the loopback, which does to the letter what a test tells it, also what no server should.
//!
//! In: handlers by path. Out: answers, and a record of what was asked. Plain `std::net` on purpose: a proper server
//! library would not send half an answer, a wrong length, or nothing.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Path and query; a whole URL when the server is used as a proxy.
    pub target: String,
    /// Header names in lower case.
    pub headers: HashMap<String, String>,
    /// How often this path was asked for before.
    pub before: usize,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// What to answer.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// `Content-Length` if it is to be a lie.
    pub claims: Option<u64>,
    /// After so many bytes of the body the connection is closed.
    pub cut: Option<usize>,
    /// Nothing at all is sent, and the connection closed.
    pub silent: bool,
    /// The pause before the head, and before each further KiB of the body.
    pub pauses: (Duration, Duration),
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn nothing() -> Self {
        Self { silent: true, ..Self::default() }
    }
}

type Handler = Arc<dyn Fn(&Asked) -> Answer + Send + Sync>;

#[derive(Default)]
struct State {
    handlers: Mutex<HashMap<String, Handler>>,
    asked: Mutex<Vec<Asked>>,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    stopped: AtomicBool,
    tls: Option<Arc<rustls::ServerConfig>>,
}

/// A running server; stopped when dropped.
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(None)
    }

    pub fn start_with(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let state = Arc::new(State { tls, ..State::default() });
        let accepting = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let state = Arc::clone(&accepting);
                std::thread::spawn(move || state.connection(stream));
            }
        });
        Self { address, state }
    }

    /// `http://127.0.0.1:port`, or `https://localhost:port`.
    pub fn url(&self) -> String {
        match &self.state.tls {
            None => format!("http://{}", self.address),
            Some(_) => format!("https://localhost:{}", self.address.port()),
        }
    }

    /// Answers requests for `path` by `handler` from now on.
    pub fn on(&self, path: &str, handler: impl Fn(&Asked) -> Answer + Send + Sync + 'static) {
        self.state.handlers.lock().expect("unharmed").insert(path.to_owned(), Arc::new(handler));
    }

    /// All that was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().expect("unharmed").clone()
    }

    /// How often `path` was asked for.
    pub fn count(&self, path: &str) -> usize {
        self.asked().iter().filter(|asked| asked.path() == path).count()
    }

    /// The most requests that were being answered at one time.
    pub fn most_under_way(&self) -> usize {
        self.state.most_under_way.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::SeqCst);
        // Wakes the accepting thread.
        let _ = TcpStream::connect(self.address);
    }
}

impl State {
    fn connection(&self, stream: TcpStream) {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => {
                let Ok(write) = stream.try_clone() else { return };
                self.talk(&mut BufReader::new(Duplex(stream, write)));
            }
            Some(config) => {
                let Ok(session) = rustls::ServerConnection::new(Arc::clone(config)) else { return };
                self.talk(&mut BufReader::new(rustls::StreamOwned::new(session, stream)));
            }
        }
    }

    fn talk<S: Read + Write>(&self, stream: &mut BufReader<S>) {
        while let Ok(Some(asked)) = self.read(stream) {
            let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_under_way.fetch_max(under_way, Ordering::SeqCst);
            let handler = self.handlers.lock().expect("unharmed").get(asked.path()).cloned();
            let answer = handler.map_or_else(|| Answer::new(404, "nothing here"), |handler| handler(&asked));
            let goes_on = send(stream.get_mut(), &answer);
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            if !goes_on.unwrap_or(false) {
                return;
            }
        }
    }

    fn read<S: Read>(&self, stream: &mut BufReader<S>) -> io::Result<Option<Asked>> {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            match line.trim_end().split_once(':') {
                Some((name, value)) => {
                    headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
                }
                None => break,
            }
        }
        let mut log = self.asked.lock().expect("unharmed");
        let mut asked = Asked { target, headers, before: 0 };
        asked.before = log.iter().filter(|earlier| earlier.path() == asked.path()).count();
        log.push(asked.clone());
        Ok(Some(asked))
    }
}

/// Sends; whether the connection may be used again.
fn send(stream: &mut impl Write, answer: &Answer) -> io::Result<bool> {
    if answer.silent {
        return Ok(false);
    }
    std::thread::sleep(answer.pauses.0);
    let length = answer.claims.unwrap_or(answer.body.len() as u64);
    let mut head = format!("HTTP/1.1 {} Status\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if answer.status != 304 {
        head.push_str(&format!("Content-Length: {length}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    let sent = answer.cut.unwrap_or(usize::MAX).min(answer.body.len());
    for part in answer.body[..sent].chunks(if answer.pauses.1.is_zero() { usize::MAX } else { 1 << 10 }) {
        std::thread::sleep(answer.pauses.1);
        stream.write_all(part)?;
        stream.flush()?;
    }
    stream.flush()?;
    Ok(answer.cut.is_none() && answer.claims.is_none())
}

struct Duplex(TcpStream, TcpStream);

impl Read for Duplex {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Duplex {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.1.flush()
    }
}

/// How a server treats requests for a part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ranges {
    /// As RFC 9110 says.
    Served,
    /// The whole file comes, with 200.
    Ignored,
    /// This status comes.
    Refused(u16),
    /// Another part comes than was asked for.
    Shifted,
    /// The part comes, and its `Content-Range` makes no sense.
    Unreadable,
    /// The whole file comes, and is called a part of it.
    WholeAsPart,
}

/// What tells one version of a file from another.
pub fn etag(bytes: &[u8]) -> String {
    format!("\"{:x}-{}\"", bytes.len(), bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>())
}

/// Serves a file: by ranges as told, whole otherwise.
pub fn file(asked: &Asked, bytes: &[u8], ranges: Ranges) -> Answer {
    tagged(asked, bytes, &etag(bytes), ranges)
}

/// As [`file`], of which the tag is known.
pub fn tagged(asked: &Asked, bytes: &[u8], etag: &str, ranges: Ranges) -> Answer {
    let whole =
        || Answer::new(200, bytes).with("ETag", etag).with("Content-Type", "application/octet-stream");
    let size = bytes.len();
    let Some(range) = asked.header("range").and_then(|text| text.strip_prefix("bytes=")) else {
        return whole();
    };
    if asked.header("if-range").is_some_and(|wanted| wanted != etag) {
        return whole();
    }
    let (start, end) = match range.split_once('-').expect("a range") {
        ("", last) => (size.saturating_sub(last.parse().expect("a number")), size),
        (first, last) => (
            first.parse().expect("a number"),
            last.parse::<usize>().map_or(size, |last| (last + 1).min(size)),
        ),
    };
    if start >= size {
        return Answer::new(416, "").with("Content-Range", format!("bytes */{size}"));
    }
    let part = |content_range: String, bytes: &[u8]| {
        Answer::new(206, bytes).with("ETag", etag).with("Content-Range", content_range)
    };
    let said = format!("bytes {start}-{}/{size}", end - 1);
    match ranges {
        Ranges::Served => part(said, &bytes[start..end]),
        Ranges::Ignored => whole(),
        Ranges::Refused(status) => Answer::new(status, "no parts here"),
        Ranges::Shifted => {
            let (start, end) = (start.saturating_sub(7), end.saturating_sub(7).max(1));
            part(format!("bytes {start}-{}/{size}", end - 1), &bytes[start..end])
        }
        Ranges::Unreadable => part("bytes all/some".to_owned(), &bytes[start..end]),
        Ranges::WholeAsPart => part(said, bytes),
    }
}
