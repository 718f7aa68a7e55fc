//! The static site of a survey: pages, data, badges and a feed, as files that need nothing else.
//!
//! In: the rows of a run, read twice in the order of names, and what earlier runs said. Out: file after file, handed
//! to the caller. Only a few facts per project stay in memory; each project's page is written when its row goes by.
//! Every text in a row was written by somebody unknown: templates escape all of it, characters that steer a terminal
//! or turn the direction of writing are taken out, names of files are made of letters, digits and dashes alone, and
//! no page may load or run anything that is not in the site. Nothing knows the time, so equal rows are equal sites.

mod badge;
mod blockers;
mod changes;
mod chart;
mod overview;
mod package;
mod past;
mod summary;
mod templates;
mod text;

use serde::Serialize;
use serde_json::json;

pub use past::{Past, PastRow};
pub use summary::Summary;

use crate::report::RuleHelp;
use crate::survey::{Row, schema};
use blockers::Blockers;
use templates::{Templates, values};

/// What the site is about.
#[derive(Debug, Clone)]
pub struct About {
    /// The heading of all pages.
    pub title: String,
    /// The run's name; a day for runs that were not named.
    pub run: String,
    /// Where the site will lie, for the feed, whose links must be whole; relative without it.
    pub base_url: String,
    /// What the rules say of themselves.
    pub rules: Vec<RuleHelp>,
}

/// Why a site could not be built.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// A template does not fit its data: a fault of ours.
    #[error("a page could not be made: {0}")]
    Template(#[from] minijinja::Error),
    /// Rows could not be read, or files not written.
    #[error("{0}")]
    Outside(String),
}

type Rows<'a> = &'a mut dyn FnMut(&mut dyn FnMut(Row) -> Result<(), SiteError>) -> Result<(), SiteError>;
type Write<'a> = &'a mut dyn FnMut(&str, &[u8]) -> Result<(), SiteError>;

/// Builds the site. `rows` calls what it is given with every row, in the order of names, as often as it is asked to.
///
/// # Errors
/// If `rows` or `write` fails.
pub fn build(about: &About, past: &Past, rows: Rows<'_>, write: Write<'_>) -> Result<(), SiteError> {
    let templates = Templates::new()?;
    let mut all = Vec::new();
    let mut targets = Vec::new();
    rows(&mut |row| {
        if targets.is_empty() {
            targets.clone_from(&row.targets);
        }
        all.push(Summary::of(&row));
        Ok(())
    })?;
    let blockers = Blockers::of(&all);
    blockers.count(&mut all);
    let changes = changes::between(past.latest(), &all);
    let overview = overview::of(&all, &targets, past, &about.run);
    let shared = Shared { title: &about.title, run: &about.run };
    write("assets/style.css", include_bytes!("assets/style.css"))?;
    write("assets/table.js", include_bytes!("assets/table.js"))?;
    write("assets/icon.svg", include_bytes!("assets/icon.svg"))?;
    let page = |name: &str, template: &str, context: minijinja::Value, write: Write<'_>| {
        let depth = name.matches('/').count();
        let text = templates.page(template, &shared, &"../".repeat(depth), context)?;
        write(name, text.as_bytes())
    };
    let generators = overview::generators(&all);
    page(
        "index.html",
        "index.html",
        values! {
            overview => overview, changes => changes.iter().take(20).collect::<Vec<_>>(),
            before => past.latest().map(|(run, _)| run), blockers => blockers.ranked(&all, 5), generators => generators,
        },
        write,
    )?;
    let first: Vec<&Summary> = all.iter().take(200).collect();
    page("packages.html", "packages.html", values! { first => first, count => all.len() }, write)?;
    page(
        "changes.html",
        "changes.html",
        values! { changes => changes, before => past.latest().map(|(run, _)| run) },
        write,
    )?;
    page("blockers.html", "blockers.html", values! { blockers => blockers.ranked(&all, 500) }, write)?;
    page("about.html", "about.html", values! { overview => overview }, write)?;
    page("generators/index.html", "generators.html", values! { generators => generators }, write)?;
    for generator in &generators {
        let users: Vec<&Summary> = all.iter().filter(|one| one.uses(&generator.name)).collect();
        let name = format!("generators/{}.html", generator.slug);
        page(&name, "generator.html", values! { generator => generator, users => users }, write)?;
    }
    let rules = overview::rules(&all, &about.rules);
    page("rules/index.html", "rules.html", values! { rules => rules, overview => overview }, write)?;
    for rule in &rules {
        let mut hit: Vec<&Summary> = all.iter().filter(|one| one.rules.contains_key(&rule.id)).collect();
        hit.sort_by_key(|one| (std::cmp::Reverse(one.rules.get(&rule.id).copied()), one.name.as_str()));
        let hit: Vec<_> =
            hit.into_iter().map(|one| values! { package => one, times => one.rules.get(&rule.id) }).collect();
        page(
            &format!("rules/{}.html", rule.id),
            "rule.html",
            values! { rule => rule, hit => hit, overview => overview },
            write,
        )?;
    }
    let feed = changes::feed(about, past, &changes);
    write("feed.xml", templates.plain("feed.xml", values! { feed => feed })?.as_bytes())?;
    write("data/table.js", table(&all).as_bytes())?;
    write("data/packages.json", lines(&all).as_bytes())?;
    let mut counts = serde_json::to_value(&overview).unwrap_or_default();
    counts.as_object_mut().map(|fields| fields.remove("curve"));
    write(
        "data/summary.json",
        pretty(&json!({ "schema": 1, "run": about.run, "overview": counts })).as_bytes(),
    )?;
    write("data/changes.json", pretty(&json!({ "schema": 1, "run": about.run, "before": past.latest().map(|(run, _)| run), "changes": changes })).as_bytes())?;
    write(
        "data/blockers.json",
        pretty(&json!({ "schema": 1, "blockers": blockers.ranked(&all, usize::MAX) })).as_bytes(),
    )?;
    write("data/row.schema.json", schema().as_bytes())?;
    write(
        "data/packages.schema.json",
        pretty(&serde_json::to_value(schemars::schema_for!(Vec<Summary>)).unwrap_or_default()).as_bytes(),
    )?;
    rows(&mut |mut row| {
        let slug = text::slug(&row.name);
        blockers.tell(&mut row, &all);
        let summary = Summary::of(&row);
        let context = package::context(&row, &summary, &blockers, &all, past);
        page(&format!("p/{slug}.html"), "package.html", context, write)?;
        write(&format!("p/{slug}.json"), row.line().as_bytes())?;
        for badge in badge::all(&row, &slug) {
            write(&badge.path, badge.text.as_bytes())?;
        }
        Ok(())
    })
}

/// What every page shows.
#[derive(Debug, Serialize)]
struct Shared<'a> {
    title: &'a str,
    run: &'a str,
}

fn pretty(value: &serde_json::Value) -> String {
    let mut value = value.clone();
    value.sort_all_objects();
    format!("{value:#}\n")
}

/// An array with a line each, so that a change of one package is a change of one line.
fn lines(all: &[Summary]) -> String {
    let rows: Vec<String> = all
        .iter()
        .map(|one| {
            let mut value = serde_json::to_value(one).unwrap_or_default();
            value.sort_all_objects();
            value.to_string()
        })
        .collect();
    format!("[\n{}\n]\n", rows.join(",\n"))
}

/// What the table's script reads: as a script and not as JSON, for pages opened from a disk may not fetch. Columns in
/// a fixed order keep it small: name, version, verdict, safety, score, ships, high, medium, low, dependents,
/// downloads, generators, page.
fn table(all: &[Summary]) -> String {
    let rows: Vec<serde_json::Value> = all
        .iter()
        .map(|one| {
            json!([
                text::clean(&one.name),
                one.version,
                one.verdict,
                one.safety,
                one.score,
                one.ships,
                one.high,
                one.medium,
                one.low,
                one.needed_by,
                one.downloads,
                one.generator_names().collect::<Vec<_>>().join(" "),
                (one.slug != one.name).then_some(&one.slug),
            ])
        })
        .collect();
    // In a script, `<` could only matter to a page that holds it; nothing is lost by being careful.
    let text = serde_json::Value::from(rows).to_string().replace('<', "\\u003c");
    format!("window.UNGIL_TABLE = {text};\n")
}
