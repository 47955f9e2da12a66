//! `degist serve` against clients that are broken, too many, gone or hostile.

use std::io::Write;
use std::net::Shutdown;

use serde_json::json;

use crate::server::{Answer, Server};
use crate::util::{root, run_with, translate};

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.below(256) as u8).collect()
    }
}

const JSON: (&str, &str) = ("Content-Type", "application/json");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const GOOD: &str = r#"{"q":"Guten Tag!","source":"de","target":"en"}"#;

/// A broken request of one of the kinds, and the statuses that are right for it.
type Kind = fn(&Server, &mut Random) -> (Vec<u8>, &'static [u16]);

const KINDS: [Kind; 22] = [
    |_, random| ([random.bytes(20).as_slice(), b"\r\n\r\n"].concat(), &[400]),
    |_, _| {
        (
            b"GET / HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n".to_vec(),
            &[400],
        )
    },
    |_, _| {
        (
            b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n".to_vec(),
            &[400],
        )
    },
    |server, random| {
        let host = format!("evil{}.example", random.below(100));
        let request = server.request(
            "POST",
            "/translate",
            &[JSON, ("Host", &host)],
            GOOD.as_bytes(),
        );
        (request, &[403])
    },
    |server, random| {
        let origin = format!("https://evil{}.example", random.below(100));
        let request = server.request(
            "POST",
            "/translate",
            &[JSON, ("Origin", &origin)],
            GOOD.as_bytes(),
        );
        (request, &[403])
    },
    |server, random| {
        let paths = [
            "/x",
            "/translate/",
            "//translate",
            "/../etc/passwd",
            "/%2e%2e/etc/passwd",
            "/download_file/..%2f..%2fx",
            "/page",
        ];
        (
            server.request("GET", paths[random.below(7)], &[], b""),
            &[404],
        )
    },
    |server, random| {
        let (method, path) = [
            ("GET", "/translate"),
            ("DELETE", "/translate"),
            ("PUT", "/"),
            ("POST", "/health"),
        ][random.below(4)];
        (server.request(method, path, &[], b""), &[405])
    },
    |server, random| {
        let cut = &GOOD.as_bytes()[..random.below(GOOD.len())];
        (server.request("POST", "/translate", &[JSON], cut), &[400])
    },
    |server, random| {
        let json = [
            "[]",
            "3",
            "null",
            "\"q\"",
            "[{\"q\":\"a\"}]",
            "{} {}",
            "{\"q\":}",
        ][random.below(7)];
        (
            server.request("POST", "/translate", &[JSON], json.as_bytes()),
            &[400],
        )
    },
    |server, random| {
        let depth = 100 + random.below(100_000);
        let json = format!(
            "{{\"q\":{}1{},\"source\":\"de\",\"target\":\"en\"}}",
            "[".repeat(depth),
            "]".repeat(depth)
        );
        (
            server.request("POST", "/translate", &[JSON], json.as_bytes()),
            &[400],
        )
    },
    |server, random| {
        let values = [
            "3",
            "true",
            "{}",
            "[1]",
            "[[\"a\"]]",
            "[\"a\",null]",
            "[\"\\ud800\"]",
        ];
        let mut json = json!({ "q": "a", "source": "de", "target": "en" }).to_string();
        let name = ["\"a\"", "\"de\"", "\"en\""][random.below(3)];
        json = json.replace(name, values[random.below(7)]);
        (
            server.request("POST", "/translate", &[JSON], json.as_bytes()),
            &[400],
        )
    },
    |server, random| {
        let form = [
            "q=a",
            "source=de&target=en",
            "q=&source=de&target=en",
            "q=a&source=de",
            "",
            "q",
            "&&=&",
        ][random.below(7)];
        (
            server.request("POST", "/translate", &[FORM], form.as_bytes()),
            &[400],
        )
    },
    |server, random| {
        let wrong = [
            "source=fr&target=en",
            "source=de&target=fr",
            "source=de&target=en&format=pdf",
            "source=de&target=en&alternatives=9",
            "source=de&target=en&alternatives=x",
            "source=de&target=en&segments=perhaps",
            "source=de&target=en&glossary=a",
        ];
        let form = format!("q=Guten+Tag&{}", wrong[random.below(7)]);
        (
            server.request("POST", "/translate", &[FORM], form.as_bytes()),
            &[400],
        )
    },
    |server, random| {
        let (kind, count) = (
            ["/translate", "/detect", "/summarize"][random.below(3)],
            random.below(3000),
        );
        (
            server.request("POST", kind, &[JSON], &random.bytes(count)),
            &[400],
        )
    },
    |server, random| {
        let count = random.below(3000);
        (
            server.request("POST", "/translate", &[FORM], &random.bytes(count)),
            &[400],
        )
    },
    |server, random| {
        let types = [
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=edge",
            "multipart/form-data; boundary=\"",
        ];
        let kind = ("Content-Type", types[random.below(4)]);
        let body = [
            "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nabc",
            "--edge",
            "--edge\r\n\r\n",
            "x",
        ][random.below(4)];
        (
            server.request("POST", "/translate_file", &[kind], body.as_bytes()),
            &[400],
        )
    },
    |server, random| {
        let size = (3 << 20) + random.below(1 << 40);
        let head = format!(
            "POST /translate HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n",
            server.address
        );
        (head.into_bytes(), &[413])
    },
    |server, random| {
        // Nobody is left to answer.
        let head = format!(
            "POST /translate HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000\r\n\r\n",
            server.address
        );
        let count = random.below(900);
        ([head.as_bytes(), &random.bytes(count)].concat(), &[])
    },
    |server, random| {
        let file = std::fs::read(root().join("tests/fixtures/formats/bruecke.docx")).unwrap();
        let kept = 4 + random.below(file.len() - 100);
        let fields = "--edge\r\nContent-Disposition: form-data; name=\"source\"\r\n\r\nde\r\n--edge\r\nContent-Disposition: form-data; name=\"target\"\r\n\r\nen\r\n--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.docx\"\r\n\r\n";
        let body = [fields.as_bytes(), &file[..kept], b"\r\n--edge--\r\n"].concat();
        let kind = ("Content-Type", "multipart/form-data; boundary=edge");
        (
            server.request("POST", "/translate_file", &[kind], &body),
            &[400],
        )
    },
    |server, random| {
        let texts = vec!["a"; 10_001 + random.below(1000)];
        let json = json!({ "q": texts, "source": "de", "target": "en" }).to_string();
        (
            server.request("POST", "/translate", &[JSON], json.as_bytes()),
            &[400],
        )
    },
    |server, _| {
        let body = "zz\r\nabc\r\n0\r\n\r\n";
        let head = format!(
            "POST /translate HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
            server.address
        );
        ((head + body).into_bytes(), &[400])
    },
    |server, random| {
        let many = vec![("X-Many", "a"); 110 + random.below(100)];
        (server.request("GET", "/health", &many, b""), &[431])
    },
];

/// Memory of a process in MB, where the system tells it.
fn memory(server: &Server) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim()
        .trim_end_matches(" kB")
        .parse::<usize>()
        .ok()
        .map(|kilobytes| kilobytes >> 10)
}

#[test]
fn broken_requests_are_refused_and_leave_nothing_behind() {
    let server = Server::start(&[]);
    let mut random = Random(20);
    let mut before = None;
    for round in 0..50 {
        for (number, kind) in KINDS.iter().enumerate() {
            let (request, expected) = kind(&server, &mut random);
            if expected.is_empty() {
                let mut stream = server.connect();
                stream.write_all(&request).unwrap();
                stream.shutdown(Shutdown::Both).unwrap();
                continue;
            }
            let answer = server.raw(&request);
            assert!(
                expected.contains(&answer.status),
                "kind {number}, round {round}: {} {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            );
            // What HTTP itself refuses has no body; all else says why.
            if !answer.body.is_empty() {
                assert!(!answer.error().is_empty());
            }
        }
        if round == 24 {
            before = memory(&server);
        }
    }
    assert_eq!(server.translate("Guten Tag!"), translate("Guten Tag!"));
    if let (Some(before), Some(after)) = (before, memory(&server)) {
        assert!(after < before + 40, "{before} MB, then {after} MB");
    }
    server.wait_for("degist_under_way", 0.);
    assert!(!server.get("/metrics").text().contains("status=\"500\""));
    server.interrupt();
    let (status, log) = server.wait();
    assert!(status.success() && !log.contains("panicked"), "{log}");
}

#[test]
fn only_those_with_a_key_may_ask() {
    let keys = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(keys.path(), "# unsere\neins\nzwei\n").unwrap();
    let server = Server::start(&["--api-key", keys.path().to_str().unwrap()]);
    let ask = |key: &str| {
        server.form(
            "/translate",
            &format!("q=Guten+Tag&source=de&target=en{key}"),
        )
    };
    assert_eq!(ask("").status, 400);
    let refused = ask("&api_key=drei");
    assert_eq!(
        (refused.status, refused.error()),
        (403, "Invalid API key".into())
    );
    assert_eq!(ask("&api_key=zwei").status, 200);
    for path in ["/detect", "/summarize", "/translate_file"] {
        assert_eq!(
            server.form(path, "q=Guten+Tag&source=de&target=en").status,
            400,
            "{path}"
        );
    }
    let bearer = ("Authorization", "Bearer eins");
    let answer = server.send("POST", "/translate", &[JSON, bearer], GOOD.as_bytes());
    assert_eq!(answer.status, 200);
    assert_eq!(server.get("/frontend/settings").json()["keyRequired"], true);
    assert_eq!(server.get("/languages").status, 200);
    let empty = tempfile::NamedTempFile::new().unwrap();
    let run = run_with(
        "degist",
        &["serve", "--api-key", empty.path().to_str().unwrap()],
        "",
    );
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("there is no key in it"),
        "{}",
        run.stderr
    );
}

#[test]
fn pages_of_other_sites_ask_only_if_they_may() {
    let site = "https://weblate.example.org";
    let server = Server::start(&["--cors", site, "--allow-host", "Translate.Example.org"]);
    let ask = |method, headers: &[(&str, &str)]| {
        let headers = [&[JSON], headers].concat();
        server.send(method, "/translate", &headers, GOOD.as_bytes())
    };
    let allowed = ask("POST", &[("Origin", site)]);
    assert_eq!(
        (
            allowed.status,
            allowed.header("access-control-allow-origin")
        ),
        (200, Some(site))
    );
    let question = ask(
        "OPTIONS",
        &[("Origin", site), ("Access-Control-Request-Method", "POST")],
    );
    assert_eq!(question.status, 204);
    assert_eq!(
        question.header("access-control-allow-headers"),
        Some("Authorization, Content-Type")
    );
    let other = ask("OPTIONS", &[("Origin", "https://evil.example")]);
    assert_eq!(
        (other.status, other.header("access-control-allow-origin")),
        (403, None)
    );
    assert_eq!(
        ask("POST", &[("Host", "translate.example.org")]).status,
        200
    );
    assert_eq!(ask("POST", &[("Host", "rebound.example")]).status, 403);
    // The page itself asks with its own origin.
    let own = format!("http://{}", server.address);
    assert_eq!(ask("POST", &[("Origin", &own)]).status, 200);
}

/// A request of which the end is missing.
fn begun(server: &Server) -> std::net::TcpStream {
    let request = server.request("POST", "/translate", &[JSON], GOOD.as_bytes());
    let mut stream = server.connect();
    stream.write_all(&request[..request.len() - 1]).unwrap();
    stream
}

#[test]
fn too_many_requests_are_told_to_come_back() {
    let server = Server::start(&["--queue", "2"]);
    let mut waiting = [begun(&server), begun(&server)];
    server.wait_for("degist_under_way", 2.);
    let refused = server.send("POST", "/translate", &[JSON], GOOD.as_bytes());
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("1"))
    );
    assert_eq!(server.metric("degist_refused_total"), 1.);
    for stream in &mut waiting {
        stream.write_all(b"}").unwrap();
    }
    for stream in waiting {
        assert_eq!(Answer::read(stream).status, 200);
    }
    server.wait_for("degist_under_way", 0.);
    assert_eq!(
        server
            .send("POST", "/translate", &[JSON], GOOD.as_bytes())
            .status,
        200
    );
}

/// Different sentences, enough for many steps.
fn long_text() -> String {
    (0..6000)
        .map(|i| {
            format!(
                "Die Stadt Nummer {i} baut in diesem Jahr {} neue Brücken über den Fluss. ",
                i + 7
            )
        })
        .collect()
}

/// A client that has asked for the translation of the long text, and does not read the answer.
fn with_long_text(server: &Server) -> std::net::TcpStream {
    let question = json!({ "q": long_text(), "source": "de", "target": "en" }).to_string();
    let request = server.request("POST", "/translate", &[JSON], question.as_bytes());
    let mut stream = server.connect();
    stream.write_all(&request).unwrap();
    while server.metric("degist_steps_total") < 1. {}
    stream
}

#[test]
fn a_long_document_holds_up_no_short_text() {
    let server = Server::start(&[]);
    let long = with_long_text(&server);
    for _ in 0..10 {
        server.translate("Guten Tag!");
    }
    assert_eq!(
        server.metric("degist_under_way"),
        1.,
        "the long one is not done yet"
    );
    drop(long);
}

#[test]
fn the_work_for_clients_that_have_gone_ends() {
    let server = Server::start(&[]);
    drop(with_long_text(&server));
    server.wait_for("degist_cancelled_total", 1.);
    server.wait_for("degist_under_way", 0.);
    assert!(server.metric("degist_sentences_total") < 6000.);
}

#[test]
fn what_takes_too_long_is_given_up() {
    let server = Server::start(&["--timeout", "1", "--threads", "1"]);
    let fields = [("source", "de"), ("target", "en")];
    let text = long_text();
    let answer = server.upload("/translate_file", &fields, "a.txt", text.as_bytes());
    assert_eq!(answer.status, 504, "{}", answer.text());
    server.wait_for("degist_under_way", 0.);
}

#[test]
fn files_and_texts_have_their_limits() {
    let server = Server::start(&["--max-file", "1", "--char-limit", "20"]);
    let fields = [("source", "de"), ("target", "en")];
    let large = server.upload("/translate_file", &fields, "a.txt", &vec![b'a'; 2 << 20]);
    assert_eq!(
        (large.status, large.error()),
        (413, "The request is larger than 1 MB".into())
    );
    let long = server.form(
        "/translate",
        "q=Die+Stadt+baut+eine+Br%C3%BCcke.&source=de&target=en",
    );
    let message = "Invalid request: request (27) exceeds text limit (20)";
    assert_eq!((long.status, long.error()), (400, message.into()));
    for (name, bytes, message) in [
        ("", &b""[..], "missing file"),
        ("a.txt", b"", "empty file"),
        (
            "a.png",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            "which degist does not read",
        ),
        ("a.docx", b"PK\x03\x04", "ZIP"),
        ("a.csv", b"a,b\n1,2\n", "--field"),
        ("a.jsonl", b"{", "no JSON object"),
    ] {
        let refused = server.upload("/translate_file", &fields, name, bytes);
        assert_eq!(refused.status, 400, "{name}");
        assert!(
            refused.error().contains(message),
            "{name}: {}",
            refused.error()
        );
    }
    assert_eq!(
        server.get("/download_file/0123456789abcdef.txt").status,
        404
    );
}

#[test]
fn nothing_of_a_text_is_in_the_log() {
    let server = Server::start(&["--log-requests"]);
    server.translate("Das Geheimwort ist heute Sonnenblume.");
    server.form(
        "/translate",
        "q=Geheimwort&source=Geheimwort&target=Geheimwort",
    );
    server.get("/Geheimwort?q=Geheimwort");
    server.upload(
        "/translate_file",
        &[("source", "de"), ("target", "en")],
        "Geheimwort.docx",
        b"Geheimwort",
    );
    server.interrupt();
    let (_, log) = server.wait();
    for line in [
        "/translate 200 ",
        "/translate 400 ",
        "* 404 ",
        "/translate_file 400 ",
    ] {
        assert!(log.contains(line), "{line}: {log}");
    }
    for secret in ["Geheimwort", "Sonnenblume", "secret word", "sunflower"] {
        assert!(
            !log.to_lowercase().contains(&secret.to_lowercase()),
            "{log}"
        );
    }
}

#[test]
fn what_is_begun_is_answered_before_the_end() {
    let server = Server::start(&[]);
    let mut stream = begun(&server);
    server.wait_for("degist_under_way", 1.);
    server.interrupt();
    // The listener is closed first.
    while std::net::TcpStream::connect(server.address).is_ok() {}
    stream.write_all(b"}").unwrap();
    assert_eq!(Answer::read(stream).status, 200);
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log}");
}

#[test]
fn what_cannot_be_listened_on_is_named() {
    let server = Server::start(&[]);
    let address = server.address.to_string();
    let run = run_with("degist", &["serve", "--listen", &address], "");
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("--listen"), "{}", run.stderr);
    let run = run_with("degist", &["serve", "--listen", "5000"], "");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("127.0.0.1:5000"), "{}", run.stderr);
}
