//! The list of the pages in a folder, with a search.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use html5gum::{HtmlString, Token, Tokenizer};
use ignore::WalkBuilder;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::markup::{attribute, escaped, head};

/// The file name of the list.
pub const INDEX: &str = "index.html";

/// Most bytes of a page that are read for its head.
const HEAD: u64 = 64 << 10;

/// Every byte of a part of a path but the unreserved characters of RFC 3986.
const RESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A line of the list, from the head of a page.
#[derive(Debug, Default, PartialEq, Eq)]
struct IndexEntry {
    /// Relative to the folder, with slashes.
    path: String,
    title: String,
    date: String,
    summary: String,
}

/// Lists all pages below `folder` that degist made, the latest first, those without a date last.
///
/// # Errors
/// When a page cannot be read.
pub(super) fn index(folder: &Path) -> io::Result<String> {
    let mut entries = Vec::new();
    for file in WalkBuilder::new(folder)
        .standard_filters(false)
        .hidden(true)
        .build()
    {
        let file = file.map_err(io::Error::other)?;
        let is_page = file
            .path()
            .extension()
            .is_some_and(|ending| ending == "html");
        let Ok(path) = file.path().strip_prefix(folder) else {
            continue;
        };
        if !is_page || path == Path::new(INDEX) || !file.path().is_file() {
            continue;
        }
        let mut beginning = Vec::new();
        File::open(file.path())?
            .take(HEAD)
            .read_to_end(&mut beginning)?;
        if let Some(entry) = read(&String::from_utf8_lossy(&beginning)) {
            let path: Vec<String> = (path.iter())
                .map(|part| percent_encode(part.as_encoded_bytes(), &RESERVED).to_string())
                .collect();
            let path = path.join("/");
            entries.push(IndexEntry { path, ..entry });
        }
    }
    entries.sort_by(|a, b| (&b.date, &a.path).cmp(&(&a.date, &b.path)));
    Ok(page(&entries))
}

/// The entry of a page, if degist made it.
fn read(page: &str) -> Option<IndexEntry> {
    let mut entry = IndexEntry::default();
    let (mut is_ours, mut in_title) = (false, false);
    let text = |text: &HtmlString| String::from_utf8_lossy(text).into_owned();
    for token in Tokenizer::new(page) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) if *tag.name == b"title" => in_title = true,
            Token::String(title) if in_title => entry.title += &text(&title.value),
            Token::StartTag(tag) if *tag.name == b"meta" => {
                let value = |name: &[u8]| {
                    let found = tag.attributes.iter().find(|(key, _)| key.0 == name);
                    found
                        .map(|(_, value)| text(&value.value))
                        .unwrap_or_default()
                };
                let content = value(b"content");
                match value(b"name").as_str() {
                    "generator" => is_ours = content == "degist",
                    "degist:date" => entry.date = content,
                    "degist:summary" => entry.summary = content,
                    _ => {}
                }
            }
            Token::EndTag(tag) if *tag.name == b"title" => in_title = false,
            Token::EndTag(tag) if *tag.name == b"head" => break,
            _ => {}
        }
    }
    is_ours.then_some(entry)
}

fn page(entries: &[IndexEntry]) -> String {
    let mut page = head("Articles", include_str!("index.css"));
    page += "</head>\n<body>\n<h1>Articles</h1>\n\
             <p><input type=\"search\" placeholder=\"Search\" aria-label=\"Search\" autofocus></p>\n\
             <p id=\"count\"></p>\n<ul>\n";
    for entry in entries {
        let title = match entry.title.as_str() {
            "" => &entry.path,
            title => title,
        };
        let _ = writeln!(
            page,
            "<li><a href=\"{}\">{}</a> <time>{}</time><p>{}</p></li>",
            attribute(&entry.path),
            escaped(title),
            escaped(&entry.date),
            escaped(&entry.summary)
        );
    }
    let _ = write!(
        page,
        "</ul>\n<script>{}</script>\n</body>\n</html>\n",
        include_str!("index.js")
    );
    page
}
