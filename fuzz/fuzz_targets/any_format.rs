//! Every reader of a file format, or the one that `DEGIST_FUZZ_FORMAT` names: see `parse.rs`.
#![no_main]

#[path = "../parse.rs"]
mod parse;

use std::sync::LazyLock;

use degist::document::FileFormat;

static FORMAT: LazyLock<Option<FileFormat>> = LazyLock::new(|| {
    let name = std::env::var("DEGIST_FUZZ_FORMAT").ok()?;
    Some(name.parse().expect("DEGIST_FUZZ_FORMAT is the name of a format"))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| match *FORMAT {
    Some(format) => parse::parse_as(format, data),
    None => parse::parse(data),
});
