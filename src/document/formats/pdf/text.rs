//! The lines of pages as a text: without running heads and page numbers, paragraphs as one line each.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::page::Line;

/// Lines at the top and at the bottom of a page that may be no part of its text.
const EDGE: usize = 2;

/// The text of pages.
pub(super) fn text(pages: Vec<Vec<Line>>) -> String {
    let heads = running_heads(&pages);
    let mut text = String::new();
    // The line before, on whichever page or column.
    let mut before: Option<Line> = None;
    for page in pages {
        let last = page.len();
        let edges = edges(&page);
        for (i, line) in page.into_iter().enumerate() {
            let is_edge = edges.contains(&i);
            let line_text = line.stretch.text.trim();
            if is_edge && (is_page_number(line_text, last) || heads.contains(&normal(line_text))) {
                continue;
            }
            join(&mut text, before.as_ref(), &line);
            before = Some(line);
        }
    }
    text.push('\n');
    text.nfc().collect()
}

/// The lines that are first and last on a page.
fn edges(page: &[Line]) -> Vec<usize> {
    let mut by_height: Vec<usize> = (0..page.len()).collect();
    by_height.sort_by(|&a, &b| page[a].stretch.y.total_cmp(&page[b].stretch.y));
    let ends = by_height.len().saturating_sub(EDGE);
    let top = by_height.iter().take(EDGE);
    top.chain(by_height.iter().skip(ends)).copied().collect()
}

/// Lines at the edges of most pages, with other numbers at most.
fn running_heads(pages: &[Vec<Line>]) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for page in pages {
        let mut own: Vec<String> = (edges(page).into_iter())
            .map(|i| normal(&page[i].stretch.text))
            .collect();
        own.sort();
        own.dedup();
        for head in own {
            *counts.entry(head).or_default() += 1;
        }
    }
    let is_running = |count: usize| count >= 2 && count * 2 >= pages.len();
    let heads = counts.into_iter().filter(|&(_, count)| is_running(count));
    heads.map(|(head, _)| head).collect()
}

fn normal(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_ascii_digit() && !c.is_whitespace())
        .collect()
}

/// Whether a line is the number of its page: `3`, `- 3 -`, `Seite 3 von 7`, `3/7`. A line alone on its page is none.
fn is_page_number(text: &str, lines: usize) -> bool {
    let rest: Vec<&str> = (text.split(|c: char| c.is_whitespace() || "-–—|/".contains(c)))
        .filter(|word| !word.is_empty())
        .collect();
    let is_number = |word: &str| word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    let is_word = |word: &str| matches!(word, "Seite" | "S." | "von" | "Page" | "of" | "Blatt");
    lines > 1
        && !rest.is_empty()
        && rest.iter().all(|word| is_number(word) || is_word(word))
        && rest.iter().any(|word| is_number(word))
}

/// Appends a line: to the paragraph, if it goes on.
fn join(text: &mut String, before: Option<&Line>, line: &Line) {
    let words = clean(line.stretch.text.trim());
    let Some(before) = before else {
        return text.push_str(&words);
    };
    let is_next = line.stretch.y > before.stretch.y && !line.begins;
    let ends = text.ends_with(['.', '!', '?', ':', '…', '“', '"', ')']);
    let begins_small = words.starts_with(char::is_lowercase);
    // Whether the first word of this line would not have fitted into the one before.
    let letters = words.chars().count().max(1) as f64;
    let width = (line.stretch.right - line.stretch.left) / letters;
    let first = words
        .split_whitespace()
        .next()
        .map_or(0, |word| word.chars().count() + 1);
    let is_full = before.stretch.right + width * first as f64 > before.column - width;
    let has_marker = words.starts_with(['•', '–', '-', '*', '▪', '●']) || is_numbered(&words);
    let is_table = words.contains("    ")
        || text
            .rsplit('\n')
            .next()
            .is_some_and(|line| line.contains("    "));
    let is_same_size = (line.stretch.size - before.stretch.size).abs() < 0.12 * before.stretch.size;
    // Within a column by the space, from one to the next by the sentence.
    let goes_on = match is_next {
        true => is_full || (begins_small && !ends),
        false => !line.begins_column_with_title(before) && !ends && (begins_small || is_full),
    };
    if !goes_on || has_marker || is_table || !is_same_size {
        text.push_str(if is_next { "\n" } else { "\n\n" });
        return text.push_str(&words);
    }
    let breaks_word = text.ends_with(['-', '\u{ad}', '‐'])
        && text.chars().rev().nth(1).is_some_and(char::is_alphabetic)
        && begins_small
        && !["und ", "oder ", "bis "]
            .iter()
            .any(|word| words.starts_with(word));
    match breaks_word {
        true => {
            text.pop();
        }
        false if text.ends_with('-') && begins_small => text.push(' '),
        false if text.ends_with('-') => {}
        false => text.push(' '),
    }
    text.push_str(&words);
}

impl Line {
    /// Whether this line, below a larger space, cannot go on with the text before it in the same column.
    fn begins_column_with_title(&self, before: &Self) -> bool {
        self.stretch.y > before.stretch.y && (self.column - before.column).abs() < 1. && self.begins
    }
}

fn is_numbered(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=2).contains(&digits)
        && (text[digits..].starts_with(") ") || text[digits..].starts_with(". "))
}

/// Letters as they are typed: no ligatures, umlauts whole.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            'ﬀ' => clean.push_str("ff"),
            'ﬁ' => clean.push_str("fi"),
            'ﬂ' => clean.push_str("fl"),
            'ﬃ' => clean.push_str("ffi"),
            'ﬄ' => clean.push_str("ffl"),
            'ﬅ' => clean.push_str("ft"),
            // Two dots that stand before or behind their letter.
            '¨' => {
                let next = letters.next_if(|c| "aouAOU".contains(*c));
                match next.or_else(|| clean.pop_if_umlaut()) {
                    Some(letter) => clean.extend([letter, '\u{308}']),
                    None => clean.push(letter),
                }
            }
            letter => clean.push(letter),
        }
    }
    clean
}

/// Takes a letter that can be an umlaut off the end of a text.
trait PopUmlaut {
    fn pop_if_umlaut(&mut self) -> Option<char>;
}

impl PopUmlaut for String {
    fn pop_if_umlaut(&mut self) -> Option<char> {
        let last = self.chars().next_back().filter(|c| "aouAOU".contains(*c))?;
        self.pop();
        Some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_whole() {
        assert_eq!(
            clean("eﬀizient, ﬂach, ﬁn").nfc().collect::<String>(),
            "effizient, flach, fin"
        );
        assert_eq!(
            clean("Stra¨nde u¨ber").nfc().collect::<String>(),
            "Strände uber".replace("uber", "über")
        );
    }

    #[test]
    fn page_numbers_are_known() {
        for number in ["3", "- 3 -", "Seite 3 von 7", "3/7", "S. 12", "Page 1"] {
            assert!(is_page_number(number, 9), "{number}");
        }
        for text in ["Im Jahr 2016", "12345", "Seite", "1. Januar", ""] {
            assert!(!is_page_number(text, 9), "{text}");
        }
    }
}
