//! URLs with the secrets kept out of sight, and which requests the secrets belong to.
//!
//! In: URLs as users and pages write them. Out: a text that can be printed ([`Shown`]), and the `Authorization`
//! for a request ([`Credentials`]). A user name and password belong to one origin (scheme, host and port), never to
//! what a redirect leads to; only netrc speaks of hosts, as everywhere.

use std::fmt;

use url::Url;

/// A URL for people: no user name, no password, no query, no fragment.
///
/// The query goes too, because signed URLs of object stores carry their secret there.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a>(pub &'a Url);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // `user:password@host`, its scheme forgotten, parses as a URL of the scheme `user`.
        if self.0.cannot_be_a_base() {
            return f.write_str(behind_at(self.0.as_str()));
        }
        let mut url = self.0.clone();
        // Both fail only for URLs that cannot have an authority, and so hold no credentials.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_query(None);
        url.set_fragment(None);
        write!(f, "{url}")
    }
}

/// The printable form of text that may or may not be a URL.
pub fn shown(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) => Shown(&url).to_string(),
        // Anything up to the last `@` may be a secret in a URL that does not parse.
        Err(_) => behind_at(text).to_owned(),
    }
}

fn behind_at(text: &str) -> &str {
    text.rsplit('@').next().unwrap_or_default()
}

/// A user name and password. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user name.
    pub user: String,
    /// The password, possibly empty.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(..)")
    }
}

/// Takes user name and password out of `url`.
pub(crate) fn split_login(url: &mut Url) -> Option<Login> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let login = Login {
        user: percent_decode(url.username()),
        password: url.password().map(percent_decode).unwrap_or_default(),
    };
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(login)
}

/// Replaces `%XX`; what is no valid escape stays as it is, what is no UTF-8 is replaced.
pub(crate) fn percent_decode(text: &str) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|b| char::from(*b).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape =
            (byte == b'%').then(|| Some((digit(bytes.get(at + 1))?, digit(bytes.get(at + 2))?))).flatten();
        match escape {
            // Two hex digits make at most 255.
            Some((high, low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What is known about whom to be where.
#[derive(Clone, Default)]
pub struct Credentials {
    /// By origin: from index URLs, proxies aside, and `UV_INDEX_<NAME>_*`.
    origins: Vec<(url::Origin, Login)>,
    /// By host: from netrc. The empty host is netrc's `default`.
    hosts: Vec<(String, Login)>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({} origins, {} hosts)", self.origins.len(), self.hosts.len())
    }
}

impl Credentials {
    /// Remembers `login` for the origin of `url`. The first for an origin stays.
    pub fn add_origin(&mut self, url: &Url, login: Login) {
        let origin = url.origin();
        if !self.origins.iter().any(|(known, _)| *known == origin) {
            self.origins.push((origin, login));
        }
    }

    /// Remembers `login` for a host as netrc does; an empty host stands for all that have no own line.
    pub fn add_host(&mut self, host: &str, login: Login) {
        self.hosts.push((host.to_owned(), login));
    }

    /// The login for a request to `url`: that of its origin, else netrc's.
    pub fn of(&self, url: &Url) -> Option<&Login> {
        let origin = url.origin();
        if let Some((_, login)) = self.origins.iter().find(|(known, _)| *known == origin) {
            return Some(login);
        }
        let host = url.host_str()?;
        let named = self.hosts.iter().find(|(known, _)| known.eq_ignore_ascii_case(host));
        named.or_else(|| self.hosts.iter().find(|(known, _)| known.is_empty())).map(|(_, login)| login)
    }
}

/// The file name a URL ends in, escapes resolved.
pub(crate) fn file_name(url: &Url) -> Option<String> {
    let last = url.path().rsplit('/').next().filter(|name| !name.is_empty())?;
    Some(percent_decode(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect(text)
    }

    #[test]
    fn a_shown_url_has_no_secrets() {
        let secret = url("https://alice:s3cret@files.example/a%20b.whl?sig=s3cret#sha256=00");
        assert_eq!(Shown(&secret).to_string(), "https://files.example/a%20b.whl");
        assert_eq!(shown("https://alice:s3cret@x.example/simple"), "https://x.example/simple");
        assert_eq!(shown("//alice:s3cret@x.example/simple"), "x.example/simple");
        assert_eq!(shown("alice:s3cret@x.example/simple"), "x.example/simple");
    }

    #[test]
    fn credentials_belong_to_their_origin_only() {
        let mut index = url("https://al%40ice:p%3Aw@x.example/simple/");
        let login = split_login(&mut index).expect("a login");
        assert_eq!((login.user.as_str(), login.password.as_str()), ("al@ice", "p:w"));
        assert_eq!(index.as_str(), "https://x.example/simple/");
        let mut known = Credentials::default();
        known.add_origin(&index, login.clone());
        assert_eq!(known.of(&url("https://x.example/files/a.whl")), Some(&login));
        for other in
            ["http://x.example/", "https://x.example:8443/", "https://y.example/", "https://x.example.evil/"]
        {
            assert_eq!(known.of(&url(other)), None, "{other}");
        }
        assert!(!format!("{known:?}{login:?}").contains("p:w"));
    }

    #[test]
    fn an_origins_own_login_goes_before_netrc_and_a_host_before_netrcs_default() {
        let login = |user: &str| Login { user: user.to_owned(), password: String::new() };
        let mut known = Credentials::default();
        known.add_host("x.example", login("netrc"));
        known.add_host("", login("default"));
        assert_eq!(known.of(&url("https://X.example/")), Some(&login("netrc")));
        assert_eq!(known.of(&url("https://y.example/")), Some(&login("default")));
        known.add_origin(&url("https://x.example/"), login("own"));
        assert_eq!(known.of(&url("https://x.example/")), Some(&login("own")));
    }

    #[test]
    fn odd_escapes_are_left_alone() {
        assert_eq!(percent_decode("100%"), "100%");
        assert_eq!(percent_decode("%zz%41%"), "%zzA%");
        assert_eq!(file_name(&url("https://x.example/a/b%2B1.whl?x=1")).as_deref(), Some("b+1.whl"));
        assert_eq!(file_name(&url("https://x.example/a/")), None);
    }
}
