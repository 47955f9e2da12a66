//! reStructuredText, AsciiDoc and LaTeX: prose is translated, what is not understood stays.

use degist::Document;
use degist::document::FileFormat;
use degist::document::formats::prose::{ASCIIDOC, LATEX, RST};
use proptest::prelude::*;

use crate::formats::{blocks, rewritten};
use crate::util::{case, written};

/// A file that is the same when nothing in it changes.
fn read(format: FileFormat, file: &str) -> Document {
    let document = format.read(file.as_bytes(), &[]).unwrap();
    assert_eq!(String::from_utf8(rewritten(&document)).unwrap(), file);
    document
}

fn text(name: &str) -> String {
    String::from_utf8(case(name)).unwrap()
}

#[test]
fn restructuredtext() {
    let document = read(RST, &text("mini.rst"));
    let english = [
        ("Einleitung", "A long introduction"),
        (
            "Siehe :doc:`installation` und ``code`` für weitere Details.",
            "See :doc:`installation` and ``code`` for more details.",
        ),
        ("Das ist ein Hinweis.", "This is a note."),
        ("Erster Punkt", "First point"),
        ("Zweiter Punkt", "Second point"),
    ];
    assert_eq!(blocks(&document), english.map(|(german, _)| german));
    assert_eq!(
        written(&document, &english),
        "A long introduction\n===================\n\nSee :doc:`installation` and ``code`` for *more* details.\n\n.. note::\n\n   This is a note.\n\n\
         .. code-block:: python\n\n   print(\"Hallo Welt\")\n\n* First point\n* Second point\n"
    );
    assert_eq!(
        blocks(&read(RST, &text("28-doku.rst"))),
        [
            "Überschrift",
            "Das ist ein Text mit ``code`` und einem Link.",
            "Erster Punkt",
            "Zweiter Punkt"
        ]
    );
    let file = "=====\nTitel\n=====\n\n.. Ein Kommentar\n   geht weiter\n\n.. image:: a.png\n   :alt: Nein\n\nSo geht es::\n\n    nein\n\n\
        :Autor: Nein\n\n1. Eins\n   geht weiter\n#. Zwei\n\n=====  =====\nNein   Nein\n=====  =====\n\n+---+\n| N |\n+---+\n\n\
        .. warning::\n   :class: x\n\n   Achtung bei |x| und [1]_.\n\n>>> nein\n\nEnde.\n";
    assert_eq!(
        blocks(&read(RST, file)),
        [
            "Titel",
            "So geht es:",
            "Eins geht weiter",
            "Zwei",
            "Achtung bei |x| und [1]_.",
            "Ende."
        ]
    );
}

#[test]
fn asciidoc() {
    let file = "= Handbuch\nEva Sommer <eva@b.de>\n:toc: left\n\n== Einleitung\n\nSiehe https://a.de/b[die Seite] und `code` für *mehr*.\n\n\
        [source,java]\n----\nnein\n----\n\n.Ein Titel\n====\nEin Beispiel.\n====\n\n* Erster Punkt\n** Zweiter Punkt\n. Dritter\n\n\
        NOTE: Ein Hinweis.\n\nTerm:: Die Erklärung.\n\nimage::a.png[Nein]\n\n// Nein\n\n|===\n|Nein\n|===\n\nSiehe <<ende>> und {version}.\n";
    let document = read(ASCIIDOC, file);
    assert_eq!(
        blocks(&document),
        [
            "Handbuch",
            "Eva Sommer <eva@b.de>",
            "Einleitung",
            "Siehe die Seite und `code` für mehr.",
            "Ein Titel",
            "Ein Beispiel.",
            "Erster Punkt",
            "Zweiter Punkt",
            "Dritter",
            "Ein Hinweis.",
            "Term",
            "Die Erklärung.",
            "Siehe <<ende>> und {version}.",
        ]
    );
    let english = written(
        &document,
        &[
            (
                "Siehe die Seite und `code` für mehr.",
                "See the page and `code` for more.",
            ),
            ("Ein Hinweis.", "A note."),
            ("Die Erklärung.", "The explanation."),
        ],
    );
    for part in [
        "See https://a.de/b[the page] and `code` for *more*.\n",
        "NOTE: A note.\n",
        "Term:: The explanation.\n",
    ] {
        assert!(english.contains(part), "{part} in {english}");
    }
}

#[test]
fn latex() {
    let document = read(LATEX, &text("28-text.tex"));
    let english = [
        ("Einleitung", "Introduction"),
        (
            "Das ist ein wichtiger Text mit $a^2$ und \\cite{mueller2019}.",
            "This is an important text with $a^2$ and \\cite{mueller2019}.",
        ),
        ("Erster Punkt", "First 50 % & “point”"),
    ];
    assert_eq!(blocks(&document), english.map(|(german, _)| german));
    assert_eq!(
        written(&document, &english),
        "\\section{Introduction}\nThis is an \\textbf{important} text with $a^2$ and \\cite{mueller2019}.\n% Kommentar\n\
         \\begin{itemize}\n\\item First 50 \\% \\& ``point''\n\\end{itemize}\n"
    );
    let mini = text("mini.tex");
    assert_eq!(FileFormat::by_content(mini.as_bytes()), LATEX);
    let document = read(LATEX, &mini);
    assert_eq!(
        blocks(&document),
        [
            "Einleitung",
            "Diese Arbeit untersucht die Wirkung von Koffein \\cite{mueller2019}, siehe Abbildung\u{a0}\\ref{fig:kaffee}.",
            "Die Formel $E=mc^2$ ist sehr bekannt.",
            "Erster Punkt",
            "Zweiter Punkt",
        ]
    );
    let file = "\\title{Ein Titel}\nSch\\\"one \\\"{A}pfel, Stra\\ss e, \"`Zitat\"' und 5\\,\\%.\n\n\\begin{lstlisting}\nnein\n\\end{lstlisting}\n\
        \\[ x = nein \\]\n\\begin{figure}\n\\includegraphics[width=3cm]{nein}\n\\caption{Ein Bild mit \\emph{Rand}}\n\\label{nein}\n\\end{figure}\n\
        Siehe \\href{https://a.de}{die Seite} und \\verb|nein|.\n\\begin{tabular}{ll}\nEins & Zwei \\\\\n\\end{tabular}\n";
    assert_eq!(
        blocks(&read(LATEX, file)),
        [
            "Ein Titel",
            "Schöne Äpfel, Straße, „Zitat“ und 5%.",
            "Ein Bild mit Rand",
            "Siehe die Seite und \\verb|nein|.",
            "Eins",
            "Zwei",
        ]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// No text makes a reader of any format panic, and nothing changes where nothing is translated.
    #[test]
    fn any_text(text in "[ -~äöü\\n|#*_`<>\\[\\]()\"',;\\t\\\\{}:=.$%&-]{0,160}") {
        prop_assume!(!text.contains("&#"));
        for format in FileFormat::all() {
            let is_own = ["html", "markdown", "docx", "epub", "pdf", "rtf", "yaml", "po", "vtt", "ttml", "text"];
            for file in [text.clone(), format!("[Script Info]\n[Events]\n{text}"), format!("msgid \"a\"\nmsgstr \"{text}"), format!("From: a\n\n{text}")] {
                let Ok(document) = format.read(file.as_bytes(), &[]) else {
                    continue;
                };
                let again = rewritten(&document);
                if !is_own.contains(&format.name) && format.is_written {
                    prop_assert_eq!(String::from_utf8_lossy(&again), file, "{:?}", format);
                }
            }
        }
    }
}
