//! Translation memories: sentences that are taken over, and the wording of those that are only similar.

use serde_json::Value;

use crate::util::{program, run};

/// A memory of these pairs, and the arguments that name it.
fn memory(pairs: &[(&str, &str)]) -> (tempfile::NamedTempFile, Vec<String>) {
    let units = pairs.iter().map(|(german, english)| {
        format!(
            "<tu><tuv xml:lang=\"de\"><seg>{german}</seg></tuv>\
             <tuv xml:lang=\"en\"><seg>{english}</seg></tuv></tu>"
        )
    });
    let units: String = units.collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    let tmx = format!("<tmx version=\"1.4\"><body>{units}</body></tmx>");
    std::fs::write(file.path(), tmx).unwrap();
    let arguments = ["--memory", file.path().to_str().unwrap()].map(str::to_owned);
    (file, arguments.to_vec())
}

fn output(name: &str, arguments: &[String], text: &str) -> String {
    let mut command = program(name);
    let run = run(command.args(arguments).write_stdin(text));
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

/// The first sentence of a text, as JSON has it.
fn segment(arguments: &[String], text: &str) -> Value {
    let arguments = [&["--format".to_owned(), "json".to_owned()], arguments].concat();
    let report = output("translate", &arguments, text);
    serde_json::from_str::<Value>(&report).unwrap()["segments"][0].clone()
}

/// The candidates for a word of it.
fn candidates(segment: &Value, word: &str) -> Vec<String> {
    let hints = segment["hints"].as_array().into_iter().flatten();
    let hint = hints.into_iter().find(|hint| hint["source"] == word);
    let found = hint.map(|hint| serde_json::from_value(hint["candidates"].clone()).unwrap());
    found.unwrap_or_default()
}

#[test]
fn known_sentences_are_taken_over() {
    let long = "Wort ".repeat(400);
    let (_file, memory) = memory(&[
        (
            "Wir danken für Ihren Besuch in unserem schönen Haus und freuen uns schon auf Sie, Herr Öz!",
            "Hi &amp; welcome",
        ),
        (&long, "Very long"),
    ]);
    let text = format!(
        "Wir danken für Ihren Besuch in unserem schönen Haus\nund freuen uns schon auf Sie, Herr Öz!\n\n{}\n",
        long.trim()
    );
    let model = ["--model", "tests/parity/student"].map(str::to_owned);
    for model in [&[][..], &model] {
        let written = output("translate", &[&memory[..], model].concat(), &text);
        let lines: Vec<&str> = written.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines.join(" "), "Hi & welcome Very long");
    }
}

#[test]
fn a_damaged_memory_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "<tmx><tu></tmx>").unwrap();
    let mut command = program("translate");
    let run = run(command.arg("--memory").arg(file.path()).write_stdin("Ja."));
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(
        run.stderr.contains("--memory") && run.stderr.contains("damaged"),
        "{}",
        run.stderr
    );
}

const PAIRS: [(&str, &str); 4] = [
    (
        "Die Abschlagszahlung der Kommune ist am Montag fällig.",
        "The interim instalment of the municipality is due on Monday.",
    ),
    (
        "Das Schloss der Kabinentür ist zu schmieren.",
        "The lock of the cabin door must be greased.",
    ),
    (
        "Der Knöchel ist verstaucht.",
        "It is the malleolus that is sprained.",
    ),
    ("Der Knöchel ist heute verstaucht.", "Sprained malleolus."),
];

#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "English of the default dictionary"
)]
fn words_of_similar_sentences_are_hints() {
    let (_file, memory) = memory(&PAIRS);
    let payment = segment(
        &memory,
        "Die Abschlagszahlung der Gemeinde ist am Freitag fällig.",
    );
    assert_eq!(
        candidates(&payment, "Abschlagszahlung")[0],
        "interim instalment"
    );
    let lock = segment(&memory, "Das Schloss der Haustür ist zu schmieren.");
    assert_eq!(candidates(&lock, "Schloss")[0], "lock");
    assert!(lock["target"].as_str().unwrap().contains("lock"), "{lock}");
    // Its own translation goes before any hint.
    let known = segment(&memory, "Der Knöchel ist heute verstaucht.");
    assert_eq!(known["target"], "Sprained malleolus.");
    let text = "Das Schloss der Haustür ist zu schmieren.".to_owned();
    let explained = output(
        "degist",
        &[&["explain".into(), text][..], &memory].concat(),
        "",
    );
    assert!(explained.contains("\nhint    Schloss: lock"), "{explained}");
}

#[test]
fn dissimilar_sentences_are_translated_as_ever() {
    let (_file, memory) = memory(&PAIRS);
    for text in [
        "Die Abschlagszahlung kam gestern an.",
        "Das Schloss der Königin liegt am See und ist heute geschlossen.",
        "Abschlagszahlung",
        "Ein Knöchel schmerzt.",
        "fällig Montag am ist Kommune der Abschlagszahlung die",
        "17 % von 4 €",
    ] {
        assert_eq!(segment(&memory, text), segment(&[], text));
    }
}

#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "English of the default dictionary"
)]
fn terms_of_a_glossary_go_before_the_memory() {
    let (_file, memory) = memory(&PAIRS);
    let glossary = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(glossary.path(), "Schloss\tlatch\n!Abschlagszahlung\tDOWN\n").unwrap();
    let glossary = ["--glossary", glossary.path().to_str().unwrap()].map(str::to_owned);
    let arguments = [&glossary[..], &memory].concat();
    let lock = segment(&arguments, "Das Schloss der Haustür ist zu schmieren.");
    assert_eq!(candidates(&lock, "Schloss"), ["latch"]);
    let payment = segment(
        &arguments,
        "Die Abschlagszahlung der Stadt ist am Freitag fällig.",
    );
    assert!(candidates(&payment, "Abschlagszahlung").is_empty());
    assert!(payment["target"].as_str().unwrap().contains("DOWN"));
}

/// Hints that there is no room for are left out.
#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "English of the default dictionary"
)]
fn a_long_sentence_keeps_to_the_limits() {
    let rare = "Eichhörnchennusslager Knöchelverstauchung Zwiebelschneider ".repeat(12);
    let with = |what: &str| format!("{rare}{what} {rare}{what}.");
    let (known, asked) = (with("Schloss"), with("das Schloss"));
    let english = format!("{rare}lock {rare}lock.");
    let (_file, memory) = memory(&[(&known, &english)]);
    let segment = segment(&memory, &asked);
    assert!(!segment["target"].as_str().unwrap().is_empty());
    for hint in segment["hints"].as_array().unwrap() {
        assert!(hint["candidates"].as_array().unwrap().len() <= 2, "{hint}");
    }
}
