//! Tag `Notifications`: devices that want to be told (W3C Push API, RFC 8291, RFC 8292).

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use madang_application::notifications as app;
use madang_domain::shared::Timestamp;
use poem_openapi::{Object, OpenApi, param::Path};
use serde::Serialize;

use super::Tag;
use crate::http::{Answer, Auth, Created, Form, Ident, Instant, Listing, NoContent, Outcome};

/// Keys of a device, in base64url.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct PushKeys {
    /// Its public key.
    #[oai(validator(min_length = 80, max_length = 100))]
    pub p256dh: String,
    /// Its secret.
    #[oai(validator(min_length = 16, max_length = 32))]
    pub auth: String,
}

/// What a browser's `PushManager.subscribe` gave.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct SubscribePush {
    /// The push service's address of the device.
    #[oai(validator(min_length = 1, max_length = 2048))]
    pub endpoint: String,
    /// When the subscription ends, in milliseconds since 1970; browsers send null.
    #[oai(validator(minimum(value = "0"), maximum(value = "253402300799000")))]
    pub expiration_time: Option<i64>,
    /// Its keys.
    pub keys: PushKeys,
}

impl From<SubscribePush> for app::Device {
    fn from(device: SubscribePush) -> Self {
        // What is no base64 is no key, and refused as such.
        let bytes =
            |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).unwrap_or_default();
        Self {
            p256dh: bytes(&device.keys.p256dh),
            auth: bytes(&device.keys.auth),
            expires_at: device
                .expiration_time
                .map(|millis| Timestamp::from_micros(millis.saturating_mul(1_000))),
            endpoint: device.endpoint,
        }
    }
}

/// A device that is told.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub(super) struct PushSubscription {
    /// Its id.
    pub id: Ident<app::PushSubscription>,
    /// The push service's address of the device.
    pub endpoint: String,
    /// Since when.
    pub created_at: Instant,
}

impl From<app::Subscribed> for PushSubscription {
    fn from(subscribed: app::Subscribed) -> Self {
        Self {
            id: subscribed.id.into(),
            endpoint: subscribed.endpoint,
            created_at: subscribed.created_at.into(),
        }
    }
}

/// Our public key.
#[derive(Clone, Debug, Object, Serialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub(super) struct PushKey {
    /// For `applicationServerKey`, in base64url.
    pub public_key: String,
}

/// Devices.
pub struct PushApi {
    service: Arc<app::PushService>,
}

impl PushApi {
    /// Wires it.
    pub fn new(service: Arc<app::PushService>) -> Self {
        Self { service }
    }
}

#[OpenApi(tag = "Tag::Notifications")]
impl PushApi {
    /// Read the key that devices subscribe with
    #[oai(path = "/v1/notifications/push-key", method = "get", operation_id = "getPushKey")]
    async fn key(&self, _auth: Auth) -> Outcome<Answer<PushKey>> {
        Ok(Answer::new(PushKey { public_key: self.service.public_key().await? }))
    }

    /// List the caller's devices
    ///
    /// The latest first; there are at most 20, on one page.
    #[oai(
        path = "/v1/notifications/push-subscriptions",
        method = "get",
        operation_id = "listPushSubscriptions"
    )]
    async fn list(&self, auth: Auth) -> Outcome<Answer<Listing<PushSubscription>>> {
        let items = self.service.list(&auth.0).await?.into_iter().map(Into::into).collect();
        Ok(Answer::new(Listing { items, next_cursor: None }))
    }

    /// Add a device
    ///
    /// The same device again answers the one there is.
    ///
    /// Errors: `notifications.push_endpoint_refused`, `notifications.too_many_subscriptions`.
    #[oai(
        path = "/v1/notifications/push-subscriptions",
        method = "post",
        operation_id = "createPushSubscription"
    )]
    async fn subscribe(&self, auth: Auth, form: Form<SubscribePush>) -> Outcome<Created<PushSubscription>> {
        let subscribed = self.service.subscribe(&auth.0, form.accept()?.into()).await?;
        let location = format!("/v1/notifications/push-subscriptions/{}", subscribed.id);
        Ok(Created::new(location, subscribed.into()))
    }

    /// Remove a device
    #[oai(
        path = "/v1/notifications/push-subscriptions/:subscriptionId",
        method = "delete",
        operation_id = "deletePushSubscription"
    )]
    async fn unsubscribe(
        &self,
        auth: Auth,
        /// The device.
        #[oai(name = "subscriptionId")]
        id: Path<Ident<app::PushSubscription>>,
    ) -> Outcome<NoContent> {
        self.service.unsubscribe(&auth.0, id.0.0).await?;
        Ok(NoContent::default())
    }
}
