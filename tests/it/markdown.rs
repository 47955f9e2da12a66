//! Markdown and its extensions: what is no text stays, and what people read becomes English.

use degist::Document;
use degist::document::BlockTarget;
use degist::document::formats::markdown::MARKDOWN;
use degist::document::formats::yaml::YAML;
use proptest::prelude::*;

use crate::formats::{blocks, rewritten};
use crate::util::{case, run_with, written};

/// A file that is the same when nothing in it changes.
fn read(file: &str) -> Document {
    let document = MARKDOWN.read(file.as_bytes(), &[]).unwrap();
    assert_eq!(String::from_utf8(rewritten(&document)).unwrap(), file);
    document
}

fn read_case(name: &str) -> Document {
    read(&String::from_utf8(case(name)).unwrap())
}

#[test]
fn extensions_are_kept_and_their_texts_translated() {
    let document = read_case("27-erweiterungen.md");
    let english = [
        ("Titel", "Title"),
        ("Das ist ein Hinweis.", "This is a note."),
        ("Das ist eine Warnung.", "This is a warning."),
        ("Term", "Term"),
        (
            "Die Erklärung des Begriffs.",
            "The explanation of the term.",
        ),
        ("Das Haus", "The house"),
        (
            "Siehe https://x.de/pfad_mit_unterstrich_ für mehr.",
            "See https://x.de/pfad_mit_unterstrich_ for more.",
        ),
        ("Sprache des Netzes", "Language of the net"),
    ];
    assert_eq!(blocks(&document), english.map(|(german, _)| german));
    assert_eq!(
        written(&document, &english),
        "# Title\n\n> [!NOTE]\n> This is a note.\n\n::: warning\nThis is a warning.\n:::\n\nTerm\n: The explanation of the term.\n\n\
         {{< figure src=\"a.png\" title=\"The house\" >}}\n\nSee https://x.de/pfad_mit_unterstrich_ for more.\n\n*[HTML]: Language of the net\n"
    );
    for (file, expected) in [
        (
            "> [!info]- Ein Titel\n> Ein Text.\n",
            &["Ein Titel", "Ein Text."] as &[&str],
        ),
        (":::note\n\nEin Text.\n\n:::\n", &["Ein Text."]),
        ("!!! note\n    Ein Text.\n", &["Ein Text."]),
        (
            "!!! note\n\n    Ein Text.\n\n    Noch einer.\n\nUnd weiter.\n",
            &["Ein Text.", "Noch einer.", "Und weiter."],
        ),
        (
            "???+ warning \"Ein Titel\"\n\n    Ein Text.\n\n    - Ein Punkt\n\n            nein\n",
            &["Ein Titel", "Ein Text.", "Ein Punkt"],
        ),
        (
            "!!! tip inline \"Titel\"\n\tEin Text.\n\n\t!!! note\n\n\t\tIn ihm.\n",
            &["Titel", "Ein Text.", "In ihm."],
        ),
        (
            "=== \"Ein Reiter\"\r\n\r\n    Ein Text.\r\n\r\n=== \"Noch einer\"\r\n\r\n    ``` rust\r\n    nein\r\n    ```\r\n",
            &["Ein Reiter", "Ein Text.", "Noch einer"],
        ),
        (
            "Ein Text.\n\n    !!! note\n\n        nein\n",
            &["Ein Text."],
        ),
        (
            "```\n!!! note\n\n    nein\n```\nEin Text.\n",
            &["Ein Text."],
        ),
        (
            "Ein {{% badge %}}Wort{{% /badge %}} hier.\n",
            &["Ein Wort hier."],
        ),
        ("{% include a.html %}\n\nEin Text.\n", &["Ein Text."]),
        (
            "Siehe <https://a.de/b_c_> und www.x.de.\n",
            &["Siehe https://a.de/b_c_ und www.x.de."],
        ),
    ] {
        let document = read(file);
        assert_eq!(blocks(&document), expected, "{file}");
        let changed = written(&document, &[(expected[0], "It")]);
        for sign in [
            "[!info]-",
            ":::",
            "!!! note",
            "{{% badge %}}",
            "{{% /badge %}}",
            "{% include a.html %}",
        ] {
            assert_eq!(
                changed.matches(sign).count(),
                file.matches(sign).count(),
                "{changed}"
            );
        }
    }
}

#[test]
fn front_matter_pictures_and_html_are_read() {
    let document = read_case("frontmatter.md");
    let english = [
        ("Willkommen auf unserer Seite", "Welcome to our \"page\""),
        (
            "Eine kurze Beschreibung der Seite",
            "A short description: the page",
        ),
        ("Ein Bild vom Haus", "A picture of the house"),
        ("Das Haus", "The house"),
        ("Mehr anzeigen", "Show <more>"),
        ("Der verborgene Inhalt.", "The hidden content."),
        (
            "Dieser Absatz steht in der Mitte.",
            "This paragraph is in the middle.",
        ),
    ];
    assert_eq!(blocks(&document), english.map(|(german, _)| german));
    assert_eq!(
        written(&document, &english),
        "---\ntitle: \"Welcome to our \\\"page\\\"\"\ndescription: \"A short description: the page\"\n---\n\n\
         ![A picture of the house](haus.png \"The house\")\n\n<details>\n<summary>Show &lt;more&gt;</summary>\n\
         <p>The hidden content.</p>\n</details>\n\n<p align=\"center\">This paragraph is in the middle.</p>\n"
    );
    let toml = "+++\ntitle = \"Ein Titel\"\ndate = 2024-01-01\nslug = \"nein\"\n+++\n\nEin [Wort](a \"Ein Titel da\") mit <!-- nein --> Rest.\n";
    let document = read(toml);
    assert_eq!(
        blocks(&document),
        ["Ein Titel", "Ein Titel da", "Ein Wort mit Rest."]
    );
    let language = MARKDOWN
        .read(b"---\nlang: de\ntags: [a]\n---\n\nJa.\n", &[])
        .unwrap();
    assert!(rewritten(&language).starts_with(b"---\nlang: en\ntags: [a]\n---\n"));
}

#[test]
fn a_wrapped_paragraph_is_wrapped_again() {
    let file = "Die Zeitung berichtete gestern über den Streit im Rat der\nkleinen Stadt. Wer *Fragen* hat, kann am Donnerstag\nins Rathaus kommen.\n\n\
        > Ein Zitat, das über die ganze Breite der Seite läuft und\n> dann hier zu Ende ist.\n\nStadtwerke Bonn\nHauptstraße 17\n";
    let document = read(file);
    let text = blocks(&document)[0];
    let english = "The newspaper reported yesterday on the dispute in the council of the small town. Anyone who has *questions* can come on Thursday to the town hall.";
    let changed = written(&document, &[(text, english)]);
    let lines: Vec<&str> = changed.lines().collect();
    assert_eq!(lines[3], "", "{changed}");
    assert!(
        lines[..3].iter().all(|line| (10..80).contains(&line.len())),
        "{changed}"
    );
    assert!(changed.contains("\n> dann hier"), "{changed}");
    assert_eq!(
        blocks(&document)[2..],
        ["Stadtwerke Bonn", "Hauptstraße 17"]
    );
    // A line that begins like a list is none.
    let document = read(
        "Ein langer Satz mit vielen Worten, der umbrochen wird am\nEnde der Zeile und weitergeht.\n",
    );
    let changed = written(
        &document,
        &[(
            blocks(&document)[0],
            "A long sentence with many words, which is wrapped - at\u{a0}the - end of - the - line.",
        )],
    );
    assert_eq!(
        MARKDOWN.read(changed.as_bytes(), &[]).unwrap().blocks.len(),
        1,
        "{changed}"
    );
}

#[test]
fn catalogues_in_yaml() {
    let file = String::from_utf8(case("28-seite.yml")).unwrap();
    let document = YAML.read(file.as_bytes(), &[]).unwrap();
    assert_eq!(blocks(&document), ["Guten Tag", "Hallo %{name}"]);
    assert_eq!(
        written(
            &document,
            &[
                ("Guten Tag", "Good day"),
                ("Hallo %{name}", "Hello: %{name}")
            ]
        ),
        "en:\n  titel: \"Good day\"\n  text: \"Hello: %{name}\"\n"
    );
    let path = "tests/fixtures/cases/mini.yaml";
    let error = YAML.read(&case("mini.yaml"), &[]).unwrap_err().to_string();
    assert!(error.contains("--input-format yaml"), "{error}");
    let run = run_with("translate", &["--input-format", "yaml", path], "");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    for kept in [
        "titel: \"Welcome",
        "    url: /start\n",
        "beschreibung: >\n  We",
    ] {
        assert!(run.stdout.contains(kept), "{}", run.stdout);
    }
}

fn rewrites_all_letters(file: &str) -> Result<(), TestCaseError> {
    let document = MARKDOWN.read(file.as_bytes(), &[]).unwrap();
    prop_assume!(
        document
            .blocks
            .last()
            .is_some_and(|block| document.block_text(block) == "Ende")
    );
    let targets: Vec<BlockTarget> = (document.blocks.iter())
        .map(|block| {
            let text = document.block_text(block);
            let links = (0..text.split_whitespace().count() as u32)
                .map(Some)
                .collect();
            BlockTarget {
                text: text.replace("Ende", "End"),
                links,
            }
        })
        .collect();
    let again = String::from_utf8(document.write(&targets).unwrap()).unwrap();
    let letters = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
    };
    prop_assert_eq!(
        letters(&again),
        letters(&file.replace("Ende", "End")),
        "{}\n---\n{}",
        file,
        again
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Code that touches other code keeps its letters.
    #[test]
    fn any_code(text in "[ab `*\\n]{0,40}") {
        let file = format!("{text}\n\nEnde\n");
        rewrites_all_letters(&file)?;
    }

    /// Whatever the marks, no words are lost where a page is written anew.
    #[test]
    fn any_markdown(text in "[ -;=-~äöü\\n|#*_`>\\[\\]()\"',;\\t\\\\{}:>-]{0,120}") {
        // A reference to a control character is no text once it is one; what has no end may take in what follows.
        prop_assume!(!text.contains("&#") && !text.contains('<'));
        let file = format!("{text}\n\nEnde\n");
        rewrites_all_letters(&file)?;
    }
}
