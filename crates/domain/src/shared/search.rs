//! Texts as they are searched, the same for every database: a text contains what was asked for if
//! its [`searchable`] form contains that of the question, and then it has all of its [`pairs`].
//!
//! Two characters are the shortest word of Korean, so pairs find what an index of words or of
//! three letters cannot: 축제 inside 봄축제에서.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::{Refusal, platform};
use crate::text;

text! {
    /// What somebody looks for: two characters or more after [`searchable`].
    pub SearchText: "search-text", 2..=100, "소풍" => long_enough;
}

impl SearchText {
    /// In the form in which texts are compared.
    pub fn normal(&self) -> String {
        searchable(self.as_str())
    }
}

fn long_enough(text: String) -> Result<String, Refusal> {
    let enough = searchable(&text).chars().nth(1).is_some();
    if enough { Ok(text) } else { Err(platform::TOO_SHORT.with("min", 2)) }
}

/// A text in the form in which texts are compared: NFKC, small letters, and one space wherever
/// there is some.
pub fn searchable(text: &str) -> String {
    // Letter by letter, because the small form of a word may depend on what stands beside it.
    let small: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    small.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Each two characters that stand side by side in a [`searchable`] text, as one number.
pub fn pairs(normal: &str) -> BTreeSet<i64> {
    let number = |one: char, other: char| i64::from(u32::from(one)) << 21 | i64::from(u32::from(other));
    normal.chars().zip(normal.chars().skip(1)).map(|(one, other)| number(one, other)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::shared::Text;

    #[test]
    fn c13_decomposed_wide_and_big_letters_are_the_same() {
        assert_eq!(searchable("\u{1112}\u{1161}\u{11ab}강  Ｐｉｃ\tNIC "), "한강 pic nic");
        assert_eq!(searchable("ΟΔΟΣ"), searchable("οδοσ"));
    }

    #[test]
    fn c13_one_syllable_is_too_short() {
        for (text, enough) in
            [("강", false), (" 강 ", false), ("\u{1112}\u{1161}\u{11ab}", false), ("한강", true)]
        {
            assert_eq!(SearchText::parse(text).is_ok(), enough, "{text}");
        }
    }

    proptest! {
        #[test]
        fn n13_whatever_contains_a_text_has_its_pairs(
            text in "\\PC{0,40}", from in 0_usize..40, length in 2_usize..40,
        ) {
            let whole = searchable(&text);
            let part: String = whole.chars().skip(from).take(length).collect();
            prop_assert!(pairs(&part).is_subset(&pairs(&whole)));
        }

        #[test]
        fn n13_the_form_is_stable(text in "\\PC{0,40}") {
            let once = searchable(&text);
            prop_assert_eq!(searchable(&once), once);
        }
    }
}
