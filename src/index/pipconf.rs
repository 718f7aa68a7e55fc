//! pip's configuration files: which there are, and what they say.
//!
//! In: an environment and a way to read files. Out: one value per key, where later files win and `[install]` wins
//! over `[global]`. Python's INI rules hold as far as pip's files use them: `key = value` or `key: value`, indented
//! lines go on, `#` and `;` begin comment lines.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Values by key as pip's long options spell it: `extra-index-url`.
pub(super) type Values = BTreeMap<String, String>;

/// Merges `text` into `values`.
pub(super) fn read(text: &str, values: &mut Values) {
    let (mut global, mut install) = (Values::new(), Values::new());
    let mut section = "";
    let mut key: Option<String> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            (section, key) = (name.trim(), None);
            continue;
        }
        let into = match section {
            "global" => &mut global,
            "install" => &mut install,
            _ => continue,
        };
        if line.starts_with(char::is_whitespace)
            && let Some(value) = key.as_ref().and_then(|key| into.get_mut(key))
        {
            value.push('\n');
            value.push_str(trimmed);
            continue;
        }
        if let Some((name, value)) = trimmed.split_once(['=', ':']) {
            let name = name.trim().to_ascii_lowercase().replace('_', "-");
            into.insert(name.clone(), value.trim().to_owned());
            key = Some(name);
        }
    }
    values.extend(global);
    values.extend(install);
}

/// The files pip would read, later ones winning.
pub(super) fn files(env: &dyn Fn(&str) -> Option<String>, exists: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let named = env("PIP_CONFIG_FILE").filter(|name| !name.is_empty()).map(PathBuf::from);
    if named.as_deref().is_some_and(|path| path == Path::new("/dev/null") || path == Path::new("nul")) {
        return Vec::new();
    }
    let var = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = var("HOME").or_else(|| var("USERPROFILE"));
    let mut files = Vec::new();
    let mut user = Vec::new();
    let name = if cfg!(windows) { "pip.ini" } else { "pip.conf" };
    if cfg!(windows) {
        files.extend(var("PROGRAMDATA").map(|dir| dir.join("pip").join(name)));
        user.extend(home.map(|home| home.join("pip").join(name)));
        user.extend(var("APPDATA").map(|dir| dir.join("pip").join(name)));
    } else {
        let mac_user = home.as_ref().map(|home| home.join("Library/Application Support/pip"));
        if cfg!(target_os = "macos") {
            files.push(PathBuf::from("/Library/Application Support/pip/pip.conf"));
        } else {
            let dirs = env("XDG_CONFIG_DIRS")
                .filter(|dirs| !dirs.is_empty())
                .unwrap_or_else(|| "/etc/xdg".to_owned());
            files.extend(
                dirs.split(':')
                    .filter(|dir| !dir.is_empty())
                    .map(|dir| Path::new(dir).join("pip").join(name)),
            );
            files.push(PathBuf::from("/etc/pip.conf"));
        }
        user.extend(home.as_ref().map(|home| home.join(".pip").join(name)));
        match mac_user.filter(|dir| cfg!(target_os = "macos") && exists(dir)) {
            Some(dir) => user.push(dir.join(name)),
            None => {
                let config = var("XDG_CONFIG_HOME").or_else(|| home.map(|home| home.join(".config")));
                user.extend(config.map(|config| config.join("pip").join(name)));
            }
        }
    }
    if !named.as_deref().is_some_and(exists) {
        files.extend(user);
    }
    files.extend(var("VIRTUAL_ENV").map(|dir| dir.join(name)));
    files.extend(named);
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_continuations_and_spellings_are_understood() {
        let mut values = Values::new();
        read("[global]\nindex_url = https://a.example/simple\ntimeout: 60\n", &mut values);
        read(
            "; mine\n[global]\nextra-index-url =\n    https://b.example/simple\n    # not this\n    https://c.example/simple\n\
             timeout = 5\n[install]\ntimeout = 7\n[freeze]\ntimeout = 9\nno equals sign\n",
            &mut values,
        );
        assert_eq!(values["index-url"], "https://a.example/simple");
        assert_eq!(
            values["extra-index-url"].split_whitespace().collect::<Vec<_>>(),
            ["https://b.example/simple", "https://c.example/simple"]
        );
        assert_eq!(values["timeout"], "7");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_named_file_replaces_the_users_and_the_null_device_all() {
        let list = |config: Option<&str>| {
            let env = |name: &str| match name {
                "HOME" => Some("/h".to_owned()),
                "VIRTUAL_ENV" => Some("/v".to_owned()),
                "PIP_CONFIG_FILE" => config.map(str::to_owned),
                _ => None,
            };
            let files = files(&env, &|path| path == Path::new("/c"));
            files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>()
        };
        let system = ["/etc/xdg/pip/pip.conf", "/etc/pip.conf"];
        assert_eq!(
            list(None),
            [&system[..], &["/h/.pip/pip.conf", "/h/.config/pip/pip.conf", "/v/pip.conf"]].concat()
        );
        assert_eq!(list(Some("/c")), [&system[..], &["/v/pip.conf", "/c"]].concat());
        assert!(list(Some("/dev/null")).is_empty());
    }
}
