//! Sentences that are not German, and so are copied: quotations, titles and names of programs in another language.

use whatlang::Lang;

/// Words that German sentences can hardly do without, and that no other language has.
const GERMAN: [&str; 73] = [
    "aber", "als", "auch", "auf", "aus", "bei", "beim", "bis", "das", "dass", "dem", "den", "der",
    "des", "durch", "ein", "eine", "einem", "einen", "einer", "eines", "er", "es", "für", "gegen",
    "haben", "hat", "ich", "ihr", "ihre", "im", "ist", "ja", "kein", "keine", "mit", "nach",
    "nicht", "noch", "nur", "oder", "ohne", "schon", "sein", "seine", "sich", "sie", "sind", "um",
    "und", "uns", "unter", "vom", "von", "vor", "wenn", "werden", "wie", "wir", "wird", "wurde",
    "die", "zu", "zum", "zur", "zwei", "über", "bitte", "danke", "heute", "mehr", "sehr", "wo",
];

/// Words that English sentences can hardly do without, and that German has not.
const ENGLISH: [&str; 67] = [
    "a", "about", "after", "all", "and", "any", "are", "as", "at", "be", "been", "but", "by",
    "can", "do", "does", "for", "from", "get", "has", "have", "he", "her", "his", "how", "if",
    "is", "it", "its", "just", "like", "more", "must", "my", "not", "of", "on", "one", "or", "our",
    "out", "please", "she", "should", "that", "the", "their", "there", "they", "this", "to", "up",
    "we", "were", "what", "when", "where", "which", "who", "why", "with", "would", "you", "your",
    "new", "no", "yes",
];

/// Fewest words of a sentence that its words tell the language of.
const FEWEST_WORDS: usize = 3;
/// The same for languages whose words are not listed here.
const FEWEST_OF_OTHERS: usize = 6;
/// One word in so many of an English sentence is in the list at least.
const RARITY: usize = 4;
/// Least confidence in a language by its trigrams, 0 to 1.
const CONFIDENCE: f64 = 0.9;

/// Whether a sentence is in another language than German, beyond doubt.
pub(super) fn is_foreign(text: &str) -> bool {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphabetic() && c != '\'' && c != '’')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.len() < FEWEST_WORDS || words.iter().any(|word| GERMAN.contains(&word.as_str())) {
        return false;
    }
    let english = words.iter().filter(|word| is_english(word)).count();
    if english >= 2 && english * RARITY >= words.len() {
        return !text.contains(['ä', 'ö', 'ü', 'ß']);
    }
    words.len() >= FEWEST_OF_OTHERS
        && whatlang::detect(text).is_some_and(|found| {
            found.lang() != Lang::Deu && found.is_reliable() && found.confidence() >= CONFIDENCE
        })
}

fn is_english(word: &str) -> bool {
    ENGLISH.contains(&word) || word.ends_with("n't") || word.ends_with("n’t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_of_other_languages_are_told() {
        for text in [
            "The city is building a new bridge.",
            "Click on the button to save your changes.",
            "To be or not to be",
            "Please don't touch this.",
            "Le conseil municipal a décidé mardi soir de construire un nouveau pont sur la rivière.",
        ] {
            assert!(is_foreign(text), "{text}");
        }
    }

    #[test]
    fn german_and_what_may_be_german_is_none() {
        for text in [
            "Die Stadt baut eine neue Brücke.",
            "Apple stellt iPhone vor",
            "Software Update",
            "Rathaus Neubau beginnt Montag",
            "Trump trifft Putin",
            "Download",
            "Der Film „The Lord of the Rings“ läuft heute.",
            "Hamburg, Bremen, Kiel, Berlin, Köln, Bonn",
            "All inclusive Urlaub buchen",
        ] {
            assert!(!is_foreign(text), "{text}");
        }
    }
}
