//! Options, settings and recipes of all commands together.

use std::collections::BTreeMap;

use clap::{CommandFactory, Parser};

use super::recipe::{Recipe, TranslationRecipe, to_json};
use super::settings::RunSettings;
use super::{summarize, translate};

fn of_translate(arguments: &[&str]) -> RunSettings {
    let program = ["translate"].iter().chain(arguments);
    let program = translate::TranslateProgram::try_parse_from(program).unwrap();
    program.command.settings().ok().unwrap()
}

fn of_summarize(arguments: &[&str]) -> RunSettings {
    let program = ["summarize"].iter().chain(arguments);
    let program = summarize::SummarizeProgram::try_parse_from(program).unwrap();
    program.command.settings().ok().unwrap()
}

fn of(settings: &RunSettings) -> String {
    to_json(&Recipe::new(settings, "model", None))
}

/// Every option of both commands, with a value, and whether results of runs without it are stale. An option that is
/// missing here fails the test: decide, and add it.
#[test]
fn every_option_is_decided() {
    const STALE: bool = true;
    const CURRENT: bool = false;
    let glossary = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(glossary.path(), "Stadtwerke\tCity Works\n").unwrap();
    let glossary = ["--glossary", glossary.path().to_str().unwrap()];
    let memory = tempfile::NamedTempFile::new().unwrap();
    let unit = "<tu><tuv lang='de'><seg>Ja.</seg></tuv><tuv lang='en'><seg>Yes.</seg></tuv></tu>";
    std::fs::write(memory.path(), unit).unwrap();
    let memory = ["--memory", memory.path().to_str().unwrap()];
    let prompt = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(prompt.path(), "Summarise: {text}").unwrap();
    let prompt = ["--prompt", prompt.path().to_str().unwrap()];
    let decided: BTreeMap<&str, (&[&str], bool)> = [
        ("inputs", (&["a.txt"][..], CURRENT)),
        ("text", (&["--text", "Ja."], CURRENT)),
        ("output", (&["--output", "out"], CURRENT)),
        ("format", (&["--format", "json"], STALE)),
        ("to", (&["--to", "text"], STALE)),
        ("bilingual", (&["--bilingual"], STALE)),
        ("input_format", (&["--input-format", "html"], STALE)),
        ("fields", (&["--field", "body"], STALE)),
        ("delimiter", (&["--delimiter", ";"], STALE)),
        ("quote", (&["--quote", "none"], STALE)),
        ("header", (&["--header", "yes"], STALE)),
        ("glossary", (&glossary, STALE)),
        ("memory", (&memory, STALE)),
        ("cache", (&["--cache", "c"], CURRENT)),
        ("jsonl", (&["--jsonl"], CURRENT)),
        ("flag_below", (&["--flag-below", "-2"], STALE)),
        ("include", (&["--include", "*.txt"], CURRENT)),
        ("exclude", (&["--exclude", "*.txt"], CURRENT)),
        ("name", (&["--name", "{stem}.en", "-o", "out"], CURRENT)),
        ("copy_rest", (&["--copy-rest"], CURRENT)),
        ("force", (&["--force"], CURRENT)),
        ("dry_run", (&["--dry-run"], CURRENT)),
        ("fail_fast", (&["--fail-fast"], CURRENT)),
        ("limit", (&["--limit", "1"], CURRENT)),
        ("quiet", (&["--quiet"], CURRENT)),
        ("progress", (&["--progress", "json"], CURRENT)),
        ("beam", (&["--beam", "3"], STALE)),
        ("fast", (&["--fast"], STALE)),
        ("full_vocabulary", (&["--full-vocabulary"], STALE)),
        ("hints_below", (&["--hints-below", "300"], STALE)),
        ("no_hints", (&["--no-hints"], STALE)),
        // These three by the fingerprints of the models' files.
        ("model", (&["--model", "other"], CURRENT)),
        ("prefix", (&["--prefix", "<2en>"], CURRENT)),
        ("summary_model", (&["--summary-model", "other"], STALE)),
        ("threads", (&["--threads", "1"], CURRENT)),
        ("device", (&["--device", "candle"], STALE)),
        ("offline", (&["--offline"], CURRENT)),
        ("sentences", (&["--sentences", "2"], STALE)),
        ("words", (&["--words", "50"], STALE)),
        ("ratio", (&["--ratio", "20%"], STALE)),
        ("style", (&["--style", "bullets"], STALE)),
        ("method", (&["--method", "lead"], STALE)),
        ("trim", (&["--trim"], STALE)),
        ("prompt", (&prompt, STALE)),
        ("temperature", (&["--temperature", "0.7"], STALE)),
        ("seed", (&["--seed", "7"], STALE)),
        (
            "keep_unsupported",
            (
                &["--summary-model", "t5-small", "--keep-unsupported"],
                STALE,
            ),
        ),
        ("with_translation", (&["--with-translation"], STALE)),
    ]
    .into();
    type Settle<'a> = &'a dyn Fn(&[&str]) -> RunSettings;
    let programs: [(clap::Command, Settle<'_>); 2] = [
        (translate::TranslateProgram::command(), &of_translate),
        (summarize::SummarizeProgram::command(), &of_summarize),
    ];
    for (command, settle) in programs {
        let without = of(&settle(&[]));
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            if ["help", "version"].contains(&id) {
                continue;
            }
            let (arguments, stale) = decided.get(id).unwrap_or_else(|| {
                panic!("decide whether --{id} makes results of earlier runs stale")
            });
            let with = of(&settle(arguments));
            assert_eq!(with != without, *stale, "--{id}: {without} and {with}");
        }
    }
}

#[test]
fn models_and_commands_have_their_own_recipes() {
    let recipe = |model, summary| to_json(&Recipe::new(&of_summarize(&[]), model, summary));
    assert_ne!(recipe("a", None), recipe("b", None));
    assert_ne!(recipe("a", None), recipe("a", Some("b")));
    assert_ne!(of(&of_summarize(&[])), of(&of_translate(&[])));
    let translation = |arguments| to_json(&TranslationRecipe::new(&of_translate(arguments), "a"));
    assert_ne!(translation(&[]), translation(&["--device", "candle"]));
    assert_eq!(translation(&[]), translation(&["--format", "json"]));
}

#[cfg(not(any(feature = "cuda", feature = "metal")))]
#[test]
fn without_a_gpu_auto_is_the_cpu() {
    let recipe = |device| of(&of_translate(&["--device", device]));
    assert_eq!(recipe("auto"), recipe("cpu"));
}
