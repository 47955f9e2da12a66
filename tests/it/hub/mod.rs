//! Models from the hub, from a server on loopback that speaks its interface.

mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use degist::hub::{self, HubError, HubModel, HubSettings, PullEvent};
use server::{COMMIT, Fault, Server, tag};
use tempfile::TempDir;

const NAME: &str = "test/tiny";

/// The embedded model's files.
fn real_files() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/de-en-tiny");
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read(entry.path()).unwrap())
    };
    // Beside them lie a page about the dictionary, another dictionary, and sentences.
    let is_read = |(name, _): &(String, Vec<u8>)| {
        !name.ends_with(".md") && !name.ends_with(".tsv") && name != "lexicon-permissive.bin"
    };
    entries.map(file).filter(is_read).collect()
}

/// Files that are named like a model's; nobody could translate with them.
fn small_files() -> Vec<(String, Vec<u8>)> {
    let bytes = |n: usize| (0..n).map(|i| (i * i % 251) as u8).collect::<Vec<u8>>();
    vec![
        ("README.md".into(), b"# A model".to_vec()),
        (
            "config.json".into(),
            br#"{"model_type": "marian"}"#.to_vec(),
        ),
        ("model.safetensors".into(), bytes(300_000)),
        ("pytorch_model.bin".into(), bytes(300_001)),
        ("source.spm".into(), bytes(2000)),
        ("target.spm".into(), bytes(3000)),
    ]
}

struct Home {
    server: Server,
    folder: TempDir,
}

impl Home {
    fn new(files: Vec<(String, Vec<u8>)>) -> Self {
        Self {
            server: Server::start(NAME, files),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn settings(&self) -> HubSettings {
        HubSettings {
            endpoint: self.server.endpoint.clone(),
            cache: self.folder.path().join("hub"),
            token: Some("secret".into()),
            offline: false,
            pause: Duration::from_millis(1),
        }
    }

    fn pull(&self) -> Result<PathBuf, HubError> {
        self.pull_named(NAME)
    }

    fn pull_named(&self, name: &str) -> Result<PathBuf, HubError> {
        self.pull_source(&HubModel::named(name).unwrap())
    }

    /// What the branch is now, and not what the program knows of the name.
    fn pull_newest(&self, name: &str) -> Result<PathBuf, HubError> {
        self.pull_source(&HubModel::named(name).unwrap().at("main").unwrap())
    }

    fn pull_source(&self, source: &HubModel) -> Result<PathBuf, HubError> {
        hub::pull(&self.settings(), source, &mut |_| ())
    }

    fn blobs(&self) -> PathBuf {
        self.folder.path().join("hub/models--test--tiny/blobs")
    }

    fn blob(&self, name: &str) -> PathBuf {
        let served = self.server.served.lock().unwrap();
        let (_, content) = served.files.iter().find(|(file, _)| file == name).unwrap();
        self.blobs().join(tag(name, content))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::cargo_bin(program).unwrap();
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        for name in [
            "HF_HUB_CACHE",
            "HUGGINGFACE_HUB_CACHE",
            "HF_HUB_OFFLINE",
            "DEGIST_MODEL",
        ] {
            command.env_remove(name);
        }
        command
            .env("HF_HOME", self.folder.path())
            .env("HF_ENDPOINT", &self.server.endpoint)
            .env("HF_TOKEN", "secret");
        command
    }

    /// Exit code, standard output and standard error of `degist models`.
    fn models(&self, arguments: &[&str]) -> (i32, String, String) {
        outcome(self.command("degist").arg("models").args(arguments))
    }

    /// All files below the folder of this test, outside of the cache's own part for the repository.
    fn strangers(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    walk(&entry.path(), found);
                } else {
                    found.push(entry.path());
                }
            }
        }
        let mut found = Vec::new();
        walk(self.folder.path(), &mut found);
        let hub = self.folder.path().join("hub");
        found.retain(|path| {
            let inner = path
                .strip_prefix(&hub)
                .unwrap_or(path)
                .to_string_lossy()
                .into_owned();
            !(inner.starts_with("models--") || inner.starts_with(".locks/models--"))
        });
        found
    }
}

fn outcome(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn a_pulled_model_translates_like_the_embedded_one_and_needs_no_network_then() {
    let home = Home::new(real_files());
    let (code, path, talk) = home.models(&["pull", NAME]);
    assert_eq!(code, 0, "{talk}");
    assert!(talk.contains("mpl-2.0"), "{talk}");
    let repository = home.folder.path().join("hub/models--test--tiny");
    let snapshot = repository.join("snapshots").join(COMMIT);
    assert_eq!(Path::new(path.trim()), snapshot);
    assert_eq!(
        fs::read_to_string(repository.join("refs/main")).unwrap(),
        COMMIT
    );
    for (name, content) in real_files() {
        let link = fs::read_link(snapshot.join(&name)).unwrap();
        assert_eq!(link, Path::new("../../blobs").join(tag(&name, &content)));
        assert!(fs::read(snapshot.join(&name)).unwrap() == content, "{name}");
    }

    home.server.forget();
    let translate = |model: &str| {
        let mut command = home.command("translate");
        command
            .args(["--model", model])
            .write_stdin("Das Wetter ist heute schön.\n");
        outcome(&mut command)
    };
    assert_eq!(translate(NAME), translate(hub::EMBEDDED));
    assert_eq!(
        home.models(&["path", NAME]),
        (0, path.clone(), String::new())
    );
    let (code, listed, _) = home.models(&["list"]);
    let bytes: usize = real_files().iter().map(|(_, file)| file.len()).sum();
    let here = format!("test/tiny  here, {:.0} MB", bytes as f64 / 1e6);
    assert!(code == 0 && listed.contains(&here), "{here}: {listed}");
    let (code, verified, _) = home.models(&["verify"]);
    assert_eq!(
        (code, verified.matches(": whole\n").count()),
        (0, real_files().len()),
        "{verified}"
    );
    assert_eq!(
        home.models(&["pull", "--offline", NAME]),
        (0, path, String::new())
    );
    assert!(home.server.requests().is_empty());

    assert_eq!(home.models(&["remove", NAME]).0, 0);
    assert!(!repository.exists());
    let (code, _, talk) = translate(NAME);
    assert!(
        code == 3 && talk.contains("degist models pull test/tiny"),
        "{talk}"
    );
}

#[test]
fn the_token_goes_to_the_hub_only() {
    let home = Home::new(small_files());
    home.pull().unwrap();
    let requests = home.server.requests();
    assert!(
        requests
            .iter()
            .any(|request| request.store && request.method == "GET")
    );
    for request in requests {
        assert_eq!(request.token, !request.store, "{request:?}");
    }
}

#[test]
fn what_is_not_the_model_is_not_fetched_and_nothing_is_fetched_twice() {
    let home = Home::new(small_files());
    let folder = home.pull().unwrap();
    assert!(!folder.join("pytorch_model.bin").exists() && !folder.join("README.md").exists());
    assert_eq!(home.server.downloads("model.safetensors").len(), 1);
    home.server.forget();
    home.pull().unwrap();
    assert!(home.server.downloads("").is_empty());
}

#[test]
fn a_download_that_is_cut_goes_on_where_it_was() {
    let home = Home::new(small_files());
    home.server
        .fault("GET", "/store/model.safetensors", Fault::Cut(100_000), 1);
    home.server
        .fault("GET", "/store/model.safetensors", Fault::Cut(50_000), 1);
    home.pull().unwrap();
    let ranges: Vec<_> = (home.server.downloads("model.safetensors").into_iter())
        .map(|request| request.range)
        .collect();
    let range = |from: &str| Some(from.to_owned());
    assert_eq!(
        ranges,
        [None, range("bytes=100000-"), range("bytes=150000-")]
    );
}

#[test]
fn a_connection_that_breaks_often_still_ends_but_not_one_that_brings_nothing() {
    let home = Home::new(small_files());
    home.server
        .fault("GET", "/store/model.safetensors", Fault::Cut(20_000), 14);
    home.pull().unwrap();
    let home = Home::new(small_files());
    home.server
        .fault("GET", "/store/model.safetensors", Fault::Cut(0), 99);
    let error = home.pull().unwrap_err();
    assert!(matches!(error, HubError::Unreachable { .. }), "{error}");
    assert_eq!(home.server.downloads("model.safetensors").len(), 5);
}

#[test]
fn the_next_process_goes_on_with_what_is_there() {
    let home = Home::new(small_files());
    let content = small_files()[2].1.clone();
    let blob = home.blob("model.safetensors");
    let part = PathBuf::from(format!("{}.incomplete", blob.display()));
    let begin = |bytes: &[u8]| {
        fs::create_dir_all(home.blobs()).unwrap();
        fs::write(&part, bytes).unwrap();
    };
    begin(&content[..123_456]);
    home.pull().unwrap();
    let ranges = |home: &Home| -> Vec<_> {
        let downloads = home.server.downloads("model.safetensors").into_iter();
        downloads
            .map(|request| request.range.unwrap_or_default())
            .collect()
    };
    assert_eq!(ranges(&home), ["bytes=123456-"]);

    // Other bytes than the file's: found by the checksum, and fetched again.
    let again = |bytes: &[u8]| {
        home.server.forget();
        fs::remove_file(&blob).unwrap();
        begin(bytes);
        home.pull().unwrap();
        assert!(fs::read(&blob).unwrap() == content && !part.exists());
    };
    again(&[7; 1000]);
    assert_eq!(ranges(&home), ["bytes=1000-", ""]);
    // More than the file has.
    again(&[7; 400_000]);
    assert_eq!(ranges(&home), [""]);
}

#[test]
fn servers_without_ranges_are_no_obstacle_and_wrong_ranges_are_an_error() {
    let home = Home::new(small_files());
    let model = "/store/model.safetensors";
    home.server.fault("GET", model, Fault::Cut(100_000), 1);
    home.server.fault("GET", model, Fault::WholeOnly, 1);
    home.pull().unwrap();

    let home = Home::new(small_files());
    home.server.fault("GET", model, Fault::Cut(100_000), 1);
    home.server.fault("GET", model, Fault::RangeOff, 1);
    let error = home.pull().unwrap_err();
    assert!(matches!(error, HubError::Strange { .. }), "{error}");
}

#[test]
fn refusals_say_what_to_do_and_are_not_repeated() {
    let cases = [
        (401, "", "check the name and the token"),
        (403, "", "HF_TOKEN may read"),
        (403, "X-Error-Code: GatedRepo\r\n", "terms"),
        (404, "X-Error-Code: RepoNotFound\r\n", "no such model"),
        (
            404,
            "X-Error-Code: RevisionNotFound\r\n",
            "no such revision",
        ),
    ];
    for (status, headers, advice) in cases {
        for (method, path) in [
            ("GET", "/api/"),
            ("HEAD", "config.json"),
            ("GET", "/store/model"),
        ] {
            let home = Home::new(small_files());
            home.server
                .fault(method, path, Fault::Status(status, headers), 9);
            let error = home.pull().unwrap_err();
            assert!(
                matches!(error, HubError::Refused { status: found, .. } if found == status),
                "{error}"
            );
            assert!(error.to_string().contains(advice), "{error}");
            let requests = home.server.requests();
            let asked = |request: &&server::Request| {
                request.method == method && request.path.contains(path)
            };
            assert_eq!(requests.iter().filter(asked).count(), 1);
        }
    }
}

#[test]
fn the_programs_end_with_3_when_a_model_cannot_be_had() {
    let home = Home::new(small_files());
    let (code, _, talk) = home.models(&["pull", "nobody/nothing"]);
    assert!(
        code == 3 && talk.contains("404") && talk.contains("check the name"),
        "{talk}"
    );
    home.server.fault("GET", "/api/", Fault::Status(401, ""), 1);
    let (code, _, talk) = home.models(&["pull", NAME]);
    assert!(code == 3 && talk.contains("401"), "{talk}");
    for name in ["opus-mt-de-en", "google/flan-t5-small"] {
        let (code, _, talk) = outcome(home.command("summarize").args(["--model", name, "x.txt"]));
        let advice = format!("Run `degist models pull {name}`");
        assert!(code == 3 && talk.contains(&advice), "{talk}");
    }
    for command in ["verify", "remove", "path"] {
        let (code, _, talk) = home.models(&[command, "opus-mt-de-en"]);
        assert!(
            code == 3 && talk.contains("not on this computer"),
            "{command}: {talk}"
        );
    }
}

#[test]
fn trouble_that_passes_is_waited_for() {
    for (status, headers) in [
        (429, "Retry-After: 0\r\n"),
        (500, ""),
        (502, ""),
        (503, ""),
        (504, ""),
    ] {
        let home = Home::new(small_files());
        for (method, path) in [
            ("GET", "/api/"),
            ("HEAD", "config.json"),
            ("GET", "/store/model"),
        ] {
            home.server
                .fault(method, path, Fault::Status(status, headers), 2);
        }
        let mut retries = 0;
        let source = HubModel::named(NAME).unwrap();
        let pulled = hub::pull(&home.settings(), &source, &mut |event| {
            retries += usize::from(matches!(event, PullEvent::Retry(_)));
        });
        assert!(
            pulled.is_ok() && retries == 6,
            "{status}: {retries} {pulled:?}"
        );
    }
    let home = Home::new(small_files());
    home.server
        .fault("GET", "/api/", Fault::Status(503, ""), 99);
    let error = home.pull().unwrap_err();
    assert!(
        matches!(error, HubError::Refused { status: 503, .. }),
        "{error}"
    );
    assert_eq!(home.server.requests().len(), 5);
}

#[test]
fn files_of_another_length_or_content_are_named_and_not_kept() {
    let faults = [
        (Fault::Length(-1), "299999"),
        (Fault::Length(1), "300001"),
        (Fault::Overlong(1000), "300000"),
        (Fault::Flipped, "SHA-256"),
    ];
    for (fault, expected) in faults {
        let home = Home::new(small_files());
        home.server
            .fault("GET", "/store/model.safetensors", fault, 99);
        let error = home.pull().unwrap_err();
        assert!(matches!(error, HubError::Download { .. }), "{error}");
        let message = error.to_string();
        assert!(
            message.contains("model.safetensors") && message.contains(expected),
            "{message}"
        );
        assert!(!home.blob("model.safetensors").exists());
        let (code, _, talk) = home.models(&["path", NAME]);
        assert!(code == 3 && talk.contains("degist models pull"), "{talk}");
        home.server.forget();
        home.pull().unwrap();
    }
    let home = Home::new(small_files());
    home.server
        .fault("HEAD", "/resolve-cache/", Fault::NoLength, 99);
    let message = home.pull().unwrap_err().to_string();
    assert!(message.contains("tells no length"), "{message}");
    let home = Home::new(small_files());
    home.server.fault("GET", "/config.json", Fault::Flipped, 99);
    let message = home.pull().unwrap_err().to_string();
    assert!(
        message.contains("config.json") && message.contains("git checksum"),
        "{message}"
    );
}

#[test]
fn two_pulls_at_once_fetch_once() {
    let home = Home::new(small_files());
    home.server
        .fault("GET", "/store/model.safetensors", Fault::Slow, 9);
    let (code, path) = std::thread::scope(|scope| {
        let pulls = [(); 3].map(|()| scope.spawn(|| home.models(&["pull", NAME])));
        let outcomes = pulls.map(|pull| pull.join().unwrap());
        for (code, path, talk) in &outcomes {
            assert_eq!((*code, path), (0, &outcomes[0].1), "{talk}");
        }
        (outcomes[0].0, outcomes[0].1.clone())
    });
    assert!(code == 0 && Path::new(path.trim()).join("source.spm").exists());
    assert_eq!(home.server.downloads("model.safetensors").len(), 1);
    assert_eq!(home.models(&["verify", NAME]).0, 0);
}

#[test]
fn offline_asks_nobody() {
    let home = Home::new(small_files());
    let runs: [(&[&str], bool); 3] = [
        (&["pull", "--offline", NAME], false),
        (&["pull", NAME], true),
        (&["search", "opus"], true),
    ];
    for (arguments, variable) in runs {
        let mut command = home.command("degist");
        command.arg("models").args(arguments);
        if variable {
            command.env("HF_HUB_OFFLINE", "1");
        }
        let (code, _, talk) = outcome(&mut command);
        assert!(
            code == 3 && talk.contains("network must not be used"),
            "{talk}"
        );
    }
    assert!(home.server.requests().is_empty());
    // The variable can also say no.
    let mut command = home.command("degist");
    command
        .args(["models", "pull", NAME])
        .env("HF_HUB_OFFLINE", "0");
    assert_eq!(outcome(&mut command).0, 0);
}

#[test]
fn a_broken_file_is_found_before_use_and_mended_by_a_pull() {
    let home = Home::new(real_files());
    home.pull().unwrap();
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 3] = [
        ("model.gguf", |bytes| bytes.truncate(1_000_000)),
        ("target.spm", |bytes| bytes[5000] ^= 1),
        ("config.json", |bytes| bytes.push(b' ')),
    ];
    for (name, damage) in damages {
        let blob = home.blob(name);
        let mut bytes = fs::read(&blob).unwrap();
        damage(&mut bytes);
        fs::write(&blob, bytes).unwrap();
        let mut translate = home.command("translate");
        translate.args(["--model", NAME]).write_stdin("Guten Tag.");
        let (code, _, talk) = outcome(&mut translate);
        assert!(
            code == 3 && talk.contains(name) && talk.contains("models pull"),
            "{talk}"
        );
        let (code, verified, talk) = home.models(&["verify", NAME]);
        assert!(code == 1 && talk.contains(name), "{talk}");
        let others = real_files().len() - 1;
        assert_eq!(verified.matches(": whole\n").count(), others, "{verified}");

        home.server.forget();
        home.pull().unwrap();
        assert_eq!(home.server.downloads("").len(), 1);
        assert_eq!(home.models(&["verify", NAME]).0, 0);
    }
}

#[test]
fn a_network_that_nobody_knows_is_not_downloaded() {
    let mut files = small_files();
    files[1].1 = br#"{"model_type": "bert"}"#.to_vec();
    let home = Home::new(files);
    let error = home.pull().unwrap_err();
    assert!(matches!(error, HubError::Unsupported { .. }), "{error}");
    assert!(error.to_string().contains("`bert`"), "{error}");
    assert!(home.server.downloads("model.").is_empty());

    let mut files = small_files();
    files.retain(|(name, _)| !name.contains("model"));
    let error = Home::new(files).pull().unwrap_err();
    assert!(matches!(error, HubError::NoWeights { .. }), "{error}");
}

#[test]
fn names_cannot_escape_the_cache() {
    // Tags become files of the cache.
    for evil in ["../../../evil", "/etc/evil", "..", ""] {
        let home = Home::new(small_files());
        home.server.fault("HEAD", "/resolve/", Fault::Tag(evil), 99);
        home.server
            .fault("HEAD", "/resolve-cache/", Fault::Tag(evil), 99);
        let error = home.pull().unwrap_err();
        assert!(matches!(error, HubError::Strange { .. }), "{error}");
        assert_eq!(home.strangers(), Vec::<PathBuf>::new());
    }
    // The commit becomes a folder.
    for evil in ["../../../evil", "main", ""] {
        let home = Home::new(small_files());
        home.server.served.lock().unwrap().commit = evil.into();
        let error = home.pull().unwrap_err();
        assert!(matches!(error, HubError::Strange { .. }), "{error}");
        assert_eq!(home.strangers(), Vec::<PathBuf>::new());
    }
    // Paths of files become paths.
    for evil in [
        "de-en/../../../../../../evil/",
        "/de-en/",
        "de-en/..\\..\\/",
        "de-en//",
    ] {
        let files = [("model.evil.bin", "weights"), ("vocab.evil.spm", "words")];
        let files = files.map(|(name, content)| (format!("{evil}{name}"), content.into()));
        let mut home = Home::new(Vec::new());
        home.server = Server::start("midudev/firefox-translations", files.into());
        let error = home.pull_newest("firefox-de-en").unwrap_err();
        assert!(matches!(error, HubError::Strange { .. }), "{evil}: {error}");
        assert_eq!(home.strangers(), Vec::<PathBuf>::new());
    }
    // Names and revisions that a user types.
    let home = Home::new(small_files());
    for evil in [
        "../evil",
        "a/../b",
        "a/b/c",
        "..",
        "models--a--b",
        "a/..",
        "a\\b/c",
        "",
    ] {
        assert!(HubModel::named(evil).is_none(), "{evil}");
        let (code, _, talk) = home.models(&["pull", evil]);
        assert!(code == 3 && talk.contains("there is no model"), "{talk}");
        assert_eq!(home.models(&["remove", evil]).0, 3);
    }
    for evil in ["../../evil", "/main", "a//b", ""] {
        let (code, _, talk) = home.models(&["pull", NAME, "--revision", evil]);
        assert!(code == 3 && talk.contains("revision"), "{talk}");
    }
    assert!(home.server.requests().is_empty());
    assert_eq!(home.strangers(), Vec::<PathBuf>::new());
}

#[test]
fn a_model_with_a_short_name_is_the_one_that_was_known_or_none() {
    let source = HubModel::named("opus-mt-de-en").unwrap();
    assert_ne!(source.revision, "main");
    let serving = |files: Vec<(String, Vec<u8>)>, commit: &str| {
        let mut home = Home::new(Vec::new());
        home.server = Server::start("Helsinki-NLP/opus-mt-de-en", files);
        home.server.served.lock().unwrap().commit = commit.into();
        home
    };
    let mut files = small_files();
    files.retain(|(name, _)| name != "model.safetensors");

    // Other weights at the same commit.
    let home = serving(files.clone(), &source.revision);
    let error = home.pull_named("opus-mt-de-en").unwrap_err().to_string();
    assert!(
        error.contains("not the file that this program knows"),
        "{error}"
    );
    assert!(home.server.downloads("pytorch_model.bin").is_empty());

    // Another commit.
    let home = serving(files, COMMIT);
    let error = home.pull_named("opus-mt-de-en").unwrap_err().to_string();
    assert!(error.contains("another commit"), "{error}");
    // Unless the user asks for one.
    let pulled = home.models(&["pull", "opus-mt-de-en", "--revision", COMMIT]);
    assert_eq!(pulled.0, 0, "{}", pulled.2);
}

#[test]
fn a_model_in_a_folder_of_a_repository() {
    let folder = |name: &str| format!("de-en/{name}");
    let files = vec![
        ("en-de/model.ende.intgemm.alphas.bin".into(), vec![1; 500]),
        (folder("model.deen.intgemm.alphas.bin"), vec![2; 500]),
        (folder("vocab.deen.spm"), vec![3; 500]),
    ];
    let mut home = Home::new(Vec::new());
    home.server = Server::start("midudev/firefox-translations", files);
    let pulled = home.pull_newest("firefox-de-en").unwrap();
    assert!(pulled.ends_with("de-en"));
    assert_eq!(fs::read(pulled.join("vocab.deen.spm")).unwrap(), [3; 500]);
    assert!(!pulled.join("../en-de").exists());
    let newest = HubModel::named("firefox-de-en")
        .unwrap()
        .at("main")
        .unwrap();
    assert_eq!(newest.checked(&home.settings()).unwrap(), pulled);
    // The commit that the name stands for is not there.
    assert_eq!(home.models(&["path", "firefox-de-en"]).0, 3);
}

#[test]
fn redirections_end() {
    let home = Home::new(small_files());
    let around =
        "Location: /test/tiny/resolve/0123456789abcdef0123456789abcdef01234567/config.json\r\n";
    home.server
        .fault("HEAD", "config.json", Fault::Status(302, around), 99);
    let error = home.pull().unwrap_err();
    assert!(error.to_string().contains("without end"), "{error}");
    for nowhere in ["", "Location: file:///etc/passwd\r\n", "Location: ../x\r\n"] {
        let home = Home::new(small_files());
        home.server
            .fault("GET", "/api/", Fault::Status(302, nowhere), 99);
        let error = home.pull().unwrap_err();
        assert!(error.to_string().contains("nobody follows"), "{error}");
    }
}

#[test]
fn search_shows_what_can_be_used() {
    let home = Home::new(small_files());
    let (code, found, talk) = home.models(&["search", "de & en"]);
    assert_eq!(code, 0, "{talk}");
    assert!(found.contains("a/marian-de") && found.contains("mit") && found.contains('7'));
    assert_eq!(found.lines().count(), 1, "{found}");
    assert!(
        home.server.requests()[0]
            .path
            .contains("search=de%20%26%20en")
    );
}

#[test]
fn proxies_are_used() {
    let home = Home::new(small_files());
    let mut command = home.command("degist");
    command
        .args(["models", "search", "opus"])
        .env("HF_ENDPOINT", "http://hub.invalid")
        .env("HTTP_PROXY", &home.server.endpoint);
    let (code, found, talk) = outcome(&mut command);
    assert_eq!(code, 0, "{talk}");
    assert!(found.contains("a/marian-de"), "{found}");
}

#[test]
fn one_gguf_file_of_a_repository_of_many() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/causal");
    let file = |name: &str| fs::read(folder.join(name)).unwrap();
    let home = Home::new(vec![
        ("README.md".into(), b"# Models".to_vec()),
        ("llama.gguf".into(), file("llama.gguf")),
        ("q8/writer.gguf".into(), file("writer.gguf")),
    ]);
    let (code, _, talk) = home.models(&["pull", NAME]);
    assert_eq!(code, 3);
    assert!(talk.contains("llama.gguf, q8/writer.gguf"), "{talk}");
    assert!(home.server.downloads("gguf").is_empty());

    let name = format!("{NAME}:q8/writer.gguf");
    let (code, path, talk) = home.models(&["pull", &name]);
    assert_eq!(code, 0, "{talk}");
    assert!(path.trim().ends_with("q8/writer.gguf"), "{path}");
    assert_eq!(home.server.downloads("gguf").len(), 1);
    let (_, listed, _) = home.models(&["list"]);
    assert!(listed.contains(&name), "{listed}");
    assert_eq!(home.models(&["path", &name]), (0, path, String::new()));
    assert_eq!(home.models(&["verify"]).0, 0);
    let (code, _, talk) = home.models(&["pull", &format!("{NAME}:q4.gguf")]);
    assert!(code == 3 && talk.contains("q8/writer.gguf"), "{talk}");
    home.server.forget();
    #[cfg(feature = "llm")]
    {
        let mut command = home.command("summarize");
        command
            .args(["--summary-model", &name])
            .write_stdin("Die Stadt baut eine Brücke.");
        let (code, summary, talk) = outcome(&mut command);
        assert_eq!(code, 0, "{talk}");
        assert!(!summary.is_empty());
    }
    assert!(home.server.requests().is_empty());
    // A bit that flips is found before use.
    let blob = home.blob("q8/writer.gguf");
    let mut bytes = fs::read(&blob).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&blob, bytes).unwrap();
    let (code, _, talk) = home.models(&["verify", &name]);
    assert!(code != 0 && talk.contains("is broken"), "{code}: {talk}");
    let mut command = home.command("summarize");
    command
        .args(["--summary-model", &name])
        .write_stdin("Die Stadt baut eine Brücke.");
    let (code, _, talk) = outcome(&mut command);
    assert!(code == 3 && talk.contains("is broken"), "{code}: {talk}");
}

#[test]
fn names_of_gguf_files_cannot_escape_either() {
    for name in [
        "test/tiny:../../x.gguf",
        "test/tiny:/etc/x.gguf",
        "test/tiny:model.bin",
        "test/tiny:",
        "test/../tiny:x.gguf",
        "C:x.gguf",
    ] {
        assert!(HubModel::named(name).is_none(), "{name}");
    }
}

/// Python's `huggingface_hub` and degist find what the other has pulled. Needs PyPI.
#[test]
#[ignore = "fetches huggingface_hub from PyPI"]
fn the_hubs_own_program_shares_the_cache() {
    const PACKAGE: &str = "huggingface_hub==2.4.0";
    let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).join("huggingface_hub");
    if !packages.join("huggingface_hub").exists() {
        let install = ["-m", "pip", "install", "-q", "--target"];
        let mut pip = std::process::Command::new("python3");
        let done = pip
            .args(install)
            .arg(&packages)
            .arg(PACKAGE)
            .status()
            .unwrap();
        assert!(done.success(), "pip cannot fetch {PACKAGE}");
    }
    let python = |home: &Home, script: &str| {
        let mut command = home.command("degist");
        let environment: Vec<_> = (command.get_envs())
            .map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned)))
            .collect();
        command = Command::new("python3");
        for (name, value) in environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
            .env("PYTHONPATH", &packages)
            .env("HF_HUB_DISABLE_XET", "1");
        command
            .env("HF_HUB_DISABLE_TELEMETRY", "1")
            .args(["-c", script]);
        let (code, out, talk) = outcome(&mut command);
        assert_eq!(code, 0, "{talk}");
        out.trim().to_owned()
    };

    // What degist pulled, Python finds, and finds nothing strange.
    let home = Home::new(small_files());
    let folder = home.pull().unwrap();
    home.server.forget();
    let found = python(
        &home,
        "from huggingface_hub import hf_hub_download, scan_cache_dir\n\
         path = hf_hub_download('test/tiny', 'model.safetensors', local_files_only=True)\n\
         info = scan_cache_dir()\n\
         assert not info.warnings, info.warnings\n\
         assert [repo.repo_id for repo in info.repos] == ['test/tiny']\n\
         print(path)",
    );
    assert_eq!(Path::new(&found), folder.join("model.safetensors"));
    // Asked to fetch it, it has nothing to fetch.
    python(
        &home,
        "from huggingface_hub import hf_hub_download\nhf_hub_download('test/tiny', 'model.safetensors')",
    );
    assert!(home.server.downloads("model.safetensors").is_empty());

    // What Python pulled, degist finds.
    let home = Home::new(small_files());
    let found = python(
        &home,
        "import os\n\
         from huggingface_hub import hf_hub_download\n\
         names = ['config.json', 'model.safetensors', 'source.spm', 'target.spm']\n\
         print({os.path.dirname(hf_hub_download('test/tiny', name)) for name in names}.pop())",
    );
    home.server.forget();
    let source = HubModel::named(NAME).unwrap();
    assert_eq!(source.checked(&home.settings()).unwrap(), Path::new(&found));
    assert_eq!(home.pull().unwrap(), Path::new(&found));
    assert!(
        home.server.requests().iter().all(|request| !request.store),
        "nothing is fetched again"
    );
}
