//! A bucket of an object store that speaks S3, as keys with bytes.
//!
//! In: a key below the prefix of the address, and bytes. Out: the same bytes, or that there is nothing. Credentials,
//! region and endpoint are taken from the environment as every S3 client takes them (`AWS_ACCESS_KEY_ID`,
//! `AWS_ENDPOINT_URL`, …), so that MinIO and its like serve as well. What a server does for a moment (5xx, 429, a
//! connection that breaks, half a body) is asked for again, a bounded number of times; what is left is one sentence
//! that names the key and never holds a credential.
//!
//! The client is asynchronous and nothing else in the program is: a runtime with one thread of its own lives in here,
//! and callers wait for it, from as many threads as they like.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload,
    RetryConfig,
};
use tokio::io::AsyncWriteExt as _;
use tokio::runtime::Runtime;

use super::object::{BucketError, Listed, Put};

/// How often a request is made again.
const RETRIES: usize = 5;
/// How long a request and those made again for it may take together.
const PATIENCE: Duration = Duration::from_secs(120);
/// A server that sends nothing for so long is not waited for.
const SILENCE: Duration = Duration::from_secs(30);
/// So many objects are fetched at once.
const AT_ONCE: usize = 16;
/// Larger files are put in parts of this size.
const PART: usize = 16 << 20;
/// What is kept of a server's words.
const SHOWN: usize = 300;

/// A bucket, and where in it.
#[derive(Debug)]
pub struct Bucket {
    store: Arc<AmazonS3>,
    runtime: Runtime,
    prefix: String,
    shown: String,
    secrets: Vec<String>,
}

impl Bucket {
    /// The bucket at `s3://bucket/prefix`, with the environment's settings. Asks for nothing yet.
    ///
    /// # Errors
    /// If the address or the settings are not understood.
    pub fn open(address: &str) -> Result<Self, BucketError> {
        let refuse = |why: &str| BucketError { place: without_login(address), why: why.to_owned() };
        let url = url::Url::parse(address).map_err(|_| refuse("it is no address"))?;
        if url.scheme() != "s3" {
            return Err(refuse("only s3:// addresses, file:// addresses and folders are understood"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(refuse(
                "credentials belong into AWS_ACCESS_KEY_ID and its like, not into the address",
            ));
        }
        let bucket =
            url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| refuse("it names no bucket"))?;
        let prefix = url.path().trim_matches('/').to_owned();
        Key::parse(&prefix).map_err(|_| refuse("its path cannot be a prefix of keys"))?;
        // Clients look for the process's provider; that somebody else has installed one already is as good.
        let _ = rustls::crypto::CryptoProvider::install_default(rustls::crypto::ring::default_provider());
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let plain = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"]
            .iter()
            .find_map(|name| variable(name))
            .is_some_and(|endpoint| endpoint.to_ascii_lowercase().starts_with("http://"));
        let options = ClientOptions::new()
            .with_allow_http(plain)
            .with_connect_timeout(Duration::from_secs(10))
            .with_timeout_disabled()
            .with_read_timeout(SILENCE);
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(10),
            base: 2.0,
        };
        let retry = RetryConfig { backoff, max_retries: RETRIES, retry_timeout: PATIENCE };
        let secrets = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
        let secrets: Vec<String> = secrets.iter().filter_map(|name| variable(name)).collect();
        let store = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_client_options(options)
            .with_retry(retry)
            // One by one: not every server takes many away at once, and few are.
            .with_config(AmazonS3ConfigKey::DisableBulkDelete, "true")
            .build()
            .map_err(|error| refuse(&said(&error, &secrets)))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("bucket")
            .enable_all()
            .build()
            .map_err(|error| refuse(&format!("no thread could be started for it: {error}")))?;
        let shown = format!("s3://{bucket}/{prefix}").trim_end_matches('/').to_owned();
        Ok(Self { store: Arc::new(store), runtime, prefix, shown, secrets })
    }

    /// The address, as it may be shown.
    pub fn address(&self) -> &str {
        &self.shown
    }

    fn key(&self, key: &str) -> Result<Key, BucketError> {
        let whole = if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) };
        Key::parse(whole).map_err(|_| self.trouble(key, "it cannot be a key".to_owned()))
    }

    fn trouble(&self, key: &str, why: String) -> BucketError {
        BucketError { place: format!("{}/{key}", self.shown), why }
    }

    fn failed(&self, key: &str) -> impl Fn(object_store::Error) -> BucketError {
        move |error| self.trouble(key, said(&error, &self.secrets))
    }

    /// The object's bytes, or nothing if it is not there.
    ///
    /// # Errors
    /// If the server fails, or it is larger than `limit`.
    pub fn get(&self, key: &str, limit: u64) -> Result<Option<Vec<u8>>, BucketError> {
        let at = self.key(key)?;
        self.runtime.block_on(async {
            let found = match self.store.get(&at).await {
                Ok(found) => found,
                Err(object_store::Error::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(self.failed(key)(error)),
            };
            let mut body = found.into_stream();
            let mut bytes = Vec::new();
            while let Some(part) = body.try_next().await.map_err(self.failed(key))? {
                if bytes.len() as u64 + part.len() as u64 > limit {
                    return Err(self.trouble(key, format!("it is larger than {limit} bytes")));
                }
                bytes.extend_from_slice(&part);
            }
            Ok(Some(bytes))
        })
    }

    /// Keeps bytes; whether they were written, and not there already.
    ///
    /// # Errors
    /// If the server fails.
    pub fn put(&self, key: &str, bytes: Vec<u8>, put: Put) -> Result<bool, BucketError> {
        let at = self.key(key)?;
        let mode = match put {
            Put::New => PutMode::Create,
            Put::Over => PutMode::Overwrite,
        };
        let options = PutOptions { mode, ..PutOptions::default() };
        match self.runtime.block_on(self.store.put_opts(&at, PutPayload::from(bytes), options)) {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Ok(false)
            }
            Err(error) => Err(self.failed(key)(error)),
        }
    }

    /// Takes an object away; one that is not there is as good.
    ///
    /// # Errors
    /// If the server fails.
    pub fn delete(&self, key: &str) -> Result<(), BucketError> {
        let at = self.key(key)?;
        match self.runtime.block_on(self.store.delete(&at)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failed(key)(error)),
        }
    }

    /// All objects in a folder of keys and the folders in it, sorted; none where there is no such folder.
    ///
    /// # Errors
    /// If the server fails.
    pub fn list(&self, folder: &str) -> Result<Vec<Listed>, BucketError> {
        let at = self.key(folder.trim_matches('/'))?;
        let skipped = if self.prefix.is_empty() { 0 } else { self.prefix.len() + 1 };
        let listing = self.store.list(Some(&at)).map_ok(|one| Listed {
            key: one.location.as_ref().get(skipped..).unwrap_or_default().to_owned(),
            size: one.size,
        });
        let listed: Result<Vec<Listed>, _> = self.runtime.block_on(listing.try_collect());
        let mut listed = listed.map_err(self.failed(folder))?;
        listed.retain(|one| !one.key.is_empty());
        listed.sort();
        Ok(listed)
    }

    /// Fetches objects into files below `to`, many at once; gives keys and files of those that were there. An object that
    /// another process took away since it was listed is left out.
    ///
    /// # Errors
    /// If the server or the disk fails.
    pub fn fetch(&self, listed: &[Listed], to: &Path) -> Result<Vec<(String, PathBuf)>, BucketError> {
        let jobs = listed.iter().map(|one| async move {
            let at = self.key(&one.key)?;
            let found = match self.store.get(&at).await {
                Ok(found) => found,
                Err(object_store::Error::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(self.failed(&one.key)(error)),
            };
            let path = to.join(&one.key);
            let disk = |error: std::io::Error| BucketError {
                place: path.display().to_string(),
                why: error.to_string(),
            };
            if let Some(folder) = path.parent() {
                tokio::fs::create_dir_all(folder).await.map_err(disk)?;
            }
            let mut file = tokio::fs::File::create(&path).await.map_err(disk)?;
            let mut body = found.into_stream();
            while let Some(part) = body.try_next().await.map_err(self.failed(&one.key))? {
                file.write_all(&part).await.map_err(disk)?;
            }
            file.flush().await.map_err(disk)?;
            Ok(Some((one.key.clone(), path)))
        });
        let fetched: Result<Vec<Option<(String, PathBuf)>>, BucketError> =
            self.runtime.block_on(futures_util::stream::iter(jobs).buffered(AT_ONCE).try_collect());
        Ok(fetched?.into_iter().flatten().collect())
    }

    /// Puts a file, in parts if it is large, over what is there.
    ///
    /// # Errors
    /// If the server or the disk fails.
    pub fn upload(&self, key: &str, path: &Path) -> Result<(), BucketError> {
        use std::io::Read as _;
        let disk =
            |error: std::io::Error| BucketError { place: path.display().to_string(), why: error.to_string() };
        let mut file = std::fs::File::open(path).map_err(disk)?;
        let part = |file: &mut std::fs::File| {
            let mut bytes = Vec::new();
            file.take(PART as u64).read_to_end(&mut bytes).map(|_| bytes).map_err(disk)
        };
        let first = part(&mut file)?;
        if first.len() < PART {
            return self.put(key, first, Put::Over).map(drop);
        }
        let at = self.key(key)?;
        self.runtime.block_on(async {
            let mut parts = self.store.put_multipart(&at).await.map_err(self.failed(key))?;
            let mut bytes = first;
            while !bytes.is_empty() {
                if let Err(error) = parts.put_part(PutPayload::from(bytes)).await {
                    // Parts that nobody completes cost money until somebody takes them away.
                    let _ = parts.abort().await;
                    return Err(self.failed(key)(error));
                }
                bytes = part(&mut file)?;
            }
            parts.complete().await.map(drop).map_err(self.failed(key))
        })
    }
}

/// The address without what may stand before an `@`.
fn without_login(address: &str) -> String {
    let shown: String = address.chars().take(200).collect();
    match (shown.split_once("://"), shown.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        _ => shown,
    }
}

/// What a server or client said, in one line: of a body only its code, and no credential.
fn said(error: &object_store::Error, secrets: &[String]) -> String {
    let known = match error {
        object_store::Error::PermissionDenied { .. } => Some("the server refuses it to these credentials"),
        object_store::Error::Unauthenticated { .. } => Some("the server does not know these credentials"),
        object_store::Error::NotFound { .. } => Some("there is no such object or bucket"),
        _ => None,
    };
    let text = error.to_string();
    let code =
        text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code);
    let words = text.split('<').next().unwrap_or_default();
    let words = words.rsplit_once(" - ").map_or(words, |(_, last)| last);
    let mut told = known.unwrap_or(words).trim().trim_end_matches([':', ',']).to_owned();
    if let Some(code) = code.filter(|code| code.len() < 60 && code.chars().all(|c| c.is_ascii_alphanumeric()))
    {
        told.push_str(&format!(" ({code})"));
    }
    for secret in secrets {
        told = told.replace(secret.as_str(), "***");
    }
    told.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_credentials_is_refused_and_not_repeated() {
        for bad in ["s3://user:hunter2@bucket/x", "http://user:hunter2@h/x", "s3://a:hunter2@b"] {
            let error = Bucket::open(bad).expect_err(bad).to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
        for bad in ["s3://", "s3:///x", "s3://bucket/a/../b//c", "gs://bucket", "bucket"] {
            let opened = Bucket::open(bad);
            assert!(opened.is_err() || bad.contains(".."), "{bad}: {opened:?}");
        }
    }

    #[test]
    fn what_a_server_says_is_cut_to_its_code_and_shows_no_secret() {
        let body = "Error performing PUT http://h/b in 1s, after 5 retries - Server returned non-2xx status code: \
            503 Service Unavailable: <Error><Code>SlowDown</Code><AWSAccessKeyId>AKIASECRET</AWSAccessKeyId></Error>";
        let error = object_store::Error::Generic { store: "S3", source: body.into() };
        let told = said(&error, &["AKIASECRET".to_owned()]);
        assert_eq!(told, "Server returned non-2xx status code: 503 Service Unavailable (SlowDown)");
        let error = object_store::Error::Generic { store: "S3", source: "key AKIASECRET\nis bad".into() };
        assert_eq!(said(&error, &["AKIASECRET".to_owned()]), "Generic S3 error: key *** is bad");
    }
}
