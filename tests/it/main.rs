//! Integration tests: one binary, a module for each thing that is promised.

mod archive;
mod bilingual;
mod carried;
mod catalogues;
#[cfg(feature = "llm")]
mod causal;
mod chromium;
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
mod headlines;
mod hints;
mod hostile;
mod hub;
mod hugging_face;
mod layers;
mod mail;
mod markdown;
mod memories;
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
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "serve")]
mod serve_limits;
#[cfg(all(feature = "serve", unix))]
mod serve_page;
#[cfg(feature = "serve")]
mod server;
mod subtitles;
mod summaries;
mod summary_model;
mod targets;
mod util;
mod validators;
mod worker;
