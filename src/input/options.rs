//! Options that requirements files may set for the whole run.

use std::collections::BTreeSet;

use crate::model::PackageName;

/// Some projects, or all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Every project.
    pub all: bool,
    /// These projects.
    pub names: BTreeSet<PackageName>,
}

impl Names {
    /// Whether a project is among them.
    pub fn has(&self, name: &PackageName) -> bool {
        self.all || self.names.contains(name)
    }

    /// Adds what one `--no-binary` or `--only-binary` says: `:all:`, `:none:` or names with commas.
    ///
    /// # Errors
    /// What is wrong, as a sentence without a full stop.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part {
                ":all:" => self.all = true,
                ":none:" => *self = Self::default(),
                name => {
                    self.names.insert(PackageName::new(name).map_err(|error| error.to_string())?);
                }
            }
        }
        Ok(())
    }
}

/// Options of requirements files, as pip knows them. URLs may hold credentials and are never to be printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The last `--index-url`.
    pub index_url: Option<String>,
    /// Every `--extra-index-url`, in order.
    pub extra_index_urls: Vec<String>,
    /// `--no-index`.
    pub no_index: bool,
    /// Every `--find-links`, in order.
    pub find_links: Vec<String>,
    /// `--pre`.
    pub pre: bool,
    /// `--require-hashes`.
    pub require_hashes: bool,
    /// `--prefer-binary`.
    pub prefer_binary: bool,
    /// `--no-binary`.
    pub no_binary: Names,
    /// `--only-binary`.
    pub only_binary: Names,
    /// Every `--trusted-host`.
    pub trusted_hosts: Vec<String>,
}

impl Options {
    /// Adds what a later file sets.
    pub fn extend(&mut self, later: Self) {
        self.index_url = later.index_url.or(self.index_url.take());
        self.extra_index_urls.extend(later.extra_index_urls);
        self.find_links.extend(later.find_links);
        self.trusted_hosts.extend(later.trusted_hosts);
        self.no_index |= later.no_index;
        self.pre |= later.pre;
        self.require_hashes |= later.require_hashes;
        self.prefer_binary |= later.prefer_binary;
        for (mine, theirs) in
            [(&mut self.no_binary, later.no_binary), (&mut self.only_binary, later.only_binary)]
        {
            mine.all |= theirs.all;
            mine.names.extend(theirs.names);
        }
    }
}
