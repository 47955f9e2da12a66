//! Files as broken disks, cut downloads and ill will make them.

use proptest::prelude::*;
use proptest::sample::Index;

/// What happens to a file in one place.
#[derive(Debug, Clone)]
enum Damage {
    Bit(u8),
    /// A number where one may be: lengths and offsets are often four or eight bytes.
    Number(u64, usize),
    /// The same in text.
    Digits(&'static str),
    Cut,
    Lost(usize),
    Twice(usize),
    Inserted(Vec<u8>),
}

/// Where: headers and directories are at the ends of files.
#[derive(Debug, Clone)]
enum Place {
    Head(Index),
    Tail(Index),
    Anywhere(Index),
}

const ENDS: usize = 600; // bytes

impl Place {
    fn within(&self, len: usize) -> usize {
        match self {
            Self::Head(index) => index.index(len.min(ENDS)),
            Self::Tail(index) => len - 1 - index.index(len.min(ENDS)),
            Self::Anywhere(index) => index.index(len),
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let numbers = prop::sample::select(vec![
        0,
        1,
        0x7fff_ffff,
        0xffff_ffff,
        1 << 40,
        i64::MAX as u64,
        u64::MAX,
    ]);
    let digits = prop::sample::select(vec![
        "0",
        "-1",
        "1e999",
        "4294967296",
        "99999999999999999999",
        "null",
        "[]",
        "\"x\"",
    ]);
    prop_oneof![
        4 => any::<u8>().prop_map(|bit| Damage::Bit(bit % 8)),
        3 => (numbers, prop::sample::select(vec![4usize, 8])).prop_map(|(n, len)| Damage::Number(n, len)),
        3 => digits.prop_map(Damage::Digits),
        1 => Just(Damage::Cut),
        1 => (1usize..40).prop_map(Damage::Lost),
        1 => (1usize..40).prop_map(Damage::Twice),
        1 => prop::collection::vec(any::<u8>(), 1..20).prop_map(Damage::Inserted),
    ]
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        3 => any::<Index>().prop_map(Place::Head),
        1 => any::<Index>().prop_map(Place::Tail),
        2 => any::<Index>().prop_map(Place::Anywhere),
    ]
}

/// The file after one to four damages.
pub fn damaged(file: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec((place(), damage()), 1..5).prop_map(move |damages| {
        let mut bytes = file.clone();
        for (place, damage) in damages {
            if bytes.is_empty() {
                break;
            }
            apply(&mut bytes, &place, damage);
        }
        bytes
    })
}

fn apply(bytes: &mut Vec<u8>, place: &Place, damage: Damage) {
    let at = place.within(bytes.len());
    let until = |len: usize| (at + len).min(bytes.len());
    match damage {
        Damage::Bit(bit) => bytes[at] ^= 1 << bit,
        Damage::Number(number, len) => {
            let end = until(len);
            bytes[at..end].copy_from_slice(&number.to_le_bytes()[..end - at]);
        }
        Damage::Digits(digits) => {
            let Some(begin) = (at..bytes.len()).find(|&i| bytes[i].is_ascii_digit()) else {
                return;
            };
            let is_digit = |&i: &usize| bytes[i].is_ascii_digit();
            let end = begin + (begin..bytes.len()).take_while(is_digit).count();
            bytes.splice(begin..end, digits.bytes());
        }
        Damage::Cut => bytes.truncate(at),
        Damage::Lost(len) => {
            let end = until(len);
            bytes.drain(at..end);
        }
        Damage::Twice(len) => {
            let again = bytes[at..until(len)].to_vec();
            bytes.splice(at..at, again);
        }
        Damage::Inserted(new) => {
            bytes.splice(at..at, new);
        }
    }
}
