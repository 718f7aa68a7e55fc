//! The one place with threads: audits many packages at once and sorts what comes back.
