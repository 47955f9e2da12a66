//! Folders of all kinds of files: what is prose is translated, the rest is left out and counted, and every file has its
//! own result.

use std::collections::BTreeMap;
use std::fs;

use crate::archive::{Archive, finish, names, tree};
use crate::util::{program, root, run, run_with};

/// A site as people have them.
const SITE: [(&str, &str); 8] = [
    ("_config.yml", "title: Meine Seite\nbaseurl: /de\n"),
    (
        "app.py",
        "def gruss(name):\n    return f\"Guten Tag, {name}\"\n",
    ),
    (
        "b.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><text>Haus und Garten</text></svg>",
    ),
    (
        "index.html",
        "<!DOCTYPE html><html lang=\"de\"><title>Seite</title><p>Guten Morgen.</p>",
    ),
    (
        "main.js",
        "// Zeigt eine Meldung an\nfunction hallo() { alert(\"Guten Tag\"); }\n",
    ),
    (
        "package.json",
        "{\"name\":\"startseite\",\"main\":\"index.js\"}\n",
    ),
    (
        "start.sh",
        "#!/bin/sh\n# Startet den Dienst\necho \"Der Dienst wird gestartet\"\n",
    ),
    (
        "style.css",
        "body { color: red; }\n/* Farbe der Überschrift */\n",
    ),
];

#[test]
fn files_that_are_no_prose_are_left_out() {
    let archive = Archive::new(&SITE);
    let run = archive.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(names(&archive.path("out")), ["index.html"]);
    for said in [
        "done              1\n",
        "skipped           7  ",
        "failed            0\n",
        "program text: 2",
        "style sheet: 1",
        "script: 1",
    ] {
        assert!(run.stderr.contains(said), "{said}: {}", run.stderr);
    }
    let plan = archive.run(&["--dry-run"]).stdout;
    assert!(
        plan.contains("skipped       in/app.py: program text\n"),
        "{plan}"
    );
    assert!(
        plan.contains("done          in/index.html -> out/index.html\n"),
        "{plan}"
    );
    assert!(
        plan.contains("skipped       in/_config.yml: a file of settings\n"),
        "{plan}"
    );
    // A run of the same folder that translates everything.
    let run = finish(archive.translate(&["in", "-o", "all", "--input-format", "text"]));
    assert_eq!(names(&archive.path("all")).len(), 8, "{}", run.stderr);
}

#[test]
fn the_rest_is_copied_where_that_is_wanted() {
    let archive = Archive::new(&SITE);
    let inputs = tree(&archive.path("in"));
    for (arguments, page, state) in [
        (
            &["--copy-rest"] as &[&str],
            "index.html",
            "copied            7\n",
        ),
        (&["--copy-rest"], "index.html", "8 unchanged"),
        (
            &["--copy-rest", "--format", "html"],
            "index.html.html",
            "copied            7\n",
        ),
    ] {
        let folder = if arguments.len() > 1 { "p" } else { "out" };
        let run = finish(archive.translate(&[&["in", "-o", folder], arguments].concat()));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains(state), "{}", run.stderr);
        let mut results = tree(&archive.path(folder));
        assert!(
            results.remove(std::path::Path::new(page)).is_some(),
            "{page}"
        );
        results.retain(|name, _| name.to_str() != Some("index.html"));
        for (name, bytes) in results {
            assert_eq!(Some(&bytes), inputs.get(&name), "{}", name.display());
        }
    }
}

#[test]
fn one_file_that_is_no_prose_is_an_error_with_advice() {
    let archive = Archive::new(&SITE);
    for (name, what) in [
        ("style.css", "a style sheet"),
        ("main.js", "program text"),
        ("b.svg", "a picture"),
        ("start.sh", "a script"),
        ("_config.yml", "settings"),
    ] {
        let run = finish(archive.translate(&[&format!("in/{name}")]));
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{name}");
        assert!(run.stderr.contains(what), "{}", run.stderr);
        assert!(run.stderr.contains("--input-format "), "{}", run.stderr);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    }
    let text = finish(archive.translate(&["in/style.css", "--input-format", "text"]));
    assert_eq!(text.code, Some(0), "{}", text.stderr);
}

/// 250 files of many kinds end well, and in a table.
#[test]
fn a_mixed_folder_ends_in_a_table() {
    let archive = Archive::new(&[]);
    let kinds: [(&str, &[u8], &str); 25] = [
        ("txt", b"Guten Tag!\n", "done"),
        ("md", b"# Titel\n\nDas ist ein Satz.\n", "done"),
        ("html", b"<p>Guten Morgen.</p>", "done"),
        ("", b"Das Wetter ist heute sch\xc3\xb6n.\n", "done"),
        (
            "de",
            b"Eine Datei mit fremder Endung, aber ein Text.\n",
            "done",
        ),
        ("srt", b"1\n00:00:01,000 --> 00:00:02,000\nJa.\n", "done"),
        ("csv", b"id,text\n1,Ja\n", "done"),
        ("jsonl", b"{\"text\":\"Ja\"}\n", "done"),
        ("css", b"a { b: c }", "skipped"),
        ("js", b"var a = 1;", "skipped"),
        ("py", b"import os", "skipped"),
        ("sh", b"ls", "skipped"),
        ("svg", b"<svg/>", "skipped"),
        ("png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "skipped"),
        ("jpg", b"\xff\xd8\xff\xe0", "skipped"),
        ("zip", b"PK\x03\x04", "skipped"),
        ("tar", b"\0\0\0", "skipped"),
        ("toml", b"[a]\nb = 1\n", "skipped"),
        ("mp3", b"ID3", "skipped"),
        ("woff2", b"wOF2", "skipped"),
        ("exe", b"MZ\0\0", "skipped"),
        ("xyz", b"{\"a\": [1, 2]}", "skipped"),
        ("unbekannt", b"\0\x01\x02\x03\xff\xfe", "skipped"),
        ("doc", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "skipped"),
        ("sqlite", b"SQLite format 3\0", "skipped"),
    ];
    let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
    // As programs made them.
    const FIXTURES: [(&str, &[&str]); 3] = [
        (
            "office",
            &[
                "bericht.xlsx",
                "brief.docx",
                "brief.odt",
                "bruecke.odt",
                "bruecke.pptx",
                "hund.ods",
                "hund.xlsx",
                "kasse.ods",
                "kasse.xlsx",
                "vortrag.odp",
                "vortrag.pptx",
            ],
        ),
        ("formats", &["brief.pdf", "bruecke.docx", "buch.epub"]),
        (
            "cases",
            &[
                "28-a.xlf",
                "28-app.po",
                "28-app.properties",
                "28-brief.eml",
                "28-doku.rst",
                "28-film.ass",
                "28-i18n.json",
                "28-text.tex",
                "mini.rtf",
                "style.vtt",
                "27-erweiterungen.md",
            ],
        ),
    ];
    for i in 0..5 {
        for (kind, (ending, bytes, what)) in kinds.iter().enumerate() {
            let dot = if ending.is_empty() { "" } else { "." };
            let path = archive.path(&format!("in/{i}/datei{kind}{dot}{ending}"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
            *expected.entry(what).or_default() += 1;
        }
        for (folder, names) in FIXTURES {
            for name in names {
                let from = root().join("tests/fixtures").join(folder).join(name);
                fs::copy(from, archive.path(&format!("in/{i}/{folder}-{name}"))).unwrap();
                *expected.entry("done").or_default() += 1;
            }
        }
    }
    let run = archive.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    for (what, files) in &expected {
        let row = format!("{what:<12}{files:>7}");
        assert!(run.stderr.contains(&row), "{row}: {}", run.stderr);
    }
    assert_eq!(expected.values().sum::<usize>(), 250);
    assert!(
        run.stderr.contains("failed            0\n"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.lines().count() < 8, "{}", run.stderr);
    assert_eq!(names(&archive.path("out")).len(), expected["done"]);
}

#[test]
fn files_of_two_inputs_keep_the_names_of_their_folders() {
    let archive = Archive::new(&[
        ("a/README.md", "Hallo Welt.\n"),
        ("b/README.md", "Guten Tag.\n"),
        ("b/x.md", "Ja.\n"),
    ]);
    archive.write("other/a/README.md", "Gute Nacht.\n");
    let results = |inputs: &[&str], folder: &str| {
        let run = finish(archive.translate(&[inputs, &["-o", folder]].concat()));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        names(&archive.path(folder))
    };
    assert_eq!(
        results(&["in/a", "in/b"], "1"),
        ["a/README.md", "b/README.md", "b/x.md"]
    );
    assert_eq!(
        results(&["in/a/README.md", "in/b/README.md", "in/b/x.md"], "2"),
        ["a/README.md", "b/README.md", "x.md"]
    );
    assert_eq!(
        results(&["in/a", "other/a"], "3"),
        ["in/a/README.md", "other/a/README.md"]
    );
    // Nothing is alike: no more folders than before.
    assert_eq!(results(&["in/a", "in/b/x.md"], "4"), ["README.md", "x.md"]);
    let twice = finish(archive.translate(&["in/a", "in/a", "-o", "5"]));
    assert_eq!(twice.code, Some(2), "{}", twice.stderr);
}

#[test]
fn a_dry_run_needs_no_output() {
    let archive = Archive::new(&[
        ("a.txt", "Ja.\n"),
        ("b.png", "\u{89}PNG"),
        ("c/d.md", "Ja.\n"),
    ]);
    let run = finish(archive.translate(&["--dry-run", "in"]));
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let expected =
        "new           in/a.txt\nskipped       in/b.png: a picture\nnew           in/c/d.md\n";
    assert_eq!(run.stdout, expected);
    let alone = finish(archive.translate(&["--dry-run", "in/b.png"])).stdout;
    assert!(
        alone.starts_with("unreadable    in/b.png: a picture; "),
        "{alone}"
    );
}

#[test]
fn results_are_named_by_a_template() {
    let archive = Archive::new(&[
        ("a.txt", "Ja.\n"),
        ("b/c.tar.md", "Nein.\n"),
        ("LIESMICH", "Danke.\n"),
    ]);
    let beside = ["in", "-o", "in", "--name", "{stem}.en.{ext}"];
    for done in ["3 files done", "0 files done, 3 unchanged"] {
        let run = finish(archive.translate(&beside));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains(done), "{}", run.stderr);
        assert_eq!(
            names(&archive.path("in")),
            [
                "LIESMICH",
                "LIESMICH.en",
                "a.en.txt",
                "a.txt",
                "b/c.tar.en.md",
                "b/c.tar.md"
            ]
        );
    }
    // What another hand wrote there is not overwritten.
    let archive = Archive::new(&[("a.txt", "Ja.\n"), ("a.en.txt", "Oh.\n")]);
    let run = finish(archive.translate(&beside));
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert_eq!(archive.read("in/a.en.txt"), "Oh.\n");
    for (template, said) in [
        ("{lang}", "{stem}"),
        ("en.txt", "one name"),
        ("x/{stem}", "folders"),
    ] {
        let run = finish(archive.translate(&["in", "-o", "out", "--name", template]));
        assert_eq!(run.code, Some(2));
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
}

#[test]
fn a_text_can_be_an_argument() {
    let expected = crate::util::translate("Guten Tag!\n");
    for arguments in [["-t", "Guten Tag!"], ["--text", "Guten Tag!"]] {
        let run = run_with("translate", &arguments, "");
        assert_eq!(
            (run.code, run.stdout.as_str(), run.stderr.as_str()),
            (0, expected.as_str(), "")
        );
    }
    let html = run_with(
        "translate",
        &["-t", "<p>Guten Tag!</p>", "--input-format", "html"],
        "",
    );
    assert_eq!(html.stdout, format!("<p>{}</p>\n", expected.trim()));
    let summary = run_with("summarize", &["-t", "Das Wetter ist heute schön."], "");
    assert_eq!(summary.code, 0, "{}", summary.stderr);
    assert!(summary.stdout.contains("weather"), "{}", summary.stdout);
    let both = run(program("translate").args(["-t", "Ja.", "a.txt"]));
    assert_eq!(both.code, 2);
}
