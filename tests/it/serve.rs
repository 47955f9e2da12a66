//! `degist serve`: what LibreTranslate's documentation says, with the very bytes that `translate` and `summarize` write.

use std::process::Command;

use serde_json::{Value, json};

use crate::server::{Answer, Server};
use crate::util::{program, root, run, run_with, texts, translate};

const SENTENCES: [&str; 8] = [
    "Guten Tag!",
    "Die Stadt baut eine neue Brücke über den Fluss.",
    "Am 3. Oktober 2018 kamen 1.250 Menschen.",
    "Schreiben Sie an info@example.org oder rufen Sie an.",
    "Das Wetter ist heute schön.",
    "Der Zug fährt um 14.30 Uhr ab.",
    "Viele Kinder spielen im Park, während ihre Eltern arbeiten.",
    "Wo ist der Bahnhof?",
];

#[test]
fn translations_are_those_of_translate() {
    let server = Server::start(&[]);
    for path in texts() {
        let text = std::fs::read_to_string(&path).unwrap();
        let written = run_with("translate", &["-q"], text.as_str()).stdout;
        assert_eq!(server.translate(&text), written, "{}", path.display());
    }
}

#[test]
fn many_clients_share_batches_and_each_gets_its_own() {
    let server = Server::start(&[]);
    let text = |i: usize| format!("{} Das Haus hat {} Fenster.", SENTENCES[i % 8], 100 + i);
    let records: String = (0..96)
        .map(|i| json!({ "text": text(i) }).to_string() + "\n")
        .collect();
    let expected: Vec<String> = run_with("translate", &["--jsonl"], records)
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| line["translation"].as_str().unwrap().to_owned())
        .collect();
    std::thread::scope(|scope| {
        for client in 0..32 {
            let (server, expected, text) = (&server, &expected, &text);
            scope.spawn(move || {
                for i in (client..96).step_by(32) {
                    assert_eq!(server.translate(&text(i)), expected[i]);
                }
            });
        }
    });
    let (steps, sentences) = (
        server.metric("degist_steps_total"),
        server.metric("degist_sentences_total"),
    );
    assert_eq!(sentences, 192.);
    assert!(steps < 96., "{steps}");
    server.wait_for("degist_under_way", 0.);
}

#[test]
fn a_text_may_come_in_any_form() {
    let server = Server::start(&[]);
    let expected = json!({ "translatedText": translate("Guten Tag!\nDas Wetter ist schön.") });
    let form = "q=Guten+Tag%21%0D%0ADas+Wetter+ist+sch%C3%B6n.&source=de&target=en";
    let fields = [
        ("q", "Guten Tag!\r\nDas Wetter ist schön."),
        ("source", "de-AT"),
        ("target", "en_GB"),
    ];
    let question = json!({
        "q": "Guten Tag!\nDas Wetter ist schön.", "source": "de", "target": "en", "format": "text",
        "alternatives": "0", "api_key": "", "unknown": [{ "a": 1 }],
    });
    for answer in [
        server.form("/translate", form),
        server.upload("/translate", &fields, "", b""),
        server.json("/translate", &question),
        server.send(
            "POST",
            "/translate?source=de&target=en&q=Guten+Tag!%0ADas+Wetter+ist+sch%C3%B6n.",
            &[],
            b"",
        ),
    ] {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.json(), expected);
    }
}

#[test]
fn lists_are_answered_by_lists() {
    let server = Server::start(&[]);
    let texts = ["Guten Tag!", "", "  ", "Wo ist der Bahnhof?"];
    let question = json!({ "q": texts, "source": "auto", "target": "en", "alternatives": 2, "segments": true });
    let answer = server.json("/translate", &question).json();
    let expected: Vec<String> = texts.iter().map(|text| translate(text)).collect();
    assert_eq!(answer["translatedText"], json!(expected));
    for name in ["detectedLanguage", "alternatives", "segments"] {
        assert_eq!(answer[name].as_array().unwrap().len(), 4, "{answer}");
    }
    assert_eq!(answer["detectedLanguage"][0]["language"], "de");
    assert_eq!(answer["segments"][1], json!([]));
    let segment = &answer["segments"][3][0];
    assert_eq!(segment["source"], "Wo ist der Bahnhof?");
    assert_eq!(segment["target"], answer["translatedText"][3]);
    assert!(segment["score"].as_f64().unwrap() < 0.);
    let one = json!({ "q": [texts[0]], "source": "de", "target": "en" });
    let one = server.json("/translate", &one).json();
    assert_eq!(one, json!({ "translatedText": [expected[0]] }));
}

#[test]
fn alternatives_are_other_translations_and_change_nothing() {
    let server = Server::start(&[]);
    let text = "Die Stadt baut eine neue Brücke über den Fluss. Das Wetter ist heute schön.";
    let question = json!({ "q": text, "source": "de", "target": "en", "alternatives": 3 });
    let answer = server.json("/translate", &question).json();
    assert_eq!(answer["translatedText"], translate(text));
    let others = answer["alternatives"].as_array().unwrap();
    assert_eq!(others.len(), 3, "{answer}");
    let mut all: Vec<&Value> = others.iter().chain([&answer["translatedText"]]).collect();
    all.sort_by_key(|text| text.to_string());
    all.dedup();
    assert_eq!(all.len(), 4, "{answer}");
    let question = json!({ "q": text, "source": "de", "target": "en", "alternatives": -1 });
    let answer = server.json("/translate", &question).json();
    assert_eq!(answer, json!({ "translatedText": translate(text) }));
}

#[test]
fn html_keeps_its_tags() {
    let server = Server::start(&[]);
    let page = "<p>Die <b>neue Brücke</b> &amp; der Fluss.</p><pre>Nicht dies</pre>";
    let written = run_with("translate", &["--input-format", "html"], page).stdout;
    let question = json!({ "q": page, "source": "de", "target": "en", "format": "html" });
    let answer = server.json("/translate", &question).json();
    assert_eq!(answer["translatedText"], written);
}

#[test]
fn languages_are_found_out() {
    let server = Server::start(&[]);
    let detect = |text: &str| server.json("/detect", &json!({ "q": text })).json();
    let found = detect("Die Stadt baut eine neue Brücke über den Fluss.");
    assert_eq!(found[0]["language"], "de");
    assert!(found[0]["confidence"].as_f64().unwrap() >= 50.);
    assert_eq!(
        detect("The city is building a new bridge.")[0]["language"],
        "en"
    );
    let auto = |text: &str| {
        server.json(
            "/translate",
            &json!({ "q": text, "source": "auto", "target": "en" }),
        )
    };
    let answer = auto("Guten Tag!").json();
    assert_eq!(answer["detectedLanguage"]["language"], "de");
    assert_eq!(answer["translatedText"], translate("Guten Tag!"));
    // English needs no translation; other languages have none here.
    let english = "The city is building a new bridge over the river.";
    let answer = auto(english).json();
    assert_eq!(answer["detectedLanguage"]["language"], "en");
    assert_eq!(answer["translatedText"], english);
    // Tags are in no language.
    let page = "<p class=\"the news of the day\">Das ist <b>unser</b> Haus.</p>";
    let question = json!({ "q": page, "source": "auto", "target": "en", "format": "html" });
    let answer = server.json("/translate", &question).json();
    assert_eq!(answer["detectedLanguage"]["language"], "de");
    let refused = auto("Le conseil municipal a décidé mardi soir de construire un nouveau pont.");
    assert_eq!(
        (refused.status, refused.error()),
        (400, "fr is not supported".into())
    );
}

#[test]
fn the_server_says_what_it_is() {
    let server = Server::start(&["--char-limit", "100"]);
    assert_eq!(
        server.get("/languages").json(),
        json!([
            { "code": "de", "name": "German", "targets": ["en"] },
            { "code": "en", "name": "English", "targets": [] },
        ])
    );
    assert_eq!(server.get("/health").json(), json!({ "status": "ok" }));
    let settings = server.get("/frontend/settings").json();
    assert_eq!(settings["charLimit"], 100);
    assert_eq!(settings["keyRequired"], false);
    let formats = settings["supportedFilesFormat"].as_array().unwrap();
    assert!(formats.contains(&json!(".docx")) && formats.contains(&json!(".srt")));
    let refused = server.form("/suggest", "q=a&s=b");
    assert_eq!(refused.status, 403);
}

/// Every route is described, and all that is described is there.
#[test]
fn the_description_is_of_this_server() {
    let server = Server::start(&[]);
    let description = server.get("/openapi.json").json();
    let source = std::fs::read_to_string(root().join("src/serve/routes/mod.rs")).unwrap();
    let routes = source.split(".route(\"").skip(1);
    let routes: Vec<&str> = routes.map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(routes.len() > 8);
    let paths = description["paths"].as_object().unwrap();
    let described: Vec<&str> = paths.keys().map(String::as_str).collect();
    let sorted = |mut all: Vec<&str>| {
        all.sort_unstable();
        all.join("\n")
    };
    assert_eq!(sorted(routes), sorted(described));
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let answer = server.send(&method.to_uppercase(), path, &[], b"");
            let expected = match path.as_str() {
                "/download_file/{name}" => 404,
                "/suggest" => 403,
                _ if method == "post" => 400,
                _ => 200,
            };
            assert_eq!(answer.status, expected, "{method} {path}");
        }
    }
    // References lead somewhere.
    let text = description.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(description.pointer(pointer).is_some(), "{pointer}");
    }
    let methods =
        &description["components"]["schemas"]["SummarizeRequest"]["properties"]["method"]["enum"];
    let known: Vec<&str> = degist::Method::all()
        .iter()
        .map(|method| method.name)
        .collect();
    assert_eq!(*methods, json!(known));
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(root().join(name)).unwrap()
}

#[test]
fn files_come_back_as_translate_writes_them() {
    let server = Server::start(&[]);
    let german = [("source", "de"), ("target", "en")];
    let folder = tempfile::tempdir().unwrap();
    for (path, name) in [
        ("tests/fixtures/formats/bruecke.docx", "bruecke_en.docx"),
        ("tests/fixtures/formats/buch.epub", "buch_en.epub"),
        ("tests/fixtures/formats/brief.pdf", "brief_en.txt"),
        ("tests/golden/interview.txt", "interview_en.txt"),
    ] {
        let output = folder.path().join(name);
        let input = root().join(path);
        run(program("translate")
            .arg("-q")
            .arg(&input)
            .arg("-o")
            .arg(&output));
        let expected = std::fs::read(&output).unwrap();
        let own_name = input.file_name().unwrap().to_str().unwrap();
        let answer = server.upload("/translate_file", &german, own_name, &fixture(path));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let url = answer.json()["translatedFileUrl"]
            .as_str()
            .unwrap()
            .to_owned();
        let place = url
            .strip_prefix(&format!("http://{}", server.address))
            .unwrap();
        let file = server.get(place);
        assert_eq!(file.status, 200);
        assert!(file.body == expected, "{path}");
        let disposition = file.header("content-disposition").unwrap();
        assert!(
            disposition.starts_with("attachment") && disposition.contains(name),
            "{disposition}"
        );
        assert_eq!(
            file.header("content-type"),
            Some("application/octet-stream")
        );
    }
}

#[test]
fn a_file_comes_at_once_or_with_progress() {
    let server = Server::start(&[]);
    let text = std::fs::read_to_string(root().join("tests/golden/interview.txt")).unwrap();
    let text = text.repeat(20);
    let fields = [("source", "auto"), ("target", "en"), ("download", "true")];
    let at_once = server.upload("/translate_file", &fields, "ä b.txt", text.as_bytes());
    assert_eq!(at_once.status, 200);
    let disposition = at_once.header("content-disposition").unwrap();
    assert!(
        disposition.ends_with("filename*=UTF-8''%C3%A4%20b_en.txt"),
        "{disposition}"
    );
    let fields = [("source", "de"), ("target", "en"), ("progress", "1")];
    let answer = server
        .upload("/translate_file", &fields, "ä b.txt", text.as_bytes())
        .text();
    let lines: Vec<Value> = answer
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (last, before) = lines.split_last().unwrap();
    assert!(!before.is_empty());
    let shares: Vec<f64> = before
        .iter()
        .map(|line| line["progress"].as_f64().unwrap())
        .collect();
    assert!(
        shares.is_sorted() && shares.iter().all(|share| (0. ..=1.).contains(share)),
        "{shares:?}"
    );
    let url = last["translatedFileUrl"].as_str().unwrap();
    let place = &url[url.find("/download_file").unwrap()..];
    assert_eq!(server.get(place).body, at_once.body);
    // What fails says so in the last line.
    let failed = server.upload(
        "/translate_file",
        &fields,
        "a.docx",
        b"PK\x03\x04 no package",
    );
    let last: Value = serde_json::from_str(failed.text().lines().last().unwrap()).unwrap();
    assert!(last["error"].as_str().unwrap().contains("ZIP"), "{last}");
}

#[test]
fn records_and_glossaries() {
    let server = Server::start(&[]);
    let table = "id,titel,text\n1,Die Stadtwerke,Die Stadtwerke bauen eine Brücke.\n";
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("a.csv"), table).unwrap();
    std::fs::write(path("g.tsv"), "!Stadtwerke\tCity Works\n").unwrap();
    let (file, glossary) = (path("a.csv"), path("g.tsv"));
    let arguments = [
        "--field",
        "titel",
        "--field",
        "text",
        "--glossary",
        &glossary,
        &file,
    ];
    let expected = run_with("translate", &arguments, "").stdout;
    let fields = [
        ("source", "de"),
        ("target", "en"),
        ("field", "titel\ntext"),
        ("glossary", "!Stadtwerke\tCity Works"),
        ("download", "1"),
    ];
    let answer = server.upload("/translate_file", &fields, "a.csv", table.as_bytes());
    assert_eq!(answer.text(), expected);
    let text = "Die Stadtwerke bauen eine Brücke.";
    let mut question =
        json!({ "q": text, "source": "de", "target": "en", "glossary": "!Stadtwerke\tCity Works" });
    let translated =
        |question: &Value| server.json("/translate", question).json()["translatedText"].to_string();
    assert!(translated(&question).contains("City Works"));
    // One client's terms are no other's.
    question["glossary"] = "".into();
    assert!(!translated(&question).contains("City Works"));
    question["glossary"] = "kein Tabulator".into();
    let refused = server.json("/translate", &question);
    assert_eq!(refused.status, 400);
    assert!(refused.error().contains("line 1"), "{}", refused.error());
    let other = Server::start(&["--glossary", &glossary]);
    assert!(other.translate(text).contains("City Works"));
}

#[test]
fn summaries_are_those_of_summarize() {
    let server = Server::start(&[]);
    let text = std::fs::read_to_string(root().join("tests/golden/interview.txt")).unwrap();
    let summary = |answer: Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["summary"].as_str().unwrap().to_owned() + "\n"
    };
    for (fields, arguments) in [
        (json!({}), &[][..]),
        (
            json!({ "sentences": 2, "style": "bullets" }),
            &["--sentences", "2", "--style", "bullets"],
        ),
        (
            json!({ "words": "40", "trim": true }),
            &["--words", "40", "--trim"],
        ),
        (
            json!({ "ratio": 0.1, "method": "lead" }),
            &["--ratio", "0.1", "--method", "lead"],
        ),
        (json!({ "style": "headline" }), &["--style", "headline"]),
    ] {
        let mut question = fields;
        question["q"] = text.as_str().into();
        let arguments = [&["-q"], arguments].concat();
        let written = run_with("summarize", &arguments, text.as_str()).stdout;
        assert_eq!(
            summary(server.json("/summarize", &question)),
            written,
            "{question}"
        );
    }
    let file = "tests/fixtures/formats/bruecke.docx";
    let written = run_with(
        "summarize",
        &["-q", root().join(file).to_str().unwrap()],
        "",
    )
    .stdout;
    let answer = server.upload("/summarize", &[], "bruecke.docx", &fixture(file));
    assert_eq!(summary(answer), written);
}

/// The client that LibreTranslate's authors publish.
#[test]
#[ignore = "fetches libretranslatepy from PyPI"]
fn the_python_client_is_content() {
    let place = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("libretranslatepy");
    if !place.join("libretranslatepy").exists() {
        let install = ["-m", "pip", "install", "-q", "--no-deps", "--target"];
        let done = Command::new("python3")
            .args(install)
            .arg(&place)
            .arg("libretranslatepy==2.1.4")
            .status();
        assert!(done.unwrap().success(), "pip cannot fetch libretranslatepy");
    }
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), "geheim\n").unwrap();
    let server = Server::start(&["--api-key", keys.path().to_str().unwrap()]);
    let script = "import json, sys\n\
        from libretranslatepy import LibreTranslateAPI\n\
        lt = LibreTranslateAPI(sys.argv[1], api_key='geheim')\n\
        print(json.dumps([lt.translate('Guten Tag!', 'de', 'en'), lt.detect('Die Stadt baut eine Brücke.'), lt.languages()]))";
    let output = Command::new("python3")
        .args(["-c", script, &format!("http://{}", server.address)])
        .env("PYTHONPATH", &place)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said[0], translate("Guten Tag!"));
    assert_eq!(said[1][0]["language"], "de");
    assert_eq!(said[2][0]["code"], "de");
}
