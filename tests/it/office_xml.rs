//! Office documents other than DOCX, down to their XML: what is read, what is left alone, however it is written.

use degist::Document;
use degist::document::formats::odf::{ODP, ODS, ODT};
use degist::document::formats::pptx::PPTX;
use degist::document::formats::xlsx::XLSX;
use degist::document::{BlockTarget, FileFormat};

use crate::formats::{blocks, rewritten};
use crate::office::parts;
use crate::util::package;

/// A list of relationships: kind, target.
fn related(all: &[(&str, &str)]) -> String {
    let all: String = (all.iter().enumerate())
        .map(|(i, (kind, target))| {
            format!("<Relationship Id='r{i}' Type='http://x/{kind}' Target='{target}'/>")
        })
        .collect();
    format!("<Relationships xmlns='x'>{all}</Relationships>")
}

fn read(format: FileFormat, files: &[(&str, &str)]) -> Document {
    let document = format.read(&package(files), &[]);
    document.unwrap_or_else(|error| panic!("{error}"))
}

/// The part of a document that is written with other words for each block, in the same order.
#[track_caller]
fn written(document: &Document, part: &str, texts: &[(&str, &[u32])]) -> String {
    let targets: Vec<BlockTarget> = (texts.iter())
        .map(|(text, links)| BlockTarget {
            text: (*text).to_owned(),
            links: links.iter().copied().map(Some).collect(),
        })
        .collect();
    let bytes = document.write(&targets).unwrap();
    String::from_utf8(parts(&bytes)[part].clone()).unwrap()
}

fn part(document: &Document, name: &str) -> String {
    String::from_utf8(parts(&rewritten(document))[name].clone()).unwrap()
}

const BOOK: &str =
    "<workbook xmlns='m' xmlns:r='r'><sheets><sheet name='Liste' r:id='r0'/></sheets></workbook>";

/// A workbook with this sheet and these shared strings, and more files.
fn workbook(sheet: &str, strings: &str, more: &[(&str, &str)]) -> Document {
    let list = related(&[
        ("worksheet", "worksheets/sheet1.xml"),
        ("sharedStrings", "/xl/sharedStrings.xml"),
        ("pivotCacheDefinition", "pivot.xml"),
    ]);
    let main = related(&[("officeDocument", "xl/workbook.xml")]);
    let (sheet, strings) = (
        format!("<worksheet xmlns='m'>{sheet}</worksheet>"),
        format!("<sst xmlns='m'>{strings}</sst>"),
    );
    let mut files = vec![
        ("_rels/.rels", main.as_str()),
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", &list),
        ("xl/worksheets/sheet1.xml", &sheet),
        ("xl/sharedStrings.xml", &strings),
    ];
    files.extend(more);
    read(XLSX, &files)
}

#[test]
fn cells_that_are_referred_to_stay() {
    let strings: String = [
        "Ware",
        "offen",
        "Ja",
        "Nein",
        "bezahlt",
        "Konto",
        "Ein Haus",
        "Das Konto ist offen.",
        "12",
        "Vielleicht",
    ]
    .map(|text| format!("<si><t>{text}</t></si>"))
    .concat();
    let sheet = "<sheetData><row><c r='A1' t='str'><f>IF(A2=\"offen\",1,2)</f><v>Ergebnis</v></c>\
        <c r='A2' t='str'><f t='shared' si='0'/><v>Noch ein Ergebnis</v></c><c r='A3' t='str'><v>Kein Ergebnis</v></c>\
        <c r='A4'><v>6</v></c><c r='A5' t='s'><v>6</v></c><c r='A6' t='inlineStr'><is><t>Im Blatt</t></is></c>\
        <c r='A7' t='e'><v>#WERT!</v></c></row></sheetData>\
        <autoFilter><filterColumn><filters><filter val='bezahlt'/></filters></filterColumn></autoFilter>\
        <dataValidations><dataValidation type='list'><formula1>\"Ja,Nein\"</formula1></dataValidation></dataValidations>";
    let document = workbook(
        sheet,
        &strings,
        &[
            (
                "xl/worksheets/_rels/sheet1.xml.rels",
                &related(&[("table", "../tables/table1.xml")]),
            ),
            (
                "xl/tables/table1.xml",
                "<table><tableColumns><tableColumn name='Ware'/></tableColumns></table>",
            ),
            (
                "xl/pivot.xml",
                "<pivotCacheDefinition><cacheField name='Konto'/></pivotCacheDefinition>",
            ),
        ],
    );
    assert_eq!(
        blocks(&document),
        [
            "Ein Haus",
            "Das Konto ist offen.",
            "Vielleicht",
            "Kein Ergebnis",
            "Im Blatt"
        ]
    );
    let again = part(&document, "xl/worksheets/sheet1.xml");
    assert!(again.contains(sheet), "{again}");
}

#[test]
fn strings_keep_their_runs() {
    let rich = "<si><r><t>Die Stadt baut </t></r><r><rPr><b/></rPr><t xml:space='preserve'>eine Brücke</t></r><r><t>.</t></r>\
        <phoneticPr fontId='1'/></si><si><t xml:space='preserve'>Erste Zeile.&#10;Zweite Zeile.  </t></si>\
        <si><t>Name:     Ort</t></si><si><t>Oben_x000D_\nUnten</t></si><si/><si><t/></si><si><rPh sb='0' eb='1'><t>Nein</t></rPh></si>";
    let document = workbook("", rich, &[]);
    assert_eq!(
        blocks(&document),
        [
            "Die Stadt baut eine Brücke.",
            "Erste Zeile.",
            "Zweite Zeile.",
            "Name:",
            "Ort",
            "Oben",
            "Unten"
        ]
    );
    let texts: [(&str, &[u32]); 7] = [
        ("A bridge is built by the city.", &[3, 4, 2, 2, 0, 0, 1]),
        ("First line.", &[]),
        ("Second <line>.", &[]),
        ("Name:", &[]),
        ("Place", &[]),
        ("Above", &[]),
        ("Below", &[]),
    ];
    let strings = written(&document, "xl/sharedStrings.xml", &texts);
    assert!(
        strings.contains("<r><rPr><b/></rPr><t xml:space=\"preserve\">A bridge</t></r>"),
        "{strings}"
    );
    assert!(
        strings.contains("First line.\nSecond &lt;line&gt;.  </t>"),
        "{strings}"
    );
    assert!(strings.contains("<t>Name:     Place</t>"), "{strings}");
    assert!(
        strings.contains("<phoneticPr fontId='1'/></si>"),
        "{strings}"
    );
}

#[test]
fn notes_of_sheets_are_translated() {
    let document = workbook(
        "",
        "<si><t>Ein Haus</t></si>",
        &[
            (
                "xl/worksheets/_rels/sheet1.xml.rels",
                &related(&[
                    ("comments", "../comments1.xml"),
                    ("threadedComment", "../threaded.xml"),
                    ("drawing", "../drawings/drawing1.xml"),
                ]),
            ),
            (
                "xl/comments1.xml",
                "<comments><authors><author>Anna</author></authors><commentList><comment><text><r><t>Bitte prüfen.</t></r></text></comment></commentList></comments>",
            ),
            (
                "xl/threaded.xml",
                "<ThreadedComments><threadedComment><text>Ist das &amp; so richtig?</text></threadedComment></ThreadedComments>",
            ),
            (
                "xl/drawings/drawing1.xml",
                "<xdr:wsDr xmlns:xdr='x' xmlns:a='http://purl.oclc.org/ooxml/drawingml/main'><xdr:cNvPr id='2' name='Bild 1' descr='Ein Hund'/><a:p><a:r><a:rPr lang='de-DE' dirty=\"0\"/><a:t>Ein Kasten</a:t></a:r></a:p></xdr:wsDr>",
            ),
        ],
    );
    assert_eq!(
        blocks(&document),
        [
            "Ein Haus",
            "Bitte prüfen.",
            "Ist das & so richtig?",
            "Ein Hund",
            "Ein Kasten"
        ]
    );
    let drawing = part(&document, "xl/drawings/drawing1.xml");
    assert!(drawing.contains("lang='en-US'"), "{drawing}");
    assert!(
        drawing.contains("name='Bild 1' descr='Ein Hund'"),
        "{drawing}"
    );
}

/// A presentation with one slide of these paragraphs.
fn slide(paragraphs: &str) -> Document {
    let slide = format!(
        "<p:sld xmlns:p='http://schemas.openxmlformats.org/presentationml/2006/main' \
         xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'>{paragraphs}</p:sld>"
    );
    read(
        PPTX,
        &[
            (
                "ppt/presentation.xml",
                "<p:presentation xmlns:p='p' xmlns:r='r'><p:sldIdLst><p:sldId id='256' r:id='r0'/></p:sldIdLst></p:presentation>",
            ),
            (
                "ppt/_rels/presentation.xml.rels",
                &related(&[("slide", "slides/slide1.xml")]),
            ),
            ("ppt/slides/slide1.xml", &slide),
        ],
    )
}

#[test]
fn paragraphs_of_slides_keep_their_runs() {
    let text = "<a:p><a:pPr lvl='1'/><a:r><a:rPr lang='de-DE'/><a:t>Wir haben </a:t></a:r><a:r><a:rPr lang='de-AT' b='1' dirty=\"0\"><a:hlinkClick r='x'/></a:rPr><a:t>drei Häuser</a:t></a:r>\
        <a:r><a:rPr lang='de-DE'/><a:t>, Seite </a:t></a:r><a:fld type='slidenum'><a:rPr/><a:t>7</a:t></a:fld><a:endParaRPr lang='de-DE'/></a:p>\
        <a:p><a:r><a:t>Montag: 9 Uhr</a:t></a:r><a:br/><a:r><a:t>Dienstag:\t10 Uhr</a:t></a:r></a:p><a:p><a:r><a:t/></a:r></a:p><a:p/>";
    let document = slide(text);
    assert_eq!(
        blocks(&document),
        [
            "Wir haben drei Häuser, Seite 7",
            "Montag: 9 Uhr",
            "Dienstag:",
            "10 Uhr"
        ]
    );
    let texts: [(&str, &[u32]); 4] = [
        ("On page 7 we have three houses", &[4, 4, 5, 0, 1, 2, 3]),
        ("Monday: 9 a.m.", &[]),
        ("Tuesday:", &[]),
        ("10 a.m.", &[]),
    ];
    let slide = written(&document, "ppt/slides/slide1.xml", &texts);
    assert!(
        slide.contains("<a:hlinkClick r='x'/></a:rPr><a:t>three houses</a:t></a:r>"),
        "{slide}"
    );
    assert!(
        slide.contains("<a:fld type='slidenum'><a:rPr/><a:t>7</a:t></a:fld>"),
        "{slide}"
    );
    assert!(
        slide.contains("<a:t>Tuesday:</a:t></a:r><a:r><a:t>\t</a:t></a:r><a:r><a:t>10 a.m.<"),
        "{slide}"
    );
    assert!(!slide.contains("de-"), "{slide}");
}

#[test]
fn slides_are_read_in_their_order_and_masters_are_not() {
    let slide = |text: &str| {
        format!(
            "<p:sld xmlns:p='p' xmlns:a='a'><p:sp><p:ph type='title'/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sp></p:sld>"
        )
    };
    let list = related(&[
        ("slide", "slides/slide1.xml"),
        ("slideMaster", "slideMasters/slideMaster1.xml"),
        ("slide", "slides/slide2.xml"),
    ]);
    let of_slide = related(&[
        ("notesSlide", "../notesSlides/notes1.xml"),
        ("chart", "../charts/chart1.xml"),
        ("slideLayout", "../layout.xml"),
    ]);
    let document = read(
        PPTX,
        &[
            (
                "ppt/presentation.xml",
                "<p:presentation xmlns:p='p' xmlns:r='r'><p:sldIdLst><p:sldId id='257' r:id='r2'/><p:sldId id='256' r:id='r0'/></p:sldIdLst></p:presentation>",
            ),
            ("ppt/_rels/presentation.xml.rels", &list),
            ("ppt/slides/slide1.xml", &slide("Der zweite Titel")),
            ("ppt/slides/slide2.xml", &slide("Der erste Titel")),
            ("ppt/slides/_rels/slide2.xml.rels", &of_slide),
            ("ppt/notesSlides/notes1.xml", &slide("Eine Notiz")),
            ("ppt/layout.xml", &slide("Ein Platzhalter")),
            (
                "ppt/charts/chart1.xml",
                "<c:chart xmlns:c='c' xmlns:a='a'><c:title><a:p><a:r><a:t>Besucher</a:t></a:r></a:p></c:title><c:strCache><c:pt><c:v>Frühling</c:v></c:pt></c:strCache><c:numCache><c:v>3</c:v></c:numCache></c:chart>",
            ),
            (
                "ppt/slideMasters/slideMaster1.xml",
                &slide("Titel bearbeiten"),
            ),
        ],
    );
    assert_eq!(
        blocks(&document),
        [
            "Der erste Titel",
            "Eine Notiz",
            "Besucher",
            "Frühling",
            "Der zweite Titel"
        ]
    );
}

const ODF: &str = "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0' \
    xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' xmlns:draw='urn:oasis:names:tc:opendocument:xmlns:drawing:1.0' \
    xmlns:style='urn:oasis:names:tc:opendocument:xmlns:style:1.0' xmlns:presentation='urn:oasis:names:tc:opendocument:xmlns:presentation:1.0'";

fn open_document(format: FileFormat, body: &str) -> (Document, String) {
    let content = format!(
        "<office:document-content {ODF}><office:body>{body}</office:body></office:document-content>"
    );
    (read(format, &[("content.xml", &content)]), content)
}

#[test]
fn borders_of_open_documents() {
    for (paragraph, expected) in [
        (
            "Stadt Bremen<text:line-break/>Am Markt 21<text:line-break/>28195 Bremen",
            &["Stadt Bremen", "Am Markt 21", "28195 Bremen"] as &[&str],
        ),
        (
            "Die Stadt hat<text:line-break/>eine Brücke.",
            &["Die Stadt hat eine Brücke."],
        ),
        ("Name:<text:tab/>Ort", &["Name:", "Ort"]),
        ("Name: <text:s text:c='9'/>Ort", &["Name:", "Ort"]),
        ("Ein Satz. <text:s/>Noch einer.", &["Ein Satz. Noch einer."]),
        (
            "<text:span text:style-name='a'>Name:<text:tab/>Ort</text:span> hier",
            &["Name:", "Ort hier"],
        ),
        ("<text:a>Die Brücke<text:tab/>3</text:a>", &["Die Brücke"]),
        ("<text:s text:c='4'/>Eingerückt", &["Eingerückt"]),
        (
            "Ein\n  Satz &amp; noch&#32;einer",
            &["Ein Satz & noch einer"],
        ),
        (
            "Kapitel <text:chapter>Eins</text:chapter> ist da",
            &["Kapitel Eins ist da"],
        ),
        ("Das<text:soft-page-break/> Haus", &["Das Haus"]),
        ("12,5", &[]),
        ("<text:page-number>1</text:page-number>", &[]),
    ] {
        let (document, content) = open_document(ODT, &format!("<text:p>{paragraph}</text:p>"));
        assert_eq!(blocks(&document), expected, "{paragraph}");
        let again = part(&document, "content.xml");
        let dense = |xml: &str| {
            xml.replace(['\n', ' '], "")
                .replace("<text:soft-page-break/>", "")
                .replace("<text:s/>", "")
                .replace("&#32;", "")
        };
        let spans = |xml: &str| {
            dense(xml)
                .replace("<text:spantext:style-name='a'>", "")
                .replace("</text:span>", "")
        };
        assert_eq!(spans(&again), spans(&content), "{paragraph}");
    }
}

#[test]
fn what_is_not_read_of_open_documents() {
    let (document, _) = open_document(
        ODT,
        "<text:tracked-changes><text:deletion><text:p>Gelöscht</text:p></text:deletion></text:tracked-changes>\
         <office:forms><text:p>Formular</text:p></office:forms>\
         <draw:frame presentation:placeholder='true'><draw:text-box><text:p>Titel einfügen</text:p></draw:text-box></draw:frame>\
         <text:p>Ein Satz<text:note><text:note-citation>a</text:note-citation><text:note-body><text:p>Eine Notiz</text:p></text:note-body></text:note> hier.</text:p>",
    );
    assert_eq!(blocks(&document), ["Ein Satz hier.", "Eine Notiz"]);
    let texts: [(&str, &[u32]); 2] = [("Here is one sentence.", &[2, 2, 0, 1]), ("A note", &[])];
    let content = written(&document, "content.xml", &texts);
    assert!(
        content.contains("sentence.<text:note>") && content.contains("<text:p>A note</text:p>"),
        "{content}"
    );
    // Masters of presentations hold prompts, headers of texts do not.
    let styles = format!(
        "<office:document-styles {ODF}><office:master-styles><style:master-page><style:header><text:p>Kopfzeile</text:p></style:header>\
         <draw:frame><draw:text-box><text:p>Titel bearbeiten</text:p></draw:text-box></draw:frame></style:master-page></office:master-styles></office:document-styles>"
    );
    let empty = format!("<office:document-content {ODF}/>");
    let files = [("content.xml", empty.as_str()), ("styles.xml", &styles)];
    assert_eq!(blocks(&read(ODP, &files)), [] as [&str; 0]);
    assert_eq!(blocks(&read(ODT, &files)), ["Kopfzeile"]);
}

#[test]
fn cells_of_open_documents() {
    let cell = |attributes: &str, text: &str| {
        format!("<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>")
    };
    let body = [
        cell("office:value-type='string'", "Ein Haus"),
        cell("office:value-type='float' office:value='3'", "drei"),
        cell("office:value-type='date'", "3. Mai"),
        cell("office:value-type='string' table:formula='of:=IF([.A1]=\"offen\";1;2)'", "Ergebnis"),
        cell("office:value-type='string'", "offen"),
        cell("", "Ohne Art"),
        cell("office:value-type='string' office:string-value='Mit \"Wert\"'", "Mit \"Wert\""),
        "<table:covered-table-cell><text:p>Verdeckt</text:p></table:covered-table-cell>".into(),
        "<table:table-cell office:value-type='float'><office:annotation><text:p>Eine Notiz</text:p></office:annotation><text:p>3</text:p><draw:rect><text:p>Ein Kasten</text:p></draw:rect></table:table-cell>".into(),
    ]
    .concat();
    let (document, content) = open_document(
        ODS,
        &format!("<table:table><table:table-row>{body}</table:table-row></table:table>"),
    );
    assert_eq!(
        blocks(&document),
        [
            "Ein Haus",
            "Ohne Art",
            "Mit \"Wert\"",
            "Eine Notiz",
            "Ein Kasten"
        ]
    );
    let without_value = content.replace(" office:string-value='Mit \"Wert\"'", "");
    assert_eq!(part(&document, "content.xml"), without_value);
}

#[test]
fn ranges_stay_on_their_words() {
    let (document, _) = open_document(
        ODT,
        "<text:p>Das ist <text:change-start text:change-id='c'/>eine neue<text:change-end text:change-id='c'/> \
         <text:span text:style-name='b'>Br<text:span text:style-name='i'>ücke</text:span></text:span><text:bookmark-start text:name='x'/>.</text:p>",
    );
    assert_eq!(blocks(&document), ["Das ist eine neue Brücke."]);
    let texts: [(&str, &[u32]); 1] = [("It is a new bridge.", &[0, 1, 2, 3, 4])];
    let content = written(&document, "content.xml", &texts);
    assert!(
        content.contains(
            "<text:change-start text:change-id='c'/>a new<text:change-end text:change-id='c'/>"
        ),
        "{content}"
    );
}

/// The same document under other prefixes.
#[test]
fn any_prefix_will_do() {
    let (document, content) = open_document(
        ODT,
        "<text:h>Ein Titel</text:h><text:p>Ein <text:span>Satz</text:span>.</text:p>",
    );
    let other = content
        .replace("text:", "t:")
        .replace(":t:", ":text:")
        .replace("xmlns:text=", "xmlns:t=");
    let again = read(ODT, &[("content.xml", &other)]);
    assert_eq!(blocks(&again), blocks(&document), "{other}");
    assert_eq!(part(&again, "content.xml"), other);
}

#[test]
fn passwords_and_old_files_are_named() {
    let compound = |name: &str| {
        let mut bytes = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
        bytes.resize(1024, 0);
        bytes.extend(name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        bytes.resize(2048, 0);
        bytes
    };
    for (name, said) in [
        ("EncryptedPackage", "password"),
        ("WordDocument", ".doc)"),
        ("Workbook", ".xls)"),
        ("PowerPoint Document", ".ppt)"),
        ("Irgendwas", "old Microsoft Office"),
    ] {
        for format in [XLSX, PPTX, ODT, FileFormat::TEXT] {
            let error = format.read(&compound(name), &[]).unwrap_err().to_string();
            assert!(error.contains(said), "{format}: {error}");
        }
    }
    let manifest = "<manifest:manifest xmlns:manifest='m'><manifest:file-entry manifest:full-path='content.xml'>\
        <manifest:encryption-data/></manifest:file-entry></manifest:manifest>";
    let bytes = package(&[("META-INF/manifest.xml", manifest), ("content.xml", "x")]);
    let error = ODT.read(&bytes, &[]).unwrap_err().to_string();
    assert!(error.contains("password"), "{error}");
}

#[test]
fn what_is_broken_is_named() {
    let content = |xml: &str| ODT.read(&package(&[("content.xml", xml)]), &[]);
    for (xml, said) in [
        ("<a><b></a>", "content.xml"),
        ("<a>", "ends within an element"),
        (
            "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            "defines entities",
        ),
        ("<a>\0</a>", "NUL"),
    ] {
        let error = content(xml).unwrap_err().to_string();
        assert!(error.contains(said), "{xml}: {error}");
    }
    for (format, missing) in [
        (ODT, "content.xml"),
        (XLSX, "xl/workbook.xml"),
        (PPTX, "ppt/presentation.xml"),
    ] {
        let error = format
            .read(&package(&[("a", "b")]), &[])
            .unwrap_err()
            .to_string();
        assert!(error.contains(missing), "{error}");
    }
    // Depth is no danger.
    let open = "<text:p><text:note><text:note-body>".repeat(20_000);
    let close = "</text:note-body></text:note></text:p>".repeat(20_000);
    let (document, content) = open_document(ODT, &format!("{open}Ein Satz{close}"));
    assert_eq!(part(&document, "content.xml"), content);
    let deep = format!(
        "{}Ein Satz{}",
        "<text:span>".repeat(2_000),
        "</text:span>".repeat(2_000)
    );
    let (document, content) = open_document(ODT, &format!("<text:p>{deep}</text:p>"));
    assert_eq!(part(&document, "content.xml"), content);
    // A part that names itself.
    let list = related(&[("drawing", "drawing1.xml")]);
    let document = workbook(
        "",
        "",
        &[
            (
                "xl/worksheets/_rels/sheet1.xml.rels",
                &related(&[
                    ("drawing", "../drawings/drawing1.xml"),
                    ("table", "../../../nichts.xml"),
                ]),
            ),
            ("xl/drawings/_rels/drawing1.xml.rels", &list),
            (
                "xl/drawings/drawing1.xml",
                "<a:p xmlns:a='a'><a:r><a:t>Ein Kasten</a:t></a:r></a:p>",
            ),
        ],
    );
    assert_eq!(blocks(&document), ["Ein Kasten"]);
}

/// Files in which something small would be written again and again.
#[test]
fn what_grows_without_bound_stays() {
    let attribute = "x".repeat(200_000);
    let tabs = "a<text:tab/>".repeat(2_000);
    let body = format!(
        "<text:p><text:span text:style-name='{attribute}'>{tabs}</text:span></text:p><text:p>Ein Satz</text:p>"
    );
    let (document, content) = open_document(ODT, &body);
    assert_eq!(blocks(&document), ["Ein Satz"]);
    assert!(part(&document, "content.xml") == content);
    let run = format!(
        "<a:r><a:rPr lang='{attribute}'/><a:t>{}</a:t></a:r>",
        "Ein Haus\t".repeat(2_000)
    );
    let document = slide(&format!("<a:p>{run}</a:p>"));
    assert!(document.blocks.len() <= 1, "{}", document.blocks.len());
    let small = "<a:r><a:t>b</a:t></a:r>".repeat(5_000);
    let big = format!(
        "<a:r><a:rPr lang='{attribute}'/><a:t>{}</a:t></a:r>",
        "Haus ".repeat(2_000)
    );
    let document = slide(&format!(
        "<a:p>{small}{big}</a:p><a:p><a:r><a:t>Ein Satz</a:t></a:r></a:p>"
    ));
    assert_eq!(blocks(&document).last(), Some(&"Ein Satz"));
    let ranges: String = (0..3_000)
        .map(|i| format!("<text:bookmark-start text:name='{i}'/>"))
        .collect();
    let (document, content) = open_document(ODT, &format!("<text:p>{ranges}Ein Satz</text:p>"));
    assert_eq!(part(&document, "content.xml"), content);
}
