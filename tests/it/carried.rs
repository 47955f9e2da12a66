//! What must arrive as it is: codes, numbers, signs and marks in sentences of every kind. Only what is carried over is looked
//! at, so that these tests hold for any weights.

use crate::util::{case, run_with, translate};

/// Translates texts in one go; each is a paragraph.
fn all(texts: &[String]) -> Vec<String> {
    let run = run_with("translate", &["-q"], texts.join("\n\n") + "\n");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let english = run.stdout;
    let english: Vec<String> = english
        .trim_end()
        .split("\n\n")
        .map(str::to_owned)
        .collect();
    assert_eq!(english.len(), texts.len());
    english
}

/// Asserts that each of these stands in its translation in every carrier sentence.
fn assert_carried(values: &[&str]) {
    let carriers = [
        "Der Wert {} steht im Brief.",
        "Angabe: {}",
        "Bitte geben Sie {} an, wenn Sie schreiben.",
        "Wir haben {} gestern notiert.",
    ];
    let cases: Vec<(&str, String)> = (values.iter())
        .flat_map(|value| carriers.map(|carrier| (*value, carrier.replace("{}", value))))
        .collect();
    let texts: Vec<String> = cases.iter().map(|(_, text)| text.clone()).collect();
    let lost: Vec<String> = (cases.iter().zip(all(&texts)))
        .filter(|((value, _), english)| !english.contains(value))
        .map(|((_, text), english)| format!("{text} => {english}"))
        .collect();
    assert!(lost.is_empty(), "{} lost:\n{}", lost.len(), lost.join("\n"));
}

#[test]
fn codes_are_carried() {
    assert_carried(&[
        "DE12 3456 7890 1234 5678 90",
        "DE44500105175407324931",
        "GENODEM1ABC",
        "DE136695976",
        "+49 (0)30 1234-567",
        "030 / 123 45 67",
        "(030) 123456",
        "3 StR 123/14",
        "AB-1234-C56",
        "B-AB 1234",
        "3f2a9c01b7de",
        "123e4567-e89b-12d3-a456-426614174000",
        "978-3-123-12345-6",
        "2.4.10",
        "1.14.25",
    ]);
}

#[test]
fn marks_of_templates_are_carried() {
    assert_carried(&[
        "{name}",
        "{{name}}",
        "{{ name }}",
        "${name}",
        "#{name}",
        "%s",
        "%1$s",
        "%(name)s",
        "%{name}",
        "<0>",
        "@{name}",
        "<%= name %>",
        "{% if x %}",
        "{n, plural, one {# Tag} other {# Tage}}",
        "[[name]]",
        "__name__",
        ":smile:",
    ]);
}

#[test]
fn numbers_keep_their_signs() {
    for (german, english) in [
        ("-91,8", "-91.8"),
        ("−5,25", "-5.25"),
        ("-1.234,5", "-1,234.5"),
    ] {
        let text = format!("Der Wert {german} steht im Brief.");
        let translation = translate(&text).replace('−', "-").replace("minus ", "-");
        assert!(translation.contains(english), "{text} => {translation}");
    }
    let range = translate("Es waren 10-12 Grad in der Nacht.");
    assert!(!range.contains("-10") && !range.contains(" -12"), "{range}");
}

/// Asserts that each German text keeps all of the English parts beside it.
fn assert_keeps(cases: &[(&str, &[&str])]) {
    let texts: Vec<String> = cases.iter().map(|(text, _)| (*text).to_owned()).collect();
    let mut lost = Vec::new();
    for ((text, parts), english) in cases.iter().zip(all(&texts)) {
        let missing = parts.iter().filter(|part| !english.contains(**part));
        lost.extend(missing.map(|part| format!("{part}: {text} => {english}")));
    }
    assert!(lost.is_empty(), "{} lost:\n{}", lost.len(), lost.join("\n"));
}

#[test]
fn symbols_are_carried() {
    assert_carried(&[
        "✅", "✓", "→", "★", "⚠️", "§", "€", "©", "°", "×", "👍🏽", "🇩🇪", "●", "⚙", "1️⃣",
    ]);
    assert_keeps(&[
        ("❤️ Danke für alles ❤️", &["❤️ "]),
        ("Beratung ✓ Verkauf ✓ Service ✓", &[" ✓ ", " ✓"]),
        ("Im Menü wählen Sie Datei → Speichern unter.", &[" → "]),
        ("❌ Lieferung offen", &["❌ "]),
        ("© 2024 Alle Rechte vorbehalten", &["© 2024"]),
        ("Wir 💚 Bonn.", &["💚 Bonn"]),
    ]);
}

#[test]
fn amounts_measures_and_formulas_are_written_in_english() {
    assert_keeps(&[
        ("Die Rechnung über 1.234,56 € ist fällig.", &["€1,234.56"]),
        ("Das Buch kostet € 5 im Laden.", &["€5"]),
        ("Er hält ihm 2 € 50 hin.", &["€2.50"]),
        ("Es gilt § 5 Abs. 2 der Satzung.", &["§ 5(2)"]),
        (
            "Die Toleranz beträgt ±5 % und der Winkel 45°.",
            &["±5 %", "45°"],
        ),
        ("Die Größe ist 5×3 cm.", &["5×3 cm"]),
        (
            "Der pH-Wert liegt bei 7,4 ± 0,2 (n = 12, p < 0,05).",
            &["7.4 ± 0.2", "n = 12", "p < 0.05"],
        ),
        (
            "Die Lichtgeschwindigkeit beträgt 2,998 · 10⁸ m/s.",
            &["2.998 · 10⁸ m/s"],
        ),
        ("Das Zimmer hat 25 m², der Tank 3 m³.", &["25 m²", "3 m³"]),
        (
            "Die Reaktion 2 H₂ + O₂ → 2 H₂O setzt Wärme frei.",
            &["2 H₂ + O₂ → 2 H₂O"],
        ),
        ("Die Gleichung a² + b² = c² gilt.", &["a² + b² = c²"]),
        (
            "Löhne und Gehälter (Brutto) 4100 -173.500,00 -68.000,00 -105.500,00 +155,1 %",
            &["4100 -173,500.00 -68,000.00 -105,500.00 +155.1"],
        ),
        (
            "Der Vertrag vom 03. Februar 2026 gilt.",
            &["3 February 2026"],
        ),
        ("1. Strafanzeige (Juli 2024)", &["2024"]),
        ("Siehe Abschnitt 4.2.12 des Handbuchs.", &["4.2.12"]),
        ("3.1.10 Wie richte ich den Drucker ein.", &["3.1.10"]),
        ("Tel. 0341/921 44 00, Fax -01", &["0341/921 44 00", "-01"]),
        ("Bestellnummer: 4711-0815/AB", &["4711-0815/AB"]),
        (
            "Er wohnt in der Hauptstr. 5a, D-04275 Leipzig.",
            &["Hauptstr. 5a, D-04275 Leipzig"],
        ),
    ]);
}

#[test]
fn times_keep_their_half_of_the_day() {
    assert_keeps(&[
        ("Am 24.12.2025 um 14:30 Uhr beginnt die Feier.", &["14:30"]),
        ("Um 13.00 Uhr wurde die Tür geschlossen.", &["13:00"]),
        ("Die Feier beginnt am Montag um 0:59 Uhr.", &["0:59"]),
        ("Der Zug fährt um 3 Uhr ab.", &["3:00"]),
        ("Um 1:59 wurde die Tür geschlossen.", &["1:59"]),
        (
            "Öffnungszeiten: Montag bis Freitag von 9 bis 18 Uhr",
            &["9:00", "18:00"],
        ),
        ("Start: 20:15 Uhr, Ende: ca. 22.30 Uhr", &["20:15", "22:30"]),
    ]);
}

#[test]
fn names_keep_their_letters() {
    assert_keeps(&[
        ("Frau Müller wohnt in unserer Straße.", &["Müller"]),
        (
            "Frau Günther und Frau Böhm wohnen hier.",
            &["Günther", "Böhm"],
        ),
        (
            "Frau König und Herr Bauer kommen morgen.",
            &["König", "Bauer"],
        ),
        (
            "Ursula von der Leyen traf Otto von Bismarck.",
            &["Ursula von der Leyen", "Otto von Bismarck"],
        ),
        ("Viele Grüße, Eva Sommer", &["Eva Sommer"]),
    ]);
}

#[test]
fn templates_and_programs_stay_byte_for_byte() {
    assert_keeps(&[
        (
            "Hallo {{ user.name }}, Ihr Konto wurde in {{ city }} eröffnet.",
            &["{{ user.name }}", "{{ city }}"],
        ),
        (
            "%(anzahl)d von %(gesamt)d Bildern wurden geladen.",
            &["%(anzahl)d", "%(gesamt)d"],
        ),
        ("Erste Zeile\\nZweite Zeile\\tmit Tab", &["\\n", "\\t"]),
        (
            "Der Ordner %APPDATA%\\Notizen wurde nicht gefunden.",
            &["%APPDATA%\\Notizen"],
        ),
        (
            "Der reguläre Ausdruck ^[a-z]+\\d{2,4}$ passt nicht.",
            &["^[a-z]+\\d{2,4}$"],
        ),
        (
            "if (x > 5) { print(\"Hallo\"); } else { return; }",
            &["if (x > 5) { print(\"Hallo\"); } else { return; }"],
        ),
        (
            "Der Fehler lautet: NullPointerException in com.beispiel.App.main(App.java:42).",
            &["NullPointerException", "com.beispiel.App.main(App.java:42)"],
        ),
    ]);
}

#[test]
fn tags_stay_around_their_words() {
    assert_keeps(&[
        (
            "Klicken Sie auf <0>Weiter</0>, um die <1>Nutzungsbedingungen</1> zu lesen.",
            &["<0>", "</0>", "<1>", "</1>"],
        ),
        (
            "Das ist <b>sehr wichtig</b> für <a href=\"https://a.de/b c\">unsere Kunden</a>.",
            &[
                "<b>very important</b>",
                "<a href=\"https://a.de/b c\">our customers</a>",
            ],
        ),
        (
            "<p>Die Stadt baut eine <i>neue</i> Brücke.</p>",
            &["<p>", "<i>new</i>", "</p>"],
        ),
        ("Ein Umbruch<br/>in der Zeile", &["<br/>"]),
        ("Das Paar steht in der Datei <name>.json.", &["<name>.json"]),
    ]);
    // Both words are there, whatever they are.
    let english = translate("Klicken Sie auf <0>Weiter</0>, um die <1>Bedingungen</1> zu lesen.\n");
    for (open, close) in [("<0>", "</0>"), ("<1>", "</1>")] {
        let inside = english
            .split(open)
            .nth(1)
            .and_then(|rest| rest.split(close).next());
        let inside = inside.unwrap_or_default();
        assert!(inside.contains(char::is_alphabetic), "{english}");
    }
}

#[test]
fn english_within_german_is_copied() {
    assert_keeps(&[
        (
            "Der Chef sagte auf dem Meeting: “We need to move fast and break things.”",
            &["“We need to move fast and break things.”"],
        ),
        (
            "Das Motto lautet “Think global, act local” und gilt seit 2010.",
            &["“Think global, act local”"],
        ),
        (
            "Er sagte auf der Konferenz: \"We will continue to invest in Germany and create new jobs.\"",
            &["\"We will continue to invest in Germany and create new jobs.\""],
        ),
        (
            "Das Programm meldet \"Error: could not open file for reading\" und beendet sich.",
            &["\"Error: could not open file for reading\""],
        ),
        (
            "I love Berlin! Die Stadt ist toll. It never sleeps.",
            &["I love Berlin! ", " It never sleeps."],
        ),
        (
            "This is what we say. Thanks!",
            &["This is what we say. Thanks!"],
        ),
        (
            "Le président de la République a parlé hier soir à Paris.",
            &["Le président de la République a parlé hier soir à Paris."],
        ),
    ]);
}

#[test]
fn quotation_marks_come_back_in_their_kind() {
    assert_keeps(&[
        (
            "«Ich komme morgen nach Hause», sagte der Mann.",
            &["“", "”"],
        ),
        (
            "»Kommst du morgen nach Hause?«, fragte der Mann.",
            &["“", "?”"],
        ),
        ("Das Wort ‚Heimat‘ ist schwer zu erklären.", &["‘", "’"]),
        ("Das Wort ›Heimat‹ ist schwer zu erklären.", &["‘", "’"]),
        (
            "Das Unternehmen (im Folgenden \"TIM\") hat seinen Sitz in Linz.",
            &["\"TIM\""],
        ),
        (
            "Das Unternehmen (im Folgenden »TIM«) hat seinen Sitz in Linz.",
            &["“TIM”"],
        ),
        ("Hallo «Name», willkommen!", &["«Name»"]),
        (
            "Guten Tag «Anrede» «Nachname», Ihre Nummer ist «Kunden_Nr».",
            &["«Anrede» «Nachname»", "«Kunden_Nr»"],
        ),
    ]);
}

#[test]
fn short_lines_are_translated() {
    for (german, english) in [
        ("31. Mai 2022", "31 May 2022"),
        ("Januar 2021", "January 2021"),
        ("Montag, 3. Mai 2021", "Monday, 3 May 2021"),
        ("Berlin, den 13. März 2026", "Berlin, 13 March 2026"),
        ("Dezember", "December"),
        ("Stand: Januar 2021", "As of January 2021"),
        (
            "Datum: 09. Januar 2026, 11:17 Uhr",
            "Date: 9 January 2026, 11:17",
        ),
        ("Kapitel 7", "Chapter 7"),
        ("Seite 3 von 7", "Page 3 of 7"),
        ("12 Uhr", "12:00"),
        ("A4", "A4"),
        ("12 %", "12 %"),
        ("Preis: 5 €", "Price: €5"),
        ("www.beispiel.de", "www.beispiel.de"),
        ("2018-10-03T14:30:00Z", "2018-10-03T14:30:00Z"),
    ] {
        assert_eq!(
            translate(&format!("{german}\n")),
            format!("{english}\n"),
            "{german}"
        );
    }
}

#[test]
fn abbreviations_are_read() {
    assert_keeps(&[
        ("Siehe Abb. 4 und Tab. 3 im Anhang.", &["igure 4", "able 3"]),
        ("Das kostet inkl. MwSt. 20 Euro.", &["20"]),
    ]);
}

#[test]
fn what_is_copied_or_lost_is_said_once() {
    let text = "Die Stadt ist toll.\n\nThis is what we say.\n\nThat is what they want.\n";
    let run = run_with("translate", &[], text);
    assert!(
        run.stderr.contains("2 sentences are not German and copied"),
        "{}",
        run.stderr
    );
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    let json = run_with("translate", &["-q", "--format", "json"], text).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let foreign: Vec<bool> = (json["segments"].as_array().unwrap().iter())
        .map(|segment| segment["foreign"] == true)
        .collect();
    assert_eq!(foreign, [false, true, true]);
}

/// Texts that differ in spelling only are translated alike.
#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "words of the default dictionary"
)]
fn spellings_are_read_alike() {
    let pairs = [
        (
            "Die Bundes\u{ad}regierung hat das Gesetz be\u{ad}schlossen.",
            "Die Bundesregierung hat das Gesetz beschlossen.",
        ),
        (
            "Ein Null\u{200b}breiten\u{200b}zeichen steht hier.",
            "Ein Nullbreitenzeichen steht hier.",
        ),
        (
            "Der Mu\u{308}ller ho\u{308}rt scho\u{308}ne Lieder u\u{308}ber Ba\u{308}ume.",
            "Der Müller hört schöne Lieder über Bäume.",
        ),
        (
            "Sch&ouml;ne Gr&uuml;&szlig;e aus dem Garten!",
            "Schöne Grüße aus dem Garten!",
        ),
        ("Die Tuer ist geschlossen.", "Die Tür ist geschlossen."),
        (
            "Wir muessen ueber das Buero sprechen.",
            "Wir müssen über das Büro sprechen.",
        ),
        ("Schoene Gruesse aus Koeln!", "Schöne Grüße aus Köln!"),
        (
            "Die Staedte haben groessere Plaene.",
            "Die Städte haben größere Pläne.",
        ),
        (
            "Die Schüler:innen lernen Englisch.",
            "Die Schülerinnen lernen Englisch.",
        ),
        (
            "Die Schüler*innen lernen Englisch.",
            "Die Schülerinnen lernen Englisch.",
        ),
        (
            "Die Schüler_innen lernen Englisch.",
            "Die Schülerinnen lernen Englisch.",
        ),
        (
            "Die SchülerInnen lernen Englisch.",
            "Die Schülerinnen lernen Englisch.",
        ),
        (
            "Die Schüler/-innen lernen Englisch.",
            "Die Schülerinnen lernen Englisch.",
        ),
        (
            "Die Schüler(innen) lernen Englisch.",
            "Die Schülerinnen lernen Englisch.",
        ),
        (
            "Liebe Kolleg:innen, liebe Freund*innen!",
            "Liebe Kolleginnen, liebe Freundinnen!",
        ),
        (
            "Das gilt i. d. R. für alle.",
            "Das gilt in der Regel für alle.",
        ),
        (
            "Das gilt i.\u{a0}d.\u{a0}R. für alle.",
            "Das gilt in der Regel für alle.",
        ),
        ("Siehe Abb. 4 im Anhang.", "Siehe Abbildung 4 im Anhang."),
        (
            "Das ist w i c h t i g für uns alle.",
            "Das ist wichtig für uns alle.",
        ),
    ];
    let texts: Vec<String> = pairs
        .iter()
        .flat_map(|(a, b)| [(*a).to_owned(), (*b).to_owned()])
        .collect();
    let english = all(&texts);
    for ((written, _), both) in pairs.iter().zip(english.chunks(2)) {
        assert_eq!(both[0], both[1], "{written}");
    }
}

#[test]
fn data_is_copied() {
    let base64 = "RCCCPP3m8cJrMPkOx90B5Ih1NKIPCw0Ew27YDnHg/XewdnDrlAvVM1+XParYYZuR\n".repeat(20);
    let sums: String = (0..20)
        .map(|i| {
            format!(
                "b1504ffceeb13b408ac3ee622189cb0949833967ba09141c28a1ac5c2cc1{i:04}  datei{i}.txt\n"
            )
        })
        .collect();
    for data in [base64, sums] {
        let run = run_with("translate", &["-q"], data.clone());
        assert_eq!(run.stdout, data);
    }
}

/// Sentences that were reported to go wrong, each with what is right.
#[test]
#[cfg_attr(
    not(feature = "gpl-lexicon"),
    ignore = "words of the default dictionary"
)]
fn reported_sentences_are_right() {
    let table = String::from_utf8(case("sentences.tsv")).unwrap();
    let cases: Vec<(&str, &str)> = table
        .lines()
        .filter(|line| !line.starts_with("# "))
        .map(|line| line.split_once('\t').unwrap())
        .collect();
    let texts: Vec<String> = cases.iter().map(|(text, _)| (*text).to_owned()).collect();
    let mut wrong = Vec::new();
    for ((text, wanted), english) in cases.iter().zip(all(&texts)) {
        let is_right = match wanted.strip_prefix('=') {
            Some(whole) => english == whole,
            None => wanted
                .split('|')
                .map(str::trim)
                .all(|part| match part.strip_prefix('!') {
                    Some(part) => !english.contains(part),
                    None => english.contains(part),
                }),
        };
        if !is_right {
            wrong.push(format!("{text} => {english}, not {wanted}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}
