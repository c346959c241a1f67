//! What goes in and out, as JSON.

use madang_application::identity as app;
use madang_domain::{
    identity::{
        self, Address, Bio, DisplayName, Email, Locale, Nickname, PersonName, Phone, TimeZoneName,
        score::ScoreBand,
    },
    shared::id::{self, LoginSession, User},
};
use poem_openapi::{
    Enum, Object,
    types::{MaybeUndefined, Password},
};
use serde::Serialize;
use uuid::Uuid;

use crate::http::{Date, Field, Ident, Instant, url};

/// The picture of people who chose none.
pub const DEFAULT_AVATAR: &str = "/assets/avatar.svg";

/// Who wants an account.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SignUp {
    /// Where mail goes, and the name to log in with. Unique, whatever the case.
    pub email: Field<Email>,
    /// 8 to 128 characters with a letter, a digit and a special character (by default).
    pub password: Password,
    /// The same password again.
    pub password_confirmation: Password,
    /// How others will know the person. Unique, whatever the case.
    pub nickname: Field<Nickname>,
    /// The proof that the address is one's own, from `confirmEmail`; operators may demand it.
    #[oai(validator(max_length = 200))]
    pub email_verification_token: Option<String>,
}

/// How the refresh token travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
#[oai(rename_all = "camelCase")]
pub enum Transport {
    /// In the body, for programs.
    #[default]
    Body,
    /// In a cookie that scripts cannot read, for browsers.
    Cookie,
}

/// Who wants to log in.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct Login {
    /// The e-mail address, in whatever case.
    pub email: String,
    /// The password.
    pub password: Password,
    /// How the refresh token travels; `body` unless given.
    pub transport: Option<Transport>,
    /// A refresh token the client has already; `X-Refresh-Token` and the cookie say the same.
    pub refresh_token: Option<String>,
}

/// A refresh token, for those who do not keep it in a cookie.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct RefreshToken {
    /// The refresh token; left out by those who have it in a cookie.
    pub refresh_token: Option<String>,
}

/// A token to look into.
#[derive(Debug, Object)]
pub struct TokenQuestion {
    /// An access token.
    pub token: String,
}

/// The tokens of a session.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct TokenPair {
    /// Always `Bearer`.
    pub token_type: String,
    /// Proves who makes a request.
    pub access_token: String,
    /// Life of the access token in seconds.
    pub expires_in: u64,
    /// Continues the session once; null where it travels in a cookie.
    pub refresh_token: Option<String>,
    /// Life of the refresh token in seconds.
    pub refresh_expires_in: u64,
    /// The person.
    pub user_id: Ident<User>,
    /// The session.
    pub session_id: Ident<LoginSession>,
    /// Whether this is the first login of the account.
    pub first_login: bool,
    /// Whether the profile has everything that lending and buying need.
    pub profile_complete: bool,
}

/// What an access token says. Members without a value are left out.
#[derive(Debug, Default, Object, Serialize)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
#[serde(rename_all = "camelCase")]
pub struct Introspection {
    /// Whether the token is ours, alive, and its session has not ended.
    pub active: bool,
    /// Always `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// For whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aud: Option<String>,
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<Ident<User>>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<Ident<LoginSession>>,
    /// The token's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<Uuid>,
    /// Issued at, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// Ends at, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Rights beyond one's own things.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
}

impl From<app::AccessClaims> for Introspection {
    fn from(claims: app::AccessClaims) -> Self {
        Self {
            active: true,
            token_type: Some("Bearer".to_owned()),
            iss: Some(claims.iss),
            aud: Some(claims.aud),
            sub: Some(claims.sub.into()),
            sid: Some(claims.sid.into()),
            jti: Some(claims.jti),
            iat: Some(claims.iat),
            exp: Some(claims.exp),
            roles: Some(claims.roles.into_iter().map(Role::from).collect()),
        }
    }
}

/// A right beyond one's own things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Operates the service.
    Admin,
}

impl From<madang_application::shared::Role> for Role {
    fn from(role: madang_application::shared::Role) -> Self {
        match role {
            madang_application::shared::Role::Admin => Self::Admin,
        }
    }
}

/// A login of the caller.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Its id.
    pub id: Ident<LoginSession>,
    /// The program that logged in.
    pub user_agent: Option<String>,
    /// Where it logged in from.
    pub address: String,
    /// When it logged in.
    pub created_at: Instant,
    /// When it was last refreshed.
    pub last_used_at: Instant,
    /// Whether it is the session of this request.
    pub current: bool,
}

/// A key that access tokens can be checked with (RFC 8037).
#[derive(Debug, Object, Serialize)]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// Always `EdDSA`.
    pub alg: String,
    /// Always `sig`.
    #[oai(rename = "use")]
    #[serde(rename = "use")]
    pub usage: String,
    /// Its id, in the header of every token it signed.
    pub kid: String,
    /// The public key, base64url.
    pub x: String,
}

/// The keys under which access tokens may be alive (RFC 7517).
#[derive(Debug, Object, Serialize)]
pub struct Jwks {
    /// The current key first.
    pub keys: Vec<Jwk>,
}

/// As people state it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Something else.
    Other,
}

impl From<Sex> for identity::Sex {
    fn from(sex: Sex) -> Self {
        match sex {
            Sex::Female => Self::Female,
            Sex::Male => Self::Male,
            Sex::Other => Self::Other,
        }
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// As the device has it.
    System,
}

/// The first day of a week in calendars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum WeekStart {
    /// Monday.
    Monday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// How the caller likes it.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Preferences {
    /// Light or dark.
    pub theme: String,
    /// The language of mails and notifications (BCP 47).
    pub locale: String,
    /// The zone of times given without one (IANA).
    pub time_zone: String,
    /// The first day of a week.
    pub week_start: String,
}

impl From<&app::AccountView> for Preferences {
    fn from(view: &app::AccountView) -> Self {
        Self {
            theme: view.theme.clone(),
            locale: view.locale.clone(),
            time_zone: view.time_zone.clone(),
            week_start: view.week_start.clone(),
        }
    }
}

/// Preferences to change; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PreferencesChange {
    /// Light or dark.
    pub theme: Option<Theme>,
    /// The language of mails and notifications (BCP 47).
    pub locale: Option<Field<Locale>>,
    /// The zone of times given without one (IANA).
    pub time_zone: Option<Field<TimeZoneName>>,
    /// The first day of a week.
    pub week_start: Option<WeekStart>,
}

/// The caller's account.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The person.
    pub id: Ident<User>,
    /// Where mail goes.
    pub email: String,
    /// Whether the person proved to read it.
    pub email_verified: bool,
    /// E.164.
    pub phone: Option<String>,
    /// Whether the person proved to own it.
    pub phone_verified: bool,
    /// How others know the person.
    pub nickname: String,
    /// Shown beside the nickname.
    pub display_name: Option<String>,
    /// The full name.
    pub name: Option<String>,
    /// The date of birth.
    pub birth_date: Option<Date>,
    /// `female`, `male` or `other`.
    pub sex: Option<String>,
    /// About oneself.
    pub bio: Option<String>,
    /// The picture, to change it by; null for those who chose none.
    pub avatar_media_id: Option<Ident<id::Picture>>,
    /// The picture.
    pub avatar_url: String,
    /// The road address.
    pub address: Option<String>,
    /// The first two parts of the address, which is all that others learn.
    pub region: Option<String>,
    /// Where the account was made: `local`, or the name of a provider.
    pub provider: String,
    /// The providers through which the person can log in.
    pub linked_providers: Vec<String>,
    /// Rights beyond one's own things.
    pub roles: Vec<Role>,
    /// 0 to 100 from reviews; null without any.
    pub score: Option<i32>,
    /// The score in a word: `excellent` from 80, `good` from 60, `fair` from 31, `poor`, or `none`.
    pub score_band: String,
    /// How many reviews the person got.
    pub review_count: i64,
    /// How the person likes it.
    pub preferences: Preferences,
    /// Whether the profile has everything that lending and buying need.
    pub profile_complete: bool,
    /// Since when.
    pub created_at: Instant,
}

impl From<app::AccountView> for Account {
    fn from(view: app::AccountView) -> Self {
        Self {
            id: view.id.into(),
            preferences: Preferences::from(&view),
            profile_complete: view.address.is_some(),
            email: view.email,
            email_verified: view.email_verified,
            phone: view.phone,
            phone_verified: view.phone_verified,
            nickname: view.nickname,
            display_name: view.display_name,
            name: view.name,
            birth_date: view.birth_date.map(Date),
            sex: view.sex,
            bio: view.bio,
            avatar_media_id: view.avatar.map(Into::into),
            avatar_url: avatar(view.avatar_url),
            address: view.address,
            region: view.region,
            provider: view.provider,
            linked_providers: view.linked_providers,
            roles: if view.is_admin { vec![Role::Admin] } else { Vec::new() },
            score: None,
            score_band: ScoreBand::of(None).name().to_owned(),
            review_count: 0,
            created_at: view.created_at.into(),
        }
    }
}

/// What to change; what is left out stays, and null clears.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct AccountChange {
    /// A new nickname; it cannot be cleared.
    pub nickname: MaybeUndefined<Field<Nickname>>,
    /// Shown beside the nickname.
    pub display_name: MaybeUndefined<Field<DisplayName>>,
    /// The full name.
    pub name: MaybeUndefined<Field<PersonName>>,
    /// The date of birth.
    pub birth_date: MaybeUndefined<Date>,
    /// As the person states it.
    pub sex: MaybeUndefined<Sex>,
    /// About oneself.
    pub bio: MaybeUndefined<Field<Bio>>,
    /// E.164.
    pub phone: MaybeUndefined<Field<Phone>>,
    /// The road address.
    pub address: MaybeUndefined<Field<Address>>,
    /// A picture of one's own, uploaded before.
    pub avatar_media_id: MaybeUndefined<Ident<id::Picture>>,
}

/// A password to change.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PasswordChange {
    /// The password until now.
    pub current_password: Password,
    /// The password from now on.
    pub new_password: Password,
}

/// The proof that it is really the owner who leaves.
#[derive(Debug, Object)]
pub struct Withdrawal {
    /// The password, for accounts that have one.
    pub password: Option<Password>,
}

/// A person in a list or beside what they wrote.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct UserSummary {
    /// The person.
    pub id: Ident<User>,
    /// How others know them.
    pub nickname: String,
    /// Shown beside the nickname.
    pub display_name: Option<String>,
    /// The picture.
    pub avatar_url: String,
}

impl From<app::UserSummary> for UserSummary {
    fn from(user: app::UserSummary) -> Self {
        Self {
            id: user.id.into(),
            nickname: user.nickname,
            display_name: user.display_name,
            avatar_url: avatar(user.avatar_url),
        }
    }
}

/// What everybody may see of a person.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct PublicProfile {
    /// The person.
    pub id: Ident<User>,
    /// How others know them.
    pub nickname: String,
    /// Shown beside the nickname.
    pub display_name: Option<String>,
    /// The picture.
    pub avatar_url: String,
    /// About oneself.
    pub bio: Option<String>,
    /// The first two parts of the address.
    pub region: Option<String>,
    /// 0 to 100 from reviews; null without any.
    pub score: Option<i32>,
    /// The score in a word: `excellent` from 80, `good` from 60, `fair` from 31, `poor`, or `none`.
    pub score_band: String,
    /// How many reviews the person got.
    pub review_count: i64,
    /// Since when they are here.
    pub created_at: Instant,
}

impl From<app::PublicProfile> for PublicProfile {
    fn from(profile: app::PublicProfile) -> Self {
        let user = UserSummary::from(profile.user);
        Self {
            id: user.id,
            nickname: user.nickname,
            display_name: user.display_name,
            avatar_url: user.avatar_url,
            bio: profile.bio,
            region: profile.region,
            score: None,
            score_band: ScoreBand::of(None).name().to_owned(),
            review_count: 0,
            created_at: profile.created_at.into(),
        }
    }
}

fn avatar(url: Option<String>) -> String {
    url.map_or_else(|| url::absolute(DEFAULT_AVATAR), |path| url::picture(&path))
}
