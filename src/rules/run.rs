//! Runs all query rules of a language over one tree, in one pass.
//!
//! In: the tree, its text, and a [`Context`] that knows what a tree cannot say: locks held, who may reach an
//! object, what a project's own helpers do. Out: [`Hit`]s in order of their place. The patterns of all rules
//! are one query, so that a file is walked once however many rules there are.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{ControlFlow, Range};

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Query, QueryCursor, StreamingIterator, Tree};

use super::load::{Rule, Trigger};
use super::query::{Shape, Test};
use super::vocabulary::{Language, Predicate, Region, Storage};
use super::{PredicateAt, RuleSet, Wording};
use crate::knowledge::{Knowledge, Traits};

/// Most places that rules may report in one file; what lies beyond is a sign of a generated file.
pub const MAX_HITS: usize = 20_000;

/// How many states the matcher may keep under way; bounds its memory on hostile trees.
const MATCH_LIMIT: u32 = 4096;

/// What a front end knows about a place in its file. Ranges are bytes of the text given to [`RuleSet::run`].
pub trait Context {
    /// Whether the place lies in a region.
    fn within(&self, place: Range<usize>, region: Region) -> bool;

    /// Whether another thread may reach the object that an expression denotes. Unknown counts as yes only
    /// where an object came from outside of the function.
    fn shared(&self, expression: Range<usize>) -> bool;

    /// Whether the variable named there lives that way.
    fn stored(&self, name: Range<usize>, storage: Storage) -> bool;

    /// What the front end found out about the project's own function or macro called at that place.
    fn helper(&self, _name: &str, _place: Range<usize>) -> Traits {
        Traits::default()
    }
}

/// A place where a rule fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What to report.
    pub wording: Wording,
    /// The place, in bytes of the text.
    pub bytes: Range<usize>,
    /// Regions in which the rule would be silent. Whether a function only runs there (its callers hold the
    /// lock, only the module's set-up calls it) may be known only when all files of a project are read.
    pub unless: Vec<Region>,
    /// The expression whose object must be one that other threads reach, if the rule asks that.
    pub shared: Option<Range<usize>>,
}

/// What is known of a call or a field's name before anything is parsed.
#[derive(Debug, Clone, Copy)]
pub struct Named {
    /// Traits of the name, by facts or by what a project's helper does.
    pub traits: Traits,
    /// It stands in a detached stretch.
    pub detached: bool,
}

/// What the queries of a language ask of names, for deciding what is worth parsing. Known without compiling them, which
/// most files never need.
#[derive(Debug, Default)]
pub(super) struct Asks {
    anywhere: Traits,
    detached: Traits,
    /// Texts that patterns without a question to the facts ask for. No rule of ours is one; people's own may be.
    words: BTreeSet<String>,
    /// Some pattern asks neither facts nor texts: any code could match it.
    any: bool,
}

/// All patterns of one language, compiled.
#[derive(Debug)]
pub(super) struct Compiled {
    query: Query,
    /// For each pattern what asks for that shape.
    askers: Vec<Vec<Asker>>,
}

/// A match of a rule. Many ask for the same shape, such as any call: to compile it once is cheaper, and so is to
/// walk the tree for it once.
#[derive(Debug)]
struct Asker {
    /// Which rule, and which of its matches.
    of: (usize, usize),
    /// Index of `@site` among the captures.
    site: u32,
    /// Its captures with their indices.
    captures: Vec<(String, u32)>,
    /// Its tests, with the index of the capture they are about.
    tests: Vec<(u32, Test)>,
}

/// The grammar of a language that queries can be written for.
pub(super) fn grammar(language: Language) -> Option<tree_sitter::Language> {
    match language {
        Language::C => Some(tree_sitter_c::LANGUAGE.into()),
        Language::Cpp => Some(tree_sitter_cpp::LANGUAGE.into()),
        Language::Rust => Some(tree_sitter_rust::LANGUAGE.into()),
        Language::Python => Some(tree_sitter_python::LANGUAGE.into()),
        Language::Cython | Language::Build | Language::Wheel => None,
    }
}

/// Compiles every query of a language; `without` leaves one predicate out.
pub(super) fn compile(
    rules: &[Rule],
    language: Language,
    without: Option<PredicateAt>,
) -> Result<Option<Compiled>, String> {
    let mut shapes: BTreeMap<String, Vec<(usize, usize, &Shape)>> = BTreeMap::new();
    for query in queries(rules, language) {
        shapes.entry(query.2.plain()).or_default().push(query);
    }
    if shapes.is_empty() {
        return Ok(None);
    }
    let grammar =
        grammar(language).ok_or_else(|| format!("no query can be written for {}", language.text()))?;
    let mut text = String::new();
    let mut starts = Vec::new();
    for (pattern, of) in &shapes {
        starts.push((text.len(), of));
        text.push_str(pattern);
        text.push('\n');
    }
    let query = Query::new(&grammar, &text).map_err(|error| error.to_string())?;
    let mut askers = Vec::new();
    for pattern in 0..query.pattern_count() {
        let start = query.start_byte_for_pattern(pattern);
        let last = starts.partition_point(|entry| entry.0 <= start).saturating_sub(1);
        let (_, of) = starts.get(last).ok_or("a pattern of no rule")?;
        let mut all = Vec::new();
        for &(at, which, shape) in *of {
            let mut captures = Vec::new();
            for (nth, name) in shape.captures.iter().enumerate() {
                let index = query.capture_index_for_name(&Shape::plain_name(nth));
                captures.push((name.clone(), index.ok_or("capture without index")?));
            }
            let index_of = |name: &str| captures.iter().find(|one| one.0 == name).map(|one| one.1);
            let mut tests = Vec::new();
            for test in tests_of((at, which, shape), without) {
                tests.push((index_of(&test.capture).ok_or("test without capture")?, test.clone()));
            }
            // Cheap tests first: most matches fall on the name of the function called.
            tests.sort_by_key(|(_, test)| match test.predicate {
                Predicate::Fact | Predicate::NotFact | Predicate::Text | Predicate::NotText => 0,
                Predicate::Helper => 1,
                _ => 2,
            });
            let site = index_of("site").ok_or("no @site")?;
            all.push(Asker { of: (at, which), site, captures, tests });
        }
        askers.push(all);
    }
    Ok(Some(Compiled { query, askers }))
}

/// The queries of a language, each with its rule and its number there.
fn queries(rules: &[Rule], language: Language) -> impl Iterator<Item = (usize, usize, &Shape)> {
    rules.iter().enumerate().flat_map(move |(at, rule)| {
        let of_it = rule.matches.iter().enumerate().filter(move |(_, one)| one.languages.contains(&language));
        of_it.filter_map(move |(which, one)| match &one.trigger {
            Trigger::Query(shape) => Some((at, which, shape)),
            Trigger::Detector { .. } => None,
        })
    })
}

/// The tests of a query, but for one that is left out, with their numbers.
fn tests_of(
    (rule, which, shape): (usize, usize, &Shape),
    without: Option<PredicateAt>,
) -> impl Iterator<Item = &Test> {
    let left = move |test: usize| without == Some(PredicateAt { rule, which, test });
    shape.tests.iter().enumerate().filter(move |(test, _)| !left(*test)).map(|(_, test)| test)
}

/// What the queries of a language ask of names; `without` leaves one predicate out.
pub(super) fn asks(rules: &[Rule], language: Language, without: Option<PredicateAt>) -> Asks {
    let mut asks = Asks::default();
    for query in queries(rules, language) {
        let tests: Vec<&Test> = tests_of(query, without).collect();
        let detached = tests
            .iter()
            .any(|test| test.predicate == Predicate::Within && test.regions == [Region::Detached]);
        let facts = |one: &Predicate| matches!(one, Predicate::Fact | Predicate::Helper);
        if !tests.iter().any(|test| facts(&test.predicate)) {
            match tests.iter().find(|test| test.predicate == Predicate::Text) {
                Some(test) => asks.words.extend(test.words.iter().cloned()),
                None => asks.any = true,
            }
        }
        for test in tests {
            match test.predicate {
                Predicate::Fact | Predicate::Helper if detached => {
                    asks.detached = asks.detached.with(test.traits)
                }
                Predicate::Fact | Predicate::Helper => asks.anywhere = asks.anywhere.with(test.traits),
                _ => {}
            }
        }
    }
    asks
}

impl Asks {
    /// Whether a name that is there could make any pattern match.
    fn may_match(&self, name: Named, word: &str) -> bool {
        self.any
            || (!self.words.is_empty() && self.words.contains(word))
            || name.traits.any(self.anywhere)
            || (name.detached && name.traits.any(self.detached))
    }
}

impl Compiled {
    /// Calls `sink` for every place where a rule fires; stops after [`MAX_HITS`].
    pub(super) fn run(
        &self,
        rules: &[Rule],
        root: Node<'_>,
        text: &[u8],
        context: &dyn Context,
        sink: &mut dyn FnMut(Hit),
    ) {
        let mut cursor = QueryCursor::new();
        cursor.set_match_limit(MATCH_LIMIT);
        let mut matches = cursor.matches(&self.query, root, text);
        let mut count = 0;
        while let Some(found) = matches.next() {
            let node =
                |index: u32| found.captures().iter().find(|one| one.index == index).map(|one| one.node);
            for asker in self.askers.get(found.pattern_index).into_iter().flatten() {
                let holds = asker.tests.iter().all(|(index, test)| {
                    node(*index).is_some_and(|node| holds(test, node.byte_range(), text, context))
                });
                let (true, Some(site)) = (holds, node(asker.site)) else { continue };
                let (at, which) = asker.of;
                let Some(rule) = rules.get(at) else { continue };
                let Some(one) = rule.matches.get(which) else { continue };
                let filling = |hole: &str| {
                    let (_, index) = asker.captures.iter().find(|(name, _)| name == hole)?;
                    Some(text_at(text, node(*index)?.byte_range()).into_owned())
                };
                let mut unless = Vec::new();
                let mut shared = None;
                for (index, test) in &asker.tests {
                    match test.predicate {
                        Predicate::NotWithin => unless.extend_from_slice(&test.regions),
                        Predicate::Shared => shared = node(*index).map(|node| node.byte_range()),
                        _ => {}
                    }
                }
                let wording = Wording::of(rule, one, &filling);
                sink(Hit { wording, bytes: site.byte_range(), unless, shared });
                count += 1;
                if count >= MAX_HITS {
                    return;
                }
            }
        }
    }
}

fn holds(test: &Test, place: Range<usize>, text: &[u8], context: &dyn Context) -> bool {
    let name = || text_at(text, place.clone());
    match test.predicate {
        Predicate::Fact => Knowledge::builtin().traits(&name()).any(test.traits),
        Predicate::NotFact => !Knowledge::builtin().traits(&name()).any(test.traits),
        Predicate::Helper => context.helper(&name(), place).any(test.traits),
        Predicate::Text => test.words.iter().any(|word| *word == name()),
        Predicate::NotText => !test.words.iter().any(|word| *word == name()),
        Predicate::Within => test.regions.iter().any(|one| context.within(place.clone(), *one)),
        Predicate::NotWithin => !test.regions.iter().any(|one| context.within(place.clone(), *one)),
        Predicate::Shared => context.shared(place),
        Predicate::NotShared => !context.shared(place),
        Predicate::Stored => test.storage.iter().any(|one| context.stored(place.clone(), *one)),
        Predicate::NotStored => !test.storage.iter().any(|one| context.stored(place.clone(), *one)),
    }
}

fn text_at(text: &[u8], range: Range<usize>) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(text.get(range).unwrap_or_default())
}

impl RuleSet {
    /// Parses text with the grammar of a language. `None` if there is none, or if the text costs out of proportion
    /// to its size.
    pub fn parse(&self, language: Language, text: &[u8]) -> Option<Tree> {
        let mut parser = Parser::new();
        parser.set_language(&grammar(language)?).ok()?;
        // The parser reports back after a fixed number of steps; a file of ordinary code needs a fraction of these.
        let mut left = 2_000 + text.len() / 16;
        let mut watch = |_: &ParseState| {
            left = left.saturating_sub(1);
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let mut read = |at: usize, _| text.get(at..).unwrap_or_default();
        parser.parse_with_options(&mut read, None, Some(ParseOptions::new().progress_callback(&mut watch)))
    }

    /// Runs every query rule of a language over a tree and tells each place that fires.
    pub fn run(
        &self,
        language: Language,
        root: Node<'_>,
        text: &[u8],
        context: &dyn Context,
        sink: &mut dyn FnMut(Hit),
    ) {
        if let Some(compiled) = self.compiled(language) {
            compiled.run(self.rules(), root, text, context, sink);
        }
    }

    /// Whether any query of a language could match because of a name: what none asks for need not be parsed.
    pub fn may_match(&self, language: Language, name: Named, word: &str) -> bool {
        self.asks(language).is_some_and(|asks| asks.may_match(name, word))
    }

    /// Whether a query of a language asks for more than what the facts know of names.
    pub fn asks_for_texts(&self, language: Language) -> bool {
        self.asks(language).is_some_and(|asks| asks.any || !asks.words.is_empty())
    }
}
