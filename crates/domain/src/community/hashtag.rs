//! Hashtags inside a text.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

/// Longer runs are no tags.
const MAX: usize = 50;
/// More are not found by tag.
const MOST: usize = 20;

/// The tags of a text, without `#`, as they are compared: NFKC and lower case. What follows in an
/// address (`/#top`) or in the name of a character (`&#39;`) is none.
pub fn hashtags(text: &str) -> BTreeSet<String> {
    let mut tags = BTreeSet::new();
    let text = text.nfkc().collect::<String>();
    for (place, _) in text.match_indices('#').filter(|(place, _)| !text[..*place].ends_with(['/', '&'])) {
        let run = &text[place + 1..];
        let tag: String =
            run.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>().to_lowercase();
        if !tag.is_empty() && tag.chars().count() <= MAX && tags.len() < MOST {
            tags.insert(tag);
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        hashtags(text).into_iter().collect()
    }

    #[test]
    fn tags_are_found_in_both_scripts() {
        assert_eq!(found("#Picnic at #한강, #picnic! ## #"), ["picnic", "한강"]);
        assert_eq!(found("no tags # here"), Vec::<String>::new());
        assert_eq!(found("##double 나란히#붙은#꼬리표 (#괄호)"), ["double", "괄호", "꼬리표", "붙은"]);
        assert_eq!(found("https://x.kr/a/#top &#39;&#amp #맛집을"), ["맛집을"]);
        assert_eq!(found(&format!("#{}", "x".repeat(51))), Vec::<String>::new());
    }

    #[test]
    fn decomposed_hangul_is_the_same_tag() {
        assert_eq!(found("#\u{1112}\u{1161}\u{11ab}"), ["한"]);
    }
}
