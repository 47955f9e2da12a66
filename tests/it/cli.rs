//! What a person at a shell relies on: what goes where, exit codes, layout, no network, no files beside the program.

use std::path::{Path, PathBuf};

use crate::util::{Run, program, run, run_with, texts, translate};

fn seed() -> PathBuf {
    texts().remove(0)
}

const ARTICLE: &str = "Die Stadt baut eine neue Brücke über den Fluss. Die Arbeiten beginnen im Mai und dauern zwei Jahre. \
    Viele Bürger freuen sich über die Entscheidung. Die Kosten betragen rund 20 Millionen Euro. \
    Der Bürgermeister dankte allen Beteiligten für ihre Arbeit. Am Ende gab es Kaffee und Kuchen für alle.\n";

#[test]
fn it_works_in_an_empty_folder_with_an_empty_home() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(program("summarize")
        .env_clear()
        .env("HOME", folder.path())
        .current_dir(folder.path())
        .arg(seed()));
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("OVH"), "{}", run.stdout);
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "it left files behind");
}

#[test]
fn the_layout_comes_back() {
    let text =
        "  Guten Tag!\r\n\r\n\r\n\tDas Wetter ist heute schön.  \r\n- Ich habe einen Hund.\r\n";
    let english = translate(text);
    let shape = |text: &str| text.replace(|c: char| c.is_alphanumeric() || "!. ',".contains(c), "");
    assert_eq!(shape(&english), shape(text), "{english:?}");
    assert!(
        english.starts_with("  ") && english.contains("\r\n- "),
        "{english:?}"
    );
}

#[test]
fn a_last_line_without_a_line_end_gets_none() {
    assert!(!translate("Das Wetter ist heute schön.").ends_with('\n'));
    assert!(translate("Das Wetter ist heute schön.\n").ends_with(".\n"));
}

#[test]
fn numbers_addresses_and_names_survive() {
    let cases = [
        (
            "Im Jahr 2016 kostete OVH 1,5 Milliarden Euro.",
            vec!["2016", "OVH", "1.5 billion"],
        ),
        ("Der Preis beträgt 1.234,56 Euro.", vec!["1,234.56"]),
        (
            "Siehe https://www.beispiel.de/a?b=1 und info@beispiel.de.",
            vec!["https://www.beispiel.de/a?b=1", "info@beispiel.de"],
        ),
        (
            "Die Funktion foo_bar() liest die Datei config.ini.",
            vec!["foo_bar()", "config.ini"],
        ),
        (
            "Er traf Herrn Yeşilgöz und Frau Łukaszewska 😀.",
            vec!["Yeşilgöz", "Łukaszewska", "😀"],
        ),
        ("Rufen Sie +49 30 1234567 an.", vec!["+49 30 1234567"]),
    ];
    for (german, kept) in cases {
        let english = translate(german);
        for kept in kept {
            assert!(
                english.contains(kept),
                "{kept} is lost: {german} → {english}"
            );
        }
    }
}

#[test]
fn german_quotes_become_english_quotes() {
    let english = translate("„Das ist nicht gut“, sagte er.");
    assert!(
        english.starts_with('“') && english.contains('”') && !english.contains('„'),
        "{english}"
    );
    let english = translate("»Das ist nicht gut«, sagte er.");
    assert!(
        english.starts_with('“') && !english.contains(['»', '«']),
        "{english}"
    );
}

#[test]
fn old_encodings_are_read() {
    let text = "Die Straße ist für Fußgänger gesperrt. Das Ärgernis über die Maßnahme ist groß.";
    let expected = translate(text);
    let latin1: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let bom = format!("\u{feff}{text}").into_bytes();
    for bytes in [latin1, utf16, bom] {
        let run = run(program("translate").write_stdin(bytes));
        assert_eq!(
            (run.code, run.stdout),
            (0, expected.clone()),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn summaries_have_the_length_that_is_asked_for() {
    for (arguments, expected) in [
        (vec!["--sentences", "1"], 1),
        (vec!["--sentences", "2"], 2),
        (vec!["--ratio", "20%"], 1),
        (vec![], 3),
    ] {
        let run = run(program("summarize")
            .args(["--format", "json"])
            .args(&arguments)
            .write_stdin(ARTICLE));
        let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(
            json["sentences"].as_array().unwrap().len(),
            expected,
            "{arguments:?}"
        );
    }
}

#[test]
fn metadata_is_kept_in_a_translation_and_out_of_a_summary() {
    let summary = run(program("summarize").arg(seed())).stdout;
    assert!(!summary.contains("2018-10"), "{summary}");
    let translation = run(program("translate").arg(seed())).stdout;
    assert!(translation.starts_with(" date 2018-10 "), "{translation}");
}

#[test]
fn a_summary_can_come_with_the_translation() {
    let run = run(program("summarize")
        .arg("--with-translation")
        .write_stdin(ARTICLE));
    let (summary, translation) = run.stdout.split_once("\n---\n\n").unwrap();
    assert!(summary.len() < translation.len());
    assert_eq!(translation, translate_with_beam_4(ARTICLE));
}

fn translate_with_beam_4(text: &str) -> String {
    translate_with(&["--beam", "4"], text).stdout
}

#[test]
fn several_files_get_headings() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.txt", "b.txt"] {
        std::fs::write(folder.path().join(name), ARTICLE).unwrap();
    }
    let run = run(program("summarize")
        .current_dir(folder.path())
        .args(["a.txt", "b.txt"]));
    let headings: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.starts_with('#'))
        .collect();
    assert_eq!(headings, ["# a.txt", "# b.txt"]);
}

#[test]
fn json_tells_segments_with_their_spans() {
    let text = "Er kommt heute!\n\nDas Wetter ist heute schön.\n";
    let run = run(program("translate")
        .args(["--format", "json"])
        .write_stdin(text));
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let segments = json["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 2);
    for segment in segments {
        let (start, end) = (
            segment["span"][0].as_u64().unwrap(),
            segment["span"][1].as_u64().unwrap(),
        );
        assert_eq!(text[start as usize..end as usize].trim(), segment["source"]);
        assert!(segment["score"].as_f64().unwrap() < 0.);
    }
    assert_eq!(json["text"], translate(text));
}

#[test]
fn folders_are_mirrored() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archiv");
    std::fs::create_dir_all(archive.join("2019/mai")).unwrap();
    std::fs::write(archive.join("a.txt"), "Guten Tag!\n").unwrap();
    std::fs::write(archive.join("2019/mai/ä b.txt"), "Gute Nacht!\n").unwrap();
    std::fs::write(archive.join(".versteckt"), "Nein.\n").unwrap();
    let run = run(program("translate")
        .current_dir(folder.path())
        .args(["archiv", "-o", "english"]));
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert!(
        run.stderr.starts_with("2 files done; 4 words in"),
        "{}",
        run.stderr
    );
    assert!(folder.path().join("english/a.txt").is_file());
    assert!(folder.path().join("english/2019/mai/ä b.txt").is_file());
    assert!(!folder.path().join("english/.versteckt").exists());
}

#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "English of the default dictionary"
)]
fn threads_and_models_in_a_folder_change_nothing() {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/de-en-tiny");
    let expected = translate(ARTICLE);
    let one = run(program("translate")
        .args(["--threads", "1"])
        .write_stdin(ARTICLE));
    let folder = run(program("translate")
        .arg("--model")
        .arg(model)
        .write_stdin(ARTICLE));
    assert_eq!(one.stdout, expected);
    assert_eq!(folder.stdout, expected);
}

#[test]
fn wrong_usage_is_2_and_a_missing_model_3() {
    let cases: [(&[&str], i32, &str); 6] = [
        (&["--nonsense"], 2, "--nonsense"),
        (&["--beam", "0", "x.txt"], 2, "--beam"),
        (&["--threads", "0", "x.txt"], 2, "--threads"),
        (&["/"], 2, "--output"),
        (&["--model", "no-such-model", "x.txt"], 3, "no-such-model"),
        (&["--model", "/", "x.txt"], 3, "model.gguf"),
    ];
    for (arguments, code, said) in cases {
        let run = run(program("translate").args(arguments));
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn what_fails_is_named_and_the_rest_is_done() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("gut.txt"), "Guten Tag!\n").unwrap();
    let run = run(program("translate")
        .current_dir(folder.path())
        .args(["fehlt.txt", "gut.txt"]));
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("fehlt.txt"), "{}", run.stderr);
    assert_eq!(run.stdout.trim(), translate("Guten Tag!"));
}

#[test]
fn help_shows_examples_and_completions_know_the_options() {
    for name in ["translate", "summarize", "degist"] {
        let run = run(program(name).arg("--help"));
        assert_eq!(run.code, 0);
        assert!(run.stdout.contains("Examples:"), "{}", run.stdout);
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = run(program("degist").args(["completions", shell]));
        for option in ["sentences", "with-translation", "input-format"] {
            assert!(run.stdout.contains(option), "{shell}: {option}");
        }
    }
}

#[test]
fn man_pages_of_all_programs_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("share/man1");
    let written = run(program("degist").arg("man").arg(&pages));
    assert_eq!((written.code, written.stderr.as_str()), (0, ""));
    for (page, said) in [
        ("translate.1", "glossary"),
        ("summarize.1", "sentences"),
        ("degist.1", "completions"),
        ("degist-translate.1", "glossary"),
        ("degist-models-pull.1", "revision"),
    ] {
        let text = std::fs::read_to_string(pages.join(page)).unwrap();
        let name = page.trim_end_matches(".1");
        let title = format!(".TH {name}");
        assert!(
            text.contains(&title) && text.contains(said),
            "{page}: {text}"
        );
    }
    // A file where the folder should be.
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "").unwrap();
    let failed = run(program("degist").arg("man").arg(&taken));
    assert_eq!((failed.code, failed.stdout.as_str()), (1, ""));
    assert!(
        failed.stderr.starts_with("error: cannot write"),
        "{}",
        failed.stderr
    );
}

#[test]
fn the_version_comes_with_the_licence() {
    for name in ["translate", "summarize", "degist"] {
        let short = run(program(name).arg("-V")).stdout;
        assert_eq!(
            short.trim(),
            format!("{name} {}", env!("CARGO_PKG_VERSION"))
        );
        let long = run(program(name).arg("--version")).stdout;
        assert!(
            long.starts_with(short.trim()) && long.contains("Licence: "),
            "{long}"
        );
    }
}

#[test]
fn the_scores_of_a_model_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("de"),
        "Guten Tag!\nDas Wetter ist heute schön.\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("en"),
        "Good day!\nThe weather is nice today.\n",
    )
    .unwrap();
    let run = run(program("degist")
        .current_dir(folder.path())
        .args(["eval", "de", "en"]));
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("BLEU") && run.stdout.contains("chrF2"),
        "{}",
        run.stdout
    );
}

fn translate_with(arguments: &[&str], stdin: &str) -> Run {
    run_with("translate", arguments, stdin)
}

#[test]
fn terms_of_a_glossary_are_kept_and_misses_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let glossary = folder.path().join("terms.tsv");
    std::fs::write(
        &glossary,
        "# Namen\nStadtwerke\tCity Works\n!Bürgermeister\tLord Mayor\n",
    )
    .unwrap();
    let glossary = glossary.to_str().unwrap();
    let text = "Der Bürgermeister lobt die Stadtwerke.\n";
    let with = translate_with(&["--glossary", glossary], text);
    assert!(with.stdout.contains("Lord Mayor"), "{}", with.stdout);
    // Without `!` the network may inflect a term.
    let lower = with.stdout.to_lowercase();
    assert!(lower.contains("city works"), "{}", with.stdout);
    assert_eq!(with.stderr, "");
    let bad = folder.path().join("bad.tsv");
    std::fs::write(&bad, "nur deutsch\n").unwrap();
    let bad = translate_with(&["--glossary", bad.to_str().unwrap()], text);
    assert_eq!(bad.code, 2);
    assert!(bad.stderr.contains("line 1 is no term"), "{}", bad.stderr);
}

#[test]
fn a_cache_gives_the_same_translations() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("sentences.redb");
    let cache = cache.to_str().unwrap();
    let file = "tests/golden/formats/bruecke.html";
    let plain = translate_with(&[file], "");
    for options in [&[][..], &["--beam", "2"]] {
        let without = translate_with(&[options, &[file]].concat(), "");
        for _ in 0..2 {
            let with = translate_with(&[options, &["--cache", cache, file]].concat(), "");
            assert_eq!(with.stdout, without.stdout);
        }
    }
    // What was kept without the marks of words serves a page that has them.
    let lines = "Der Bürgermeister sprach von einem großen Tag & dankte allen.\n";
    translate_with(&["--cache", cache], lines);
    assert_eq!(
        translate_with(&["--cache", cache, file], "").stdout,
        plain.stdout
    );
    std::fs::write(cache, "no database").unwrap();
    let broken = translate_with(&["--cache", cache, file], "");
    assert_eq!((broken.code, broken.stdout.as_str()), (1, ""));
    assert!(
        broken.stderr.contains("remove the file"),
        "{}",
        broken.stderr
    );
}

#[test]
fn devices_are_chosen() {
    // Nothing here is a near tie: one device rounds to 8 bits, the other does not.
    let german = "Guten Tag!\n\nDas Wetter ist heute schön. Der Minister hat am Montag in Berlin gesprochen.\n";
    let on = |device: &str| {
        let mut command = program("translate");
        run(command.args(["--device", device]).write_stdin(german))
    };
    let own = translate(german);
    let candle = on("candle");
    assert_eq!(
        (candle.code, candle.stdout.as_str(), candle.stderr.as_str()),
        (0, own.as_str(), "")
    );
    assert_eq!(on("cpu").stdout, own);

    let unknown = on("gpu");
    assert_eq!((unknown.code, unknown.stdout.as_str()), (2, ""));
    assert!(unknown.stderr.contains("cuda:N"), "{}", unknown.stderr);
    #[cfg(not(feature = "cuda"))]
    {
        let missing = on("cuda:7");
        assert_eq!((missing.code, missing.stdout.as_str()), (3, ""));
        let said = "--device: cuda:7: this program was built without it";
        assert!(missing.stderr.contains(said), "{}", missing.stderr);
    }
}
