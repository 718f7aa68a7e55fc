//! `--resolver uv`: hands the resolution over to an installed `uv`, and takes what it pins.
//!
//! In: requirements, constraints and a target. Out: pins as requirements. `uv` runs with `--no-build`, so nothing of
//! what is audited runs. It gets the indexes by its environment, where credentials are not seen by other users.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::Stop;
use crate::index::Settings;
use crate::input::{self, Request, Source};
use crate::model::{Platform, Target};
use crate::resolve::written;

/// What uv is asked with, for every target alike.
pub(super) struct Resolver<'a> {
    /// The program.
    pub program: &'a str,
    /// Where packages come from.
    pub settings: &'a Settings,
    /// Whether pre-releases count as releases.
    pub pre: bool,
}

impl Resolver<'_> {
    /// What `requests` come to on a target: a pin per project, and as they are those that uv is not asked about.
    ///
    /// # Errors
    /// If there is no uv, or it finds no answer; its own words are in the message.
    pub fn compile(
        &self,
        requests: &[Request],
        constraints: &[Request],
        target: &Target,
    ) -> Result<Vec<Request>, Stop> {
        let (asked, kept): (Vec<&Request>, Vec<&Request>) =
            requests.iter().partition(|request| line(request).is_some());
        let lines = |requests: &mut dyn Iterator<Item = &Request>| -> String {
            requests.filter_map(line).map(|line| line + "\n").collect()
        };
        let failed = |why: String| Stop::usage(format!("--resolver uv: {why}"));
        let mut limits = tempfile::NamedTempFile::new().map_err(|error| failed(error.to_string()))?;
        limits
            .write_all(lines(&mut constraints.iter()).as_bytes())
            .and_then(|()| limits.flush())
            .map_err(|error| failed(error.to_string()))?;
        let mut command = self.command(target)?;
        command.arg("--constraints").arg(limits.path()).arg("-");
        let mut child =
            command
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .map_err(|error| failed(format!("`{}` cannot be run ({error}); install uv", self.program)))?;
        if let Some(mut stdin) = child.stdin.take() {
            // If uv ends before it read all, what it says about that is what counts.
            let _ = stdin.write_all(lines(&mut asked.iter().copied()).as_bytes());
        }
        let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(format!(
                "uv found no set: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            )));
        }
        let mut pins = pins(&String::from_utf8_lossy(&output.stdout)).map_err(failed)?;
        let mut direct: BTreeMap<_, Vec<&Request>> = BTreeMap::new();
        for request in &asked {
            direct.entry(request.name.as_ref()).or_default().push(request);
        }
        for pin in &mut pins {
            let of = direct.get(&pin.name.as_ref()).and_then(|requests| requests.first());
            pin.hashes = of.map(|request| request.hashes.clone()).unwrap_or_default();
        }
        pins.extend(kept.into_iter().cloned());
        Ok(pins)
    }

    fn command(&self, target: &Target) -> Result<Command, Stop> {
        let mut command = Command::new(self.program);
        command.args(["pip", "compile", "--no-build", "--quiet", "--no-header", "--no-annotate"]);
        command.args(["--no-emit-index-url", "--no-emit-find-links"]);
        let python = format!("{}.{}", target.python.major, target.python.minor);
        command.args(["--python-version", &python, "--python-platform", &platform(&target.platform)?]);
        if self.pre {
            command.args(["--prerelease", "allow"]);
        }
        if self.settings.offline {
            command.arg("--offline");
        }
        if self.settings.no_index {
            command.arg("--no-index");
        }
        if let Some(newest) = self.settings.exclude_newer {
            command.args(["--exclude-newer", &newest.to_string()]);
        }
        for links in &self.settings.find_links {
            command.args(["--find-links", links.as_str()]);
        }
        // Files of all indexes count alike here, as with pip.
        command.args(["--index-strategy", "unsafe-best-match"]);
        if let [first, more @ ..] = self.settings.indexes.as_slice() {
            let more: Vec<&str> = more.iter().map(url::Url::as_str).collect();
            command.env("UV_DEFAULT_INDEX", first.as_str()).env("UV_INDEX", more.join(" "));
        }
        Ok(command)
    }
}

/// A requirement as a line for uv; none for what only a check-out or a build would tell about.
fn line(request: &Request) -> Option<String> {
    let bare = match (&request.source, &request.name) {
        (Source::Index, Some(_)) => written(request),
        (Source::Url(url), Some(_)) => format!("{} @ {url}", written(request)),
        (Source::Url(url), None) => url.clone(),
        _ => return None,
    };
    Some(match &request.marker {
        Some(marker) => format!("{bare} ; {marker}"),
        None => bare,
    })
}

/// What uv printed, a pin or an address a line.
fn pins(text: &str) -> Result<Vec<Request>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| input::requirement(line, "uv").map_err(|why| format!("uv printed `{line}`: {why}")))
        .collect()
}

/// uv's name for a platform.
fn platform(platform: &Platform) -> Result<String, Stop> {
    let named = match platform {
        Platform::ManyLinux { glibc_minor, arch } if *glibc_minor >= 17 => {
            Some(format!("{arch}-manylinux_2_{glibc_minor}"))
        }
        Platform::MuslLinux { arch, .. } => Some(format!("{arch}-unknown-linux-musl")),
        Platform::MacOs { arch, .. } if arch == "arm64" => Some("aarch64-apple-darwin".to_owned()),
        Platform::MacOs { arch, .. } => Some(format!("{arch}-apple-darwin")),
        Platform::Windows { arch } => match arch.as_str() {
            "amd64" => Some("x86_64-pc-windows-msvc".to_owned()),
            "arm64" => Some("aarch64-pc-windows-msvc".to_owned()),
            "32" => Some("i686-pc-windows-msvc".to_owned()),
            _ => None,
        },
        Platform::ManyLinux { .. } => None,
    };
    named.ok_or_else(|| Stop::usage(format!("--resolver uv: uv has no name for the platform {platform}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_what_was_asked_and_leave_out_what_needs_a_build() {
        let lines: Vec<Option<String>> = [
            "a[x]>=1; python_version > '3'",
            "b @ https://h.example/b-1-py3-none-any.whl",
            "c @ git+https://h.example/c",
            "d",
        ]
        .iter()
        .map(|text| line(&input::requirement(text, "test").expect(text)))
        .collect();
        let told: Vec<Option<&str>> = lines.iter().map(Option::as_deref).collect();
        let expected = [
            Some("a[x]>=1 ; python_version > '3'"),
            Some("b @ https://h.example/b-1-py3-none-any.whl"),
            None,
            Some("d"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn pins_are_read_and_anything_else_is_an_error() {
        let found = pins("# by uv\na==1.0\n\nb==2\n").expect("pins");
        assert_eq!(found.len(), 2);
        assert!(found[0].specifiers.is_pin());
        assert!(pins("a==1.0\n  nonsense here\n").is_err());
    }

    #[test]
    fn platforms_have_other_names_there() {
        let named = |text: &str| platform(&text.parse().expect(text)).ok();
        assert_eq!(named("manylinux_2_28_aarch64").as_deref(), Some("aarch64-manylinux_2_28"));
        assert_eq!(named("macosx_14_0_arm64").as_deref(), Some("aarch64-apple-darwin"));
        assert_eq!(named("win_amd64").as_deref(), Some("x86_64-pc-windows-msvc"));
        assert_eq!(named("musllinux_1_2_x86_64").as_deref(), Some("x86_64-unknown-linux-musl"));
    }
}
