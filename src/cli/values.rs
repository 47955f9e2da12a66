//! Values of options, by the tables of the library: clap stays in this module.

use std::sync::LazyLock;

use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::document::FileFormat;
use crate::report::{OutputFormat, Style};
use crate::summarize::Method;

/// Parses the name of `--input-format`.
pub fn file_format() -> impl TypedValueParser<Value = FileFormat> {
    let names = FileFormat::all().iter().map(|format| {
        PossibleValue::new(format.name)
            .aliases(format.aliases)
            .help(format.description)
    });
    PossibleValuesParser::new(names).try_map(|name| name.parse::<FileFormat>())
}

/// Parses a sign of `--delimiter` or `--quote`: one ASCII character, or a word for it; NUL is none.
pub fn sign(text: &str) -> Result<char, String> {
    let mut signs = text.chars();
    match (text, signs.next(), signs.next()) {
        ("tab" | "\\t", ..) => Ok('\t'),
        ("none", ..) => Ok('\0'),
        (_, Some(sign), None) if sign.is_ascii() && !sign.is_alphanumeric() => Ok(sign),
        _ => Err("give one sign, such as ; or tab".into()),
    }
}

/// Whether the first row of a file has names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Header {
    /// It has
    Yes,
    /// It is a record like the others
    No,
}

/// The value of `--to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// Plain text, without the markup of the input
    Text,
}

/// The format of `--format`.
#[derive(Debug, Clone, Copy)]
pub struct Format(pub OutputFormat);

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: LazyLock<Vec<Format>> =
            LazyLock::new(|| OutputFormat::all().iter().copied().map(Format).collect());
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name).help(self.0.description))
    }
}

impl ValueEnum for Method {
    fn value_variants<'a>() -> &'a [Self] {
        Self::all()
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name).help(self.description))
    }
}

impl ValueEnum for Style {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Paragraph => "One paragraph; headings and list items end their line",
            Self::Bullets => "One sentence on a line, after a dash",
            Self::Headline => {
                "One line: the article's own title, or else its highest-ranked sentence"
            }
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}
