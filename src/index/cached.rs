//! Texts over HTTP with a memory: asked for only when RFC 9111 says so.
//!
//! In: what to ask for. Out: the body, its type and where it came from, fresh from the cache, revalidated with the
//! server, or new. The rules are `http-cache-semantics`; this file stores what they need beside the body. The cache
//! is one user's, and the login is part of an entry's key, so what one user may see is never shown to another.
//! Offline, anything cached is used however old it is. That a text is not there is remembered like a text: else an
//! offline run could not tell an index that lacks a project from one that was never asked.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use http_cache_semantics::{AfterResponse, BeforeRequest, CacheOptions, CachePolicy};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use super::error::IndexError;
use super::http::{Ask, Http, Kind, Trouble};
use super::location::{Shown, split_login};
use crate::store::{Cache, Layer, hex};

/// A text as it was received.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// The bytes.
    pub body: Vec<u8>,
    /// `Content-Type`, or empty.
    pub content_type: String,
    /// Where it came from after redirects: relative links start here.
    pub url: Url,
}

#[derive(Serialize, Deserialize)]
struct Head {
    policy: CachePolicy,
    content_type: String,
    url: Url,
    /// The server said 404 or 410.
    absent: bool,
}

enum Got {
    New(Head, Vec<u8>),
    Unchanged(CachePolicy),
}

/// Asks for `url` unless the cache still holds it.
pub(super) fn get(
    http: &Http,
    cache: &Cache,
    offline: bool,
    what: &str,
    url: &Url,
    headers: HeaderMap,
    limit: u64,
) -> Result<Text, IndexError> {
    let key = key(http, url, &headers);
    let mut stored = cache.get(Layer::Http, &key).and_then(|entry| unpack(&entry));
    let request = request(url, &headers).ok_or_else(|| IndexError::BadUrl {
        what: what.to_owned(),
        url: Shown(url).to_string(),
        why: "HTTP cannot express it".to_owned(),
    })?;
    let mut headers = headers;
    if let Some((head, body)) = stored.take() {
        let decision = head.policy.before_request(&request, SystemTime::now());
        match decision {
            BeforeRequest::Stale { request, .. } if !offline => headers = request.headers,
            BeforeRequest::Fresh(_) | BeforeRequest::Stale { .. } => {
                http.counters.cached.fetch_add(1, Ordering::Relaxed);
                return text(what, head, body);
            }
        }
        stored = Some((head, body));
    }
    let ask = Ask { what, url, kind: Kind::Text, headers };
    let got = http.get(&ask, &mut |mut answer| {
        let response = response(answer.status, &answer.headers);
        let options = CacheOptions { shared: false, ..CacheOptions::default() };
        if answer.status == 304 {
            let Some((head, _)) = &stored else {
                return Err(Trouble::Again("the server says `not modified` to a first request".to_owned()));
            };
            return match head.policy.after_response(&request, &response, SystemTime::now()) {
                AfterResponse::NotModified(policy, _) => Ok(Got::Unchanged(policy)),
                // A 304 for another version than ours: nothing to show for it, so ours goes on being stale.
                AfterResponse::Modified(..) => Ok(Got::Unchanged(head.policy.clone())),
            };
        }
        let absent = matches!(answer.status, 404 | 410);
        if answer.status != 200 && !absent {
            return Err(Trouble::Again(format!("an unexpected HTTP {}", answer.status)));
        }
        let body = if absent { Some(Vec::new()) } else { answer.body.read_all(limit)? };
        let Some(body) = body else {
            let (what, url) = (what.to_owned(), Shown(url).to_string());
            return Err(Trouble::Final(IndexError::TooLarge { what, url, limit }));
        };
        let content_type = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let policy = CachePolicy::new_options(&request, &response, SystemTime::now(), options);
        let mut place = answer.url.clone();
        let _ = split_login(&mut place);
        let content_type = content_type.unwrap_or_default().to_owned();
        Ok(Got::New(Head { policy, content_type, url: place, absent }, body))
    })?;
    let (head, body) = match (got, stored) {
        (Got::New(head, body), stored) => {
            if stored.is_some_and(|(known, was)| was == body && known.absent == head.absent) {
                http.counters.repeated.fetch_add(1, Ordering::Relaxed);
            }
            (head, body)
        }
        (Got::Unchanged(policy), Some((head, body))) => {
            http.counters.revalidated.fetch_add(1, Ordering::Relaxed);
            (Head { policy, ..head }, body)
        }
        // The reader above refuses a 304 when nothing is stored.
        (Got::Unchanged(_), None) => {
            return Err(IndexError::NotFound { what: what.to_owned(), place: Shown(url).to_string() });
        }
    };
    if head.policy.is_storable()
        && let Ok(json) = serde_json::to_vec(&head)
        && let Ok(length) = u32::try_from(json.len())
    {
        cache.put(Layer::Http, &key, &[&length.to_le_bytes(), &json, &body]);
    }
    text(what, head, body)
}

fn text(what: &str, head: Head, body: Vec<u8>) -> Result<Text, IndexError> {
    if head.absent {
        return Err(IndexError::NotFound { what: what.to_owned(), place: Shown(&head.url).to_string() });
    }
    Ok(Text { body, content_type: head.content_type, url: head.url })
}

fn key(http: &Http, url: &Url, headers: &HeaderMap) -> String {
    let mut place = url.clone();
    place.set_fragment(None);
    let own = split_login(&mut place);
    let login = own.as_ref().or_else(|| http.credentials().of(&place));
    // A digest, so that not even the key's text holds a password while it is in memory or a debugger's dump.
    let who = login.map(|login| hex(&Sha256::digest(format!("{}\0{}", login.user, login.password))));
    let accept = headers.get("accept").and_then(|value| value.to_str().ok()).unwrap_or_default();
    format!("{place}\0{accept}\0{}", who.unwrap_or_default())
}

fn unpack(entry: &[u8]) -> Option<(Head, Vec<u8>)> {
    let (length, rest) = entry.split_first_chunk::<4>()?;
    let (head, body) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    Some((serde_json::from_slice(head).ok()?, body.to_vec()))
}

/// What the cache rules see of the request: no credentials.
fn request(url: &Url, headers: &HeaderMap) -> Option<http::Request<()>> {
    let mut place = url.clone();
    place.set_fragment(None);
    let _ = split_login(&mut place);
    let mut request = http::Request::get(place.as_str()).body(()).ok()?;
    *request.headers_mut() = headers.clone();
    Some(request)
}

fn response(status: u16, headers: &HeaderMap) -> http::Response<()> {
    let mut response = http::Response::new(());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::OK);
    *response.headers_mut() = headers.clone();
    response.headers_mut().remove("set-cookie");
    response
}
