//! Quotation marks and other typography of the target language.

/// Writes English quotation marks: curly ones where the German has its own („…“, »…«, ‚…‘), straight ones elsewhere.
pub fn english(source: &str, target: &str) -> String {
    let curly = source.contains(['„', '“', '”', '»', '«', '‚', '›', '‹']);
    let mut written = String::with_capacity(target.len() + 8);
    let mut previous = None;
    for c in target.chars() {
        let c = match c {
            '"' | '„' | '“' | '”' | '»' | '«' if curly => {
                if opens(previous) {
                    '“'
                } else {
                    '”'
                }
            }
            '‚' | '‘' | '›' | '‹' if curly => {
                if opens(previous) {
                    '‘'
                } else {
                    '’'
                }
            }
            '„' => '"',
            c => c,
        };
        written.push(c);
        previous = Some(c);
    }
    written
}

/// Whether a quotation mark after `previous` opens a quotation.
fn opens(previous: Option<char>) -> bool {
    previous.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '[' | '–' | '—' | '“' | '‘'))
}
