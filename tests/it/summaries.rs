//! Summaries of odd texts, in every length and style: something sensible, or a plain statement that there is nothing.

use std::path::PathBuf;

use degist::summarize::Fitting;
use degist::translate::translate;
use degist::{Article, DecodeOptions, Length, Method, Model, hub};

use crate::util::{Run, run_with};

fn summarize(arguments: &[&str], text: &str) -> Run {
    run_with("summarize", arguments, text)
}

/// The German sentences of a summary.
fn sources(arguments: &[&str], text: &str) -> Vec<String> {
    let run = summarize(&[arguments, &["--format", "json"]].concat(), text);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let sentences = json["sentences"].as_array().unwrap().iter();
    sentences
        .map(|sentence| sentence["source"].as_str().unwrap().to_owned())
        .collect()
}

/// A text of so many sentences that differ.
fn long(sentences: usize) -> String {
    const WHAT: [&str; 7] = [
        "wurde in der Stadt eine neue Schule eröffnet",
        "kamen viele Menschen aus dem Norden in das Tal",
        "stritten die Bauern mit dem Grafen um das Wasser des Flusses und um den Wald",
        "brannte das alte Rathaus",
        "baute ein Kaufmann aus Bremen die erste Brücke",
        "war die Ernte schlecht, und viele Familien zogen fort",
        "schrieb der Lehrer eine Geschichte des Dorfes",
    ];
    let sentence = |i: usize| format!("Im Jahr {} {}.", 1000 + i % 1000, WHAT[(i * 5 + i / 7) % 7]);
    let paragraphs: Vec<String> = (0..sentences)
        .collect::<Vec<_>>()
        .chunks(8)
        .map(|chunk| {
            chunk
                .iter()
                .map(|&i| sentence(i))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    paragraphs.join("\n\n") + "\n"
}

#[test]
fn there_is_nothing_to_summarize() {
    for text in [
        "",
        "\n \n",
        "12 34 56\n78 90 12\n",
        "1\t2\t3\n4\t5\t6\n7\t8\t9\n",
        "---\n***\n",
    ] {
        let run = summarize(&[], text);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{text:?}");
        assert!(
            run.stderr.contains("nothing to summarise"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn odd_texts_have_a_summary() {
    let headlines = "Neue Brücke in Ulm\nRathaus wird umgebaut\nSchule sucht Lehrer\nWinter kommt früh\nZug fährt wieder\n";
    let mixed = "Die Stadt hat eine neue Brücke. The mayor said that it was a great day for everyone. \
        Viele Menschen kamen zum Fest am Ufer. It rained in the evening, but nobody left.\n";
    let repeated = "Die Stadt hat gestern eine neue Brücke über den Fluss eröffnet.\n\n".repeat(40);
    for (text, longest) in [
        ("Die Stadt hat eine neue Brücke.", 1),
        (headlines, 5),
        (mixed, 3),
        (&repeated, 1),
    ] {
        let run = summarize(&["--quiet"], text);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let sentences = run.stdout.matches(['.', '\n']).count();
        assert!(
            run.stdout.trim().len() > 10 && sentences <= 2 * longest,
            "{}",
            run.stdout
        );
    }
    assert_eq!(sources(&[], &repeated).len(), 1);
}

/// The paragraphs of the golden texts, again and again in other orders: 90,000 words.
fn three_hundred_pages() -> String {
    let texts = texts();
    let mut paragraphs: Vec<&str> = (texts.iter())
        .flat_map(|(_, text)| text.split("\n\n").map(str::trim))
        .collect();
    let mut pages = String::new();
    let mut random = 1u64;
    while count_words(&pages) < 90_000 {
        for i in (1..paragraphs.len()).rev() {
            // Knuth's linear congruences.
            random = random
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            paragraphs.swap(i, (random >> 33) as usize % (i + 1));
        }
        pages += &paragraphs.join("\n\n");
        pages += "\n\n";
    }
    pages
}

#[test]
fn three_hundred_pages_have_a_short_summary() {
    for text in [long(9_000), three_hundred_pages()] {
        let run = summarize(&["--quiet", "--style", "bullets"], &text);
        assert_eq!(run.code, 0);
        let words = count_words(&run.stdout);
        assert!((30..250).contains(&words), "{}", run.stdout);
        said_once(&run.stdout);
        let run = summarize(&["--quiet", "--words", "150", "--style", "bullets"], &text);
        let words = run.stdout.replace("- ", "");
        assert!(is_near(count_words(&words), 150), "{}", run.stdout);
        said_once(&run.stdout);
    }
}

/// No line is there twice.
fn said_once(lines: &str) {
    let mut different: Vec<&str> = lines.lines().collect();
    let all = different.len();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), all, "{lines}");
}

#[test]
fn repeated_paragraphs_are_summarized_once() {
    // The same, wrapped at other words.
    let wrapped = "Die Stadt Ulm hat am Dienstag nach langem Streit beschlossen, dass sie über\n\
        den Fluss eine neue Brücke baut und die alte Brücke im nächsten Jahr verkauft.\n\n\
        Die Stadt Ulm hat am Dienstag nach langem Streit beschlossen, dass sie über den Fluss\n\
        eine neue Brücke baut und die alte Brücke im nächsten Jahr verkauft.\n";
    let (_, seed) = &texts()[0];
    let repeated = format!("{}\n\n", seed.trim_end()).repeat(3);
    for text in [wrapped, &repeated] {
        for arguments in [
            &["--sentences", "10"][..],
            &["--words", "100"],
            &["--ratio", "0.5"],
        ] {
            let run = summarize(
                &[&["--quiet", "--style", "bullets"], arguments].concat(),
                text,
            );
            assert_eq!(run.code, 0);
            said_once(&run.stdout);
        }
    }
    let run = summarize(&["--quiet"], wrapped);
    assert_eq!(run.stdout.matches("Ulm").count(), 1, "{}", run.stdout);
}

#[test]
fn tables_and_lists_are_told_from_text() {
    // Of a table with a sentence in front the sentence, and not the numbers.
    let table = "Der Umsatz der Firma ist in den Jahren 2016 bis 2018 jedes Jahr gestiegen.\n\n\
        2016\t1,5\t0,2\n2017\t1,7\t0,3\n2018\t1,9\t0,4\n";
    let run = summarize(&["--quiet"], table);
    assert_eq!(run.code, 0);
    assert!(
        run.stdout.contains("2018") && !run.stdout.contains("1.7"),
        "{}",
        run.stdout
    );
    // Of nothing but a table its words.
    let run = summarize(
        &["--quiet"],
        "Jahr\tUmsatz\tGewinn\n2016\t1,5\t0,2\n2017\t1,7\t0,3\n",
    );
    assert_eq!(run.code, 0);
    assert!(
        !run.stdout.trim().is_empty() && !run.stdout.contains("2016"),
        "{}",
        run.stdout
    );
    // Of headlines some, each on its line.
    let headlines =
        "Neue Brücke in Ulm\nRathaus wird umgebaut\nSchule sucht Lehrer\nWinter kommt früh\n";
    let run = summarize(&["--quiet", "--sentences", "2"], headlines);
    assert_eq!(
        (run.code, run.stdout.lines().count()),
        (0, 2),
        "{}",
        run.stdout
    );
    // What is not German is said.
    let english = "The city has built a new bridge over the river. Many people came to the party on Sunday, and the \
        mayor gave a long speech about the past and the future.\n";
    let run = summarize(&[], english);
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("looks like English"), "{}", run.stderr);
    assert!(!run.stdout.trim().is_empty());
}

/// What can go is left out of the German, and the English follows.
#[test]
fn sentences_are_trimmed() {
    let text = "Bei dem Unfall auf der Brücke wurden zwei Menschen verletzt (siehe Bild), teilte die Polizei am Montag mit. \
        „Wir hatten Glück“, sagte ein Sprecher der Stadt.\n";
    let run = |arguments: &[&str]| {
        let bullets = ["--quiet", "--style", "bullets"];
        summarize(&[&bullets, arguments].concat(), text).stdout
    };
    let (whole, trimmed) = (run(&[]), run(&["--trim"]));
    let (whole, trimmed): (Vec<&str>, Vec<&str>) =
        (whole.lines().collect(), trimmed.lines().collect());
    assert!(whole[0].contains('(') && !trimmed[0].contains('('));
    // The bracket has two words, the attribution at least four.
    let shorter = count_words(whole[0]) - count_words(trimmed[0]);
    assert!(shorter >= 5, "{whole:?} {trimmed:?}");
    assert_eq!(trimmed[1], whole[1], "who is quoted stays");
    // The translation is whole all the same.
    let both = run(&["--trim", "--with-translation"]);
    let (summary, translation) = both.split_once("---").unwrap();
    assert!(
        !summary.contains('(') && translation.contains('('),
        "{both}"
    );
}

/// The seed and the golden texts, by name.
fn texts() -> Vec<(String, String)> {
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    crate::util::texts().into_iter().map(read).collect()
}

fn count_words(text: &str) -> usize {
    text.split_whitespace().count()
}

fn is_near(words: usize, wanted: usize) -> bool {
    words.abs_diff(wanted) * 100 <= 15 * wanted
}

/// Of the sums of some of these, the nearest to what is wanted; one at least.
fn nearest_sum(of: &[usize], wanted: usize) -> usize {
    let mut sums = std::collections::BTreeSet::from([0]);
    for words in of {
        let more: Vec<usize> = sums.iter().map(|sum| sum + words).collect();
        sums.extend(more);
    }
    sums.remove(&0);
    let nearest = sums.into_iter().min_by_key(|sum| sum.abs_diff(wanted));
    nearest.unwrap_or(0)
}

#[test]
fn words_are_kept() {
    let model = Model::load(&hub::embedded()).unwrap();
    let options = DecodeOptions {
        beam: 4,
        ..DecodeOptions::default()
    };
    let mut texts = texts();
    texts.push(("long".into(), long(200)));
    let mut kept = 0;
    for (name, text) in &texts {
        let article = Article::read(text.as_bytes()).unwrap();
        let summarize = |length| {
            let summary = article.summarize(&model, length, Method::default(), options);
            summary.unwrap()
        };
        // What there is to choose from.
        let all = summarize(Length::Sentences(usize::MAX));
        let lengths: Vec<usize> = (all.translations.iter())
            .map(|translation| count_words(&translation.text))
            .collect();
        for wanted in [30, 50, 80, 120, 200] {
            let summary = summarize(Length::Words(wanted));
            let words = summary.words();
            assert!(words > 0, "{name}");
            let possible = nearest_sum(&lengths, wanted);
            let as_near = words.abs_diff(wanted) <= possible.abs_diff(wanted);
            assert!(
                is_near(words, wanted) || as_near,
                "{name}: {words} words for {wanted}, though {possible} are possible"
            );
            assert!(summary.chosen.is_sorted_by(|a, b| a < b), "{name}");
            kept += usize::from(is_near(words, wanted));
        }
    }
    assert!(kept >= 5 * 5, "{kept}");
}

/// Few more sentences are translated than the summary has.
#[test]
fn words_are_cheap() {
    let (_, seed) = &texts()[0];
    let model = Model::load(&hub::embedded()).unwrap();
    let article = Article::read(seed.as_bytes()).unwrap();
    for wanted in [30, 50, 80, 120, 200] {
        let candidates = article.candidates();
        let extract = article
            .extract(&model, Length::Words(wanted), Method::default())
            .unwrap();
        let mut translated = 0;
        let mut fitting = Fitting::new(&candidates, &extract);
        loop {
            let missing = fitting.missing();
            if missing.is_empty() {
                break;
            }
            translated += missing.len();
            let sources: Vec<_> = (missing.iter())
                .map(|pick| candidates[pick.place].form(pick.short))
                .collect();
            let translations = translate(&model, &sources, DecodeOptions::default(), &|_| ());
            fitting.learn(&missing, translations.unwrap());
        }
        let summary = fitting.summary();
        assert!(is_near(summary.words(), wanted), "{wanted}");
        assert!(
            translated <= summary.chosen.len() + 6,
            "{wanted}: {translated} for {}",
            summary.chosen.len()
        );
    }
}

#[test]
fn other_lengths_are_not_fitted() {
    let (_, seed) = &texts()[0];
    let run = summarize(&["--quiet", "--words", "80"], seed);
    assert!(is_near(count_words(&run.stdout), 80), "{}", run.stdout);
    let sentences = summarize(&["--sentences", "4", "--style", "bullets"], seed);
    assert_eq!(sentences.stdout.lines().count(), 4);
    // One sentence that is longer than the whole budget: it is said, and it is no failure.
    let long = "Am Dienstag hat der Rat der Stadt nach langem Streit beschlossen, das alte Rathaus am Markt zu verkaufen, \
        weil für den Umbau des Hauses und für die neuen Schulen in den nächsten Jahren nicht genug Geld da ist.\n";
    let run = summarize(&["--words", "10"], long);
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("words, not 10"), "{}", run.stderr);
    assert!(!run.stdout.trim().is_empty());
}

#[test]
fn styles() {
    let article = std::fs::read_to_string("tests/golden/interview.txt").unwrap();
    let bullets = summarize(&["--style", "bullets", "--sentences", "3"], &article).stdout;
    assert_eq!(
        bullets
            .lines()
            .filter(|line| line.starts_with("- "))
            .count(),
        3,
        "{bullets}"
    );
    assert_eq!(bullets.lines().count(), 3);
    let title = summarize(&["--style", "headline"], &article).stdout;
    let translation = run_with("translate", &["--beam", "4"], article).stdout;
    let heading = translation.lines().next().unwrap();
    assert!(heading.ends_with(title.trim_end()), "{title} {heading}");
    assert_eq!(title.lines().count(), 1);
    let without = summarize(&["--style", "headline"], &long(30)).stdout;
    assert_eq!(without.lines().count(), 1);
    assert!(!without.trim_end().ends_with('.'), "{without}");
}

#[test]
fn half_quotes_and_pointers_are_left_out() {
    let text = "Die Stadt Ulm hat am Dienstag nach langem Streit beschlossen, das alte Rathaus zu verkaufen. \
        Der Bürgermeister sagte: „Das Rathaus ist uns lieb und teuer, aber die Stadt hat dafür kein Geld mehr. \
        Deshalb verkaufen wir das alte Rathaus der Stadt, und die Stadt baut ein neues Rathaus.“ \
        Er hofft, dass die Stadt das neue Rathaus schon im nächsten Jahr beziehen kann. \
        Die Grünen im Rat der Stadt Ulm wollen das Rathaus behalten und den Verkauf vor Gericht verhindern. \
        Ein Verein von Bürgern sammelt Geld, um das alte Rathaus der Stadt selbst zu kaufen.\n";
    let run = summarize(&["--quiet", "--sentences", "3"], text);
    let quotes = run.stdout.matches(['“', '”', '"']).count();
    assert!(quotes.is_multiple_of(2), "{}", run.stdout);
    for source in sources(&["--sentences", "3"], text) {
        let is_pointer = ["Deshalb", "Er hofft"].map(|pointer| source.starts_with(pointer));
        assert_eq!(is_pointer, [false; 2], "{source}");
    }
}

/// What stands around the text of a page, a mail or an article is not its summary.
#[test]
fn frames_are_no_sentences_of_a_summary() {
    use degist::Article;
    let candidates = |name: &str, format: degist::document::FileFormat| -> Vec<String> {
        let document = format.read(&crate::util::case(name), &[]).unwrap();
        let article = Article::new(document);
        let texts = article.candidates().into_iter();
        texts
            .filter(|candidate| candidate.prose)
            .map(|candidate| candidate.source.text.to_string())
            .collect()
    };
    let page = candidates("41-cookie.html", degist::document::formats::html::HTML);
    let mail = candidates("52-mail.txt", degist::document::FileFormat::TEXT);
    let news = candidates("43-wenig-worte.txt", degist::document::FileFormat::TEXT);
    for (texts, is_there) in [
        (&page, "Die neue Brücke über den Rhein"),
        (&mail, "Ich komme am Dienstag"),
        (&news, "Die Arbeiten dauerten"),
    ] {
        assert!(
            texts.iter().any(|text| text.contains(is_there)),
            "{texts:?}"
        );
    }
    for word in [
        "Cookies",
        "Startseite",
        "Rezepte",
        "Hans",
        "Impressum",
        "Foto",
        "Hallo",
        "Viele Grüße",
        "schrieb",
        "Betreff",
        "Mehr zum",
        "Rechte",
        "Lesen Sie auch",
    ] {
        for texts in [&page, &mail, &news] {
            assert!(
                !texts.iter().any(|text| text.contains(word)),
                "{word}: {texts:?}"
            );
        }
    }
}
