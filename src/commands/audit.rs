//! `ungil audit`: from requirements to a report on what an installer would take.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::cli::{AuditArgs, CommonArgs, IndexArgs, ResolverChoice};
use super::{Stop, output, progress, uv};
use crate::index::{Given, Index, Settings};
use crate::input::lock::When;
use crate::input::{self, Loaded, Loader, Options, Parts, Problem, Request, files, pyproject};
use crate::pipeline::{self, Asked};
use crate::report::{Document, FailOn, constraints, exit_code};
use crate::rules::RuleSet;
use crate::select::{self, Policy};

/// Runs the command; gives the exit code.
pub(super) fn run(args: &AuditArgs) -> Result<u8, Stop> {
    let common = &CommonArgs { tree: args.tree, ..args.common.clone() };
    let fail_on = common.fail_on(FailOn::audit())?;
    output::refuse_bad_sinks(common)?;
    let (loaded, requests, parts) = read(args)?;
    let plan = common.plan(policy(args, &loaded.options)?)?;
    let settings = settings(&args.index, common.offline, &loaded.options)?;
    for warning in &settings.warnings {
        output::warning(warning);
    }
    let shown = progress::Shown::new(common.quiet > 0);
    let watch: Arc<progress::Shown> = Arc::clone(&shown);
    let mut resolved = Vec::new();
    if args.resolver == ResolverChoice::Uv {
        let resolver = uv::Resolver { program: "uv", settings: &settings, pre: plan.policy.pre };
        for target in &plan.targets {
            resolved.push((target.clone(), resolver.compile(&requests, &loaded.constraints, target)?));
        }
    }
    let index = Index::new(settings, Arc::new(common.cache()), watch)
        .map_err(|error| Stop::usage(error.to_string()))?;
    let asked = Asked {
        requests,
        resolved,
        constraints: loaded.constraints,
        locks: loaded.locks,
        parts,
        environments: args.environments.clone(),
        fixed_targets: common.names_targets(),
        deps: !args.no_deps,
        way_out: !args.no_way_out,
    };
    let outcome = pipeline::audit(&index, &asked, &plan, &*shown);
    shown.clear();
    let outcome = outcome?;
    for warning in &outcome.warnings {
        output::warning(warning);
    }
    if let Some((count, first)) = index.cache().trouble() {
        output::warning(&format!("{first} ({count} such troubles); the run went on without"));
    }
    // An environment says itself for whom it is.
    let targets = match args.environments.is_empty() || outcome.targets.is_empty() {
        true => plan.targets.clone(),
        false => outcome.targets,
    };
    let mut document = Document::new(rules_version(&plan), &targets, outcome.packages, outcome.failures);
    document.changes = outcome.changes;
    output::report(&document, common, None)?;
    if let Some(file) = &args.write_constraints {
        output::write_file(file, &constraints(&document.changes))?;
    }
    if document.packages.is_empty() && document.failures.is_empty() {
        output::warning("nothing that was asked applies to the targets, so there was nothing to look at");
    }
    Ok(exit_code(&document, &fail_on))
}

/// What makes rows of a survey.
pub(super) fn tool(weights: &crate::judge::Weights) -> crate::report::Tool {
    crate::report::Tool {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rules: format!("{} weights {}", RuleSet::builtin().version(), weights.version),
    }
}

/// The version of everything that decides over the report.
pub(super) fn rules_version(plan: &pipeline::Plan) -> String {
    tool(&plan.weights).rules
}

/// Everything that was asked for, by arguments and files.
fn read(args: &AuditArgs) -> Result<(Loaded, Vec<Request>, Parts), Stop> {
    let (mut files, mut specs) = (args.requirements.clone(), Vec::new());
    for what in &args.what {
        if what == "-" || is_requirements_file(what) {
            files.push(what.clone());
        } else {
            specs.push(what.clone());
        }
    }
    if files.is_empty() && specs.is_empty() && args.environments.is_empty() {
        return Err(Stop::usage(
            "nothing was asked; name packages, requirements files with -r (`-` reads standard input), or an --environment",
        ));
    }
    let (asked, problems) = input::specs(&specs);
    let parts = args.parts();
    let web = Web { args, index: OnceCell::new() };
    let mut loaded = input::load(&files, &args.constraints, &web, &files::environment, &parts);
    let mut all: Vec<Problem> = problems;
    if args.require_hashes {
        loaded.options.require_hashes = true;
        all.extend(asked.iter().filter(|request| request.hashes.is_empty()).map(|request| {
            Problem::new(
                request.origin.clone(),
                "hashes are asked for, so this needs a file with --hash lines",
            )
        }));
    }
    all.append(&mut loaded.problems);
    if !all.is_empty() {
        return Err(all.into());
    }
    for note in &loaded.notes {
        output::warning(note);
    }
    let known = known_parts(&loaded);
    for name in parts.extras.iter().chain(&parts.groups) {
        if !known.iter().any(|known| pyproject::same_name(known, name)) {
            return Err(Stop::usage(format!(
                "no project or lock file among these has an extra or group `{name}`"
            )));
        }
    }
    let requests = asked.into_iter().chain(loaded.requests.iter().cloned()).collect();
    Ok((loaded, requests, parts))
}

/// Requirements files on disk, on standard input, and on servers.
struct Web<'a> {
    args: &'a AuditArgs,
    /// Made for the first file that lies on a server: what the files say of indexes is not known yet then.
    index: OnceCell<Result<Index, String>>,
}

impl Web<'_> {
    fn index(&self) -> Result<&Index, String> {
        let make = || {
            let AuditArgs { index, common, .. } = self.args;
            let settings =
                settings(index, common.offline, &Options::default()).map_err(|stop| stop.lines.join("; "))?;
            Index::new(settings, Arc::new(common.cache()), Arc::new(())).map_err(|error| error.to_string())
        };
        self.index.get_or_init(make).as_ref().map_err(Clone::clone)
    }
}

impl Loader for Web<'_> {
    fn resolve(&self, base: Option<&str>, target: &str) -> String {
        files::Disk.resolve(base, target)
    }

    fn name(&self, location: &str) -> String {
        files::Disk.name(location)
    }

    fn load(&self, location: &str) -> Result<Vec<u8>, String> {
        if !files::Disk::is_url(location) {
            return files::Disk.load(location);
        }
        let name = self.name(location);
        let url = url::Url::parse(location).map_err(|error| format!("{name} is no address: {error}"))?;
        self.index()?.text(&name, &url, files::MAX_SIZE).map_err(|error| error.to_string())
    }
}

/// Every extra and group that the files know.
fn known_parts(loaded: &Loaded) -> BTreeSet<String> {
    let mut known = loaded.parts.clone();
    for lock in &loaded.locks {
        known.extend(lock.extras.iter().map(|(extra, _)| extra.clone()));
        for package in &lock.packages {
            known.extend(package.groups.iter().cloned());
            known.extend(package.needs.iter().filter_map(|need| match &need.when {
                When::Extra(name) | When::Group(name) if package.root => Some(name.clone()),
                _ => None,
            }));
            known.extend(package.marker.iter().flat_map(|marker| quoted(marker)));
        }
    }
    known
}

/// The texts in quotes: a lock's markers may name extras and groups nothing else names.
fn quoted(text: &str) -> impl Iterator<Item = String> {
    text.split(['\'', '"']).skip(1).step_by(2).map(str::to_owned)
}

/// A file that is there, named like one that lists requirements: `audit requirements.txt` means what it says. What
/// kind of file it is, its content tells.
fn is_requirements_file(what: &str) -> bool {
    let path = Path::new(what);
    let endings = ["txt", "in", "toml", "lock"];
    let named = path.extension().is_some_and(|extension| endings.iter().any(|ending| extension == *ending));
    named && !select::is_distribution(what) && path.is_file()
}

fn policy(args: &AuditArgs, options: &Options) -> Result<Policy, Stop> {
    let mut policy = Policy {
        pre: args.pre || options.pre,
        only_binary: options.only_binary.clone(),
        no_binary: options.no_binary.clone(),
    };
    for (names, texts, option) in [
        (&mut policy.only_binary, &args.only_binary, "--only-binary"),
        (&mut policy.no_binary, &args.no_binary, "--no-binary"),
    ] {
        for text in texts {
            names.add(text).map_err(|error| Stop::usage(format!("{option}: {error}")))?;
        }
    }
    if options.prefer_binary {
        output::warning("--prefer-binary is not honoured: the newest release counts, as without it");
    }
    Ok(policy)
}

/// The indexes: the command line first, then requirements files, then what pip and uv are configured with.
pub(super) fn settings(args: &IndexArgs, offline: bool, options: &Options) -> Result<Settings, Stop> {
    let given = Given {
        index_url: args.index_url.clone().or_else(|| options.index_url.clone()),
        extra_index_urls: [args.extra_index_url.clone(), options.extra_index_urls.clone()].concat(),
        no_index: args.no_index || options.no_index,
        find_links: [args.find_links.clone(), options.find_links.clone()].concat(),
        trusted_hosts: [args.trusted_host.clone(), options.trusted_hosts.clone()].concat(),
        offline,
        exclude_newer: args.exclude_newer.clone(),
    };
    Settings::from_environment(&given).map_err(|error| Stop::usage(error.to_string()))
}
