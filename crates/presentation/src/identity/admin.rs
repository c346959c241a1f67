//! Tag `Admin`: accounts, and what happened around them.

use std::sync::Arc;

use madang_application::identity::{OversightService, RecordedEvent, SuspensionService, queries as app};
use madang_domain::{
    identity::security_event::SecurityEventKind,
    shared::{UserId, id::User},
};
use poem::Request;
use poem_openapi::{
    Enum, Object, OpenApi,
    param::{Path, Query},
};
use serde::Serialize;
use uuid::Uuid;

use super::{Tag, body::MaybeForm, dto::Role};
use crate::http::{Answer, Auth, Ident, Instant, Listing, Outcome, Pages};

/// Operators' view of accounts.
pub struct AdminApi {
    oversight: Arc<OversightService>,
    suspension: Arc<SuspensionService>,
}

impl AdminApi {
    /// Wires it.
    pub fn new(oversight: Arc<OversightService>, suspension: Arc<SuspensionService>) -> Self {
        Self { oversight, suspension }
    }
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum AccountStatus {
    /// As usual.
    Active,
    /// Shut out by an operator.
    Suspended,
}

/// An account as operators see it.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct AdminUser {
    /// The person.
    pub id: Ident<User>,
    /// Where mail goes.
    pub email: String,
    /// Whether the person proved to read it.
    pub email_verified: bool,
    /// How others know the person.
    pub nickname: String,
    /// Whether the account may be used.
    pub status: AccountStatus,
    /// Rights beyond one's own things.
    pub roles: Vec<Role>,
    /// The last login; null before the first.
    pub last_login_at: Option<Instant>,
    /// Since when.
    pub created_at: Instant,
}

impl From<app::AdminUserView> for AdminUser {
    fn from(view: app::AdminUserView) -> Self {
        Self {
            id: view.id.into(),
            email: view.email,
            email_verified: view.email_verified,
            nickname: view.nickname,
            status: if view.suspended { AccountStatus::Suspended } else { AccountStatus::Active },
            roles: if view.is_admin { vec![Role::Admin] } else { Vec::new() },
            last_login_at: view.last_login_at.map(Instant::from),
            created_at: view.created_at.into(),
        }
    }
}

/// Why somebody is shut out.
#[derive(Debug, Object)]
pub struct Suspension {
    /// For the audit log; the person does not see it.
    #[oai(validator(min_length = 1, max_length = 500))]
    pub reason: Option<String>,
}

/// What happened around an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum AuditKind {
    /// Somebody made an account.
    SignedUp,
    /// A session began.
    LoggedIn,
    /// Guesses at a password used a budget up.
    GuessingStopped,
    /// Sessions ended before their time.
    SessionsEnded,
    /// A password was replaced by its owner.
    PasswordChanged,
    /// A password was replaced with a code from a mail.
    PasswordReset,
    /// An e-mail address was proven.
    EmailVerified,
    /// A phone number was proven.
    PhoneVerified,
    /// An operator suspended the account.
    Suspended,
    /// An operator let the person in again.
    Reactivated,
    /// The account may operate the service now.
    AdminGranted,
    /// The person erased the account.
    Withdrew,
    /// The person took everything they own with them.
    Exported,
    /// A new key signs access tokens.
    KeysRotated,
    /// A login at a provider opens the account from now on.
    ProviderLinked,
    /// A login at a provider opens the account no more.
    ProviderUnlinked,
    /// Somebody else proved the address of the account to be theirs.
    AddressLost,
}

impl From<AuditKind> for SecurityEventKind {
    fn from(kind: AuditKind) -> Self {
        match kind {
            AuditKind::SignedUp => Self::SignedUp,
            AuditKind::LoggedIn => Self::LoggedIn,
            AuditKind::GuessingStopped => Self::GuessingStopped,
            AuditKind::SessionsEnded => Self::SessionsEnded,
            AuditKind::PasswordChanged => Self::PasswordChanged,
            AuditKind::PasswordReset => Self::PasswordReset,
            AuditKind::EmailVerified => Self::EmailVerified,
            AuditKind::PhoneVerified => Self::PhoneVerified,
            AuditKind::Suspended => Self::Suspended,
            AuditKind::Reactivated => Self::Reactivated,
            AuditKind::AdminGranted => Self::AdminGranted,
            AuditKind::Withdrew => Self::Withdrew,
            AuditKind::Exported => Self::Exported,
            AuditKind::KeysRotated => Self::KeysRotated,
            AuditKind::ProviderLinked => Self::ProviderLinked,
            AuditKind::ProviderUnlinked => Self::ProviderUnlinked,
            AuditKind::AddressLost => Self::AddressLost,
        }
    }
}

impl From<SecurityEventKind> for AuditKind {
    fn from(kind: SecurityEventKind) -> Self {
        match kind {
            SecurityEventKind::SignedUp => Self::SignedUp,
            SecurityEventKind::LoggedIn => Self::LoggedIn,
            SecurityEventKind::GuessingStopped => Self::GuessingStopped,
            SecurityEventKind::SessionsEnded => Self::SessionsEnded,
            SecurityEventKind::PasswordChanged => Self::PasswordChanged,
            SecurityEventKind::PasswordReset => Self::PasswordReset,
            SecurityEventKind::EmailVerified => Self::EmailVerified,
            SecurityEventKind::PhoneVerified => Self::PhoneVerified,
            SecurityEventKind::Suspended => Self::Suspended,
            SecurityEventKind::Reactivated => Self::Reactivated,
            SecurityEventKind::AdminGranted => Self::AdminGranted,
            SecurityEventKind::Withdrew => Self::Withdrew,
            SecurityEventKind::Exported => Self::Exported,
            SecurityEventKind::KeysRotated => Self::KeysRotated,
            SecurityEventKind::AddressLost => Self::AddressLost,
            SecurityEventKind::ProviderUnlinked => Self::ProviderUnlinked,
            SecurityEventKind::ProviderLinked => Self::ProviderLinked,
        }
    }
}

/// One line of the audit log. Lines are never changed or removed.
#[derive(Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Its id.
    pub id: Uuid,
    /// What happened; null where a newer version of the program wrote it.
    pub kind: Option<AuditKind>,
    /// Who did it; null where nobody was logged in.
    pub actor_id: Option<Ident<User>>,
    /// To whose account; it may be gone by now.
    pub subject_id: Option<Ident<User>>,
    /// From which network.
    pub network: Option<String>,
    /// More about it, such as the reason of a suspension.
    pub detail: Option<String>,
    /// When.
    pub created_at: Instant,
}

impl From<RecordedEvent> for AuditEntry {
    fn from(event: RecordedEvent) -> Self {
        Self {
            id: event.id,
            kind: event.kind.map(AuditKind::from),
            actor_id: event.actor.map(Ident::from),
            subject_id: event.subject.map(Ident::from),
            network: event.network,
            detail: event.detail,
            created_at: event.at.into(),
        }
    }
}

#[OpenApi(tag = "Tag::Admin")]
impl AdminApi {
    /// List accounts
    ///
    /// The newest first.
    ///
    /// Errors: `platform.forbidden`, `platform.invalid_cursor`.
    #[oai(path = "/v1/admin/users", method = "get", operation_id = "listAccounts")]
    async fn users(
        &self,
        request: &Request,
        Auth(caller): Auth,
        /// Part of a nickname or of an e-mail address.
        #[oai(validator(min_length = 1, max_length = 100))]
        query: Query<Option<String>>,
        /// Only accounts in this state.
        status: Query<Option<AccountStatus>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<AdminUser>>> {
        let filter = app::UserFilter {
            part: query.0.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()),
            suspended: status.0.map(|status| status == AccountStatus::Suspended),
        };
        let pages = Pages::read(request, format!("admin users {filter:?}"), limit.0, cursor.0, 20)?;
        let page = self.oversight.users(&caller, &filter, &pages.request()).await?;
        Ok(pages.answer(page.map(AdminUser::from)))
    }

    /// Show an account
    ///
    /// Errors: `platform.forbidden`, `platform.not_found`.
    #[oai(path = "/v1/admin/users/:userId", method = "get", operation_id = "getAccount")]
    async fn user(
        &self,
        Auth(caller): Auth,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
    ) -> Outcome<Answer<AdminUser>> {
        Ok(Answer::new(self.oversight.user(&caller, user.0.0).await?.into()))
    }

    /// Suspend an account
    ///
    /// Every session ends within a second, and logins are refused until the account is reactivated.
    ///
    /// Errors: `platform.forbidden`, `platform.not_found`, `identity.own_account`.
    #[oai(path = "/v1/admin/users/:userId/suspend", method = "post", operation_id = "suspendAccount")]
    async fn suspend(
        &self,
        Auth(caller): Auth,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
        form: MaybeForm<Suspension>,
    ) -> Outcome<Answer<AdminUser>> {
        let form = form.0.map(|form| form.accept()).transpose()?;
        let reason = form.and_then(|form| form.reason);
        let user: UserId = user.0.0;
        self.suspension.suspend(&caller, user, reason.as_deref()).await?;
        Ok(Answer::new(self.oversight.user(&caller, user).await?.into()))
    }

    /// Reactivate an account
    ///
    /// Logins are accepted again; sessions that ended stay ended.
    ///
    /// Errors: `platform.forbidden`, `platform.not_found`.
    #[oai(path = "/v1/admin/users/:userId/reactivate", method = "post", operation_id = "reactivateAccount")]
    async fn reactivate(
        &self,
        Auth(caller): Auth,
        /// The person.
        #[oai(name = "userId")]
        user: Path<Ident<User>>,
    ) -> Outcome<Answer<AdminUser>> {
        let user: UserId = user.0.0;
        self.suspension.reactivate(&caller, user).await?;
        Ok(Answer::new(self.oversight.user(&caller, user).await?.into()))
    }

    /// Read the audit log
    ///
    /// The latest first.
    ///
    /// Errors: `platform.forbidden`, `platform.invalid_cursor`.
    #[oai(path = "/v1/admin/audit-log", method = "get", operation_id = "listAuditLog")]
    async fn log(
        &self,
        request: &Request,
        Auth(caller): Auth,
        /// Only what happened to this account.
        #[oai(name = "userId")]
        user: Query<Option<Ident<User>>>,
        /// Only events of this kind.
        kind: Query<Option<AuditKind>>,
        /// 1 to 100 rows.
        limit: Query<Option<i64>>,
        /// Where the last page ended.
        cursor: Query<Option<String>>,
    ) -> Outcome<Answer<Listing<AuditEntry>>> {
        let (user, kind) = (user.0.map(|user| user.0), kind.0.map(SecurityEventKind::from));
        let pages = Pages::read(request, format!("audit log {user:?} {kind:?}"), limit.0, cursor.0, 20)?;
        let page = self.oversight.log(&caller, user, kind, &pages.request()).await?;
        Ok(pages.answer(page.map(AuditEntry::from)))
    }
}
