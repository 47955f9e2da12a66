//! Lines that are rows of a table.

use std::ops::Range;

/// Characters that a cell may have; what is longer is prose.
const LONGEST_CELL: usize = 40;

/// Characters of the cells before one that may be longer: `09/2014 – 02/2018    Sachbearbeiterin …`.
const LONGEST_LABEL: usize = 24;

/// Spaces that stand between columns and not between words.
const GAP: usize = 4;

/// Signs of a leader such as `.....`, or of a line to fill in.
const LEADER: usize = 5;
const BLANK: usize = 3;

/// The cells of a line whose columns stand apart by tabs, wide gaps, `|`, the lines of a drawn box, leaders of dots or
/// blanks to fill in, as bytes of `line`; cells without letters are among them. Nothing when the line is prose.
pub fn cells(line: &str) -> Option<Vec<Range<usize>>> {
    let mut cells = Vec::new();
    let mut cell: Option<Range<usize>> = None;
    let mut gap = String::new();
    let mut separated = false;
    // Up to here all is a leader or a blank.
    let mut ruled = 0;
    let mut is_long = false;
    for (at, c) in line.char_indices() {
        let length = |sign: char| line[at..].len() - line[at..].trim_start_matches(sign).len();
        if at >= ruled
            && ((c == '.' && length('.') >= LEADER) || (c == '_' && length('_') >= BLANK))
        {
            ruled = at + length(c);
        }
        let is_rule = at < ruled || matches!(c, '|' | '\u{2500}'..='\u{257F}');
        if is_rule || c.is_whitespace() {
            gap.push(if is_rule { '|' } else { c });
            continue;
        }
        if gap.contains(['|', '\t']) || gap.chars().count() >= GAP {
            if is_long {
                return None;
            }
            separated = true;
            cells.extend(cell.take());
        }
        gap.clear();
        cell = Some(cell.map_or(at, |cell| cell.start)..at + c.len_utf8());
        if !is_long
            && let Some(cell) = &cell
            && line[cell.clone()].chars().nth(LONGEST_CELL).is_some()
        {
            if !is_labelled(line, &cells, cell) {
                return None;
            }
            is_long = true;
        }
    }
    cells.extend(cell);
    (separated || gap.contains('|')).then_some(cells)
}

/// Whether a long last cell is what the short ones in front of it announce, and no prose.
fn is_labelled(line: &str, cells: &[Range<usize>], last: &Range<usize>) -> bool {
    let is_short = |cell: &Range<usize>| line[cell.clone()].chars().count() <= LONGEST_LABEL;
    let begins = line[last.clone()].starts_with(char::is_uppercase);
    let has_figures = cells
        .first()
        .is_some_and(|cell| line[cell.clone()].contains(|c: char| c.is_ascii_digit()));
    begins && has_figures && cells.iter().all(is_short)
}

#[cfg(test)]
mod tests {
    use super::cells;

    #[test]
    fn forms_contents_and_boxes_have_cells() {
        for (line, expected) in [
            (
                "Name: ____________ Vorname: ______",
                &["Name:", "Vorname:"] as &[&str],
            ),
            ("Einleitung ............... 5", &["Einleitung", "5"]),
            ("│ Montag │ 9 Uhr │", &["Montag", "9 Uhr"]),
            ("Haus\tBaum", &["Haus", "Baum"]),
            (
                "09/2014 – 02/2018    Sachbearbeiterin im Einkauf, Muster GmbH, Jena",
                &[
                    "09/2014 – 02/2018",
                    "Sachbearbeiterin im Einkauf, Muster GmbH, Jena",
                ],
            ),
        ] {
            let found: Option<Vec<&str>> =
                cells(line).map(|cells| cells.into_iter().map(|cell| &line[cell]).collect());
            assert_eq!(found.as_deref(), Some(expected));
        }
        for line in [
            "Und dann.... ging er.",
            "Die Variable __init__ gibt es.",
            "Im Jahr 1990    war das Haus noch bewohnt und der Garten gepflegt.",
            "Hiermit kündige ich meinen Vertrag mit der Nummer ______________ zum ____.",
        ] {
            assert_eq!(cells(line), None, "{line}");
        }
    }
}
