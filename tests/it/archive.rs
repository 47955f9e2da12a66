//! Runs over folders: whatever happens, nothing that is done is lost, and the same command goes on.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::util::root;

pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A folder with inputs in `in`.
pub struct Archive {
    folder: tempfile::TempDir,
}

impl Archive {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let archive = Self { folder };
        fs::create_dir(archive.path("in")).unwrap();
        for (name, text) in files {
            archive.write(&format!("in/{name}"), text);
        }
        archive
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// `translate` with these arguments.
    pub fn translate(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("translate"));
        command
            .current_dir(self.folder.path())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// `translate in -o out` with these arguments besides.
    fn command(&self, arguments: &[&str]) -> Command {
        self.translate(&[&["in", "-o", "out"], arguments].concat())
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        finish(self.command(arguments))
    }
}

pub fn finish(mut command: Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// All files below a folder with their contents, but for the journal.
pub fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with(".degist") {
                    folders.push(path);
                }
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    files
}

pub fn names(folder: &Path) -> Vec<String> {
    let names = tree(folder).into_keys();
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

#[test]
fn a_second_run_does_what_is_missing_or_changed() {
    let archive = Archive::new(&[
        ("a.txt", "Guten Tag!\n"),
        ("b/c.txt", "Gute Nacht!\n"),
        ("d.txt", "Danke!\n"),
    ]);
    assert_eq!(archive.run(&[]).code, Some(0));
    let first = tree(&archive.path("out"));
    assert_eq!(first.len(), 3);

    let again = archive.run(&[]);
    assert!(
        again.stderr.contains("0 files done, 3 unchanged"),
        "{}",
        again.stderr
    );
    assert_eq!(tree(&archive.path("out")), first);

    archive.write("in/a.txt", "Guten Morgen!\n");
    fs::remove_file(archive.path("out/d.txt")).unwrap();
    let plan = archive.run(&["--dry-run"]);
    let states: Vec<&str> = plan
        .stdout
        .lines()
        .map(|line| line.split("  ").next().unwrap())
        .collect();
    assert_eq!(states, ["changed", "done", "changed"], "{}", plan.stdout);
    assert!(!archive.path("out/d.txt").exists());

    let rest = archive.run(&[]);
    assert!(
        rest.stderr.contains("2 files done, 1 unchanged"),
        "{}",
        rest.stderr
    );
    assert_ne!(
        archive.read("out/a.txt").as_bytes(),
        first[Path::new("a.txt")]
    );
    assert_eq!(
        archive.read("out/d.txt").as_bytes(),
        first[Path::new("d.txt")]
    );

    // Other options make other results.
    let beam = archive.run(&["--beam", "2"]);
    assert!(beam.stderr.contains("3 files done"), "{}", beam.stderr);
    let force = archive.run(&["--beam", "2", "--force"]);
    assert!(force.stderr.contains("3 files done;"), "{}", force.stderr);
}

#[test]
fn a_dry_run_writes_nothing() {
    let archive = Archive::new(&[("a.txt", "Guten Tag!\n")]);
    let run = archive.run(&["--dry-run"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.starts_with("new  "), "{}", run.stdout);
    assert!(!archive.path("out").exists());
}

#[test]
fn patterns_choose_and_limits_stop() {
    let files = [
        ("a.txt", "Ja."),
        ("b.md", "Ja."),
        ("c/d.txt", "Ja."),
        ("c/e.log", "Ja."),
    ];
    let archive = Archive::new(&files);
    assert_eq!(
        archive
            .run(&["--include", "*.txt", "--include", "*.md", "--exclude", "c/"])
            .code,
        Some(0)
    );
    assert_eq!(names(&archive.path("out")), ["a.txt", "b.md"]);

    let one = archive.run(&["--limit", "1"]);
    assert!(
        one.stderr.contains("1 files done, 2 unchanged, 1 left"),
        "{}",
        one.stderr
    );
    assert_eq!(names(&archive.path("out")), ["a.txt", "b.md", "c/d.txt"]);

    let bad = archive.run(&["--include", "[a"]);
    assert_eq!(bad.code, Some(2));
    assert!(bad.stderr.contains("[a"), "{}", bad.stderr);
}

#[cfg(unix)]
#[test]
fn failures_are_listed_and_tried_again() {
    let archive = Archive::new(&[
        ("a.txt", "Ja."),
        ("b.docx", "kein Paket"),
        ("c.docx", "auch keines"),
        ("d.txt", "Ja."),
    ]);
    let run = archive.run(&[]);
    assert_eq!(run.code, Some(1));
    for row in ["done              2\n", "failed            2\n"] {
        assert!(run.stderr.contains(row), "{}", run.stderr);
    }
    assert_eq!(run.stderr.matches("b.docx").count(), 1, "{}", run.stderr);
    assert!(archive.run(&["--dry-run"]).stdout.contains("failed before"));

    let good = fs::read(root().join("tests/fixtures/formats/bruecke.docx")).unwrap();
    fs::write(archive.path("in/b.docx"), good).unwrap();
    let again = archive.run(&[]);
    for row in [
        "done              1\n",
        "unchanged         2\n",
        "failed            1\n",
    ] {
        assert!(again.stderr.contains(row), "{}", again.stderr);
    }

    let archive = Archive::new(&[("a.docx", "kein Paket"), ("b.txt", "Ja.")]);
    let fast = archive.run(&["--fail-fast"]);
    assert_eq!(fast.code, Some(1));
    assert!(names(&archive.path("out")).is_empty());
}

#[test]
fn two_runs_do_not_share_a_folder() {
    let archive = Archive::new(&[(
        "a.txt",
        &"Das Wetter ist heute schön, sagte er noch einmal.\n\n".repeat(50),
    )]);
    archive.write("out/.degist/lock", "4711\n");
    let lock = fs::File::open(archive.path("out/.degist/lock")).unwrap();
    lock.lock().unwrap();
    let run = archive.run(&[]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("another run of degist"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("4711"), "{}", run.stderr);
    drop(lock);
    assert_eq!(archive.run(&[]).code, Some(0));
}

/// 300 articles; a run is killed again and again, then goes on.
#[test]
fn killed_runs_lose_nothing() {
    let kills: u32 = std::env::var("DEGIST_KILLS").map_or(10, |kills| kills.parse().unwrap());
    let archive = Archive::new(&[]);
    for i in 0..300 {
        let text = format!(
            "Bericht {i}\n\nDer Ausschuss hat am {}. Mai getagt. Es ging um {i} Anträge, \
             von denen {} angenommen wurden.\n\nDie Sitzung dauerte {} Minuten.\n",
            i % 30 + 1,
            i / 2,
            i + 10
        );
        archive.write(&format!("in/{}/{i}.txt", i % 7), &text);
    }
    let start = std::time::Instant::now();
    assert_eq!(archive.run(&[]).code, Some(0));
    let whole = start.elapsed();
    let expected = tree(&archive.path("out"));
    assert_eq!(expected.len(), 300);

    let mut random = 88_172_645_463_325_252_u64;
    let mut rerun_from = BTreeMap::new();
    for _ in 0..kills {
        if rerun_from.len() == 300 {
            fs::remove_dir_all(archive.path("out")).unwrap();
        }
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let moment = whole.mul_f64((random % 1000) as f64 / 1000.);
        let mut child = archive.command(&[]).spawn().unwrap();
        std::thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();
        if archive.path("out").is_dir() {
            rerun_from = tree(&archive.path("out"));
            // What stands at its place is whole.
            for (name, bytes) in &rerun_from {
                let unfinished = name.to_string_lossy().contains(".degist-");
                assert!(unfinished || bytes == &expected[name], "{}", name.display());
            }
        }
    }
    let last = archive.run(&[]);
    assert_eq!(last.code, Some(0), "{}", last.stderr);
    assert_eq!(tree(&archive.path("out")), expected);
}

/// Starts a run of 40 files that cannot go on: the place of the first result is a pipe that nobody reads. Returns once the
/// run is writing to it.
#[cfg(unix)]
fn start_and_block(archive: &Archive, arguments: &[&str]) -> (std::process::Child, fs::File) {
    for i in 0..40 {
        let text = format!("Der Zug kam mit {i} Minuten Verspätung an.\n\n").repeat(100);
        archive.write(&format!("in/{i:02}.txt"), &text);
    }
    fs::create_dir(archive.path("out")).unwrap();
    let pipe = archive.path("out/00.txt");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let child = archive.command(arguments).spawn().unwrap();
    // This waits for the writer.
    (child, fs::File::open(pipe).unwrap())
}

/// Interrupts the run, waits until it says so, and lets it go on to its end; what it said, and its exit code.
#[cfg(unix)]
fn interrupt(mut child: std::process::Child, mut pipe: fs::File) -> (Vec<String>, Option<i32>) {
    let id = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(killed.success());
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    while !said
        .last()
        .is_some_and(|line: &String| line.contains("Finishing what is begun"))
    {
        said.push(lines.next().expect("it says that it stops").unwrap());
    }
    pipe.read_to_end(&mut Vec::new()).unwrap();
    said.extend(lines.map(Result::unwrap));
    (said, child.wait().unwrap().code())
}

#[cfg(unix)]
#[test]
fn an_interrupt_finishes_what_is_begun() {
    let archive = Archive::new(&[]);
    let (child, pipe) = start_and_block(&archive, &[]);
    let (said, code) = interrupt(child, pipe);
    assert_eq!(code, Some(130), "{said:?}");
    assert!(said.last().unwrap().contains("left;"), "{said:?}");
    fs::remove_file(archive.path("out/00.txt")).unwrap();
    // With the first one, some were in the pipeline when it was stopped; it cannot hold all.
    let done = names(&archive.path("out"));
    assert!(!done.is_empty() && done.len() < 39, "{done:?}");
    assert!(done.iter().all(|name| name.ends_with(".txt")), "{done:?}");
    let rest = archive.run(&["--limit", "1"]);
    let unchanged = format!("{} unchanged", done.len());
    assert!(
        rest.stderr.contains(&unchanged) || rest.stderr.contains("1 files done"),
        "{}",
        rest.stderr
    );
    let plan = archive.run(&["--dry-run"]).stdout;
    assert_eq!(plan.matches("done  ").count(), done.len() + 1, "{plan}");
}

#[cfg(unix)]
#[test]
fn programs_can_follow_an_interrupt() {
    let archive = Archive::new(&[]);
    let (child, pipe) = start_and_block(&archive, &["--progress", "json"]);
    let (said, code) = interrupt(child, pipe);
    assert_eq!(code, Some(130), "{said:?}");
    let events: Vec<serde_json::Value> = (said.iter())
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let last = events.last().unwrap();
    assert_eq!(
        (&last["event"], &last["interrupted"]),
        (&"end".into(), &true.into())
    );
}

#[test]
fn what_ends_a_run_is_json_and_quiet_if_asked_for() {
    let archive = Archive::new(&[("a.txt", "Ja.")]);
    archive.write("out/.degist/lock", "");
    let lock = fs::File::open(archive.path("out/.degist/lock")).unwrap();
    lock.lock().unwrap();
    archive.write("cache", "no database");
    let json = &["--progress", "json"][..];
    for (arguments, code) in [
        (&["in", "-o", "out"][..], 1),
        (&["in"], 2),
        (&["in/a.txt", "--cache", "cache"], 1),
        (&["in/a.txt", "--model", "no-such-model"], 3),
        (&["in/a.txt", "-o", "in/a.txt"], 2),
        (&["in/a.txt", "--glossary", "fehlt"], 2),
        (&["fehlt.txt"], 1),
        (&["in", "-o", "o", "--include", "[a"], 2),
    ] {
        let run = finish(archive.translate(&[arguments, json].concat()));
        assert_eq!(run.code, Some(code), "{arguments:?}: {}", run.stderr);
        for line in run.stderr.lines() {
            let event: serde_json::Value = serde_json::from_str(line).expect(line);
            assert!(
                event["event"] == "error" || event["event"] == "end",
                "{line}"
            );
        }
        let quiet = finish(archive.translate(&[arguments, &["--quiet"]].concat()));
        assert_eq!(quiet.code, Some(code));
        let (first, rest) = quiet.stderr.split_once("\n").unwrap();
        assert!(
            first.starts_with("error: ") && !rest.contains(": "),
            "{}",
            quiet.stderr
        );
        assert!(quiet.stderr.lines().count() <= 2, "{}", quiet.stderr);
    }
}

#[test]
fn no_result_overwrites_what_the_run_reads() {
    let archive = Archive::new(&[("a.txt", "Ja."), ("a.txt.jsonl", "{}"), ("b.txt", "Nein.")]);
    archive.write("terms.txt", "Hund\tdog\n");
    archive.write("list/terms.txt", "Ja.");
    let before = tree(archive.folder.path());
    for arguments in [
        &["in", "-o", "in", "--format", "jsonl"][..],
        &["in", "-o", "./in/", "--format", "jsonl"],
        &["in", "-o", "in/../in", "--format", "jsonl"],
        &[
            "in/a.txt",
            "in/a.txt.jsonl",
            "-o",
            "in",
            "--format",
            "jsonl",
        ],
        &[
            "in/a.txt.jsonl",
            "in/a.txt",
            "-o",
            "in",
            "--format",
            "jsonl",
        ],
        &["in", "-o", "in"],
        &["in/a.txt", "-o", "in/a.txt"],
        &["in/a.txt", "-o", "in/../in/a.txt"],
        &["in/a.txt", "-o", "terms.txt", "--glossary", "terms.txt"],
        &["list", "-o", ".", "--glossary", "terms.txt"],
        &["in/a.txt", "-o", "terms.txt", "--cache", "terms.txt"],
        &["in/a.txt", "in/../in/a.txt", "-o", "out"],
    ] {
        let run = finish(archive.translate(arguments));
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
        assert!(tree(archive.folder.path()) == before, "{arguments:?}");
    }
    // Standard input is an input, too.
    let mut from_stdin = archive.translate(&["-o", "in/a.txt"]);
    from_stdin.stdin(fs::File::open(archive.path("in/a.txt")).unwrap());
    assert_eq!(finish(from_stdin).code, Some(2));
    assert!(tree(archive.folder.path()) == before);
}

#[cfg(unix)]
#[test]
fn no_result_overwrites_what_the_run_reads_through_links() {
    let archive = Archive::new(&[("a.txt", "Ja."), ("b.txt", "Nein.")]);
    std::os::unix::fs::symlink("in", archive.path("way")).unwrap();
    std::os::unix::fs::symlink("in/b.txt", archive.path("link.txt")).unwrap();
    let before = tree(archive.folder.path());
    for arguments in [
        &["in/a.txt", "in/b.txt", "-o", "way"][..],
        &["in/b.txt", "-o", "link.txt"],
        &["link.txt", "-o", "in/b.txt"],
    ] {
        let run = finish(archive.translate(arguments));
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.stderr);
        assert!(tree(archive.folder.path()) == before, "{arguments:?}");
    }
}

#[test]
fn the_list_of_pages_overwrites_no_input() {
    let archive = Archive::new(&[("index.html", "<p>Ja.</p>"), ("a.txt", "Ja.")]);
    let run = finish(archive.translate(&["in", "-o", "in", "--format", "html"]));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr.contains("no list of the pages"),
        "{}",
        run.stderr
    );
    assert_eq!(archive.read("in/index.html"), "<p>Ja.</p>");
}

#[test]
fn a_result_of_another_device_is_made_again() {
    let archive = Archive::new(&[("a.txt", "Ja.\n")]);
    assert_eq!(archive.run(&["--device", "cpu"]).code, Some(0));
    let state = |arguments: &[&str]| {
        let plan = archive.run(&[arguments, &["--dry-run"]].concat()).stdout;
        plan.split("  ").next().unwrap().to_owned()
    };
    assert_eq!(state(&["--device", "cpu"]), "done");
    assert_eq!(state(&["--threads", "1"]), "done");
    assert_eq!(state(&["--device", "candle"]), "changed");
}

// File systems of other systems want UTF-8, or hold names equal that are not.
#[cfg(target_os = "linux")]
#[test]
fn any_name_is_a_name() {
    use std::os::unix::ffi::OsStrExt;
    let names: [&[u8]; 6] = [
        b"mit leerzeichen.txt",
        "\u{e4}.txt".as_bytes(),
        "a\u{308}.txt".as_bytes(),
        b"zeile\numbruch.txt",
        b"kein\xffutf8.txt",
        b"100%.txt",
    ];
    let archive = Archive::new(&[]);
    for name in names {
        let name = std::ffi::OsStr::from_bytes(name);
        fs::write(archive.path("in").join(name), "Guten Tag!\n").unwrap();
    }
    let run = archive.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let results = tree(&archive.path("out"));
    for name in names {
        let path = Path::new(std::ffi::OsStr::from_bytes(name));
        assert_eq!(results[path], b"Good day!\n");
    }
    let again = archive.run(&[]);
    assert!(
        again.stderr.contains("0 files done, 6 unchanged"),
        "{}",
        again.stderr
    );
    assert!(!archive.run(&["--dry-run"]).stdout.contains("zeile\n"));
}

#[cfg(unix)]
#[test]
fn links_in_circles_end() {
    let archive = Archive::new(&[("a/b.txt", "Ja.")]);
    std::os::unix::fs::symlink("..", archive.path("in/a/zurück")).unwrap();
    std::os::unix::fs::symlink("b.txt", archive.path("in/a/link.txt")).unwrap();
    std::os::unix::fs::symlink("fehlt", archive.path("in/a/tot.txt")).unwrap();
    let run = archive.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(names(&archive.path("out")), ["a/b.txt", "a/link.txt"]);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_never_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let archive = Archive::new(&[("a.txt", "Guten Tag!\n")]);
    let translate = |output: &Path| {
        Command::new(assert_cmd::cargo::cargo_bin!("translate"))
            .arg(archive.path("in/a.txt"))
            .arg("-o")
            .arg(output)
            .status()
            .unwrap()
    };

    let pipe = archive.path("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).unwrap()
    });
    assert!(translate(&pipe).success());
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    assert!(!reader.join().unwrap().trim().is_empty());

    // Through a link, the file that it leads to is written.
    let (file, link) = (archive.path("file.txt"), archive.path("link.txt"));
    fs::write(&file, "before").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    assert!(translate(&link).success());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_ne!(fs::read_to_string(&file).unwrap(), "before");
}

#[cfg(unix)]
#[test]
fn no_room_stops_the_run() {
    // Standard output on a full disk.
    let Ok(full) = fs::File::create("/dev/full") else {
        return;
    };
    let archive = Archive::new(&[("a.txt", "Guten Tag!\n")]);
    let output = Command::new(assert_cmd::cargo::cargo_bin!("translate"))
        .arg(archive.path("in/a.txt"))
        .stdout(full)
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.contains("when there is room"), "{stderr}");
}

#[test]
fn programs_can_follow() {
    let archive = Archive::new(&[("a.txt", "Guten Tag!\n"), ("b.docx", "kein Paket")]);
    let run = archive.run(&["--progress", "json"]);
    let events: Vec<serde_json::Value> = run
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last = events.last().unwrap();
    assert_eq!(
        (&last["event"], &last["done"], &last["failed"]),
        (&"end".into(), &1.into(), &1.into())
    );
    assert!(
        events.iter().any(|event| event["event"] == "error"),
        "{}",
        run.stderr
    );
}
