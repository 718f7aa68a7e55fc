//! netrc files: logins by host.
//!
//! In: the text. Out: what it says about each `machine`, and about `default`. A file that stops making sense gives
//! what it said up to there; a wrong login helps nobody, so nothing is guessed.

use super::location::Login;

/// The logins in `text`; the host of `default` is empty.
pub(super) fn read(text: &str) -> Vec<(String, Login)> {
    let mut found = Vec::new();
    let mut words = Words { rest: text };
    let mut next = words.next();
    while let Some(word) = next.take() {
        let host = match word.as_str() {
            "machine" => match words.next() {
                Some(host) => host,
                None => break,
            },
            "default" => String::new(),
            "macdef" => {
                // A macro goes on to the first empty line.
                words.rest = words.rest.split_once("\n\n").map_or("", |(_, rest)| rest);
                next = words.next();
                continue;
            }
            _ => break,
        };
        let (mut user, mut password) = (None, None);
        loop {
            next = words.next();
            match next.as_deref() {
                Some("login" | "user") => user = words.next(),
                Some("password") => password = words.next(),
                Some("account") => drop(words.next()),
                _ => break,
            }
        }
        if user.is_some() || password.is_some() {
            let login = Login { user: user.unwrap_or_default(), password: password.unwrap_or_default() };
            found.push((host, login));
        }
    }
    found
}

/// Words between white space, `"quoted ones"` with backslashes, and comments left out.
struct Words<'a> {
    rest: &'a str,
}

impl Words<'_> {
    fn next(&mut self) -> Option<String> {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('#') {
                break;
            }
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
        let quoted = self.rest.starts_with('"');
        let mut word = String::new();
        let mut chars = self.rest.char_indices().skip(usize::from(quoted));
        let mut end = self.rest.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' if quoted => word.extend(chars.next().map(|(_, c)| c)),
                '"' if quoted => {
                    end = at + 1;
                    break;
                }
                c if !quoted && c.is_whitespace() => {
                    end = at;
                    break;
                }
                c => word.push(c),
            }
        }
        let seen = quoted || !word.is_empty();
        self.rest = self.rest.get(end..).unwrap_or_default();
        seen.then_some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<(String, String, String)> {
        read(text).into_iter().map(|(host, login)| (host, login.user, login.password)).collect()
    }

    fn entry(host: &str, user: &str, password: &str) -> (String, String, String) {
        (host.to_owned(), user.to_owned(), password.to_owned())
    }

    #[test]
    fn machines_and_the_default_are_read_in_any_layout() {
        let text = "# mine\nmachine a.example login alice password p#1\nmachine b.example\n  password \"p \\\"2\"\n  \
                    account x\n\nmacdef init\ncd /pub\nmachine evil\n\ndefault login anon password q";
        assert_eq!(
            plain(text),
            [entry("a.example", "alice", "p#1"), entry("b.example", "", "p \"2"), entry("", "anon", "q")]
        );
    }

    #[test]
    fn nonsense_ends_the_reading_without_inventing_anything() {
        assert_eq!(
            plain("machine a login x password y nonsense machine b login z password w"),
            [entry("a", "x", "y")]
        );
        for text in ["", "machine", "machine a", "machine a login", "\"", "login x", "\"\\"] {
            assert!(plain(text).is_empty(), "{text}");
        }
    }
}
