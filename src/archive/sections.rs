//! Sections of long texts, so that memory does not grow with the file.

use std::io::{self, Read};

use crate::document::Cut;

/// Bytes after which a section ends at the next place where the text may be cut.
const SECTION: usize = 4 << 20;
/// Bytes that are read at once.
const BUFFER: usize = 256 << 10;

/// Iterator over the sections of a text; together they are the text. A short text is one section, and so is an empty one.
pub struct Sections<R> {
    reader: R,
    /// Bytes that are read, but not yet part of a section.
    pending: Vec<u8>,
    cut: Cut,
    /// The reader has come to its end. It is not asked again: a terminal would want a second Ctrl-D.
    ended: bool,
    done: bool,
}

impl<R: Read> Sections<R> {
    /// The sections of the text that `reader` reads.
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            pending: Vec::new(),
            cut: Cut::Never,
            ended: false,
            done: false,
        }
    }

    /// Reads the first 256 kB of the text, or all of a shorter one, without taking them out of the sections.
    pub fn beginning(&mut self) -> io::Result<&[u8]> {
        let wanted = (BUFFER - self.pending.len().min(BUFFER)) as u64;
        let read = (&mut self.reader)
            .take(wanted)
            .read_to_end(&mut self.pending)?;
        self.ended |= (read as u64) < wanted;
        Ok(&self.pending)
    }

    /// Sets where the text may be cut; until then it is not cut.
    pub fn cut_at(&mut self, cut: Cut) {
        self.cut = cut;
        self.keep_wide();
    }

    /// Keeps UTF-16 whole, in which a line end is not one byte.
    fn keep_wide(&mut self) {
        if self.pending.len() <= 2 * BUFFER && self.pending.contains(&0) {
            self.cut = Cut::Never;
        }
    }

    /// Whether the last section was the end of the text.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// The reader of the text.
    pub fn reader(&self) -> &R {
        &self.reader
    }

    /// Reads until there is a section or the text ends.
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; BUFFER];
        loop {
            if self.pending.len() >= SECTION
                && let Some(end) = end_of_section(&self.pending, self.cut)
            {
                let rest = self.pending.split_off(end);
                return Ok(std::mem::replace(&mut self.pending, rest));
            }
            let read = match self.ended {
                true => Ok(0),
                false => self.reader.read(&mut buffer),
            };
            let count = match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                count => count?,
            };
            if count == 0 {
                self.done = true;
                return Ok(std::mem::take(&mut self.pending));
            }
            self.pending.extend_from_slice(&buffer[..count]);
            self.keep_wide();
        }
    }
}

impl<R: Read> Iterator for Sections<R> {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let section = self.read();
        self.done |= section.is_err();
        Some(section)
    }
}

/// Finds the place where a section can end: after the last blank line, or in a text that has had none for long, after the last
/// line.
fn end_of_section(bytes: &[u8], cut: Cut) -> Option<usize> {
    if cut == Cut::Never {
        return None;
    }
    let lines = || (0..bytes.len()).rev().filter(|&i| bytes[i] == b'\n');
    let is_blank = |&i: &usize| {
        let before = &bytes[..i];
        before.ends_with(b"\n") || before.ends_with(b"\n\r")
    };
    let blank = match cut {
        Cut::BlankLine => lines().find(is_blank),
        _ => None,
    };
    let last = || {
        (bytes.len() >= 2 * SECTION || cut == Cut::Line)
            .then(|| lines().next())
            .flatten()
    };
    Some(blank.or_else(last)? + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections(text: &[u8]) -> Vec<Vec<u8>> {
        let mut sections = Sections::new(text);
        sections.beginning().unwrap();
        sections.cut_at(Cut::BlankLine);
        sections.map(Result::unwrap).collect()
    }

    #[test]
    fn parts_end_in_blank_lines_and_are_the_text() {
        for end in ["\n", "\r\n"] {
            let text = format!("Ein Satz.{end}Noch einer.{end}{end}").repeat(1_000_000);
            let sections = sections(text.as_bytes());
            assert!(sections.len() > 3, "{}", sections.len());
            assert!(
                sections
                    .iter()
                    .all(|part| part.len() < SECTION + 2 * BUFFER)
            );
            for part in &sections {
                assert!(part.ends_with(format!("{end}{end}").as_bytes()));
            }
            assert!(sections.concat() == text.as_bytes());
        }
    }

    #[test]
    fn lines_are_cut_only_where_there_are_no_blank_ones() {
        let lines = b"Ein Satz.\n".repeat(2_000_000);
        let parts = sections(&lines);
        assert!(parts.len() > 1 && parts.concat() == lines);
        assert!(parts.iter().all(|part| part.ends_with(b".\n")));
        let line = b"Wort ".repeat(3_000_000);
        assert_eq!(sections(&line).len(), 1);
    }

    /// One Ctrl-D ends the input of a terminal.
    #[test]
    fn a_reader_that_has_ended_is_not_read_again() {
        struct Terminal(Vec<&'static [u8]>);
        impl Read for Terminal {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let line = self.0.pop().expect("it has ended");
                let (read, rest) = line.split_at(line.len().min(buffer.len()));
                if !rest.is_empty() {
                    self.0.push(rest);
                }
                buffer[..read.len()].copy_from_slice(read);
                Ok(read.len())
            }
        }
        for looks_first in [true, false] {
            let mut sections = Sections::new(Terminal(vec![b"", b"Tag!\n", b"Guten "]));
            if looks_first {
                assert_eq!(sections.beginning().unwrap(), b"Guten Tag!\n");
            }
            let all: Vec<_> = sections.map(Result::unwrap).collect();
            assert_eq!(all, [b"Guten Tag!\n"]);
        }
    }

    #[test]
    fn short_and_wide_texts_are_one_part() {
        assert_eq!(sections(b""), [b""]);
        assert_eq!(sections(b"a\n\nb\n"), [b"a\n\nb\n"]);
        let utf_16: Vec<u8> = "Ja.\n\n"
            .repeat(2_000_000)
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(sections(&utf_16).len(), 1);
    }
}
