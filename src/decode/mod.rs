//! From source ids to target ids: batches, greedy and beam search, guards.

mod batch;
mod beam;
mod generate;
mod greedy;
mod guard;
mod lexicon;
mod logits;

pub use batch::batches;
pub use lexicon::Lexicon;

use std::borrow::Cow;

use rayon::prelude::*;

use crate::model::error::bail;
use crate::model::{Generation, Model, NetworkError, NetworkResult, Stopping, longest_target};
use guard::RepetitionGuard;
use logits::best;

/// How to search for a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecodeOptions {
    /// Hypotheses kept for each source; 1 is greedy search, 0 as many as the model's authors want ([`Generation`]).
    pub beam: usize,
    /// Finished hypotheses are compared by log-probability / tokens^this.
    pub length_penalty: f32,
    /// Stop loops of repeated tokens that the source does not have.
    pub guard: bool,
    /// Keep which source token each target token looked at.
    pub alignment: bool,
    /// Choose from the model's shortlist, if it has one, and not from the whole target vocabulary.
    pub shortlist: bool,
}

/// The most hypotheses that a model's files may ask for.
const WIDEST: usize = 16;

impl DecodeOptions {
    /// Hypotheses kept for each source of this model.
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
            length_penalty: 1.0,
            guard: true,
            alignment: false,
            shortlist: true,
        }
    }
}

/// A target for one source.
#[derive(Debug, Clone, PartialEq)]
pub struct Hypothesis {
    /// Target ids, the end token left out.
    pub ids: Vec<u32>,
    /// Mean natural log-probability of its tokens, the end token included.
    pub score: f32,
    /// Why it ends where it ends.
    pub finish: Finish,
    /// If asked for: for each id, the source token that it looked at most.
    pub alignment: Vec<Link>,
}

/// What a target token was made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// Index of the source token.
    pub source: usize,
    /// Its share of the attention, 0 to 1.
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

    /// Counted from the first token behind a prefix; what looked at the prefix looked at nothing.
    fn behind(self, prefix: usize) -> Self {
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
    /// The network went round in circles; one round was kept.
    Repetition,
    /// The longest target was reached ([`longest_target`]).
    TooLong,
}

/// Decodes `sources`, each ending in the end token, behind the model's prefix, in parallel batches. The results come in the order of the sources,
/// and none depends on its neighbours.
///
/// # Errors
/// When a source is too long for the network, or a tensor operation fails.
pub fn decode(
    model: &Model,
    sources: &[Vec<u32>],
    options: DecodeOptions,
) -> NetworkResult<Vec<Hypothesis>> {
    let whole: Cow<'_, [Vec<u32>]> = match model.prefix.as_slice() {
        [] => sources.into(),
        prefix => (sources.iter()).map(|ids| [prefix, ids].concat()).collect(),
    };
    let lengths: Vec<usize> = whole.iter().map(Vec::len).collect();
    let mut hypotheses = for_each_batch(&lengths, |batch| {
        let sources: Vec<&[u32]> = batch.iter().map(|&i| whole[i].as_slice()).collect();
        search(model, &sources, options)
    })?;
    for hypothesis in &mut hypotheses {
        for link in &mut hypothesis.alignment {
            *link = link.behind(model.prefix.len());
        }
    }
    Ok(hypotheses)
}

/// Sorts sources of these lengths into [`batches`] and does `work` for each, side by side. Takes indices, gives one
/// result for each; those of all batches come back in the order of the sources.
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
    sources: &[&[u32]],
    options: DecodeOptions,
) -> NetworkResult<Vec<Hypothesis>> {
    if sources.is_empty() {
        return Ok(Vec::new());
    }
    let shortlist = model.shortlist.as_ref().filter(|_| options.shortlist);
    let shortlists =
        shortlist.map(|shortlist| sources.iter().map(|ids| shortlist.tokens(ids)).collect());
    let rules = model.network.generation();
    let options = DecodeOptions {
        beam: options.width(model),
        ..options
    };
    if rules.stopping != Stopping::Narrowing {
        generate::search(&*model.network, sources, shortlists, options, rules)
    } else if options.beam <= 1 {
        greedy::search(&*model.network, sources, shortlists, options)
    } else {
        beam::search(&*model.network, sources, shortlists, options)
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

/// A target as it grows.
#[derive(Debug, Clone)]
struct Growing {
    ids: Vec<u32>,
    log_probability: f32,
    guard: Option<RepetitionGuard>,
    alignment: Vec<Link>,
}

impl Growing {
    fn new(source: &[u32], options: DecodeOptions) -> Self {
        Self {
            ids: Vec::new(),
            log_probability: 0.,
            guard: options.guard.then(|| RepetitionGuard::new(source)),
            alignment: Vec::new(),
        }
    }

    fn refuses(&self, token: u32) -> bool {
        self.guard
            .as_ref()
            .is_some_and(|guard| guard.refuses(&self.ids, token))
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
        Hypothesis {
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
