//! The letters of a page with their places, and its lines in reading order: columns one after the other.

use pdf_extract::{MediaBox, OutputDev, OutputError, Transform};

/// A stretch of letters on one line, without a wide gap in it.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    /// Its left and right ends, in points.
    pub(super) left: f64,
    pub(super) right: f64,
    /// Its base line, from the top of the page.
    pub(super) y: f64,
    /// The size of its font.
    pub(super) size: f64,
    pub(super) text: String,
}

/// A line of a column.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) stretch: Stretch,
    /// The right end of the column that it stands in.
    pub(super) column: f64,
    /// Whether a paragraph ends before it, as far as the space above and its font say.
    pub(super) begins: bool,
}

/// Collects the letters of one page.
#[derive(Default)]
pub(super) struct Letters {
    pub(super) stretches: Vec<Stretch>,
    top: f64,
    begins_word: bool,
}

/// Letters of a page at most: more are no text.
const MOST: usize = 200_000;

impl OutputDev for Letters {
    fn begin_page(
        &mut self,
        _: u32,
        media_box: &MediaBox,
        _: Option<(f64, f64, f64, f64)>,
    ) -> Result<(), OutputError> {
        self.top = media_box.ury;
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn output_character(
        &mut self,
        trm: &Transform,
        width: f64,
        _: f64,
        font_size: f64,
        letters: &str,
    ) -> Result<(), OutputError> {
        let scale = (trm.m11 * trm.m22 - trm.m12 * trm.m21).abs().sqrt();
        let size = (font_size * scale).abs();
        let (left, y) = (trm.m31, self.top - trm.m32);
        if !(size.is_finite() && left.is_finite() && y.is_finite()) || self.stretches.len() > MOST {
            return Ok(());
        }
        let right = left + width * size;
        let begins_word = std::mem::take(&mut self.begins_word);
        // No control characters are text, and NUL is none at all.
        let letters: String = letters.chars().filter(|c| !c.is_control()).collect();
        if let Some(last) = self.stretches.last_mut() {
            let gap = left - last.right;
            let is_same_line =
                (y - last.y).abs() < 0.3 * size && (size - last.size).abs() < 0.5 * size;
            if is_same_line && gap > -0.6 * size && gap < 1.2 * size {
                let parts = begins_word && gap > 0.12 * size && !last.text.ends_with(' ');
                if parts && !letters.starts_with(' ') {
                    last.text.push(' ');
                }
                last.text.push_str(&letters);
                last.right = right.max(last.right);
                return Ok(());
            }
        }
        self.stretches.push(Stretch {
            left,
            right,
            y,
            size,
            text: letters,
        });
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        self.begins_word = true;
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}

/// Characters that the lines of a column of prose have on average, at least; those of a table have fewer.
const PROSE: usize = 18;
/// Lines of a column at least.
const FEWEST: usize = 3;
/// Levels of columns within columns.
const DEEPEST: usize = 12;

/// The lines of a page in the order in which they are read.
pub(super) fn lines(mut stretches: Vec<Stretch>) -> Vec<Line> {
    stretches.retain(|stretch| !stretch.text.trim().is_empty());
    let mut lines = Vec::new();
    order(stretches, DEEPEST, &mut lines);
    lines
}

fn order(stretches: Vec<Stretch>, depth: usize, lines: &mut Vec<Line>) {
    if depth > 0 && stretches.len() >= 2 * FEWEST {
        if let Some((left, right)) = columns(&stretches) {
            order(left, depth - 1, lines);
            return order(right, depth - 1, lines);
        }
        if let Some((above, below)) = rows(&stretches) {
            order(above, depth - 1, lines);
            return order(below, depth - 1, lines);
        }
    }
    column(stretches, lines);
}

/// Two columns, if there is a gutter between them.
fn columns(stretches: &[Stretch]) -> Option<(Vec<Stretch>, Vec<Stretch>)> {
    let size = median(stretches.iter().map(|stretch| stretch.size))?;
    let mut all: Vec<&Stretch> = stretches.iter().collect();
    all.sort_by(|a, b| a.left.total_cmp(&b.left));
    let mut end = f64::MIN;
    let mut widest: Option<(f64, f64)> = None;
    for stretch in all {
        let gap = stretch.left - end;
        if end > f64::MIN && gap > size && widest.is_none_or(|(width, _)| gap > width) {
            widest = Some((gap, stretch.left - gap / 2.));
        }
        end = end.max(stretch.right);
    }
    let (_, gutter) = widest?;
    let (left, right): (Vec<_>, Vec<_>) =
        (stretches.iter().cloned()).partition(|stretch| stretch.right < gutter);
    let is_prose = |side: &[Stretch]| {
        let letters: usize = side
            .iter()
            .map(|stretch| stretch.text.chars().count())
            .sum();
        side.len() >= FEWEST && letters >= PROSE * side.len()
    };
    (is_prose(&left) && is_prose(&right)).then_some((left, right))
}

/// What is above and below the largest space between lines, if that is larger than others.
fn rows(stretches: &[Stretch]) -> Option<(Vec<Stretch>, Vec<Stretch>)> {
    let mut ys: Vec<f64> = stretches.iter().map(|stretch| stretch.y).collect();
    ys.sort_by(f64::total_cmp);
    let gaps = || ys.windows(2).map(|pair| pair[1] - pair[0]);
    let usual = median(gaps().filter(|gap| *gap > 1.))?;
    let (i, gap) = gaps().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    if gap < 1.4 * usual {
        return None;
    }
    let edge = ys[i] + gap / 2.;
    Some((stretches.iter().cloned()).partition(|stretch| stretch.y < edge))
}

/// The lines of one column, from the top.
fn column(mut stretches: Vec<Stretch>, lines: &mut Vec<Line>) {
    stretches.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.left.total_cmp(&b.left)));
    let mut rows: Vec<Vec<Stretch>> = Vec::new();
    for stretch in stretches {
        match rows.last_mut() {
            Some(row) if (row[0].y - stretch.y).abs() < 0.35 * stretch.size.max(row[0].size) => {
                row.push(stretch)
            }
            _ => rows.push(vec![stretch]),
        }
    }
    let mut all: Vec<Stretch> = Vec::new();
    for mut row in rows {
        row.sort_by(|a, b| a.left.total_cmp(&b.left));
        let mut parts = row.into_iter();
        let Some(mut line) = parts.next() else {
            continue;
        };
        for part in parts {
            // Columns of a table stand apart.
            let gap = match part.left - line.right > 1.2 * line.size {
                true => "    ",
                false => " ",
            };
            line.text = format!("{}{gap}{}", line.text.trim_end(), part.text.trim_start());
            line.right = line.right.max(part.right);
        }
        all.push(line);
    }
    let right = all.iter().map(|line| line.right).fold(f64::MIN, f64::max);
    let usual = median(all.windows(2).map(|pair| pair[1].y - pair[0].y));
    let mut before: Option<(f64, f64)> = None;
    for stretch in all {
        let begins = before.is_none_or(|(y, size)| {
            let space = stretch.y - y;
            let is_wide =
                usual.is_some_and(|usual| space > 1.3 * usual) || space > 1.9 * stretch.size;
            is_wide || (stretch.size - size).abs() > 0.12 * size
        });
        before = Some((stretch.y, stretch.size));
        lines.push(Line {
            stretch,
            column: right,
            begins,
        });
    }
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
