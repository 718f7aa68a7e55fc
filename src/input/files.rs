//! Requirements files on disk, and standard input as `-`.
//!
//! The one file of `input` that touches the disk. Paths in `-r` and `-c` are relative to the file that names
//! them, as in pip. URLs are not fetched here; a caller with a network wraps this loader ([`Disk::is_url`]).

use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::load::Loader;

/// Larger files are not requirements files.
pub const MAX_SIZE: u64 = 16 << 20;

/// Reads requirements files from the disk and, as `-`, standard input.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Disk {
    /// Whether a location has to be fetched.
    pub fn is_url(location: &str) -> bool {
        ["http://", "https://"].iter().any(|scheme| location.starts_with(scheme))
    }
}

impl Loader for Disk {
    fn resolve(&self, base: Option<&str>, target: &str) -> String {
        if target == "-" && base.is_none() || is_url(target) {
            return target.to_owned();
        }
        match base {
            Some(base) if is_url(base) => url::Url::parse(base)
                .and_then(|base| base.join(target))
                .map_or_else(|_| target.to_owned(), |url| url.to_string()),
            Some(base) if base != "-" => {
                let folder = Path::new(base).parent().unwrap_or(Path::new(""));
                tidy(&folder.join(target))
            }
            _ => tidy(Path::new(target)),
        }
    }

    fn name(&self, location: &str) -> String {
        if location == "-" {
            return "standard input".to_owned();
        }
        match url::Url::parse(location) {
            Ok(mut url) if is_url(location) => {
                // Both fail only for addresses that cannot hold credentials.
                let _ = url.set_username("");
                let _ = url.set_password(None);
                url.set_query(None);
                url.to_string()
            }
            _ => location.replace('\\', "/"),
        }
    }

    fn load(&self, location: &str) -> Result<Vec<u8>, String> {
        let name = self.name(location);
        if Self::is_url(location) {
            return Err(format!("{name} cannot be read here; download it and name the file"));
        }
        let local = url::Url::parse(location).ok().filter(|url| url.scheme() == "file");
        let local = local.and_then(|url| url.to_file_path().ok());
        let failed = |error: io::Error| format!("cannot read {name}: {error}");
        let mut bytes = Vec::new();
        if location == "-" {
            io::stdin().lock().take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(failed)?;
        } else {
            File::open(local.as_deref().unwrap_or(Path::new(location)))
                .map_err(failed)?
                .take(MAX_SIZE + 1)
                .read_to_end(&mut bytes)
                .map_err(failed)?;
        }
        if bytes.len() as u64 > MAX_SIZE {
            return Err(format!(
                "{name} is larger than {} MiB, so it is no requirements file",
                MAX_SIZE >> 20
            ));
        }
        Ok(bytes)
    }
}

fn is_url(text: &str) -> bool {
    Disk::is_url(text) || text.starts_with("file://")
}

/// A path without `.` and, where that is safe to say without looking, without `..`: one file, one spelling.
fn tidy(path: &Path) -> String {
    let mut out = PathBuf::new();
    for part in path.components() {
        match (part, out.components().next_back()) {
            (Component::CurDir, _) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                out.pop();
            }
            _ => out.push(part),
        }
    }
    out.to_string_lossy().into_owned()
}

/// The `pyproject.toml` in a folder, if there is one: what is installed from a folder needs what it says.
pub fn project_text(folder: &Path) -> Option<(String, String)> {
    let path = folder.join("pyproject.toml");
    let mut bytes = Vec::new();
    File::open(&path).ok()?.take(MAX_SIZE).read_to_end(&mut bytes).ok()?;
    let name = tidy(&path).replace('\\', "/");
    String::from_utf8(bytes).ok().map(|text| (name, text))
}

/// Looks up an environment variable for `${NAME}`; one that is no text counts as not set.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::super::load;
    use super::*;

    #[test]
    fn includes_are_relative_to_the_file_that_names_them() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let sub = dir.path().join("sub");
        std::fs::create_dir(&sub).expect("creates");
        std::fs::write(dir.path().join("base.txt"), "numpy\n-r sub/more.txt\n").expect("writes");
        std::fs::write(
            sub.join("more.txt"),
            "lxml\n-c ../c.txt\n-r ./more.txt\n-r https://u:p@h.example/r.txt?t=1\n",
        )
        .expect("writes");
        std::fs::write(dir.path().join("c.txt"), "lxml<9\n").expect("writes");
        let base = dir.path().join("base.txt").to_string_lossy().into_owned();
        let loaded = load(
            &[base.clone(), "missing.txt".to_owned()],
            &[],
            &Disk,
            &|_| None,
            &super::super::pyproject::Parts::default(),
        );
        assert_eq!(loaded.requests.len(), 2);
        assert_eq!(loaded.requests[0].origin, format!("{}:1", base.replace('\\', "/")));
        assert_eq!(loaded.constraints.len(), 1);
        let messages: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        assert_eq!(messages.len(), 2, "{messages:?}");
        assert!(messages[0].contains("https://h.example/r.txt cannot be read"), "{messages:?}");
        assert!(messages[1].starts_with("command line: cannot read missing.txt"), "{messages:?}");
    }
}
