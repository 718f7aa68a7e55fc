//! The interpreter and platform a verdict is for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which of CPython's two builds: with the GIL, or free-threaded (the `t` of `3.14t`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Abi {
    /// The default build.
    Gil,
    /// Configured with `--disable-gil`.
    FreeThreaded,
}

/// A CPython minor version with its build: `3.14t`, `3.13`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PythonVersion {
    /// Always 3 today.
    pub major: u8,
    /// The `14` of 3.14.
    pub minor: u8,
    /// Which build.
    pub abi: Abi,
}

/// Text that names no Python or platform known to us.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTarget {
    /// Not `3.N` or `3.Nt`.
    #[error("`{0}` is not a Python version; write it as 3.14t")]
    Python(String),
    /// Free-threaded builds begin with 3.13.
    #[error("there is no free-threaded build of Python {0}; the first is 3.13t")]
    NoFreeThreadedBuild(String),
    /// Not a platform tag we can compare wheels with.
    #[error(
        "`{0}` is not a platform; write a wheel platform tag (manylinux_2_28_x86_64, musllinux_1_2_aarch64, \
         macosx_11_0_arm64, win_amd64) or one of linux, musl, macos, windows with an architecture (linux-x86_64)"
    )]
    Platform(String),
}

impl FromStr for PythonVersion {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        let bad = || InvalidTarget::Python(text.to_owned());
        let digits = text.strip_prefix("python").or(text.strip_prefix("cp")).unwrap_or(text);
        let (digits, abi) = match digits.strip_suffix('t') {
            Some(rest) => (rest, Abi::FreeThreaded),
            None => (digits, Abi::Gil),
        };
        let (major, minor) = digits
            .split_once('.')
            .or_else(|| (digits.len() > 1 && digits.is_ascii()).then(|| digits.split_at(1)))
            .ok_or_else(bad)?;
        let major = major.parse::<u8>().map_err(|_| bad())?;
        let minor = minor.parse::<u8>().map_err(|_| bad())?;
        if major != 3 {
            return Err(bad());
        }
        if abi == Abi::FreeThreaded && minor < 13 {
            return Err(InvalidTarget::NoFreeThreadedBuild(format!("{major}.{minor}")));
        }
        Ok(Self { major, minor, abi })
    }
}

impl PythonVersion {
    /// Whether this is a build without the GIL.
    pub fn is_free_threaded(self) -> bool {
        self.abi == Abi::FreeThreaded
    }

    /// `cp314`, the same for both builds: the python tag never has the `t`.
    pub fn python_tag(self) -> String {
        format!("cp{}{}", self.major, self.minor)
    }

    /// `cp314t` or `cp314`.
    pub fn abi_tag(self) -> String {
        format!("{}{}", self.python_tag(), if self.is_free_threaded() { "t" } else { "" })
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = if self.is_free_threaded() { "t" } else { "" };
        write!(f, "{}.{}{t}", self.major, self.minor)
    }
}

/// A platform as wheel tags name it, with the versions an installer there would accept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// glibc `2.<minor>` on an architecture (`manylinux_2_28_x86_64`).
    ManyLinux {
        /// The `28` of glibc 2.28.
        glibc_minor: u16,
        /// The machine: `x86_64`.
        arch: String,
    },
    /// musl `1.<minor>` (`musllinux_1_2_aarch64`).
    MuslLinux {
        /// The `2` of musl 1.2.
        musl_minor: u16,
        /// The machine: `x86_64`.
        arch: String,
    },
    /// `macosx_11_0_arm64`.
    MacOs {
        /// The `11` of macOS 11.0.
        major: u16,
        /// The `0` of macOS 11.0.
        minor: u16,
        /// The machine: `arm64`, `x86_64`.
        arch: String,
    },
    /// `win_amd64`, `win32`, `win_arm64`: the text after `win`, without a leading `_`.
    Windows {
        /// The machine: `amd64`, `arm64`, `32`.
        arch: String,
    },
}

impl Platform {
    /// The machine as wheel tags spell it: `x86_64`, `aarch64`, `arm64`, `amd64`, `32`.
    pub fn arch(&self) -> &str {
        match self {
            Self::ManyLinux { arch, .. }
            | Self::MuslLinux { arch, .. }
            | Self::MacOs { arch, .. }
            | Self::Windows { arch } => arch,
        }
    }

    /// The platform this program was built for, as a typical current system of its kind.
    ///
    /// Linux is taken as glibc 2.28 (manylinux_2_28), the oldest that maintained distributions ship.
    pub fn of_this_machine() -> Self {
        let arch = std::env::consts::ARCH;
        if cfg!(target_os = "macos") {
            let arch = if arch == "aarch64" { "arm64" } else { arch };
            Self::MacOs { major: 14, minor: 0, arch: arch.to_owned() }
        } else if cfg!(windows) {
            let arch = match arch {
                "x86_64" => "amd64",
                "aarch64" => "arm64",
                _ => "32",
            };
            Self::Windows { arch: arch.to_owned() }
        } else if cfg!(target_env = "musl") {
            Self::MuslLinux { musl_minor: 2, arch: arch.to_owned() }
        } else {
            let arch = if arch == "x86" { "i686" } else { arch };
            Self::ManyLinux { glibc_minor: 28, arch: arch.to_owned() }
        }
    }
}

impl FromStr for Platform {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        parse_platform(text).ok_or_else(|| InvalidTarget::Platform(text.to_owned()))
    }
}

fn parse_platform(text: &str) -> Option<Platform> {
    const ARCHS: [&str; 10] = [
        "x86_64",
        "aarch64",
        "i686",
        "armv7l",
        "ppc64le",
        "s390x",
        "riscv64",
        "loongarch64",
        "arm64",
        "amd64",
    ];
    let known = |arch: &str| ARCHS.contains(&arch).then(|| arch.to_owned());
    let versioned = |rest: &str| -> Option<(u16, u16, String)> {
        let mut parts = rest.splitn(3, '_');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, known(parts.next()?)?))
    };
    let legacy = [("manylinux1_", 5), ("manylinux2010_", 12), ("manylinux2014_", 17)];
    for (prefix, glibc_minor) in legacy {
        if let Some(arch) = text.strip_prefix(prefix) {
            return Some(Platform::ManyLinux { glibc_minor, arch: known(arch)? });
        }
    }
    if let Some(rest) = text.strip_prefix("manylinux_") {
        let (2, glibc_minor, arch) = versioned(rest)? else { return None };
        return Some(Platform::ManyLinux { glibc_minor, arch });
    }
    if let Some(rest) = text.strip_prefix("musllinux_") {
        let (1, musl_minor, arch) = versioned(rest)? else { return None };
        return Some(Platform::MuslLinux { musl_minor, arch });
    }
    if let Some(rest) = text.strip_prefix("macosx_") {
        let (major, minor, arch) = versioned(rest)?;
        return Some(Platform::MacOs { major, minor, arch });
    }
    match text {
        "win32" | "windows-x86" => return Some(Platform::Windows { arch: "32".to_owned() }),
        "win_amd64" | "windows" | "windows-x86_64" => {
            return Some(Platform::Windows { arch: "amd64".to_owned() });
        }
        "win_arm64" | "windows-aarch64" | "windows-arm64" => {
            return Some(Platform::Windows { arch: "arm64".to_owned() });
        }
        _ => {}
    }
    let (os, arch) = text.split_once(['-', '_']).unwrap_or((text, ""));
    match os {
        "linux" => {
            let arch = if arch.is_empty() { "x86_64" } else { arch };
            Some(Platform::ManyLinux { glibc_minor: 28, arch: known(arch)? })
        }
        "musl" => {
            let arch = if arch.is_empty() { "x86_64" } else { arch };
            Some(Platform::MuslLinux { musl_minor: 2, arch: known(arch)? })
        }
        "macos" => {
            let arch = match arch {
                "" | "aarch64" => "arm64",
                other => other,
            };
            Some(Platform::MacOs { major: 14, minor: 0, arch: known(arch)? })
        }
        _ => None,
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ManyLinux { glibc_minor, arch } => write!(f, "manylinux_2_{glibc_minor}_{arch}"),
            Self::MuslLinux { musl_minor, arch } => write!(f, "musllinux_1_{musl_minor}_{arch}"),
            Self::MacOs { major, minor, arch } => write!(f, "macosx_{major}_{minor}_{arch}"),
            Self::Windows { arch } if arch == "32" => f.write_str("win32"),
            Self::Windows { arch } => write!(f, "win_{arch}"),
        }
    }
}

/// What a verdict is for: one interpreter build on one platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    /// `3.14t` in the report.
    #[serde(with = "as_text")]
    pub python: PythonVersion,
    /// A wheel platform tag in the report.
    #[serde(with = "as_text")]
    pub platform: Platform,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.python, self.platform)
    }
}

mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_python_is_read_in_the_spellings_people_use() {
        for text in ["3.14t", "cp314t", "python3.14t", "314t"] {
            let python: PythonVersion = text.parse().expect(text);
            assert_eq!(python.to_string(), "3.14t");
            assert_eq!(python.abi_tag(), "cp314t");
            assert_eq!(python.python_tag(), "cp314");
        }
        assert!("3.12t".parse::<PythonVersion>().is_err(), "no free-threaded 3.12 exists");
        assert!("2.7".parse::<PythonVersion>().is_err());
        assert!("3".parse::<PythonVersion>().is_err());
        assert!("é1".parse::<PythonVersion>().is_err());
    }

    #[test]
    fn a_platform_round_trips_through_its_tag() {
        for text in [
            "manylinux_2_28_x86_64",
            "musllinux_1_2_aarch64",
            "macosx_11_0_arm64",
            "win_amd64",
            "win32",
            "manylinux_2_17_armv7l",
        ] {
            assert_eq!(text.parse::<Platform>().expect(text).to_string(), text);
        }
        assert_eq!("linux-aarch64".parse::<Platform>().expect("short").to_string(), "manylinux_2_28_aarch64");
        assert_eq!(
            "manylinux2014_x86_64".parse::<Platform>().expect("old").to_string(),
            "manylinux_2_17_x86_64"
        );
        assert!("beos".parse::<Platform>().is_err());
    }
}
