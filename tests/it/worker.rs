//! `--jsonl`: every record is answered, in order, whatever is wrong with it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;

use crate::util::{path, translate};

fn start(program: &str, arguments: &[&str]) -> Child {
    Command::new(path(program))
        .arg("--jsonl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The answers to what `write` says.
fn answers(
    program: &str,
    arguments: &[&str],
    write: impl FnOnce(&mut ChildStdin) + Send + 'static,
) -> Vec<String> {
    let mut worker = start(program, arguments);
    let mut stdin = worker.stdin.take().unwrap();
    let writer = std::thread::spawn(move || write(&mut stdin));
    let output = worker.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    answers.lines().map(str::to_owned).collect()
}

fn field(answer: &str, name: &str) -> String {
    let answer: Value = serde_json::from_str(answer).unwrap();
    answer[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name} in {answer}"))
        .to_owned()
}

#[test]
fn what_is_wrong_is_in_the_answer() {
    let answers = answers("translate", &[], |stdin| {
        stdin.write_all(b"{\"id\": 1.50, \"text\": \"Guten Morgen!\", \"n\": 123456789012345678901234567890}\n").unwrap();
        stdin
            .write_all(b"oh\n\n[1]\n{\"text\": 3}\n{\"a\": {\"b\": []}}\n")
            .unwrap();
        stdin.write_all(b"{\"text\": \"\xff\"}\n").unwrap();
        stdin.write_all(b"{\"text\": \"").unwrap();
        for _ in 0..100 {
            stdin.write_all(&[b'x'; 1 << 20]).unwrap();
        }
        stdin
            .write_all(b"\"}\n{\"text\":\"\",\"translation\":\"alt\"}\n")
            .unwrap();
        stdin
            .write_all(b"{\"text\":\"Das ist\\n\\nein Hund.\"}")
            .unwrap();
    });
    let greeting = format!(
        "{{\"id\":1.50,\"text\":\"Guten Morgen!\",\"n\":123456789012345678901234567890,\"translation\":{}}}",
        Value::from(translate("Guten Morgen!"))
    );
    let lines = Value::from(translate("Das ist\n\nein Hund.")).to_string();
    let said = [
        greeting.as_str(),
        "no JSON object",
        "no JSON object",
        "{\"text\":3,\"error\":\"the field text is no text\"}",
        "{\"a\":{\"b\": []},\"error\":\"the record has no field text\"}",
        "not UTF-8",
        "has 104857613 bytes, more than 8 MB",
        "{\"text\":\"\",\"translation\":\"\"}",
        &lines,
    ];
    assert_eq!(answers.len(), said.len(), "{answers:?}");
    for (answer, said) in answers.iter().zip(said) {
        assert!(answer.contains(said), "{said}: {answer}");
    }
}

#[test]
fn answers_come_when_nothing_more_does() {
    let greeting = translate("Guten Tag!");
    let mut worker = start("translate", &["--field", "satz"]);
    let mut stdin = worker.stdin.take().unwrap();
    let mut answers = BufReader::new(worker.stdout.take().unwrap()).lines();
    for _ in 0..3 {
        // Without the answer this would wait for ever.
        stdin.write_all(b"{\"satz\":\"Guten Tag!\"}\n").unwrap();
        stdin.flush().unwrap();
        assert_eq!(
            field(&answers.next().unwrap().unwrap(), "translation"),
            greeting
        );
    }
    drop(stdin);
    assert!(answers.next().is_none());
    assert!(worker.wait().unwrap().success());
}

#[test]
fn many_records_keep_their_order() {
    let answers = answers("translate", &[], |stdin| {
        for i in 0..3000 {
            writeln!(
                stdin,
                "{{\"id\":{i},\"text\":\"Das Haus hat {} Fenster.\"}}",
                100 + i % 40
            )
            .unwrap();
        }
    });
    assert_eq!(answers.len(), 3000);
    for (i, answer) in answers.iter().enumerate() {
        let number = (100 + i % 40).to_string();
        assert!(answer.starts_with(&format!("{{\"id\":{i},")), "{answer}");
        assert!(field(answer, "translation").contains(&number), "{answer}");
    }
}

#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "English of the default dictionary"
)]
fn summaries_and_formats() {
    let text = std::fs::read_to_string("tests/golden/interview.txt").unwrap();
    let summary = std::fs::read_to_string("tests/golden/interview.summary").unwrap();
    let record = serde_json::json!({ "text": text }).to_string();
    let answer = answers("summarize", &[], move |stdin| {
        writeln!(stdin, "{record}\n{{\"text\":\"\"}}").unwrap();
    });
    assert_eq!(field(&answer[0], "summary"), summary.trim_end());
    assert!(field(&answer[1], "error").contains("nothing to summarise"));
    let answer = answers("translate", &["--input-format", "html"], |stdin| {
        writeln!(stdin, "{{\"text\":\"<p>Guten <b>Tag</b>!</p>\"}}").unwrap();
    });
    let page = field(&answer[0], "translation");
    assert!(page.starts_with("<p>") && page.ends_with("</p>"), "{page}");
    assert_eq!(page.matches("<b>").count(), 1, "{page}");
    assert!(!page.contains("Guten"), "{page}");
}

#[test]
fn a_closed_output_ends_the_work() {
    let mut worker = start("translate", &[]);
    drop(worker.stdout.take());
    let mut stdin = worker.stdin.take().unwrap();
    for _ in 0..10_000 {
        if stdin.write_all(b"{\"text\":\"Guten Tag!\"}\n").is_err() {
            break;
        }
    }
    drop(stdin);
    assert!(worker.wait().unwrap().success());
}

#[test]
fn a_glossary_is_honoured_and_warnings_are_in_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("terms.tsv");
    // The second cannot be in a translation: what is translated is one line without a tab.
    std::fs::write(&path, "Stadtwerke\tXylo Works\nBrücke\tA\u{a0}B\n").unwrap();
    let glossary = path.to_str().unwrap().to_owned();
    let german = "Der Bürgermeister lobt die Stadtwerke.";
    let french = "Le conseil municipal a décidé mardi soir de construire un nouveau pont sur la rivière. \
        Les travaux commenceront au mois de mai et dureront environ deux ans.";
    for program in ["translate", "summarize"] {
        let records = [german, french].map(|text| serde_json::json!({ "text": text }).to_string());
        let answers = answers(program, &["--glossary", &glossary], move |stdin| {
            writeln!(stdin, "{}", records.join("\n")).unwrap();
        });
        assert!(answers[0].contains("Xylo Works"), "{}", answers[0]);
        assert!(!answers[0].contains("warnings"), "{}", answers[0]);
        let answer: Value = serde_json::from_str(&answers[1]).unwrap();
        let warning = answer["warnings"][0].as_str().unwrap();
        assert!(warning.contains("record 2 looks like French"), "{warning}");
    }
}
