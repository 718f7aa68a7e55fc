//! `pyproject.toml` as a list of requirements: dependencies, extras and dependency groups.
//!
//! In: the text and what is asked of it ([`Parts`]). Out: requests in the order of the file, each with the place it
//! stands at. Read are `[project]` (PEP 621), `[dependency-groups]` (PEP 735), and Poetry's own tables with their
//! caret and tilde versions. `[tool.uv.sources]` says where some of them come from. What the build decides
//! (`dynamic`) cannot be known without running it, and is told.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{Problem, Request, Source, Specifiers, request};
use crate::model::PackageName;

/// Deepest chain of `include-group`.
const MAX_INCLUDES: usize = 64;

/// Which optional parts are asked for, of projects and locks alike. Without any: what a user of the project gets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// Extras by name.
    pub extras: Vec<String>,
    /// Every extra.
    pub all_extras: bool,
    /// Dependency groups by name.
    pub groups: Vec<String>,
    /// Every group.
    pub all_groups: bool,
}

impl Parts {
    /// Whether an extra is asked for, however it is spelt.
    pub fn has_extra(&self, extra: &str) -> bool {
        self.all_extras || self.extras.iter().any(|asked| same_name(asked, extra))
    }

    /// Whether a group is asked for, however it is spelt.
    pub fn has_group(&self, group: &str) -> bool {
        self.all_groups || self.groups.iter().any(|asked| same_name(asked, group))
    }
}

/// Names of extras and groups are compared as project names are.
pub fn same_name(a: &str, b: &str) -> bool {
    match (PackageName::new(a), PackageName::new(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}

/// What a project asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Project {
    /// Its requirements.
    pub requests: Vec<Request>,
    /// What was not understood.
    pub problems: Vec<Problem>,
    /// What a reader should be told.
    pub notes: Vec<String>,
    /// Extras and groups there are, for those who asked for another.
    pub extras: BTreeSet<String>,
    /// See `extras`.
    pub groups: BTreeSet<String>,
}

/// Whether a text is a `pyproject.toml`, by its content.
pub fn recognise(text: &str) -> bool {
    let words = ["[project", "[build-system", "[dependency-groups", "[tool."];
    if !text.lines().any(|line| words.iter().any(|word| line.trim_start().starts_with(word))) {
        return false;
    }
    text.parse::<Table>().is_ok_and(|table| {
        ["project", "build-system", "dependency-groups", "tool"].iter().any(|key| table.contains_key(*key))
    })
}

/// Reads a project's requirements. `folder` is where relative paths in it start.
pub fn read(text: &str, name: &str, folder: &str, parts: &Parts) -> Project {
    let document = match text.trim_start_matches('\u{feff}').parse::<Table>() {
        Ok(document) => document,
        Err(error) => {
            let problem = Problem::new(name, format!("it is no valid TOML: {}", error.message()));
            return Project { problems: vec![problem], ..Project::default() };
        }
    };
    let mut reader = Reader { text, name, folder, document: &document, out: Project::default() };
    reader.project(parts);
    reader.groups(parts);
    reader.poetry(parts);
    reader.out
}

/// The dependencies that the file alone fixes, as METADATA would list them; none if a build may change them.
pub fn static_metadata(text: &str) -> Option<(Vec<String>, Option<String>)> {
    let document = text.parse::<Table>().ok()?;
    let project = document.get("project")?.as_table()?;
    let dynamic = strings(project.get("dynamic"));
    let given = |key: &str| !dynamic.iter().any(|field| field == key);
    if !project.contains_key("name") || !given("dependencies") || !given("optional-dependencies") {
        return None;
    }
    let mut requires = strings(project.get("dependencies"));
    for (extra, list) in project.get("optional-dependencies").and_then(Value::as_table).into_iter().flatten()
    {
        requires.extend(strings(Some(list)).into_iter().map(|line| with_extra(&line, extra)));
    }
    let python = project.get("requires-python").and_then(Value::as_str).filter(|_| given("requires-python"));
    Some((requires, python.map(str::to_owned)))
}

fn with_extra(line: &str, extra: &str) -> String {
    match line.split_once(';') {
        Some((requirement, marker)) => format!("{requirement}; ({}) and extra == '{extra}'", marker.trim()),
        None => format!("{line}; extra == '{extra}'"),
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let values = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

struct Reader<'a> {
    text: &'a str,
    name: &'a str,
    folder: &'a str,
    document: &'a Table,
    out: Project,
}

impl Reader<'_> {
    fn project(&mut self, parts: &Parts) {
        let Some(project) = self.document.get("project").and_then(Value::as_table) else { return };
        let dynamic = strings(project.get("dynamic"));
        if dynamic.iter().any(|field| field == "dependencies") {
            let note = format!("{}: its dependencies are made by its build, which is not run", self.name);
            self.out.notes.push(note);
        }
        for line in strings(project.get("dependencies")) {
            self.requirement(&line);
        }
        let own = project.get("name").and_then(Value::as_str).and_then(|name| PackageName::new(name).ok());
        let extras = project.get("optional-dependencies").and_then(Value::as_table);
        let mut asked: Vec<String> = Vec::new();
        for extra in extras.into_iter().flat_map(Table::keys) {
            self.out.extras.insert(extra.clone());
            if parts.has_extra(extra) {
                asked.push(extra.clone());
            }
        }
        // An extra may be made of others of the same project: `all = ["demo[fast,slow]"]`.
        let mut done = BTreeSet::new();
        while let Some(extra) = asked.pop() {
            if !done.insert(extra.clone()) {
                continue;
            }
            let list = extras.and_then(|extras| extras.iter().find(|(name, _)| same_name(name, &extra)));
            for line in strings(list.map(|(_, list)| list)) {
                match request::parse(&line, self.name) {
                    Ok(one) if one.name.is_some() && one.name == own => asked.extend(one.extras),
                    _ => self.requirement(&line),
                }
            }
        }
    }

    fn groups(&mut self, parts: &Parts) {
        let Some(groups) = self.document.get("dependency-groups").and_then(Value::as_table) else { return };
        self.out.groups.extend(groups.keys().cloned());
        let mut done = BTreeSet::new();
        let mut todo: Vec<(String, usize)> = groups
            .keys()
            .rev()
            .filter(|group| parts.has_group(group))
            .map(|group| (group.clone(), 0))
            .collect();
        while let Some((group, depth)) = todo.pop() {
            if depth > MAX_INCLUDES || !done.insert(group.clone()) {
                continue;
            }
            let Some((_, list)) = groups.iter().find(|(name, _)| same_name(name, &group)) else {
                self.problem(&group, format!("there is no dependency group `{group}` to include"));
                continue;
            };
            for item in list.as_array().map(Vec::as_slice).unwrap_or_default() {
                match item {
                    Value::String(line) => self.requirement(line),
                    Value::Table(table) => match table.get("include-group").and_then(Value::as_str) {
                        Some(other) => todo.push((other.to_owned(), depth.saturating_add(1))),
                        None => self.problem(
                            &group,
                            format!("dependency group `{group}` has an entry that is not known"),
                        ),
                    },
                    _ => self.problem(
                        &group,
                        format!("dependency group `{group}` has an entry that is no requirement"),
                    ),
                }
            }
        }
    }

    fn poetry(&mut self, parts: &Parts) {
        let tool = self.document.get("tool").and_then(|tool| tool.get("poetry")).and_then(Value::as_table);
        let Some(tool) = tool else { return };
        // With `[project]` these tables only say where the dependencies listed there come from.
        let listed =
            self.document.get("project").is_some_and(|project| project.get("dependencies").is_some());
        let main = tool.get("dependencies").and_then(Value::as_table).filter(|_| !listed);
        let extras = tool.get("extras").and_then(Value::as_table);
        self.out.extras.extend(extras.into_iter().flat_map(Table::keys).cloned());
        let asked = extras.into_iter().flatten().filter(|(extra, _)| parts.has_extra(extra));
        let optional: BTreeSet<PackageName> = asked
            .flat_map(|(_, list)| strings(Some(list)))
            .filter_map(|name| PackageName::new(&name).ok())
            .collect();
        for (name, value) in main.into_iter().flatten().filter(|(name, _)| *name != "python") {
            self.poetry_requirement(name, value, Some(&optional));
        }
        let groups = tool.get("group").and_then(Value::as_table);
        let old = tool.get("dev-dependencies").and_then(Value::as_table);
        let groups = groups
            .into_iter()
            .flatten()
            .filter_map(|(group, table)| Some((group.as_str(), table.get("dependencies")?.as_table()?)));
        for (group, list) in groups.chain(old.map(|list| ("dev", list))) {
            self.out.groups.insert(group.to_owned());
            for (name, value) in list.iter().filter(|_| parts.has_group(group)) {
                self.poetry_requirement(name, value, None);
            }
        }
    }

    fn poetry_requirement(&mut self, name: &str, value: &Value, optional: Option<&BTreeSet<PackageName>>) {
        let (place, empty) = (self.place(name), Table::new());
        let several = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        for value in several {
            let table = value.as_table().unwrap_or(&empty);
            let text = |key: &str| table.get(key).and_then(Value::as_str);
            let Ok(project) = PackageName::new(name) else {
                self.problem(name, format!("`{name}` is no project's name"));
                continue;
            };
            let is_optional = table.get("optional").and_then(Value::as_bool).unwrap_or(false);
            if is_optional && optional.is_some_and(|asked| !asked.contains(&project)) {
                continue;
            }
            let source = match (text("git"), text("url"), text("path")) {
                (Some(git), ..) => Source::Vcs(format!("git+{git}")),
                (_, Some(url), _) => Source::Url(url.to_owned()),
                (.., Some(path)) => Source::Path(joined(self.folder, path)),
                _ => Source::Index,
            };
            let versions = value.as_str().or(text("version")).unwrap_or("*");
            let specifiers = match poetry_versions(versions).map(|text| Specifiers::parse(&text)) {
                Some(Ok(specifiers)) => specifiers,
                _ => {
                    self.problem(name, format!("`{versions}` of {name} is not understood"));
                    continue;
                }
            };
            let python = text("python").and_then(poetry_versions).and_then(|text| python_marker(&text));
            let marker = match (text("markers"), python) {
                (Some(one), Some(other)) => Some(format!("({one}) and {other}")),
                (one, other) => one.map(str::to_owned).or(other),
            };
            let extras = strings(table.get("extras"));
            let request = Request {
                name: Some(project),
                extras,
                specifiers,
                marker,
                hashes: Vec::new(),
                source,
                origin: place.clone(),
            };
            self.out.requests.push(request);
        }
    }

    fn requirement(&mut self, line: &str) {
        let place = self.place(line);
        match request::parse(line, &place) {
            Ok(mut request) => {
                if let Some(source) = request.name.as_ref().and_then(|name| self.uv_source(name)) {
                    request.source = source;
                }
                self.out.requests.push(request);
            }
            Err(message) => self.out.problems.push(Problem::new(place, message)),
        }
    }

    /// What `[tool.uv.sources]` says of a project. Several of them depend on markers and are left to the index.
    fn uv_source(&self, name: &PackageName) -> Option<Source> {
        let sources = self.document.get("tool")?.get("uv")?.get("sources")?.as_table()?;
        let (_, source) = sources.iter().find(|(key, _)| PackageName::new(key).as_ref() == Ok(name))?;
        let text = |key: &str| source.get(key).and_then(Value::as_str);
        match (text("git"), text("url"), text("path")) {
            (Some(git), ..) => Some(Source::Vcs(format!("git+{git}"))),
            (_, Some(url), _) => Some(Source::Url(url.to_owned())),
            (.., Some(path)) => Some(Source::Path(joined(self.folder, path))),
            _ => None,
        }
    }

    /// The line that a piece of text first stands on.
    fn place(&self, text: &str) -> String {
        match self.text.lines().position(|line| line.contains(text)) {
            Some(at) => format!("{}:{}", self.name, at.saturating_add(1)),
            None => self.name.to_owned(),
        }
    }

    fn problem(&mut self, text: &str, message: String) {
        let place = self.place(text);
        self.out.problems.push(Problem::new(place, message));
    }
}

fn joined(folder: &str, path: &str) -> String {
    std::path::Path::new(folder).join(path).to_string_lossy().into_owned()
}

/// Poetry's versions as PEP 440 specifiers: `^1.2` is `>=1.2,<2`, `~1.2` is `>=1.2,<1.3`, `1.2` is `==1.2`. None for
/// alternatives with `||`, which a list of specifiers cannot say.
fn poetry_versions(text: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty() && *part != "*") {
        let (caret, rest) = match (part.strip_prefix('^'), part.strip_prefix('~')) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) if !rest.starts_with('=') => (false, rest),
            _ => {
                let plain = part.starts_with(|c: char| c.is_ascii_digit());
                parts.push(if plain { format!("=={part}") } else { part.to_owned() });
                continue;
            }
        };
        let rest = rest.trim();
        let numbers: Option<Vec<u64>> = rest.split('.').map(|number| number.parse().ok()).collect();
        let numbers = numbers.filter(|numbers| !numbers.is_empty() && numbers.len() <= 8)?;
        // The place that may not grow: for a caret the first that is not zero, for a tilde the second at most.
        let last = numbers.len().saturating_sub(1);
        let fixed = if caret { numbers.iter().position(|n| *n != 0).unwrap_or(last) } else { last.min(1) };
        let upper: Vec<String> = numbers
            .iter()
            .take(fixed.saturating_add(1))
            .enumerate()
            .map(|(at, n)| if at == fixed { n.saturating_add(1).to_string() } else { n.to_string() })
            .collect();
        parts.push(format!(">={rest}"));
        parts.push(format!("<{}", upper.join(".")));
    }
    let all = parts.join(",");
    (!all.contains('|') && !all.contains(char::is_whitespace) || all.is_empty()).then_some(all)
}

/// A marker that holds for the Pythons of some specifiers.
fn python_marker(specifiers: &str) -> Option<String> {
    let parts = specifiers.split(',').filter(|part| !part.is_empty()).map(|part| {
        let at = part.find(|c: char| c.is_ascii_digit())?;
        let (operator, version) = part.split_at_checked(at)?;
        Some(format!("python_full_version {operator} '{version}'"))
    });
    let parts: Vec<String> = parts.collect::<Option<_>>()?;
    (!parts.is_empty()).then(|| parts.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: &str = r#"
[project]
name = "demo"
dependencies = ["numpy>=2", "colorama; sys_platform == 'win32'"]
[project.optional-dependencies]
fast = ["lxml>=5"]
all = ["demo[fast]", "rich"]
[dependency-groups]
dev = ["pytest>=8", {include-group = "lint"}]
lint = ["pyflakes"]
[tool.uv.sources]
rich = { git = "https://h.example/rich" }
"#;

    fn asked(parts: &Parts) -> Vec<String> {
        let read = read(PROJECT, "pyproject.toml", "", parts);
        assert!(read.problems.is_empty(), "{:?}", read.problems);
        let name = |request: Request| request.name.map(|name| name.to_string()).unwrap_or_default();
        read.requests.into_iter().map(name).collect()
    }

    #[test]
    fn only_what_a_user_of_the_project_gets_is_read_unless_more_is_asked_for() {
        assert_eq!(asked(&Parts::default()), ["numpy", "colorama"]);
        let dev = Parts { groups: vec!["Dev".to_owned()], ..Parts::default() };
        assert_eq!(asked(&dev), ["numpy", "colorama", "pytest", "pyflakes"]);
        let all = Parts { extras: vec!["all".to_owned()], ..Parts::default() };
        assert_eq!(asked(&all), ["numpy", "colorama", "rich", "lxml"]);
    }

    #[test]
    fn requirements_have_their_line_and_their_source() {
        let parts = Parts { all_extras: true, ..Parts::default() };
        let read = read(PROJECT, "p.toml", "", &parts);
        assert_eq!(read.requests[0].origin, "p.toml:4");
        let rich = read.requests.iter().find(|one| one.source != Source::Index).expect("rich");
        assert!(matches!(&rich.source, Source::Vcs(address) if address == "git+https://h.example/rich"));
    }

    #[test]
    fn groups_that_include_each_other_end_and_missing_ones_are_told() {
        let text = "[dependency-groups]\na = [{include-group='b'}, 'x']\nb = [{include-group='a'}, {include-group='c'}]\n";
        let parts = Parts { all_groups: true, ..Parts::default() };
        let read = read(text, "p", "", &parts);
        assert_eq!((read.requests.len(), read.problems.len()), (1, 1), "{read:?}");
    }

    #[test]
    fn poetrys_versions_are_turned_into_specifiers() {
        for (poetry, pep440) in [
            ("^1.2.3", ">=1.2.3,<2"),
            ("^0.2.3", ">=0.2.3,<0.3"),
            ("^0.0.3", ">=0.0.3,<0.0.4"),
            ("^0.0", ">=0.0,<0.1"),
            ("^1", ">=1,<2"),
            ("~1.2.3", ">=1.2.3,<1.3"),
            ("~1", ">=1,<2"),
            ("~=1.4", "~=1.4"),
            (">=1,<3", ">=1,<3"),
            ("1.5", "==1.5"),
            ("1.*", "==1.*"),
            ("*", ""),
        ] {
            assert_eq!(poetry_versions(poetry).as_deref(), Some(pep440), "{poetry}");
        }
        assert_eq!(poetry_versions("^1 || ^2"), None);
    }

    #[test]
    fn poetrys_own_tables_are_read() {
        let text = "[tool.poetry.dependencies]\npython='^3.11'\nnumpy='^2.1'\nlxml={version='>=5',optional=true}\n\
                    old={version='1.0',python='<3.12'}\n[tool.poetry.group.dev.dependencies]\npytest='*'\n\
                    [tool.poetry.extras]\nxml=['lxml']\n";
        let names = |parts: &Parts| read(text, "p", "", parts).requests.len();
        assert_eq!(names(&Parts::default()), 2);
        assert_eq!(names(&Parts { all_extras: true, all_groups: true, ..Parts::default() }), 4);
        let old = read(text, "p", "", &Parts::default()).requests.pop().expect("old");
        assert_eq!(old.marker.as_deref(), Some("python_full_version < '3.12'"));
    }

    #[test]
    fn only_dependencies_that_no_build_may_change_are_static() {
        let fixed = "[project]\nname='a'\nrequires-python='>=3.9'\ndependencies=['b; os_name==\"nt\"']\noptional-dependencies={x=['c']}\n";
        let (requires, python) = static_metadata(fixed).expect("static");
        assert_eq!(requires, ["b; os_name==\"nt\"", "c; extra == 'x'"]);
        assert_eq!(python.as_deref(), Some(">=3.9"));
        assert!(static_metadata("[project]\nname='a'\ndynamic=['dependencies']\n").is_none());
        assert!(static_metadata("[build-system]\nrequires=[]\n").is_none());
    }

    proptest::proptest! {
        #[test]
        fn projects_never_panic(text in "(\\[project\\]|\\[dependency-groups\\]|\\[tool.poetry.dependencies\\]|a|=|'\\^1.2'|\\{|\\}|\\[|\\]|\n|include-group|,| ){0,30}") {
            let parts = Parts { all_extras: true, all_groups: true, ..Parts::default() };
            let _ = read(&text, "p", "", &parts);
        }
    }
}
