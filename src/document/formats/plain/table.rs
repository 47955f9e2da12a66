//! Lines that are rows of a table.

use std::ops::Range;

/// Characters that a cell may have; what is longer is prose.
const LONGEST_CELL: usize = 40;

/// Spaces that stand between columns and not between words.
const GAP: usize = 4;

/// The cells of a line whose columns stand apart by tabs, wide gaps or `|`, as bytes of `line`; cells without letters
/// are among them. Nothing when the line is prose.
pub fn cells(line: &str) -> Option<Vec<Range<usize>>> {
    let mut cells = Vec::new();
    let mut cell: Option<Range<usize>> = None;
    let mut gap = String::new();
    let mut separated = false;
    for (at, c) in line.char_indices() {
        if c == '|' || c.is_whitespace() {
            gap.push(c);
            continue;
        }
        if gap.contains(['|', '\t']) || gap.chars().count() >= GAP {
            separated = true;
            cells.extend(cell.take());
        }
        gap.clear();
        cell = Some(cell.map_or(at, |cell| cell.start)..at + c.len_utf8());
        if cell
            .as_ref()
            .is_some_and(|cell| line[cell.clone()].chars().nth(LONGEST_CELL).is_some())
        {
            return None;
        }
    }
    cells.extend(cell);
    (separated || gap.contains('|')).then_some(cells)
}
