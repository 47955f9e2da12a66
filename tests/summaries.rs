//! Summaries of odd texts, in every length and style: something sensible, or a plain statement that there is nothing.

use std::io::Write;
use std::process::{Command, Stdio};

struct Run {
    stdout: String,
    stderr: String,
    code: i32,
}

fn summarize(arguments: &[&str], text: &str) -> Run {
    let mut program = Command::new(env!("CARGO_BIN_EXE_summarize"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = program.stdin.take().unwrap();
    let text = text.to_owned();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(text.as_bytes());
    });
    let output = program.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
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
    let run = summarize(&["--quiet"], &repeated);
    assert_eq!(run.stdout.matches("bridge").count(), 1, "{}", run.stdout);
}

#[test]
fn three_hundred_pages_have_a_short_summary() {
    let run = summarize(&["--quiet"], &long(9_000));
    assert_eq!(run.code, 0);
    let words = run.stdout.split_whitespace().count();
    assert!((30..200).contains(&words), "{}", run.stdout);
    let sentences: Vec<&str> = run.stdout.split_inclusive(". ").collect();
    let mut different = sentences.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), sentences.len(), "{}", run.stdout);
}

#[test]
fn words_are_kept() {
    let seed = std::fs::read_dir("seeds")
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let seed = std::fs::read_to_string(seed).unwrap();
    for (text, lengths) in [(long(200), &[80, 100, 200][..]), (seed, &[60, 100, 150])] {
        for &wanted in lengths {
            let run = summarize(&["--quiet", "--words", &wanted.to_string()], &text);
            let words = run.stdout.split_whitespace().count();
            assert!(
                words.abs_diff(wanted) * 100 <= 15 * wanted,
                "{words} words for {wanted}: {}",
                run.stdout
            );
        }
    }
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
    assert_eq!(title, "Interview with climate researcher Jana Petersen\n");
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
    for pointer in ["Therefore", "That's why", "He hopes"] {
        assert!(!run.stdout.contains(pointer), "{}", run.stdout);
    }
}
