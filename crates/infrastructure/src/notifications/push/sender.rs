//! The way to push services. Clients choose the addresses, so that none of them may lead into our
//! own network: the name is looked up here, and only public addresses are connected to.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use async_trait::async_trait;
use futures_util::future::join_all;
use madang_application::{
    notifications::{Device, PushSender, Pushed},
    shared::{Clock, Sealer},
};
use madang_domain::shared::Timestamp;
use reqwest::{
    Client, StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{self, HeaderValue},
    redirect::Policy,
};
use sea_orm::FromQueryResult;
use tokio::sync::OnceCell;
use url::{Host, Url};

use super::{encrypt::encrypt, vapid::Vapid};
use crate::sql::SqlStore;

const CONNECT: Duration = Duration::from_secs(3);
const TOTAL: Duration = Duration::from_secs(10);
/// How long a push service keeps what it cannot deliver, in seconds: a day.
const KEEP: &str = "86400";
const LONGEST: usize = 2_048;

/// What an operator may set.
#[derive(Clone, Debug)]
pub struct PushSettings {
    /// Whom push services may write to about us: `mailto:` or `https:`.
    pub contact: String,
    /// Whether push services may be on this machine and without TLS; for tests.
    pub local: bool,
}

/// Pushes over HTTP.
pub struct WebPush {
    store: Arc<SqlStore>,
    sealer: Arc<dyn Sealer>,
    clock: Arc<dyn Clock>,
    settings: Arc<PushSettings>,
    client: Client,
    vapid: OnceCell<Vapid>,
}

impl WebPush {
    /// The keys are made when they are asked for first.
    ///
    /// # Panics
    /// If the system has no TLS to give, in which case nothing could be sent anyway.
    pub fn new(
        store: Arc<SqlStore>,
        sealer: Arc<dyn Sealer>,
        clock: Arc<dyn Clock>,
        settings: Arc<PushSettings>,
    ) -> Self {
        let builder = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            .redirect(Policy::none())
            .no_proxy()
            .user_agent("madang");
        let builder = if settings.local {
            builder
        } else {
            builder.dns_resolver(Arc::new(PublicOnly)).https_only(true)
        };
        #[expect(clippy::expect_used, reason = "a program without TLS must not start")]
        let client = builder.build().expect("the system gives TLS");
        Self { store, sealer, clock, settings, client, vapid: OnceCell::new() }
    }

    /// Our key pair; whoever is first makes it, and everybody uses what is stored.
    async fn vapid(&self) -> anyhow::Result<&Vapid> {
        self.vapid
            .get_or_try_init(|| async {
                #[derive(FromQueryResult)]
                struct Row {
                    private: Vec<u8>,
                }
                let select = "SELECT private FROM push_keys WHERE id = 1";
                if self.store.row::<Row>(select, []).await?.is_none() {
                    let fresh = Vapid::generate()?;
                    let public = Vapid::read(&fresh)?.public().into_bytes();
                    let insert = "INSERT INTO push_keys (id, public, private) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING";
                    self.store.execute(insert, [public.into(), self.sealer.seal(&fresh).into()]).await?;
                }
                let row = self.store.row::<Row>(select, []).await?.context("the key pair was stored")?;
                let pkcs8 = self.sealer.open(&row.private).context("the key pair was sealed with another secret")?;
                Vapid::read(&pkcs8)
            })
            .await
    }

    async fn post(&self, device: &Device, payload: &[u8]) -> anyhow::Result<Pushed> {
        let endpoint = Url::parse(&device.endpoint)?;
        let word = self.vapid().await?.word(&endpoint, &self.settings.contact, self.clock.now())?;
        let request = self
            .client
            .post(endpoint)
            .header(header::AUTHORIZATION, word)
            .header(header::CONTENT_ENCODING, "aes128gcm")
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header("ttl", KEEP)
            .header("urgency", "normal")
            .body(encrypt(device, payload)?);
        let answer = request.send().await?;
        let retry_after = answer.headers().get(header::RETRY_AFTER);
        let pushed = pushed(answer.status(), retry_after, self.clock.now());
        if !matches!(pushed, Pushed::Accepted | Pushed::Gone) {
            tracing::warn!(status = %answer.status(), "a push service refused");
        }
        Ok(pushed)
    }
}

/// What an answer means (RFC 8030 5 and 8.4, RFC 9110 15).
fn pushed(status: StatusCode, retry_after: Option<&HeaderValue>, now: Timestamp) -> Pushed {
    match status {
        status if status.is_success() => Pushed::Accepted,
        StatusCode::NOT_FOUND | StatusCode::GONE => Pushed::Gone,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Pushed::Later(wait(retry_after, now))
        }
        status if status.is_server_error() => Pushed::Later(wait(retry_after, now)),
        _ => Pushed::Refused,
    }
}

/// What `Retry-After` asks for, in seconds or as a date (RFC 9110 10.2.3); no time where it asks nothing.
fn wait(retry_after: Option<&HeaderValue>, now: Timestamp) -> Duration {
    let asked = retry_after.and_then(|value| {
        let value = value.to_str().ok()?.trim();
        let until = || {
            let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
            Some(Timestamp::from(date).since(now))
        };
        value.parse().ok().map(Duration::from_secs).or_else(until)
    });
    asked.unwrap_or_default()
}

#[async_trait]
impl PushSender for WebPush {
    async fn public_key(&self) -> anyhow::Result<String> {
        Ok(self.vapid().await?.public())
    }

    fn accepts(&self, device: &Device) -> bool {
        let Ok(endpoint) = Url::parse(&device.endpoint) else { return false };
        let secure = endpoint.scheme() == "https" || self.settings.local && endpoint.scheme() == "http";
        let public = self.settings.local
            || match endpoint.host() {
                Some(Host::Ipv4(address)) => is_public(address.into()),
                Some(Host::Ipv6(address)) => is_public(address.into()),
                // A name without a dot is one of our own network.
                Some(Host::Domain(name)) => name.contains('.') && !name.ends_with(".localhost"),
                None => false,
            };
        let plain = endpoint.username().is_empty() && endpoint.password().is_none();
        let length = device.endpoint.len() <= LONGEST;
        secure && public && plain && length && device.auth.len() == 16 && encrypt(device, b"").is_ok()
    }

    async fn send(&self, devices: &[&Device], payload: &[u8]) -> Vec<Pushed> {
        join_all(devices.iter().map(|device| self.send_one(device, payload))).await
    }
}

impl WebPush {
    async fn send_one(&self, device: &Device, payload: &[u8]) -> Pushed {
        match self.post(device, payload).await {
            Ok(pushed) => pushed,
            Err(error) => {
                // Without the address, which is a secret of the device.
                let error = error.downcast::<reqwest::Error>().map(reqwest::Error::without_url);
                tracing::warn!(error = ?error.err(), "a push service could not be reached");
                Pushed::Later(Duration::ZERO)
            }
        }
    }
}

/// Looks names up, and keeps only public addresses.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|found| is_public(found.ip())).collect();
            if public.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the internet (RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            !(address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_broadcast()
                || address.is_documentation()
                || address.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b)))
        }
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            // Only 2000::/3 is given out, without documentation, 6to4 and Teredo, which hide others.
            (0x2000..0x4000).contains(&first)
                && !(first == 0x2001 && (second == 0x0db8 || second < 0x0200))
                && first != 0x2002
                && first != 0x3fff
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_push_services_are_understood() {
        let now = "2026-10-21T07:00:00Z".parse().unwrap();
        let later = |seconds| Pushed::Later(Duration::from_secs(seconds));
        for (status, retry_after, expected) in [
            (201, None, Pushed::Accepted),
            (404, None, Pushed::Gone),
            (410, None, Pushed::Gone),
            (413, None, Pushed::Refused),
            (400, None, Pushed::Refused),
            (403, Some("60"), Pushed::Refused),
            (301, None, Pushed::Refused),
            (429, Some("600"), later(600)),
            (429, None, later(0)),
            (503, Some(" 5 "), later(5)),
            (500, Some("Wed, 21 Oct 2026 07:28:00 GMT"), later(28 * 60)),
            (500, Some("Wed, 21 Oct 2026 06:28:00 GMT"), later(0)),
            (502, Some("-1"), later(0)),
        ] {
            let retry_after = retry_after.map(HeaderValue::from_static);
            let found = pushed(StatusCode::from_u16(status).unwrap(), retry_after.as_ref(), now);
            assert_eq!(found, expected, "{status} {retry_after:?}");
        }
    }

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "2001:db8::1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
            "2001::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["8.8.8.8", "142.250.196.110", "2607:f8b0:4005:805::200e", "::ffff:8.8.8.8"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }
}
