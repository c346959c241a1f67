//! Tag `Notifications`: how one wants to be told.

use std::sync::Arc;

use madang_application::notifications::PreferenceService;
use madang_domain::{
    notifications::{
        self, Channels, ClockTime, NoticeSettings,
        errors::{EMPTY_QUIET_HOURS, KIND_TWICE},
    },
    shared::{FieldError, UserId},
};
use poem_openapi::{Object, OpenApi};
use serde::Serialize;
use serde_json::Value;

use super::{Tag, dto::NotificationKind};
use crate::http::{Answer, Auth, Field, Form, IfMatch, Outcome, ZoneName};

/// How one kind is told.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct NotificationChoice {
    /// Which kind.
    pub kind: NotificationKind,
    /// In the list, and live.
    pub in_app: bool,
    /// In the next mail, with everything else that was not read until then.
    pub email: bool,
    /// On the devices that subscribed.
    pub push: bool,
}

/// When not to be disturbed by mail or push, each day; over midnight if `to` is the earlier time.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct QuietHours {
    /// The first quiet minute.
    pub from: Field<ClockTime>,
    /// The first minute that is not quiet any more.
    pub to: Field<ClockTime>,
    /// Whose clock counts.
    pub time_zone: ZoneName,
}

/// How one wants to be told.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub struct NotificationPreferences {
    /// All kinds; in a request, those that are left out are as usual.
    #[oai(validator(max_items = 100))]
    pub kinds: Vec<NotificationChoice>,
    /// When not to be disturbed; null for never.
    pub quiet_hours: Option<QuietHours>,
}

impl From<NoticeSettings> for NotificationPreferences {
    fn from(settings: NoticeSettings) -> Self {
        let kinds = notifications::NotificationKind::ALL.into_iter().map(|kind| {
            let channels = settings.channels(kind);
            let Channels { in_app, email, push } = channels;
            NotificationChoice { kind: kind.into(), in_app, email, push }
        });
        Self {
            kinds: kinds.collect(),
            quiet_hours: settings.quiet.clone().map(|quiet| QuietHours {
                from: Field(quiet.from),
                to: Field(quiet.to),
                time_zone: ZoneName(quiet.zone),
            }),
        }
    }
}

impl From<NotificationPreferences> for NoticeSettings {
    fn from(wanted: NotificationPreferences) -> Self {
        let choices = wanted.kinds.into_iter().map(|choice| {
            let channels = Channels { in_app: choice.in_app, email: choice.email, push: choice.push };
            (choice.kind.into(), channels)
        });
        Self {
            choices: choices.collect(),
            quiet: wanted.quiet_hours.map(|quiet| notifications::QuietHours {
                from: quiet.from.0,
                to: quiet.to.0,
                zone: quiet.time_zone.0,
            }),
            version: 0,
        }
    }
}

/// The rules the schema cannot say.
fn rules(errors: &mut Vec<FieldError>, body: &Value) {
    let mut seen = Vec::new();
    for (place, choice) in body["kinds"].as_array().into_iter().flatten().enumerate() {
        let kind = &choice["kind"];
        if kind.is_string() && seen.contains(&kind) {
            errors.push(KIND_TWICE.at(format!("/kinds/{place}/kind")));
        }
        seen.push(kind);
    }
    let quiet = &body["quietHours"];
    if quiet["from"].is_string() && quiet["from"] == quiet["to"] {
        errors.push(EMPTY_QUIET_HOURS.at("/quietHours/to"));
    }
}

/// What their tag is about.
fn tagged(user: UserId) -> String {
    format!("notification preferences {user}")
}

/// One's own preferences.
pub struct PreferencesApi {
    service: Arc<PreferenceService>,
}

impl PreferencesApi {
    /// Wires it.
    pub fn new(service: Arc<PreferenceService>) -> Self {
        Self { service }
    }
}

#[OpenApi(tag = "Tag::Notifications")]
impl PreferencesApi {
    /// Read how one is told
    #[oai(
        path = "/v1/notifications/preferences",
        method = "get",
        operation_id = "getNotificationPreferences"
    )]
    async fn show(&self, auth: Auth) -> Outcome<Answer<NotificationPreferences>> {
        let settings = self.service.show(&auth.0).await?;
        let version = settings.version;
        Ok(Answer::new(settings.into()).version(tagged(auth.0.user), version))
    }

    /// Replace how one is told
    ///
    /// Errors: `notifications.kind_twice`, `notifications.empty_quiet_hours`.
    #[oai(
        path = "/v1/notifications/preferences",
        method = "put",
        operation_id = "replaceNotificationPreferences"
    )]
    async fn replace(
        &self,
        auth: Auth,
        /// Only if they still are of this version (`ETag`).
        #[oai(name = "If-Match")]
        if_match: IfMatch,
        form: Form<NotificationPreferences>,
    ) -> Outcome<Answer<NotificationPreferences>> {
        let wanted = form.accept_with(rules)?.into();
        let settings =
            self.service.replace(&auth.0, wanted, |found| if_match.check(tagged(auth.0.user), found)).await?;
        let version = settings.version;
        Ok(Answer::new(settings.into()).version(tagged(auth.0.user), version))
    }
}
