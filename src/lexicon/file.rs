//! The file of a lexicon, which is used where it lies.
//!
//! All numbers are little-endian. After the header (see [`Header`]) come, one behind the other:
//!
//! | section | what it is |
//! |---|---|
//! | forms | an `fst` map of the forms and phrases to their ordinal numbers |
//! | records | 4 bytes for each: where its candidates begin (3 bytes), frequency (1 byte, see [`frequency`]; of parts of compounds 16 times their cost) |
//! | candidates | lists: how many, and for each its length and as many ids of pieces (2 bytes each) |
//! | pieces | an `fst` map of the target vocabulary's pieces to their ids |
//! | scores | the log-probability (f32) of each piece |

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use fst::raw::{Fst, Node, Output};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Magic bytes at the beginning of the file.
pub(super) const MAGIC: [u8; 8] = *b"degistLX";
/// Version of the layout.
pub(super) const VERSION: u32 = 1;
/// Bytes before the first section.
pub(super) const HEADER: usize = 8 + 4 + 32 + 8 + 4 * SECTIONS + 4;
/// How many sections there are.
pub(super) const SECTIONS: usize = 5;
/// The frequency byte of words that are too frequent for hints.
pub(super) const STOP: u8 = u8::MAX;
/// The frequency byte of a part of compounds is so many times its cost in nats.
const COST: f32 = 16.;
/// Bytes of a record.
pub(super) const RECORD: usize = 4;

/// Why bytes are not the lexicon that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LexiconError {
    /// The beginning is not that of a lexicon.
    #[error("this is not a lexicon")]
    Magic,
    /// Its layout is another one.
    #[error("this lexicon has version {0}, but only version {VERSION} can be read")]
    Version(u32),
    /// Its candidates are pieces of another vocabulary.
    #[error("this lexicon was made for another target vocabulary")]
    Vocabulary,
    /// It is cut off, or bytes have changed.
    #[error("this lexicon is damaged: {0}")]
    Damaged(&'static str),
}

/// The entry of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// One of the most frequent words, which get no hints.
    Stop,
    Known {
        /// How often the training text has it.
        frequency: u32,
        /// At most two; none if the form stands for itself.
        candidates: Vec<Vec<u32>>,
    },
}

/// A frequency from its byte: exact below 128, then twelve steps to each doubling.
pub(super) fn frequency(byte: u8) -> u32 {
    match byte {
        0..128 => byte.into(),
        _ => (128. * (f32::from(byte - 127) / 12.).exp2()) as u32,
    }
}

/// The byte of the highest frequency that is not above this one.
pub(super) fn frequency_byte(of: u32) -> u8 {
    let steps: Vec<u8> = (0..STOP).collect();
    (steps.partition_point(|&byte| frequency(byte) <= of) - 1) as u8
}

/// The header: after magic and version the SHA-256 of the target vocabulary's file, the first 8 bytes
/// of the SHA-256 of all sections, their lengths, and how many entries there are.
pub(super) struct Header {
    pub vocabulary: [u8; 32],
    pub checksum: [u8; 8],
    pub lengths: [u32; SECTIONS],
    pub entries: u32,
}

impl Header {
    pub fn write(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(self.vocabulary);
        bytes.extend(self.checksum);
        bytes.extend(self.lengths.iter().flat_map(|length| length.to_le_bytes()));
        bytes.extend(self.entries.to_le_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Self, LexiconError> {
        const CUT: LexiconError = LexiconError::Damaged("it is cut off");
        let rest = bytes.strip_prefix(&MAGIC).ok_or(LexiconError::Magic)?;
        let (version, rest) = rest.split_first_chunk().ok_or(CUT)?;
        let version = u32::from_le_bytes(*version);
        if version != VERSION {
            return Err(LexiconError::Version(version));
        }
        let (&vocabulary, rest) = rest.split_first_chunk().ok_or(CUT)?;
        let (&checksum, mut rest) = rest.split_first_chunk().ok_or(CUT)?;
        let mut number = || {
            let (&number, tail) = rest.split_first_chunk().ok_or(CUT)?;
            rest = tail;
            Ok(u32::from_le_bytes(number))
        };
        let mut lengths = [0; SECTIONS];
        for length in &mut lengths {
            *length = number()?;
        }
        Ok(Self {
            vocabulary,
            checksum,
            lengths,
            entries: number()?,
        })
    }
}

/// The checksum of all sections.
pub(super) fn checksum(sections: &[u8]) -> [u8; 8] {
    let digest: [u8; 32] = Sha256::digest(sections).into();
    let (checksum, _) = digest.split_first_chunk().expect("32 bytes");
    *checksum
}

/// Bytes of the file.
#[derive(Debug, Clone)]
struct Section {
    file: Arc<Cow<'static, [u8]>>,
    range: Range<usize>,
}

impl AsRef<[u8]> for Section {
    fn as_ref(&self) -> &[u8] {
        &self.file[self.range.clone()]
    }
}

/// A lexicon's file. Every access is within bounds, whatever its bytes are.
#[derive(Clone)]
pub(super) struct File {
    forms: Fst<Section>,
    records: Section,
    candidates: Section,
    pieces: Fst<Section>,
    scores: Section,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.entries();
        f.debug_struct("File").field("entries", &entries).finish()
    }
}

impl File {
    pub fn read(bytes: Cow<'static, [u8]>, vocabulary: [u8; 32]) -> Result<Self, LexiconError> {
        use LexiconError::Damaged;
        let header = Header::read(&bytes)?;
        if header.vocabulary != vocabulary {
            return Err(LexiconError::Vocabulary);
        }
        let sizes = header.lengths.map(|length| length as usize);
        if HEADER + sizes.iter().sum::<usize>() != bytes.len() {
            return Err(Damaged("its length is not what it says"));
        }
        if header.entries as usize * RECORD != sizes[1] {
            return Err(Damaged("there is not a record for each entry"));
        }
        let trusted = matches!(bytes, Cow::Borrowed(_));
        if !trusted && checksum(&bytes[HEADER..]) != header.checksum {
            return Err(Damaged("its checksum is another one"));
        }
        let bytes = Arc::new(bytes);
        let mut start = HEADER;
        let [forms, records, candidates, pieces, scores] = sizes.map(|size| {
            start += size;
            let range = start - size..start;
            let file = bytes.clone();
            Section { file, range }
        });
        let automaton = |section: Section| {
            let fst = Fst::new(section).map_err(|_| Damaged("an index cannot be read"))?;
            if trusted || sound(&fst) {
                Ok(fst)
            } else {
                Err(Damaged("an index leads nowhere"))
            }
        };
        Ok(Self {
            forms: automaton(forms)?,
            records,
            candidates,
            pieces: automaton(pieces)?,
            scores,
        })
    }

    pub fn entries(&self) -> usize {
        self.records.as_ref().len() / RECORD
    }

    /// The entry of a form as it is written.
    pub fn entry(&self, form: &str) -> Option<Entry> {
        self.record(self.forms.get(form)?)
    }

    /// The entry of an ordinal number.
    pub fn record(&self, number: Output) -> Option<Entry> {
        let (list, rank) = self.place(number)?;
        if rank == STOP {
            return Some(Entry::Stop);
        }
        Some(Entry::Known {
            frequency: frequency(rank),
            candidates: self.list(list)?,
        })
    }

    /// Where the list of an entry begins, and the last byte of its record.
    fn place(&self, number: Output) -> Option<(usize, u8)> {
        let at = usize::try_from(number.value()).ok()?.checked_mul(RECORD)?;
        let record = self.records.as_ref().get(at..)?.first_chunk()?;
        let &[a, b, c, rank]: &[u8; RECORD] = record;
        Some((u32::from_le_bytes([a, b, c, 0]) as usize, rank))
    }

    /// The candidates that begin at a byte of their section.
    fn list(&self, at: usize) -> Option<Vec<Vec<u32>>> {
        let (&count, mut rest) = self.candidates.as_ref().get(at..)?.split_first()?;
        let mut list = Vec::with_capacity(count.into());
        for _ in 0..count {
            let (&length, tail) = rest.split_first()?;
            let (ids, tail) = tail.split_at_checked(2 * usize::from(length))?;
            rest = tail;
            let ids = ids.chunks_exact(2);
            let ids = ids.map(|id| u32::from(u16::from_le_bytes([id[0], id[1]])));
            list.push(ids.collect());
        }
        Some(list)
    }

    /// Where the forms begin.
    pub fn start(&self) -> Step<'_> {
        Step {
            file: self,
            node: self.forms.root(),
            number: Output::zero(),
        }
    }

    /// Tells of every beginning of `text` that has an entry: how many bytes it is long, and where its record is.
    pub fn beginnings(&self, text: &str, mut found: impl FnMut(usize, Output)) {
        beginnings(&self.forms, text.as_bytes(), &mut found);
    }

    /// The cost of a part of compounds in nats, and its candidates: `form` has the hyphen where the compound goes on.
    pub fn part(&self, form: &str) -> Option<(f32, Vec<Vec<u32>>)> {
        self.part_at(self.forms.get(form)?)
    }

    fn part_at(&self, number: Output) -> Option<(f32, Vec<Vec<u32>>)> {
        let (list, rank) = self.place(number)?;
        let candidates = self.list(list)?;
        (!candidates.is_empty()).then(|| (f32::from(rank) / COST, candidates))
    }

    /// Tells of every first part of compounds that `text` begins with: its length in bytes and what it costs.
    pub fn first_parts(
        &self,
        text: &str,
        mut found: impl FnMut(usize, f32, &mut dyn FnMut() -> Vec<Vec<u32>>),
    ) {
        let mut step = self.start();
        for (at, byte) in text.bytes().enumerate() {
            let Some(further) = step.byte(byte) else {
                return;
            };
            step = further;
            let part = step.byte(b'-').and_then(|end| self.part_at(end.end()?));
            if let Some((cost, mut candidates)) = part {
                found(at + 1, cost, &mut || std::mem::take(&mut candidates));
            }
        }
    }

    /// Tells of every piece that `text` begins with: its length in bytes, id and log-probability.
    pub fn pieces_at(&self, text: &[u8], mut found: impl FnMut(usize, u32, f32)) {
        beginnings(&self.pieces, text, &mut |length, id| {
            let id = id.value() as usize;
            let score = id
                .checked_mul(4)
                .and_then(|at| self.scores.as_ref().get(at..));
            if let Some(score) = score.and_then(|score| score.first_chunk()) {
                found(length, id as u32, f32::from_le_bytes(*score));
            }
        });
    }
}

/// A place among the forms, some bytes from their beginning.
#[derive(Clone)]
pub(super) struct Step<'a> {
    file: &'a File,
    node: Node<'a>,
    number: Output,
}

impl Step<'_> {
    fn byte(&self, byte: u8) -> Option<Self> {
        let transition = self.node.transition(self.node.find_input(byte)?);
        Some(Self {
            file: self.file,
            node: self.file.forms.node(transition.addr),
            number: self.number.cat(transition.out),
        })
    }

    /// The place behind a text; none if no form goes on so.
    pub fn walk(&self, text: &str) -> Option<Self> {
        (text.bytes()).try_fold(self.clone(), |step, byte| step.byte(byte))
    }

    /// Where the record of the form is that ends here.
    fn end(&self) -> Option<Output> {
        let end = self.node.is_final();
        end.then(|| self.number.cat(self.node.final_output()))
    }

    /// The entry of the form that ends here.
    pub fn entry(&self) -> Option<Entry> {
        self.file.record(self.end()?)
    }
}

fn beginnings(fst: &Fst<Section>, text: &[u8], found: &mut impl FnMut(usize, Output)) {
    let mut node = fst.root();
    let mut number = Output::zero();
    for (at, &byte) in text.iter().enumerate() {
        let Some(i) = node.find_input(byte) else {
            return;
        };
        let transition = node.transition(i);
        number = number.cat(transition.out);
        node = fst.node(transition.addr);
        if node.is_final() {
            found(at + 1, number.cat(node.final_output()));
        }
    }
}

/// Whether all nodes can be read. The crate reads a node wherever a transition leads, and panics where there is none.
fn sound(fst: &Fst<Section>) -> bool {
    let walk = || {
        let mut seen = vec![false; fst.as_bytes().len()];
        let mut open = vec![fst.root().addr()];
        while let Some(address) = open.pop() {
            if !std::mem::replace(&mut seen[address], true) {
                let transitions = fst.node(address);
                open.extend(transitions.transitions().map(|next| next.addr));
            }
        }
    };
    catch_unwind(AssertUnwindSafe(walk)).is_ok()
}
