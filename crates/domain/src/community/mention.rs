//! People named inside a text.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

/// More people are not told of one post.
const MOST: usize = 20;
/// The bounds of a nickname, in characters.
const SHORTEST: usize = 2;
const LONGEST: usize = 10;

/// What Korean hangs on a name without a space: titles, and the particles of the cases.
const ENDINGS: &str = "님 님이 님은 님을 님의 님과 님도 님께 님께서 님에게 님한테 님이랑 씨 씨가 씨는 씨를 \
    이 가 은 는 을 를 의 와 과 도 만 께 께서 에게 한테 이랑 랑 하고 아 야 보다 처럼";

/// A place of a text where somebody is named: the nicknames it may mean, composed and in small letters
/// as they are unique, the likeliest first. The first that somebody has is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mention {
    /// At least one, each 2 to 10 characters long.
    pub candidates: Vec<String>,
}

/// The people named in a text, in its order, each once: `@` and a nickname. `@` inside a word, as
/// in a mail address, names nobody; particles may follow a name as they do in Korean.
pub fn mentions(text: &str) -> Vec<Mention> {
    let text: String = text.nfkc().collect();
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for (at, _) in text.match_indices('@') {
        let inside = text[..at].chars().next_back().is_some_and(|before| is_of_word(before) || before == '@');
        let Some(mention) = (!inside).then(|| read(&text[at + 1..])).flatten() else { continue };
        if found.len() < MOST && seen.insert(mention.clone()) {
            found.push(mention);
        }
    }
    found
}

/// What stands in mail addresses before the sign.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || "._%+-".contains(c)
}

fn read(behind: &str) -> Option<Mention> {
    let is_allowed = |c: &char| c.is_ascii_alphanumeric() || ('가'..='힣').contains(c);
    let run: String = behind.chars().take_while(is_allowed).collect();
    let rest = behind[run.len()..].chars().next();
    // `@mina_2` and `@mina@example.com` are names of another world.
    if rest.is_some_and(|next| next == '_' || next == '@' || next.is_alphanumeric()) {
        return None;
    }
    let run = run.to_lowercase();
    let without = ENDINGS.split(' ').filter_map(|ending| run.strip_suffix(ending));
    let fits = |name: &&str| (SHORTEST..=LONGEST).contains(&name.chars().count());
    let mut candidates: Vec<String> =
        std::iter::once(run.as_str()).chain(without).filter(fits).map(str::to_owned).collect();
    candidates.sort_by_key(|name| std::cmp::Reverse(name.len()));
    (!candidates.is_empty()).then_some(Mention { candidates })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The first candidate of each.
    fn named(text: &str) -> Vec<String> {
        mentions(text).into_iter().map(|mention| mention.candidates[0].clone()).collect()
    }

    #[test]
    fn people_are_named_in_both_scripts() {
        assert_eq!(named("@Mina and @하늘, (@jun) @mina @a @ @@sol!"), ["mina", "하늘", "jun"]);
        assert_eq!(named("＠하늘 @\u{1112}\u{1161}\u{11ab}\u{1100}\u{1161}\u{11bc}"), ["하늘", "한강"]);
    }

    #[test]
    fn addresses_and_longer_words_name_nobody() {
        for text in
            ["mina@jun.kr", "a.@jun", "@jun_2", "@jun@example.com", "@abcdefghijk", "@jüngling", "x@@jun"]
        {
            assert_eq!(named(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn particles_may_follow_a_name() {
        for (text, candidates) in [
            ("@하늘님", vec!["하늘님", "하늘"]),
            ("@하늘이랑", vec!["하늘이랑", "하늘이", "하늘"]),
            ("@mina가", vec!["mina가", "mina"]),
            ("@가나다라마바사아자차에게", vec!["가나다라마바사아자차"]),
            ("@하늘바다", vec!["하늘바다"]),
            ("@나는", vec!["나는"]),
        ] {
            assert_eq!(
                mentions(text),
                [Mention { candidates: candidates.into_iter().map(Into::into).collect() }]
            );
        }
    }

    proptest! {
        #[test]
        fn never_panics_and_names_only_what_can_be_a_nickname(text in "([@＠]|가|하늘|님|[a-zA-Z0-9 .]|\\PC){0,60}") {
            let found = mentions(&text);
            prop_assert!(found.len() <= MOST);
            for candidate in found.iter().flat_map(|mention| &mention.candidates) {
                let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ('가'..='힣').contains(&c);
                prop_assert!(candidate.chars().all(allowed) && (2..=10).contains(&candidate.chars().count()));
            }
        }

        #[test]
        fn whoever_is_named_is_found(
            nickname in "[가-힣A-Za-z0-9]{2,10}", before in "(.* )?[(\"]?", ending in 0_usize..40,
        ) {
            prop_assume!(!before.contains(['@', '＠', '﹫']));
            let ending = ENDINGS.split(' ').nth(ending).unwrap_or_default();
            let found = mentions(&format!("{before}@{nickname}{ending}, look!"));
            prop_assert_eq!(found.len(), 1);
            prop_assert!(found[0].candidates.contains(&nickname.to_lowercase()));
        }

        #[test]
        fn naming_again_changes_nothing(names in proptest::collection::vec("[a-z]{2,10}", 0..30)) {
            let text: String = names.iter().map(|name| format!("@{name} ")).collect();
            prop_assert_eq!(mentions(&text), mentions(&text.repeat(2)));
        }
    }
}
