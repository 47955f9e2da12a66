//! The text of PDF files. What comes out is a plain text: a page's look cannot be kept.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use pdf_extract::PlainTextOutput;

use super::pdf_guard;
use crate::document::{Document, DocumentError, Format, read_text};

/// PDF files with text in them.
#[derive(Debug, Clone, Copy)]
pub struct Pdf;

impl Format for Pdf {
    fn read(&self, bytes: &[u8]) -> Result<Document, DocumentError> {
        let text = extract(bytes)?;
        if !text.contains(char::is_alphabetic) {
            return Err(DocumentError::Pdf(
                "there is no text in it, only pictures of text: try `ocrmypdf -l deu`".into(),
            ));
        }
        Ok(read_text(format!("{}\n", text.trim_matches('\n'))))
    }
}

/// The library panics on some malformed files, so a panic is an error like any other here, and is not told twice.
fn extract(bytes: &[u8]) -> Result<String, DocumentError> {
    thread_local! {
        static QUIET: Cell<bool> = const { Cell::new(false) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                hook(panic);
            }
        }));
    });
    QUIET.set(true);
    let text = catch_unwind(AssertUnwindSafe(|| extract_checked(bytes)));
    QUIET.set(false);
    match text {
        Ok(text) => text.map_err(DocumentError::Pdf),
        Err(_) => Err(DocumentError::Pdf("it is malformed".into())),
    }
}

fn extract_checked(bytes: &[u8]) -> Result<String, String> {
    let mut document = pdf_extract::Document::load_mem(bytes).map_err(|error| error.to_string())?;
    if document.is_encrypted() {
        document.decrypt("").map_err(|error| error.to_string())?;
    }
    pdf_guard::check(&document)?;
    let mut text = String::new();
    let mut output = PlainTextOutput::new(&mut text);
    pdf_extract::output_doc(&document, &mut output).map_err(|error| error.to_string())?;
    Ok(text)
}
