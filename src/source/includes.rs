//! Which files of a package an `#include` may mean.
//!
//! In: the paths of the package's files. Out: for a file and what it includes, as written, the file beside it, else all
//! whose paths end so. What a compiler is told of folders is not known, so several may be meant; who asks decides
//! what that is worth.

use std::collections::{BTreeSet, HashMap};

/// A name that more files have than this says nothing about which of them is meant.
const NAMESAKES: usize = 64;

/// The files of a package, by their index.
#[derive(Debug)]
pub struct Includes<'p> {
    paths: Vec<&'p str>,
    by_path: HashMap<&'p str, usize>,
    by_name: HashMap<&'p str, Vec<usize>>,
}

impl<'p> Includes<'p> {
    /// Takes the paths in the order of their indices.
    pub fn new(paths: impl Iterator<Item = &'p str>) -> Self {
        let paths: Vec<&str> = paths.collect();
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, path) in paths.iter().enumerate() {
            by_name.entry(base(path)).or_default().push(at);
        }
        let by_path = paths.iter().enumerate().map(|(at, path)| (*path, at)).collect();
        Self { paths, by_path, by_name }
    }

    /// What `include` may mean in the file `from`: none where more than `NAMESAKES` files have its name.
    pub fn meant(&self, from: &str, include: &str) -> Vec<usize> {
        let plain = include.trim_start_matches("./");
        let suffix = plain.rsplit_once("../").map_or(plain, |(_, rest)| rest);
        let beside = match from.rsplit_once('/') {
            _ if suffix != plain => None,
            Some((folder, _)) => self.by_path.get(format!("{folder}/{plain}").as_str()),
            None => self.by_path.get(plain),
        };
        if let Some(beside) = beside {
            return vec![*beside];
        }
        let named = self.by_name.get(base(suffix)).filter(|all| all.len() <= NAMESAKES);
        let fits = |at: &&usize| {
            let before = self.paths.get(**at).and_then(|path| path.strip_suffix(suffix));
            before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        named.into_iter().flatten().filter(fits).copied().collect()
    }
}

/// How many steps from a header to a file that includes it are taken, for all headers together.
const STEPS: usize = 100_000;

/// For each of the `headers` the files that include it, themselves or by other headers. `files` gives each file's path and
/// what it includes. None for a header once too much was asked for.
pub fn includers<'p, I>(files: &[(&'p str, I)], headers: &[usize]) -> Vec<(usize, Vec<usize>)>
where
    I: Clone + Iterator<Item = &'p str>,
{
    if headers.is_empty() {
        return Vec::new();
    }
    let resolver = Includes::new(files.iter().map(|(path, _)| *path));
    let mut asking: HashMap<&str, Vec<(usize, &str)>> = HashMap::new();
    for (at, (_, includes)) in files.iter().enumerate() {
        for include in includes.clone() {
            asking.entry(base(include)).or_default().push((at, include));
        }
    }
    let mut steps = STEPS;
    let mut out = Vec::new();
    for header in headers {
        let mut found = BTreeSet::from([*header]);
        let mut waiting = vec![*header];
        while let Some(at) = waiting.pop() {
            let Some((path, _)) = files.get(at) else { continue };
            for (from, include) in asking.get(base(path)).into_iter().flatten() {
                let Some(left) = steps.checked_sub(1) else { return out };
                steps = left;
                let Some((includer, _)) = files.get(*from) else { continue };
                if resolver.meant(includer, include).contains(&at) && found.insert(*from) {
                    waiting.push(*from);
                }
            }
        }
        found.remove(header);
        out.push((*header, found.into_iter().collect()));
    }
    out
}

/// A path without its folders.
pub fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_includes_a_header_is_followed_through_other_headers() {
        let files = [
            ("a/state.h", vec![]),
            ("a/all.h", vec!["state.h", "all.h"]),
            ("a/main.c", vec!["all.h"]),
            ("b/main.c", vec!["all.h", "../a/state.h"]),
            ("c.c", vec!["Python.h"]),
        ];
        let files: Vec<_> = files.iter().map(|(path, all)| (*path, all.iter().copied())).collect();
        assert_eq!(includers(&files, &[0]), [(0, vec![1, 2, 3])]);
        assert_eq!(includers(&files, &[4, 1]), [(4, vec![]), (1, vec![2, 3])]);
    }

    #[test]
    fn the_file_beside_comes_before_all_of_that_name() {
        let all = Includes::new(["a/x.h", "a/f.c", "b/x.h", "b/sub/y.h", "z.h"].into_iter());
        assert_eq!(all.meant("a/f.c", "x.h"), [0]);
        assert_eq!(all.meant("a/f.c", "./x.h"), [0]);
        assert_eq!(all.meant("c/g.c", "x.h"), [0, 2]);
        assert_eq!(all.meant("a/f.c", "../b/x.h"), [2]);
        assert_eq!(all.meant("b/f.c", "sub/y.h"), [3]);
        assert_eq!(all.meant("b/f.c", "ub/y.h"), [0_usize; 0]);
        assert_eq!(all.meant("main.c", "z.h"), [4]);
        let many: Vec<String> = (0..=NAMESAKES).map(|n| format!("{n}/x.h")).collect();
        let many = Includes::new(many.iter().map(String::as_str));
        assert_eq!(many.meant("f.c", "x.h"), [0_usize; 0], "which of them, nobody can say");
        assert_eq!(many.meant("7/f.c", "x.h"), [7]);
    }
}
