//! Which certificates prove a server's name.
//!
//! In: the certificate files named by the environment or pip's configuration. Out: a TLS configuration that trusts
//! exactly those, or nothing, which leaves the platform's own verifier in charge. A configured bundle replaces the
//! platform's certificates rather than adding to them, because that is what pip, uv and OpenSSL do and what an
//! administrator who restricts trust means.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::error::IndexError;
use super::settings::CertificateSource;

/// The most that is read from one certificate file.
const MAX_BUNDLE: u64 = 16 << 20;

/// The configuration for `sources`; `None` if there are none.
pub(super) fn configuration(sources: &[CertificateSource]) -> Result<Option<ClientConfig>, IndexError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    // Clients without a configuration of their own look for the process's provider. That somebody else has
    // installed one already is as good.
    let _ = rustls::crypto::CryptoProvider::install_default((*provider).clone());
    if sources.is_empty() {
        return Ok(None);
    }
    let mut roots = RootCertStore::empty();
    for source in sources {
        let bad = |why: String| IndexError::Certificates {
            setting: source.setting.clone(),
            path: source.path.clone(),
            why,
        };
        let found = read(&source.path).map_err(&bad)?;
        // Bundles hold certificates here and there that no current library accepts; the others still count.
        let (added, _refused) = roots.add_parsable_certificates(found);
        if added == 0 && source.path.is_file() {
            return Err(bad("there is no usable PEM certificate in it".to_owned()));
        }
    }
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| IndexError::Client(error.to_string()))?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(config))
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    if !path.is_dir() {
        return read_file(path);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| error.to_string())?.flatten() {
        // A folder of this kind also holds links to nowhere, lists of hashes and keys: none of them is an error.
        if entry.path().is_file() {
            found.extend(read_file(&entry.path()).unwrap_or_default());
        }
    }
    Ok(found)
}

fn read_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > MAX_BUNDLE {
        return Err("it is too large to be a certificate bundle".to_owned());
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    Ok(CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_without_certificates_is_an_error_that_names_its_setting() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("ca.pem");
        let source = CertificateSource { setting: "PIP_CERT".to_owned(), path: path.clone() };
        let missing = configuration(std::slice::from_ref(&source)).expect_err("not there");
        assert!(missing.to_string().contains("correct PIP_CERT"), "{missing}");
        fs::write(&path, "no certificate").expect("writable");
        assert!(configuration(&[source]).is_err());
        assert!(configuration(&[]).expect("the platform's").is_none());
    }
}
