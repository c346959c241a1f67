//! Passwords: what may be one, and what it is compared as.

mod common;

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::shared::{Refusal, platform::FORBIDDEN_CHARACTER};

use super::{
    errors::{
        PASSWORD_COMMON, PASSWORD_CONTAINS_NAME, PASSWORD_NEEDS_DIGIT, PASSWORD_NEEDS_LETTER,
        PASSWORD_NEEDS_SPECIAL, PASSWORD_TOO_LONG, PASSWORD_TOO_SHORT,
    },
    nickname::fold,
};

/// A password as somebody typed it, in Unicode NFC, so that the same keys give the same password
/// on every keyboard. Never trimmed, never cut, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Any text can be tried as a password; [`PasswordPolicy`] says which may become one.
    pub fn typed(raw: &str) -> Self {
        Self(raw.nfc().collect())
    }

    /// What is hashed.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether it is longer than any policy allows, so that hashing it would be a waste.
    pub fn is_oversized(&self) -> bool {
        self.0.chars().count() > MAX
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Most characters of a password, whatever the policy.
pub const MAX: usize = 128;

/// Names shorter than this are not looked for inside passwords: they would be found by chance.
const SHORTEST_NAME: usize = 3;

/// What a new password must be like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PasswordPolicy {
    /// 8 to 128 characters with a letter, a digit and a special character.
    #[default]
    Composed,
    /// 15 to 128 characters of any kind (NIST SP 800-63B-4 for passwords as the only factor).
    Nist,
}

impl PasswordPolicy {
    /// Fewest characters.
    pub const fn min(self) -> usize {
        match self {
            Self::Composed => 8,
            Self::Nist => 15,
        }
    }

    /// Every rule that the password breaks, given the names its owner is known by.
    pub fn check(self, password: &Password, names: &[&str]) -> Vec<Refusal> {
        let text = &password.0;
        let length = text.chars().count();
        let mut broken = Vec::new();
        if length < self.min() {
            broken.push(PASSWORD_TOO_SHORT.with("min", self.min()));
        }
        if length > MAX {
            broken.push(PASSWORD_TOO_LONG.with("max", MAX));
        }
        if text.chars().any(char::is_control) {
            broken.push(FORBIDDEN_CHARACTER.into());
        }
        if self == Self::Composed {
            let lacks = |kind: fn(char) -> bool| !text.chars().any(kind);
            let composition = [
                (lacks(char::is_alphabetic), PASSWORD_NEEDS_LETTER),
                (lacks(char::is_numeric), PASSWORD_NEEDS_DIGIT),
                (lacks(|c| !c.is_alphanumeric()), PASSWORD_NEEDS_SPECIAL),
            ];
            broken.extend(composition.into_iter().filter(|(lacks, _)| *lacks).map(|(_, code)| code.into()));
        }
        let folded = fold(text);
        if common::contains(&folded) {
            broken.push(PASSWORD_COMMON.into());
        }
        if names.iter().any(|name| is_inside(name, &folded)) {
            broken.push(PASSWORD_CONTAINS_NAME.into());
        }
        broken
    }
}

fn is_inside(name: &str, folded: &str) -> bool {
    let name = fold(name);
    // Two Hangul syllables are a whole name; two Latin letters are in half of all passwords.
    let enough = if name.is_ascii() { SHORTEST_NAME } else { SHORTEST_NAME - 1 };
    name.chars().count() >= enough && folded.contains(&name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::shared::Code;

    fn broken(policy: PasswordPolicy, raw: &str, names: &[&str]) -> Vec<Code> {
        policy.check(&Password::typed(raw), names).into_iter().map(|refusal| refusal.code).collect()
    }

    #[test]
    fn each_broken_rule_is_named() {
        let cases: &[(&str, &[Code])] = &[
            ("Sunny-Day-42", &[]),
            ("하늘은 파랗다 7!", &[]),
            ("Sh0rt-", &[PASSWORD_TOO_SHORT]),
            ("no-digits-here", &[PASSWORD_NEEDS_DIGIT]),
            ("98765-4321-0", &[PASSWORD_NEEDS_LETTER]),
            ("NoSpecial42x", &[PASSWORD_NEEDS_SPECIAL]),
            ("123456", &[PASSWORD_TOO_SHORT, PASSWORD_NEEDS_LETTER, PASSWORD_NEEDS_SPECIAL, PASSWORD_COMMON]),
            ("P@ssw0rd", &[PASSWORD_COMMON]),
            ("Haneul-4242", &[PASSWORD_CONTAINS_NAME]),
            ("우리하늘이-4242", &[PASSWORD_CONTAINS_NAME]),
            ("line\nfeed-42", &[FORBIDDEN_CHARACTER]),
        ];
        for (raw, codes) in cases {
            assert_eq!(broken(PasswordPolicy::Composed, raw, &["haneul", "하늘이", "jo"]), *codes, "{raw}");
        }
        let long = format!("Aa1-{}", "x".repeat(125));
        assert_eq!(broken(PasswordPolicy::Composed, &long, &[]), [PASSWORD_TOO_LONG]);
    }

    #[test]
    fn nist_asks_for_length_only() {
        assert_eq!(broken(PasswordPolicy::Nist, "long enough to be one", &[]), []);
        assert_eq!(broken(PasswordPolicy::Nist, "Sunny-Day-42", &[]), [PASSWORD_TOO_SHORT]);
        assert_eq!(broken(PasswordPolicy::Nist, "1qaz2wsx3edc4rfv", &[]), [PASSWORD_COMMON]);
    }

    #[test]
    fn debug_output_hides_it() {
        assert_eq!(format!("{:?}", Password::typed("secret")), "Password(…)");
    }

    proptest! {
        #[test]
        fn composed_and_decomposed_are_the_same(raw in "[가-힣a-z0-9é!]{0,40}") {
            let decomposed: String = raw.nfd().collect();
            prop_assert_eq!(Password::typed(&raw), Password::typed(&decomposed));
        }

        #[test]
        fn what_the_policy_allows_keeps_its_rules(raw in "\\PC{0,140}") {
            let password = Password::typed(&raw);
            if PasswordPolicy::Composed.check(&password, &[]).is_empty() {
                prop_assert!((8..=128).contains(&password.0.chars().count()));
                prop_assert!(password.0.chars().any(char::is_alphabetic));
                prop_assert!(password.0.chars().any(char::is_numeric));
                prop_assert!(password.0.chars().any(|c| !c.is_alphanumeric()));
            }
        }
    }
}
