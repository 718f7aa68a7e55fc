//! Turns what was observed into a verdict, a safety statement and a score.
