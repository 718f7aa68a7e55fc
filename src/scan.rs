//! Decides which scanner reads a member.
