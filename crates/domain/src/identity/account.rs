//! A person's account.

use crate::shared::{Timestamp, UserId};

use super::{
    Email, Nickname, Preferences, Profile,
    profile::{Address, Avatar, Bio, BirthDate, DisplayName, PersonName, Phone, Sex},
};

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// As usual.
    Active,
    /// Locked by an operator.
    Suspended,
}

impl Status {
    /// The stored form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// From the stored form.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Active, Self::Suspended].into_iter().find(|status| status.name() == name)
    }
}

/// An account. Any combination of valid values is a valid account, so they are public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The person.
    pub id: UserId,
    /// Where mail goes, and the name to log in with.
    pub email: Email,
    /// When the person proved to read that mail.
    pub email_verified_at: Option<Timestamp>,
    /// How others know the person.
    pub nickname: Nickname,
    /// Whether the account may be used.
    pub status: Status,
    /// Whether the person operates the service.
    pub is_admin: bool,
    /// What the person tells.
    pub profile: Profile,
    /// When the person proved to own the phone number.
    pub phone_verified_at: Option<Timestamp>,
    /// How the person likes it.
    pub preferences: Preferences,
    /// Counts the changes.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
}

impl Account {
    /// A new account with nothing but its names.
    pub fn new(id: UserId, email: Email, nickname: Nickname, now: Timestamp) -> Self {
        Self {
            id,
            email,
            email_verified_at: None,
            nickname,
            status: Status::Active,
            is_admin: false,
            profile: Profile::default(),
            phone_verified_at: None,
            preferences: Preferences::default(),
            version: 1,
            created_at: now,
        }
    }

    /// Whether everything is known that lending, borrowing and buying need.
    pub fn is_complete(&self) -> bool {
        self.profile.address.is_some()
    }

    /// Applies a change and says whether anything that others see is different now.
    pub fn apply(&mut self, change: Change) -> bool {
        let before = (self.nickname.clone(), self.profile.clone());
        let profile = &mut self.profile;
        if let Some(nickname) = change.nickname {
            self.nickname = nickname;
        }
        set(&mut profile.display_name, change.display_name);
        set(&mut profile.name, change.name);
        set(&mut profile.birth_date, change.birth_date);
        set(&mut profile.sex, change.sex);
        set(&mut profile.bio, change.bio);
        set(&mut profile.phone, change.phone);
        set(&mut profile.address, change.address);
        set(&mut profile.avatar, change.avatar);
        if profile.phone != before.1.phone {
            self.phone_verified_at = None;
        }
        let region = |profile: &Profile| profile.address.as_ref().and_then(Address::region);
        self.nickname != before.0
            || profile.display_name != before.1.display_name
            || profile.bio != before.1.bio
            || profile.avatar != before.1.avatar
            || region(profile) != region(&before.1)
    }
}

fn set<T>(field: &mut Option<T>, change: Option<Option<T>>) {
    if let Some(value) = change {
        *field = value;
    }
}

/// What to change: `None` leaves a value, `Some(None)` clears it.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// A new nickname.
    pub nickname: Option<Nickname>,
    /// Shown beside the nickname.
    pub display_name: Option<Option<DisplayName>>,
    /// The full name.
    pub name: Option<Option<PersonName>>,
    /// The date of birth.
    pub birth_date: Option<Option<BirthDate>>,
    /// As stated.
    pub sex: Option<Option<Sex>>,
    /// About oneself.
    pub bio: Option<Option<Bio>>,
    /// A new phone number; it is unproven.
    pub phone: Option<Option<Phone>>,
    /// The road address.
    pub address: Option<Option<Address>>,
    /// The picture.
    pub avatar: Option<Option<Avatar>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::{Id, Text};

    fn account() -> Account {
        let id = Id::new(uuid::Uuid::nil());
        let email = Email::parse(Email::EXAMPLE).expect("valid");
        let nickname = Nickname::parse(Nickname::EXAMPLE).expect("valid");
        Account::new(id, email, nickname, Timestamp::from_micros(0))
    }

    #[test]
    fn b04_one_field_changes_and_the_rest_stays() {
        let mut account = account();
        account.apply(Change { bio: Some(Bio::parse("안녕").ok()), ..Change::default() });
        let visible = account.apply(Change {
            address: Some(Address::parse("서울 마포구 양화로 1").ok()),
            ..Change::default()
        });
        assert!(visible, "the region is visible");
        assert!(account.is_complete() && account.profile.bio.is_some());
        assert!(!account.apply(Change { name: Some(PersonName::parse("김하늘").ok()), ..Change::default() }));
        account.apply(Change { bio: Some(None), ..Change::default() });
        assert_eq!(account.profile.bio, None);
    }

    #[test]
    fn another_phone_number_is_unproven() {
        let mut account = account();
        let phone = || Phone::parse("+821012345678").ok();
        account.apply(Change { phone: Some(phone()), ..Change::default() });
        account.phone_verified_at = Some(Timestamp::from_micros(1));
        account.apply(Change { phone: Some(phone()), ..Change::default() });
        assert!(account.phone_verified_at.is_some());
        account.apply(Change { phone: Some(Phone::parse("+821087654321").ok()), ..Change::default() });
        assert_eq!(account.phone_verified_at, None);
    }
}
