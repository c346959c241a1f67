//! E-mail addresses: kept as written, compared without regard to case.

use crate::shared::Refusal;

use super::errors::EMAIL_INVALID;

crate::text! {
    /// An address such as `haneul@example.com`, as its owner wrote it.
    pub Email: "email", 3..=254, "haneul@example.com",
    pattern "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])$"
    => check;
}

impl Email {
    /// The form under which the address is unique. Dots and `+tags` stay: only the mailbox's own
    /// provider knows what they mean.
    pub fn normal(&self) -> String {
        self.as_str().to_lowercase()
    }

    /// The part before the `@`.
    pub fn name(&self) -> &str {
        self.as_str().split('@').next().unwrap_or_default()
    }
}

/// RFC 5321's dot-atom form with a registered domain. Quoted names, address literals and
/// non-ASCII addresses are refused: hardly any mail server could answer them.
fn check(text: String) -> Result<String, Refusal> {
    let valid = text.split_once('@').is_some_and(|(name, domain)| is_name(name) && is_domain(domain));
    if valid { Ok(text) } else { Err(EMAIL_INVALID.into()) }
}

fn is_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c);
    name.len() <= 64 && name.split('.').all(|atom| !atom.is_empty() && atom.chars().all(allowed))
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let Some((_, top)) = domain.rsplit_once('.') else { return false };
    domain.split('.').all(is_label) && top.len() >= 2 && top.starts_with(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::shared::Text;

    #[test]
    fn accepts_what_mail_servers_accept() {
        for raw in ["a@b.co", "first.last+tag@sub.example.com", "O'Brien@example.ie", " haneul@example.com "]
        {
            assert!(Email::parse(raw).is_ok(), "{raw}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        let long = format!("{}@example.com", "a".repeat(65));
        for raw in [
            "",
            "   ",
            "abc",
            "@example.com",
            "a@",
            "a@b",
            "a@b.c",
            "a@@b.co",
            "a b@c.co",
            "a@b..co",
            ".a@b.co",
            "a.@b.co",
            "a@-b.co",
            "a@b-.co",
            "a@b.1a",
            "a@b.co\u{0}",
            "하늘@예.한국",
            "\"a b\"@c.co",
            &long,
        ] {
            assert!(Email::parse(raw).is_err(), "{raw:?}");
        }
    }

    #[test]
    fn the_normal_form_ignores_case_only() {
        let normal = |raw| Email::parse(raw).expect("valid").normal();
        assert_eq!(normal("Haneul@Example.COM"), normal("haneul@example.com"));
        assert_ne!(normal("ha.neul@example.com"), normal("haneul@example.com"));
    }

    proptest! {
        #[test]
        fn never_panics_and_what_it_accepts_it_accepts_again(raw in "\\PC{0,300}") {
            if let Ok(email) = Email::parse(&raw) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                prop_assert_eq!(Email::parse(&email.normal()).map(|again| again.normal()), Ok(email.normal()));
            }
        }
    }
}
