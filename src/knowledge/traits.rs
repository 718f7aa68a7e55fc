//! The words in which rules and detectors ask about functions, so that no scanner spells their names.
//!
//! A [`Trait`] says what calling a function (or naming a macro or field) means. Rows in
//! `rules/facts/c_api.toml` and `rules/facts/libc.toml` carry any number of them; a word that is not in
//! this list is refused when the facts are loaded.

use serde::Deserialize;

macro_rules! traits {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// What a function, macro or field means for code that runs without the GIL.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        pub enum Trait {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $name,)+
        }

        impl Trait {
            /// Every trait, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The word used in rules and facts.
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

traits! {
    /// Returns a borrowed reference to an item that another thread may remove from its list or dict.
    BorrowsFromContainer = "borrows-from-container",
    /// Reads a list's slot without a lock or a check of the index.
    ReadsListSlot = "reads-list-slot",
    /// Writes a list's slot without a lock, dropping what was there.
    WritesListSlot = "writes-list-slot",
    /// Writes a slot of a tuple or list that is new, and does not check whether there is one.
    WritesNewSlot = "writes-new-slot",
    /// Says how many items an object has that may have more or less at once.
    CountsItems = "counts-items",
    /// Gives the address of a list's item array, which another thread's append may move.
    ExposesItems = "exposes-items",
    /// Returns a borrowed reference to an object that only a weak reference holds.
    BorrowsFromWeakref = "borrows-from-weakref",
    /// Returns a borrowed reference out of the interpreter's own tables (`sys`, modules, frames).
    BorrowsFromInterpreter = "borrows-from-interpreter",
    /// Returns a borrowed reference to an attribute that can be replaced.
    BorrowsAttribute = "borrows-attribute",
    /// Returns a borrowed reference out of an object that never changes: safe while that object lives.
    BorrowsFromImmutable = "borrows-from-immutable",
    /// Returns a borrowed reference to something that lives as long as module, type or thread.
    BorrowsPinned = "borrows-pinned",
    /// Replaces the content of a cell without a lock.
    ReplacesCell = "replaces-cell",
    /// Walks a dict with a position that any change of the dict invalidates.
    IteratesDict = "iterates-dict",
    /// Walks a set with a position that any change of the set invalidates.
    IteratesSet = "iterates-set",
    /// Takes the next item of an iterator.
    AdvancesIterator = "advances-iterator",
    /// Returns the very list it was given, if it was given a list.
    SameSequence = "same-sequence",
    /// Says whether an object is a tuple, which never changes.
    ChecksTuple = "checks-tuple",
    /// Gives the address of memory that is part of the object it is handed, and gone when that is.
    LendsMemory = "lends-memory",
    /// Gives the address of a buffer that its owner may resize.
    ExposesMutableBuffer = "exposes-mutable-buffer",
    /// Resizes a buffer in place.
    ResizesBuffer = "resizes-buffer",
    /// Returns a new container that nobody else knows yet.
    FreshContainer = "fresh-container",
    /// Returns a new object that nobody else knows yet.
    FreshObject = "fresh-object",
    /// Sets an exception and returns NULL, whatever happens.
    GivesNull = "gives-null",
    /// Returns what belongs to the calling thread alone.
    PerThread = "per-thread",
    /// Looks something up and returns a strong reference.
    StrongLookup = "strong-lookup",
    /// Returns a new reference to what a container or an attribute of its first argument holds, as a rule.
    GivesHeld = "gives-held",
    /// Changes a container under its own lock.
    MutatesContainer = "mutates-container",
    /// Takes over the caller's reference.
    StealsReference = "steals-reference",
    /// Reads a reference count.
    ReadsRefcount = "reads-refcount",
    /// Writes a reference count.
    WritesRefcount = "writes-refcount",
    /// A field of the object header that counts or owns references.
    RefcountField = "refcount-field",
    /// Takes a new reference to its argument.
    TakesReference = "takes-reference",
    /// Gives a reference up.
    DropsReference = "drops-reference",
    /// Replaces what a variable or field holds and drops the old value, without atomicity.
    ReplacesField = "replaces-field",
    /// Asks in the supported way whether nobody else holds an object.
    UniquenessCheck = "uniqueness-check",
    /// Changes an object in place if its reference count says that nobody else has it.
    ResizesIfUnique = "resizes-if-unique",
    /// Makes or tests immortality, or resets reference counting.
    Immortal = "immortal",
    /// Attaches a thread state, on any thread.
    GilEnsure = "gil-ensure",
    /// Undoes what `gil-ensure` did.
    GilRelease = "gil-release",
    /// Asks whether this thread "has the GIL"; true in many threads at once without it.
    GilQuery = "gil-query",
    /// Takes or makes the GIL as if it were a lock.
    GilLock = "gil-lock",
    /// Reads or sets how often the GIL is handed over.
    SwitchInterval = "switch-interval",
    /// Detaches the thread state.
    Detaches = "detaches",
    /// Attaches it again.
    Attaches = "attaches",
    /// A field of a thread's state: the frame that is running.
    FrameOfThread = "frame-of-thread",
    /// A field of a thread's state: the memory that its frames are in.
    StackOfThread = "stack-of-thread",
    /// A field of a thread's state: its open critical sections.
    SectionOfThread = "section-of-thread",
    /// Walks the lists of threads or interpreters.
    WalksThreads = "walks-threads",
    /// Opens a critical section on one object.
    CriticalSectionBegin = "critical-section-begin",
    /// Closes it.
    CriticalSectionEnd = "critical-section-end",
    /// Opens a critical section on two objects.
    CriticalSection2Begin = "critical-section2-begin",
    /// Closes it.
    CriticalSection2End = "critical-section2-end",
    /// Opens a critical section on a mutex.
    CriticalSectionMutex = "critical-section-mutex",
    /// Locks a mutex.
    MutexLock = "mutex-lock",
    /// Unlocks it.
    MutexUnlock = "mutex-unlock",
    /// Has a function run once, whoever comes first, and lets everybody else wait for its end.
    RunsOnce = "runs-once",
    /// Has a function run on a thread that has no thread state: a new one, one that ends, or one that was detached for it;
    /// or the type of such functions in a table.
    RunsDetached = "runs-detached",
    /// Says, in a table of types, that a function is for objects: such a one runs attached.
    OfObjects = "of-objects",
    /// The type of a lock: a variable of it is no state to protect.
    MutexType = "mutex-type",
    /// An atomic operation.
    Atomic = "atomic",
    /// Changes or invalidates a type object.
    TypeMutation = "type-mutation",
    /// A field of a type object that must not be written once the type is ready.
    TypeSlot = "type-slot",
    /// A field of a type object that says what its instances do, inherited and cached when the type is made ready.
    TypeTable = "type-table",
    /// Makes a static type ready.
    TypeReady = "type-ready",
    /// Gives a type's own dict.
    GivesTypeDict = "gives-type-dict",
    /// Changes the type of an object.
    TypeWrite = "type-write",
    /// Allocates in the raw domain.
    AllocRaw = "alloc-raw",
    /// Frees in the raw domain.
    FreeRaw = "free-raw",
    /// Allocates in the memory domain.
    AllocMem = "alloc-mem",
    /// Frees in the memory domain.
    FreeMem = "free-mem",
    /// Allocates in the object domain, which only objects may use.
    AllocObj = "alloc-obj",
    /// Frees in the object domain.
    FreeObj = "free-obj",
    /// Allocates an object that the collector looks after.
    AllocGc = "alloc-gc",
    /// Frees one.
    FreeGc = "free-gc",
    /// Allocates an object without what the collector needs.
    AllocPlain = "alloc-plain",
    /// Makes an object of memory that the caller allocated.
    InitsObject = "inits-object",
    /// Replaces an allocator of the interpreter.
    ReplacesAllocator = "replaces-allocator",
    /// Makes or serves a module of single-phase initialisation.
    SinglePhase = "single-phase",
    /// Starts multi-phase initialisation.
    MultiPhase = "multi-phase",
    /// Puts its third argument into a module.
    AddsToModule = "adds-to-module",
    /// Declares the module's GIL use.
    SetsGil = "sets-gil",
    /// Private: may vanish or change in any version.
    Private = "private",
    /// Not in the headers of some version with a free-threaded build; derived from `removed`.
    Removed = "removed",
    /// A process-wide hook variable.
    GlobalHook = "global-hook",
    /// Must be called with an attached thread state.
    NeedsThreadState = "needs-thread-state",
    /// May run arbitrary Python code.
    CallsPython = "calls-python",
    /// Makes or finds an object that is typically kept in a static.
    MakesObject = "makes-object",
    /// Imports a module, so runs arbitrary code and may switch threads.
    Imports = "imports",
    /// Takes arguments apart into variables.
    ParsesArguments = "parses-arguments",
    /// Returns what a module keeps for itself: one for all threads of an interpreter.
    ModuleState = "module-state",
    /// Returns the pointer that a capsule holds: whoever has the capsule gets the same one.
    CapsulePointer = "capsule-pointer",
    /// Gives a capsule another name or another end: whoever does so takes over what it holds.
    ClaimsCapsule = "claims-capsule",
    /// Stores into the memory that its first argument points to.
    FillsArgument = "fills-argument",
    /// Stores into its first argument itself, whose type is an array by another name (`jmp_buf`).
    FillsArray = "fills-array",
    /// The result lies in memory shared by all threads.
    StaticBuffer = "static-buffer",
    /// A position, generator or table is shared by all threads.
    HiddenState = "hidden-state",
    /// Reads or writes the environment of the process.
    Environment = "environment",
    /// Reads or writes the locale of the process.
    Locale = "locale",
    /// Changes another property of the whole process.
    ProcessGlobal = "process-global",
    /// Safe on distinct data.
    CallerData = "caller-data",
    /// A variable of the C library.
    GlobalVariable = "global-variable",
    /// Listed to be left alone.
    Safe = "safe",
    /// Two threads calling it at once corrupt each other's results.
    Racy = "racy",
    /// No re-entrant form exists everywhere: only a lock helps.
    LockOnly = "lock-only",
}

impl Trait {
    /// The trait of that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.text() == text)
    }
}

/// A set of traits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traits(u128);

const _: () = assert!(Trait::ALL.len() <= 128, "Traits is a 128-bit set");

impl Traits {
    /// Whether the trait is in the set.
    pub fn has(self, one: Trait) -> bool {
        self.0 & (1 << one as u32) != 0
    }

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether any trait of `other` is in the set.
    pub fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl FromIterator<Trait> for Traits {
    fn from_iter<I: IntoIterator<Item = Trait>>(iter: I) -> Self {
        Self(iter.into_iter().fold(0, |bits, one| bits | 1 << one as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trait_is_found_by_its_own_word_and_by_no_other() {
        for (at, one) in Trait::ALL.iter().enumerate() {
            assert_eq!(Trait::parse(one.text()), Some(*one));
            assert!(Trait::ALL.iter().skip(at + 1).all(|other| other.text() != one.text()));
        }
        assert_eq!(Trait::parse("borrows"), None);
    }

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        let set: Traits = [Trait::BorrowsFromContainer, Trait::Racy].into_iter().collect();
        assert!(set.has(Trait::Racy) && set.has(Trait::BorrowsFromContainer) && !set.has(Trait::Safe));
        assert!(set.any([Trait::Racy, Trait::Safe].into_iter().collect()));
        assert!(!set.any(Traits::default()));
    }
}
