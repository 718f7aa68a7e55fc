//! Lays the configuration under the command line: an option counts from the command line, else from the environment,
//! else from a file, else by default.
//!
//! A file's values become the defaults of the options, so one parser checks them all. The file is looked for in the
//! current folder and above it, never in what is looked at: a package must not switch off its own findings by
//! bringing a configuration along.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory as _, FromArgMatches as _};

use super::cli::{Cli, CommonArgs};
use super::{Stop, output};
use crate::config::{self, AcceptRow, Configured, Options, Shape};

/// A larger file is no configuration.
const MAX_FILE: u64 = 4 << 20;
/// Names in the environment that are ours and no options.
const OTHER_NAMES: [&str; 1] = ["UNGIL_LOG"];
/// Options that a file cannot set: they say which file.
const NOT_IN_FILES: [&str; 4] = ["config", "isolated", "help", "version"];

/// The command line with everything laid under it.
pub(super) struct Effective {
    /// What the commands read.
    pub cli: Cli,
    /// What findings the configuration accepts, with the file that says so.
    pub accept: Vec<AcceptRow>,
    /// The file that was read.
    pub file: Option<PathBuf>,
    matches: ArgMatches,
    from_file: BTreeMap<String, Vec<String>>,
}

/// Reads the command line, the environment and the configuration.
pub(super) fn effective(argv: &[OsString]) -> Result<Effective, Stop> {
    let command = Cli::command();
    // Help, versions and mistakes end here, in clap's own words.
    let first = command.clone().try_get_matches_from(argv).unwrap_or_else(|error| error.exit());
    let Some((name, given)) = first.subcommand() else {
        return Err(Stop::usage("no command was given"));
    };
    let options = options(&command);
    // Asked of the command: of its matches, an optimised clap does not say that it never had the option.
    let configurable = command.find_subcommand(name).is_some_and(|sub| argument(sub, "config").is_some());
    let read = match configurable {
        false => None,
        true => {
            for warning in unknown_variables(&command) {
                output::warning(&warning);
            }
            read(given, &options)?
        }
    };
    let Some((file, configured)) = read else {
        let cli = Cli::from_arg_matches(&first).unwrap_or_else(|error| error.exit());
        return Ok(Effective {
            cli,
            accept: Vec::new(),
            file: None,
            matches: first,
            from_file: BTreeMap::new(),
        });
    };
    for warning in &configured.warnings {
        output::warning(warning);
    }
    let mut values = configured.values;
    values.extend(configured.by_command.get(name).cloned().unwrap_or_default());
    let Some(sub) = command.find_subcommand(name) else {
        return Err(Stop::usage("no command was given"));
    };
    let shown = file.display().to_string();
    values.retain(|key, list| !list.is_empty() && argument(sub, key).is_some());
    for (key, list) in &values {
        checked(sub, key, list).map_err(|reason| Stop::usage(format!("{shown}: {key}: {reason}")))?;
    }
    let laid = with_defaults(command, name, &values);
    let matches = laid.try_get_matches_from(argv).unwrap_or_else(|error| error.exit());
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    Ok(Effective { cli, accept: configured.accept, file: Some(file), matches, from_file: values })
}

fn argument<'a>(command: &'a Command, key: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|arg| arg.get_long() == Some(key))
}

fn with_defaults(command: Command, name: &str, values: &BTreeMap<String, Vec<String>>) -> Command {
    command.mut_subcommand(name, |mut sub| {
        for (key, list) in values {
            let Some(id) = argument(&sub, key).map(|arg| arg.get_id().clone()) else { continue };
            let list = list.clone();
            sub = sub.mut_arg(id.as_str(), |arg| arg.default_values(list));
        }
        sub
    })
}

/// Whether an option takes values, told without the rest of the command line and without the environment.
fn checked(command: &Command, key: &str, values: &[String]) -> Result<(), String> {
    let Some(id) = argument(command, key).map(|arg| arg.get_id().to_string()) else { return Ok(()) };
    let values = values.to_vec();
    let command = command
        .clone()
        .mut_args(|arg| arg.env(None::<&str>).required(false))
        .mut_arg(id, |arg| arg.default_values(values));
    match command.try_get_matches_from(["ungil"]) {
        Ok(_) => Ok(()),
        Err(error) => {
            let text = error.to_string();
            let first = text.lines().take(2).map(str::trim).collect::<Vec<_>>().join(" ");
            Err(first.trim_start_matches("error: ").to_owned())
        }
    }
}

/// What files may set.
fn options(command: &Command) -> Options {
    let mut options = Options::default();
    for sub in command.get_subcommands() {
        options.commands.push(sub.get_name().to_owned());
        for arg in sub.get_arguments() {
            let Some(long) = arg.get_long().filter(|long| !NOT_IN_FILES.contains(long)) else { continue };
            let shape = match arg.get_action() {
                ArgAction::SetTrue | ArgAction::SetFalse => Shape::Flag,
                ArgAction::Count => Shape::Count,
                ArgAction::Append if long == "per-file-ignores" => Shape::Map,
                ArgAction::Append => Shape::Many,
                _ => Shape::One,
            };
            options.shapes.insert(long.to_owned(), shape);
        }
    }
    options
}

/// `UNGIL_…` names that no option has: a misspelt one would be silently without effect.
fn unknown_variables(command: &Command) -> Vec<String> {
    let mut known: Vec<String> = OTHER_NAMES.iter().map(|name| (*name).to_owned()).collect();
    for sub in command.get_subcommands() {
        let names = sub.get_arguments().filter_map(|arg| arg.get_env());
        known.extend(names.map(|name| name.to_string_lossy().into_owned()));
    }
    let mut given: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("UNGIL_") && !known.contains(name))
        .collect();
    given.sort();
    let warn = |name: &String| match config::nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("the environment sets {name}, which is no option; did you mean {near}?"),
        None => format!("the environment sets {name}, which is no option"),
    };
    given.iter().map(warn).collect()
}

fn read(given: &ArgMatches, options: &Options) -> Result<Option<(PathBuf, Configured)>, Stop> {
    if given.get_flag("isolated") {
        return Ok(None);
    }
    if let Some(file) = given.get_one::<PathBuf>("config") {
        let shown = file.display().to_string();
        return match parsed(file, options)? {
            Some(configured) => Ok(Some((file.clone(), configured))),
            None => Err(Stop::usage(format!("{shown} has no [{}]", config::TABLE))),
        };
    }
    let Ok(here) = std::env::current_dir() else { return Ok(None) };
    for (depth, folder) in here.ancestors().enumerate() {
        for name in ["ungil.toml", "pyproject.toml"] {
            let path = folder.join(name);
            // What lies here is named as briefly as people name it.
            let path = if depth == 0 { PathBuf::from(name) } else { path };
            if path.is_file()
                && let Some(configured) = parsed(&path, options)?
            {
                return Ok(Some((path, configured)));
            }
        }
        // A project ends where its version control does.
        if folder.join(".git").exists() {
            break;
        }
    }
    Ok(None)
}

fn parsed(file: &Path, options: &Options) -> Result<Option<Configured>, Stop> {
    let shown = file.display().to_string();
    let failed = |error: std::io::Error| Stop::usage(format!("{shown}: {error}"));
    if std::fs::metadata(file).map_err(failed)?.len() > MAX_FILE {
        return Err(Stop::usage(format!("{shown} is too large for a configuration")));
    }
    let text = std::fs::read_to_string(file).map_err(failed)?;
    config::parse(&shown, &text, options).map_err(|error| Stop::usage(error.to_string()))
}

/// A folder that is looked at and has a configuration of its own which does not count.
pub(super) fn unread_configuration(
    paths: &[String],
    common: &CommonArgs,
    read: Option<&Path>,
) -> Vec<String> {
    if common.isolated || common.config.is_some() {
        return Vec::new();
    }
    let real = |path: &Path| path.canonicalize().ok();
    let read = read.and_then(real);
    let mut out = Vec::new();
    for folder in paths.iter().map(Path::new).filter(|path| path.is_dir()) {
        for name in ["ungil.toml", "pyproject.toml"] {
            let path = folder.join(name);
            let Ok(about) = std::fs::metadata(&path) else { continue };
            if !about.is_file() || about.len() > MAX_FILE || real(&path) == read {
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let ours =
                name == "ungil.toml" || text.lines().any(|line| line.trim().starts_with("[tool.ungil"));
            if ours {
                let shown = path.display();
                out.push(format!(
                    "{shown} configures ungil and is not read from here; name it with --config"
                ));
            }
        }
    }
    out
}

/// The effective values of a command, as TOML with the origin of each.
pub(super) fn listing(effective: &Effective) -> String {
    let command = Cli::command();
    let mut out = String::new();
    let Some((name, given)) = effective.matches.subcommand() else { return out };
    let Some(sub) = command.find_subcommand(name) else { return out };
    let file = effective.file.as_ref().map(|file| file.display().to_string());
    let named = file.clone().unwrap_or_else(|| "no configuration file".to_owned());
    let _ = writeln!(out, "# ungil {name}, {named}");
    let mut args: Vec<&Arg> = sub.get_arguments().filter(|arg| arg.get_long().is_some()).collect();
    args.sort_by_key(|arg| arg.get_long());
    for arg in args {
        let Some(long) = arg.get_long().filter(|long| !["help", "version"].contains(long)) else { continue };
        let id = arg.get_id().as_str();
        let variable = arg.get_env().map(|name| name.to_string_lossy().into_owned());
        let origin = match given.value_source(id) {
            Some(ValueSource::CommandLine) => "command line".to_owned(),
            Some(ValueSource::EnvVariable) => variable.clone().unwrap_or_default(),
            _ if effective.from_file.contains_key(long) => file.clone().unwrap_or_default(),
            _ => "default".to_owned(),
        };
        let text = match arg.get_action() {
            ArgAction::SetTrue => given.get_flag(id).to_string(),
            ArgAction::Count => given.get_count(id).to_string(),
            action => {
                let raw: Vec<String> = given
                    .get_raw(id)
                    .into_iter()
                    .flatten()
                    .map(|value| quoted(&without_password(&value.to_string_lossy())))
                    .collect();
                match (raw.as_slice(), action) {
                    ([], _) => {
                        let _ = writeln!(out, "# {long} is not set");
                        continue;
                    }
                    (list, ArgAction::Append) => format!("[{}]", list.join(", ")),
                    (list, _) => list.concat(),
                }
            }
        };
        let _ = writeln!(out, "{long} = {text}  # {origin}");
    }
    for row in &effective.accept {
        let file = file.clone().unwrap_or_default();
        let _ = writeln!(out, "\n[[accept]]  # {file}: {}", row.place);
        let fields = [
            ("rule", Some(&row.rule)),
            ("path", row.path.as_ref()),
            ("function", row.function.as_ref()),
            ("fingerprint", row.fingerprint.as_ref()),
            ("reason", Some(&row.reason)),
            ("until", row.until.as_ref()),
        ];
        for (key, value) in fields {
            if let Some(value) = value {
                let _ = writeln!(out, "{key} = {}", quoted(value));
            }
        }
    }
    out
}

fn without_password(text: &str) -> String {
    if text.contains("://") { crate::index::shown(text) } else { text.to_owned() }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_of_every_command_has_a_name_in_the_environment() {
        let command = Cli::command();
        for sub in command.get_subcommands().filter(|sub| ["audit", "check"].contains(&sub.get_name())) {
            for arg in sub.get_arguments() {
                let Some(long) = arg.get_long().filter(|long| !["help", "requirement"].contains(long)) else {
                    continue;
                };
                let expected = format!("UNGIL_{}", long.to_ascii_uppercase().replace('-', "_"));
                let has = arg.get_env().map(|name| name.to_string_lossy().into_owned());
                assert_eq!(has.as_deref(), Some(expected.as_str()), "{} {long}", sub.get_name());
            }
        }
    }

    #[test]
    fn what_a_file_says_is_checked_like_the_command_line() {
        let command = Cli::command();
        let check = command.find_subcommand("check").expect("a command");
        let read = |key: &str, values: &[&str]| {
            let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
            checked(check, key, &values)
        };
        assert_eq!(read("format", &["json", "sarif=x"]), Ok(()));
        let error = read("format", &["xml"]).expect_err("no format");
        assert!(error.contains("xml"), "{error}");
        assert!(read("min-confidence", &["certain"]).is_err());
        assert_eq!(read("no-sources", &["true"]), Ok(()));
        assert_eq!(read("no-cache", &["true"]), Ok(()));
        assert_eq!(read("verbose", &["2"]), Ok(()));
        assert!(options(&command).shapes.len() > 20);
    }
}
