//! Whom we are and how we get there: logins, proxies, certificates.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use ungil::index::{CertificateSource, Given, IndexError, ProxyUrl, Settings};

use super::made::{JSON, Made, Site, json_page, pure_wheel};
use super::server::{Answer, Asked, Ranges, Server, file};
use super::{name, only_file, open, settings};

/// `alice:s3cret` and `bob:hunter2`, as HTTP's basic scheme spells them.
const ALICE: &str = "Basic YWxpY2U6czNjcmV0";
const BOB: &str = "Basic Ym9iOmh1bnRlcjI=";

fn guarded(login: &'static str, then: impl Fn(&Asked) -> Answer) -> impl Fn(&Asked) -> Answer {
    move |asked| match asked.header("authorization") {
        Some(given) if given == login => then(asked),
        _ => Answer::new(401, "").with("WWW-Authenticate", "Basic realm=\"index\""),
    }
}

/// A site all of whose pages and files want a login.
fn guarded_site(login: &'static str, made: &Made) -> Site {
    let site = Site::start();
    let page = json_page("a", std::slice::from_ref(made));
    site.server.on(
        "/simple/a/",
        guarded(login, move |_| Answer::new(200, page.as_str()).with("Content-Type", JSON)),
    );
    let bytes = made.bytes.clone();
    site.server.on(&made.path(), guarded(login, move |asked| file(asked, &bytes, Ranges::Served)));
    site
}

fn with_login(url: &str, login: &str) -> String {
    url.replacen("://", &format!("://{login}@"), 1)
}

/// Settings as discovered from such an environment and such files.
fn discovered(env: &[(&str, &str)], files: &[(&str, &str)]) -> Settings {
    let env: HashMap<String, String> =
        env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let files: HashMap<PathBuf, String> =
        files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let settings = Settings::discover(&Given::default(), &|name| env.get(name).cloned(), &|path: &Path| {
        files.get(path).cloned()
    });
    Settings { retries: 0, first_pause: Duration::from_millis(1), ..settings.expect("understood") }
}

#[test]
fn without_a_login_a_guarded_index_says_what_to_do() {
    let made = pure_wheel("a", "1");
    let site = guarded_site(ALICE, &made);
    let error = open(settings(&site.index())).project(&name("a")).expect_err("refused");
    assert!(matches!(error, IndexError::Refused { status: 401, .. }), "{error:?}");
    assert!(error.to_string().contains("put credentials into the index URL, netrc or UV_INDEX_"), "{error}");
    assert_eq!(site.server.asked().len(), 1);
}

#[test]
fn logins_come_from_the_url_from_uvs_variables_from_pips_files_and_from_netrc() {
    let made = pure_wheel("a", "1");
    let site = guarded_site(ALICE, &made);
    let (plain, full) = (site.index(), with_login(&site.index(), "alice:s3cret"));
    let named = format!("corp={plain}");
    let conf = format!("[global]\nindex-url = {full}\n");
    for settings in [
        discovered(&[("PIP_INDEX_URL", &full)], &[]),
        discovered(&[("UV_DEFAULT_INDEX", &full)], &[]),
        discovered(
            &[
                ("UV_DEFAULT_INDEX", &named),
                ("UV_INDEX_CORP_USERNAME", "alice"),
                ("UV_INDEX_CORP_PASSWORD", "s3cret"),
            ],
            &[],
        ),
        discovered(&[("PIP_CONFIG_FILE", "/conf")], &[("/conf", &conf)]),
        discovered(
            &[("PIP_INDEX_URL", &plain), ("NETRC", "/netrc")],
            &[("/netrc", "machine 127.0.0.1 login alice password s3cret")],
        ),
    ] {
        let index = open(settings);
        let file = only_file(&index, "a");
        index.open(&file).expect("the same login opens the file");
        let shown = format!("{:?} {:?}", index.settings(), index.project(&name("none")).expect_err("none"));
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

/// A page may link to anywhere; who follows such a link must not hand out the index's password.
#[test]
fn a_login_never_goes_to_another_origin() {
    let made = pure_wheel("a", "1");
    let (index, store) = (Site::start(), Site::start());
    store.publish("a", std::slice::from_ref(&made));
    let page = json_page("a", std::slice::from_ref(&made)).replace("../..", &store.server.url());
    let to = format!("{}a/", store.index());
    index.server.on("/simple/a/", move |_| Answer::new(200, page.as_str()).with("Content-Type", JSON));
    index.server.on("/simple/moved/", move |_| Answer::new(302, "").with("Location", to.as_str()));
    let opened = open(settings(&with_login(&index.index(), "alice:s3cret")));
    opened.open(&only_file(&opened, "a")).expect("from the store");
    opened.project(&name("moved")).expect("from the store");
    assert!(index.server.asked().iter().all(|asked| asked.header("authorization") == Some(ALICE)));
    let asked = store.server.asked();
    assert!(
        asked.len() >= 2 && asked.iter().all(|asked| asked.header("authorization").is_none()),
        "{asked:?}"
    );
}

/// What one login may see is kept apart from what another, or nobody, may see.
#[test]
fn pages_are_kept_apart_by_login() {
    let dir = tempfile::tempdir().expect("a folder");
    let made = pure_wheel("a", "1");
    let site = guarded_site(ALICE, &made);
    let page = json_page("a", std::slice::from_ref(&made));
    site.server.on(
        "/simple/a/",
        guarded(ALICE, move |_| {
            Answer::new(200, page.as_str()).with("Content-Type", JSON).with("Cache-Control", "max-age=600")
        }),
    );
    let open = |login: Option<&str>| {
        let index = login.map_or(site.index(), |login| with_login(&site.index(), login));
        super::open_with(settings(&index), ungil::store::Cache::open(dir.path()))
    };
    open(Some("alice:s3cret")).project(&name("a")).expect("allowed");
    open(Some("alice:s3cret")).project(&name("a")).expect("kept");
    assert_eq!(site.server.count("/simple/a/"), 1);
    for other in [None, Some("bob:hunter2")] {
        let error = open(other).project(&name("a")).expect_err("not theirs");
        assert!(matches!(error, IndexError::Refused { status: 401, .. }), "{error:?}");
    }
    let mut files = vec![dir.path().to_path_buf()];
    while let Some(path) = files.pop() {
        match path.is_dir() {
            true => {
                files.extend(std::fs::read_dir(path).expect("readable").flatten().map(|entry| entry.path()))
            }
            false => {
                let bytes = std::fs::read(&path).expect("readable");
                for secret in ["s3cret", &ALICE[6..]] {
                    assert!(memchr::memmem::find(&bytes, secret.as_bytes()).is_none(), "{}", path.display());
                }
            }
        }
    }
}

#[test]
fn a_proxy_gets_all_requests_and_its_own_login() {
    let proxy = Server::start();
    let page = json_page("a", &[pure_wheel("a", "1")]);
    proxy.on("http://index.invalid/simple/a/", move |asked| match asked.header("proxy-authorization") {
        Some(login) if login == BOB => Answer::new(200, page.as_str()).with("Content-Type", JSON),
        _ => Answer::new(407, ""),
    });
    let through = |login: &str| Settings {
        proxy: Some(ProxyUrl(with_login(&proxy.url(), login))),
        ..settings("http://index.invalid/simple/")
    };
    assert_eq!(open(through("bob:hunter2")).project(&name("a")).expect("by the proxy").files.len(), 1);
    let error = open(through("bob:wrong")).project(&name("a")).expect_err("refused");
    assert!(matches!(error, IndexError::Refused { status: 407, .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("wrong"), "{error}");
    let env = [("PIP_PROXY", with_login(&proxy.url(), "bob:hunter2"))];
    let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut found = discovered(&env, &[]);
    found.indexes.clear();
    found.push_index("http://index.invalid/simple/").expect("a URL");
    assert_eq!(open(found).project(&name("a")).expect("by the proxy").files.len(), 1);
}

/// An authority of our own, a certificate by it for `localhost`, and a server that shows it.
fn secured(dir: &Path) -> (Site, PathBuf) {
    let mut authority = rcgen::CertificateParams::new(Vec::new()).expect("no names");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_key = rcgen::KeyPair::generate().expect("a key");
    let authority_certificate = authority.self_signed(&authority_key).expect("signed");
    let bundle = dir.join("authority.pem");
    std::fs::write(&bundle, authority_certificate.pem()).expect("written");
    let key = rcgen::KeyPair::generate().expect("a key");
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = certificate.signed_by(&key, &issuer).expect("signed");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocols")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a certificate");
    (Site { server: Server::start_with(Some(Arc::new(config))) }, bundle)
}

#[test]
fn a_certificate_is_trusted_only_if_its_authority_is_configured_or_its_host_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let (site, bundle) = secured(dir.path());
    site.publish("a", &[pure_wheel("a", "1")]);
    let error = open(settings(&site.index())).project(&name("a")).expect_err("unknown authority");
    assert!(matches!(error, IndexError::Unreachable { tries: 1, .. }), "not worth repeating: {error:?}");
    assert!(error.to_string().contains("certificate"), "{error}");
    let bundle = bundle.to_string_lossy().into_owned();
    for setting in ["PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"] {
        let mut found = discovered(&[(setting, &bundle), ("PIP_INDEX_URL", &site.index())], &[]);
        let index = open(found.clone());
        index.open(&only_file(&index, "a")).unwrap_or_else(|error| panic!("{setting}: {error}"));
        found.certificates = vec![CertificateSource { setting: setting.to_owned(), path: dir.path().into() }];
        assert_eq!(open(found).project(&name("a")).expect("a folder of them").files.len(), 1);
    }
    let trusting = Settings { trusted_hosts: vec!["localhost".to_owned()], ..settings(&site.index()) };
    assert_eq!(open(trusting).project(&name("a")).expect("as asked").files.len(), 1);
}

/// What began under TLS does not go on without it, whoever says so.
#[test]
fn a_redirect_out_of_tls_is_not_followed() {
    let dir = tempfile::tempdir().expect("a folder");
    let (site, bundle) = secured(dir.path());
    let plain = Site::start();
    plain.publish("a", &[pure_wheel("a", "1")]);
    let to = format!("{}a/", plain.index());
    site.server.on("/simple/a/", move |_| Answer::new(302, "").with("Location", to.as_str()));
    let certificates = vec![CertificateSource { setting: "PIP_CERT".to_owned(), path: bundle }];
    let error =
        open(Settings { certificates, ..settings(&site.index()) }).project(&name("a")).expect_err("refused");
    assert!(error.to_string().contains("not secured by TLS"), "{error}");
    assert!(plain.server.asked().is_empty());
}
