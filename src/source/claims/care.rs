//! Recognises tests that run code on several threads: care that an author shows.
//!
//! Only test files count. A test is one if it starts threads itself, or has a plug-in run it on many.

use std::sync::LazyLock;

use crate::source::needles::AnyOf;

/// Words of a test that starts threads, or speaks to a plug-in that does.
const SIGNS: [&str; 10] = [
    "threading.Thread(",
    "threading.Barrier(",
    "import Thread",
    "ThreadPoolExecutor",
    "run_threaded",
    "parallel_threads",
    "iterations_parallel",
    "thread_unsafe",
    "run_in_parallel",
    "start_new_thread",
];

/// Whether a Python file is such a test.
pub(super) fn threaded_test(path: &str, bytes: &[u8]) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let test = name.starts_with("test_")
        || name.ends_with("_test.py")
        || name == "conftest.py"
        || name == "tests.py";
    let among = folders.split('/').any(|part| matches!(part, "test" | "tests" | "testing"));
    static WORDS: LazyLock<AnyOf> = LazyLock::new(|| AnyOf::new(SIGNS));
    (test || among) && WORDS.within(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tests_count_and_only_those_with_threads() {
        assert!(threaded_test("tests/test_x.py", b"t = threading.Thread(target=f)"));
        assert!(threaded_test("pkg/conftest.py", b"@pytest.mark.thread_unsafe"));
        assert!(threaded_test("pkg/tests/common.py", b"with ThreadPoolExecutor() as p:"));
        assert!(!threaded_test("pkg/pool.py", b"with ThreadPoolExecutor() as p:"));
        assert!(!threaded_test("tests/test_x.py", b"import threading_utils"));
    }
}
