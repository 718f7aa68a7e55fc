//! Holds the published schema and the documents that are written together.

use serde_json::Value;
use ungil::judge::{self, Evidence, Opened, Sources, Weights};
use ungil::model::{Gap, Hides, Observed, Target};
use ungil::report::{self, Document, Failure, Package, PackageParts};

fn targets() -> Vec<Target> {
    ["3.14t", "3.15t"]
        .iter()
        .map(|python| Target {
            python: python.parse().expect("a Python"),
            platform: "manylinux_2_28_x86_64".parse().expect("a platform"),
        })
        .collect()
}

fn package(name: &str, wheel: Option<&Observed>, sources: Sources<'_>, gaps: Vec<Gap>) -> Package {
    let filename = format!("{name}-1-py3-none-any.whl");
    let wheels = [filename.clone()];
    let judgements = targets()
        .into_iter()
        .map(|target| {
            let evidence = Evidence {
                wheel: wheel.map(|seen| Opened { filename: &filename, seen }),
                sources,
                wheels: if wheel.is_some() { &wheels } else { &[] },
                problems: &gaps,
            };
            let judged = judge::package(&evidence, &target, &Weights::builtin());
            (target, wheel.map(|_| filename.clone()), judged)
        })
        .collect();
    Package::new(PackageParts {
        name: name.into(),
        version: Some("1".into()),
        requested_by: vec!["command line".into()],
        judgements,
        artifacts: Vec::new(),
        findings: Vec::new(),
        gaps: gaps.clone(),
    })
    .expect("there are judgements")
}

fn document() -> Value {
    let gap = Gap::new("x.so", Hides::Claims, "stripped");
    let packages = vec![
        package("pure", Some(&Observed::default()), Sources::Absent, Vec::new()),
        package("dark", None, Sources::Unread { filename: "dark-1.tar.gz", why: "not asked for" }, vec![gap]),
        package("gone", None, Sources::Absent, Vec::new()),
    ];
    let failure =
        Failure { request: "x".into(), requested_by: Vec::new(), reason: "404".into(), hint: String::new() };
    let document = Document::new("1", &targets(), packages, vec![failure]);
    serde_json::from_str(&report::json(&document)).expect("JSON")
}

fn valid(document: &Value) -> bool {
    let schema: Value = serde_json::from_str(&report::schema()).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema").is_valid(document)
}

#[test]
fn what_is_written_is_what_the_schema_describes() {
    assert!(valid(&document()));
}

/// A schema that accepts anything would prove nothing.
#[test]
fn the_schema_refuses_what_the_contract_does_not_know() {
    for (pointer, wrong) in [
        ("/schema", Value::from("one")),
        ("/packages/0/verdict", Value::from("maybe")),
        ("/packages/0/safety", Value::Null),
        ("/packages/0/score", Value::from("high")),
        ("/packages/0/gaps/0/hides", Value::from("all")),
    ] {
        let mut broken = document();
        *broken.pointer_mut(pointer).expect(pointer) = wrong;
        assert!(!valid(&broken), "{pointer}");
    }
    let mut broken = document();
    broken.as_object_mut().expect("an object").remove("summary");
    assert!(!valid(&broken), "without a summary");
}
