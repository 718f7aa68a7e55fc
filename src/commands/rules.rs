//! `ungil rules`, `ungil rules test` and `ungil explain`: the rules speak for themselves.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::cli::{ExplainArgs, RulesArgs, RulesCommand};
use super::{Stop, output};
use crate::judge::{Weights, explain_score};
use crate::knowledge::Knowledge;
use crate::model::{Finding, Member, MemberPath};
use crate::rules::witness::{Side, complaints};
use crate::rules::{Language, RuleSet};
use crate::source;

/// Larger files are no witnesses.
const MAX_WITNESS: u64 = 1 << 20;

/// Prints the page of a rule, or of the score.
pub(super) fn explain(args: &ExplainArgs) -> Result<u8, Stop> {
    let rules = RuleSet::builtin();
    let page = match args.rule.as_str() {
        "score" => explain_score(&Weights::builtin()),
        id => rules.explain(id).ok_or_else(|| unknown(rules, id))?,
    };
    output::print(&page)?;
    Ok(0)
}

fn unknown(rules: &RuleSet, id: &str) -> Stop {
    let near: Vec<&str> = rules
        .rules()
        .iter()
        .map(|rule| rule.id.as_str())
        .filter(|known| id.split('-').any(|part| part.len() > 2 && known.contains(part)))
        .take(5)
        .collect();
    let hint = if near.is_empty() {
        "`ungil rules` lists them".to_owned()
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    Stop::usage(format!("there is no rule `{id}`; {hint}"))
}

/// Lists the rules, or tests some.
pub(super) fn run(args: &RulesArgs) -> Result<u8, Stop> {
    match &args.command {
        None => {
            output::print(&RuleSet::builtin().list())?;
            Ok(0)
        }
        Some(RulesCommand::Test { dir }) => test(dir),
        Some(RulesCommand::Pages { dir, examples }) => pages(dir, examples.as_deref()),
    }
}

/// Writes the pages of all rules.
fn pages(dir: &Path, examples: Option<&Path>) -> Result<u8, Stop> {
    let rules = RuleSet::builtin();
    let mut folders = Vec::new();
    if let Some(examples) = examples {
        rule_folders(examples, 0, &mut folders);
    }
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    for rule in rules.rules() {
        let folder = folders.iter().find(|folder| folder.ends_with(&rule.id));
        let witness = folder.and_then(|folder| files_of(&folder.join("bad")).into_iter().next());
        let example = match &witness {
            None => None,
            Some(file) => Some(String::from_utf8_lossy(&read(file)?).into_owned()),
        };
        let page = rules.page(&rule.id, example.as_deref()).unwrap_or_default();
        output::write_file(&dir.join(format!("{}.md", rule.id)), &page)?;
    }
    output::write_file(&dir.join("index.md"), &rules.index())?;
    Ok(0)
}

/// Judges rule folders by their witnesses; 1 if one of them disagrees.
fn test(dir: &Path) -> Result<u8, Stop> {
    let mut folders = Vec::new();
    rule_folders(dir, 0, &mut folders);
    folders.sort();
    if folders.is_empty() {
        return Err(Stop { code: 3, lines: vec![format!("no rule.toml below {}", dir.display())] });
    }
    let mut texts = Vec::new();
    for folder in &folders {
        let file = folder.join("rule.toml");
        let text = read(&file)?;
        let text =
            String::from_utf8(text).map_err(|_| Stop::usage(format!("{}: not UTF-8", file.display())))?;
        texts.push((folder.display().to_string().replace('\\', "/"), text));
    }
    let sources = texts.iter().map(|(folder, text)| (folder.as_str(), text.as_str()));
    let rules = RuleSet::from_sources(sources)
        .map_err(|errors| Stop { code: 2, lines: errors.iter().map(ToString::to_string).collect() })?;
    let (mut wrong, mut witnesses) = (Vec::new(), 0_usize);
    for folder in &folders {
        let id = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(rule) = rules.get(&id) else { continue };
        // Wheels have no text that a witness could be.
        if rule.languages.iter().all(|one| *one == Language::Wheel) {
            continue;
        }
        for (side, name) in [(Side::Bad, "bad"), (Side::Good, "good")] {
            let files = files_of(&folder.join(name));
            if files.is_empty() {
                wrong.push(format!("{}: {name}/ has no witness", folder.display()));
            }
            for file in files {
                witnesses = witnesses.saturating_add(1);
                let bytes = read(&file)?;
                let findings = findings(&file, &bytes, &rules);
                wrong.extend(complaints(rule, side, &file.display().to_string(), &bytes, &findings));
            }
        }
    }
    for line in &wrong {
        output::error(line);
    }
    output::print(&format!("{} rules, {witnesses} witnesses, {} complaints\n", folders.len(), wrong.len()))?;
    Ok(u8::from(!wrong.is_empty()))
}

fn read(file: &Path) -> Result<Vec<u8>, Stop> {
    let failed = |error: std::io::Error| Stop {
        code: 3,
        lines: vec![format!("cannot read {}: {error}", file.display())],
    };
    if fs::metadata(file).map_err(failed)?.len() > MAX_WITNESS {
        return Err(Stop::usage(format!("{} is too large for a rule or a witness", file.display())));
    }
    fs::read(file).map_err(failed)
}

/// What a scan of one witness finds, as if it were a project of its own.
fn findings(file: &Path, bytes: &[u8], rules: &RuleSet) -> Vec<Finding> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Ok(path) = MemberPath::new(&name) else { return Vec::new() };
    let known = Knowledge::builtin();
    let seen = source::file(&Member::new(&path, bytes), known, rules);
    let mut seen = source::evidence(vec![seen], known, rules);
    seen.sort();
    seen.findings
}

fn rule_folders(dir: &Path, depth: u32, found: &mut Vec<PathBuf>) {
    const DEEPEST: u32 = 6;
    if dir.join("rule.toml").is_file() {
        found.push(dir.to_path_buf());
        return;
    }
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) && depth < DEEPEST {
            rule_folders(&entry.path(), depth.saturating_add(1), found);
        }
    }
}

fn files_of(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files
}
