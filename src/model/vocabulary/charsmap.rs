//! SentencePiece's compiled rules of normalisation (`precompiled_charsmap`), checked before anything follows them.
//!
//! The bytes are the length of a trie, the trie as a double array of 32-bit units (Aoe 1989, in the layout of darts-clone),
//! and the replacements, each ending in a zero. The crate that applies them believes every offset.

use tokenizers::normalizers::Precompiled;

/// Marks a unit that holds a value, and is never a step.
const IS_VALUE: u32 = 1 << 31;
/// Marks a unit below which a key ends.
const HAS_VALUE: u32 = 1 << 8;
/// Units are reached from the block of this size in which their parent lies.
const BLOCK: usize = 256;

/// Reads the rules.
///
/// # Errors
/// When a step of the trie or a replacement would lie outside.
pub fn read(bytes: &[u8]) -> Result<Precompiled, String> {
    let broken = || "its rules of normalisation are damaged".to_owned();
    if !is_sound(bytes).unwrap_or_default() {
        return Err(broken());
    }
    Precompiled::from(bytes).map_err(|_| broken())
}

/// Whether every step from any unit leads to a unit, and every value to the beginning of a letter.
fn is_sound(bytes: &[u8]) -> Option<bool> {
    let (len, rest) = bytes.split_first_chunk()?;
    let (trie, replacements) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
    let replacements = std::str::from_utf8(replacements).ok()?;
    let (units, []) = trie.as_chunks() else {
        return None;
    };
    let units: Vec<u32> = units.iter().map(|unit| u32::from_le_bytes(*unit)).collect();
    units.first()?;
    let steps = (units.iter().enumerate()).filter(|(_, unit)| **unit & IS_VALUE == 0);
    let mut children = steps.map(|(place, &unit)| {
        let offset = ((unit >> 10) as usize) << ((unit & (1 << 9)) >> 6);
        (unit & HAS_VALUE != 0, place ^ offset)
    });
    Some(children.all(|(has_value, child)| {
        let value = || (units[child] & !IS_VALUE) as usize;
        // The next step goes from here to anywhere in the block.
        (child | (BLOCK - 1)) < units.len()
            && (!has_value || replacements.is_char_boundary(value()))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trie in which `A` becomes what lies at `value` among the replacements.
    fn rules(offset: u32, value: u32, replacements: &str) -> Vec<u8> {
        let mut units = [0u32; BLOCK];
        units[0] = 1 << 10;
        let step = 1 ^ usize::from(b'A');
        units[step] = u32::from(b'A') | HAS_VALUE | offset << 10;
        units[step ^ 2] = IS_VALUE | value;
        let trie = units.iter().flat_map(|unit| unit.to_le_bytes());
        let len = (BLOCK as u32 * 4).to_le_bytes();
        len.into_iter()
            .chain(trie)
            .chain(replacements.bytes())
            .collect()
    }

    #[test]
    fn sound_rules_are_followed() {
        let rules = read(&rules(2, 3, "é\0ab\0")).unwrap();
        assert_eq!(rules.normalize_string("BAB"), "BabB");
    }

    #[test]
    fn no_step_leads_outside() {
        for (offset, value) in [(2, 1), (2, 7), (2, IS_VALUE - 1), (256, 3), (0x1f_ffff, 3)] {
            assert!(read(&rules(offset, value, "é\0ab\0")).is_err());
        }
        let whole = rules(2, 3, "é\0ab\0");
        for len in [0, 3, 4, 5, 999] {
            assert!(read(&whole[..len]).is_err());
        }
        let empty = [0; 4];
        assert!(read(&empty).is_err());
    }
}
