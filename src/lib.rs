//! German text in, English translations and summaries out, on the reader's own CPU.
//!
//! The way of a sentence, each step in the module of its name:
//!
//! ```text
//! bytes ─► document ─► segment ─► summarize ─► translate ──────────► report ─► bytes
//!          blocks,     sentences  which of     │  words     ▲         text, JSON, HTML,
//!          layout      with spans them, for    │  to ids    │ ids     TMX, or the layout
//!          with spans             a summary    ▼            │ to      of the source
//!                                              model ─► decode words
//!                                              logits   search
//! ```
//!
//! ```
//! use degist::{Article, DecodeOptions, Length, Method, Model, hub, report};
//!
//! let model = Model::load(&hub::embedded())?;
//! let article = Article::read("Guten Tag!\n\nDas Wetter ist heute schön.\n".as_bytes())?;
//!
//! let translations = article.translate(&model, DecodeOptions::default(), &|_| ())?;
//! print!("{}", report::text(&article, &translations));
//!
//! let (length, method) = (Length::Sentences(1), Method::default());
//! let summary = article.summarize(&model, length, method, DecodeOptions::default())?;
//! assert_eq!(summary.translations.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod archive;
pub mod article;
pub mod cli;
pub mod decode;
pub mod document;
pub mod eval;
pub mod files;
pub mod hub;
pub mod lexicon;
pub mod model;
pub mod report;
pub mod request;
pub mod segment;
mod sentencepiece;
#[cfg(feature = "serve")]
pub mod serve;
pub mod summarize;
pub mod translate;

pub use article::{Article, summarize_together, translate_together};
pub use decode::DecodeOptions;
pub use document::{Document, DocumentError};
pub use model::Model;
pub use segment::{Fixed, Segment};
pub use summarize::{Extract, Length, Method, Summary};
pub use translate::{Glossary, TranslateError, Translation};
