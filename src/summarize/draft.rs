//! Drafts of summaries: a model reads a text in chunks and writes what they say in its own words.

use super::faithful::SourceWords;
use crate::document::words;
use crate::model::NetworkResult;

/// Drafts are summarised again while they are longer than this times the words asked for.
const TOO_LONG: f32 = 1.3;
/// Most rounds of summarising summaries.
const MOST_ROUNDS: usize = 8;

/// A model that writes summaries.
pub trait Writer: Send + Sync {
    /// Whether it reads German; otherwise it gets the translation.
    fn reads_german(&self) -> bool;

    /// Tokens of a sentence.
    ///
    /// # Errors
    /// When the tokenizer fails.
    fn tokens(&self, sentence: &str) -> NetworkResult<usize>;

    /// Most tokens of a chunk of which a summary of `words` words is to be written.
    ///
    /// # Errors
    /// When the tokenizer fails, or there is no room for a chunk.
    fn room(&self, words: usize) -> NetworkResult<usize>;

    /// A draft of about `words` words for each chunk, which has at least one sentence.
    ///
    /// # Errors
    /// When a tensor operation of the network fails.
    fn summaries(&self, chunks: &[Vec<&str>], words: usize) -> NetworkResult<Vec<Draft>>;
}

/// A draft, sentence by sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its sentences; the last may have no end.
    pub sentences: Vec<String>,
    /// Whether the last sentence has one.
    pub complete: bool,
    /// Mean natural log-probability of its tokens.
    pub score: f32,
    /// Why there is no draft, though the model was asked twice; its sentences are none then.
    pub trouble: Option<Trouble>,
}

/// What a model did instead of writing a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It wrote nothing.
    Nothing,
    /// It repeated itself.
    Loop,
    /// It wrote another language than English.
    Language,
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nothing => "wrote nothing",
            Self::Loop => "repeated itself",
            Self::Language => "did not write English",
        })
    }
}

/// Writes a draft of about `words` words for a text, given by its sentences; empty for an empty text. A text too long for
/// the network is read in chunks; their summaries are joined, and summarised again if they are too long.
///
/// # Errors
/// When a tensor operation of the network fails.
pub fn draft(writer: &dyn Writer, sentences: &[&str], words: usize) -> NetworkResult<Draft> {
    let mut texts: Vec<String> = sentences.iter().map(|text| (*text).to_owned()).collect();
    let mut draft = Draft {
        sentences: Vec::new(),
        complete: true,
        score: 0.,
        trouble: None,
    };
    let mut before = usize::MAX;
    for _ in 0..MOST_ROUNDS {
        let chunks = chunks_of(writer, &texts, words)?;
        // A round that does not make it shorter is the last.
        if chunks.is_empty() || chunks.len() >= before {
            break;
        }
        before = chunks.len();
        let drafts = writer.summaries(&chunks, words.div_ceil(chunks.len()))?;
        draft = join(&drafts);
        let written = draft
            .sentences
            .iter()
            .map(|text| words::count(text))
            .sum::<usize>();
        if chunks.len() == 1 || written as f32 <= TOO_LONG * words as f32 {
            break;
        }
        // Unsupported sentences must not be read again.
        texts = (chunks.iter().zip(drafts))
            .flat_map(|(chunk, draft)| faithful(chunk, draft))
            .collect();
    }
    Ok(draft)
}

/// Splits sentences into chunks of about the same length that fit the network, in order.
fn chunks_of<'a>(
    writer: &dyn Writer,
    sentences: &'a [String],
    words: usize,
) -> NetworkResult<Vec<Vec<&'a str>>> {
    let room = writer.room(words)?;
    let mut pieces = Vec::with_capacity(sentences.len());
    for sentence in sentences {
        add_pieces(writer, sentence, room, &mut pieces)?;
    }
    let lengths: Vec<usize> = pieces.iter().map(|(_, length)| *length).collect();
    let places = chunks(&lengths, room).into_iter();
    let text =
        |place: std::ops::Range<usize>| pieces[place].iter().map(|(text, _)| *text).collect();
    Ok(places.map(text).collect())
}

/// Adds a sentence and its number of tokens, in pieces if it is longer than `room`: nothing of it is left out.
fn add_pieces<'a>(
    writer: &dyn Writer,
    sentence: &'a str,
    room: usize,
    pieces: &mut Vec<(&'a str, usize)>,
) -> NetworkResult<()> {
    let length = writer.tokens(sentence)?;
    if length <= room || sentence.chars().nth(1).is_none() {
        pieces.push((sentence, length));
        return Ok(());
    }
    for piece in pieces_of(sentence, length.div_ceil(room)) {
        add_pieces(writer, piece, room, pieces)?;
    }
    Ok(())
}

/// A sentence in `count` pieces of about the same length, cut between words where there are any.
fn pieces_of(sentence: &str, count: usize) -> Vec<&str> {
    if count < 2 {
        return vec![sentence];
    }
    // A third less than the even share: words have unequal numbers of tokens.
    let most = (sentence.len() / count * 2 / 3).max(1);
    let mut pieces = Vec::new();
    let mut rest = sentence;
    while rest.len() > most {
        let end = rest.ceil_char_boundary(most);
        let end = rest[..end]
            .rfind(' ')
            .filter(|&place| place > 0)
            .unwrap_or(end);
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after.trim_start();
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// The sentences of a draft that its source supports; the first of the source if there are none.
fn faithful(chunk: &[&str], mut draft: Draft) -> Vec<String> {
    let source = SourceWords::new(chunk.iter().copied());
    if !draft.complete {
        draft.sentences.pop();
    }
    draft
        .sentences
        .retain(|sentence| source.doubt(sentence).is_none());
    if draft.sentences.is_empty() {
        draft
            .sentences
            .extend(chunk.first().map(|text| (*text).to_owned()));
    }
    draft.sentences
}

/// Joins drafts. An unfinished last sentence is dropped, except at the very end.
fn join(drafts: &[Draft]) -> Draft {
    let last = drafts.len().saturating_sub(1);
    let sentences = drafts.iter().enumerate().flat_map(|(i, draft)| {
        let whole = draft.sentences.len()
            - usize::from(!draft.complete && i < last).min(draft.sentences.len());
        &draft.sentences[..whole]
    });
    Draft {
        sentences: sentences.cloned().collect(),
        complete: drafts.last().is_none_or(|draft| draft.complete),
        score: drafts.iter().map(|draft| draft.score).sum::<f32>() / drafts.len().max(1) as f32,
        // Of a long text some chunks may go without.
        trouble: (drafts.iter().all(|draft| draft.trouble.is_some()))
            .then(|| drafts.first()?.trouble)
            .flatten(),
    }
}

/// Divides sentences of these lengths into the fewest runs of at most `most`, of about equal length. A longer sentence is
/// alone in its run.
fn chunks(lengths: &[usize], most: usize) -> Vec<std::ops::Range<usize>> {
    let all: usize = lengths.iter().sum();
    let count = all.div_ceil(most.max(1)).max(1);
    // A little more than the even share, so that the last chunk is not a rest.
    let share = (all.div_ceil(count) + all / (count * 8)).min(most);
    let mut chunks: Vec<std::ops::Range<usize>> = Vec::new();
    let mut filled = 0;
    for (i, &length) in lengths.iter().enumerate() {
        match chunks.last_mut() {
            Some(chunk) if filled + length <= share => {
                chunk.end = i + 1;
                filled += length;
            }
            _ => {
                chunks.push(i..i + 1);
                filled = length;
            }
        }
    }
    chunks
}

/// The sentences of a draft, in ordinary typography: some models write in lower case, with spaces before full stops.
pub fn sentences(text: &str) -> Vec<String> {
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let mark = word
            .chars()
            .all(|c| ['.', ',', '!', '?', ';', ':'].contains(&c));
        let ends = line.ends_with(['.', '!', '?']);
        if !line.is_empty() && !mark {
            line.push(' ');
        }
        // A full stop that stood alone ends a sentence, whatever follows.
        match word.chars().next() {
            Some(first) if line.is_empty() || (ends && !mark && text.contains(" . ")) => {
                line.extend(first.to_uppercase());
                line.push_str(&word[first.len_utf8()..]);
            }
            _ => line.push_str(word),
        }
    }
    sentencex::get_sentence_boundaries("en", &line)
        .into_iter()
        .map(|sentence| sentence.text.trim().to_owned())
        .filter(|sentence| !sentence.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_hold_every_sentence_and_no_more_than_they_may() {
        let lengths: Vec<usize> = (0..200).map(|i| 5 + i * 7 % 31).collect();
        for most in [8, 40, 100, 512, 10_000] {
            let chunks = chunks(&lengths, most);
            assert_eq!(
                chunks.iter().cloned().flatten().collect::<Vec<_>>(),
                (0..200).collect::<Vec<_>>()
            );
            for chunk in &chunks {
                let tokens: usize = lengths[chunk.clone()].iter().sum();
                assert!(tokens <= most || chunk.len() == 1, "{most}: {chunk:?}");
            }
        }
        assert!(chunks(&[], 100).is_empty());
        assert_eq!(chunks(&[10; 10], 100).len(), 1);
    }

    /// Reads 20 words at once, and repeats the first sentence of what it reads.
    struct Parrot(std::sync::Mutex<Vec<Vec<String>>>);

    impl Writer for Parrot {
        fn reads_german(&self) -> bool {
            true
        }

        fn tokens(&self, sentence: &str) -> NetworkResult<usize> {
            Ok(words::count(sentence))
        }

        fn room(&self, _words: usize) -> NetworkResult<usize> {
            Ok(20)
        }

        fn summaries(&self, chunks: &[Vec<&str>], _words: usize) -> NetworkResult<Vec<Draft>> {
            let mut read = self.0.lock().unwrap();
            let draft = |chunk: &Vec<&str>| {
                read.push(chunk.iter().map(|&text| text.to_owned()).collect());
                Draft {
                    sentences: vec![chunk[0].to_owned()],
                    complete: true,
                    score: -1.,
                    trouble: None,
                }
            };
            Ok(chunks.iter().map(draft).collect())
        }
    }

    #[test]
    fn long_texts_are_summarised_in_rounds_and_nothing_is_left_out() {
        let mut sentences: Vec<String> = (0..30)
            .map(|i| format!("Sentence {i} of the text has nine words, all short."))
            .collect();
        let endless: Vec<String> = (0..50).map(|i| format!("word{i}")).collect();
        sentences.push(endless.join(" "));
        let texts: Vec<&str> = sentences.iter().map(String::as_str).collect();
        let parrot = Parrot(std::sync::Mutex::default());
        let draft = draft(&parrot, &texts, 10).unwrap();
        let read = parrot.0.into_inner().unwrap();
        for chunk in &read {
            let tokens: usize = chunk.iter().map(|text| words::count(text)).sum();
            assert!(tokens <= 20, "{chunk:?}");
        }
        let first_round: Vec<&str> = read.iter().flatten().map(String::as_str).collect();
        assert!(first_round.join(" ").starts_with(&sentences.join(" ")));
        // The summaries of chunks were read again until they fit.
        assert!(read.len() > 20, "{}", read.len());
        assert_eq!(draft.sentences[0], sentences[0]);
        // One of two sentences stays in each round.
        assert!(draft.sentences.len() <= 10, "{draft:?}");
    }

    #[test]
    fn long_sentences_are_cut_between_words() {
        let words: Vec<String> = (0..300).map(|i| format!("word{i}")).collect();
        let sentence = words.join(" ");
        let pieces = pieces_of(&sentence, 4);
        assert!(pieces.len() >= 4);
        assert_eq!(pieces.join(" "), sentence);
        let endless = "ü".repeat(1000);
        let pieces = pieces_of(&endless, 3);
        assert!(pieces.len() >= 3 && pieces.concat() == endless);
        assert_eq!(pieces_of("Kurz.", 1), ["Kurz."]);
    }

    #[test]
    fn lower_case_drafts_become_sentences() {
        assert_eq!(
            sentences("the city builds a bridge . it opens in may, he said ."),
            ["The city builds a bridge.", "It opens in may, he said."]
        );
        assert_eq!(
            sentences("Dr. Smith came. He left."),
            ["Dr. Smith came.", "He left."]
        );
        assert!(sentences(" ").is_empty());
    }
}
