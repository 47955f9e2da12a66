use std::borrow::Cow;

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;

/// A SentencePiece model of whole words and single letters, and the texts of its pieces.
fn vocabulary(words: &[&str]) -> (Vec<u8>, Vec<String>) {
    let letters = ('a'..='z').chain('A'..='Z').chain("äöüßé-▁".chars());
    let mut pieces = vec!["</s>".to_owned(), "<unk>".to_owned()];
    pieces.extend(letters.map(String::from));
    pieces.extend(words.iter().map(|word| format!("▁{word}")));
    let message = |tag: u8, bytes: &[u8]| [&[tag, bytes.len() as u8], bytes].concat();
    let mut model = Vec::new();
    for (id, piece) in pieces.iter().enumerate() {
        let kind = [3, 2, 1][id.min(2)];
        let score: f32 = if piece.chars().count() > 1 { -2. } else { -8. };
        let score = [&[0x15], score.to_le_bytes().as_slice()].concat();
        model.extend(message(
            0x0a,
            &[message(0x0a, piece.as_bytes()), score, vec![0x18, kind]].concat(),
        ));
    }
    model.extend(message(0x12, &[0x18, 1]));
    (model, pieces)
}

const TABLE: &str = "\
Knöchel\t46\tankle|knuckle
verstaucht\t11\tsprained
gehen\t5000\tgo
Wolke\t20\tcloud
Gigant\t2\tgiant
Kawann\t5\t
zauberhaft\t8\tmagical
gang und gäbe\t3\tcommon
Hase im Pfeffer\t0\trub
teil … nahm\t40\tattended
Haufen\t90\theap
über den Haufen … warf\t1\tscrapped
reinen Tisch machen\t0\tcloud
großen und ganzen\t0\tcommon
Frage\t900\tquestion
frage-\t60\tquestion
fragen-\t60\tquestion
-bogen\t70\tsheet|bow
-steller\t70\tmaker
Teller\t300\tplate
Blume\t90\tflower
Schloss\t12\tlock
";
const WORDS: [&str; 20] = [
    "ankle", "knuckle", "sprained", "go", "cloud", "giant", "magical", "common", "rub", "attended",
    "heap", "scrapped", "question", "sheet", "bow", "maker", "plate", "flower", "US", "lock",
];

fn lexicon() -> (Lexicon, Vec<String>) {
    let (model, pieces) = vocabulary(&WORDS);
    let bytes = Builder::read(TABLE).unwrap().write(&model).unwrap();
    let lexicon = Lexicon::read(bytes.into(), Sha256::digest(&model).into()).unwrap();
    (lexicon, pieces)
}

/// The hints of a sentence: words, frequency, candidates.
fn said(text: &str, threshold: u32) -> Vec<(String, u32, Vec<String>)> {
    let (lexicon, pieces) = lexicon();
    let decoded = |ids: &Vec<u32>| {
        let text: String = ids.iter().map(|&id| pieces[id as usize].as_str()).collect();
        text.replace('▁', " ").trim().to_owned()
    };
    (lexicon.hints(text, threshold).into_iter())
        .map(|hint| {
            let candidates = hint.candidates.iter().map(decoded).collect();
            (text[hint.span].to_owned(), hint.frequency, candidates)
        })
        .collect()
}

fn candidates(text: &str) -> Vec<String> {
    let said = said(text, 100);
    said.into_iter()
        .map(|(word, _, candidates)| format!("{word}: {}", candidates.join(", ")))
        .collect()
}

#[test]
fn rare_words_have_hints() {
    assert_eq!(
        candidates("der Knöchel ist verstaucht."),
        ["Knöchel: ankle, knuckle", "verstaucht: sprained"]
    );
    let rare = said("der Knöchel ist verstaucht.", 30);
    assert_eq!(rare, [("verstaucht".into(), 11, vec!["sprained".into()])]);
    assert!(said("wir gehen.", 4000).is_empty());
    // With a capital at the beginning, and with an ending.
    assert_eq!(candidates("Verstaucht!"), ["Verstaucht: sprained"]);
    assert_eq!(candidates("die zauberhaften"), ["zauberhaften: magical"]);
    assert_eq!(
        candidates("Giganten, Gigantinnen"),
        ["Giganten: Giganten", "Gigantinnen: giant"]
    );
    assert_eq!(candidates("das Schloß"), ["Schloß: lock"]);
    assert_eq!(candidates("Kawanner"), ["Kawanner: Kawann"]);
}

#[test]
fn unknown_words_with_a_capital_are_names() {
    assert_eq!(
        candidates("Hallo, Kawann und xyzzy"),
        ["Hallo: Hallo", "Kawann: Kawann"]
    );
    // A letter without a piece: there is no way to write it.
    assert!(candidates("Ølsted").is_empty());
}

#[test]
fn compounds_are_split_where_the_dictionary_has_split_others() {
    assert_eq!(
        candidates("der Fragebogen"),
        ["Fragebogen: question sheet, question bow"]
    );
    assert_eq!(
        candidates("der Fragensteller"),
        ["Fragensteller: question maker"]
    );
    assert_eq!(candidates("Wolkengigant"), ["Wolkengigant: cloud giant"]);
    assert_eq!(
        candidates("US-Wolken-Gigant"),
        ["US-Wolken-Gigant: US cloud giant"]
    );
    assert_eq!(
        candidates("Blumenfragebogen")[0],
        "Blumenfragebogen: flower question sheet, flower question bow"
    );
    // Made of a verb that is not known, so no name either.
    assert!(candidates("der Fragenschwurbler").is_empty());
    // No compound, whatever is in it.
    assert_eq!(candidates("Bogenbogen"), ["Bogenbogen: Bogenbogen"]);
}

#[test]
fn phrases_go_before_their_words() {
    assert_eq!(
        candidates("Das ist gang und gäbe."),
        ["Das: Das", "gang und gäbe: common"]
    );
    assert_eq!(
        candidates("da liegt der Hase im Pfeffer"),
        ["Hase im Pfeffer: rub"]
    );
    // Not over a comma.
    assert!(!candidates("da ist gang und, gäbe").contains(&"gang und, gäbe: common".to_owned()));
}

#[test]
fn verbs_are_found_before_what_belongs_to_them() {
    assert_eq!(
        candidates("er nahm an allem teil, was da war"),
        ["nahm: attended"]
    );
    assert_eq!(
        candidates("er nahm an allem teil und ging"),
        ["nahm: attended"]
    );
    assert!(candidates("er nahm teil eins und ging").is_empty());
    assert!(candidates("er nahm sie, das teil").is_empty());
    assert_eq!(
        candidates("er warf das über den Haufen"),
        ["über den Haufen: scrapped"]
    );
    assert_eq!(candidates("er fiel über den Haufen"), ["Haufen: heap"]);
    // The infinitive is the plural too.
    let found = candidates("wir machen heute reinen Tisch");
    assert_eq!(found, ["reinen Tisch: cloud"]);
    assert!(candidates("die ganzen großen und").is_empty());
}

#[test]
fn a_lexicon_is_one_of_a_vocabulary() {
    let (model, _) = vocabulary(&WORDS);
    let bytes = Builder::read(TABLE).unwrap().write(&model).unwrap();
    let read = |bytes: Vec<u8>, digest| {
        Lexicon::read(Cow::Owned(bytes), digest).map(|lexicon| lexicon.len())
    };
    let digest: [u8; 32] = Sha256::digest(&model).into();
    assert_eq!(read(bytes.clone(), digest), Ok(TABLE.lines().count()));
    assert_eq!(read(bytes.clone(), [0; 32]), Err(LexiconError::Vocabulary));
    assert_eq!(
        read(b"PK\x03\x04".to_vec(), digest),
        Err(LexiconError::Magic)
    );
    let mut newer = bytes.clone();
    newer[8] += 1;
    assert_eq!(read(newer, digest), Err(LexiconError::Version(2)));
    for length in 8..bytes.len() {
        assert!(matches!(
            read(bytes[..length].to_vec(), digest),
            Err(LexiconError::Damaged(_))
        ));
    }
}

#[test]
fn tables_name_the_line_that_is_wrong() {
    assert_eq!(Builder::read("a\t1\tb\nc\td\te\n").err(), Some(2));
    assert_eq!(Builder::read("Wort\n").err(), Some(1));
}

#[test]
fn frequencies_keep_their_order_and_their_thresholds() {
    let mut last = None;
    for byte in 0..file::STOP {
        let frequency = file::frequency(byte);
        assert!(last < Some(frequency));
        assert_eq!(file::frequency_byte(frequency), byte);
        last = Some(frequency);
    }
    for of in [0, 1, 99, 127, 128, 129, 999, 1000, 50_000, u32::MAX] {
        let kept = file::frequency(file::frequency_byte(of));
        assert!(kept <= of && f64::from(of) < 1.06 * f64::from(kept) + 1. || kept > 150_000);
    }
}

const TEXT: &str =
    "Da nahm der Fragensteller am US-Wolken-Gigant, gang und gäbe, teil. Knöchel verstaucht";

proptest! {
    /// Bytes that nobody vouches for, with a checksum that is right: an error or hints, never a panic.
    #[test]
    fn damaged_lexicons_are_refused_or_harmless(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), sealed: bool) {
        let (model, _) = vocabulary(&WORDS);
        let digest: [u8; 32] = Sha256::digest(&model).into();
        let whole = Builder::read(TABLE).unwrap().write(&model).unwrap();
        let mut bytes = whole.clone();
        for (place, byte) in changes {
            bytes[place.index(whole.len())] = byte;
        }
        if sealed {
            let checksum = file::checksum(&bytes[file::HEADER..]);
            bytes[44..52].copy_from_slice(&checksum);
        }
        let changed = bytes != whole;
        match Lexicon::read(bytes.into(), digest) {
            Ok(lexicon) => {
                prop_assert!(sealed || !changed);
                lexicon.hints(TEXT, 100);
            }
            Err(error) => prop_assert!(changed && !error.to_string().is_empty()),
        }
    }

    #[test]
    fn any_text_has_hints_within_it(text in "[a-zA-ZäöüßÄÖÜ \\-,.…ÿǰŉ\\u{e000}\u{301}]{0,80}") {
        let (lexicon, _) = lexicon();
        let mut end = 0;
        for hint in lexicon.hints(&text, u32::MAX) {
            prop_assert!(hint.span.end <= text.len() && hint.span.end > end);
            prop_assert!((1..=CANDIDATES).contains(&hint.candidates.len()));
            end = hint.span.end;
        }
    }
}

/// The dictionary that the program has knows the rare words of Ding.
#[test]
#[cfg(feature = "gpl-lexicon")]
#[allow(clippy::print_stdout)]
fn rare_words_of_ding_have_right_hints() {
    let file = |name: &str| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::read(root.join(name)).unwrap()
    };
    let vocabulary = file("models/de-en-tiny/target.spm");
    let pieces = crate::sentencepiece::SentencePiece::read(&vocabulary)
        .unwrap()
        .pieces;
    let lexicon = file("models/de-en-tiny/lexicon.bin");
    let lexicon = Lexicon::read(lexicon.into(), Sha256::digest(&vocabulary).into()).unwrap();
    let same = |text: &str| text.to_lowercase().replace('-', " ");
    let decoded = |ids: &Vec<u32>| {
        let text: String = ids
            .iter()
            .map(|&id| pieces[id as usize].0.as_str())
            .collect();
        same(text.replace('▁', " ").trim())
    };
    let words = String::from_utf8(file("tests/fixtures/lexicon/rare_words.tsv")).unwrap();
    let (mut first, mut any, mut all) = (0, 0, 0);
    for line in words.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let [sentence, word, right] = cells[..] else {
            panic!("{line}");
        };
        let right: Vec<String> = right.split('|').map(same).collect();
        let hints = lexicon.hints(sentence, 100);
        let hint = hints
            .iter()
            .find(|hint| &sentence[hint.span.clone()] == word);
        let said: Vec<String> =
            hint.map_or(vec![], |hint| hint.candidates.iter().map(decoded).collect());
        first += usize::from(said.first().is_some_and(|text| right.contains(text)));
        any += usize::from(said.iter().any(|text| right.contains(text)));
        all += 1;
    }
    let counted =
        format!("{all} rare words: {first} right by the first candidate, {any} by one of them");
    println!("{counted}");
    assert!(all == 500 && first >= 380 && any >= 460, "{counted}");
}
