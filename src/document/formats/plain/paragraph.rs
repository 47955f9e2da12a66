//! Joins the lines of hard-wrapped paragraphs, and leaves those of verse, addresses, lists and speech apart.
//!
//! A line was wrapped when the next line's first word would not have fitted after it within the wrap column, the
//! widest line's end. One run of lines seldom proves much, so the signs are weighed by what an error costs. Two blocks
//! cut within a sentence are two bad translations: a line that stops within a sentence and goes on with a small letter
//! is joined in nearly any case. Two blocks cut between sentences cost nothing: at the end of a sentence any doubt
//! cuts. What is left, a line that stops without an end before a capital, is where verse, addresses and headings
//! differ from wrapped prose only by their widths.

use super::line::{LineKind, TextLine};
use super::marker::Marker;

/// Columns that a wrapped line has at least. Verse and addresses are narrower.
const NARROWEST: usize = 50;

/// Columns that a wrapped line has at most. Wider lines are whole paragraphs.
const WIDEST: usize = 120;

/// Columns of a newspaper's column, which needs more evidence.
const NARROWEST_COLUMN: usize = 24;

/// Columns of a line that goes on with a small letter, where nothing else shows that it was wrapped.
const NARROWEST_ALONE: usize = 60;

/// Lines of a run that are too few to show a wrap column by themselves.
pub const FEW_LINES: usize = 3;

/// Lines in a row that each begin with a capital, or that each have the same width: the one seldom is prose, the other
/// seldom verse.
const VERSE_LINES: usize = 7;

/// Columns of a list item that goes on below its text; and where it does so with a capital.
const NARROWEST_ITEM: usize = 30;
const NARROWEST_ITEM_BEFORE_CAPITAL: usize = 45;

/// Words whose capital shows that a sentence begins: they have none within a sentence. Sie and Ihr have.
const SENTENCE_OPENERS: [&str; 40] = [
    "Aber", "Als", "Am", "An", "Auch", "Auf", "Aus", "Bei", "Beim", "Da", "Damit", "Das", "Dazu",
    "Dem", "Den", "Der", "Die", "Dies", "Diese", "Dieser", "Doch", "Ein", "Eine", "Er", "Es",
    "Für", "Ich", "Im", "In", "Mit", "Nach", "Noch", "Nun", "Und", "Vom", "Von", "Wenn", "Wer",
    "Wie", "Wir",
];

/// For each line but the last, whether the next one continues it. `document_column` is the wrap column of the longest
/// wrapped run of the document, for runs too short to show one.
pub fn continuations(run: &[TextLine], document_column: Option<usize>) -> Vec<bool> {
    let column = wrap_column(run, document_column);
    let mut item: Option<&TextLine> = None;
    let mut begins_block = true;
    run.windows(2)
        .map(|pair| {
            let (line, next) = (&pair[0], &pair[1]);
            if begins_block {
                item = line.marker.is_some().then_some(line);
            }
            let joint = Joint {
                line,
                next,
                item,
                column,
            };
            let continues = joint.continues(begins_block);
            begins_block = !continues;
            continues
        })
        .collect()
}

/// The column at which a run was wrapped, if it was.
pub fn wrap_column(run: &[TextLine], document_column: Option<usize>) -> Option<usize> {
    let prose = run
        .iter()
        .filter(|line| !line.is_one_word() && may_join(line));
    let widest = prose.map(|line| line.end_column).max()?;
    let column = match document_column {
        Some(column) if run.len() <= FEW_LINES => widest.max(column),
        _ => widest,
    };
    if !(NARROWEST_COLUMN..=WIDEST).contains(&column) {
        return None;
    }
    let joints = || {
        run.windows(2)
            .map(|pair| Joint {
                line: &pair[0],
                next: &pair[1],
                item: None,
                column: Some(column),
            })
            .filter(|joint| {
                joint.next.marker.is_none() && may_join(joint.line) && may_join(joint.next)
            })
    };
    let count = |condition: &dyn Fn(&Joint) -> bool| joints().filter(condition).count();
    let all = joints().count();
    let small = count(&|joint| joint.next.begins_small());
    let open = count(&|joint| joint.is_open());
    let full = count(&|joint| joint.is_open() && joint.is_full());
    let likely = count(&|joint| joint.is_open() && (joint.is_full() || joint.next.begins_small()));

    let ends_like_prose = small > 0 || run.last().is_some_and(TextLine::ends_sentence);
    let is_even = full * 10 >= open * 9;
    let is_verse = small == 0 && all + 1 >= VERSE_LINES && !is_even;
    let is_wrapped = open > 0 && likely * 2 >= open && ends_like_prose && !is_verse;

    let is_narrow = column < NARROWEST;
    let is_of_document =
        run.len() <= FEW_LINES && document_column.is_some_and(|known| column <= known + known / 10);
    let is_newspaper = || {
        let breaks_words = joints().any(|joint| joint.line.breaks_word(joint.next));
        is_even && open >= 3 && (breaks_words || small * 3 >= all || open + 1 >= VERSE_LINES)
    };
    (is_wrapped && (!is_narrow || is_of_document || is_newspaper())).then_some(column)
}

/// The joint between a line and the next.
struct Joint<'a> {
    line: &'a TextLine<'a>,
    next: &'a TextLine<'a>,
    /// The line with the list marker of the block that `line` is in.
    item: Option<&'a TextLine<'a>>,
    column: Option<usize>,
}

impl Joint<'_> {
    /// Whether the next line belongs to the block that `line` is in, and perhaps begins.
    fn continues(&self, line_begins_block: bool) -> bool {
        let (line, next) = (self.line, self.next);
        let is_number_alone = line_begins_block && line.kind == LineKind::Number;
        if !may_join(line) || !may_join(next) || is_number_alone {
            return false;
        }
        if next.marker.is_some() && !self.is_marker_within_sentence() {
            return false;
        }
        if line.breaks_word(next) || self.is_hanging() {
            return true;
        }
        if !self.is_open() {
            return self.is_full() && !next.begins_speech() && !self.is_indented();
        }
        let ends_like_list = line.last_sign() == Some(':');
        if next.begins_small() {
            let narrowest = if self.column.is_some() {
                NARROWEST
            } else {
                NARROWEST_ALONE
            };
            return self.is_full() || (line.end_column >= narrowest && !ends_like_list);
        }
        if line_begins_block && line.marker.is_none() && self.begins_sentence_after_title() {
            return false;
        }
        // Who breaks lines by hand stops a word early now and then.
        let slack = |column| if ends_like_list { 0 } else { column / 10 };
        self.column
            .is_some_and(|column| self.reach() + slack(column) > column)
    }

    /// Whether the next line goes on within a sentence of a list item, below the item's text.
    fn is_hanging(&self) -> bool {
        let narrowest = match self.next.begins_capital() {
            true => NARROWEST_ITEM_BEFORE_CAPITAL,
            false => NARROWEST_ITEM,
        };
        self.is_open()
            && self.line.end_column >= narrowest
            && self
                .item
                .is_some_and(|item| self.next.indent == item.text_column)
    }

    /// The column at which the line would have ended with the next one's first word.
    fn reach(&self) -> usize {
        self.line.end_column + 1 + self.next.first_word_width()
    }

    /// Whether the line stops within a sentence.
    fn is_open(&self) -> bool {
        !self.line.ends_sentence()
    }

    /// Whether the next line's first word would not have fitted after this one.
    fn is_full(&self) -> bool {
        self.column.is_some_and(|column| self.reach() > column)
    }

    /// Whether the next line stands farther in than the text before it, as a new paragraph does.
    fn is_indented(&self) -> bool {
        let margin = self.item.map_or(self.line.indent, |item| item.text_column);
        self.next.indent > margin + 1
    }

    /// Whether a dash or a number at the line's beginning came there by wrapping: “am / 3. des Monats”.
    fn is_marker_within_sentence(&self) -> bool {
        let is_within = self.is_full()
            && self
                .line
                .last_sign()
                .is_some_and(|c| c.is_alphanumeric() || c == ',');
        let last = self.item.and_then(|item| item.marker);
        is_within
            && match self.next.marker {
                Some(Marker::Dash) => {
                    last != Some(Marker::Dash) && self.next.text.starts_with(char::is_lowercase)
                }
                Some(Marker::Number(number)) => {
                    number > 1 && last != Some(Marker::Number(number - 1))
                }
                _ => false,
            }
    }

    /// Whether the line could be a title above the sentence that the next one begins.
    fn begins_sentence_after_title(&self) -> bool {
        let word = self.next.text.split_whitespace().next().unwrap_or_default();
        self.line.text.ends_with(char::is_alphanumeric) && SENTENCE_OPENERS.contains(&word)
    }
}

/// Whether a line can be a part of a longer paragraph. Lines of an answered e-mail cannot: a block has no place for the
/// `>` within it.
fn may_join(line: &TextLine) -> bool {
    matches!(line.kind, LineKind::Prose | LineKind::Number) && !line.quoted
}
