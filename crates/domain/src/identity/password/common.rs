//! The offline list of passwords that guessers try first; see `data/common-passwords.md`.

/// Ascending 5-byte numbers, one per password.
static LIST: &[u8] = include_bytes!("../../../data/common-passwords.bin");
const WIDTH: usize = 5;

/// Whether this password, in small letters and NFC, is on the list.
pub(super) fn contains(folded: &str) -> bool {
    let wanted = number(folded);
    let (entries, _) = LIST.as_chunks::<WIDTH>();
    entries.binary_search(&wanted).is_ok()
}

/// FNV-1a folded to 40 bits: the list is public, so nothing has to resist anybody.
fn number(text: &str) -> [u8; WIDTH] {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let hash = text.bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    let [_, _, _, number @ ..] = (hash ^ (hash >> 40)).to_be_bytes();
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole_and_sorted() {
        let (entries, rest) = LIST.as_chunks::<WIDTH>();
        assert_eq!((entries.len(), rest.len()), (115_788, 0));
        assert!(entries.is_sorted());
    }

    #[test]
    fn knows_the_notorious_ones_only() {
        for password in ["123456", "password", "qwerty", "p@ssw0rd", "1qaz@wsx", "password1!"] {
            assert!(contains(password), "{password}");
        }
        for password in ["", "sunny-day-42", "하늘은 파랗다 7!", "correct-horse7-battery"] {
            assert!(!contains(password), "{password}");
        }
    }
}
