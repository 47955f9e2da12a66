//! Marian's beam search: every hypothesis that ends makes the beam narrower, and finished hypotheses are compared by
//! length-normalised scores.

use super::extension::{Extension, last_tokens, parent_rows, top_tokens};
use super::logits::log_sum_exp;
use super::pull::Pull;
use super::{DecodeOptions, Finish, Hypothesis, Link, PartialHypothesis, without_hypothesis};
use crate::model::{Logits, Model, NetworkResult};

/// The beam of one source.
struct NarrowingBeam {
    /// Index of the source in the batch.
    source: usize,
    /// Unfinished hypotheses, best first: one before the first step, then up to the width of the beam.
    alive: Vec<PartialHypothesis>,
    /// The best finished hypotheses, best first, with their length-normalised scores.
    best: Vec<(f32, Hypothesis)>,
    /// Finished hypotheses.
    ended: usize,
}

/// Decodes a batch; the hypothesis of the wanted rank for each source, which goes on from the `first`.
pub(super) fn search(
    model: &Model,
    batch: &[&[u32]],
    first: Vec<PartialHypothesis>,
    shortlists: Option<Vec<Vec<u32>>>,
    options: DecodeOptions,
) -> NetworkResult<Vec<Hypothesis>> {
    let width = options.beam;
    let network = &*model.network;
    let mut decoder = network.decoder(&network.encode(batch)?, width, shortlists)?;
    let mut beams: Vec<NarrowingBeam> = (first.into_iter().enumerate())
        .map(|(source, partial)| NarrowingBeam {
            source,
            alive: vec![partial],
            best: Vec::new(),
            ended: 0,
        })
        .collect();
    let mut done = Vec::with_capacity(batch.len());
    let mut previous = Vec::new();

    loop {
        decoder.step(&previous)?;
        let rows = (0..beams.len() * width).map(|row| (row / width, row % width, row));
        let mut extensions: Vec<Vec<Extension>> = beams.iter().map(|_| Vec::new()).collect();
        for (i, hypothesis, row) in rows.clone() {
            if let Some(partial) = beams[i].alive.get_mut(hypothesis) {
                let logits = decoder.logits(row);
                let pulled = partial.pulled_tokens(decoder.attention(row));
                let best = best_tokens(partial, logits, &pulled, width, network.eos());
                extensions[i].extend(best.into_iter().map(|best| best.of(partial, hypothesis)));
            }
        }
        let links: Vec<Link> = if options.alignment {
            rows.map(|(.., row)| Link::strongest(decoder.attention(row)))
                .collect()
        } else {
            Vec::new()
        };

        let mut order: Vec<u32> = Vec::with_capacity(beams.len() * width);
        for (i, (beam, extensions)) in beams.iter_mut().zip(extensions).enumerate() {
            let links = links.get(i * width..(i + 1) * width);
            let parents = beam.advance(extensions, links, batch, network.eos(), options);
            order.extend(parent_rows(i, width, &parents));
        }
        decoder.reorder(&order);

        let open = |beam: &NarrowingBeam| !beam.alive.is_empty() && beam.ended < width;
        let kept: Vec<u32> = (0u32..)
            .zip(&beams)
            .filter(|(_, b)| open(b))
            .map(|(i, _)| i)
            .collect();
        let before = beams.len();
        let (going, ended): (Vec<_>, Vec<_>) = beams.into_iter().partition(open);
        done.extend(ended);
        beams = going;
        if beams.is_empty() {
            break;
        }
        if beams.len() < before {
            decoder.keep(&kept);
        }
        previous = beams
            .iter()
            .flat_map(|beam| last_tokens(&beam.alive, width, network.eos()))
            .collect();
    }

    done.sort_unstable_by_key(|beam| beam.source);
    let taken = |mut beam: NarrowingBeam| match beam.best.pop() {
        Some((_, hypothesis)) => Ok(hypothesis),
        None => Err(without_hypothesis()),
    };
    done.into_iter().map(taken).collect()
}

/// A token that may be next.
struct Next {
    token: u32,
    log_probability: f32,
    pull: f32,
}

impl Next {
    fn of(self, partial: &PartialHypothesis, hypothesis: usize) -> Extension {
        Extension {
            hypothesis,
            token: self.token,
            log_probability: partial.log_probability + self.log_probability,
            pulled: partial.pulled + self.pull,
        }
    }
}

/// The `width + 1` best tokens for `partial`: enough to fill a beam even if one of them is the end; those that are pulled
/// besides.
fn best_tokens(
    partial: &PartialHypothesis,
    logits: Logits<'_>,
    pulled: &[(u32, f32)],
    width: usize,
    eos: u32,
) -> Vec<Next> {
    let signs = &partial.signs;
    let refused = |token| partial.refuses(token) || signs.refuses(token, eos);
    let mut best = top_tokens(logits, width + 1, refused);
    // The end may be all that the network wants, but there are placeholders to write first.
    let open = signs.best_open(logits).into_iter();
    let pulled_places = pulled.iter().filter(|(token, _)| !refused(*token));
    for place in open.chain(pulled_places.filter_map(|&(token, _)| logits.place(token))) {
        let token = (logits.values[place], logits.token(place));
        if !best.contains(&token) {
            best.push(token);
        }
    }
    let total = log_sum_exp(logits.values);
    let lent = partial.pull.as_ref().map_or(0., Pull::lent);
    let pull_of = |token| {
        let found = pulled.iter().find(|&&(other, _)| other == token);
        found.map_or(0., |&(_, pull)| pull) - lent
    };
    let next = best.into_iter().map(|(logit, token)| Next {
        token,
        log_probability: logit - total,
        pull: pull_of(token),
    });
    next.collect()
}

impl NarrowingBeam {
    /// Extends the beam by the best of `extensions`; the parent of each hypothesis that stays unfinished.
    fn advance(
        &mut self,
        mut extensions: Vec<Extension>,
        links: Option<&[Link]>,
        batch: &[&[u32]],
        eos: u32,
        options: DecodeOptions,
    ) -> Vec<usize> {
        let source = batch[self.source];
        // Stable: equals stay in the order of hypotheses and tokens.
        extensions.sort_by(|a, b| b.score().total_cmp(&a.score()));
        let mut alive = Vec::with_capacity(options.beam);
        let mut parents = Vec::with_capacity(options.beam);
        for extension in extensions {
            if alive.len() + self.ended >= options.beam {
                break;
            }
            let mut partial = self.alive[extension.hypothesis].clone();
            partial.log_probability = extension.log_probability;
            partial.pulled = extension.pulled;
            if extension.token == eos {
                self.end(partial, Finish::Complete, options);
                continue;
            }
            partial.push(extension.token);
            partial
                .alignment
                .extend(links.map(|links| links[extension.hypothesis]));
            if partial.is_full(source) {
                self.end(partial, Finish::TooLong, options);
            } else {
                parents.push(extension.hypothesis);
                alive.push(partial);
            }
        }
        if alive.is_empty() && self.best.is_empty() {
            // The repetition guard rejected every extension.
            if let Some(partial) = self.alive.first().cloned() {
                self.end(partial, Finish::Repetition, options);
            }
        }
        self.alive = alive;
        parents
    }

    /// Takes a finished hypothesis, which is kept if it is among the best, up to the rank that is asked for.
    fn end(&mut self, partial: PartialHypothesis, finish: Finish, options: DecodeOptions) {
        self.ended += 1;
        let tokens = partial.ids.len() + usize::from(finish == Finish::Complete);
        let total = partial.log_probability + partial.pulled;
        let score = total / (tokens.max(1) as f32).powf(options.length_penalty);
        let hypothesis = partial.finish(finish);
        // One that ended by itself beats one that was cut, whatever their scores.
        let rank = |finish, score| (finish == Finish::Complete, score);
        let place = (self.best.iter())
            .position(|(old, other)| rank(finish, score) > rank(other.finish, *old))
            .unwrap_or(self.best.len());
        self.best.insert(place, (score, hypothesis));
        self.best.truncate(options.rank + 1);
    }
}
