//! Nicknames: how people are known and found.

use std::{collections::BTreeSet, fmt};

use unicode_normalization::UnicodeNormalization;

use crate::shared::{Refusal, Text, text::check_length};

use super::errors::NICKNAME_INVALID;

/// 2 to 10 Hangul syllables, Latin letters or digits, in Unicode NFC.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub struct Nickname(String);

impl Text for Nickname {
    const FORMAT: &'static str = "nickname";
    const MIN: usize = 2;
    const MAX: usize = 10;
    const PATTERN: Option<&'static str> = Some("^[가-힣A-Za-z0-9]{2,10}$");
    const EXAMPLE: &'static str = "하늘";

    /// Composes first, so that Hangul typed as single letters (as macOS stores it) counts as the
    /// syllables its writer sees. Spaces are refused, not trimmed.
    fn parse(raw: &str) -> Result<Self, Refusal> {
        let text: String = raw.nfc().collect();
        check_length::<Self>(&text)?;
        if text.chars().all(is_allowed) { Ok(Self(text)) } else { Err(NICKNAME_INVALID.into()) }
    }
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || ('가'..='힣').contains(&c)
}

impl Nickname {
    /// From storage, where only parsed values are written.
    pub fn restore(text: String) -> Self {
        Self(text)
    }

    /// What a nickname may have of any text, cut to length; perhaps too little to be one.
    pub fn fitting(raw: &str) -> String {
        raw.nfkc().filter(|c| is_allowed(*c)).take(Self::MAX).collect()
    }

    /// The nickname as its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form under which the nickname is unique and found.
    pub fn normal(&self) -> String {
        fold(&self.0)
    }
}

/// The pieces under which a nickname is found: each of its characters, and each two that stand side
/// by side. Takes a [`fold`]ed text.
pub fn grams(normal: &str) -> BTreeSet<String> {
    let characters: Vec<char> = normal.chars().collect();
    let pieces = |size| characters.windows(size).map(|piece| piece.iter().collect());
    pieces(1).chain(pieces(2)).collect()
}

/// The pieces that everything has that contains this text: those of two, or the only character.
pub fn grams_within(part: &str) -> BTreeSet<String> {
    let longest = part.chars().count().min(2);
    grams(part).into_iter().filter(|gram| gram.chars().count() == longest).collect()
}

/// Any text in the form in which nicknames are compared: composed, in small letters.
pub fn fold(text: &str) -> String {
    text.nfc().collect::<String>().to_lowercase()
}

impl AsRef<str> for Nickname {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Nickname {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Nickname> for String {
    fn from(nickname: Nickname) -> Self {
        nickname.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_to_ten_syllables_letters_or_digits() {
        for raw in ["하늘", "ab", "하늘sky09", "가나다라마바사아자차", "1234567890"] {
            assert!(Nickname::parse(raw).is_ok(), "{raw}");
        }
        for raw in [
            "",
            "a",
            "가",
            "12345678901",
            "a b",
            " ab",
            "ab ",
            "하늘🙂",
            "ㄱㄴ",
            "한_글",
            "ａｂ",
            "аб",
            "a\u{0}b",
        ] {
            assert!(Nickname::parse(raw).is_err(), "{raw:?}");
        }
    }

    #[test]
    fn decomposed_hangul_is_the_same_nickname() {
        let decomposed: String = "하늘바다산들강물구름".nfd().collect();
        assert!(decomposed.chars().count() > 10);
        assert_eq!(Nickname::parse(&decomposed), Nickname::parse("하늘바다산들강물구름"));
    }

    proptest! {
        #[test]
        fn b12_whatever_contains_a_part_has_its_pieces(
            nickname in "[가나다ab1]{2,10}", from in 0_usize..10, length in 1_usize..10,
        ) {
            let part: String = nickname.chars().skip(from).take(length).collect();
            prop_assert!(grams_within(&part).is_subset(&grams(&nickname)));
            prop_assert_eq!(grams_within(&part).is_empty(), part.is_empty());
        }

        #[test]
        fn never_panics_and_its_normal_form_is_stable(raw in "\\PC{0,12}") {
            if let Ok(nickname) = Nickname::parse(&raw) {
                prop_assert!((2..=10).contains(&nickname.as_str().chars().count()));
                prop_assert_eq!(fold(&nickname.normal()), nickname.normal());
            }
        }

        #[test]
        fn whatever_the_pattern_allows_parses(raw in "[가-힣A-Za-z0-9]{2,10}") {
            prop_assert!(Nickname::parse(&raw).is_ok());
        }
    }
}
