//! The text of PDF files. What comes out is a plain text: a page's look cannot be kept. Columns are read one after the other;
//! running heads and page numbers are left out.

mod guard;
mod page;
mod text;

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::plain::read_text;
use crate::document::block::Document;
use crate::document::error::DocumentError;
use crate::document::format::{FileFormat, RecordOptions};
use page::Letters;

/// PDF files that have text and not only pictures of it.
pub const PDF: FileFormat = FileFormat {
    matches: |beginning| beginning.starts_with(b"%PDF-"),
    is_written: false,
    ..FileFormat::new("pdf", "The text of PDF files", &["pdf"], read)
};

/// Name of the thread that a PDF file is read on. The library that reads it panics on some malformed files; such a panic
/// ends that thread only and becomes an error, so a program's panic hook need not report it.
pub const PDF_THREAD: &str = "degist-pdf";

/// Bytes of that thread's stack.
const STACK: usize = 8 << 20;

fn read(bytes: &[u8], _: &RecordOptions) -> Result<Document, DocumentError> {
    let Extracted { text, flaws } = extract(bytes).map_err(DocumentError::Pdf)?;
    if !text.contains(char::is_alphabetic) {
        return Err(match flaws.into_iter().next() {
            Some(flaw) => flaw,
            None => DocumentError::Pdf(
                "there is no text in it, only pictures of text: try `ocrmypdf -l deu`".into(),
            ),
        });
    }
    let document = read_text(format!("{}\n", text.trim_matches('\n')));
    Ok(Document { flaws, ..document })
}

/// The text of a file, and why parts of it could not be read.
struct Extracted {
    text: String,
    flaws: Vec<DocumentError>,
}

fn extract(bytes: &[u8]) -> Result<Extracted, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name(PDF_THREAD.into())
            .stack_size(STACK)
            .spawn_scoped(scope, || extract_checked(bytes))
            .map_err(|error| format!("no thread can be started for it: {error}"))?;
        // An `Err` is a panic of the library.
        thread
            .join()
            .unwrap_or_else(|_| Err("it is malformed".into()))
    })
}

fn extract_checked(bytes: &[u8]) -> Result<Extracted, String> {
    let mut document = pdf_extract::Document::load_mem(bytes).map_err(|error| error.to_string())?;
    if document.is_encrypted() {
        document.decrypt("").map_err(|error| error.to_string())?;
    }
    guard::check(&document)?;
    let mut pages = Vec::new();
    let mut flaws = Vec::new();
    for number in document.get_pages().into_keys() {
        // One page that the library cannot read does not take the others with it.
        let read = || {
            let mut letters = Letters::default();
            pdf_extract::output_doc_page(&document, &mut letters, number)
                .map(|()| letters.stretches)
        };
        let why = match catch_unwind(AssertUnwindSafe(read)) {
            Ok(Ok(stretches)) => {
                pages.push(page::lines(stretches));
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it is malformed".to_owned(),
        };
        flaws.push(DocumentError::Pdf(format!("page {number}: {why}")));
    }
    let text = text::text(pages);
    Ok(Extracted { text, flaws })
}
