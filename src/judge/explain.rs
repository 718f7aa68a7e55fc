//! What a score is made of, in words, from the same data that makes it.

use std::fmt::Write as _;

use super::Weights;
use crate::model::{Confidence, Severity};

/// The text of `ungil explain score`, in Markdown.
pub fn explain_score(weights: &Weights) -> String {
    let mut out = String::new();
    write(&mut out, weights).expect("writing to a String does not fail");
    out
}

fn write(out: &mut String, weights: &Weights) -> std::fmt::Result {
    let (a, d, h, c, p) =
        (&weights.availability, &weights.declaration, &weights.hazards, &weights.care, &weights.pure_python);
    writeln!(out, "# The score\n")?;
    writeln!(out, "A number from 0 to 100, by weights version {} of {}.", weights.version, weights.date)?;
    writeln!(out, "It sums up; the verdict decides. A package whose verdict is `unknown` has no score:")?;
    writeln!(
        out,
        "there is no number for what was not seen. The points of the parts add up to the score.\n"
    )?;
    writeln!(out, "## availability: {}? Up to {} points\n", a.title, a.of)?;
    writeln!(out, "- {} for a wheel that the target would install", points(a.wheel, a.of))?;
    writeln!(
        out,
        "- up to {} more, by the share of platforms with compiled wheels",
        points(a.siblings, a.of)
    )?;
    writeln!(out, "  (Linux, musl, macOS, Windows, each by machine) where that Python finds one too")?;
    writeln!(
        out,
        "- {} instead of the first, when it has to be built and its sources declare",
        points(a.sources, a.of)
    )?;
    writeln!(out, "- nothing for a wheel or sources that do not fit; all for a working tree\n")?;
    writeln!(out, "## declaration: {}? Up to {} points\n", d.title, d.of)?;
    writeln!(out, "Shared out evenly over the modules:\n")?;
    writeln!(out, "- {:.0} % where the author wrote the declaration", d.author * 100.0)?;
    writeln!(
        out,
        "- {:.0} % where the binding generator declares unless told otherwise",
        d.generator_default * 100.0
    )?;
    writeln!(
        out,
        "- once one module turns the GIL on, the whole part is multiplied by {}\n",
        d.one_turns_it_on
    )?;
    writeln!(out, "## hazards: {}. Up to {} points\n", h.title, h.of)?;
    writeln!(out, "Each finding that is not suppressed and not generated code weighs")?;
    writeln!(
        out,
        "severity (high {}, medium {}, low {}, note {}) times",
        h.severity(Severity::High),
        h.severity(Severity::Medium),
        h.severity(Severity::Low),
        h.severity(Severity::Note)
    )?;
    writeln!(
        out,
        "confidence (high {}, medium {}, low {}) times",
        h.confidence(Confidence::High),
        h.confidence(Confidence::Medium),
        h.confidence(Confidence::Low)
    )?;
    writeln!(
        out,
        "{} if its module already runs without the GIL, {} if it does not, {} if that is not known.",
        h.live(Some(true)),
        h.live(Some(false)),
        h.live(None)
    )?;
    writeln!(
        out,
        "The sum per 1000 source lines (of at least {}) is the density; points fall as",
        h.least_lines
    )?;
    writeln!(
        out,
        "1 / (1 + density / {}), so size alone never condemns. Files that could not be read",
        h.half
    )?;
    writeln!(out, "lower the points by their share, and sources that were not looked at earn none.\n")?;
    writeln!(out, "## care: {}. Up to {} points\n", c.title, c.of)?;
    writeln!(
        out,
        "- the classifier `Free Threading`: {} for unstable, {} without a level, {} for beta, {} for stable or {} for resilient",
        points(c.classifier.unstable, c.of),
        points(c.classifier.plain, c.of),
        points(c.classifier.beta, c.of),
        points(c.classifier.stable, c.of),
        points(c.classifier.resilient, c.of)
    )?;
    writeln!(out, "- {} for tests that start threads\n", points(c.threaded_tests, c.of))?;
    writeln!(out, "## pure-python: {}\n", p.title)?;
    writeln!(
        out,
        "{} points, or {} when other targets get compiled code and this one",
        p.alone, p.fall_back
    )?;
    writeln!(out, "silently does not. Pure Python is its own verdict and stays out of ratios.")
}

fn points(share: f64, of: u32) -> String {
    let points = share * f64::from(of);
    let text = format!("{points:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_is_explained_from_the_data_that_makes_it() {
        insta::assert_snapshot!(explain_score(&Weights::builtin()));
    }
}
