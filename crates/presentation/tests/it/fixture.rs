//! The sample API behind the real middleware, with ports that live in memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use madang_application::shared::{
    Authenticator, Caller, HealthCheck, IdempotencyRecords, OnceKey, Origin, Quota, RateLimiter, Recorded,
    RecordedAnswer, Renewed, Standing,
};
use madang_domain::shared::{Failure, Id, Timestamp, UserId, platform};
use madang_presentation::http::{Ports, Readiness, Settings, TrustedProxies, app};
use poem::{
    Endpoint, EndpointExt, IntoEndpoint, Request, Response,
    endpoint::BoxEndpoint,
    http::{HeaderMap, Method, StatusCode},
};
use serde_json::Value;
use uuid::Uuid;

use crate::sample::SampleApi;

/// The sample API as a client sees it.
pub struct Sample {
    endpoint: BoxEndpoint<'static, Response>,
    pub readiness: Arc<Readiness>,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn all(&self, name: &str) -> String {
        let values: Vec<_> = self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
        values.join(", ")
    }

    /// Asserts that this is a problem in its full form, and answers it.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.json();
        assert_eq!((self.status.as_u16(), problem["code"].as_str()), (status, Some(code)), "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["requestId"], self.header("x-request-id"));
        assert!(problem["type"].as_str().unwrap().ends_with(&format!("/problems/{code}")));
        for name in ["title", "detail", "instance", "requestId"] {
            assert!(!problem[name].as_str().unwrap().is_empty(), "{name} is empty");
        }
        assert!(!problem["detail"].as_str().unwrap().contains('{'), "unfilled: {}", problem["detail"]);
        assert!(self.all("vary").contains("Accept-Language"));
        assert!(!self.header("content-language").is_empty());
        if [429, 503].contains(&status) {
            assert!(self.header("retry-after").parse::<u64>().unwrap() > 0);
        }
        problem
    }

    /// The `pointer code` pairs of a problem, sorted.
    pub fn fields(&self) -> Vec<String> {
        let problem = self.json();
        let fields = problem["errors"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut fields: Vec<_> = fields
            .iter()
            .map(|field| format!("{} {}", text(&field["pointer"]), text(&field["code"])))
            .collect();
        fields.sort();
        fields
    }
}

/// A request that is being put together.
pub struct Call<'s> {
    sample: &'s Sample,
    request: poem::RequestBuilder,
    body: Vec<u8>,
}

impl Call<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With the token of a live session.
    pub fn auth(self) -> Self {
        self.bearer("good")
    }

    pub fn json(self, body: Value) -> Self {
        self.body("application/json", body.to_string().as_bytes())
    }

    pub fn body(mut self, content_type: &str, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self.header("content-type", content_type)
    }

    pub async fn send(self) -> Reply {
        let mut response = self.sample.endpoint.get_response(self.request.body(self.body)).await;
        let bytes = response.take_body().into_vec().await.unwrap();
        Reply { status: response.status(), headers: response.headers().clone(), bytes }
    }
}

impl Sample {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(adjust: impl FnOnce(&mut Settings)) -> Self {
        Self::with_checks(Vec::new(), adjust)
    }

    pub fn with_checks(checks: Vec<Arc<dyn HealthCheck>>, adjust: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings {
            media_url: None,
            public_url: Some("https://madang.example/".into()),
            trusted_proxies: TrustedProxies::default(),
            cors_origins: vec!["https://web.example".into()],
            request_timeout: Duration::from_secs(30),
            rate_limits: false,
            cursor_key: [7; 32],
        };
        adjust(&mut settings);
        let readiness = Arc::new(Readiness::new(checks));
        let ports = Ports {
            authenticator: Arc::new(Tokens),
            limiter: Arc::new(Counter::default()),
            records: Arc::new(Records::default()),
            readiness: Arc::clone(&readiness),
        };
        let endpoint = app(SampleApi, settings, ports).unwrap().into_endpoint().boxed();
        Self { endpoint, readiness }
    }

    pub fn call(&self, method: Method, target: &str) -> Call<'_> {
        let request = Request::builder().method(method).uri_str(target).header("host", "here.example:3000");
        Call { sample: self, request, body: Vec::new() }
    }

    pub fn get(&self, target: &str) -> Call<'_> {
        self.call(Method::GET, target)
    }

    pub fn post(&self, target: &str) -> Call<'_> {
        self.call(Method::POST, target)
    }
}

/// The account behind `good`.
pub const USER: Uuid = Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0001);

struct Tokens;

#[async_trait]
impl Authenticator for Tokens {
    async fn authenticate(&self, token: &str, origin: Origin) -> Result<Caller, Failure> {
        let user = match token {
            "good" => USER,
            "other" => Uuid::from_u128(2),
            _ => return Err(platform::UNAUTHENTICATED.into()),
        };
        Ok(Caller { user: Id::new(user), session: Id::new(user), roles: Vec::new(), origin })
    }

    async fn renew(&self, _: &str, _: &str, _: Origin) -> Result<Renewed, Failure> {
        Err(platform::UNAUTHENTICATED.into())
    }

    fn formerly(&self, _token: &str) -> Option<UserId> {
        None
    }
}

#[derive(Default)]
struct Counter(Mutex<HashMap<String, u32>>);

#[async_trait]
impl RateLimiter for Counter {
    async fn take(&self, quota: &Quota, key: &str) -> Standing {
        let mut counts = self.0.lock().unwrap();
        let count = counts.entry(format!("{} {key}", quota.name)).or_default();
        *count += 1;
        Standing {
            allowed: *count <= quota.limit,
            remaining: quota.limit.saturating_sub(*count),
            reset: Duration::from_millis(1500),
        }
    }
}

#[derive(Default)]
struct Records(Mutex<HashMap<String, (OnceKey, RecordedAnswer)>>);

fn name(key: &OnceKey) -> String {
    format!("{} {} {}", key.actor, key.route, key.key)
}

#[async_trait]
impl IdempotencyRecords for Records {
    async fn find(&self, key: &OnceKey) -> anyhow::Result<Option<Recorded>> {
        let kept = self.0.lock().unwrap().get(&name(key)).cloned();
        Ok(kept.map(|(first, answer)| Recorded {
            same_request: first.fingerprint == key.fingerprint,
            answer: Some(answer),
        }))
    }

    async fn record(&self, key: &OnceKey, answer: RecordedAnswer) -> anyhow::Result<Recorded> {
        let (first, answer) =
            self.0.lock().unwrap().entry(name(key)).or_insert_with(|| (key.clone(), answer)).clone();
        Ok(Recorded { same_request: first.fingerprint == key.fingerprint, answer: Some(answer) })
    }

    async fn forget_older_than(&self, _instant: Timestamp) -> anyhow::Result<u64> {
        Ok(0)
    }
}
