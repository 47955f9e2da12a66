//! Translation memories for other programs: TMX 1.4b, level 1.

use super::markup::escaped;
use super::{About, Content, Exporter, OutputFormat};
use crate::article::Article;
use crate::document::{PackageError, words};
use crate::translate::Translation;

pub(super) const TMX: OutputFormat = OutputFormat {
    name: "tmx",
    description: "A translation memory for other programs (TMX 1.4)",
    extension: ".tmx",
    keeps_format: false,
    needs_own_files: true,
    in_sections: false,
    needs_summary: false,
    needs_translation: true,
    index: None,
    exporter: &Tmx,
};

struct Tmx;

impl Exporter for Tmx {
    fn export(&self, content: &Content<'_>) -> Result<Vec<u8>, PackageError> {
        let translations = content.translations.unwrap_or_default();
        Ok(tmx(&content.about, content.article, translations).into_bytes())
    }
}

/// One TMX file with a unit for each sentence. A sentence without an English one is left out.
fn tmx(about: &About<'_>, article: &Article, translations: &[Translation]) -> String {
    let mut file = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tmx version=\"1.4\">\n  \
         <header creationtool=\"degist\" creationtoolversion=\"{}\" segtype=\"sentence\" o-tmf=\"degist\" \
         adminlang=\"en\" srclang=\"de\" datatype=\"plaintext\">\n    \
         <prop type=\"file\">{}</prop>\n    <prop type=\"model\">{}</prop>\n  </header>\n  <body>\n",
        env!("CARGO_PKG_VERSION"),
        escaped(about.file),
        escaped(about.model),
    );
    for (segment, translation) in article.segments.iter().zip(translations) {
        let source = article.source(segment);
        if source.is_empty() || translation.text.is_empty() {
            continue;
        }
        file += &format!(
            "    <tu>\n      <tuv xml:lang=\"de\"><seg>{}</seg></tuv>\n      \
             <tuv xml:lang=\"en\"><seg>{}</seg></tuv>\n    </tu>\n",
            escaped(&words::one_line(source)),
            escaped(&translation.text)
        );
    }
    file += "  </body>\n</tmx>\n";
    file
}
