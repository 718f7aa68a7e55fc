//! When to ask again, and after how long.
//!
//! In: what went wrong and how often. Out: a pause, or nothing when asking again would be rude or useless. A server
//! that names its own time (`Retry-After`) is obeyed, up to the longest pause configured; beyond that we give up
//! and say so, since coming back earlier than asked is worse than not coming back.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

/// Whether a response of this status may be another one a moment later.
pub(super) fn may_pass(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// The pause before repeat number `repeat` (from 0): doubling, and spread over half to all of its length so that
/// many clients do not come back at once.
pub(super) fn pause(first: Duration, repeat: u32) -> Duration {
    let full = first.saturating_mul(1 << repeat.min(10)).min(Duration::from_secs(30));
    // The hasher's keys are random per instance, and no better randomness is needed here.
    let random = RandomState::new().build_hasher().finish();
    let share = u32::try_from(random % 512).unwrap_or(0);
    full / 2 + full / 2 * share / 512
}

/// What `Retry-After` asks for: seconds, or a date.
pub(super) fn asked_pause(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let then = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(SystemTime::from(then).duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_never_fall_under_half_or_over_the_whole() {
        let first = Duration::from_millis(200);
        for repeat in 0..5 {
            let full = first * (1 << repeat);
            for _ in 0..20 {
                let pause = pause(first, repeat);
                assert!(pause >= full / 2 && pause <= full, "{pause:?} for {full:?}");
            }
        }
        assert!(pause(Duration::from_secs(1), 4_000_000_000) <= Duration::from_secs(30));
    }

    #[test]
    fn a_server_may_name_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_445_412_480); // 2015-10-21 07:28:00
        let asked = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().expect("a header"));
            asked_pause(&headers, now)
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Wed, 21 Oct 2015 07:28:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(asked("Wed, 21 Oct 2015 07:00:00 GMT"), Some(Duration::ZERO), "a time gone by");
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("-3"), None);
        assert_eq!(asked_pause(&HeaderMap::new(), now), None);
    }
}
