//! What is read about people and their logins.

use async_trait::async_trait;
use jiff::civil::Date;
use madang_domain::{
    identity::errors::SESSION_ENDED,
    shared::{Failure, Page, PageRequest, PictureId, SessionId, Timestamp, UserId},
};
use serde::{Deserialize, Serialize};

pub use madang_domain::identity::completion::{Completion, Need};

/// A person in a list or beside what they wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSummary {
    /// The person.
    pub id: UserId,
    /// How others know them.
    pub nickname: String,
    /// Shown beside the nickname.
    pub display_name: Option<String>,
    /// The path of the picture; `None` for those who chose none.
    pub avatar_url: Option<String>,
}

/// What everybody may see of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicProfile {
    /// Name and picture.
    pub user: UserSummary,
    /// About oneself.
    pub bio: Option<String>,
    /// The first two parts of the address.
    pub region: Option<String>,
    /// Since when they are here.
    pub created_at: Timestamp,
}

/// People, for every capability.
#[async_trait]
pub trait UserQueries: Send + Sync + 'static {
    /// Those of these people who exist, in no particular order.
    async fn summaries(&self, users: &[UserId]) -> anyhow::Result<Vec<UserSummary>>;

    /// Whether this person has an account.
    async fn exists(&self, user: UserId) -> anyhow::Result<bool>;

    /// By id.
    async fn public_profile(&self, user: UserId) -> anyhow::Result<Option<PublicProfile>>;

    /// By nickname, in whatever case.
    async fn public_profile_by_nickname(&self, nickname: &str) -> anyhow::Result<Option<PublicProfile>>;

    /// How complete a profile is; `None` without an account.
    async fn completion(&self, user: UserId) -> anyhow::Result<Option<Completion>>;

    /// Asks for a profile that is complete enough. Whoever writes something that needs one asks
    /// before the transaction; what is complete enough is decided by [`Completion::meets`] alone.
    ///
    /// # Errors
    /// `identity.profile_incomplete`, and `identity.session_ended` without an account.
    async fn require(&self, user: UserId, need: Need) -> Result<(), Failure> {
        self.completion(user).await?.ok_or(SESSION_ENDED)?.meets(need)
    }

    /// People whose nickname contains this, in whatever case, newest first. Walks an index however
    /// short the part is.
    async fn search(&self, part: &str, request: &PageRequest) -> anyhow::Result<Page<PublicProfile>>;
}

/// Who is out of whose sight; said by whoever knows what people are to each other.
#[async_trait]
pub trait Sight: Send + Sync + 'static {
    /// Those of these people who are hidden from the viewer: by a block, or because they are suspended.
    async fn out_of_sight(&self, viewer: UserId, people: &[UserId]) -> anyhow::Result<Vec<UserId>>;
}

/// What the owner of an account sees of it.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountView {
    /// The person.
    pub id: UserId,
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
    /// `female`, `male`, `other`.
    pub sex: Option<String>,
    /// About oneself.
    pub bio: Option<String>,
    /// The id of the picture.
    pub avatar: Option<PictureId>,
    /// The path of the picture.
    pub avatar_url: Option<String>,
    /// The road address.
    pub address: Option<String>,
    /// Its first two parts.
    pub region: Option<String>,
    /// Where the account was made: `local`, or the name of a provider.
    pub provider: String,
    /// The providers through which the person can log in, in order of their names.
    pub linked_providers: Vec<String>,
    /// Whether the person operates the service.
    pub is_admin: bool,
    /// `light`, `dark`, `system`.
    pub theme: String,
    /// The language (BCP 47).
    pub locale: String,
    /// The time zone (IANA).
    pub time_zone: String,
    /// `monday`, `saturday`, `sunday`.
    pub week_start: String,
    /// Counts the changes.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
}

/// A login, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// The program that logged in.
    pub user_agent: Option<String>,
    /// Where from.
    pub address: String,
    /// When.
    pub created_at: Timestamp,
    /// When it was last refreshed.
    pub last_used_at: Timestamp,
}

/// Accounts, for their owners.
#[async_trait]
pub trait AccountQueries: Send + Sync + 'static {
    /// The whole account.
    async fn account(&self, user: UserId) -> anyhow::Result<Option<AccountView>>;

    /// The logins that are alive, the latest first.
    async fn sessions(
        &self,
        user: UserId,
        now: Timestamp,
        request: &PageRequest,
    ) -> anyhow::Result<Page<SessionView>>;
}

/// Which accounts an operator looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Part of the nickname or of the e-mail address.
    pub part: Option<String>,
    /// Only suspended ones, or only the others.
    pub suspended: Option<bool>,
}

/// An account as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminUserView {
    /// The person.
    pub id: UserId,
    /// Where mail goes.
    pub email: String,
    /// Whether the person proved to read it.
    pub email_verified: bool,
    /// How others know the person.
    pub nickname: String,
    /// Whether the person is shut out.
    pub suspended: bool,
    /// Whether the person operates the service.
    pub is_admin: bool,
    /// The last login.
    pub last_login_at: Option<Timestamp>,
    /// Since when.
    pub created_at: Timestamp,
}

/// Accounts, for operators.
#[async_trait]
pub trait AdminQueries: Send + Sync + 'static {
    /// The newest first.
    async fn users(&self, filter: &UserFilter, request: &PageRequest) -> anyhow::Result<Page<AdminUserView>>;

    /// By id.
    async fn user(&self, user: UserId) -> anyhow::Result<Option<AdminUserView>>;
}
