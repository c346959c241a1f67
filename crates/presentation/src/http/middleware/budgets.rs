//! Request budgets, per account or address, shared by all processes.
//!
//! The headers follow the IETF draft "RateLimit header fields for HTTP" (-11).

use std::{sync::Arc, time::Duration};

use madang_application::shared::{Quota, RateLimiter, Standing};
use madang_domain::shared::{Failure, platform};
use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{HeaderValue, Method, StatusCode, header},
};

use crate::http::{auth, problem::Context, settings::Settings};

const MINUTE: Duration = Duration::from_secs(60);

/// Everybody's budget, per account where there is one, else per address.
const GENERAL: Quota = Quota { name: "general", limit: 1200, window: MINUTE };
/// Stricter budgets per address for what is costly or worth guessing.
const STRICT: &[(Method, &str, Quota)] = &[
    (Method::POST, "/v1/auth/login", Quota { name: "login", limit: 60, window: MINUTE }),
    (Method::POST, "/v1/auth/signup", Quota { name: "signup", limit: 30, window: MINUTE }),
    (Method::POST, "/v1/auth/refresh", Quota { name: "refresh", limit: 120, window: MINUTE }),
    (Method::POST, "/v1/auth/introspect", Quota { name: "introspect", limit: 120, window: MINUTE }),
];
/// Imports, by the end of their path.
const IMPORT: Quota = Quota { name: "import", limit: 30, window: MINUTE };

/// Counts requests, and refuses those beyond the budget.
pub struct Budgets;

impl<E: Endpoint> Middleware<E> for Budgets {
    type Output = Budgeted<E>;

    fn transform(&self, endpoint: E) -> Self::Output {
        Budgeted(endpoint)
    }
}

/// The endpoint behind [`Budgets`].
pub struct Budgeted<E>(E);

impl<E: Endpoint> Endpoint for Budgeted<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let enabled = request.data::<Arc<Settings>>().is_some_and(|settings| settings.rate_limits);
        let limiter = request.data::<Arc<dyn RateLimiter>>().filter(|_| enabled).cloned();
        let Some(limiter) = limiter.filter(|_| request.uri().path().starts_with("/v1/")) else {
            return Ok(self.0.call(request).await?.into_response());
        };
        let (quota, key) = budget(&request).await;
        let standing = limiter.take(&quota, &key).await;
        let mut answer = if standing.allowed {
            match self.0.call(request).await {
                Ok(answer) => answer.into_response(),
                Err(error) => return Err(error),
            }
        } else {
            let seconds = seconds(standing.reset).max(1);
            Context::of(&request).render(Failure::from(platform::RATE_LIMITED).retry_after(seconds))
        };
        tell(&mut answer, &quota, &standing);
        Ok(answer)
    }
}

/// The tightest budget that applies, and whose it is.
async fn budget(request: &Request) -> (Quota, String) {
    let path = request.uri().path();
    let address = auth::origin(request).address.to_string();
    let strict = STRICT.iter().find(|(method, route, _)| request.method() == method && path == *route);
    if let Some((_, _, quota)) = strict {
        return (*quota, address);
    }
    let account = match auth::bearer(request) {
        Some(_) => auth::authenticate(request).await.ok().map(|caller| caller.user.to_string()),
        None => None,
    };
    let quota = if request.method() == Method::POST && path.ends_with("/import") { IMPORT } else { GENERAL };
    (quota, account.unwrap_or(address))
}

fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

fn tell(answer: &mut Response, quota: &Quota, standing: &Standing) {
    let policy = format!("\"{}\";q={};w={}", quota.name, quota.limit, quota.window.as_secs());
    let limit = format!("\"{}\";r={};t={}", quota.name, standing.remaining, seconds(standing.reset));
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", limit)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(name, value);
        }
    }
    debug_assert!(
        answer.status() != StatusCode::TOO_MANY_REQUESTS
            || answer.headers().contains_key(header::RETRY_AFTER)
    );
}
