//! Text messages through somebody's HTTP endpoint, signed as Standard Webhooks 1.0 says.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use async_trait::async_trait;
use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use madang_application::shared::{Clock, TextMessage, TextSender};
use reqwest::{Client, redirect::Policy};
use serde_json::json;
use url::Url;
use uuid::Uuid;

/// Standard Webhooks writes secrets as base64 behind this.
const PREFIX: &str = "whsec_";

/// Posts `{"id", "to", "text"}`.
pub struct WebhookTexts {
    client: Client,
    url: Url,
    key: hmac::Key,
    clock: Arc<dyn Clock>,
}

impl WebhookTexts {
    /// To this address. The secret is `whsec_` and base64, or any text.
    ///
    /// # Errors
    /// A secret in base64 that is none.
    pub fn new(url: Url, secret: &str, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(5))
            .redirect(Policy::none())
            .build()
            .context("an HTTP client")?;
        Ok(Self { client, url, key: hmac::Key::new(hmac::HMAC_SHA256, &read(secret)?), clock })
    }

    /// `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
    fn signature(&self, id: Uuid, seconds: i64, body: &str) -> String {
        let tag = hmac::sign(&self.key, format!("{id}.{seconds}.{body}").as_bytes());
        format!("v1,{}", BASE64_STANDARD.encode(tag.as_ref()))
    }
}

/// Whether [`WebhookTexts::new`] would take this secret.
///
/// # Errors
/// If not.
pub fn check_webhook_secret(secret: &str) -> anyhow::Result<()> {
    read(secret).map(drop)
}

fn read(secret: &str) -> anyhow::Result<Vec<u8>> {
    match secret.strip_prefix(PREFIX) {
        Some(encoded) => BASE64_STANDARD.decode(encoded).context("must be base64 behind `whsec_`"),
        None => Ok(secret.as_bytes().to_vec()),
    }
}

#[async_trait]
impl TextSender for WebhookTexts {
    async fn send(&self, id: Uuid, message: &TextMessage) -> anyhow::Result<()> {
        let body = json!({ "id": id, "to": message.phone, "text": message.text }).to_string();
        let seconds = self.clock.now().seconds();
        let answer = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", id.to_string())
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", self.signature(id, seconds, &body))
            .body(body)
            .send()
            .await
            .context("the webhook does not answer")?;
        ensure!(answer.status().is_success(), "the webhook answered {}", answer.status());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the specification's reference implementations.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let secret = read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("base64");
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let tag = hmac::sign(&key, b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}");
        assert_eq!(BASE64_STANDARD.encode(tag.as_ref()), "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
