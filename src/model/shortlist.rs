//! Lexical shortlists: which target tokens a source may want, from how its tokens were translated before (Jean et al.
//! 2015, "On Using Very Large Target Vocabulary for Neural Machine Translation"; Marian's `lex.s2t.bin`).

/// For each source token the target tokens that it may become, and those that any sentence may want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortlist {
    /// The `frequent` first target ids are in every list.
    frequent: u32,
    /// Target ids of source token `i`: `ids[starts[i]..starts[i + 1]]`.
    starts: Vec<u32>,
    ids: Vec<u32>,
    /// In every list, too.
    eos: u32,
    /// Whether source and target have one vocabulary, so that a token may be copied.
    shared: bool,
}

const MAGIC: u64 = 0xf11a_48d5_0134_17f5;
/// Magic, checksum, `frequent`, how many the writer kept for each source token, and the lengths of the two arrays.
const HEADER: usize = 6;

impl Shortlist {
    /// Makes a shortlist of lists of target ids for each source id.
    pub fn new(lists: &[Vec<u32>], frequent: u32, eos: u32) -> Self {
        let mut starts = vec![0];
        let mut ids = Vec::new();
        for list in lists {
            ids.extend_from_slice(list);
            starts.push(ids.len() as u32);
        }
        Self {
            frequent,
            starts,
            ids,
            eos,
            shared: false,
        }
    }

    /// Reads Marian's binary format: little-endian `u64`s magic, checksum, frequent, best, count of starts, count of
    /// ids; then the starts (`u64`) and the ids (`u32`).
    ///
    /// # Errors
    /// When the bytes are no such file, are damaged, or do not fit vocabularies of these sizes.
    pub fn read(
        bytes: &[u8],
        source_size: usize,
        target_size: usize,
        eos: u32,
    ) -> Result<Self, String> {
        let broken =
            || "it is not a shortlist in Marian's binary format, or it is cut off".to_owned();
        let (header, rest) = bytes.split_at_checked(HEADER * 8).ok_or_else(broken)?;
        let header: Vec<u64> = (header.as_chunks().0.iter())
            .map(|&number| u64::from_le_bytes(number))
            .collect();
        let [magic, checksum, frequent, _, starts, ids] = header[..] else {
            return Err(broken());
        };
        let size = |count: u64, bytes: u64| usize::try_from(count.checked_mul(bytes)?).ok();
        let (starts_size, ids_size) = size(starts, 8).zip(size(ids, 4)).ok_or_else(broken)?;
        let (starts, rest) = rest.split_at_checked(starts_size).ok_or_else(broken)?;
        let ids = rest.get(..ids_size).ok_or_else(broken)?;
        if magic != MAGIC {
            return Err(broken());
        }
        if checksum != checksum_of(&bytes[16..HEADER * 8 + starts_size + ids_size]) {
            return Err("its checksum is wrong: the file is damaged".into());
        }
        let starts: Vec<u32> = (starts.as_chunks().0.iter())
            .map(|&start| u32::try_from(u64::from_le_bytes(start)).ok())
            .collect::<Option<_>>()
            .ok_or_else(broken)?;
        let ids: Vec<u32> = (ids.as_chunks().0.iter())
            .map(|&id| u32::from_le_bytes(id))
            .collect();
        let ordered =
            starts.is_sorted() && starts.last().is_some_and(|&end| end as usize <= ids.len());
        if !ordered || starts.len() < 2 {
            return Err(broken());
        }
        if starts.len() - 1 > source_size || ids.iter().any(|&id| id as usize >= target_size) {
            return Err("it is made for other vocabularies".into());
        }
        Ok(Self {
            frequent: u32::try_from(frequent)
                .unwrap_or(u32::MAX)
                .min(target_size as u32),
            starts,
            ids,
            eos,
            shared: false,
        })
    }

    /// The shortlist for a source and a target with one vocabulary: every token may also be copied.
    #[must_use]
    pub fn with_copies(self) -> Self {
        Self {
            shared: true,
            ..self
        }
    }

    /// The bytes that [`Shortlist::read`] takes.
    pub fn write(&self) -> Vec<u8> {
        let longest = self.starts.windows(2).map(|ends| ends[1] - ends[0]).max();
        let mut body: Vec<u8> = Vec::new();
        for number in [
            u64::from(self.frequent),
            u64::from(longest.unwrap_or(0)),
            self.starts.len() as u64,
            self.ids.len() as u64,
        ] {
            body.extend(number.to_le_bytes());
        }
        for &start in &self.starts {
            body.extend(u64::from(start).to_le_bytes());
        }
        for id in &self.ids {
            body.extend(id.to_le_bytes());
        }
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        bytes.extend(checksum_of(&body).to_le_bytes());
        bytes.extend(body);
        bytes
    }

    /// The target tokens that `source` may want, and `others`; ascending.
    pub fn tokens(&self, source: &[u32], others: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut tokens: Vec<u32> = (0..self.frequent).chain([self.eos]).chain(others).collect();
        for &id in source {
            let ends = self
                .starts
                .get(id as usize)
                .zip(self.starts.get(id as usize + 1));
            if let Some((&start, &end)) = ends {
                tokens.extend_from_slice(&self.ids[start as usize..end as usize]);
            }
        }
        if self.shared {
            tokens.extend_from_slice(source);
        }
        tokens.sort_unstable();
        tokens.dedup();
        tokens
    }
}

/// Marian's checksum: one `u64` after the other, combined as Boost combines hashes; bytes that fill none are left out.
fn checksum_of(body: &[u8]) -> u64 {
    body.as_chunks().0.iter().fold(0u64, |seed, &word| {
        let mixed = u64::from_le_bytes(word)
            .wrapping_add(0x9e37_79b9)
            .wrapping_add(seed << 6)
            .wrapping_add(seed >> 2);
        seed ^ mixed
    })
}
