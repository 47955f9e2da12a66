//! What stands around the sentences of real documents and says nothing of them: letterheads, headers of mails, greetings,
//! signatures, fields of forms, banners, captions, times of a live blog.

mod shapes;

use shapes::{
    is_address, is_addressee, is_answer, is_closing, is_field, is_frame, is_header, is_name,
    is_recipient, is_salutation, is_sender, is_sentence, subject_label,
};

pub use shapes::without_label;

/// A sentence of an article, with what tells its part.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Its text.
    pub text: &'a str,
    /// Whether it stands in the line below the one before it, with no gap between.
    pub is_below: bool,
}

/// What a sentence is for its article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What the article says.
    Text,
    /// The subject of a letter or a mail: its title.
    Subject,
    /// What stands around the text.
    Frame,
}

/// Lines of an address above its street.
const MOST_NAMES: usize = 4;

/// Lines of a letter before its greeting.
const MOST_BEFORE: usize = 40;

/// The part of each sentence of an article.
pub fn parts(lines: &[Line<'_>]) -> Vec<Part> {
    let mut parts: Vec<Part> = lines
        .iter()
        .map(|line| match is_frame(line.text) {
            true => Part::Frame,
            false => Part::Text,
        })
        .collect();
    take_names(lines, &mut parts);
    take_signatures(lines, &mut parts);
    let head = lines.len().min(MOST_BEFORE);
    let ends_head = |line: &Line<'_>| is_salutation(line.text) || is_sentence(line.text);
    let end = lines[..head].iter().position(ends_head);
    let before = end.unwrap_or(head);
    let greets = end.is_some_and(|end| is_salutation(lines[end].text));
    let is_form = lines[..head]
        .iter()
        .filter(|line| is_field(line.text))
        .count()
        > 1;
    let has_address = (lines[..before].iter()).any(|line| is_address(line.text));
    if greets || is_form || has_address {
        for (line, part) in lines.iter().zip(&mut parts).take(before) {
            if is_sender(line.text) {
                *part = Part::Frame;
            }
        }
    }
    let labelled = lines[..before]
        .iter()
        .position(|line| subject_label(line.text) > 0);
    if let Some(subject) = labelled {
        parts[subject] = Part::Subject;
    }
    if greets {
        let salutation = lines[before].text;
        let title = labelled.or_else(|| {
            let is_title = |&i: &usize| {
                let text = lines[i].text;
                parts[i] == Part::Text && !is_addressee(text) && !names(salutation, text)
            };
            (0..before).rev().find(is_title)
        });
        // Nothing else above a greeting is of the text.
        for (i, part) in parts[..before].iter_mut().enumerate() {
            *part = match Some(i) == title {
                true => Part::Subject,
                false => Part::Frame,
            };
        }
    }
    parts
}

/// Marks the names above the streets of addresses, and below who is written to.
fn take_names(lines: &[Line<'_>], parts: &mut [Part]) {
    for at in 0..lines.len() {
        let text = lines[at].text;
        if is_address(text) {
            let mut above = at;
            while above > 0 && at - above < MOST_NAMES && lines[above].is_below {
                above -= 1;
                if parts[above] != Part::Text || !is_name(lines[above].text) {
                    break;
                }
                parts[above] = Part::Frame;
            }
        }
        if is_recipient(text) {
            parts[at] = Part::Frame;
            let is_of = |&i: &usize| lines[i].is_below && is_name(lines[i].text);
            for below in (at + 1..lines.len()).take(MOST_NAMES).take_while(is_of) {
                parts[below] = Part::Frame;
            }
        }
    }
}

/// Marks what stands below the greetings at the end, up to the next sentence.
fn take_signatures(lines: &[Line<'_>], parts: &mut [Part]) {
    let mut is_signed = false;
    for (line, part) in lines.iter().zip(parts) {
        if is_closing(line.text) {
            is_signed = true;
        } else if is_sentence(line.text) || is_header(line.text) || is_answer(line.text) {
            is_signed = false;
        } else if is_signed {
            *part = Part::Frame;
        }
    }
}

/// Whether a greeting has the last word of a name: `Sehr geehrte Frau Winter,` and `Eva Winter`.
fn names(greeting: &str, name: &str) -> bool {
    let last = name.split_whitespace().last().unwrap_or_default();
    name.split_whitespace().count() <= 5
        && (greeting.split(|c: char| !(c.is_alphanumeric() || c == '-'))).any(|word| word == last)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parts of a text, whose paragraphs are apart: `-` for frames, `!` for a subject, a point for the rest.
    fn drawn(text: &str) -> String {
        let lines: Vec<Line<'_>> = (text.split("\n\n"))
            .flat_map(|paragraph| paragraph.lines().enumerate())
            .map(|(i, text)| Line {
                text,
                is_below: i > 0,
            })
            .collect();
        let sign = |part| match part {
            Part::Frame => '-',
            Part::Subject => '!',
            Part::Text => '.',
        };
        parts(&lines).into_iter().map(sign).collect()
    }

    #[test]
    fn letters_have_a_subject_and_a_text() {
        for (text, expected) in [
            (
                "Erika Muster\nMusterweg 5\n12345 Berlin\n\nStadtwerke Ulm\nKundendienst\nPostfach 12 34\n89073 Ulm\n\n\
                 Berlin, den 3. Mai 2024\n\nKündigung meines Vertrags\n\nSehr geehrte Damen und Herren,\n\n\
                 hiermit kündige ich den Vertrag zum Ende des Jahres.\n\nMit freundlichen Grüßen\n\nErika Muster",
                "--------!-.--",
            ),
            (
                "Kanzlei Dr. Weber & Partner\n\nFrau\nEva Winter\n\nSehr geehrte Frau Winter,\n\n\
                 wir haben Ihre Unterlagen erhalten.\n\nHochachtungsvoll\nDr. Weber\nRechtsanwalt\n\nAnlagen: 2\n\nPS: Bitte rufen Sie uns an.",
                "----.----.",
            ),
            (
                "Eva Winter\n\nLiebe Frau Winter,\n\ndas Paket ist heute bei uns angekommen.\n\nLG\nJan",
                "--.--",
            ),
            (
                "Von: Eva\nBetreff: AW: Termin am Montag\n\nHallo Jan,\n\nich komme um neun Uhr zu dir.\n\nGruß\nEva\n\n\
                 Am 10.03. schrieb Jan:\n\nHallo Eva,\n\nwann hast du morgen für mich Zeit?",
                "-!-.----.",
            ),
            (
                "Landratsamt Musterkreis\nFahrerlaubnisbehörde\nPostfach 12\n\nAntrag auf einen Führerschein\n\n\
                 Name: ____\nVorname: ____\nUnterschrift:",
                "---.---",
            ),
            (
                "Die Stadt baut\n\nStadt Ulm baut eine neue Brücke über den Fluss.\n\nDie Müller GmbH liefert den Stahl dafür.",
                "...",
            ),
            (
                "Rundbrief im Mai\n\nLiebe Mitglieder,\n\nam Samstag feiern wir unser Fest im Park.",
                "!-.",
            ),
        ] {
            assert_eq!(drawn(text), expected, "{text}");
        }
    }
}
