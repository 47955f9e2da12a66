//! Batching of sources by length.

/// Most sources in a batch.
const MOST_SOURCES: usize = 64;
/// Most tokens in a batch, padding included: bounds the memory of a batch whatever the input.
const MOST_TOKENS: usize = 2048;

/// Batches for each thread, so that none waits long for the last.
const BATCHES_PER_THREAD: usize = 3;
/// Fewest tokens that a batch is cut down to: below, the weights are loaded too often for what they do.
const FEWEST_TOKENS: usize = 96;

/// Groups sources of similar length for `threads` threads. Takes their lengths in tokens and gives batches of indices;
/// every source is in exactly one.
pub fn batches(lengths: &[usize], threads: usize) -> Vec<Vec<usize>> {
    let share = lengths.iter().sum::<usize>() / (threads * BATCHES_PER_THREAD).max(1);
    let most_tokens = match threads {
        0 | 1 => MOST_TOKENS,
        _ => share.clamp(FEWEST_TOKENS, MOST_TOKENS),
    };
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    // Longest first: the batches that take longest do not start last.
    order.sort_by_key(|&i| std::cmp::Reverse(lengths[i]));

    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut longest = 0;
    for i in order {
        match batches.last_mut() {
            Some(batch)
                if batch.len() < MOST_SOURCES && (batch.len() + 1) * longest <= most_tokens =>
            {
                batch.push(i);
            }
            _ => {
                longest = lengths[i];
                batches.push(vec![i]);
            }
        }
    }
    batches
}
