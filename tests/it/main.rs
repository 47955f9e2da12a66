//! Integration tests: one binary, a module for each thing that is promised.

mod archive;
mod carried;
mod cli;
mod damage;
mod damaged_models;
mod docs;
mod document;
mod docx;
mod eval;
mod firefox;
mod formats;
mod golden;
mod hints;
mod hostile;
mod hub;
mod hugging_face;
mod layers;
mod page;
mod parity;
mod public_models;
mod segment;
mod summaries;
mod summary_model;
mod util;
mod worker;
