//! Whitespace as Python's `str.split` and `str.rstrip` have it, which is sacreBLEU's.

/// Unicode white space and the four information separators, which Unicode itself leaves out.
pub(super) fn is_whitespace(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// The words of `text`; none of them is empty.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_whitespace).filter(|word| !word.is_empty())
}
