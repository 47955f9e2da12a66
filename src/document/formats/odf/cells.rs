//! Cells of tables: which are texts of the author, and what a spreadsheet refers to by its letters.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::document::builder::MarkupBuilder;
use crate::document::formats::names::Names;
use crate::document::formats::xml;

/// The cells that are open: whether each stays as it is.
#[derive(Debug, Default)]
pub(super) struct Cells(Vec<bool>);

impl Cells {
    /// Begins a cell, whose start tag is at `place`. Numbers, dates, and results of formulas stay as they are.
    pub(super) fn open(
        &mut self,
        file: &str,
        tag: &BytesStart<'_>,
        place: Range<usize>,
        builder: &mut MarkupBuilder<'_>,
    ) {
        let kind = xml::attribute(tag, "value-type");
        let is_kept =
            xml::attribute(tag, "formula").is_some() || kind.is_some_and(|kind| kind != "string");
        if !is_kept {
            // The value of the cell beside its text: without it, the text is the value.
            xml::remove_attribute(file, tag, place, "string-value", builder);
        }
        self.0.push(is_kept);
    }

    /// Begins a cell that another one covers: nobody sees it.
    pub(super) fn cover(&mut self) {
        self.0.push(true);
    }

    pub(super) fn close(&mut self) {
        self.0.pop();
    }

    pub(super) fn is_open(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether the innermost cell stays as it is.
    pub(super) fn is_kept(&self) -> bool {
        self.0.last() == Some(&true)
    }
}

/// What a document refers to by its letters: texts in formulas and conditions, values of filters, fields of pivot tables.
pub(super) fn names(file: &str) -> quick_xml::Result<Names> {
    let mut names = Names::default();
    let mut xml = Reader::from_str(file);
    loop {
        let event = xml.read_event()?;
        let (Event::Start(tag) | Event::Empty(tag)) = &event else {
            match event {
                Event::Eof => return Ok(names),
                _ => continue,
            }
        };
        let formula = match tag.local_name().as_ref() {
            "table-cell" | "covered-table-cell" => "formula",
            "content-validation" | "map" | "condition" => "condition",
            "named-expression" => "expression",
            "filter-condition" | "filter-set-item" | "data-pilot-field" | "data-pilot-member" => {
                for key in ["value", "source-field-name", "name"] {
                    names.add(&xml::attribute(tag, key).unwrap_or_default());
                }
                continue;
            }
            _ => continue,
        };
        if let Some(formula) = xml::attribute(tag, formula) {
            names.add_formula(&formula);
        }
    }
}
