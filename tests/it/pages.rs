//! PDF files: the text in reading order, without what is only on the pages.

use degist::document::formats::pdf::PDF;

use crate::formats::blocks;
use crate::util::{case, root};

fn text(name: &str) -> String {
    PDF.read(&case(name), &[]).unwrap().text
}

#[test]
fn columns_are_read_one_after_the_other() {
    assert_eq!(
        text("38-spalten.pdf"),
        "Neues aus der Stadt\n\n\
        Die Bundesregierung hat am Mittwoch ein neues Gesetz beschlossen. Es gilt ab dem 1. Januar für alle Bürgerinnen und Bürger.\n\n\
        Die Opposition kritisierte den Plan scharf. Er gehe nicht weit genug, sagte ein Sprecher am Abend in Berlin.\n\n\
        Die Kosten liegen bei 3,5 Mio. Euro im Jahr. Das Geld kommt aus dem Haushalt der Länder.\n\n\
        Der zweite Teil beginnt auf der neuen Seite und endet hier.\n\n\
        • Erster Punkt der Liste\n• Zweiter Punkt der Liste\n\n\
        Ort          Preis\nKöln         12,50 €\nBonn          9,00 €\n"
    );
    let two = text("39-absatz.pdf");
    let order = [
        "Bahnhof wird verkauft",
        "Die Stadt hat am Mittwoch beschlossen, den alten Bahnhof zu verkaufen.",
        "Schulen hoffen",
    ];
    let places: Vec<usize> = order
        .iter()
        .map(|part| two.find(part).unwrap_or_else(|| panic!("{part}: {two}")))
        .collect();
    assert!(places.is_sorted(), "{two}");
}

#[test]
fn a_sentence_goes_on_over_the_page_number() {
    let document = PDF.read(&case("40-seitenzahl.pdf"), &[]).unwrap();
    assert_eq!(
        blocks(&document),
        [
            "Dieser Satz beginnt auf der ersten Seite des Berichts und geht auf der zweiten Seite weiter, bevor er endet.",
            "Danach kommt ein neuer Satz."
        ]
    );
}

#[test]
fn one_bad_page_does_not_end_the_file() {
    let bytes = std::fs::read(root().join("tests/fixtures/cases/40-seitenzahl.pdf")).unwrap();
    // The content of the second page is not there.
    let content = String::from_utf8_lossy(&bytes).rfind("/Contents ").unwrap();
    let mut damaged = bytes.clone();
    damaged[content + 10] = b'9';
    damaged[content + 11] = b'9';
    let document = PDF.read(&damaged, &[]).unwrap();
    assert_eq!(document.flaws.len(), 1, "{:?}", document.flaws);
    assert!(
        document.flaws[0].to_string().contains("page "),
        "{:?}",
        document.flaws
    );
    assert!(
        document.text.contains("Dieser Satz beginnt") != document.text.contains("zweiten Seite"),
        "{}",
        document.text
    );
    assert!(!text("38-spalten.pdf").contains('\0'));
}
