//! Rows of accounts and sessions, and what they mean.

use anyhow::Context;
use madang_domain::{
    identity::{
        Account, Address, Avatar, Bio, BirthDate, DisplayName, Email, Locale, LoginSession, Nickname,
        PersonName, Phone, Preferences, Profile, Sex, Status, Theme, TimeZoneName, WeekStart,
    },
    shared::{Id, Timestamp},
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// The columns of [`AccountRow`], from `users u`, `nicknames n` and `user_info i`.
pub(super) const ACCOUNT: &str = "u.id, u.email, u.email_verified_at, u.provider, u.status, u.is_admin, \
     u.version, u.created_at, n.nickname, i.display_name, i.name, i.birth_date, i.sex, i.bio, i.phone, \
     i.phone_verified_at, i.address, i.region, i.avatar_id, i.avatar_name, i.theme, i.locale, i.time_zone, i.week_start \
     FROM users u JOIN nicknames n ON n.user_id = u.id JOIN user_info i ON i.user_id = u.id";

#[derive(FromQueryResult)]
pub(super) struct AccountRow {
    pub(super) id: Uuid,
    pub(super) email: String,
    pub(super) email_verified_at: Option<i64>,
    pub(super) provider: String,
    pub(super) status: String,
    pub(super) is_admin: bool,
    pub(super) version: i64,
    pub(super) created_at: i64,
    pub(super) nickname: String,
    pub(super) display_name: Option<String>,
    pub(super) name: Option<String>,
    pub(super) birth_date: Option<String>,
    pub(super) sex: Option<String>,
    pub(super) bio: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) phone_verified_at: Option<i64>,
    pub(super) address: Option<String>,
    pub(super) region: Option<String>,
    pub(super) avatar_id: Option<Uuid>,
    pub(super) avatar_name: Option<String>,
    pub(super) theme: String,
    pub(super) locale: String,
    pub(super) time_zone: String,
    pub(super) week_start: String,
}

impl TryFrom<AccountRow> for Account {
    type Error = anyhow::Error;

    fn try_from(row: AccountRow) -> anyhow::Result<Self> {
        let birth_date = row.birth_date.map(|date| date.parse().map(BirthDate::restore)).transpose()?;
        let sex = row.sex.map(|sex| Sex::named(&sex).context("users.sex")).transpose()?;
        let profile = Profile {
            display_name: row.display_name.map(DisplayName::restore),
            name: row.name.map(PersonName::restore),
            birth_date,
            sex,
            bio: row.bio.map(Bio::restore),
            phone: row.phone.map(Phone::restore),
            address: row.address.map(Address::restore),
            avatar: row.avatar_id.zip(row.avatar_name).map(|(id, name)| Avatar { id: id.into(), name }),
        };
        let preferences = Preferences {
            theme: Theme::named(&row.theme).context("user_info.theme")?,
            locale: Locale::restore(row.locale),
            time_zone: TimeZoneName::restore(row.time_zone),
            week_start: WeekStart::named(&row.week_start).context("user_info.week_start")?,
        };
        Ok(Self {
            id: Id::new(row.id),
            email: Email::restore(row.email),
            email_verified_at: row.email_verified_at.map(Timestamp::from_micros),
            nickname: Nickname::restore(row.nickname),
            status: Status::named(&row.status).context("users.status")?,
            is_admin: row.is_admin,
            profile,
            phone_verified_at: row.phone_verified_at.map(Timestamp::from_micros),
            preferences,
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

#[derive(FromQueryResult)]
pub(super) struct TokenRow {
    pub(super) id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) live: i64,
    pub(super) parent: Option<i64>,
    pub(super) live_token: Option<Vec<u8>>,
    pub(super) rotated_at: i64,
    pub(super) refresh_expires_at: i64,
    pub(super) expires_at: i64,
    pub(super) revoked_at: Option<i64>,
    pub(super) number: i64,
}

impl From<&TokenRow> for LoginSession {
    fn from(row: &TokenRow) -> Self {
        Self {
            id: Id::new(row.id),
            user: Id::new(row.user_id),
            live: row.live,
            parent: row.parent,
            rotated_at: Timestamp::from_micros(row.rotated_at),
            refresh_expires_at: Timestamp::from_micros(row.refresh_expires_at),
            expires_at: Timestamp::from_micros(row.expires_at),
            revoked_at: row.revoked_at.map(Timestamp::from_micros),
        }
    }
}
