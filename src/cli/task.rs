//! The work of `translate` and `summarize`, as the loop over inputs and the worker need it.

use super::settings::RunSettings;
use crate::archive::Made;
use crate::article::Article;
use crate::report::About;
use crate::summarize::Summary;
use crate::translate::Translation;

/// Writes a summary in other words: of the text with this name, from the summary in its own sentences and the
/// translation of all of them.
pub type Rewrite<'a> =
    dyn Fn(&str, &Article, &Summary, &[Translation]) -> anyhow::Result<Summary> + Sync + 'a;

/// Replaces translations of a text with this name by those of a model that is told to translate.
pub type Retranslate<'a> =
    dyn Fn(&str, &Article, &mut [Translation]) -> anyhow::Result<()> + Sync + 'a;

/// Makes the bytes of a result.
pub type MakeReport<'a> = dyn Fn(&Made<'_>, &About<'_>) -> anyhow::Result<Vec<u8>> + Sync + 'a;

/// Settings of a run and the parts that its command brings.
pub struct TextTask<'a> {
    pub settings: &'a RunSettings,
    /// Writes summaries in the words of a summary model, if there is one.
    pub rewrite: Option<&'a Rewrite<'a>>,
    /// Translates anew, if there is a model for it.
    pub retranslate: Option<&'a Retranslate<'a>>,
    /// The fingerprint of the model that writes in its own words, if there is one.
    pub writer: Option<&'a str>,
    pub report: &'a MakeReport<'a>,
}
