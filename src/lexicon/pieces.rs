//! Words in pieces of the target vocabulary, without the tokenizer: most sentences need it for a name or two, and making
//! it takes longer than translating them.

use super::file::File;

impl File {
    /// The ids of the most probable pieces of words, each of which begins with a space (Kudo 2018, unigram model); `None`
    /// if a letter has none.
    pub(super) fn pieces(&self, words: &str) -> Option<Vec<u32>> {
        let text: String = words.split(' ').flat_map(|word| ["▁", word]).collect();
        let bytes = text.as_bytes();
        // The best way to each byte: its score, and the last piece and its start.
        let mut best: Vec<Option<(f32, usize, u32)>> = vec![None; bytes.len() + 1];
        best[0] = Some((0., 0, 0));
        for start in 0..bytes.len() {
            let Some((score, ..)) = best[start] else {
                continue;
            };
            self.pieces_at(&bytes[start..], |length, id, piece_score| {
                let way = (score + piece_score, start, id);
                let end = &mut best[start + length];
                if end.is_none_or(|(score, ..)| way.0 > score) {
                    *end = Some(way);
                }
            });
        }
        let mut ids = Vec::new();
        let mut end = bytes.len();
        while end > 0 {
            let (_, start, id) = best[end]?;
            ids.push(id);
            end = start;
        }
        ids.reverse();
        Some(ids)
    }
}
