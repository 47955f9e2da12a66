//! What a page shows of the layout of a document: code, and the borders and numbers of tables.

use html5gum::{Token, Tokenizer};

/// A part of the layout that readers want to see.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Here a row of a table begins.
    Row,
    /// A cell that is not translated, such as a number.
    Cell(String),
    /// Lines of code, or others that are not translated.
    Code(String),
}

const ROWS: [&str; 6] = ["tr", "w:tr", "a:tr", "table:table-row", "row", "si"];
const CELLS: [&str; 5] = ["td", "th", "w:tc", "a:tc", "table:table-cell"];

/// What is kept of the layout between two blocks, each of which may be a cell; of a plain text, all that is not empty.
pub(super) fn kept(gap: &str, after_cell: bool, before_cell: bool, is_text: bool) -> Vec<Kept> {
    let has_fence = has_fence(gap);
    if !has_fence && gap.contains('<') && gap.contains('>') {
        return tagged(gap);
    }
    // A table ends at a blank line.
    let table = match (after_cell, before_cell) {
        (false, _) => 0,
        (true, true) => gap.len(),
        (true, false) => gap.find("\n\n").unwrap_or(gap.len()),
    };
    let (table, rest) = gap.split_at(table);
    let mut kept = rows(table);
    kept.extend(match has_fence {
        true => fenced(rest),
        false if is_text => lines(rest),
        false => indented(rest),
    });
    kept
}

/// Whether a line begins code in Markdown or AsciiDoc.
fn has_fence(gap: &str) -> bool {
    gap.lines().any(|line| fence(line).is_some())
}

fn fence(line: &str) -> Option<&'static str> {
    let line = line.trim_start();
    let is_it = |fence: &&str| line.starts_with(*fence) && !line.starts_with("-----");
    ["```", "~~~", "----"].into_iter().find(is_it)
}

/// The code between the fences of Markdown.
fn fenced(gap: &str) -> Vec<Kept> {
    let mut kept = Vec::new();
    let mut code: Option<(&str, String)> = None;
    for line in gap.lines() {
        let sign = line.trim_start();
        match &mut code {
            Some((fence, text)) if sign.starts_with(*fence) => {
                kept.push(Kept::Code(std::mem::take(text)));
                code = None;
            }
            Some((_, text)) => {
                text.push_str(line);
                text.push('\n');
            }
            None => code = fence(line).map(|fence| (fence, String::new())),
        }
    }
    kept
}

/// Code, rows and cells of HTML and XML.
fn tagged(gap: &str) -> Vec<Kept> {
    let mut kept = Vec::new();
    let (mut code, mut cell) = (None::<String>, None::<String>);
    for token in Tokenizer::new(gap) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                if ROWS.contains(&name.as_str()) {
                    kept.push(Kept::Row);
                } else if CELLS.contains(&name.as_str()) {
                    cell = Some(String::new());
                } else if name == "pre" {
                    code = Some(String::new());
                }
            }
            Token::EndTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                if name == "pre" {
                    kept.extend(code.take().map(Kept::Code));
                } else if CELLS.contains(&name.as_str()) {
                    let text = cell
                        .take()
                        .filter(|text| text.contains(char::is_alphanumeric));
                    kept.extend(text.map(|text| Kept::Cell(text.trim().to_owned())));
                }
            }
            Token::String(text) => {
                if let Some(open) = code.as_mut().or(cell.as_mut()) {
                    open.push_str(&String::from_utf8_lossy(&text.value));
                }
            }
            _ => {}
        }
    }
    kept
}

/// Rows and cells of plain text and Markdown.
fn rows(gap: &str) -> Vec<Kept> {
    let mut kept = Vec::new();
    for (i, line) in gap.split('\n').enumerate() {
        if i > 0 {
            kept.push(Kept::Row);
        }
        let cells = line.split(['|', '\t', ';', '│']).map(str::trim);
        let is_cell = |cell: &&str| cell.contains(char::is_alphanumeric);
        kept.extend(
            cells
                .filter(is_cell)
                .map(|cell| Kept::Cell(cell.to_owned())),
        );
    }
    kept
}

/// Whole lines of a text that are not translated: indented code, rows of numbers.
fn lines(gap: &str) -> Vec<Kept> {
    let inner = (gap.split_once('\n')).and_then(|(_, rest)| rest.rsplit_once('\n'));
    code(inner.map_or("", |(lines, _)| lines))
}

/// Indented code between blank lines, as Markdown and reStructuredText have it.
fn indented(gap: &str) -> Vec<Kept> {
    let is_code = |text: &&str| {
        (text.lines().filter(|line| !line.trim().is_empty()))
            .all(|line| line.starts_with("   ") || line.starts_with('\t'))
    };
    let parts: Vec<&str> = gap.split("\n\n").collect();
    let inner = parts.get(1..parts.len() - 1).unwrap_or_default();
    let code_parts: Vec<&str> = inner.iter().copied().filter(is_code).collect();
    code(&code_parts.join("\n\n"))
}

fn code(text: &str) -> Vec<Kept> {
    match text.contains(char::is_alphanumeric) {
        true => vec![Kept::Code(text.trim_matches('\n').to_owned())],
        false => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept_code(text: &str) -> Kept {
        Kept::Code(text.into())
    }

    fn cell(text: &str) -> Kept {
        Kept::Cell(text.into())
    }

    #[test]
    fn code_rows_and_numbers_are_kept() {
        for (gap, cells, expected) in [
            ("\n\n", (false, false), vec![]),
            ("\n1. ", (false, false), vec![]),
            (
                "\n\n2016  1,5\n2017  1,7\n\n",
                (false, false),
                vec![kept_code("2016  1,5\n2017  1,7")],
            ),
            (
                "\n\n```rust\nlet a = \"<b>\";\n```\n\n",
                (false, false),
                vec![kept_code("let a = \"<b>\";\n")],
            ),
            (
                "\n\n----\na = 1\n----\n\n",
                (false, true),
                vec![kept_code("a = 1\n")],
            ),
            (
                "</p>\n<pre><code>a &lt; b</code></pre>\n<p>",
                (false, false),
                vec![kept_code("a < b")],
            ),
            ("</p><pre>nie zu Ende", (false, false), vec![]),
            ("\t1,5\n", (true, true), vec![cell("1,5"), Kept::Row]),
            (" | 12 |\n| ", (true, true), vec![cell("12"), Kept::Row]),
            (
                " | 12 |\n\n~~~\nx\n~~~\n",
                (true, false),
                vec![cell("12"), kept_code("x\n")],
            ),
            (
                "</td>\n<td> 12 €</td></tr><tr><td>",
                (true, true),
                vec![cell("12 €"), Kept::Row],
            ),
            ("</td>\n<td>", (true, true), vec![]),
            (
                "</w:t></w:tc></w:tr><w:tr><w:tc><w:t>",
                (true, true),
                vec![Kept::Row],
            ),
            ("\", \"b\": \"", (false, false), vec![]),
        ] {
            assert_eq!(kept(gap, cells.0, cells.1, true), expected, "{gap:?}");
        }
        for (gap, expected) in [
            (
                "\n\n    a = 1\n\n    b = 2\n\n",
                vec![kept_code("    a = 1\n\n    b = 2")],
            ),
            (
                "\n\n.. code-block:: c\n\n   a = 1\n\n",
                vec![kept_code("   a = 1")],
            ),
            ("\",\n    \"count\": 5,\n    \"b\": \"", vec![]),
            ("\n\n2\n00:00:01,000 --> 00:00:02,000\n", vec![]),
            ("\n\n[[a]]\n\n", vec![]),
        ] {
            assert_eq!(kept(gap, false, false, false), expected, "{gap:?}");
        }
    }
}
