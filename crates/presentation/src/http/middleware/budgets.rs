//! Request budgets, per account and per address, shared by all processes.
//!
//! The headers follow the IETF draft "RateLimit header fields for HTTP" (-11). Whoever guesses
//! the password of one account uses up the budget of that account *from that address*: neither
//! the owner elsewhere nor the neighbours behind the same address are locked out.

use std::{net::IpAddr, time::Duration};

use madang_application::shared::{Quota, RateLimiter, Standing};
use madang_domain::shared::{Failure, platform};
use poem::{
    Request, Response, Result,
    http::{HeaderName, HeaderValue, Method},
};
use sha2::{Digest, Sha256};

use crate::http::{auth, json};

const MINUTE: Duration = Duration::from_secs(60);

/// Every account's budget, wherever it calls from.
const ACCOUNT: Quota = Quota { name: "account", limit: 1200, window: MINUTE };
/// Every address's budget; many people may share one.
const ADDRESS: Quota = Quota { name: "address", limit: 6000, window: MINUTE };
/// Uploads and imports.
const UPLOADS: Quota = Quota { name: "uploads", limit: 60, window: MINUTE };

/// Stricter budgets for what is costly or worth guessing: per address and e-mail address, and for
/// all e-mail addresses that an address tries.
const STRICT: &[(&str, Quota, Quota)] = &[
    ("/v1/auth/login", LOGIN, Quota { name: "logins", limit: 300, window: MINUTE }),
    ("/v1/auth/email-verifications", CODES, ALL_CODES),
    ("/v1/auth/email-verifications/confirm", CONFIRMATIONS, ALL_CONFIRMATIONS),
    ("/v1/auth/password-resets", CODES, ALL_CODES),
    ("/v1/auth/password-resets/confirm", CONFIRMATIONS, ALL_CONFIRMATIONS),
];
const LOGIN: Quota = Quota { name: "login", limit: 30, window: MINUTE };
const CODES: Quota = Quota { name: "codes", limit: 5, window: MINUTE };
const ALL_CODES: Quota = Quota { name: "all-codes", limit: 60, window: MINUTE };
const CONFIRMATIONS: Quota = Quota { name: "confirmations", limit: 15, window: MINUTE };
const ALL_CONFIRMATIONS: Quota = Quota { name: "all-confirmations", limit: 120, window: MINUTE };
/// Stricter budgets per address alone.
const STRICT_ADDRESS: &[(&str, Quota)] = &[
    ("/v1/auth/signup", Quota { name: "signup", limit: 60, window: MINUTE }),
    ("/v1/auth/phone-verifications", Quota { name: "codes", limit: 5, window: MINUTE }),
    ("/v1/auth/introspect", Quota { name: "introspect", limit: 600, window: MINUTE }),
];
/// Posts and replies of an account: far more than anybody types.
const POSTS: Quota = Quota { name: "posts", limit: 300, window: MINUTE };
/// People an account follows or stops following.
const FOLLOWS: Quota = Quota { name: "follows", limit: 120, window: MINUTE };
/// Logins at other services, per address: each step writes a row or calls somebody else's server.
const OAUTH: Quota = Quota { name: "oauth", limit: 300, window: MINUTE };
/// Longer bodies hold no e-mail address worth looking for.
const MAX_PEEK: usize = 64 * 1024;

/// How a request stands with the budgets that it is counted in.
#[derive(Default)]
pub(super) struct Standings(Vec<(Quota, Standing)>);

impl Standings {
    /// Counts a request.
    ///
    /// # Errors
    /// A body that cannot be read.
    pub(super) async fn of(request: &mut Request, limiter: &dyn RateLimiter) -> Result<Self> {
        if !request.uri().path().starts_with("/v1/") {
            return Ok(Self::default());
        }
        let mut standings = Vec::with_capacity(3);
        for (quota, key) in budgets(request).await? {
            let standing = limiter.take(&quota, &key).await;
            standings.push((quota, standing));
            if !standing.allowed {
                // What is refused here costs the wider budgets nothing.
                break;
            }
        }
        Ok(Self(standings))
    }

    /// Why the request is refused, if one of the budgets is used up.
    pub(super) fn refusal(&self) -> Option<Failure> {
        let (_, standing) = self.0.iter().find(|(_, standing)| !standing.allowed)?;
        Some(Failure::from(platform::RATE_LIMITED).retry_after(seconds(standing.reset).max(1)))
    }

    /// Tells the client.
    pub(super) fn tell(&self, answer: &mut Response) {
        if self.0.is_empty() {
            return;
        }
        let list = |item: &dyn Fn(&Quota, &Standing) -> String| {
            self.0.iter().map(|(quota, standing)| item(quota, standing)).collect::<Vec<_>>().join(", ")
        };
        let policy =
            list(&|quota, _| format!("\"{}\";q={};w={}", quota.name, quota.limit, quota.window.as_secs()));
        let limit = list(&|quota, standing| {
            format!("\"{}\";r={};t={}", quota.name, standing.remaining, seconds(standing.reset))
        });
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", limit)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                answer.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
    }
}

/// The budgets that apply, the narrowest first, and whose they are.
async fn budgets(request: &mut Request) -> Result<Vec<(Quota, String)>> {
    let address = household(auth::origin(request).address);
    let account = auth::caller(request).map(|caller| caller.user.to_string());
    let path = request.uri().path().to_owned();
    let mut budgets = Vec::with_capacity(3);
    if request.method() == Method::POST {
        if let Some((_, quota, all)) = STRICT.iter().find(|(route, ..)| *route == path) {
            let email = Box::pin(email(request)).await?;
            budgets.push((*quota, format!("{address} {email}")));
            budgets.push((*all, address.clone()));
        } else if let Some((_, quota)) = STRICT_ADDRESS.iter().find(|(route, _)| *route == path) {
            budgets.push((*quota, address.clone()));
        } else if path == "/v1/media" || path.ends_with("/import") {
            budgets.push((UPLOADS, account.clone().unwrap_or_else(|| address.clone())));
        }
    }
    let is_step = path.ends_with("/authorize") || path.ends_with("/callback");
    if is_step && path.starts_with("/v1/auth/oauth/") {
        budgets.push((OAUTH, address.clone()));
    }
    let writes = request.method() == Method::POST;
    let posts = path == "/v1/posts" || (path.starts_with("/v1/posts/") && path.ends_with("/replies"));
    let follows = path.starts_with("/v1/users/") && path.ends_with("/follow");
    for (quota, _) in
        [(POSTS, writes && posts), (FOLLOWS, follows)].into_iter().filter(|(_, applies)| *applies)
    {
        budgets.extend(account.clone().map(|account| (quota, account)));
    }
    if let Some(account) = account {
        budgets.push((ACCOUNT, account));
    }
    budgets.push((ADDRESS, address));
    Ok(budgets)
}

/// Whose account a body is about, unreadable for whoever sees the counters.
async fn email(request: &mut Request) -> Result<String> {
    let bytes = request.take_body().into_bytes().await?;
    let body = if bytes.len() <= MAX_PEEK { json::parse(&bytes).ok() } else { None };
    request.set_body(bytes);
    let email = body.as_ref().and_then(|body| body["email"].as_str()).unwrap_or_default();
    let hash = Sha256::digest(email.trim().to_lowercase());
    Ok(hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect())
}

/// One household or one server has a whole /64 of IPv6 addresses, so that is what counts.
fn household(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::")
        }
    }
}

/// Rounded up: whoever comes back then is let in.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
