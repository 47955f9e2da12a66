//! Word documents: fields, content controls and other markup within paragraphs, however the XML is written.

use std::io::{Cursor, Read};

use degist::Document;
use degist::document::formats::docx::DOCX;
use degist::document::{BlockTarget, DocumentError};
use proptest::prelude::*;
use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

use crate::formats::{blocks, rewritten};
use crate::util::package;

const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// A document with this body, which has `w:` for elements of Word.
fn document(body: &str) -> String {
    format!("<w:document xmlns:w=\"{WORD}\"><w:body>{body}</w:body></w:document>")
}

fn read_xml(xml: &str) -> Document {
    DOCX.read(&package(&[("word/document.xml", xml)]), &[])
        .unwrap()
}

fn main_part(package: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(package)).unwrap();
    let mut text = String::new();
    let mut file = archive.by_name("word/document.xml").unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

/// The content of a part: elements other than runs and their properties, which may be split, texts and field parts.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    text: String,
    instructions: String,
    /// Letters for the parts of fields: `(`, `|`, `)`.
    fields: String,
    elements: Vec<String>,
}

/// Reads a part as strictly as Word does.
fn seen(xml: &str) -> Seen {
    let mut reader = NsReader::from_str(xml);
    let mut seen = Seen::default();
    let mut inside = Vec::new();
    // The fields that are open.
    let mut has_result: Vec<bool> = Vec::new();
    loop {
        let (namespace, event) = reader.read_resolved_event().expect(xml);
        let is_unbound = !matches!(namespace, ResolveResult::Bound(_));
        match &event {
            Event::Start(tag) | Event::Empty(tag) => {
                assert!(!is_unbound, "{tag:?} in {xml}");
                let name = tag.local_name().as_ref().to_owned();
                if name == "fldChar" {
                    let attributes = tag.attributes().map(Result::unwrap);
                    let kind = attributes
                        .filter(|attribute| attribute.key.local_name().as_ref() == "fldCharType")
                        .map(|attribute| attribute.value);
                    for kind in kind {
                        seen.fields.push(match &*kind {
                            "begin" => '(',
                            "separate" => '|',
                            _ => ')',
                        });
                        match &*kind {
                            "begin" => has_result.push(false),
                            "separate" => has_result
                                .iter_mut()
                                .rev()
                                .take(1)
                                .for_each(|has| *has = true),
                            _ => drop(has_result.pop()),
                        }
                    }
                }
                if !["r", "t", "rPr", "b"].contains(&name.as_str()) {
                    seen.elements.push(name.clone());
                }
                if matches!(event, Event::Start(_)) {
                    inside.push(name);
                }
            }
            Event::End(_) => {
                inside.pop();
            }
            Event::Text(text) => match inside.last().map(String::as_str) {
                Some("t") if has_result.contains(&false) => seen.instructions.push_str(text),
                Some("t") => seen.text.push_str(text),
                Some("instrText") => seen.instructions.push_str(text),
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(inside.is_empty(), "{xml}");
    seen
}

/// A run with text.
fn run(text: &str) -> String {
    format!("<w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r>")
}

/// A part of a field.
fn part(kind: &str) -> String {
    format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>")
}

fn instruction(text: &str) -> String {
    format!("<w:r><w:instrText>{text}</w:instrText></w:r>")
}

/// A field with its result.
fn field(head: &str, result: &str) -> String {
    [
        &part("begin"),
        head,
        &part("separate"),
        result,
        &part("end"),
    ]
    .concat()
}

fn paragraph(content: &str) -> String {
    format!("<w:p>{content}</w:p>")
}

/// Reads a body, holds its blocks against `expected`, and that nothing changes if the blocks stand for themselves.
#[track_caller]
fn assert_kept(body: &str, expected: &[&str]) {
    let xml = document(body);
    let read = read_xml(&xml);
    assert_eq!(blocks(&read), expected, "{body}");
    let again = main_part(&rewritten(&read));
    assert_eq!(seen(&again), seen(&xml), "{again}");
}

#[test]
fn fields_in_fields_are_kept() {
    let pages = field(&instruction(" NUMPAGES "), &run("7"));
    let sum = field(
        &[&instruction(" = "), pages.as_str(), &instruction(" - 1 ")].concat(),
        &run("6"),
    );
    assert_kept(
        &paragraph(&[&run("Es sind "), sum.as_str(), &run(" Seiten.")].concat()),
        &["Es sind 6 Seiten."],
    );
    // The inner field has its result in the outer instruction, which nobody reads.
    let page = field(&instruction(" PAGE "), &run("eins"));
    let choice = field(
        &[
            &instruction(" IF "),
            page.as_str(),
            &instruction(" = 1 \"a\" \"b\" "),
        ]
        .concat(),
        &run("a"),
    );
    assert_kept(
        &paragraph(&[&run("Fall "), choice.as_str(), &run(" gilt.")].concat()),
        &["Fall a gilt."],
    );
    // A field in the result of a link, and one without a result.
    let link = field(
        &instruction(" HYPERLINK \\l \"ziel\" "),
        &[&run("Siehe Seite "), page.as_str()].concat(),
    );
    let mark = [part("begin"), instruction(" XE \"Brot\" "), part("end")].concat();
    assert_kept(
        &paragraph(&[&link, mark.as_str(), &run(" im Buch.")].concat()),
        &["Siehe Seite eins im Buch."],
    );
}

#[test]
fn fields_over_several_paragraphs_are_kept() {
    let entry = |text: &str| field(&instruction(" HYPERLINK \\l \"a\" "), &run(text));
    let body = [
        paragraph(
            &[
                part("begin"),
                instruction(" TOC \\o "),
                part("separate"),
                entry("Erstes Kapitel"),
            ]
            .concat(),
        ),
        paragraph(&entry("Zweites Kapitel")),
        paragraph(&[entry("Drittes Kapitel"), part("end")].concat()),
    ]
    .concat();
    assert_kept(
        &body,
        &["Erstes Kapitel", "Zweites Kapitel", "Drittes Kapitel"],
    );
}

#[test]
fn the_instruction_of_a_field_may_stand_in_several_runs() {
    let link = field(
        &[instruction(" HYPER"), instruction("LINK \"x\" ")].concat(),
        &run("unserer Seite"),
    );
    assert_kept(
        &paragraph(&[&run("Mehr auf "), link.as_str(), &run(".")].concat()),
        &["Mehr auf unserer Seite."],
    );
    let document = read_xml(&document(&paragraph(&link)));
    assert!(document.blocks[0].marks.len() == 1, "{document:?}");
}

/// What a translator would do with these fields is not known; that nothing is lost is.
#[test]
fn fields_across_elements_are_kept() {
    let insertion = |content: &str| format!("<w:ins w:id=\"1\" w:author=\"A\">{content}</w:ins>");
    let begin = [part("begin"), instruction(" REF a "), part("separate")].concat();
    for content in [
        [
            insertion(&begin),
            run("Ziel"),
            part("end"),
            run(" ist erreicht."),
        ]
        .concat(),
        [
            run("Das "),
            begin.clone(),
            insertion(&[run("Ziel"), part("end")].concat()),
            run(" ist erreicht."),
        ]
        .concat(),
        [
            run("Das "),
            part("begin"),
            insertion(&[instruction(" PAGE "), part("separate")].concat()),
            run("Ziel"),
            part("end"),
            run(" ist erreicht."),
        ]
        .concat(),
    ] {
        let xml = document(&paragraph(&content));
        let read = read_xml(&xml);
        let target = BlockTarget {
            text: "erreicht. ist Ziel Das".into(),
            links: vec![Some(3), Some(2), Some(1), Some(0)],
        };
        let text = seen(&main_part(&read.write(&[target]).unwrap()));
        assert_eq!(text.fields, "(|)", "{content}");
        assert_eq!(seen(&main_part(&rewritten(&read))), seen(&xml));
    }
}

#[test]
fn content_controls_are_translated() {
    let control = |content: &str| {
        format!(
            "<w:sdt><w:sdtPr><w:alias w:val=\"Anrede\"/><w:text/></w:sdtPr><w:sdtEndPr/>\
             <w:sdtContent>{content}</w:sdtContent></w:sdt>"
        )
    };
    assert_kept(
        &paragraph(
            &[
                &run("Das ist "),
                control(&run("ein Feld")).as_str(),
                &run("."),
            ]
            .concat(),
        ),
        &["Das ist ein Feld."],
    );
    assert_kept(
        &paragraph(&control(&run("Nur ein Feld"))),
        &["Nur ein Feld"],
    );
    assert_kept(
        &paragraph(&control(
            &[run("Ein "), control(&run("Feld im")), run(" Feld")].concat(),
        )),
        &["Ein Feld im Feld"],
    );
    let empty = "<w:sdt><w:sdtPr/><w:sdtContent/></w:sdt><w:sdt/><w:sdt><w:sdtPr/></w:sdt>";
    assert_kept(
        &paragraph(&[empty, &run("Ein Wort"), empty].concat()),
        &["Ein Wort"],
    );
    // Around whole paragraphs.
    assert_kept(&control(&paragraph(&run("Ein Absatz"))), &["Ein Absatz"]);
}

#[test]
fn markup_within_paragraphs_is_kept() {
    for (content, text) in [
        (
            "<w:smartTag w:element=\"city\"><w:smartTagPr><w:attr w:name=\"a\" w:val=\"b\"/></w:smartTagPr><w:r><w:t>Bremen</w:t></w:r></w:smartTag>",
            "Bremen",
        ),
        (
            "<w:customXml w:element=\"x\"><w:customXmlPr/><w:r><w:t>Ein Haus</w:t></w:r></w:customXml>",
            "Ein Haus",
        ),
        (
            "<w:hyperlink w:anchor=\"a\"><w:ins w:id=\"1\"><w:r><w:t>Ein </w:t></w:r></w:ins><w:r><w:t>Haus</w:t></w:r></w:hyperlink>",
            "Ein Haus",
        ),
        (
            "<w:del w:id=\"1\"><w:r><w:delText>Kein</w:delText></w:r></w:del><w:ins w:id=\"2\"><w:r><w:t>Ein</w:t></w:r></w:ins><w:r><w:t xml:space=\"preserve\"> Haus</w:t></w:r>",
            "Ein Haus",
        ),
        (
            "<w:moveFrom w:id=\"1\"><w:r><w:t>Kein</w:t></w:r></w:moveFrom><w:moveTo w:id=\"2\"><w:r><w:t>Ein Haus</w:t></w:r></w:moveTo>",
            "Ein Haus",
        ),
        (
            "<w:r><w:t>Seite </w:t></w:r><w:fldSimple w:instr=\" PAGE \"><w:r><w:t>7</w:t></w:r></w:fldSimple>",
            "Seite 7",
        ),
        (
            "<w:fldSimple w:instr=' HYPERLINK \"x\" '><w:r><w:t>Unsere Seite</w:t></w:r></w:fldSimple>",
            "Unsere Seite",
        ),
        (
            "<w:r><w:t>Ein</w:t></w:r><mc:AlternateContent xmlns:mc=\"urn:mc\"><mc:Choice Requires=\"x\"><w:r><w:t>Nein</w:t></w:r></mc:Choice><mc:Fallback/></mc:AlternateContent><w:r><w:t xml:space=\"preserve\"> Haus</w:t></w:r>",
            "Ein Haus",
        ),
        (
            "<w:r><w:t>Ein</w:t><m:r xmlns:m=\"urn:m\"><m:t>x</m:t></m:r><w:t xml:space=\"preserve\"> Haus</w:t></w:r>",
            "Ein Haus",
        ),
        (
            "<w:bookmarkStart w:id=\"1\" w:name=\"a\"/><w:r><w:t>Ein</w:t></w:r><w:bookmarkEnd w:id=\"1\"/><w:r><w:t xml:space=\"preserve\"> Haus</w:t></w:r>",
            "Ein Haus",
        ),
        (
            "<w:bdo w:val=\"ltr\"><w:r><w:t><![CDATA[A < B & C ist wahr]]></w:t></w:r></w:bdo>",
            "A < B & C ist wahr",
        ),
    ] {
        let xml = document(&paragraph(content));
        let read = read_xml(&xml);
        assert_eq!(blocks(&read), [text], "{content}");
        let again = seen(&main_part(&rewritten(&read)));
        assert_eq!(again.elements, seen(&xml).elements, "{content}");
    }
}

/// The same document under other prefixes, quotes and spaces reads the same and comes back as good XML.
#[test]
fn any_way_to_write_the_xml_will_do() {
    let body = [
        paragraph(
            &[
                &run("Es sind "),
                field(&instruction(" = "), &run("sechs")).as_str(),
                "<w:r><w:rPr><w:b/><w:lang w:val=\"de-DE\"/></w:rPr><w:t> wichtige</w:t></w:r>",
                &run(" Seiten"),
            ]
            .concat(),
        ),
        "<w:tbl><w:tr><w:tc><w:p><w:pPr><w:pStyle w:val=\"Heading1\"/></w:pPr>".to_owned()
            + &run("Ein Titel")
            + "</w:p></w:tc></w:tr></w:tbl>",
    ]
    .concat();
    let usual = document(&body);
    let expected = read_xml(&usual);
    assert_eq!(
        blocks(&expected),
        ["Es sind sechs wichtige Seiten", "Ein Titel"]
    );
    let strict = "http://purl.oclc.org/ooxml/wordprocessingml/main";
    for xml in [
        usual
            .replace("w:", "ns0:")
            .replace("xmlns:w=", "xmlns:ns0="),
        // Attributes without a prefix are in no namespace.
        usual
            .replace(" w:", " ")
            .replace("<w:", "<")
            .replace("</w:", "</")
            .replace("xmlns:w=", "xmlns="),
        usual
            .replace("\"begin\"", "'begin'")
            .replace("\"separate\"", "'separate'")
            .replace("\"end\"", "'end'"),
        usual
            .replace("\"preserve\"", "'preserve'")
            .replace("=\"Heading1\"", "  =\n'Heading1' "),
        usual.replace(WORD, strict),
        usual
            .replace("<w:body>", "<w:body>\n  ")
            .replace("<w:r>", "\n<w:r >\n")
            .replace("</w:r>", "</w:r\n>"),
        usual.replace("<w:fldChar", "<w:fldChar w:dirty=\"begin\""),
        // Declared where they are used.
        usual.replace(
            "<w:r><w:rPr><w:b/>",
            "<w:r xmlns:w14='urn:w14'><w:rPr><w:b/><w14:glow/>",
        ),
    ] {
        let read = read_xml(&xml);
        assert_eq!(blocks(&read), blocks(&expected), "{xml}");
        let kinds = |document: &Document| {
            let blocks = document.blocks.iter();
            blocks
                .map(|block| (block.kind, block.marks.len()))
                .collect::<Vec<_>>()
        };
        assert_eq!(kinds(&read), kinds(&expected), "{xml}");
        let again = seen(&main_part(&rewritten(&read)));
        assert_eq!(again.text, seen(&xml).text, "{xml}");
        assert_eq!(again.fields, "(|)");
    }
}

#[test]
fn the_main_part_is_found_by_its_relationship() {
    let relationships = "<Relationships xmlns='x'><Relationship Id='1' Type='http://x/officeDocument' Target='/word/document2.xml'/></Relationships>";
    let main = document(&paragraph(&run("Ein Haus")));
    let header = format!(
        "<w:hdr xmlns:w=\"{WORD}\">{}</w:hdr>",
        paragraph(&run("Oben"))
    );
    let bytes = package(&[
        ("_rels/.rels", relationships),
        ("word/document2.xml", &main),
        ("word/header1.xml", &header),
    ]);
    assert_eq!(
        blocks(&DOCX.read(&bytes, &[]).unwrap()),
        ["Ein Haus", "Oben"]
    );
    // A spreadsheet is a package too.
    let sheet = relationships.replace("/word/document2.xml", "xl/workbook.xml");
    let bytes = package(&[("_rels/.rels", &sheet), ("xl/workbook.xml", "<workbook/>")]);
    let error = DOCX.read(&bytes, &[]).unwrap_err();
    assert!(matches!(error, DocumentError::Package(_)), "{error}");
}

/// Word writes text boxes twice: for new and for old programs.
#[test]
fn text_boxes_are_translated() {
    let in_box =
        "<w:txbxContent><w:p><w:r><w:t>Ein Satz im Kasten.</w:t></w:r></w:p></w:txbxContent>";
    let shape = |content: &str, old: &str| {
        format!(
            "<w:r><mc:AlternateContent xmlns:mc=\"urn:mc\"><mc:Choice Requires=\"wps\"><w:drawing>\
             <wp:docPr xmlns:wp=\"urn:wp\" id=\"1\" name=\"Kasten 1\" descr=\"Ein gelber Kasten\"/>{content}</w:drawing></mc:Choice>\
             <mc:Fallback><w:pict>{old}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        )
    };
    let alone = document(&paragraph(&shape(in_box, in_box)));
    let read = read_xml(&alone);
    assert_eq!(blocks(&read), ["Ein gelber Kasten", "Ein Satz im Kasten."]);
    assert_kept(
        &paragraph(
            &[
                &run("Vor "),
                shape(in_box, in_box).as_str(),
                &run("dem Kasten."),
            ]
            .concat(),
        ),
        &[
            "Vor dem Kasten.",
            "Ein gelber Kasten",
            "Ein Satz im Kasten.",
        ],
    );
    let targets = ["A yellow box", "A sentence in the box."].map(|text| BlockTarget {
        text: text.into(),
        links: Vec::new(),
    });
    let written = main_part(&read.write(&targets).unwrap());
    assert_eq!(written.matches("A sentence in the box.").count(), 2);
    assert!(written.contains("descr=\"A yellow box\""), "{written}");
    assert_eq!(seen(&written).elements, seen(&alone).elements);
    // Boxes in boxes, and one that an old program shows otherwise.
    let inner = shape(in_box, "").replace(" descr=\"Ein gelber Kasten\"", "");
    let outer = format!(
        "<w:txbxContent>{}</w:txbxContent>",
        paragraph(&[run("Außen."), inner].concat())
    );
    let other = "<w:txbxContent><w:p><w:r><w:t>Anders.</w:t></w:r></w:p></w:txbxContent>";
    assert_kept(
        &paragraph(&shape(&outer, other)),
        &[
            "Ein gelber Kasten",
            "Außen.",
            "Ein Satz im Kasten.",
            "Anders.",
        ],
    );
    // However deep, an end.
    let deep = (0..60).fold(in_box.to_owned(), |content, _| {
        format!(
            "<w:txbxContent>{}</w:txbxContent>",
            paragraph(&format!("<w:r><w:pict>{content}</w:pict></w:r>"))
        )
    });
    let xml = document(&paragraph(&format!("<w:r><w:pict>{deep}</w:pict></w:r>")));
    assert_eq!(seen(&main_part(&rewritten(&read_xml(&xml)))), seen(&xml));
}

#[test]
fn merge_fields_and_insertions_stay_what_they_are() {
    let name = field(&instruction(" MERGEFIELD Name "), &run("«Name»"));
    assert_kept(
        &paragraph(&[&run("Sehr geehrte Frau "), name.as_str(), &run(",")].concat()),
        &["Sehr geehrte Frau «Name»,"],
    );
    let insertion = "<w:ins w:id=\"1\" w:author=\"A\"><w:r><w:t xml:space=\"preserve\">neue </w:t></w:r></w:ins>";
    let read = read_xml(&document(&paragraph(
        &[&run("Das ist die "), insertion, &run("Brücke.")].concat(),
    )));
    let target = BlockTarget {
        text: "This is the new bridge.".into(),
        links: (0..5).map(Some).collect(),
    };
    let written = main_part(&read.write(&[target]).unwrap());
    let inserted = written
        .split("<w:ins ")
        .nth(1)
        .unwrap()
        .split("</w:ins>")
        .next()
        .unwrap();
    assert!(inserted.contains(">new<"), "{written}");
    assert!(!inserted.contains("bridge"), "{written}");
}

#[test]
fn a_tab_in_a_link_parts_it() {
    let link = format!(
        "<w:hyperlink w:anchor=\"a\">{}<w:r><w:tab/></w:r>{}</w:hyperlink>",
        run("Erstes Kapitel"),
        run("3")
    );
    assert_kept(&paragraph(&link), &["Erstes Kapitel"]);
    assert_kept(
        &paragraph(&[&run("Siehe "), link.as_str(), &run(" hier")].concat()),
        &["Siehe", "Erstes Kapitel", "hier"],
    );
}

#[test]
fn declared_languages_become_english() {
    let styles = format!(
        "<w:styles xmlns:w=\"{WORD}\"><w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val=\"de-DE\" w:eastAsia=\"de-DE\"/></w:rPr>\
         </w:rPrDefault></w:docDefaults></w:styles>"
    );
    let bytes = package(&[
        ("word/document.xml", &document(&paragraph(&run("Ein Haus")))),
        ("word/styles.xml", &styles),
    ]);
    let written = rewritten(&DOCX.read(&bytes, &[]).unwrap());
    let mut archive = zip::ZipArchive::new(Cursor::new(written)).unwrap();
    let mut text = String::new();
    archive
        .by_name("word/styles.xml")
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    let expected = styles.replace("w:val=\"de-DE\"", "w:val=\"en-US\"");
    assert_eq!(text, expected);
}

const SPACE: &str = "<w:r><w:t xml:space=\"preserve\"> </w:t></w:r>";

/// Content with spaces between.
fn spaced(all: &[String]) -> String {
    all.join(SPACE)
}

/// Content of a paragraph: runs, elements around content, fields.
fn content() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["Ein", "Haus", "steht", "hier.", "7"]);
    let leaf = prop_oneof![
        4 => word.prop_map(run),
        1 => Just("<w:r><w:rPr><w:b/></w:rPr><w:t>fett</w:t></w:r>".to_owned()),
        1 => Just("<w:r><w:tab/></w:r>".to_owned()),
        1 => Just("<w:r><w:br/></w:r>".to_owned()),
        1 => prop::sample::select(vec!["begin", "separate", "end"]).prop_map(part),
        1 => prop::sample::select(vec![" PAGE ", " HYPERLINK "]).prop_map(instruction),
    ];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let several = prop::collection::vec(inner, 0..5).prop_map(|all| spaced(&all));
        (several.clone(), several, 0..6u8).prop_map(|(a, b, kind)| match kind {
            0 => format!("<w:hyperlink>{a}</w:hyperlink>{SPACE}{b}"),
            1 => format!("<w:ins>{a}{SPACE}{b}</w:ins>"),
            2 => format!("<w:sdt><w:sdtPr/><w:sdtContent>{a}</w:sdtContent></w:sdt>{SPACE}{b}"),
            3 => format!("<w:fldSimple w:instr=\" PAGE \">{a}</w:fldSimple>{SPACE}{b}"),
            4 => field(&[&instruction(" HYPERLINK "), a.as_str()].concat(), &b),
            _ => field(&[&instruction(" REF "), a.as_str()].concat(), &b),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever stands in a paragraph, all of it comes back; fields and words in the same order if the words of the target
    /// have that of the source, and as good XML with whole fields if they have not.
    #[test]
    fn soup_of_runs(all in prop::collection::vec(content(), 0..6), order in any::<prop::sample::Index>()) {
        let xml = document(&paragraph(&spaced(&all)));
        let read = read_xml(&xml);
        let before = seen(&xml);
        let again = seen(&main_part(&rewritten(&read)));
        let sorted = |seen: &Seen| {
            let mut elements = seen.elements.clone();
            elements.sort();
            elements
        };
        // Markup within a word may go before or after it.
        prop_assert_eq!(sorted(&again), sorted(&before), "{}", xml);
        // Parts of fields that are not whole may be anywhere.
        let unmatched = |fields: &str| {
            let mut fields = fields.to_owned();
            while fields.contains("(|)") || fields.contains("()") {
                fields = fields.replace("(|)", "").replace("()", "");
            }
            fields
        };
        let is_whole = unmatched(&before.fields).is_empty();
        if is_whole {
            prop_assert_eq!(&again.fields, &before.fields, "{}", xml);
            let dense = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(dense(&again.instructions), dense(&before.instructions));
            prop_assert_eq!(dense(&again.text), dense(&before.text), "{}", xml);
        }
        let letters = |seen: &Seen| {
            let mut letters: Vec<char> = seen.text.chars().chain(seen.instructions.chars()).collect();
            letters.retain(|c| !c.is_whitespace());
            letters.sort();
            letters
        };
        prop_assert_eq!(letters(&again), letters(&before), "{}", xml);

        let targets: Vec<BlockTarget> = (read.blocks.iter())
            .map(|block| {
                let mut words: Vec<(usize, &str)> =
                    read.block_text(block).split_whitespace().enumerate().collect();
                words.reverse();
                let middle = order.index(words.len().max(1)).min(words.len());
                words.rotate_left(middle);
                BlockTarget {
                    text: words.iter().map(|(_, word)| *word).collect::<Vec<_>>().join(" "),
                    links: words.iter().map(|(at, _)| Some(*at as u32)).collect(),
                }
            })
            .collect();
        let moved = seen(&main_part(&read.write(&targets).unwrap()));
        prop_assert_eq!(sorted(&moved), sorted(&before), "{}", xml);
        if is_whole {
            prop_assert_eq!(unmatched(&moved.fields), "", "{}", xml);
        }
    }
}
