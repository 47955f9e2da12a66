//! What users give the network beside the text: the dictionary and glossaries; and what it carries over.

use serde_json::Value;

use crate::util::{program, run};

/// The standard output of a program for a text on standard input.
fn output(name: &str, arguments: &[&str], text: &str) -> String {
    let mut command = program(name);
    let run = run(command.args(arguments).write_stdin(text));
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

/// The hints of the only sentence of a text.
fn hints(arguments: &[&str], text: &str) -> Vec<Value> {
    let arguments = [&["--format", "json"], arguments].concat();
    let report: Value = serde_json::from_str(&output("translate", &arguments, text)).unwrap();
    let segment = &report["segments"][0];
    segment["hints"].as_array().cloned().unwrap_or_default()
}

#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "English of the default dictionary"
)]
fn json_names_the_hints_and_which_were_used() {
    let text = "Ich habe mir gestern den Knöchel verstaucht.";
    let found = hints(&[], text);
    let sprained = found.iter().find(|hint| hint["source"] == "verstaucht");
    let candidates = sprained.expect("a rare word has a hint")["candidates"].as_array();
    assert!(candidates.is_some_and(|candidates| !candidates.is_empty()));
    assert!(found.iter().any(|hint| hint["used"].is_u64()), "{found:?}");
    assert_eq!(hints(&["--no-hints"], text), Vec::<Value>::new());
    assert!(hints(&["--hints-below", "1000"], text).len() >= found.len());
}

#[test]
fn exact_terms_are_there_letter_for_letter() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "!Stadtwerke\tCITYworks Ltd\n!Ulm\tUlm (D)\n").unwrap();
    let glossary = ["--quiet", "--glossary", file.path().to_str().unwrap()];
    for text in [
        "Die Stadtwerke bauen in Ulm ein neues Kraftwerk.",
        "In Ulm und um Ulm herum sind die Stadtwerke bekannt.",
        "Stadtwerke",
    ] {
        let written = output("translate", &glossary, text);
        for (german, english) in [("Stadtwerke", "CITYworks Ltd"), ("Ulm", "Ulm (D)")] {
            let (wanted, found) = (
                text.matches(german).count(),
                written.matches(english).count(),
            );
            assert_eq!(found, wanted, "{text} => {written}");
        }
    }
}

#[test]
fn terms_are_hints() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "Kraftwerk\tenergy plant\n").unwrap();
    let found = hints(
        &["--glossary", file.path().to_str().unwrap()],
        "Die Stadt baut ein neues Kraftwerk.",
    );
    let term = found
        .iter()
        .find(|hint| hint["source"] == "Kraftwerk")
        .unwrap();
    assert_eq!(term["candidates"], serde_json::json!(["energy plant"]));
    assert_eq!(term["used"], 0);
}

/// The signs that stand for what is carried over may stand in a text themselves.
#[test]
fn private_signs_come_back() {
    let signs = "\u{e000}\u{e003}\u{e007}";
    for text in [
        format!("{signs} Die Rechnung ist bezahlt."),
        format!("Die Rechnung {signs} ist von info@beispiel.de bezahlt."),
        signs.to_owned(),
    ] {
        let written = output("translate", &["--quiet"], &text);
        assert_eq!(written.matches(signs).count(), 1, "{text} => {written}");
        let private = |c: &char| ('\u{e000}'..='\u{e008}').contains(c);
        assert_eq!(
            written.chars().filter(private).count(),
            3,
            "{text} => {written}"
        );
    }
}

/// Hints that the model has no room for are left out.
#[test]
fn a_sentence_of_rare_words_is_translated() {
    let text = "Eichhörnchennusslager Knöchelverstauchung Zwiebelschneider ".repeat(40);
    let report: Value =
        serde_json::from_str(&output("translate", &["--format", "json"], &text)).unwrap();
    assert!(!report["segments"][0]["target"].as_str().unwrap().is_empty());
}

#[test]
fn explain_shows_pieces_hints_and_alignment() {
    let written = output(
        "degist",
        &["explain", "Die Eichhörnchen sammeln Nüsse."],
        "",
    );
    for line in [
        "source  ",
        "pieces  ",
        "hint    Nüsse: ",
        "target  ",
        "score   ",
    ] {
        assert!(
            written.lines().any(|found| found.starts_with(line)),
            "{line} in {written}"
        );
    }
    let aligned = written.lines().filter(|line| line.starts_with("  ▁"));
    assert!(aligned.count() >= 3, "{written}");
}

/// Where the network is not sure of a rare word, the dictionary is: by stronger hints, or by a placeholder.
#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "English of the default dictionary"
)]
fn the_dictionary_is_insisted_on_where_the_network_guesses() {
    for (german, english) in [
        (
            "Gestern haben wir lange über die Binsenwahrheit gesprochen.",
            "truism",
        ),
        (
            "Der Lehrer erklärte den Kindern den Puderzucker.",
            "icing sugar",
        ),
        (
            "Niemand wusste, woher die Schatztruhe kam.",
            "treasure chest",
        ),
        (
            "Gestern haben wir lange über die Mandschurei gesprochen.",
            "Manchuria",
        ),
        ("Der Sternhaufen der Plejaden ist so nah.", "Pleiades"),
    ] {
        let written = output("translate", &["--quiet"], german);
        assert!(written.contains(english), "{german} => {written}");
        let explained = output("degist", &["explain", german], "");
        assert!(explained.contains(written.trim()), "{explained}");
        let given = hints(&[], german);
        let is_used = |hint: &Value| {
            hint["candidates"]
                .as_array()
                .is_some_and(|all| all.contains(&english.into()))
        };
        assert!(
            given
                .iter()
                .any(|hint| is_used(hint) && hint["used"].is_u64()),
            "{given:?}"
        );
    }
}

#[test]
fn idioms_come_out_in_any_person() {
    for (german, english) in [
        ("Ich hatte die Nase voll von seinen Ausreden.", "fed up"),
        ("Der Minister warf das Handtuch.", "threw in the towel"),
        ("Der Plan ging in die Hose.", "went wrong"),
        ("Wir sitzen alle im selben Boot.", "in the same boat"),
        ("Er drückte ein Auge zu.", "turned a blind eye"),
        ("Wir müssen in den sauren Apfel beißen.", "bite the bullet"),
    ] {
        let written = output("translate", &["--quiet"], german);
        assert!(written.contains(english), "{german} => {written}");
        assert!(!written.contains("one's"), "{german} => {written}");
    }
}

/// Each in a sentence, and any form that Ding has for it, in British or American spelling. Others may be as right: the
/// network chooses.
#[test]
#[allow(clippy::print_stdout)]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "English of the default dictionary"
)]
fn rare_words_come_out_as_the_dictionary_has_them() {
    let table = include_str!("../fixtures/lexicon/rare_words.tsv");
    let rows: Vec<Vec<&str>> = table.lines().map(|row| row.split('\t').collect()).collect();
    let sentences: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    let english = output("translate", &["-q"], &(sentences.join("\n\n") + "\n"));
    let english: Vec<&str> = english.trim_end().split("\n\n").collect();
    assert_eq!(english.len(), rows.len());
    let is_right = |(row, english): &(&Vec<&str>, &&str)| {
        let english = in_one_spelling(english);
        row[2]
            .split('|')
            .any(|form| english.contains(&in_one_spelling(form)))
    };
    let right = rows.iter().zip(&english).filter(is_right).count();
    println!("{right} of {} rare words", rows.len());
    assert!(right >= 390, "{right} of {}", rows.len());
}

/// Small letters, without hyphens, where `labour` and `labor` or `organisation` and `organization` are the same.
fn in_one_spelling(english: &str) -> String {
    let lower = english.to_lowercase().replace('-', "");
    lower.replace("our", "or").replace("is", "iz")
}
