//! Abstractive summaries: a network writes a draft, and sentences of it that the article does not support are replaced by
//! sentences of the article.

use std::collections::HashSet;

pub use super::draft::{Draft, Trouble, Writer, draft};
use super::faithful::{Doubt, SourceWords, long_words};
use super::length::Length;
#[cfg(feature = "llm")]
pub use super::prompted::{DEFAULT_PROMPT, PromptError, PromptedWriter, Writing};
pub use super::seq2seq::SummaryWriter;
use super::{Candidate, Summary};
use crate::decode::DecodeOptions;
use crate::document::words;
use crate::model::{Model, NetworkResult};
use crate::translate::{self, Translation};

/// A summary may have this times the words of the extractive one.
const TOLERANCE: f32 = 1.15;
/// Long words that a sentence of the article must share with one of the draft to replace it.
const ALIKE: usize = 2;
/// Beam width for the translation of a draft: it is read closely.
const BEAM: usize = 4;

/// A summary in a model's own words, and what was wrong with its draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Rewritten {
    /// The summary. Each sentence has the index of the article's sentence that it resembles most, as its coverage the share
    /// of its words that are in the article, and no links.
    pub summary: Summary,
    /// Why sentences of the draft were replaced, or would have been.
    pub doubts: Vec<Doubt>,
    /// Why there was no draft; the summary is the extracted one then.
    pub trouble: Option<Trouble>,
}

/// Writes a summary of `article`, about as long as the `extracted` one, from the translations of all its sentences. A
/// writer that reads German gets the source instead; if it writes German, the `translator` translates its draft. Sentences
/// that the article does not bear out are replaced, unless `keep_unsupported` is set.
///
/// # Errors
/// When a tensor operation of a network fails.
pub fn summary(
    article: &[Candidate<'_>],
    writer: &dyn Writer,
    translator: Option<&Model>,
    translations: &[Translation],
    extracted: &Summary,
    options: RewriteOptions,
) -> NetworkResult<Rewritten> {
    let RewriteOptions {
        length,
        keep_unsupported,
    } = options;
    let mut places: Vec<usize> = (0..article.len()).filter(|&i| article[i].prose).collect();
    if places.is_empty() {
        places = extracted.chosen.clone();
    }
    let english: Vec<(usize, &str)> = (places.iter())
        .map(|&i| (i, translations[i].text.as_str()))
        .collect();
    let german: Vec<&str> = places.iter().map(|&i| article[i].text()).collect();
    let texts: Vec<&str> = match writer.reads_german() {
        true => german.clone(),
        false => english.iter().map(|(_, text)| *text).collect(),
    };
    let words = extracted.words();
    let mut draft = draft(writer, &texts, words)?;
    if draft.trouble.is_some() {
        return Ok(Rewritten {
            summary: extracted.clone(),
            doubts: Vec::new(),
            trouble: draft.trouble,
        });
    }
    if let Some(translator) = translator.filter(|_| is_german(&draft.sentences)) {
        let sources: Vec<_> = draft
            .sentences
            .iter()
            .map(translate::Source::from)
            .collect();
        let options = DecodeOptions {
            beam: BEAM,
            ..DecodeOptions::default()
        };
        let translated = translate::translate(translator, &sources, options, &|_| ())?;
        draft.sentences = translated
            .into_iter()
            .map(|translation| translation.text)
            .collect();
    }
    let most_words = (words as f32 * TOLERANCE) as usize;
    let mut source = SourceWords::new(english.iter().map(|(_, text)| *text));
    if writer.reads_german() {
        // Names need not be those of the translation.
        source.add_names(german.iter().copied());
    }
    let mut written = match keep_unsupported {
        true => keep(&draft, &english, &source),
        false => hold(&draft, &english, &source, &extracted.chosen, most_words),
    };
    if let Length::Sentences(count) = length {
        written.truncate(count);
    }
    let chosen = written.iter().map(|sentence| sentence.segment).collect();
    let translation = |sentence: &Written| match sentence.score {
        None => translations[sentence.segment].clone(),
        Some(score) => Translation {
            score,
            coverage: source.share(&sentence.text),
            ..Translation::new(sentence.text.clone())
        },
    };
    let summary = Summary {
        chosen,
        translations: written.iter().map(translation).collect(),
    };
    let doubts = written.into_iter().filter_map(|sentence| sentence.doubt);
    Ok(Rewritten {
        summary,
        doubts: doubts.collect(),
        trouble: None,
    })
}

/// Limits of a summary in a model's own words.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RewriteOptions {
    /// Its length.
    pub length: Length,
    /// Whether sentences stay that the article does not bear out.
    pub keep_unsupported: bool,
}

/// Whether a draft is German. Some models that read German write English.
fn is_german(sentences: &[String]) -> bool {
    whatlang::detect_lang(&sentences.join(" ")) != Some(whatlang::Lang::Eng)
}

/// A sentence of a summary.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Its text.
    pub text: String,
    /// The index of the most similar sentence of the article.
    pub segment: usize,
    /// Mean natural log-probability of the tokens of its draft; `None` for a sentence of the article.
    pub score: Option<f32>,
    /// Why the draft's sentence was replaced by this one of the article; `None` for a sentence of the draft.
    pub doubt: Option<Doubt>,
}

/// A draft as it is: each sentence with the index of the most similar one of the `article`, and a doubt if there is one.
fn keep(draft: &Draft, article: &[(usize, &str)], source: &SourceWords) -> Vec<Written> {
    let words: Vec<_> = article.iter().map(|(_, text)| long_words(text)).collect();
    let written = draft.sentences.iter().filter_map(|sentence| {
        Some(Written {
            text: sentence.clone(),
            segment: article[nearest(&long_words(sentence), &words)?].0,
            score: Some(draft.score),
            doubt: source.doubt(sentence),
        })
    });
    written.collect()
}

/// The first of those texts that share the most words.
fn nearest(own: &HashSet<String>, texts: &[HashSet<String>]) -> Option<usize> {
    let likeness = |place: &usize| own.intersection(&texts[*place]).count();
    (0..texts.len()).rev().max_by_key(likeness)
}

/// Checks a draft against the `article` (index and English of each sentence) and the words of its `source`: a sentence that the article does not support
/// is replaced by the most similar one of the article, or by the next of those `extracted` (indices). No sentence is taken
/// twice. A summary has `most_words` at most, but one sentence at least, and is empty only if nothing was extracted.
pub fn hold(
    draft: &Draft,
    article: &[(usize, &str)],
    source: &SourceWords,
    extracted: &[usize],
    most_words: usize,
) -> Vec<Written> {
    let words: Vec<_> = article.iter().map(|(_, text)| long_words(text)).collect();
    let mut summary: Vec<Written> = Vec::new();
    let mut left = extracted.iter().copied();
    let mut total = 0;
    let last = draft.sentences.len().saturating_sub(1);
    for (i, sentence) in draft.sentences.iter().enumerate() {
        let own = long_words(sentence);
        let likeness = |place: usize| own.intersection(&words[place]).count();
        let nearest = nearest(&own, &words);
        let doubt = match (draft.complete || i < last).then(|| source.doubt(sentence)) {
            Some(doubt) => doubt,
            None => Some(Doubt::End),
        };
        let written = match (doubt, nearest) {
            (_, None) => break,
            (None, Some(place)) => Some(Written {
                text: sentence.clone(),
                segment: article[place].0,
                score: Some(draft.score),
                doubt: None,
            }),
            (Some(doubt), Some(place)) => {
                let free = |segment: usize| summary.iter().all(|other| other.segment != segment);
                let near = Some(article[place].0)
                    .filter(|&segment| likeness(place) >= ALIKE && free(segment));
                let segment = near.or_else(|| left.find(|&segment| free(segment)));
                segment.and_then(|segment| extract(article, segment, Some(doubt)))
            }
        };
        let Some(written) = written else {
            continue;
        };
        let longer = total + words::count(&written.text);
        if !summary.is_empty() && longer > most_words {
            break;
        }
        if summary.iter().all(|other| other.text != written.text) {
            total = longer;
            summary.push(written);
        }
    }
    if summary.is_empty() {
        let all = extracted
            .iter()
            .map(|&segment| extract(article, segment, Some(Doubt::Words)));
        summary = all.flatten().collect();
    }
    summary
}

/// The article's sentence with the index `segment`.
fn extract(article: &[(usize, &str)], segment: usize, doubt: Option<Doubt>) -> Option<Written> {
    let (_, text) = article.iter().find(|(place, _)| *place == segment)?;
    Some(Written {
        text: (*text).to_owned(),
        segment,
        score: None,
        doubt,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTICLE: [(usize, &str); 4] = [
        (1, "The city is building a new bridge over the river."),
        (3, "Work begins in May and takes two years."),
        (4, "The costs are around 20 million euros."),
        (7, "At the end there was coffee and cake for all."),
    ];

    fn draft(sentences: &[&str]) -> Draft {
        Draft {
            sentences: sentences.iter().map(|text| (*text).to_owned()).collect(),
            complete: true,
            score: -0.5,
            trouble: None,
        }
    }

    fn hold(
        draft: &Draft,
        article: &[(usize, &str)],
        extracted: &[usize],
        most_words: usize,
    ) -> Vec<Written> {
        let source = SourceWords::new(article.iter().map(|(_, text)| *text));
        super::hold(draft, article, &source, extracted, most_words)
    }

    #[test]
    fn what_is_not_borne_out_is_kept_if_it_shall_be() {
        let source = SourceWords::new(ARTICLE.iter().map(|(_, text)| *text));
        let draft = draft(&["The costs are around 30 million euros."]);
        let kept = keep(&draft, &ARTICLE, &source);
        assert_eq!(kept[0].text, draft.sentences[0]);
        assert_eq!(kept[0].segment, 4);
        assert_eq!(kept[0].doubt, Some(Doubt::Number("30".into())));
    }

    #[test]
    fn what_the_article_says_is_kept_and_what_it_does_not_say_is_extracted() {
        let draft = draft(&[
            "The bridge over the river takes two years.",
            "The costs are around 30 million euros.",
            "Berlin is building a tunnel.",
        ]);
        let summary = hold(&draft, &ARTICLE, &[1, 3, 4], 100);
        let texts: Vec<&str> = summary
            .iter()
            .map(|written| written.text.as_str())
            .collect();
        // The second gives way to the sentence that it resembles, the third to the next that was extracted.
        assert_eq!(
            texts,
            [draft.sentences[0].as_str(), ARTICLE[2].1, ARTICLE[1].1]
        );
        let places: Vec<usize> = summary.iter().map(|written| written.segment).collect();
        assert_eq!(places, [1, 4, 3]);
        assert_eq!(summary[0].doubt, None);
        assert_eq!(summary[1].doubt, Some(Doubt::Number("30".into())));
        assert_eq!(summary[1].score, None);
        assert_eq!(summary[2].doubt, Some(Doubt::Name("Berlin".into())));
    }

    #[test]
    fn a_summary_is_neither_too_long_nor_empty() {
        let long = draft(&[
            "The city is building a bridge.",
            "The work takes two years.",
        ]);
        assert_eq!(hold(&long, &ARTICLE, &[1], 8).len(), 1);
        assert_eq!(hold(&draft(&[]), &ARTICLE, &[1, 4], 100).len(), 2);
        assert!(hold(&long, &[], &[], 100).is_empty());
        // Nothing is extracted twice.
        let made_up = draft(&["Xx yy.", "Zz ww.", "Vv uu."]);
        let places: Vec<usize> = (hold(&made_up, &ARTICLE, &[3, 4], 100).iter())
            .map(|written| written.segment)
            .collect();
        assert_eq!(places, [3, 4]);
    }

    #[test]
    fn a_sentence_without_an_end_is_not_signed() {
        let cut = Draft {
            complete: false,
            ..draft(&["Work begins in May.", "The costs are around"])
        };
        let summary = hold(&cut, &ARTICLE, &[1, 4], 100);
        assert_eq!(summary[1].doubt, Some(Doubt::End));
        assert_eq!(summary[1].text, ARTICLE[2].1);
    }
}
