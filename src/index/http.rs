//! Requests: under way in bounded number, repeated when that helps, with credentials only where they belong.
//!
//! In: a URL, headers, and a function that reads the response. Out: what that function made of it. Reading belongs
//! to the attempt, so that a body that ends too early is asked for again like any other trouble that may pass.
//! Redirects are followed here and not by the HTTP library, because the `Authorization` of each hop is decided
//! anew from the origin asked, and no hop may leave TLS.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

use reqwest::blocking::{Client, ClientBuilder, Response};
use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, LOCATION};
use url::Url;

use super::error::IndexError;
use super::gate::Gate;
use super::location::{Credentials, Shown, shown, split_login};
use super::progress::{Counters, Progress};
use super::settings::Settings;
use super::{retry, tls};

const MAX_REDIRECTS: usize = 10;

/// A body that arrives slower than this over the configured timeout is given up: one server that drips bytes must
/// not hold an audit up for ever.
const SLOWEST_BYTES_PER_SECOND: u64 = 256;

/// What a request is for, which decides whether the server may compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Pages and metadata, compressed on the way.
    Text,
    /// Files, exactly as they lie on the server: their hashes and ranges are over those bytes.
    File,
}

/// One thing to ask for.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    /// In words, for errors.
    pub what: &'a str,
    /// Where.
    pub url: &'a Url,
    /// What for.
    pub kind: Kind,
    /// Headers besides those every request has.
    pub headers: HeaderMap,
}

/// A response with a status that its reader knows how to take: success, 304 or 416, and for texts 404 and 410.
pub(super) struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// Headers as received, less those of compression.
    pub headers: HeaderMap,
    /// Where it came from after redirects, without credentials.
    pub url: Url,
    /// The body.
    pub body: Body<'a>,
}

/// Why a reader did not finish.
pub(super) enum Trouble {
    /// May be better next time.
    Again(String),
    /// Will not.
    Final(IndexError),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Again(innermost(&error))
    }
}

/// The HTTP side of an index.
pub(super) struct Http {
    /// None offline, where reading the certificates of the system would be most of what a small run does.
    clients: Option<Clients>,
    settings: Arc<Settings>,
    gate: Gate,
    /// The totals.
    pub counters: Counters,
    progress: Arc<dyn Progress>,
}

struct Clients {
    text: Client,
    file: Client,
    /// For hosts whose certificates are not to be checked.
    unchecked: Option<(Client, Client)>,
}

impl Clients {
    fn new(settings: &Settings) -> Result<Self, IndexError> {
        let tls = tls::configuration(&settings.certificates)?;
        let builder = |gzip: bool, check: bool| -> Result<Client, IndexError> {
            let mut builder: ClientBuilder = Client::builder()
                .user_agent(&settings.user_agent)
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .timeout(settings.timeout)
                .connect_timeout(settings.timeout)
                .gzip(gzip)
                .retry(reqwest::retry::never());
            if let Some(proxy) = &settings.proxy {
                let proxy = reqwest::Proxy::all(&proxy.0).map_err(|error| IndexError::BadUrl {
                    what: "the proxy".to_owned(),
                    url: shown(&proxy.0),
                    why: innermost(&error),
                })?;
                builder = builder.proxy(proxy);
            }
            builder = match &tls {
                _ if !check => builder.tls_danger_accept_invalid_certs(true),
                Some(config) => builder.tls_backend_preconfigured(config.clone()),
                None => builder,
            };
            builder.build().map_err(|error| IndexError::Client(innermost(&error)))
        };
        let unchecked = match settings.trusted_hosts.is_empty() {
            true => None,
            false => Some((builder(true, false)?, builder(false, false)?)),
        };
        Ok(Self { text: builder(true, true)?, file: builder(false, true)?, unchecked })
    }
}

impl Http {
    pub fn new(settings: Arc<Settings>, progress: Arc<dyn Progress>) -> Result<Self, IndexError> {
        let clients = if settings.offline { None } else { Some(Clients::new(&settings)?) };
        Ok(Self {
            clients,
            gate: Gate::new(settings.requests_at_once),
            counters: Counters::default(),
            progress,
            settings,
        })
    }

    /// Whether there is a login for this URL, and which: pages seen as one user are not another's.
    pub fn credentials(&self) -> &Credentials {
        &self.settings.credentials
    }

    /// Asks, and hands a usable response to `read`; repeats both where that may help.
    pub fn get<T>(
        &self,
        ask: &Ask<'_>,
        read: &mut dyn FnMut(Answer<'_>) -> Result<T, Trouble>,
    ) -> Result<T, IndexError> {
        if self.settings.offline {
            return Err(IndexError::Offline { what: ask.what.to_owned(), url: Shown(ask.url).to_string() });
        }
        let mut tries = 0;
        loop {
            tries += 1;
            let last = tries > self.settings.retries;
            let (why, asked) = match self.attempt(ask, tries, last, read) {
                Attempt::Done(value) => return Ok(value),
                Attempt::Failed(error) => return Err(error),
                Attempt::Again { why, pause } => (why, pause),
            };
            if last {
                return Err(IndexError::Unreachable {
                    what: ask.what.to_owned(),
                    url: Shown(ask.url).to_string(),
                    tries,
                    why,
                });
            }
            self.progress.retry(ask.what, &why);
            std::thread::sleep(asked.unwrap_or_else(|| retry::pause(self.settings.first_pause, tries - 1)));
        }
    }

    fn attempt<T>(
        &self,
        ask: &Ask<'_>,
        tries: u32,
        last: bool,
        read: &mut dyn FnMut(Answer<'_>) -> Result<T, Trouble>,
    ) -> Attempt<T> {
        // Held while the body is read: a bound on connections that are busy, not on heads waited for.
        let _pass = self.gate.enter();
        let (url, response) = match self.follow(ask) {
            Ok(found) => found,
            Err(Trouble::Again(why)) => return Attempt::Again { why, pause: None },
            Err(Trouble::Final(error)) => return Attempt::Failed(error),
        };
        let status = response.status().as_u16();
        let what = || ask.what.to_owned();
        let place = Shown(&url).to_string();
        // That a text is not there is an answer too, and one to remember.
        let absence = ask.kind == Kind::Text && matches!(status, 404 | 410);
        if response.status().is_success() || matches!(status, 304 | 416) || absence {
            let headers = response.headers().clone();
            let body = Body::new(response, self);
            return match read(Answer { status, headers, url, body }) {
                Ok(value) => Attempt::Done(value),
                Err(Trouble::Again(why)) => Attempt::Again { why, pause: None },
                Err(Trouble::Final(error)) => Attempt::Failed(error),
            };
        }
        match status {
            404 | 410 => Attempt::Failed(IndexError::NotFound { what: what(), place }),
            401 | 403 | 407 => Attempt::Failed(IndexError::Refused { what: what(), url: place, status }),
            _ if retry::may_pass(status) && !last => {
                let pause = retry::asked_pause(response.headers(), SystemTime::now());
                match pause {
                    Some(pause) if pause > self.settings.longest_pause => Attempt::Failed(IndexError::Busy {
                        what: what(),
                        url: place,
                        status,
                        seconds: pause.as_secs(),
                    }),
                    _ => Attempt::Again { why: format!("HTTP {status}"), pause },
                }
            }
            _ => Attempt::Failed(IndexError::Status { what: what(), url: place, status, tries }),
        }
    }

    /// Sends the request, and again to wherever the server says the answer lies.
    fn follow(&self, ask: &Ask<'_>) -> Result<(Url, Response), Trouble> {
        let mut url = ask.url.clone();
        url.set_fragment(None);
        let mut own = split_login(&mut url).map(|login| (url.origin(), login));
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(ask, &url, own.as_ref())?;
            let location = match response.status().as_u16() {
                301 | 302 | 303 | 307 | 308 => response.headers().get(LOCATION),
                _ => None,
            };
            let Some(location) = location else { return Ok((url, response)) };
            let refuse = |why: &str| {
                Trouble::Final(IndexError::BadUrl {
                    what: ask.what.to_owned(),
                    url: Shown(&url).to_string(),
                    why: format!("it redirects to {why}"),
                })
            };
            let next = location.to_str().ok().and_then(|text| url.join(text).ok());
            let Some(mut next) = next else { return Err(refuse("something that is no URL")) };
            match (url.scheme(), next.scheme()) {
                (_, "https") | ("http", "http") => {}
                _ => return Err(refuse("a place that is not secured by TLS")),
            }
            next.set_fragment(None);
            if let Some(login) = split_login(&mut next) {
                own = Some((next.origin(), login));
            }
            url = next;
        }
        Err(Trouble::Final(IndexError::BadUrl {
            what: ask.what.to_owned(),
            url: Shown(ask.url).to_string(),
            why: "it redirects in circles".to_owned(),
        }))
    }

    fn send(
        &self,
        ask: &Ask<'_>,
        url: &Url,
        own: Option<&(url::Origin, super::location::Login)>,
    ) -> Result<Response, Trouble> {
        let Some(clients) = &self.clients else {
            let (what, url) = (ask.what.to_owned(), Shown(url).to_string());
            return Err(Trouble::Final(IndexError::Offline { what, url }));
        };
        let client = match (&clients.unchecked, ask.kind) {
            (Some((text, _)), Kind::Text) if self.settings.trusts(url) => text,
            (Some((_, file)), Kind::File) if self.settings.trusts(url) => file,
            (_, Kind::Text) => &clients.text,
            (_, Kind::File) => &clients.file,
        };
        let mut request = client.get(url.clone()).headers(ask.headers.clone());
        if ask.kind == Kind::File {
            request = request.header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        let login = own.filter(|(origin, _)| *origin == url.origin()).map(|(_, login)| login);
        if let Some(login) = login.or_else(|| self.settings.credentials.of(url)) {
            request = request.basic_auth(&login.user, Some(&login.password));
        }
        self.counters.requests.fetch_add(1, Ordering::Relaxed);
        self.progress.request();
        request.send().map_err(|error| {
            let why = innermost(&error);
            if error.is_builder() || is_certificate_trouble(&error) {
                Trouble::Final(IndexError::Unreachable {
                    what: ask.what.to_owned(),
                    url: Shown(url).to_string(),
                    tries: 1,
                    why,
                })
            } else {
                Trouble::Again(why)
            }
        })
    }
}

enum Attempt<T> {
    Done(T),
    Failed(IndexError),
    Again { why: String, pause: Option<Duration> },
}

/// The next deeper cause. An `io::Error` hides what it wraps from `source`, and such wrap each other.
fn cause<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a (dyn std::error::Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// The deepest cause, which is the one that tells: outer ones repeat the URL with its secrets.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(next) = cause(deepest) {
        deepest = next;
    }
    match deepest.downcast_ref::<reqwest::Error>() {
        Some(error) if error.is_timeout() => "no answer within the timeout".to_owned(),
        Some(error) if error.is_redirect() => "a bad redirect".to_owned(),
        Some(_) => "the request failed".to_owned(),
        None => deepest.to_string(),
    }
}

fn is_certificate_trouble(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref::<rustls::Error>() {
            return true;
        }
        next = cause(error);
    }
    false
}

/// A response's body: counted, and given up when it only drips.
pub(super) struct Body<'a> {
    response: Response,
    http: &'a Http,
    started: Instant,
    received: u64,
}

impl<'a> Body<'a> {
    fn new(response: Response, http: &'a Http) -> Self {
        Self { response, http, started: Instant::now(), received: 0 }
    }

    /// What the server says the length is. Without compression this is exact.
    pub fn announced(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// All of it, unless it is longer than `limit`, which gives `None`.
    pub fn read_all(&mut self, limit: u64) -> io::Result<Option<Vec<u8>>> {
        if self.announced().is_some_and(|length| length > limit) {
            return Ok(None);
        }
        let mut out = Vec::new();
        self.by_ref().take(limit.saturating_add(1)).read_to_end(&mut out)?;
        Ok((out.len() as u64 <= limit).then_some(out))
    }
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.response.read(buffer)?;
        self.received += count as u64;
        self.http.counters.bytes.fetch_add(count as u64, Ordering::Relaxed);
        self.http.progress.bytes(count as u64);
        let elapsed = self.started.elapsed();
        if count > 0
            && elapsed > self.http.settings.timeout
            && self.received < elapsed.as_secs().saturating_mul(SLOWEST_BYTES_PER_SECOND)
        {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the server sends too slowly"));
        }
        Ok(count)
    }
}
