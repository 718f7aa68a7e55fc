//! Turns byte offsets into lines and columns.

/// Where each line of a text begins.
#[derive(Debug, Default)]
pub struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    /// Finds the line starts of `text`.
    pub fn new(text: &[u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|i| (i as u32).saturating_add(1)));
        Self { starts }
    }

    /// Line and column of a byte, both from 1; the column counts bytes.
    pub fn position(&self, byte: u32) -> (u32, u32) {
        let line = self.starts.partition_point(|&start| start <= byte).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        (line as u32, byte.saturating_sub(start).saturating_add(1))
    }

    /// The byte at which a line (from 1) begins.
    pub fn start_of(&self, line: u32) -> Option<u32> {
        self.starts.get((line as usize).checked_sub(1)?).copied()
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.starts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_from_one() {
        let lines = Lines::new(b"ab\ncd\n");
        assert_eq!(lines.position(0), (1, 1));
        assert_eq!(lines.position(4), (2, 2));
        assert_eq!(lines.position(99), (3, 94));
        assert_eq!(lines.start_of(2), Some(3));
    }
}
