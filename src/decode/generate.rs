//! Search by the rules that a model's authors give ([`Generation`]), token for token as Hugging Face's `generate` follows
//! them: greedy search, and a beam that keeps its width while hypotheses end.

use super::extension::{Extension, last_tokens, parent_rows, top_tokens};
use super::logits::log_sum_exp;
use super::{DecodeOptions, Finish, Hypothesis, Link, PartialHypothesis, without_hypothesis};
use crate::model::{EarlyStopping, Generation, Logits, NetworkResult, Seq2Seq, longest_target};

/// The beam of one source.
struct FullBeam {
    /// Index of the source in the batch.
    source: usize,
    /// Most tokens of a target, the end token included.
    longest: usize,
    /// Unfinished hypotheses, best first: one before the first step, then as many as the beam is wide.
    alive: Vec<PartialHypothesis>,
    /// The best finished hypotheses, at most as many, with their length-normalised scores; best first.
    ended: Vec<(f32, PartialHypothesis, Finish)>,
    done: bool,
}

/// Decodes a batch by `rules`; the best hypothesis for each source. Without a beam it is greedy search.
pub(super) fn search(
    network: &dyn Seq2Seq,
    batch: &[&[u32]],
    shortlists: Option<Vec<Vec<u32>>>,
    options: DecodeOptions,
    rules: &Generation,
) -> NetworkResult<Vec<Hypothesis>> {
    let width = options.beam.max(1);
    let eos = network.eos();
    let mut decoder = network.decoder(&network.encode(batch)?, width, shortlists)?;
    let beam = |(source, ids): (usize, &&[u32])| FullBeam {
        source,
        longest: match rules.max_tokens {
            // Where the authors say nothing, what is usual for students.
            usize::MAX => longest_target(ids.len()),
            most => most.max(1),
        },
        alive: vec![PartialHypothesis::new(ids, options)],
        ended: Vec::new(),
        done: false,
    };
    let mut beams: Vec<FullBeam> = batch.iter().enumerate().map(beam).collect();
    let mut finished = Vec::with_capacity(batch.len());
    let mut previous = Vec::new();
    while !beams.is_empty() {
        decoder.step(&previous)?;
        let mut order: Vec<u32> = Vec::with_capacity(beams.len() * width);
        for (i, beam) in beams.iter_mut().enumerate() {
            let mut extensions = Vec::new();
            for (hypothesis, partial) in beam.alive.iter().enumerate() {
                let logits = decoder.logits(i * width + hypothesis);
                extend(
                    partial,
                    hypothesis,
                    logits,
                    (2 * width, eos),
                    rules,
                    &mut extensions,
                );
            }
            let link = |hypothesis: usize| {
                (options.alignment)
                    .then(|| Link::strongest(decoder.attention(i * width + hypothesis)))
            };
            let parents = beam.advance(extensions, &link, (width, eos), rules);
            order.extend(parent_rows(i, width, &parents));
        }
        if width > 1 {
            decoder.reorder(&order);
        }
        let before = beams.len();
        let open = |(_, beam): &(u32, &FullBeam)| !beam.done;
        let kept: Vec<u32> = (0u32..).zip(&beams).filter(open).map(|(i, _)| i).collect();
        let (done, going): (Vec<_>, Vec<_>) = beams.into_iter().partition(|beam| beam.done);
        finished.extend(done);
        beams = going;
        if beams.len() < before && !beams.is_empty() {
            decoder.keep(&kept);
        }
        previous = (beams.iter())
            .flat_map(|beam| last_tokens(&beam.alive, width, eos))
            .collect();
    }
    finished.sort_unstable_by_key(|beam| beam.source);
    finished.into_iter().map(FullBeam::best).collect()
}

/// Collects the extensions of `partial` by its `most` best tokens.
fn extend(
    partial: &PartialHypothesis,
    hypothesis: usize,
    logits: Logits<'_>,
    (most, eos): (usize, u32),
    rules: &Generation,
    extensions: &mut Vec<Extension>,
) {
    let extension = |token, log_probability| Extension {
        hypothesis,
        token,
        log_probability,
        pulled: 0.,
    };
    if rules.is_last(&partial.ids) {
        // The end is no choice here, so it costs nothing.
        return extensions.push(extension(eos, partial.log_probability));
    }
    let refused = rules.refused(&partial.ids, eos);
    let best = top_tokens(logits, most, |token| {
        refused.contains(&token) || partial.refuses(token)
    });
    let total = match rules.renormalise && !refused.is_empty() {
        true => {
            let mut values = logits.values.to_vec();
            for place in refused.iter().filter_map(|&token| logits.place(token)) {
                values[place] = f32::NEG_INFINITY;
            }
            log_sum_exp(&values)
        }
        false => log_sum_exp(logits.values),
    };
    let known = partial.log_probability;
    extensions
        .extend((best.into_iter()).map(|(logit, token)| extension(token, known + (logit - total))));
}

impl FullBeam {
    /// Extends the beam by the best of `extensions`; the parent of each hypothesis that stays unfinished.
    fn advance(
        &mut self,
        mut extensions: Vec<Extension>,
        link: &dyn Fn(usize) -> Option<Link>,
        (width, eos): (usize, u32),
        rules: &Generation,
    ) -> Vec<usize> {
        // Stable: equals stay in the order of hypotheses and tokens.
        extensions.sort_by(|a, b| b.log_probability.total_cmp(&a.log_probability));
        extensions.truncate(2 * width);
        let mut alive = Vec::with_capacity(width);
        let mut parents = Vec::with_capacity(width);
        for (rank, extension) in extensions.into_iter().enumerate() {
            let ends = extension.token == eos;
            if (ends && rank >= width) || (!ends && alive.len() == width) {
                continue;
            }
            let mut partial = self.alive[extension.hypothesis].clone();
            partial.log_probability = extension.log_probability;
            let tokens = partial.ids.len() + 1;
            if !ends {
                partial.ids.push(extension.token);
                partial.alignment.extend(link(extension.hypothesis));
            }
            if ends || tokens >= self.longest {
                if rank < width {
                    let finish = if ends {
                        Finish::Complete
                    } else {
                        Finish::TooLong
                    };
                    let score =
                        partial.log_probability / (tokens as f32).powf(rules.length_penalty);
                    self.end(score, partial, finish, width);
                }
                // A hypothesis cut at the greatest length frees its slot; nothing replaces it in this step.
                continue;
            }
            parents.push(extension.hypothesis);
            alive.push(partial);
        }
        if alive.is_empty() && self.ended.is_empty() {
            // Rules or the repetition guard rejected every extension.
            let partial = self.alive.swap_remove(0);
            self.end(0., partial, Finish::Repetition, width);
        }
        self.alive = alive;
        self.done = self.is_done(width, rules);
        parents
    }

    /// Keeps a finished hypothesis if it is among the best `width`.
    fn end(&mut self, score: f32, partial: PartialHypothesis, finish: Finish, width: usize) {
        let place = self.ended.partition_point(|ended| ended.0 >= score);
        self.ended.insert(place, (score, partial, finish));
        self.ended.truncate(width);
    }

    /// Whether no further step can change the result, by the rules.
    fn is_done(&self, width: usize, rules: &Generation) -> bool {
        let Some(first) = self.alive.first() else {
            return true;
        };
        if self.ended.len() < width {
            return false;
        }
        // Greedy search is done with its first end.
        if width == 1 || rules.early_stopping == EarlyStopping::True {
            return true;
        }
        let length = match rules.early_stopping {
            EarlyStopping::Never if rules.length_penalty > 0. => self.longest,
            _ => first.ids.len(),
        };
        let best = first.log_probability / (length as f32).powf(rules.length_penalty);
        self.ended.last().is_none_or(|worst| best <= worst.0)
    }

    /// The best finished hypothesis.
    ///
    /// # Errors
    /// When there is none.
    fn best(self) -> NetworkResult<Hypothesis> {
        // A beam is done when something ended, or when nothing can go on; then `advance` ended something.
        match self.ended.into_iter().next() {
            Some((_, partial, finish)) => Ok(partial.finish(finish)),
            None => Err(without_hypothesis()),
        }
    }
}
