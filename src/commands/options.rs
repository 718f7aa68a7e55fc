//! What the common options mean: targets, threshold, cache, plan.

use super::Stop;
use super::cli::{AuditArgs, Color, CommonArgs};
use crate::input::Parts;
use crate::judge::{self, Weights};
use crate::model::{Platform, PythonVersion, Target};
use crate::pipeline::Plan;
use crate::report::FailOn;
use crate::select::Policy;
use crate::store::Cache;
use crate::unpack::Limits;

/// What is judged for unless told otherwise: the first Python whose free-threaded build is officially supported.
const DEFAULT_PYTHON: &str = "3.14t";

impl AuditArgs {
    /// The optional parts of projects and locks that are asked for.
    pub fn parts(&self) -> Parts {
        Parts {
            extras: self.extras.clone(),
            all_extras: self.all_extras,
            groups: self.groups.clone(),
            all_groups: self.all_groups,
        }
    }
}

impl CommonArgs {
    /// Every option as it is by default, and nothing kept.
    pub fn plain() -> Self {
        Self {
            tree: false,
            pythons: Vec::new(),
            platforms: Vec::new(),
            no_sources: false,
            formats: Vec::new(),
            output: None,
            fail_on: None,
            offline: true,
            cache_dir: None,
            no_cache: true,
            config: None,
            isolated: true,
            color: Color::Never,
            quiet: 1,
            verbose: 0,
        }
    }

    /// Every asked Python on every asked platform, without repeats, in the order given.
    pub fn targets(&self) -> Result<Vec<Target>, Stop> {
        let pythons = match self.pythons.as_slice() {
            [] => vec![DEFAULT_PYTHON.to_owned()],
            given => given.to_vec(),
        };
        let pythons: Vec<PythonVersion> = pythons
            .iter()
            .map(|text| text.trim().parse().map_err(|error| Stop::usage(format!("--python: {error}"))))
            .collect::<Result<_, _>>()?;
        let platforms: Vec<Platform> = match self.platforms.as_slice() {
            [] => vec![Platform::of_this_machine()],
            given => given
                .iter()
                .map(|text| text.trim().parse().map_err(|error| Stop::usage(format!("--platform: {error}"))))
                .collect::<Result<_, _>>()?,
        };
        let mut targets = Vec::new();
        for python in pythons {
            for platform in &platforms {
                let target = Target { python, platform: platform.clone() };
                if let Some(reason) = judge::refuse(&target) {
                    return Err(Stop::usage(format!("--python: {reason}")));
                }
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
        }
        Ok(targets)
    }

    /// Whether the user named the targets.
    pub fn names_targets(&self) -> bool {
        !self.pythons.is_empty() || !self.platforms.is_empty()
    }

    /// What makes the exit code 1.
    pub fn fail_on(&self, default: FailOn) -> Result<FailOn, Stop> {
        match &self.fail_on {
            None => Ok(default),
            Some(text) => text.parse().map_err(|error| Stop::usage(format!("--fail-on: {error}"))),
        }
    }

    /// The cache folder.
    pub fn cache(&self) -> Cache {
        match (&self.cache_dir, self.no_cache) {
            (_, true) => Cache::disabled(),
            (Some(dir), _) => Cache::open(dir),
            (None, _) => Cache::default_dir().map_or_else(Cache::disabled, |dir| Cache::open(&dir)),
        }
    }

    /// The plan of a run.
    pub fn plan(&self, policy: Policy) -> Result<Plan, Stop> {
        Ok(Plan {
            targets: self.targets()?,
            policy,
            sources: !self.no_sources,
            keep_sdists: false,
            limits: Limits::default(),
            weights: Weights::builtin(),
        })
    }

    /// How much to say: below 0 less, above 0 more.
    pub fn verbosity(&self) -> i8 {
        let more = i8::try_from(self.verbose).unwrap_or(i8::MAX);
        // One -q only silences progress.
        let less = i8::try_from(self.quiet).unwrap_or(i8::MAX).saturating_sub(1).max(0);
        more.saturating_sub(less)
    }
}
