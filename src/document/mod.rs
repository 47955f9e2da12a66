//! Bytes to text, text to blocks that are translated, and blocks back into their file.
//!
//! A new format is a file in [`formats`] and its line in the table there.
//!
//! ```
//! use degist::document::{BlockTarget, FileFormat};
//!
//! let document = FileFormat::TEXT.read("  * Guten Tag!\r\n".as_bytes(), &[])?;
//! let target = BlockTarget { text: "Good day!".into(), links: Vec::new() };
//! assert_eq!(document.write(&[target])?, b"  * Good day!\r\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod binary;
mod block;
mod builder;
mod encoding;
mod error;
mod escape;
mod format;
pub mod formats;
mod gaps;
mod ibm850;
mod layout;
mod mail_text;
mod markup;
mod project;
mod values;
pub mod words;
mod wrap;
mod write;

pub use block::{Block, BlockKind, Document};
pub use encoding::{Decoded, decode};
pub use error::{DocumentError, PackageError};
pub use escape::Escape;
pub use format::{Cut, FileFormat, RecordOptions};
pub use formats::UnknownFormat;
pub use formats::plain::{date_in, is_date, is_readable_metadata, read_text};
pub use formats::records::json_fields;
pub use layout::{BlockTarget, Layout, Package, Values};
pub use markup::{Mark, Markup};
pub use project::write_marks;
pub use wrap::rewrap;
