//! Who needs whom within the list, and which of those that are not ready the most others wait for.

use std::collections::HashMap;

use serde::Serialize;

use super::Summary;
use crate::report::Requirer;
use crate::survey::Row;

/// Who needs whom, by places in the list.
#[derive(Debug)]
pub(super) struct Blockers {
    at: HashMap<String, usize>,
    /// For each project, who needs it, sorted.
    needed_by: Vec<Vec<usize>>,
    /// For each, how many need it, over however many steps.
    dependents: Vec<u32>,
}

/// One project that others wait for.
#[derive(Debug, Serialize)]
pub(super) struct Ranked<'a> {
    rank: usize,
    package: &'a Summary,
    direct: usize,
    dependents: u32,
}

impl Blockers {
    /// Of all projects.
    pub fn of(all: &[Summary]) -> Self {
        let at: HashMap<String, usize> =
            all.iter().enumerate().map(|(place, one)| (one.name.clone(), place)).collect();
        let mut needed_by = vec![Vec::new(); all.len()];
        for (place, one) in all.iter().enumerate() {
            for needed in one.needs.iter().filter_map(|name| at.get(name)).filter(|needed| **needed != place)
            {
                if let Some(list) = needed_by.get_mut(*needed) {
                    list.push(place);
                }
            }
        }
        let dependents = (0..all.len()).map(|place| reach(place, &needed_by)).collect();
        Self { at, needed_by, dependents }
    }

    /// Writes into each how many need it.
    pub fn count(&self, all: &mut [Summary]) {
        for (one, count) in all.iter_mut().zip(&self.dependents) {
            one.needed_by = *count;
        }
    }

    /// Those that are not ready and that others need, most needed first.
    pub fn ranked<'a>(&self, all: &'a [Summary], most: usize) -> Vec<Ranked<'a>> {
        let mut rows: Vec<Ranked<'a>> = all
            .iter()
            .enumerate()
            .filter(|(place, one)| {
                one.blocks() && self.dependents.get(*place).is_some_and(|count| *count > 0)
            })
            .map(|(place, package)| Ranked {
                rank: 0,
                package,
                direct: self.needed_by.get(place).map_or(0, Vec::len),
                dependents: self.dependents.get(place).copied().unwrap_or(0),
            })
            .collect();
        rows.sort_by(|a, b| {
            (b.dependents, b.direct, b.package.downloads, &a.package.name).cmp(&(
                a.dependents,
                a.direct,
                a.package.downloads,
                &b.package.name,
            ))
        });
        rows.truncate(most);
        for (at, row) in rows.iter_mut().enumerate() {
            row.rank = at + 1;
        }
        rows
    }

    /// Projects of the list that need this one directly.
    pub fn requirers<'a>(&self, name: &str, all: &'a [Summary]) -> Vec<&'a Summary> {
        let places = self.at.get(name).and_then(|place| self.needed_by.get(*place));
        places.into_iter().flatten().filter_map(|place| all.get(*place)).collect()
    }

    /// Whether the list has this project.
    pub fn lists(&self, name: &str) -> bool {
        self.at.contains_key(name)
    }

    /// Projects of the list that this one needs.
    pub fn needed<'a>(&self, row: &Row, all: &'a [Summary]) -> Vec<&'a Summary> {
        row.needs
            .iter()
            .filter_map(|name| all.get(*self.at.get(name)?))
            .filter(|one| one.name != row.name)
            .collect()
    }

    /// How many need it, over however many steps.
    pub fn dependents(&self, name: &str) -> u32 {
        self.at.get(name).and_then(|place| self.dependents.get(*place)).copied().unwrap_or(0)
    }

    /// Writes into a row who needs it.
    pub fn tell(&self, row: &mut Row, all: &[Summary]) {
        let requirers: Vec<Requirer> = self
            .requirers(&row.name, all)
            .into_iter()
            .map(|one| Requirer { name: one.name.clone(), extra: None, requirement: row.name.clone() })
            .collect();
        for package in &mut row.packages {
            package.required_by.clone_from(&requirers);
        }
    }
}

/// How many others are reached from `start`.
fn reach(start: usize, needed_by: &[Vec<usize>]) -> u32 {
    let mut seen = vec![false; needed_by.len()];
    let mut todo = vec![start];
    let mut count = 0_u32;
    while let Some(place) = todo.pop() {
        for next in needed_by.get(place).into_iter().flatten() {
            if let Some(mark) = seen.get_mut(*next).filter(|mark| !**mark && *next != start) {
                *mark = true;
                count += 1;
                todo.push(*next);
            }
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_and_long_ways_are_counted_once() {
        // 1 and 2 need 0, 3 needs 1 and 2, 0 needs 3: a circle of all four.
        let needed_by = [vec![1, 2], vec![3], vec![3], vec![0], vec![]];
        assert_eq!((0..5).map(|at| reach(at, &needed_by)).collect::<Vec<_>>(), [3, 3, 3, 3, 0]);
    }
}
