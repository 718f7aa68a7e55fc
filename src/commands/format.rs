//! `--format`: what to write, and where to.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error, ValueEnum};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people; a check shows findings with their code.
    Text,
    /// One line per finding, as compilers print them.
    Concise,
    /// Findings by file.
    Grouped,
    /// One document, schema 1.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// SARIF 2.1.0, for code-scanning services.
    Sarif,
    /// Annotations for GitHub Actions, and the job summary where there is one.
    Github,
    /// A code quality report for GitLab.
    Gitlab,
    /// For job summaries and comments.
    Markdown,
    /// JUnit XML.
    Junit,
}

/// A format, and the file it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sink {
    /// How to write.
    pub format: Format,
    /// Where to; standard output (or `--output`) if `None`.
    pub file: Option<PathBuf>,
}

impl Sink {
    /// Whether this is for programs that gate by themselves, so that an exit code would only be in the way.
    pub fn is_sarif(&self) -> bool {
        self.format == Format::Sarif
    }
}

/// Reads `FORMAT` or `FORMAT=FILE`.
#[derive(Debug, Clone)]
pub(super) struct SinkParser;

impl TypedValueParser for SinkParser {
    type Value = Sink;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Sink, Error> {
        let text = value.to_string_lossy();
        let (format, file) = match text.split_once('=') {
            Some((format, file)) => (format.trim().to_owned(), Some(PathBuf::from(file))),
            None => (text.trim().to_owned(), None),
        };
        let known = Format::from_str(&format, false).ok();
        match known.filter(|_| file.as_ref().is_none_or(|file| !file.as_os_str().is_empty())) {
            Some(format) => Ok(Sink { format, file }),
            None => {
                let mut error = Error::new(ErrorKind::InvalidValue).with_cmd(command);
                if let Some(arg) = arg {
                    error.insert(ContextKind::InvalidArg, ContextValue::String(arg.to_string()));
                }
                error.insert(ContextKind::InvalidValue, ContextValue::String(text.into_owned()));
                let names = Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
                let names = names.map(|value| value.get_name().to_owned()).collect();
                error.insert(ContextKind::ValidValue, ContextValue::Strings(names));
                Err(error)
            }
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Format::value_variants().iter().filter_map(ValueEnum::to_possible_value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Sink, String> {
        let command = Command::new("x");
        SinkParser.parse_ref(&command, None, OsStr::new(text)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_format_may_name_its_file() {
        assert_eq!(read("sarif"), Ok(Sink { format: Format::Sarif, file: None }));
        assert_eq!(read("json=a=b.json"), Ok(Sink { format: Format::Json, file: Some("a=b.json".into()) }));
        assert!(read("xml").is_err());
        assert!(read("json=").is_err());
    }
}
