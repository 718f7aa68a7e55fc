//! Through which C structures CPython is told of functions, from `rules/facts/tables.toml`.
//!
//! A structure's name gives the role of every function its initialiser names; a member or slot id may give
//! another. The tables are parsed once, when first asked for.

use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt as _, HashSet};
use serde::Deserialize;

use super::{read, table};

/// What it means for a function to be named in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Any thread may call it at any time.
    Method,
    /// Reads an attribute.
    Getter,
    /// Writes an attribute.
    Setter,
    /// Moves an iterator on.
    Iternext,
    /// A method whose third parameter is a dict made for the call.
    Keywords,
    /// Fills an object that is rarely known to others yet.
    Init,
    /// Makes an object.
    New,
    /// Runs when no other thread can reach the object.
    Dealloc,
    /// Runs once, while the module is made.
    Exec,
    /// Nobody's entry.
    None,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    date: String,
    table: Vec<Table>,
    slot: Vec<Slot>,
    module_function: Vec<String>,
    binding_header: Vec<String>,
    binding_word: Vec<String>,
    binding_call: Vec<String>,
    container: HashSet<String>,
    binding_lock: Vec<String>,
    binding_import: Vec<String>,
    binding_caster: Vec<String>,
    binding_attribute: Vec<String>,
    owner: HashSet<String>,
    removed_member: Vec<Removed>,
    thread_setting: Vec<String>,
    library_member: HashSet<String>,
    random_engine: HashSet<String>,
    test_header: Vec<String>,
}

/// A structure that names functions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The structure's name.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its members in order, as far as they hold functions.
    pub fields: Vec<String>,
    /// The role of a function named in it.
    pub role: Role,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Slot {
    name: String,
    role: Role,
}

/// Members of a structure that a version of CPython dropped.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Removed {
    #[serde(rename = "type")]
    kind: String,
    /// The first version without them.
    removed: String,
    /// Functions that give a pointer to one.
    #[serde(default)]
    from: Vec<String>,
    members: HashSet<String>,
}

/// All tables.
#[derive(Debug)]
pub struct Tables {
    /// When the file was last checked against its sources.
    pub date: String,
    tables: HashMap<String, Table>,
    slots: HashMap<String, Role>,
    module_functions: Vec<String>,
    binding_headers: Vec<String>,
    binding_words: Vec<String>,
    binding_calls: Vec<String>,
    containers: HashSet<String>,
    binding_locks: Vec<String>,
    binding_imports: Vec<String>,
    binding_casters: Vec<String>,
    binding_attributes: Vec<String>,
    owners: HashSet<String>,
    removed: Vec<Removed>,
    thread_settings: Vec<String>,
    library_members: HashSet<String>,
    random_engines: HashSet<String>,
    test_headers: Vec<String>,
}

impl Tables {
    /// The tables that ship with the tool.
    pub fn builtin() -> &'static Self {
        static TABLES: LazyLock<Tables> = LazyLock::new(|| {
            Tables::parse(table!("tables"))
                .expect("the tables in the binary are parsed by this module's tests")
        });
        &TABLES
    }

    /// Reads the tables.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = read(text)?;
        let mut tables = HashMap::new();
        for table in file.table {
            if let Some(twice) = tables.insert(table.kind.clone(), table) {
                return Err(format!("{}: listed twice", twice.kind));
            }
        }
        let slots = file.slot.into_iter().map(|slot| (slot.name, slot.role)).collect();
        Ok(Self {
            date: file.date,
            tables,
            slots,
            module_functions: file.module_function,
            binding_headers: file.binding_header,
            binding_words: file.binding_word,
            binding_calls: file.binding_call,
            containers: file.container,
            binding_locks: file.binding_lock,
            binding_imports: file.binding_import,
            binding_casters: file.binding_caster,
            binding_attributes: file.binding_attribute,
            owners: file.owner,
            removed: file.removed_member,
            thread_settings: file.thread_setting,
            library_members: file.library_member,
            random_engines: file.random_engine,
            test_headers: file.test_header,
        })
    }

    /// The structure of that name, if it is one that names functions.
    pub fn get(&self, kind: &str) -> Option<&Table> {
        self.tables.get(kind)
    }

    /// The role that a member or a slot id (`Py_tp_new`, `tp_new`) gives.
    pub fn slot(&self, name: &str) -> Option<Role> {
        self.slots.get(name.strip_prefix("Py_").unwrap_or(name)).copied()
    }

    /// Whether a function of that name, in lower case, is of a library that keeps its settings for each thread.
    pub fn sets_for_thread(&self, function: &str) -> bool {
        self.thread_settings.iter().any(|begin| function.starts_with(begin.as_str()))
    }

    /// Whether a header of that name belongs to a generator that hands C++ classes to Python.
    pub fn binds_classes(&self, header: &str) -> bool {
        self.binding_headers.iter().any(|begin| header.starts_with(begin.as_str()))
    }

    /// Whether code speaks of such a generator without including its headers itself.
    pub fn speaks_of_binding(&self, code: &[u8]) -> bool {
        self.binding_words.iter().any(|word| memchr::memmem::find(code, word.as_bytes()).is_some())
    }

    /// Whether a generator's function of that name binds what it is handed to a name of Python's.
    pub fn binds(&self, name: &str) -> bool {
        self.binding_calls
            .iter()
            .any(|one| one.strip_suffix('*').map_or(one == name, |begin| name.starts_with(begin)))
    }

    /// Whether a type of that name is a container without a lock of its own.
    pub fn is_container(&self, kind: &str) -> bool {
        self.containers.contains(kind)
    }

    /// Whether a type of that name generates random numbers, and changes with each.
    pub fn is_random_engine(&self, kind: &str) -> bool {
        self.random_engines.contains(kind)
    }

    /// Whether classes of the standard library have a member of that name.
    pub fn is_library_member(&self, name: &str) -> bool {
        self.library_members.contains(name)
    }

    /// Whether a header of that name belongs to a library for tests, which brings the program's `main`.
    pub fn tests(&self, header: &str) -> bool {
        self.test_headers.iter().any(|begin| header.starts_with(begin.as_str()))
    }

    /// Whether a class of that name converts arguments: each call has its own.
    pub fn is_caster(&self, class: &str) -> bool {
        self.binding_casters.iter().any(|one| match one.strip_prefix('*') {
            Some(end) => class.ends_with(end),
            None => class == one,
        })
    }

    /// Whether a generator's function of that name makes an attribute of a member that Python code reads and assigns.
    pub fn binds_attribute(&self, name: &str) -> bool {
        self.binding_attributes.iter().any(|one| one == name)
    }

    /// The first version of CPython in which a structure has a member no more, that had it before.
    pub fn removed_member(&self, kind: &str, member: &str) -> Option<&str> {
        let all = self.removed.iter().filter(|one| one.kind == kind);
        all.into_iter().find(|one| one.members.contains(member)).map(|one| one.removed.as_str())
    }

    /// The structure, of those that lost members, to which a function gives a pointer.
    pub fn gives_structure(&self, function: &str) -> Option<&str> {
        let gives = |one: &&Removed| one.from.iter().any(|from| from == function);
        self.removed.iter().find(gives).map(|one| one.kind.as_str())
    }

    /// Whether a value of a type of that name owns memory or a reference, which assigning it gives back.
    pub fn owns(&self, kind: &str) -> bool {
        self.owners.contains(kind) || self.is_container(kind) && kind != "array"
    }

    /// Whether a generator that is told so holds a lock for as long as a bound function runs.
    pub fn locks_bound(&self, name: &str) -> bool {
        self.binding_locks.iter().any(|one| one == name)
    }

    /// Whether a function of a class, or of a namespace, of a binding generator's imports a module.
    pub fn imports_bound(&self, scope: &str, name: &str) -> bool {
        self.binding_imports.iter().any(|one| one.split_once("::") == Some((scope, name)))
    }

    /// Whether a function of that name makes a module.
    pub fn makes_module(&self, name: &str) -> bool {
        self.module_functions.iter().any(|begin| name.starts_with(begin.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builtin_tables_know_roles_by_structure_and_by_slot() {
        let tables = Tables::parse(include_str!("../../rules/facts/tables.toml")).expect("they parse");
        assert_eq!(tables.get("PyMethodDef").map(|table| table.role), Some(Role::Method));
        assert_eq!(tables.slot("Py_tp_dealloc"), Some(Role::Dealloc));
        assert_eq!(tables.slot("tp_iternext"), Some(Role::Iternext));
        assert!(tables.makes_module("PyInit_x") && !tables.makes_module("init"));
        let kind = tables.get("PyTypeObject").expect("listed");
        assert_eq!(kind.fields.iter().position(|name| name == "tp_new"), Some(37));
    }
}
