//! Rules for German on top of those of sentencex: abbreviations, ordinals, dates, initials, and quotations.

use std::sync::LazyLock;

use regex::Regex;

use crate::document::words;

/// Abbreviations that a sentence does not end in.
const ABBREVIATIONS: &[&str] = &[
    "abb", "abk", "abs", "abt", "allg", "amtl", "anl", "anm", "art", "aufl", "bd", "bde", "bes",
    "betr", "bez", "bhf", "bsp", "bspw", "bzgl", "bzw", "ca", "chem", "d", "dipl", "dir", "div",
    "dr", "dt", "ebd", "ehem", "eigtl", "einschl", "engl", "entspr", "erg", "ev", "evtl", "exkl",
    "fam", "fig", "fr", "frl", "frz", "geb", "gem", "gen", "gest", "gez", "ggf", "ggfs", "griech",
    "hbf", "hl", "hr", "hrn", "hrsg", "inkl", "ing", "insb", "int", "ital", "jur", "kap", "kath",
    "kfm", "lat", "lt", "mag", "max", "med", "mind", "mr", "mrs", "ms", "mtl", "nachf", "näml",
    "nat", "nr", "nrn", "obj", "od", "oec", "phil", "pol", "prof", "prot", "rd", "rer", "resp",
    "rglm", "röm", "schwäb", "sen", "sog", "sogen", "spez", "st", "staatl", "städt", "stellv",
    "str", "tel", "theol", "tägl", "u", "urspr", "usf", "v", "verh", "vgl", "vol", "vorl", "vors",
    "wiss", "z", "zit", "ztr", "zzgl", "jan", "feb", "apr", "aug", "sept", "okt", "nov", "dez",
    "ziff", "rn", "tab", "abzgl", "anz", "ausg", "ausschl", "fa", "ggü", "insbes", "jew", "jg",
    "lfd", "tgl", "ugs", "versch", "zus", "kd", "best", "mo", "di", "mi", "do", "i", "e", "h", "o",
    "s", "n", "b", "r", "m", "k", "w", "f",
];

/// Abbreviations that a sentence may end in: what comes next decides.
const OPEN_ABBREVIATIONS: &[&str] = &[
    "usw", "etc", "mio", "mrd", "tsd", "chr", "jh", "jhd", "jhdt", "co", "ff", "kg", "uvm", "ä",
    "a", "c", "min", "std", "sek", "jr", "sr", "inc", "ltd", "zt", "u.a", "d.r", "a.d", "e.v",
    "a.m", "u.u", "ca", "stk", "pkt", "bl", "bln", "dgl", "hd",
];

/// Words that follow the day of a date.
const MONTHS: &[&str] = &[
    "januar",
    "jänner",
    "jan",
    "februar",
    "feber",
    "feb",
    "märz",
    "april",
    "apr",
    "mai",
    "juni",
    "juli",
    "august",
    "aug",
    "september",
    "sept",
    "oktober",
    "okt",
    "november",
    "nov",
    "dezember",
    "dez",
    "jahrhundert",
    "jahrhunderts",
    "jh",
];

/// Words that begin a sentence far more often than they follow an abbreviation or an ordinal.
const STARTERS: &[&str] = &[
    "aber",
    "alle",
    "allerdings",
    "als",
    "also",
    "am",
    "an",
    "andere",
    "auch",
    "auf",
    "aus",
    "außerdem",
    "bei",
    "beide",
    "bis",
    "da",
    "dabei",
    "dadurch",
    "dafür",
    "dagegen",
    "daher",
    "dahinter",
    "damals",
    "damit",
    "danach",
    "daneben",
    "dann",
    "daran",
    "darauf",
    "daraus",
    "darin",
    "darüber",
    "darum",
    "das",
    "dass",
    "dazu",
    "dem",
    "demnach",
    "den",
    "denn",
    "dennoch",
    "der",
    "des",
    "deshalb",
    "dessen",
    "die",
    "dies",
    "diese",
    "diesem",
    "diesen",
    "dieser",
    "dieses",
    "doch",
    "dort",
    "du",
    "durch",
    "ein",
    "eine",
    "einem",
    "einen",
    "einer",
    "eines",
    "er",
    "erst",
    "es",
    "etwa",
    "für",
    "gegen",
    "hier",
    "hinzu",
    "ich",
    "ihm",
    "ihr",
    "ihre",
    "im",
    "in",
    "insgesamt",
    "inzwischen",
    "jetzt",
    "jeder",
    "jede",
    "jedes",
    "jedoch",
    "kein",
    "keine",
    "man",
    "manche",
    "mein",
    "meine",
    "mit",
    "nach",
    "nachdem",
    "nicht",
    "noch",
    "nun",
    "nur",
    "ob",
    "obwohl",
    "ohne",
    "schließlich",
    "sein",
    "seine",
    "seit",
    "seitdem",
    "sie",
    "so",
    "sobald",
    "somit",
    "später",
    "trotz",
    "trotzdem",
    "und",
    "unser",
    "unsere",
    "unter",
    "viele",
    "vielleicht",
    "von",
    "vor",
    "während",
    "warum",
    "was",
    "bitte",
    "haben",
    "sind",
    "ist",
    "sollte",
    "jedenfalls",
    "immerhin",
    "natürlich",
    "heute",
    "gestern",
    "morgen",
    "weil",
    "weitere",
    "welche",
    "wenn",
    "wer",
    "wie",
    "wir",
    "wo",
    "zu",
    "zudem",
    "zuerst",
    "zuletzt",
    "zum",
    "zunächst",
    "zur",
    "zurzeit",
    "zwar",
];

/// A sentence's last signs, closing quotes and brackets included, and the white space after them.
static END: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:[.!?…]+|:)["“”»«›‹‘’')\]]*\s+"#).expect("the pattern is constant")
});

/// Candidates for sentence ends that sentencex does not see, such as those inside quotations.
pub(super) fn candidates(text: &str) -> impl Iterator<Item = usize> + '_ {
    END.find_iter(text)
        .filter(|end| !end.as_str().starts_with(':'))
        .map(|end| end.end())
}

/// Whether a sentence ends in front of byte `at`, which white space stands before.
pub(super) fn is_boundary(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end();
    let after = &text[at..];
    let Some(next) = after.chars().find(|c| !is_opening(*c)) else {
        return false;
    };
    let core = before.trim_end_matches(is_closing);
    let quoted = core.len() < before.len();
    if next.is_lowercase() && has_capitals(text) {
        // „Kommt er heute?“ fragte sie.
        return false;
    }
    if after.starts_with([',', ';', ':', ')', '.', '!', '?']) {
        return false;
    }
    if core.ends_with(['!', '?', '…']) || core.ends_with("...") {
        // A title in quotes may end in such a sign: die Serie „Alles klar?“ Mitte der Woche.
        let title = quoted && !starts_sentence(after) && words_in_quotes(core) < 4;
        return !title && !core.ends_with("(!") && !core.ends_with("(?");
    }
    let Some(core) = core.strip_suffix('.') else {
        // The library ends a sentence at other signs only in other scripts.
        return core.ends_with(['。', '！', '？', '।', '؟']);
    };
    !continues(core, after, quoted)
}

/// Whether the sentence goes on after a full stop; `before` is the text in front of it.
fn continues(before: &str, after: &str, quoted: bool) -> bool {
    let start = before
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_alphanumeric() || matches!(c, '.' | '-' | '\''))
        .last()
        .map_or(before.len(), |(i, _)| i);
    // `1.-3. Mai`
    let start = before[start..]
        .rfind(".-")
        .map_or(start, |at| start + at + 2);
    let word = &before[start..];
    let starts_new = starts_sentence(after);

    if !word.is_empty() && word.chars().all(|c| c.is_ascii_digit()) {
        return ends_in_ordinal(before, start, word, after, starts_new);
    }
    if quoted {
        return false;
    }
    if is_roman(word) {
        return !starts_new;
    }
    let last = word
        .rsplit(['.', '-'])
        .next()
        .unwrap_or(word)
        .to_lowercase();
    let whole = word.to_lowercase();
    if OPEN_ABBREVIATIONS.contains(&last.as_str()) || OPEN_ABBREVIATIONS.contains(&whole.as_str()) {
        return !starts_new;
    }
    let single = last.chars().count() == 1 && last.chars().all(char::is_alphabetic);
    if single && !word.contains('-') {
        // An initial, or a part of an abbreviation such as `z. B.`.
        return !(starts_new && word.chars().all(char::is_uppercase)) || is_part(before, start);
    }
    // Bahnhofstr. 12
    let street = last.ends_with("str") && after.starts_with(|c: char| c.is_ascii_digit());
    street || ABBREVIATIONS.contains(&last.as_str())
}

/// Whether the letter at `start` is the second of an abbreviation in two parts, as in `z. B.`.
fn is_part(before: &str, start: usize) -> bool {
    let previous = before[..start].trim_end();
    ["z.", "i. d.", "d.", "u.", "i.", "o.", "v.", "n.", "a."]
        .iter()
        .any(|part| {
            previous
                .strip_suffix(part)
                .is_some_and(|rest| !rest.ends_with(char::is_alphabetic))
        })
}

/// Whether digits and a full stop are an ordinal (`3. Oktober`, `19. Jahrhundert`) or number a list, and the sentence
/// goes on.
fn ends_in_ordinal(
    before: &str,
    start: usize,
    digits: &str,
    after: &str,
    starts_new: bool,
) -> bool {
    // The number of a list item: nothing before it.
    if before[..start].trim().is_empty() {
        return true;
    }
    // `b=1.`, `3:1.`
    let inside = !before[..start].ends_with(|c: char| c.is_whitespace() || is_opening(c));
    // `14./15. Februar`, `1.–3. Mai`
    let is_second_day = before[..start]
        .strip_suffix(['/', '–', '-'])
        .is_some_and(|first| first.ends_with('.'));
    if digits.len() > 2 || inside && !is_second_day {
        return false;
    }
    let next: String = after.chars().take_while(|c| c.is_alphabetic()).collect();
    if MONTHS.contains(&next.to_lowercase().as_str()) {
        return true;
    }
    if is_second_day {
        return false;
    }
    // "in der Lindenstraße 14. Bitte": a number behind a noun counts or names; an ordinal has an article or preposition
    // in front of it.
    let previous = before[..start]
        .trim_end()
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    let behind_noun = previous.starts_with(char::is_uppercase)
        && previous.chars().count() > 3
        && previous.ends_with(char::is_alphabetic);
    // "§ 3. Der" and "Platz 2. Danach" end; "am 3. Der" does not occur.
    !starts_new && !behind_noun
}

/// Words between the last opening quotation mark and the end of `text`.
fn words_in_quotes(text: &str) -> usize {
    let start = text.rfind(['„', '»', '"', '“', '‚', '«']).unwrap_or(0);
    words::count(&text[start..])
}

fn starts_sentence(after: &str) -> bool {
    let trimmed = after.trim_start_matches(is_opening);
    if trimmed.len() < after.len() && after.starts_with(['„', '»', '“', '"']) {
        return true;
    }
    let word: String = trimmed.chars().take_while(|c| c.is_alphabetic()).collect();
    word.starts_with(char::is_uppercase) && STARTERS.contains(&word.to_lowercase().as_str())
}

fn is_roman(word: &str) -> bool {
    word.len() > 1
        && word
            .chars()
            .all(|c| matches!(c, 'I' | 'V' | 'X' | 'L' | 'C' | 'D' | 'M'))
}

fn is_opening(c: char) -> bool {
    matches!(
        c,
        '„' | '“'
            | '"'
            | '»'
            | '«'
            | '›'
            | '‹'
            | '‚'
            | '‘'
            | '\''
            | '('
            | '['
            | '–'
            | '—'
            | '-'
            | '•'
    ) || c.is_whitespace()
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        '“' | '”' | '"' | '»' | '«' | '›' | '‹' | '‘' | '’' | '\'' | ')' | ']'
    )
}

/// Whether a text is written with capitals at all; the beginning tells.
fn has_capitals(text: &str) -> bool {
    text.chars().take(2000).any(char::is_uppercase)
}
