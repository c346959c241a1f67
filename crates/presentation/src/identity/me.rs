//! Tag `Me`.

use std::sync::Arc;

use madang_application::{
    identity::{
        AccountQueries, AccountView, ExportService, PasswordService, ProfileService, WithdrawalService,
    },
    shared::{Caller, Clock},
};
use madang_domain::{
    identity::{self, BirthDate, Password, account::Change, errors::SESSION_ENDED},
    shared::{FieldError, UserId},
};
use poem::{Request, http::header::SET_COOKIE};
use poem_openapi::{OpenApi, types::MaybeUndefined};
use serde_json::Value;

use super::{
    Tag,
    archive::Archive,
    body::MaybeForm,
    cookie,
    dto::{
        Account, AccountChange, PasswordChange, Preferences, PreferencesChange, Theme, WeekStart, Withdrawal,
    },
};
use crate::http::{Answer, Auth, Form, IfMatch, NoContent, Outcome, Problem};

/// The caller's own account.
pub struct MeApi {
    profiles: Arc<ProfileService>,
    passwords: Arc<PasswordService>,
    withdrawals: Arc<WithdrawalService>,
    exports: Arc<ExportService>,
    queries: Arc<dyn AccountQueries>,
    clock: Arc<dyn Clock>,
}

impl MeApi {
    /// Wires it.
    pub fn new(
        profiles: Arc<ProfileService>,
        passwords: Arc<PasswordService>,
        withdrawals: Arc<WithdrawalService>,
        exports: Arc<ExportService>,
        queries: Arc<dyn AccountQueries>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { profiles, passwords, withdrawals, exports, queries, clock }
    }

    async fn account(&self, caller: &Caller) -> Result<AccountView, Problem> {
        Ok(self.queries.account(caller.user).await?.ok_or(SESSION_ENDED)?)
    }

    async fn answer(&self, caller: &Caller) -> Outcome<Answer<Account>> {
        let account = self.account(caller).await?;
        let version = account.version;
        Ok(Answer::new(Account::from(account)).version(account_of(caller.user), version))
    }

    async fn answer_preferences(&self, caller: &Caller) -> Outcome<Answer<Preferences>> {
        let account = self.account(caller).await?;
        Ok(Answer::new(Preferences::from(&account)).version(preferences_of(caller.user), account.version))
    }

    /// What the schema cannot say about a change.
    fn faults(&self, errors: &mut Vec<FieldError>, body: &Value) {
        let date = body.get("birthDate").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let refused = date.and_then(|date| BirthDate::new(date, self.clock.now()).err());
        errors.extend(refused.map(|refusal| refusal.at("/birthDate")));
    }
}

/// What the tag of an account is about.
pub(super) fn account_of(user: UserId) -> String {
    format!("account {user}")
}

/// What the tag of preferences is about.
fn preferences_of(user: UserId) -> String {
    format!("preferences {user}")
}

fn change<T, U>(value: MaybeUndefined<T>, into: impl FnOnce(T) -> U) -> Option<Option<U>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(into(value))),
    }
}

#[OpenApi(tag = "Tag::Me")]
impl MeApi {
    /// Show my account
    ///
    /// Errors: `identity.session_ended`.
    #[oai(path = "/v1/me", method = "get", operation_id = "getMe")]
    async fn show(&self, Auth(caller): Auth) -> Outcome<Answer<Account>> {
        self.answer(&caller).await
    }

    /// Change my account
    ///
    /// What is left out stays, and null clears.
    ///
    /// Errors: `identity.nickname_taken`, `identity.nickname_invalid`,
    /// `identity.birth_date_invalid`, `identity.phone_invalid`, `media.unknown_picture`,
    /// `platform.precondition_failed`.
    #[oai(path = "/v1/me", method = "patch", operation_id = "updateMe")]
    async fn update(
        &self,
        Auth(caller): Auth,
        /// The `ETag` of the account that is changed.
        #[oai(name = "If-Match")]
        version: IfMatch,
        form: Form<AccountChange>,
    ) -> Outcome<Answer<Account>> {
        let form = form.accept_with(|errors, body| self.faults(errors, body))?;
        let change = Change {
            nickname: form.nickname.take().map(|nickname| nickname.0),
            display_name: change(form.display_name, |name| name.0),
            name: change(form.name, |name| name.0),
            birth_date: change(form.birth_date, |date| BirthDate::restore(date.0)),
            sex: change(form.sex, identity::Sex::from),
            bio: change(form.bio, |bio| bio.0),
            phone: change(form.phone, |phone| phone.0),
            address: change(form.address, |address| address.0),
            avatar: None,
        };
        let avatar = self::change(form.avatar_media_id, |picture| picture.0);
        let check = |found| version.check(account_of(caller.user), found);
        self.profiles.change(&caller, check, change, avatar).await?;
        self.answer(&caller).await
    }

    /// Withdraw
    ///
    /// Erases the account and everything personal at once and for good; the e-mail address and the
    /// nickname are free again.
    ///
    /// Errors: `identity.password_wrong`, `identity.too_many_attempts`, `identity.hashing_busy`,
    /// `platform.precondition_failed`.
    #[oai(path = "/v1/me", method = "delete", operation_id = "deleteMe")]
    async fn withdraw(
        &self,
        request: &Request,
        Auth(caller): Auth,
        /// The `ETag` of the account that is erased.
        #[oai(name = "If-Match")]
        version: IfMatch,
        form: MaybeForm<Withdrawal>,
    ) -> Outcome<NoContent> {
        let form = form.0.map(|form| form.accept()).transpose()?;
        let password = form.and_then(|form| form.password).map(|password| Password::typed(&password));
        let check = |found| version.check(account_of(caller.user), found);
        self.withdrawals.withdraw(&caller, password.as_ref(), check).await?;
        Ok(NoContent::default().header(SET_COOKIE, &cookie::clear(request)))
    }

    /// Take everything along
    ///
    /// A ZIP archive of everything the service keeps of the caller: JSON files, and a `.ics` file for
    /// each calendar. `manifest.json` lists them.
    #[oai(path = "/v1/me/export", method = "get", operation_id = "exportMe")]
    async fn export(&self, Auth(caller): Auth) -> Outcome<Archive> {
        Ok(Archive(self.exports.export(&caller).await?))
    }

    /// Change my password
    ///
    /// Ends all other sessions of the caller.
    ///
    /// Errors: `identity.password_wrong`, `identity.password_unchanged`, `identity.no_password`,
    /// `identity.password_too_short`, `identity.password_too_long`,
    /// `identity.password_needs_letter`, `identity.password_needs_digit`,
    /// `identity.password_needs_special`, `identity.password_common`, `identity.password_leaked`,
    /// `identity.password_check_unavailable`,
    /// `identity.password_contains_name`, `identity.too_many_attempts`, `identity.hashing_busy`,
    /// `platform.precondition_failed`.
    #[oai(path = "/v1/me/password", method = "put", operation_id = "changePassword")]
    async fn change_password(
        &self,
        Auth(caller): Auth,
        /// The `ETag` of the account.
        #[oai(name = "If-Match")]
        version: IfMatch,
        form: Form<PasswordChange>,
    ) -> Outcome<NoContent> {
        let form = form.accept()?;
        let account = self.account(&caller).await?;
        // Two changes at once: the second one proves a password that is no more, whatever it says here.
        version.check(account_of(caller.user), account.version)?;
        let (current, new) = (Password::typed(&form.current_password), Password::typed(&form.new_password));
        self.passwords.change(&caller, &account.email, &current, &new).await?;
        Ok(NoContent::default())
    }

    /// Show my preferences
    #[oai(path = "/v1/me/preferences", method = "get", operation_id = "getPreferences")]
    async fn preferences(&self, Auth(caller): Auth) -> Outcome<Answer<Preferences>> {
        self.answer_preferences(&caller).await
    }

    /// Change my preferences
    ///
    /// What is left out stays.
    ///
    /// Errors: `identity.locale_invalid`, `identity.time_zone_unknown`,
    /// `platform.precondition_failed`.
    #[oai(path = "/v1/me/preferences", method = "patch", operation_id = "updatePreferences")]
    async fn update_preferences(
        &self,
        Auth(caller): Auth,
        /// The `ETag` of the preferences that are changed.
        #[oai(name = "If-Match")]
        version: IfMatch,
        form: Form<PreferencesChange>,
    ) -> Outcome<Answer<Preferences>> {
        let form = form.accept()?;
        let apply = |preferences: &mut identity::Preferences| {
            if let Some(theme) = form.theme {
                preferences.theme = theme.into();
            }
            if let Some(locale) = form.locale {
                preferences.locale = locale.0;
            }
            if let Some(time_zone) = form.time_zone {
                preferences.time_zone = time_zone.0;
            }
            if let Some(week_start) = form.week_start {
                preferences.week_start = week_start.into();
            }
        };
        let check = |found| version.check(preferences_of(caller.user), found);
        self.profiles.prefer(&caller, check, apply).await?;
        self.answer_preferences(&caller).await
    }
}

impl From<Theme> for identity::Theme {
    fn from(theme: Theme) -> Self {
        match theme {
            Theme::Light => Self::Light,
            Theme::Dark => Self::Dark,
            Theme::System => Self::System,
        }
    }
}

impl From<WeekStart> for identity::WeekStart {
    fn from(day: WeekStart) -> Self {
        match day {
            WeekStart::Monday => Self::Monday,
            WeekStart::Saturday => Self::Saturday,
            WeekStart::Sunday => Self::Sunday,
        }
    }
}
