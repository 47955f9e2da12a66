//! Scores and tokens equal sacreBLEU's, which `tests/eval/make_fixtures.py` recorded.

use std::fs;
use std::path::Path;

use degist::eval::{
    ChrfStatistics, EvalError, Rouge, Score, TerStatistics, bleu, chrf, chrf_plus_plus, ter,
    tokenize_13a,
};
use serde::Deserialize;

/// Scores are sums of the same integers divided in the same way; only rounding may differ.
const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct Case {
    #[serde(skip)]
    name: String,
    bleu: f64,
    chrf: f64,
    chrf_plus_plus: f64,
    ter: f64,
    segments: Vec<Segment>,
}

#[derive(Deserialize)]
struct Segment {
    hypothesis: String,
    reference: String,
    hypothesis_13a: String,
    reference_13a: String,
    chrf: f64,
    chrf_plus_plus: f64,
    ter: f64,
    /// ROUGE-1, -2 and -L.
    rouge: [f64; 3],
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/eval");
    let mut cases: Vec<Case> = fs::read_dir(&folder)
        .expect("tests/eval is there")
        .map(|entry| entry.expect("tests/eval can be listed").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a fixture can be read");
            let case = serde_json::from_str(&text).expect("a fixture of make_fixtures.py");
            let name = path
                .file_stem()
                .expect("a file")
                .to_string_lossy()
                .into_owned();
            Case { name, ..case }
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!cases.is_empty(), "no fixtures in {}", folder.display());
    cases
}

/// Fails with all differences at once: together they show which rule is wrong.
fn assert_none(differences: Vec<String>) {
    assert!(
        differences.is_empty(),
        "not as sacreBLEU:\n{}",
        differences.join("\n")
    );
}

fn difference(what: &str, ours: &Score, theirs: f64) -> Option<String> {
    // In this direction a NaN is a difference too.
    let equal = (ours.value - theirs).abs() <= TOLERANCE;
    (!equal).then(|| format!("{what}: {} {} instead of {theirs}", ours.metric, ours.value))
}

#[test]
fn corpora_score_as_in_sacrebleu() {
    let mut differences = Vec::new();
    for case in cases() {
        let hypotheses: Vec<&str> = case
            .segments
            .iter()
            .map(|s| s.hypothesis.as_str())
            .collect();
        let references: Vec<&str> = case.segments.iter().map(|s| s.reference.as_str()).collect();
        let scores = [
            (bleu(&hypotheses, &references), case.bleu),
            (chrf(&hypotheses, &references), case.chrf),
            (
                chrf_plus_plus(&hypotheses, &references),
                case.chrf_plus_plus,
            ),
            (ter(&hypotheses, &references), case.ter),
        ];
        for (ours, theirs) in scores {
            let ours = ours.expect("as many hypotheses as references");
            differences.extend(difference(&case.name, &ours, theirs));
        }
    }
    assert_none(differences);
}

#[test]
fn sentences_have_the_chrf_of_sacrebleu() {
    let mut differences = Vec::new();
    for case in cases() {
        for segment in &case.segments {
            let what = format!("{}: {:?}", case.name, segment.hypothesis);
            let counted = ChrfStatistics::of_segment(&segment.hypothesis, &segment.reference);
            differences.extend(difference(&what, &counted.chrf(), segment.chrf));
            differences.extend(difference(
                &what,
                &counted.chrf_plus_plus(),
                segment.chrf_plus_plus,
            ));
        }
    }
    assert_none(differences);
}

#[test]
fn tokens_are_those_of_13a() {
    let mut differences = Vec::new();
    for case in cases() {
        for segment in &case.segments {
            for (text, theirs) in [
                (&segment.hypothesis, &segment.hypothesis_13a),
                (&segment.reference, &segment.reference_13a),
            ] {
                let ours = tokenize_13a(text).join(" ");
                if ours != *theirs {
                    let name = &case.name;
                    differences.push(format!("{name}: {text:?}: {ours:?} instead of {theirs:?}"));
                }
            }
        }
    }
    assert_none(differences);
}

#[test]
fn every_hypothesis_needs_its_reference() {
    let error = bleu(&["one", "two"], &["one", "two", "three"]).unwrap_err();
    let expected = EvalError::UnequalLines {
        hypotheses: 2,
        references: 3,
    };
    assert_eq!(error, expected);
    assert_eq!(
        chrf(&["one", "two"], &["one", "two", "three"]).unwrap_err(),
        expected
    );
    let message = error.to_string();
    assert!(
        message.contains("2 hypothesis") && message.contains("3 reference"),
        "{message}"
    );
}

#[test]
fn nothing_is_not_scored() {
    let nothing: [&str; 0] = [];
    assert_eq!(bleu(&nothing, &nothing), Err(EvalError::NoLines));
    assert_eq!(chrf_plus_plus(&nothing, &nothing), Err(EvalError::NoLines));
}

#[test]
fn scores_name_their_signature() {
    let lines = ["The same on both sides."];
    let shown = |score: Result<Score, EvalError>| score.expect("one line each").to_string();
    assert_eq!(
        shown(bleu(&lines, &lines)),
        "BLEU 100.00  nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp"
    );
    assert_eq!(
        shown(chrf(&lines, &lines)),
        "chrF2 100.00  nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no"
    );
    assert_eq!(
        shown(chrf_plus_plus(&lines, &lines)),
        "chrF2++ 100.00  nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no"
    );
}

#[test]
fn sentences_have_the_ter_of_sacrebleu() {
    let mut differences = Vec::new();
    for case in cases() {
        for segment in &case.segments {
            let what = format!("{}: {:?}", case.name, segment.hypothesis);
            let counted = TerStatistics::of_segment(&segment.hypothesis, &segment.reference);
            differences.extend(difference(&what, &counted.ter(), segment.ter));
        }
    }
    assert_none(differences);
}

#[test]
fn summaries_have_the_rouge_of_google() {
    for case in cases() {
        for segment in &case.segments {
            let rouge = Rouge::of_segment(&segment.hypothesis, &segment.reference);
            let ours = [rouge.rouge_1, rouge.rouge_2, rouge.rouge_l];
            for (ours, theirs) in ours.into_iter().zip(segment.rouge) {
                let what = &segment.hypothesis;
                assert!(
                    (ours - theirs).abs() <= TOLERANCE,
                    "{what:?}: {ours} for {theirs}"
                );
            }
        }
    }
}
