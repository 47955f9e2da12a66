//! Text to token ids and back, with the `tokenizers` crate.

use tokenizers::Tokenizer;

/// One language's vocabulary.
pub struct Vocabulary {
    tokenizer: Tokenizer,
    eos: u32,
}

impl Vocabulary {
    /// Reads a `tokenizer.json` that must hold `size` pieces.
    pub(super) fn load(json: &[u8], size: usize, eos: u32) -> Result<Self, String> {
        let tokenizer = Tokenizer::from_bytes(json).map_err(|error| error.to_string())?;
        let found = tokenizer.get_vocab_size(true);
        if found != size {
            return Err(format!(
                "it has {found} pieces, but config.json says {size}"
            ));
        }
        Ok(Self { tokenizer, eos })
    }

    /// The ids of `text`, ending in the end-of-sentence id.
    ///
    /// Control characters and other things that the vocabulary normalises away leave no ids; what it does not know
    /// becomes its unknown id.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        // A unigram model with an unknown piece finds a path through any text.
        let mut ids = self
            .tokenizer
            .encode_fast(text, false)
            .map(|encoding| encoding.get_ids().to_vec())
            .unwrap_or_default();
        ids.push(self.eos);
        ids
    }

    /// The text of `ids`; an end-of-sentence id is not part of it.
    pub fn decode(&self, ids: &[u32]) -> String {
        let ids = ids.strip_suffix(&[self.eos]).unwrap_or(ids);
        self.tokenizer.decode(ids, false).unwrap_or_default()
    }
}
