//! The list of the pages in a folder, with a search over what is on them.

use std::collections::{BTreeMap, BTreeSet};
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

/// Most bytes of a page that are read for the list.
const MOST_OF_PAGE: u64 = 8 << 20;

/// Most bytes of words that are in the list for its search.
const MOST_WORDS: usize = 32 << 20;

/// Every byte of a part of a path but the unreserved characters of RFC 3986.
const RESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A line of the list.
#[derive(Debug, Default, PartialEq, Eq)]
struct IndexEntry {
    /// Its address relative to the folder, with slashes.
    path: String,
    /// The name of the file that was translated.
    file: String,
    title: String,
    date: String,
    summary: String,
    /// Sentences that should be read with care.
    doubtful: usize,
    /// The words of the page, German and English, in small letters.
    words: BTreeSet<String>,
}

/// Lists all pages below `folder` that degist made, by folder; in each the latest first, those without a date last.
///
/// # Errors
/// When a page cannot be read.
pub(super) fn index(folder: &Path) -> io::Result<String> {
    let mut folders: BTreeMap<String, Vec<IndexEntry>> = BTreeMap::new();
    let mut words = 0;
    for file in WalkBuilder::new(folder)
        .standard_filters(false)
        .hidden(true)
        .sort_by_file_name(Ord::cmp)
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
            .take(MOST_OF_PAGE)
            .read_to_end(&mut beginning)?;
        let Some(mut entry) = read(&String::from_utf8_lossy(&beginning)) else {
            continue;
        };
        let parts: Vec<String> = (path.iter())
            .map(|part| percent_encode(part.as_encoded_bytes(), &RESERVED).to_string())
            .collect();
        entry.path = parts.join("/");
        if entry.file.is_empty() {
            entry.file = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
        }
        words += entry.words.iter().map(String::len).sum::<usize>();
        if words > MOST_WORDS {
            entry.words.clear();
        }
        let parent = path.parent().unwrap_or(Path::new(""));
        let parent: Vec<_> = parent.iter().map(|part| part.to_string_lossy()).collect();
        folders.entry(parent.join("/")).or_default().push(entry);
    }
    for entries in folders.values_mut() {
        entries.sort_by(|a, b| (&b.date, &a.path).cmp(&(&a.date, &b.path)));
    }
    Ok(page(&folders, words > MOST_WORDS))
}

/// The entry of a page, if degist made it.
fn read(page: &str) -> Option<IndexEntry> {
    let mut entry = IndexEntry::default();
    let (mut is_ours, mut in_title, mut in_text, mut is_said) = (false, false, false, false);
    let text = |text: &HtmlString| String::from_utf8_lossy(text).into_owned();
    for token in Tokenizer::new(page) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => match &*tag.name.0 {
                b"title" => in_title = true,
                b"main" => in_text = true,
                // What is only said of a sentence is none of its words.
                b"i" => is_said = true,
                b"meta" => {
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
                        "degist:file" => {
                            let name = content.rsplit(['/', '\\']).next();
                            entry.file = name.unwrap_or_default().to_owned();
                        }
                        "degist:doubtful" => entry.doubtful = content.parse().unwrap_or(0),
                        _ => {}
                    }
                }
                _ => {}
            },
            Token::String(title) if in_title => entry.title += &text(&title.value),
            Token::String(words) if in_text && !is_said => {
                entry.words.extend(words_of(&text(&words.value)));
            }
            Token::EndTag(tag) => match &*tag.name.0 {
                b"title" => in_title = false,
                b"i" => is_said = false,
                b"head" if !is_ours => break,
                b"main" => break,
                _ => {}
            },
            _ => {}
        }
    }
    is_ours.then_some(entry)
}

/// The words of a text in small letters, without the signs around them.
fn words_of(text: &str) -> impl Iterator<Item = String> {
    let trimmed = |word: &str| {
        word.trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase()
    };
    (text.split_whitespace().map(trimmed)).filter(|word| !word.is_empty())
}

fn page(folders: &BTreeMap<String, Vec<IndexEntry>>, is_cut: bool) -> String {
    let mut page = head("Articles", include_str!("index.css"));
    page += "</head>\n<body>\n<a class=\"skip\" href=\"#list\">Skip to the list</a>\n<header>\n<h1>Articles</h1>\n\
             <search><label for=\"words\">Search in German and English</label>\n\
             <input id=\"words\" type=\"search\" placeholder=\"Words, in any order\" aria-controls=\"list\" autofocus></search>\n\
             <p id=\"count\" role=\"status\"></p>\n";
    let entries = || folders.values().flatten();
    if entries().any(|entry| entry.doubtful > 0) {
        page += "<p class=\"legend\">A sentence is <b class=\"doubtful\">doubtful</b> if something of the German seems to be missing \
                 in the English; on its page it has a dotted line.</p>\n";
    }
    if is_cut {
        page += "<p class=\"legend\">Of some pages only titles and summaries are searched: there is too much text for one list.</p>\n";
    }
    page += "</header>\n<main id=\"list\" tabindex=\"-1\">\n";
    let is_alone = folders.len() == 1;
    for (i, (folder, entries)) in folders.iter().enumerate() {
        let name = match folder.as_str() {
            "" if is_alone => "",
            "" => "Not in a folder",
            folder => folder,
        };
        match name {
            "" => page += "<section>\n",
            name => {
                let name = escaped(name);
                let _ = writeln!(
                    page,
                    "<section aria-labelledby=\"f{i}\">\n<h2 id=\"f{i}\">{name}</h2>"
                );
            }
        }
        page += "<ul>\n";
        for entry in entries {
            add_entry(entry, &mut page);
        }
        page += "</ul>\n</section>\n";
    }
    let _ = write!(
        page,
        "</main>\n<script>{}</script>\n</body>\n</html>\n",
        include_str!("index.js")
    );
    page
}

fn add_entry(entry: &IndexEntry, page: &mut String) {
    let title = match entry.title.as_str() {
        "" => &entry.path,
        title => title,
    };
    let words: Vec<&str> = entry.words.iter().map(String::as_str).collect();
    let _ = write!(
        page,
        "<li data-words=\"{}\"><a href=\"{}\">{}</a> <span class=\"file\">{}</span> <time>{}</time>",
        attribute(&words.join(" ")),
        attribute(&entry.path),
        escaped(title),
        escaped(&entry.file),
        escaped(&entry.date),
    );
    if entry.doubtful > 0 {
        let _ = write!(
            page,
            " <span class=\"doubtful\">{} doubtful</span>",
            entry.doubtful
        );
    }
    let _ = writeln!(page, "<p>{}</p></li>", escaped(&entry.summary));
}
