//! Character references of HTML in plain texts, as exports of old pages have them.

/// Names that stand in German texts, and their signs.
#[rustfmt::skip]
const NAMES: [(&str, char); 34] = [
    ("auml", 'ä'), ("ouml", 'ö'), ("uuml", 'ü'), ("Auml", 'Ä'), ("Ouml", 'Ö'), ("Uuml", 'Ü'), ("szlig", 'ß'), ("eacute", 'é'),
    ("egrave", 'è'), ("agrave", 'à'), ("ccedil", 'ç'), ("euro", '€'), ("sect", '§'), ("deg", '°'), ("copy", '©'), ("reg", '®'),
    ("nbsp", '\u{a0}'), ("shy", '\u{ad}'), ("ndash", '–'), ("mdash", '—'), ("hellip", '…'), ("bdquo", '„'), ("ldquo", '“'),
    ("rdquo", '”'), ("sbquo", '‚'), ("lsquo", '‘'), ("rsquo", '’'), ("laquo", '«'), ("raquo", '»'), ("bull", '•'), ("amp", '&'),
    ("lt", '<'), ("gt", '>'), ("quot", '"'),
];

/// Whether umlauts of a text are written as references, and there are no tags that would make a page of it.
pub(super) fn has_umlauts(text: &str) -> bool {
    const UMLAUTS: [&str; 7] = [
        "&auml;", "&ouml;", "&uuml;", "&Auml;", "&Ouml;", "&Uuml;", "&szlig;",
    ];
    text.contains('&')
        && !text.contains(['<', '>'])
        && UMLAUTS.iter().any(|umlaut| text.contains(umlaut))
}

/// The text that references stand for. What is none stays.
pub(super) fn resolved(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        resolved.push_str(before);
        let found = after
            .find(';')
            .and_then(|end| Some((sign(&after[..end])?, &after[end + 1..])));
        match found {
            Some((sign, after)) => {
                resolved.push(sign);
                rest = after;
            }
            None => {
                resolved.push('&');
                rest = after;
            }
        }
    }
    resolved + rest
}

fn sign(name: &str) -> Option<char> {
    let code = match name.strip_prefix('#') {
        Some(code) => match code.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => code.parse().ok()?,
        },
        None => {
            return NAMES
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, sign)| *sign);
        }
    };
    char::from_u32(code).filter(|sign| !sign.is_control())
}
