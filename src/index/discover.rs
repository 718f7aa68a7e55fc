//! What pip and uv users have already configured, as [`Settings`].
//!
//! In: the command line's own words, the environment, and a way to read files. Out: settings. Order: the command
//! line, then uv's variables, then pip's (`PIP_*`, then its files), then the default index. When any of uv's index
//! variables is set, none of pip's index settings count, as uv itself ignores them: mixing two tools' lists would
//! be nobody's configuration. Certificates, proxies and netrc are common to both.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::IndexError;
use super::location::Login;
use super::netrc;
use super::pipconf::{self, Values};
use super::settings::{CertificateSource, DEFAULT_INDEX, ProxyUrl, Settings, bad_url, split_index_name};

/// What the command line says; everything else comes from the environment.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `--index-url`: replaces the default index.
    pub index_url: Option<String>,
    /// `--extra-index-url`: besides those the environment names.
    pub extra_index_urls: Vec<String>,
    /// `--no-index`.
    pub no_index: bool,
    /// `--find-links`: besides those the environment names.
    pub find_links: Vec<String>,
    /// `--trusted-host`.
    pub trusted_hosts: Vec<String>,
    /// `--offline`.
    pub offline: bool,
    /// `--exclude-newer`: a date (all of that day counts as in) or a time, RFC 3339.
    pub exclude_newer: Option<String>,
}

type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Settings {
    /// Settings from the command line, this process's environment and the files of this machine.
    ///
    /// # Errors
    /// If an address, date or number cannot be understood; the message names where it was given.
    pub fn from_environment(given: &Given) -> Result<Self, IndexError> {
        let env = |name: &str| std::env::var(name).ok();
        Self::discover(given, &env, &|path| std::fs::read_to_string(path).ok())
    }

    /// Settings from what is handed in. `read` gives a file's text, or nothing if it cannot be read.
    ///
    /// # Errors
    /// If an address, date or number cannot be understood.
    pub fn discover(
        given: &Given,
        env: Env<'_>,
        read: &dyn Fn(&Path) -> Option<String>,
    ) -> Result<Self, IndexError> {
        let env = &|name: &str| env(name).filter(|value| !value.trim().is_empty());
        let mut pip = Values::new();
        for path in pipconf::files(env, &|path| read(path).is_some()) {
            if let Some(text) = read(&path) {
                pipconf::read(&text, &mut pip);
            }
        }
        let pip = |key: &str| {
            let variable = format!("PIP_{}", key.to_ascii_uppercase().replace('-', "_"));
            env(&variable).or_else(|| pip.get(key).filter(|value| !value.is_empty()).cloned())
        };
        let mut settings = Self::default();
        settings.read_netrc(env, read);
        settings.read_indexes(given, env, &pip)?;
        settings.read_transport(given, env, &pip)?;
        settings.offline = given.offline || env("UV_OFFLINE").is_some_and(|value| is_true(&value));
        if let Some(text) = given.exclude_newer.clone().or_else(|| env("UV_EXCLUDE_NEWER")) {
            let time = read_time(&text);
            settings.exclude_newer = Some(time.ok_or_else(|| {
                bad_url("the newest upload time", &text, "write it as 2026-11-24 or 2026-11-24T12:00:00Z")
            })?);
        }
        Ok(settings)
    }

    fn read_netrc(&mut self, env: Env<'_>, read: &dyn Fn(&Path) -> Option<String>) {
        let home = env("HOME").or_else(|| env("USERPROFILE")).map(PathBuf::from);
        let paths = match env("NETRC") {
            Some(path) => vec![PathBuf::from(path)],
            None => home.map(|home| vec![home.join(".netrc"), home.join("_netrc")]).unwrap_or_default(),
        };
        if let Some(text) = paths.iter().find_map(|path| read(path)) {
            for (host, login) in netrc::read(&text) {
                self.credentials.add_host(&host, login);
            }
        }
    }

    fn read_indexes(&mut self, given: &Given, env: Env<'_>, pip: Env<'_>) -> Result<(), IndexError> {
        let uv = [
            "UV_DEFAULT_INDEX",
            "UV_INDEX_URL",
            "UV_INDEX",
            "UV_EXTRA_INDEX_URL",
            "UV_FIND_LINKS",
            "UV_NO_INDEX",
        ];
        let by_uv = uv.iter().any(|name| env(name).is_some());
        let list = |text: Option<String>| -> Vec<String> {
            text.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
        };
        let (default, extra, find_links, no_index) = match by_uv {
            true => (
                env("UV_DEFAULT_INDEX").or_else(|| env("UV_INDEX_URL")),
                [list(env("UV_INDEX")), list(env("UV_EXTRA_INDEX_URL"))].concat(),
                env("UV_FIND_LINKS").unwrap_or_default().split([',', ' ', '\n']).map(str::to_owned).collect(),
                env("UV_NO_INDEX"),
            ),
            false => {
                (pip("index-url"), list(pip("extra-index-url")), list(pip("find-links")), pip("no-index"))
            }
        };
        self.no_index = given.no_index || no_index.is_some_and(|value| is_true(&value));
        let default = given.index_url.clone().or(default).unwrap_or_else(|| DEFAULT_INDEX.to_owned());
        let extra = given.extra_index_urls.iter().chain(&extra);
        // uv asks its further indexes before the default one, pip after it; what is first decides between files of
        // one name.
        let indexes: Vec<&String> = match by_uv && given.index_url.is_none() {
            true => extra.chain([&default]).collect(),
            false => [&default].into_iter().chain(extra).collect(),
        };
        for index in indexes {
            if let (Some(name), _) = split_index_name(index) {
                self.add_named_login(index, name, env);
            }
            self.push_index(index)?;
        }
        for links in given.find_links.iter().chain(&find_links).filter(|links| !links.is_empty()) {
            self.push_find_links(links)?;
        }
        Ok(())
    }

    /// `UV_INDEX_<NAME>_USERNAME` and `_PASSWORD`.
    fn add_named_login(&mut self, index: &str, name: &str, env: Env<'_>) {
        let name: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
            .collect();
        let (user, password) =
            (env(&format!("UV_INDEX_{name}_USERNAME")), env(&format!("UV_INDEX_{name}_PASSWORD")));
        if user.is_some() || password.is_some() {
            let login = Login { user: user.unwrap_or_default(), password: password.unwrap_or_default() };
            self.add_login(index, login);
        }
    }

    fn read_transport(&mut self, given: &Given, env: Env<'_>, pip: Env<'_>) -> Result<(), IndexError> {
        self.trusted_hosts.clone_from(&given.trusted_hosts);
        let hosts = [pip("trusted-host"), env("UV_INSECURE_HOST"), env("UV_ALLOW_INSECURE_HOST")];
        for host in hosts.iter().flatten().flat_map(|hosts| hosts.split_whitespace()) {
            self.trusted_hosts.push(host.to_owned());
        }
        self.proxy = pip("proxy").map(ProxyUrl);
        self.certificates = certificates(env, pip);
        if pip("client-cert").is_some() || env("SSL_CLIENT_CERT").is_some() {
            self.warnings
                .push("client certificates are configured and not used; they are not supported".to_owned());
        }
        let number = |name: &str, text: Option<String>| -> Result<Option<u32>, IndexError> {
            let parse =
                |text: String| text.trim().parse().map_err(|_| bad_url(name, &text, "it is no whole number"));
            text.map(parse).transpose()
        };
        // pip also knows the timeout as PIP_DEFAULT_TIMEOUT.
        let timeout =
            env("UV_HTTP_TIMEOUT").or_else(|| env("PIP_DEFAULT_TIMEOUT")).or_else(|| pip("timeout"));
        if let Some(seconds) = number("the timeout", timeout)?.filter(|seconds| *seconds > 0) {
            self.timeout = Duration::from_secs(seconds.into());
        }
        if let Some(retries) = number("the retries", env("UV_HTTP_RETRIES").or_else(|| pip("retries")))? {
            self.retries = retries.min(20);
        }
        Ok(())
    }
}

/// The first of pip's, requests', curl's and OpenSSL's settings that is there, as each of these tools ranks them.
fn certificates(env: Env<'_>, pip: Env<'_>) -> Vec<CertificateSource> {
    let source =
        |setting: &str, path: String| CertificateSource { setting: setting.to_owned(), path: path.into() };
    if let Some(path) = pip("cert") {
        return vec![source("PIP_CERT, or `cert` in pip's configuration", path)];
    }
    for setting in ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"] {
        if let Some(path) = env(setting) {
            return vec![source(setting, path)];
        }
    }
    // OpenSSL uses both of these together.
    ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().filter_map(|name| Some(source(name, env(name)?))).collect()
}

fn is_true(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "1" | "y" | "yes" | "t" | "true" | "on")
}

/// A time, or a day, which counts whole: its files are those uploaded before the next day begins (in UTC).
fn read_time(text: &str) -> Option<jiff::Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time);
    }
    let next = text.parse::<jiff::civil::Date>().ok()?.tomorrow().ok()?;
    let end: jiff::Timestamp = format!("{next}T00:00:00Z").parse().ok()?;
    end.checked_sub(jiff::SignedDuration::from_nanos(1)).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn discover(given: &Given, env: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Settings, IndexError> {
        let env: HashMap<_, _> = env.iter().copied().collect();
        let files: HashMap<_, _> = files.iter().map(|(path, text)| (PathBuf::from(path), *text)).collect();
        let read = |path: &Path| files.get(path).map(|text| (*text).to_owned());
        Settings::discover(given, &|name| env.get(name).map(|value| (*value).to_owned()), &read)
    }

    fn indexes(settings: &Settings) -> Vec<&str> {
        settings.indexes.iter().map(url::Url::as_str).collect()
    }

    fn login<'a>(settings: &'a Settings, url: &str) -> Option<(&'a str, &'a str)> {
        let login = settings.credentials.of(&url::Url::parse(url).expect(url))?;
        Some((login.user.as_str(), login.password.as_str()))
    }

    #[test]
    fn without_configuration_the_default_index_is_asked() {
        let settings = discover(&Given::default(), &[("PIP_INDEX_URL", " ")], &[]).expect("settings");
        assert_eq!(indexes(&settings), [DEFAULT_INDEX]);
    }

    #[test]
    fn pips_environment_wins_over_its_files_and_the_command_line_over_both() {
        let files = [(
            "/etc/pip.conf",
            "[global]\nindex-url = https://file.example/simple\nextra-index-url = https://u:p@more.example/s\n",
        )];
        let settings = discover(&Given::default(), &[], &files).expect("settings");
        assert_eq!(indexes(&settings), ["https://file.example/simple", "https://more.example/s"]);
        assert_eq!(login(&settings, "https://more.example/x"), Some(("u", "p")));
        let env = [("PIP_INDEX_URL", "https://env.example/simple")];
        let settings = discover(&Given::default(), &env, &files).expect("settings");
        assert_eq!(indexes(&settings), ["https://env.example/simple", "https://more.example/s"]);
        let given = Given {
            index_url: Some("https://cli.example/simple".to_owned()),
            extra_index_urls: vec!["https://also.example/".to_owned()],
            ..Given::default()
        };
        let settings = discover(&given, &env, &files).expect("settings");
        assert_eq!(
            indexes(&settings),
            ["https://cli.example/simple", "https://also.example/", "https://more.example/s"]
        );
    }

    #[test]
    fn uvs_variables_put_pips_index_settings_aside() {
        let env = [
            ("PIP_INDEX_URL", "https://pip.example/simple"),
            ("PIP_EXTRA_INDEX_URL", "https://pip2.example/simple"),
            ("UV_INDEX", "corp-1=https://corp.example/simple https://other.example/simple"),
            ("UV_INDEX_CORP_1_USERNAME", "alice"),
            ("UV_INDEX_CORP_1_PASSWORD", "s3cret"),
        ];
        let settings = discover(&Given::default(), &env, &[]).expect("settings");
        assert_eq!(
            indexes(&settings),
            ["https://corp.example/simple", "https://other.example/simple", DEFAULT_INDEX]
        );
        assert_eq!(login(&settings, "https://corp.example/f"), Some(("alice", "s3cret")));
        let env = [("UV_INDEX_URL", "https://old.example/"), ("UV_DEFAULT_INDEX", "https://new.example/")];
        assert_eq!(
            indexes(&discover(&Given::default(), &env, &[]).expect("settings")),
            ["https://new.example/"]
        );
    }

    #[test]
    fn the_rest_of_the_environment_is_honoured() {
        let env = [
            ("HOME", "/h"),
            ("PIP_NO_INDEX", "1"),
            ("PIP_FIND_LINKS", "/opt/wheels https://links.example/x"),
            ("PIP_DEFAULT_TIMEOUT", "180"),
            ("PIP_RETRIES", "2"),
            ("PIP_PROXY", "http://u:p@proxy.example:3128"),
            ("PIP_TRUSTED_HOST", "a.example b.example:8443"),
            ("SSL_CERT_FILE", "/c.pem"),
            ("SSL_CERT_DIR", "/certs"),
            ("UV_EXCLUDE_NEWER", "2026-01-02"),
        ];
        let files = [("/h/.netrc", "machine n.example login bob password q")];
        let settings = discover(&Given::default(), &env, &files).expect("settings");
        assert!(settings.no_index);
        let links: Vec<_> = settings.find_links.iter().map(url::Url::as_str).collect();
        assert_eq!(links, ["file:///opt/wheels", "https://links.example/x"]);
        assert_eq!((settings.timeout.as_secs(), settings.retries), (180, 2));
        assert_eq!(settings.trusted_hosts, ["a.example", "b.example:8443"]);
        let certificates: Vec<_> =
            settings.certificates.iter().map(|source| source.setting.as_str()).collect();
        assert_eq!(certificates, ["SSL_CERT_FILE", "SSL_CERT_DIR"]);
        assert_eq!(settings.exclude_newer.expect("set").to_string(), "2026-01-02T23:59:59.999999999Z");
        assert_eq!(login(&settings, "https://n.example/"), Some(("bob", "q")));
    }

    #[test]
    fn what_cannot_be_understood_is_an_error_without_secrets() {
        for env in [
            [("PIP_INDEX_URL", "ftp://u:s3cret@x.example/")],
            [("UV_EXCLUDE_NEWER", "yesterday")],
            [("PIP_RETRIES", "many")],
            [("UV_INDEX", "u:s3cret@x.example/simple")],
        ] {
            let error = discover(&Given::default(), &env, &[]).expect_err("refused").to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
