//! The wheel gate on wheels in `dist/`, made here of the built extensions of the corpus.

use std::io::Write as _;
use std::path::Path;

use super::project::Project;

const LEVEL: &str = "Classifier: Programming Language :: Python :: Free Threading :: 2 - Beta\n";

/// Puts a wheel into `dist/`: the module `mod` as built in a case of the corpus.
fn wheel(project: &Project, tag: &str, wheel_tag: &str, case: &str, classifiers: &str) -> String {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/extensions/built").join(case);
    let module = std::fs::read_dir(&built).expect(case).next().expect("a file").expect("readable").path();
    let filename = format!("mod-1.0-{tag}.whl");
    let folder = project.path().join("dist");
    std::fs::create_dir_all(&folder).expect("creates");
    let file = std::fs::File::create(folder.join(&filename)).expect("creates");
    let mut zip = zip::ZipWriter::new(file);
    let options = zip::write::SimpleFileOptions::default();
    let metadata = format!("Metadata-Version: 2.4\nName: mod\nVersion: 1.0\n{classifiers}");
    let about = format!("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: {wheel_tag}\n");
    let name = module.file_name().expect("a name").to_string_lossy().into_owned();
    for (path, bytes) in [
        (name, std::fs::read(&module).expect("readable")),
        ("mod-1.0.dist-info/METADATA".to_owned(), metadata.into_bytes()),
        ("mod-1.0.dist-info/WHEEL".to_owned(), about.into_bytes()),
    ] {
        zip.start_file(path, options).expect("starts");
        zip.write_all(&bytes).expect("writes");
    }
    zip.finish().expect("finishes");
    filename
}

const TAG: &str = "cp314-cp314t-manylinux_2_28_x86_64";

#[test]
fn a_wheel_that_keeps_its_word_passes_the_gate() {
    let project = Project::new(&[]);
    wheel(&project, TAG, TAG, "elf-gcc", LEVEL);
    let ran = project.run(&["check", "dist", "--format", "concise"]);
    assert_eq!((ran.code, ran.out.lines().count()), (0, 0), "{}{}", ran.out, ran.err);
}

#[test]
fn a_silent_module_fails_the_gate_unless_it_is_listed() {
    let project = Project::new(&[]);
    wheel(&project, TAG, TAG, "elf-silent", "");
    let ran = project.run(&["check", "dist", "--format", "concise"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("`mod` does not declare") && ran.out.contains("[wheel-module-undeclared]"),
        "{}",
        ran.out
    );
    let ran = project.run(&["check", "dist", "--may-need-gil", "mod"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

/// The classic accident: a wheel of the default build, renamed or built with the wrong interpreter.
#[test]
fn a_wheel_whose_contents_are_for_the_other_build_fails_the_gate() {
    let project = Project::new(&[]);
    wheel(&project, TAG, "cp314-cp314-manylinux_2_28_x86_64", "elf-gcc-gil", LEVEL);
    let ran = project.run(&["check", "dist", "--format", "concise"]);
    assert_ne!(ran.code, 0);
    assert!(ran.out.contains("The WHEEL file says cp314-cp314-manylinux_2_28_x86_64"), "{}", ran.out);
    assert!(ran.out.contains("`mod` is named for cp314, which interpreters of cp314-cp314t"), "{}", ran.out);
}

#[test]
fn platforms_of_a_release_are_held_against_each_other() {
    let project = Project::new(&[]);
    wheel(&project, TAG, TAG, "elf-gcc", LEVEL);
    let arm = "cp314-cp314t-manylinux_2_28_aarch64";
    let name = wheel(&project, arm, arm, "elf-aarch64-silent", LEVEL);
    let report = project.report(&["dist"]);
    let told: Vec<&str> = report["packages"][0]["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|one| one["artifact"] == name.as_str())
        .map(|one| one["rule"].as_str().expect("a rule"))
        .collect();
    assert!(
        told.contains(&"wheel-release-disagrees") && told.contains(&"wheel-module-undeclared"),
        "{told:?}"
    );
}
