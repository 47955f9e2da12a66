//! How long the arguments of a command are.

/// Bytes of a group in braces.
pub(super) fn group(text: &str) -> usize {
    bracketed(text, '{', '}')
}

/// Bytes of an optional argument.
pub(super) fn optional(text: &str) -> usize {
    bracketed(text, '[', ']')
}

/// Bytes of all arguments of a command.
pub(super) fn arguments(text: &str) -> usize {
    let mut length = 0;
    loop {
        let more = optional(&text[length..]) + group(&text[length + optional(&text[length..])..]);
        if more == 0 {
            return length;
        }
        length += more;
    }
}

fn bracketed(text: &str, open: char, close: char) -> usize {
    if !text.starts_with(open) {
        return 0;
    }
    let mut depth = 0usize;
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => {}
            c if c == open => depth += 1,
            c if c == close => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    0
}
