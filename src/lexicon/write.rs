//! Lexicon files from tables.

use std::collections::{BTreeMap, HashMap, HashSet};

use fst::raw::Builder as FstBuilder;
use sha2::{Digest, Sha256};

use super::file::{File, Header, STOP, checksum, frequency_byte};
use super::{CANDIDATES, stems};
use crate::sentencepiece::SentencePiece;

/// The bytes of a list's place.
const LONGEST: usize = 1 << 24;
/// As many most frequent words get no hints.
const STOPS: usize = 150;
/// Words that are rarer are below every threshold.
const RARE: u32 = 10;

/// A lexicon that is being made: forms with their frequencies and candidates as text.
#[derive(Debug, Default)]
pub struct Builder {
    forms: BTreeMap<String, (u32, Vec<String>)>,
}

impl Builder {
    /// Reads a table: in each line form, frequency and candidates, set off by tabs, the candidates by `|`. No candidate
    /// means that the form stands for itself.
    ///
    /// # Errors
    /// The number of a line that is no such line, from 1.
    pub fn read(table: &str) -> Result<Self, usize> {
        let mut builder = Self::default();
        for (i, line) in table.lines().enumerate() {
            let mut cells = line.split('\t');
            let (form, frequency) = (cells.next(), cells.next());
            let (Some(form), Some(Ok(frequency))) = (form, frequency.map(str::parse)) else {
                return Err(i + 1);
            };
            let candidates = cells.next().unwrap_or_default().split('|');
            builder.add(form, frequency, candidates.filter(|text| !text.is_empty()));
        }
        Ok(builder)
    }

    /// Adds a form, or replaces it.
    pub fn add<'a>(
        &mut self,
        form: &str,
        frequency: u32,
        candidates: impl IntoIterator<Item = &'a str>,
    ) {
        let candidates = candidates.into_iter().take(CANDIDATES);
        let candidates = candidates.map(str::to_owned).collect();
        self.forms.insert(form.to_owned(), (frequency, candidates));
    }

    /// The file of the lexicon for a target vocabulary (a SentencePiece model).
    ///
    /// # Errors
    /// When the vocabulary cannot be read, or there is more than a file can hold.
    pub fn write(&self, vocabulary: &[u8]) -> Result<Vec<u8>, String> {
        let model = SentencePiece::read(vocabulary)?;
        let digest: [u8; 32] = Sha256::digest(vocabulary).into();
        if model.pieces.len() > usize::from(u16::MAX) {
            return Err("the target vocabulary has more than 65,535 pieces".into());
        }
        let mut pieces: Vec<(&str, u64)> = (model.pieces.iter().zip(0..))
            .filter(|(_, id)| *id != model.unknown && !model.controls.contains(id))
            .map(|((text, _), id)| (text.as_str(), u64::from(id)))
            .collect();
        pieces.sort_unstable();
        let pieces = automaton(pieces)?;
        let scores: Vec<u8> = (model.pieces.iter())
            .flat_map(|(_, score)| (*score as f32).to_le_bytes())
            .collect();

        // A lexicon without entries cuts candidates into pieces.
        let empty = file(
            digest,
            [
                automaton([])?,
                vec![],
                vec![],
                pieces.clone(),
                scores.clone(),
            ],
        );
        let empty = File::read(empty.into(), digest).map_err(|error| error.to_string())?;
        let stop = self.stop();
        let forms = self.underivable();
        let mut lists: HashMap<Vec<u8>, usize> = HashMap::new();
        let (mut records, mut candidates) = (Vec::new(), Vec::new());
        for (form, (frequency, texts)) in &forms {
            let list = list(&empty, texts);
            let at = *lists.entry(list).or_insert_with_key(|list| {
                candidates.extend_from_slice(list);
                candidates.len() - list.len()
            });
            if at >= LONGEST {
                return Err("there are more candidates than a lexicon can hold".into());
            }
            records.extend(&(at as u32).to_le_bytes()[..3]);
            records.push(match *frequency {
                cost if form.starts_with('-') || form.ends_with('-') => cost.min(254) as u8,
                often if often >= stop => STOP,
                frequency => frequency_byte(frequency),
            });
        }
        let forms = automaton(forms.iter().map(|(form, _)| *form).zip(0..))?;
        Ok(file(digest, [forms, records, candidates, pieces, scores]))
    }

    /// Without rare forms that are found without their ending anyway.
    fn underivable(&self) -> Vec<(&str, &(u32, Vec<String>))> {
        let mut by_length: Vec<&String> = self.forms.keys().collect();
        by_length.sort_by_key(|form| form.len());
        let mut left_out: HashSet<&str> = HashSet::new();
        for form in by_length {
            let (frequency, candidates) = &self.forms[form];
            let found = stems(form).filter(|&stem| !left_out.contains(stem));
            let mut found = found.filter_map(|stem| Some(&self.forms.get(stem)?.1));
            let found = found.find(|candidates| !candidates.is_empty());
            if *frequency < RARE && found == Some(candidates) && !form.contains([' ', '-']) {
                left_out.insert(form);
            }
        }
        let all = self
            .forms
            .iter()
            .map(|(form, entry)| (form.as_str(), entry));
        all.filter(|(form, _)| !left_out.contains(form)).collect()
    }

    /// The frequency of the rarest of the most frequent words.
    fn stop(&self) -> u32 {
        let mut all: Vec<u32> = self
            .forms
            .values()
            .map(|&(frequency, _)| frequency)
            .collect();
        all.sort_unstable_by(|a, b| b.cmp(a));
        // In a lexicon of a few words all may have hints.
        let enough = all.len() > 10 * STOPS;
        if enough { all[STOPS - 1] } else { u32::MAX }
    }
}

fn list(pieces: &File, texts: &[String]) -> Vec<u8> {
    let ids = texts.iter().filter_map(|text| pieces.pieces(text));
    let ids: Vec<Vec<u32>> = ids.filter(|ids| ids.len() <= u8::MAX.into()).collect();
    let mut bytes = vec![ids.len() as u8];
    for ids in ids {
        bytes.push(ids.len() as u8);
        bytes.extend(ids.iter().flat_map(|&id| (id as u16).to_le_bytes()));
    }
    bytes
}

/// A map of texts in their order.
fn automaton<'a>(entries: impl IntoIterator<Item = (&'a str, u64)>) -> Result<Vec<u8>, String> {
    let mut builder = FstBuilder::memory();
    (entries.into_iter())
        .try_for_each(|(text, number)| builder.insert(text, number))
        .and_then(|()| builder.into_inner())
        .map_err(|error| error.to_string())
}

fn file(vocabulary: [u8; 32], sections: [Vec<u8>; 5]) -> Vec<u8> {
    let lengths = sections.each_ref().map(|section| section.len() as u32);
    let entries = (sections[1].len() / super::file::RECORD) as u32;
    let sections = sections.concat();
    let header = Header {
        vocabulary,
        checksum: checksum(&sections),
        lengths,
        entries,
    };
    [header.write(), sections].concat()
}
