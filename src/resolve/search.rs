//! Finds the first release that is ready, looking at as few as needed.
//!
//! In: releases that could be ready by their file names, oldest first, and a way to look at one. Support, once there,
//! stays: that is what the search trusts, and only for which releases to look at. What it gives was looked at.

/// The place of the first that is ready; none if the newest is not. `ready` is asked of each place once at most, and
/// answers none where that could not be told, which counts as not ready.
pub fn first_ready(count: usize, ready: &mut dyn FnMut(usize) -> bool) -> Option<usize> {
    let last = count.checked_sub(1)?;
    if ready(0) {
        return Some(0);
    }
    if last == 0 || !ready(last) {
        return None;
    }
    // Not ready at `low`, ready at `high`.
    let (mut low, mut high) = (0, last);
    while high.saturating_sub(low) > 1 {
        let middle = low.midpoint(high);
        if ready(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ready_release_is_found_by_looking_at_few() {
        for count in 0..40_usize {
            for first in 0..=count {
                let mut looks = 0_usize;
                let found = first_ready(count, &mut |at| {
                    looks += 1;
                    at >= first
                });
                assert_eq!(found, (first < count).then_some(first), "{first} of {count}");
                let bits = usize::try_from(count.checked_ilog2().unwrap_or(0)).expect("small");
                assert!(looks <= 3 + bits, "{looks} looks for {first} of {count}");
            }
        }
    }
}
