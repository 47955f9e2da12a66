//! Bad input: a clear word, nothing lost, no panic, no half-written file.

use std::path::Path;

use crate::util::{Run, run_with as run};

/// One or two lines, and the first says what it is.
fn assert_clear(run: &Run, said: &str) {
    assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    assert!(run.stderr.lines().count() <= 2, "{}", run.stderr);
    assert!(run.stderr.contains(said), "{said}: {}", run.stderr);
}

#[test]
fn a_missing_file() {
    for program in ["translate", "summarize"] {
        let run = run(program, &["gibt/es/nicht.txt"], "");
        assert_eq!((run.code, run.stdout.as_str()), (1, ""));
        assert_clear(&run, "gibt/es/nicht.txt");
    }
}

#[cfg(unix)]
#[test]
fn an_unreadable_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("geheim.txt");
    std::fs::write(&path, "Guten Tag!").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_ok() {
        return; // the superuser reads everything
    }
    let run = run("translate", &[path.to_str().unwrap()], "");
    assert_eq!(run.code, 1);
    assert_clear(&run, "geheim.txt");
}

#[test]
fn a_folder_without_output() {
    let folder = tempfile::tempdir().unwrap();
    for program in ["translate", "summarize"] {
        let run = run(program, &[folder.path().to_str().unwrap()], "");
        assert_eq!(run.code, 2);
        assert_clear(&run, "--output");
    }
}

#[test]
fn an_empty_file() {
    for nothing in ["", "\n\n   \n", "\u{feff}"] {
        let translation = run("translate", &[], nothing);
        assert_eq!(
            (translation.code, translation.stdout.as_str()),
            (0, nothing.trim_start_matches('\u{feff}'))
        );
        let summary = run("summarize", &[], nothing);
        assert_eq!((summary.code, summary.stdout.as_str()), (1, ""));
        assert_clear(&summary, "nothing to summarise");
    }
}

#[test]
fn a_binary_file() {
    let files: [&[u8]; 4] = [
        b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"\x00\x01\x02\x03\xff\xfe\xfd\x00\x10\x80",
    ];
    for bytes in files {
        let run = run("translate", &[], bytes);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{bytes:?}");
        assert_clear(&run, "standard input");
    }
}

#[test]
fn a_failure_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("a.pdf");
    let output = folder.path().join("a.txt");
    std::fs::write(&input, b"%PDF-1.4\n\x00\x00").unwrap();
    let run = run(
        "translate",
        &[input.to_str().unwrap(), "-o", output.to_str().unwrap()],
        "",
    );
    assert_eq!(run.code, 1);
    let names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["a.pdf"]);
}

#[test]
fn an_output_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let below = file.join("a.txt");
    let run = run("translate", &["-o", below.to_str().unwrap()], "Guten Tag!");
    assert_eq!(run.code, 1);
    assert_clear(&run, "cannot write");
}

#[test]
fn an_input_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    std::fs::write(&path, "Guten Tag!").unwrap();
    let run = run(
        "translate",
        &[path.to_str().unwrap(), "-o", path.to_str().unwrap()],
        "",
    );
    assert_eq!(run.code, 2);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "Guten Tag!");
}

/// Runs a program under a shell that first does `setup`.
#[cfg(unix)]
fn run_after(setup: &str, program: &str, arguments: &[&str]) -> std::process::Output {
    let path = match program {
        "translate" => env!("CARGO_BIN_EXE_translate"),
        _ => env!("CARGO_BIN_EXE_summarize"),
    };
    std::process::Command::new("sh")
        .args(["-c", &format!("{setup} exec \"$0\" \"$@\""), path])
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

#[cfg(unix)]
#[test]
fn results_have_the_permissions_that_the_user_grants() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::create_dir(at("in")).unwrap();
    std::fs::write(at("in/a.txt"), "Guten Tag!").unwrap();
    std::fs::write(at("old.txt"), "").unwrap();
    std::fs::set_permissions(at("old.txt"), std::fs::Permissions::from_mode(0o620)).unwrap();
    for (umask, arguments) in [
        ("077", vec![at("in/a.txt"), "-o".into(), at("private.txt")]),
        ("027", vec![at("in/a.txt"), "-o".into(), at("group.txt")]),
        ("077", vec![at("in/a.txt"), "-o".into(), at("old.txt")]),
        (
            "077",
            vec![
                at("in"),
                "-o".into(),
                at("out"),
                "--format".into(),
                "html".into(),
            ],
        ),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = run_after(&format!("umask {umask};"), "translate", &arguments);
        assert!(output.status.success());
    }
    for (name, expected) in [
        ("private.txt", 0o600),
        ("group.txt", 0o640),
        ("old.txt", 0o620),
        ("out/a.txt.html", 0o600),
        ("out/index.html", 0o600),
        ("out/.degist/journal.jsonl", 0o600),
    ] {
        let mode = std::fs::metadata(at(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, expected, "{name}: {mode:o}");
    }
}

#[cfg(unix)]
#[test]
fn a_full_or_closed_stderr_is_no_failure() {
    let french =
        "Le conseil municipal a décidé mardi soir de construire un nouveau pont sur la rivière.";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.txt");
    std::fs::write(&file, french).unwrap();
    let file = file.to_str().unwrap();
    let expected = run("translate", &[file], "").stdout;
    let mut ways = vec!["exec 2>&-;"];
    if Path::new("/dev/full").exists() {
        ways.push("exec 2>/dev/full;");
    }
    for way in ways {
        for progress in ["auto", "json", "none"] {
            let output = run_after(way, "translate", &[file, "--progress", progress]);
            assert_eq!(output.status.code(), Some(0), "{way} {progress}");
            assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
            let failed = run_after(way, "summarize", &["fehlt.txt", "--progress", progress]);
            assert_eq!(failed.status.code(), Some(1), "{way} {progress}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn threads_that_cannot_be_started_are_an_error() {
    // Large stacks, so that it is always one of them that there is no room for: without memory for the rest of a new thread
    // the standard library aborts.
    let limits = "export RUST_MIN_STACK=1073741824; ulimit -v 4000000;";
    let output = run_after(limits, "translate", &["--threads", "9000"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.starts_with("error: cannot start 9000 threads"),
        "{stderr}"
    );
    assert!(
        stderr.contains("--threads") && !stderr.contains("panicked"),
        "{stderr}"
    );
}

#[test]
fn invalid_utf8_is_replaced_and_said() {
    let mut bytes = "Grüße aus München, schöne Grüße an alle Bürger und Mädchen.\n"
        .repeat(20)
        .into_bytes();
    bytes.extend(b"Das ist kaputt: \xff\xfe hier.\n");
    let run = run("translate", &[], bytes);
    assert_eq!(run.code, 0);
    assert!(
        run.stderr.starts_with("warning: ") && run.stderr.contains("U+FFFD"),
        "{}",
        run.stderr
    );
    assert!(run.stdout.contains('\u{fffd}'), "{}", run.stdout);
}

#[test]
fn a_line_of_ten_megabytes() {
    let sentence = "Der Bürgermeister eröffnete am Montag die neue Brücke. ";
    let text = sentence.repeat(10_000_000 / sentence.len());
    let translation = run("translate", &[], text.as_str());
    assert_eq!(translation.code, 0, "{}", translation.stderr);
    let one = run("translate", &[], sentence.trim()).stdout;
    let count = translation.stdout.matches(one.trim()).count();
    assert_eq!(count, text.matches("Brücke.").count(), "sentences are lost");
    assert_eq!(run("summarize", &[], text.as_str()).code, 0);
}

#[test]
fn a_word_of_ten_megabytes() {
    let text = "x".repeat(10_000_000);
    let run = run("translate", &[], text.as_str());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stdout == text,
        "what is not language comes back as it was"
    );
}

#[test]
fn a_hundred_thousand_tiny_lines() {
    let text = "Ja.\nNein.\nVielleicht.\nGut.\n".repeat(25_000);
    let run = run("translate", &[], text.as_str());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout.lines().count(), 100_000);
    assert!(run.stdout.lines().all(|line| !line.is_empty()));
}

#[test]
fn control_characters() {
    let prose = "Das Wetter ist heute schön und wir gehen an den See.\n".repeat(5);
    let text = format!("Guten\u{1} Tag!\u{7}\n{prose}Das ist \u{1b}[31mrot\u{1b}[0m.\n");
    let run = run("translate", &[], text);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout.lines().count(), 7);
}

#[test]
fn right_to_left_text_comes_back() {
    let text = "مرحبا بالعالم، كيف حالك اليوم؟\nשלום עולם\n";
    let run = run("translate", &["--quiet"], text);
    assert_eq!((run.code, run.stdout.as_str()), (0, text));
}

#[test]
fn emoji_survive() {
    let run = run("translate", &[], "Alles Gute zum Geburtstag! 🎉🎂\n👩‍👩‍👧‍👦 🇩🇪\n");
    assert_eq!(run.code, 0);
    for emoji in ["🎉🎂", "👩‍👩‍👧‍👦", "🇩🇪"] {
        assert!(run.stdout.contains(emoji), "{emoji}: {}", run.stdout);
    }
}

#[test]
fn another_language_is_translated_with_one_warning() {
    let french = "Le conseil municipal a décidé mardi soir de construire un nouveau pont sur la rivière. \
        Les travaux commenceront au mois de mai et dureront environ deux ans.\n";
    let loud = run("translate", &[], french);
    assert_eq!(loud.code, 0);
    assert!(
        loud.stderr.contains("French") && loud.stderr.lines().count() == 1,
        "{}",
        loud.stderr
    );
    assert!(!loud.stdout.trim().is_empty());
    assert_eq!(run("translate", &["--quiet"], french).stderr, "");
}

#[test]
fn odd_lines_end() {
    let odd = "???????????????????????????\n\
        NEUE REGELN FÜR DIE STADT\n\
        ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha\n\
        ,,,,,,,,,, ; ; ; ; -- -- --\n\
        der der der der der der der der der der der der der der der der\n";
    let run = run("translate", &["--quiet"], odd);
    assert_eq!(run.code, 0);
    assert_eq!(run.stdout.lines().count(), 5, "{}", run.stdout);
    assert!(
        run.stdout.lines().all(|line| line.len() < 400),
        "{}",
        run.stdout
    );
}

#[test]
fn malformed_models() {
    let good = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/student");
    let files = [
        "config.json",
        "model.safetensors",
        "source.tokenizer.json",
        "target.tokenizer.json",
    ];
    let broken: [(&str, &[u8]); 9] = [
        ("config.json", b"{"),
        ("config.json", b"{\"model_type\": \"other\"}"),
        ("config.json", br#"{"model_type": "marian-student-ssru", "d_model": 0, "encoder_layers": 1, "decoder_layers": 1,
            "attention_heads": 1, "ffn_dim": 1, "source_vocab_size": 1, "target_vocab_size": 1, "eos_token_id": 0,
            "unk_token_id": 0, "layer_norm_eps": 1e-6, "max_source_tokens": 10}"#),
        ("model.safetensors", b""),
        ("model.safetensors", b"\xff\xff\xff\xff\xff\xff\xff\x7f{}"),
        ("model.gguf", b"GGUF"),
        ("model.gguf", b"GGUF\x03\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00"),
        ("source.tokenizer.json", b"[]"),
        ("target.tokenizer.json", b"{\"model\": 3}"),
    ];
    for (name, bytes) in broken {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            std::fs::copy(good.join(file), folder.path().join(file)).unwrap();
        }
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let run = run(
            "translate",
            &["--model", folder.path().to_str().unwrap()],
            "Guten Tag!",
        );
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (3, ""),
            "{name}: {}",
            run.stderr
        );
        assert_clear(&run, "cannot be loaded");
    }
}

/// A PDF file of these objects; the first is the catalog, and 2 0 R the node above the pages.
fn pdf(objects: &[&str]) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (i, object) in (1..).zip(objects) {
        places.push(file.len());
        file.extend(format!("{i} 0 obj\n{object}\nendobj\n").bytes());
    }
    let table = file.len();
    let count = objects.len() + 1;
    file.extend(format!("xref\n0 {count}\n0000000000 65535 f \n").bytes());
    for place in places {
        file.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let end = format!("trailer <</Size {count}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n");
    file.extend(end.bytes());
    file
}

fn stream(dictionary: &str, content: &str) -> String {
    let length = content.len();
    format!("<<{dictionary}/Length {length}>>stream\n{content}\nendstream")
}

/// Forms that draw each other, and pages below themselves, would fill the stack.
#[test]
fn a_pdf_that_never_ends_is_refused() {
    const FONT: &str = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>";
    let page = stream("", "BT /F1 12 Tf 72 700 Td (Guten Morgen!) Tj ET /Fm0 Do");
    let own = "/Resources<</Font<</F1 5 0 R>>/XObject<</Fm0 6 0 R/Fm1 7 0 R>>>>";
    let with = |above: &str, forms: &[(&str, &str)]| {
        let form = |&(resources, content): &(&str, &str)| {
            stream(&format!("/Subtype/Form/BBox[0 0 9 9]{resources}"), content)
        };
        let forms: Vec<String> = forms.iter().map(form).collect();
        let pages = format!("<</Type/Pages/Kids[3 0 R]/Count 1{above}>>");
        let first =
            format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R{own}>>");
        let mut objects = vec!["<</Type/Catalog/Pages 2 0 R>>", &pages, &first, &page, FONT];
        objects.extend(forms.iter().map(String::as_str));
        pdf(&objects)
    };
    // As it should be.
    let run_it = |file: &[u8]| run("translate", &[], file);
    let text = "BT /F1 12 Tf 72 600 Td (Gute Nacht!) Tj ET";
    let fine = run_it(&with("", &[(own, "/Fm1 Do"), (own, text)]));
    assert_eq!(fine.code, 0, "{}", fine.stderr);
    assert!(!fine.stdout.trim().is_empty());

    let twice = "/Fm1 Do ".repeat(1000);
    for (file, said) in [
        (with("", &[(own, "/Fm0 Do"), (own, "")]), "draws itself"),
        (with("", &[("", "/Fm0 Do"), ("", "")]), "draws itself"),
        (
            with("", &[(own, "/Fm1 Do"), (own, "q /Fm0\nDo Q")]),
            "draws itself",
        ),
        (
            with(
                "",
                &[
                    (own, &twice),
                    ("/Resources<</XObject<</Fm1 8 0 R>>>>", &twice),
                    (own, ""),
                ],
            ),
            "far too many",
        ),
        (
            with("/Parent 2 0 R", &[(own, ""), (own, "")]),
            "below itself",
        ),
    ] {
        let run = run_it(&file);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""));
        assert!(run.stderr.contains(said), "{said}: {}", run.stderr);
    }
}

/// Files that the fuzzer found, each of which was read or written with a panic.
#[test]
fn what_the_fuzzer_found_is_read_and_written() {
    for (format, file) in [
        // Markup that begins with the space before its word.
        ("srt", "0:-->0:\nI<b> 0</>0"),
        ("latex", "{~k}k"),
        // A definition whose list item begins within a letter, as the parser has it.
        ("markdown", ":ü\n\t*\tä"),
    ] {
        crate::parse::check(format.parse().unwrap(), file.as_bytes());
    }
}
