//! Greedy search: the most probable token at every step.

use super::logits::{best, best_allowed, log_sum_exp};
use super::{DecodeOptions, Finish, Growing, Hypothesis, Link};
use crate::model::{Logits, NetworkResult, Seq2Seq};

/// A row that was refused this many tokens is held to be beyond help.
const MOST_REFUSALS: u32 = 4;

struct Row {
    /// Its place in the batch.
    source: usize,
    growing: Growing,
    refusals: u32,
    finish: Option<Finish>,
}

/// Decodes a batch; one hypothesis for each source.
pub(super) fn search(
    network: &dyn Seq2Seq,
    batch: &[&[u32]],
    shortlists: Option<Vec<Vec<u32>>>,
    options: DecodeOptions,
) -> NetworkResult<Vec<Hypothesis>> {
    let mut decoder = network.decoder(&network.encode(batch)?, 1, shortlists)?;
    let mut rows: Vec<Row> = batch
        .iter()
        .enumerate()
        .map(|(source, ids)| Row {
            source,
            growing: Growing::new(ids, options),
            refusals: 0,
            finish: None,
        })
        .collect();
    let mut finished = Vec::with_capacity(batch.len());
    let mut previous = Vec::new();

    loop {
        decoder.step(&previous)?;
        for (i, row) in rows.iter_mut().enumerate() {
            let length = row.growing.ids.len();
            row.take(decoder.logits(i), network.eos(), batch);
            if options.alignment && row.growing.ids.len() > length {
                row.growing
                    .alignment
                    .push(Link::strongest(decoder.attention(i)));
            }
        }

        let open = rows.iter().filter(|row| row.finish.is_none()).count();
        // Finished rows leave the batch.
        if open < rows.len() {
            let (going, done): (Vec<_>, Vec<_>) = rows
                .into_iter()
                .enumerate()
                .partition(|(_, row)| row.finish.is_none());
            finished.extend(done.into_iter().map(|(_, row)| row));
            if going.is_empty() {
                break;
            }
            let (kept, going): (Vec<_>, Vec<_>) =
                going.into_iter().map(|(i, row)| (i as u32, row)).unzip();
            decoder.keep(&kept);
            rows = going;
        }
        previous = rows
            .iter()
            .map(|row| *row.growing.ids.last().unwrap_or(&network.eos()))
            .collect();
    }

    finished.sort_unstable_by_key(|row| row.source);
    Ok(finished
        .into_iter()
        .map(|row| row.growing.finish(row.finish.unwrap_or(Finish::TooLong)))
        .collect())
}

impl Row {
    /// Takes the best token that the guard allows.
    fn take(&mut self, logits: Logits<'_>, eos: u32, batch: &[&[u32]]) {
        let mut place = best(logits.values);
        if self.growing.refuses(logits.token(place)) {
            self.refusals += 1;
            if self.refusals > MOST_REFUSALS {
                self.finish = Some(Finish::Repetition);
                return;
            }
            let refused = |place| self.growing.refuses(logits.token(place));
            place = best_allowed(logits.values, refused);
        }
        let token = logits.token(place);
        self.growing.log_probability += logits.values[place] - log_sum_exp(logits.values);
        if token == eos {
            self.finish = Some(Finish::Complete);
            return;
        }
        self.growing.ids.push(token);
        if self.growing.is_full(batch[self.source]) {
            self.finish = Some(Finish::TooLong);
        }
    }
}
