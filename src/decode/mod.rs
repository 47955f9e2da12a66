//! From source ids to target ids: batches, greedy and beam search, guard against repetition.

mod batch;
mod beam;
mod extension;
mod generate;
mod greedy;
mod guard;
mod logits;
mod pull;
#[cfg(feature = "llm")]
pub mod sampling;
mod shortlist_counts;
mod signs;

pub use batch::batches;
pub use shortlist_counts::ShortlistCounts;

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use crate::model::error::bail;
use crate::model::{EarlyStopping, Generation, Model, NetworkError, NetworkResult, longest_target};
use guard::RepetitionGuard;
use logits::best;
use pull::Pull;
use signs::OpenSigns;

/// How to search for a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecodeOptions {
    /// Width of the beam; 1 is greedy search, 0 what the model's authors give ([`Generation`]).
    pub beam: usize,
    /// Which of the finished hypotheses of a beam is taken: 0 is the best, 1 the second. The last if there are fewer.
    pub rank: usize,
    /// Exponent α of the length normalisation: finished hypotheses are compared by log-probability / tokens^α.
    pub length_penalty: f32,
    /// Stop loops of repeated tokens that the source does not have.
    pub guard: bool,
    /// Keep for each target token the source token with the largest attention weight.
    pub alignment: bool,
    /// Restrict the output layer to the model's lexical shortlist, if it has one.
    pub shortlist: bool,
    /// Words that the training text has less often than this get hints from the dictionary, if the network takes them; 0
    /// for none.
    pub hints_below: u32,
}

/// Words as rare as this in the training text get hints: see the table in `models/README.md`.
pub const HINTS_BELOW: u32 = 60;

/// Widest beam that a model's files may ask for.
const WIDEST: usize = 16;

impl DecodeOptions {
    /// Width of the beam for this model.
    pub fn width(&self, model: &Model) -> usize {
        match self.beam {
            0 => (model.network.generation().beam).map_or(1, |beam| beam.clamp(1, WIDEST)),
            beam => beam,
        }
    }
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self {
            beam: 1,
            rank: 0,
            length_penalty: 1.0,
            guard: true,
            alignment: false,
            shortlist: true,
            hints_below: HINTS_BELOW,
        }
    }
}

/// What a search gets of one source.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    /// Its ids, the end token last.
    pub ids: Cow<'a, [u32]>,
    /// The words with hints that are pulled, in order, from the first that has hints on.
    pub pulls: &'a [PulledWord],
}

/// A word that has hints, to which a search holds on.
#[derive(Debug, Clone, PartialEq)]
pub struct PulledWord {
    /// Where it stands among the ids, without its hints.
    pub places: Range<usize>,
    /// Where the rest of it stands, if it is a phrase in two parts; else empty.
    pub apart: Range<usize>,
    /// What is added to the logits of its candidates while the network looks at it.
    pub pull: f32,
}

impl<'a> From<&'a Vec<u32>> for Input<'a> {
    fn from(ids: &'a Vec<u32>) -> Self {
        Self {
            ids: ids.into(),
            pulls: &[],
        }
    }
}

/// A finished target for one source.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// Target ids, the end token left out.
    pub ids: Vec<u32>,
    /// Mean natural log-probability of its tokens, the end token included.
    pub score: f32,
    /// Why it ends where it ends.
    pub finish: Finish,
    /// Natural log-probability of each id; empty where the rules are those of the model's authors.
    pub log_probabilities: Vec<f32>,
    /// For each id the source token with the largest attention weight, if [`DecodeOptions::alignment`] asks for it.
    pub alignment: Vec<Link>,
}

/// Alignment of a target token: the source token with the largest attention weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// Index of the source token.
    pub source: usize,
    /// Attention weight, 0 to 1.
    pub weight: f32,
}

impl Link {
    /// The largest of the attention `weights` on the tokens of a source.
    fn strongest(weights: &[f32]) -> Self {
        let source = best(weights);
        Self {
            source,
            weight: weights[source],
        }
    }

    /// The link counted from the first token after a prefix; weight 0 for tokens aligned to the prefix.
    fn after_prefix(self, prefix: usize) -> Self {
        match self.source.checked_sub(prefix) {
            Some(source) => Self { source, ..self },
            None => Self {
                source: 0,
                weight: 0.,
            },
        }
    }
}

/// Why a hypothesis ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// The network wrote the end token.
    Complete,
    /// The network repeated itself; one round of the loop is kept.
    Repetition,
    /// The longest target was reached ([`longest_target`]).
    TooLong,
}

/// Decodes `sources`, each ending in the end token, with the model's prefix prepended, in parallel batches. Results are in
/// the order of the sources, and none depends on its neighbours.
///
/// # Errors
/// When a source is too long for the network, or a tensor operation fails.
pub fn decode<'a, S>(
    model: &Model,
    sources: &'a [S],
    options: DecodeOptions,
) -> NetworkResult<Vec<Hypothesis>>
where
    Input<'a>: From<&'a S>,
{
    let mut inputs: Vec<Input<'a>> = sources.iter().map(Input::from).collect();
    if !model.prefix.is_empty() {
        for input in &mut inputs {
            input.ids = [&model.prefix, &*input.ids].concat().into();
        }
    }
    let lengths: Vec<usize> = inputs.iter().map(|input| input.ids.len()).collect();
    let mut hypotheses = for_each_batch(&lengths, |batch| {
        let batch: Vec<&Input<'a>> = batch.iter().map(|&i| &inputs[i]).collect();
        search(model, &batch, options)
    })?;
    for hypothesis in &mut hypotheses {
        for link in &mut hypothesis.alignment {
            *link = link.after_prefix(model.prefix.len());
        }
    }
    Ok(hypotheses)
}

/// Sorts sources of these lengths into [`batches`] and calls `work` for each batch, in parallel. `work` takes the indices of
/// a batch and gives one result for each; all results are returned in the order of the sources.
///
/// # Errors
/// The first error of `work`; when it gives more or fewer results than it was asked for.
pub fn for_each_batch<T: Send>(
    lengths: &[usize],
    work: impl Fn(&[usize]) -> NetworkResult<Vec<T>> + Sync,
) -> NetworkResult<Vec<T>> {
    let done = batches(lengths, rayon::current_num_threads())
        .into_par_iter()
        .map(|batch| {
            let results = work(&batch)?;
            if results.len() != batch.len() {
                // Never one sentence's translation for another's.
                let (found, expected) = (results.len(), batch.len());
                bail!("a batch of {expected} sources has {found} results");
            }
            Ok(batch.into_iter().zip(results).collect::<Vec<_>>())
        })
        .collect::<NetworkResult<Vec<_>>>()?;
    let mut done: Vec<(usize, T)> = done.into_iter().flatten().collect();
    done.sort_unstable_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// Decodes one batch on this thread; one hypothesis for each source, in their order.
///
/// # Errors
/// As for [`decode`].
pub fn search(
    model: &Model,
    inputs: &[&Input<'_>],
    options: DecodeOptions,
) -> NetworkResult<Vec<Hypothesis>> {
    if inputs.is_empty() {
        return Ok(Vec::new());
    }
    let sources: Vec<&[u32]> = inputs.iter().map(|input| &*input.ids).collect();
    let shortlists = (options.shortlist && model.shortlist.is_some()).then(|| {
        let lists = sources.iter().filter_map(|ids| model.shortlist(ids));
        lists.collect()
    });
    let rules = model.network.generation();
    let options = DecodeOptions {
        beam: options.width(model),
        ..options
    };
    if rules.early_stopping != EarlyStopping::Marian {
        return generate::search(&*model.network, &sources, shortlists, options, rules);
    }
    let begin = |input: &&Input<'_>| PartialHypothesis::of_model(model, input, options);
    let first: Vec<PartialHypothesis> = inputs.iter().map(begin).collect();
    match options.beam {
        0 | 1 => greedy::search(model, &sources, first, shortlists, options),
        _ => beam::search(model, &sources, first, shortlists, options),
    }
}

/// As [`decode`], by other rules than those of the model's authors.
///
/// # Errors
/// As there.
pub fn decode_by(
    model: &Model,
    sources: &[Vec<u32>],
    options: DecodeOptions,
    rules: &Generation,
) -> NetworkResult<Vec<Hypothesis>> {
    let lengths: Vec<usize> = sources.iter().map(Vec::len).collect();
    for_each_batch(&lengths, |batch| {
        let sources: Vec<&[u32]> = batch.iter().map(|&i| sources[i].as_slice()).collect();
        generate::search(&*model.network, &sources, None, options, rules)
    })
}

/// The error of a search that ended with nothing, which no rule should allow.
fn without_hypothesis() -> NetworkError {
    NetworkError::new("a search ended without a hypothesis")
}

/// A hypothesis that is not finished.
#[derive(Debug, Clone)]
struct PartialHypothesis {
    ids: Vec<u32>,
    log_probability: f32,
    /// `log_probability` as it was after each of `ids`.
    totals: Vec<f32>,
    guard: Option<RepetitionGuard>,
    signs: OpenSigns,
    pull: Option<Pull>,
    /// What pulls have added to the scores of its tokens: counts in the search, and in no probability.
    pulled: f32,
    alignment: Vec<Link>,
}

impl PartialHypothesis {
    fn new(source: &[u32], options: DecodeOptions) -> Self {
        Self {
            ids: Vec::new(),
            log_probability: 0.,
            totals: Vec::new(),
            guard: options.guard.then(|| RepetitionGuard::new(source)),
            signs: OpenSigns::default(),
            pull: None,
            pulled: 0.,
            alignment: Vec::new(),
        }
    }

    /// With the placeholders and hints that the model knows.
    fn of_model(model: &Model, input: &Input<'_>, options: DecodeOptions) -> Self {
        Self {
            signs: OpenSigns::new(&model.placeholders, &input.ids),
            pull: Pull::new(model.hints, input),
            ..Self::new(&input.ids, options)
        }
    }

    fn refuses(&self, token: u32) -> bool {
        self.guard
            .as_ref()
            .is_some_and(|guard| guard.refuses(&self.ids, token))
    }

    /// The tokens that hints make likelier at a step with this attention on the source, and by how much.
    fn pulled_tokens(&mut self, attention: &[f32]) -> Vec<(u32, f32)> {
        let Some(pull) = &mut self.pull else {
            return Vec::new();
        };
        pull.look(attention);
        pull.tokens()
    }

    /// Adds a token.
    fn push(&mut self, token: u32) {
        self.signs.write(token);
        if let Some(pull) = &mut self.pull {
            pull.write(token);
        }
        self.ids.push(token);
        self.totals.push(self.log_probability);
    }

    /// Whether it has as many tokens as a target of this source may have.
    fn is_full(&self, source: &[u32]) -> bool {
        self.ids.len() >= longest_target(source.len())
    }

    fn finish(mut self, mut finish: Finish) -> Hypothesis {
        if finish == Finish::TooLong && self.guard.is_some() && guard::ends_in_loop(&self.ids) {
            finish = Finish::Repetition;
        }
        let ended = usize::from(finish == Finish::Complete);
        let tokens = self.ids.len() + ended;
        if finish == Finish::Repetition {
            self.ids.truncate(guard::one_round(&self.ids));
        }
        self.alignment.truncate(self.ids.len());
        self.totals.truncate(self.ids.len());
        let before = std::iter::once(&0.).chain(&self.totals);
        let log_probabilities = before
            .zip(&self.totals)
            .map(|(before, after)| after - before);
        Hypothesis {
            log_probabilities: log_probabilities.collect(),
            score: self.log_probability / tokens.max(1) as f32,
            ids: self.ids,
            finish,
            alignment: self.alignment,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_result_moves_no_other() {
        let lengths = [5, 3, 8, 1];
        let all = for_each_batch(&lengths, |batch| Ok(batch.to_vec()));
        assert_eq!(all, Ok(vec![0, 1, 2, 3]));
        for (lost, added) in [(1, 0), (0, 1)] {
            let result = for_each_batch(&lengths, |batch| Ok(vec![0; batch.len() - lost + added]));
            assert!(result.unwrap_err().to_string().contains("results"));
        }
    }
}
