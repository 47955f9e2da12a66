//! Beam search with length-normalised scores.

use super::logits::log_sum_exp;
use super::{DecodeOptions, Finish, Growing, Hypothesis, Link, without_hypothesis};
use crate::model::{Logits, NetworkResult, Seq2Seq};

/// The search for one source.
struct Beam {
    /// Its place in the batch.
    source: usize,
    /// Hypotheses that grow, best first: one before the first step, then up to the width of the beam.
    alive: Vec<Growing>,
    /// The best that ended, with its normalised score.
    best: Option<(f32, Hypothesis)>,
    ended: usize,
}

/// One token more for one hypothesis.
struct Extension {
    hypothesis: usize,
    token: u32,
    log_probability: f32,
}

/// Decodes a batch; the best hypothesis for each source.
pub(super) fn search(
    network: &dyn Seq2Seq,
    batch: &[&[u32]],
    shortlists: Option<Vec<Vec<u32>>>,
    options: DecodeOptions,
) -> NetworkResult<Vec<Hypothesis>> {
    let width = options.beam;
    let mut decoder = network.decoder(&network.encode(batch)?, width, shortlists)?;
    let mut beams: Vec<Beam> = (0..batch.len())
        .map(|source| Beam {
            source,
            alive: vec![Growing::new(batch[source], options)],
            best: None,
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
            if let Some(growing) = beams[i].alive.get(hypothesis) {
                let logits = decoder.logits(row);
                extend(growing, hypothesis, logits, width, &mut extensions[i]);
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
            // Rows without a hypothesis repeat the first; nothing reads them.
            order.extend((0..width).map(|j| {
                let parent = parents.get(j).or(parents.first()).unwrap_or(&0);
                (i * width + parent) as u32
            }));
        }
        decoder.reorder(&order);

        let open = |beam: &Beam| !beam.alive.is_empty() && beam.ended < width;
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
            .flat_map(|beam| {
                (0..width).map(|j| {
                    let growing = beam.alive.get(j).unwrap_or(&beam.alive[0]);
                    growing.ids.last().copied().unwrap_or(network.eos())
                })
            })
            .collect();
    }

    done.sort_unstable_by_key(|beam| beam.source);
    let best = |beam: Beam| match beam.best {
        Some((_, hypothesis)) => Ok(hypothesis),
        None => Err(without_hypothesis()),
    };
    done.into_iter().map(best).collect()
}

/// Collects the `width + 1` best tokens for `growing`: enough to fill a beam even if one of them is the end.
fn extend(
    growing: &Growing,
    hypothesis: usize,
    logits: Logits<'_>,
    width: usize,
    extensions: &mut Vec<Extension>,
) {
    let mut best: Vec<(f32, u32)> = Vec::with_capacity(width + 2);
    for (place, &logit) in logits.values.iter().enumerate() {
        let worst = best
            .get(width)
            .map_or(f32::NEG_INFINITY, |&(logit, _)| logit);
        if logit <= worst {
            continue;
        }
        let token = logits.token(place);
        if growing.refuses(token) {
            continue;
        }
        let place = best.partition_point(|&(other, _)| other >= logit);
        best.insert(place, (logit, token));
        best.truncate(width + 1);
    }
    let total = log_sum_exp(logits.values);
    extensions.extend(best.into_iter().map(|(logit, token)| Extension {
        hypothesis,
        token,
        log_probability: growing.log_probability + logit - total,
    }));
}

impl Beam {
    /// Takes the best extensions and gives the parent of each hypothesis that goes on.
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
        extensions.sort_by(|a, b| b.log_probability.total_cmp(&a.log_probability));
        let mut alive = Vec::with_capacity(options.beam);
        let mut parents = Vec::with_capacity(options.beam);
        for extension in extensions {
            if alive.len() + self.ended >= options.beam {
                break;
            }
            let mut growing = self.alive[extension.hypothesis].clone();
            growing.log_probability = extension.log_probability;
            if extension.token == eos {
                self.end(growing, Finish::Complete, options);
                continue;
            }
            growing.ids.push(extension.token);
            growing
                .alignment
                .extend(links.map(|links| links[extension.hypothesis]));
            if growing.is_full(source) {
                self.end(growing, Finish::TooLong, options);
            } else {
                parents.push(extension.hypothesis);
                alive.push(growing);
            }
        }
        if alive.is_empty() && self.best.is_none() {
            // Every extension was refused.
            if let Some(growing) = self.alive.first().cloned() {
                self.end(growing, Finish::Repetition, options);
            }
        }
        self.alive = alive;
        parents
    }

    fn end(&mut self, growing: Growing, finish: Finish, options: DecodeOptions) {
        self.ended += 1;
        let tokens = growing.ids.len() + usize::from(finish == Finish::Complete);
        let score = growing.log_probability / (tokens.max(1) as f32).powf(options.length_penalty);
        let hypothesis = growing.finish(finish);
        // One that ended by itself beats one that was cut, whatever their scores.
        let rank = |finish, score| (finish == Finish::Complete, score);
        let better = self
            .best
            .as_ref()
            .is_none_or(|(best, old)| rank(finish, score) > rank(old.finish, *best));
        if better {
            self.best = Some((score, hypothesis));
        }
    }
}
