//! `ungil verify`: asks an interpreter that the user names, and lays its answers beside what ungil says.
//!
//! The only command that runs what it looks at, because it was asked to. Each module is imported in a fresh isolated
//! process with a time limit, in a folder of its own that is empty; what the modules print is kept out of the report.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use ignore::WalkBuilder;
use serde::{Deserialize, Serialize};

use super::cli::CommonArgs;
use super::configured::Effective;
use super::maintainer::{ReviewArgs, VerifyArgs};
use super::{Stop, check, output};
use crate::binary;
use crate::knowledge::Knowledge;
use crate::model::{Finding, GilSupport, Member, MemberPath};
use crate::unpack::{self, Limits, Place};
use crate::verify::races::{self, Files, Matched};
use crate::verify::{self, Answer, Ended, Imported, Outcome, tsan};

/// Most bytes of a report of ThreadSanitizer.
const MAX_REPORT: u64 = 256 << 20;
/// Most bytes of what a process wrote.
const MAX_ANSWER: u64 = 16 << 20;
/// Seconds that an interpreter may take to start.
const START: u64 = 60;
/// How often a process is looked after.
const PAUSE: Duration = Duration::from_millis(5);

/// The answer as JSON.
#[derive(Serialize)]
struct Document<'a> {
    /// Version of this format.
    verify: u32,
    python: Option<&'a str>,
    modules: &'a [Imported],
    races: &'a [Matched],
}

/// Runs `verify`; gives the exit code.
pub(super) fn run(args: &VerifyArgs, effective: &Effective) -> Result<u8, Stop> {
    if args.python.is_none() && args.tsan.is_empty() {
        return Err(Stop::usage("name a free-threaded interpreter with --python, or a report with --tsan"));
    }
    let (mut code, mut text) = (0, String::new());
    let (mut version, mut imported) = (None, Vec::new());
    if let Some(python) = &args.python {
        let python = Python::new(python, args.timeout)?;
        imported = python.imports(&args.what, &args.modules)?;
        text.push_str(&shown(&python.version, &imported));
        code = verify::exit_code(&imported);
        version = Some(python.version.clone());
    }
    let mut raced = Vec::new();
    if !args.tsan.is_empty() {
        raced = matched(args, effective)?;
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&races::text(&raced));
        code = code.max(u8::from(raced.iter().any(Matched::is_the_projects)));
    }
    if args.json {
        let document = Document { verify: 1, python: version.as_deref(), modules: &imported, races: &raced };
        text = serde_json::to_string_pretty(&document).context("cannot write the answer")? + "\n";
    }
    match &args.output {
        None => output::print(&text)?,
        Some(path) => output::write_file(path, &text)?,
    }
    Ok(code)
}

/// The rows of the imports, and what they come to.
fn shown(version: &str, all: &[Imported]) -> String {
    let mut text = format!("Imported with free-threaded Python {version}, a fresh process each:\n\n");
    for one in all {
        let word = match one.outcome {
            Outcome::KeepsOff | Outcome::Tells => "ok",
            Outcome::TurnsOn => "gil on",
            Outcome::ByAnother => "gil on",
            Outcome::Contradicts => "CONTRADICTS",
            Outcome::Crashes => "CRASHES",
            Outcome::Unknown => "unknown",
        };
        let said = match one.said {
            GilSupport::NotUsed => "declares that it runs without the GIL",
            GilSupport::Used => "declares that it uses the GIL",
            GilSupport::Undeclared => "does not declare",
            GilSupport::Unknown => "could not be told",
        };
        let plain = |text: &str| text.chars().filter(|c| !c.is_control()).collect::<String>();
        text.push_str(&format!("{word:<11} {}\n", plain(&one.module)));
        text.push_str(&format!("            said: {said}: {}\n", plain(&one.evidence)));
        text.push_str(&format!("            seen: {}\n", plain(&one.what)));
        for warning in one.warnings.iter().take(5) {
            text.push_str(&format!("            warned: {}\n", plain(warning)));
        }
    }
    let count = |outcomes: &[Outcome]| all.iter().filter(|one| outcomes.contains(&one.outcome)).count();
    let n = all.len();
    let noun = if n == 1 { "module" } else { "modules" };
    let agree = count(&[Outcome::KeepsOff, Outcome::TurnsOn]);
    text.push_str(&format!("\n{n} {noun}: {agree} as ungil says"));
    for (outcomes, words) in [
        (&[Outcome::Contradicts][..], "contradict it"),
        (&[Outcome::ByAnother], "had the GIL turned on by another module"),
        (&[Outcome::Tells], "of which nothing was said"),
        (&[Outcome::Crashes], "crashed"),
        (&[Outcome::Unknown], "could not be imported"),
    ] {
        let n = count(outcomes);
        if n > 0 {
            text.push_str(&format!(", {n} {words}"));
        }
    }
    text.push_str(".\n");
    text
}

/// An interpreter that was asked whether it is one.
struct Python {
    path: PathBuf,
    version: String,
    timeout: u64,
}

/// One extension module to import.
struct Target {
    module: String,
    file: PathBuf,
    root: PathBuf,
}

/// Where an installed distribution has its files.
#[derive(Deserialize)]
struct Installed {
    root: PathBuf,
    files: Vec<String>,
}

impl Python {
    fn new(path: &Path, timeout: u64) -> Result<Self, Stop> {
        // Whoever gives imports little time does not mean the interpreter's own start.
        let python = Self { path: path.to_path_buf(), version: String::new(), timeout: timeout.max(START) };
        let ended = python.import("", &[]).map_err(|error| Stop::usage(format!("--python: {error:#}")))?;
        let shown = path.display();
        let Ended::Answered(answer) = ended else {
            return Err(Stop::usage(format!("--python: {shown} does not answer as Python does")));
        };
        if !answer.free_threaded {
            let version = answer.python;
            return Err(Stop::usage(format!(
                "--python: {shown} is Python {version} with the GIL; name a free-threaded build, such as python3.14t"
            )));
        }
        Ok(Self { version: answer.python, timeout, ..python })
    }

    /// Imports everything that is asked for.
    fn imports(&self, what: &[String], only: &[String]) -> Result<Vec<Imported>, Stop> {
        let unpacked = tempfile::tempdir().context("cannot make a temporary folder")?;
        let mut targets = Vec::new();
        let here = [".".to_owned()];
        for (at, one) in if what.is_empty() { &here[..] } else { what }.iter().enumerate() {
            let path = Path::new(one);
            match unpack::place(path) {
                Ok(Place::Folder(_)) => modules_below(path, &mut targets),
                Ok(Place::File) if one.ends_with(".whl") => {
                    let into = unpacked.path().join(at.to_string());
                    self.unpack(path, &into)?;
                    modules_below(&into, &mut targets);
                }
                Ok(Place::File) => modules_of(path, &mut targets),
                Err(_) => self.installed(one, &mut targets)?,
            }
        }
        targets.sort_by(|a, b| (&a.module, &a.file).cmp(&(&b.module, &b.file)));
        targets.dedup_by(|a, b| a.module == b.module && a.file == b.file);
        for name in only {
            if !targets.iter().any(|target| target.module == *name) {
                return Err(Stop::usage(format!("--module: no extension module `{name}` is there")));
            }
        }
        targets.retain(|target| only.is_empty() || only.contains(&target.module));
        if targets.is_empty() {
            let line = "there is no extension module to import; name an installed distribution, a wheel, or a folder \
                        that has built modules";
            return Err(Stop { code: 3, lines: vec![line.to_owned()] });
        }
        targets.iter().map(|target| self.imported(target).map_err(Stop::from)).collect()
    }

    fn imported(&self, target: &Target) -> anyhow::Result<Imported> {
        let shown = target.file.display().to_string();
        let (said, evidence) = said(target);
        let root = std::path::absolute(&target.root).context("the current folder is gone")?;
        let ended = self.import(&target.module, &[root])?;
        Ok(verify::judged(&target.module, &shown, said, &evidence, &ended))
    }

    /// Imports one module in a fresh process; none asks the interpreter about itself.
    fn import(&self, module: &str, paths: &[PathBuf]) -> anyhow::Result<Ended> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let (out, told) = (folder.path().join("answer.json"), folder.path().join("told.txt"));
        let streams = File::create(&told).context("cannot make a temporary file")?;
        let empty = folder.path().join("empty");
        std::fs::create_dir(&empty).context("cannot make a temporary folder")?;
        let mut command = self.command();
        command.args(["-X", "faulthandler", "-c", verify::IMPORT]).arg(&out).arg(module).args(paths);
        command.current_dir(&empty).stdin(Stdio::null());
        command.stdout(streams.try_clone().context("cannot use a temporary file")?).stderr(streams);
        let path = self.path.display();
        let mut child = command.spawn().with_context(|| format!("cannot run {path}"))?;
        let Some(status) = wait(&mut child, self.timeout)? else { return Ok(Ended::Late(self.timeout)) };
        let answer = read(&out, MAX_ANSWER).ok().and_then(|text| serde_json::from_str::<Answer>(&text).ok());
        Ok(match answer {
            Some(answer) if status.success() => Ended::Answered(answer),
            _ => Ended::Died(death(status, &read(&told, MAX_ANSWER).unwrap_or_default())),
        })
    }

    /// The interpreter, isolated from the environment and the user's own packages.
    fn command(&self) -> Command {
        // A name with a folder is meant from here, not from where the process runs.
        let named = self.path.components().count() > 1;
        let absolute = if named { std::path::absolute(&self.path).ok() } else { None };
        let mut command = Command::new(absolute.as_deref().unwrap_or(&self.path));
        command.args(["-I", "-B"]).env_remove("PYTHON_GIL");
        command
    }

    /// Unpacks a wheel with the interpreter's own library, which keeps names inside the folder.
    fn unpack(&self, wheel: &Path, into: &Path) -> anyhow::Result<()> {
        let mut command = self.command();
        let output = command.args(["-m", "zipfile", "-e"]).arg(wheel).arg(into).stdin(Stdio::null()).output();
        let shown = wheel.display();
        let output = output.with_context(|| format!("cannot unpack {shown}"))?;
        if !output.status.success() {
            bail!("cannot unpack {shown}: {}", last_line(&String::from_utf8_lossy(&output.stderr)));
        }
        Ok(())
    }

    /// The modules of a distribution that is installed for the interpreter.
    fn installed(&self, name: &str, targets: &mut Vec<Target>) -> Result<(), Stop> {
        let mut command = self.command();
        let output = command.args(["-c", verify::FILES, name]).stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("cannot run {}", self.path.display()))?;
        let answer: BTreeMap<String, Option<Installed>> = serde_json::from_slice(&output.stdout)
            .with_context(|| {
                let told = String::from_utf8_lossy(&output.stderr).into_owned();
                format!("the interpreter does not tell where {name} is: {}", last_line(&told))
            })?;
        let Some(installed) = answer.into_values().flatten().next() else {
            return Err(Stop::usage(format!(
                "`{name}` is no file or folder, and no distribution of that name is installed for {}",
                self.path.display()
            )));
        };
        for file in &installed.files {
            let path = MemberPath::new(file).ok().filter(binary::importable_from_wheel);
            if path.is_some() {
                let file = installed.root.join(file);
                targets.extend(names(&file, &installed.root).map(|module| Target {
                    module,
                    file: file.clone(),
                    root: installed.root.clone(),
                }));
            }
        }
        Ok(())
    }
}

/// What the file itself says about the GIL.
fn said(target: &Target) -> (GilSupport, String) {
    let relative = target.file.strip_prefix(&target.root).unwrap_or(&target.file);
    let path = MemberPath::new(&relative.to_string_lossy()).ok();
    let bytes = std::fs::metadata(&target.file)
        .ok()
        .filter(|about| about.len() <= Limits::default().max_member)
        .and_then(|_| std::fs::read(&target.file).ok());
    let (Some(path), Some(bytes)) = (path, bytes) else {
        return (GilSupport::Unknown, "the file cannot be read".to_owned());
    };
    let seen = binary::file(&Member::new(&path, &bytes), Knowledge::builtin());
    let module = seen.modules.iter().find(|one| one.module == target.module).or(seen.modules.first());
    match module {
        Some(module) => (module.gil, module.evidence.clone()),
        None => (GilSupport::Unknown, seen.gaps.first().map(|gap| gap.reason.clone()).unwrap_or_default()),
    }
}

/// Extension modules below a folder. What `.gitignore` names counts here: built modules are what it names.
fn modules_below(root: &Path, targets: &mut Vec<Target>) {
    let walk = WalkBuilder::new(root).standard_filters(false).follow_links(false).build();
    for entry in walk.flatten().take(Limits::default().max_members) {
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        let relative = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_string_lossy().into_owned();
        let path = MemberPath::new(&relative).ok().filter(|_| is_file);
        if path.is_some_and(|path| binary::importable_from_wheel(&path)) {
            modules_of(entry.path(), targets);
        }
    }
}

/// The modules of a file, by where it lies: folders with an `__init__` are packages.
fn modules_of(file: &Path, targets: &mut Vec<Target>) {
    let mut root = file.parent().unwrap_or(Path::new("."));
    while root.join("__init__.py").is_file() {
        let Some(parent) = root.parent() else { break };
        root = parent;
    }
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    targets.extend(names(file, root).map(|module| Target {
        module,
        file: file.to_path_buf(),
        root: root.to_path_buf(),
    }));
}

/// The dotted name of a module, by its path below the folder that imports begin at; none for what is no module.
fn names(file: &Path, root: &Path) -> impl Iterator<Item = String> {
    let relative = file.strip_prefix(root).unwrap_or(file).to_string_lossy().into_owned();
    let small = std::fs::metadata(file).is_ok_and(|about| about.len() <= Limits::default().max_member);
    let seen = MemberPath::new(&relative).ok().filter(|_| small).and_then(|path| {
        let bytes = std::fs::read(file).ok()?;
        let seen = binary::file(&Member::new(&path, &bytes), Knowledge::builtin());
        seen.modules.first().map(|module| module.module.clone())
    });
    seen.into_iter()
}

/// Waits for a process; one that takes too long is ended.
fn wait(child: &mut Child, seconds: u64) -> anyhow::Result<Option<ExitStatus>> {
    let until = Instant::now().checked_add(Duration::from_secs(seconds));
    loop {
        if let Some(status) = child.try_wait().context("cannot wait for the interpreter")? {
            return Ok(Some(status));
        }
        if until.is_none_or(|until| Instant::now() >= until) {
            // It may have ended by itself meanwhile.
            let _ = child.kill();
            let _ = child.wait();
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    }
}

/// How a process died, in a few words.
fn death(status: ExitStatus, told: &str) -> String {
    let how = status.to_string();
    let fatal = told.lines().find(|line| line.starts_with("Fatal Python error"));
    let words = fatal.map_or_else(|| last_line(told), str::to_owned);
    if words.is_empty() { how } else { format!("{how}; {words}") }
}

fn last_line(text: &str) -> String {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
}

fn read(path: &Path, most: u64) -> anyhow::Result<String> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {shown}"))?;
    if bytes.len() as u64 > most {
        bail!("{shown} is too large");
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Matches the reports to the findings of the trees.
fn matched(args: &VerifyArgs, effective: &Effective) -> Result<Vec<Matched>, Stop> {
    let mut all = Vec::new();
    for path in &args.tsan {
        let text = read(path, MAX_REPORT).map_err(|error| Stop::usage(format!("--tsan: {error:#}")))?;
        all.extend(tsan::reports(&text));
    }
    let here = [".".to_owned()];
    let what = if args.what.is_empty() { &here[..] } else { &args.what[..] };
    let trees: Vec<String> = what.iter().filter(|one| Path::new(one).is_dir()).cloned().collect();
    let (mut files, mut findings): (Files, Vec<Finding>) = (Files::new(), Vec::new());
    if !trees.is_empty() {
        let (review, common) = (ReviewArgs::default(), CommonArgs::plain());
        let looked = check::look(&trees, &review, &common, effective, None)?;
        findings.extend(looked.document.packages.into_iter().flat_map(|package| package.findings));
    }
    for tree in &trees {
        files.extend(sources_below(Path::new(tree)));
    }
    Ok(races::matched(&all, &files, &findings))
}

/// The sources of a tree, generated ones too, which `.gitignore` often names.
fn sources_below(root: &Path) -> Files {
    let walk = WalkBuilder::new(root).standard_filters(false).follow_links(false).build();
    let limits = Limits::default();
    let mut files = Files::new();
    for entry in walk.flatten().take(limits.max_members) {
        let Ok(relative) = entry.path().strip_prefix(root) else { continue };
        let Ok(path) = MemberPath::new(&relative.to_string_lossy()) else { continue };
        let small = entry.metadata().is_ok_and(|about| about.is_file() && about.len() <= limits.max_source);
        if small
            && crate::source::language(&path).is_some()
            && let Ok(bytes) = std::fs::read(entry.path())
        {
            files.insert(path.to_string(), bytes);
        }
    }
    files
}
