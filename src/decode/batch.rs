//! Which sources go through the network together.

/// Most sources in a batch.
const MOST_SOURCES: usize = 64;
/// Most tokens in a batch, padding included: bounds the memory of a batch whatever the input.
const MOST_TOKENS: usize = 2048;

/// Groups sources of similar length. Takes their lengths in tokens and gives batches of indices; every source is in
/// exactly one.
pub fn batches(lengths: &[usize]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    // Longest first: the batches that take longest do not start last.
    order.sort_by_key(|&i| std::cmp::Reverse(lengths[i]));

    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut longest = 0;
    for i in order {
        match batches.last_mut() {
            Some(batch)
                if batch.len() < MOST_SOURCES && (batch.len() + 1) * longest <= MOST_TOKENS =>
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
