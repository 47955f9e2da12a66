//! Sentences that are not German: quotations, titles, licences and messages in another language.

use whatlang::Lang;

/// Words that German sentences can hardly do without, and that English has not.
#[rustfmt::skip]
const GERMAN: &[&str] = &[
    "aber", "alle", "als", "auch", "auf", "aus", "bei", "beim", "bis", "bitte", "da", "danke", "das", "dass", "dem", "den", "der",
    "des", "durch", "ein", "eine", "einem", "einen", "einer", "eines", "er", "es", "für", "gegen", "gibt",
    "haben", "heute", "ich", "ihr", "ihre", "im", "immer", "ins", "ist", "ja", "kann", "kein", "keine", "mehr", "mit", "muss", "nach",
    "nicht", "noch", "nur", "oder", "ohne", "schon", "sehr", "sein", "seine", "sich", "sie", "sind", "soll", "über", "um",
    "und", "uns", "unter", "viel", "vom", "von", "vor", "wenn", "werden", "wie", "wieder", "wir", "wird", "wo", "wurde", "wurden",
    "zu", "zum", "zur", "zwei", "zwischen",
];

/// Words of both languages that an English sentence may have beside many that are English only.
const OF_BOTH: &[&str] = &["die", "hat", "man", "war", "was", "also", "am", "an", "so"];

/// Words that English sentences can hardly do without, and that German has not.
#[rustfmt::skip]
const ENGLISH: &[&str] = &[
    "a", "about", "across", "after", "again", "always", "and", "any", "are", "as", "at", "back", "be", "because", "been", "before",
    "being", "between", "both", "but", "by", "can", "cannot", "could", "did", "do", "does", "down", "each", "else", "even", "ever",
    "every", "everything", "few", "find", "for", "from", "get", "give", "go", "goes", "going", "good", "got", "great", "had", "has", "have",
    "he", "her", "here", "him", "his", "how", "i", "if", "into", "is", "it", "its", "just", "keep", "know", "let", "life", "like", "little",
    "long", "look", "love", "made", "make", "makes", "many", "may", "me", "might", "more", "most", "much", "must", "my", "need",
    "never", "new", "no", "not", "nothing", "now", "of", "on", "once", "one", "only", "or", "other", "our", "out", "over", "own", "people",
    "please", "said", "say", "says", "see", "she", "should", "some", "something", "such", "take", "tell", "than", "thank", "thanks", "that",
    "the", "their", "them", "then", "there", "these", "they", "thing", "things", "think", "this", "those", "through", "to", "today", "too",
    "two", "under", "until", "up", "upon", "use", "used", "very", "want", "way", "we", "well", "were", "what", "when", "where", "which", "while",
    "who", "why", "with", "without", "words", "work", "world", "would", "yes", "yet", "you", "your",
];

/// Words that French, Spanish and Italian sentences can hardly do without, and that German and English have not.
#[rustfmt::skip]
const ROMANCE: &[&str] = &[
    "au", "aux", "avec", "ce", "ces", "cette", "che", "con", "dans", "del", "della", "dit", "el", "elle", "est", "et", "gli",
    "il", "ils", "je", "la", "las", "le", "les", "leur", "los", "lo", "mais", "ne", "nous", "ont", "ou", "para", "pas", "pero",
    "por", "pour", "que", "quoi", "qui", "questo", "ses", "sono", "suis", "sur", "sont", "una", "une", "vous", "y",
];

/// Letters with marks that German and English have in loan words only.
const MARKED: [char; 16] = [
    'à', 'â', 'ç', 'è', 'é', 'ê', 'ë', 'î', 'ï', 'ô', 'û', 'ñ', 'ó', 'í', 'ò', 'ù',
];

/// Fewest words of a sentence that its words tell the language of.
const FEWEST_WORDS: usize = 3;
/// The same for languages whose words are not listed here.
const FEWEST_OF_OTHERS: usize = 6;
/// One word in so many of an English sentence is in the list at least.
const RARITY: usize = 4;
/// English words for each that may be German too.
const MORE: usize = 3;
/// Least confidence in a language by its trigrams, 0 to 1.
const CONFIDENCE: f64 = 0.9;

/// Whether a text is in another language than German, beyond doubt.
pub fn is_foreign(text: &str) -> bool {
    let evidence = Evidence::of(text);
    if evidence.words < FEWEST_WORDS || evidence.german > 0 {
        return false;
    }
    if evidence.english >= 2 && evidence.english * RARITY >= evidence.words {
        return evidence.english >= MORE * evidence.of_both && !has_umlauts(text);
    }
    if evidence.romance >= FEWEST_WORDS && evidence.romance * 2 >= evidence.words {
        // "La Coruña, El Salvador, Río Negro" are names.
        return evidence.small * 2 > evidence.words && !has_umlauts(text);
    }
    evidence.words >= FEWEST_OF_OTHERS
        && whatlang::detect(text).is_some_and(|found| {
            found.lang() != Lang::Deu && found.is_reliable() && found.confidence() >= CONFIDENCE
        })
}

/// Whether nothing in a text is German, so that it may be of the language of its neighbours, if that is another.
pub fn may_be_foreign(text: &str) -> bool {
    let evidence = Evidence::of(text);
    evidence.english > 0 && evidence.german + evidence.of_both == 0 && !has_umlauts(text)
}

fn has_umlauts(text: &str) -> bool {
    text.contains(['ä', 'ö', 'ü', 'ß', 'Ä', 'Ö', 'Ü'])
}

/// Words of a text by what they say of its language, up to the first that is German.
#[derive(Default)]
struct Evidence {
    words: usize,
    /// 1 if there is one.
    german: usize,
    english: usize,
    of_both: usize,
    romance: usize,
    /// Without a capital.
    small: usize,
}

impl Evidence {
    fn of(text: &str) -> Self {
        let mut found = Self::default();
        let spelt = text
            .split(|c: char| !c.is_alphabetic() && c != '\'' && c != '’')
            .map(|word| word.trim_matches(['\'', '’']))
            .filter(|word| !word.is_empty());
        for word in spelt {
            found.small += usize::from(!word.starts_with(char::is_uppercase));
            let word = word.to_lowercase();
            found.words += 1;
            // One settles it, and most sentences have one.
            if GERMAN.contains(&word.as_str()) {
                found.german = 1;
                break;
            }
            found.english += usize::from(is_english(&word));
            found.of_both += usize::from(OF_BOTH.contains(&word.as_str()));
            found.romance += usize::from(ROMANCE.contains(&word.as_str()) || word.contains(MARKED));
        }
        found
    }
}

fn is_english(word: &str) -> bool {
    const ENDINGS: [&str; 5] = ["n't", "'re", "'ll", "'ve", "i'm"];
    ENGLISH.contains(&word) || {
        let word = word.replace('’', "'");
        ENDINGS.iter().any(|ending| word.ends_with(ending))
    }
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
            "I love Berlin!",
            "It never sleeps.",
            "We need to move fast and break things.",
            "Error: could not open file for reading",
            "The show must go on, and the man was in the hat that you made.",
            "Permission is hereby granted, free of charge, to any person obtaining a copy.",
            "Le président a parlé hier soir.",
            "Je ne sais pas.",
            "¿Qué quieres para la cena?",
            "C'est la vie, et il ne faut pas pleurer.",
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
            "Die Show „Germany's Next Topmodel“ startet neu",
            "Die New York Times berichtet",
            "Man war so gut im Team",
            "Well done! Trainer lobt Mannschaft",
            "El Niño trifft Peru",
            "La Coruña, El Salvador, Río Negro",
            "André, René, José",
            "Café Le Monde, Paris",
            "Los Angeles Lakers",
        ] {
            assert!(!is_foreign(text), "{text}");
        }
    }

    #[test]
    fn short_ones_may_be_anything() {
        assert!(may_be_foreign("Thanks!"));
        assert!(may_be_foreign("My dear Watson"));
        assert!(!may_be_foreign("Danke!"));
        assert!(!may_be_foreign("Berlin"));
        assert!(!may_be_foreign("Die Show"));
    }
}
