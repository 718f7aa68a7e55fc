//! What reading sources costs, beside what a bare tree-sitter parse and a plain search of the same files cost.
//!
//! ```text
//! UNGIL_BENCH_SDISTS=numpy.tar.gz:scipy.tar.gz cargo bench --bench parse
//! ```
//!
//! The variable names sdists or folders of them; without it a small made-up one is read, so that the program runs
//! anywhere. Absolute times of a shared machine mean little, so all that is compared is measured here, in one run, as
//! CPU time. Programs are run first, while this process is small: what the kernel calls a child's peak memory counts
//! what its parent had.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn main() {
    linux::main();
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn main() {
    println!("CPU time of child processes is measured on Linux only");
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod linux {
    use std::fs::{self, File};
    use std::io::{BufReader, Read as _, Write as _};
    use std::path::{Path, PathBuf};
    use std::process::{Command, Stdio};
    use std::time::Instant;

    use ungil::model::MemberPath;
    use ungil::rules::{Language, RuleSet};
    use ungil::source::{self, c};
    use ungil::unpack::{self, Limits};

    /// Names of the C API as a search for them would list them.
    const NAMES: [&str; 25] = [
        "PyDict_GetItem",
        "PyDict_GetItemString",
        "PyDict_Next",
        "PyList_GetItem",
        "PyList_GET_ITEM",
        "PyList_SET_ITEM",
        "PySequence_Fast",
        "PySequence_Fast_ITEMS",
        "PyWeakref_GetObject",
        "PyWeakref_GET_OBJECT",
        "PyImport_AddModule",
        "PyCell_GET",
        "Py_REFCNT",
        "PyType_Modified",
        "PyGILState_Ensure",
        "PyGILState_Release",
        "PyGILState_Check",
        "PyEval_SaveThread",
        "PyEval_RestoreThread",
        "Py_BEGIN_ALLOW_THREADS",
        "PyObject_Malloc",
        "PyMem_Malloc",
        "PyModule_Create",
        "Py_CLEAR",
        "Py_XSETREF",
    ];

    #[derive(Debug, Clone, Copy, Default)]
    struct Cost {
        cpu: f64,
        wall: f64,
        peak_mib: f64,
    }

    pub fn main() {
        let scratch = tempfile::tempdir().expect("a folder for temporary files");
        let asked = std::env::var("UNGIL_BENCH_SDISTS").unwrap_or_default();
        let mut sdists: Vec<PathBuf> = Vec::new();
        for place in asked.split(':').filter(|place| !place.is_empty()) {
            let place = Path::new(place);
            if place.is_dir() {
                let entries = fs::read_dir(place).expect("the folder can be read").flatten();
                sdists.extend(entries.map(|entry| entry.path()).filter(|path| is_sdist(path)));
            } else {
                sdists.push(place.to_owned());
            }
        }
        if sdists.is_empty() {
            sdists.push(made_up(scratch.path()));
        }
        sdists.sort();

        let ours: Vec<Cost> = sdists.iter().map(|path| checked(path, scratch.path())).collect();
        start(scratch.path());
        threads(&sdists, scratch.path());
        let searched = searched(&sdists, scratch.path());

        println!(
            "\n{:36} {:>8} {:>8} {:>7} {:>9} {:>9}",
            "sdist", "ours", "parse", "ratio", "C MB", "peak MiB"
        );
        let (mut all, mut bare) = (0.0, 0.0);
        let mut largest: Option<(String, Vec<u8>)> = None;
        for (path, cost) in sdists.iter().zip(&ours) {
            let (parse, megabytes) = parsed(path, &mut largest);
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            println!(
                "{name:36} {:8.3} {parse:8.3} {:7.3} {megabytes:9.2} {:9.1}",
                cost.cpu,
                cost.cpu / parse.max(1e-9),
                cost.peak_mib
            );
            all += cost.cpu;
            bare += parse;
        }
        println!("{:36} {all:8.3} {bare:8.3} {:7.3}   (at most 0.5)", "all", all / bare.max(1e-9));
        match searched {
            Some(search) => {
                println!("ripgrep {search:.3} s CPU: ours is {:.1} times that   (at most 25)", all / search)
            }
            None => println!("ripgrep is not there: not compared"),
        }
        if let Some((name, bytes)) = largest {
            growth(&name, &bytes);
        }
    }

    fn is_sdist(path: &Path) -> bool {
        path.to_string_lossy().ends_with(".tar.gz")
    }

    /// Runs `ungil check` on an sdist, with nothing kept from before.
    fn checked(path: &Path, scratch: &Path) -> Cost {
        let cache = scratch.join("cache");
        let _ = fs::remove_dir_all(&cache);
        run(ungil().args(["check", "--format", "json", "--cache-dir"]).arg(cache).arg(path))
    }

    fn ungil() -> Command {
        Command::new(env!("CARGO_BIN_EXE_ungil"))
    }

    /// What starting costs.
    fn start(scratch: &Path) {
        let small = scratch.join("small.c");
        fs::write(
            &small,
            "#include <Python.h>\nstatic PyObject *f(PyObject *a, PyObject *b) { return a; }\n",
        )
        .expect("a small file");
        for (name, file) in [("--version", None), ("check of a small file", Some(&small))] {
            let mut all: Vec<f64> = (0..21)
                .map(|_| match file {
                    None => run(ungil().arg("--version")).cpu,
                    Some(file) => checked(file, scratch).cpu,
                })
                .collect();
            all.sort_by(f64::total_cmp);
            println!(
                "start, {name}: {:.2} ms CPU (median of {}, at most 5)",
                all[all.len() / 2] * 1e3,
                all.len()
            );
        }
    }

    /// How much sooner two cores are done than one, all sdists in one run; and what the machine gives at most: two
    /// programs that share nothing, each on its core.
    fn threads(sdists: &[PathBuf], scratch: &Path) {
        let cores = cores();
        if cores.len() < 2 {
            println!("one core only: threads are not compared");
            return;
        }
        let on = |cores: &[usize], cache: &str| {
            only_on(cores);
            let cache = scratch.join(cache);
            let _ = fs::remove_dir_all(&cache);
            run(ungil().args(["check", "--format", "json", "--cache-dir"]).arg(&cache).args(sdists)).wall
        };
        let (mut one, mut two, mut apart) = (f64::MAX, f64::MAX, f64::MAX);
        for _ in 0..3 {
            one = one.min(on(&cores[..1], "cache"));
            two = two.min(on(&cores[..2], "cache"));
            let began = Instant::now();
            std::thread::scope(|scope| {
                for (core, cache) in cores.iter().zip(["cache-a", "cache-b"]) {
                    let on = &on;
                    scope.spawn(move || on(std::slice::from_ref(core), cache));
                }
            });
            apart = apart.min(began.elapsed().as_secs_f64());
        }
        only_on(&cores);
        println!(
            "one core {one:.2} s, two {two:.2} s: {:.2} times faster (at least 1.7; two programs apart: {:.2})",
            one / two,
            2.0 * one / apart
        );
    }

    /// CPU time of a search for [`NAMES`] in the unpacked files.
    fn searched(sdists: &[PathBuf], scratch: &Path) -> Option<f64> {
        Command::new("rg").arg("--version").output().ok()?;
        let mut total = 0.0;
        for path in sdists {
            let folder = scratch.join("unpacked");
            let _ = fs::remove_dir_all(&folder);
            let gz =
                flate2::read::GzDecoder::new(BufReader::new(File::open(path).expect("the sdist is there")));
            tar::Archive::new(gz).unpack(&folder).expect("the sdist can be unpacked");
            let mut search = Command::new("rg");
            search.args(["--no-ignore", "--hidden", "-w"]);
            for name in NAMES {
                search.args(["-e", name]);
            }
            // The first time reads the disk.
            run(search.arg(&folder));
            total += run(&mut search).cpu;
            let _ = fs::remove_dir_all(&folder);
        }
        Some(total)
    }

    /// CPU time of parsing every C and C++ file, and their size in megabytes.
    fn parsed(path: &Path, largest: &mut Option<(String, Vec<u8>)>) -> (f64, f64) {
        let (mut cpu, mut bytes_read) = (0.0, 0);
        let mut grammars = [
            (Language::C, tree_sitter::Parser::new(), tree_sitter::Language::from(tree_sitter_c::LANGUAGE)),
            (
                Language::Cpp,
                tree_sitter::Parser::new(),
                tree_sitter::Language::from(tree_sitter_cpp::LANGUAGE),
            ),
        ];
        for (_, parser, grammar) in &mut grammars {
            parser.set_language(grammar).expect("the grammar fits the library");
        }
        let file = File::open(path).expect("the sdist is there");
        let is_c = |path: &MemberPath| matches!(source::language(path), Some(Language::C | Language::Cpp));
        unpack::sdist(file, &Limits::default(), &is_c, &mut |path, bytes| {
            let cpp = c::is_cpp(path.as_str(), &bytes);
            let parser = grammars.iter_mut().find(|(language, ..)| (*language == Language::Cpp) == cpp);
            let (_, parser, _) = parser.expect("there is one for each");
            let before = own_cpu();
            std::hint::black_box(parser.parse(&bytes, None));
            cpu += own_cpu() - before;
            bytes_read += bytes.len();
            if largest.as_ref().is_none_or(|(_, most)| most.len() < bytes.len()) {
                *largest = Some((path.to_string(), bytes));
            }
        });
        (cpu, bytes_read as f64 / 1e6)
    }

    /// Our scan of the first part of the largest file, whoever wrote it.
    fn growth(name: &str, bytes: &[u8]) {
        println!("\nour scan alone of the first part of {name}");
        let rules = RuleSet::builtin();
        for part in [64, 32, 16, 8, 4, 2, 1] {
            let bytes = &bytes[..bytes.len() / part];
            let before = own_cpu();
            std::hint::black_box(c::scan::seen(&c::CFile::read(name, bytes), rules));
            let took = own_cpu() - before;
            let megabytes = bytes.len() as f64 / 1e6;
            println!("{megabytes:8.3} MB {took:7.3} s CPU {:7.3} s/MB", took / megabytes);
        }
    }

    /// An sdist of made-up files: some know Python, most do not, as is usual.
    fn made_up(scratch: &Path) -> PathBuf {
        let path = scratch.join("made-up-1.tar.gz");
        let gz =
            flate2::write::GzEncoder::new(File::create(&path).expect("a file"), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gz);
        for at in 0..30 {
            let mut text = if at % 3 == 0 { "#include <Python.h>\n".to_owned() } else { String::new() };
            for n in 0..400 {
                text += &if at % 3 == 0 {
                    format!(
                        "static PyObject *f{n}(PyObject *self, PyObject *args)\n{{\n    PyObject *item = \
                         PyDict_GetItem(args, self);\n    if (item == NULL) {{\n        return NULL;\n    }}\n    \
                         return Py_NewRef(item);\n}}\n\n"
                    )
                } else {
                    format!(
                        "static int g{n}(const int *data, int count)\n{{\n    int sum = 0;\n    for (int i = 0; i < \
                         count; i++) {{\n        sum += data[i] * {n};\n    }}\n    return sum;\n}}\n\n"
                    )
                };
            }
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, format!("made-up-1/src/part{at}.c"), text.as_bytes())
                .expect("a member");
        }
        tar.into_inner()
            .expect("the end of the tar")
            .finish()
            .expect("the end of the file")
            .flush()
            .expect("a disk");
        path
    }

    /// Runs a program to its end, reading what it prints.
    #[expect(clippy::zombie_processes, reason = "`wait4` waits for it")]
    fn run(command: &mut Command) -> Cost {
        let began = Instant::now();
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
        let mut printed = Vec::new();
        child.stdout.take().expect("it is piped").read_to_end(&mut printed).expect("a pipe can be read");
        let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
        let mut status = 0;
        let pid = libc::pid_t::try_from(child.id()).expect("process ids are small");
        // SAFETY: both pointers are valid for the call; the child is ours and nobody else waits for it.
        let usage = unsafe {
            assert_eq!(libc::wait4(pid, &raw mut status, 0, usage.as_mut_ptr()), pid);
            usage.assume_init()
        };
        assert!(libc::WIFEXITED(status), "{command:?} was ended by a signal");
        let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
        Cost {
            cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            wall: began.elapsed().as_secs_f64(),
            peak_mib: usage.ru_maxrss as f64 / 1024.0,
        }
    }

    fn own_cpu() -> f64 {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the pointer is valid for the call.
        unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    }

    /// The cores that this process may run on.
    fn cores() -> Vec<usize> {
        // SAFETY: a set of zeros is an empty set, and the pointer is valid for the call.
        unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut set);
            (0..libc::CPU_SETSIZE as usize).filter(|core| libc::CPU_ISSET(*core, &set)).collect()
        }
    }

    /// Lets this process and those it starts run on these cores only.
    fn only_on(cores: &[usize]) {
        // SAFETY: as in `cores`.
        unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            for core in cores {
                libc::CPU_SET(*core, &mut set);
            }
            libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set);
        }
    }
}
