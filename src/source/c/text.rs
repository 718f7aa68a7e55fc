//! A preprocessed text with its tokens: the small questions everything else asks.

use super::lex::{Kind, NO_MATE, Tokens, op};

/// Text and tokens of one file, or of one macro body.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The text that token positions point into.
    pub code: &'a str,
    /// Its tokens.
    pub tokens: &'a Tokens,
}

impl<'a> Source<'a> {
    /// The kind of a token; `None` beyond the end.
    pub fn kind(&self, i: usize) -> Option<Kind> {
        self.tokens.list.get(i).map(|t| t.kind)
    }

    /// Whether token `i` is the given operator.
    pub fn is(&self, i: usize, code: u16) -> bool {
        self.kind(i) == Some(Kind::Op(code))
    }

    /// Whether token `i` is an identifier.
    pub fn is_ident(&self, i: usize) -> bool {
        self.kind(i) == Some(Kind::Ident)
    }

    /// Whether token `i` is a null pointer as written: `NULL`, `nullptr` or `0`.
    pub fn is_null(&self, i: usize) -> bool {
        matches!(self.text(i), "NULL" | "nullptr" | "0")
    }

    /// The text of an identifier; empty for any other token.
    pub fn word(&self, i: usize) -> &'a str {
        if self.is_ident(i) { self.text(i) } else { "" }
    }

    /// The text of a token; empty beyond the end.
    pub fn text(&self, i: usize) -> &'a str {
        let Some(token) = self.tokens.list.get(i) else { return "" };
        self.code.get(token.start as usize..token.end as usize).unwrap_or_default()
    }

    /// The bracket that pairs with token `i`.
    pub fn mate(&self, i: usize) -> Option<usize> {
        self.tokens.mate.get(i).copied().filter(|&mate| mate != NO_MATE).map(|mate| mate as usize)
    }

    /// The token after the group that opens at `i`, or after `i` itself when nothing opens there.
    pub fn after_group(&self, i: usize) -> usize {
        match self.mate(i) {
            Some(mate) if mate > i => mate + 1,
            _ => i + 1,
        }
    }

    /// The token after the `>` that closes the `<` at `open`; nothing where a `;` or `to` comes before it, as behind a
    /// comparison.
    pub fn after_angles(&self, open: usize, to: usize) -> Option<usize> {
        let mut depth = 0_i64;
        let mut i = open;
        while i < to {
            match self.kind(i) {
                Some(Kind::Op(code)) if code == op(b"<") => depth += 1,
                Some(Kind::Op(code)) if code == op(b">") => depth -= 1,
                Some(Kind::Op(code)) if code == op(b">>") => depth -= 2,
                Some(Kind::Op(code)) if code == op(b"(") => {
                    i = self.after_group(i);
                    continue;
                }
                Some(Kind::Op(code)) if code == op(b";") => return None,
                _ => {}
            }
            i += 1;
            if depth <= 0 {
                return Some(i);
            }
        }
        None
    }

    /// The first `,` or `;` from `from` on that is outside brackets, or `to`.
    pub fn declarator_end(&self, from: usize, to: usize) -> usize {
        let mut i = from;
        while i < to {
            match self.kind(i) {
                Some(Kind::Op(code)) if code == op(b",") || code == op(b";") => return i,
                Some(Kind::Op(code)) if code == op(b"(") || code == op(b"[") || code == op(b"{") => {
                    i = self.after_group(i);
                }
                _ => i += 1,
            }
        }
        to
    }

    /// The argument ranges of a call whose `(` is at `open`.
    pub fn arguments(&self, open: usize) -> Vec<(usize, usize)> {
        let Some(close) = self.mate(open).filter(|&close| close > open) else { return Vec::new() };
        let mut out = Vec::new();
        let mut from = open + 1;
        while from < close {
            let to = self.declarator_end(from, close);
            out.push((from, to));
            from = to + 1;
        }
        out
    }

    /// The index of the first token that starts at or after a byte.
    pub fn token_at(&self, byte: u32) -> usize {
        self.tokens.list.partition_point(|t| t.start < byte)
    }

    /// First byte of token `i`; the text's length beyond the end.
    pub fn start(&self, i: usize) -> u32 {
        self.tokens.list.get(i).map_or(self.code.len() as u32, |t| t.start)
    }

    /// Byte after token `i`; the text's length beyond the end.
    pub fn end(&self, i: usize) -> u32 {
        self.tokens.list.get(i).map_or(self.code.len() as u32, |t| t.end)
    }
}
