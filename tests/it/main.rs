//! Integration tests: one binary, a module for each thing that is promised.

mod archive;
mod bilingual;
mod carried;
mod catalogues;
#[cfg(feature = "llm")]
mod causal;
mod cli;
mod damage;
mod damaged_models;
mod docs;
mod document;
mod docx;
mod eval;
mod firefox;
mod folders;
mod formats;
mod golden;
mod hints;
mod hostile;
mod hub;
mod hugging_face;
mod layers;
mod mail;
mod markdown;
mod office;
mod office_xml;
mod page;
mod pages;
mod parity;
#[path = "../../fuzz/parse.rs"]
mod parse;
mod prose;
mod public_models;
mod records;
mod segment;
mod subtitles;
mod summaries;
mod summary_model;
mod targets;
mod util;
mod worker;
