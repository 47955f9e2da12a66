//! The language of a text, by LibreTranslate's codes.

use serde::Serialize;
use whatlang::{Detector, Lang};

/// A language, and how likely it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Detected {
    /// 0 to 100.
    pub confidence: f64,
    /// ISO 639-1.
    pub language: &'static str,
}

/// Bytes of a text that are looked at: the beginning is enough, and bounds the time.
const LOOKED_AT: usize = 20_000;

/// Least confidence for what is not certain.
const DOUBTFUL: f64 = 0.5;

/// The language of a text. What may be German is German: short texts tell little, and this is what the server is for.
pub fn detect(text: &str) -> Detected {
    let text = &text[..text.floor_char_boundary(LOOKED_AT)];
    let answer = |lang: Lang, confidence: f64| Detected {
        confidence: (confidence.clamp(0., 1.) * 1000.).round() / 10.,
        language: code(lang),
    };
    let Some(found) = whatlang::detect(text) else {
        return answer(Lang::Deu, 0.);
    };
    if found.is_reliable() || found.script() != whatlang::Script::Latin {
        return answer(found.lang(), found.confidence());
    }
    let two = Detector::with_allowlist(vec![Lang::Deu, Lang::Eng]);
    let found = two.detect(text);
    let has_umlauts = text.contains(['ä', 'ö', 'ü', 'ß', 'Ä', 'Ö', 'Ü']);
    match found {
        Some(found) if found.lang() == Lang::Deu || !has_umlauts => {
            answer(found.lang(), found.confidence().max(DOUBTFUL))
        }
        _ => answer(Lang::Deu, DOUBTFUL),
    }
}

/// The code of two letters, or LibreTranslate's own for Chinese.
fn code(lang: Lang) -> &'static str {
    match lang {
        Lang::Epo => "eo",
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh-Hans",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "nb",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        Lang::Cym => "cy",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_and_short_texts_are_german() {
        for (text, language) in [
            ("Die Stadt baut eine neue Brücke über den Fluss.", "de"),
            ("Guten Tag", "de"),
            ("Speichern", "de"),
            ("Abbrechen", "de"),
            ("Öffnen", "de"),
            ("12.345", "de"),
            ("", "de"),
            ("The city is building a new bridge over the river.", "en"),
            (
                "Le conseil municipal a décidé mardi soir de construire un pont.",
                "fr",
            ),
            ("Город строит новый мост через реку.", "ru"),
            ("市政府正在建一座新桥。", "zh-Hans"),
        ] {
            assert_eq!(detect(text).language, language, "{text}");
        }
        assert_eq!(detect("12").confidence, 0.);
    }
}
