//! Errors of reading and writing documents.

/// Bytes of all parts of a package together, unpacked. The packed size says nothing about it.
pub(super) const MAX_PACKAGE_BYTES: u64 = 256 << 20;

/// Why bytes cannot be read as a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The name or the first bytes are those of another kind of file, or the bytes do not look like text.
    #[error("this is {what}, which degist does not read; {advice}")]
    Unsupported {
        /// The kind of file, with its article.
        what: &'static str,
        /// The advice for the user.
        advice: &'static str,
    },
    /// A ZIP package (DOCX, EPUB) that cannot be opened.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// A malformed XML file in a package.
    #[error("{file} in the package is malformed ({why}): save it again in its own program")]
    Xml {
        /// Its name in the package.
        file: String,
        /// The parser's message.
        why: String,
    },
    /// A line of JSON Lines that is not a JSON object.
    #[error("the record that begins “{record}” is no JSON object ({why}): correct or remove it")]
    Record {
        /// Its first characters.
        record: String,
        /// The parser's message.
        why: String,
    },
    /// A file that is not what its format says.
    #[error("it is no {format} file: {why}")]
    Malformed {
        /// The format.
        format: &'static str,
        /// The error in it, with its place.
        why: String,
    },
    /// More flaws than are told one by one.
    #[error("and more of the kind")]
    More,
    /// No record has one of the fields to translate.
    #[error("no field is called {wanted}: name those to translate with --field{}", fields_there(.there))]
    NoField {
        /// The fields that were asked for.
        wanted: String,
        /// The fields that there are.
        there: Vec<String>,
    },
    /// A format that does not hold a text and its translation.
    #[error(
        "--bilingual is for DOCX, EPUB and HTML, not for {0}: --format html shows both sides of any file"
    )]
    OneLanguage(&'static str),
    /// A PDF file whose text cannot be extracted.
    #[error("the PDF file cannot be read: {0}")]
    Pdf(String),
}

/// Why a package cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// The ZIP file is damaged.
    #[error("the ZIP package is damaged ({0}): save it again in its own program")]
    Zip(String),
    /// A file that every document of the kind has is missing.
    #[error("the package has no {0}: it is no document of this kind")]
    Missing(String),
    /// A file in it that should be text is not.
    #[error("{0} in the package is not UTF-8")]
    Encoding(String),
    /// Unpacked, it would fill the memory.
    #[error("unpacked, the package is larger than {} MB: it is refused", MAX_PACKAGE_BYTES >> 20)]
    TooLarge,
    /// Encrypted.
    #[error("it has a password: open it in its own program and save it without one")]
    Encrypted,
}

fn fields_there(there: &[String]) -> String {
    match there {
        [] => String::new(),
        there => format!("; there are {}", there.join(", ")),
    }
}

impl From<zip::result::ZipError> for PackageError {
    fn from(error: zip::result::ZipError) -> Self {
        Self::Zip(error.to_string())
    }
}
