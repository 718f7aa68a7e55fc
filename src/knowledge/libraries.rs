//! Which functions of other people's libraries several threads may not call at once, from `rules/facts/libraries.toml`.

use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt as _};
use serde::Deserialize;

use super::{read, table};

/// A library that keeps state for the whole process and does not lock it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Library {
    /// What its authors call it.
    pub name: String,
    /// Its headers; one that ends in `/` stands for all in that folder.
    headers: Vec<String>,
    /// Names of functions, in which `*` at the beginning or the end stands for anything.
    functions: Vec<String>,
    /// Of these the ones that are safe.
    #[serde(default)]
    except: Vec<String>,
    /// Names of variables, likewise.
    #[serde(default)]
    variables: Vec<String>,
    /// What the calls have in common.
    pub shares: String,
    /// How it must be built, or which version it must be, to take a lock.
    pub built: Option<String>,
    /// Functions that make it take a lock.
    #[serde(default)]
    pub unless: Vec<String>,
    /// What to do rather than hold a lock.
    pub instead: Option<String>,
    /// Where this was read.
    pub source: String,
}

impl Library {
    /// Whether an include, as written, is of this library.
    pub fn has_header(&self, include: &str) -> bool {
        self.headers.iter().any(|header| {
            if header.ends_with('/') {
                include.starts_with(header.as_str()) || include.contains(&format!("/{header}"))
            } else {
                let before = include.strip_suffix(header.as_str());
                before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
            }
        })
    }

    /// Whether a variable of that name is the library's.
    fn has_variable(&self, name: &str) -> bool {
        self.variables.iter().any(|pattern| fits(pattern, name))
    }

    fn excepts(&self, function: &str) -> bool {
        self.except.iter().any(|pattern| fits(pattern, function))
    }
}

/// Whether a name fits a pattern with a star at its beginning or end.
fn fits(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => name.ends_with(end),
        (_, Some(begin)) => name.starts_with(begin),
        _ => name == pattern,
    }
}

/// Functions that several threads may call at once with the same handle, until that is given up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnyThread {
    /// What its authors call the library.
    pub name: String,
    /// Names of functions, in which `*` at the beginning or the end stands for anything.
    functions: Vec<String>,
    /// Of these the ones that are not.
    #[serde(default)]
    except: Vec<String>,
    /// Where this was read.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    date: String,
    #[serde(default)]
    any_thread: Vec<AnyThread>,
    library: Vec<Library>,
}

/// All libraries.
#[derive(Debug)]
pub struct Libraries {
    /// When the table was last checked against its sources, as a date.
    pub date: String,
    any_thread: Vec<AnyThread>,
    rows: Vec<Library>,
    exact: HashMap<String, usize>,
    begins: Vec<(String, usize)>,
}

impl Libraries {
    /// The table that ships with the tool.
    pub fn builtin() -> &'static Self {
        static TABLE: LazyLock<Libraries> = LazyLock::new(|| {
            Libraries::parse(table!("libraries"))
                .expect("the table in the binary is parsed by this module's tests")
        });
        &TABLE
    }

    /// Reads a table.
    ///
    /// # Errors
    /// One sentence naming what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let File { date, any_thread, library: rows } = read(text)?;
        let mut exact = HashMap::new();
        let mut begins: Vec<(String, usize)> = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            if row.headers.is_empty() || row.functions.is_empty() || row.shares.is_empty() {
                return Err(format!("{}: headers, functions or what they share is missing", row.name));
            }
            for function in &row.functions {
                let twice = match function.strip_suffix('*') {
                    Some(begin) if begin.contains('*') || begin.len() < 3 => {
                        return Err(format!("{}: {function} says too little", row.name));
                    }
                    Some(begin) => {
                        begins.push((begin.to_owned(), at));
                        false
                    }
                    None => exact.insert(function.clone(), at).is_some(),
                };
                if twice {
                    return Err(format!("{function}: listed twice"));
                }
            }
        }
        Ok(Self { date, any_thread, rows, exact, begins })
    }

    /// The library whose function has that name, with its number, unless that function is safe.
    pub fn of(&self, function: &str) -> Option<(usize, &Library)> {
        let begins = || self.begins.iter().find(|(begin, _)| function.starts_with(begin.as_str()));
        let at = self.exact.get(function).or_else(|| begins().map(|(_, at)| at))?;
        let row = self.rows.get(*at)?;
        (!row.excepts(function)).then_some((*at, row))
    }

    /// Whether several threads may call that function at once with the same handle, until that is given up.
    pub fn is_for_any_thread(&self, function: &str) -> bool {
        let named = |all: &[String]| all.iter().any(|pattern| fits(pattern, function));
        self.any_thread.iter().any(|one| named(&one.functions) && !named(&one.except))
    }

    /// The library whose variable has that name, with its number.
    pub fn of_variable(&self, name: &str) -> Option<(usize, &Library)> {
        self.rows.iter().enumerate().find(|(_, row)| row.has_variable(name))
    }

    /// Every row, in the table's order.
    pub fn iter(&self) -> impl Iterator<Item = &Library> {
        self.rows.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> Libraries {
        Libraries::parse(include_str!("../../rules/facts/libraries.toml")).expect("it parses")
    }

    #[test]
    fn the_builtin_table_is_sound_and_sorted() {
        let table = shipped();
        let sorted = |list: &[String]| list.windows(2).all(|two| two[0] < two[1]);
        assert!(table.rows.windows(2).all(|two| two[0].name < two[1].name));
        for row in table.iter() {
            assert!(sorted(&row.headers) && sorted(&row.functions) && sorted(&row.except), "{}", row.name);
            assert!(sorted(&row.unless) && sorted(&row.variables) && !row.source.is_empty(), "{}", row.name);
            // One that takes nothing away is misspelt.
            for except in &row.except {
                let of_it = |one: &String| fits(one, except) || except.starts_with('*');
                assert!(row.functions.iter().any(of_it), "{}: {except}", row.name);
            }
        }
    }

    #[test]
    fn functions_for_any_thread_are_sorted_and_do_not_give_the_handle_up() {
        let table = shipped();
        let sorted = |list: &[String]| list.windows(2).all(|two| two[0] < two[1]);
        assert!(
            table.any_thread.windows(2).all(|two| two[0].name.to_lowercase() < two[1].name.to_lowercase())
        );
        assert!(table.any_thread.iter().all(|one| sorted(&one.functions) && sorted(&one.except)));
        assert!(table.any_thread.iter().all(|one| !one.source.is_empty()));
        assert!(["uv_async_send", "rd_kafka_produce"].iter().all(|one| table.is_for_any_thread(one)));
        let others = ["uv_close", "rd_kafka_destroy", "rd_kafka_conf_set", "send"];
        assert!(!others.iter().any(|one| table.is_for_any_thread(one)));
    }

    #[test]
    fn a_function_is_of_one_library_by_its_name_or_how_that_begins() {
        let table = shipped();
        let of = |name: &str| table.of(name).map(|(_, row)| row.name.as_str());
        assert_eq!(of("fftwf_plan_dft_1d"), Some("FFTW"));
        assert_eq!(of("fftwf_execute_dft"), None);
        assert_eq!(of("GEOSBuffer"), Some("GEOS"));
        assert_eq!(of("GEOSBuffer_r"), None);
        assert_eq!(of("add_history"), Some("GNU Readline"));
        assert_eq!(of("add_historical"), None);
        assert_eq!(of("printf"), None);
        let of = |name: &str| table.of_variable(name).map(|(_, row)| row.name.as_str());
        assert_eq!((of("rl_point"), of("rlimit")), (Some("GNU Readline"), None));
    }

    #[test]
    fn a_header_is_known_by_its_name_or_its_folder() {
        let table = shipped();
        let of = |name: &str| table.iter().find(|row| row.name == name).expect("it is listed");
        let (fftw, snmp) = (of("FFTW"), of("Net-SNMP"));
        assert!(
            fftw.has_header("fftw3.h") && fftw.has_header("lib/fftw3.h") && !fftw.has_header("myfftw3.h")
        );
        assert!(snmp.has_header("net-snmp/mib_api.h") && snmp.has_header("inc/net-snmp/mib_api.h"));
        assert!(!snmp.has_header("net-snmp.h") && !snmp.has_header("my-net-snmp/mib_api.h"));
    }

    #[test]
    fn rows_that_say_too_little_or_twice_the_same_are_refused() {
        let row = |functions: &str| {
            format!(
                "date = \"d\"\n[[library]]\nname = \"x\"\nheaders = [\"x.h\"]\nfunctions = {functions}\n\
                 shares = \"s\"\nsource = \"s\"\n"
            )
        };
        assert!(Libraries::parse(&row("[\"abc_*\", \"f\"]")).is_ok());
        for wrong in ["[]", "[\"a*\"]", "[\"f\", \"f\"]", "[\"a*b*\"]"] {
            assert!(Libraries::parse(&row(wrong)).is_err(), "{wrong}");
        }
    }
}
