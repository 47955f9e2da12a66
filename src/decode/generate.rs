//! Search by the rules that a model's authors give ([`Generation`]), token for token as Hugging Face's `generate` follows
//! them: greedy search, and a beam that keeps its width while hypotheses end.

use super::logits::log_sum_exp;
use super::{DecodeOptions, Finish, Growing, Hypothesis, Link, without_hypothesis};
use crate::model::{Generation, Logits, NetworkResult, Seq2Seq, Stopping, longest_target};

/// The search for one source.
struct Beam {
    /// Its place in the batch.
    source: usize,
    /// Most tokens of a target, the end token included.
    longest: usize,
    /// Hypotheses that grow, best first: one before the first step, then as many as the beam is wide.
    alive: Vec<Growing>,
    /// The best that ended, at most as many, with their normalised scores; best first.
    ended: Vec<(f32, Growing, Finish)>,
    done: bool,
}

/// One token more for one hypothesis.
struct Extension {
    hypothesis: usize,
    token: u32,
    log_probability: f32,
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
    let beam = |(source, ids): (usize, &&[u32])| Beam {
        source,
        longest: match rules.max_tokens {
            // Where the authors say nothing, what is usual for students.
            usize::MAX => longest_target(ids.len()),
            most => most.max(1),
        },
        alive: vec![Growing::new(ids, options)],
        ended: Vec::new(),
        done: false,
    };
    let mut beams: Vec<Beam> = batch.iter().enumerate().map(beam).collect();
    let mut finished = Vec::with_capacity(batch.len());
    let mut previous = Vec::new();
    while !beams.is_empty() {
        decoder.step(&previous)?;
        let mut order: Vec<u32> = Vec::with_capacity(beams.len() * width);
        for (i, beam) in beams.iter_mut().enumerate() {
            let mut extensions = Vec::new();
            for (hypothesis, growing) in beam.alive.iter().enumerate() {
                let logits = decoder.logits(i * width + hypothesis);
                extend(
                    growing,
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
            // Rows without a hypothesis repeat the first; nothing reads them.
            order.extend((0..width).map(|j| {
                let parent = parents.get(j).or(parents.first()).unwrap_or(&0);
                (i * width + parent) as u32
            }));
        }
        if width > 1 {
            decoder.reorder(&order);
        }
        let before = beams.len();
        let open = |(_, beam): &(u32, &Beam)| !beam.done;
        let kept: Vec<u32> = (0u32..).zip(&beams).filter(open).map(|(i, _)| i).collect();
        let (done, going): (Vec<_>, Vec<_>) = beams.into_iter().partition(|beam| beam.done);
        finished.extend(done);
        beams = going;
        if beams.len() < before && !beams.is_empty() {
            decoder.keep(&kept);
        }
        let last = |growing: &Growing| growing.ids.last().copied().unwrap_or(eos);
        let rows = |beam: &Beam| -> Vec<u32> {
            let row = |j| last(beam.alive.get(j).unwrap_or(&beam.alive[0]));
            (0..width).map(row).collect()
        };
        previous = beams.iter().flat_map(rows).collect();
    }
    finished.sort_unstable_by_key(|beam| beam.source);
    finished.into_iter().map(Beam::best).collect()
}

/// Collects the `most` best tokens for `growing`.
fn extend(
    growing: &Growing,
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
    };
    if rules.is_last(&growing.ids) {
        // The end is no choice here, so it costs nothing.
        return extensions.push(extension(eos, growing.log_probability));
    }
    let refused = rules.refused(&growing.ids, eos);
    let mut best: Vec<(f32, u32)> = Vec::with_capacity(most + 1);
    for (place, &logit) in logits.values.iter().enumerate() {
        let worst = best.get(most - 1).map_or(f32::NEG_INFINITY, |best| best.0);
        if logit <= worst {
            continue;
        }
        let token = logits.token(place);
        if refused.contains(&token) || growing.refuses(token) {
            continue;
        }
        let place = best.partition_point(|&(other, _)| other >= logit);
        best.insert(place, (logit, token));
        best.truncate(most);
    }
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
    let known = growing.log_probability;
    extensions
        .extend((best.into_iter()).map(|(logit, token)| extension(token, known + (logit - total))));
}

impl Beam {
    /// Takes the best extensions and gives the parent of each hypothesis that goes on.
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
            let mut growing = self.alive[extension.hypothesis].clone();
            growing.log_probability = extension.log_probability;
            let tokens = growing.ids.len() + 1;
            if !ends {
                growing.ids.push(extension.token);
                growing.alignment.extend(link(extension.hypothesis));
            }
            if ends || tokens >= self.longest {
                if rank < width {
                    let finish = if ends {
                        Finish::Complete
                    } else {
                        Finish::TooLong
                    };
                    let score =
                        growing.log_probability / (tokens as f32).powf(rules.length_penalty);
                    self.end(score, growing, finish, width);
                }
                // What was cut stands in for those that go on; nothing does.
                continue;
            }
            parents.push(extension.hypothesis);
            alive.push(growing);
        }
        if alive.is_empty() && self.ended.is_empty() {
            // Every extension was refused.
            let growing = self.alive.swap_remove(0);
            self.end(0., growing, Finish::Repetition, width);
        }
        self.alive = alive;
        self.done = self.is_done(width, rules);
        parents
    }

    /// Keeps what ended if it is among the best `width`.
    fn end(&mut self, score: f32, growing: Growing, finish: Finish, width: usize) {
        let place = self.ended.partition_point(|ended| ended.0 >= score);
        self.ended.insert(place, (score, growing, finish));
        self.ended.truncate(width);
    }

    fn is_done(&self, width: usize, rules: &Generation) -> bool {
        let Some(first) = self.alive.first() else {
            return true;
        };
        if self.ended.len() < width {
            return false;
        }
        // Greedy search is done with its first end.
        if width == 1 || rules.stopping == Stopping::Full {
            return true;
        }
        let length = match rules.stopping {
            Stopping::NoBetterEver if rules.length_penalty > 0. => self.longest,
            _ => first.ids.len(),
        };
        let best = first.log_probability / (length as f32).powf(rules.length_penalty);
        self.ended.last().is_none_or(|worst| best <= worst.0)
    }

    fn best(self) -> NetworkResult<Hypothesis> {
        // A beam is done when something ended, or when nothing can go on; then `advance` ended something.
        match self.ended.into_iter().next() {
            Some((_, growing, finish)) => Ok(growing.finish(finish)),
            None => Err(without_hypothesis()),
        }
    }
}
