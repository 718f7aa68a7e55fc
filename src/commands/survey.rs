//! `ungil survey`, `ungil worker`, and what their command lines share.

use std::io::{BufRead as _, Read as _, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use super::cli::{Color, CommonArgs, IndexArgs};
use super::place::{Place, Rows};
use super::site::{self, SiteArgs};
use super::stopping::Stopping;
use super::{Stop, audit, output, progress};
use crate::index::{Index, Settings};
use crate::input::Options;
use crate::model::PackageName;
use crate::pipeline::{self, Plan, Surveyed};
use crate::report::{TargetRow, Tool};
use crate::select::Policy;
use crate::store::Cache;
use crate::survey::folder::Run;
use crate::survey::{Entry, List, Row, Shard, list_line};

/// The largest list that is read.
const MAX_LIST: u64 = 512 << 20;
/// The longest line that a worker is handed.
const MAX_LINE: u64 = 1 << 20;
/// A list longer than this should say whom an index may write to.
const MANY: usize = 500;

/// What a survey is for, and how it behaves.
#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// The Python to judge for; may be given several times. [default: 3.14t]
    #[arg(long = "python", value_name = "VERSION", env = "UNGIL_PYTHON", value_delimiter = ',')]
    pub pythons: Vec<String>,
    /// The platform to judge for, as for an audit; may be given several times. [default: this machine's]
    #[arg(long = "platform", value_name = "PLATFORM", env = "UNGIL_PLATFORM", value_delimiter = ',')]
    pub platforms: Vec<String>,
    /// Judge wheels only; do not read sources.
    #[arg(long, env = "UNGIL_NO_SOURCES")]
    pub no_sources: bool,
    /// Do not look into old wheels for since when a project keeps the GIL off; by default five at the most are read, by
    /// ranges, of a project that has free-threaded ones.
    #[arg(long, env = "UNGIL_NO_PAST")]
    pub no_past: bool,
    /// Let pre-releases count as releases.
    #[arg(long, env = "UNGIL_PRE")]
    pub pre: bool,
    /// Most requests under way at once; so many projects are looked at at a time.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64), env = "UNGIL_REQUESTS")]
    pub requests: u8,
    /// Whom the index may write to: an address that becomes part of the User-Agent.
    #[arg(long, value_name = "TEXT", env = "UNGIL_CONTACT")]
    pub contact: Option<String>,
    /// Use only the cache and local files.
    #[arg(long, env = "UNGIL_OFFLINE")]
    pub offline: bool,
    /// Where to keep what was fetched and seen. [default: ungil in the platform's cache folder]
    #[arg(long, value_name = "DIR", env = "UNGIL_CACHE_DIR")]
    pub cache_dir: Option<PathBuf>,
    /// Keep nothing and use nothing that was kept, whatever folder is named for it.
    #[arg(long, env = "UNGIL_NO_CACHE")]
    pub no_cache: bool,
    /// Keep results and caches here instead: s3://BUCKET/PREFIX, file:///FOLDER or a folder. Credentials, region and
    /// endpoint of a bucket are taken from AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL and their like.
    #[arg(long, value_name = "ADDRESS", env = "UNGIL_STORE")]
    pub store: Option<String>,
    /// Say less: no progress.
    #[arg(short, long, action = clap::ArgAction::Count, env = "UNGIL_QUIET")]
    pub quiet: u8,
    #[command(flatten)]
    pub index: IndexArgs,
}

#[derive(Debug, Args)]
pub(super) struct SurveyArgs {
    /// The list: a project a line, CSV, or JSON, with numbers of downloads if it has them; `-` reads standard input.
    #[arg(value_name = "LIST")]
    pub list: PathBuf,
    /// Where the rows go, as they get done: DIR/run=ID/shard=N/rows.jsonl; and beside it, when all are, the tables.
    #[arg(long, value_name = "DIR", default_value = "survey", env = "UNGIL_OUT", conflicts_with = "store")]
    pub out: PathBuf,
    /// The name of the run. [default: today's date in UTC]
    #[arg(long, value_name = "ID", env = "UNGIL_RUN")]
    pub run: Option<String>,
    /// Go on with a run: what has a row is not looked at again.
    #[arg(long, env = "UNGIL_RESUME")]
    pub resume: bool,
    /// Look only at this part of the list: 3/16 is the third of sixteen.
    #[arg(long, value_name = "I/N", default_value = "1/1", env = "UNGIL_SHARD")]
    pub shard: Shard,
    /// End with 0 although some rows are incomplete: they say why. For schedulers that would do the work again.
    #[arg(long, env = "UNGIL_INCOMPLETE_OK")]
    pub incomplete_ok: bool,
    #[command(flatten)]
    pub site: SiteArgs,
    #[command(flatten)]
    pub common: RunArgs,
}

#[derive(Debug, Args)]
pub(super) struct WorkerArgs {
    #[command(flatten)]
    pub common: RunArgs,
}

/// Everything that looking needs.
pub(super) struct Ready {
    index: Index,
    plan: Plan,
    tool: Tool,
    targets: Vec<TargetRow>,
    shown: Arc<progress::Shown>,
    exclude_newer: Option<String>,
    past: bool,
    stopping: Arc<Stopping>,
}

impl RunArgs {
    fn common(&self) -> CommonArgs {
        CommonArgs {
            tree: false,
            pythons: self.pythons.clone(),
            platforms: self.platforms.clone(),
            no_sources: self.no_sources,
            formats: Vec::new(),
            output: None,
            fail_on: None,
            offline: self.offline,
            cache_dir: self.cache_dir.clone(),
            no_cache: self.no_cache,
            config: None,
            isolated: true,
            color: Color::Auto,
            quiet: self.quiet,
            verbose: 0,
        }
    }

    /// Where the cache is, for those who keep everything in one place.
    fn cache(&self, common: &CommonArgs, store: Option<&Place>) -> Cache {
        match store {
            Some(_) if self.cache_dir.is_some() || self.no_cache => common.cache(),
            Some(Place::Bucket(bucket)) => Cache::in_bucket(Arc::clone(bucket)),
            Some(Place::Folder(dir)) => Cache::open(&dir.join("cache")),
            None => common.cache(),
        }
    }

    fn store(&self) -> Result<Option<Place>, Stop> {
        self.store.as_deref().map(Place::of).transpose()
    }

    /// `worker` for one who may wait for input for ever.
    fn ready(&self, store: Option<&Place>, worker: bool) -> Result<Ready, Stop> {
        let common = self.common();
        let plan = common.plan(Policy { pre: self.pre, ..Policy::default() })?;
        let plan = Plan { keep_sdists: true, ..plan };
        let mut settings = audit::settings(&self.index, self.offline, &Options::default())?;
        settings.requests_at_once = usize::from(self.requests);
        if let Some(contact) = &self.contact {
            settings.user_agent = user_agent(contact)?;
        }
        for warning in &settings.warnings {
            output::warning(warning);
        }
        let exclude_newer = settings.exclude_newer.map(|time| time.to_string());
        let shown = progress::Shown::new(worker || self.quiet > 0);
        let watch: Arc<progress::Shown> = Arc::clone(&shown);
        let index = Index::new(settings, Arc::new(self.cache(&common, store)), watch)
            .map_err(|error| Stop::usage(error.to_string()))?;
        let tool = audit::tool(&plan.weights);
        let targets = plan.targets.iter().map(TargetRow::from).collect();
        let stopping = Stopping::listen(worker);
        Ok(Ready { index, plan, tool, targets, shown, exclude_newer, past: !self.no_past, stopping })
    }
}

/// The User-Agent with a contact, which must not end its comment or its header.
fn user_agent(contact: &str) -> Result<String, Stop> {
    let sound = |c: char| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '\\');
    if contact.is_empty() || contact.len() > 200 || !contact.chars().all(sound) {
        return Err(Stop::usage("--contact: an address without spaces and parentheses is wanted"));
    }
    Ok(format!("{} (+{contact})", Settings::default().user_agent.split(' ').next().unwrap_or("ungil")))
}

impl Ready {
    fn row(&self, name: &PackageName, downloads: Option<u64>, found: Surveyed) -> Row {
        Row::of(name.to_string(), downloads, found, &self.tool, &self.targets)
    }

    fn no_name(&self, entry: &Entry) -> Row {
        Row::failed(entry, "it is no project's name", "write one name a line", &self.tool, &self.targets)
    }

    /// Looks at all entries and hands each row over; ends early if told to stop, or if `keep` fails, and says why.
    fn look(
        &self,
        entries: &mut (dyn Iterator<Item = Entry> + Send),
        keep: &(dyn Fn(&Row) -> Result<(), Stop> + Sync),
    ) -> Result<(), Stop> {
        let entries = Mutex::new(entries);
        let trouble = Mutex::new(None);
        let put = |row: &Row| {
            if let Err(stop) = keep(row) {
                trouble.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(stop);
            }
            self.stopping.end();
        };
        let next = || loop {
            if trouble.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
                return None;
            }
            let entry = {
                let mut entries = entries.lock().unwrap_or_else(PoisonError::into_inner);
                if self.stopping.code().is_some() {
                    return None;
                }
                let entry = entries.next()?;
                if !self.stopping.begin() {
                    return None;
                }
                entry
            };
            match entry.name {
                Ok(name) => return Some((name, entry.downloads)),
                Err(_) => put(&self.no_name(&entry)),
            }
        };
        let done = |name: &PackageName, downloads: Option<u64>, found: Surveyed| {
            put(&self.row(name, downloads, found));
        };
        pipeline::survey(&self.index, &self.plan, self.past, &next, &done, &*self.shown);
        self.shown.clear();
        if let Some((count, first)) = self.index.cache().trouble() {
            output::warning(&format!("{first} ({count} such troubles); the run went on without"));
        }
        trouble.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }
}

/// Runs a survey; gives the exit code.
pub(super) fn run(args: &SurveyArgs) -> Result<u8, Stop> {
    let mut list = read_list(&args.list)?;
    let store = args.common.store()?;
    let ready = args.common.ready(store.as_ref(), false)?;
    if args.common.contact.is_none() && list.len() > MANY {
        output::warning("so long a list should come with --contact, so that an index knows whom to ask");
    }
    let run = Run {
        schema: 1,
        run: args.run.clone().unwrap_or_else(|| jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()),
        tool: ready.tool.clone(),
        targets: ready.targets.clone(),
        sources: ready.plan.sources,
        pre: ready.plan.policy.pre,
        past: ready.past,
        exclude_newer: ready.exclude_newer.clone(),
    };
    let place = store.unwrap_or_else(|| Place::Folder(args.out.clone()));
    let dir = match &place {
        Place::Folder(dir) => dir.clone(),
        Place::Bucket(_) => PathBuf::new(),
    };
    let mut open = Rows::open(&place, &run, args.shard, args.resume)?;
    let (done, redone) = open.done();
    if redone > 0 {
        output::note(&format!("{redone} torn or unreadable rows or objects are done again"));
    }
    let mut kept = 0_usize;
    list.retain(&mut |name| {
        let mine = args.shard.has(name);
        let has_row = mine && done.contains(name);
        kept += usize::from(has_row);
        mine && !has_row
    });
    drop(done);
    pipeline::Watch::planned(&*ready.shown, list.len());
    let (rows, incomplete) = (AtomicUsize::new(0), AtomicUsize::new(0));
    ready.look(&mut list.entries(), &|row| {
        rows.fetch_add(1, Ordering::Relaxed);
        incomplete.fetch_add(usize::from(row.is_incomplete()), Ordering::Relaxed);
        open.append(&row.line())
    })?;
    let (rows, incomplete) = (rows.into_inner(), incomplete.into_inner());
    let traffic = ready.index.traffic();
    output::note(&format!(
        "{rows} rows written, {kept} were there; {} requests, {} bytes, {} answers from the cache, {} unchanged",
        traffic.requests,
        traffic.bytes,
        traffic.cached,
        traffic.revalidated + traffic.repeated
    ));
    if let Some(code) = ready.stopping.code() {
        output::warning("told to stop: what was finished is kept, and --resume goes on with the rest");
        return Ok(code);
    }
    if traffic.repeated > 0 {
        output::note(&format!(
            "{} of these pages were sent again all the same, for their server gives nothing to ask for changes by",
            traffic.repeated
        ));
    }
    if incomplete > 0 {
        output::warning(&format!("{incomplete} rows are incomplete, and say why"));
    }
    if rows + kept == 0 {
        output::warning("no project of the list belongs to this shard");
    }
    let finished = open.finish(&dir, &run, args.site.site.is_some())?;
    if finished.torn > 0 {
        output::warning(&format!(
            "{} objects of rows were cut short; --resume makes them again",
            finished.torn
        ));
    }
    site::build(&args.site, std::slice::from_ref(&finished.run), Some(&finished.runs), &run.run)?;
    Ok(if incomplete > 0 && !args.incomplete_ok || finished.torn > 0 { 3 } else { 0 })
}

fn read_list(path: &std::path::Path) -> Result<List, Stop> {
    let shown = path.display();
    let failed = |error: &dyn std::fmt::Display| Stop::usage(format!("{shown}: {error}"));
    let (mut input, mut file);
    let from: &mut dyn std::io::BufRead = if path.as_os_str() == "-" {
        input = std::io::stdin().lock();
        &mut input
    } else {
        file = std::io::BufReader::new(std::fs::File::open(path).map_err(|error| failed(&error))?);
        &mut file
    };
    let mut bounded = from.take(MAX_LIST + 1);
    let list = List::read(&mut bounded);
    if bounded.limit() == 0 {
        return Err(failed(&"it is too large for a list"));
    }
    list.map_err(|error| failed(&error))
}

/// Reads JSON lines and writes a row for each as soon as it is done; gives the exit code.
pub(super) fn worker(args: &WorkerArgs) -> Result<u8, Stop> {
    let store = args.common.store()?;
    let ready = args.common.ready(store.as_ref(), true)?;
    let asked = AtomicUsize::new(0);
    let mut input = std::io::stdin().lines_within(MAX_LINE);
    let mut entries = std::iter::from_fn(|| {
        loop {
            let line = input.next()?;
            if !line.trim().is_empty() {
                asked.fetch_add(1, Ordering::Relaxed);
                return Some(list_line(&line));
            }
        }
    });
    ready.look(&mut entries, &|row| {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(row.line().as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| Stop::from(anyhow::Error::from(error)))
    })?;
    if let Some(code) = ready.stopping.code() {
        return Ok(code);
    }
    if asked.into_inner() == 0 {
        output::warning("nothing was asked: a line of JSON per project is wanted on standard input");
    }
    // A row that says what is missing is what a worker is for; whoever started it reads that there.
    Ok(0)
}

/// Lines of bounded length.
trait LinesWithin {
    fn lines_within(self, most: u64) -> Bounded;
}

impl LinesWithin for std::io::Stdin {
    fn lines_within(self, most: u64) -> Bounded {
        Bounded { most }
    }
}

/// Standard input, line by line; what is beyond a line's bound is the next line, and no name.
struct Bounded {
    most: u64,
}

impl Iterator for Bounded {
    type Item = String;
    fn next(&mut self) -> Option<String> {
        let mut line = Vec::new();
        let mut input = std::io::stdin().lock();
        let read = input.by_ref().take(self.most).read_until(b'\n', &mut line);
        match read {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(String::from_utf8_lossy(&line).into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_cannot_break_out_of_the_header() {
        let agent = user_agent("https://example.org/survey").expect("an address");
        assert!(agent.starts_with("ungil/") && agent.ends_with("(+https://example.org/survey)"), "{agent}");
        for bad in ["", "a b", "x)", "a\nb", "\u{e9}"] {
            assert!(user_agent(bad).is_err(), "{bad}");
        }
    }
}
