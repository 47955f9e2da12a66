//! IBM code page 850, in which DOS wrote German, and which the web's encodings lack.
//!
//! Source: <https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/PC/CP850.TXT>. Code page 437 has the same umlauts.

/// The characters of the bytes 0x80 to 0xFF.
const UPPER: &str = "\
    ÇüéâäàåçêëèïîìÄÅ\
    ÉæÆôöòûùÿÖÜø£Ø×ƒ\
    áíóúñÑªº¿®¬½¼¡«»\
    ░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤\
    ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀\
    ÓßÔÒõÕµþÞÚÛÙýÝ¯´\
    \u{AD}±‗¾¶§÷¸°¨·¹³²■\u{A0}";

/// Every byte has a character, so nothing is undecodable.
pub fn decode(bytes: &[u8]) -> String {
    let upper: Vec<char> = UPPER.chars().collect();
    bytes
        .iter()
        .map(|&byte| match byte {
            0x00..=0x7F => char::from(byte),
            0x80..=0xFF => upper[usize::from(byte - 0x80)],
        })
        .collect()
}
