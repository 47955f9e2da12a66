//! Text to token ids and back, with the `tokenizers` crate.

use std::ops::Range;

use tokenizers::{ModelWrapper, Tokenizer};

/// One language's vocabulary.
pub struct Vocabulary {
    tokenizer: Tokenizer,
    eos: u32,
    unknown: u32,
}

/// A token and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: u32,
    /// The bytes of the text that it stands for; empty for the end of the sentence.
    pub span: Range<usize>,
}

impl Vocabulary {
    /// Reads a `tokenizer.json` that must hold `size` pieces.
    pub(super) fn load(json: &[u8], size: usize, eos: u32, unknown: u32) -> Result<Self, String> {
        let tokenizer = Tokenizer::from_bytes(json).map_err(|error| error.to_string())?;
        let found = tokenizer.get_vocab_size(true);
        if found != size {
            return Err(format!(
                "it has {found} pieces, but config.json says {size}"
            ));
        }
        Ok(Self {
            tokenizer,
            eos,
            unknown,
        })
    }

    /// The tokens of `text`, ending in the end of the sentence.
    ///
    /// Control characters and other things that the vocabulary normalises away leave no tokens; what it does not know
    /// becomes [`Vocabulary::unknown`].
    pub fn tokenize(&self, text: &str) -> Vec<Token> {
        // A unigram model with an unknown piece finds a path through any text.
        let mut tokens: Vec<Token> = match self.tokenizer.encode(text, false) {
            Ok(encoding) => (encoding.get_ids().iter().zip(encoding.get_offsets()))
                .map(|(&id, &(start, end))| Token {
                    id,
                    span: start..end,
                })
                .collect(),
            Err(_) => Vec::new(),
        };
        tokens.push(Token {
            id: self.eos,
            span: text.len()..text.len(),
        });
        tokens
    }

    /// The ids of `text`, as in [`Vocabulary::tokenize`].
    pub fn encode(&self, text: &str) -> Vec<u32> {
        self.tokenize(text)
            .into_iter()
            .map(|token| token.id)
            .collect()
    }

    /// Natural log-probability of each piece in ordinary text, as the unigram model of the vocabulary has it; empty for
    /// other kinds of vocabulary.
    pub fn log_probabilities(&self) -> Vec<f32> {
        match self.tokenizer.get_model() {
            ModelWrapper::Unigram(model) => model.iter().map(|(_, score)| *score as f32).collect(),
            _ => Vec::new(),
        }
    }

    /// The id of what the vocabulary does not know.
    pub fn unknown(&self) -> u32 {
        self.unknown
    }

    /// The text of `ids`; an end-of-sentence id is not part of it.
    pub fn decode(&self, ids: &[u32]) -> String {
        let ids = ids.strip_suffix(&[self.eos]).unwrap_or(ids);
        self.tokenizer.decode(ids, false).unwrap_or_default()
    }
}
