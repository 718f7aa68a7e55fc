//! What names that no text at hand explains say of themselves: `XXH_LOCK`, `lock_guard`, `new_node`.

use super::Effect;
use crate::knowledge::{Knowledge, c_api};

/// The words a name is made of, in lower case: `MutexLock`, `mutex_lock` and `MUTEX_LOCK` are alike.
pub fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut lower_before = false;
    let mut fresh = true;
    let letters: Vec<char> = name.chars().take(80).collect();
    for (at, &c) in letters.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            fresh = true;
            continue;
        }
        // `GILAcquire`: the last capital begins the next word.
        let before_lower = letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if fresh || (c.is_ascii_uppercase() && (lower_before || before_lower)) {
            out.push(String::new());
        }
        fresh = false;
        lower_before = c.is_ascii_lowercase() || c.is_ascii_digit();
        if let Some(last) = out.last_mut() {
            last.push(c.to_ascii_lowercase());
        }
    }
    out
}

/// What a name says that it does; `None` for most.
pub fn guess(name: &str) -> Option<Effect> {
    // Cheap before exact: most names have none of these letters in a row.
    let lower = name.to_ascii_lowercase();
    if !["lock", "mutex", "critical", "thread"].iter().any(|word| lower.contains(word)) {
        return None;
    }
    let words = words(name);
    let has = |word: &str| words.iter().any(|one| one == word);
    if has("gil")
        || has("init")
        || has("free")
        || has("alloc")
        || has("new")
        || has("block")
        || has("create")
        || has("make")
    {
        return None;
    }
    if has("threads") && !has("def") && (has("allow") || has("begin") || has("end")) {
        return if has("end") {
            Some(Effect::Attach)
        } else if has("begin") {
            Some(Effect::Detach)
        } else {
            None
        };
    }
    // A library's short name runs into the word in macros: `FFLOCK`, `FFUNLOCK`.
    if let [one] = words.as_slice()
        && name.bytes().all(|byte| byte.is_ascii_uppercase())
    {
        let other = one.ends_with("block") || one.ends_with("clock") || one == "flock";
        if one.len() > "unlock".len() && one.ends_with("unlock") {
            return Some(Effect::Unlock);
        } else if one.len() > "lock".len() && one.ends_with("lock") && !other {
            return Some(Effect::Lock);
        }
    }
    let mutex = words.iter().any(|one| one.ends_with("mutex"));
    let protects = (has("thread") || has("threads")) && (has("protect") || has("safe"));
    let thing = has("lock") || mutex || has("critical") || has("rlock") || has("spinlock");
    if has("unlock")
        || ((thing || protects)
            && (has("release") || has("leave") || has("exit") || has("end") || has("drop")))
    {
        return Some(Effect::Unlock);
    }
    if ["is", "has", "held", "check", "destroy", "delete", "del", "fini", "type", "assert", "no", "without"]
        .iter()
        .any(|word| has(word))
    {
        return None;
    }
    // Who tries and fails turns back; where it goes on, the lock is taken.
    let tries = mutex && (has("try") || has("ensure"));
    let starts = protects && (has("start") || has("begin") || has("enter"));
    let opens = ["acquire", "enter", "begin", "take", "get"].iter().any(|word| has(word)) || tries;
    let last = words.last().map(String::as_str);
    (has("lock") || (thing && opens) || starts || last == Some("lock")).then_some(Effect::Lock)
}

/// Whether a macro's name says that another one ends what it begins.
pub(super) fn says_begin(name: &str) -> bool {
    words(name).first().is_some_and(|first| matches!(first.as_str(), "begin" | "enter"))
}

/// Whether a name in a macro's body says that a lock or a thread state is put back as it was.
pub(super) fn says_given_back(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["unlock", "release", "end_critical", "leave", "block_threads", "restore", "end_allow"]
        .iter()
        .any(|part| lower.contains(part))
}

/// What declaring a variable of that type does until the end of its block.
pub fn scoped(kind: &str) -> Option<Effect> {
    // Macros that stand as statements are no types, whatever follows them.
    if kind.starts_with("Py_") || !kind.bytes().any(|b| b.is_ascii_lowercase()) {
        return None;
    }
    if let Some(fact) = Knowledge::builtin().c_api(kind) {
        // A function that detaches or locks is called, and what it returns guards nothing by itself.
        return if fact.kind == c_api::Kind::Type { Effect::of(fact.traits) } else { None };
    }
    if let Some(fact) = Knowledge::builtin()
        .libc(kind)
        .filter(|_| !kind.contains("_lock_") && !kind.starts_with("pthread_") && !kind.starts_with("mtx_"))
        && let Some(effect) = Effect::of(fact.traits)
    {
        return Some(effect);
    }
    // Cheap before exact: most names have none of these letters in a row.
    let lower = kind.to_ascii_lowercase();
    if !["gil", "lock", "mutex", "critical", "section"].iter().any(|word| lower.contains(word)) {
        return None;
    }
    let words = words(kind);
    let has = |word: &str| words.iter().any(|one| one == word);
    if has("gil") || has("unlock") {
        return match (has("release") || has("unlock") || has("no"), has("acquire") || has("ensure")) {
            (true, false) if has("gil") => Some(Effect::Detach),
            (false, true) => Some(Effect::Attach),
            _ => None,
        };
    }
    let thing = has("lock") || has("mutex") || has("critical") || has("lockguard") || has("section");
    let scope = ["guard", "locker", "scoped", "scope", "section", "lockguard", "autolock", "holder", "auto"];
    if thing && scope.iter().any(|word| has(word)) {
        return Some(if has("critical") || has("section") { Effect::SectionBegin } else { Effect::Lock });
    }
    None
}

/// Whether a function's name says that its callers hold the lock, as CPython's own convention does.
pub fn says_locked(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["lock_held", "_locked", "_nolock", "_no_lock", "_with_lock", "_unlocked", "_lockheld"]
        .iter()
        .any(|end| lower.ends_with(end))
}

/// Whether a function that only another file explains says that it makes something new. Those of the C API are known
/// by facts.
pub fn says_new(name: &str) -> bool {
    let words = words(name);
    let has = |word: &str| words.iter().any(|one| one == word);
    !has("get")
        && !has("or")
        && Knowledge::builtin().c_api(name).is_none()
        && ["new", "create", "alloc", "malloc", "calloc", "make", "clone", "dup", "copy"]
            .iter()
            .any(|word| has(word))
}

/// Whether a call is an assertion.
pub fn asserts(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower == "assert"
        || lower.ends_with("_assert")
        || lower.ends_with("assert")
        || lower.starts_with("assert_")
}

/// Whether a kind of token is a word that begins a statement and calls nothing.
pub fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "if" | "while"
            | "for"
            | "switch"
            | "return"
            | "sizeof"
            | "do"
            | "else"
            | "case"
            | "catch"
            | "goto"
            | "alignof"
            | "_Alignof"
            | "typeof"
            | "typeid"
            | "decltype"
            | "defined"
            | "throw"
            | "new"
            | "delete"
            | "not"
            | "and"
            | "or"
            | "noexcept"
            | "static_assert"
            | "_Static_assert"
            | "co_await"
            | "co_return"
    )
}

/// Whether a flag's name says that something was said: a warning is given once, or at worst once more.
pub fn says_told(name: &str) -> bool {
    words(name).iter().any(|word| matches!(word.as_str(), "warned" | "logged" | "printed" | "notified"))
}

/// Whether the name of a member function says that it changes its object.
pub fn says_change(name: &str) -> bool {
    // `reverse_lookup` reverses nothing.
    matches!(name, "sort" | "reverse") || words(name).first().is_some_and(|first| is_change(first))
}

/// Whether a word is one for what changes an object, whoever does it.
pub fn is_change(word: &str) -> bool {
    matches!(
        word,
        "push"
            | "pop"
            | "insert"
            | "erase"
            | "clear"
            | "emplace"
            | "resize"
            | "reserve"
            | "assign"
            | "swap"
            | "append"
            | "add"
            | "remove"
            | "set"
            | "reset"
            | "update"
            | "put"
            | "merge"
            | "splice"
            | "extend"
            | "suggest"
            | "enqueue"
            | "dequeue"
            | "write"
            | "steal"
            | "release"
            | "move"
    )
}

/// Whether a function says by its name that it only looks at that argument: at all of them, or at what it copies.
pub fn says_look(name: &str, argument: usize) -> bool {
    const LOOKS: [&str; 32] = [
        "get",
        "is",
        "has",
        "status",
        "equal",
        "equals",
        "err",
        "errno",
        "error",
        "errmsg",
        "errcode",
        "errorcode",
        "strerror",
        "count",
        "length",
        "version",
        "sizeof",
        "estimate",
        "isinstance",
        "size",
        "type",
        "len",
        "bound",
        "can",
        "foreach",
        "each",
        "cmp",
        "compare",
        "memcmp",
        "memchr",
        "strcmp",
        "strlen",
    ];
    const COPIES: [&str; 4] = ["copy", "dup", "duplicate", "clone"];
    let words = words(name);
    // `x_copy(to, from)` changes the first, and `x_dup(from)` none.
    if words.last().is_some_and(|last| COPIES.contains(&last.as_str()) && (argument > 0 || last != "copy")) {
        return true;
    }
    let changes = ["set", "clear", "reset", "free"].iter().any(|one| words.iter().any(|word| word == one));
    !changes && words.iter().any(|word| LOOKS.contains(&word.as_str()))
}

/// Words for what leaves a handle in another state, besides those for what changes any object.
const CHANGES: [&str; 51] = [
    "accept",
    "acquire",
    "advance",
    "attach",
    "begin",
    "bind",
    "close",
    "commit",
    "configure",
    "connect",
    "consume",
    "deflate",
    "delete",
    "destroy",
    "disconnect",
    "dispatch",
    "drop",
    "exec",
    "execute",
    "feed",
    "fetch",
    "finalize",
    "finish",
    "fit",
    "flush",
    "inflate",
    "init",
    "load",
    "loop",
    "next",
    "open",
    "overwrite",
    "prepare",
    "read",
    "recv",
    "reinit",
    "replace",
    "rollback",
    "run",
    "seek",
    "select",
    "send",
    "setfilter",
    "skip",
    "start",
    "step",
    "stop",
    "store",
    "train",
    "truncate",
    "uninit",
];

/// Words of functions that work with a handle, and of members that only work on what they are handed.
const WORKS: [&str; 13] = [
    "align",
    "apply",
    "build",
    "compile",
    "compress",
    "decode",
    "decompress",
    "draw",
    "encode",
    "generate",
    "parse",
    "process",
    "render",
];

fn changes(word: &str) -> bool {
    is_change(word) || CHANGES.contains(&word)
}

/// Whether a function says by its name that what it is handed is in another state afterwards.
pub fn says_asked(name: &str, argument: usize) -> bool {
    let asks = |word: &String| changes(word) || WORKS.contains(&word.as_str());
    let words = words(name);
    // `lib_end_frame` ends something; `list_end` and `list_end_index` are where it ends.
    const PLACES: [&str; 12] = [
        "address", "byte", "column", "index", "iter", "iterator", "line", "node", "offset", "point",
        "position", "time",
    ];
    let place = words.last().is_some_and(|last| PLACES.contains(&last.as_str()));
    let ends = !place && words.iter().rev().skip(1).any(|word| word == "end");
    (ends || words.iter().any(asks)) && !says_look(name, argument)
}

/// Whether a member function says so: its name begins with what it does.
pub fn begins_change(name: &str) -> bool {
    words(name).first().is_some_and(|first| changes(first))
}

/// Whether a variable's name says that it is a lock: `write_lock`, `rwlock`. A clock and a block are none.
pub fn is_called_lock(name: &str) -> bool {
    const OTHERS: [&str; 4] = ["block", "clock", "flock", "stock"];
    words(name).last().is_some_and(|last| last.ends_with("lock") && !OTHERS.contains(&last.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_they_do() {
        for name in [
            "MUTEX_LOCK",
            "utxent_lock",
            "lock",
            "acquire_lock",
            "EnterMutex",
            "XXHASH_LOCK",
            "DBMUTEX_ENSURE",
            "sqlite3_mutex_try",
            "THREAD_PROTECT_START",
        ] {
            assert_eq!(guess(name), Some(Effect::Lock), "{name}");
        }
        for name in
            ["MUTEX_UNLOCK", "unlock", "release_lock", "LEAVE_MUTEX", "XXHASH_UNLOCK", "THREAD_PROTECT_END"]
        {
            assert_eq!(guess(name), Some(Effect::Unlock), "{name}");
        }
        for name in [
            "block",
            "clock",
            "is_locked",
            "lock_init",
            "PyThread_free_lock",
            "LZ4_compress",
            "thread_start",
            "thread_safe_get",
        ] {
            assert_eq!(guess(name), None, "{name}");
        }
        assert_eq!(guess("NPY_BEGIN_THREADS"), Some(Effect::Detach));
        assert_eq!(guess("NPY_BEGIN_THREADS_DEF"), None);
        assert_eq!(guess("NPY_END_THREADS"), Some(Effect::Attach));
    }

    #[test]
    fn a_clock_is_no_lock() {
        assert!(["lock", "rwlock", "write_lock", "mapLock", "lock_"].into_iter().all(is_called_lock));
        assert!(!["clock", "first_block", "dataBlock", "locked", "stock"].into_iter().any(is_called_lock));
    }

    #[test]
    fn the_name_of_a_library_may_run_into_the_word() {
        assert_eq!((guess("FFLOCK"), guess("FFUNLOCK")), (Some(Effect::Lock), Some(Effect::Unlock)));
        assert!(
            ["BLOCK", "CLOCK", "FLOCK", "UNBLOCK", "fflock"].into_iter().all(|name| guess(name).is_none())
        );
    }

    #[test]
    fn guards_are_known_by_their_type() {
        assert_eq!(scoped("lock_guard"), Some(Effect::Lock));
        assert_eq!(scoped("LockGuard"), Some(Effect::Lock));
        assert_eq!(scoped("PyCriticalObjectSection"), Some(Effect::SectionBegin));
        assert_eq!(scoped("gil_scoped_release"), Some(Effect::Detach));
        assert_eq!(scoped("GILAcquire"), Some(Effect::Attach));
        assert_eq!(scoped("std"), None);
        assert_eq!(scoped("Py_BEGIN_ALLOW_THREADS"), None);
        assert_eq!(scoped("Block"), None);
    }

    #[test]
    fn names_say_who_looks_and_who_changes() {
        for name in ["push_back", "addItem", "sort", "reverse"] {
            assert!(says_change(name), "{name}");
        }
        for name in ["reverse_lookup", "sortedKeys", "is_set"] {
            assert!(!says_change(name), "{name}");
        }
        for name in ["lib_get_next", "LZ4F_compressBound", "lib_queue_len"] {
            assert!(says_look(name, 0), "{name}");
        }
        assert!(!says_look("lib_set_count", 0), "it sets what it counts");
        assert!(!says_look("set_copy", 0) && says_look("set_copy", 1), "the first is what it copies to");
    }

    #[test]
    fn names_say_what_functions_do_to_a_handle() {
        for name in ["jq_next", "lib_set_depth", "SSL_write", "ma_decoder_read_pcm_frames", "deflateReset"] {
            assert!(says_asked(name, 0), "{name}");
        }
        for name in ["lib_get_next", "lib_snapshot", "lib_read_count", "lib_fileno", "strerror"] {
            assert!(!says_asked(name, 0), "{name}");
        }
        assert!(begins_change("addItems") && begins_change("set") && !begins_change("is_set"));
        assert!(!begins_change("items_added"));
    }
}
