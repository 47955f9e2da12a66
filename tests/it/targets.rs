//! What a result is: the format of its input, plain text, or an error where the name of its file says something else.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::util::{Run, path, run_with};

const DOCUMENT: &str = "tests/fixtures/formats/bruecke.docx";

fn translate(arguments: &[&str], stdin: impl Into<Vec<u8>>) -> Run {
    run_with("translate", arguments, stdin)
}

fn is_package(path: &Path) -> bool {
    std::fs::read(path).unwrap().starts_with(b"PK")
}

#[test]
fn plain_text_out_of_documents() {
    let run = translate(&["--to", "text", DOCUMENT], "");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(run.stdout.ends_with('\n') && !run.stdout.starts_with("PK"));
    assert!(
        lines.len() > 8 && lines[0].to_lowercase().contains("the new "),
        "{}",
        run.stdout
    );
    let html = translate(
        &["--to", "text", "--input-format", "html"],
        "<h1>Guten Tag</h1><table><td>Der Hund<td>Die Katze</table>",
    );
    assert_eq!(html.stdout.lines().count(), 4, "{}", html.stdout);
    assert!(!html.stdout.contains('<'), "{}", html.stdout);
    // Text is text already.
    let text = "  * Guten Tag!\r\n";
    assert_eq!(
        translate(&["--to", "text"], text).stdout,
        translate(&[], text).stdout
    );
    let both = translate(&["--to", "text", "--format", "json"], "");
    assert_eq!(both.code, 2);
}

#[test]
fn the_name_of_the_result_is_kept_to() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let output = |name: &str| at(name).to_str().unwrap().to_owned();
    // A conversion.
    for name in ["a.txt", "a.md"] {
        let run = translate(&[DOCUMENT, "-o", &output(name)], "");
        assert_eq!(run.code, 0, "{}", run.stderr);
        let text = std::fs::read_to_string(at(name)).unwrap();
        assert!(text.to_lowercase().contains("the new "), "{text}");
    }
    let document = std::fs::read(DOCUMENT).unwrap();
    let run = translate(&["-o", &output("b.txt")], document.clone());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!is_package(&at("b.txt")));
    // No lie. Where only the content tells, it is told after that is read.
    let page = "<!DOCTYPE html><p>Guten Tag</p>";
    std::fs::write(at("in.txt"), "Guten Tag!\n").unwrap();
    std::fs::write(at("in.html"), page).unwrap();
    std::fs::write(at("ohne"), document).unwrap();
    let (text, html, bare) = (output("in.txt"), output("in.html"), output("ohne"));
    let refused: &[(&[&str], &str, i32, &str)] = &[
        (&[&text], "x.docx", 2, ".txt"),
        (&[&html], "x.docx", 2, ".html"),
        (&[&html], "x.csv", 2, ".html"),
        (&[DOCUMENT], "x.pptx", 2, ".docx"),
        (&[DOCUMENT, "--format", "json"], "x.docx", 2, ".json"),
        (&[DOCUMENT, "--to", "text"], "x.docx", 2, ".txt"),
        (&["tests/fixtures/formats/brief.pdf"], "x.pdf", 2, ".txt"),
        (&[&bare], "x.epub", 1, ".docx"),
        (&[], "x.docx", 1, ".txt"),
    ];
    for (arguments, name, code, said) in refused {
        let output = output(name);
        let arguments = [arguments, &["-o", &output][..]].concat();
        let run = translate(&arguments, "Guten Tag!\n");
        assert_eq!(run.code, *code, "{arguments:?}: {}", run.stderr);
        assert!(
            run.stderr.contains(name) && run.stderr.contains(said),
            "{}",
            run.stderr
        );
        assert!(!at(name).exists(), "{name}");
    }
    let run = run_with("summarize", &[DOCUMENT, "-o", &output("s.docx")], "");
    assert_eq!(run.code, 2, "{}", run.stderr);
    // Names that say nothing else.
    for (arguments, name) in [
        (&[DOCUMENT][..], "y.docx"),
        (&[DOCUMENT], "y.brief"),
        (&[&text], "y.md"),
        (&[&html, "--input-format", "text"], "z.html"),
        (&[&html], "y.htm"),
        (&[&html, "--format", "json"], "y.json"),
        (&[&text, "--format", "html"], "y.html"),
    ] {
        let output = output(name);
        let run = translate(&[arguments, &["-o", &output]].concat(), "");
        assert_eq!(run.code, 0, "{name}: {}", run.stderr);
    }
    assert!(is_package(&at("y.docx")) && is_package(&at("y.brief")));
}

#[test]
fn a_folder_of_plain_texts() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    std::fs::create_dir(&input).unwrap();
    std::fs::copy(DOCUMENT, input.join("a.docx")).unwrap();
    std::fs::write(input.join("b.txt"), "Guten Tag!\n").unwrap();
    let output = folder.path().join("out");
    let names = [&input, &output].map(|path| path.to_str().unwrap());
    let run = translate(&["-q", "--to", "text", names[0], "-o", names[1]], "");
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(output.join("b.txt").exists());
    assert!(!is_package(&output.join("a.docx.txt")));
}

/// `script` gives programs a terminal.
#[cfg(target_os = "linux")]
#[test]
fn no_document_is_written_to_a_terminal() {
    let on_terminal = |command: String| {
        let mut script = Command::new("script");
        script
            .args(["-qec", &command, "/dev/null"])
            .stdin(Stdio::null());
        let output = script.output().ok()?;
        Some((
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        ))
    };
    let program = path("translate");
    let Some((code, said)) = on_terminal(format!("{program} -q {DOCUMENT}")) else {
        return;
    };
    assert_eq!(code, Some(2), "{said}");
    assert!(
        said.contains("--output") && !said.contains("PK\u{3}"),
        "{said}"
    );
    // From standard input, it is known later.
    let (code, said) = on_terminal(format!("{program} -q < {DOCUMENT}")).unwrap();
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("--output") && !said.contains("PK\u{3}"),
        "{said}"
    );
    let (code, said) = on_terminal(format!("{program} -q --to text {DOCUMENT}")).unwrap();
    assert_eq!(code, Some(0), "{said}");
}
