//! What a result is, held against the name of its file and against the terminal.

use std::io::{IsTerminal, Read};

use super::settings::RunSettings;
use crate::archive::{Input, Job};
use crate::document::FileFormat;
use crate::files;

/// The first bytes of packages such as DOCX.
const PACKAGE: &[u8] = b"PK\x03\x04";

/// Whether the result of a job, whose input has this format, is written as plain text, because the user says so or because
/// the name of the file does. A name that says something else than the result will be is an error.
pub fn is_plain(settings: &RunSettings, input: FileFormat, job: &Job) -> Result<bool, String> {
    let format = settings.format;
    let is_translation = settings.request.summary.is_none();
    let kept = (format.keeps_format && is_translation && !settings.as_text)
        .then(|| Some(input).filter(|input| input.is_written))
        .flatten();
    let Some(output) = &job.output else {
        return Ok(settings.as_text);
    };
    let Some(named) = FileFormat::by_name(output) else {
        return Ok(settings.as_text);
    };
    let name_of_input = match &job.input {
        Input::File(path) => FileFormat::by_name(path),
        Input::Stdin | Input::Text(_) => None,
    };
    // Who says what the input is means the result too.
    let is_meant = settings.request.read.format.is_some() && kept.is_some();
    if is_meant && name_of_input == Some(named) {
        return Ok(settings.as_text);
    }
    let is_own = match kept {
        Some(kept) => kept == named || (kept.is_text && named.is_text),
        None if format.keeps_format => named.is_text,
        None => named.is_text || named.name == format.name,
    };
    match kept {
        _ if is_own => Ok(settings.as_text),
        Some(_) if named.is_text => Ok(true),
        _ => {
            let (what, extension) = match kept {
                Some(kept) => (kept.description, kept.extensions[0]),
                None if format.keeps_format => ("plain text", "txt"),
                None => (format.description, format.extension.trim_start_matches('.')),
            };
            Err(format!(
                "{} is a name for {}, but the result is {what}: name a file that ends in .{extension}",
                files::display(output),
                named.description,
            ))
        }
    }
}

/// Refuses before anything is done what [`is_plain`] and [`refuse_binary`] would refuse after it, where the name of the input
/// tells.
pub fn check_early(settings: &RunSettings, job: &Job) -> Result<(), String> {
    let by_name = || match &job.input {
        Input::File(path) => FileFormat::by_name(path),
        Input::Stdin | Input::Text(_) => None,
    };
    let Some(input) = settings.request.read.format.or_else(by_name) else {
        return Ok(());
    };
    let is_plain = is_plain(settings, input, job)?;
    let is_kept = settings.format.keeps_format && settings.request.summary.is_none() && !is_plain;
    let (Input::File(path), None, true) = (&job.input, &job.output, is_kept && input.is_written)
    else {
        return Ok(());
    };
    let mut beginning = [0; PACKAGE.len()];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut beginning));
    // Another error is told when the file is read.
    match read {
        Ok(()) => refuse_binary(&beginning, std::io::stdout().is_terminal()),
        Err(_) => Ok(()),
    }
}

/// Refuses to write a package to a terminal.
pub fn refuse_binary(result: &[u8], is_terminal: bool) -> Result<(), String> {
    match is_terminal && result.starts_with(PACKAGE) {
        true => Err("the result is a document and no text: name a file with --output, or read its text with --to text".into()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_terminal_refuses_packages() {
        assert!(refuse_binary(b"PK\x03\x04...", true).is_err());
        assert!(refuse_binary(b"PK\x03\x04...", false).is_ok());
        assert!(refuse_binary("Größe".as_bytes(), true).is_ok());
    }
}
