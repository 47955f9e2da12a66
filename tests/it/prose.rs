//! reStructuredText, AsciiDoc and LaTeX: prose is translated, what is not understood stays.

use degist::document::FileFormat;
use degist::document::formats::prose::{ASCIIDOC, LATEX, RST};
use proptest::prelude::*;

use crate::formats::{blocks, read_same as read, rewritten};
use crate::util::{case_text as text, written};

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
        NOTE: Ein Hinweis.\n\nTerm:: Die Erklärung.\n\nimage::a.png[Nein]\n\n// Nein\n\n|===\n|Zelle\n|===\n\nSiehe <<ende>> und {version}.\n";
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
            "Zelle",
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

#[test]
fn tables_of_asciidoc() {
    let file = "[cols=\"1,2a\"]\n|===\n|Stadt |Einwohner im Jahr\n\n|Köln\n|1 Million\n\n2+|Eine Zeile\nüber zwei Spalten\n\n\
        l|nein\nnein\na|* Ein Punkt\n\n----\nnein\n----\n|A \\| B und C\n|===\n\n[format=csv]\n|===\nnein,nein\n|===\n\nEnde.\n";
    let document = read(ASCIIDOC, file);
    assert_eq!(
        blocks(&document),
        [
            "Stadt",
            "Einwohner im Jahr",
            "Köln",
            "1 Million",
            "Eine Zeile über zwei Spalten",
            "* Ein Punkt",
            "A \\| B und C",
            "Ende."
        ]
    );
    let english = written(
        &document,
        &[
            ("Stadt", "City"),
            ("Eine Zeile über zwei Spalten", "One row across two columns"),
            ("Ende.", "End."),
        ],
    );
    for part in [
        "|City |Einwohner im Jahr\n",
        "2+|One row\nacross two columns\n\nl|nein\nnein\n",
        "|===\n\nEnd.\n",
    ] {
        assert!(english.contains(part), "{part:?} in {english}");
    }
    for odd in [
        "|===\n|Ein Haus\n",
        "|===\n",
        "|===\n||\n|===\n",
        "|===\nEin Haus\n|===\n",
        "|===\n----\n|===\n",
    ] {
        read(ASCIIDOC, odd);
    }
}

#[test]
fn footnotes_of_latex() {
    let file = "Der Text\\footnote{Eine \\emph{kurze} Anmerkung.} geht weiter.\n\nEin Satz.\\footnote[2]{Siehe Kapitel 2.\n\nNoch ein Absatz.}\n\n\
        \\section{Titel\\footnote{Zum Titel.}}\n\\footnotetext{Nur eine Anmerkung.}\n";
    let document = read(LATEX, file);
    let english = [
        ("Der Text geht weiter.", "The text goes on."),
        ("Eine kurze Anmerkung.", "A short note."),
        ("Ein Satz.", "A sentence."),
        ("Siehe Kapitel 2.", "See chapter 2."),
        ("Noch ein Absatz.", "One more paragraph."),
        ("Titel", "Title"),
        ("Zum Titel.", "On the title."),
        ("Nur eine Anmerkung.", "Just a note."),
    ];
    assert_eq!(blocks(&document), english.map(|(german, _)| german));
    assert_eq!(
        written(&document, &english),
        "The text\\footnote{A \\emph{short} note.} goes on.\n\nA sentence.\\footnote[2]{See chapter 2.\n\nOne more paragraph.}\n\n\
         \\section{Title\\footnote{On the title.}}\n\\footnotetext{Just a note.}\n"
    );
    for odd in [
        "Ein Haus\\footnote{ohne Ende",
        "Ein Haus\\footnote{a {b} c",
        "\\footnote{}",
        "\\footnote",
        "Ein\\footnote{Haus\\footnote{Baum}}",
        "\\emph{Ein\\footnote{Haus}} Baum",
        "\\title{Ein Titel\\thanks{Ein Dank}}\n\\begin{document}\nJa\n\\end{document}\n",
        "Ein\\footnote{Haus \\begin{itemize}\\item Baum\\end{itemize}} da",
        "Ein\\footnote{Haus} % \\footnote{nein}\n",
    ] {
        read(LATEX, odd);
    }
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
