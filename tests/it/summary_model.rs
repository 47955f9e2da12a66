//! Summaries that a network writes. The networks here are small (`fixtures/make_t5_models.py`). One has learned a summary by
//! heart; the others are random: what they write says nothing, so every sentence must give way to one of the text's own.

use std::path::{Path, PathBuf};
use std::process::Output;

use degist::model::Device;
use degist::summarize::abstractive::{self, RewriteOptions, SummaryWriter, draft};
use degist::{Article, Length, Method, Model, Summary, Translation, hub};

use crate::util::{program, root, run_with};

const ARTICLE: &str = "Die Stadt baut eine neue Brücke über den Fluss. Die Arbeiten beginnen im Mai und dauern zwei Jahre. \
    Viele Bürger freuen sich über die Entscheidung. Die Kosten betragen rund 20 Millionen Euro. \
    Der Bürgermeister dankte allen Beteiligten für ihre Arbeit. Am Ende gab es Kaffee und Kuchen für alle.\n";

fn folder(name: &str) -> PathBuf {
    root().join("tests/fixtures/t5").join(name)
}

fn summarize(model: &Path, arguments: &[&str]) -> Output {
    program("summarize")
        .arg("--summary-model")
        .arg(model)
        .args(arguments)
        .write_stdin(ARTICLE)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn what_a_random_network_writes_gives_way_to_the_text() {
    let extracted = run_with("summarize", &["--with-translation"], ARTICLE);
    let (_, translation) = extracted.stdout.split_once("---").unwrap();
    for model in ["v1_0", "v1_1", "mt5"] {
        let run = summarize(&folder(model), &[]);
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        let summary = text(&run.stdout).trim();
        assert!(!summary.is_empty());
        for sentence in summary.split_inclusive(". ") {
            assert!(translation.contains(sentence.trim()), "{model}: {sentence}");
        }
        let quiet = summarize(&folder(model), &["--quiet"]);
        assert_eq!((&quiet.stdout, text(&quiet.stderr)), (&run.stdout, ""));
    }
    let run = summarize(&folder("v1_0"), &[]);
    assert!(text(&run.stderr).contains("sentences of the summary are the text's own"));
}

#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "English of the default dictionary"
)]
fn what_the_text_bears_out_is_kept_in_the_words_of_the_network() {
    let run = summarize(&folder("writer"), &["--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let sentences = json["sentences"].as_array().unwrap();
    let texts: Vec<&str> = (sentences.iter())
        .map(|sentence| sentence["target"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts[0],
        "The city builds a new bridge, and the work lasts two years."
    );
    // The network wrote "around 30 million euros".
    assert!(
        texts[1].contains("20") && !texts[1].contains("30"),
        "{texts:?}"
    );
    assert_eq!(texts[2], "The mayor thanked all for the work.");
    assert_eq!(texts.len(), 3);
    let sources: Vec<&str> = (sentences.iter())
        .map(|sentence| sentence["source"].as_str().unwrap())
        .collect();
    assert!(sources[0].starts_with("Die Stadt baut"), "{sources:?}");
    assert!(sources[1].starts_with("Die Kosten"), "{sources:?}");
    assert!(sources[2].starts_with("Der Bürgermeister"), "{sources:?}");
    let note = "1 of 3 sentences of the summary are the text's own";
    assert!(text(&run.stderr).contains(note), "{}", text(&run.stderr));
    assert!(text(&run.stderr).contains("the number “30”"));
}

#[test]
fn a_summary_has_the_sentences_that_were_asked_for_at_most() {
    let run = summarize(&folder("v1_0"), &["--sentences", "1", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(json["sentences"].as_array().unwrap().len(), 1);
    assert!(json.get("translation").is_none_or(|all| all.is_null()));
}

#[test]
fn a_model_for_german_is_given_german() {
    let home = tempfile::tempdir().unwrap();
    // Its config.json says what it reads; its name says nothing.
    let copy = |name: &str, field: &str, languages: serde_json::Value| {
        let copy = home.path().join(name);
        std::fs::create_dir(&copy).unwrap();
        for file in std::fs::read_dir(folder("mt5")).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), copy.join(file.file_name())).unwrap();
        }
        let path = copy.join("config.json");
        let config = std::fs::read(&path).unwrap();
        let mut config: serde_json::Value = serde_json::from_slice(&config).unwrap();
        config[field] = languages;
        std::fs::write(path, config.to_string()).unwrap();
        copy
    };
    let reads_german = |folder: &Path| {
        let writer = SummaryWriter::load(&hub::open(folder).unwrap(), Device::Cpu);
        writer.unwrap().reads_german
    };
    let german = copy("one", "languages", serde_json::json!(["de", "en"]));
    assert!(reads_german(&german));
    assert!(reads_german(&copy("two", "source_language", "de".into())));
    assert!(!reads_german(&copy("mt5-small-de-en", "x", "de".into())));
    let run = summarize(&german, &[]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    assert!(!run.stdout.is_empty());
}

#[test]
fn only_models_of_the_family_write() {
    let student = root().join("tests/parity/student");
    for model in [student.as_path(), Path::new("no/such/folder")] {
        let run = summarize(model, &[]);
        assert_eq!(run.status.code(), Some(3));
        assert!(run.stdout.is_empty() && !run.stderr.is_empty());
    }
}

#[test]
fn a_worker_writes_too() {
    let work = |arguments: &[&str]| {
        let records = [
            serde_json::json!({ "id": 7, "text": ARTICLE }),
            serde_json::json!({ "id": 8, "text": "12 34" }),
            serde_json::json!({ "id": 9, "text": ARTICLE }),
        ];
        let run = program("summarize")
            .args(["--jsonl", "--summary-model"])
            .arg(folder("writer"))
            .args(arguments)
            .write_stdin(records.map(|record| format!("{record}\n")).concat())
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        let answers: Vec<serde_json::Value> = (text(&run.stdout).lines())
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        (answers, text(&run.stderr).to_owned())
    };
    let (answers, said) = work(&[]);
    assert_eq!(answers.len(), 3);
    let summary = answers[0]["summary"].as_str().unwrap();
    let own = "The city builds a new bridge, and the work lasts two years. ";
    assert!(summary.starts_with(own), "{summary}");
    assert!(
        summary.contains("20") && !summary.contains("30"),
        "{summary}"
    );
    assert_eq!(answers[2]["summary"], summary);
    let error = answers[1]["error"].as_str().unwrap();
    assert!(error.contains("nothing to summarise"), "{error}");
    // The translation is only needed on the way.
    assert!(answers[0].get("translation").is_none());
    assert!(
        said.contains("record 1: 1 of 3 sentences") && said.contains("record 3: "),
        "{said}"
    );
    let (answers, said) = work(&["--quiet", "--with-translation"]);
    assert_eq!(
        (answers[0]["summary"].as_str(), said.as_str()),
        (Some(summary), "")
    );
    let translation = run_with("translate", &["--beam", "4"], ARTICLE).stdout;
    assert_eq!(answers[0]["translation"], translation);
}

/// A text as if it was translated, each sentence into itself.
fn as_it_is(text: &str) -> (Article, Vec<Translation>, Summary) {
    let article = Article::read(text.as_bytes()).unwrap();
    let translation = |i: usize| Translation {
        score: -1.,
        ..Translation::new(article.source(&article.segments[i]).to_owned())
    };
    let all: Vec<_> = (0..article.segments.len()).map(translation).collect();
    let model = Model::load(&hub::embedded()).unwrap();
    let chosen = article
        .extract(&model, Length::Sentences(4), Method::default())
        .unwrap()
        .places();
    let summary = Summary {
        translations: chosen.iter().map(|&i| all[i].clone()).collect(),
        chosen,
    };
    (article, all, summary)
}

#[test]
fn long_texts_are_read_in_chunks() {
    let writer = SummaryWriter::load(&hub::open(&folder("v1_1")).unwrap(), Device::Cpu).unwrap();
    let mut text = String::new();
    for i in 0..400 {
        text += &format!("The mayor opened bridge number {i} over the river on a Sunday in May. ");
    }
    text += "\n";
    let (article, all, extracted) = as_it_is(&text);
    assert_eq!(all.len(), 400);
    let options = RewriteOptions {
        length: Length::Sentences(4),
        ..RewriteOptions::default()
    };
    let written = abstractive::summary(
        &article.candidates(),
        &writer,
        None,
        &all,
        &extracted,
        options,
    )
    .unwrap();
    let (summary, doubts) = (written.summary, written.doubts);
    assert!((1..=4).contains(&summary.chosen.len()));
    assert_eq!(summary.chosen.len(), summary.translations.len());
    assert!(!doubts.is_empty());
    let texts: Vec<&str> = all.iter().map(|all| all.text.as_str()).collect();
    for words in [1, 40, 100_000] {
        let draft = draft(&writer, &texts, words).unwrap();
        // Up to 48 tokens for each of about 12 chunks.
        assert!(draft.sentences.len() < 12 * 48);
    }
}

#[test]
fn odd_texts_have_a_summary_too() {
    let writer = SummaryWriter::load(&hub::open(&folder("v1_0")).unwrap(), Device::Cpu).unwrap();
    let endless = "brücke".repeat(3000);
    let headings = "# Eins\n\n# Zwei\n\n- Drei\n- Vier\n".to_owned();
    let numbers = "1 2 3 4 5 6 7 8 9. 10 11 12 13.\n".to_owned();
    for text in ["Ein Satz.".to_owned(), endless, headings, numbers] {
        let (article, all, extracted) = as_it_is(&text);
        let options = RewriteOptions {
            length: Length::Words(20),
            ..RewriteOptions::default()
        };
        let summary = abstractive::summary(
            &article.candidates(),
            &writer,
            None,
            &all,
            &extracted,
            options,
        )
        .unwrap()
        .summary;
        assert_eq!(
            summary.chosen.is_empty(),
            extracted.chosen.is_empty(),
            "{text}"
        );
    }
    assert!(draft(&writer, &[], 50).unwrap().sentences.is_empty());
}
