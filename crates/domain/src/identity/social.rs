//! People as other services know them: Kakao, Naver, Google and whoever speaks OpenID Connect.

use crate::shared::{Text, UserId};

use super::{Email, Nickname};

/// Whose key to an account this is. A subject says nothing outside the application (`client`) that
/// asked for it, so all three parts together name a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The provider's name in our configuration and paths: `kakao`.
    pub provider: String,
    /// Our application at the provider.
    pub client: String,
    /// The provider's key of the person. Opaque, whatever it looks like.
    pub key: String,
}

/// What a provider told about somebody who consented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderPerson {
    /// Who it is.
    pub subject: Subject,
    /// Where the provider reaches the person; `None` if it did not tell.
    pub email: Option<Email>,
    /// Whether the provider is an authority on whose address this is.
    pub email_proven: bool,
    /// What the provider calls the person; in whatever form.
    pub nickname: Option<String>,
}

/// Who holds an e-mail address among us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The account.
    pub user: UserId,
    /// Whether it proved to read the mail.
    pub proven: bool,
}

/// What becomes of the address of somebody who comes for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It becomes the account's own, proven.
    Own,
    /// It is kept as what the provider said, and stands in nobody's way.
    Mention,
    /// Somebody proved it to be theirs before: these two accounts have to be linked, by proof.
    Refused,
    /// It becomes the account's own, and this account, which only stated it, loses it.
    TakeFrom(UserId),
}

/// The rule against hijacking, before and after: what is not proven owns nothing and blocks nobody.
pub fn claim(person: &ProviderPerson, holder: Option<Holder>) -> Claim {
    match holder {
        Some(holder) if holder.proven => Claim::Refused,
        _ if !person.email_proven => Claim::Mention,
        Some(holder) => Claim::TakeFrom(holder.user),
        None => Claim::Own,
    }
}

/// The stem when a provider's name has nothing in it that a nickname may have.
const STEM: &str = "이웃";

/// The `attempt`th nickname for somebody whom a provider calls `name`: what fits of it, then the
/// same with more and more digits of `chance`.
pub fn nickname_for(name: Option<&str>, attempt: u32, chance: u64) -> Nickname {
    let fitting: String = name.map(Nickname::fitting).unwrap_or_default();
    if attempt == 0
        && let Ok(nickname) = Nickname::parse(&fitting)
    {
        return nickname;
    }
    let digits = usize::try_from(attempt).unwrap_or(usize::MAX).clamp(3, 8);
    let tail: String = format!("{chance:020}").chars().rev().take(digits).collect();
    let stem = if fitting.is_empty() { STEM } else { &fitting };
    let stem: String = stem.chars().take(Nickname::MAX - digits).collect();
    Nickname::restore(format!("{stem}{tail}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::shared::Id;

    fn person(email_proven: bool) -> ProviderPerson {
        let subject = Subject { provider: "kakao".to_owned(), client: "app".to_owned(), key: "1".to_owned() };
        ProviderPerson { subject, email: Email::parse(Email::EXAMPLE).ok(), email_proven, nickname: None }
    }

    #[test]
    fn a23_what_is_not_proven_owns_nothing_and_blocks_nobody() {
        let user = Id::new(Uuid::nil());
        let holder = |proven| Some(Holder { user, proven });
        assert_eq!(claim(&person(true), None), Claim::Own);
        assert_eq!(claim(&person(false), None), Claim::Mention);
        assert_eq!(claim(&person(true), holder(true)), Claim::Refused);
        assert_eq!(claim(&person(false), holder(true)), Claim::Refused);
        assert_eq!(claim(&person(true), holder(false)), Claim::TakeFrom(user));
        assert_eq!(claim(&person(false), holder(false)), Claim::Mention);
    }

    #[test]
    fn a22_a_name_is_kept_as_far_as_it_fits() {
        assert_eq!(nickname_for(Some("하늘"), 0, 7).as_str(), "하늘");
        assert_eq!(nickname_for(Some("하 늘🙂"), 0, 7).as_str(), "하늘");
        assert_eq!(nickname_for(Some("Kim Haneul Junior"), 0, 7).as_str(), "KimHaneulJ");
        assert_eq!(nickname_for(Some("하늘"), 1, 7).as_str(), "하늘700");
        assert_eq!(nickname_for(Some("🙂"), 0, 123).as_str(), "이웃321");
        assert_eq!(nickname_for(None, 9, 123_456_789).as_str(), "이웃98765432");
    }

    proptest! {
        #[test]
        fn a22_whatever_a_provider_says_gives_a_nickname(
            name in prop::option::of("\\PC{0,30}"), attempt in 0_u32..40, chance: u64,
        ) {
            let nickname = nickname_for(name.as_deref(), attempt, chance);
            prop_assert_eq!(Nickname::parse(nickname.as_str()), Ok(nickname));
        }
    }
}
