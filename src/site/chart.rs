//! Curves over months as SVG, drawn here so that a page needs no script and no other file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

/// The first month that is drawn: free-threaded wheels began with 3.13's betas.
const FROM: &str = "2024-05";
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 48.0;
const BOTTOM: f64 = 30.0;
const TOP: f64 = 10.0;

/// One month: how many so far had compiled wheels, how many of these a free-threaded one, and how many one that is known
/// to keep the GIL off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Month {
    pub month: String,
    pub compiled: usize,
    pub shipping: usize,
    pub proven: usize,
}

/// Sums firsts up by months, to the last month in which anything happened.
pub(super) fn months(firsts: &[[Option<&str>; 3]]) -> Vec<Month> {
    let mut new: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for one in firsts {
        for (at, day) in one.iter().enumerate() {
            if let Some(month) = day.and_then(|day| day.get(..7))
                && let Some(count) = new.entry(month).or_default().get_mut(at)
            {
                *count += 1;
            }
        }
    }
    let Some(last) = new.keys().next_back().copied() else { return Vec::new() };
    let mut sums = [0_usize; 3];
    let add = |sums: &mut [usize; 3], more: &[usize; 3]| {
        sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    };
    for (_, counts) in new.range(..FROM) {
        add(&mut sums, counts);
    }
    let mut months = Vec::new();
    let mut month = FROM.to_owned();
    while month.as_str() <= last && months.len() < 1200 {
        if let Some(counts) = new.get(month.as_str()) {
            add(&mut sums, counts);
        }
        let [compiled, shipping, proven] = sums;
        months.push(Month { month: month.clone(), compiled, shipping, proven });
        month = following(&month);
    }
    months
}

fn following(month: &str) -> String {
    let (year, number) = month.split_once('-').unwrap_or(("2024", "01"));
    let (year, number): (u32, u32) = (year.parse().unwrap_or(9999), number.parse().unwrap_or(12));
    if number >= 12 { format!("{:04}-01", year + 1) } else { format!("{year:04}-{:02}", number + 1) }
}

/// The least number above that a scale of four equal steps may end at.
fn round_up(most: usize) -> usize {
    // Tenths of a power of ten.
    const STEPS: [usize; 9] = [10, 15, 20, 25, 30, 40, 50, 60, 80];
    let mut power = 1_usize;
    loop {
        let ends =
            STEPS.iter().map(|step| power.saturating_mul(*step)).filter(|tenths| tenths.is_multiple_of(10));
        if let Some(end) = ends.map(|tenths| (tenths / 10).saturating_mul(4)).find(|end| *end >= most) {
            return end;
        }
        power = power.saturating_mul(10);
    }
}

/// The curve. Numbers and months only go in, so nothing needs escaping.
#[allow(clippy::cast_precision_loss)] // counts of projects are far below 2^52
pub(super) fn svg(months: &[Month]) -> String {
    let Some(last) = months.last().filter(|_| months.len() > 1) else { return String::new() };
    let most = round_up(last.compiled.max(last.shipping)) as f64;
    let x = |at: usize| LEFT + (WIDTH - LEFT - 12.0) * at as f64 / (months.len() - 1) as f64;
    let y = |count: usize| TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - count as f64 / most);
    let line = |of: &dyn Fn(&Month) -> usize| {
        let mut points = String::new();
        for (at, month) in months.iter().enumerate() {
            let _ = write!(points, "{:.1},{:.1} ", x(at), y(of(month)));
        }
        points
    };
    let mut out = format!(
        "<svg class=\"curve\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"curve-title curve-desc\">\
         <title id=\"curve-title\">Projects that ship a free-threaded wheel, by month</title>\
         <desc id=\"curve-desc\">In {} {} of {} projects with compiled wheels had shipped one, {} one that is proven to keep the GIL off.</desc>",
        last.month, last.shipping, last.compiled, last.proven
    );
    for part in 0..=4_usize {
        let count = (most * part as f64 / 4.0).round();
        let at = TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - part as f64 / 4.0);
        let _ = write!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.0}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{count:.0}</text>",
            WIDTH - 12.0,
            LEFT - 6.0,
            at + 4.0
        );
    }
    // The last month is told, which says how far the curve goes; others stand away from it.
    let step = months.len().div_ceil(8).max(1);
    let end = months.len() - 1;
    let told = |at: usize| at == end || at.is_multiple_of(step) && at + step <= end;
    for (at, month) in months.iter().enumerate().filter(|(at, _)| told(*at)) {
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.0}\" text-anchor=\"{}\">{}</text>",
            x(at),
            HEIGHT - 10.0,
            if at == end { "end" } else { "middle" },
            month.month
        );
    }
    let _ = write!(
        out,
        "<polyline class=\"all\" points=\"{}\"/><polyline class=\"shipping\" points=\"{}\"/><polyline class=\"proven\" points=\"{}\"/></svg>",
        line(&|month| month.compiled).trim_end(),
        line(&|month| month.shipping).trim_end(),
        line(&|month| month.proven).trim_end()
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn firsts_are_summed_up_by_month_and_what_came_before_counts() {
        let months = months(&[
            [Some("2012-01-01"), Some("2024-06-30"), Some("2024-12-01")],
            [Some("2024-05-01"), None, None],
            [None, None, None],
            [Some("2025-01-05"), Some("2025-01-05"), None],
        ]);
        assert_eq!(months.len(), 9);
        assert_eq!((months[0].compiled, months[0].shipping), (2, 0));
        assert_eq!((months[1].shipping, months[7].month.as_str()), (1, "2024-12"));
        assert_eq!((months[8].compiled, months[8].shipping), (3, 2));
        assert_eq!((months[6].proven, months[7].proven, months[8].proven), (0, 1, 1));
        assert!(svg(&months).contains("2 of 3 projects"));
    }

    #[test]
    fn a_scale_ends_at_a_round_number_and_the_last_month_is_told_whole() {
        assert_eq!([0, 4, 5, 53, 400, 401, 20_000].map(round_up), [4, 4, 8, 60, 400, 600, 20_000]);
        let day = Some("2026-09-01");
        let drawn = svg(&months(&[[Some("2012-01-01"), day, day]]));
        assert!(drawn.contains("text-anchor=\"end\">2026-09</text>"), "{drawn}");
    }

    #[test]
    fn an_odd_date_draws_no_endless_curve() {
        assert!(months(&[[Some("9999-12-31"), None, None]]).len() <= 1200);
        assert!(months(&[[Some("1999-12-31"), None, None]]).is_empty());
        assert_eq!(svg(&[]), "");
    }
}
