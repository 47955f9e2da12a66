//! Pages for readers: what is on them, that they fetch nothing, and in a real browser that both sides stand side by side
//! and mark each other. The browser is `DEGIST_CHROMIUM` or a Chromium on the path; without one that part is left out.
#![allow(clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::Command;

use html5gum::{StartTag, Token, Tokenizer};

use crate::chromium::chromium;
use crate::util::run_with;

const ARTICLE: &str = "Die neue <Brücke> & der Fluss\n\nDatum: 3.10.2018\n\n\
    Die Stadt hat gestern eine neue Brücke eröffnet. Der Bürgermeister sprach von einem großen Tag. \
    Viele Menschen kamen zum Fest am Ufer. Die Brücke hat drei Millionen Euro gekostet.\n\n\
    Im nächsten\u{fffe} Jahr soll auch die alte Straße erneuert werden. Das Geld dafür kommt vom Land.\n";

fn run(arguments: &[&str]) -> String {
    let run = run_with("translate", arguments, "");
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

fn tags(page: &str) -> Vec<StartTag<()>> {
    Tokenizer::new(page)
        .filter_map(|token| match token.unwrap() {
            Token::StartTag(tag) => Some(tag),
            _ => None,
        })
        .collect()
}

fn value(tag: &StartTag<()>, name: &str) -> Option<String> {
    let (_, value) = tag
        .attributes
        .iter()
        .find(|(key, _)| key.0 == name.as_bytes())?;
    Some(String::from_utf8(value.value.0.clone()).unwrap())
}

/// An archive of two articles as pages.
fn archive(folder: &Path) -> PathBuf {
    let input = folder.join("in");
    std::fs::create_dir_all(input.join("ä b")).unwrap();
    std::fs::write(input.join("eins.txt"), ARTICLE).unwrap();
    std::fs::write(
        input.join("ä b/zwei#.txt"),
        "date 2020-01 Der Zug ist heute wieder zu spät. Das ist schade.\n",
    )
    .unwrap();
    let output = folder.join("out");
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    run(&[
        "-q",
        "--format",
        "html",
        "--flag-below",
        "0",
        &path(&input),
        "-o",
        &path(&output),
    ]);
    output
}

#[test]
fn a_page_has_both_sides_and_fetches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = archive(folder.path());
    let page = std::fs::read_to_string(output.join("eins.txt.html")).unwrap();
    let tags = tags(&page);
    let count = |lang: &str| {
        tags.iter()
            .filter(|tag| *tag.name == b"p" && value(tag, "lang").as_deref() == Some(lang))
            .count()
    };
    assert_eq!((count("de"), count("en")), (4, 4));
    let sentences: Vec<_> = tags.iter().filter(|tag| *tag.name == b"span").collect();
    assert_eq!(sentences.len(), 2 * 8);
    for i in 0..8 {
        let partners = sentences
            .iter()
            .filter(|tag| value(tag, "data-s") == Some(i.to_string()));
        assert_eq!(partners.count(), 2);
    }
    let class = |name: &str| {
        sentences
            .iter()
            .filter(|tag| value(tag, "class").is_some_and(|class| class.contains(name)))
            .count()
    };
    let is_of_summary = |tag: &&StartTag<()>| *tag.name == b"a" && value(tag, "data-s").is_some();
    let in_summary = tags.iter().filter(is_of_summary).count();
    assert!(in_summary >= 3);
    assert_eq!(class("chosen"), 2 * in_summary);
    assert_eq!(class("doubtful"), 2 * 8);
    assert!(
        page.contains("Die neue &lt;Brücke&gt; &amp; der Fluss"),
        "{page}"
    );
    assert!(page.contains("content=\"2018-10-03\""), "{page}");
    for tag in &tags {
        assert!(
            !["link", "img", "iframe", "object"].contains(&std::str::from_utf8(&tag.name).unwrap())
        );
        assert_eq!(value(tag, "src"), None);
        let is_here = |to: String| to.starts_with('#') || to == "index.html";
        assert!(value(tag, "href").is_none_or(is_here));
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn the_index_lists_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let output = archive(folder.path());
    std::fs::write(output.join("fremd.html"), "<title>Not ours</title>").unwrap();
    // A second run has nothing to do, and lists all the same.
    std::fs::remove_file(output.join("index.html")).unwrap();
    let output = archive(folder.path());
    let index = std::fs::read_to_string(output.join("index.html")).unwrap();
    let links: Vec<String> = tags(&index)
        .iter()
        .filter_map(|tag| value(tag, "href"))
        .collect();
    assert_eq!(
        links,
        ["#list", "eins.txt.html", "%C3%A4%20b/zwei%23.txt.html"]
    );
    for part in [
        "<h2 id=\"f0\">Not in a folder</h2>",
        "<h2 id=\"f1\">ä b</h2>",
        "<span class=\"file\">zwei#.txt</span>",
        "<span class=\"doubtful\">8 doubtful</span>",
        "<label for=\"words\">",
    ] {
        assert!(index.contains(part), "{part} in {index}");
    }
    let page = |name: &str| std::fs::read_to_string(output.join(name)).unwrap();
    assert!(page("eins.txt.html").contains("<a href=\"index.html\">"));
    assert!(page("ä b/zwei#.txt.html").contains("<a href=\"../index.html\">"));
    assert!(
        index.contains("<time>2020-01</time>") && index.contains("<time>2018-10-03</time>"),
        "{index}"
    );
    assert!(!index.contains("Not ours"));
}

#[test]
fn pages_show_tables_and_code() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text, expected) in [
        (
            "tabelle.md",
            "# Städte\n\n| Stadt | Größe |\n|---|---|\n| Köln | 12 |\n| Ein Dorf | 3 |\n\n```sh\ncargo run <nein>\n```\n\nDas ist das Ende.\n",
            &[
                "<table lang=\"de\"><tr>",
                "<td>12</td></tr><tr><td>",
                "<td>3</td></tr></table><table lang=\"en\">",
                ">cargo run &lt;nein&gt;</pre>",
            ] as &[&str],
        ),
        (
            "tabelle.html",
            "<p>Das ist der Anfang.</p><table><tr><th>Stadt</th><th>Größe</th></tr><tr><td>Ein Dorf</td><td>3 %</td></tr><tr><td>2024</td><td>1,5</td></tr></table><pre>a &lt; b</pre>",
            &[
                "<td>3 %</td></tr><tr><td>2024</td><td>1,5</td></tr></table>",
                ">a &lt; b</pre>",
            ],
        ),
        (
            "tabelle.txt",
            "Das ist der Anfang.\n\nStadt\tGröße\nEin Dorf\t3\n\n    1 2 3\n    4 5 6\n\nDas ist das Ende.\n",
            &["<td>3</td></tr></table>", ">    1 2 3\n    4 5 6</pre>"],
        ),
        (
            "kein.txt",
            "Das ist der Anfang.\n\n- Ein Punkt\n- Noch ein Punkt\n\nDas ist das Ende.\n",
            &["<div class=\"item\">"],
        ),
    ] {
        let input = folder.path().join(name);
        std::fs::write(&input, text).unwrap();
        let page = run(&["--format", "html", input.to_str().unwrap()]);
        for part in expected {
            assert!(page.contains(part), "{name}: {part} in {page}");
        }
        let has_more = name != "kein.txt";
        assert_eq!(page.contains("<pre"), has_more, "{page}");
        assert_eq!(page.contains("<td>"), has_more, "{page}");
    }
}

#[test]
fn several_pages_need_a_folder() {
    let arguments = ["--format", "html", "README.md", "CONTRIBUTING.md"];
    let run = run_with("translate", &arguments, "");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("--output"), "{}", run.stderr);
}

#[test]
fn tmx_and_lines_are_well_formed() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("a.txt");
    std::fs::write(&input, ARTICLE).unwrap();
    let input = input.to_str().unwrap();
    let tmx = run(&["--format", "tmx", input]);
    let mut xml = quick_xml::Reader::from_str(&tmx);
    let (mut units, mut depth) = (0, 0i32);
    loop {
        match xml.read_event().unwrap() {
            quick_xml::events::Event::Start(tag) => {
                depth += 1;
                units += usize::from(tag.name().as_ref() == "tu");
            }
            quick_xml::events::Event::End(_) => depth -= 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!((units, depth), (8, 0));
    assert!(
        tmx.contains("<seg>Die neue &lt;Brücke&gt; &amp; der Fluss</seg>"),
        "{tmx}"
    );
    let lines = run(&["--format", "jsonl", input]);
    let sources: Vec<String> = (lines.lines())
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|line| line["source"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(sources.len(), 8);
    assert_eq!(sources[3], "Der Bürgermeister sprach von einem großen Tag.");
}

/// What `script` answers in the page.
fn ask(browser: &Path, page: &Path, script: &str) -> String {
    let text = std::fs::read_to_string(page).unwrap();
    let script =
        format!("<script>document.body.dataset.answer = (() => {{ {script} }})();</script></body>");
    let asked = page.with_extension("asked.html");
    std::fs::write(&asked, text.replace("</body>", &script)).unwrap();
    let profile = tempfile::tempdir().unwrap();
    let run = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--window-size=1200,900",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", asked.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&run.stdout).into_owned();
    let answer = dom
        .split("data-answer=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    answer
        .unwrap_or_else(|| panic!("no answer in {dom}"))
        .to_owned()
}

#[test]
fn in_a_browser() {
    let Some(browser) = chromium() else {
        eprintln!("no Chromium: set DEGIST_CHROMIUM to check the pages in one");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let output = archive(folder.path());
    let page = output.join("eins.txt.html");
    let beside = "const [a, b] = document.querySelectorAll('main .paragraph p'); \
        const [x, y] = [a.getBoundingClientRect(), b.getBoundingClientRect()]; \
        return x.right < y.left && Math.abs(x.top - y.top) < 1 && x.width > 300;";
    assert_eq!(ask(&browser, &page, beside), "true");
    let partners = "document.querySelector('main [lang=de] [data-s=\"1\"]').dispatchEvent(new MouseEvent('mouseover', {bubbles: true})); \
        const first = [...document.querySelectorAll('main .on')].map(s => s.parentElement.lang + s.dataset.s).join(); \
        document.querySelector('main [lang=en] [data-s=\"3\"]').dispatchEvent(new MouseEvent('mouseover', {bubbles: true})); \
        return first + ' ' + [...document.querySelectorAll('main .on')].map(s => s.parentElement.lang + s.dataset.s).join();";
    assert_eq!(ask(&browser, &page, partners), "de1,en1 de3,en3");
    let search = "const input = document.querySelector('input'); input.value = 'TRAIN late'; \
        input.dispatchEvent(new Event('input')); \
        return [...document.querySelectorAll('li')].filter(item => !item.hidden).length + document.querySelector('#count').textContent;";
    let index = output.join("index.html");
    assert_eq!(ask(&browser, &index, search), "11 of 2");
    // German words and words of the text that are in no summary are found too, and folders without any are gone.
    for (words, expected) in [
        ("schade", "ä b"),
        ("MILLIONEN ufer", "Not in a folder"),
        ("xyz", ""),
        ("", "Not in a folder,ä b"),
    ] {
        let search = format!(
            "const input = document.querySelector('input'); input.value = '{words}'; input.dispatchEvent(new Event('input')); \
             return [...document.querySelectorAll('section')].filter(one => !one.hidden).map(one => one.querySelector('h2').textContent).join();"
        );
        assert_eq!(ask(&browser, &index, &search), expected, "{words}");
    }
    // Keyboard: the search has the focus, and the skip link comes into sight when it gets it.
    let focus = "const rules = [...document.styleSheets[0].cssRules].filter(rule => rule.selectorText === '.skip:focus'); \
        return document.querySelector('[autofocus]').tagName + rules.map(rule => rule.style.left).join() + \
        (document.querySelector('.skip').getBoundingClientRect().right < 0);";
    assert_eq!(ask(&browser, &index, focus), "INPUT1remtrue");
    let hidden = "const said = document.querySelector('.said').getBoundingClientRect(); return said.width <= 1 && said.height <= 1;";
    assert_eq!(ask(&browser, &page, hidden), "true");
}
