//! One line for a document: its title, its subject or what it says, and never who sent it, where they live or how they greet.

use std::path::Path;

use crate::util::{case, run_with};

/// Documents of many kinds: name, text, and the German that the headline is made of; none where there is nothing to say.
const DOCUMENTS: [(&str, &str, Option<&str>); 21] = [
    (
        "brief.txt",
        "Erika Muster\nMusterweg 5\n12345 Berlin\n\nStadtwerke Ulm\nKundendienst\nPostfach 12 34\n89073 Ulm\n\nBerlin, den 3. Mai 2024\n\n\
         Kündigung meines Stromvertrags\n\nSehr geehrte Damen und Herren,\n\nhiermit kündige ich meinen Vertrag zum Ende des Jahres.\n\n\
         Mit freundlichen Grüßen\n\nErika Muster\n",
        Some("Kündigung meines Stromvertrags"),
    ),
    (
        "ohne-betreff.txt",
        "Jan Winter\nAm Alten Markt 12 a\n50667 Köln\n\n12. Juni 2023\n\nLiebe Oma,\n\n\
         wir kommen am Samstag um drei Uhr zu dir und bringen einen Kuchen mit.\n\nViele Grüße\nJan\n",
        Some("wir kommen am Samstag um drei Uhr zu dir und bringen einen Kuchen mit."),
    ),
    (
        "kanzlei.txt",
        "Kanzlei Dr. Weber & Partner\nLange Str. 7 · 89073 Ulm\nTel.: 0731 / 12 34 56\n\nFrau\nEva Winter\nHauptstraße 5\n89077 Ulm\n\n\
         Unser Zeichen: W/24-117\nUlm, 03.05.2024\n\nBetreff: Ihr Mietvertrag\n\nSehr geehrte Frau Winter,\n\n\
         der Vermieter hat den Vertrag nicht unterschrieben.\n\nHochachtungsvoll\n\nDr. Weber\nRechtsanwalt\n",
        Some("Ihr Mietvertrag"),
    ),
    (
        "mail.txt",
        "Von: Eva Sommer <eva@beispiel.de>\nAn: jan@beispiel.de\nDatum: Mon, 11 Mar 2024 09:15:00 +0100\nBetreff: AW: Re: Treffen am Dienstag\n\n\
         Hallo Jan,\n\nich bringe die Unterlagen am Dienstag mit.\n\nGruß\nEva\n",
        Some("Treffen am Dienstag"),
    ),
    (
        "mail-ohne-betreff.txt",
        "Von: Eva Sommer <eva@beispiel.de>\nAn: jan@beispiel.de\n\nHallo zusammen,\n\n\
         der Aufzug im Haus wird am Montag repariert und steht bis zum Abend still.\n\nLG\nEva\n\n-- \nEva Sommer\nMusterweg 5\n12345 Berlin\n",
        Some("der Aufzug im Haus wird am Montag repariert und steht bis zum Abend still."),
    ),
    (
        "echt.eml",
        "From: =?utf-8?q?Stadt_K=C3=B6ln?= <post@beispiel.de>\r\nTo: jan@beispiel.de\r\nSubject: AW: Parkausweis\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGuten Tag Herr Winter,\r\n\r\n\
         Ihr neuer Ausweis liegt im Amt bereit.\r\n\r\nMit freundlichen Grüßen\r\nStadt Köln\r\n",
        Some("Parkausweis"),
    ),
    (
        "formular.txt",
        "Landratsamt Musterkreis\nFahrerlaubnisbehörde\nPostfach 12 34\n\nAntrag auf Erteilung einer Fahrerlaubnis\n\n\
         Name: ____________\nVorname: __________\nGeburtsdatum: ______\nAnschrift: _________\n\n\
         Bitte legen Sie dem Antrag ein Foto bei.\n\nOrt, Datum: _______\nUnterschrift: ______\n",
        Some("Antrag auf Erteilung einer Fahrerlaubnis"),
    ),
    (
        "rechnung.txt",
        "Müller & Söhne GmbH\nIndustriestraße 17-19\n70565 Stuttgart\n\nRechnung\n\nRechnungsnummer: 2024-118\nDatum: 02.04.2024\n\n\
         Bitte überweisen Sie den Betrag innerhalb von zwei Wochen auf unser Konto.\n",
        Some("Rechnung"),
    ),
    (
        "einladung.html",
        "<!DOCTYPE html><html lang=\"de\"><head><title>Sommerfest – Sportverein Neustadt</title></head><body><nav><a href=\"/\">Startseite</a></nav>\
         <div class=\"cookie\">Wir verwenden Cookies, um diese Seite zu verbessern.</div><h1>Sommerfest</h1>\
         <p>Am Samstag feiert der Verein sein Sommerfest auf dem Platz am Fluss.</p></body></html>",
        Some("Sommerfest"),
    ),
    (
        "brief.html",
        "<p>Stadtwerke Ulm<br>Karlstraße 1<br>89073 Ulm</p><p>Ulm, 3. Mai 2024</p><p>Sehr geehrte Kundin,</p>\
         <p>der Preis für Strom steigt im Juli um zwei Cent.</p><p>Mit freundlichen Grüßen<br>Ihre Stadtwerke</p>",
        Some("der Preis für Strom steigt im Juli um zwei Cent."),
    ),
    (
        "nachricht.txt",
        "Stadt Ulm baut neue Brücke\n\nUlm, 3. Mai 2024\n\nDie Stadt hat gestern beschlossen, eine neue Brücke über die Donau zu bauen.\n",
        Some("Stadt Ulm baut neue Brücke"),
    ),
    (
        "rundbrief.md",
        "# Rundbrief im Mai\n\nLiebe Mitglieder,\n\nam Samstag feiern wir unser Fest im Park.\n\nHerzliche Grüße\n\nDer Vorstand\n",
        Some("Rundbrief im Mai"),
    ),
    (
        "verein.md",
        "# Förderverein der Musikschule e.V.\n\nSchulgasse 3, 72070 Tübingen\n\n# Einladung zum Konzert\n\n\
         Wir laden Sie zum Konzert am Freitag in der Aula ein.\n",
        Some("Einladung zum Konzert"),
    ),
    (
        "maerchen.txt",
        "Frau Holle\n\nEine Witwe hatte zwei Töchter, davon war die eine schön und fleißig, die andere hässlich und faul.\n",
        Some("Frau Holle"),
    ),
    (
        "liebe.txt",
        "Liebe auf den ersten Blick\n\nViele Menschen glauben, dass es die Liebe auf den ersten Blick wirklich gibt.\n",
        Some("Liebe auf den ersten Blick"),
    ),
    (
        "schaden.txt",
        "20000 Euro Schaden bei Brand\n\nBei einem Brand in einer Scheune ist in der Nacht ein hoher Schaden entstanden.\n",
        Some("20000 Euro Schaden bei Brand"),
    ),
    (
        "protokoll.txt",
        "Gemeinde Waldkirch\nProtokoll der Sitzung vom 3. Mai 2024\n\nAnwesend: Müller, Roth\n\n\
         Der Gemeinderat beschließt einstimmig den Bau einer neuen Schule.\n",
        Some("Protokoll der Sitzung vom 3. Mai 2024"),
    ),
    (
        "weitergeleitet.txt",
        "---------- Weitergeleitete Nachricht ----------\nVon: Karl Otto <k@x.de>\nDate: Mo., 6. Mai 2024 um 10:12 Uhr\n\
         Subject: WG: Dachreparatur\nTo: <hv@x.de>\n\nHallo Herr Schmidt,\n\ndas Dach ist seit gestern undicht.\n\nGruß K. Otto\n",
        Some("Dachreparatur"),
    ),
    (
        "karte.txt",
        "Liebe Oma!\n\nHier an der Ostsee ist es sehr schön und wir baden jeden Tag.\n\nDeine Mia\n",
        Some("Hier an der Ostsee ist es sehr schön und wir baden jeden Tag."),
    ),
    (
        "adresse.txt",
        "Herrn\nPeter Müller\nLindenallee 4\n01067 Dresden\n",
        None,
    ),
    ("gruss.txt", "Liebe Eva,\n\nviele Grüße\nJan\n", None),
];

/// The German sentences of the summary of each file.
fn sources(arguments: &[&str], files: &[&Path]) -> Vec<Vec<String>> {
    let files: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    let run = run_with(
        "summarize",
        &[&["--quiet", "--format", "json"], arguments, &files].concat(),
        "",
    );
    let objects = serde_json::Deserializer::from_str(&run.stdout).into_iter::<serde_json::Value>();
    objects
        .map(|object| {
            let object = object.unwrap();
            (object["sentences"].as_array().unwrap().iter())
                .map(|sentence| sentence["source"].as_str().unwrap().to_owned())
                .collect()
        })
        .collect()
}

#[test]
fn headlines_are_titles_subjects_or_text() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text, expected) in DOCUMENTS {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let found = sources(&["--style", "headline"], &[&path]);
        let found: Vec<&str> = found.iter().flatten().map(String::as_str).collect();
        match expected {
            Some(expected) => {
                assert_eq!(found.len(), 1, "{name}: {found:?}");
                let labelled = found[0].ends_with(expected) && found[0].contains(':');
                assert!(found[0] == expected || labelled, "{name}: {found:?}");
            }
            None => assert!(found.is_empty(), "{name}: {found:?}"),
        }
    }
}

#[test]
fn subjects_are_translated_without_their_label() {
    let run = run_with(
        "summarize",
        &["--quiet", "--style", "headline"],
        "Betreff: AW: Die neue Brücke\n\nHallo Jan,\n\ndie Brücke ist seit gestern offen.\n\nGruß\nEva\n",
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout.contains("new") && !run.stdout.contains(':'),
        "{}",
        run.stdout
    );
}

#[test]
fn a_live_blog_is_what_happened_and_not_when() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("liveblog.txt");
    std::fs::write(&path, case("42-liveblog.txt")).unwrap();
    let found = &sources(&["--sentences", "20"], &[&path])[0];
    // A unit and its point end no sentence: one of the eight is two.
    assert_eq!(found.len(), 7, "{found:?}");
    assert!(
        found.iter().all(|sentence| !sentence.contains("Uhr")),
        "{found:?}"
    );
    assert_eq!(
        sources(&["--style", "headline"], &[&path]),
        [["Liveblog zum Sturm"]]
    );
    let english = run_with("translate", &[path.to_str().unwrap()], "").stdout;
    for (day, night) in [
        ("18:45", "6:45"),
        ("17:10", "5:10"),
        ("15:30", "3:30"),
        ("14:00", "2"),
    ] {
        let is_right = english.contains(day) || english.contains(night);
        assert!(is_right, "{day}: {english}");
    }
}

#[test]
fn the_frame_of_a_page_is_not_summarised() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seite.html");
    std::fs::write(&path, case("41-cookie.html")).unwrap();
    let found = sources(&["--sentences", "20"], &[&path])[0].join("\n");
    for frame in [
        "Cookies",
        "akzeptieren",
        "Startseite",
        "Eva Sommer",
        "Foto",
        "Bahn",
        "Hans",
        "Fahrrad",
        "Impressum",
        "Newsletter",
    ] {
        assert!(!found.contains(frame), "{frame}: {found}");
    }
    assert_eq!(found.lines().count(), 7, "{found}");
    assert_eq!(
        sources(&["--style", "headline"], &[&path]),
        [["Neue Brücke eröffnet"]]
    );
}
