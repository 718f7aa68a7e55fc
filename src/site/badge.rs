//! Badges: an SVG, and what a badge service reads, per project and per project and target.

use serde_json::json;

use super::changes::said;
use crate::model::{Safety, Verdict};
use crate::survey::Row;

/// A file of a badge.
#[derive(Debug)]
pub(super) struct Badge {
    pub path: String,
    pub text: String,
}

const LABEL: &str = "free-threaded";

/// All badges of a row.
pub(super) fn all(row: &Row, slug: &str) -> Vec<Badge> {
    let worst = row.worst();
    let mut badges = Vec::new();
    let safety = worst.map(|one| one.safety);
    both(&mut badges, &format!("badge/{slug}"), worst.map(|one| one.verdict), safety, "");
    for target in &row.targets {
        let found = row
            .packages
            .iter()
            .flat_map(|one| &one.by_target)
            .find(|one| one.python == target.python && one.platform == target.platform);
        let folder = format!("{}-{}", sound(&target.python), sound(&target.platform));
        let path = format!("badge/{folder}/{slug}");
        both(&mut badges, &path, found.map(|one| one.verdict), found.map(|one| one.safety), &target.python);
    }
    badges
}

/// Targets are ours, yet they become folders.
fn sound(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_')).collect()
}

fn both(to: &mut Vec<Badge>, path: &str, verdict: Option<Verdict>, safety: Option<Safety>, python: &str) {
    let (mut message, color, hex) = match verdict {
        None => (said(None), "lightgrey", "#6b7280"),
        Some(one) => match one {
            Verdict::Ready => (said(Some(one)), "brightgreen", "#1a7f37"),
            Verdict::PurePython => (said(Some(one)), "blue", "#0a5fb4"),
            Verdict::BuildRequired => (said(Some(one)), "yellow", "#8a6100"),
            Verdict::NeedsGil | Verdict::Unavailable => (said(Some(one)), "red", "#b42318"),
            Verdict::Unknown => (said(Some(one)), "lightgrey", "#6b7280"),
        },
    };
    if verdict == Some(Verdict::Ready) && safety == Some(Safety::Hazards) {
        message.push_str(", hazards");
    }
    let label = if python.is_empty() { LABEL.to_owned() } else { format!("{LABEL} {python}") };
    let endpoint = json!({ "schemaVersion": 1, "label": label, "message": message, "color": color });
    to.push(Badge { path: format!("{path}.json"), text: format!("{endpoint}\n") });
    to.push(Badge { path: format!("{path}.svg"), text: svg(&label, &message, hex) });
}

/// Label and message are made of our own words; wide letters are assumed, so that any font fits.
fn svg(label: &str, message: &str, color: &str) -> String {
    let width = |text: &str| 7 * text.len() + 12;
    let (left, right) = (width(label), width(message));
    let all = left + right;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all}\" height=\"20\" role=\"img\" aria-label=\"{label}: {message}\">\
         <title>{label}: {message}</title><rect width=\"{all}\" height=\"20\" rx=\"3\" fill=\"#30363d\"/>\
         <path d=\"M{left} 0h{}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{}z\" fill=\"{color}\"/>\
         <g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\" text-anchor=\"middle\">\
         <text x=\"{}\" y=\"14\">{label}</text><text x=\"{}\" y=\"14\">{message}</text></g></svg>\n",
        right - 3,
        right - 3,
        left / 2,
        left + right / 2
    )
}
