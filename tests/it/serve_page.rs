//! The page of `degist serve` in a real browser: what is typed, dropped and chosen, and how it looks. Without a Chromium
//! it is left out.
#![allow(clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::chromium::{Page, chromium};
use crate::server::Server;
use crate::util::{program, root, run, run_with, translate};

/// Server, its address, and its page in a browser; `None` without a browser.
fn opened(arguments: &[&str]) -> Option<(Server, String, Page)> {
    let Some(browser) = chromium() else {
        eprintln!("no Chromium: set DEGIST_CHROMIUM to check the page of the server in one");
        return None;
    };
    let server = Server::start(arguments);
    let address = format!("http://{}/", server.address);
    let page = Page::open(&browser, &address);
    Some((server, address, page))
}

/// Waits until the right pane has this text.
fn wait_for_english(page: &mut Page, text: &str) {
    page.wait(&format!(
        "document.querySelector('#target').textContent === {}",
        json!(text)
    ));
}

/// Chooses a value as a person does: the page is told.
fn choose(page: &mut Page, field: &str, value: &str) {
    page.ask(&format!(
        "(() => {{ const field = document.querySelector('#{field}'); field.value = {}; \
         for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {{ bubbles: true }})); }})()",
        json!(value)
    ));
}

/// The sentences that are marked, with the pane that each is in.
fn marked(page: &mut Page) -> String {
    let script = "[...document.querySelectorAll('.text .on')].map(span => `${span.parentElement.id} ${span.dataset.s}`).join()";
    page.ask(script).as_str().unwrap().to_owned()
}

#[test]
fn typing_translates_and_partners_are_marked() {
    let Some((server, address, mut page)) = opened(&[]) else {
        return;
    };
    assert_eq!(page.ask("document.activeElement.id"), "source");
    let first = "Guten Tag! Die Stadt baut eine neue Brücke über den Fluss.";
    page.type_text(first);
    wait_for_english(&mut page, &translate(first));
    // A new paragraph is asked for alone.
    let before = server.metric("degist_sentences_total");
    let both = format!("{first}\n\nWo ist der Bahnhof?");
    page.type_text("\n\nWo ist der Bahnhof?");
    wait_for_english(&mut page, &translate(&both));
    assert_eq!(server.metric("degist_sentences_total"), before + 1.);
    assert_eq!(marked(&mut page), "behind 2,target 2", "that at the caret");
    page.point_at("#behind [data-s='0']");
    assert_eq!(marked(&mut page), "behind 0,target 0");
    page.point_at("#target [data-s='1']");
    assert_eq!(marked(&mut page), "behind 1,target 1");
    let beside = "(() => { const [a, b] = ['#source', '#target'].map(name => document.querySelector(name).getBoundingClientRect()); \
        return a.right <= b.left && Math.abs(a.top - b.top) < 2 && Math.abs(a.width - b.width) < 3; })()";
    assert_eq!(page.ask(beside), true);
    // The text behind lies where the text in front does.
    let alike = "(() => { const [a, b] = ['#source', '#behind'].map(name => document.querySelector(name)); \
        return a.scrollHeight <= a.clientHeight && Math.abs(a.offsetHeight - b.offsetHeight) < 2 && getComputedStyle(a).font === getComputedStyle(b).font; })()";
    assert_eq!(page.ask(alike), true);
    // By keys alone.
    page.ask("document.querySelector('#target').focus()");
    page.point_at("h1");
    page.press("ArrowDown");
    assert_eq!(marked(&mut page), "behind 0,target 0");
    page.press("ArrowDown");
    page.press("ArrowRight");
    page.press("ArrowUp");
    assert_eq!(marked(&mut page), "behind 1,target 1");
    let told = page.ask("document.querySelector('#pair').textContent");
    assert!(told.as_str().unwrap().contains("Die Stadt baut"), "{told}");
    page.ask("document.querySelector('#clear').click()");
    wait_for_english(&mut page, "");
    page.assert_sound(&address);
}

#[test]
fn files_are_dropped_and_come_back() {
    let Some((_server, address, mut page)) = opened(&[]) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let downloads = page.downloads();
    let expected = |input: &Path| {
        let output = folder.path().join("expected");
        run(program("translate")
            .arg("-q")
            .arg(input)
            .arg("-o")
            .arg(&output));
        std::fs::read(output).unwrap()
    };
    let fetch = |page: &mut Page, item: usize, name: &str| {
        page.wait(&format!(
            "document.querySelectorAll('#files li')[{item}]?.querySelector('a')"
        ));
        page.ask(&format!(
            "document.querySelectorAll('#files li')[{item}].querySelector('a').click()"
        ));
        let file = downloads.join(name);
        while !file.exists() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        std::fs::read(file).unwrap()
    };
    let document = root().join("tests/fixtures/formats/bruecke.docx");
    page.choose_file("#chosen", &document);
    assert!(fetch(&mut page, 0, "bruecke_en.docx") == expected(&document));
    let text = "Das Wetter ist heute schön.\n\nWo ist der Bahnhof?\n";
    let input = folder.path().join("ä b.txt");
    std::fs::write(&input, text).unwrap();
    let drop = format!(
        "(() => {{ const transfer = new DataTransfer(); transfer.items.add(new File([{}], 'ä b.txt')); \
         for (const kind of ['dragover', 'drop']) document.querySelector('#source').dispatchEvent(\
         new DragEvent(kind, {{ dataTransfer: transfer, bubbles: true, cancelable: true }})); }})()",
        json!(text)
    );
    page.ask(&drop);
    assert!(fetch(&mut page, 1, "ä b_en.txt") == expected(&input));
    // What cannot be read is told beside its name.
    page.choose_file("#chosen", &root().join("tests/fixtures/formats/brief.pdf"));
    page.wait("document.querySelectorAll('#files li')[2]?.querySelector('a')");
    let broken = folder.path().join("kaputt.docx");
    std::fs::write(&broken, "PK\u{3}\u{4}").unwrap();
    page.choose_file("#chosen", &broken);
    page.wait("document.querySelector('#files .error')?.textContent.includes('ZIP')");
    page.assert_sound(&address);
}

#[test]
fn summaries_glossary_and_doubts() {
    let Some((_server, address, mut page)) = opened(&["--flag-below", "0"]) else {
        return;
    };
    let text = std::fs::read_to_string(root().join("tests/golden/interview.txt")).unwrap();
    choose(&mut page, "source", &text);
    page.wait("document.querySelector('#target .doubtful')");
    page.wait("/doubtful/.test(document.querySelector('#status').textContent)");
    choose(&mut page, "length", "sentences=3");
    choose(&mut page, "style", "bullets");
    page.ask("document.querySelector('#summarize').requestSubmit()");
    let arguments = ["-q", "--sentences", "3", "--style", "bullets"];
    let summary = run_with("summarize", &arguments, text.as_str()).stdout;
    page.wait(&format!(
        "document.querySelector('#summary').textContent === {}",
        json!(summary.trim_end())
    ));
    page.point_at("#summary span");
    let on = marked(&mut page);
    assert!(
        on.contains("summary") && on.contains("behind") && on.contains("target"),
        "{on}"
    );
    choose(&mut page, "source", "Die Stadtwerke bauen eine Brücke.");
    choose(&mut page, "glossary", "!Stadtwerke = City Works");
    page.wait("document.querySelector('#target').textContent.includes('City Works')");
    choose(&mut page, "glossary", "Stadtwerke");
    page.wait("document.querySelector('#glossary-error').textContent.includes('line 1')");
    page.assert_sound(&address);
}

#[test]
fn looks_and_languages_are_remembered() {
    let Some((_server, address, mut page)) = opened(&[]) else {
        return;
    };
    let ground = "getComputedStyle(document.body).backgroundColor";
    page.prefer("light");
    page.wait("document.documentElement.dataset.theme === 'light'");
    let light = page.ask(ground);
    page.prefer("dark");
    page.wait("document.documentElement.dataset.theme === 'dark'");
    assert_ne!(page.ask(ground), light);
    choose(&mut page, "theme", "light");
    assert_eq!(
        page.ask(ground),
        light,
        "the person's choice goes before the system's"
    );
    choose(&mut page, "language", "de");
    choose(&mut page, "style", "headline");
    page.go(&address);
    assert_eq!(page.ask(ground), light);
    assert_eq!(page.ask("document.documentElement.lang"), "de");
    assert_eq!(
        page.ask("document.querySelector('#copy').textContent"),
        "Kopieren"
    );
    assert_eq!(
        page.ask("document.querySelector('#style').value"),
        "headline"
    );
    // All that is shown has words in both languages: German has none of the English ones left.
    let left = page.ask("[...document.querySelectorAll('[data-t]')].filter(one => !one.textContent || one.textContent === 'undefined').length");
    assert_eq!(left, 0);
    page.size(340, 700);
    let stacked = "(() => { const [a, b] = ['#source', '#target'].map(name => document.querySelector(name).getBoundingClientRect()); return a.bottom <= b.top; })()";
    page.wait(stacked);
    assert_eq!(
        page.ask("document.documentElement.scrollWidth <= window.innerWidth"),
        true
    );
    page.assert_sound(&address);
}

#[test]
fn a_server_with_keys_asks_for_one() {
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), "geheim\n").unwrap();
    let Some((_server, address, mut page)) = opened(&["--api-key", keys.path().to_str().unwrap()])
    else {
        return;
    };
    page.wait("!document.querySelector('#key-label').hidden");
    page.ask("document.querySelector('#source').focus()");
    page.type_text("Guten Tag!");
    page.wait("/key/.test(document.querySelector('#status').textContent)");
    choose(&mut page, "key", "geheim");
    wait_for_english(&mut page, &translate("Guten Tag!"));
    page.assert_sound(&address);
}

/// axe-core, from npm.
fn axe() -> String {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("axe-core");
    let script: PathBuf = place.join("package/axe.min.js");
    if !script.exists() {
        std::fs::create_dir_all(&place).unwrap();
        let pack = Command::new("npm")
            .args(["pack", "--silent", "axe-core@4.14.1"])
            .current_dir(&place)
            .status();
        assert!(pack.unwrap().success(), "npm cannot fetch axe-core");
        let unpack = Command::new("tar")
            .args(["xzf", "axe-core-4.14.1.tgz"])
            .current_dir(&place)
            .status();
        assert!(unpack.unwrap().success());
    }
    std::fs::read_to_string(script).unwrap()
}

#[test]
#[ignore = "fetches axe-core from npm"]
fn everybody_can_use_the_page() {
    let Some((_server, _, mut page)) = opened(&["--flag-below", "0"]) else {
        return;
    };
    page.ask(&axe());
    choose(
        &mut page,
        "source",
        "Guten Tag! Die Stadt baut eine neue Brücke.\n\nWo ist der Bahnhof?",
    );
    page.wait("document.querySelector('#target .doubtful')");
    page.choose_file("#chosen", &root().join("tests/golden/interview.txt"));
    page.wait("document.querySelector('#files a')");
    page.ask("document.querySelector('#summarize').requestSubmit()");
    page.wait("document.querySelector('#summary span')");
    page.ask("document.querySelector('details').open = true");
    for (theme, width, language) in [
        ("light", 1200, "en"),
        ("dark", 1200, "de"),
        ("light", 340, "de"),
        ("dark", 340, "en"),
    ] {
        choose(&mut page, "theme", theme);
        choose(&mut page, "language", language);
        page.size(width, 900);
        page.point_at("#target span");
        let findings = page.ask(
            "axe.run().then(found => found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html + ' ' + node.failureSummary).join('; ')}`).join('\\n'))",
        );
        assert_eq!(findings, "", "{theme}, {width}, {language}");
    }
}
